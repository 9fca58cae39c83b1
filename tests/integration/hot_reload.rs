//! A project is changed on disk while the program runs.

use std::fs;
use std::path::Path;

use bevy::prelude::{Name, World};
use twinscope::app::notices::Notices;
use twinscope::app::plant::Plant;
use twinscope::app::reload::Watch;
use twinscope::domain::colour::Rgba;
use twinscope::domain::notice::NoticeLevel;
use twinscope::project::starter;
use twinscope::view::Slots;
use twinscope::view::overlay::Slot;
use twinscope::view::parts::Targets;
use twinscope::view::stage::Stage;

use super::stage;

/// Bindings of the starter.
const BEFORE: usize = 7;

#[test]
fn a_saved_change_shows_and_a_broken_one_keeps_what_was() {
    let folder = tempfile::tempdir().expect("a folder");
    starter::write(folder.path()).expect("the starter");
    let file = folder.path().join("twin.toml");
    let starter = fs::read_to_string(&file).expect("the project");
    let mut scene = stage::open(folder.path(), (320, 240));
    assert_eq!(bindings(scene.studio.world()), BEFORE);
    assert_eq!(conveyor(scene.studio.world()), Some([0.0; 4]), "as modelled");

    fs::write(&file, format!("{starter}\n{}", painting("#ff00ff"))).expect("a change");
    scene.wait_for("the new colour", |world| conveyor(world) == Some(Slot::colour_from(Rgba::from_hex(0xff00ff))));
    assert_eq!(bindings(scene.studio.world()), BEFORE + 1);
    assert!(told(scene.studio.world(), NoticeLevel::Info, "The changed project was read."));

    let generation = scene.studio.world().resource::<Stage>().generation;
    fs::write(&file, format!("{starter}\n{}\n[[binding]\n", painting("#00ff00"))).expect("a half-written change");
    scene.wait_for("the notice", |world| told(world, NoticeLevel::Error, "The changed project has 1 new error."));
    let problems = scene.studio.world().resource::<Watch>().problems.clone();
    assert!(
        problems.iter().any(|problem| problem.line.is_some() && problem.file.ends_with("twin.toml")),
        "{problems:?}"
    );
    scene.studio.frames(3);
    let world = scene.studio.world();
    assert_eq!(bindings(world), BEFORE + 1);
    assert_eq!(conveyor(world), Some(Slot::colour_from(Rgba::from_hex(0xff00ff))), "the last good colour");
    assert_eq!(world.resource::<Stage>().generation, generation, "the scene was not made anew");

    fs::write(&file, format!("{starter}\n{}", painting("#00ff00"))).expect("a mended change");
    scene.wait_for("the mended colour", |world| conveyor(world) == Some(Slot::colour_from(Rgba::from_hex(0x00ff00))));
    assert!(scene.studio.world().resource::<Watch>().problems.is_empty());

    export_again(&folder.path().join("plant.glb"));
    scene.wait_for("the part of the new model", |world| parts(world).iter().any(|name| name == "PompFoot"));
    assert!(!parts(scene.studio.world()).iter().any(|name| name == "PumpFoot"), "the old model is gone");
}

/// A binding whose scale gives the same colour at every speed.
fn painting(colour: &str) -> String {
    format!(
        "[[binding]]\nasset = \"Site/Conveyor\"\neffect = \"colour\"\nvalue = \"Speed\"\n\
         scale = [[0, \"{colour}\"], [1, \"{colour}\"]]\n"
    )
}

/// Gives a part of the pump another name of the same length, as a new export could.
fn export_again(model: &Path) {
    let (old, new) = (b"\"PumpFoot\"", b"\"PompFoot\"");
    let mut bytes = fs::read(model).expect("the model");
    // Its node and its mesh.
    while let Some(place) = bytes.windows(old.len()).position(|window| window == old) {
        bytes[place..place + new.len()].copy_from_slice(new);
    }
    fs::write(model, bytes).expect("the new export");
}

fn parts(world: &mut World) -> Vec<String> {
    world.query::<&Name>().iter(world).map(|name| name.to_string()).collect()
}

fn bindings(world: &World) -> usize {
    world.resource::<Plant>().project.bindings.len()
}

/// What the data says of the conveyor's colour; none until the scene stands.
fn conveyor(world: &World) -> Option<[f32; 4]> {
    let conveyor = world.resource::<Plant>().project.assets.by_path("Site/Conveyor")?;
    let slot = world.resource::<Targets>().slots_of(conveyor).first()?;
    Some(world.resource::<Slots>().get(*slot).colour)
}

fn told(world: &World, level: NoticeLevel, what: &str) -> bool {
    world.resource::<Notices>().list().iter().any(|notice| notice.level == level && notice.what == what)
}
