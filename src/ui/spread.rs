//! Where 90 % of the runs of a simulation lie, as an area behind a curve.

use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, pos2};

use super::sparkline::x_of;
use super::theme::Palette;
use super::{Console, format};
use crate::domain::signal::{Signal, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::what_if::Band;

/// What the area is called.
pub const NAME: &str = "90% of the runs";
/// Pieces of the area in a plot, at most about as many.
const PIECES: usize = 160;

/// The bands of one signal on one side of an answer, at even distances.
#[derive(Clone, Copy, Debug)]
pub struct Spread<'a> {
    from: Timestamp,
    step: Span,
    bands: &'a [Band],
}

impl<'a> Spread<'a> {
    /// Of the side of the answer that is on screen; none where there is no such side, or only one run.
    pub fn take(console: &Console<'a>, signal: SignalId) -> Option<Self> {
        let (answer, shown) = (console.answer?, console.playhead.origin());
        let spread = answer.bands.iter().find(|bands| bands.signal == signal)?;
        let bands = match shown {
            _ if shown == answer.changed => &spread.changed,
            _ if shown == answer.baseline => &spread.baseline,
            _ => return None,
        };
        Self::of(spread.from, spread.step, bands).filter(|_| answer.scenario.runs > 1)
    }

    /// Of bands from a moment on; none where there is nothing to show.
    pub fn of(from: Timestamp, step: Span, bands: &'a [Band]) -> Option<Self> {
        (step > Span::ZERO && !bands.is_empty()).then_some(Self { from, step, bands })
    }

    /// The band at a moment; none outside of them.
    pub fn at(&self, moment: Timestamp) -> Option<&'a Band> {
        self.bands.get(usize::try_from(self.place(moment)).ok()?).filter(|band| finite(band))
    }

    /// Lowest and highest edge in a window; none where it has no band.
    pub fn range(&self, window: (Timestamp, Timestamp)) -> Option<(f64, f64)> {
        let edges = self.within(window).map(|(_, band)| (band.low, band.high));
        edges.reduce(|(low, high), edge| (low.min(edge.0), high.max(edge.1)))
    }

    /// "90% of the runs: 604 to 655 /min" of the band at a moment.
    pub fn words(&self, moment: Timestamp, signal: &Signal) -> Option<String> {
        let band = self.at(moment)?;
        let low = format::number(band.low, format::decimals(band.low, signal.range, None));
        Some(format!("{NAME}: {low} to {}", format::limit(band.high, signal)))
    }

    pub fn paint(
        &self,
        painter: &Painter,
        rect: Rect,
        window: (Timestamp, Timestamp),
        y_of: impl Fn(f64) -> f32,
        palette: &Palette,
    ) {
        let bands: Vec<(Timestamp, Band)> = self.within(window).collect();
        let edge = |(moment, low, high): (Timestamp, f64, f64)| (x_of(moment, window, rect), y_of(low), y_of(high));
        let edges = bands.chunks(bands.len().div_ceil(PIECES).max(1)).filter_map(|chunk| {
            let (first, last) = (chunk.first()?, chunk.last()?);
            let low = chunk.iter().fold(f64::MAX, |low, (_, band)| low.min(band.low));
            let high = chunk.iter().fold(f64::MIN, |high, (_, band)| high.max(band.high));
            Some([edge((first.0, low, high)), edge((last.0, low, high))])
        });
        paint_area(painter, &edges.flatten().collect::<Vec<_>>(), palette);
    }

    /// Number of the band that holds at a moment; negative before the first.
    fn place(&self, moment: Timestamp) -> i64 {
        (moment - self.from).as_nanos().div_euclid(self.step.as_nanos())
    }

    /// The bands in a window, and the ones that reach into it.
    fn within(&self, (from, to): (Timestamp, Timestamp)) -> impl Iterator<Item = (Timestamp, Band)> {
        let (first, last) = (self.place(from).max(0), self.place(to));
        let some = usize::try_from(last.saturating_sub(first).saturating_add(2)).unwrap_or(0);
        self.bands
            .iter()
            .enumerate()
            .skip(usize::try_from(first).unwrap_or(usize::MAX))
            .take(some)
            .filter(|(_, band)| finite(band))
            .map(|(place, band)| (self.from + self.step.scaled(place as f64), *band))
    }
}

fn finite(band: &Band) -> bool {
    band.low.is_finite() && band.high.is_finite()
}

/// The area between lower and upper edge (x, low, high), from left to right: tinted, with thin edges.
pub fn paint_area(painter: &Painter, edges: &[(f32, f32, f32)], palette: &Palette) {
    let tint = area_tint(palette);
    let mut mesh = Mesh::default();
    for pair in edges.windows(2) {
        let [(x0, low0, high0), (x1, low1, high1)] = *pair else { continue };
        let first = mesh.vertices.len() as u32;
        for (x, y) in [(x0, low0), (x0, high0), (x1, low1), (x1, high1)] {
            mesh.colored_vertex(pos2(x, y), tint);
        }
        mesh.add_triangle(first, first + 1, first + 2);
        mesh.add_triangle(first + 1, first + 3, first + 2);
    }
    painter.add(Shape::mesh(mesh));
    let pen = Stroke::new(1.0, palette.simulation.gamma_multiply(0.8));
    for edge in [|(x, low, _): &(f32, f32, f32)| pos2(*x, *low), |(x, _, high): &(f32, f32, f32)| pos2(*x, *high)] {
        let mut line: Vec<Pos2> = edges.iter().map(edge).collect();
        line.dedup();
        painter.line(line, pen);
    }
}

pub fn area_tint(palette: &Palette) -> Color32 {
    palette.simulation.gamma_multiply(0.3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::playhead::{Extent, PlayheadCommand};
    use crate::domain::signal::Origin;
    use crate::ui::fixture::{self, Plant, at};

    fn words(plant: &Plant, secs: i64) -> Option<String> {
        let id = plant.catalog.id("Riverside/Line 1/Filler/Speed").expect("in the fixture");
        let signal = plant.catalog.get(id).expect("in the fixture");
        Spread::take(&plant.console(), id)?.words(at(secs), signal)
    }

    #[test]
    fn the_band_is_that_of_the_side_on_screen_at_the_moment() {
        let mut plant = fixture::simulation();
        assert_eq!(words(&plant, 600).as_deref(), Some("90% of the runs: 670 to 690\u{2009}/min"));
        assert_eq!(words(&plant, 1790).as_deref(), Some("90% of the runs: 650 to 710\u{2009}/min"));
        assert_eq!([words(&plant, -1), words(&plant, 2000)], [None, None], "outside the run");
        plant.playhead.apply(PlayheadCommand::Show(Origin::Simulated(1)), &Extent { held: None, live_now: None });
        assert_eq!(words(&plant, 600).as_deref(), Some("90% of the runs: 602 to 622\u{2009}/min"));
        assert_eq!(words(&fixture::answered(), 600), None, "the plant has no runs");
        if let Some(answer) = &mut plant.answer {
            answer.scenario.runs = 1;
        }
        assert_eq!(words(&plant, 600), None, "one run has no spread");
    }

    #[test]
    fn a_window_holds_its_bands_and_those_that_reach_into_it() {
        let band = |low| Band { low, middle: low + 1.0, high: low + 2.0 };
        let bands = [band(0.0), band(10.0), band(20.0), Band { low: f64::NAN, ..band(0.0) }];
        let spread = Spread { from: at(0), step: Span::from_secs(10), bands: &bands };
        assert_eq!(spread.range((at(-100), at(-21))), None);
        assert_eq!(spread.range((at(-100), at(100))), Some((0.0, 22.0)));
        assert_eq!(spread.range((at(12), at(15))), Some((10.0, 22.0)));
    }
}
