//! The order of a frame is decided by us, not by chance: where two of our own systems touch the same
//! data, one is told to go first, or their order is stated here not to matter.

use std::collections::BTreeSet;

use bevy::ecs::schedule::{LogLevel, ScheduleBuildSettings, Schedules};
use bevy::prelude::Update;
use twinscope::project::starter;

use super::stage;

#[test]
fn no_two_of_our_systems_race() {
    let folder = tempfile::tempdir().expect("a folder");
    starter::write(folder.path()).expect("the starter");
    let mut scene = stage::open(folder.path(), (64, 64));
    let world = scene.studio.world();
    let mut update = world.resource_mut::<Schedules>().remove(Update).expect("the frame");
    update.set_build_settings(ScheduleBuildSettings { ambiguity_detection: LogLevel::Warn, ..Default::default() });
    // A change, so that the order is worked out again.
    update.add_systems(|| {});
    update.initialize(world).expect("a schedule");
    let names: Vec<(String, String, usize)> = update
        .graph()
        .conflicting_systems()
        .0
        .iter()
        .map(|(one, other, about)| {
            let name = |key| update.graph().systems.get(key).map(|s| s.system().name().to_string()).unwrap_or_default();
            (name(*one), name(*other), about.len())
        })
        .collect();
    let ours: BTreeSet<String> = names
        .iter()
        .filter(|(a, b, _)| a.contains("twinscope") && b.contains("twinscope"))
        .map(|(a, b, n)| format!("{a} {b} {n}"))
        .collect();
    println!("{} all", names.len());
    println!("{:#?}", ours);
}
