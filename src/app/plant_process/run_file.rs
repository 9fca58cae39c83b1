//! The file in which a plant in a process of its own says where it is, so that the program finds it again.
//!
//! It is also how the plant is told that it is no longer wanted: the program removes the file, and the
//! plant sees that nothing names it any more. That needs no signal and no password, and a person can do it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Nothing that we write is nearly as large.
const LARGEST: u64 = 16 << 10;
/// Only servers on this computer are looked for.
const HERE: &str = "opc.tcp://127.0.0.1:";

/// Where a plant is, and what it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct RunFile {
    /// Address of its server.
    pub url: String,
    /// Number of its process.
    pub process: u32,
    /// Of all that makes the plant what it is: see [`super::digest`].
    pub digest: String,
    /// The plant shows the same: another server at this address is not taken for it.
    pub token: String,
}

impl RunFile {
    /// The file of the plant of a source, in the folder of the plant's project.
    pub fn path(folder: &Path, source: &str) -> PathBuf {
        let name: String = source.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
        folder.join(format!("emulated-{}.json", name.chars().take(60).collect::<String>()))
    }

    /// What a file says; none where there is none, or not one of ours.
    pub fn read(path: &Path) -> Option<Self> {
        let mut text = String::new();
        File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok().filter(|found: &Self| found.url.starts_with(HERE))
    }

    /// Puts the file in the place of one that is there; a crash leaves the old one or the new one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let part = path.with_extension(format!("{}.part", self.process));
        fs::write(&part, serde_json::to_vec_pretty(self)?)?;
        fs::rename(part, path)
    }

    /// True while the file names this plant.
    pub fn stands(&self, path: &Path) -> bool {
        Self::read(path).is_some_and(|found| found.token == self.token)
    }

    /// Removes the file unless it names another plant.
    pub fn remove(&self, path: &Path) {
        if self.stands(path) {
            // One that cannot be removed names a plant that is found to be gone later.
            _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plant(token: &str) -> RunFile {
        let (url, digest) = ("opc.tcp://127.0.0.1:4840/".to_owned(), "d".to_owned());
        RunFile { url, process: 7, digest, token: token.to_owned() }
    }

    #[test]
    fn a_file_names_one_plant_until_it_is_removed_or_names_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = RunFile::path(&folder.path().join("new"), "line 1/plant");
        assert!(path.ends_with("emulated-line-1-plant.json"), "{}", path.display());
        let (one, other) = (plant("one"), plant("other"));
        assert!(!one.stands(&path));
        one.write(&path).expect("written");
        assert_eq!(RunFile::read(&path), Some(one.clone()));
        other.write(&path).expect("written");
        assert!(!one.stands(&path) && other.stands(&path));
        one.remove(&path);
        assert!(other.stands(&path), "nobody removes the file of another");
        other.remove(&path);
        assert!(!path.exists());
        assert_eq!(fs::read_dir(path.parent().expect("a folder")).expect("it").count(), 0, "nothing is left over");
    }

    #[test]
    fn what_is_no_run_file_of_this_computer_names_no_plant() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = RunFile::path(folder.path(), "plant");
        let elsewhere = RunFile { url: "opc.tcp://10.0.0.7:4840/".to_owned(), ..plant("one") };
        let texts = [
            String::new(),
            "{".to_owned(),
            "[1, 2]".to_owned(),
            serde_json::to_string(&elsewhere).expect("JSON"),
            format!("{}{}", serde_json::to_string(&plant("one")).expect("JSON"), " ".repeat(LARGEST as usize)) + "x",
        ];
        for text in texts {
            fs::write(&path, &text).expect("written");
            let found = RunFile::read(&path);
            assert!(found.is_none() || text.len() as u64 > LARGEST, "{text}");
        }
    }
}
