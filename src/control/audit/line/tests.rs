use proptest::prelude::*;

use super::super::testing::{START, entries, full};
use super::super::write_json_lines;
use super::*;
use crate::domain::audit::AuditKind;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// Line and hash were computed by Python 3.11: json.dumps(entry, separators=(",", ":"), ensure_ascii=False)
/// of the entry as a dict, and hashlib.sha256 over its UTF-8.
#[test]
fn a_line_and_its_hash_are_what_python_makes_of_the_entry() {
    let first = concat!(
        r#"{"number":1,"at":"2026-11-25T04:00:00.000000000Z","person":null,"role":null,"change":null,"#,
        r#""what":"restarted","signal":null,"from":null,"to":null,"unit":null,"sequence":null,"reason":"","#,
        r#""model_digest":null,"project_digest":null,"nonce":null,"outcome":"","#,
        r#""previous":"0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""hash":"00058da5593c0eb42bf58286955e8ff1e2f2c7c3aae6f46e54c01b7fb5fd885b"}"#,
    );
    let second = concat!(
        r#"{"number":2,"at":"2026-11-25T04:00:01.000000000Z","person":"ann.lee","role":"operator","#,
        r#""change":"C-2026-11-25-0003","what":"write_intended","signal":"Dairy/Line1/Filler/Speed","#,
        r#""from":120.0,"to":125.5,"unit":"1/min","sequence":7,"reason":"Größere Flaschen, \"1 L\"","#,
        r#""model_digest":"abababababababababababababababababababababababababababababababab","#,
        r#""project_digest":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","#,
        r#""nonce":"efefefefefefefefefefefefefefefef","outcome":"sent","#,
        r#""previous":"00058da5593c0eb42bf58286955e8ff1e2f2c7c3aae6f46e54c01b7fb5fd885b","#,
        r#""hash":"ad1c5024744bf184aae0b0add1f889a66f4a4550aa10a65d0c411ece21c4c12f"}"#,
    );
    let (line, hash) = seal(1, &AuditRecord::new(START, AuditKind::Restarted), GENESIS).expect("a line");
    assert_eq!(String::from_utf8_lossy(&line), format!("{first}\n"));
    let (line, _) = seal(2, &full(1), &hash).expect("a line");
    assert_eq!(String::from_utf8_lossy(&line), format!("{second}\n"));
}

fn any_value() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        any::<bool>().prop_map(|flag| Some(Value::Bool(flag))),
        any::<i64>().prop_map(|number| Some(Value::Int(number))),
        any::<f64>().prop_map(Value::real),
        ".*".prop_map(|text| Some(Value::text(&text))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_told_is_read_back(
        at in any::<i64>(), from in any_value(), to in any_value(), reason in ".*", kind in 0..AuditKind::ALL.len(),
    ) {
        let what = AuditKind::ALL[kind];
        let record = AuditRecord { from, to, reason, ..AuditRecord::new(Timestamp::from_nanos(at), what) };
        let (line, hash) = seal(1, &record, GENESIS).expect("a line");
        let read = entries(&line);
        prop_assert_eq!(&read[0].record, &record);
        prop_assert_eq!(&read[0].hash, &hash);
        let mut copy = Vec::new();
        write_json_lines([Ok(read[0].clone())], &mut copy).expect("a line");
        prop_assert_eq!(copy, line);
    }
}
