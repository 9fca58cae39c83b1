//! The projects that `twinscope new` writes: each is sound and is drawn, and its simulated copy answers as
//! the comments in it say.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bevy::asset::RenderAssetUsages;
use bevy::image::{CompressedImageFormats, Image, ImageFormat, ImageSampler, ImageType};
use serde_json::Value as Json;
use tempfile::TempDir;

fn twinscope(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twinscope")).args(args).output().expect("the program starts")
}

fn works(args: &[&str]) -> String {
    let output = twinscope(args);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {told}{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).expect("text")
}

struct Written {
    folder: TempDir,
    place: String,
}

impl Written {
    fn new(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = text(folder.path().join("plant"));
        let told = works(&[&["new", &place], args].concat());
        assert_eq!(told.lines().last(), Some(&*format!("Open it with: twinscope open {place}")));
        Self { folder, place }
    }

    fn file(&self, name: &str) -> String {
        text(Path::new(&self.place).join(name))
    }

    /// A file beside the project.
    fn beside(&self, name: &str) -> String {
        text(self.folder.path().join(name))
    }

    fn is_sound(&self) {
        let told = works(&["check", &self.place]);
        assert_eq!(told.lines().last(), Some("No problems."), "{told}");
    }

    fn is_drawn(&self) {
        let picture = self.beside("plant.png");
        works(&["render", &self.place, "--camera", "Overview", "--size", "480x300", "--out", &picture]);
        let bytes = fs::read(&picture).expect("a picture");
        let sampler = ImageSampler::Default;
        let (png, formats) = (ImageType::Format(ImageFormat::Png), CompressedImageFormats::NONE);
        let picture = Image::from_buffer(&bytes, png, formats, true, sampler, RenderAssetUsages::MAIN_WORLD);
        let pixels = picture.expect("a picture").data.expect("pixels");
        let colours: HashSet<&[u8]> = pixels.chunks(4).collect();
        // A ground alone, or nothing at all, has far fewer.
        assert!(colours.len() > 500, "{} colours", colours.len());
    }

    /// The answer to the project's own scenario.
    fn answers(&self, runs: &str) -> Json {
        let told =
            works(&["simulate", &self.place, "--scenario", &self.file("scenario.toml"), "--runs", runs, "--json"]);
        serde_json::from_str(&told).expect("JSON")
    }
}

fn text(path: PathBuf) -> String {
    path.to_str().expect("a path").to_owned()
}

/// What a figure changes by.
fn difference(answer: &Json, name: &str) -> f64 {
    let kpis = answer["kpis"].as_array().expect("figures");
    let kpi = kpis.iter().find(|kpi| kpi["name"] == name).unwrap_or_else(|| panic!("no {name} in {kpis:?}"));
    kpi["difference"]["mean"].as_f64().expect("a difference")
}

#[test]
fn the_starter_is_sound_and_drawn() {
    let project = Written::new(&[]);
    project.is_sound();
    project.is_drawn();
    let again = twinscope(&["new", &project.place, "--from", "units"]);
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("is not overwritten"));
    assert!(fs::metadata(project.file("skid.toml")).is_err(), "nothing was written");
}

#[test]
fn a_line_is_sound_drawn_asked_and_compared() {
    let project = Written::new(&["--from", "line"]);
    project.is_sound();
    project.is_drawn();
    let answer = project.answers("8");
    // A tenth slower, and as much less: the filler is the bottleneck.
    let less = difference(&answer, "Throughput");
    assert!((-30.0..-3.0).contains(&less), "{less} /min");

    let shift = project.beside("shift.mcap");
    works(&["record", &project.place, "--out", &shift, "--for", "2s"]);
    let compare = ["backtest", &project.place, "--recording", &shift, "--runs", "8", "--json"];
    let compared: Json = serde_json::from_str(&works(&compare)).expect("JSON");
    assert_eq!(compared["verdict"], "credible", "{}", compared["reasons"]);
}

#[test]
fn units_are_sound_drawn_asked_compared_and_calibrated() {
    let project = Written::new(&["--from", "units"]);
    project.is_sound();
    project.is_drawn();
    let answer = project.answers("4");
    // The outlet valve opens by a seventh; the level control follows within the half hour.
    let more = difference(&answer, "Consumer throughput");
    assert!((3.0..12.0).contains(&more), "{more} L/min");

    let shift = project.beside("shift.mcap");
    works(&["record", &project.place, "--out", &shift, "--for", "2s"]);
    let compare = ["backtest", &project.place, "--recording", &shift, "--horizon", "10min", "--runs", "8", "--json"];
    let compared: Json = serde_json::from_str(&works(&compare)).expect("JSON");
    assert_eq!(compared["verdict"], "credible", "{}", compared["reasons"]);

    let found = project.beside("found.toml");
    let kv = "OutletValve/Kv";
    let fit = ["calibrate", &project.place, "--recording", &shift, "--parameter", kv, "--runs", "4", "--json"];
    let fitted: Json = serde_json::from_str(&works(&[&fit[..], &["--out", &found]].concat())).expect("JSON");
    let parameter = &fitted["parameters"][0];
    let number = |key: &str| parameter[key].as_f64().expect("a number");
    // The truth stands in the project at the source of the emulated plant.
    let (error, off) = (number("std_error"), number("value") - 14.6);
    assert!(off.abs() < 4.0 * error && error < 0.1, "{parameter}");
    assert!(fs::read_to_string(&found).is_ok_and(|text| text.contains(kv)));
}

#[cfg(target_os = "linux")]
mod foreign {
    use super::*;
    use crate::fmu::workshop::{BOTH, Workshop};

    #[test]
    fn a_model_of_another_tool_becomes_a_project_that_answers() {
        for version in BOTH {
            // With bounds, so that the input can be changed in the plant.
            let bounded = |text: String| {
                let input = |kind: &str| format!("{kind} unit=\"m\" start=\"0\"");
                let text = text.replacen(&input("<Real"), &format!("{} min=\"-5\" max=\"10\"", input("<Real")), 1);
                let old = "causality=\"input\" unit=\"m\" start=\"0\"";
                text.replacen(old, &format!("{old} min=\"-5\" max=\"10\""), 1)
            };
            let workshop = Workshop::with(version, &[], bounded);
            let project = Written::new(&["--fmu", workshop.fmu.to_str().expect("a path")]);
            assert_eq!(fs::read(project.file("lag.fmu")).ok(), fs::read(&workshop.fmu).ok());
            project.is_sound();
            let toml = fs::read_to_string(project.file("twin.toml")).expect("a project");
            assert!(toml.contains("[[setpoint]]\nsignal = \"Lag/u\"\nmin = -5.0\nmax = 10.0\n"), "{toml}");
            assert!(toml.contains("#   \"T\" = 2 s"), "{toml}");
            // u goes from 0 to a quarter of 10 after 8 s of 75 s, and x follows it with a lag of 2 s.
            let answer = project.answers("1");
            let expected = 2.5 * (67.0 - 2.0) / 75.0;
            let mean = difference(&answer, "x, mean");
            assert!((mean - expected).abs() < 0.02, "{version:?}: {mean}, {expected}");
        }
    }

    #[test]
    fn a_project_of_another_tool_is_drawn() {
        let workshop = Workshop::new(BOTH[1]);
        Written::new(&["--fmu", workshop.fmu.to_str().expect("a path")]).is_drawn();
    }

    #[test]
    fn what_is_no_model_is_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let (place, file) = (text(folder.path().join("plant")), text(folder.path().join("odd.fmu")));
        fs::write(&file, "no archive").expect("written");
        for model in [&*file, folder.path().to_str().expect("a path"), "/nowhere.fmu"] {
            let output = twinscope(&["new", &place, "--fmu", model]);
            assert!(!output.status.success(), "{model}");
            assert!(!Path::new(&place).exists(), "{model}");
        }
        assert!(!twinscope(&["new", &place, "--from", "units", "--fmu", &file]).status.success());
    }
}
