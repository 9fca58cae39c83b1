//! What holds for a model that is run beside what was measured.

use super::*;
use crate::domain::history::{History, Retention};
use crate::domain::quality::Quality;
use crate::domain::scenario::{Change, Fit, Verdict};
use crate::domain::signal::{Origin, Sample};
use crate::simulation::line::{LineConfig, LineModel, MachineId};

const HORIZON: Span = Span::from_secs(1800);

fn line(seed: u64, secs: f64) -> LineModel {
    let mut line = LineModel::new(LineConfig::demo(), seed).expect("the demo line is valid");
    line.run_until(secs);
    line
}

/// What a plant was measured to do.
struct Past {
    history: History,
    wired: Vec<(String, SignalId)>,
    secs: u32,
}

/// Of a plant that is the model with other chance, after `prepare`; `on_step` is called every 5 s, and
/// `sensor` stands between plant and measured value.
fn past(
    (seed, secs): (u64, u32),
    prepare: impl Fn(&mut LineModel),
    on_step: impl Fn(u32, &mut LineModel),
    sensor: impl Fn(&str, Value) -> Value,
) -> Past {
    let mut plant = line(seed, 0.0);
    prepare(&mut plant);
    plant.run_until(4000.0);
    let wired: Vec<_> =
        plant.variables().iter().zip(0..).map(|(known, id)| (known.name.clone(), SignalId(id))).collect();
    let mut history = History::new(Retention::default());
    let mut values = Vec::new();
    for step in 0..=secs / 5 {
        on_step(step, &mut plant);
        plant.read(&mut values);
        let at = Timestamp::default() + Span::from_secs(5 * i64::from(step));
        for (value, (name, signal)) in values.drain(..).zip(&wired) {
            let (value, quality) = (sensor(name, value), Quality::Good);
            let sample = Sample { signal: *signal, source_time: at, received_time: at, value, quality };
            history.insert(Origin::Measured, sample);
        }
        plant.run_until(4000.0 + 5.0 * f64::from(step + 1));
    }
    Past { history, wired, secs }
}

/// An hour in which the filler is made slower at half time.
fn slowed() -> Past {
    let slow = |step: u32, plant: &mut LineModel| {
        if step == 360 {
            plant.set_parameter("Filler/SpeedSetpoint", 540.0).expect("in range");
        }
    };
    past((99, 3600), |_| (), slow, |_, value| value)
}

fn checked(believed: &LineModel, past: &Past, horizon: Span, (starts, runs): (u32, u32)) -> Credibility {
    let Past { history, wired, secs } = past;
    let measured = Measured { history, origin: Origin::Measured, wired, max_age: Span::from_secs(10) };
    let (from, to) = (Timestamp::default(), Timestamp::default() + Span::from_secs(i64::from(*secs)));
    let plan = Plan { from, to, horizon, starts, runs, seed: 3 };
    backtest(believed, &measured, plan, 2, &AtomicBool::new(false)).expect("it was measured")
}

fn fit_of<'a>(credibility: &'a Credibility, name: &str) -> &'a Fit {
    credibility.signals.iter().find(|fit| fit.variable == name).expect("it was measured")
}

#[test]
fn a_true_model_has_the_plant_inside_its_bands_and_a_wrong_one_has_not() {
    let past = slowed();
    let hour = |believed: &LineModel| checked(believed, &past, Span::from_secs(3600), (1, 40));
    let sound = hour(&line(1, 1800.0));
    let counter = fit_of(&sound, "Palletiser/OutfeedCount");
    assert!(counter.coverage > 0.6 && counter.points == 240, "{counter:?}");
    // A model that takes all machines for ones that fail a hundred times less often.
    let mut config = LineConfig::demo();
    config.machines.iter_mut().for_each(|machine| machine.mtbf_min *= 100.0);
    let mut rosy = LineModel::new(config, 1).expect("the line is valid");
    rosy.run_until(1800.0);
    let rosy = hour(&rosy);
    let too_good = fit_of(&rosy, "Palletiser/OutfeedCount");
    assert!(too_good.coverage < 0.5 * counter.coverage, "{too_good:?} {counter:?}");
    assert!(too_good.bias > 0.0 && too_good.rmse > counter.rmse, "{too_good:?} {counter:?}");
}

#[test]
fn setpoints_that_were_seen_are_validated_and_others_are_not() {
    let credibility = checked(&line(1, 1800.0), &slowed(), HORIZON, (2, 4));
    assert_eq!(credibility.starts, 2);
    let range = credibility.validated.iter().find(|range| range.parameter == "Filler/SpeedSetpoint");
    assert_eq!(range.map(|range| (range.low, range.high)), Some((540.0, 600.0)));
    let change = |to| Change { parameter: "Filler/SpeedSetpoint".into(), to, after: Span::ZERO, ramp: Span::ZERO };
    assert_eq!(credibility.beyond(&[change(550.0), change(660.0)]), [&change(660.0)]);
}

#[test]
fn moments_without_measured_values_are_left_out_and_far_parts_are_known_less_well() {
    let mut past = past((5, 2700), |_| (), |_, _| (), |_, value| value);
    // The last start that is asked for lies behind what was measured by more than values may be old.
    past.secs = 2 * 2700;
    let credibility = checked(&line(1, 1800.0), &past, Span::from_secs(900), (6, 12));
    assert_eq!(credibility.starts, 4);
    let counter = fit_of(&credibility, "Palletiser/OutfeedCount");
    let until: Vec<f64> = counter.by_horizon.iter().map(|part| part.until.as_secs_f64()).collect();
    assert_eq!(until, [225.0, 450.0, 675.0, 900.0]);
    assert!(counter.by_horizon.iter().map(|part| part.points).sum::<u32>() == counter.points);
    assert!(counter.by_horizon[0].rmse < counter.by_horizon[3].rmse, "{:?}", counter.by_horizon);
}

#[test]
fn counters_that_began_elsewhere_are_compared_by_their_growth() {
    let credibility = |offset: i64| {
        let counted = |name: &str, value: Value| match value {
            Value::Int(count) if name == "Palletiser/InfeedCount" => Value::Int(count + offset),
            value => value,
        };
        // The model takes counters over; without a wire to its own it would not know of the offset.
        let mut past = past((5, 1800), |_| (), |_, _| (), counted);
        past.wired.retain(|(name, _)| !name.ends_with("Count") || name == "Palletiser/InfeedCount");
        checked(&line(1, 1800.0), &past, Span::from_secs(900), (1, 8))
    };
    let [near, far] = [0, 1_000_000].map(credibility);
    assert_eq!(fit_of(&near, "Palletiser/InfeedCount"), fit_of(&far, "Palletiser/InfeedCount"));
}

/// Three hours, checked from six moments.
fn verdict_of(seed: u64, prepare: impl Fn(&mut LineModel), sensor: impl Fn(&str, Value) -> Value) -> Verdict {
    let past = past((seed, 3 * 3600), prepare, |_, _| (), sensor);
    checked(&line(1, 1800.0), &past, HORIZON, (6, 16)).verdict(&[])
}

#[test]
fn a_true_model_is_credible_in_nearly_all_seeds() {
    let wrong: Vec<_> = (100..110)
        .map(|seed| (seed, verdict_of(seed, |_| (), |_, value| value)))
        .filter(|(_, verdict)| *verdict != Verdict::Credible)
        .collect();
    println!("{} of 10 seeds are credible; not so {wrong:?}", 10 - wrong.len());
    assert!(wrong.len() <= 1, "{wrong:?}");
}

#[test]
fn a_sensor_that_reads_a_tenth_too_much_closes_the_gate() {
    let sensor = |name: &str, value: Value| match value {
        Value::Real(speed) if name == "Filler/Speed" => Value::Real(1.1 * speed),
        value => value,
    };
    for seed in 100..102 {
        let verdict = verdict_of(seed, |_| (), sensor);
        let Verdict::NotCredible(reasons) = &verdict else { panic!("seed {seed}: {verdict:?}") };
        assert!(reasons.iter().any(|reason| reason.contains("Filler/Speed")), "seed {seed}: {reasons:?}");
    }
}

#[test]
fn machines_that_fail_three_times_as_often_close_the_gate() {
    let worn = |plant: &mut LineModel| {
        for id in MachineId::ALL {
            plant.set_parameter(&format!("{}/MtbfFactor", id.name()), 1.0 / 3.0).expect("in range");
        }
    };
    for seed in 100..102 {
        let verdict = verdict_of(seed, worn, |_, value| value);
        assert!(matches!(verdict, Verdict::NotCredible(_)), "seed {seed}: {verdict:?}");
    }
}

#[test]
fn fits_that_were_written_without_what_the_gate_needs_are_still_read() {
    let old = r#"{"span":600,"signals":[{"variable":"a","unit":"%","rmse":1.0,"bias":0.5,"coverage":0.9,"points":99}],
        "validated":[]}"#;
    let read: Credibility = serde_json::from_str(old).expect("the new fields have defaults");
    assert!(matches!(read.verdict(&[]), Verdict::Doubtful(_)), "{read:?}");
}

#[test]
fn a_stretch_without_a_start_is_refused_in_words() {
    let measured = Measured {
        history: &History::new(Retention::default()),
        origin: Origin::Measured,
        wired: &[],
        max_age: Span::from_secs(10),
    };
    let check = |secs: i64, horizon_secs: i64| {
        let (from, to, horizon) =
            (Timestamp::default(), Timestamp::default() + Span::from_secs(secs), Span::from_secs(horizon_secs));
        let plan = Plan { from, to, horizon, starts: 3, runs: 4, seed: 1 };
        backtest(&line(1, 0.0), &measured, plan, 1, &AtomicBool::new(false)).map_err(|error| error.to_string())
    };
    assert!(check(600, 300).is_err_and(|text| text.contains("no machine has a fresh state")));
    for (secs, horizon_secs) in [(5, 5), (600, 601), (600, -5)] {
        assert!(check(secs, horizon_secs).is_err_and(|text| text.contains("at least a minute")), "{secs}");
    }
}
