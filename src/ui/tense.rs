//! Says whether the screen shows the plant as it is, as it was or as it could be.
//!
//! A badge in the top bar and a frame around the 3D view, told apart by word, shape and colour:
//! live has a dot and no frame, replay a solid frame, simulation a dashed one and a watermark.

use egui::{
    Align2, Color32, CornerRadius, FontId, Id, LayerId, Order, Painter, Rect, Response, RichText, Sense, Shape, Stroke,
    StrokeKind, TextStyle, Ui, Vec2, WidgetInfo, WidgetType, pos2, vec2,
};

use super::theme::HEAD;
use super::{Console, format};
use crate::domain::playhead::Tense;
use crate::domain::time::Timestamp;

/// Width of the frame around the view.
const FRAME: f32 = 3.0;
/// Letters of the name of a recording or scenario in the frame.
const NAME: usize = 40;

/// The badge of the top bar.
pub fn badge_ui(ui: &mut Ui, console: &Console) -> Response {
    badge_of_ui(ui, console, console.playhead.tense())
}

fn badge_of_ui(ui: &mut Ui, console: &Console, tense: Tense) -> Response {
    if console.without_data() {
        return ui
            .label(RichText::new("NO DATA").color(console.palette().quiet))
            .on_hover_text("No source, no recording");
    }
    let palette = console.palette();
    let detail = detail(console, tense);
    let ink = if tense == Tense::Live { palette.ground } else { palette.tense_ink };
    let text = if detail.is_empty() { word(tense).to_owned() } else { format!("{}  {detail}", word(tense)) };
    let galley = ui.painter().layout_no_wrap(text.clone(), TextStyle::Body.resolve(ui.style()), ink);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(34.0, 6.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, text.replace("  ", ", ")));
    let fill = colour(console, tense);
    let painter = ui.painter();
    match tense {
        Tense::Live => _ = painter.rect_filled(rect, CornerRadius::same(10), fill),
        Tense::Replay => _ = painter.rect_filled(rect, CornerRadius::same(2), fill),
        Tense::Simulation => {
            painter.rect_filled(rect, CornerRadius::ZERO, fill);
            dash_around(painter, rect.shrink(1.5), Stroke::new(1.5, ink), 5.0);
        }
    }
    paint_sign(painter, pos2(rect.left() + 14.0, rect.center().y), tense, ink);
    painter.galley(pos2(rect.left() + 24.0, rect.center().y - galley.size().y / 2.0), galley, ink);
    response.on_hover_text(meaning(tense))
}

/// Paints the frame, its words and the watermark over the edge of the 3D view.
/// `shown` is the moment of the playhead as digits show it.
pub fn viewport_frame_ui(ui: &Ui, rect: Rect, console: &Console, shown: Timestamp) {
    frame_of_ui(ui, rect, console, (console.playhead.tense(), shown));
}

fn frame_of_ui(ui: &Ui, rect: Rect, console: &Console, (tense, shown): (Tense, Timestamp)) {
    if tense == Tense::Live || console.without_data() || !rect.is_positive() {
        return;
    }
    let palette = console.palette();
    // Above the labels of the scene, below menus.
    let layer = LayerId::new(Order::Middle, Id::new("tense of the view"));
    let (fill, painter) = (colour(console, tense), ui.ctx().layer_painter(layer).with_clip_rect(rect));
    let edge = rect.shrink(FRAME / 2.0);
    match tense {
        Tense::Simulation => {
            dash_around(&painter, edge, Stroke::new(FRAME, fill), 14.0);
            let size = (rect.width() / 9.0).clamp(24.0, 96.0);
            let ghost = fill.gamma_multiply(0.22);
            painter.text(rect.center(), Align2::CENTER_CENTER, word(tense), FontId::proportional(size), ghost);
        }
        Tense::Live | Tense::Replay => {
            _ = painter.rect_stroke(edge, CornerRadius::ZERO, Stroke::new(FRAME, fill), StrokeKind::Middle);
        }
    }
    let words = frame_words(console, (tense, shown));
    let galley = painter.layout_no_wrap(words.clone(), FontId::proportional(HEAD), palette.tense_ink);
    let tab = Rect::from_center_size(pos2(rect.center().x, rect.top() + 13.0), galley.size() + vec2(40.0, 8.0));
    painter.rect_filled(tab, CornerRadius { nw: 0, ne: 0, sw: 5, se: 5 }, fill);
    paint_sign(&painter, pos2(tab.left() + 14.0, tab.center().y), tense, palette.tense_ink);
    painter.galley(pos2(tab.left() + 28.0, tab.center().y - galley.size().y / 2.0), galley, palette.tense_ink);
    let response = ui.interact(tab, ui.id().with("tense"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("The view shows: {words}")));
}

/// "REPLAY   early shift   24 Nov 2026 14:03:22.400   paused".
fn frame_words(console: &Console, (tense, shown): (Tense, Timestamp)) -> String {
    let recording = console.shown_recording().map(|recording| recording.name.clone());
    let name = recording.or_else(|| console.simulated_name()).map(|name| format::shortened(&name, NAME));
    let parts = [
        Some(word(tense).to_owned()),
        name,
        Some(format::moment(console.playhead, shown)),
        Some(format::pace(console.playhead)),
        console.reading.then(|| "reading …".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("   ")
}

pub fn word(tense: Tense) -> &'static str {
    match tense {
        Tense::Live => "LIVE",
        Tense::Replay => "REPLAY",
        Tense::Simulation => "SIMULATION",
    }
}

fn meaning(tense: Tense) -> &'static str {
    match tense {
        Tense::Live => "The plant as it is now.",
        Tense::Replay => "The plant as it was. What you see is not happening now.",
        Tense::Simulation => "The plant as it could be. What you see was computed.",
    }
}

/// What must be known beside the word: the pace of a replay, or that nothing reaches a live view.
fn detail(console: &Console, tense: Tense) -> String {
    match tense {
        Tense::Live if !console.links.is_empty() && console.links.iter().all(|link| !link.connected()) => {
            "no connection".to_owned()
        }
        Tense::Live => String::new(),
        Tense::Replay | Tense::Simulation => format::pace(console.playhead),
    }
}

fn colour(console: &Console, tense: Tense) -> Color32 {
    let palette = console.palette();
    match tense {
        Tense::Live => palette.text,
        Tense::Replay => palette.replay,
        Tense::Simulation => palette.simulation,
    }
}

/// A dot for now, arrows to the left for the past, an open ring for what is not so.
fn paint_sign(painter: &Painter, centre: egui::Pos2, tense: Tense, ink: Color32) {
    match tense {
        Tense::Live => _ = painter.circle_filled(centre, 4.0, ink),
        Tense::Replay => {
            for shift in [-5.0, 1.0] {
                let corners = [[5.0, -4.5], [5.0, 4.5], [0.0, 0.0]].map(|[x, y]| centre + vec2(x + shift, y));
                painter.add(Shape::convex_polygon(corners.to_vec(), ink, Stroke::NONE));
            }
        }
        Tense::Simulation => {
            let corners = (0..6).map(|corner| centre + Vec2::angled(std::f32::consts::TAU * corner as f32 / 6.0) * 5.0);
            painter.add(Shape::closed_line(corners.collect(), Stroke::new(1.5, ink)));
        }
    }
}

/// A dashed outline, the sign of what was computed.
pub fn dash_around(painter: &Painter, rect: Rect, stroke: Stroke, dash: f32) {
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    painter.extend(Shape::dashed_line(&corners, stroke, dash, dash * 0.6));
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::link::LinkState;
    use crate::domain::playhead::Playhead;
    use crate::ui::fixture::{self, Plant, at};

    fn shown(plant: Plant, label: &str) {
        let mut harness = fixture::harness(plant, |ui, console, _, _| _ = badge_ui(ui, console));
        harness.run_steps(2);
        harness.get_by_label(label);
    }

    #[test]
    fn the_badge_names_the_tense() {
        shown(fixture::plant(), "LIVE");
        shown(Plant { playhead: Playhead::paused_at(at(-60)), ..fixture::plant() }, "REPLAY, paused");
    }

    #[test]
    fn a_simulation_is_named_in_badge_frame_and_watermark() {
        let plant = Plant { playhead: Playhead::paused_at(at(60)), ..fixture::plant() };
        let mut harness = fixture::harness(plant, |ui, console, _, _| {
            badge_of_ui(ui, console, Tense::Simulation);
            frame_of_ui(ui, ui.max_rect(), console, (Tense::Simulation, at(60)));
        });
        harness.run_steps(2);
        harness.get_by_label("SIMULATION, paused");
        harness.get_by_label_contains("The view shows: SIMULATION");
    }

    #[test]
    fn the_frame_of_a_simulated_run_bears_the_name_of_its_scenario() {
        let mut harness = fixture::harness(fixture::simulation(), |ui, console, _, _| {
            badge_ui(ui, console);
            viewport_frame_ui(ui, ui.max_rect(), console, console.playhead.moment());
        });
        harness.run_steps(2);
        harness.get_by_label("SIMULATION, paused");
        harness.get_by_label_contains("The view shows: SIMULATION   faster filler   ");
    }

    #[test]
    fn live_without_a_connection_does_not_claim_to_be_well() {
        let mut plant = fixture::plant();
        for link in &mut plant.links {
            link.state = LinkState::Connecting;
        }
        shown(plant, "LIVE, no connection");
    }

    #[test]
    fn a_replay_is_framed_with_its_time() {
        let plant = Plant { playhead: Playhead::paused_at(at(-60)), ..fixture::plant() };
        let moment = format::exact(at(-60));
        let mut harness =
            fixture::harness(plant, |ui, console, _, _| viewport_frame_ui(ui, ui.max_rect(), console, at(-60)));
        harness.run_steps(2);
        harness.get_by_label_contains(&format!("REPLAY   {moment}"));
    }

    #[test]
    fn the_frame_of_a_recording_bears_its_name_and_says_while_it_is_read() {
        let plant = Plant { reading: true, ..fixture::replay() };
        let moment = format::exact(plant.playhead.moment());
        let mut harness = fixture::harness(plant, |ui, console, _, _| {
            viewport_frame_ui(ui, ui.max_rect(), console, console.playhead.moment());
        });
        harness.run_steps(2);
        harness.get_by_label_contains(&format!("REPLAY   early shift   {moment}   paused   reading …"));
    }
}
