//! Monado with its remote driver, and an X server, for one test: both in a folder of their own, both of
//! the packages that .ci/monado unpacked, both gone when the test is over.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::remote::Remote;
use crate::wait;

const LIMIT: Duration = Duration::from_secs(60);

pub struct Monado {
    // In the order in which they end.
    service: Option<Running>,
    screen: Screen,
    folder: TempDir,
    port: u16,
}

impl Monado {
    /// Started, and ready for programs.
    ///
    /// # Panics
    /// Where .ci/monado did not run: what is not tested must not look tested.
    #[track_caller]
    pub fn start() -> Self {
        // Made for this user alone, as a runtime folder has to be.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let settings = json!({ "active": "remote", "remote": { "version": 0, "port": port, "view_count": 2 } });
        fs::create_dir(folder.path().join("monado")).expect("a folder");
        fs::write(folder.path().join("monado/config_v0.json"), settings.to_string()).expect("Monado's settings");
        let mut monado = Self { service: None, screen: Screen::start(folder.path()), folder, port };
        monado.restart();
        monado
    }

    /// Starts the service again after [`Self::kill`], with head and hands where they begin. The log goes on.
    #[track_caller]
    pub fn restart(&mut self) {
        self.kill();
        let mut command = self.command("monado-service");
        command.env("XRT_COMPOSITOR_NULL", "1").env("XRT_NO_STDIN", "1").env("XDG_CONFIG_HOME", self.folder.path());
        self.service = Some(self.spawn("service", command));
        let socket = self.folder.path().join("monado_comp_ipc");
        let missing = || format!("Monado does not listen\n{}", self.log());
        wait::until(LIMIT, missing, || UnixStream::connect(&socket).ok());
    }

    /// The runtime dies from one moment to the next. Programs and the X server go on.
    pub fn kill(&mut self) {
        self.service = None;
    }

    /// The runtime stands still, in whatever it does, until [`Self::thaw`].
    #[track_caller]
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    #[track_caller]
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    #[track_caller]
    fn signal(&self, signal: &str) {
        let service = self.service.as_ref().expect("the service runs");
        let sent = Command::new("kill").arg(signal).arg(service.process.id().to_string()).status();
        assert!(sent.expect("kill runs").success());
    }

    /// To move the head and the hands of the present service.
    #[track_caller]
    pub fn remote(&self) -> Remote {
        Remote::connect(self.port)
    }

    /// A program that finds this runtime and this X server: one of the packages by its name, any other by its path.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(inside());
        command.arg(program.as_ref()).env("XDG_RUNTIME_DIR", self.folder.path()).env("DISPLAY", &self.screen.display);
        command
    }

    /// Starts a command with its output in a log of this name and an open input, and kills it when dropped.
    #[track_caller]
    pub fn spawn(&self, name: &str, command: Command) -> Running {
        Running::start(command, self.folder.path().join(format!("{name}.log")))
    }

    /// What the service wrote, over all its lives.
    pub fn log(&self) -> String {
        read(&self.folder.path().join("service.log"))
    }

    /// The programs that the runtime knows of, a line each, with `act: 1` and `foc: 1` where they are
    /// active and in focus. One of them is the one that asks.
    pub fn clients(&self) -> String {
        let output = self.command("monado-ctl").output().expect("monado-ctl runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// A process, killed when dropped.
pub struct Running {
    process: Child,
    log: PathBuf,
}

impl Running {
    #[track_caller]
    fn start(mut command: Command, log: PathBuf) -> Self {
        let output = File::options().create(true).append(true).open(&log).expect("a log");
        let errors = output.try_clone().expect("the log");
        let process = command.stdin(Stdio::piped()).stdout(output).stderr(errors).spawn();
        Self { process: process.expect("the program starts"), log }
    }

    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// Closes its input.
    pub fn hang_up(&mut self) {
        self.process.stdin = None;
    }

    /// How it ended, or nothing where it still runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().expect("its state")
    }

    /// # Panics
    /// Where it does not end within `limit`.
    #[track_caller]
    pub fn wait_for_end(&mut self, limit: Duration) -> ExitStatus {
        let log = self.log.clone();
        wait::until(limit, || format!("it does not end\n{}", read(&log)), || self.ended())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// An X server without a screen, on a display that was free.
struct Screen {
    process: Child,
    display: String,
    // It would be told to end if nobody read what it writes.
    _output: BufReader<ChildStdout>,
}

impl Screen {
    #[track_caller]
    fn start(folder: &Path) -> Self {
        let log = File::create(folder.join("screen.log")).expect("a log");
        let mut process = Command::new(inside())
            .args(["Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1280x720x24"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the X server starts");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let mut number = String::new();
        output.read_line(&mut number).expect("its display");
        let screen = Self { process, display: format!(":{}", number.trim()), _output: output };
        assert!(!number.is_empty(), "the X server did not start\n{}", read(&folder.join("screen.log")));
        screen
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

fn end(process: &mut Child) {
    // Both fail only when it has ended already.
    let _ended = process.kill();
    let _ended = process.wait();
}

fn read(log: &Path) -> String {
    fs::read(log).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
}

/// What runs a program among the packages, see there.
#[track_caller]
fn inside() -> PathBuf {
    let cache = env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache"))).expect("a home");
    let inside = cache.join("twinscope-ci/monado/inside");
    assert!(inside.exists(), "no {}: run .ci/monado first", inside.display());
    inside
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}
