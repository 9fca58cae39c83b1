//! Against a broker of a few lines, so that every packet is known; brokers and plants of others are in
//! `tests/integration/links`.

mod broker;

use super::*;
use crate::control::links::tests::{SPEED, now, request, until, way, words};
use crate::domain::quality::Quality;
use crate::domain::source::{Payload, Route, Secret, TimeFormat};
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;
use crate::domain::write_target::WriteBody;
use broker::{Broker, Manners};

const VERSIONS: [MqttVersion; 2] = [MqttVersion::V311, MqttVersion::V5];

fn spec(broker: &Broker, version: MqttVersion) -> MqttSpec {
    let payload = Payload::Json { value: "/speed".into(), time: None, quality: None };
    let route = |topic: &str, payload| Route {
        topic: topic.into(),
        only_if: Vec::new(),
        signal: SignalId(1),
        kind: ValueKind::Real,
        payload,
        convert: None,
    };
    MqttSpec {
        host: "127.0.0.1".into(),
        port: broker.port,
        version,
        client_id: None,
        user: None,
        password: None,
        tls: None,
        subscriptions: vec![MqttSubscription {
            topic: "line/#".into(),
            qos: 1,
            routes: vec![route("line/speed", payload)],
        }],
    }
}

fn target(qos: u8, answers: bool) -> WriteTarget {
    WriteTarget::Mqtt {
        topic: "line/speed/set".into(),
        qos,
        body: WriteBody::Member("/speed".into()),
        response_topic: answers.then(|| "line/speed/answer".to_owned()),
    }
}

fn start(spec: &MqttSpec, way: Way) -> MqttLink {
    let shown = HashMap::from([(SignalId(1), SPEED.to_owned())]);
    MqttLink::start(&Io::start().expect("a thread"), "line1", spec, vec![way], &shown, now)
}

fn up(spec: &MqttSpec, way: Way) -> MqttLink {
    let link = start(spec, way);
    until("the link", || link.connected().ok());
    link
}

#[test]
fn what_the_broker_has_is_accepted_and_not_kept_by_it() {
    for version in VERSIONS {
        for qos in 0..=2 {
            let broker = Broker::start(Manners::Acknowledge(0));
            let mut link = up(&spec(&broker, version), way(target(qos, false)));
            // QoS 2 goes on with PUBREL; the stub answers that too.
            let outcome = link.write(&request(570.5, 1, 2_500));
            assert_eq!(outcome, WriteOutcome::Accepted, "{version:?} {qos}");
            let sent = until("the message", || broker.publishes().pop());
            assert_eq!((sent.topic.as_str(), sent.payload.as_str()), ("line/speed/set", r#"{"speed":570.5}"#));
            assert_eq!((sent.qos, sent.retain, sent.again), (qos, false, false));
            let expires = (version == MqttVersion::V5).then_some(2);
            assert_eq!((sent.expiry, sent.response_topic), (expires, None));
        }
    }
}

#[test]
fn a_command_is_sent_once_though_the_broker_hangs_up_on_it() {
    for version in VERSIONS {
        for qos in 1..=2 {
            let broker = Broker::start(Manners::HangUp);
            let mut link = up(&spec(&broker, version), way(target(qos, false)));
            let said = words(link.write(&request(570.0, 1, 5_000)));
            assert_eq!(said, "unknown: the connection to the MQTT broker broke", "{version:?} {qos}");
            broker.behave(Manners::Acknowledge(0));
            until("the link again", || (broker.logins().len() > 1).then(|| link.connected().ok()).flatten());
            assert_eq!(link.write(&request(580.0, 2, 5_000)), WriteOutcome::Accepted);
            let sent: Vec<String> = broker.publishes().into_iter().map(|publish| publish.payload).collect();
            assert_eq!(sent, [r#"{"speed":570}"#, r#"{"speed":580}"#], "{version:?} {qos}");
            assert!(broker.logins().iter().all(|login| login.clean));
        }
    }
}

#[test]
fn a_command_that_is_not_confirmed_is_given_up_with_its_connection() {
    for version in VERSIONS {
        let broker = Broker::start(Manners::Silent);
        let mut link = up(&spec(&broker, version), way(target(1, false)));
        let said = words(link.write(&request(570.0, 1, 200)));
        assert_eq!(said, "unknown: the MQTT broker did not confirm it within 0.2 s");
        broker.behave(Manners::Acknowledge(0));
        until("another connection", || (broker.logins().len() > 1).then(|| link.connected().ok()).flatten());
        assert_eq!(link.write(&request(580.0, 2, 5_000)), WriteOutcome::Accepted);
        assert_eq!(broker.publishes().len(), 2, "{version:?}");
    }
}

#[test]
fn reasons_of_the_broker_are_told_in_words() {
    for (qos, reason, expected) in [
        (1, 0x87, "rejected: the MQTT broker did not take it: not authorized"),
        (1, 0x97, "rejected: the MQTT broker did not take it: quota exceeded"),
        (2, 0x87, "rejected: the MQTT broker did not take it: not authorized"),
        (1, 0x10, "unknown: the MQTT broker took it and says that nobody listens to \"line/speed/set\""),
    ] {
        let broker = Broker::start(Manners::Acknowledge(reason));
        let mut link = up(&spec(&broker, MqttVersion::V5), way(target(qos, false)));
        assert_eq!(words(link.write(&request(570.0, 1, 5_000))), expected);
    }
}

#[test]
fn a_plant_that_answers_says_what_became_of_it() {
    for (answer, expected) in [
        (r#"{"status":"accepted"}"#, WriteOutcome::Accepted),
        (r#"{"status":"clamped","reason":"600 at most"}"#, WriteOutcome::Clamped),
        (
            r#"{"status":"rejected","reason":"in HOLD"}"#,
            WriteOutcome::Rejected("the plant rejected it: in HOLD".into()),
        ),
        (
            "done",
            WriteOutcome::Unknown(r#"the plant answered "done" and not {"status": "accepted"} or the like"#.into()),
        ),
    ] {
        for manners in [Manners::Answer(answer), Manners::AnswerFirst(answer), Manners::AnswerOnly(answer)] {
            let broker = Broker::start(manners);
            let mut link = up(&spec(&broker, MqttVersion::V5), way(target(1, true)));
            assert_eq!(link.write(&request(570.0, 1, 5_000)), expected);
            // The connection stays for the next one, and each has a name of its own.
            assert_eq!(link.write(&request(580.0, 2, 5_000)), expected);
            let names: Vec<String> =
                broker.publishes().iter().map(|sent| String::from_utf8_lossy(&sent.correlation).into_owned()).collect();
            assert!(names[0].starts_with("2026-11-30-1/1/") && names[1].starts_with("2026-11-30-1/2/"), "{names:?}");
            assert_eq!(broker.publishes()[0].response_topic.as_deref(), Some("line/speed/answer"));
            assert_eq!(broker.logins().len(), 1);
        }
    }
}

#[test]
fn a_plant_that_does_not_answer_leaves_the_write_unknown() {
    for (reason, expected) in [
        (0, "unknown: the MQTT broker took it, but the plant did not answer within 0.2 s"),
        (
            0x10,
            "unknown: the MQTT broker took it and says that nobody listens to \"line/speed/set\", and no answer came \
             within 0.2 s",
        ),
    ] {
        let broker = Broker::start(Manners::Acknowledge(reason));
        let mut link = up(&spec(&broker, MqttVersion::V5), way(target(1, true)));
        assert_eq!(words(link.write(&request(570.0, 1, 200))), expected);
        assert!(link.connected().is_ok(), "what the broker has is not taken back");
        assert_eq!(broker.publishes().len(), 1);
    }
}

#[test]
fn without_a_connection_nothing_is_sent() {
    let broker = Broker::start(Manners::Deaf);
    let mut link = start(&spec(&broker, MqttVersion::V5), way(target(1, false)));
    assert_eq!(link.connected().err().as_deref(), Some("the MQTT broker has not answered yet"));
    assert_eq!(words(link.write(&request(570.0, 1, 200))), "not sent: the MQTT broker has not answered yet");
    assert!(broker.publishes().is_empty());

    // Nothing listens at port 1 (tcpmux) on loopback.
    let nobody = MqttSpec { port: 1, ..spec(&broker, MqttVersion::V311) };
    let mut link = start(&nobody, way(target(1, false)));
    let expected = "No MQTT broker answers at 127.0.0.1:1. Check host and port of source \"line1\"";
    assert_eq!(words(link.write(&request(570.0, 1, 5_000))), format!("not sent: {expected}"));
    assert_eq!(link.connected(), Err(expected.to_owned()));
    assert_eq!(link.read(SPEED), Err(expected.to_owned()));
}

#[test]
fn a_link_that_may_not_hear_the_answers_is_down() {
    let broker = Broker::start(Manners::RefuseSubscriptions);
    let mut link = start(&spec(&broker, MqttVersion::V5), way(target(1, true)));
    let said = words(link.write(&request(570.0, 1, 5_000)));
    assert!(said.contains("refused the subscription to \"line/speed"), "{said}");
    assert!(link.connected().is_err() && broker.publishes().is_empty());
}

#[test]
fn who_writes_has_a_name_and_a_connection_of_its_own() {
    let broker = Broker::start(Manners::Acknowledge(0));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret");
    std::fs::write(&file, "open sesame\n").expect("a file");
    let mut writer = way(target(1, false));
    writer.address.identity = WriteIdentity::User { name: "writer".into(), password: Secret::File(file) };
    let reads =
        MqttSpec { client_id: Some("desk1".into()), user: Some("reader".into()), ..spec(&broker, MqttVersion::V5) };
    let _link = up(&reads, writer);
    let login = broker.logins().remove(0);
    assert_eq!((login.client_id.as_str(), login.user.as_deref()), ("desk1-write", Some("writer")));
    assert_eq!((login.password.as_deref(), login.clean), (Some("open sesame"), true));

    let _link = up(&MqttSpec { client_id: None, ..reads }, way(target(1, false)));
    let login = broker.logins().remove(1);
    assert_eq!((login.user.as_deref(), login.password), (Some("reader"), None));
    assert!(login.client_id.starts_with("twin"), "{}", login.client_id);
}

#[test]
fn values_are_written_in_the_unit_of_the_plant() {
    let broker = Broker::start(Manners::Acknowledge(0));
    let mut hourly = way(target(1, false));
    hourly.address.convert = Some((Unit::new("/min"), Unit::new("/h")));
    let mut link = up(&spec(&broker, MqttVersion::V5), hourly);
    assert_eq!(link.write(&request(10.0, 1, 5_000)), WriteOutcome::Accepted);
    assert_eq!(broker.publishes()[0].payload, r#"{"speed":600}"#);
    let other = WriteRequest { unit: "Cel".into(), ..request(10.0, 2, 5_000) };
    let said = words(link.write(&other));
    assert_eq!(said, "not sent: the write is in \"Cel\", and Line/Filler/Speed is in \"/min\"");
    let other = WriteRequest { signal: "Line/Other".into(), ..request(10.0, 3, 5_000) };
    assert_eq!(words(link.write(&other)), "not sent: no topic is known for Line/Other");
    assert_eq!(broker.publishes().len(), 1);
}

#[test]
fn only_what_was_heard_after_the_write_is_newer_than_it() {
    for version in VERSIONS {
        let broker = Broker::start(Manners::Acknowledge(0));
        let mut link = up(&spec(&broker, version), way(target(1, false)));
        assert!(link.reads_back(SPEED) && !link.reads_back("Line/Other"));
        assert!(link.read(SPEED).is_err_and(|words| words.contains("nothing was heard of Line/Filler/Speed")));

        broker.say("line/speed", r#"{"speed":600}"#, true);
        let kept = until("what the broker kept", || link.read(SPEED).ok());
        assert_eq!(kept, ReadBack { value: 600.0, source_time: OLDEST, quality: Quality::Good });

        let before = now();
        broker.say("line/speed", r#"{"speed":601}"#, false);
        let live = until("a live value", || link.read(SPEED).ok().filter(|read| read.value == 601.0));
        assert!(live.source_time >= before && live.source_time <= now(), "{live:?}");

        assert_eq!(link.write(&request(570.0, 1, 5_000)), WriteOutcome::Accepted);
        assert_eq!(link.read(SPEED).map(|read| (read.value, read.source_time)), Ok((601.0, OLDEST)));
        broker.say("line/speed", r#"{"speed":570}"#, false);
        let echo = until("the echo", || link.read(SPEED).ok().filter(|read| read.value == 570.0));
        assert!(echo.source_time > live.source_time);

        broker.say("line/speed", "broken", false);
        let words = until("the broken one", || link.read(SPEED).err());
        assert!(words.contains("the last message about Line/Filler/Speed cannot be read: not JSON"), "{words}");
    }
}

#[test]
fn a_message_with_a_time_of_its_own_is_as_old_as_it_says() {
    let broker = Broker::start(Manners::Acknowledge(0));
    let mut timed = spec(&broker, MqttVersion::V5);
    let time = Some(("/at".to_owned(), TimeFormat::EpochMillis));
    let route = &mut timed.subscriptions[0].routes[0];
    route.payload = Payload::Json { value: "/speed".into(), time, quality: Some("/quality".into()) };
    route.convert = Some((Unit::new("/h"), Unit::new("/min")));
    let mut link = up(&timed, way(target(1, false)));
    broker.say("line/speed", r#"{"speed":36000,"at":1600000000000,"quality":"bad"}"#, true);
    let kept = until("what the broker kept", || link.read(SPEED).ok());
    assert_eq!((kept.value, kept.source_time), (600.0, Timestamp::from_millis(1_600_000_000_000)));
    assert!(!kept.quality.is_good());
    assert_eq!(link.write(&request(570.0, 1, 5_000)), WriteOutcome::Accepted);
    assert_eq!(link.read(SPEED), Ok(kept));
}

#[test]
fn after_a_loss_nothing_is_read_from_before_it() {
    let broker = Broker::start(Manners::HangUp);
    let mut link = up(&spec(&broker, MqttVersion::V5), way(target(1, false)));
    broker.say("line/speed", r#"{"speed":600}"#, false);
    until("a value", || link.read(SPEED).ok());
    assert!(matches!(link.write(&request(570.0, 1, 5_000)), WriteOutcome::Unknown(_)));
    until("the link again", || (broker.logins().len() > 1).then(|| link.connected().ok()).flatten());
    assert!(link.read(SPEED).is_err_and(|words| words.contains("nothing was heard")));
}

#[test]
fn there_is_no_watchdog() {
    let broker = Broker::start(Manners::Acknowledge(0));
    let mut link = up(&spec(&broker, MqttVersion::V5), way(target(1, false)));
    assert!(!link.watchdog(SPEED));
    assert!(link.arm(SPEED, 600.0).is_err_and(|words| words.contains("no watchdog")));
    assert_eq!((link.feed(SPEED), link.release(SPEED)), (Ok(()), Ok(())));
    assert_eq!(link.signals(), BTreeSet::from([SPEED.to_owned()]));
}
