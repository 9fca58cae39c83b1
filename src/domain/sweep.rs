//! One or two parameters over ranges, and what the copy answers to each combination.

use serde::{Deserialize, Serialize};

use super::scenario::{KpiResult, Scenario};

/// A parameter and the values that it goes through, at even distances.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Axis {
    pub parameter: String,
    pub from: f64,
    pub to: f64,
    /// At least 2.
    pub points: u32,
}

impl Axis {
    /// Value at a place, from 0.
    pub fn value(&self, place: u32) -> f64 {
        let part = f64::from(place) / f64::from(self.points.saturating_sub(1).max(1));
        self.from * (1.0 - part) + self.to * part
    }
}

/// What the copy answered to one combination of values.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// Number in the whole table, from 0; the last axis goes first.
    pub place: u32,
    /// One for each axis.
    pub values: Vec<f64>,
    pub kpis: Vec<KpiResult>,
}

/// A table, or a share of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Response {
    pub scenario: Scenario,
    pub axes: Vec<Axis>,
    /// By place.
    pub cells: Vec<Cell>,
}
