//! Messages a second from a publisher over a broker into the plant's history: mosquitto on loopback,
//! QoS 0, a JSON document with value, time and quality on each of a thousand topics.
//!
//! Publisher, broker, source and app share the processors of one machine. The app is awake sixty
//! times a second, as with a window. No message may be lost on the way. Where mosquitto is not
//! installed the bench says so.
//!
//! Profile of `make bench`: this crate in full optimisation, dependencies as in the dev build.

#[allow(dead_code, reason = "shared with the integration tests, which use more of it")]
#[path = "../tests/integration/mqtt/mosquitto.rs"]
mod mosquitto;
#[path = "support/plant.rs"]
mod plant;
#[allow(dead_code, reason = "shared with the integration tests, which use more of it")]
#[path = "../tests/integration/mqtt/twin.rs"]
mod twin;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use divan::Bencher;
use divan::counter::ItemsCount;
use twinscope::app::plant::Plant;
use twinscope::domain::link::LinkStatus;
use twinscope::domain::source::{MqttVersion, Payload, Route, TimeFormat};
use twinscope::domain::value::ValueKind;

use mosquitto::Broker;
use twin::Twin;

const SIGNALS: u32 = 1_000;
const MESSAGES: u64 = 100_000;
/// As the app's channel.
const CAPACITY: usize = 1 << 16;
const FRAME: Duration = Duration::from_millis(16);
const DEADLINE: Duration = Duration::from_secs(60);

fn main() {
    divan::main();
}

#[divan::bench(args = [MqttVersion::V311, MqttVersion::V5], sample_size = 1, sample_count = 10)]
fn end_to_end(bencher: Bencher, version: MqttVersion) {
    let broker = Broker::open();
    let mut spec = twin::spec(&broker, version, "plant/#", (0..SIGNALS).map(route).collect());
    spec.subscriptions.iter_mut().for_each(|subscription| subscription.qos = 0);
    let source = Twin::start(spec, CAPACITY);
    source.wait_for("up", LinkStatus::connected);
    let mut publisher = connect(broker.port);
    let mut plant = Plant::new(plant::project(SIGNALS));
    let messages: Vec<u8> = (0..MESSAGES).flat_map(publish).collect();
    bencher.counter(ItemsCount::new(MESSAGES)).bench_local(|| {
        let wanted = plant.counters.samples + MESSAGES;
        thread::scope(|scope| {
            scope.spawn(|| publisher.write_all(&messages).expect("the broker reads"));
            let begin = Instant::now();
            while plant.counters.samples < wanted {
                thread::park_timeout(FRAME);
                plant.drain(&source.samples, FRAME / 2);
                assert!(begin.elapsed() < DEADLINE, "{} messages are missing", wanted - plant.counters.samples);
            }
        });
    });
    let status = source.status();
    assert_eq!((status.rejected, status.dropped), (0, 0), "{status:?}");
}

fn topic(signal: u32) -> String {
    format!("plant/line{}/machine{signal}/temperature", signal % 10)
}

fn route(signal: u32) -> Route {
    let payload = Payload::Json {
        value: "/value".to_owned(),
        time: Some(("/time".to_owned(), TimeFormat::EpochMillis)),
        quality: Some("/quality".to_owned()),
    };
    Route { payload, ..twin::plain(&topic(signal), signal, ValueKind::Real) }
}

/// A PUBLISH packet of MQTT 3.1.1 with QoS 0 (3.3 of the standard).
fn publish(number: u64) -> Vec<u8> {
    let topic = topic((number % u64::from(SIGNALS)) as u32);
    let (value, time) = (plant::COOL + (number % 97) as f64 * 0.1, 1_700_000_000_000 + number);
    let payload = format!(r#"{{"value": {value:.1}, "time": {time}, "quality": "good"}}"#);
    let mut body = Vec::from((topic.len() as u16).to_be_bytes());
    body.extend_from_slice(topic.as_bytes());
    body.extend_from_slice(payload.as_bytes());
    // The length in groups of seven bits, the lowest first (2.2.3).
    let mut packet = vec![0x30];
    let mut length = body.len();
    while length >= 0x80 {
        packet.push((length % 0x80) as u8 | 0x80);
        length /= 0x80;
    }
    packet.push(length as u8);
    packet.append(&mut body);
    packet
}

/// A clean session of MQTT 3.1.1 without keep-alive (3.1 and 3.2).
fn connect(port: u16) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the broker listens");
    stream.write_all(b"\x10\x11\x00\x04MQTT\x04\x02\x00\x00\x00\x05bench").expect("the broker reads");
    let mut accepted = [0; 4];
    stream.read_exact(&mut accepted).expect("the broker answers");
    assert_eq!(accepted, [0x20, 2, 0, 0], "the broker refused");
    stream
}
