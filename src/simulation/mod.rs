//! Models that compute what a plant does: deterministic, without clocks or sockets.
//!
//! [`line`] is a beverage packaging line from depalletiser to palletiser. It is given a seed and
//! told until when to run; it does not know whether its time is now, the past or a what-if.
//! [`whatif`] asks the line what would happen, with and without changes.
//! [`fmu`] runs models of others, in processes of their own.

pub mod fmu;
pub mod line;
mod random;
pub mod whatif;
