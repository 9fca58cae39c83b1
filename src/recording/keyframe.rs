//! What each signal said last, as it stands at the head of a segment.

use serde::Serialize;
use serde::ser::SerializeTuple;

use crate::domain::quality::Quality;
use crate::domain::signal::Sample;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// The last value of a signal.
pub struct Latest {
    pub time: Timestamp,
    value: Value,
    quality: Quality,
}

impl Latest {
    pub fn of(sample: &Sample) -> Self {
        Self { time: sample.source_time, value: sample.value.clone(), quality: sample.quality }
    }

    /// Takes a sample in; one that is older than what is known says nothing new.
    pub fn take(slot: &mut Option<Self>, sample: &Sample) {
        match slot {
            Some(known) if known.time > sample.source_time => {}
            Some(known) => {
                known.time = sample.source_time;
                known.quality = sample.quality;
                known.value.clone_from(&sample.value);
            }
            None => *slot = Some(Self::of(sample)),
        }
    }
}

/// An entry of a keyframe.
pub struct Key<'a> {
    /// Number of the signal in the file.
    pub number: usize,
    /// Newest source time of all; ages count from it.
    pub tip: Timestamp,
    pub latest: &'a Latest,
}

impl Serialize for Key<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let good = self.latest.quality.is_good();
        let mut tuple = serializer.serialize_tuple(if good { 3 } else { 4 })?;
        tuple.serialize_element(&self.number)?;
        tuple.serialize_element(&(self.tip - self.latest.time).as_nanos())?;
        tuple.serialize_element(&self.latest.value)?;
        if !good {
            tuple.serialize_element(&self.latest.quality.status_code())?;
        }
        tuple.end()
    }
}
