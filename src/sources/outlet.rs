//! Where samples leave the sources: one publish, towards the app and the recorder.
//!
//! Samples travel one by one, not in batches: most messages carry a single value, a batch of one
//! would cost an allocation each, and a queue of samples has a memory bound that does not depend
//! on what the plant sends. A live source never waits here. When the queue is full its samples
//! are skipped, except the latest of each signal, which is handed over as soon as there is room.
//! What does not find room towards the recorder is counted, so that a recording has no silent hole.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender, TrySendError};

use super::stop::{Stop, Stopped};
use crate::domain::signal::{Sample, SignalId};
use crate::domain::time::Timestamp;

/// The way out for the samples of all sources. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outlet {
    app: Sender<Sample>,
    recorder: Option<RecorderTap>,
}

/// The way to the recorder.
#[derive(Clone, Debug)]
pub struct RecorderTap {
    pub samples: Sender<Sample>,
    pub lost: Arc<Lost>,
}

/// Samples that did not reach the recorder, until someone asks.
#[derive(Default, Debug)]
pub struct Lost(Mutex<Option<LostStretch>>);

/// How many, and the source times that they lie between.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LostStretch {
    pub samples: u64,
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Lost {
    fn count(&self, time: Timestamp) {
        let mut lost = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stretch = lost.get_or_insert(LostStretch { samples: 0, from: time, to: time });
        stretch.samples += 1;
        stretch.from = stretch.from.min(time);
        stretch.to = stretch.to.max(time);
    }

    /// What was lost since this was asked last.
    pub fn take(&self) -> Option<LostStretch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// How often a waiting file reader looks whether the program ends.
const LOOK_UP_EVERY: Duration = Duration::from_millis(50);

impl Outlet {
    /// `app` should be bounded; about 65,536 samples (4 MB) bridge a stutter of a frame or two at
    /// a million samples a second.
    pub fn new(app: Sender<Sample>) -> Self {
        Self { app, recorder: None }
    }

    /// An outlet that hands everything to a recorder too.
    pub fn recorded(app: Sender<Sample>, recorder: RecorderTap) -> Self {
        Self { app, recorder: Some(recorder) }
    }

    /// Never waits: a recorder that cannot follow loses samples, not the plant its screen.
    fn record(&self, sample: &Sample) {
        let Some(RecorderTap { samples, lost }) = &self.recorder else { return };
        if let Err(TrySendError::Full(sample)) = samples.try_send(sample.clone()) {
            lost.count(sample.source_time);
        }
    }

    /// Hands over a sample, or gives it back when the queue is full. A queue that nobody reads any
    /// more swallows: the program is ending.
    fn offer(&self, sample: Sample) -> Result<(), Sample> {
        match self.app.try_send(sample) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(()),
            Err(TrySendError::Full(sample)) => Err(sample),
        }
    }

    /// Hands over a sample and waits for room: for files, which can wait, never for live sources.
    ///
    /// # Errors
    /// When the program ends before there is room.
    pub fn deliver(&self, sample: Sample, stop: &Stop) -> Result<(), Stopped> {
        if let Some(recorder) = &self.recorder {
            wait_for_room(&recorder.samples, sample.clone(), stop)?;
        }
        wait_for_room(&self.app, sample, stop)
    }
}

fn wait_for_room(queue: &Sender<Sample>, mut sample: Sample, stop: &Stop) -> Result<(), Stopped> {
    loop {
        match queue.send_timeout(sample, LOOK_UP_EVERY) {
            Ok(()) => return Ok(()),
            Err(SendTimeoutError::Disconnected(_)) => return Err(Stopped),
            Err(SendTimeoutError::Timeout(_)) if stop.is_set() => return Err(Stopped),
            Err(SendTimeoutError::Timeout(back)) => sample = back,
        }
    }
}

/// The latest sample of each signal that did not find room.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    latest: BTreeMap<SignalId, Sample>,
}

impl Skipped {
    /// Hands over a sample without waiting, after those that are still owed, so that the samples
    /// of a signal keep their order. Returns how many samples were given up for ever by this.
    pub fn publish(&mut self, outlet: &Outlet, sample: Sample) -> u64 {
        outlet.record(&sample);
        self.flush(outlet);
        let refused = if self.latest.is_empty() { outlet.offer(sample).err() } else { Some(sample) };
        refused.map_or(0, |sample| self.remember(sample))
    }

    /// Hands over what is owed as far as there is room.
    pub fn flush(&mut self, outlet: &Outlet) {
        while !outlet.app.is_full()
            && let Some((signal, sample)) = self.latest.pop_first()
        {
            if let Err(sample) = outlet.offer(sample) {
                self.latest.insert(signal, sample);
                return;
            }
        }
    }

    fn remember(&mut self, sample: Sample) -> u64 {
        match self.latest.entry(sample.signal) {
            Entry::Vacant(place) => {
                place.insert(sample);
                0
            }
            Entry::Occupied(mut kept) => {
                if sample.source_time >= kept.get().source_time {
                    kept.insert(sample);
                }
                1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quality::Quality;
    use crate::domain::value::Value;
    use crossbeam_channel::bounded;

    fn sample(signal: u32, at: i64) -> Sample {
        Sample {
            signal: SignalId(signal),
            source_time: Timestamp::from_nanos(at),
            received_time: Timestamp::from_nanos(at),
            value: Value::Int(at),
            quality: Quality::Good,
        }
    }

    #[test]
    fn a_full_queue_keeps_the_latest_of_each_signal_and_counts_the_rest() {
        let (sender, receiver) = bounded(4);
        let (outlet, mut skipped) = (Outlet::new(sender), Skipped::default());
        let dropped: u64 = (0..3_000).map(|at| skipped.publish(&outlet, sample(at as u32 % 3, at))).sum();
        // 4 found room, 3 are owed, the others are gone.
        assert_eq!(dropped, 3_000 - 4 - 3);
        let early: Vec<i64> = receiver.try_iter().map(|sample| sample.source_time.as_nanos()).collect();
        assert_eq!(early, [0, 1, 2, 3]);
        skipped.flush(&outlet);
        let owed: Vec<i64> = receiver.try_iter().map(|sample| sample.source_time.as_nanos()).collect();
        assert_eq!(owed, [2_997, 2_998, 2_999]);
    }

    #[test]
    fn what_is_owed_goes_before_what_is_new() {
        let (sender, receiver) = bounded(1);
        let (outlet, mut skipped) = (Outlet::new(sender), Skipped::default());
        for at in 0..3 {
            skipped.publish(&outlet, sample(7, at));
        }
        assert_eq!(receiver.recv().map(|sample| sample.value), Ok(Value::Int(0)));
        skipped.publish(&outlet, sample(7, 3));
        assert_eq!(receiver.recv().map(|sample| sample.value), Ok(Value::Int(2)));
        skipped.flush(&outlet);
        assert_eq!(receiver.recv().map(|sample| sample.value), Ok(Value::Int(3)));
    }

    #[test]
    fn an_older_latecomer_does_not_replace_the_latest() {
        let (sender, receiver) = bounded(1);
        let (outlet, mut skipped) = (Outlet::new(sender), Skipped::default());
        let dropped: u64 = [0, 9, 5].map(|at| skipped.publish(&outlet, sample(1, at))).iter().sum();
        assert_eq!(dropped, 1);
        assert_eq!(receiver.recv().map(|sample| sample.value), Ok(Value::Int(0)));
        skipped.flush(&outlet);
        assert_eq!(receiver.recv().map(|sample| sample.value), Ok(Value::Int(9)));
    }

    #[test]
    fn a_recorder_gets_all_or_its_loss_is_counted() {
        let ((app, _kept), (samples, recorded)) = (bounded(1), bounded(3));
        let lost = Arc::new(Lost::default());
        let outlet = Outlet::recorded(app, RecorderTap { samples, lost: lost.clone() });
        let mut skipped = Skipped::default();
        let dropped: u64 = (0..5).map(|at| skipped.publish(&outlet, sample(1, at))).sum();
        let got: Vec<i64> = recorded.try_iter().map(|sample| sample.source_time.as_nanos()).collect();
        assert_eq!((got.as_slice(), dropped), ([0, 1, 2].as_slice(), 3), "whatever the app could take");
        let stretch = LostStretch { samples: 2, from: Timestamp::from_nanos(3), to: Timestamp::from_nanos(4) };
        assert_eq!((lost.take(), lost.take()), (Some(stretch), None));
    }

    #[test]
    fn a_waiting_delivery_ends_with_the_program() {
        let (sender, receiver) = bounded(1);
        let outlet = Outlet::new(sender);
        let (stop_now, stop) = Stop::new();
        assert_eq!(outlet.deliver(sample(1, 1), &stop), Ok(()));
        assert!(stop_now.send(true).is_ok());
        assert_eq!(outlet.deliver(sample(1, 2), &stop), Err(Stopped));
        drop(receiver);
        assert_eq!(outlet.deliver(sample(1, 3), &stop), Err(Stopped));
    }
}
