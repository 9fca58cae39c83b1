//! Fresh notices in the corner of the 3D view, for a few seconds; afterwards they are in their tab.

use egui::{Align2, Area, Context, Frame, Id, Order, Rect, Stroke, vec2};

use super::Console;
use super::notices_tab::notice_card_ui;
use crate::domain::command::Command;
use crate::domain::notice::Notice;
use crate::domain::time::Span;

/// How long a notice stands over the view.
const FRESH: Span = Span::from_secs(8);
const AT_MOST: usize = 3;
const WIDTH: f32 = 320.0;

pub fn toasts_ui(ctx: &Context, viewport: Rect, console: &Console, commands: &mut Vec<Command>) {
    let fresh: Vec<&Notice> =
        console.notices.iter().rev().filter(|notice| is_fresh(notice, console)).take(AT_MOST).collect();
    if fresh.is_empty() || viewport.width() < WIDTH {
        return;
    }
    ctx.request_repaint_after_secs(0.5);
    Area::new(Id::new("toasts"))
        .order(Order::Middle)
        .pivot(Align2::RIGHT_BOTTOM)
        .fixed_pos(viewport.right_bottom() - vec2(12.0, 12.0))
        .show(ctx, |ui| {
            ui.set_width(WIDTH);
            for notice in fresh.into_iter().rev() {
                Frame::new().stroke(Stroke::new(1.0, console.palette().line)).corner_radius(3).show(ui, |ui| {
                    notice_card_ui(ui, console, notice, commands);
                });
            }
        });
}

fn is_fresh(notice: &Notice, console: &Console) -> bool {
    let age = console.wall_now - notice.at;
    age < FRESH && age > -FRESH
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant};

    #[test]
    fn a_notice_stands_over_the_view_for_eight_seconds() {
        let show = |secs: i64| {
            let plant = fixture::plant();
            let wall_now = plant.notices[0].at + Span::from_secs(secs);
            let mut harness = fixture::harness(Plant { wall_now, ..plant }, |ui, console, _, commands| {
                toasts_ui(ui.ctx(), ui.max_rect(), console, commands);
            });
            harness.run_steps(3);
            harness.query_by_label("Check user name in twin.toml, line 12.").is_some()
        };
        assert_eq!([show(1), show(9)], [true, false]);
    }
}
