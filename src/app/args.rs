//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::domain::time::{TimeParseError, Timestamp};

/// A 3D digital twin on the desk: the plant as it is, as it was and as it could be.
#[derive(Parser, Clone, Debug)]
#[command(version, about)]
pub struct Args {
    #[command(subcommand)]
    pub task: Task,
}

#[derive(Subcommand, Clone, Debug)]
pub enum Task {
    /// Open a project: a twin.toml, a folder that holds one, or a TwinMaker workspace.
    Open {
        /// Project file or folder.
        path: PathBuf,
        #[command(flatten)]
        off_screen: OffScreen,
    },
    /// Open the demo factory with its emulated plant.
    Demo {
        #[command(flatten)]
        off_screen: OffScreen,
    },
    /// List everything that is wrong with a project, with file, line and an example of what is right.
    Check {
        /// Project file or folder.
        path: PathBuf,
    },
    /// Write a commented starter project into a new folder.
    New {
        /// Folder to create.
        folder: PathBuf,
    },
    /// Draw a project off screen into a picture file.
    Render(RenderWish),
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
    fn sizes_are_two_sides_in_bounds() {
        assert_eq!(parse_size("1280x720"), Ok((1280, 720)));
        for wrong in ["1280", "0x720", "1280x99999", "axb"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
