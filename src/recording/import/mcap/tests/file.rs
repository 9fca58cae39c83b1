//! The walk through the file, whole and damaged.

use super::*;
use crate::domain::time::Timestamp;

/// First byte, length with head, and messages of each chunk, out of the index at the end.
fn chunks(file: &[u8]) -> Vec<(usize, usize, usize)> {
    let summary = mcap::Summary::read(file).expect("a summary").expect("an index");
    let mut before = 0;
    let messages = |end: u64| ((end - START) / 10_000_000 + 1) as usize;
    summary
        .chunk_indexes
        .iter()
        .map(|chunk| {
            let count = messages(chunk.message_end_time) - before;
            before += count;
            (chunk.chunk_start_offset as usize, chunk.chunk_length as usize, count)
        })
        .collect()
}

fn numbers(imported: &Imported) -> Vec<usize> {
    imported.samples.iter().filter_map(|sample| Some(sample.value.as_f64()? as usize)).collect()
}

#[test]
fn every_message_of_every_compression_is_read_in_its_order() {
    for compression in COMPRESSIONS {
        let imported = import(&numbered(200, compression));
        assert!(imported.outcome.is_ok() && imported.report.problems.is_empty(), "{:?}", imported.report);
        assert_eq!(numbers(&imported), (0..200).collect::<Vec<_>>());
        let last = imported.samples.last().expect("samples");
        assert_eq!(last.source_time, Timestamp::from_nanos(START as i64 + 199 * 10_000_000));
        assert_eq!((imported.report.signals, imported.report.samples), (1, 200));
        assert!(imported.progress.is_sorted() && imported.progress.iter().all(|part| (0.0..=1.0).contains(part)));
    }
    let bare = WriteOptions::default().use_chunks(false);
    let file = Recorder::new(bare, "/n", "json", None).message(START, START, b"{\"n\": 4}").finish();
    assert_eq!(numbers(&import(&file)), [4]);
}

#[test]
fn a_file_that_breaks_off_is_read_to_its_last_whole_chunk() {
    for compression in COMPRESSIONS {
        let file = numbered(200, compression);
        let chunks = chunks(&file);
        for end in (8..file.len()).step_by(97) {
            let imported = import(&file[..end]);
            let whole: usize =
                chunks.iter().filter(|(start, length, _)| start + length <= end).map(|(_, _, count)| count).sum();
            assert_eq!(numbers(&imported), (0..whole).collect::<Vec<_>>(), "{end} bytes of {compression:?}");
            assert!(imported.outcome.is_ok());
            if whole < 200 {
                let told = imported.problem("what came before is used") + imported.problem("was not finished");
                assert_eq!(told, 1, "{end}: {:?}", imported.report);
            }
        }
    }
}

#[test]
fn a_chunk_with_a_changed_byte_is_named_and_the_others_are_read() {
    for compression in COMPRESSIONS {
        let file = numbered(200, compression);
        let chunks = chunks(&file);
        // Also the first, in which alone the channel is described before the end of the file.
        for (index, (start, length, count)) in chunks.iter().enumerate() {
            let mut damaged = file.clone();
            damaged[start + length - 9] ^= 0x55;
            let imported = import(&damaged);
            let before: usize = chunks[..index].iter().map(|(_, _, count)| count).sum();
            let expected: Vec<usize> = (0..before).chain(before + count..200).collect();
            assert_eq!(numbers(&imported), expected, "chunk {index} of {compression:?}: {:?}", imported.report);
            let words = format!("The chunk at byte {start} is passed over: ");
            assert_eq!(imported.problem(&words), 1, "{:?}", imported.report);
        }
    }
}

#[test]
fn no_changed_byte_invents_a_sample() {
    for compression in COMPRESSIONS {
        let file = numbered(60, compression);
        for place in 0..file.len() {
            let mut damaged = file.clone();
            damaged[place] ^= 1 << (place % 8);
            let imported = import(&damaged);
            let numbers = numbers(&imported);
            assert!(numbers.is_sorted() && numbers.last().is_none_or(|last| *last < 60), "byte {place}: {numbers:?}");
            let lost = numbers.len() < 60;
            assert!(
                !lost || imported.outcome.is_err() || !imported.report.problems.is_empty(),
                "byte {place} in silence"
            );
        }
    }
}

#[test]
fn what_is_no_mcap_file_is_refused_in_words() {
    for bytes in [&b""[..], b"\x89MCAP", b"time,tag,value\n1,a,2\n"] {
        let imported = import(bytes);
        let words = imported.outcome.expect_err("refused").to_string();
        assert!(words.contains("is not an MCAP file") && words.contains("Choose a recording"), "{words}");
    }
    let mut take = |_: Found, _: f64| Ok(());
    let missing = read(Path::new("/no/such/file.mcap"), &mut Intake::new(&mut take));
    assert!(matches!(missing, Err(ImportError::Read { .. })));
}

#[test]
fn a_receiver_that_wants_no_more_ends_the_reading() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), numbered(100, None)).expect("written");
    let mut taken = 0;
    let mut take = |_: Found, _: f64| {
        taken += 1;
        if taken > 10 { Err(Stopped) } else { Ok(()) }
    };
    assert!(matches!(read(file.path(), &mut Intake::new(&mut take)), Err(ImportError::Stopped)));
    assert_eq!(taken, 11);
}

#[test]
fn source_time_is_the_publish_time_where_that_can_be_believed() {
    const DAY: u64 = 86_400_000_000_000;
    let mut recorder = Recorder::new(WriteOptions::default(), "/n", "json", None);
    for publish in [START - 5, 0, START - DAY, START - DAY - 1, START + DAY + 1, u64::MAX] {
        recorder.message(START, publish, b"{\"n\": 1}");
    }
    recorder.message(u64::MAX, START, b"{\"n\": 1}");
    let imported = import(&recorder.finish());
    let start = START as i64;
    let times: Vec<i64> = imported.samples.iter().map(|sample| sample.source_time.as_nanos()).collect();
    assert_eq!(times, [start - 5, start, start - DAY as i64, start, start, start]);
    assert!(imported.samples.iter().all(|sample| sample.received_time == Timestamp::from_nanos(start)));
    assert_eq!(imported.problem("after the year 2262"), 1);
}

#[test]
fn channels_that_are_not_understood_are_named_once_and_the_rest_plays() {
    let mut recorder = Recorder::new(WriteOptions::default(), "/good", "json", None);
    let none = BTreeMap::new();
    for (topic, encoding) in [("/flat", "flatbuffer"), ("/one", "ros1"), ("/bare", "protobuf")] {
        let channel = recorder.writer.add_channel(0, topic, encoding, &none).expect("a channel");
        for _ in 0..3 {
            let header = MessageHeader { channel_id: channel, sequence: 0, log_time: START, publish_time: START };
            recorder.writer.write_to_known_channel(&header, b"abc").expect("a message");
        }
    }
    let imported = import(&recorder.message(START, START, b"{\"n\": 1}").finish());
    assert_eq!(imported.values(), [("good/n", Value::Real(1.0))]);
    assert_eq!(imported.report.problems.values().collect::<Vec<_>>(), [&1, &1, &1], "{:?}", imported.report);
    let words = "Messages of /flat are left out: they are in flatbuffer; json, protobuf with descriptors and cdr with \
                 ros2msg are understood";
    assert_eq!(imported.problem(words), 1, "{:?}", imported.report);
    assert_eq!(imported.problem("Messages of /bare are left out: the file holds no schema"), 1);
}
