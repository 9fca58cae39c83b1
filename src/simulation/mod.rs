//! Models that compute what a plant does: deterministic, without clocks, threads or sockets.
//!
//! [`line`] is a beverage packaging line from depalletiser to palletiser. It is given a seed and
//! told until when to run; it does not know whether its time is now, the past or a what-if.

pub mod line;
mod random;
