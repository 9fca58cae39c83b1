//! Starts a plant in a process of its own, and asks a server whether it is one that was started before.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use opcua::types::{ReadValueId, TimestampsToReturn};

use super::rewire::{endpoint, node};
use super::run_file::RunFile;
use crate::app::models;
use crate::domain::value::Value;
use crate::protocol::opcua::{connect, reading, resolve};

/// The task of the program that plays a plant.
const TASK: &str = "plant";
/// What it prints once clients can knock, before its address.
pub const LISTENING: &str = "listening on ";
/// The variable by which a plant is known again; its value stands in the run file.
pub const TOKEN: &str = "Emulation/Token";

/// A plant that does not say where it is within this time is taken for one that cannot start.
const SAYS_WITHIN: Duration = Duration::from_secs(20);
/// A server that does not answer within this time is none of ours.
const KNOWN_WITHIN: Duration = Duration::from_secs(3);
/// What a plant that failed said last is told up to here [bytes].
const LONGEST_COMPLAINT: usize = 600;

/// Starts the plant of a source of the project at `entry`, with its run file in place when this returns.
///
/// # Errors
/// In words, when it does not come to listen.
pub fn start(entry: &Path, source: &str, run_file: &Path) -> Result<(RunFile, Child), String> {
    let failed = |what: &str, error: std::io::Error| format!("{what} ({error})");
    let program = models::program().map_err(|error| failed("this program does not find itself", error))?;
    let complaints = run_file.with_extension("log");
    if let Some(folder) = run_file.parent() {
        fs::create_dir_all(folder).map_err(|error| failed("its folder cannot be made", error))?;
    }
    let log = File::create(&complaints).map_err(|error| failed("its log cannot be written", error))?;
    let mut command = Command::new(program);
    command.arg(TASK).arg(entry).arg("--source").arg(source).arg("--run-file").arg(run_file);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    apart(&mut command);
    let mut child = command.spawn().map_err(|error| failed("its process cannot be started", error))?;
    let said = child.stdout.take().and_then(first_line);
    let listening = said.as_deref().is_some_and(|line| line.starts_with(LISTENING));
    match RunFile::read(run_file).filter(|found| listening && found.process == child.id()) {
        Some(found) => Ok((found, child)),
        None => {
            // Ended already, or it hangs: nobody waits for it any more.
            _ = child.kill();
            _ = child.wait();
            let words = fs::read_to_string(&complaints).unwrap_or_default();
            let words = words.trim();
            let begin = (words.len().saturating_sub(LONGEST_COMPLAINT)..).find(|at| words.is_char_boundary(*at));
            Err(match begin.and_then(|begin| words.get(begin..)).unwrap_or_default() {
                "" => format!("it did not say where it is within {} s", SAYS_WITHIN.as_secs()),
                words => format!("it said: {words}"),
            })
        }
    }
}

/// The keys that end this program, and the end of its terminal, shall not end the plant.
fn apart(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        std::os::windows::process::CommandExt::creation_flags(command, CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
    }
    #[cfg(not(any(unix, windows)))]
    let _ = command;
}

/// The first line of an output; none where none comes in time.
fn first_line(output: impl std::io::Read + Send + 'static) -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    let read = move || {
        let mut line = String::new();
        if BufReader::new(output).read_line(&mut line).is_ok() {
            // Nobody waits for it any more.
            _ = sender.send(line);
        }
    };
    thread::Builder::new().name("plant says".into()).spawn(read).ok()?;
    receiver.recv_timeout(SAYS_WITHIN).ok()
}

/// True when the plant of a run file answers at its address.
pub fn answers(found: &RunFile, certificates: &Path) -> bool {
    let Ok(threads) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return false };
    let token = threads.block_on(async { tokio::time::timeout(KNOWN_WITHIN, token(found, certificates)).await });
    // A name that is looked up for long shall not hold the program up.
    threads.shutdown_background();
    token.ok().flatten().is_some_and(|token| token == Value::text(&found.token))
}

async fn token(found: &RunFile, certificates: &Path) -> Option<Value> {
    let mut connection =
        connect(&endpoint(&found.url, certificates), None, "twinscope looks for its plant").await.ok()?;
    let session = connection.session();
    let read = async {
        let id = resolve(&session, &[&node(TOKEN)]).await.ok()?.pop()?.ok()?;
        let told = session.read(&[ReadValueId::from(id)], TimestampsToReturn::Neither, 0.0).await.ok()?.pop()?;
        reading(&told).value.ok()
    };
    let told = connection.drive(read).await.ok().flatten();
    connection.close().await;
    told
}
