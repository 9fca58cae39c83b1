//! What the panels read, borrowed anew each frame, and what follows from it.

use std::collections::HashSet;

use super::change::ChangeView;
use super::theme::Palette;
use crate::domain::alarm::AlarmBook;
use crate::domain::asset::{AssetId, AssetTree};
use crate::domain::calibration::Calibration;
use crate::domain::catalog::Catalog;
use crate::domain::change_record::ChangeRecord;
use crate::domain::command::{CameraMode, Theme};
use crate::domain::deviation::Deviation;
use crate::domain::headset::HeadsetStatus;
use crate::domain::history::History;
use crate::domain::link::LinkStatus;
use crate::domain::notice::Notice;
use crate::domain::person::{Desk, Role, UserName};
use crate::domain::playhead::{Extent, Playhead, Tense};
use crate::domain::recording::{Alignment, Difference, Gap, Job, Mark, OpenRecording, RecorderStatus, RecordingFile};
use crate::domain::scenario::Credibility;
use crate::domain::setpoint::Setpoint;
use crate::domain::signal::Origin;
use crate::domain::sweep::Response;
use crate::domain::time::{Span, Timestamp};
use crate::domain::what_if::{Answer, Askable, Asking};
use crate::project::Problem;

/// Everything that the panels read.
#[derive(Clone, Copy)]
pub struct Console<'a> {
    pub project_name: &'a str,
    pub assets: &'a AssetTree,
    pub catalog: &'a Catalog,
    pub history: &'a History,
    pub playhead: &'a Playhead,
    pub extent: Extent,
    pub alarms: &'a AlarmBook,
    pub setpoints: &'a [Setpoint],
    pub links: &'a [LinkStatus],
    pub notices: &'a [Notice],
    pub problems: &'a [Problem],
    pub selection: Option<AssetId>,
    /// Under the pointer in the 3D view.
    pub hovered: Option<AssetId>,
    pub hidden: &'a HashSet<AssetId>,
    pub camera: CameraMode,
    /// Names of the saved viewpoints.
    pub viewpoints: &'a [String],
    pub xray: bool,
    pub ghost_others: bool,
    pub labels: bool,
    pub theme: Theme,
    /// Time of the wall clock; plant time is in playhead and extent.
    pub wall_now: Timestamp,
    pub performance: Performance<'a>,
    pub recorder: &'a RecorderStatus,
    /// Open in this session.
    pub recordings: &'a [OpenRecording],
    /// Files in the folder where recordings go, newest first.
    pub library: &'a [RecordingFile],
    pub library_folder: &'a str,
    /// Marks on the measured timeline; those of a recording are kept with it.
    pub marks: &'a [Mark],
    /// What happened to changes in this run, in order of time; that of a recording is kept with it.
    pub change_log: &'a [ChangeRecord],
    /// What lies beside the playhead's origin.
    pub compared: Option<Compared<'a>>,
    /// How far equipment is from the other side of a comparison, in order of the equipment.
    pub deviations: &'a [(AssetId, Deviation)],
    pub jobs: &'a [Job],
    /// The playhead's moment is being read from a file: the scene still shows another moment.
    pub reading: bool,
    /// Camera and selection follow what was looked at when it was recorded.
    pub following_operator: bool,
    /// Parameters that the simulated copy can be asked about; empty where the project has no model.
    pub askable: &'a [Askable],
    pub asking: &'a Asking,
    /// The latest answer of the simulated copy, until it is forgotten.
    pub answer: Option<&'a Answer>,
    /// The last sweep of the simulated copy, as far as it has come, until it is forgotten.
    pub response: Option<&'a Response>,
    /// What the last comparison of the model with measured data said.
    pub checked: Option<&'a Credibility>,
    /// The last fit of the model, until it is used or discarded.
    pub fitted: Option<&'a Calibration>,
    /// Changes of the plant, newest first.
    pub changes: &'a [ChangeView<'a>],
    pub desk: &'a Desk,
    /// Who has an account that is not disabled.
    pub accounts: &'a [(UserName, Role)],
    /// None where the program was started without a headset.
    pub headset: Option<&'a HeadsetStatus>,
}

/// The other side of a comparison.
#[derive(Clone, Copy)]
pub struct Compared<'a> {
    pub origin: Origin,
    pub alignment: Alignment,
    pub name: &'a str,
    /// None while nobody asked for them, or while they are being computed.
    pub differences: Option<&'a [Difference]>,
}

/// How the program itself is doing.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Performance<'a> {
    pub frame_ms: f32,
    pub samples_per_sec: f64,
    /// Samples that the screen could not take in time, since the start.
    pub dropped: u64,
    /// Time from the plant to the screen: half of the samples, and 99 of 100, are faster.
    pub latency: Option<Latency>,
    /// What is drawn more plainly than it could be, and why; none where nothing is.
    pub quality_note: Option<&'a str>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Latency {
    pub p50: Span,
    pub p99: Span,
}

impl<'a> Console<'a> {
    pub(super) fn palette(&self) -> &'static Palette {
        Palette::of(self.theme)
    }

    /// True while there is nothing to show: no source, no recording.
    pub(super) fn without_data(&self) -> bool {
        self.extent.live_now.is_none() && self.extent.held.is_none()
    }

    /// The recording that is on screen; none while it is the plant's own history.
    pub(super) fn shown_recording(&self) -> Option<&'a OpenRecording> {
        self.recordings.iter().find(|recording| Origin::Recorded(recording.number) == self.playhead.origin())
    }

    /// The alarms that belong to what is on screen: those of the recording, or of the plant.
    pub fn alarm_book(&self) -> &'a AlarmBook {
        self.shown_recording().map_or(self.alarms, |recording| &recording.alarms)
    }

    /// True while there may be something to acknowledge: only in the plant itself.
    pub(super) fn acknowledging(&self) -> bool {
        self.playhead.origin() == Origin::Measured
    }

    /// True while what is on screen was computed. Alarms, marks and gaps of the plant are none of its.
    pub(super) fn simulated(&self) -> bool {
        self.playhead.tense() == Tense::Simulation
    }

    /// What the simulated run on screen is called; none where nothing simulated is on screen.
    pub(super) fn simulated_name(&self) -> Option<String> {
        let answer = self.answer.filter(|_| self.simulated());
        match answer {
            Some(answer) if answer.changed == self.playhead.origin() => Some(answer.scenario.name.clone()),
            Some(answer) if answer.baseline == self.playhead.origin() => {
                Some(format!("without {}", answer.scenario.name))
            }
            _ => None,
        }
    }

    /// When the simulated run of this origin began; none for what is no side of the answer.
    pub(super) fn begun(&self, origin: Origin) -> Option<Timestamp> {
        let answer = self.answer.filter(|answer| [answer.baseline, answer.changed].contains(&origin));
        answer.map(|answer| answer.started)
    }

    /// Whose values a curve of an origin shows at a moment: before a simulated run began, those of the plant.
    pub(super) fn curve_origin(&self, origin: Origin, moment: Timestamp) -> Origin {
        let earlier = self.begun(origin).is_some_and(|begun| moment < begun);
        self.answer.filter(|_| earlier).map_or(origin, |answer| answer.before)
    }

    /// What the strip of time spans. A recording is as long as it is, whatever time it is in the plant.
    pub(super) fn strip_extent(&self) -> Extent {
        match (self.playhead.origin(), self.shown_recording()) {
            (Origin::Recorded(_), Some(recording)) => Extent { held: Some(recording.extent), live_now: None },
            (Origin::Recorded(_), None) => Extent { live_now: None, ..self.extent },
            _ => self.extent,
        }
    }

    /// Marks of what is on screen.
    pub(super) fn shown_marks(&self) -> &'a [Mark] {
        if self.simulated() {
            return &[];
        }
        self.shown_recording().map_or(self.marks, |recording| &recording.marks)
    }

    /// What happened to changes in what is on screen, in order of time.
    pub(super) fn shown_changes(&self) -> &'a [ChangeRecord] {
        if self.simulated() {
            return &[];
        }
        self.shown_recording().map_or(self.change_log, |recording| &recording.changes)
    }

    /// Stretches of what is on screen of which samples are missing.
    pub(super) fn shown_gaps(&self) -> &'a [Gap] {
        if self.simulated() {
            return &[];
        }
        self.shown_recording().map_or(&self.recorder.gaps, |recording| &recording.gaps)
    }

    /// What is on screen, by name.
    pub(super) fn shown_name(&self) -> &'a str {
        match self.shown_recording() {
            Some(recording) => &recording.name,
            None if self.simulated() => self.answer.map_or("A simulated run", |answer| &answer.scenario.name),
            None if self.extent.live_now.is_some() => "Live plant",
            None => "This run",
        }
    }

    /// True while the playhead is in the past or the future of a plant that is connected.
    pub(super) fn away_from_live(&self) -> bool {
        self.extent.live_now.is_some() && self.playhead.tense() != Tense::Live
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::playhead::PlayheadCommand;
    use crate::ui::fixture::{self, Plant, at};

    #[test]
    fn a_recording_on_screen_brings_its_own_alarms_marks_gaps_and_time() {
        let plant = fixture::replay();
        let console = plant.console();
        assert_eq!((console.alarm_book().events().len(), console.shown_marks().len()), (1, 2));
        assert_eq!((console.shown_gaps().len(), console.shown_name()), (1, "early shift"));
        assert_eq!(console.strip_extent(), Extent { held: Some((at(-1200), at(0))), live_now: None });
        assert!(!console.acknowledging() && console.away_from_live());
    }

    #[test]
    fn the_plant_on_screen_brings_those_of_this_run() {
        let plant = fixture::with_recordings();
        let console = plant.console();
        assert_eq!(console.alarm_book().events().len(), plant.alarms.events().len());
        assert!(console.shown_marks().is_empty() && console.shown_gaps().is_empty() && console.acknowledging());
        assert_eq!((console.strip_extent(), console.shown_name()), (console.extent, "Live plant"));
    }

    #[test]
    fn a_simulated_run_has_its_name_and_nothing_of_the_plant() {
        let mut plant = fixture::simulation();
        plant.marks = plant_marks();
        plant.recorder.gaps = fixture::with_recordings().recordings.remove(0).gaps;
        let console = plant.console();
        assert_eq!(
            (console.shown_name(), console.simulated_name().as_deref()),
            ("faster filler", Some("faster filler"))
        );
        assert!(console.shown_marks().is_empty() && console.shown_gaps().is_empty() && !console.acknowledging());
        assert_eq!(console.strip_extent(), Extent { held: Some((at(0), at(1800))), live_now: Some(at(0)) });
        plant.playhead.apply(PlayheadCommand::Show(Origin::Simulated(1)), &Extent { held: None, live_now: None });
        assert_eq!(plant.console().simulated_name().as_deref(), Some("without faster filler"));
    }

    fn plant_marks() -> Vec<Mark> {
        vec![Mark { at: at(-60), text: "door open".into(), pose: None, selection: None }]
    }

    #[test]
    fn a_recording_that_was_closed_is_not_taken_for_the_plant() {
        let plant = Plant { recordings: Vec::new(), ..fixture::replay() };
        let console = plant.console();
        assert_eq!(console.strip_extent().live_now, None);
        assert!(!console.acknowledging());
    }
}
