//! What the child process does: it loads one FMU and answers requests until there are no more.
//!
//! [`run`] is the whole task of the process; [`serve`] is the conversation. On Linux the process limits
//! its own memory before the FMU is loaded; elsewhere it tells that there is no limit. What the FMU
//! prints goes to the error output, so that it cannot disturb the conversation.

mod memory;

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use libloading::Library;

use self::memory::MemoryLimit;
use super::archive;
use super::description::ModelDescription;
use super::library::{self, Fault, Instance, Window};
use super::log;
use super::protocol::{self, Answer, Request};
use crate::domain::value::Value;

/// Serves the parent on the standard streams. Ends when the parent does, even in the middle of a step.
pub fn run() -> ExitCode {
    let served = answer_stream().and_then(|output| serve(BufReader::new(input_that_ends_the_process()?), output));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The conversation with twinscope broke off: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Standard input, read aside: when it ends, the process does.
fn input_that_ends_the_process() -> io::Result<io::PipeReader> {
    /// Time for a step that is going on when the parent is gone.
    const GRACE: Duration = Duration::from_secs(2);
    let (reader, mut writer) = io::pipe()?;
    std::thread::Builder::new().name("fmu-requests".to_owned()).spawn(move || {
        // However it ends, nobody asks any more.
        _ = io::copy(&mut io::stdin().lock(), &mut writer);
        drop(writer);
        std::thread::sleep(GRACE);
        std::process::exit(1);
    })?;
    Ok(reader)
}

/// The stream to the parent, which was standard output; what the FMU prints goes to the error output.
#[cfg(unix)]
fn answer_stream() -> io::Result<impl Write> {
    use std::os::fd::AsFd;
    let answers = io::stdout().as_fd().try_clone_to_owned()?;
    library::print_to_error_output()?;
    Ok(std::fs::File::from(answers))
}

/// The stream to the parent. An FMU that prints to it ends its run here.
#[cfg(not(unix))]
fn answer_stream() -> io::Result<impl Write> {
    Ok(io::stdout())
}

/// Answers requests, a line each, until the input ends.
///
/// # Errors
/// When the streams fail, or the parent sends what is no request.
pub fn serve(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut host = Host::default();
    while let Some(line) = protocol::read_line(&mut input)? {
        let request = protocol::decode(&line).map_err(io::Error::other)?;
        let answer = host.answer(request).unwrap_or_else(|reason| host.refusal(reason));
        protocol::write_line(&mut output, &answer)?;
    }
    Ok(())
}

#[derive(Default)]
struct Host {
    model: Option<Model>,
    limit: Option<MemoryLimit>,
}

struct Model {
    folder: PathBuf,
    description: ModelDescription,
    library: &'static Library,
    instance: Option<Instance>,
    /// Instances made so far.
    made: u32,
}

impl Host {
    fn answer(&mut self, request: Request) -> Result<Answer, Fault> {
        if let Request::Load { folder, memory_bytes } = request {
            let mut notices = Vec::new();
            match MemoryLimit::set(memory_bytes) {
                Ok(limit) => self.limit = Some(limit),
                Err(notice) => notices.push(notice),
            }
            self.model = Some(Model::load(&folder)?);
            return Ok(Answer::Loaded { notices });
        }
        self.model.as_mut().ok_or("no model is loaded")?.answer(request)
    }

    fn refusal(&self, reason: Fault) -> Answer {
        let out_of_memory = self.limit.as_ref().is_some_and(MemoryLimit::was_reached);
        Answer::Refused { reason, words: log::take(), out_of_memory }
    }
}

impl Model {
    fn load(folder: &Path) -> Result<Self, Fault> {
        let description = ModelDescription::of_folder(folder).map_err(|error| error.to_string())?;
        let binary = archive::binary(folder, &description).map_err(|error| error.to_string())?;
        let library = library::load(&binary)?;
        Ok(Self { folder: folder.to_owned(), description, library, instance: None, made: 0 })
    }

    fn answer(&mut self, request: Request) -> Result<Answer, Fault> {
        if let Request::SetUp { start_secs, stop_secs, tolerance } = request {
            return self.set_up(Window { start_secs, stop_secs, tolerance });
        }
        let instance = self.instance.as_mut().ok_or("the model is not set up")?;
        match request {
            Request::Load { .. } | Request::SetUp { .. } => {}
            Request::Set { values } => set(instance, &self.description, &values)?,
            Request::Get { variables } => {
                return get(instance, &self.description, &variables).map(|values| Answer::Values { values });
            }
            Request::EnterInitialisation => instance.enter_initialisation()?,
            Request::ExitInitialisation => instance.exit_initialisation()?,
            Request::Step { from_secs, to_secs, inputs, outputs } => {
                set(instance, &self.description, &inputs)?;
                let ended = instance.step(from_secs, to_secs - from_secs)?;
                return get(instance, &self.description, &outputs).map(|values| Answer::Stepped { values, ended });
            }
            Request::SaveState => return instance.save_state().map(|state| Answer::State { state }),
            Request::RestoreState { state } => instance.restore_state(state)?,
            Request::FreeState { state } => instance.free_state(state)?,
            Request::SerialiseState { state } => {
                let hex = protocol::to_hex(&instance.serialise_state(state)?);
                return Ok(Answer::Bytes { hex });
            }
            Request::DeserialiseState { hex } => {
                let bytes = protocol::from_hex(&hex).ok_or("the bytes of the state are no hexadecimal text")?;
                return instance.deserialise_state(&bytes).map(|state| Answer::State { state });
            }
            Request::Terminate => {
                let ended = instance.terminate();
                self.instance = None;
                ended?;
            }
        }
        Ok(Answer::Done)
    }

    fn set_up(&mut self, window: Window) -> Result<Answer, Fault> {
        if self.made > 0 && self.description.capabilities.once_per_process {
            return Err("it can be set up once in a process; start a new one".to_owned());
        }
        self.instance = None;
        self.made += 1;
        let resources = self.folder.join("resources");
        self.instance = Some(Instance::new(self.library, &self.description, &resources, window)?);
        Ok(Answer::Done)
    }
}

fn set(instance: &mut Instance, description: &ModelDescription, values: &[(usize, Value)]) -> Result<(), Fault> {
    for (place, value) in values {
        let variable = description.variables.get(*place).ok_or("a variable was asked for that it has not")?;
        let told = |fault| format!("\"{}\" cannot be set to {value}: {fault}", variable.name);
        instance.set(&variable.kind, variable.reference, value).map_err(told)?;
    }
    Ok(())
}

fn get(instance: &mut Instance, description: &ModelDescription, places: &[usize]) -> Result<Vec<Option<Value>>, Fault> {
    let one = |place: &usize| {
        let variable = description.variables.get(*place).ok_or("a variable was asked for that it has not")?;
        let told = |fault| format!("\"{}\" cannot be read: {fault}", variable.name);
        instance.get(&variable.kind, variable.reference).map_err(told)
    };
    places.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(requests: &str) -> (Vec<String>, io::Result<()>) {
        let mut output = Vec::new();
        let outcome = serve(requests.as_bytes(), &mut output);
        (String::from_utf8(output).expect("text").lines().map(str::to_owned).collect(), outcome)
    }

    #[test]
    fn requests_out_of_order_are_refused_in_words() {
        let (lines, outcome) = said("\"save_state\"\n{\"get\":{\"variables\":[0]}}\n");
        outcome.expect("served");
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.contains("\"reason\":\"no model is loaded\"")), "{lines:?}");
    }

    #[test]
    fn what_is_no_request_ends_the_conversation() {
        for wrong in ["hello\n", "{\"step\":{}}\n", "\"save_state\"", &format!("{}\n", "[".repeat(100_000))] {
            let (lines, outcome) = said(wrong);
            assert!(lines.is_empty() && outcome.is_err(), "{lines:?}");
        }
    }
}
