//! Plants in processes of their own, written in Python with libraries of others.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::recording::python;

const DEADLINE: Duration = Duration::from_secs(20);

/// A running plant; ends with this.
pub struct Plant {
    process: Child,
    lines: Receiver<String>,
}

impl Plant {
    /// Runs a script of the folder `python`.
    pub fn start<T: AsRef<OsStr>>(script: &str, args: impl IntoIterator<Item = T>) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/links/python").join(script);
        let mut command = Command::new(python::interpreter());
        let started = command.arg("-B").arg(script).args(args).stdout(Stdio::piped()).spawn();
        let mut process = started.expect("python runs; `make test` installs it");
        let output = process.stdout.take().expect("its output");
        let (tell, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                _ = tell.send(line);
            }
        });
        Self { process, lines }
    }

    /// The next line that it prints.
    pub fn line(&self) -> String {
        self.lines.recv_timeout(DEADLINE).expect("a line in time")
    }

    /// All that it printed since the last line.
    pub fn lines(&self) -> Vec<String> {
        self.lines.try_iter().collect()
    }
}

impl Drop for Plant {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
