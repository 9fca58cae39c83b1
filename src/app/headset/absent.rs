//! A build without the headset: it says so when it is asked for one.

use anyhow::bail;
use bevy::app::{App, PluginGroupBuilder};
use bevy::render::RenderPlugin;

use crate::app::args::HeadsetWish;

/// There is none in this build.
pub enum Prepared {}

impl Prepared {
    pub fn plugins(&mut self, _: PluginGroupBuilder, _: RenderPlugin) -> PluginGroupBuilder {
        match *self {}
    }

    /// # Errors
    /// None: there is nothing to furnish.
    pub fn furnish(self, _: &mut App) -> anyhow::Result<()> {
        match self {}
    }
}

/// # Errors
/// Always.
pub fn prepare(_: HeadsetWish) -> anyhow::Result<Prepared> {
    bail!("This twinscope was built without the headset. Build it with: cargo build --features xr")
}
