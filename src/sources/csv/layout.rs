//! The three layouts of tables: which column holds what, and how a row becomes samples.

use std::collections::{BTreeSet, HashMap};

use ::csv::ByteRecord;
use thiserror::Error;

use super::CsvError;
use crate::domain::quality::Quality;
use crate::domain::signal::Sample;
use crate::domain::source::{CsvLayout, Target, TimeFormat};
use crate::domain::time::Timestamp;
use crate::domain::value::ValueKind;
use crate::protocol::decode::{self, DecodeError};

/// What is wrong with a row.
#[derive(Error, PartialEq, Debug)]
pub(super) enum RowError {
    #[error("{found} columns where {expected} are expected")]
    ColumnCount { found: usize, expected: usize },
    #[error("column {column}: {cause}")]
    Cell { column: String, cause: DecodeError },
    #[error("\"{found}\" is neither DOUBLE nor VARCHAR")]
    TypeWord { found: String },
    #[error("no signal is bound to {names}")]
    NoSignal { names: String },
}

/// Columns of a layout by their place in the row.
pub(super) enum Columns {
    Long { width: usize, time: usize, signal: usize, value: usize, quality: Option<usize>, signals: Signals },
    Wide { width: usize, time: usize, cells: Vec<(usize, String, Target)> },
    TwinMaker { signals: Signals },
}

/// Signals by the text that stands for them, and the texts that stand for none.
#[derive(Default)]
pub(super) struct Signals {
    by_name: HashMap<String, Target>,
    unknown: BTreeSet<String>,
    /// Rows may hold more different unknown names than are kept.
    more_unknown: bool,
    key: String,
}

/// Between asset and measure in the keys; cannot be part of a name on screen.
const SEPARATOR: char = '\u{1f}';

impl Columns {
    /// Finds the columns that the layout names in the header.
    pub fn resolve(layout: &CsvLayout, header: &ByteRecord) -> Result<Self, CsvError> {
        let names: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        let place = |wanted: &str| {
            names.iter().position(|name| name == wanted).ok_or_else(|| CsvError::NoColumn {
                missing: wanted.to_owned(),
                found: names.iter().take(20).map(|name| decode::excerpt(name)).collect::<Vec<_>>().join(", "),
            })
        };
        Ok(match layout {
            CsvLayout::Long { time, signal, value, quality, signals } => Self::Long {
                width: names.len(),
                time: place(time)?,
                signal: place(signal)?,
                value: place(value)?,
                quality: quality.as_deref().map(place).transpose()?,
                signals: Signals::new(signals.iter().cloned()),
            },
            CsvLayout::Wide { time, columns } => Self::Wide {
                width: names.len(),
                time: place(time)?,
                cells: columns
                    .iter()
                    .map(|(name, target)| Ok((place(name)?, name.clone(), target.clone())))
                    .collect::<Result<_, CsvError>>()?,
            },
            CsvLayout::TwinMaker { signals } => {
                let keyed = signals.iter().map(|((asset, measure), target)| {
                    (format!("{asset}{SEPARATOR}{}", measure.to_ascii_lowercase()), target.clone())
                });
                Self::TwinMaker { signals: Signals::new(keyed) }
            }
        })
    }

    /// Adds the samples of a row. A wide row may give some and still be at fault.
    pub fn samples(&mut self, row: &ByteRecord, arrival: Timestamp, samples: &mut Vec<Sample>) -> Result<(), RowError> {
        match self {
            Self::Long { width, time, signal, value, quality, signals } => {
                let cells = Cells::of(row, *width)?;
                let target = signals.find(cells.text(*signal, "signal")?, None)?;
                let quality = match quality.map(|place| cells.text(place, "quality")).transpose()? {
                    None | Some("") => Quality::Good,
                    Some(word) => decode::quality_from_text(word).map_err(cell("quality"))?,
                };
                let source_time = cells.time(*time, TimeFormat::Auto, arrival)?;
                samples.push(sample(target, source_time, arrival, cells.text(*value, "value")?, quality, "value")?);
            }
            Self::Wide { width, time, cells: columns } => {
                let cells = Cells::of(row, *width)?;
                let source_time = cells.time(*time, TimeFormat::Auto, arrival)?;
                let mut outcome = Ok(());
                for (place, name, target) in columns {
                    let made = match cells.text(*place, name) {
                        // An empty cell is a moment at which this signal was not sampled.
                        Ok("") => continue,
                        Ok(text) => sample(target, source_time, arrival, text, Quality::Good, name),
                        Err(error) => Err(error),
                    };
                    match made {
                        Ok(sample) => samples.push(sample),
                        Err(error) => outcome = outcome.and(Err(error)),
                    }
                }
                return outcome;
            }
            Self::TwinMaker { signals } => {
                const WIDTH: usize = 6;
                let cells = Cells::of(row, WIDTH)?;
                let (asset, measure) = (cells.text(2, "telemetryAssetId")?, cells.text(3, "measure")?);
                let target = signals.find(asset, Some(measure))?;
                let source_time = cells.time(0, TimeFormat::EpochMillis, arrival)?;
                let value = cells.text(4, "value")?;
                match cells.text(5, "type")? {
                    "DOUBLE" => {
                        decode::value_from_text(value, ValueKind::Real).map_err(cell("value"))?;
                    }
                    "VARCHAR" => {}
                    other => return Err(RowError::TypeWord { found: decode::excerpt(other) }),
                }
                samples.push(sample(target, source_time, arrival, value, Quality::Good, "value")?);
            }
        }
        Ok(())
    }
}

impl Signals {
    fn new(signals: impl IntoIterator<Item = (String, Target)>) -> Self {
        Self { by_name: signals.into_iter().collect(), ..Self::default() }
    }

    fn find(&mut self, name: &str, measure: Option<&str>) -> Result<&Target, RowError> {
        self.key.clear();
        self.key.push_str(name);
        if let Some(measure) = measure {
            self.key.push(SEPARATOR);
            self.key.extend(measure.chars().map(|c| c.to_ascii_lowercase()));
        }
        if self.by_name.contains_key(&self.key) {
            return self.by_name.get(&self.key).ok_or_else(|| self.no_signal());
        }
        const KEPT: usize = 20;
        let shown = match measure {
            Some(measure) => format!("{} {}", decode::excerpt(name), decode::excerpt(measure)),
            None => decode::excerpt(name),
        };
        if self.unknown.len() < KEPT {
            self.unknown.insert(shown);
        } else if !self.unknown.contains(&shown) {
            self.more_unknown = true;
        }
        Err(self.no_signal())
    }

    /// All names that had no signal so far, each once.
    fn no_signal(&self) -> RowError {
        let mut names = self.unknown.iter().cloned().collect::<Vec<_>>().join(", ");
        if self.more_unknown {
            names.push_str(" and others");
        }
        RowError::NoSignal { names }
    }
}

/// The cells of a row of the right width.
struct Cells<'a>(&'a ByteRecord);

impl<'a> Cells<'a> {
    fn of(row: &'a ByteRecord, expected: usize) -> Result<Self, RowError> {
        if row.len() != expected {
            return Err(RowError::ColumnCount { found: row.len(), expected });
        }
        Ok(Self(row))
    }

    fn text(&self, place: usize, column: &str) -> Result<&'a str, RowError> {
        decode::text(self.0.get(place).unwrap_or_default()).map(str::trim).map_err(cell(column))
    }

    fn time(&self, place: usize, format: TimeFormat, arrival: Timestamp) -> Result<Timestamp, RowError> {
        decode::time_from_text(self.text(place, "time")?, format)
            .and_then(|moment| decode::not_ahead(moment, arrival))
            .map_err(cell("time"))
    }
}

fn cell(column: &str) -> impl FnOnce(DecodeError) -> RowError + '_ {
    move |cause| RowError::Cell { column: column.to_owned(), cause }
}

fn sample(
    target: &Target,
    source_time: Timestamp,
    arrival: Timestamp,
    text: &str,
    quality: Quality,
    column: &str,
) -> Result<Sample, RowError> {
    let value = decode::value_from_text(text, target.kind)
        .and_then(|value| decode::converted(value, target.kind, target.convert.as_ref()))
        .map_err(cell(column))?;
    Ok(Sample { signal: target.signal, source_time, received_time: arrival, value, quality })
}
