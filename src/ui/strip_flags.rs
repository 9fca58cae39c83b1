//! Marks on the strip of time, as small flags: what was written on them, and going there.

use egui::{Align2, CursorIcon, FontId, Id, Painter, Rect, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::sparkline::x_of;
use super::{Console, format, touch};
use crate::domain::command::Command;
use crate::domain::recording::Mark;
use crate::domain::time::Timestamp;

/// Flags closer than this become one.
const NEAR: f32 = 11.0;
const SIZE: egui::Vec2 = vec2(9.0, 8.0);
/// Marks that are read out where several stand in one place.
const TOLD: usize = 6;

/// Paints flags at the top of `bars`; a click goes to the first mark of its flag.
pub fn flags_ui(ui: &Ui, bars: Rect, window: (Timestamp, Timestamp), console: &Console, commands: &mut Vec<Command>) {
    let inside = |mark: &&Mark| (window.0..=window.1).contains(&mark.at);
    let mut marks: Vec<&Mark> = console.shown_marks().iter().filter(inside).collect();
    marks.sort_by_key(|mark| mark.at);
    let painter = ui.painter_at(bars);
    for (left, heap) in heaps(&marks, NEAR, |mark| x_of(mark.at, window, bars)) {
        flag_ui(ui, &painter, (bars, left), heap, console, commands);
    }
}

/// What would lie over each other, together: the place of the first, and all that are nearer to it than `near`.
/// `things` are in order of their place.
pub(super) fn heaps<T>(things: &[T], near: f32, place: impl Fn(&T) -> f32) -> impl Iterator<Item = (f32, &[T])> {
    let mut rest = things;
    std::iter::from_fn(move || {
        let left = place(rest.first()?);
        let together = rest.iter().take_while(|thing| place(thing) < left + near).count().max(1);
        let (heap, others) = rest.split_at(together);
        rest = others;
        Some((left, heap))
    })
}

fn flag_ui(
    ui: &Ui,
    painter: &Painter,
    (bars, x): (Rect, f32),
    heap: &[&Mark],
    console: &Console,
    commands: &mut Vec<Command>,
) {
    let Some(first) = heap.first() else { return };
    let palette = console.palette();
    let place = Rect::from_min_size(pos2(x - 2.0, bars.top()), SIZE + vec2(4.0, 5.0));
    let response = ui.interact(place, Id::new(("mark", first.at, &first.text)), touch::small_click(ui));
    response.widget_info(|| WidgetInfo::labeled(touch::small_kind(ui), true, format!("Mark: {}", first.text)));
    let ink = if response.hovered() { palette.selection } else { palette.text };
    painter.vline(x, bars.y_range(), Stroke::new(1.0, ink.gamma_multiply(0.7)));
    let corners = [vec2(0.0, 1.0), vec2(SIZE.x, 1.0 + SIZE.y / 2.0), vec2(0.0, 1.0 + SIZE.y)];
    let corners = corners.map(|corner| pos2(x, bars.top()) + corner);
    painter.add(Shape::convex_polygon(corners.to_vec(), ink, Stroke::NONE));
    if heap.len() > 1 {
        let place = pos2(x + SIZE.x + 2.0, bars.top() + 5.0);
        let words = format!("+{}", heap.len() - 1);
        painter.text(place, Align2::LEFT_CENTER, words, FontId::proportional(9.0), palette.quiet);
    }
    if response.clicked() {
        commands.push(Command::GoToMark((*first).clone()));
    }
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_ui(|ui| {
        for mark in heap.iter().take(TOLD) {
            ui.label(format!("{}  {}", format::clock(mark.at), mark.text));
        }
        if heap.len() > TOLD {
            ui.label(format!("and {} more", heap.len() - TOLD));
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, Stage, at};

    fn flags(plant: Plant, window: (Timestamp, Timestamp)) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, move |ui, console, _, commands| {
            let bars = Rect::from_min_size(ui.max_rect().min, vec2(1200.0, 40.0));
            flags_ui(ui, bars, window, console, commands);
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn a_flag_leads_to_its_mark() {
        let plant = fixture::replay();
        let mark = plant.recordings[0].marks[0].clone();
        let mut harness = flags(plant, (at(-1200), at(0)));
        harness.get_by_label("Mark: glue nozzle dripped").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::GoToMark(mark)]);
    }

    #[test]
    fn marks_in_one_place_share_a_flag_that_tells_of_both() {
        let mut harness = flags(fixture::replay(), (at(-1_000_000), at(1_000_000)));
        assert!(harness.query_by_label("Mark: speed back to normal").is_none());
        harness.get_by_label("Mark: glue nozzle dripped").hover();
        harness.run_steps(40);
        harness.get_by_label_contains("speed back to normal");
    }

    #[test]
    fn live_shows_the_marks_of_the_plant() {
        let mut plant = fixture::with_recordings();
        plant.marks = vec![Mark { at: at(-30), text: "door open".into(), pose: None, selection: None }];
        let harness = flags(plant, (at(-1200), at(0)));
        harness.get_by_label("Mark: door open");
        assert!(harness.query_by_label("Mark: glue nozzle dripped").is_none());
    }
}
