//! A model playing the plant, on a thread of its own.
//!
//! It first runs through its warm-up at once, so that there is a past to look at, and then keeps
//! pace with the wall clock times its rate. Values are sent when they change, and all of them every
//! few seconds, as a controller with report by exception does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::channels;
use super::models::{self, Ready};
use crate::domain::quality::Quality;
use crate::domain::signal::{Sample, SignalId};
use crate::domain::source::EmulatorSpec;
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::Value;
use crate::simulation::model::Model;
use crate::sources::{Link, Outlet, Stop};

/// Farther back than this the warm-up is sampled more coarsely, so that an hour of past costs little.
const FINE: Span = Span::from_secs(600);
const COARSE: Span = Span::from_secs(5);
/// All values are sent at least this often, in plant time.
const HEARTBEAT: Span = Span::from_secs(2);

/// Longest wait for an answer of the emulated plant.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// The ways into the emulated plants of a session, by the names of their sources.
#[derive(Clone, Default)]
pub struct Ports(Vec<(String, Port)>);

impl Ports {
    pub fn iter(&self) -> impl Iterator<Item = &(String, Port)> {
        self.0.iter()
    }

    pub fn add(&mut self, source: &str, port: Port) {
        self.0.push((source.to_owned(), port));
    }
}

/// The way into an emulated plant, as a controller has it: parameters are set and asked for.
#[derive(Clone)]
pub struct Port {
    orders: Sender<Order>,
    running: Arc<AtomicBool>,
}

enum Order {
    Set { parameter: String, value: f64, answer: Sender<Result<(), String>> },
    Get { parameter: String, answer: Sender<Result<(f64, Timestamp), String>> },
}

impl Port {
    /// # Errors
    /// Why the plant does not listen, in words.
    pub fn connected(&self) -> Result<(), String> {
        if self.running.load(Ordering::Acquire) { Ok(()) } else { Err("the emulated plant does not run".to_owned()) }
    }

    /// Sets a parameter. The inner result is what the plant says to it.
    ///
    /// # Errors
    /// When the plant does not answer: nobody knows then whether it took the value.
    pub fn set(&self, parameter: &str, value: f64) -> Result<Result<(), String>, String> {
        self.ask(|answer| Order::Set { parameter: parameter.to_owned(), value, answer })
    }

    /// Value of a parameter, and the plant time at which it held.
    ///
    /// # Errors
    /// When the plant has no such parameter or does not answer.
    pub fn get(&self, parameter: &str) -> Result<(f64, Timestamp), String> {
        self.ask(|answer| Order::Get { parameter: parameter.to_owned(), answer })?
    }

    fn ask<T>(&self, order: impl FnOnce(Sender<T>) -> Order) -> Result<T, String> {
        let (answer, answered) = channels::orders();
        let silent = |_| "the emulated plant does not answer".to_owned();
        self.orders.send_timeout(order(answer), ANSWER_WITHIN).map_err(|_| silent(()))?;
        answered.recv_timeout(ANSWER_WITHIN).map_err(|_| silent(()))
    }
}

/// Starts the emulator; it ends with the stop sign. `now` is plant time at the end of the warm-up.
pub fn start(spec: EmulatorSpec, link: Arc<Link>, outlet: Outlet, stop: Stop, now: Timestamp) -> Port {
    let failed = Arc::clone(&link);
    let (orders, ordered) = channels::orders();
    let running = Arc::new(AtomicBool::new(false));
    let runs = Arc::clone(&running);
    let work = move || {
        run(&spec, (&link, &outlet, &ordered), &runs, &stop, now);
        runs.store(false, Ordering::Release);
    };
    if let Err(error) = thread::Builder::new().name("plant".into()).spawn(work) {
        let message =
            format!("The plant emulator could not get a thread ({error}). No values will come. Restart the program.");
        failed.down(now, None, message);
    }
    Port { orders, running }
}

fn run(
    spec: &EmulatorSpec,
    (link, outlet, orders): (&Link, &Outlet, &Receiver<Order>),
    running: &AtomicBool,
    stop: &Stop,
    now: Timestamp,
) {
    let mut plant = match Emulator::new(spec, now) {
        Ok(plant) => plant,
        Err(message) => return link.down(now, None, message),
    };
    let mut due = now - spec.warm_up;
    while due <= now && !stop.is_set() {
        let warm = match plant.sample(due, due) {
            Ok(warm) => warm,
            Err(message) => return link.down(now, None, message),
        };
        for sample in warm {
            if outlet.deliver(sample, stop).is_err() {
                return;
            }
        }
        due = next_due(spec, due, now);
    }
    link.up(now);
    running.store(true, Ordering::Release);
    let begin = Instant::now();
    let mut samples = Vec::new();
    while !stop.is_set() {
        let elapsed = Span::from(begin.elapsed());
        let plant_now = now + elapsed.scaled(spec.rate);
        while due <= plant_now && !stop.is_set() {
            match plant.sample(due, now + elapsed) {
                Ok(fresh) => samples.extend(fresh),
                Err(message) => return link.down(now + elapsed, None, message),
            }
            link.publish(&mut samples, None);
            due = due + spec.interval;
        }
        let wait_secs = (due - plant_now).as_secs_f64() / spec.rate.max(1e-3);
        if let Ok(order) = orders.recv_timeout(Duration::from_secs_f64(wait_secs.clamp(0.001, 0.05))) {
            plant.obey(order, now + Span::from(begin.elapsed()).scaled(spec.rate));
        }
    }
}

/// The moment of the warm-up that follows `due`; `now` is where it ends.
pub fn next_due(spec: &EmulatorSpec, due: Timestamp, now: Timestamp) -> Timestamp {
    due + if now - due > FINE { COARSE.max(spec.interval) } else { spec.interval }
}

/// The model with its clock set to plant time, and what it said last.
pub struct Emulator {
    plant: Ready,
    /// Plant time at model time zero.
    zero: Timestamp,
    /// Place among the model's variables -> signal, and what was said of it last.
    wired: Vec<(usize, SignalId, Option<(Value, Timestamp)>)>,
}

impl Emulator {
    /// A model that has run in when its warm-up begins.
    ///
    /// # Errors
    /// In words for the operator, when the model cannot be used.
    pub fn new(spec: &EmulatorSpec, now: Timestamp) -> Result<Self, String> {
        let plant = models::ready(&spec.model, spec.seed)
            .map_err(|words| format!("The plant emulator cannot run. {words} No values will come."))?;
        Ok(Self::of(plant, spec, now))
    }

    /// A model that is ready, when its warm-up begins.
    pub fn of(plant: Ready, spec: &EmulatorSpec, now: Timestamp) -> Self {
        let zero = now - spec.warm_up - Span::from_secs_f64(plant.model.time_secs());
        let names = plant.model.variables();
        let place = |name: &str| names.iter().position(|variable| variable.name == name);
        let wired = spec.signals.iter().filter_map(|(name, signal)| Some((place(name)?, *signal, None))).collect();
        Self { plant, zero, wired }
    }

    /// What was said last of each variable that is wired.
    pub fn said(&self) -> impl Iterator<Item = (SignalId, &Value)> {
        self.wired.iter().filter_map(|(_, signal, said)| Some((*signal, &said.as_ref()?.0)))
    }

    /// For a controller that sets and asks for parameters.
    pub fn model(&mut self) -> &mut dyn Model {
        self.plant.model.as_mut()
    }

    /// Does what a controller would do at plant time `now`. Who no longer waits for an answer gets none.
    fn obey(&mut self, order: Order, now: Timestamp) {
        let model = &mut self.plant.model;
        match order {
            Order::Set { parameter, value, answer } => {
                _ = answer.send(model.set_parameter(&parameter, value).map_err(|error| error.to_string()));
            }
            Order::Get { parameter, answer } => {
                let found = model.parameter(&parameter).map(|value| (value, now));
                _ = answer.send(found.ok_or_else(|| format!("the emulated plant has no {parameter}")));
            }
        }
    }

    /// What changed up to plant time `due`, or was not said for a while.
    ///
    /// # Errors
    /// In words for the operator, when the model fails.
    pub fn sample(&mut self, due: Timestamp, received_time: Timestamp) -> Result<Vec<Sample>, String> {
        let model = &mut self.plant.model;
        model.run_until((due - self.zero).as_secs_f64()).map_err(|error| {
            format!("The emulated plant stopped. {error} Values are frozen. Mend the model and restart the program.")
        })?;
        let changed = self.wired.iter_mut().filter_map(|(place, signal, said)| {
            let value = model.value(*place)?;
            if said.as_ref().is_some_and(|(before, at)| *before == value && due - *at < HEARTBEAT) {
                return None;
            }
            *said = Some((value.clone(), due));
            Some(Sample { signal: *signal, source_time: due, received_time, value, quality: Quality::Good })
        });
        Ok(changed.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::ModelSpec;

    fn spec() -> EmulatorSpec {
        let names = ["Filler/State", "Filler/Speed", "Filler/OutfeedCount", "nonsense"];
        let signals =
            names.iter().enumerate().map(|(index, name)| ((*name).to_owned(), SignalId(index as u32))).collect();
        let (warm_up, interval) = (Span::from_secs(60), Span::from_millis(500));
        EmulatorSpec { model: ModelSpec::default(), seed: 7, rate: 1.0, warm_up, interval, signals }
    }

    #[test]
    fn values_are_said_when_they_change_and_every_few_seconds() {
        let now = Timestamp::from_millis(1_000_000_000);
        let mut plant = Emulator::new(&spec(), now).unwrap_or_else(|message| panic!("{message}"));
        let mut times = vec![Vec::new(); 4];
        for step in 0..120 {
            let due = now - Span::from_secs(60) + Span::from_millis(step * 500);
            for sample in plant.sample(due, due).expect("a line does not fail") {
                times[sample.signal.index()].push(sample.source_time);
            }
        }
        let longest = |times: &[Timestamp]| times.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(longest(&times[0]).is_some_and(|gap| gap <= HEARTBEAT), "{:?}", longest(&times[0]));
        assert!(times[0].len() < times[2].len(), "a state changes less often than a counter");
        assert!(times[3].is_empty(), "an unknown variable has no values");
    }
}
