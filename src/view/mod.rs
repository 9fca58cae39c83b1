//! The 3D view: a project's scene as Bevy entities, and how data shows on them.
//!
//! `app` opens a project, hands over outcomes of bindings and what people look at; the view shows it
//! and tells what was picked. It knows neither sources nor history.

mod animation;
pub mod camera;
mod environment;
pub mod extent;
pub mod ghost;
mod indicator;
pub mod labels;
pub mod look;
pub mod motion;
pub mod overlay;
pub mod parts;
pub mod present;
pub mod quality;
pub mod select;
pub mod stage;
pub mod target;

use std::path::Path;

use bevy::asset::io::embedded::EmbeddedAssetRegistry;
use bevy::prelude::*;

pub use overlay::{Slot, SlotFlags, Slots, StatusMaterial};
pub use parts::{Target, Targets};

/// The order of one frame.
#[derive(SystemSet, Clone, PartialEq, Eq, Hash, Debug)]
pub enum TwinSystems {
    /// Samples come in, the playhead moves.
    Ingest,
    /// Rules and alarms.
    Evaluate,
    /// What changed goes to transforms, slots and labels.
    Present,
    /// Signs get their places on the picture. In `PostUpdate`, once it is known what is where and
    /// what is seen, and before the console is drawn.
    Label,
}

/// The whole view.
pub fn plugin(app: &mut App) {
    app.add_plugins((
        shaders,
        stage::plugin,
        parts::plugin,
        outcomes,
        motion::plugin,
        animation::plugin,
        indicator::plugin,
        look::plugin,
        ghost::plugin,
        labels::plugin,
        target::plugin,
        camera::plugin,
        select::plugin,
        environment::plugin,
        quality::plugin,
    ));
}

/// The way of an outcome to the buffer of looks. Needs a stage and targets, but no renderer: so that
/// benches measure what a frame runs.
pub fn outcomes(app: &mut App) {
    app.add_plugins((overlay::plugin, present::plugin));
}

/// Puts the shaders of the top-level folder into the program, under `embedded://twinscope/`.
fn shaders(app: &mut App) {
    let registry = app.world_mut().resource_mut::<EmbeddedAssetRegistry>();
    for (name, source) in [
        ("status.wgsl", include_str!("../../shaders/status.wgsl")),
        ("flow.wgsl", include_str!("../../shaders/flow.wgsl")),
        ("slot.wgsl", include_str!("../../shaders/slot.wgsl")),
        ("ghost.wgsl", include_str!("../../shaders/ghost.wgsl")),
        ("indicator.wgsl", include_str!("../../shaders/indicator.wgsl")),
        ("panel.wgsl", include_str!("../../shaders/panel.wgsl")),
    ] {
        let path = Path::new("twinscope").join(name);
        registry.insert_asset(Path::new("shaders").join(name), &path, source.as_bytes());
    }
    // These are imported by name from the others, so they have to be loaded and kept.
    let libraries = ["flow.wgsl", "slot.wgsl", "ghost.wgsl"]
        .map(|name| app.world().load_asset(format!("embedded://twinscope/{name}")));
    app.insert_resource(ShaderLibraries(libraries));
    app.add_plugins(MaterialPlugin::<StatusMaterial>::default());
}

/// Keeps the imported shaders loaded while their importers live.
#[derive(Resource)]
struct ShaderLibraries(#[expect(dead_code, reason = "held so that the shaders stay loaded")] [Handle<Shader>; 3]);
