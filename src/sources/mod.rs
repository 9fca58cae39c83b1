//! Sources: they turn what happens outside into samples, and report how their links stand.
//!
//! One [`Runtime`] runs all sources of a project on threads named "io". Each source decodes with
//! pure functions of `protocol` and hands its samples to the [`Outlet`], which never makes a protocol wait. This
//! is the one folder below `app` that reads a clock, because arrival is stamped here. It does not
//! keep samples, judge staleness or write to the plant.

mod csv;
mod http;
mod link;
mod mqtt;
mod opcua;
mod outlet;
mod runtime;
mod stop;

pub use link::Link;
pub use outlet::{Lost, LostStretch, Outlet, RecorderTap};
pub use runtime::{Runtime, StartError};
pub use stop::{Stop, Stopped};

use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::time::{Span, Timestamp};

/// The moment of arrival by the clock of this computer.
fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(Span::from(since_epoch).as_nanos())
}
