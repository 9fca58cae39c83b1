//! Every channel and thread of the program, in one place.
//!
//! | channel | from | to | when it is full |
//! |---|---|---|---|
//! | samples | sources (threads "io") and the emulator (thread "plant") | app, drained each frame | live sources skip and count, keep the latest value of each signal and send it when there is room; files and warm-up wait |
//! | recorded samples | the same | thread "recorder" | live sources count what is lost, the recorder writes it as a gap; files and warm-up wait |
//! | recorder orders | app | thread "recorder" | app waits a moment, then says that the recorder does not answer |
//! | recorder news | thread "recorder" and its savers | app, drained each frame | the recorder waits: the news are few |
//! | orders to the plant | thread "control" | thread "plant" | the writer waits two seconds, then says that nobody knows |
//! | control orders | app | thread "control" | app tells that changes cannot be carried out |
//! | typed lines | thread "typed" | `change push`, each frame | who types waits |
//! | replay orders | app | thread "replay" | app asks again in the next frame |
//! | replay news | thread "replay" | app, drained each frame | the replay waits |
//! | found headset | thread "headset" | app, asked each frame | one look has one answer |
//! | frames of the headset | app and its renderer | thread "headset" | one question at a time; the desk goes on where no answer comes |
//! | written pictures | Bevy's own threads | app, drained each frame | two for each picture that the wearer takes |
//!
//! Threads: "io" (all protocol sources), "plant" (the emulator, one per source of that kind),
//! "recorder" (writes recordings, keeps the ring), "sync" (has the disk keep a recording that grows),
//! "save" (writes what the ring held), "replay" (reads recordings), "control" (carries changes out),
//! "links" (the network links that it writes over), "ending" (waits for Ctrl+C and SIGTERM), "typed"
//! (what a person types during `change push`), "job" (long work: exports, comparisons, imports),
//! "what-if" (asks the simulated copy, with helpers of its own), "plant says" (reads where a plant in a
//! process of its own listens), "headset" (looks for one, then talks with it, for as long as the runtime thinks), and those of Bevy. All end when the program does.

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::domain::signal::Sample;

/// 65,536 samples, 4 MB: bridges a stutter of a frame or two at a million samples a second, and
/// several minutes of a stalled window on a usual line.
const SAMPLES: usize = 1 << 16;
/// Orders and news are few; a queue is long enough for a burst of alarms.
const ORDERS: usize = 1 << 12;
/// News of the replay carry many samples each.
const BATCHES: usize = 8;

/// The way of samples from the sources to the app, and to the recorder.
pub fn samples() -> (Sender<Sample>, Receiver<Sample>) {
    bounded(SAMPLES)
}

/// Orders to a thread, and small news from it.
pub fn orders<T>() -> (Sender<T>, Receiver<T>) {
    bounded(ORDERS)
}

/// Batches of samples out of recordings.
pub fn batches<T>() -> (Sender<T>, Receiver<T>) {
    bounded(BATCHES)
}
