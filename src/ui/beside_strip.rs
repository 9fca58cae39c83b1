//! Over the top of the 3D view while something is compared: what lies beside, how, and ending it.

use egui::{Align2, Area, Context, Frame, Id, Margin, Order, Rect, RichText, Sense, Shape, Stroke, pos2, vec2};

use super::drawer::Tab;
use super::recording_card::shift_words;
use super::sparkline::{DASH, SPACE, other_stroke};
use super::{Console, ConsoleState, format};
use crate::domain::command::Command;
use crate::domain::signal::Origin;
use crate::domain::time::Span;

/// Below the words of the tense.
const TOP: f32 = 32.0;
/// Letters of the name that are shown.
const NAME: usize = 40;

pub fn beside_strip_ui(
    ctx: &Context,
    viewport: Rect,
    console: &Console,
    state: &mut ConsoleState,
    commands: &mut Vec<Command>,
) {
    let Some(compared) = console.compared else { return };
    let palette = console.palette();
    let place = pos2(viewport.center().x, viewport.top() + TOP);
    let area = Area::new(Id::new("beside")).order(Order::Middle).pivot(Align2::CENTER_TOP).fixed_pos(place);
    area.constrain_to(viewport).show(ctx, |ui| {
        let frame = Frame::new().fill(palette.panel).stroke(Stroke::new(1.0, palette.line)).corner_radius(3);
        frame.inner_margin(Margin::symmetric(8, 3)).show(ui, |ui| {
            ui.horizontal(|ui| {
                // The stroke in which curves draw the other side.
                let (rect, _) = ui.allocate_exact_size(vec2(20.0, 12.0), Sense::hover());
                let line = [rect.left_center(), rect.right_center()];
                ui.painter().extend(Shape::dashed_line(&line, other_stroke(palette), DASH, SPACE));
                let name = format::shortened(compared.name, NAME);
                let words = format!("Beside: {name}, {}", compared.alignment.words());
                let response = ui.label(RichText::new(words));
                if let Some(shift) = shift_of(console, compared.origin) {
                    response.on_hover_text(shift_words(shift));
                }
                if ui.button("Differences").on_hover_text("How far each signal differs").clicked() {
                    state.drawer.tab = Tab::Differences;
                }
                if ui.button("End").on_hover_text("End the comparison").clicked() {
                    commands.push(Command::Compare(None));
                }
            });
        });
    });
}

/// By how much the times of a recording are shifted; none where they are its own.
fn shift_of(console: &Console, origin: Origin) -> Option<Span> {
    let of_origin = |number| Origin::Recorded(number) == origin;
    let recording = console.recordings.iter().find(|recording| of_origin(recording.number))?;
    Some(recording.shift).filter(|shift| *shift != Span::ZERO)
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, Stage};

    fn strip(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            beside_strip_ui(ui.ctx(), ui.max_rect(), console, state, commands);
        });
        harness.run_steps(3);
        harness
    }

    #[test]
    fn it_names_what_lies_beside_and_ends_it() {
        let mut harness = strip(fixture::comparison());
        harness.get_by_label("Beside: late shift, on the clock");
        harness.get_by_label("Differences").click();
        harness.run_steps(2);
        assert_eq!(harness.state().state.drawer.tab, Tab::Differences);
        harness.get_by_label("End").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::Compare(None)]);
    }

    #[test]
    fn without_a_comparison_the_view_is_free() {
        assert!(strip(fixture::replay()).query_by_label("End").is_none());
    }
}
