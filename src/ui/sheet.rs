//! What the inspector shows of the selected asset, taken four times a second.

use std::collections::{HashMap, HashSet};

use super::Console;
use super::alarm_rows::{AlarmRow, AlarmRows};
use super::beside::Beside;
use super::reading::{DIGITS_SECS, Reading};
use crate::domain::alarm::Condition;
use crate::domain::asset::AssetId;
use crate::domain::history::Bucket;
use crate::domain::signal::{Origin, SignalId};
use crate::domain::time::{Span, Timestamp};

/// Readings of an asset and of what is inside it.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub asset: AssetId,
    /// The asset itself and everything below it.
    pub parts: HashSet<AssetId>,
    pub groups: Vec<Group>,
    /// Signals further down that are too many to show.
    pub not_shown: usize,
    /// Limits of the alarms on the signals shown.
    pub limits: HashMap<SignalId, Vec<f64>>,
    /// What the other side of a comparison says of the signals shown.
    pub beside: HashMap<SignalId, Beside>,
}

/// Readings that belong to one asset.
#[derive(Clone, Debug)]
pub struct Group {
    /// Name of a part of the selected asset; none for the asset itself.
    pub part: Option<String>,
    pub readings: Vec<Reading>,
}

/// Signals of parts are shown while all together are not more than these.
const MANY: usize = 40;

impl Sheet {
    /// Reads everything at the playhead's moment. None for an asset that does not exist.
    pub fn take(console: &Console, asset: AssetId) -> Option<Self> {
        console.assets.get(asset)?;
        let parts = console.assets.subtree(asset);
        let signals_of = |id: AssetId| console.assets.get(id).map_or(&[][..], |asset| asset.signals.as_slice());
        let all: usize = parts.iter().map(|part| signals_of(*part).len()).sum();
        let shown = if all <= MANY { parts.as_slice() } else { &parts[..1] };
        let groups: Vec<Group> = shown
            .iter()
            .filter(|part| !signals_of(**part).is_empty())
            .map(|part| Group {
                part: console.assets.get(*part).filter(|_| *part != asset).map(|asset| asset.name.clone()),
                readings: signals_of(*part).iter().filter_map(|id| read(console, *id)).collect(),
            })
            .collect();
        let count: usize = groups.iter().map(|group| group.readings.len()).sum();
        let mut sheet = Self {
            asset,
            parts: parts.into_iter().collect(),
            groups,
            not_shown: all - count.min(all),
            limits: HashMap::new(),
            beside: HashMap::new(),
        };
        sheet.find_limits(console);
        sheet.find_beside(console);
        Some(sheet)
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Those of the asset and of what is inside it, the worst first.
    pub fn alarms(&self, rows: &AlarmRows) -> Vec<AlarmRow> {
        let inside = |row: &&AlarmRow| row.asset.is_some_and(|asset| self.parts.contains(&asset));
        rows.rows().iter().filter(inside).copied().collect()
    }

    fn find_beside(&mut self, console: &Console) {
        if console.compared.is_none() {
            return;
        }
        let shown = self.groups.iter().flat_map(|group| &group.readings);
        self.beside.extend(shown.filter_map(|reading| {
            let signal = console.catalog.get(reading.signal)?;
            Some((reading.signal, Beside::take(console, reading.signal, signal, console.playhead.moment())?))
        }));
    }

    fn find_limits(&mut self, console: &Console) {
        let shown = self.groups.iter().flat_map(|group| &group.readings).map(|reading| (reading.signal, Vec::new()));
        self.limits.extend(shown);
        for (_, rule, _) in console.alarm_book().iter() {
            if let Condition::Above { limit, .. } | Condition::Below { limit, .. } = rule.condition
                && let Some(limits) = self.limits.get_mut(&rule.signal)
            {
                limits.push(limit);
            }
        }
    }
}

fn read(console: &Console, id: SignalId) -> Option<Reading> {
    console.catalog.get(id).map(|signal| Reading::take(console, id, signal, console.playhead.moment()))
}

/// Slices of the curves, kept for a moment: a curve moves every frame, its data less often.
#[derive(Default, Debug)]
pub struct Curves {
    kept: HashMap<(Origin, SignalId), Kept>,
}

#[derive(Debug)]
struct Kept {
    buckets: Vec<Bucket>,
    moment: Timestamp,
    span: Span,
    at_secs: f64,
}

/// Enough for two points of width each in the inspector.
const SLICES: usize = 140;

impl Curves {
    pub fn clear(&mut self) {
        self.kept.clear();
    }

    /// Slices of a signal over the span before the playhead's moment, as they were cut last.
    pub fn get(&self, origin: Origin, signal: SignalId) -> &[Bucket] {
        self.kept.get(&(origin, signal)).map_or(&[], |kept| kept.buckets.as_slice())
    }

    /// Cuts a signal of an origin, where it is time to, over the span before the playhead's moment,
    /// with the value that held at its beginning. Before a simulated run began it is what was measured.
    pub fn cut(&mut self, console: &Console, (origin, signal): (Origin, SignalId), span: Span, time_secs: f64) {
        let moment = console.playhead.moment();
        let kept = self.kept.entry((origin, signal)).or_insert_with(|| Kept {
            buckets: Vec::new(),
            moment,
            span: Span::ZERO,
            at_secs: 0.0,
        });
        let moved = (moment - kept.moment).as_secs_f64().abs() > span.as_secs_f64() * 0.02;
        // A third of a slice late is not seen; long windows cost too much to be cut more often.
        let interval = (span.as_secs_f64() / (3.0 * SLICES as f64)).max(DIGITS_SECS);
        let old = !(0.0..interval).contains(&(time_secs - kept.at_secs));
        if !moved && !old && kept.span == span {
            return;
        }
        (kept.moment, kept.span, kept.at_secs) = (moment, span, time_secs);
        let from = moment - span;
        // The end of the range is not part of it; the sample at the moment itself is shown.
        let to = moment + Span::from_nanos(1);
        let begun = console.begun(origin).map_or(from, |begun| begun.max(from).min(to));
        console.history.min_max(origin, signal, (begun, to), SLICES, &mut kept.buckets);
        if from < begun {
            let mut measured = Vec::new();
            let before = console.curve_origin(origin, from);
            console.history.min_max(before, signal, (from, begun), SLICES, &mut measured);
            kept.buckets.splice(..0, measured);
        }
        let before = console.history.at(console.curve_origin(origin, from), signal, from);
        if let Some((point, number)) = before.and_then(|point| point.value.as_f64().map(|number| (point, number))) {
            let (from, quality) = (point.time, point.quality);
            kept.buckets.insert(0, Bucket { from, to: from, min: number, max: number, last: number, quality });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::playhead::{Extent, Playhead, PlayheadCommand};
    use crate::ui::fixture::{self, at};

    #[test]
    fn parts_are_shown_while_they_are_few() {
        let plant = fixture::plant();
        let sheet = Sheet::take(&plant.console(), plant.id("Riverside/Line 1/Filler")).unwrap();
        assert_eq!((sheet.groups.len(), sheet.not_shown), (1, 0));
        let line = Sheet::take(&plant.console(), plant.id("Riverside/Line 1")).unwrap();
        assert!(line.groups.iter().any(|group| group.part.as_deref() == Some("Filler")));
        assert!(Sheet::take(&plant.console(), AssetId(9999)).is_none());
    }

    #[test]
    fn a_curve_begins_with_the_value_that_held_before_it() {
        let plant = fixture::plant();
        let signal = plant.catalog.id("Riverside/Line 1/Filler/Level").unwrap();
        let mut curves = Curves::default();
        let mut count = |secs: i64| {
            curves.cut(&plant.console(), (Origin::Measured, signal), Span::from_secs(secs), 0.0);
            curves.get(Origin::Measured, signal).len()
        };
        assert_eq!(count(10), 1, "42 s old: nothing inside the window");
        assert!(count(300) > 50);
    }

    #[test]
    fn a_simulated_curve_goes_on_from_what_was_measured() {
        let mut plant = fixture::simulation();
        plant.playhead = Playhead::paused_at(at(60));
        plant.playhead.apply(PlayheadCommand::Show(Origin::Simulated(2)), &Extent { held: None, live_now: None });
        let (console, origin) = (plant.console(), Origin::Simulated(2));
        let signal = plant.catalog.id("Riverside/Line 1/Filler/Speed").expect("in the fixture");
        let mut curves = Curves::default();
        curves.cut(&console, (origin, signal), Span::from_secs(90), 0.0);
        let (before, after): (Vec<&Bucket>, Vec<&Bucket>) =
            curves.get(origin, signal).iter().partition(|bucket| bucket.to < at(0));
        assert!(before.len() >= 30 && before.iter().all(|bucket| bucket.last == 612.0), "as measured");
        assert!(after.len() >= 6 && after.iter().all(|bucket| bucket.last == 680.0), "as simulated");
    }
}
