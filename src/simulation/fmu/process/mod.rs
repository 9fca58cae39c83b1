//! The parent's side: an FMU in a child process, asked one thing at a time, each with a time limit.
//!
//! Whatever the child does (crash, hang, answer nonsense, run out of memory), the parent gets an error
//! in words and goes on. A child that failed so is ended at once; dropping ends it too.

mod child;

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use self::child::{Child, Failure};
use super::archive::Unpacked;
use super::description::ModelDescription;
use super::error::{End, FmuError};
use super::protocol::{self, Answer, Request};
use crate::domain::value::Value;

/// What a model may take before its run has failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FmuLimits {
    /// For loading, setting up and initialising, each.
    pub load: Duration,
    /// For a step and anything else.
    pub step: Duration,
    /// Address space beyond that of the empty process. Kept on Linux.
    pub memory_bytes: u64,
}

impl Default for FmuLimits {
    fn default() -> Self {
        Self { load: Duration::from_secs(60), step: Duration::from_secs(30), memory_bytes: 4 << 30 }
    }
}

/// An FMU in a process of its own, loaded.
#[derive(Debug)]
pub struct FmuProcess {
    child: Option<Child>,
    description: ModelDescription,
    limits: FmuLimits,
    notices: Vec<String>,
}

/// A state that the child keeps, until it is freed or the run ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StateId(u32);

/// What a step gave.
#[derive(Clone, PartialEq, Debug)]
pub struct Stepped {
    /// In the order asked for; none where the model gave a number that is not finite.
    pub values: Vec<Option<Value>>,
    /// True where the model says that its run ends here.
    pub ended: bool,
}

impl FmuProcess {
    /// Starts a program that runs [`super::host::run`] and lets it load the FMU.
    ///
    /// # Errors
    /// When it does not start, or the FMU does not load within its limits.
    pub fn start(program: &Path, args: &[OsString], fmu: &Unpacked, limits: FmuLimits) -> Result<Self, FmuError> {
        let child = Child::start(program, args).map_err(FmuError::Start)?;
        let description = fmu.description.clone();
        let mut process = Self { child: Some(child), description, limits, notices: Vec::new() };
        let request = Request::Load { folder: fmu.folder.clone(), memory_bytes: limits.memory_bytes };
        match process.ask(&request, limits.load, || "while loading".to_owned())? {
            Answer::Loaded { notices } => process.notices = notices,
            _ => return Err(process.nonsense("while loading")),
        }
        if process.description.capabilities.needs_tool {
            let tool = &process.description.tool;
            let tool = if tool.is_empty() { "the tool that exported it" } else { tool };
            process.notices.push(format!("The model runs only on computers that have {tool}."));
        }
        Ok(process)
    }

    pub fn description(&self) -> &ModelDescription {
        &self.description
    }

    /// What the user should know of this platform, such as a limit that it cannot keep.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Makes a new instance for a run. One that was there is freed, with its states.
    ///
    /// # Errors
    /// When the FMU refuses or fails.
    pub fn set_up(&mut self, start_secs: f64, stop_secs: Option<f64>, tolerance: Option<f64>) -> Result<(), FmuError> {
        let request = Request::SetUp { start_secs, stop_secs, tolerance };
        self.ask_done(&request, self.limits.load, "while being set up")
    }

    /// Sets variables, by their places in the description, to values that
    /// [`super::description::VariableKind::fit`] found to fit.
    ///
    /// # Errors
    /// When the FMU refuses or fails.
    pub fn set(&mut self, values: Vec<(usize, Value)>) -> Result<(), FmuError> {
        self.ask_done(&Request::Set { values }, self.limits.step, "when variables were set")
    }

    /// Reads variables by their places in the description.
    ///
    /// # Errors
    /// When the FMU refuses or fails.
    pub fn get(&mut self, variables: Vec<usize>) -> Result<Vec<Option<Value>>, FmuError> {
        const DURING: &str = "when variables were read";
        let wanted = variables.len();
        match self.ask(&Request::Get { variables }, self.limits.step, || DURING.to_owned())? {
            Answer::Values { values } if values.len() == wanted => Ok(values),
            _ => Err(self.nonsense(DURING)),
        }
    }

    /// # Errors
    /// When the FMU refuses or fails.
    pub fn enter_initialisation(&mut self) -> Result<(), FmuError> {
        self.ask_done(&Request::EnterInitialisation, self.limits.load, "at its initialisation")
    }

    /// # Errors
    /// When the FMU refuses or fails.
    pub fn exit_initialisation(&mut self) -> Result<(), FmuError> {
        self.ask_done(&Request::ExitInitialisation, self.limits.load, "at its initialisation")
    }

    /// Sets inputs, steps from one moment to another [s] and reads outputs.
    ///
    /// # Errors
    /// When the FMU refuses or fails.
    pub fn step(
        &mut self,
        from_secs: f64,
        to_secs: f64,
        inputs: Vec<(usize, Value)>,
        outputs: Vec<usize>,
    ) -> Result<Stepped, FmuError> {
        let during = || format!("in the step to {} s", (to_secs * 1e9).round() / 1e9);
        let wanted = outputs.len();
        match self.ask(&Request::Step { from_secs, to_secs, inputs, outputs }, self.limits.step, during)? {
            Answer::Stepped { values, ended } if values.len() == wanted => Ok(Stepped { values, ended }),
            _ => Err(self.nonsense(&during())),
        }
    }

    /// Keeps the present state.
    ///
    /// # Errors
    /// When the FMU does not offer it, refuses or fails.
    pub fn save_state(&mut self) -> Result<StateId, FmuError> {
        const DURING: &str = "when its state was saved";
        self.offers(self.description.capabilities.get_and_set_state, "to save its state")?;
        self.ask_state(&Request::SaveState, DURING)
    }

    /// Goes back to a state; it stays kept.
    ///
    /// # Errors
    /// When the state is not kept, or the FMU refuses or fails.
    pub fn restore_state(&mut self, StateId(state): StateId) -> Result<(), FmuError> {
        self.ask_done(&Request::RestoreState { state }, self.limits.step, "when its state was restored")
    }

    /// # Errors
    /// When the state is not kept, or the FMU refuses or fails.
    pub fn free_state(&mut self, StateId(state): StateId) -> Result<(), FmuError> {
        self.ask_done(&Request::FreeState { state }, self.limits.step, "when a state was freed")
    }

    /// A kept state as bytes, for another process with the same FMU.
    ///
    /// # Errors
    /// When the FMU does not offer it, refuses or fails.
    pub fn serialise_state(&mut self, StateId(state): StateId) -> Result<Vec<u8>, FmuError> {
        const DURING: &str = "when its state was written";
        self.offers(self.description.capabilities.serialise_state, "to write its state")?;
        match self.ask(&Request::SerialiseState { state }, self.limits.step, || DURING.to_owned())? {
            Answer::Bytes { hex } => protocol::from_hex(&hex).ok_or_else(|| self.nonsense(DURING)),
            _ => Err(self.nonsense(DURING)),
        }
    }

    /// Makes a kept state of bytes that [`Self::serialise_state`] gave.
    ///
    /// # Errors
    /// When the FMU does not offer it, refuses or fails.
    pub fn deserialise_state(&mut self, bytes: &[u8]) -> Result<StateId, FmuError> {
        self.offers(self.description.capabilities.serialise_state, "to read its state")?;
        self.ask_state(&Request::DeserialiseState { hex: protocol::to_hex(bytes) }, "when its state was read")
    }

    /// Ends the run of the instance; [`Self::set_up`] begins another.
    ///
    /// # Errors
    /// When the FMU refuses or fails.
    pub fn terminate(&mut self) -> Result<(), FmuError> {
        self.ask_done(&Request::Terminate, self.limits.step, "at its end")
    }

    fn offers(&self, offered: bool, what: &str) -> Result<(), FmuError> {
        let name = &self.description.name;
        let refusal =
            || FmuError::Experiment(format!("The model \"{name}\" does not offer {what}; nothing was changed."));
        if offered { Ok(()) } else { Err(refusal()) }
    }

    fn ask_done(&mut self, request: &Request, limit: Duration, during: &str) -> Result<(), FmuError> {
        match self.ask(request, limit, || during.to_owned())? {
            Answer::Done => Ok(()),
            _ => Err(self.nonsense(during)),
        }
    }

    fn ask_state(&mut self, request: &Request, during: &str) -> Result<StateId, FmuError> {
        match self.ask(request, self.limits.step, || during.to_owned())? {
            Answer::State { state } => Ok(StateId(state)),
            _ => Err(self.nonsense(during)),
        }
    }

    /// A child that answered another question than the one it was asked is not believed again.
    fn nonsense(&mut self, during: &str) -> FmuError {
        self.child = None;
        FmuError::Nonsense { during: during.to_owned(), reason: "the answer does not fit the request".to_owned() }
    }

    /// Asks, and ends the child where it does not answer as it should.
    fn ask(&mut self, request: &Request, limit: Duration, during: impl Fn() -> String) -> Result<Answer, FmuError> {
        let line = protocol::encode(request).map_err(|cause| {
            FmuError::Experiment(format!("The FMU cannot be asked {}: {cause}. Nothing was sent.", during()))
        })?;
        let Some(child) = &mut self.child else { return Err(FmuError::Gone) };
        let limit_mib = self.limits.memory_bytes >> 20;
        let failure = match child.converse(line, limit).map(|line| protocol::decode(&line)) {
            Ok(Ok(Answer::Refused { reason, words, out_of_memory: false })) => {
                return Err(FmuError::Refused { during: during(), reason, words });
            }
            Ok(Ok(Answer::Refused { words, out_of_memory: true, .. })) => {
                return Err(FmuError::OutOfMemory { during: during(), limit_mib, words });
            }
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(reason)) => FmuError::Nonsense { during: during(), reason },
            Err(Failure::Silent) => FmuError::TimeOut { during: during(), limit },
            Err(Failure::Garbled(cause)) => FmuError::Nonsense { during: during(), reason: cause.to_string() },
            Err(Failure::Gone) => {
                let (end, words) = child.epitaph();
                if ran_out_of_memory(end, &words) {
                    FmuError::OutOfMemory { during: during(), limit_mib, words }
                } else {
                    FmuError::Ended { during: during(), end, words }
                }
            }
        };
        self.child = None;
        Err(failure)
    }
}

/// What the run-time libraries of Rust and C++ say before they give up for want of memory.
fn ran_out_of_memory(end: End, words: &str) -> bool {
    const ABORTED: i32 = 6;
    let said = words.contains("memory allocation of") || words.contains("std::bad_alloc");
    said && !matches!(end, End::Signal(number) if number != ABORTED)
}
