//! Stretches of the strip of time: gaps where samples are missing, what of a recording is at hand,
//! and what is being recorded.

use egui::{CornerRadius, Painter, Pos2, Rect, Stroke, pos2};

use super::sparkline::x_of;
use super::{Console, format};
use crate::domain::recording::Gap;
use crate::domain::time::Timestamp;

type Window = (Timestamp, Timestamp);

/// Hatches gaps over `bars`; returns what is known of those under the pointer.
pub fn paint_gaps(painter: &Painter, bars: Rect, window: Window, console: &Console, pointer: Option<Pos2>) -> String {
    let colour = console.palette().quiet;
    let mut words = Vec::new();
    // Where many lie in one place, one band stands for all.
    let mut painted = f32::NEG_INFINITY;
    for gap in console.shown_gaps().iter().filter(|gap| gap.to >= window.0 && gap.from <= window.1) {
        let left = x_of(gap.from, window, bars).max(bars.left() - 1.0);
        let right = x_of(gap.to, window, bars).min(bars.right() + 1.0).max(left + 3.0);
        if right > painted + 0.5 {
            let band = Rect::from_x_y_ranges(left..=right, bars.y_range());
            hatch(painter, band, Stroke::new(1.0, colour));
            painted = right;
        }
        if pointer.is_some_and(|pointer| bars.contains(pointer) && (left - 2.0..=right + 2.0).contains(&pointer.x)) {
            words.push(gap);
        }
    }
    let shown = words.iter().take(4).map(|gap| gap_words(gap));
    let more = words.len().saturating_sub(4);
    shown.chain((more > 0).then(|| format!("and {more} more gaps"))).collect::<Vec<_>>().join("\n")
}

/// "Gap of 12 s from 14:03:10, 1 200 samples lost: samples came faster than they could be written".
fn gap_words(gap: &Gap) -> String {
    let lost = match gap.lost {
        0 => "how many samples are missing is not known".to_owned(),
        lost => format!("{} samples lost", format::count(lost)),
    };
    let length = format::age(gap.to - gap.from);
    format!("Gap of {length} from {}, {lost}: {}", format::clock(gap.from), gap.reason.words())
}

/// Diagonals of 45 degrees inside a band, and its edges.
fn hatch(painter: &Painter, band: Rect, pen: Stroke) {
    let inside = painter.with_clip_rect(band.intersect(painter.clip_rect()));
    let faint = Stroke::new(pen.width, pen.color.gamma_multiply(0.7));
    let height = band.height();
    let seen = inside.clip_rect().x_range();
    let mut x = seen.min - height;
    // A grid fixed to the screen would swim when the window moves: begin at the band.
    x -= (x - band.left()).rem_euclid(6.0);
    while x < seen.max {
        inside.line_segment([pos2(x, band.bottom()), pos2(x + height, band.top())], faint);
        x += 6.0;
    }
    for x in [band.left(), band.right()] {
        painter.vline(x, band.y_range(), pen);
    }
}

/// A thin line under the part of a recording whose samples are at hand: the rest is read when the
/// playhead comes there. A thick one under what went into the file since recording began.
pub fn paint_lines(painter: &Painter, body: Rect, window: Window, console: &Console) {
    let palette = console.palette();
    let line = |(from, to): Window, width: f32, colour| {
        let (left, right) = (x_of(from, window, body).max(body.left()), x_of(to, window, body).min(body.right()));
        if right > left {
            let y = body.bottom() - width;
            painter.rect_filled(Rect::from_x_y_ranges(left..=right, y..=body.bottom()), CornerRadius::ZERO, colour);
        }
    };
    match console.shown_recording() {
        Some(recording) => {
            if let Some(at_hand) = recording.at_hand {
                line(at_hand, 1.0, palette.quiet);
            }
        }
        None => {
            if let Some(recorded) = being_recorded(console) {
                line(recorded, 3.0, palette.curve);
            }
        }
    }
}

/// The stretch of plant time that the recording under way holds.
pub fn being_recorded(console: &Console) -> Option<Window> {
    let now = console.extent.live_now?;
    let since = console.recorder.since.filter(|_| console.recorder.recording())?;
    // Recording began by the clock on the wall; the plant's may be another.
    Some((now - (console.wall_now - since), now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recording::GapReason;
    use crate::domain::time::Span;
    use crate::ui::fixture::{self, at};

    #[test]
    fn a_gap_says_how_long_how_much_and_why() {
        let gap = Gap { from: at(0), to: at(12), lost: 1200, reason: GapReason::QueueFull };
        let words = gap_words(&gap);
        assert!(words.starts_with("Gap of 12.0\u{2009}s from "), "{words}");
        assert!(words.ends_with(", 1200 samples lost: samples came faster than they could be written"), "{words}");
        let unknown = gap_words(&Gap { lost: 0, reason: GapReason::Crash, ..gap });
        assert!(unknown.ends_with("how many samples are missing is not known: recording was cut off"), "{unknown}");
    }

    #[test]
    fn what_is_recorded_is_underlined_in_the_time_of_the_plant() {
        let mut plant = fixture::plant();
        assert_eq!(being_recorded(&plant.console()), None);
        plant.recorder.file = Some("late.mcap".into());
        // The plant's clock stands an hour behind the wall's.
        plant.wall_now = at(0) + Span::from_secs(3600);
        plant.recorder.since = Some(at(3300));
        assert_eq!(being_recorded(&plant.console()), Some((at(-300), at(0))));
    }
}
