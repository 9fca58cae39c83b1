//! Marks that were set while a recording was replayed. The recording itself is not changed: they lie
//! beside it, in `NAME.marks.json`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::recording::Mark;

/// A larger file is not one of ours.
const MOST_BYTES: u64 = 16 << 20;

fn beside(recording: &Path) -> PathBuf {
    recording.with_extension("marks.json")
}

/// The marks beside a recording; none where there is no file.
///
/// # Errors
/// When the file is not readable.
pub fn load(recording: &Path) -> io::Result<Vec<Mark>> {
    let path = beside(recording);
    match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
        Ok(data) if data.len() > MOST_BYTES => return Err(io::ErrorKind::FileTooLarge.into()),
        Ok(_) => {}
    }
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// Adds a mark to those beside a recording.
///
/// # Errors
/// When the file cannot be read or written; what it held is kept.
pub fn add(recording: &Path, mark: &Mark) -> io::Result<()> {
    let mut marks = load(recording)?;
    marks.push(mark.clone());
    marks.sort_by_key(|mark| mark.at);
    let path = beside(recording);
    let part = path.with_extension("json.part");
    fs::write(&part, serde_json::to_vec_pretty(&marks)?)?;
    fs::rename(part, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn marks_lie_beside_the_recording_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = folder.path().join("shift.mcap");
        assert!(load(&recording).expect("no file is no mark").is_empty());
        let mark = |millis, text: &str| Mark {
            at: Timestamp::from_millis(millis),
            text: text.into(),
            pose: None,
            selection: None,
        };
        add(&recording, &mark(20, "b")).expect("it writes");
        add(&recording, &mark(10, "a")).expect("it writes");
        assert_eq!(load(&recording).expect("it reads"), [mark(10, "a"), mark(20, "b")]);
        fs::write(folder.path().join("shift.marks.json"), "[{").expect("it writes");
        assert!(load(&recording).is_err());
        assert!(add(&recording, &mark(30, "c")).is_err());
        assert_eq!(fs::read(folder.path().join("shift.marks.json")).expect("it reads"), b"[{");
    }
}
