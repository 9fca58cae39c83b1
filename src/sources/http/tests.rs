//! Against a server of a few lines on loopback, so that every byte of its answers is known.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

use super::*;
use crate::domain::link::{LinkState, LinkStatus};
use crate::domain::signal::{Sample, SignalId};
use crate::domain::source::{Payload, Route, Secret, SourceKind, SourceSpec};
use crate::domain::value::{Value, ValueKind};
use crate::sources::{Outlet, Runtime};

const DEADLINE: Duration = Duration::from_secs(10);

/// Answers each request with the next text, the last one for ever; gives the requests back.
fn serve(answers: Vec<String>) -> std::io::Result<(String, mpsc::Receiver<String>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let (seen, requests) = mpsc::channel();
    std::thread::spawn(move || -> std::io::Result<()> {
        let mut answers = answers.into_iter().peekable();
        let mut answer = String::new();
        loop {
            let (mut stream, _) = listener.accept()?;
            let mut request = String::new();
            let mut reader = BufReader::new(stream.try_clone()?);
            while reader.read_line(&mut request)? > 2 {}
            answer = answers.next().unwrap_or(answer);
            // A client that has heard enough hangs up early.
            let _hung_up = stream.write_all(answer.as_bytes());
            if seen.send(request).is_err() {
                return Ok(());
            }
        }
    });
    Ok((format!("http://{address}/state"), requests))
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn start(url: String, token: Option<Secret>) -> (Option<Runtime>, Receiver<Sample>) {
    let route = Route {
        topic: String::new(),
        only_if: Vec::new(),
        signal: SignalId(1),
        kind: ValueKind::Real,
        payload: Payload::Json { value: "/level".to_owned(), time: None, quality: None },
        convert: None,
    };
    let spec = HttpSpec { url, interval: Span::from_millis(50), token, ca_file: None, routes: vec![route] };
    let (sender, receiver) = bounded(1_000);
    let specs = vec![SourceSpec { name: "tank".to_owned(), kind: SourceKind::Http(spec) }];
    (Runtime::start(specs, Outlet::new(sender)).ok(), receiver)
}

#[track_caller]
fn wait_for(runtime: &Option<Runtime>, what: &str, wanted: impl Fn(&LinkStatus) -> bool) -> LinkStatus {
    let started = std::time::Instant::now();
    loop {
        let status = runtime.as_ref().and_then(|runtime| runtime.links().pop());
        match status {
            Some(status) if wanted(&status) => return status,
            status => assert!(started.elapsed() < DEADLINE, "{what} did not come: {status:?}"),
        }
        std::thread::yield_now();
    }
}

#[test]
fn polls_decodes_and_shows_what_went_wrong_between() -> std::io::Result<()> {
    let (url, requests) = serve(vec![
        answer("200 OK", r#"{"level": 1.5}"#),
        answer("200 OK", r#"{"level": "high"}"#),
        answer("503 Service Unavailable", "later"),
        answer("200 OK", r#"{"level": 2.5}"#),
    ])?;
    let token_file = tempfile::NamedTempFile::new()?;
    std::fs::write(token_file.path(), "t0ken\n")?;
    let (runtime, receiver) = start(url, Some(Secret::File(token_file.path().to_owned())));
    for expected in [1.5, 2.5, 2.5] {
        assert_eq!(receiver.recv_timeout(DEADLINE).map(|sample| sample.value), Ok(Value::Real(expected)));
    }
    let request = requests.recv_timeout(DEADLINE).unwrap_or_default().to_lowercase();
    assert!(request.starts_with("get /state http/1.1") && request.contains("authorization: bearer t0ken"), "{request}");
    let status = wait_for(&runtime, "up again", LinkStatus::connected);
    assert_eq!((status.rejected, status.reconnects), (1, 1));
    let message = status.last_error.map(|error| error.message).unwrap_or_default();
    assert!(
        message.contains("503 Service Unavailable") && message.contains("Values of this link are frozen."),
        "{message}"
    );
    Ok(())
}

#[test]
fn failures_say_what_to_check_and_when_the_next_attempt_is() -> std::io::Result<()> {
    let endless = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", " ".repeat(LARGEST_PAYLOAD_BYTES + 1));
    for (given, words) in [
        (answer("401 Unauthorized", ""), "Check the token of source \"tank\"."),
        (answer("404 Not Found", ""), "Check the url of source \"tank\"."),
        (endless, "larger than 1048576 bytes"),
        ("nonsense".to_owned(), "cannot be reached"),
    ] {
        let (url, _requests) = serve(vec![given])?;
        let (runtime, _receiver) = start(url, None);
        let status = wait_for(&runtime, words, |status| status.last_error.is_some());
        assert!(matches!(status.state, LinkState::Down { retry_at: Some(_), .. }), "{status:?}");
        let message = status.last_error.map(|error| error.message).unwrap_or_default();
        assert!(message.contains(words), "{message}");
    }
    Ok(())
}
