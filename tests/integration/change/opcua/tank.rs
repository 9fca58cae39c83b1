//! The tank of `python/tank.py`: a server by asyncua in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde_json::json;

use crate::recording::python;

/// First number of the nodes of a tank that was never restarted.
const FIRST: u32 = 2_001;

/// What the server tells of itself, in centimetres.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct Said {
    pub holds: i64,
    /// Every value that a client wrote, whatever became of it.
    pub written: Vec<i64>,
    /// Who wrote last, where that was somebody with a name.
    pub writer: Option<String>,
}

/// Killed when dropped.
pub struct Tank {
    pub port: u16,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Tank {
    /// On a free port, with this setpoint.
    pub fn start(holds: i64) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        Self::start_at(port.port(), holds, FIRST)
    }

    fn start_at(port: u16, holds: i64, first: u32) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/change/python/tank.py");
        let mut command = Command::new(python::interpreter());
        command.arg("-B").arg(script).args([port.to_string(), holds.to_string(), first.to_string()]);
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = spawned.expect("python runs; `make test` installs it");
        let input = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let mut tank = Self { port, process, input, output };
        assert_eq!(tank.line(), "ready", "tank.py does not start; does the interpreter have asyncua?");
        tank
    }

    /// The same server after it ended, with other numbers for its nodes.
    pub fn start_again(self, holds: i64, first: u32) -> Self {
        let port = self.port;
        drop(self);
        Self::start_at(port, holds, first)
    }

    /// Ends the process at once.
    pub fn end(&mut self) {
        // It may have ended already.
        _ = self.process.kill();
        _ = self.process.wait();
    }

    pub fn said(&mut self) -> Said {
        self.ask(&json!({}))
    }

    /// How writes are taken from now on.
    pub fn mode(&mut self, mode: &str) {
        self.ask(&json!({ "mode": mode }));
    }

    fn ask(&mut self, line: &serde_json::Value) -> Said {
        writeln!(self.input, "{line}").expect("the server reads");
        serde_json::from_str(&self.line()).expect("what it says of itself")
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the server speaks");
        line.trim().to_owned()
    }
}

impl Drop for Tank {
    fn drop(&mut self) {
        self.end();
    }
}
