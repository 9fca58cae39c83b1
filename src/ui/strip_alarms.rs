//! Alarms on the strip of time: a mark where one was raised.

use egui::{Align2, FontId, Painter, Pos2, Rect, pos2, vec2};

use super::alarm_rows::headline;
use super::marks::paint_alarm_mark;
use super::sparkline::x_of;
use super::strip_cache::{Raised, RaisedAlarms};
use super::{Console, format};
use crate::domain::alarm::AlarmState;
use crate::domain::time::Timestamp;

/// Marks closer than this become one.
const MARK: f32 = 14.0;

/// Paints a mark for each alarm raised, the worst of those that would lie over each other; returns
/// what is known of those under the pointer.
pub fn paint_alarms(
    painter: &Painter,
    row: Rect,
    window: (Timestamp, Timestamp),
    console: &Console,
    raised: &mut RaisedAlarms,
    pointer: Option<Pos2>,
) -> String {
    if console.simulated() {
        return String::new();
    }
    let mut words = Vec::new();
    let mut rest = raised.within(console.playhead.origin(), console.alarm_book(), window);
    while let Some(first) = rest.first() {
        let left = x_of(first.at, window, row);
        let near = rest.iter().take_while(|raised| x_of(raised.at, window, row) < left + MARK).count().max(1);
        let (heap, others) = rest.split_at(near);
        rest = others;
        let Some(worst) = heap.iter().min_by_key(|raised| raised.priority) else { continue };
        let centre = pos2(x_of(worst.at, window, row), row.center().y);
        // Steady: it marks that it happened, not how it stands.
        paint_alarm_mark(painter, centre, 12.0, worst.priority, AlarmState::AckActive, console.palette());
        if heap.len() > 1 {
            let place = centre + vec2(8.0, 0.0);
            painter.text(
                place,
                Align2::LEFT_CENTER,
                format!("+{}", heap.len() - 1),
                FontId::proportional(9.0),
                console.palette().quiet,
            );
        }
        if pointer.is_some_and(|pointer| (pointer.x - centre.x).abs() < MARK * 0.6 && pointer.y < row.bottom()) {
            words.extend(heap.iter().take(6).map(|raised| told(console, raised)));
            if heap.len() > 6 {
                words.push(format!("and {} more", heap.len() - 6));
            }
        }
    }
    words.join("\n")
}

fn told(console: &Console, raised: &Raised) -> String {
    let what = console.alarm_book().rule(raised.alarm).map_or_else(String::new, |rule| headline(rule, console.assets));
    format!("{}  ({}) {what}", format::clock(raised.at), raised.priority as u8)
}
