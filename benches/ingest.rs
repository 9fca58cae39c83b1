//! Samples a second from the channel of the sources into the history: alarms, dirty bindings and
//! counters included, as in a frame. Aim: 1 million a second.
//!
//! A thousand signals, an alarm on each tenth, series at the bound of their retention. `queue` is the
//! app's side alone, with a full channel before it; `stream` has a source that sends at the same
//! time and waits when the channel is full.
//!
//! Profile of `make bench`: this crate in full optimisation, dependencies as in the dev build.

#[path = "support/plant.rs"]
mod plant;

use std::fmt;
use std::thread;
use std::time::Duration;

use crossbeam_channel::Receiver;
use divan::Bencher;
use divan::counter::ItemsCount;
use twinscope::app::channels;
use twinscope::app::plant::Plant;
use twinscope::domain::quality::Quality;
use twinscope::domain::signal::{Sample, SignalId};
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::value::Value;

const SIGNALS: u32 = 1_000;
/// What the app gives to it in a frame.
const BUDGET: Duration = Duration::from_millis(8);
/// Time between two samples of the plant: each signal comes a thousand times a second.
const STEP: Span = Span::from_nanos(1_000);
/// One in this many of those that come late, by up to a second.
const LATE_ONE_IN: u64 = 100;

fn main() {
    divan::main();
}

#[derive(Clone, Copy)]
enum Order {
    InOrder,
    OnePercentLate,
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InOrder => "in order",
            Self::OnePercentLate => "1 % late",
        })
    }
}

#[divan::bench(args = [Order::InOrder, Order::OnePercentLate], sample_size = 1, sample_count = 100)]
fn queue(bencher: Bencher, order: Order) {
    let (sender, receiver) = channels::samples();
    let count = sender.capacity().unwrap_or_default();
    let mut plant = warm(order);
    let mut feed = Feed::after_warming(order);
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| feed.by_ref().take(count).for_each(|sample| assert!(sender.try_send(sample).is_ok())))
        .bench_local_values(|()| drain(&mut plant, &receiver, count));
}

#[divan::bench(args = [Order::InOrder, Order::OnePercentLate], sample_size = 1, sample_count = 10)]
fn stream(bencher: Bencher, order: Order) {
    const COUNT: usize = 1_000_000;
    let (sender, receiver) = channels::samples();
    let mut plant = warm(order);
    let mut feed = Feed::after_warming(order);
    bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
        thread::scope(|scope| {
            scope.spawn(|| feed.by_ref().take(COUNT).for_each(|sample| assert!(sender.send(sample).is_ok())));
            drain(&mut plant, &receiver, COUNT);
        });
    });
}

/// Frames until so many samples have come.
fn drain(plant: &mut Plant, samples: &Receiver<Sample>, count: usize) {
    let mut taken = 0;
    while taken < count {
        match plant.drain(samples, BUDGET) {
            0 => thread::yield_now(),
            some => taken += some,
        }
    }
}

/// A plant whose series are as long as they get.
fn warm(order: Order) -> Plant {
    let mut plant = Plant::new(plant::project(SIGNALS));
    Feed::new(order).take(Feed::WARMING).for_each(|sample| plant.take(sample));
    plant
}

/// Samples of all signals in turn, without end.
struct Feed {
    order: Order,
    number: u64,
}

impl Feed {
    const WARMING: usize = plant::POINTS_KEPT * SIGNALS as usize * 5 / 4;

    fn new(order: Order) -> Self {
        Self { order, number: 0 }
    }

    fn after_warming(order: Order) -> Self {
        Self { order, number: Self::WARMING as u64 }
    }
}

impl Iterator for Feed {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        let number = self.number;
        self.number += 1;
        let now = Timestamp::from_nanos(1_700_000_000_000_000_000 + STEP.as_nanos() * number as i64);
        let late = matches!(self.order, Order::OnePercentLate) && number % LATE_ONE_IN == 7;
        // Scattered over the second, and the same in each run (Knuth's multiplicative hash).
        let late_nanos = if late { number.wrapping_mul(2_654_435_761) % 1_000_000_000 } else { 0 };
        Some(Sample {
            // Shifted by one each round, so that not always the same signals are late.
            signal: SignalId(((number + number / u64::from(SIGNALS)) % u64::from(SIGNALS)) as u32),
            source_time: now - Span::from_nanos(late_nanos as i64),
            received_time: now + Span::from_millis(5),
            value: Value::Real(plant::COOL + (number % 97) as f64 * 0.1),
            quality: Quality::Good,
        })
    }
}
