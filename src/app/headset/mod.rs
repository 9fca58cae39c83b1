//! The headset at the desk: what was asked of it, and how it stands.

#[cfg(not(feature = "xr"))]
mod absent;
#[cfg(feature = "xr")]
mod act;
#[cfg(feature = "xr")]
mod diary;
#[cfg(feature = "xr")]
mod panels;
#[cfg(feature = "xr")]
mod pictures;
#[cfg(feature = "xr")]
mod restraint;
#[cfg(feature = "xr")]
mod wiring;

use bevy::prelude::*;

use crate::domain::headset::{HeadsetCommand, HeadsetStatus};
#[cfg(not(feature = "xr"))]
pub use absent::{Prepared, prepare};
#[cfg(feature = "xr")]
pub use wiring::{Prepared, prepare};

/// What the desk knows of the headset.
#[derive(Resource, Default)]
pub struct HeadsetDesk {
    /// None where the program was started without one.
    pub status: Option<HeadsetStatus>,
    /// What the left eye sees, for the desk to show; none while nobody wears the headset.
    pub mirror: Option<Mirror>,
    /// Asked for since the last frame.
    asked: Vec<HeadsetCommand>,
}

/// A picture of which the upper left part is drawn.
#[derive(Clone, PartialEq, Debug)]
pub struct Mirror {
    pub picture: Handle<Image>,
    pub size: UVec2,
    pub drawn: UVec2,
}

impl HeadsetDesk {
    /// Takes a wish that is carried out within this frame.
    ///
    /// # Errors
    /// In words for the person, where there is no headset to ask.
    pub fn act(&mut self, command: HeadsetCommand) -> Result<(), String> {
        if self.status.is_none() {
            return Err("There is no headset. Start twinscope with --vr to use one.".to_owned());
        }
        self.asked.push(command);
        Ok(())
    }
}
