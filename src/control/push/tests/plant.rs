//! A plant in memory, with faults, and the link to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::recorder::Recorder;
use crate::control::links::{PlantLink, ReadBack, WriteOutcome, WriteRequest};
use crate::domain::quality::Quality;
use crate::domain::time::{Span, Timestamp};

/// After this silence the controller goes back.
pub const WATCHDOG: Span = Span::from_secs(15);

#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub enum Fault {
    #[default]
    None,
    /// Says no to this signal from its n-th write on.
    Rejects(&'static str, usize),
    /// Takes no more than this.
    Clamps(f64),
    /// Shows everything this much later.
    Late(Span),
    /// Says yes and does nothing.
    Ignores,
    /// Takes the value and does not answer.
    Mute,
    /// Does not arm its watchdogs.
    Unguarded,
    /// Does not release its watchdogs.
    Clings,
}

#[derive(Clone, Debug)]
pub struct Plant {
    pub now: Timestamp,
    /// The values that each signal had since when.
    held: BTreeMap<String, Vec<(Timestamp, f64)>>,
    pub writes: Vec<WriteRequest>,
    pub fault: Fault,
    pub up: bool,
    /// Value to go back to, and when it was fed last.
    armed: BTreeMap<String, (f64, Timestamp)>,
}

/// The plant, as this program and its tests share it.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<Plant>>);

pub struct FakeLink {
    pub plant: Shared,
    pub recorder: Recorder,
}

impl Plant {
    pub fn new(now: Timestamp, values: &[(&str, f64)]) -> Self {
        let held = values.iter().map(|(signal, value)| ((*signal).to_owned(), vec![(now, *value)])).collect();
        Self { now, held, writes: Vec::new(), fault: Fault::None, up: true, armed: BTreeMap::new() }
    }

    pub fn value(&self, signal: &str) -> f64 {
        self.held[signal].last().expect("a value").1
    }

    /// What somebody else does.
    pub fn set(&mut self, signal: &str, value: f64) {
        let now = self.now;
        self.held.get_mut(signal).expect("a signal").push((now, value));
    }

    pub fn armed(&self) -> Vec<&str> {
        self.armed.keys().map(String::as_str).collect()
    }

    pub fn advance(&mut self, by: Span) {
        self.now = self.now + by;
        let now = self.now;
        let starved: Vec<_> =
            self.armed.iter().filter(|(_, (_, fed))| now - *fed > WATCHDOG).map(|it| it.0.clone()).collect();
        for signal in starved {
            let (back_to, _) = self.armed.remove(&signal).expect("an armed watchdog");
            self.set(&signal, back_to);
        }
    }

    fn shown(&self, signal: &str) -> ReadBack {
        let late = if let Fault::Late(late) = self.fault { late } else { Span::ZERO };
        let source_time = self.now + Span::ZERO - late;
        let held = self.held[signal].iter().rfind(|(since, _)| *since <= source_time);
        ReadBack { value: held.unwrap_or(&self.held[signal][0]).1, source_time, quality: Quality::Good }
    }

    fn take(&mut self, request: &WriteRequest) -> WriteOutcome {
        let before = self.writes.iter().filter(|write| write.signal == request.signal).count();
        self.writes.push(request.clone());
        let value = match self.fault {
            Fault::Rejects(signal, from) if signal == request.signal && before + 1 >= from => {
                return WriteOutcome::Rejected("locked at the panel".into());
            }
            Fault::Ignores => return WriteOutcome::Accepted,
            Fault::Clamps(most) => request.value.min(most),
            _ => request.value,
        };
        self.set(&request.signal, value);
        match self.fault {
            Fault::Mute => WriteOutcome::Unknown("no answer".into()),
            _ if value != request.value => WriteOutcome::Clamped,
            _ => WriteOutcome::Accepted,
        }
    }
}

impl Shared {
    pub fn new(plant: Plant) -> Self {
        Self(Arc::new(Mutex::new(plant)))
    }

    pub fn lock(&self) -> MutexGuard<'_, Plant> {
        self.0.lock().expect("a plant")
    }
}

impl FakeLink {
    /// Does something in the plant, after which the process could end.
    fn act<T>(&self, what: impl FnOnce(&mut Plant) -> T) -> Result<T, String> {
        self.connected()?;
        let done = what(&mut self.plant.lock());
        self.recorder.snapshot(&self.plant);
        Ok(done)
    }
}

impl PlantLink for FakeLink {
    fn connected(&self) -> Result<(), String> {
        if self.plant.lock().up { Ok(()) } else { Err("the cable is out".into()) }
    }

    fn write(&mut self, request: &WriteRequest) -> WriteOutcome {
        self.act(|plant| plant.take(request)).unwrap_or_else(WriteOutcome::Rejected)
    }

    fn read(&mut self, signal: &str) -> Result<ReadBack, String> {
        self.connected().map(|()| self.plant.lock().shown(signal))
    }

    fn reads_back(&self, _: &str) -> bool {
        true
    }

    fn watchdog(&self, _: &str) -> bool {
        true
    }

    fn arm(&mut self, signal: &str, back_to: f64) -> Result<(), String> {
        if self.plant.lock().fault == Fault::Unguarded {
            return Err("the controller has none left".into());
        }
        self.act(|plant| {
            let now = plant.now;
            plant.armed.insert(signal.to_owned(), (back_to, now));
        })
    }

    fn feed(&mut self, signal: &str) -> Result<(), String> {
        self.connected()?;
        let mut plant = self.plant.lock();
        let now = plant.now;
        if let Some((_, fed)) = plant.armed.get_mut(signal) {
            *fed = now;
        }
        Ok(())
    }

    fn release(&mut self, signal: &str) -> Result<(), String> {
        if self.plant.lock().fault == Fault::Clings {
            return Err("the controller did not answer".into());
        }
        self.act(|plant| {
            plant.armed.remove(signal);
        })
    }
}
