//! The simulated copy and models of others.

use std::path::PathBuf;

use super::parse::{parse_limit, parse_moment, parse_span, parse_wanted};
use crate::domain::sweep::Axis;
use crate::domain::time::{Span, Timestamp};
use crate::simulation::calibrate::Wanted;
use crate::simulation::whatif::sweep::Shard;

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
