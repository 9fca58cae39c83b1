//! The program without a window: the same scene, the same frame, driven from outside and drawn into
//! a picture. For `twinscope render`, for the demo without a display, and for picture tests.

use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bevy::app::{AppLabel, SubApps};
use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::PollType;
use bevy::render::renderer::RenderDevice;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::render::{RenderApp, RenderPlugin};
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use bevy_egui::PrimaryEguiContext;

use super::args::RenderWish;
use super::commands::Asked;
use super::frame::{self, LinkBoard};
use super::plant::Plant;
use super::{Opened, headset, read, wall_now, window};
use crate::domain::command::Command;
use crate::domain::playhead::PlayheadCommand;
use crate::domain::time::Timestamp;
use crate::view::camera::CameraRequest;
use crate::view::quality::QualityLevel;
use crate::view::stage::Stage;
use crate::view::target::{Viewport, picture};

/// A running program whose screen is an image.
pub struct Studio {
    apps: SubApps,
    screen: Handle<Image>,
}

/// How a studio draws.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    pub width: u32,
    pub height: u32,
    /// With the console's panels around the scene.
    pub panels: bool,
    /// As well as it can be drawn, whatever it costs.
    pub best_quality: bool,
}

/// Longest that models and files may take to load.
const LOADING: Duration = Duration::from_secs(120);
/// Frames until what was asked for is surely drawn.
const SETTLE_FRAMES: usize = 4;

impl Studio {
    /// Starts the program on a project.
    ///
    /// # Errors
    /// When the sources cannot be started.
    pub fn open(mut opened: Opened, screen: Screen) -> anyhow::Result<Self> {
        let mut app = App::new();
        let plugins = DefaultPlugins
            .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() })
            .set(window::assets())
            .set(window::log())
            .disable::<WinitPlugin>()
            .disable::<PipelinedRenderingPlugin>();
        let render = RenderPlugin { synchronous_pipeline_compilation: true, ..window::render() };
        let wish = std::mem::take(&mut opened.headset);
        if wish.vr {
            let mut prepared = headset::prepare(wish)?;
            app.add_plugins(prepared.plugins(plugins, render));
            window::furnish(&mut app, opened, screen.panels)?;
            prepared.furnish(&mut app)?;
        } else {
            app.add_plugins(plugins.set(render));
            window::furnish(&mut app, opened, screen.panels)?;
        }
        let size = UVec2::new(screen.width, screen.height);
        app.insert_resource(QualityLevel { fixed: screen.best_quality, ..default() });
        app.insert_resource(Viewport { size: size.as_vec2(), ..default() });
        let image = app.world_mut().resource_mut::<Assets<Image>>().add(picture(size));
        app.world_mut().spawn((Camera2d, PrimaryEguiContext, RenderTarget::Image(image.clone().into())));
        app.finish();
        app.cleanup();
        Ok(Self { apps: std::mem::take(app.sub_apps_mut()), screen: image })
    }

    pub fn world(&mut self) -> &mut World {
        self.apps.main.world_mut()
    }

    /// The renderer's world, as the last frame left it; none without a graphics adapter.
    pub fn render_world(&self) -> Option<&World> {
        self.apps.sub_apps.get(&RenderApp.intern()).map(SubApp::world)
    }

    /// One frame, drawn to its end.
    pub fn update(&mut self) {
        self.apps.update();
        let device = self.apps.main.world().resource::<RenderDevice>();
        if let Err(error) = device.wgpu_device().poll(PollType::Wait { submission_index: None, timeout: None }) {
            tracing::warn!("The graphics driver did not finish a frame: {error}.");
        }
    }

    /// Runs frames until the condition holds; false when it did not in time.
    pub fn run_until(&mut self, limit: Duration, mut holds: impl FnMut(&mut World) -> bool) -> bool {
        let begin = Instant::now();
        loop {
            self.update();
            if holds(self.world()) {
                return true;
            }
            if begin.elapsed() > limit {
                return false;
            }
        }
    }

    /// Waits until all models stand and all files are read.
    ///
    /// # Errors
    /// When that takes longer than two minutes.
    pub fn settle(&mut self) -> anyhow::Result<()> {
        let ready = self.run_until(LOADING, |world| {
            let stage = world.resource::<Stage>();
            let standing = stage.loading == 0 && !stage.unresolved() && stage.generation > 0;
            let plant = world.resource::<Plant>();
            let filled = plant.project.sources.is_empty()
                || plant.live()
                || frame::at_rest(&world.resource::<LinkBoard>().links);
            standing && filled
        });
        if !ready {
            bail!("Models or files took longer than {} s to load.", LOADING.as_secs());
        }
        Ok(())
    }

    /// Asks for something as a person would.
    pub fn ask(&mut self, command: Command) {
        self.world().resource_mut::<Asked>().0.push(command);
    }

    /// Stands still at a moment.
    pub fn stand_at(&mut self, moment: Timestamp) {
        self.ask(Command::Playhead(PlayheadCommand::Pause));
        self.ask(Command::Playhead(PlayheadCommand::Seek(moment)));
        self.frames(SETTLE_FRAMES);
    }

    /// Moves the camera at once.
    pub fn point_camera(&mut self, request: CameraRequest) {
        self.world().write_message(request);
        self.frames(1);
        self.world().write_message(CameraRequest::Hurry);
        self.frames(SETTLE_FRAMES);
    }

    pub fn frames(&mut self, count: usize) {
        (0..count).for_each(|_| self.update());
    }

    /// The screen as it is now.
    ///
    /// # Errors
    /// When the picture does not come back from the graphics driver.
    pub fn picture(&mut self) -> anyhow::Result<Image> {
        let (sender, receiver) = mpsc::channel();
        let screen = self.screen.clone();
        self.world().spawn(Screenshot::image(screen)).observe(move |captured: On<ScreenshotCaptured>| {
            // The receiver is gone when nobody waits any more.
            _ = sender.send(captured.image.clone());
        });
        for _ in 0..20 {
            self.update();
            if let Ok(image) = receiver.try_recv() {
                return Ok(image);
            }
        }
        bail!("The picture did not come back from the graphics driver.")
    }

    /// Writes the screen to a PNG file.
    ///
    /// # Errors
    /// When there is no picture, or the file cannot be written.
    pub fn save_picture(&mut self, file: &Path) -> anyhow::Result<()> {
        let image = self.picture()?.try_into_dynamic().context("The picture has an unexpected format.")?;
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be created.", folder.display()))?;
        }
        image.to_rgb8().save(file).with_context(|| format!("{} cannot be written.", file.display()))
    }
}

/// `twinscope render`.
///
/// # Errors
/// When the project cannot be opened, names something that is not there, or the file cannot be
/// written.
pub fn render(wish: &RenderWish) -> anyhow::Result<()> {
    let opened = read(wish.path.clone())?;
    let project = opened.project.clone();
    let camera = match (&wish.camera, &wish.focus) {
        (Some(name), _) => {
            let views = &project.scene.viewpoints;
            let Some(index) = views.iter().position(|view| view.name == *name) else {
                let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
                bail!(
                    "There is no view \"{name}\". The project has: {}.",
                    if names.is_empty() { "none".into() } else { names.join(", ") }
                );
            };
            CameraRequest::GoTo(index)
        }
        (None, Some(path)) => match project.assets.by_path(path) {
            Some(asset) => CameraRequest::Focus(asset),
            None => {
                bail!("There is no equipment \"{path}\". Write its path, for example \"{}\".", example_path(&project))
            }
        },
        (None, None) => CameraRequest::FrameAll,
    };
    let (width, height) = wish.size;
    let screen = Screen { width, height, panels: wish.console, best_quality: true };
    let mut studio = Studio::open(opened, screen)?;
    studio.settle()?;
    // A live plant without a wished moment is shown live; a recording at its end.
    let moment = wish.at.or_else(|| {
        let plant = studio.world().resource::<Plant>();
        let held = plant.extent(wall_now()).held.filter(|_| !plant.live());
        held.map(|(_, last)| last)
    });
    if let Some(moment) = moment {
        studio.stand_at(moment);
    }
    if let CameraRequest::Focus(asset) = camera {
        studio.ask(Command::Select(Some(asset)));
    }
    studio.point_camera(camera);
    studio.save_picture(&wish.out)?;
    println!("wrote {}", wish.out.display());
    Ok(())
}

fn example_path(project: &crate::project::Project) -> String {
    project.assets.iter().last().map_or_else(String::new, |(_, asset)| asset.path.clone())
}
