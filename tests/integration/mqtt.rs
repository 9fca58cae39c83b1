//! MQTT against Debian's mosquitto, with mosquitto_pub as the independent publisher.
//!
//! Each test runs its own broker on a free loopback port and ends it. Where mosquitto is not
//! installed the tests fail.

pub mod mosquitto;
pub mod twin;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use twinscope::domain::link::{LinkState, LinkStatus};
use twinscope::domain::signal::SignalId;
use twinscope::domain::source::{MqttSpec, MqttSubscription, MqttVersion, Secret, TlsSpec};
use twinscope::domain::value::{Value, ValueKind};

use self::mosquitto::{Broker, broker_with_user, free_port, write_certificates};
use self::twin::{Twin, json, plain, spec};

pub const DEADLINE: Duration = Duration::from_secs(20);
const VERSIONS: [MqttVersion; 2] = [MqttVersion::V311, MqttVersion::V5];

#[test]
fn values_arrive_in_both_versions_and_one_message_feeds_many_signals() {
    for version in VERSIONS {
        let broker = Broker::open();
        let routes = vec![json("plant/tank", 1, "/level"), json("plant/tank", 2, "/temperature")];
        let twin = Twin::up(spec(&broker, version, "plant/tank", routes));
        broker.publish_one("plant/tank", br#"{"level": 1.5, "temperature": 80}"#);
        let (level, temperature) = (twin.next(), twin.next());
        assert_eq!((level.signal, level.value), (SignalId(1), Value::Real(1.5)));
        assert_eq!((temperature.signal, temperature.value), (SignalId(2), Value::Real(80.0)));
        let status = twin.wait_for("done", |status| status.samples == 2);
        assert_eq!((status.received, status.rejected, status.dropped, status.last_error), (1, 0, 0, None));
    }
}

#[test]
fn wildcards_bring_every_routed_topic_and_let_the_others_pass() {
    for version in VERSIONS {
        let broker = Broker::open();
        let lines = ["plant/1/speed", "plant/2/speed"];
        let mut wanted = spec(
            &broker,
            version,
            "plant/+/speed",
            vec![plain(lines[0], 1, ValueKind::Int), plain(lines[1], 2, ValueKind::Int)],
        );
        // More filters than fit one packet, and one that covers the first again.
        wanted.subscriptions.extend((0..20).map(|index| MqttSubscription {
            topic: format!("area{index}/#"),
            qos: 0,
            routes: vec![plain(&format!("area{index}/a/b"), 10 + index, ValueKind::Text)],
        }));
        let twin = Twin::up(wanted);
        broker.publish_one("plant/3/speed", b"13");
        broker.publish_one("plant/1/speed", b"11");
        broker.publish_one("plant/2/speed", b"12");
        broker.publish_one("area19/a/b", b"far");
        let got: Vec<_> = (0..3).map(|_| twin.next()).map(|sample| (sample.signal.0, sample.value)).collect();
        assert_eq!(got, [(1, Value::Int(11)), (2, Value::Int(12)), (29, Value::text("far"))]);
        let status = twin.wait_for("done", |status| status.samples == 3);
        assert_eq!((status.received, status.rejected), (4, 0));
    }
}

#[test]
fn a_retained_value_is_there_at_once() {
    for version in VERSIONS {
        let broker = Broker::open();
        broker.publish("plant/state", b"RUN", &["-q", "1", "-r", "-s"]);
        let twin = Twin::start(spec(&broker, version, "plant/#", vec![plain("plant/state", 1, ValueKind::Text)]), 10);
        assert_eq!(twin.next().value, Value::text("RUN"));
    }
}

#[test]
fn a_refused_login_says_what_to_check_and_heals_when_the_password_does() {
    for version in VERSIONS {
        let broker = broker_with_user("operator", "right");
        let password = broker.file("password");
        fs::write(&password, "wrong\n").expect("the password file");
        let twin = Twin::start(
            MqttSpec {
                user: Some("operator".to_owned()),
                password: Some(Secret::File(password.clone())),
                ..spec(&broker, version, "#", vec![plain("a", 1, ValueKind::Int)])
            },
            10,
        );
        let status = twin.down_with(
            "The MQTT broker refused the login. Values of this link are frozen. Check user and password of source",
        );
        assert!(matches!(status.state, LinkState::Down { retry_at: Some(_), .. }));
        fs::write(&password, "right\n").expect("the password file");
        let status = twin.wait_for("up", LinkStatus::connected);
        assert_eq!(status.reconnects, 0, "it was never up before");
        broker.publish("a", b"5", &["-u", "operator", "-P", "right", "-s"]);
        assert_eq!(twin.next().value, Value::Int(5));
    }
}

#[test]
fn what_cannot_be_reached_is_named() {
    let broker = Broker::open();
    for version in VERSIONS {
        // Nothing listens at port 1 (tcpmux) on loopback.
        let nobody = MqttSpec { port: 1, ..spec(&broker, version, "#", Vec::new()) };
        Twin::start(nobody, 10).down_with("No MQTT broker answers at 127.0.0.1:1.");
        // A label longer than 63 bytes is no name (RFC 1035, 2.3.4), so that no name server is asked.
        let no_name = "x".repeat(64);
        let unknown = MqttSpec { host: no_name.clone(), ..spec(&broker, version, "#", Vec::new()) };
        Twin::start(unknown, 10).down_with(&format!("There is no computer called \"{no_name}\""));
        let no_secret = Secret::Env("TWINSCOPE_NOT_SET".to_owned());
        let unset = MqttSpec { password: Some(no_secret), ..spec(&broker, version, "#", Vec::new()) };
        Twin::start(unset, 10).down_with("environment variable TWINSCOPE_NOT_SET is not set");
    }
}

#[test]
fn tls_trusts_only_the_named_authority() {
    for version in VERSIONS {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_certificates(folder.path(), "plant");
        write_certificates(folder.path(), "other");
        let settings = "allow_anonymous true\ncertfile {folder}/plant-cert.pem\nkeyfile {folder}/plant-key.pem";
        let broker = Broker::start_in(folder, settings, free_port());
        let with = |ca: Option<&str>| MqttSpec {
            tls: Some(TlsSpec { ca_file: ca.map(|ca| broker.file(ca)), client_cert: None }),
            ..spec(&broker, version, "#", vec![plain("a", 1, ValueKind::Int)])
        };
        let twin = Twin::up(with(Some("plant-ca.pem")));
        let ca = broker.file("plant-ca.pem");
        broker.publish("a", b"5", &["--cafile", &ca.display().to_string(), "-s"]);
        assert_eq!(twin.next().value, Value::Int(5));
        assert!(twin.status().address.starts_with("mqtts://"));

        Twin::start(with(Some("other-ca.pem")), 10).down_with("is not trusted");
        Twin::start(with(Some("absent.pem")), 10).down_with("absent.pem");
        let refused = Twin::start(with(None), 10).down_with("Give the ca_file");
        assert!(matches!(refused.state, LinkState::Down { retry_at: None, .. }), "trying again cannot help");
        let in_clear = MqttSpec { tls: None, ..with(None) };
        Twin::start(in_clear, 10).down_with("whether it expects TLS");
    }
}

#[test]
fn tls_shows_a_client_certificate_where_the_broker_asks() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_certificates(folder.path(), "plant");
    let settings = "allow_anonymous true\nrequire_certificate true\ncafile {folder}/plant-ca.pem\n\
                    certfile {folder}/plant-cert.pem\nkeyfile {folder}/plant-key.pem";
    let broker = Broker::start_in(folder, settings, free_port());
    let certificate = (broker.file("plant-cert.pem"), broker.file("plant-key.pem"));
    let with = |client_cert| MqttSpec {
        tls: Some(TlsSpec { ca_file: Some(broker.file("plant-ca.pem")), client_cert }),
        ..spec(&broker, MqttVersion::V5, "#", Vec::new())
    };
    Twin::up(with(Some(certificate)));
    Twin::start(with(None), 10).down_with("client certificate");
}

#[test]
fn tls_on_a_port_without_it_is_named() {
    let broker = Broker::open();
    write_certificates(broker.folder.path(), "plant");
    let tls = Some(TlsSpec { ca_file: Some(broker.file("plant-ca.pem")), client_cert: None });
    let twin = Twin::start(MqttSpec { tls, ..spec(&broker, MqttVersion::V5, "#", Vec::new()) }, 10);
    twin.down_with("whether it speaks TLS");
}

#[test]
fn a_broker_that_dies_and_comes_back_costs_one_reconnect() {
    for version in VERSIONS {
        let broker = Broker::open();
        let twin = Twin::up(spec(&broker, version, "plant/#", vec![plain("plant/a", 1, ValueKind::Int)]));
        broker.publish_one("plant/a", b"1");
        assert_eq!(twin.next().value, Value::Int(1));
        let (folder, port) = broker.kill();
        let status = twin.down_with("ended the connection");
        assert!(matches!(status.state, LinkState::Down { retry_at: Some(_), .. }));
        let broker = Broker::start_in(folder, "allow_anonymous true", port);
        twin.wait_for("up again", LinkStatus::connected);
        broker.publish_one("plant/a", b"2");
        assert_eq!(twin.next().value, Value::Int(2));
        assert_eq!(twin.status().reconnects, 1);
    }
}

#[test]
fn a_stalled_app_gets_the_newest_of_every_signal_and_the_session_lives() {
    const SIGNALS: u32 = 10;
    const MESSAGES: u32 = 5_000;
    const CAPACITY: u32 = 100;
    for version in VERSIONS {
        let broker = Broker::open();
        let topic = |signal: u32| format!("plant/{signal}");
        let routes = (0..SIGNALS).map(|signal| plain(&topic(signal), signal, ValueKind::Int)).collect();
        let twin = Twin::start(spec(&broker, version, "plant/#", routes), CAPACITY as usize);
        twin.wait_for("up", LinkStatus::connected);
        for signal in 0..SIGNALS {
            let lines: String = (0..MESSAGES / SIGNALS).map(|value| format!("{value}\n")).collect();
            broker.publish(&topic(signal), lines.as_bytes(), &["-q", "1", "-l"]);
        }
        let status = twin.wait_for("done", |status| status.received == u64::from(MESSAGES));
        // The queue is full with the first; one of each signal that found no room is owed.
        let owed = SIGNALS;
        assert_eq!((status.samples, status.dropped), (MESSAGES.into(), (MESSAGES - CAPACITY - owed).into()));
        let mut newest = vec![None; SIGNALS as usize];
        for _ in 0..CAPACITY + owed {
            let sample = twin.next();
            newest[sample.signal.index()] = Some(sample.value);
        }
        let last = Value::Int(i64::from(MESSAGES / SIGNALS - 1));
        assert!(newest.iter().all(|value| *value == Some(last.clone())), "{newest:?}");
        broker.publish_one(&topic(3), b"-7");
        assert_eq!(twin.next().value, Value::Int(-7));
        let status = twin.status();
        assert_eq!((status.reconnects, status.last_error), (0, None), "the session was never lost");
        assert!(twin.samples.is_empty());
    }
}

#[test]
fn bad_payloads_are_counted_and_the_link_stays_up() {
    for version in VERSIONS {
        let broker = Broker::open();
        let routes = vec![plain("plant/a", 1, ValueKind::Real), json("plant/b", 2, "/v")];
        let twin = Twin::up(spec(&broker, version, "plant/#", routes));
        let broken: [(&str, &[u8], &str); 6] = [
            ("plant/a", b"\xff\xfe\xfd", "plant/a: not UTF-8 text (byte 0)"),
            ("plant/a", b"NaN", "plant/a: \"NaN\" is not a finite number"),
            ("plant/b", br#"{"v": NaN}"#, "NaN and Infinity are not part of JSON"),
            ("plant/b", br#"{"v": 1e400}"#, "number out of range"),
            ("plant/b", br#"{"v": null}"#, "plant/b: null where a value of kind real"),
            ("plant/b", b"{\"v\": \"\xc3\x28\"}", "invalid unicode"),
        ];
        for (count, (topic, payload, words)) in broken.iter().enumerate() {
            broker.publish_one(topic, payload);
            let status = twin.wait_for("one more rejected", |status| status.rejected == count as u64 + 1);
            let last = status.last_rejected.unwrap_or_default();
            assert!(last.contains(words), "{last}");
        }
        broker.publish_one("plant/a", b"5");
        assert_eq!(twin.next().value, Value::Real(5.0));
        let status = twin.wait_for("done", |status| status.received == 1);
        assert_eq!((status.reconnects, status.last_error), (0, None));
    }
}

#[test]
fn a_payload_of_100_mb_is_refused_for_its_size_and_the_session_lives() {
    for version in VERSIONS {
        let broker = Broker::open();
        let twin = Twin::up(spec(&broker, version, "plant/#", vec![plain("plant/a", 1, ValueKind::Text)]));
        let giant = broker.file("giant");
        let file = fs::File::create(&giant).and_then(|file| file.set_len(100_000_000));
        file.expect("a file of 100 MB");
        broker.publish("plant/a", b"", &["-q", "1", "-f", &giant.display().to_string()]);
        let status = twin.wait_for("refusing", |status| status.rejected == 1);
        let last = status.last_rejected.unwrap_or_default();
        assert!(last.contains("payload of 100000000 bytes is larger than"), "{last}");
        broker.publish_one("plant/a", b"still here");
        assert_eq!(twin.next().value, Value::text("still here"));
        assert_eq!((twin.status().reconnects, twin.status().last_error), (0, None));
    }
}

/// Mosquitto's access lists never refuse a subscription, so this broker is four packets of bytes
/// (MQTT 3.1.1: CONNACK 3.2, SUBACK 3.9 with return codes 0x80 and 0x01, PUBLISH 3.3).
#[test]
fn a_refused_subscription_is_shown_on_a_link_that_stays_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let subscription = |topic: &str| MqttSubscription {
        topic: topic.to_owned(),
        qos: 1,
        routes: vec![plain(topic, 1, ValueKind::Int)],
    };
    let twin = Twin::start(
        MqttSpec {
            host: "127.0.0.1".to_owned(),
            port: listener.local_addr().expect("its address").port(),
            version: MqttVersion::V311,
            client_id: None,
            user: None,
            password: None,
            tls: None,
            subscriptions: vec![subscription("secret"), subscription("open")],
        },
        10,
    );
    let (mut stream, _) = listener.accept().expect("a visit");
    let connect = read_packet(&mut stream);
    assert_eq!(connect[0], 0x10, "CONNECT");
    stream.write_all(&[0x20, 2, 0, 0]).expect("CONNACK");
    let subscribe = read_packet(&mut stream);
    assert_eq!(subscribe[0], 0x82, "SUBSCRIBE");
    assert!(!twin.status().connected(), "up only when the subscriptions are answered");
    stream.write_all(&[0x90, 4, subscribe[2], subscribe[3], 0x80, 0x01]).expect("SUBACK");
    let status = twin.wait_for("up", LinkStatus::connected);
    let message = status.last_error.map(|error| error.message).unwrap_or_default();
    assert!(message.contains("refused the subscription to \"secret\". Its values do not arrive."), "{message}");
    stream.write_all(b"\x30\x07\x00\x04open4").expect("PUBLISH");
    assert_eq!(twin.next().value, Value::Int(4));
}

/// A packet of less than 128 bytes.
fn read_packet(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = [0_u8; 2];
    stream.read_exact(&mut head).expect("a packet");
    let mut packet = vec![0; usize::from(head[1])];
    stream.read_exact(&mut packet).expect("all of it");
    [&head[..], &packet].concat()
}

#[test]
fn shutdown_is_quick_and_polite_even_while_a_broker_keeps_silent() {
    let broker = Broker::open();
    let twin = Twin::up(spec(&broker, MqttVersion::V5, "#", Vec::new()));
    let started = Instant::now();
    drop(twin);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());

    // Accepts connections and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = silent.local_addr().expect("its address").port();
    let twin = Twin::start(MqttSpec { port, ..spec(&broker, MqttVersion::V311, "#", Vec::new()) }, 10);
    let (mut stream, _) = silent.accept().expect("a visit");
    let mut first = [0_u8; 1];
    stream.read_exact(&mut first).expect("a CONNECT");
    assert_eq!(first, [0x10], "MQTT 3.1.1, table 2.1: CONNECT");
    let started = Instant::now();
    drop(twin);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}
