//! The past between two programs: what asyncua's server keeps arrives here, and what our server keeps
//! arrives at asyncua's client.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};
use twinscope::domain::quality::{BadReason, Quality};
use twinscope::domain::signal::Sample;
use twinscope::domain::source::OpcuaSpec;
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::unit::Unit;
use twinscope::domain::value::{Value, ValueKind};
use twinscope::protocol::opcua::server::{Listening, Memory, ServerSettings, Variable, WriteAnswer};

use super::judge::{endpoint, free_port, python};
use super::proxy::Proxy;
use super::twin::{Twin, node, spec};

const LEVEL: u32 = 0;
const STATE: u32 = 1;
const PLAIN: u32 = 2;

/// A server by asyncua with a past; killed when dropped.
struct Historian {
    port: u16,
    /// Moment of the last value of the past, in whole seconds.
    last: i64,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Historian {
    /// `count` values of Level, half a second apart up to now, of which it tells `page` in one answer.
    fn start(count: usize, page: usize, keeps: bool) -> Self {
        let port = free_port();
        let last = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64 - 1;
        let mut command = python("history_serve.py");
        command.args([port.to_string(), count.to_string(), "0.5".to_owned(), last.to_string(), page.to_string()]);
        if !keeps {
            command.arg("none");
        }
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("python runs");
        let input = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let mut server = Self { port, last, process, input, output };
        assert_eq!(server.line(), "ready", "history_serve.py does not start; does the interpreter have asyncua?");
        server
    }

    fn tell(&mut self, values: &[(f64, f64)]) {
        writeln!(self.input, "{}", json!({ "level": values })).expect("the server reads");
        assert_eq!(self.line(), "done");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the server speaks");
        line.trim().to_owned()
    }

    fn spec(&self, port: u16, folder: &tempfile::TempDir) -> OpcuaSpec {
        let nodes = vec![
            node("ns=2;s=Level", LEVEL, ValueKind::Real),
            node("ns=2;s=State", STATE, ValueKind::Text),
            node("ns=2;s=Plain", PLAIN, ValueKind::Real),
        ];
        let endpoint = endpoint(format!("opc.tcp://127.0.0.1:{port}/"), folder.path());
        OpcuaSpec { history: Span::from_secs(3_600), ..spec(endpoint, nodes) }
    }
}

impl Drop for Historian {
    fn drop(&mut self) {
        // Both fail only when the server has ended already.
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// Samples up to that value of Level.
fn up_to(twin: &Twin, level: f64) -> Vec<Sample> {
    let mut samples = Vec::new();
    loop {
        let sample = twin.next();
        let last = sample.signal.0 == LEVEL && sample.value == Value::Real(level);
        samples.push(sample);
        if last {
            return samples;
        }
    }
}

fn levels(samples: &[Sample]) -> Vec<(f64, Timestamp)> {
    let levels = samples.iter().filter(|sample| sample.signal.0 == LEVEL);
    levels.map(|sample| (sample.value.as_f64().expect("a number"), sample.source_time)).collect()
}

/// Where the server gives points to go on from, and where it cuts what is more than was asked for.
#[test]
fn the_past_of_a_server_arrives_whole_once_and_in_order_before_the_present() {
    for page in [700, 1_000_000] {
        const COUNT: usize = 4_500;
        let mut server = Historian::start(COUNT, page, true);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let twin = Twin::start(server.spec(server.port, &folder));
        let samples = up_to(&twin, COUNT as f64 - 1.0);
        let at = |index: usize| {
            Timestamp::from_millis(server.last * 1_000) - Span::from_millis(500 * (COUNT - 1 - index) as i64)
        };
        let expected: Vec<(f64, Timestamp)> = (0..COUNT).map(|index| (index as f64, at(index))).collect();
        assert_eq!(levels(&samples), expected, "page {page}");
        let states: Vec<&Sample> = samples.iter().filter(|sample| sample.signal.0 == STATE).collect();
        // What held before the past that was asked for is the present value of another signal; its own stays.
        assert_eq!(states.iter().filter(|state| state.source_time >= at(0)).count(), COUNT.div_ceil(250));
        assert!(states.is_sorted_by_key(|state| state.source_time));

        let now = server.last as f64 + 0.75;
        server.tell(&[(-1.0, now), (-2.0, now + 0.125)]);
        let live = up_to(&twin, -2.0);
        assert_eq!(levels(&live).iter().map(|(value, _)| *value).collect::<Vec<_>>(), [-1.0, -2.0]);
        let status = twin.status();
        assert_eq!(status.rejected, 0, "{status:?}");
        let note = status.last_error.map(|error| error.message).unwrap_or_default();
        assert!(note.contains("keeps a past of 2 of 3 nodes") && note.contains("source \"line1\""), "{note}");
    }
}

#[test]
fn a_server_without_a_past_is_asked_once_and_its_values_begin_with_the_connection() {
    let server = Historian::start(3, 10, false);
    let (folder, proxy) = (tempfile::tempdir().expect("a temporary folder"), Proxy::to(server.port));
    let twin = Twin::up(server.spec(proxy.port, &folder));
    let mut first = [twin.next(), twin.next(), twin.next()];
    first.sort_by_key(|sample| sample.signal);
    assert_eq!(first.map(|sample| sample.value), [Value::Real(0.0), Value::text("Idle"), Value::Real(7.0)]);
    let noted = twin.wait_for("noted", |status| status.last_error.is_some());
    let note = noted.last_error.clone().map(|error| error.message).unwrap_or_default();
    assert!(note.contains("keeps a past of 0 of 3 nodes"), "{note}");
    proxy.cut();
    twin.wait_for("taken up", |status| status.reconnects == 1 && status.connected());
    let after = twin.status().last_error.map(|error| error.message).unwrap_or_default();
    assert!(!after.contains("a past of"), "it is noted once: {after}");
}

#[test]
fn what_was_missed_during_a_break_is_read_from_the_past() {
    let mut server = Historian::start(10, 100, true);
    let (folder, proxy) = (tempfile::tempdir().expect("a temporary folder"), Proxy::to(server.port));
    // What was before is not asked for; a break is made good all the same.
    let twin = Twin::up(OpcuaSpec { history: Span::ZERO, ..server.spec(proxy.port, &folder) });
    up_to(&twin, 9.0);
    proxy.hold();
    proxy.cut();
    twin.wait_for("down", |status| !status.connected());
    // More than the server keeps for a subscription.
    let missed: Vec<(f64, f64)> = (0..60)
        .map(|index| (1_000.0 + f64::from(index), server.last as f64 + 1.0 + 0.125 * f64::from(index)))
        .collect();
    server.tell(&missed);
    proxy.release();
    let samples = up_to(&twin, 1_059.0);
    let expected: Vec<f64> = missed.iter().map(|(value, _)| *value).collect();
    assert_eq!(levels(&samples).iter().map(|(value, _)| *value).collect::<Vec<_>>(), expected);
    server.tell(&[(-1.0, server.last as f64 + 60.0)]);
    assert_eq!(levels(&up_to(&twin, -1.0)).len(), 1, "nothing comes twice");
}

#[test]
fn a_foreign_client_reads_the_past_of_our_server() {
    const COUNT: i64 = 45_000;
    let millis = |index: i64| 1_700_000_000_000 + 250 * index;
    let at = |index: i64| Timestamp::from_millis(millis(index));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = ServerSettings { port: 0, certificates: folder.path().join("plant"), security: None };
    let speed = Variable {
        path: "Filler/Speed".to_owned(),
        description: String::new(),
        unit: Unit::none(),
        range: None,
        writable: true,
        initial: Value::Real(0.0),
    };
    let mut memory = Memory::new(1, 100_000);
    let broken = Quality::Bad(BadReason::SensorFailure);
    let quality = |index| if index == 1 { broken } else { Quality::Good };
    for index in 0..COUNT - 2 {
        memory.keep(0, at(index), Value::Real(index as f64), quality(index));
    }
    let listening = Listening::begin(&settings).expect("a port");
    let server = listening.serve(vec![speed], Some(memory), Box::new(|_| WriteAnswer::Good)).expect("a server");
    for index in COUNT - 2..COUNT {
        server.set("Filler/Speed", &Value::Real(index as f64), at(index), Quality::Good).expect("a variable");
    }

    let secs = |index: i64| millis(index) as f64 / 1_000.0;
    let mut command = python("history_visit.py");
    command.args([server.url(), "Filler/Speed".to_owned(), secs(0).to_string(), secs(COUNT - 1).to_string()]);
    let output = command.output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Json = serde_json::from_slice(&output.stdout).expect("JSON");
    let row = |index: i64| {
        let status = if index == 1 { 0x808C_0000_u32 } else { 0 };
        json!([if index == 1 { Json::Null } else { json!(index as f64) }, secs(index), status])
    };
    let rows = |range: std::ops::Range<i64>| range.map(row).collect::<Vec<_>>();
    // Readable, writable, and with a past that can be read (OPC 10000-3, 8.57).
    assert_eq!((&found["historizing"], &found["access"]), (&json!(true), &json!(0b111)));
    let same = |name: &str, expected: Vec<Json>| {
        let told = found[name].as_array().expect("a list");
        assert_eq!(told.len(), expected.len(), "{name}");
        for (told, expected) in told.iter().zip(&expected) {
            // With a bad status the library sends the value as well, or not.
            let value = told[2] == json!(0x808C_0000_u32) || told[0] == expected[0];
            assert!(value && told[1] == expected[1] && told[2] == expected[2], "{name}: {told} for {expected}");
        }
    };
    same("whole", rows(0..COUNT));
    same("without_end", rows(0..COUNT - 1));
    same("with_bounds", rows(0..COUNT));
    same("back", rows(COUNT - 5..COUNT).into_iter().rev().collect());
    same("first_three", rows(0..3));
    same("last_three", rows(COUNT - 3..COUNT).into_iter().rev().collect());
    same("nothing", Vec::new());
    // No value before, and the first of all behind.
    same("before", vec![json!([null, 1.0, 0x80D7_0000_u32]), row(0)]);
    assert_ne!(found["no_past"], json!(0));
}
