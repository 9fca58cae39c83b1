//! The figures by which runs are compared.

use crate::domain::scenario::KpiResult;
use crate::domain::unit::Unit;
use crate::simulation::line::{MachineId, MachineTotals, Period};

type Figure = fn(&Period) -> Option<f64>;
type MachineFigure = fn(&MachineTotals) -> f64;

/// Name, unit and how it is read from a stretch of time.
const LINE: [(&str, &str, Figure); 7] = [
    ("Throughput", "/min", |period| part(60.0 * period.delivered as f64, period.secs)),
    ("OEE", "%", |period| Some(100.0 * period.oee.total())),
    ("Availability", "%", |period| Some(100.0 * period.oee.availability)),
    ("Performance", "%", |period| Some(100.0 * period.oee.performance)),
    ("Quality", "%", |period| Some(100.0 * period.oee.quality)),
    ("Energy per bottle", "kJ", |period| part(KJ_PER_KWH * period.energy_kwh, period.delivered as f64)),
    ("Rejects", "%", |period| part(100.0 * period.rejected as f64, (period.rejected + period.delivered) as f64)),
];

const MACHINE: [(&str, MachineFigure); 3] = [
    ("starved", |machine| machine.starved_secs),
    ("blocked", |machine| machine.blocked_secs),
    ("on fault", |machine| machine.faulty_secs),
];

const KJ_PER_KWH: f64 = 3600.0;

fn part(of: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| of / whole)
}

/// All figures over the runs, each as a period without and one with the changes.
pub(super) fn compare(pairs: &[(&Period, &Period)]) -> Vec<KpiResult> {
    let line = LINE.iter().map(|(name, unit, figure)| {
        let values: Vec<_> = pairs.iter().map(|(baseline, changed)| (figure(baseline), figure(changed))).collect();
        KpiResult::paired(*name, Unit::new(unit), &values)
    });
    let machines = MachineId::ALL.into_iter().flat_map(|id| MACHINE.iter().map(move |entry| (id, entry)));
    let machines = machines.map(|(id, (word, figure))| {
        let of = |period: &Period| period.machines.get(id.index()).map(figure);
        let values: Vec<_> = pairs.iter().map(|(baseline, changed)| (of(baseline), of(changed))).collect();
        KpiResult::paired(format!("{} {word}", id.name()), Unit::new("s"), &values)
    });
    line.chain(machines).collect()
}
