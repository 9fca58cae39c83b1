//! A gauge for each value: those of one part of the model stand together on a plinth.

use super::Shown;
use crate::project::starter::model::{BLUE, CARDBOARD, DARK, Form, GLASS, Group, STEEL, group, part};

/// More are not shown: the scene would be a wall of gauges.
const MOST_STATIONS: usize = 24;
const MOST_GAUGES: usize = 6;
/// From the middle of one gauge to that of the next [m].
const PITCH_M: f32 = 0.9;
const GAP_M: f32 = 0.7;
const ROW_M: f32 = 2.2;
/// A row goes on in the next one when it is so wide [m].
const WIDEST_M: f32 = 8.0;
const PLINTH_M: f32 = 0.2;
const GAUGE_M: f32 = 1.2;

/// The stations of a model, and which value each gauge shows.
pub(super) struct Stations {
    equipment: Vec<Group>,
    /// Path of the asset, by station.
    pub(super) assets: Vec<String>,
    /// Station and place among what is shown, by gauge.
    pub(super) gauges: Vec<(usize, usize)>,
    /// Width and depth of it all [m].
    pub(super) size: [f32; 2],
}

impl Stations {
    pub(super) fn new(shown: &[Shown<'_>]) -> Self {
        let mut members: Vec<(String, Vec<usize>)> = Vec::new();
        for (place, value) in shown.iter().enumerate() {
            match members.iter_mut().find(|(asset, _)| *asset == value.asset) {
                Some((_, values)) => values.push(place),
                None => members.push((value.asset.clone(), vec![place])),
            }
        }
        members.truncate(MOST_STATIONS);
        members.iter_mut().for_each(|(_, values)| values.truncate(MOST_GAUGES));
        let width = |values: &[usize]| PITCH_M * values.len() as f32 + 0.2;
        let mut rows: Vec<Vec<usize>> = Vec::new();
        let mut filled_m = f32::INFINITY;
        for (station, (_, values)) in members.iter().enumerate() {
            let wide_m = width(values);
            if filled_m + wide_m > WIDEST_M {
                rows.push(Vec::new());
                filled_m = 0.0;
            }
            filled_m += wide_m + GAP_M;
            if let Some(row) = rows.last_mut() {
                row.push(station);
            }
        }
        let mut stations = Self { equipment: Vec::new(), assets: Vec::new(), gauges: Vec::new(), size: [0.0; 2] };
        let depth_m = ROW_M * rows.len() as f32;
        for (number, row) in rows.iter().enumerate() {
            let widths = row.iter().filter_map(|station| members.get(*station)).map(|(_, values)| width(values));
            let long_m = widths.sum::<f32>() + GAP_M * row.len().saturating_sub(1) as f32;
            let mut left = -0.5 * long_m;
            // The first row is the farthest.
            let z = ROW_M * number as f32 - 0.5 * (depth_m - ROW_M);
            for (asset, values) in row.iter().filter_map(|station| members.get(*station)) {
                let wide_m = width(values);
                stations.station(asset, values, shown, ([left + 0.5 * wide_m, 0.0, z], wide_m));
                left += wide_m + GAP_M;
            }
            stations.size = [stations.size[0].max(long_m), depth_m];
        }
        stations
    }

    pub(super) fn equipment(&self) -> &[Group] {
        &self.equipment
    }

    fn station(&mut self, asset: &str, values: &[usize], shown: &[Shown<'_>], (place, wide_m): ([f32; 3], f32)) {
        let station = self.assets.len();
        let plinth = part(format!("Plinth{}", station + 1), Form::Box, [0.0; 3], [wide_m, PLINTH_M, 0.9], DARK);
        let mut gauges = Vec::new();
        for (index, value) in values.iter().enumerate() {
            let x = PITCH_M * (index as f32 - 0.5 * (values.len() as f32 - 1.0));
            let ranged = shown.get(*value).is_some_and(|shown| range_of(shown).is_some());
            let input = shown.get(*value).is_some_and(|shown| shown.input);
            gauges.push(gauge(self.gauges.len() + 1, [x, PLINTH_M, 0.0], ranged, input));
            self.gauges.push((station, *value));
        }
        self.assets.push(asset.to_owned());
        self.equipment.push(Group { groups: gauges, ..group(format!("Station{}", station + 1), place, vec![plinth]) });
    }
}

/// The range in which a gauge shows a value; none for a value that is only written beside it.
pub(super) fn range_of(shown: &Shown<'_>) -> Option<(f64, f64)> {
    super::text::range_of(shown.of)
}

/// A column of glass for what has a range, a block for what has none; inputs are of another colour.
fn gauge(number: usize, place: [f32; 3], ranged: bool, input: bool) -> Group {
    let colour = if input { CARDBOARD } else { BLUE };
    let foot = part(format!("Foot{number}"), Form::Cylinder, [0.0; 3], [0.66, 0.08, 0.66], STEEL);
    let mut parts = vec![foot];
    if ranged {
        parts.extend([
            part(format!("Level{number}"), Form::Cylinder, [0.0, 0.08, 0.0], [0.5, GAUGE_M, 0.5], colour),
            part(format!("Glass{number}"), Form::Cylinder, [0.0, 0.08, 0.0], [0.56, GAUGE_M + 0.04, 0.56], GLASS),
            part(format!("Lid{number}"), Form::Cylinder, [0.0, 0.12 + GAUGE_M, 0.0], [0.6, 0.05, 0.6], STEEL),
        ]);
    } else {
        parts.push(part(format!("Block{number}"), Form::Box, [0.0, 0.08, 0.0], [0.5, 0.5, 0.5], colour));
    }
    group(format!("Gauge{number}"), place, parts)
}
