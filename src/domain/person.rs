//! Who works with the program, and what each may do.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Name of an account: 1 to 64 letters, digits, dots, hyphens or underscores, in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

/// Most characters of a name.
const LONGEST: usize = 64;

impl UserName {
    /// A name as it was typed: capitals count as small letters.
    ///
    /// # Errors
    /// In words, for what cannot be a name.
    pub fn new(text: &str) -> Result<Self, String> {
        let name = text.trim().to_lowercase();
        let allowed = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_');
        if (1..=LONGEST).contains(&name.chars().count()) && name.chars().all(allowed) {
            return Ok(Self(name));
        }
        let shown: String = name.chars().take(LONGEST).collect();
        Err(format!("\"{shown}\" is no user name; write 1 to {LONGEST} letters, digits, dots, hyphens or underscores"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for UserName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> Self {
        name.0
    }
}

/// What a person is trusted with. A role has all rights of those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks at everything and changes nothing.
    Viewer,
    /// Drafts changes, simulates them, and pushes what was approved.
    Operator,
    /// Also keeps a calibration and changes who owns equipment.
    Engineer,
    /// Also approves changes of others.
    Approver,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Engineer, Self::Approver];

    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Engineer => "engineer",
            Self::Approver => "approver",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_in_one_way_and_others_are_refused_in_words() {
        assert_eq!(UserName::new(" Ann.Lee ").map(String::from), Ok("ann.lee".to_owned()));
        for wrong in ["", "   ", "ann lee", "../ann", "a\nb", &"x".repeat(65)] {
            assert!(UserName::new(wrong).is_err_and(|words| words.contains("no user name")), "{wrong}");
        }
    }

    #[test]
    fn roles_rise() {
        assert!(Role::ALL.is_sorted());
    }
}
