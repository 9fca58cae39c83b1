//! The console on the screen: panels, the scene's picture between them, labels over it, and what
//! mouse and keys mean there.

use std::collections::HashSet;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiTextureHandle, egui};

use super::change::{ChangeDesk, Shown};
use super::commands::Asked;
use super::frame::LinkBoard;
use super::headset::{HeadsetDesk, Mirror};
use super::notices::Notices;
use super::plant::Plant;
use super::recording::RecorderBoard;
use super::recording::act::Clipboard;
use super::recording::beside::Beside;
use super::recording::jobs::Jobs;
use super::reload::Watch;
use super::wall_now;
use super::what_if::WhatIf;
use crate::domain::asset::AssetId;
use crate::domain::change::{ChangeRequest, LastWrite, WriteProgress};
use crate::domain::command::Command;
use crate::domain::recording::Job;
use crate::domain::signal::Origin;
use crate::ui::headset::mirror_ui;
use crate::ui::scene_labels::{LabelContent, SceneLabel, picture_note_ui, scene_labels_ui};
use crate::ui::theme::Palette;
use crate::ui::{
    ChangeView, Compared, Console, ConsoleState, Latency, Performance, WriteAnswer, WriteView, caption_ui, console_ui,
    root_ui,
};
use crate::view::camera::{CameraInput, CurrentCameraMode};
use crate::view::labels::{Anchor, Anchors, Meaning};
use crate::view::look::Look;
use crate::view::quality::QualityLevel;
use crate::view::select::Pointer;
use crate::view::stage::Stage;
use crate::view::target::{ScenePicture, Viewport};

/// What the console of the desk keeps from frame to frame.
#[derive(Resource)]
pub struct Desk {
    /// False: the picture alone, over everything.
    pub panels: bool,
    /// Without panels: say in the picture what it shows, and when.
    pub caption: bool,
    pub state: ConsoleState,
}

impl Desk {
    pub fn new(panels: bool) -> Self {
        Self { panels, caption: false, state: ConsoleState::default() }
    }
}

/// Measures and texts for the panels, made once a frame.
#[derive(Resource, Default)]
pub struct Texts {
    frame_secs: f32,
    samples: Meter,
    quality_note: String,
    viewpoints: Vec<String>,
    problems: Vec<crate::project::Problem>,
    hidden: HashSet<AssetId>,
    folder: String,
    jobs: Vec<Job>,
}

/// Samples per second over the last second.
#[derive(Default)]
struct Meter {
    counted: u64,
    secs: f32,
    per_sec: f64,
}

impl Meter {
    fn update(&mut self, total: u64, step_secs: f32) {
        self.secs += step_secs;
        if self.secs >= 1.0 {
            self.per_sec = total.saturating_sub(self.counted) as f64 / f64::from(self.secs);
            self.counted = total;
            self.secs = 0.0;
        }
    }
}

/// Measures and texts that change slowly.
pub fn prepare(
    time: Res<Time<Real>>,
    plant: Res<Plant>,
    quality: Res<QualityLevel>,
    watch: Option<Res<Watch>>,
    look: Res<Look>,
    (board, jobs): (Res<RecorderBoard>, Res<Jobs>),
    mut texts: ResMut<Texts>,
) {
    let step = time.delta_secs();
    texts.frame_secs = if texts.frame_secs == 0.0 { step } else { texts.frame_secs * 0.9 + step * 0.1 };
    texts.samples.update(plant.counters.samples, step);
    if quality.is_changed() {
        texts.quality_note = quality.note();
    }
    if board.is_changed() {
        texts.folder = board.folder.display().to_string();
    }
    texts.jobs = jobs.list();
    if look.is_changed() {
        texts.hidden = look.out_of_sight(&plant.project.assets);
    }
    let viewpoints = &plant.project.scene.viewpoints;
    if texts.viewpoints.len() != viewpoints.len()
        || viewpoints.iter().zip(&texts.viewpoints).any(|(view, name)| view.name != *name)
    {
        texts.viewpoints = viewpoints.iter().map(|view| view.name.clone()).collect();
    }
    if let Some(watch) = watch
        && watch.is_changed()
    {
        texts.problems.clone_from(&watch.problems);
    }
}

/// Everything that panels read, of the desk and of the headset.
#[derive(SystemParam)]
pub struct Model<'w> {
    plant: Res<'w, Plant>,
    look: Res<'w, Look>,
    links: Res<'w, LinkBoard>,
    notices: Res<'w, Notices>,
    mode: Res<'w, CurrentCameraMode>,
    board: Res<'w, RecorderBoard>,
    beside: Res<'w, Beside>,
    what_if: Res<'w, WhatIf>,
    change_desk: Res<'w, ChangeDesk>,
    headset: Res<'w, HeadsetDesk>,
    texts: Res<'w, Texts>,
}

impl Model<'_> {
    /// What the wearer of the headset sees, where the desk is to show it.
    fn mirror(&self) -> Option<&Mirror> {
        let wanted = self.headset.status.as_ref().is_some_and(|status| status.mirror && status.link.shown());
        self.headset.mirror.as_ref().filter(|_| wanted)
    }

    /// Hands the console to a panel.
    pub fn read<R>(&self, draw: impl FnOnce(&Console) -> R) -> R {
        let Self { plant, look, links, what_if, texts, .. } = self;
        let shown = &self.change_desk.board;
        let wall = wall_now();
        let writes: Vec<Vec<WriteView>> = shown.changes.iter().map(|shown| writes_of(&shown.request)).collect();
        let changes: Vec<ChangeView> =
            shown.changes.iter().zip(&writes).map(|(shown, writes)| view_of(shown, writes)).collect();
        draw(&Console {
            project_name: &plant.project.name,
            assets: &plant.project.assets,
            catalog: &plant.project.catalog,
            history: &plant.history,
            playhead: plant.playhead(),
            extent: plant.extent(wall),
            alarms: &plant.alarms,
            setpoints: &plant.project.setpoints,
            links: &links.links,
            notices: self.notices.list(),
            problems: &texts.problems,
            selection: look.selection,
            hovered: look.hovered,
            hidden: &texts.hidden,
            camera: self.mode.0,
            viewpoints: &texts.viewpoints,
            xray: look.xray,
            ghost_others: look.ghost_others,
            labels: look.labels,
            theme: look.theme,
            wall_now: wall,
            recorder: &self.board.status,
            recordings: &plant.recordings,
            library: &self.board.files,
            library_folder: &texts.folder,
            marks: &plant.marks,
            change_log: plant.changes(),
            compared: self.beside.origin.map(|(origin, alignment)| Compared {
                origin,
                alignment,
                name: name_of(origin, plant, what_if),
                differences: self.beside.differences.as_deref(),
            }),
            deviations: plant.deviations(),
            jobs: &texts.jobs,
            reading: plant.reading(),
            following_operator: self.beside.following,
            askable: &what_if.askable,
            asking: &what_if.asking,
            answer: what_if.answer.as_ref(),
            response: what_if.response.as_ref(),
            checked: what_if.checked.as_ref().map(|checked| &checked.credibility),
            fitted: what_if.fitted.as_ref(),
            changes: &changes,
            desk: &shown.desk,
            accounts: &shown.accounts,
            headset: self.headset.status.as_ref(),
            performance: Performance {
                frame_ms: texts.frame_secs * 1000.0,
                samples_per_sec: texts.samples.per_sec,
                dropped: links.links.iter().map(|link| link.dropped).sum(),
                latency: plant
                    .counters
                    .delay_percentiles()
                    .filter(|_| plant.live())
                    .map(|(p50, p99)| Latency { p50, p99 }),
                quality_note: Some(texts.quality_note.as_str()).filter(|note| !note.is_empty()),
            },
        })
    }
}

/// Draws everything that egui draws at the desk.
pub fn draw(
    mut contexts: EguiContexts,
    model: Model,
    (picture, anchors, stage): (Res<ScenePicture>, Res<Anchors>, Res<Stage>),
    mut clipboard: ResMut<Clipboard>,
    mut desk: ResMut<Desk>,
    mut asked: ResMut<Asked>,
    mut viewport: ResMut<Viewport>,
    mut pointer: ResMut<Pointer>,
    mut camera_input: ResMut<CameraInput>,
    mut shown: Local<[Option<bevy::asset::AssetId<Image>>; 2]>,
) -> Result {
    let mirror = model.mirror();
    let now = [Some(picture.image.id()), mirror.map(|mirror| mirror.picture.id())];
    for old in shown.iter().flatten().filter(|old| !now.contains(&Some(**old))) {
        contexts.remove_image(*old);
    }
    *shown = now;
    let texture = contexts.add_image(EguiTextureHandle::Weak(picture.image.id()));
    let mirror = mirror.map(|mirror| (contexts.add_image(EguiTextureHandle::Weak(mirror.picture.id())), mirror));
    let ctx = contexts.ctx_mut()?.clone();
    if let Some(text) = clipboard.bypass_change_detection().0.take() {
        ctx.copy_text(text);
    }
    let mut root = root_ui(&ctx);
    let ground = root.painter().add(egui::Shape::Noop);
    let desk = &mut *desk;
    let rect = model.read(|console| {
        let rect =
            if desk.panels { console_ui(&mut root, console, &mut desk.state, &mut asked.0) } else { root.max_rect() };
        if desk.caption {
            caption_ui(&root, rect, console, &mut desk.state);
        }
        rect
    });
    let whole = egui::Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
    root.painter().set(ground, egui::Shape::image(texture, rect, whole, egui::Color32::WHITE));
    viewport.set_if_neq(Viewport {
        origin: Vec2::new(rect.left(), rect.top()),
        size: Vec2::new(rect.width().max(1.0), rect.height().max(1.0)),
        scale_factor: ctx.pixels_per_point(),
    });
    let palette = Palette::of(model.look.theme);
    let painter = root.painter().with_clip_rect(rect);
    let labels = anchors.0.iter().map(|anchor| label_from(anchor, rect)).collect();
    scene_labels_ui(&painter, rect, labels, palette);
    if stage.loading > 0 {
        picture_note_ui(&painter, rect, &format!("Loading {} models", stage.loading), palette);
    } else if model.plant.project.scene.nodes.is_empty() {
        let words = if model.plant.project.files.is_empty() {
            "This recording has no project with it: its values are in the list on the left. To see them on \
             machines, open it with: twinscope replay FILE --project PATH"
        } else {
            "This project has no models. Add a [[model]] with a glTF file to twin.toml."
        };
        picture_note_ui(&painter, rect, words, palette);
    }
    if let Some((texture, mirror)) = mirror {
        let points = |size: UVec2| egui::vec2(size.x as f32, size.y as f32);
        mirror_ui(&painter, rect, texture, (points(mirror.size), points(mirror.drawn)), palette);
    }
    take_pointer(&ctx, rect, &mut pointer, &mut camera_input, &mut asked);
    Ok(())
}

fn view_of<'a>(shown: &'a Shown, writes: &'a [WriteView]) -> ChangeView<'a> {
    ChangeView {
        request: &shown.request,
        guards: shown.guards.as_ref(),
        writes,
        conditions: &shown.conditions,
        lease_left: shown.lease_left,
        link: &shown.link,
    }
}

/// The last write of each setting.
fn writes_of(change: &ChangeRequest) -> Vec<WriteView> {
    let writes = change.progress().map_or(&[][..], |progress| &progress.writes);
    let view = |write: &WriteProgress| {
        let LastWrite { commanded, sent, accepted, doubtful } = write.last_write();
        let answer = match (accepted, doubtful) {
            (true, _) => Some(WriteAnswer::Accepted),
            (_, true) => Some(WriteAnswer::Unknown("nobody knows whether it was taken".to_owned())),
            _ => None,
        };
        WriteView { commanded, sent, answer: answer.zip(sent) }
    };
    writes.iter().map(view).collect()
}

fn name_of<'a>(origin: Origin, plant: &'a Plant, what_if: &'a WhatIf) -> &'a str {
    match origin {
        Origin::Simulated(_) => what_if.name_of(origin),
        Origin::Recorded(number) => plant.recording(number).map_or("", |recording| &recording.name),
        _ => "Live plant",
    }
}

/// The pointer over the picture selects and moves the camera; elsewhere it belongs to the panels.
fn take_pointer(
    ctx: &egui::Context,
    rect: egui::Rect,
    pointer: &mut Pointer,
    camera: &mut CameraInput,
    asked: &mut Asked,
) {
    let over_picture = |place: egui::Pos2| {
        rect.contains(place) && ctx.layer_id_at(place).is_none_or(|layer| layer.order == egui::Order::Background)
    };
    let (hover, origin, down) =
        ctx.input(|input| (input.pointer.hover_pos(), input.pointer.press_origin(), input.pointer.any_down()));
    let busy = ctx.egui_is_using_pointer();
    let free = !busy && hover.is_some_and(over_picture);
    let dragging = !busy && down && origin.is_some_and(over_picture);
    pointer.on_window = hover.filter(|_| free && !dragging).map(|place| Vec2::new(place.x, place.y));
    camera.pointer = dragging || (free && !down);
    camera.keyboard = !ctx.text_edit_focused();
    let (clicked, double) = ctx.input(|input| {
        use egui::PointerButton::Primary;
        (input.pointer.button_clicked(Primary), input.pointer.button_double_clicked(Primary))
    });
    if free && clicked {
        asked.0.push(Command::Select(pointer.over));
        if let Some(asset) = pointer.over.filter(|_| double) {
            asked.0.push(Command::Focus(asset));
        }
    }
}

/// What a label says, in the words of the panels.
pub(super) fn content_of(meaning: &Meaning) -> LabelContent {
    match meaning {
        Meaning::Sign { icon, scale } => LabelContent::Sign { icon: icon.clone(), scale: *scale },
        Meaning::Text(text) => LabelContent::Text(text.clone()),
        Meaning::Name { text, alarm, selected } => {
            LabelContent::Name { text: text.clone(), alarm: *alarm, selected: *selected }
        }
        Meaning::Missing(file) => LabelContent::Missing(file.clone()),
    }
}

fn label_from(anchor: &Anchor, rect: egui::Rect) -> SceneLabel {
    let place = |place: Vec2| rect.min + egui::vec2(place.x * rect.width(), place.y * rect.height());
    SceneLabel {
        place: place(anchor.place),
        foot: place(anchor.foot),
        distance: anchor.distance,
        covered: anchor.covered,
        content: content_of(&anchor.meaning),
    }
}
