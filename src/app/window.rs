//! The program in a window.

use std::process::ExitCode;

use bevy::app::AppExit;
use bevy::asset::UnapprovedPathMode;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::settings::{Backends, WgpuSettings};
use bevy::window::WindowResolution;
use bevy_egui::{EguiGlobalSettings, EguiPlugin, EguiPostUpdateSet, EguiPrimaryContextPass, PrimaryEguiContext};

use super::change::ChangeDesk;
use super::commands::Asked;
use super::console::{self, Desk};
use super::plant::Plant;
use super::recording;
use super::recording::recorder::RecorderHandle;
use super::recording::shelf::Shelf;
use super::reload::ViewOnly;
use super::reload::Watch;
use super::session::Session;
use super::what_if::WhatIf;
use super::{Opened, frame, headset, wall_now};
use crate::domain::command::Command;
use crate::domain::notice::NoticeLevel;
use crate::project::Severity;
use crate::view::camera::FirstView;
use crate::view::look::Look;
use crate::view::stage::OpenProject;
use crate::view::{self, TwinSystems};

/// Opens the window and stays until it is closed.
///
/// # Errors
/// When the sources cannot be started.
pub fn run(mut opened: Opened) -> anyhow::Result<ExitCode> {
    let mut app = App::new();
    let wish = std::mem::take(&mut opened.headset);
    let prepared = if wish.vr { Some(headset::prepare(wish)?) } else { None };
    let window = Window {
        title: format!("{} - twinscope", opened.project.name),
        name: Some("twinscope".into()),
        resolution: WindowResolution::new(1440, 900),
        ..default()
    };
    let plugins =
        DefaultPlugins.set(WindowPlugin { primary_window: Some(window), ..default() }).set(assets()).set(log());
    match prepared {
        Some(mut prepared) => {
            app.add_plugins(prepared.plugins(plugins, render()));
            furnish(&mut app, opened, true)?;
            prepared.furnish(&mut app)?;
        }
        None => {
            app.add_plugins(plugins.set(render()));
            furnish(&mut app, opened, true)?;
        }
    }
    app.add_systems(Startup, |mut commands: Commands| {
        commands.spawn((Camera2d, PrimaryEguiContext));
    });
    Ok(match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    })
}

/// Models lie where the project says, not in an assets folder of the program.
pub fn assets() -> AssetPlugin {
    AssetPlugin { file_path: String::new(), unapproved_path_mode: UnapprovedPathMode::Allow, ..default() }
}

/// Drawn by the graphics interface of the system. OpenGL only where it is asked for by WGPU_BACKEND: looking for
/// it costs time at every start, and nothing here was tried with it.
pub fn render() -> RenderPlugin {
    let backends = Some(Backends::from_env().unwrap_or(Backends::PRIMARY));
    RenderPlugin { render_creation: WgpuSettings { backends, ..default() }.into(), ..default() }
}

pub fn log() -> LogPlugin {
    // What goes wrong on a link, the link tells; the OPC UA library complains of keys that nobody asked for too.
    let filter = "warn,twinscope=info,wgpu_hal=error,bevy_egui=error,opcua_client=off,opcua_core=off,\
                  opcua_crypto=off,opcua_server=off";
    LogPlugin { filter: filter.into(), ..default() }
}

/// Everything that a window and off screen have in common.
///
/// # Errors
/// When the sources cannot be started.
pub fn furnish(app: &mut App, opened: Opened, panels: bool) -> anyhow::Result<()> {
    let Opened { path, project, problems, recordings, link, view, view_only, plants, headset: _ } = opened;
    let now = wall_now();
    app.add_plugins(EguiPlugin::default());
    app.insert_resource(EguiGlobalSettings { auto_create_primary_context: false, ..default() });
    // A replay has no sources, and nothing to record.
    let mut tap = None;
    if !project.sources.is_empty() {
        let recorder = RecorderHandle::start(recording::settings(), recording::description(&project, &path, false))?;
        tap = Some(recorder.tap.clone());
        app.insert_resource(recorder);
    }
    let session = Session::start(&project.sources, now, tap)?;
    plants.tell(&session);
    app.insert_resource(plants);
    app.insert_resource(ChangeDesk::new(&project, &session.ports, view_only));
    app.insert_resource(ViewOnly(view_only));
    app.insert_resource(session);
    let mut shelf = Shelf::start()?;
    recordings.into_iter().for_each(|opening| shelf.open(opening));
    app.insert_resource(shelf);
    app.insert_resource(WhatIf::new(&project));
    app.insert_resource(Plant::new(project.clone()));
    app.insert_resource(Desk::new(panels)).init_resource::<console::Texts>();
    app.add_plugins((view::plugin, frame::plugin, recording::plugin));
    let (pose, selection) = view.unwrap_or_default();
    let selection = selection.and_then(|path| project.assets.by_path(&path));
    let asked = &mut app.world_mut().resource_mut::<Asked>().0;
    asked.extend(link.map(Command::OpenLink));
    asked.extend(selection.map(|asset| Command::Select(Some(asset))));
    app.insert_resource(FirstView(pose));
    app.insert_resource(Look { labels: true, ..default() });
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    if errors > 0 {
        let mut notices = app.world_mut().resource_mut::<super::notices::Notices>();
        notices.tell(
            now,
            NoticeLevel::Warning,
            format!("The project has {errors} problem{}.", if errors == 1 { "" } else { "s" }),
            "What they concern is not shown or marked as missing.",
            "Open the Project tab for the list.",
        );
    }
    app.insert_resource(Watch::new(path, &project.files, problems));
    app.world_mut().write_message(OpenProject(project));
    app.configure_sets(PostUpdate, TwinSystems::Label.before(EguiPostUpdateSet::EndPass));
    app.add_systems(EguiPrimaryContextPass, (console::prepare, console::draw).chain());
    Ok(())
}
