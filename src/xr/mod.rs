//! In the headset: the same scene at full size, around the person who wears it.
//!
//! `runtime` is the way to the headset through OpenXR; everything else knows only the `Wearer`, their
//! `Hands` and the `Rig` on which they stand in the plant. Mathematics without a world: `rig`, `arc`, `stick`,
//! `comfort`, `bearing`, `governor`. This layer stands beside `ui` and above `view`. It knows neither
//! `control` nor `app`: nothing here can reach a plant.

pub mod arc;
pub mod bearing;
pub mod comfort;
pub mod eyes;
pub mod governor;
pub mod hands;
pub mod hang;
pub mod pace;
pub mod panel;
pub mod plant_signs;
pub mod pointer;
pub mod rig;
pub mod runtime;
pub mod signs;
pub mod stick;
pub mod walk;
pub mod wearer;

use bevy::prelude::*;

/// Height of the floor where nothing else is to stand on.
const FLOOR_Y: f32 = 0.0;

/// In `First`, when the runtime has said where eyes and hands are.
#[derive(SystemSet, Clone, PartialEq, Eq, Hash, Debug)]
pub struct WearerRead;

/// Everything of the headset but the way to it.
pub fn plugin(app: &mut App) {
    app.add_plugins((
        eyes::plugin,
        panel::plugin,
        plant_signs::plugin,
        hang::plugin,
        pointer::plugin,
        walk::plugin,
        signs::plugin,
        pace::plugin,
    ));
}
