//! A small plant for the tests of the panels: one bottling line at one moment.

mod asked;
mod changes;
mod recordings;
mod told;

use std::collections::HashSet;

use egui::Ui;
use egui_kittest::Harness;

use super::change::ChangeView;
use super::{Compared, Console, ConsoleState, Latency, Performance};
use crate::domain::alarm::{AlarmBook, AlarmId, AlarmRule, Condition, Priority};
use crate::domain::asset::{AssetId, AssetTree};
use crate::domain::calibration::Calibration;
use crate::domain::catalog::Catalog;
use crate::domain::change_record::ChangeRecord;
use crate::domain::command::{CameraMode, Command, Theme};
use crate::domain::deviation::Deviation;
use crate::domain::headset::HeadsetStatus;
use crate::domain::history::History;
use crate::domain::link::LinkStatus;
use crate::domain::notice::Notice;
use crate::domain::person::{Desk, Role, UserName};
use crate::domain::playhead::{Extent, Playhead};
use crate::domain::quality::{BadReason, Quality, UncertainReason};
use crate::domain::recording::{Alignment, Difference, Job, Mark, OpenRecording, RecorderStatus, RecordingFile};
use crate::domain::scenario::Credibility;
use crate::domain::setpoint::Setpoint;
use crate::domain::signal::{Origin, Sample, Signal, SignalId};
use crate::domain::sweep::Response;
use crate::domain::time::{Span, Timestamp};
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};
use crate::domain::what_if::{Answer, Askable, Asking};
use crate::project::Problem;
pub use asked::{answered, checked, fitted, simulation, swept, with_model};
pub use changes::{SETPOINT, change, desk, refused, with_change, with_changes, with_people, with_watchdog};
pub use recordings::{comparison, replay, with_recordings};

/// Everything a console is made of.
pub struct Plant {
    pub assets: AssetTree,
    pub catalog: Catalog,
    pub history: History,
    pub playhead: Playhead,
    pub live: bool,
    pub alarms: AlarmBook,
    pub setpoints: Vec<Setpoint>,
    pub links: Vec<LinkStatus>,
    pub notices: Vec<Notice>,
    pub problems: Vec<Problem>,
    pub selection: Option<AssetId>,
    pub hidden: HashSet<AssetId>,
    pub viewpoints: Vec<String>,
    pub theme: Theme,
    pub wall_now: Timestamp,
    pub recorder: RecorderStatus,
    pub recordings: Vec<OpenRecording>,
    pub library: Vec<RecordingFile>,
    pub marks: Vec<Mark>,
    pub change_log: Vec<ChangeRecord>,
    pub compared: Option<(Origin, Alignment)>,
    pub differences: Option<Vec<Difference>>,
    pub deviations: Vec<(AssetId, Deviation)>,
    pub jobs: Vec<Job>,
    pub reading: bool,
    pub following_operator: bool,
    pub askable: Vec<Askable>,
    pub asking: Asking,
    pub answer: Option<Answer>,
    pub response: Option<Response>,
    pub checked: Option<Credibility>,
    pub fitted: Option<Calibration>,
    pub changes: Vec<ChangeView<'static>>,
    pub desk: Desk,
    pub accounts: Vec<(UserName, Role)>,
    pub headset: Option<HeadsetStatus>,
}

/// A plant with the console's memory and what was asked of it.
pub struct Stage {
    pub plant: Plant,
    pub state: ConsoleState,
    pub commands: Vec<Command>,
}

/// Seconds from the moment of the fixture, which is 24 November 2026, 14:03:22 UTC.
pub fn at(secs: i64) -> Timestamp {
    Timestamp::from_millis((1_795_529_002 + secs) * 1000)
}

pub fn harness(
    plant: Plant,
    panel: impl Fn(&mut Ui, &Console, &mut ConsoleState, &mut Vec<Command>) + 'static,
) -> Harness<'static, Stage> {
    let stage = Stage { plant, state: ConsoleState::default(), commands: Vec::new() };
    Harness::builder().with_size([1600.0, 900.0]).with_step_dt(1.0 / 60.0).build_ui_state(
        move |ui, stage: &mut Stage| panel(ui, &stage.plant.console(), &mut stage.state, &mut stage.commands),
        stage,
    )
}

pub fn empty_plant() -> Plant {
    Plant {
        assets: AssetTree::default(),
        catalog: Catalog::default(),
        history: History::default(),
        playhead: Playhead::paused_at(at(0)),
        live: false,
        alarms: AlarmBook::default(),
        setpoints: Vec::new(),
        links: Vec::new(),
        notices: Vec::new(),
        problems: Vec::new(),
        selection: None,
        hidden: HashSet::new(),
        viewpoints: Vec::new(),
        theme: Theme::Dark,
        wall_now: at(0),
        recorder: RecorderStatus::default(),
        recordings: Vec::new(),
        library: Vec::new(),
        marks: Vec::new(),
        change_log: Vec::new(),
        compared: None,
        differences: None,
        deviations: Vec::new(),
        jobs: Vec::new(),
        reading: false,
        following_operator: false,
        askable: Vec::new(),
        asking: Asking::Idle,
        answer: None,
        response: None,
        checked: None,
        fitted: None,
        changes: Vec::new(),
        desk: Desk::default(),
        accounts: Vec::new(),
        headset: None,
    }
}

impl Plant {
    pub fn console(&self) -> Console<'_> {
        Console {
            project_name: "Riverside bottling",
            assets: &self.assets,
            catalog: &self.catalog,
            history: &self.history,
            playhead: &self.playhead,
            extent: Extent { held: self.history.extent(self.shown_origin()), live_now: self.live.then_some(at(0)) },
            alarms: &self.alarms,
            setpoints: &self.setpoints,
            links: &self.links,
            notices: &self.notices,
            problems: &self.problems,
            selection: self.selection,
            hovered: None,
            hidden: &self.hidden,
            camera: CameraMode::Orbit,
            viewpoints: &self.viewpoints,
            xray: false,
            ghost_others: false,
            labels: true,
            theme: self.theme,
            wall_now: self.wall_now,
            performance: Performance {
                frame_ms: 16.6,
                samples_per_sec: 1240.0,
                dropped: 0,
                latency: Some(Latency { p50: Span::from_millis(40), p99: Span::from_millis(90) }),
                quality_note: Some("Reduced: this computer draws without a graphics card"),
            },
            recorder: &self.recorder,
            recordings: &self.recordings,
            library: &self.library,
            library_folder: "/home/anna/recordings",
            marks: &self.marks,
            change_log: &self.change_log,
            compared: self.compared(),
            deviations: &self.deviations,
            jobs: &self.jobs,
            reading: self.reading,
            following_operator: self.following_operator,
            askable: &self.askable,
            asking: &self.asking,
            answer: self.answer.as_ref(),
            response: self.response.as_ref(),
            checked: self.checked.as_ref(),
            fitted: self.fitted.as_ref(),
            changes: &self.changes,
            desk: &self.desk,
            accounts: &self.accounts,
            headset: self.headset.as_ref(),
        }
    }

    /// Recordings bring their own extent; a simulated run is held in the history.
    fn shown_origin(&self) -> Origin {
        match self.playhead.origin() {
            Origin::Recorded(_) => Origin::Measured,
            origin => origin,
        }
    }

    fn compared(&self) -> Option<Compared<'_>> {
        let (origin, alignment) = self.compared?;
        let recording = self.recordings.iter().find(|recording| Origin::Recorded(recording.number) == origin);
        Some(Compared {
            origin,
            alignment,
            name: recording.map_or("Live plant", |recording| &recording.name),
            differences: self.differences.as_deref(),
        })
    }

    pub fn id(&self, path: &str) -> AssetId {
        self.assets.by_path(path).unwrap_or_else(|| panic!("no asset {path}"))
    }

    pub fn feed(&mut self, path: &str, secs: i64, value: f64) {
        let signal = self.catalog.id(path).unwrap_or_else(|| panic!("no signal {path}"));
        self.insert(signal, at(secs), Value::Real(value), Quality::Good);
    }

    fn insert(&mut self, signal: SignalId, time: Timestamp, value: Value, quality: Quality) {
        let sample = Sample { signal, source_time: time, received_time: time, value, quality };
        self.alarms.observe(&sample);
        self.history.insert(Origin::Measured, sample);
    }

    fn signal(&mut self, path: &str, unit: &str, range: Option<(f64, f64)>, kind: ValueKind) -> SignalId {
        let signal = Signal {
            unit: Unit::new(unit),
            range,
            expected_interval: (kind != ValueKind::Text).then(|| Span::from_secs(1)),
            ..Signal::new(path, kind)
        };
        let id = self.catalog.intern(signal);
        let asset = path.rsplit_once('/').and_then(|(asset, _)| self.assets.add_path(asset));
        if let Some(asset) = asset.and_then(|asset| self.assets.get_mut(asset)) {
            asset.signals.push(id);
        }
        id
    }

    /// A sample a second over twenty minutes, up to `until`.
    fn fill(&mut self, signal: SignalId, until: i64, value: impl Fn(f64) -> f64, quality: impl Fn(i64) -> Quality) {
        for secs in -1200..=until {
            self.insert(signal, at(secs), Value::Real(value(secs as f64)), quality(secs));
        }
    }
}

/// A live line with a filler that waits, a failed sensor, a substituted and a stale value.
pub fn plant() -> Plant {
    let mut plant = Plant { live: true, playhead: Playhead::live(), ..empty_plant() };
    for machine in ["Depalletiser", "Rinser", "Filler", "Capper", "Pasteuriser", "Labeller", "Packer", "Palletiser"] {
        plant.assets.add_path(&format!("Riverside/Line 1/{machine}"));
    }
    let filler = "Riverside/Line 1/Filler";
    let state = plant.signal(&format!("{filler}/State"), "", None, ValueKind::Text);
    let speed = plant.signal(&format!("{filler}/Speed"), "/min", Some((0.0, 750.0)), ValueKind::Real);
    let setpoint = plant.signal(&format!("{filler}/Speed setpoint"), "/min", Some((0.0, 750.0)), ValueKind::Real);
    let temperature = plant.signal(&format!("{filler}/Temperature"), "Cel", Some((0.0, 100.0)), ValueKind::Real);
    let pressure = plant.signal(&format!("{filler}/Pressure"), "bar", Some((0.0, 6.0)), ValueKind::Real);
    let level = plant.signal(&format!("{filler}/Level"), "%", Some((0.0, 100.0)), ValueKind::Real);
    plant.signal(&format!("{filler}/Bottles"), "", None, ValueKind::Int);
    let labeller =
        plant.signal("Riverside/Line 1/Labeller/Glue temperature", "Cel", Some((0.0, 200.0)), ValueKind::Real);
    let packer = plant.signal("Riverside/Line 1/Packer/Air pressure", "bar", Some((0.0, 10.0)), ValueKind::Real);

    let asset = |plant: &Plant, name: &str| plant.assets.by_path(&format!("Riverside/Line 1/{name}"));
    let rule = |name: &str, signal, asset, condition, priority, message: &str, action: &str| AlarmRule {
        name: name.into(),
        signal,
        asset,
        condition,
        on_delay: Span::ZERO,
        off_delay: Span::ZERO,
        priority,
        message: message.into(),
        action: action.into(),
    };
    plant.alarms = AlarmBook::new(vec![
        rule(
            "Glue",
            labeller,
            asset(&plant, "Labeller"),
            Condition::Below { limit: 150.0, deadband: 2.0 },
            Priority::P3,
            "glue temperature low",
            "Wait for the heater, or call maintenance after ten minutes.",
        ),
        rule(
            "Air",
            packer,
            asset(&plant, "Packer"),
            Condition::Below { limit: 5.0, deadband: 0.2 },
            Priority::P2,
            "air pressure low",
            "Check the compressor.",
        ),
        rule(
            "No bottles",
            speed,
            asset(&plant, "Filler"),
            Condition::Below { limit: 620.0, deadband: 5.0 },
            Priority::P1,
            "no bottles at infeed",
            "Check the rinser and the conveyor before the filler.",
        ),
        rule(
            "Level",
            level,
            asset(&plant, "Filler"),
            Condition::Above { limit: 90.0, deadband: 1.0 },
            Priority::P2,
            "level high",
            "",
        ),
    ]);
    let good = |_: i64| Quality::Good;
    plant.insert(state, at(-95), Value::text("EXECUTE"), Quality::Good);
    plant.fill(speed, 0, |t| if t > -40.0 { 612.0 } else { 640.0 + 8.0 * (t / 17.0).sin() }, good);
    plant.fill(setpoint, 0, |_| 640.0, good);
    plant.fill(
        temperature,
        0,
        |t| 61.0 + (t / 60.0).sin(),
        |secs| if secs > -20 { Quality::Uncertain(UncertainReason::SubstituteValue) } else { Quality::Good },
    );
    plant.fill(
        pressure,
        0,
        |t| 3.1 + 0.6 * (t / 25.0).sin(),
        |secs| {
            if secs > -30 || (-80..-70).contains(&secs) {
                Quality::Bad(BadReason::SensorFailure)
            } else {
                Quality::Good
            }
        },
    );
    plant.fill(level, -42, |t| 60.0 + 12.0 * (t / 40.0).sin(), good);
    plant.fill(labeller, 0, |t| if (-500.0..-300.0).contains(&t) { 140.0 } else { 168.0 }, good);
    plant.fill(packer, 0, |t| if t > -200.0 { 4.6 } else { 6.2 }, good);
    plant.alarms.acknowledge(AlarmId(1), at(-150));
    if let Some(filler) = asset(&plant, "Filler").and_then(|filler| plant.assets.get_mut(filler)) {
        filler.description = "Rotary filler, 80 valves, 36 000 bottles an hour".into();
    }
    if let Some(speed) = plant.catalog.get_mut(speed) {
        speed.description = "Bottles a minute through the filler".into();
    }
    plant
        .playhead
        .apply(crate::domain::playhead::PlayheadCommand::GoLive, &Extent { held: None, live_now: Some(at(0)) });
    plant.setpoints = vec![Setpoint {
        signal: setpoint,
        min: 300.0,
        max: 720.0,
        step: Some(10.0),
        rate_limit_per_sec: Some(20.0),
        permitted_modes: vec!["EXECUTE".into(), "IDLE".into()],
    }];
    plant.viewpoints = vec!["Overview".into(), "Filler".into()];
    told::told(plant)
}
