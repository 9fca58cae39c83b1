//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::plant_process::Emulate;
use crate::domain::change::{ChangeId, Divergence};
use crate::domain::sweep::Axis;
use crate::domain::time::{Span, TimeParseError, Timestamp};
use crate::simulation::calibrate::Wanted;
use crate::simulation::whatif::sweep::Shard;

/// A 3D digital twin on the desk: the plant as it is, as it was and as it could be.
#[derive(Parser, Clone, Debug)]
#[command(
    version,
    about,
    after_help = "With a headset: twinscope --vr PROJECT, short for twinscope open --vr PROJECT."
)]
pub struct Args {
    #[command(subcommand)]
    pub task: Task,
}

impl Args {
    /// Arguments of this process. Ends it with words where they are wrong.
    pub fn of_process() -> Self {
        Self::parse_from(with_task(std::env::args_os().collect()))
    }
}

/// `twinscope --vr PROJECT` opens the project.
fn with_task(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|first| first == "--vr") {
        arguments.insert(1, "open".into());
    }
    arguments
}

#[derive(Subcommand, Clone, Debug)]
pub enum Task {
    /// Open a project: a twin.toml, a folder that holds one, or a TwinMaker workspace.
    Open {
        /// Project file or folder, or a twinscope:// link.
        path: PathBuf,
        #[command(flatten)]
        off_screen: OffScreen,
        #[command(flatten)]
        headset: HeadsetWish,
        /// Look only: no change reaches the plant, whatever the project allows.
        #[arg(long)]
        view_only: bool,
        /// Where plants run that the project emulates.
        #[arg(long, value_enum, default_value_t)]
        emulate: Emulate,
    },
    /// Open the demo factory with its emulated plant.
    Demo {
        #[command(flatten)]
        off_screen: OffScreen,
        #[command(flatten)]
        headset: HeadsetWish,
        /// Look only: no change reaches the plant.
        #[arg(long)]
        view_only: bool,
        /// Where the plant runs.
        #[arg(long, value_enum, default_value_t = Emulate::OwnProcess)]
        emulate: Emulate,
    },
    /// Play the plant that a project emulates, as an OPC UA server on this computer.
    Plant(PlantWish),
    /// List everything that is wrong with a project, with file, line and an example of what is right.
    Check {
        /// Project file or folder.
        path: PathBuf,
    },
    /// Write a commented project to begin from into a new folder.
    New(NewWish),
    /// Draw a project off screen into a picture file.
    Render(RenderWish),
    /// Record a project without a window, until the time is over or the program is told to end.
    Record(RecordWish),
    /// Open a recording, with the project that is in it. Files of others (MCAP, CSV, Parquet) open too.
    Replay(ReplayWish),
    /// Tell what a recording holds, its gaps, and whether it is whole.
    Info {
        /// Recording file.
        file: PathBuf,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Write values of a recording into a table for other programs.
    Export(ExportWish),
    /// Make a recording out of a file of others: MCAP with JSON, protobuf or ROS 2, CSV, Parquet.
    Import {
        /// File to read.
        file: PathBuf,
        /// Recording to write.
        #[arg(long)]
        out: PathBuf,
    },
    /// Ask the simulated copy what a change would do, against no change. Nothing reaches the plant.
    Simulate(WhatIfWish),
    /// Accounts of the people who work at this computer.
    User(UserWish),
    /// Change the plant: draft, simulate, approve, push, keep or take back.
    Change(ChangeWish),
    /// The audit log of a plant: is it whole, and what does it say.
    Audit(AuditWish),
    /// List the variables that an OPC UA server offers, for a person who writes a project.
    Browse(BrowseWish),
    /// Fit parameters of the simulated copy to a recording.
    Calibrate(CalibrateWish),
    /// Compare the simulated copy with a recording: error of each signal, and how far it can be believed.
    Backtest(BacktestWish),
    /// Run a model of others (FMI 2.0 or 3.0 co-simulation), or list what it has.
    SimulateFmu(FmuWish),
    /// Run one model of others for another process of this program.
    #[command(hide = true)]
    FmuHost,
    /// Draw a stretch of a recording into a video, or into pictures where ffmpeg is not installed.
    Video(VideoWish),
}

#[derive(clap::Args, Clone, Debug)]
pub struct PlantWish {
    /// Project file or folder; the demo factory where none is given.
    pub project: Option<PathBuf>,
    /// Name of the source of kind "emulator", where the project has several.
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Port to listen on, on this computer alone; a free one where none is given.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
    /// File that names the plant to the program that started it. Without the file, or without a client for
    /// ten minutes, the plant ends by itself.
    #[arg(long, value_name = "FILE", hide = true)]
    pub run_file: Option<PathBuf>,
}

#[derive(clap::Args, Clone, Debug)]
pub struct NewWish {
    /// Folder to create.
    pub folder: PathBuf,
    /// What to begin from.
    #[arg(long, value_enum, default_value_t = BeginFrom::Starter, conflicts_with = "fmu")]
    pub from: BeginFrom,
    /// Model of another tool (FMI 2.0 or 3.0 co-simulation) to begin from: a .fmu file.
    #[arg(long, value_name = "FILE")]
    pub fmu: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum BeginFrom {
    /// A table that is replayed: tank, pump and conveyor.
    Starter,
    /// A packaging line of eight machines: an emulated plant and its simulated copy.
    Line,
    /// Tanks, a heat exchanger and controllers: an emulated plant and its simulated copy.
    Units,
}

#[derive(clap::Args, Clone, Debug)]
pub struct RecordWish {
    /// Project file or folder.
    pub path: PathBuf,
    /// Recording to write; one named after site and time in the recordings folder where none is given.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// How long, for example 90s, 30min or 8h; until it is told to end where none is given.
    #[arg(long = "for", value_name = "TIME", value_parser = parse_span)]
    pub length: Option<Span>,
    /// Where plants run that the project emulates.
    #[arg(long, value_enum, default_value_t)]
    pub emulate: Emulate,
    /// Put models into the recording whole, so that it opens on a computer without them.
    #[arg(long)]
    pub embed_models: bool,
    /// Begin a new file when one has become so large.
    #[arg(long, value_name = "GIB", default_value_t = 16.0)]
    pub part_gib: f64,
    /// Begin a new file when one has become so long.
    #[arg(long, value_name = "TIME", value_parser = parse_span, default_value = "24h")]
    pub part_time: Span,
}

#[derive(clap::Args, Clone, Debug)]
pub struct ReplayWish {
    /// Recording, or another file with values.
    pub file: PathBuf,
    /// Project to show it in; the one in the recording where none is given.
    #[arg(long)]
    pub project: Option<PathBuf>,
    /// Moment to begin with, RFC 3339 or seconds since the epoch.
    #[arg(long, value_parser = parse_moment)]
    pub at: Option<Timestamp>,
    /// Recordings to open beside it.
    #[arg(long, value_name = "FILE")]
    pub with: Vec<PathBuf>,
    #[command(flatten)]
    pub off_screen: OffScreen,
    #[command(flatten)]
    pub headset: HeadsetWish,
}

#[derive(clap::Args, Clone, Debug)]
pub struct ExportWish {
    /// Recording file.
    pub file: PathBuf,
    /// Table to write: .csv or .parquet.
    #[arg(long)]
    pub out: PathBuf,
    /// A row a moment and a column a signal, instead of a row a sample.
    #[arg(long)]
    pub wide: bool,
    /// First moment.
    #[arg(long, value_parser = parse_moment)]
    pub from: Option<Timestamp>,
    /// Last moment.
    #[arg(long, value_parser = parse_moment)]
    pub to: Option<Timestamp>,
    /// Only signals whose path begins so; may be given several times.
    #[arg(long, value_name = "PATH")]
    pub signal: Vec<String>,
    /// In wide tables, fill cells with the value that holds.
    #[arg(long, requires = "wide")]
    pub hold: bool,
    /// In wide tables, no columns for quality.
    #[arg(long, requires = "wide")]
    pub no_quality: bool,
}

#[derive(clap::Args, Clone, Debug)]
pub struct WhatIfWish {
    /// Project file or folder with a simulated copy ([twin], or a source of kind "emulator").
    pub path: PathBuf,
    /// Scenario file (.toml): what to change, how far to look ahead.
    #[arg(long, value_name = "FILE", required_unless_present = "merge")]
    pub scenario: Option<PathBuf>,
    /// Recording to start from. Without one, and without a state, the model starts as it has run in.
    #[arg(long, value_name = "FILE", conflicts_with = "state")]
    pub recording: Option<PathBuf>,
    /// Moment of the recording to start from; its last where none is given.
    #[arg(long, value_name = "TIME", value_parser = parse_moment, requires = "recording")]
    pub from: Option<Timestamp>,
    /// State to start from: a state.json that --out has written.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// How long the model runs on before the scenario starts, for example 40min.
    #[arg(long, value_name = "TIME", value_parser = parse_span, conflicts_with_all = ["recording", "state"])]
    pub run_in: Option<Span>,
    /// How often to run it; the number in the scenario where none is given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub runs: Option<u32>,
    /// Folder for tables: bands.csv and state.json, or sweep.parquet and sweep.json of a sweep.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Go through the values of a parameter; may be given twice.
    #[arg(long, value_name = "PARAMETER=FROM:TO:N")]
    pub sweep: Vec<Axis>,
    /// Only this share of the sweep, for example 2/4. In an indexed batch job (Slurm, AWS Batch,
    /// Kubernetes, Grid Engine, PBS) the share is that of the job where none is given.
    #[arg(long, value_name = "I/N", requires = "sweep")]
    pub shard: Option<Shard>,
    /// Put shares of a sweep (sweep.parquet or sweep.json) together instead of running one.
    #[arg(long, value_name = "FILE", conflicts_with = "sweep")]
    pub merge: Vec<PathBuf>,
}

#[derive(clap::Args, Clone, Debug)]
pub struct UserWish {
    /// Who does this: an approver, whose password is asked for. Not needed for the first account.
    #[arg(long, value_name = "NAME", global = true)]
    pub by: Option<String>,
    #[command(subcommand)]
    pub task: UserTask,
}

#[derive(Subcommand, Clone, Debug)]
pub enum UserTask {
    /// List all accounts.
    List,
    /// Add an account. Passwords are asked for, or read from the lines of the standard input.
    Add {
        name: String,
        /// viewer, operator, engineer or approver.
        #[arg(long)]
        role: String,
        #[arg(long, value_name = "NAME")]
        full_name: String,
    },
    /// Give an account another role.
    Role { name: String, role: String },
    /// Let an account log in no more; it is kept, because the audit log names it.
    Disable { name: String },
    /// Let a disabled account log in again.
    Enable { name: String },
    /// Change the own password.
    Password { name: String },
    /// Give a new password to somebody who forgot it. Approvals that were signed before no longer count.
    Reset { name: String },
}

/// What scripts go by.
const CHANGE_HELP: &str = "\
Passwords are asked for on the terminal, or read from the lines of the standard input.

Where a window or a push holds the plant, draft, simulate, keep, revert and rollback reach it as signed orders; else \
the command opens the plant itself.

Exit codes:
  0  done; of push: the change is kept
  1  the command could not be carried out at all
  3  refused: nothing was written to the plant
  4  of push: the settings went back
  5  the simulation or the push failed; the plant is as it was
  6  nobody knows what the plant holds: look at the equipment
  7  the desk that holds the plant took the order and did not answer: look at the change";

#[derive(clap::Args, Clone, Debug)]
#[command(after_help = CHANGE_HELP)]
pub struct ChangeWish {
    #[command(subcommand)]
    pub task: ChangeTask,
}

#[derive(Subcommand, Clone, Debug)]
pub enum ChangeTask {
    /// List the changes of a project.
    List {
        /// Project file or folder.
        project: PathBuf,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Show a change: of a project, or in a change file.
    Show {
        /// Project file or folder, or a change file.
        of: PathBuf,
        /// Change of the project.
        #[arg(value_parser = ChangeId::new)]
        id: Option<ChangeId>,
        /// For programs.
        #[arg(long)]
        json: bool,
        /// Do not connect to the plant, and so do not ask the guards.
        #[arg(long, requires = "id")]
        offline: bool,
        /// Also write it as a change file, for an approver on another computer.
        #[arg(long, value_name = "FILE", requires = "id")]
        out: Option<PathBuf>,
    },
    /// Draft a change. Prints its id.
    Draft(DraftWish),
    /// Run a change on the simulated copy, for its approver. One that was refused, failed or expired is drafted anew.
    Simulate(ChangeActor),
    /// Approve a change of a project; or a change file, whose signed approval is opened at the desk that pushes.
    Approve {
        /// Project file or folder, or a change file.
        of: PathBuf,
        /// Change of the project.
        #[arg(value_parser = ChangeId::new)]
        id: Option<ChangeId>,
        /// Approver, whose password is asked for.
        #[arg(long, value_name = "NAME")]
        by: String,
        #[arg(long)]
        reason: String,
        /// How long the approval of a change file holds; 8h where nothing is given.
        #[arg(long, value_name = "TIME", value_parser = parse_span, conflicts_with = "id")]
        valid: Option<Span>,
        /// Approval file to write, for a change file.
        #[arg(long, value_name = "FILE", required_unless_present = "id", conflicts_with = "id")]
        out: Option<PathBuf>,
    },
    /// Write an approved change to the plant, and stay with it until it is kept or has gone back. On a terminal,
    /// type "keep" or "revert WHY". Ctrl+C or SIGTERM takes the change back; a second one ends at once.
    Push {
        #[command(flatten)]
        actor: ChangeActor,
        /// Approval from another computer, to be taken first.
        #[arg(long, value_name = "FILE")]
        approval: Option<PathBuf>,
    },
    /// End the trial of a change with the new values.
    Keep(ChangeActor),
    /// Bring back the values from before a change, along its ramp.
    Revert {
        #[command(flatten)]
        actor: ChangeActor,
        #[arg(long, value_name = "REASON")]
        why: String,
    },
    /// Draft the way back of a change, as a change of its own. Prints its id.
    Rollback(ChangeActor),
}

#[derive(clap::Args, Clone, Debug)]
pub struct ChangeActor {
    /// Project file or folder.
    pub project: PathBuf,
    #[arg(value_parser = ChangeId::new)]
    pub id: ChangeId,
    /// Who does this; the password is asked for.
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

#[derive(clap::Args, Clone, Debug)]
pub struct DraftWish {
    /// Project file or folder.
    pub project: PathBuf,
    /// Setting and its new value, like "Riverside/Line 1/Filler/Speed setpoint=570"; may be given several times.
    #[arg(long, value_name = "TAG PATH=VALUE", required = true, value_parser = parse_setting)]
    pub set: Vec<(String, f64)>,
    /// Fastest way there and back, in units of the settings a second; as fast as the project allows where none is given.
    #[arg(long, value_name = "PER_SEC", value_parser = parse_rate)]
    pub ramp: Option<f64>,
    /// In a few words; made of the settings where none is given.
    #[arg(long)]
    pub title: Option<String>,
    #[arg(long)]
    pub reason: String,
    /// Who asks for it; the password is asked for.
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// How long it is tried before it goes back, unless someone keeps it.
    #[arg(long, value_name = "TIME", value_parser = parse_span, default_value = "10min")]
    pub lease: Span,
    /// Expression that takes it back when it is true; may be given several times.
    #[arg(long, value_name = "EXPRESSION")]
    pub abort: Vec<String>,
    /// Take it back when the plant leaves the predicted bands by so many of their widths for so long, like 0.5:2min.
    #[arg(long, value_name = "WIDTHS:TIME", value_parser = parse_divergence)]
    pub diverge: Option<Divergence>,
}

#[derive(clap::Args, Clone, Debug)]
pub struct AuditWish {
    /// Project file or folder, or an audit.jsonl.
    pub plant: PathBuf,
    /// First moment.
    #[arg(long, value_name = "TIME", value_parser = parse_moment, global = true)]
    pub from: Option<Timestamp>,
    /// Last moment.
    #[arg(long, value_name = "TIME", value_parser = parse_moment, global = true)]
    pub to: Option<Timestamp>,
    #[command(subcommand)]
    pub task: AuditTask,
}

#[derive(Subcommand, Clone, Debug)]
pub enum AuditTask {
    /// Check that every line is as it was written and nothing is missing.
    Verify {
        /// Recording to hold the log against: what it holds of the log must stand there.
        #[arg(long, value_name = "FILE")]
        recording: Option<PathBuf>,
    },
    /// Print it for people.
    Show {
        /// Of this change alone.
        #[arg(long, value_name = "ID")]
        change: Option<String>,
        /// Of this person alone.
        #[arg(long, value_name = "NAME")]
        person: Option<String>,
    },
    /// Write it into a table: .csv, or .jsonl as it stands.
    Export {
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

#[derive(clap::Args, Clone, Debug)]
pub struct BrowseWish {
    /// Address of a server (opc.tcp://host:port), or a project with such a source.
    pub target: String,
    /// Source of the project; with an address, the name that the entries of --toml give.
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Where to begin: a node id or a path.
    #[arg(long, value_name = "NODE", default_value = "/Objects")]
    pub from: String,
    /// Only what has this in its path or node id.
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Variables that are listed.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub most: u32,
    /// Steps down from the beginning.
    #[arg(long, value_name = "STEPS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub depth: u32,
    /// For programs.
    #[arg(long, conflicts_with = "toml")]
    pub json: bool,
    /// As [[signal]] entries for a twin.toml.
    #[arg(long)]
    pub toml: bool,
    /// Protection of the messages: none, sign or sign_and_encrypt. Only with an address, like all below.
    #[arg(long, value_name = "HOW")]
    pub security: Option<String>,
    /// Set of algorithms: Basic256Sha256, Aes128_Sha256_RsaOaep or Aes256_Sha256_RsaPss.
    #[arg(long, value_name = "NAME")]
    pub policy: Option<String>,
    /// Log in with this name; the password is asked for, or read from the standard input.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Folder of our certificate and those that are trusted.
    #[arg(long, value_name = "FOLDER")]
    pub certificates: Option<PathBuf>,
    /// Trust the certificate of a server that was never seen before.
    #[arg(long)]
    pub trust_on_first_use: bool,
}

#[derive(clap::Args, Clone, Debug)]
pub struct CalibrateWish {
    /// Project file or folder with a simulated copy.
    pub path: PathBuf,
    /// What was measured.
    #[arg(long, value_name = "FILE")]
    pub recording: PathBuf,
    /// First moment; the first of the recording where none is given.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub from: Option<Timestamp>,
    /// Last moment; the last of the recording where none is given.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub to: Option<Timestamp>,
    /// Parameter to fit, with the values between which to look, like Filler/MtbfFactor=0.2:5; may be
    /// given several times.
    #[arg(long, value_name = "NAME[=LOW:HIGH]", required = true, value_parser = parse_wanted)]
    pub parameter: Vec<Wanted>,
    /// Runs for each set of values that is tried.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(4..=1_000))]
    pub runs: Option<u32>,
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// File to write (.toml). The project uses it where [twin] names it as its calibration, or where it is
    /// calibration.toml beside the project.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// For programs.
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Clone, Debug)]
pub struct BacktestWish {
    /// Project file or folder with a simulated copy.
    pub path: PathBuf,
    /// What was measured.
    #[arg(long, value_name = "FILE")]
    pub recording: PathBuf,
    /// First moment; the first of the recording where none is given.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub from: Option<Timestamp>,
    /// Last moment; the last of the recording where none is given.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub to: Option<Timestamp>,
    /// How far ahead the model runs from each start.
    #[arg(long, value_name = "TIME", value_parser = parse_span, default_value = "15min")]
    pub horizon: Span,
    /// How often it starts in the stretch.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub starts: u32,
    /// How often it runs from each start.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub runs: u32,
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// For programs.
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Clone, Debug)]
pub struct FmuWish {
    /// Model to run: a .fmu file, or a folder that holds one unpacked.
    pub model: PathBuf,
    /// List the variables of the model instead of running it.
    #[arg(long)]
    pub list: bool,
    /// Seconds of the model to begin with; what the model proposes where none is given.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub start: Option<f64>,
    /// Seconds of the model to end with.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub stop: Option<f64>,
    /// Seconds between two moments at which inputs are set and outputs read.
    #[arg(long, value_name = "SECONDS")]
    pub step: Option<f64>,
    /// Start value of a parameter or another variable, like tank.area=1.5; may be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Table of inputs (CSV): a column "time" in seconds, and a column for each input.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Variable to write; all outputs where none is given; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub output: Vec<String>,
    /// Table to write (CSV); the terminal where none is given.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// For programs.
    #[arg(long, conflicts_with = "out")]
    pub json: bool,
    /// Real seconds that one step may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = parse_limit)]
    pub step_limit: f64,
    /// Memory that the model may take.
    #[arg(long, value_name = "MIB", default_value_t = 4096, value_parser = clap::value_parser!(u64).range(16..=1_048_576))]
    pub memory_mib: u64,
}

#[derive(clap::Args, Clone, Debug)]
pub struct VideoWish {
    /// Recording file.
    pub file: PathBuf,
    /// Video to write (.mp4); pictures go into a folder of that name where ffmpeg is not installed.
    #[arg(long)]
    pub out: PathBuf,
    /// Project to show it in; the one in the recording where none is given.
    #[arg(long)]
    pub project: Option<PathBuf>,
    #[arg(long, value_parser = parse_moment)]
    pub from: Option<Timestamp>,
    #[arg(long, value_parser = parse_moment)]
    pub to: Option<Timestamp>,
    /// Plant seconds in a second of the video.
    #[arg(long, default_value_t = 10.0)]
    pub speed: f64,
    /// Pictures a second.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub fps: u32,
    #[arg(long, default_value = "1280x720", value_name = "WxH", value_parser = parse_size)]
    pub size: (u32, u32),
    /// A twinscope:// link with the camera and the selection; the first view where none is given.
    #[arg(long)]
    pub view: Option<String>,
    /// With the console's panels around the 3D view.
    #[arg(long)]
    pub console: bool,
}

/// Running without a window.
#[derive(clap::Args, Clone, Debug)]
pub struct OffScreen {
    /// Run off screen, leave pictures and a report, and end.
    #[arg(long)]
    pub off_screen: bool,
    /// How long to run off screen.
    #[arg(long, default_value_t = 20.0, value_name = "SECONDS", requires = "off_screen")]
    pub seconds: f64,
    /// Where pictures and report go.
    #[arg(long, default_value = "target/demo", value_name = "FOLDER", requires = "off_screen")]
    pub out: PathBuf,
    /// Size of the pictures.
    #[arg(long, default_value = "1280x720", value_name = "WxH", value_parser = parse_size, requires = "off_screen")]
    pub size: (u32, u32),
}

#[derive(clap::Args, Clone, Default, Debug)]
pub struct HeadsetWish {
    /// Show the plant in a headset too, through OpenXR. Without one, or until it is plugged in, the desk
    /// goes on alone.
    #[arg(long, conflicts_with = "off_screen")]
    pub vr: bool,
    /// Write what the wearer of the headset does to a file, one JSON object a line: for training records.
    #[arg(long, value_name = "FILE", requires = "vr")]
    pub vr_log: Option<PathBuf>,
    /// Where pictures go that the wearer takes of what both eyes see.
    #[arg(long, value_name = "FOLDER", requires = "vr")]
    pub vr_pictures: Option<PathBuf>,
}

#[derive(clap::Args, Clone, Debug)]
pub struct RenderWish {
    /// Project file or folder.
    pub path: PathBuf,
    /// Moment to show, RFC 3339 or seconds since the epoch; the last known where none is given.
    #[arg(long, value_parser = parse_moment)]
    pub at: Option<Timestamp>,
    /// Name of a saved viewpoint; the whole plant where none is given.
    #[arg(long)]
    pub camera: Option<String>,
    /// Path of equipment to select and go to.
    #[arg(long, conflicts_with = "camera")]
    pub focus: Option<String>,
    #[arg(long, default_value = "1280x720", value_name = "WxH", value_parser = parse_size)]
    pub size: (u32, u32),
    /// With the console's panels around the 3D view.
    #[arg(long)]
    pub console: bool,
    /// Picture file to write (PNG).
    #[arg(long, default_value = "twinscope.png")]
    pub out: PathBuf,
}

/// Pictures are at least this small and at most this large, along each side.
const SIDES: std::ops::RangeInclusive<u32> = 64..=8192;

fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("\"{text}\" is not a size; write it like 1280x720, with sides from 64 to 8192");
    let (width, height) = text.split_once(['x', 'X']).ok_or_else(wrong)?;
    let side = |text: &str| text.trim().parse().ok().filter(|side| SIDES.contains(side)).ok_or_else(wrong);
    Ok((side(width)?, side(height)?))
}

fn parse_span(text: &str) -> Result<Span, String> {
    const UNITS: [(&str, f64); 6] =
        [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("min", 60.0), ("h", 3600.0), ("d", 86_400.0)];
    let wrong = || format!("\"{text}\" is not a length of time; write it like 90s, 30min, 8h or 2d");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let secs = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, secs)| *secs).ok_or_else(wrong)?;
    let number: f64 = digits.trim().parse().map_err(|_| wrong())?;
    if number.is_finite() && number > 0.0 { Ok(Span::from_secs_f64(number * secs)) } else { Err(wrong()) }
}

fn parse_wanted(text: &str) -> Result<Wanted, String> {
    let Some((name, range)) = text.split_once('=') else {
        return Ok(Wanted { name: text.trim().to_owned(), range: None });
    };
    let ends = range.split_once(':').and_then(|(low, high)| Some((number(low)?, number(high)?)));
    let range = ends.filter(|(low, high)| low < high);
    let wrong = || format!("\"{text}\" names no parameter to fit; write it like Filler/MtbfFactor=0.2:5");
    range.map(|range| Wanted { name: name.trim().to_owned(), range: Some(range) }).ok_or_else(wrong)
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn parse_setting(text: &str) -> Result<(String, f64), String> {
    let parts = text.rsplit_once('=').and_then(|(path, value)| Some((path.trim(), number(value)?)));
    let (path, value) = parts.filter(|(path, _)| !path.is_empty()).ok_or_else(|| {
        format!("\"{text}\" sets nothing; write the path of a signal and a number, like \"Line/Filler/Speed=570\"")
    })?;
    Ok((path.to_owned(), value))
}

fn parse_rate(text: &str) -> Result<f64, String> {
    number(text).filter(|rate| *rate > 0.0).ok_or_else(|| format!("\"{text}\" is no rate; write a number above 0"))
}

fn parse_divergence(text: &str) -> Result<Divergence, String> {
    let parts = text.split_once(':').and_then(|(margin, lasting)| Some((number(margin)?, parse_span(lasting).ok()?)));
    let (margin, lasting) = parts
        .filter(|(margin, _)| *margin >= 0.0)
        .ok_or_else(|| format!("\"{text}\" is no distance from a band; write widths and a time, like 0.5:2min"))?;
    Ok(Divergence { margin, lasting })
}

fn parse_limit(text: &str) -> Result<f64, String> {
    let secs = text.parse().ok().filter(|secs| (0.001..=86_400.0).contains(secs));
    secs.ok_or_else(|| format!("\"{text}\" is not a number of seconds from 0.001 to 86400"))
}

fn parse_moment(text: &str) -> Result<Timestamp, TimeParseError> {
    Timestamp::parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn lengths_of_time_have_a_unit() {
        assert_eq!(parse_span("8h"), Ok(Span::from_secs(28_800)));
        assert_eq!(parse_span("1.5 min"), Ok(Span::from_secs(90)));
        for wrong in ["8", "h", "-1s", "8 hours", ""] {
            assert!(parse_span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn settings_are_a_path_and_a_number() {
        assert_eq!(parse_setting("Line 1/A=B/Speed = 570"), Ok(("Line 1/A=B/Speed".to_owned(), 570.0)));
        for wrong in ["Speed", "=5", "Speed=", "Speed=fast", "Speed=NaN", "Speed=inf"] {
            assert!(parse_setting(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_divergence("0.5:2min"), Ok(Divergence { margin: 0.5, lasting: Span::from_secs(120) }));
        for wrong in ["0.5", "0.5:2", "-1:2min", "x:2min", "NaN:1s"] {
            assert!(parse_divergence(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_headset_is_asked_for_in_short_and_with_a_task() {
        let parse = |line: &str| {
            Args::try_parse_from(with_task(line.split(' ').map(OsString::from).collect())).map(|args| args.task)
        };
        for line in ["twinscope --vr plant --vr-log a.jsonl", "twinscope open plant --vr --vr-log a.jsonl"] {
            let Ok(Task::Open { path, headset, .. }) = parse(line) else { panic!("{line}") };
            assert_eq!((path, headset.vr, headset.vr_log), ("plant".into(), true, Some("a.jsonl".into())));
        }
        assert!(matches!(parse("twinscope demo --vr"), Ok(Task::Demo { headset, .. }) if headset.vr));
        assert!(parse("twinscope open plant --vr-log a.jsonl").is_err(), "there is nobody to log");
        assert!(parse("twinscope --vr").is_err(), "a project is missing");
        assert!(parse("twinscope open plant --vr --off-screen").is_err());
    }

    #[test]
    fn sizes_are_two_sides_in_bounds() {
        assert_eq!(parse_size("1280x720"), Ok((1280, 720)));
        for wrong in ["1280", "0x720", "1280x99999", "axb"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
