//! The accounts file: TOML that only its owner may write.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::password::Cost;
use super::{Account, Accounts, PeopleError};
use crate::control::audit::replace;

/// Most bytes of the file: some thousand accounts.
const LARGEST: u64 = 1024 * 1024;

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    #[serde(default)]
    account: Vec<Account>,
}

impl Accounts {
    /// Reads an accounts file. New hashes will have the given cost.
    ///
    /// # Errors
    /// When it cannot be read, others may write it, or it is not in order.
    pub fn load(path: &Path, cost: Cost) -> Result<Self, PeopleError> {
        let shown = || path.display().to_string();
        let failed = |cause| PeopleError::Io { path: shown(), doing: "read", cause };
        let file = File::open(path).map_err(failed)?;
        if open_to_others(&file).map_err(failed)? {
            return Err(PeopleError::OpenToOthers { path: shown() });
        }
        let mut text = String::new();
        file.take(LARGEST + 1).read_to_string(&mut text).map_err(failed)?;
        if text.len() as u64 > LARGEST {
            return Err(PeopleError::TooLarge { path: shown() });
        }
        Self::parse(&text, cost)
    }

    /// # Errors
    /// When it cannot be written; the file is then as it was.
    pub fn save(&self, path: &Path) -> Result<(), PeopleError> {
        let failed = |cause| PeopleError::Io { path: path.display().to_string(), doing: "written", cause };
        replace(path, self.to_text()?.as_bytes()).map_err(failed)
    }

    fn parse(text: &str, cost: Cost) -> Result<Self, PeopleError> {
        let malformed = |words: String| PeopleError::Malformed { words };
        let document: Document = toml::from_str(text).map_err(|error| malformed(error.to_string()))?;
        if document.version != VERSION {
            return Err(malformed(format!("version {} is not known, only {VERSION}", document.version)));
        }
        Self::of(document.account, cost)
    }

    fn to_text(&self) -> Result<String, PeopleError> {
        toml::to_string(&Document { version: VERSION, account: self.list().cloned().collect() })
            .map_err(|error| PeopleError::Malformed { words: error.to_string() })
    }
}

#[cfg(unix)]
fn open_to_others(file: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o022 != 0)
}

/// Elsewhere the rights of the folder decide, which are those of the profile of the user.
#[cfg(not(unix))]
fn open_to_others(_: &File) -> std::io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::super::testing::{CHEAP, accounts};
    use super::*;

    #[test]
    fn accounts_come_back_from_their_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("accounts.toml");
        let accounts = accounts();
        accounts.save(&path).expect("a file");
        assert_eq!(Accounts::load(&path, CHEAP).expect("accounts"), accounts);
        let empty = Accounts::new(CHEAP);
        empty.save(&path).expect("a file");
        assert_eq!(Accounts::load(&path, CHEAP).expect("accounts"), empty);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_write_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("accounts.toml");
        accounts().save(&path).expect("a file");
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        for (mode, refused) in [(0o644, false), (0o620, true), (0o602, true), (0o600, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("rights");
            let loaded = Accounts::load(&path, CHEAP);
            assert_eq!(matches!(loaded, Err(PeopleError::OpenToOthers { .. })), refused, "{mode:o}");
        }
    }

    #[test]
    fn missing_huge_doubled_and_foreign_files_are_refused_in_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("accounts.toml");
        let error = |text: &str| {
            replace(&path, text.as_bytes()).expect("a file");
            Accounts::load(&path, CHEAP).expect_err("an error").to_string()
        };
        let text = accounts().to_text().expect("text");
        assert!(error(&text.replace("version = 1", "version = 2")).contains("version 2 is not known"));
        assert!(error(&text.replace("otto", "emil")).contains("the account emil stands there twice"));
        assert!(error(&text.replace("disabled", "admin")).contains("unknown field `admin`"));
        assert!(error(&text.replace("m=8,", "m=4294967295,")).contains("more memory or time than a login may take"));
        assert!(error(&" ".repeat(LARGEST as usize + 1)).contains("larger than 1 MiB"));
        fs::remove_file(&path).expect("no file");
        assert!(Accounts::load(&path, CHEAP).expect_err("an error").to_string().contains("cannot be read"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_cut_or_garbled_file_never_makes_other_people(cut in any::<prop::sample::Index>(), byte in any::<char>()) {
            let all = accounts();
            let text = all.to_text().expect("text");
            let cut = cut.index(text.len());
            if let Ok(read) = Accounts::parse(&text[..cut], CHEAP) {
                prop_assert!(read.list().all(|account| all.get(&account.name) == Some(account)));
            }
            let mut garbled = text.clone();
            garbled.replace_range(cut..=cut, &byte.to_string());
            if let Ok(read) = Accounts::parse(&garbled, CHEAP) {
                prop_assert!(read.list().count() <= 4);
            }
        }
    }
}
