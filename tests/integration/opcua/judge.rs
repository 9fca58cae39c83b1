//! The judges: asyncua as a server and as a client, each a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;
use twinscope::domain::source::{OpcuaEndpoint, OpcuaIdentity, OpcuaSecurity};

use crate::recording::python;

/// User and password of secured servers.
pub const USER: (&str, &str) = ("ann", "open sesame");

/// A server by asyncua; killed when dropped.
pub struct Server {
    pub port: u16,
    pub folder: TempDir,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Server {
    pub fn open(extra: usize) -> Self {
        Self::start(free_port(), extra, false)
    }

    pub fn secured() -> Self {
        Self::start(free_port(), 0, true)
    }

    pub fn start(port: u16, extra: usize, secured: bool) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = python("serve.py");
        command.arg(port.to_string()).arg(extra.to_string());
        if secured {
            command.arg("secure").arg(folder.path()).args([USER.0, USER.1]);
        }
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("python runs");
        let input = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let mut server = Self { port, folder, process, input, output };
        assert_eq!(server.line(), "ready", "serve.py does not start; does the interpreter have asyncua?");
        server
    }

    /// Has the server tell a value, and waits until it did.
    pub fn tell(&mut self, command: &Json) {
        writeln!(self.input, "{command}").expect("the server reads");
        assert!(self.line().contains("done"), "{command} failed");
    }

    pub fn url(&self) -> String {
        format!("opc.tcp://127.0.0.1:{}/", self.port)
    }

    /// Without protection and without login.
    pub fn endpoint(&self) -> OpcuaEndpoint {
        endpoint(self.url(), self.folder.path())
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the server speaks");
        line.trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when the server has ended already.
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// What a client by asyncua found at a server of ours.
pub fn visit(url: &str, security: Option<&Path>) -> Json {
    let mut command = python("visit.py");
    command.arg(url);
    if let Some(folder) = security {
        command.arg(folder).args([USER.0, USER.1]);
    }
    let output = command.output().expect("python runs");
    assert!(output.status.success(), "visit.py failed: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Without protection and without login; our certificates in a folder of that one.
pub fn endpoint(url: String, folder: &Path) -> OpcuaEndpoint {
    OpcuaEndpoint {
        url,
        security: OpcuaSecurity::None,
        identity: OpcuaIdentity::Anonymous,
        certificates: folder.join("ours"),
        trust_on_first_use: false,
    }
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// The interpreter of the judges with one of the scripts beside this file.
pub fn python(script: &str) -> Command {
    let interpreter = python::interpreter();
    assert!(
        interpreter.is_file(),
        "{} is missing: run `make test` once, it installs the Python judges",
        interpreter.display()
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/opcua/python");
    let mut command = Command::new(interpreter);
    command.arg("-B").arg(folder.join(script));
    command
}
