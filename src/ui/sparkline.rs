//! A small curve of one signal over a window of time.
//!
//! Keeps extremes (min and max of each slice), holds a value until the next, leaves a gap where the
//! quality is bad or the value is stale, and draws the limits of alarms and the spread of simulated runs.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, remap};

use super::spread::Spread;
use super::theme::Palette;
use crate::domain::history::Bucket;
use crate::domain::quality::Quality;
use crate::domain::time::{Span, Timestamp};

/// What to draw.
pub struct Curve<'a> {
    pub buckets: &'a [Bucket],
    /// Of the other side of a comparison; drawn dashed, under the own ones.
    pub other: &'a [Bucket],
    /// Where the runs of a simulation lie.
    pub spread: Option<Spread<'a>>,
    /// When the simulation began; before it the curve is what was measured.
    pub begun: Option<Timestamp>,
    /// Left and right edge.
    pub window: (Timestamp, Timestamp),
    /// Limits of alarms, in the unit of the signal.
    pub limits: &'a [f64],
    /// Engineering range, where known.
    pub range: Option<(f64, f64)>,
    /// Silence longer than this is a gap.
    pub stale_after: Option<Span>,
}

impl Curve<'_> {
    /// Lowest and highest value of the vertical axis: what is seen, spread and limits, and at least a
    /// tenth of the engineering range, so that noise does not look like news.
    pub fn value_range(&self) -> (f64, f64) {
        let buckets = self.buckets.iter().chain(self.other);
        let spread = self.spread.and_then(|spread| spread.range(self.window));
        let spread = spread.into_iter().flat_map(|(low, high)| [low, high]);
        let values =
            buckets.flat_map(|bucket| [bucket.min, bucket.max]).chain(spread).chain(self.limits.iter().copied());
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return self.range.unwrap_or((0.0, 1.0));
        }
        let least = self.range.map_or(high.abs().max(low.abs()) * 0.02, |(low, high)| (high - low) * 0.1).max(1e-9);
        let grow = ((least - (high - low)) / 2.0).max((high - low) * 0.06);
        (low - grow, high + grow)
    }

    /// Paints the curve into `rect`.
    pub fn paint(&self, painter: &Painter, rect: Rect, palette: &Palette) {
        let (low, high) = self.value_range();
        let x_of = |moment: Timestamp| x_of(moment, self.window, rect);
        let y_of = |value: f64| remap(value, low..=high, f64::from(rect.bottom())..=f64::from(rect.top())) as f32;
        if let Some(spread) = &self.spread {
            spread.paint(painter, rect, self.window, y_of, palette);
        }
        if let Some(begun) = self.begun.filter(|begun| self.window.0 < *begun && *begun < self.window.1) {
            let line = [pos2(x_of(begun), rect.top()), pos2(x_of(begun), rect.bottom())];
            painter.extend(Shape::dashed_line(&line, Stroke::new(1.0, palette.simulation), 3.0, 2.0));
        }
        for limit in self.limits {
            let line = [pos2(rect.left(), y_of(*limit)), pos2(rect.right(), y_of(*limit))];
            painter.extend(Shape::dashed_line(&line, Stroke::new(1.0, palette.quiet.gamma_multiply(0.7)), 4.0, 3.0));
        }
        self.paint_other(painter, rect, other_stroke(palette), (x_of, y_of));
        let pen = Stroke::new(1.3, palette.curve);
        let mut run = Vec::new();
        let finish = |run: &mut Vec<Pos2>| {
            let mut points = std::mem::take(run);
            // A point three times over has no direction, and its corner no place.
            points.dedup();
            painter.line(points, pen);
        };
        for (index, bucket) in self.buckets.iter().enumerate() {
            let x = x_of(bucket.to).min(rect.right());
            let next = self.buckets.get(index + 1);
            let until = next.map_or(self.window.1, |next| next.from);
            let end = self.stale_after.map_or(until, |limit| until.min(bucket.to + limit));
            if bucket.quality.is_bad() {
                finish(&mut run);
                paint_gap(painter, rect, x_of(bucket.from).max(rect.left()), x_of(end).min(rect.right()), palette.bad);
                continue;
            }
            let extremes =
                [bucket.min, bucket.max].into_iter().filter(|value| x >= rect.left() && *value != bucket.last);
            run.extend(extremes.map(|value| pos2(x, y_of(value))));
            let from = pos2(x.max(rect.left()), y_of(bucket.last));
            let to = pos2(x_of(end).clamp(rect.left(), rect.right()), from.y);
            run.push(from);
            if bucket.quality != Quality::Good {
                finish(&mut run);
                painter.extend(Shape::dashed_line(&[from, to], pen, 2.0, 2.0));
            }
            run.push(to);
            if end < until {
                finish(&mut run);
            }
        }
        finish(&mut run);
    }

    /// The last value of each slice, held until the next; a gap where the quality is bad or the value
    /// is stale. Extremes are left to the own curve: dashes would drown in them.
    fn paint_other(
        &self,
        painter: &Painter,
        rect: Rect,
        pen: Stroke,
        (x_of, y_of): (impl Fn(Timestamp) -> f32, impl Fn(f64) -> f32),
    ) {
        let mut run: Vec<Pos2> = Vec::new();
        let finish = |run: &mut Vec<Pos2>| {
            painter.extend(Shape::dashed_line(run, pen, DASH, SPACE));
            run.clear();
        };
        for (index, bucket) in self.other.iter().enumerate() {
            let until = self.other.get(index + 1).map_or(self.window.1, |next| next.from);
            let end = self.stale_after.map_or(until, |limit| until.min(bucket.to + limit));
            if bucket.quality.is_bad() {
                finish(&mut run);
                continue;
            }
            let y = y_of(bucket.last);
            run.extend([bucket.to, end].map(|at| pos2(x_of(at).clamp(rect.left(), rect.right()), y)));
            if end < until {
                finish(&mut run);
            }
        }
        finish(&mut run);
    }
}

/// Dashes and spaces of the other side of a comparison, points: longer than those of limits.
pub const DASH: f32 = 8.0;
pub const SPACE: f32 = 4.0;

/// In which the other side of a comparison is drawn.
pub fn other_stroke(palette: &Palette) -> Stroke {
    Stroke::new(1.2, palette.quiet)
}

/// Where a moment stands between the edges of a window.
pub fn x_of(moment: Timestamp, (from, to): (Timestamp, Timestamp), rect: Rect) -> f32 {
    let part = (moment - from).as_secs_f64() / (to - from).as_secs_f64().max(1e-9);
    (f64::from(rect.left()) + part * f64::from(rect.width())) as f32
}

/// The moment at a place, the other way round.
pub fn moment_at(x: f32, (from, to): (Timestamp, Timestamp), rect: Rect) -> Timestamp {
    from + (to - from).scaled(f64::from((x - rect.left()) / rect.width().max(1.0)))
}

/// Cross-hatch along the bottom: no value to be trusted here.
fn paint_gap(painter: &Painter, rect: Rect, left: f32, right: f32, colour: Color32) {
    let right = right.max(left + 2.0);
    let band = Rect::from_min_max(pos2(left, rect.bottom() - 6.0), pos2(right, rect.bottom()));
    let painter = painter.with_clip_rect(band.intersect(painter.clip_rect()));
    let pen = Stroke::new(1.0, colour.gamma_multiply(0.8));
    let mut x = left - 6.0;
    while x < right {
        painter.line_segment([pos2(x, band.bottom()), pos2(x + 6.0, band.top())], pen);
        painter.line_segment([pos2(x, band.top()), pos2(x + 6.0, band.bottom())], pen);
        x += 6.0;
    }
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    fn curve(buckets: &[Bucket]) -> Curve<'_> {
        Curve {
            buckets,
            other: &[],
            spread: None,
            begun: None,
            window: (at(0), at(100)),
            limits: &[],
            range: Some((0.0, 100.0)),
            stale_after: None,
        }
    }

    fn bucket(min: f64, max: f64) -> Bucket {
        Bucket { from: at(1), to: at(2), min, max, last: max, quality: Quality::Good }
    }

    #[test]
    fn noise_is_not_blown_up_and_limits_are_in_view() {
        let buckets = [bucket(50.0, 50.2)];
        let (low, high) = curve(&buckets).value_range();
        assert!((high - low - 10.0).abs() < 1e-9 && low < 50.0 && high > 50.2, "{low} {high}");
        let (low, high) = Curve { limits: &[90.0], ..curve(&buckets) }.value_range();
        assert!(low < 50.0 && high > 90.0);
        assert_eq!(curve(&[]).value_range(), (0.0, 100.0));
        let (low, _) = Curve { other: &[bucket(10.0, 20.0)], ..curve(&buckets) }.value_range();
        assert!(low < 10.0, "the other side of a comparison is in view too");
    }

    #[test]
    fn places_and_moments_are_each_others_inverse() {
        let (window, rect) = ((at(0), at(100)), Rect::from_min_size(pos2(20.0, 0.0), vec2(400.0, 10.0)));
        assert_eq!(x_of(at(25), window, rect), 120.0);
        assert_eq!(moment_at(120.0, window, rect), at(25));
    }
}
