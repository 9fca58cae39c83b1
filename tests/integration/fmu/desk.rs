//! Foreign models as the simulated copy of a project: whatever they do, the desk goes on.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use twinscope::app;
use twinscope::app::plant::Plant;
use twinscope::app::session::Session;
use twinscope::app::what_if::{News, WhatIf};
use twinscope::domain::playhead::PlayheadCommand;
use twinscope::domain::scenario::{Change, Scenario};
use twinscope::domain::signal::Origin;
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::what_if::Asking;
use twinscope::simulation::fmu::description::FmiVersion;

use super::workshop::Workshop;

/// Between two frames of the desk.
const FRAME: Duration = Duration::from_millis(5);
/// Ten frames a second are kept even on a machine that does much else.
const SLOWEST_FRAME: Duration = Duration::from_millis(100);
const DEADLINE: Duration = Duration::from_secs(60);

/// A plant that is the sound lag, and its copy with a fault in every step from the third on.
fn project(workshop: &Workshop, fault: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let fmu = workshop.fmu.display();
    let text = format!(
        r#"
name = "Lag"

[[source]]
name = "plant"
kind = "emulator"
model = "fmu"
file = "{fmu}"
warm_up_secs = 10

[twin]
model = "fmu"
file = "{fmu}"
step_limit_secs = 1
memory_mib = 256
parameters = {{ fault = {fault} }}

[[signal]]
each = {{ name = ["u", "x"] }}
path = "Site/Lag/{{name}}"
source = "plant"
variable = "{{name}}"
"#
    );
    fs::write(folder.path().join("twin.toml"), text).expect("written");
    folder
}

struct Told {
    asking: Asking,
    news: News,
    slowest: Duration,
    frames: u32,
    end: Option<f64>,
}

/// Asks what comes of another input, while the desk draws frame after frame.
fn asked(fault: u32) -> Told {
    app::models::host_foreign_models_in(env!("CARGO_BIN_EXE_twinscope").into());
    let workshop = Workshop::new(FmiVersion::V2);
    let folder = project(&workshop, fault);
    let opened = app::read(folder.path().to_owned()).expect("a project");
    assert!(opened.problems.is_empty(), "{:?}", opened.problems);
    let wall = Timestamp::from_millis(1_800_000_000_000);
    let session = Session::start(&opened.project.sources, wall, None).expect("threads");
    let (mut what_if, mut plant) = (WhatIf::new(&opened.project), Plant::new(opened.project));
    let begin = Instant::now();
    let (mut slowest, mut frames, mut asked) = (Duration::ZERO, 0, false);
    let news = loop {
        assert!(begin.elapsed() < DEADLINE, "nothing came of it");
        let frame = Instant::now();
        plant.drain(&session.samples, Duration::from_millis(8));
        plant.advance(Span::from_millis(5), wall);
        let known = plant.history.extent(Origin::Measured).is_some_and(|(_, last)| last >= wall);
        match what_if.take_found(&mut plant) {
            Some(News::Model) | None => (),
            Some(news) => break news,
        }
        if known && !what_if.askable.is_empty() && !asked {
            plant.command(PlayheadCommand::GoLive, wall);
            let change = Change { parameter: "u".into(), to: 5.0, after: Span::from_secs(1), ramp: Span::ZERO };
            let horizon = Span::from_secs(20);
            let scenario = Scenario { name: "more".into(), changes: vec![change], horizon, ..Scenario::default() };
            what_if.ask(scenario, &plant, None).expect("it can be asked");
            asked = true;
        }
        slowest = slowest.max(frame.elapsed());
        frames += 1;
        thread::sleep(FRAME);
    };
    let level = plant.project.catalog.id("Site/Lag/x").expect("a signal");
    let end = plant.history.at(Origin::Simulated(2), level, Timestamp::MAX).and_then(|point| point.value.as_f64());
    Told { asking: what_if.asking.clone(), news, slowest, frames, end }
}

#[test]
fn a_foreign_model_answers_like_any_other() {
    let told = asked(0);
    assert!(matches!(told.news, News::Answer(_)), "{:?}", told.asking);
    // u steps from 0 to 5 a second after the start; T is 2 s.
    let expected = 5.0 * (1.0 - (-19.0_f64 / 2.0).exp());
    assert!(told.end.is_some_and(|end| (end - expected).abs() < 1e-3), "{:?} {expected}", told.end);
}

#[test]
fn a_model_that_crashes_hangs_or_eats_memory_leaves_the_desk_at_its_pace() {
    for (fault, words) in [(1, "segmentation fault"), (2, "did not answer within 1 s"), (3, "memory")] {
        let told = asked(fault);
        let Asking::Failed(found) = &told.asking else { panic!("fault {fault}: {:?}", told.asking) };
        assert!(found.contains(words), "fault {fault}: {found}");
        assert!(told.slowest < SLOWEST_FRAME, "fault {fault}: {:?} in {} frames", told.slowest, told.frames);
        assert!(told.frames > 10, "fault {fault}: {} frames", told.frames);
    }
}
