//! Gathers the samples of one moment into a row.

use super::{ExportReport, WriteError};
use crate::domain::quality::Quality;
use crate::domain::signal::Sample;
use crate::domain::time::Timestamp;
use crate::domain::value::{Value, ValueKind};

/// A cell for each column; empty where its signal has no sample.
pub(super) type Cells = [Option<(Value, Quality)>];

/// The row that is being gathered.
pub(super) struct Moments {
    time: Option<Timestamp>,
    cells: Vec<Option<(Value, Quality)>>,
    /// Columns with a sample at `time`.
    fresh: Vec<bool>,
    hold_last: bool,
}

impl Moments {
    pub fn new(columns: usize, hold_last: bool) -> Self {
        Self { time: None, cells: vec![None; columns], fresh: vec![false; columns], hold_last }
    }

    /// Adds a sample; the row before is written when its moment is over.
    pub fn push(
        &mut self,
        place: usize,
        kind: ValueKind,
        sample: &Sample,
        report: &mut ExportReport,
        write: impl FnMut(Timestamp, &Cells) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let (Some(value), Some(_)) = (sample.value.clone().coerced(kind), self.cells.get(place)) else {
            report.left_out += 1;
            return Ok(());
        };
        if self.time != Some(sample.source_time) {
            self.finish(report, write)?;
            self.time = Some(sample.source_time);
        }
        if let (Some(cell), Some(fresh)) = (self.cells.get_mut(place), self.fresh.get_mut(place)) {
            *cell = Some((value, sample.quality));
            if *fresh {
                report.replaced += 1;
            } else {
                *fresh = true;
                report.samples += 1;
            }
        }
        Ok(())
    }

    /// Writes the row that is being gathered, if there is one.
    pub fn finish(
        &mut self,
        report: &mut ExportReport,
        mut write: impl FnMut(Timestamp, &Cells) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let Some(time) = self.time.take() else { return Ok(()) };
        write(time, &self.cells)?;
        report.rows += 1;
        self.fresh.fill(false);
        if !self.hold_last {
            self.cells.fill(None);
        }
        Ok(())
    }
}
