//! The order of a frame is decided by us, not by chance: where two of our own systems touch the same
//! data, one of them is told to go first.

use std::collections::HashMap;

use bevy::ecs::component::ComponentId;
use bevy::ecs::schedule::{ScheduleLabel, Schedules, SystemKey};
use bevy::prelude::{PostUpdate, PreUpdate, Update, World};
use twinscope::app::args::HeadsetWish;
use twinscope::app::{self, Opened};
use twinscope::project::starter;

use super::stage;

#[test]
fn our_systems_never_race() {
    let folder = tempfile::tempdir().expect("a folder");
    starter::write(folder.path()).expect("the starter");
    // With the headset too, where it is built.
    let headset = HeadsetWish { vr: cfg!(feature = "xr"), ..HeadsetWish::default() };
    let opened = Opened { headset, ..app::read(folder.path().to_owned()).expect("the starter") };
    let mut scene = stage::show(opened, (64, 64));
    let world = scene.studio.world();
    let races = [races(world, PreUpdate), races(world, Update), races(world, PostUpdate)].concat();
    assert!(races.is_empty(), "{races:#?}");
}

/// Components that Bevy works out anew each frame: halfway through they are wrong.
const WORKED_OUT: [&str; 4] = ["Aabb", "GlobalTransform", "InheritedVisibility", "ViewVisibility"];

/// Pairs of our systems in a schedule whose order is open although both touch the same data; and of
/// ours with one of Bevy's where it is about what Bevy works out.
fn races(world: &mut World, label: impl ScheduleLabel + Clone) -> Vec<String> {
    let mut schedule = world.resource_mut::<Schedules>().remove(label.clone()).expect("the schedule");
    // A change, so that the order is worked out again.
    schedule.add_systems(|| {});
    schedule.initialize(world).expect("an order");
    let names: HashMap<SystemKey, String> =
        schedule.systems().expect("systems").map(|(key, system)| (key, system.name().to_string())).collect();
    let ours: Vec<&String> = names.values().filter(|name| name.starts_with("twinscope::")).collect();
    assert!(ours.len() > 1, "names tell ours from others: {names:?}");
    let worked_out = |about: &[ComponentId]| {
        let mut about = about.iter().filter_map(|id| world.components().get_name(*id));
        about.any(|name| WORKED_OUT.contains(&&*name.shortname().to_string()))
    };
    let pairs = schedule.graph().conflicting_systems().0.iter();
    pairs
        .filter_map(|(one, other, about)| Some((names.get(one)?, names.get(other)?, about)))
        .filter(|(one, other, about)| match (ours.contains(one), ours.contains(other)) {
            (true, true) => true,
            (false, false) => false,
            _ => worked_out(about),
        })
        .map(|(one, other, _)| format!("{label:?}: {one} and {other}"))
        .collect()
}
