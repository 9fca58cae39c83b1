//! Debian's mosquitto, run by a test for itself, and mosquitto_pub as the independent publisher.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::DEADLINE;

/// A mosquitto of our own; killed when dropped.
pub struct Broker {
    pub folder: TempDir,
    pub port: u16,
    process: Child,
}

impl Broker {
    /// # Panics
    /// Where mosquitto is not installed: what is not tested must not look tested.
    pub fn start(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::start_in(folder, settings, free_port())
    }

    /// `{folder}` in the settings stands for the broker's folder.
    pub fn start_in(folder: TempDir, settings: &str, port: u16) -> Self {
        let program = mosquitto();
        let settings = settings.replace("{folder}", &folder.path().display().to_string());
        let settings = format!("listener {port} 127.0.0.1\npersistence false\nmax_queued_messages 0\n{settings}\n");
        let config = folder.path().join("mosquitto.conf");
        fs::write(&config, settings).expect("the broker's settings");
        let log = fs::File::create(folder.path().join("log")).expect("the broker's log");
        let process = Command::new(program)
            .args(["-c".as_ref(), config.as_os_str()])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("mosquitto starts");
        let broker = Self { folder, port, process };
        wait_until("the broker listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        broker
    }

    pub fn open() -> Self {
        Self::start("allow_anonymous true")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn kill(mut self) -> (TempDir, u16) {
        self.process.kill().expect("the broker can be killed");
        self.process.wait().expect("the broker ends");
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a temporary folder"));
        (folder, self.port)
    }

    /// Publishes through mosquitto_pub, one message a line, and waits until it is done.
    pub fn publish(&self, topic: &str, payload: &[u8], options: &[&str]) {
        let mut publisher = Command::new("mosquitto_pub")
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-t", topic])
            .args(options)
            .stdin(Stdio::piped())
            .spawn()
            .expect("mosquitto_pub starts");
        let mut input = publisher.stdin.take().expect("its input");
        input.write_all(payload).expect("it reads");
        drop(input);
        assert!(publisher.wait().expect("it ends").success(), "mosquitto_pub failed");
    }

    /// One message with this payload, whatever bytes it has.
    pub fn publish_one(&self, topic: &str, payload: &[u8]) {
        self.publish(topic, payload, &["-q", "1", "-s"]);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // Both fail only when the broker has ended already.
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

fn mosquitto() -> &'static str {
    const ADVICE: &str = "these tests need Debian's mosquitto: apt-get install mosquitto mosquitto-clients";
    let publisher = Command::new("mosquitto_pub").arg("--help").stdout(Stdio::null()).status();
    assert!(publisher.is_ok(), "no mosquitto_pub; {ADVICE}");
    let places = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"];
    places.into_iter().find(|program| Path::new(program).exists()).expect(ADVICE)
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

#[track_caller]
fn wait_until(what: &str, done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < DEADLINE, "waited in vain until {what}");
        thread::park_timeout(Duration::from_millis(5));
    }
}

pub fn broker_with_user(user: &str, password: &str) -> Broker {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("users");
    let made = Command::new("mosquitto_passwd").args(["-b", "-c"]).arg(&file).args([user, password]).status();
    assert!(made.is_ok_and(|status| status.success()), "mosquitto_passwd failed");
    // Mosquitto gives up root for the user mosquitto, who must be able to read it.
    open_to_all(folder.path());
    open_to_all(&file);
    Broker::start_in(folder, "allow_anonymous false\npassword_file {folder}/users", free_port())
}

pub fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
}

/// Writes a new authority and a certificate for 127.0.0.1 to the folder.
pub fn write_certificates(folder: &Path, name: &str) {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    let authority_key = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::new(Vec::new()).expect("an authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // OpenSSL takes a certificate whose issuer has its own name for self-signed.
    authority.distinguished_name.push(DnType::CommonName, format!("{name} authority"));
    let authority_pem = authority.self_signed(&authority_key).expect("a certificate").pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).expect("a server");
    let server_pem = server.signed_by(&key, &issuer).expect("a certificate").pem();
    for (part, text) in [("ca", authority_pem), ("cert", server_pem), ("key", key.serialize_pem())] {
        let file = folder.join(format!("{name}-{part}.pem"));
        fs::write(&file, text).expect("a PEM file");
        open_to_all(&file);
    }
    open_to_all(folder);
}
