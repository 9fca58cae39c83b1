//! Against Python's HTTP server, which counts what it was asked to write: `tests/integration/links/python`.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::*;
use crate::control::links::tests::{SPEED, now, request, until, way, words};
use crate::domain::quality::Quality;
use crate::domain::source::{Payload, Route, TimeFormat};
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;
use crate::domain::write_target::WriteBody;

#[path = "../../../../tests/integration/recording/python.rs"]
#[allow(dead_code)]
mod python;

/// The plant; ends with this.
struct Plant {
    process: Child,
    port: u16,
}

impl Plant {
    fn start() -> Self {
        Self::start_with(&[])
    }

    /// With the files of a certificate and its key it speaks TLS.
    fn start_with(files: &[&Path]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/links/python/http_plant.py");
        let mut process = Command::new(python::interpreter())
            .arg("-B")
            .arg(script)
            .args(files)
            .stdout(Stdio::piped())
            .spawn()
            .expect("python starts");
        let mut port = String::new();
        let output = process.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut port).expect("it says where it is");
        Self { process, port: port.trim().parse().expect("a port") }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// Method, path, body and headers of each write.
    fn writes(&self) -> Vec<(String, String, String, HashMap<String, String>)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.write_all(b"GET /writes HTTP/1.0\r\n\r\n").expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str(body).expect("a list")
    }

    /// How often something was written to a path.
    fn count(&self, path: &str) -> usize {
        self.writes().iter().filter(|write| write.1 == format!("/{path}")).count()
    }

    fn spec(&self) -> HttpSpec {
        HttpSpec {
            url: self.url("state"),
            interval: Span::from_secs(1),
            token: None,
            ca_file: None,
            routes: Vec::new(),
        }
    }

    /// A way that is written and read back at one path.
    fn way(&self, path: &str) -> Way {
        way(WriteTarget::Http {
            url: self.url(path),
            method: HttpMethod::Put,
            body: WriteBody::Member("/speed".into()),
            readback_url: Some(self.url(path)),
        })
    }

    fn link(&self, path: &str) -> HttpLink {
        start(&self.spec(), self.way(path))
    }
}

impl Drop for Plant {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

fn start(spec: &HttpSpec, way: Way) -> HttpLink {
    let shown = HashMap::from([(SignalId(1), SPEED.to_owned()), (SignalId(2), "Line/Other".to_owned())]);
    HttpLink::start(&Io::start().expect("a thread"), spec, vec![way], &shown, now)
}

#[test]
fn a_value_is_put_once_and_read_back_at_its_date() {
    let plant = Plant::start();
    let mut link = plant.link("ok");
    until("the server", || link.connected().ok());
    let before = link.read(SPEED).expect("a value");
    assert_eq!((before.value, before.quality), (600.0, Quality::Good));
    assert_eq!(link.write(&request(570.5, 1, 5_000)), WriteOutcome::Accepted);
    let after = link.read(SPEED).expect("a value");
    assert_eq!(after.value, 570.5);
    // The date of an answer has whole seconds.
    assert!((now() - after.source_time) < Span::from_secs(3) && after.source_time <= now(), "{after:?}");
    let (method, path, body, headers) = plant.writes().remove(0);
    assert_eq!((method.as_str(), path.as_str(), body.as_str()), ("PUT", "/ok", r#"{"speed":570.5}"#));
    assert_eq!(headers.get("content-type").map(String::as_str), Some("application/json"));
    assert!(!headers.contains_key("if-match") && !headers.contains_key("authorization"));
    assert_eq!(plant.count("ok"), 1);
}

#[test]
fn what_the_server_says_is_what_became_of_it_and_nothing_is_sent_twice() {
    let plant = Plant::start();
    for (path, expected) in [
        (
            "reject",
            "rejected: the server answered 422 Unprocessable Entity: \"speed is out of range for this product\"",
        ),
        ("method", "rejected: the server answered 405 Method Not Allowed"),
        ("conflict", "rejected: somebody else changed it since it was read (412 Precondition Failed)"),
        ("token", "rejected: the server refuses our token or asks for one (401 Unauthorized): \"who are you?\""),
        ("no", "rejected: the plant rejected it: in HOLD"),
        (
            "failed",
            "unknown: the server failed and may have done it (500 Internal Server Error): \"the PLC does not answer\"",
        ),
        ("redirect", "rejected: the server sends elsewhere (307 Temporary Redirect), where a write does not follow"),
        ("seeother", "unknown: the server answered 303 See Other, which does not say whether it did it"),
        ("hangup", "unknown: the connection broke before an answer came (connection closed before message completed)"),
        ("partial", "unknown: the connection broke before an answer came (connection closed before message completed)"),
    ] {
        let said = words(plant.link(path).write(&request(570.0, 1, 5_000)));
        assert_eq!(said, expected, "{path}");
        assert_eq!(plant.count(path), 1, "{path}");
    }
    assert_eq!(plant.link("clamped").write(&request(595.0, 1, 5_000)), WriteOutcome::Clamped);
    assert_eq!(plant.count("ok"), 0, "no redirect was followed");
}

#[test]
fn a_slow_server_leaves_the_write_unknown_and_a_slow_body_does_not() {
    let plant = Plant::start();
    let said = words(plant.link("slow").write(&request(570.0, 1, 300)));
    assert_eq!(said, "unknown: the server did not answer within 0.3 s");
    assert_eq!(plant.link("endless").write(&request(570.0, 1, 500)), WriteOutcome::Accepted);
    let mut slow = plant.way("slow");
    slow.deadline = Span::from_millis(300);
    let read = start(&plant.spec(), slow).read(SPEED);
    assert_eq!(read, Err("the server did not answer within 0.3 s".to_owned()));
    assert_eq!((plant.count("slow"), plant.count("endless")), (1, 1));
}

#[test]
fn of_a_huge_answer_only_the_beginning_is_read() {
    let plant = Plant::start();
    let mut link = plant.link("huge");
    let said = words(link.write(&request(570.0, 1, 10_000)));
    assert!(said.starts_with("rejected: the server answered 400 Bad Request: \"xxx") && said.len() < 400, "{said}");
    assert_eq!(link.read(SPEED), Err("the answer is larger than 1048576 bytes".to_owned()));
}

#[test]
fn a_server_that_is_not_there_gets_nothing() {
    let plant = Plant::start();
    // Nothing listens at port 1 (tcpmux) on loopback.
    let nowhere = way(WriteTarget::Http {
        url: "http://127.0.0.1:1/speed".into(),
        method: HttpMethod::Post,
        body: WriteBody::Template(WriteBody::VALUE.into()),
        readback_url: None,
    });
    let mut link = start(&plant.spec(), nowhere);
    let said = words(link.write(&request(570.0, 1, 5_000)));
    assert!(said.starts_with("not sent: the server cannot be reached ("), "{said}");
    let down = until("the look", || link.connected().err().filter(|words| words.contains("reached")));
    assert!(down.starts_with("the HTTP server 127.0.0.1:1 cannot be reached ("), "{down}");
    assert!(!link.reads_back(SPEED));
    assert_eq!(link.read(SPEED), Err(format!("no address says what {SPEED} holds")));

    // A server that takes the connection and never speaks TLS: nothing was asked yet.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let folder = tempfile::tempdir().expect("a folder");
    let ca_file = folder.path().join("ca.pem");
    let authority = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    std::fs::write(&ca_file, authority.cert.pem()).expect("a file");
    let mut mute = way(WriteTarget::Http {
        url: format!("https://127.0.0.1:{}/speed", silent.local_addr().expect("an address").port()),
        method: HttpMethod::Put,
        body: WriteBody::Template(WriteBody::VALUE.into()),
        readback_url: None,
    });
    mute.deadline = Span::from_millis(600);
    let mut link = start(&HttpSpec { ca_file: Some(ca_file.clone()), ..plant.spec() }, mute.clone());
    let said = words(link.write(&request(570.0, 1, 600)));
    assert!(said.starts_with("not sent: the server cannot be reached ("), "{said}");

    std::fs::write(&ca_file, "broken").expect("a file");
    let mut link = start(&HttpSpec { ca_file: Some(ca_file), ..plant.spec() }, mute);
    let said = words(link.write(&request(570.0, 1, 600)));
    assert!(said.starts_with("not sent: ") && said.contains("ca.pem"), "{said}");
}

#[test]
fn what_was_read_has_to_be_there_still() {
    let plant = Plant::start();
    let mut link = plant.link("version");
    link.read(SPEED).expect("a value");
    assert_eq!(link.write(&request(590.0, 1, 5_000)), WriteOutcome::Accepted);
    // A version is good for one write; the server asks for one.
    assert!(words(link.write(&request(580.0, 2, 5_000))).contains("428 Precondition Required"));
    link.read(SPEED).expect("a value");
    let mut other = plant.link("version");
    other.read(SPEED).expect("a value");
    assert_eq!(other.write(&request(575.0, 1, 5_000)), WriteOutcome::Accepted);
    let said = words(link.write(&request(580.0, 3, 5_000)));
    assert_eq!(said, "rejected: somebody else changed it since it was read (412 Precondition Failed)");
    assert_eq!(link.read(SPEED).map(|read| read.value), Ok(575.0));

    // A weak version never matches, and that of another document is none of ours.
    let mut link = plant.link("weak");
    link.read(SPEED).expect("a value");
    assert_eq!(link.write(&request(590.0, 1, 5_000)), WriteOutcome::Accepted);
    let mut elsewhere = plant.way("ok");
    let WriteTarget::Http { readback_url, .. } = &mut elsewhere.address.target else { panic!("HTTP") };
    *readback_url = Some(plant.url("version"));
    let mut link = start(&plant.spec(), elsewhere);
    link.read(SPEED).expect("a value");
    assert_eq!(link.write(&request(590.0, 1, 5_000)), WriteOutcome::Accepted);
    for (_, path, _, headers) in plant.writes().iter().filter(|write| write.1 != "/version") {
        assert!(!headers.contains_key("if-match"), "{path}");
    }
}

#[test]
fn the_time_of_a_value_is_never_that_of_its_arrival() {
    let plant = Plant::start();
    let old = plant.link("old").read(SPEED).map(|read| read.source_time);
    assert_eq!(old, Ok(Timestamp::parse("1994-11-06T08:49:37Z").expect("a time")));
    let undated = plant.link("undated").read(SPEED);
    assert_eq!(undated, Err("the answer of the server does not say of when it is".to_owned()));
    for (path, words) in [
        ("missing", "the server was asked what it holds and answered 404 Not Found"),
        ("redirect", "the server was asked what it holds and answered 307 Temporary Redirect"),
        ("token", "the server was asked what it holds and answered 401 Unauthorized"),
        ("broken", "the answer of the server cannot be read: not JSON"),
    ] {
        let said = plant.link(path).read(SPEED);
        assert!(said.as_ref().is_err_and(|said| said.starts_with(words)), "{path}: {said:?}");
    }

    let payload = Payload::Json {
        value: "/x".into(),
        time: Some(("/at".into(), TimeFormat::EpochSecs)),
        quality: Some("/quality".into()),
    };
    let route = |signal, payload| Route {
        topic: String::new(),
        only_if: Vec::new(),
        signal: SignalId(signal),
        kind: ValueKind::Real,
        payload,
        convert: None,
    };
    let spec = HttpSpec { routes: vec![route(1, payload.clone())], ..plant.spec() };
    let timed = start(&spec, plant.way("timed")).read(SPEED).expect("a value");
    assert_eq!((timed.value, timed.source_time), (600.0, Timestamp::from_millis(1_600_000_000_000)));
    assert!(!timed.quality.is_good());
    // Another document may have its time elsewhere, that of the source not.
    let elsewhere = start(&spec, plant.way("ok")).read(SPEED).expect("a value");
    assert!(now() - elsewhere.source_time < Span::from_secs(3));
    let here = HttpSpec { url: plant.url("ok"), ..spec };
    let said = start(&here, plant.way("ok")).read(SPEED);
    assert_eq!(said, Err("the answer of the server cannot be read: no member at \"/at\"".to_owned()));

    // Another signal that shows it is read from the document of the source.
    let Payload::Json { time, quality, .. } = payload else { panic!("JSON") };
    let shown = route(2, Payload::Json { value: "/speed".into(), time, quality });
    let spec = HttpSpec { url: plant.url("timed"), routes: vec![shown], ..here };
    let mut link = start(&spec, plant.way("ok"));
    assert_eq!(link.read("Line/Other").map(|read| read.value), Ok(600.0));
    assert_eq!(link.signals(), BTreeSet::from([SPEED.to_owned(), "Line/Other".to_owned()]));
}

#[test]
fn values_are_written_and_read_in_the_unit_of_the_plant_and_in_its_words() {
    let plant = Plant::start();
    let mut text = plant.way("text");
    text.address.convert = Some((Unit::new("/min"), Unit::new("/h")));
    let WriteTarget::Http { method, body, .. } = &mut text.address.target else { panic!("HTTP") };
    (*method, *body) = (HttpMethod::Post, WriteBody::Template("SP={value};".into()));
    let mut link = start(&plant.spec(), text);
    assert_eq!(link.read(SPEED).map(|read| read.value), Ok(10.0));
    assert_eq!(link.write(&request(9.5, 1, 5_000)), WriteOutcome::Accepted);
    assert_eq!(link.read(SPEED).map(|read| read.value), Ok(9.5));
    let (method, _, body, headers) = plant.writes().remove(0);
    assert_eq!((method.as_str(), body.as_str()), ("POST", "SP=570;"));
    assert_eq!(headers.get("content-type").map(String::as_str), Some("text/plain; charset=utf-8"));
}

#[test]
fn the_token_of_who_writes_is_shown_and_read_anew_each_time() {
    let plant = Plant::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    let mut secret = plant.way("token");
    secret.address.identity = WriteIdentity::Token(Secret::File(file.clone()));
    let mut link = start(&plant.spec(), secret);
    assert!(words(link.write(&request(570.0, 1, 5_000))).starts_with("not sent: the token cannot be had"));
    std::fs::write(&file, "wrong\n").expect("a file");
    assert!(words(link.write(&request(570.0, 2, 5_000))).contains("401 Unauthorized"));
    std::fs::write(&file, "open sesame\n").expect("a file");
    assert_eq!(link.write(&request(570.0, 3, 5_000)), WriteOutcome::Accepted);
    assert_eq!(link.read(SPEED).map(|read| read.value), Ok(570.0));
    assert_eq!(plant.count("token"), 2);
}

#[test]
fn over_tls_only_the_named_authority_is_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let certificate = |name: &str| {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let files = [format!("{name}.pem"), format!("{name}.key")].map(|file| folder.path().join(file));
        std::fs::write(&files[0], made.cert.pem()).expect("a file");
        std::fs::write(&files[1], made.signing_key.serialize_pem()).expect("a file");
        files
    };
    let (own, other) = (certificate("own"), certificate("other"));
    let plant = Plant::start_with(&[&own[0], &own[1]]);
    let url = format!("https://localhost:{}/ok", plant.port);
    let target = WriteTarget::Http {
        url: url.clone(),
        method: HttpMethod::Put,
        body: WriteBody::Member("/speed".into()),
        readback_url: Some(url),
    };
    let with =
        |ca_file: &Path| start(&HttpSpec { ca_file: Some(ca_file.to_owned()), ..plant.spec() }, way(target.clone()));
    let said = words(with(&other[0]).write(&request(570.0, 1, 5_000)));
    assert!(said.starts_with("not sent: the server cannot be reached (invalid peer certificate"), "{said}");
    let mut link = with(&own[0]);
    assert_eq!(link.read(SPEED).map(|read| read.value), Ok(600.0));
    assert_eq!(link.write(&request(580.0, 2, 5_000)), WriteOutcome::Accepted);
    assert_eq!(link.read(SPEED).map(|read| read.value), Ok(580.0));
}

#[test]
fn there_is_no_watchdog() {
    let plant = Plant::start();
    let mut link = plant.link("ok");
    assert!(!link.watchdog(SPEED));
    assert!(link.arm(SPEED, 600.0).is_err_and(|words| words.contains("no watchdog")));
    assert_eq!((link.feed(SPEED), link.release(SPEED)), (Ok(()), Ok(())));
}
