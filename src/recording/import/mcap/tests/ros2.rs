//! Messages of ROS 2 put together by hand; those of a real writer are in the integration tests.

use super::*;

/// Little-endian CDR of parts that stand where they should.
fn cdr(parts: &[&[u8]]) -> Vec<u8> {
    [&[0, 1, 0, 0][..], &parts.concat()].concat()
}

fn import_message(text: &str, data: &[u8]) -> Imported {
    import(&file_of("/m", "cdr", Some(("plant_msgs/msg/Mixer", "ros2msg", text.as_bytes())), &[data]))
}

#[test]
fn numbers_stand_at_multiples_of_their_size() {
    let text = "bool on\nint16 low\nfloat64 speed\nuint8 a\nstring state\nint64[2] pair\nfloat32[] zones\nuint64 big";
    let data = cdr(&[
        &[1, 0, 0xFE, 0xFF, 0, 0, 0, 0],
        &1200.5_f64.to_le_bytes(),
        &[200, 0, 0, 0, 4, 0, 0, 0, b'R', b'u', b'n', 0],
        &[0; 4],
        &7_i64.to_le_bytes(),
        &(-7_i64).to_le_bytes(),
        &1_u32.to_le_bytes(),
        &0.25_f32.to_le_bytes(),
        &5_u64.to_le_bytes(),
    ]);
    let expected = [
        ("m/on", Value::Bool(true)),
        ("m/low", Value::Int(-2)),
        ("m/speed", Value::Real(1200.5)),
        ("m/a", Value::Int(200)),
        ("m/state", Value::text("Run")),
        ("m/pair/0", Value::Int(7)),
        ("m/pair/1", Value::Int(-7)),
        ("m/zones/0", Value::Real(0.25)),
        ("m/big", Value::Int(5)),
    ];
    assert_eq!(import_message(text, &data).values(), expected);
}

#[test]
fn big_endian_and_the_smaller_alignment_of_xcdr2_are_read() {
    let big = [&[0, 0, 0, 0][..], &7_u32.to_be_bytes(), &[0; 4], &1.5_f64.to_be_bytes()].concat();
    let second = [&[0, 7, 0, 0][..], &7_u32.to_le_bytes(), &1.5_f64.to_le_bytes()].concat();
    for data in [big, second] {
        let imported = import_message("uint32 n\nfloat64 x", &data);
        assert_eq!(imported.values(), [("m/n", Value::Int(7)), ("m/x", Value::Real(1.5))], "{:?}", imported.report);
    }
    let imported = import_message("uint32 n", &[0, 3, 0, 0, 1, 0, 0, 0]);
    assert_eq!(imported.problem("it is not plain CDR (its kind is 0x03)"), 1, "{:?}", imported.report);
}

#[test]
fn what_is_not_kept_is_passed_over_to_the_byte() {
    let text = "# A mixer\n\
        std_msgs/Header header\n\
        builtin_interfaces/Duration held\n\
        byte[] photo\n\
        Point[] path  # of structures\n\
        string[<=3] names [\"a\", \"b\"]\n\
        int16[20] long\n\
        Nothing nothing\n\
        float64[] none\n\
        float32 speed 1.5\n\
        ================================================================================\n\
        MSG: std_msgs/Header\n\
        builtin_interfaces/Time stamp\n\
        string frame_id\n\
        ===\n\
        MSG: plant_msgs/Point\n\
        uint8 x\n\
        float32 y\n\
        ===\n\
        MSG: plant_msgs/Nothing\n\
        uint8 ODD='\n\
        string QUOTE=\"\n\
        uint8 HEX=0xFF\n";
    let data = cdr(&[
        &[9; 8],                                     // stamp
        &[2, 0, 0, 0, b'f', 0, 0, 0],                // frame_id, gap
        &[9; 8],                                     // held
        &[3, 0, 0, 0, 9, 9, 9, 0],                   // photo, gap
        &[2, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0],       // path: count, x, gap, y
        &[9, 0, 0, 0, 0, 0, 0, 0],                   // x, gap, y
        &[1, 0, 0, 0, 3, 0, 0, 0, b'a', b'b', 0, 0], // names, gap
        &[9; 40],                                    // long
        &[0, 0, 0, 0],                               // nothing, gap
        &[0, 0, 0, 0],                               // none
        &1.25_f32.to_le_bytes(),
    ]);
    let imported = import_message(text, &data);
    assert_eq!(imported.values(), [("m/speed", Value::Real(1.25))], "{:?}", imported.report);
    let told: Vec<&str> = imported.report.problems.keys().map(String::as_str).collect();
    assert_eq!(
        told,
        [
            "m/long is a list of more than 16 items: it is left out",
            "m/names is a list of texts or structures: it is left out, only numbers and flags are read",
            "m/path is a list of texts or structures: it is left out, only numbers and flags are read",
        ]
    );
}

#[test]
fn fields_before_one_of_unknown_length_are_kept() {
    for kind in ["wstring", "wstring<=5", "other_msgs/Absent", "Absent"] {
        let imported = import_message(&format!("int32 a\n{kind} b\nint32 c"), &cdr(&[&[3, 0, 0, 0], &[9; 12]]));
        assert_eq!(imported.values(), [("m/a", Value::Int(3))], "{kind}");
        assert_eq!(imported.problem("m/b is of a type whose length is not known"), 1, "{kind}");
    }
    let imported = import_message("wstring[] b\nint32 c", &cdr(&[&[0; 4], &[5, 0, 0, 0]]));
    assert_eq!(imported.values(), [("m/c", Value::Int(5))]);
}

#[test]
fn lengths_beyond_the_message_are_refused_before_anything_is_read() {
    let huge = cdr(&[&[0xFF; 4], &[0; 64]]);
    for kind in ["float64[]", "string[]", "string", "Mixer[]", "byte[]", "float64[18446744073709551615]", "uint8[9999]"]
    {
        let imported = import_message(&format!("{kind} a\nint32 b"), &huge);
        assert_eq!((imported.samples.len(), imported.problem("it ends before its last field")), (0, 1), "{kind}");
    }
}

#[test]
fn structures_that_hold_themselves_end_at_a_depth() {
    let imported = import_message("uint8 n\nMixer inner", &cdr(&[&[1; 1_000]]));
    assert_eq!((imported.samples.len(), imported.problem("it nests deeper than 32 levels")), (0, 1));
}

#[test]
fn a_line_that_is_no_field_is_shown() {
    for (line, words) in [
        ("float64", "its line \"float64\" is no field"),
        ("float64[0] x", "its line \"float64[0] x\" is no field"),
        ("float64[x", "its line \"float64[x\" is no field"),
        ("float64[<=] x", "is no field"),
    ] {
        let imported = import_message(line, &cdr(&[&[0; 8]]));
        assert_eq!((imported.samples.len(), imported.problem(words)), (0, 1), "{:?}", imported.report);
    }
}
