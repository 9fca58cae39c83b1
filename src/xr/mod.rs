//! In the headset: the same scene at full size, around the person who wears it.
//!
//! `runtime` is the way to the headset through OpenXR; everything else knows only the `Wearer`, their
//! `Hands` and the `Rig` on which they stand in the plant. This layer stands beside `ui` and above `view`. It
//! knows neither `control` nor `app`: nothing here can reach a plant.

pub mod eyes;
pub mod hands;
pub mod rig;
pub mod runtime;
pub mod wearer;

use bevy::prelude::*;

/// Everything of the headset but the way to it.
pub fn plugin(app: &mut App) {
    app.add_plugins(eyes::plugin);
}
