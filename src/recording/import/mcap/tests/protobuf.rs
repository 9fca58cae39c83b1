//! Messages in protobuf, written by the dynamic messages of prost-reflect.

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value as Proto};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    FileDescriptorSet,
};

use super::*;

fn field(number: i32, name: &str, kind: Type, type_name: Option<&str>) -> FieldDescriptorProto {
    FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        label: Some(Label::Optional.into()),
        r#type: Some(kind.into()),
        type_name: type_name.map(str::to_owned),
        ..Default::default()
    }
}

fn list(number: i32, name: &str, kind: Type) -> FieldDescriptorProto {
    FieldDescriptorProto { label: Some(Label::Repeated.into()), ..field(number, name, kind, None) }
}

fn message(name: &str, field: Vec<FieldDescriptorProto>) -> DescriptorProto {
    DescriptorProto { name: Some(name.to_owned()), field, ..Default::default() }
}

fn file(package: &str, message_type: Vec<DescriptorProto>) -> FileDescriptorProto {
    FileDescriptorProto {
        name: Some(format!("{package}.proto")),
        package: Some(package.to_owned()),
        message_type,
        syntax: Some("proto3".to_owned()),
        ..Default::default()
    }
}

/// Of the message `plant.Mixer`.
pub(super) fn schema() -> FileDescriptorSet {
    let state = |number, name: &str| EnumValueDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        ..Default::default()
    };
    let mut mixer = message(
        "Mixer",
        vec![
            field(1, "motor", Type::Message, Some(".plant.Mixer.Motor")),
            field(2, "count", Type::Uint64, None),
            field(3, "offset", Type::Sint32, None),
            field(4, "state", Type::Enum, Some(".plant.State")),
            field(5, "stamp", Type::Message, Some(".google.protobuf.Timestamp")),
            field(6, "photo", Type::Bytes, None),
            list(7, "zones", Type::Float),
            list(8, "names", Type::String),
            field(9, "note", Type::String, None),
            field(20, "on", Type::Bool, None),
            FieldDescriptorProto {
                proto3_optional: Some(true),
                oneof_index: Some(0),
                ..field(21, "target", Type::Double, None)
            },
        ],
    );
    mixer.oneof_decl.push(prost_types::OneofDescriptorProto { name: Some("_target".to_owned()), options: None });
    mixer
        .nested_type
        .push(message("Motor", vec![field(1, "speed", Type::Double, None), field(2, "steps", Type::Sfixed64, None)]));
    let mut plant = file("plant", vec![mixer]);
    plant.dependency.push("google.protobuf.proto".to_owned());
    plant.enum_type.push(EnumDescriptorProto {
        name: Some("State".to_owned()),
        value: vec![state(0, "STOPPED"), state(5, "RUNNING")],
        ..Default::default()
    });
    let stamp =
        message("Timestamp", vec![field(1, "seconds", Type::Int64, None), field(2, "nanos", Type::Int32, None)]);
    FileDescriptorSet { file: vec![plant, file("google.protobuf", vec![stamp])] }
}

fn written(fill: impl FnOnce(&mut DynamicMessage)) -> Vec<u8> {
    let pool = DescriptorPool::from_file_descriptor_set(schema()).expect("a pool");
    let mut message = DynamicMessage::new(pool.get_message_by_name("plant.Mixer").expect("a message"));
    fill(&mut message);
    message.encode_to_vec()
}

fn import_messages(messages: &[&[u8]]) -> Imported {
    let schema = schema().encode_to_vec();
    import(&file_of("/line/mixer", "protobuf", Some(("plant.Mixer", "protobuf", &schema)), messages))
}

#[test]
fn fields_are_what_another_writer_wrote() {
    let full = written(|mixer| {
        let kind = mixer.get_field_by_name("motor").expect("a field").as_message().expect("a message").clone();
        let mut motor = kind;
        motor.set_field_by_name("speed", Proto::F64(1200.5));
        motor.set_field_by_name("steps", Proto::I64(i64::MIN));
        mixer.set_field_by_name("motor", Proto::Message(motor));
        mixer.set_field_by_name("count", Proto::U64(u64::MAX / 2));
        mixer.set_field_by_name("offset", Proto::I32(-70_000));
        mixer.set_field_by_name("state", Proto::EnumNumber(5));
        mixer.set_field_by_name("photo", Proto::Bytes(vec![1, 2, 3].into()));
        mixer.set_field_by_name("zones", Proto::List(vec![Proto::F32(0.5), Proto::F32(-2.0)]));
        mixer.set_field_by_name("note", Proto::String("würzig".to_owned()));
        mixer.set_field_by_name("on", Proto::Bool(true));
        mixer.set_field_by_name("target", Proto::F64(0.0));
    });
    let imported = import_messages(&[&full]);
    let expected = [
        ("line/mixer/motor/speed", Value::Real(1200.5)),
        ("line/mixer/motor/steps", Value::Int(i64::MIN)),
        ("line/mixer/count", Value::Int(i64::MAX)),
        ("line/mixer/offset", Value::Int(-70_000)),
        ("line/mixer/state", Value::text("RUNNING")),
        ("line/mixer/zones/0", Value::Real(0.5)),
        ("line/mixer/zones/1", Value::Real(-2.0)),
        ("line/mixer/note", Value::text("würzig")),
        ("line/mixer/on", Value::Bool(true)),
        ("line/mixer/target", Value::Real(0.0)),
    ];
    assert_eq!(imported.values(), expected);
    assert!(imported.report.problems.is_empty(), "{:?}", imported.report);
}

/// Proto3 does not write a 0: a machine that stands still would else keep its last speed.
#[test]
fn what_proto3_does_not_write_is_zero_where_it_has_no_presence() {
    let imported = import_messages(&[&[]]);
    let expected = [
        ("line/mixer/count", Value::Int(0)),
        ("line/mixer/offset", Value::Int(0)),
        ("line/mixer/state", Value::text("STOPPED")),
        ("line/mixer/note", Value::text("")),
        ("line/mixer/on", Value::Bool(false)),
    ];
    assert_eq!(imported.values(), expected);
}

#[test]
fn numbers_that_do_not_fit_are_counted_and_their_neighbours_stay() {
    let odd = written(|mixer| {
        let mut motor = mixer.get_field_by_name("motor").expect("a field").as_message().expect("a message").clone();
        motor.set_field_by_name("speed", Proto::F64(f64::NAN));
        mixer.set_field_by_name("motor", Proto::Message(motor));
        mixer.set_field_by_name("count", Proto::U64(1 << 63));
        mixer.set_field_by_name("state", Proto::EnumNumber(7));
        mixer.set_field_by_name("zones", Proto::List(vec![Proto::F32(1.0); 17]));
        mixer.set_field_by_name("names", Proto::List(vec![Proto::String("a".to_owned())]));
    });
    let imported = import_messages(&[&odd, &odd]);
    assert_eq!(imported.of("line/mixer/state"), [Value::text("7"), Value::text("7")]);
    assert_eq!(imported.of("line/mixer/motor/steps"), [Value::Int(0), Value::Int(0)]);
    assert_eq!((imported.of("line/mixer/count").len(), imported.of("line/mixer/motor/speed").len()), (0, 0));
    assert_eq!(imported.problem("line/mixer/count holds numbers beyond"), 2);
    assert_eq!(imported.problem("line/mixer/motor/speed holds NaN or infinity"), 2);
    assert_eq!(imported.problem("line/mixer/zones is a list of more than 16 items"), 1);
    assert_eq!(imported.problem("line/mixer/names is a list of texts or structures"), 1);
}

#[test]
fn the_last_of_a_field_counts_and_unknown_fields_and_groups_are_passed_over() {
    // count = 1, an unknown group with a field inside, an unknown text, count = 2, zones unpacked.
    let bytes =
        [&[0x10, 1][..], &[0xF3, 3, 0x08, 5, 0xF4, 3], &[0xFA, 3, 1, b'x'], &[0x10, 2], &[0x3D, 0, 0, 0x80, 0x3F]];
    let imported = import_messages(&[&bytes.concat()]);
    assert_eq!(imported.of("line/mixer/count"), [Value::Int(2)]);
    assert_eq!(imported.of("line/mixer/zones/0"), [Value::Real(1.0)]);
}

#[test]
fn a_broken_message_or_schema_is_told_with_its_topic() {
    let imported = import_messages(&[&[0x10], &[0x07], &[0x10, 4]]);
    assert_eq!(imported.of("line/mixer/count"), [Value::Int(4)]);
    assert_eq!(imported.problem("Some messages of /line/mixer are left out; the first because it is not protobuf"), 2);
    let schema = schema().encode_to_vec();
    for (name, data, words) in [
        ("plant.Oven", &schema[..], "the schema \"plant.Oven\": its descriptors do not hold the message"),
        ("plant.Mixer", &schema[..40], "the schema \"plant.Mixer\": it is not a set of descriptors"),
    ] {
        let imported = import(&file_of("/x", "protobuf", Some((name, "protobuf", data)), &[b""]));
        assert_eq!((imported.samples.len(), imported.problem(words)), (0, 1), "{:?}", imported.report);
    }
}

#[test]
fn schemas_beyond_all_measure_are_refused_in_words() {
    let wide = message("Mixer", (1..=60_000).map(|number| field(number, "f", Type::Bool, None)).collect());
    let mut deep = message("Inner", Vec::new());
    for _ in 0..40 {
        deep = DescriptorProto { nested_type: vec![deep], ..message("Mixer", Vec::new()) };
    }
    let long = "p".repeat(500_000);
    let many = (0..100).map(|index| message(&format!("M{index}"), Vec::new())).collect();
    for (set, words) in [
        (file("plant", vec![wide]), "it holds more than 20000 fields"),
        (file("plant", vec![deep]), "it nests messages deeper than 32 levels"),
        (file(&long, many), "the names of its types take more than"),
    ] {
        let data = FileDescriptorSet { file: vec![set] }.encode_to_vec();
        let imported = import(&file_of("/x", "protobuf", Some(("plant.Mixer", "protobuf", &data)), &[b""]));
        assert_eq!((imported.samples.len(), imported.problem(words)), (0, 1), "{:?}", imported.report);
    }
}

/// A message that holds itself may nest as deep as its writer likes.
#[test]
fn messages_that_nest_without_end_are_read_to_a_depth() {
    let node =
        message("Node", vec![field(1, "next", Type::Message, Some(".plant.Node")), field(2, "n", Type::Int32, None)]);
    let schema = FileDescriptorSet { file: vec![file("plant", vec![node])] }.encode_to_vec();
    let mut data = vec![0x10, 1];
    for _ in 0..2_000 {
        let mut length = Vec::new();
        prost::encoding::encode_varint(data.len() as u64, &mut length);
        data = [&[0x0A][..], &length, &data].concat();
    }
    let imported = import(&file_of("/x", "protobuf", Some(("plant.Node", "protobuf", &schema)), &[&data]));
    assert_eq!(imported.samples.len(), 32);
    assert_eq!(imported.problem("nests deeper than 32 levels"), 1);
}
