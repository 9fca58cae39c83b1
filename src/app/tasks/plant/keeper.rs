//! Whether a plant in a process of its own is still wanted. Pure, but for a look at its run file.

use std::path::PathBuf;
use std::time::Duration;

use crate::app::plant_process::RunFile;

/// A plant that nobody visits for so long ends.
const LONELY: Duration = Duration::from_secs(600);

/// What a plant needs to know to decide.
pub struct Keeper {
    /// Where the plant is named, and as what; none for one that a person started, who ends it too.
    named: Option<(PathBuf, RunFile)>,
    visited: Duration,
}

impl Keeper {
    pub fn new(named: Option<(PathBuf, RunFile)>) -> Self {
        Self { named, visited: Duration::ZERO }
    }

    /// False when the plant shall end; `now` counts from its start.
    pub fn wanted(&mut self, clients: usize, now: Duration) -> bool {
        let Some((path, own)) = &self.named else { return true };
        if clients > 0 {
            self.visited = now;
            return true;
        }
        now.saturating_sub(self.visited) < LONELY && own.stands(path)
    }

    /// The plant ends: nobody shall look for it.
    pub fn leave(&self) {
        if let Some((path, own)) = &self.named {
            own.remove(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEC: Duration = Duration::from_secs(1);

    fn named(folder: &tempfile::TempDir) -> (PathBuf, RunFile) {
        let (url, digest) = ("opc.tcp://127.0.0.1:4840/".to_owned(), "d".to_owned());
        let own = RunFile { url, process: 7, digest, token: "t".to_owned() };
        let path = RunFile::path(folder.path(), "plant");
        own.write(&path).expect("written");
        (path, own)
    }

    #[test]
    fn a_plant_that_nobody_visits_for_ten_minutes_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut keeper = Keeper::new(Some(named(&folder)));
        assert!(keeper.wanted(0, 599 * SEC) && keeper.wanted(1, 700 * SEC));
        assert!(keeper.wanted(0, 1_299 * SEC));
        assert!(!keeper.wanted(0, 1_300 * SEC));
    }

    #[test]
    fn a_plant_without_its_file_goes_on_for_those_who_visit_it_and_ends_then() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, own) = named(&folder);
        let mut keeper = Keeper::new(Some((path.clone(), own)));
        std::fs::remove_file(&path).expect("it was there");
        assert!(keeper.wanted(1, SEC));
        assert!(!keeper.wanted(0, 2 * SEC));
        let other = RunFile { token: "other".to_owned(), ..named(&folder).1 };
        other.write(&path).expect("written");
        assert!(!keeper.wanted(0, 3 * SEC), "another plant is named");
        keeper.leave();
        assert!(other.stands(&path));
    }

    #[test]
    fn a_plant_that_a_person_started_goes_on() {
        assert!(Keeper::new(None).wanted(0, 1_000_000 * SEC));
    }
}
