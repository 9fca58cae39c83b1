//! What a recording holds beside samples, and how recorder and open recordings stand.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alarm::{AlarmBook, AlarmChange};
use super::change_record::ChangeRecord;
use super::quality::Quality;
use super::signal::SignalId;
use super::time::{Span, Timestamp};
use super::value::Value;
use super::what_if::Answer;

/// Something that happened beside the samples. Its place on the timeline is plant time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    Alarm(AlarmRecord),
    /// What a person asked for, in words.
    Command(CommandRecord),
    Mark(Mark),
    Gap(Gap),
    /// What the person at the desk looked at.
    Desk(DeskView),
    /// What was asked of the simulated copy, and its answer.
    Run(Box<StoredRun>),
    /// What happened to a change of the plant.
    Change(Box<ChangeRecord>),
}

impl Event {
    /// When it happened, in plant time.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Alarm(alarm) => alarm.at,
            Self::Command(command) => command.at,
            Self::Mark(mark) => mark.at,
            Self::Gap(gap) => gap.to,
            Self::Desk(desk) => desk.at,
            Self::Run(run) => run.at,
            Self::Change(change) => change.at,
        }
    }
}

/// A change of an alarm, by names: numbers are those of one run of the program.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AlarmRecord {
    pub at: Timestamp,
    /// Tag path of the watched signal.
    pub signal: String,
    /// Name of the alarm rule.
    pub alarm: String,
    pub change: AlarmChange,
    /// What the signal said; none where a person acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CommandRecord {
    pub at: Timestamp,
    /// "Acknowledge Filler / No bottles at infeed".
    pub what: String,
}

/// A moment worth coming back to, with what was looked at.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Mark {
    pub at: Timestamp,
    /// What a person wrote about it.
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pose: Option<Pose>,
    /// Path of the selected asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<String>,
}

/// Where a camera stands and what it looks at, in metres of the scene.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Pose {
    pub eye: [f32; 3],
    pub focus: [f32; 3],
}

/// A stretch of plant time of which samples are missing.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Gap {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Samples known to be missing; 0 where their number is not known.
    pub lost: u64,
    pub reason: GapReason,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// Samples came faster than they could be written.
    QueueFull,
    /// The disk was full or failed.
    Disk,
    /// The program or the machine ended while recording.
    Crash,
    /// A part of the file is damaged.
    Damaged,
}

impl GapReason {
    pub fn words(self) -> &'static str {
        match self {
            Self::QueueFull => "samples came faster than they could be written",
            Self::Disk => "the disk was full or failed",
            Self::Crash => "recording was cut off",
            Self::Damaged => "a part of the file is damaged",
        }
    }
}

/// What a desk showed: playhead, camera and selection.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DeskView {
    pub at: Timestamp,
    /// The moment on screen.
    pub moment: Timestamp,
    /// The screen showed the plant live.
    pub live: bool,
    pub pose: Option<Pose>,
    /// Path of the selected asset.
    pub selection: Option<String>,
}

/// A question to the simulated copy and its answer. The series of the runs are not kept: they follow
/// to the last bit from the start and the scenario, as long as the model is the same.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StoredRun {
    /// When it was answered.
    pub at: Timestamp,
    /// State of the plant from which both sides go on.
    pub start: Vec<StartValue>,
    /// Signals of the answer by number; an answer names them by number, a file by path.
    pub paths: Vec<(SignalId, String)>,
    pub answer: Answer,
    /// Number of the run that is shown on the timeline.
    pub shown_run: u32,
    /// Digest of its two series.
    pub digest: String,
}

/// A value that a variable of the model began with.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StartValue {
    pub variable: String,
    pub value: Value,
    pub quality: Quality,
    pub age: Span,
}

/// How the recorder stands.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct RecorderStatus {
    /// File that is being written; none while only the ring is kept.
    pub file: Option<PathBuf>,
    /// Wall time at which recording began.
    pub since: Option<Timestamp>,
    /// Written since then, over all parts.
    pub bytes: u64,
    pub samples: u64,
    /// Free space on the disk of the file, or of the folder where recordings go.
    pub free_bytes: Option<u64>,
    /// Samples that were lost on the way to the file since recording began.
    pub lost: u64,
    pub gaps: Vec<Gap>,
    /// Plant time that the ring holds, so that it can still be saved.
    pub ring: Option<(Timestamp, Timestamp)>,
    /// Why nothing is written although it should be, in words with what to do.
    pub failure: Option<String>,
}

impl RecorderStatus {
    pub fn recording(&self) -> bool {
        self.file.is_some()
    }
}

/// A recording that is open in this session.
#[derive(Clone, Debug)]
pub struct OpenRecording {
    /// Number of its origin, `Origin::Recorded(number)`.
    pub number: u32,
    pub path: PathBuf,
    /// File name without folder and ending.
    pub name: String,
    /// First and last moment, `shift` included.
    pub extent: (Timestamp, Timestamp),
    /// What is added to its times, to lay it beside another.
    pub shift: Span,
    pub samples: u64,
    /// It is still being written.
    pub growing: bool,
    /// Moments between which the samples are at hand; outside, they are being read.
    pub at_hand: Option<(Timestamp, Timestamp)>,
    /// Samples per stretch of time, in order of time.
    pub density: Arc<[Stretch]>,
    pub marks: Vec<Mark>,
    pub gaps: Vec<Gap>,
    /// What was asked of the simulated copy meanwhile.
    pub runs: Vec<Arc<StoredRun>>,
    /// What happened to changes of the plant, in order of time.
    pub changes: Vec<ChangeRecord>,
    /// What happened to alarms, as it was recorded.
    pub alarms: AlarmBook,
    /// What is wrong with the file, in words.
    pub problems: Vec<String>,
}

/// How many samples a stretch of plant time holds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stretch {
    pub from: Timestamp,
    pub to: Timestamp,
    pub samples: u64,
}

/// A recording file in the folder where recordings go.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordingFile {
    pub path: PathBuf,
    pub name: String,
    pub bytes: u64,
    /// When it was written last.
    pub modified: Timestamp,
    /// It is the one that is being written now.
    pub writing: bool,
}

/// What lies beside the playhead's origin, for comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Alignment {
    /// By the clock: same moment beside same moment.
    Clock,
    /// The first samples beside each other.
    Start,
    /// The first time that this alarm was raised.
    FirstAlarm,
    /// The first mark.
    FirstMark,
    /// The first time that a machine's state became "Execute".
    FirstExecute,
}

impl Alignment {
    pub const ALL: [Self; 5] = [Self::Clock, Self::Start, Self::FirstExecute, Self::FirstAlarm, Self::FirstMark];

    pub fn words(self) -> &'static str {
        match self {
            Self::Clock => "on the clock",
            Self::Start => "at the first sample",
            Self::FirstExecute => "at the first \"Execute\"",
            Self::FirstAlarm => "at the first alarm",
            Self::FirstMark => "at the first mark",
        }
    }
}

/// How far two recordings differ in one signal, over the time that both hold.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    pub signal: SignalId,
    /// Time-weighted mean of the distance, in the unit of the signal; for flags and texts the part
    /// of the time in which they differ.
    pub mean: f64,
    /// Largest distance, and when it began.
    pub worst: f64,
    pub worst_at: Timestamp,
    /// `mean` against the signal's range, or against the spread of its values: what makes signals
    /// of different units comparable.
    pub relative: f64,
}

/// Long work in the background.
#[derive(Clone, PartialEq, Debug)]
pub struct Job {
    pub id: u64,
    /// "Export of shift.mcap to Parquet".
    pub title: String,
    /// 0 to 1.
    pub progress: f32,
    pub state: JobState,
}

#[derive(Clone, PartialEq, Debug)]
pub enum JobState {
    Running,
    /// What came of it.
    Done(String),
    /// Why nothing came of it, and what to do.
    Failed(String),
    Cancelled,
}

/// What a person wants to take out of a recording or of the running history.
#[derive(Clone, PartialEq, Debug)]
pub struct ExportWish {
    /// First and last moment; none: everything.
    pub range: Option<(Timestamp, Timestamp)>,
    /// Only the signals of the selected asset and below.
    pub selection_only: bool,
    pub form: ExportForm,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExportForm {
    CsvLong,
    CsvWide,
    ParquetLong,
    ParquetWide,
    /// Pictures of the replay in the present view, ten plant seconds each second.
    Video,
}

impl ExportForm {
    pub const ALL: [Self; 5] = [Self::CsvLong, Self::CsvWide, Self::ParquetLong, Self::ParquetWide, Self::Video];

    pub fn words(self) -> &'static str {
        match self {
            Self::CsvLong => "CSV, a row a sample",
            Self::CsvWide => "CSV, a column a signal",
            Self::ParquetLong => "Parquet, a row a sample",
            Self::ParquetWide => "Parquet, a column a signal",
            Self::Video => "Video of the 3D view",
        }
    }
}
