//! The command line.

mod change;
mod model;
mod parse;
mod record;
mod show;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::plant_process::Emulate;
pub use change::{AuditTask, AuditWish, ChangeActor, ChangeTask, ChangeWish, DraftWish, UserTask, UserWish};
pub use model::{BacktestWish, CalibrateWish, FmuWish, WhatIfWish};
pub use record::{ExportWish, RecordWish, ReplayWish, VideoWish};
pub use show::{BeginFrom, BrowseWish, HeadsetWish, NewWish, OffScreen, PlantWish, RenderWish};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Args::command().debug_assert();
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
}
