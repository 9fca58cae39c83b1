//! What the tests of the wearer's panels share: a stage of the panel's own size, and looking over
//! everything that is on it.

use egui::{Rect, Shape, Ui, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::panels::HeadsetPanels;
use super::size::PIXELS_PER_POINT;
use crate::domain::command::Command;
use crate::domain::headset::{HeadsetLink, HeadsetStatus};
use crate::ui::fixture::Plant;
use crate::ui::touch::TARGET;
use crate::ui::{Console, root_ui};

/// What is to be hit is at least as wide as this, points.
const NARROWEST: f32 = 36.0;

/// A plant with the memory of the wearer's panels and what was asked of it.
pub struct Stage {
    pub plant: Plant,
    pub state: HeadsetPanels,
    pub commands: Vec<Command>,
}

impl Stage {
    /// What was asked since it was looked at last.
    pub fn asked(&mut self) -> Vec<Command> {
        self.commands.drain(..).collect()
    }
}

/// A panel that fills a surface of this size.
pub fn harness(
    plant: Plant,
    size: Vec2,
    panel: impl Fn(&mut Ui, &Console, &mut HeadsetPanels, &mut Vec<Command>) + 'static,
) -> Harness<'static, Stage> {
    let stage = Stage { plant, state: HeadsetPanels::default(), commands: Vec::new() };
    let builder = Harness::builder().with_size(size).with_pixels_per_point(PIXELS_PER_POINT);
    builder.with_step_dt(1.0 / 60.0).build_ui_state(
        move |ui, stage: &mut Stage| {
            let mut root = root_ui(ui.ctx());
            panel(&mut root, &stage.plant.console(), &mut stage.state, &mut stage.commands);
        },
        stage,
    )
}

/// With a headset on somebody's head.
pub fn worn(plant: Plant) -> Plant {
    with(plant, HeadsetStatus::default())
}

/// With a headset on somebody's head that stands like this.
pub fn with(plant: Plant, status: HeadsetStatus) -> Plant {
    Plant { headset: Some(HeadsetStatus { link: HeadsetLink::Focused, ..status }), ..plant }
}

pub fn press(harness: &mut Harness<Stage>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

/// Everything that can be pressed, moved or written into: role, label and place.
pub fn targets<State>(harness: &Harness<State>) -> Vec<(String, String, Rect)> {
    const ROLES: [&str; 10] = [
        "Button",
        "CheckBox",
        "ComboBox",
        "RadioButton",
        "Slider",
        "SpinButton",
        "TextInput",
        "MultilineTextInput",
        "PasswordInput",
        "Link",
    ];
    let told = harness.root().children_recursive().map(|node| {
        let inner = node.accesskit_node();
        let label = inner.label().or(inner.value()).unwrap_or_default();
        (format!("{:?}", inner.role()), label, inner.bounding_box().is_some().then(|| node.rect()))
    });
    let placed = told.filter_map(|(role, label, rect)| Some((role, label, rect?)));
    placed.filter(|(role, ..)| ROLES.contains(&role.as_str())).collect()
}

/// No text is cut, nothing lies beside the panel, and what is to be hit is large enough.
pub fn assert_fits<State>(harness: &Harness<State>, size: Vec2, what: &str) {
    let panel = Rect::from_min_size(egui::Pos2::ZERO, size);
    for (role, label, rect) in targets(harness) {
        let inside = rect.left() >= -0.5 && rect.right() <= panel.right() + 0.5;
        assert!(inside, "{what}: {role} \"{label}\" lies beside the panel: {rect:?}");
        let large = rect.height() >= TARGET - 0.5 && rect.width() >= NARROWEST;
        assert!(large, "{what}: {role} \"{label}\" is too small: {rect:?}");
    }
    for clipped in &harness.output().shapes {
        visit(&clipped.shape, &mut |shape| {
            let Shape::Text(text) = shape else { return };
            let (words, place) = (text.galley.text(), text.visual_bounding_rect());
            if !place.is_positive() || place.bottom() < 0.0 || place.top() > panel.bottom() {
                return;
            }
            assert!(!text.galley.elided, "{what}: \"{words}\" is cut short");
            let seen = clipped.clip_rect.intersect(panel);
            let inside = place.left() >= seen.left() - 1.0 && place.right() <= seen.right() + 1.0;
            assert!(inside, "{what}: \"{words}\" at {place:?} is cut by {seen:?}");
        });
    }
}

/// Labels that a person sees without moving a list.
pub fn assert_in_sight(harness: &Harness<Stage>, size: Vec2, labels: &[&str]) {
    let panel = Rect::from_min_size(egui::Pos2::ZERO, size).expand(0.5);
    for label in labels {
        let rect = harness.get_by_label(label).rect();
        assert!(panel.contains_rect(rect), "{label}: {rect:?}");
    }
}

fn visit(shape: &Shape, look: &mut impl FnMut(&Shape)) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| visit(shape, look)),
        shape => look(shape),
    }
}
