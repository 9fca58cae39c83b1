//! What goes over the wire, as tshark takes and reads it: a witness that is no part of this program.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(60);
const LOOPBACK: &str = if cfg!(target_os = "macos") { "lo0" } else { "lo" };

/// Packets of one port of this computer, from `of_port` on; ends when dropped.
pub struct Capture {
    folder: TempDir,
    port: u16,
    process: Child,
}

/// A message: from which port, and the numbers of its kind that the dissector read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    pub from_port: u16,
    pub kinds: Vec<u32>,
}

impl Capture {
    /// Begins, and is taking packets when it returns.
    ///
    /// # Panics
    /// Where tshark is missing or may not capture: what is not tested must not look tested.
    pub fn of_port(port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let told = File::create(folder.path().join("told")).expect("a file");
        let process = Command::new("tshark")
            .args(["-i", LOOPBACK, "-f", &format!("tcp port {port}"), "-w"])
            .arg(folder.path().join("packets.pcapng"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(told)
            .spawn()
            .unwrap_or_else(|error| panic!("tshark does not start ({error}): run `make tools-test`, it installs it"));
        let mut capture = Self { folder, port, process };
        let begin = Instant::now();
        while !capture.told().contains("Capture started") {
            let ended = capture.process.try_wait().expect("its state");
            assert!(
                ended.is_none() && begin.elapsed() < DEADLINE,
                "tshark takes no packets of {LOOPBACK}: run the tests as root, or give dumpcap the right to (setcap \
                 cap_net_raw,cap_net_admin+eip \"$(command -v dumpcap)\"). It says: {}",
                capture.told()
            );
            thread::sleep(Duration::from_millis(20));
        }
        capture
    }

    fn told(&self) -> String {
        fs::read_to_string(self.folder.path().join("told")).unwrap_or_default()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("packets.pcapng")
    }

    /// All messages so far, read as this protocol of the dissectors.
    pub fn messages(&self, protocol: &str, field: &str) -> Vec<Message> {
        let output = Command::new("tshark")
            .arg("-r")
            .arg(self.file())
            .args(["-d", &format!("tcp.port=={},{protocol}", self.port), "-Y", protocol])
            .args(["-T", "fields", "-e", "tcp.srcport", "-e", field])
            .output()
            .expect("tshark runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let message = |line: &str| {
            let (port, kinds) = line.split_once('\t').expect("two fields");
            let kinds = kinds.split(',').filter_map(|kind| kind.parse().ok()).collect();
            Message { from_port: port.parse().expect("a port"), kinds }
        };
        text.lines().map(message).collect()
    }

    /// All messages, once there is one of which this is true: what came before it is there too.
    pub fn until(&self, protocol: &str, field: &str, last: impl Fn(&Message) -> bool) -> Vec<Message> {
        let begin = Instant::now();
        loop {
            let messages = self.messages(protocol, field);
            if messages.iter().any(&last) {
                return messages;
            }
            assert!(begin.elapsed() < DEADLINE, "the capture does not see what was sent: {messages:?}");
            thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        // It has to see its own end to take its helper with it. Both fail only when it has ended already.
        let _ended = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        let _ended = self.process.wait();
    }
}
