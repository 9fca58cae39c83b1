//! Models that compute what a plant does: deterministic, without clocks or sockets.
//!
//! [`model`] says what they have in common. [`line`] is a beverage packaging line from depalletiser to
//! palletiser, [`units`] a flowsheet of tanks, exchangers and controllers; [`fmu`] runs models of others, in
//! processes of their own. A model is told until when to run; it does not know whether its time is now, the
//! past or a what-if. [`whatif`] asks a model what would happen, with and without changes, and [`calibrate`]
//! fits one to what was [`measured`].

pub mod calibrate;
pub mod fmu;
pub mod line;
pub mod measured;
pub mod model;
mod random;
pub mod units;
pub mod whatif;
