//! Stretches of the strip of time: gaps where samples are missing, what of a recording is at hand,
//! and what is being recorded.

use egui::{CornerRadius, Painter, Pos2, Rect, Stroke, pos2, vec2};

use super::sparkline::x_of;
use super::{Console, format};
use crate::domain::recording::Gap;
use crate::domain::time::Timestamp;

type Window = (Timestamp, Timestamp);

/// Bands closer than this become one, points.
const NEAR: f32 = 2.0;
/// Between diagonals, points.
const HATCH: f32 = 6.0;
/// Gaps that are read out where several lie in one place.
const TOLD: usize = 4;

/// Hatches gaps over `bars`; returns what is known of those under the pointer.
pub fn paint_gaps(painter: &Painter, bars: Rect, window: Window, console: &Console, pointer: Option<Pos2>) -> String {
    let pen = Stroke::new(1.0, console.palette().quiet);
    let pointer = pointer.filter(|pointer| bars.contains(*pointer));
    let mut under_pointer = Vec::new();
    let mut band: Option<Rect> = None;
    for gap in console.shown_gaps().iter().filter(|gap| gap.to >= window.0 && gap.from <= window.1) {
        let left = x_of(gap.from, window, bars).max(bars.left() - 1.0);
        let right = x_of(gap.to, window, bars).min(bars.right() + 1.0).max(left + 3.0);
        let next = Rect::from_x_y_ranges(left..=right, bars.y_range());
        band = Some(match band {
            Some(band) if band.expand2(vec2(NEAR, 0.0)).intersects(next) => band.union(next),
            Some(band) => {
                hatch(painter, band, pen);
                next
            }
            None => next,
        });
        if pointer.is_some_and(|pointer| next.expand2(vec2(NEAR, 0.0)).contains(pointer)) {
            under_pointer.push(gap);
        }
    }
    if let Some(band) = band {
        hatch(painter, band, pen);
    }
    let told = under_pointer.iter().take(TOLD).map(|gap| gap_words(gap));
    let more = under_pointer.len().saturating_sub(TOLD);
    told.chain((more > 0).then(|| format!("and {more} more gaps"))).collect::<Vec<_>>().join("\n")
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

/// Diagonals of 45 degrees inside a band, and its edges. Cut by hand: a clip rectangle each would be
/// a draw call each.
fn hatch(painter: &Painter, band: Rect, pen: Stroke) {
    let faint = Stroke::new(pen.width, pen.color.gamma_multiply(0.7));
    let mut foot = band.left() - band.height() + HATCH;
    while foot < band.right() {
        let ends = [foot.max(band.left()), (foot + band.height()).min(band.right())];
        painter.line_segment(ends.map(|x| pos2(x, band.bottom() - (x - foot))), faint);
        foot += HATCH;
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
            if let Some(recorded) = being_recorded(console).filter(|_| !console.simulated()) {
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
