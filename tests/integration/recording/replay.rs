//! Replay equals live: the same moments of the demo plant, on the day and out of the recording, give
//! the same pictures.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bevy::image::Image;
use bevy::prelude::World;
use twinscope::app::plant::Plant;
use twinscope::app::recording::recorder::{Order, RecorderHandle};
use twinscope::app::recording::shelf::Opening;
use twinscope::app::{self, Opened};
use twinscope::domain::binding::{Drive, Motion};
use twinscope::domain::command::Command;
use twinscope::domain::history::Point;
use twinscope::domain::playhead::PlayheadCommand;
use twinscope::domain::recording::{Event, Mark};
use twinscope::domain::signal::Origin;
use twinscope::domain::time::{Span, Timestamp};
use twinscope::recording::reader::Recording;

use crate::stage::{self, Scene};

const SIZE: (u32, u32) = (480, 300);

/// The demo plant. What turns and flows with a speed adds up its own way and is left out: where it
/// stands depends on how the playhead came to the moment.
fn demo() -> Opened {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let mut opened = app::read(path).expect("the demo");
    Arc::make_mut(&mut opened.project).bindings.retain(|binding| {
        use Drive::{Animation, Flow, Rotation, Translation};
        !matches!(
            binding.drive,
            Flow | Rotation { motion: Motion::Rate, .. }
                | Translation { motion: Motion::Rate, .. }
                | Animation { motion: Motion::Rate, .. }
        )
    });
    opened
}

fn picture(scene: &mut Scene) -> Image {
    scene.studio.frames(4);
    scene.studio.picture().expect("a picture")
}

fn plant(world: &World) -> &Plant {
    world.resource::<Plant>()
}

/// What every signal says at the playhead.
fn values(world: &World) -> BTreeMap<String, Option<Point>> {
    let plant = plant(world);
    let (origin, moment) = (plant.playhead().origin(), plant.playhead().moment());
    let signals = plant.project.catalog.iter();
    signals.map(|(id, signal)| (signal.path.clone(), plant.history.at(origin, id, moment).cloned())).collect()
}

/// Pixels that are not the same.
fn difference(one: &Image, other: &Image) -> usize {
    let (one, other) = (one.data.as_deref().expect("pixels"), other.data.as_deref().expect("pixels"));
    assert_eq!(one.len(), other.len());
    one.chunks(4).zip(other.chunks(4)).filter(|(one, other)| one != other).count()
}

#[test]
fn the_same_moments_look_the_same_live_and_out_of_the_recording() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shift.mcap");
    let mut live = Vec::new();
    let mut scene = stage::show(demo(), SIZE);
    scene.wait_for("the plant", |world| plant(world).counters.samples > 5_000);
    scene.studio.world().resource::<RecorderHandle>().order(Order::Start(Some(path.clone())));
    let mark = Mark { at: Timestamp::default(), text: "here".into(), pose: None, selection: None };
    for round in 0..3 {
        scene.studio.ask(Command::Playhead(PlayheadCommand::GoLive));
        let begun = plant(scene.studio.world()).playhead().moment();
        scene.wait_for("the plant to go on", |world| {
            plant(world).playhead().moment() - begun > Span::from_secs(3 + round)
        });
        // What nobody acknowledged blinks, by the clock of the screen.
        scene.studio.ask(Command::AcknowledgeAll);
        scene.studio.frames(4);
        scene.studio.ask(Command::Playhead(PlayheadCommand::Pause));
        scene.studio.frames(4);
        let moment = plant(scene.studio.world()).playhead().moment();
        // What held at that moment may still be on its way.
        scene.wait_for("what comes late", |world| {
            let last = plant(world).history.extent(Origin::Measured).map(|(_, last)| last);
            last.is_some_and(|last| last - moment > Span::from_secs(1))
        });
        let picture = picture(&mut scene);
        let world = scene.studio.world();
        live.push((moment, picture, plant(world).alarms_by_asset(), values(world)));
    }
    let (last, ..) = *live.last().expect("moments");
    scene.studio.ask(Command::AddMark(last, mark.text.clone()));
    scene.studio.frames(2);
    scene.studio.world().resource::<RecorderHandle>().order(Order::Stop);
    scene.wait_for("the file", |_| Recording::open(&path).is_ok_and(|recording| recording.finished()));
    drop(scene);

    let recording = Recording::open(&path).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        recording.marks().iter().map(|mark| (mark.at, mark.text.as_str())).collect::<Vec<_>>(),
        [(last, "here")]
    );
    let commands = recording.events().iter().filter(|event| matches!(event, Event::Command(_))).count();
    assert_eq!(commands, 3, "those that acknowledge: looking around is in the desk's view");

    let mut opened = demo();
    Arc::make_mut(&mut opened.project).sources.clear();
    opened.recordings.push(Opening { path, show: true, ..Opening::default() });
    let mut scene = stage::show(opened, SIZE);
    scene.wait_for("the recording", |world| plant(world).shown_recording().is_some());
    assert_eq!(plant(scene.studio.world()).playhead().origin(), Origin::Recorded(1));
    // Backwards, so that nothing is left over from the moment before.
    for (moment, picture_then, alarms, values_then) in live.into_iter().rev() {
        scene.studio.ask(Command::Playhead(PlayheadCommand::Pause));
        scene.studio.ask(Command::Playhead(PlayheadCommand::Seek(moment)));
        scene.wait_for("the moment", |world| plant(world).playhead().moment() == moment && !plant(world).reading());
        let picture_now = picture(&mut scene);
        assert_eq!(plant(scene.studio.world()).alarms_by_asset(), alarms, "at {moment}");
        assert_eq!(values(scene.studio.world()), values_then, "at {moment}");
        let differ = difference(&picture_then, &picture_now);
        if differ > 0 {
            let save = |image: &Image, name: &str| {
                let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
                image.clone().try_into_dynamic().expect("a picture").to_rgb8().save(&file).expect("a file");
                file
            };
            let files = (save(&picture_then, "live.png"), save(&picture_now, "replay.png"));
            panic!("{differ} pixels differ at {moment}: {files:?}");
        }
    }
}
