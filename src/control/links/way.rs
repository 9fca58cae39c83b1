//! One setting on its way over a network link.

use std::time::Duration;

use super::{WriteOutcome, WriteRequest};
use crate::domain::time::{Span, Timestamp};
use crate::domain::unit::Unit;
use crate::domain::write_target::WriteAddress;

/// The clock of this computer. Links do not look at it themselves.
pub type Clock = fn() -> Timestamp;

/// What a link has to know of a setting.
#[derive(Clone, PartialEq, Debug)]
pub struct Way {
    /// Tag path.
    pub signal: String,
    pub address: WriteAddress,
    /// Tag path of the signal that shows what the plant holds of it; none: nothing does.
    pub readback: Option<String>,
    /// Longest wait for an answer of the plant.
    pub deadline: Span,
}

impl Way {
    /// The value that is to be written, in the unit of the plant.
    ///
    /// # Errors
    /// In words, when it cannot be said in that unit.
    pub(super) fn value(&self, request: &WriteRequest) -> Result<f64, String> {
        let Some((here, there)) = &self.address.convert else { return Ok(request.value()) };
        if *here != Unit::new(request.unit()) {
            return Err(format!(
                "the write is in \"{}\", and {} is in \"{}\"",
                request.unit(),
                self.signal,
                here.code()
            ));
        }
        let value = here.convert(request.value(), there).filter(|value| value.is_finite());
        value.ok_or_else(|| format!("{} cannot be said in \"{}\"", request.value(), there.code()))
    }
}

/// The equipment never heard of the write.
pub(super) fn not_sent(why: &str) -> WriteOutcome {
    WriteOutcome::NotSent(why.to_owned())
}

/// The same length, for timers; none for what lies before.
pub(super) fn duration(span: Span) -> Duration {
    Duration::from_nanos(span.as_nanos().try_into().unwrap_or(0))
}
