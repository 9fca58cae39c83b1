//! Time from the start of the process to the first complete frame: project read, models loaded,
//! every value shown, picture in memory.
//!
//! The demo factory, and AWS's Cookie Factory where `TWINSCOPE_COOKIEFACTORY` or
//! `../shared/cookiefactory` has it. Once each and in a process of its own, at 1280 x 720 with
//! panels. The graphics driver may find its shaders in its cache from an earlier run.
//!
//! Profile of `make bench`: this crate in full optimisation, dependencies as in the dev build.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, process};

use twinscope::app;
use twinscope::app::studio::{Screen, Studio};

/// Set for the process that opens a project: its path.
const OPEN: &str = "TWINSCOPE_BENCH_OPEN";

fn main() -> anyhow::Result<()> {
    if let Some(path) = env::var_os(OPEN) {
        return open(path.into());
    }
    println!("{:<16} {:>8} {:>8} {:>8} {:>12}", "first_frame [s]", "read", "started", "loaded", "first frame");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cookies = env::var_os("TWINSCOPE_COOKIEFACTORY").map_or(here.join("../shared/cookiefactory"), PathBuf::from);
    for (name, path) in [("demo factory", here.join("assets/demo")), ("Cookie Factory", cookies)] {
        if !path.exists() {
            println!("{name:<16} skipped: {} is not there", path.display());
            continue;
        }
        let output = Command::new(env::current_exe()?).env(OPEN, path).output()?;
        let times = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
            process::exit(1);
        }
        println!("{name:<16} {}", times.lines().last().unwrap_or_default());
    }
    Ok(())
}

fn open(path: PathBuf) -> anyhow::Result<()> {
    let begin = Instant::now();
    let secs = || begin.elapsed().as_secs_f64();
    let opened = app::read(path)?;
    let read = secs();
    let mut studio = Studio::open(opened, Screen { width: 1280, height: 720, panels: true, best_quality: false })?;
    let started = secs();
    studio.settle()?;
    let loaded = secs();
    studio.picture()?;
    println!("{read:>8.2} {started:>8.2} {loaded:>8.2} {:>12.2}", secs());
    Ok(())
}
