//! Shelving alarms of the live plant, in plant time.

use super::plant::Plant;
use crate::domain::alarm::AlarmId;
use crate::domain::signal::Origin;
use crate::domain::time::{Span, Timestamp};

impl Plant {
    /// True while alarms can be shelved: the plant is live and on screen, not a recording or a simulated run.
    pub(super) fn shelving(&self) -> bool {
        self.live() && self.playhead().origin() == Origin::Measured
    }

    /// Takes an alarm off the list, from this moment of the wall clock.
    pub(super) fn shelve(&mut self, alarm: AlarmId, span: Span, wall: Timestamp) {
        if self.shelving() {
            let now = self.now(wall);
            self.alarms.shelve(alarm, span, now);
        }
    }

    /// Puts a shelved alarm back on the list.
    pub(super) fn unshelve(&mut self, alarm: AlarmId, wall: Timestamp) {
        if self.shelving() {
            let now = self.now(wall);
            self.alarms.unshelve(alarm, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::recording::journal::{alarm_records, command_record};
    use crate::domain::alarm::{AlarmChange, AlarmRule, AlarmState, Condition, Priority};
    use crate::domain::command::Command;
    use crate::domain::playhead::PlayheadCommand;
    use crate::domain::quality::Quality;
    use crate::domain::signal::{Sample, Signal};
    use crate::domain::source::{HttpSpec, SourceKind, SourceSpec};
    use crate::domain::value::{Value, ValueKind};
    use crate::project::Project;

    const ID: AlarmId = AlarmId(0);
    const HOUR: Span = Span::from_secs(3600);

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    /// A filler without bottles since the tenth second; its plant is live or not.
    fn plant(live: bool) -> Plant {
        let mut project = Project::default();
        let signal = project.catalog.intern(Signal::new("Line 1/Filler/Speed", ValueKind::Real));
        project.alarms = vec![AlarmRule {
            name: "Starved".into(),
            signal,
            asset: project.assets.add_path("Line 1/Filler"),
            condition: Condition::Below { limit: 100.0, deadband: 0.0 },
            on_delay: Span::ZERO,
            off_delay: Span::ZERO,
            priority: Priority::P1,
            message: "no bottles".into(),
            action: String::new(),
        }];
        let url = "http://127.0.0.1:0".to_owned();
        let spec = HttpSpec { url, interval: Span::from_secs(1), token: None, ca_file: None, routes: Vec::new() };
        let source = SourceSpec { name: "plant".into(), kind: SourceKind::Http(spec) };
        project.sources = live.then_some(source).into_iter().collect();
        let mut plant = Plant::new(Arc::new(project));
        take(&mut plant, 10, 0.0);
        plant
    }

    fn take(plant: &mut Plant, secs: i64, value: f64) {
        let signal = plant.project.alarms[0].signal;
        let (time, value, quality) = (at(secs), Value::Real(value), Quality::Good);
        plant.take(Sample { signal, source_time: time, received_time: time, value, quality });
    }

    fn shown(plant: &Plant) -> Vec<(Priority, AlarmState)> {
        plant.alarms_by_asset().into_values().collect()
    }

    #[test]
    fn a_shelved_alarm_leaves_the_equipment_and_comes_back_by_itself() {
        let mut plant = plant(true);
        let wall = Span::from_secs(1);
        plant.advance(wall, at(11));
        assert_eq!(shown(&plant), [(Priority::P1, AlarmState::UnackActive)]);
        plant.shelve(ID, HOUR, at(20));
        assert_eq!(shown(&plant), []);
        plant.advance(wall, at(3619));
        assert_eq!(shown(&plant), []);
        plant.advance(wall, at(3620));
        assert_eq!(shown(&plant), [(Priority::P1, AlarmState::UnackActive)]);
        plant.command(PlayheadCommand::Pause, at(3621));
        for (secs, count) in [(15, 1), (20, 0), (3619, 0), (3620, 1)] {
            plant.command(PlayheadCommand::Seek(at(secs)), at(3621));
            assert_eq!((plant.playhead().moment(), shown(&plant).len()), (at(secs), count));
        }
    }

    #[test]
    fn a_person_brings_it_back_early() {
        let mut plant = plant(true);
        plant.shelve(ID, HOUR, at(20));
        plant.unshelve(ID, at(30));
        plant.advance(Span::from_secs(1), at(31));
        assert_eq!(shown(&plant), [(Priority::P1, AlarmState::UnackActive)]);
    }

    #[test]
    fn nothing_is_shelved_where_the_plant_is_not_live_or_not_on_screen() {
        let mut table = plant(false);
        table.shelve(ID, HOUR, at(20));
        assert_eq!(table.alarms.state(ID), AlarmState::UnackActive);
        for origin in [Origin::Recorded(1), Origin::Simulated(1)] {
            let mut plant = plant(true);
            plant.command(PlayheadCommand::Show(origin), at(15));
            plant.shelve(ID, HOUR, at(20));
            assert_eq!(plant.alarms.state(ID), AlarmState::UnackActive, "{origin:?}");
        }
    }

    #[test]
    fn it_is_in_the_journal_in_words_and_as_what_happened_to_the_alarm() {
        let mut plant = plant(true);
        let words = |plant: &Plant, command| {
            command_record(&command, &plant.project, &plant.alarms, at(20)).map(|record| record.what)
        };
        let day = Span::from_secs(86_400);
        assert_eq!(words(&plant, Command::Unshelve(ID)), None, "there is nothing to put back");
        assert_eq!(words(&plant, Command::Shelve(ID, HOUR)).as_deref(), Some("Shelve Filler: no bottles for 1 h"));
        assert_eq!(words(&plant, Command::Shelve(ID, day)).as_deref(), Some("Shelve Filler: no bottles for 8 h"));
        plant.shelve(ID, HOUR, at(20));
        assert_eq!(words(&plant, Command::Shelve(ID, HOUR)), None, "it is shelved already");
        assert_eq!(words(&plant, Command::Unshelve(ID)).as_deref(), Some("Unshelve Filler: no bottles"));
        let records = alarm_records(&plant.alarms, &plant.project.catalog, &mut 1);
        let changes: Vec<_> = records.into_iter().map(|record| (record.at, record.alarm, record.change)).collect();
        assert_eq!(changes, [(at(20), "Starved".to_owned(), AlarmChange::Shelved { until: at(3620) })]);
    }
}
