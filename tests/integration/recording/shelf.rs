//! Replay without a screen: whatever the playhead does, it shows what the recording holds there.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use twinscope::app::plant::Plant;
use twinscope::app::recording::shelf::{Opening, Outcome, Shelf};
use twinscope::domain::catalog::Catalog;
use twinscope::domain::command::Direction;
use twinscope::domain::playhead::{Motion, PlayheadCommand, Tense};
use twinscope::domain::quality::Quality;
use twinscope::domain::signal::{Origin, Sample, Signal, SignalId};
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::value::{Value, ValueKind};
use twinscope::project::Project;
use twinscope::recording::Head;
use twinscope::recording::writer::Writer;

const SIGNALS: u32 = 6;
const SECS: i64 = 3_600;
const DEADLINE: Duration = Duration::from_secs(30);
const WALL: Timestamp = Timestamp::from_millis(0);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

/// Five signals at 10 Hz; the last one speaks once a minute.
fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for step in 0..SECS * 10 {
        for signal in 0..SIGNALS {
            if signal + 1 < SIGNALS || step % 600 == 0 {
                let time = at(step * 100 + i64::from(signal));
                samples.push(Sample {
                    signal: SignalId(signal),
                    source_time: time,
                    received_time: time,
                    value: Value::Int(step * 10 + i64::from(signal)),
                    quality: Quality::Good,
                });
            }
        }
    }
    samples
}

fn write(path: &Path, samples: &[Sample], finish: bool) {
    let mut catalog = Catalog::default();
    for signal in 0..SIGNALS {
        catalog.intern(Signal::new(format!("Line/S{signal}"), ValueKind::Int));
    }
    let mut writer =
        Writer::create(File::create(path).expect("a file"), &Head::default(), &catalog, &[]).expect("a writer");
    for (number, sample) in samples.iter().enumerate() {
        writer.push(sample).expect("it writes");
        if number % 500 == 0 {
            writer.flush(sample.received_time).expect("it writes");
        }
    }
    if finish {
        writer.finish(at(SECS * 1_000)).expect("it ends");
    } else {
        writer.flush(at(SECS * 1_000)).expect("it writes");
        std::mem::forget(writer);
    }
}

struct Desk {
    plant: Plant,
    shelf: Shelf,
    samples: Vec<Sample>,
}

impl Desk {
    fn open(path: PathBuf, samples: Vec<Sample>) -> Self {
        // The project knows one of the signals, under another number.
        let mut project = Project::default();
        project.catalog.intern(Signal::new("Line/Other", ValueKind::Real));
        project.catalog.intern(Signal::new("Line/S3", ValueKind::Int));
        let mut desk = Self { plant: Plant::new(Arc::new(project)), shelf: Shelf::start().expect("a thread"), samples };
        desk.shelf.open(Opening { path, show: true, ..Opening::default() });
        let begin = Instant::now();
        while desk.plant.recordings.is_empty() {
            assert!(begin.elapsed() < DEADLINE, "the recording does not open");
            for outcome in desk.shelf.take_news(&mut desk.plant) {
                assert!(matches!(outcome, Outcome::Opened(1, _)), "{outcome:?}");
            }
        }
        desk.plant.command(PlayheadCommand::Show(Origin::Recorded(1)), WALL);
        // What the project does not know joins it, with equipment to look at it.
        let line = desk.plant.project.assets.by_path("Line").and_then(|line| desk.plant.project.assets.get(line));
        assert_eq!(line.map(|line| line.signals.len()), Some(SIGNALS as usize - 1));
        desk
    }

    /// One frame; then what is shown is compared, where it is not being read.
    fn frame(&mut self, step: Span) -> bool {
        self.shelf.take_news(&mut self.plant);
        self.plant.advance(step, WALL);
        self.shelf.attend(&self.plant, None);
        if self.plant.reading() {
            return false;
        }
        let moment = self.plant.playhead().moment();
        for number in 0..SIGNALS {
            let path = format!("Line/S{number}");
            let id = self.plant.project.catalog.id(&path).expect("the signal");
            let shown = self.plant.history.at(Origin::Recorded(1), id, moment).map(|point| point.value.clone());
            assert_eq!(shown, self.held(number, moment), "{path} at {moment}");
        }
        true
    }

    /// What a signal said last, by its rule.
    fn held(&self, signal: u32, moment: Timestamp) -> Option<Value> {
        let every = if signal + 1 < SIGNALS { 1 } else { 600 };
        let last = self.samples.last()?.source_time;
        let step =
            (moment.min(last) - at(i64::from(signal))).as_nanos().div_euclid(100_000_000).div_euclid(every) * every;
        (step >= 0).then(|| Value::Int(step * 10 + i64::from(signal)))
    }

    fn stand_at(&mut self, moment: Timestamp) {
        self.plant.command(PlayheadCommand::Pause, WALL);
        self.plant.command(PlayheadCommand::Seek(moment), WALL);
        let begin = Instant::now();
        while !self.frame(Span::ZERO) {
            assert!(begin.elapsed() < DEADLINE, "{moment} is not read");
            std::thread::yield_now();
        }
    }
}

fn desk(finish: bool) -> (tempfile::TempDir, PathBuf, Desk) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hour.mcap");
    let samples = samples();
    write(&path, &samples, finish);
    let desk = Desk::open(path.clone(), samples);
    (folder, path, desk)
}

#[test]
fn any_moment_shows_what_held_then_forwards_and_backwards() {
    let (_folder, _, mut desk) = desk(true);
    assert_eq!(desk.plant.playhead().tense(), Tense::Replay);
    for secs in [0, 3_599, 12, 1_800, 1_799, 1_801, 900, 3_000, 60, 59] {
        desk.stand_at(at(secs * 1_000 + 37));
    }
}

#[test]
fn playing_a_thousand_times_as_fast_shows_only_what_is_there_and_ends_at_the_end() {
    let (_folder, _, mut desk) = desk(true);
    desk.stand_at(at(0));
    desk.plant.command(PlayheadCommand::SetRate(1_000.0), WALL);
    desk.plant.command(PlayheadCommand::Play, WALL);
    let (begin, mut frames) = (Instant::now(), 0);
    while desk.plant.playhead().motion() == Motion::Playing {
        assert!(begin.elapsed() < DEADLINE, "it stays at {}", desk.plant.playhead().moment());
        frames += u32::from(desk.frame(Span::from_millis(16)));
    }
    assert_eq!(desk.plant.playhead().moment(), at(SECS * 1_000 - 100 + 4));
    assert!(frames > 200, "{frames} frames of an hour at 16 s each");
}

#[test]
fn a_loop_comes_round_and_steps_go_from_sample_to_sample() {
    let (_folder, _, mut desk) = desk(true);
    desk.stand_at(at(1_000_000));
    desk.plant.command(PlayheadCommand::SetLoop(Some((at(1_000_000), at(1_002_000)))), WALL);
    desk.plant.command(PlayheadCommand::Play, WALL);
    let shown = (0..100).filter(|_| desk.frame(Span::from_millis(50))).count();
    assert!(shown > 90 && desk.plant.playhead().moment() < at(1_002_000), "{shown}");
    desk.plant.command(PlayheadCommand::SetLoop(None), WALL);
    desk.stand_at(at(2_000_000));
    for (direction, expected) in
        [(Direction::Forward, 2_000_001), (Direction::Forward, 2_000_002), (Direction::Back, 2_000_001)]
    {
        desk.plant.step(direction, WALL);
        assert_eq!(desk.plant.playhead().moment(), at(expected));
        desk.stand_at(at(expected));
    }
}

#[test]
fn the_tip_of_a_file_that_grows_is_followed() {
    let (folder, path, _) = desk(false);
    let bytes = std::fs::read(&path).expect("a file");
    let growing = folder.path().join("growing.mcap");
    std::fs::write(&growing, &bytes[..bytes.len() / 2]).expect("a file");
    let mut desk = Desk::open(growing.clone(), samples());
    let (_, half) = desk.plant.recordings[0].extent;
    assert!(half < at(SECS * 700) && desk.plant.recordings[0].growing);
    desk.stand_at(half - Span::from_secs(1));
    desk.plant.command(PlayheadCommand::SetRate(1_000.0), WALL);
    desk.plant.command(PlayheadCommand::Play, WALL);
    for _ in 0..50 {
        desk.frame(Span::from_millis(16));
    }
    assert_eq!(desk.plant.playhead().motion(), Motion::Playing, "it waits at the tip for what comes");
    std::fs::write(&growing, &bytes).expect("a file");
    let begin = Instant::now();
    while desk.plant.playhead().moment() < at(SECS * 1_000 - 2_000) {
        assert!(begin.elapsed() < DEADLINE, "it stays at {}", desk.plant.playhead().moment());
        desk.frame(Span::from_millis(16));
        std::thread::yield_now();
    }
    assert_eq!(desk.plant.playhead().motion(), Motion::Playing);
}

#[test]
fn a_recording_laid_elsewhere_shows_the_same_later() {
    let (_folder, _, mut desk) = desk(true);
    desk.stand_at(at(100_000));
    let shift = Span::from_secs(500);
    let mut before = BTreeMap::new();
    for (id, signal) in desk.plant.project.catalog.iter() {
        let point = desk.plant.history.at(Origin::Recorded(1), id, at(100_000));
        before.insert(signal.path.clone(), point.map(|point| point.value.clone()));
    }
    desk.shelf.shift(1, shift, &mut desk.plant);
    assert_eq!(desk.plant.recordings[0].extent.0, at(500_000));
    desk.plant.command(PlayheadCommand::Seek(at(600_000)), WALL);
    let begin = Instant::now();
    while desk.plant.reading() || desk.plant.history.extent(Origin::Recorded(1)).is_none() {
        assert!(begin.elapsed() < DEADLINE);
        desk.shelf.take_news(&mut desk.plant);
        desk.shelf.attend(&desk.plant, None);
    }
    for (id, signal) in desk.plant.project.catalog.iter() {
        let point = desk.plant.history.at(Origin::Recorded(1), id, at(600_000));
        assert_eq!(point.map(|point| point.value.clone()), before[&signal.path], "{}", signal.path);
    }
}
