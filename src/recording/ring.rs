//! The last while of the plant, packed in memory: so that it can still be saved when something has
//! happened and nobody had pressed record.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::domain::quality::Quality;
use crate::domain::signal::{Sample, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::Value;

/// Samples of a block, which goes as a whole when it is too old.
const BLOCK: usize = 16_384;
/// Bytes of a sample in a block before it is packed, about; texts come on top.
const SAMPLE_BYTES: usize = 30;

/// The last samples, bounded in age and in memory.
pub struct Ring {
    /// Kept for so long, by arrival.
    pub span: Span,
    pub most_bytes: usize,
    blocks: VecDeque<Block>,
    bytes: usize,
    open: Vec<u8>,
    held: Held,
}

/// Packed samples with what they cover. Cheap to clone.
#[derive(Clone)]
struct Block {
    packed: Arc<[u8]>,
    unpacked_bytes: usize,
    held: Held,
}

#[derive(Clone, Copy, Default)]
struct Held {
    samples: usize,
    source: Option<(Timestamp, Timestamp)>,
    received: Timestamp,
}

/// What a ring held when it was asked; unpacked piece by piece.
pub struct Kept {
    blocks: Vec<Block>,
    open: Vec<u8>,
}

impl Ring {
    pub fn new(span: Span, most_bytes: usize) -> Self {
        Self { span, most_bytes, blocks: VecDeque::new(), bytes: 0, open: Vec::new(), held: Held::default() }
    }

    pub fn push(&mut self, sample: &Sample) {
        pack(sample, &mut self.open);
        let (first, last) = self.held.source.unwrap_or((sample.source_time, sample.source_time));
        self.held = Held {
            samples: self.held.samples + 1,
            source: Some((first.min(sample.source_time), last.max(sample.source_time))),
            received: self.held.received.max(sample.received_time),
        };
        if self.held.samples >= BLOCK {
            self.close();
        }
    }

    fn close(&mut self) {
        let held = std::mem::take(&mut self.held);
        // Level 1 packs a block in a millisecond or two. It cannot fail on memory of its own.
        let packed = zstd::bulk::compress(&self.open, 1).unwrap_or_default();
        if !packed.is_empty() {
            self.bytes += packed.len();
            self.blocks.push_back(Block { packed: packed.into(), unpacked_bytes: self.open.len(), held });
        }
        self.open.clear();
        let keep_from = held.received - self.span;
        while let Some(oldest) = self.blocks.front()
            && (oldest.held.received < keep_from || self.bytes > self.most_bytes)
        {
            self.bytes -= oldest.packed.len();
            self.blocks.pop_front();
        }
    }

    /// Oldest and newest source time held.
    pub fn extent(&self) -> Option<(Timestamp, Timestamp)> {
        let held = self.blocks.iter().map(|block| &block.held).chain([&self.held]);
        let ranges: Vec<(Timestamp, Timestamp)> = held.filter_map(|held| held.source).collect();
        Some((ranges.iter().map(|(first, _)| *first).min()?, ranges.iter().map(|(_, last)| *last).max()?))
    }

    /// What is held now.
    pub fn kept(&self) -> Kept {
        Kept { blocks: self.blocks.iter().cloned().collect(), open: self.open.clone() }
    }

    pub fn clear(&mut self) {
        *self = Self::new(self.span, self.most_bytes);
    }
}

impl Kept {
    /// All samples in the order in which they came.
    pub fn samples(&self) -> impl Iterator<Item = Sample> + '_ {
        let blocks = self
            .blocks
            .iter()
            .map(|block| zstd::bulk::decompress(&block.packed, block.unpacked_bytes).unwrap_or_default());
        blocks.chain([self.open.clone()]).flat_map(|bytes| Unpacked { bytes, at: 0 })
    }
}

struct Unpacked {
    bytes: Vec<u8>,
    at: usize,
}

impl Iterator for Unpacked {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        let (sample, used) = unpack(self.bytes.get(self.at..)?)?;
        self.at += used;
        Some(sample)
    }
}

fn pack(sample: &Sample, bytes: &mut Vec<u8>) {
    bytes.reserve(SAMPLE_BYTES);
    bytes.extend_from_slice(&sample.signal.0.to_le_bytes());
    bytes.extend_from_slice(&sample.source_time.as_nanos().to_le_bytes());
    bytes.extend_from_slice(&sample.received_time.as_nanos().to_le_bytes());
    bytes.extend_from_slice(&sample.quality.status_code().to_le_bytes());
    match &sample.value {
        Value::Bool(flag) => bytes.extend_from_slice(&[0, u8::from(*flag)]),
        Value::Int(number) => {
            bytes.push(1);
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        Value::Real(number) => {
            bytes.push(2);
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        Value::Text(text) => {
            bytes.push(3);
            bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
}

fn unpack(bytes: &[u8]) -> Option<(Sample, usize)> {
    let whole = bytes.len();
    let (signal, bytes) = bytes.split_first_chunk()?;
    let (source, bytes) = bytes.split_first_chunk()?;
    let (received, bytes) = bytes.split_first_chunk()?;
    let (quality, bytes) = bytes.split_first_chunk()?;
    let (kind, bytes) = bytes.split_first()?;
    let (value, bytes) = match kind {
        0 => bytes.split_first().map(|(flag, rest)| (Value::Bool(*flag != 0), rest))?,
        1 => bytes.split_first_chunk().map(|(number, rest)| (Value::Int(i64::from_le_bytes(*number)), rest))?,
        2 => bytes.split_first_chunk().map(|(number, rest)| (Value::Real(f64::from_le_bytes(*number)), rest))?,
        _ => {
            let (length, rest) = bytes.split_first_chunk()?;
            let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            (Value::text(std::str::from_utf8(text).ok()?), rest)
        }
    };
    let sample = Sample {
        signal: SignalId(u32::from_le_bytes(*signal)),
        source_time: Timestamp::from_nanos(i64::from_le_bytes(*source)),
        received_time: Timestamp::from_nanos(i64::from_le_bytes(*received)),
        value,
        quality: Quality::from_status_code(u32::from_le_bytes(*quality)),
    };
    Some((sample, whole - bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quality::BadReason;

    fn sample(number: i64) -> Sample {
        let values = [Value::Bool(true), Value::Int(-number), Value::Real(0.1 * number as f64), Value::text("Läuft")];
        Sample {
            signal: SignalId(number as u32 % 7),
            source_time: Timestamp::from_millis(number * 10 - 3),
            received_time: Timestamp::from_millis(number * 10),
            value: values[number as usize % 4].clone(),
            quality: if number % 5 == 0 { Quality::Bad(BadReason::SensorFailure) } else { Quality::Good },
        }
    }

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let mut ring = Ring::new(Span::from_secs(3600), 1 << 30);
        let samples: Vec<Sample> = (0..40_000).map(sample).collect();
        samples.iter().for_each(|sample| ring.push(sample));
        assert!(ring.kept().samples().eq(samples.iter().cloned()));
        assert_eq!(ring.extent(), Some((Timestamp::from_millis(-3), Timestamp::from_millis(399_987))));
    }

    #[test]
    fn the_oldest_go_by_age_and_by_memory() {
        let mut by_age = Ring::new(Span::from_secs(200), 1 << 30);
        (0..80_000).for_each(|number| by_age.push(&sample(number)));
        let (first, last) = by_age.extent().expect("something is held");
        let block = Span::from_millis(BLOCK as i64 * 10);
        assert!(
            (Span::from_secs(200)..Span::from_secs(200) + block + block).contains(&(last - first)),
            "{}",
            last - first
        );
        let mut by_memory = Ring::new(Span::from_secs(1 << 30), 400_000);
        (0..200_000).for_each(|number| by_memory.push(&sample(number)));
        assert!(by_memory.bytes <= 400_000 && by_memory.blocks.len() > 1);
    }
}
