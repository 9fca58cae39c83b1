//! What the program tells the person, and when it stops telling.

use bevy::prelude::Resource;

use crate::domain::notice::{Notice, NoticeLevel};
use crate::domain::time::Timestamp;

/// Notices that were not dismissed, newest last.
#[derive(Resource, Default)]
pub struct Notices {
    list: Vec<Notice>,
    next_id: u64,
}

/// More than this nobody reads; the oldest go.
const KEPT: usize = 200;

impl Notices {
    pub fn list(&self) -> &[Notice] {
        &self.list
    }

    /// Tells something. Said again word for word, it moves to the end instead of standing twice.
    pub fn tell(&mut self, at: Timestamp, level: NoticeLevel, what: impl Into<String>, meaning: &str, action: &str) {
        let what = what.into();
        self.list.retain(|notice| notice.what != what);
        let id = self.next_id;
        self.next_id += 1;
        self.list.push(Notice { id, at, level, what, meaning: meaning.to_owned(), action: action.to_owned() });
        if self.list.len() > KEPT {
            self.list.remove(0);
        }
    }

    pub fn dismiss(&mut self, id: u64) {
        self.list.retain(|notice| notice.id != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_news_stands_once() {
        let mut notices = Notices::default();
        for secs in 0..3 {
            notices.tell(Timestamp::from_millis(secs * 1000), NoticeLevel::Warning, "Broker gone.", "", "");
        }
        notices.tell(Timestamp::default(), NoticeLevel::Info, "Project read again.", "", "");
        assert_eq!(notices.list().len(), 2);
        let id = notices.list()[0].id;
        notices.dismiss(id);
        assert_eq!(notices.list()[0].what, "Project read again.");
    }
}
