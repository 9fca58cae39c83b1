//! What-if on a model: the same start and the same chance, with and without changes.
//!
//! [`read`] reads a scenario file, [`run`] plays it many times on all cores, [`summarise`] turns what
//! came of it into figures, foreseen alarms and bands over time. [`sweep`] goes through ranges of
//! parameters and [`backtest`] asks how far the model can be believed. Nothing here touches a plant.

#[cfg(test)]
mod any_model;
pub mod backtest;
mod bands;
mod ensemble;
mod file;
#[cfg(test)]
mod guarantees;
mod play;
mod schedule;
mod summary;
pub mod sweep;
mod uncertain;
mod watch;

pub use bands::{Band, VariableBands};
pub use ensemble::{Pair, Question, RunError, record, run, seed_of_run};
pub use file::{ScenarioProblem, problems_of, read};
pub use play::Played;
pub use summary::{Outcome, summarise};
pub use watch::AlarmWatch;
