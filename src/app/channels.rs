//! Every channel and thread of the program, in one place.
//!
//! | channel | from | to | when it is full |
//! |---|---|---|---|
//! | samples | sources (threads "io") and the emulator (thread "plant") | app, drained each frame | live sources skip and count, keep the latest value of each signal and send it when there is room; files and warm-up wait |
//!
//! Threads: "io" (all protocol sources), "plant" (the emulator, one per source of that kind), and
//! those of Bevy. All end when the program does.

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::domain::signal::Sample;

/// 65,536 samples, 4 MB: bridges a stutter of a frame or two at a million samples a second, and
/// several minutes of a stalled window on a usual line.
const SAMPLES: usize = 1 << 16;

/// The way of samples from the sources to the app.
pub fn samples() -> (Sender<Sample>, Receiver<Sample>) {
    bounded(SAMPLES)
}
