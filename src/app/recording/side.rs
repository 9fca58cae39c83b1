//! One side of a comparison or an export: a recording's file, or what the history holds.

use std::path::PathBuf;

use super::replay::{Bound, bound};
use crate::app::plant::Plant;
use crate::domain::alarm::AlarmChange;
use crate::domain::recording::Alignment;
use crate::domain::signal::{Origin, Sample, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::Value;
use crate::recording::reader::{Recording, Stream};

/// Samples of an origin, for a thread that goes through all of them.
pub enum Side {
    File {
        path: PathBuf,
        signals: Vec<Bound>,
        shift: Span,
    },
    /// In order of time.
    Held(Vec<Sample>),
}

impl Side {
    /// Takes what the thread will need. What the history holds is copied.
    pub fn of(origin: Origin, plant: &Plant, signals: &[Bound], (from, to): (Timestamp, Timestamp)) -> Self {
        if let Origin::Recorded(number) = origin
            && let Some(recording) = plant.recording(number)
        {
            return Self::File { path: recording.path.clone(), signals: signals.to_vec(), shift: recording.shift };
        }
        let mut samples = Vec::new();
        for (signal, _) in plant.project.catalog.iter() {
            let before = plant.history.at(origin, signal, from).filter(|point| point.time < from);
            let inside = plant.history.range(origin, signal, from, to + Span::from_nanos(1));
            samples.extend(before.into_iter().chain(inside).map(|point| Sample {
                signal,
                source_time: point.time,
                received_time: point.time,
                value: point.value.clone(),
                quality: point.quality,
            }));
        }
        samples.sort_by_key(|sample| sample.source_time);
        Self::Held(samples)
    }

    /// Every sample from `from` to `to` in order, what holds at `from` first.
    ///
    /// # Errors
    /// In words, when the file does not open any more.
    pub fn samples(self, (from, to): (Timestamp, Timestamp)) -> Result<Samples, String> {
        Ok(match self {
            Self::Held(samples) => Samples::Held(samples.into_iter()),
            Self::File { path, signals, shift } => {
                let recording = Recording::open(&path).map_err(|error| error.to_string())?;
                Samples::File { stream: Box::new(recording.stream(from - shift, to - shift)), signals, shift }
            }
        })
    }

    /// When a text was said first.
    ///
    /// # Errors
    /// In words, when the file does not open any more.
    pub fn first_text(self, range: (Timestamp, Timestamp), text: &str) -> Result<Option<Timestamp>, String> {
        let said = |sample: &Sample| matches!(&sample.value, Value::Text(said) if said.eq_ignore_ascii_case(text));
        Ok(self.samples(range)?.find(said).map(|sample| sample.source_time))
    }
}

/// The samples of a side, read as they are asked for.
pub enum Samples {
    Held(std::vec::IntoIter<Sample>),
    File { stream: Box<Stream>, signals: Vec<Bound>, shift: Span },
}

impl Iterator for Samples {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        match self {
            Self::Held(samples) => samples.next(),
            Self::File { stream, signals, shift } => {
                let mut sample = stream.find_map(|sample| bound(sample, signals))?;
                sample.source_time = sample.source_time + *shift;
                Some(sample)
            }
        }
    }
}

/// How far a moment is in a range, 0 to 1.
pub fn share(at: Timestamp, (from, to): (Timestamp, Timestamp)) -> f64 {
    ((at - from).as_secs_f64() / (to - from).as_secs_f64().max(1e-9)).clamp(0.0, 1.0)
}

/// The moment of an origin that is laid beside that of another; none where it has no such moment.
/// The first "Execute" is not known without reading: `Side::first_text` finds it.
pub fn anchor(plant: &Plant, origin: Origin, alignment: Alignment) -> Option<Timestamp> {
    let recording = match origin {
        Origin::Recorded(number) => plant.recording(number),
        _ => None,
    };
    match alignment {
        Alignment::Clock | Alignment::FirstExecute => None,
        Alignment::Start => plant.held(origin).map(|(first, _)| first),
        Alignment::FirstAlarm => {
            let book = recording.map_or(&plant.alarms, |recording| &recording.alarms);
            let raised = book.events().iter().filter(|event| event.change == AlarmChange::Raised);
            raised.map(|event| event.at).min()
        }
        Alignment::FirstMark => {
            let marks = recording.map_or(&plant.marks, |recording| &recording.marks);
            marks.iter().map(|mark| mark.at).min()
        }
    }
}

/// The signals bound one to one, for what is numbered like the session already.
pub fn unbound(plant: &Plant) -> Vec<Bound> {
    let signals = plant.project.catalog.iter();
    signals.map(|(signal, known): (SignalId, _)| Bound { signal, kind: known.kind, convert: None }).collect()
}
