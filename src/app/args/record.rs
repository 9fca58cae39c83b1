//! Recordings: made, played, filmed, and turned into tables.

use std::path::PathBuf;

use super::parse::{parse_moment, parse_size, parse_span};
use super::show::{HeadsetWish, OffScreen};
use crate::app::plant_process::Emulate;
use crate::domain::time::{Span, Timestamp};

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
