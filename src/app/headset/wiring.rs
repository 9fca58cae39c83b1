//! Puts the headset into the program: its graphics device, its systems, and what it has to tell.

use bevy::app::PluginGroupBuilder;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::window::PresentMode;
use bevy::winit::WinitSettings;

use super::act::{self, Marks};
use super::diary::{self, Diary};
use super::pictures::{self, Pictures};
use super::{HeadsetDesk, Mirror, panels};
use crate::app::args::HeadsetWish;
use crate::app::commands;
use crate::app::notices::Notices;
use crate::app::{recording, reload, wall_now, what_if};
use crate::domain::headset::{FrameTime, HeadsetCommand, HeadsetStatus};
use crate::domain::notice::NoticeLevel;
use crate::domain::time::Span;
use crate::view::TwinSystems;
use crate::view::select::Pointer;
use crate::view::stage::Stage;
use crate::xr;
use crate::xr::eyes::{EyePictures, EyeResolution};
use crate::xr::pace::Paced;
use crate::xr::pointer::Pointers;
use crate::xr::runtime::{self, HeadsetNews};
use crate::xr::wearer::Wearer;

/// What stands before the window opens.
pub struct Prepared {
    wish: HeadsetWish,
    runtime: runtime::Prepared,
}

impl Prepared {
    /// The plugins of the program, drawing with the device that the headset wants.
    pub fn plugins(&mut self, plugins: PluginGroupBuilder, render: RenderPlugin) -> PluginGroupBuilder {
        let plugins = plugins.set(match self.runtime.creation.take() {
            Some(render_creation) => RenderPlugin { render_creation, ..render },
            None => render,
        });
        // A picture that is drawn while the next frame is worked out comes a frame late to the eyes.
        plugins.disable::<PipelinedRenderingPlugin>()
    }

    /// # Errors
    /// When the file for what the wearer does cannot be made.
    pub fn furnish(self, app: &mut App) -> anyhow::Result<()> {
        let diary = Diary::open(self.wish.vr_log.as_deref())?;
        let folder = self.wish.vr_pictures.unwrap_or_else(|| recording::settings().folder);
        app.world_mut().resource_mut::<HeadsetDesk>().status = Some(HeadsetStatus::default());
        app.insert_resource(diary).insert_resource(Pictures::into(folder)).init_resource::<Marks>();
        runtime::plugin(app, self.runtime);
        app.add_plugins((xr::plugin, panels::plugin)).add_systems(
            Update,
            (
                (tell, keep_status, act::keep_marks, arrive, point)
                    .chain()
                    .in_set(TwinSystems::Ingest)
                    .after(panels::ask)
                    .before(reload::reload),
                act::act.in_set(TwinSystems::Ingest).after(commands::act).before(what_if::attend),
                (act::keep_stay, pictures::tell, diary::keep, keep_pace).chain().after(TwinSystems::Present),
            ),
        );
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

/// Nobody sits at the window while the headset is worn: its pictures must come all the same, in its own time.
fn keep_pace(wearer: Res<Wearer>, settings: Option<ResMut<WinitSettings>>, mut windows: Query<&mut Window>) {
    let shown = wearer.link.shown();
    let present_mode = if shown { PresentMode::AutoNoVsync } else { PresentMode::AutoVsync };
    for mut window in windows.iter_mut().filter(|window| window.present_mode != present_mode) {
        window.present_mode = present_mode;
    }
    let wanted = if shown { WinitSettings::continuous() } else { WinitSettings::game() };
    if let Some(mut settings) = settings
        && settings.unfocused_mode != wanted.unfocused_mode
    {
        *settings = wanted;
    }
}

/// Who puts the headset on stands at the first of the saved places, and stays where they went from there,
/// also over a session that was lost.
fn arrive(stage: Res<Stage>, wearer: Res<Wearer>, mut desk: ResMut<HeadsetDesk>, mut seen: Local<Option<Entity>>) {
    let standing = stage.generation > 0 && !stage.unresolved() && stage.loading == 0;
    if wearer.eyes.is_some() && standing && *seen != stage.root {
        *seen = stage.root;
        if let Err(why) = desk.act(HeadsetCommand::GoTo(0)) {
            tracing::warn!("The wearer cannot be placed: {why}");
        }
    }
}

/// What the wearer points at is pointed at, unless the mouse of the desk is on something.
fn point(pointers: Res<Pointers>, wearer: Res<Wearer>, mut pointer: ResMut<Pointer>) {
    let over = pointers.hovered().map(|(asset, _)| asset).filter(|_| wearer.eyes.is_some());
    if pointer.on_window.is_none() && pointer.over != over {
        pointer.over = over;
    }
}

/// How the headset stands, for the panels.
fn keep_status(
    time: Res<Time<Real>>,
    (wearer, eyes, resolution, paced): (Res<Wearer>, Res<EyePictures>, Res<EyeResolution>, Res<Paced>),
    mut desk: ResMut<HeadsetDesk>,
    mut second: Local<(f32, u64, u32)>,
) {
    let left = eyes.0.as_ref().map(|[left, _]| left.clone()).filter(|_| wearer.eyes.is_some());
    desk.bypass_change_detection().mirror = left.zip(wearer.picture).map(|(picture, kind)| Mirror {
        picture,
        size: kind.size,
        drawn: resolution.drawn(kind.size),
    });
    let (secs, before, missed) = &mut *second;
    *secs += time.delta_secs();
    // A session that began counts from nothing.
    if *secs >= 1.0 || wearer.frame.missed < *before {
        *missed = u32::try_from(wearer.frame.missed.saturating_sub(*before)).unwrap_or(u32::MAX);
        (*secs, *before) = (0.0, wearer.frame.missed);
    }
    let Some(status) = &mut desk.bypass_change_detection().status else { return };
    status.link.clone_from(&wearer.link);
    status.device.clone_from(&wearer.device);
    status.quality_note = paced.note();
    status.frame = wearer.link.shown().then(|| FrameTime {
        budget: Span::from(wearer.frame.budget),
        taken: Span::from(wearer.frame.taken),
        missed: *missed,
    });
}
