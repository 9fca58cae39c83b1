//! What to show, where, and what to begin from.

use std::path::PathBuf;

use super::parse::{parse_moment, parse_size};
use crate::domain::time::Timestamp;

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
