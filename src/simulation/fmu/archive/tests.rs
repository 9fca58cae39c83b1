use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

const SMALL: ArchiveLimits = ArchiveLimits { entries: 3, entry_bytes: 100_000, total_bytes: 150_000 };

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        zip.write_all(content).expect("content");
    }
    zip.finish().expect("a zip").into_inner()
}

fn extracted(bytes: &[u8]) -> (tempfile::TempDir, Result<(), FmuError>) {
    let around = tempfile::tempdir().expect("a folder");
    let into = around.path().join("inner");
    fs::create_dir(&into).expect("a folder");
    let outcome = extract(Cursor::new(bytes), Path::new("pump.fmu"), &into, &SMALL);
    (around, outcome)
}

fn refusal(bytes: &[u8]) -> String {
    let (around, outcome) = extracted(bytes);
    let left = fs::read_dir(around.path()).expect("a folder").count();
    assert_eq!(left, 1, "something was written beside the folder");
    outcome.expect_err("a refusal").to_string()
}

#[test]
fn an_archive_becomes_the_files_in_it() {
    let (around, outcome) = extracted(&zipped(&[("a.txt", b"one"), ("b/c/d.txt", b"two"), ("..b/e...", b"")]));
    outcome.expect("unpacked");
    let read = |name| fs::read(around.path().join("inner").join(name)).expect("a file");
    assert_eq!((read("a.txt"), read("b/c/d.txt"), read("..b/e...")), (b"one".to_vec(), b"two".to_vec(), Vec::new()));
}

#[test]
fn no_entry_leaves_the_folder() {
    for (name, words) in [
        ("../evil", "\"../evil\": its name leads out of the folder"),
        ("a/../../evil", "leads out of the folder"),
        ("/tmp/evil", "absolute path"),
        ("..\\evil", "backslash"),
        ("C:/evil", "colon"),
        ("a//b", "empty part"),
        ("./a", "empty part"),
        ("a\u{7}b", "\"a\\u{7}b\": its name has a control character"),
    ] {
        // The writer may tidy names, so the right number of other letters is written and then patched.
        let placeholder = "x".repeat(name.len());
        let mut bytes = zipped(&[(&placeholder, b"evil")]);
        let places: Vec<usize> =
            (0..=bytes.len() - name.len()).filter(|&at| bytes[at..].starts_with(placeholder.as_bytes())).collect();
        assert_eq!(places.len(), 2, "local header and directory");
        for at in places {
            bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
        }
        let said = refusal(&bytes);
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[test]
fn links_and_devices_are_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("link", "/etc", SimpleFileOptions::default()).expect("a link");
    let said = refusal(&zip.finish().expect("a zip").into_inner());
    assert!(said.contains("\"link\": it is a link or a device"), "{said}");
    assert!(is_plain(0o100_644) && is_plain(0o040_755) && is_plain(0) && !is_plain(0o020_644) && !is_plain(0o120_777));
}

#[test]
fn a_bomb_is_stopped_by_its_bytes_not_by_what_its_header_says() {
    let zeros = vec![0; 100_001];
    let mut bytes = zipped(&[("bomb", &zeros)]);
    assert!(bytes.len() < 1_000);
    let said = refusal(&bytes);
    assert!(said.contains("\"bomb\": unpacked it is larger than 100000 bytes"), "{said}");

    // The same with a size of 1 in both headers.
    let size = 100_001_u32.to_le_bytes();
    let places: Vec<usize> = (0..bytes.len() - 4).filter(|&at| bytes[at..].starts_with(&size)).collect();
    for at in places {
        bytes[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
    }
    let said = refusal(&bytes);
    assert!(said.contains("\"bomb\""), "{said}");

    let said = refusal(&zipped(&[("a", &zeros[..90_000]), ("b", &zeros[..90_000])]));
    assert!(said.contains("unpacked it is larger than 150000 bytes"), "{said}");
    let said = refusal(&zipped(&[("a", b""), ("b", b""), ("c", b""), ("d", b"")]));
    assert!(said.contains("it has 4 entries; up to 3 are taken"), "{said}");
}

#[test]
fn other_files_and_damaged_archives_are_told() {
    assert!(refusal(b"not a zip").contains("pump.fmu is not an FMU: it is no zip archive"));
    let mut bytes = zipped(&[("a.txt", &[7; 5_000])]);
    bytes.truncate(bytes.len() / 2);
    assert!(refusal(&bytes).contains("no zip archive"));
    let mut bytes = zipped(&[("a.txt", b"hello hello hello")]);
    bytes[37] ^= 0xFF;
    assert!(refusal(&bytes).contains("\"a.txt\": it cannot be unpacked"));
}

#[test]
fn a_model_for_other_platforms_tells_which() {
    let text = "<fmiModelDescription fmiVersion=\"2.0\" modelName=\"Pump\" guid=\"g\">\
                <CoSimulation modelIdentifier=\"pump\"/><ModelVariables/></fmiModelDescription>";
    let description = ModelDescription::parse(text).expect("sound");
    let folder = tempfile::tempdir().expect("a folder");
    let said = binary(folder.path(), &description).expect_err("no binary").to_string();
    assert!(said.contains("/pump.") && said.contains("it has no binaries at all"), "{said}");
    fs::create_dir_all(folder.path().join("binaries/amiga")).expect("a folder");
    let said = binary(folder.path(), &description).expect_err("no binary").to_string();
    assert!(said.contains("it has those for amiga"), "{said}");
}

proptest! {
    /// Whatever is changed in an archive, nothing lands beside the folder and no more than the limit in it.
    #[test]
    fn damaged_archives_stay_in_the_folder(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = zipped(&[("a/b.txt", b"one one one one one"), ("c.txt", b"two")]);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let (around, outcome) = extracted(&bytes);
        prop_assert_eq!(fs::read_dir(around.path()).expect("a folder").count(), 1);
        prop_assert!(outcome.is_ok() || !outcome.expect_err("a refusal").to_string().is_empty());
    }
}
