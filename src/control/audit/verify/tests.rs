use proptest::prelude::*;

use super::super::line::seal;
use super::super::testing::{START, entries, full, head, lines};
use super::*;

/// The first wrong line of a log and what is wrong with it.
fn wrong(log: &[u8], head: Option<&Head>) -> Option<(u64, Tamper)> {
    match verify(log, head) {
        Ok(_) => None,
        Err(VerifyError::Tampered(Tampering { line, what })) => Some((line, what)),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn entries_come_back_as_they_were_told() {
    let log = lines(3).concat();
    let read = entries(&log);
    assert_eq!(read[1].record, full(2));
    assert_eq!((read[2].number, &read[2].previous), (3, &read[1].hash));
    let summary = verify(log.as_slice(), None).expect("a sound log");
    assert_eq!(summary.span, Some((START + Span::from_secs(1), START + Span::from_secs(3))));
    assert_eq!(summary.head, Head { number: 3, hash: read[2].hash.clone() });
    assert_eq!((summary.steps_back, summary.torn_bytes), (vec![], 0));
}

#[test]
fn another_value_in_any_field_of_any_line_is_found_in_that_line() {
    let lines = lines(5);
    let mut tried = 0;
    for (at, line) in lines.iter().enumerate() {
        let text = std::str::from_utf8(line).expect("text");
        let entry: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).expect("an object");
        for (field, value) in &entry {
            let (old, new) = (format!("\"{field}\":{value}"), format!("\"{field}\":\"0\""));
            let forged = text.replacen(&old, &new, 1);
            assert_ne!(forged, text, "{field}");
            let mut log = lines.clone();
            log[at] = forged.into_bytes();
            assert_eq!(wrong(&log.concat(), None), Some((at as u64 + 1, Tamper::Changed)), "{field}");
            tried += 1;
        }
    }
    assert_eq!(tried, 5 * 18);
}

#[test]
fn removed_lines_are_named() {
    let all = lines(6);
    for at in 0..5 {
        let mut log = all.clone();
        log.remove(at);
        let line = at as u64 + 1;
        assert_eq!(
            wrong(&log.concat(), None),
            Some((line, Tamper::Removed { expected: line, found: line + 1 })),
            "entry {line}"
        );
    }
    let log = [&all[..2], &all[4..]].concat().concat();
    let (line, what) = wrong(&log, None).expect("a gap");
    assert_eq!(
        Tampering { line, what }.to_string(),
        "Line 3 of the audit log holds entry 5: entries 3 to 4 were removed before it"
    );
}

#[test]
fn swapped_doubled_and_foreign_lines_are_named() {
    let all = lines(6);
    let mut log = all.clone();
    log.swap(1, 4);
    assert_eq!(wrong(&log.concat(), None), Some((2, Tamper::Reordered { expected: 2, found: 5 })));
    let mut log = all.clone();
    log.insert(3, all[2].clone());
    assert_eq!(wrong(&log.concat(), None), Some((4, Tamper::Inserted { expected: 4, found: 3 })));
    let mut log = all.clone();
    log[2] = seal(3, &full(9), &"1".repeat(64)).expect("a line").0;
    assert_eq!(wrong(&log.concat(), None), Some((3, Tamper::Unlinked)));
    let previous = &entries(&all.concat())[1].hash;
    log[2] = seal(3, &full(9), previous).expect("a line").0;
    assert_eq!(wrong(&log.concat(), None), Some((4, Tamper::Unlinked)), "a forged entry with a right hash");
}

#[test]
fn a_rewritten_chain_is_found_out_by_a_head_kept_elsewhere() {
    let genuine = head(&lines(2));
    let mut forged = Vec::new();
    let mut previous = GENESIS.to_owned();
    for number in 1..=4 {
        let (line, hash) = seal(number, &full(50), &previous).expect("a line");
        forged.extend(line);
        previous = hash;
    }
    assert_eq!(wrong(&forged, None), None, "a chain without a secret can be forged as a whole");
    assert_eq!(wrong(&forged, Some(&genuine)), Some((2, Tamper::OtherHead)));
}

#[test]
fn a_cut_end_is_found_by_the_head_at_every_byte() {
    let all = lines(4);
    let (log, head) = (all.concat(), head(&all));
    let two = all[0].len() + all[1].len();
    for length in two..log.len() {
        let whole = if length < two + all[2].len() { 2 } else { 3 };
        assert_eq!(wrong(&log[..length], Some(&head)), Some((whole + 1, Tamper::CutOff { head: 4 })), "{length} bytes");
    }
    assert_eq!(wrong(&log, Some(&head)), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_flipped_bit_is_found_in_its_line_or_the_next(bit in 0..8_u32, at in 0_usize..5_000) {
        let all = lines(6);
        let mut log = all.concat();
        let at = at % log.len();
        let line = 1 + log[..at].iter().filter(|byte| **byte == b'\n').count() as u64;
        log[at] ^= 1 << bit;
        let found = wrong(&log, Some(&head(&all))).map(|(line, _)| line);
        prop_assert_eq!(found, Some(line));
    }

    #[test]
    fn garbage_is_no_log(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let whole = bytes.iter().filter(|byte| **byte == b'\n').count();
        prop_assert_eq!(wrong(&bytes, None).is_some(), whole > 0);
    }
}
