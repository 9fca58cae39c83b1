//! Draws the panels of the wearer, and takes what they ask for.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::{EguiContext, egui};
use serde_json::json;

use super::HeadsetDesk;
use super::diary::Diary;
use super::restraint::from_wearer;
use crate::app::commands::Asked;
use crate::app::console::{Model, content_of};
use crate::app::reload;
use crate::domain::command::Command;
use crate::ui::headset::{
    HeadsetPanels, Key, KeyboardState, Page, WristWish, badge_panel_ui, keyboard_ui, name_ui, pinned_ui, tablet_ui,
    wrist_ui,
};
use crate::ui::root_ui;
use crate::ui::scene_labels::{SceneLabel, lone_label_ui};
use crate::ui::theme::Palette;
use crate::view::TwinSystems;
use crate::view::look::Look;
use crate::xr::hands::{Knock, Side};
use crate::xr::hang::{Open, PanelWish};
use crate::xr::panel::{Draws, Hung, PINS, PanelInput, PanelKind, PanelPass, Pins};
use crate::xr::plant_signs::{self, ShownSigns};
use crate::xr::pointer::{Pointers, Pulled};

/// What the panels of the wearer remember, and what was asked on them.
#[derive(Resource, Default)]
pub struct Worn {
    panels: HeadsetPanels,
    keyboard: KeyboardState,
    keys: Vec<Key>,
    asked: Vec<Command>,
    /// The keyboard was sent away; it comes back with the next field.
    keyboard_done: bool,
}

impl Worn {
    /// The page that the tablet shows.
    pub fn page(&self) -> Page {
        self.panels.page()
    }

    /// Trends that were opened on the tablet.
    pub fn trends(&self) -> usize {
        self.panels.trends()
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Worn>()
        .add_systems(PanelPass(PanelKind::Tablet), draw_tablet)
        .add_systems(PanelPass(PanelKind::Wrist), draw_wrist)
        .add_systems(PanelPass(PanelKind::Keyboard), draw_keyboard)
        .add_systems(PanelPass(PanelKind::Name), draw_name)
        .add_systems(PanelPass(PanelKind::Badge), draw_badge)
        .add_systems(PanelPass(PanelKind::Signs), draw_signs)
        .add_systems(Update, (take_presses, ask).chain().in_set(TwinSystems::Ingest).before(reload::reload));
    for pin in 0..PINS {
        let draw = move |model: Model, mut worn: ResMut<Worn>, pins: Res<Pins>, mut contexts: Contexts| {
            let (Some(mut ui), Some(asset)) = (contexts.root(PanelKind::Pinned(pin)), pins.0[pin]) else { return };
            let Worn { panels, asked, .. } = &mut *worn;
            model.read(|console| pinned_ui(&mut ui, console, asset, panels, asked));
        };
        app.add_systems(PanelPass(PanelKind::Pinned(pin)), draw);
    }
}

/// The contexts of the panels that hang somewhere: on the others nothing is worked out.
#[derive(SystemParam)]
struct Contexts<'w, 's> {
    contexts: Query<'w, 's, (&'static Draws, &'static mut EguiContext)>,
    panels: Query<'w, 's, (&'static PanelKind, &'static Hung)>,
}

impl Contexts<'_, '_> {
    fn context(&mut self, kind: PanelKind) -> Option<egui::Context> {
        self.panels.iter().find(|(panel, hung)| **panel == kind && hung.pose.is_some())?;
        let (_, mut context) = self.contexts.iter_mut().find(|(draws, _)| draws.0 == kind)?;
        Some(context.get_mut().clone())
    }

    fn root(&mut self, kind: PanelKind) -> Option<egui::Ui> {
        self.context(kind).map(|context| root_ui(&context))
    }
}

fn draw_tablet(model: Model, mut worn: ResMut<Worn>, mut open: ResMut<Open>, mut contexts: Contexts) {
    let Some(context) = contexts.context(PanelKind::Tablet) else { return };
    let Worn { panels, asked, keyboard_done, .. } = &mut *worn;
    model.read(|console| tablet_ui(&mut root_ui(&context), console, panels, asked));
    let writing = context.text_edit_focused();
    *keyboard_done &= writing;
    let wanted = Open { tablet: panels.is_open(), keyboard: writing && !*keyboard_done, ..*open };
    open.set_if_neq(wanted);
}

fn draw_wrist(model: Model, mut worn: ResMut<Worn>, mut open: ResMut<Open>, mut contexts: Contexts) {
    let Some(mut ui) = contexts.root(PanelKind::Wrist) else { return };
    let Worn { panels, asked, .. } = &mut *worn;
    let wish = model.read(|console| wrist_ui(&mut ui, console, panels, asked));
    if matches!(wish, Some(WristWish::OpenTablet(_) | WristWish::CloseTablet)) {
        open.tablet = panels.is_open();
    }
}

fn draw_keyboard(model: Model, mut worn: ResMut<Worn>, mut contexts: Contexts) {
    let Some(mut ui) = contexts.root(PanelKind::Keyboard) else { return };
    let Worn { keyboard, keys, .. } = &mut *worn;
    model.read(|console| keys.extend(keyboard_ui(&mut ui, console.theme, keyboard)));
}

fn draw_name(model: Model, mut worn: ResMut<Worn>, pointers: Res<Pointers>, mut contexts: Contexts) {
    let (Some(mut ui), Some((asset, _))) = (contexts.root(PanelKind::Name), pointers.hovered()) else { return };
    model.read(|console| name_ui(&mut ui, console, asset, &mut worn.panels));
}

fn draw_badge(model: Model, mut contexts: Contexts) {
    let Some(mut ui) = contexts.root(PanelKind::Badge) else { return };
    model.read(|console| badge_panel_ui(&mut ui, console));
}

/// Signs of the plant, each into its cell.
fn draw_signs(look: Res<Look>, signs: Res<ShownSigns>, mut contexts: Contexts) {
    let Some(ui) = contexts.root(PanelKind::Signs) else { return };
    for (index, sign) in signs.0.iter().enumerate() {
        let cell = plant_signs::cell(index);
        let rect = egui::Rect::from_min_max(egui::pos2(cell.min.x, cell.min.y), egui::pos2(cell.max.x, cell.max.y));
        let label = SceneLabel {
            place: rect.center(),
            foot: rect.center(),
            distance: 0.0,
            // What covers it from the desk may not do so from here; the scene itself does.
            covered: false,
            content: content_of(&sign.meaning),
        };
        lone_label_ui(ui.painter(), rect.shrink(1.0), &label, Palette::of(look.theme));
    }
}

/// Keys, buttons of controllers and pulls of the trigger.
fn take_presses(
    look: Res<Look>,
    mut worn: ResMut<Worn>,
    mut open: ResMut<Open>,
    mut wishes: MessageReader<PanelWish>,
    mut pulled: MessageReader<Pulled>,
    mut inputs: MessageWriter<PanelInput>,
) {
    let worn = &mut *worn;
    for key in worn.keys.drain(..) {
        worn.keyboard_done |= key == Key::Done;
        inputs.write_batch(key.events().into_iter().map(|event| PanelInput { kind: PanelKind::Tablet, event }));
    }
    for pulled in pulled.read() {
        let Pulled::Equipment(asset) = pulled else { continue };
        worn.asked.push(Command::Select(Some(*asset)));
        // What was pointed at is shown at once; pointed at again, the tablet goes.
        if worn.panels.is_open() && worn.panels.page() == Page::Equipment && look.selection == Some(*asset) {
            worn.panels.close();
        } else {
            worn.panels.open_at(Page::Equipment);
        }
    }
    for PanelWish::Tablet in wishes.read() {
        if worn.panels.is_open() {
            worn.panels.close();
        } else {
            let page = worn.panels.page();
            worn.panels.open_at(page);
        }
    }
    if open.tablet != worn.panels.is_open() {
        open.tablet = worn.panels.is_open();
    }
}

/// Lets through what a wearer may ask for; the rest is refused in words and with a knock.
pub(super) fn ask(
    mut worn: ResMut<Worn>,
    mut asked: ResMut<Asked>,
    mut desk: ResMut<HeadsetDesk>,
    mut diary: ResMut<Diary>,
    mut knocks: MessageWriter<Knock>,
) {
    for command in std::mem::take(&mut worn.bypass_change_detection().asked) {
        let words = format!("{command:?}");
        match from_wearer(command) {
            Ok(command) => {
                diary.note("command", json!({ "words": words }));
                if let Some(status) = &mut desk.status {
                    status.refused = None;
                }
                asked.0.push(command);
            }
            Err(why) => {
                diary.note("refused", json!({ "words": words, "why": why }));
                if let Some(status) = &mut desk.status {
                    status.refused = Some(why);
                }
                knocks.write_batch(Side::BOTH.map(|side| Knock { side, strength: 1.0 }));
            }
        }
    }
}
