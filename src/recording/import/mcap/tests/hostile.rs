//! Bytes that nobody meant well.

use proptest::prelude::*;
use prost::Message as _;

use super::super::channel::Channels;
use super::*;

/// A schema of each kind that holds structures, lists and texts.
fn schemas() -> [(&'static str, &'static str, &'static str, Vec<u8>); 3] {
    [
        ("json", "T", "jsonschema", br#"{"properties": {"a": {"type": "integer"}}}"#.to_vec()),
        ("protobuf", "plant.Mixer", "protobuf", protobuf::schema().encode_to_vec()),
        (
            "cdr",
            "p/T",
            "ros2msg",
            b"string[] t\nP[] ps\nfloat64[] d\nP p\n===\nMSG: p/P\nint8 x\nfloat32[<=3] y\n".to_vec(),
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn messages_of_any_bytes_are_read_or_counted(data in prop::collection::vec(any::<u8>(), 0..120)) {
        for (encoding, name, schema, text) in schemas() {
            let imported = import(&file_of("/t", encoding, Some((name, schema, &text)), &[&data]));
            prop_assert!(imported.outcome.is_ok());
            let finite = imported.samples.iter().all(|sample| sample.value.as_f64().is_none_or(f64::is_finite));
            prop_assert!(finite);
        }
    }

    #[test]
    fn schemas_of_any_bytes_are_read_or_told(data in prop::collection::vec(any::<u8>(), 0..120)) {
        for (encoding, name, schema, _) in schemas() {
            let imported = import(&file_of("/t", encoding, Some((name, schema, &data)), &[b"{}"]));
            prop_assert!(imported.outcome.is_ok() && imported.samples.is_empty());
        }
    }

    #[test]
    fn message_specifications_of_any_text_are_read_or_told(text in "([a-z]{1,5}|string|int8)(\\[\\]|\\[3\\]|<=)? ?[a-z=\"'\\[\\]#]{0,9}\\PC{0,4}") {
        let imported = import(&file_of("/t", "cdr", Some(("p/T", "ros2msg", text.as_bytes())), &[&[0, 1, 0, 0, 9]]));
        prop_assert!(imported.outcome.is_ok());
    }

    #[test]
    fn records_of_any_bytes_are_read_or_told(opcode in 0_u8..20, body in prop::collection::vec(any::<u8>(), 0..80)) {
        let length = (body.len() as u64).to_le_bytes();
        let file = [mcap::MAGIC, &[opcode], &length, &body].concat();
        prop_assert!(import(&file).outcome.is_ok());
        let mut take = |_: Found, _: f64| Ok(());
        prop_assert!(Channels::default().take(opcode, &body, 0, &mut Intake::new(&mut take)).is_ok());
    }

    /// Chunks with a head that is right and a body of any bytes, without checksum.
    #[test]
    fn chunks_of_any_bytes_are_read_or_told(
        compression in prop::sample::select(vec!["", "lz4", "zstd", "brotli"]),
        claimed in prop_oneof![0_u64..200, any::<u64>()],
        data in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        let head = [&[0; 16][..], &claimed.to_le_bytes(), &[0; 4], &(compression.len() as u32).to_le_bytes()].concat();
        let body = [&head[..], compression.as_bytes(), &(data.len() as u64).to_le_bytes(), &data].concat();
        let length = (body.len() as u64).to_le_bytes();
        let file = [mcap::MAGIC, &[op::CHUNK], &length, &body].concat();
        prop_assert!(import(&file).outcome.is_ok());
    }
}

#[test]
fn lengths_beyond_the_file_take_no_memory() {
    for opcode in [op::SCHEMA, op::CHANNEL, op::MESSAGE, op::CHUNK, op::ATTACHMENT, 0x80] {
        let file = [mcap::MAGIC, &[opcode], &u64::MAX.to_le_bytes(), &[0; 40]].concat();
        let imported = import(&file);
        assert_eq!(imported.problem("begins at byte 8; what came before is used"), 1, "{:?}", imported.report);
    }
}

#[test]
fn signals_beyond_the_limit_are_counted_and_the_first_go_on() {
    let message = |part: usize| {
        let members: Vec<String> = (0..9_000).map(|index| format!("\"f{}\":{index}", part * 9_000 + index)).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    };
    let messages: Vec<Vec<u8>> = (0..12).chain([0]).map(message).collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let imported = import(&file_of("/t", "json", None, &messages));
    assert_eq!((imported.report.signals, imported.samples.len()), (100_000, 109_000));
    assert_eq!(imported.problem("more than 100000 signals"), 8_000);
}

#[test]
fn a_message_of_too_many_values_gives_the_first() {
    let members: Vec<String> = (0..20_000).map(|index| format!("\"f{index}\":1")).collect();
    let imported = import(&file_of("/t", "json", None, &[format!("{{{}}}", members.join(",")).as_bytes()]));
    assert_eq!(imported.samples.len(), 10_000);
    assert!(imported.report.more_problems > 0 && imported.problem("a message may hold 10000 values") > 0);
}

#[test]
fn documents_and_names_beyond_all_measure_are_left_out() {
    let deep = format!("{}1{}", "{\"a\":".repeat(60), "}".repeat(60));
    let long = format!("{{\"{}\": 1, \"b\": 2}}", "n".repeat(2_000));
    let endless = "[".repeat(100_000);
    let messages = [deep.as_bytes(), long.as_bytes(), endless.as_bytes()];
    let imported = import(&file_of("/t", "json", None, &messages));
    assert_eq!(imported.values(), [("t/b", Value::Real(2.0))]);
    assert_eq!(imported.problem("nests deeper than 32 levels"), 1);
    assert_eq!(imported.problem("t has fields whose path is longer than 1024 bytes"), 1);
    assert_eq!(imported.problem("the first because it is not JSON"), 1, "{:?}", imported.report);
}
