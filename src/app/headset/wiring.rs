//! Puts the headset into the program: its graphics device, its systems, and what it has to tell.

use bevy::app::PluginGroupBuilder;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::winit::{UpdateMode, WinitSettings};

use super::HeadsetDesk;
use crate::app::args::HeadsetWish;
use crate::app::notices::Notices;
use crate::app::wall_now;
use crate::domain::headset::{FrameTime, HeadsetStatus};
use crate::domain::notice::NoticeLevel;
use crate::domain::time::Span;
use crate::view::TwinSystems;
use crate::xr;
use crate::xr::runtime::{self, HeadsetNews};
use crate::xr::wearer::Wearer;

/// What stands before the window opens.
pub struct Prepared {
    wish: HeadsetWish,
    runtime: runtime::Prepared,
}

impl Prepared {
    /// The usual plugins, drawing with the device that the headset wants.
    pub fn plugins(&mut self, plugins: PluginGroupBuilder) -> PluginGroupBuilder {
        let plugins = match self.runtime.creation.take() {
            Some(render_creation) => plugins.set(RenderPlugin { render_creation, ..default() }),
            None => plugins,
        };
        // A picture that is drawn while the next frame is worked out comes a frame late to the eyes.
        plugins.disable::<PipelinedRenderingPlugin>()
    }

    /// # Errors
    /// When the file for what the wearer does cannot be made.
    pub fn furnish(self, app: &mut App) -> anyhow::Result<()> {
        app.world_mut().resource_mut::<HeadsetDesk>().status = Some(HeadsetStatus::default());
        // Nobody sits at the window while the headset is worn; its pictures must come all the same.
        app.insert_resource(WinitSettings {
            focused_mode: UpdateMode::Continuous,
            unfocused_mode: UpdateMode::Continuous,
        });
        runtime::plugin(app, self.runtime);
        app.add_plugins(xr::plugin).add_systems(Update, (tell, keep_status).chain().in_set(TwinSystems::Ingest));
        Ok(())
    }
}

/// # Errors
/// None in a build that has the headset: without a runtime one is looked for later.
pub fn prepare(wish: HeadsetWish) -> anyhow::Result<Prepared> {
    Ok(Prepared { wish, runtime: runtime::prepare() })
}

fn tell(mut news: MessageReader<HeadsetNews>, mut notices: ResMut<Notices>) {
    for news in news.read() {
        match news {
            HeadsetNews::Found { device } => notices.tell(
                wall_now(),
                NoticeLevel::Info,
                format!("Headset found: {device}."),
                "The plant is shown in it as at the desk.",
                "",
            ),
            HeadsetNews::Lost { why } => notices.tell(
                wall_now(),
                NoticeLevel::Warning,
                format!("The headset is gone. {why}"),
                "The desk goes on; nothing is lost.",
                "Start the headset's software again: it is looked for every few seconds.",
            ),
        }
    }
}

/// How the headset stands, for the panels.
fn keep_status(wearer: Res<Wearer>, mut desk: ResMut<HeadsetDesk>) {
    let Some(status) = &mut desk.bypass_change_detection().status else { return };
    status.link.clone_from(&wearer.link);
    status.device.clone_from(&wearer.device);
    status.frame = wearer.link.shown().then(|| FrameTime {
        budget: Span::from(wearer.frame.budget),
        taken: Span::from(wearer.frame.taken),
        missed: u32::try_from(wearer.frame.missed).unwrap_or(u32::MAX),
    });
}
