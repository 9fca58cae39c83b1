//! A child process that is spoken with in lines, without ever waiting for it longer than allowed.

use std::ffi::OsString;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::simulation::fmu::error::End;
use crate::simulation::fmu::protocol;

/// A running process. Dropped, it is ended.
#[derive(Debug)]
pub(super) struct Child {
    process: std::process::Child,
    requests: SyncSender<Vec<u8>>,
    answers: Receiver<Result<Vec<u8>, Failure>>,
    words: Option<JoinHandle<String>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// None came in time.
    Silent,
    /// The process closed its output.
    Gone,
    Garbled(io::Error),
}

impl Child {
    pub fn start(program: &Path, args: &[OsString]) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn()?;
        let spoken = speak(&mut process);
        if spoken.is_err() {
            end(&mut process);
        }
        let (requests, answers, words) = spoken?;
        Ok(Self { process, requests, answers, words: Some(words) })
    }

    /// Sends a line and waits for the one that answers it.
    pub fn converse(&mut self, line: Vec<u8>, limit: Duration) -> Result<Vec<u8>, Failure> {
        // The thread waits for this line, or is gone: it never makes the sender wait.
        self.requests.send(line).map_err(|_| Failure::Gone)?;
        match self.answers.recv_timeout(limit) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(Failure::Silent),
            Err(RecvTimeoutError::Disconnected) => Err(Failure::Gone),
        }
    }

    /// How a process that closed its output ended, and the last it wrote to its error output.
    pub fn epitaph(&mut self) -> (End, String) {
        let end = patiently(|| self.process.try_wait().ok().flatten()).map_or(End::Unknown, end_of);
        // A process that left children behind may hold the stream open: then its words are not waited for.
        let finished = patiently(|| self.words.as_ref().is_none_or(JoinHandle::is_finished).then_some(()));
        let words = finished.and_then(|()| self.words.take()).and_then(|words| words.join().ok());
        (end, words.unwrap_or_default())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Ends a process, whatever it does. One that has ended already is only collected.
fn end(process: &mut std::process::Child) {
    _ = process.kill();
    _ = process.wait();
}

type Spoken = (SyncSender<Vec<u8>>, Receiver<Result<Vec<u8>, Failure>>, JoinHandle<String>);

/// Starts the threads that wait for the process: one for its answers, one for its error output. Both
/// end with the process.
fn speak(process: &mut std::process::Child) -> io::Result<Spoken> {
    let missing = || io::Error::other("it has no streams");
    let input = process.stdin.take().ok_or_else(missing)?;
    let output = process.stdout.take().ok_or_else(missing)?;
    let errors = process.stderr.take().ok_or_else(missing)?;
    // One request is open at a time, so neither end ever waits for room.
    let (requests, wanted) = sync_channel(1);
    let (answering, answers) = sync_channel(1);
    thread::Builder::new()
        .name("fmu-answers".to_owned())
        .spawn(move || exchange(input, output, &wanted, &answering))?;
    let words = thread::Builder::new().name("fmu-words".to_owned()).spawn(move || last_words(errors))?;
    Ok((requests, answers, words))
}

fn exchange(
    mut input: ChildStdin,
    output: ChildStdout,
    requests: &Receiver<Vec<u8>>,
    answers: &SyncSender<Result<Vec<u8>, Failure>>,
) {
    let mut output = BufReader::new(output);
    for line in requests {
        let written = input.write_all(&line).and_then(|()| input.flush());
        let answer = match written.and_then(|()| protocol::read_line(&mut output)) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(Failure::Gone),
            Err(cause) => match cause.kind() {
                io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => Err(Failure::Gone),
                _ => Err(Failure::Garbled(cause)),
            },
        };
        let over = answer.is_err();
        if answers.send(answer).is_err() || over {
            return;
        }
    }
}

/// Reads a stream to its end and keeps the last of it, on one line and without control characters.
fn last_words(mut stream: impl Read) -> String {
    const KEPT: usize = 400;
    let (mut tail, mut buffer) = (Vec::new(), [0; 4_096]);
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        tail.extend_from_slice(buffer.get(..count).unwrap_or_default());
        tail.drain(..tail.len().saturating_sub(KEPT));
    }
    let text = String::from_utf8_lossy(&tail);
    let lines = text.split(char::is_control).map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" / ")
}

/// Looks again and again for something that is there soon, for two seconds at most.
fn patiently<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    const LOOKS: u32 = 400;
    const BETWEEN: Duration = Duration::from_millis(5);
    for _ in 0..LOOKS {
        let found = look();
        if found.is_some() {
            return found;
        }
        thread::sleep(BETWEEN);
    }
    None
}

#[cfg(unix)]
fn end_of(status: ExitStatus) -> End {
    use std::os::unix::process::ExitStatusExt;
    status.signal().map(End::Signal).or(status.code().map(End::Code)).unwrap_or(End::Unknown)
}

#[cfg(not(unix))]
fn end_of(status: ExitStatus) -> End {
    status.code().map_or(End::Unknown, End::Code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_are_short_and_on_one_line() {
        let text = format!("{}\n\u{1b}[31mno room\nbad_alloc\n", "x".repeat(10_000));
        let words = last_words(text.as_bytes());
        assert!(words.ends_with("/ [31mno room / bad_alloc") && words.len() <= 410, "{words}");
        assert_eq!(last_words(&b"\n\n"[..]), "");
    }
}
