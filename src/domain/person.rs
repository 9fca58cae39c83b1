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

/// Who is logged in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    pub name: UserName,
    pub role: Role,
    /// As people call them; may be empty.
    pub full_name: String,
}

/// The place from which the plant is changed.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Desk {
    /// None: nobody is logged in.
    pub person: Option<Person>,
    /// Why nothing can be written from here, a sentence for people; none: it can.
    pub view_only: Option<&'static str>,
}

impl Desk {
    /// Whether who is logged in may do what takes at least this role.
    ///
    /// # Errors
    /// What is missing, and what to do, in words.
    pub fn may(&self, least: Role) -> Result<(), String> {
        match (self.view_only, &self.person) {
            (Some(why), _) => Err(why.to_owned()),
            (None, None) => Err("Nobody is logged in. Log in first, at the top right.".to_owned()),
            (None, Some(person)) if person.role < least => Err(format!(
                "{} is {}, and this takes at least {}. Ask someone who may.",
                person.name,
                person.role.name(),
                least.name()
            )),
            _ => Ok(()),
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

    #[test]
    fn a_desk_allows_what_the_role_allows_and_nothing_where_nothing_can_be_written() {
        let person = |role| Some(Person { name: UserName("ann".into()), role, full_name: String::new() });
        let desk = |role| Desk { person: person(role), view_only: None };
        assert_eq!(desk(Role::Operator).may(Role::Operator), Ok(()));
        let refused = desk(Role::Viewer).may(Role::Operator);
        assert!(refused.is_err_and(|words| words.contains("ann is viewer") && words.contains("operator")));
        assert!(Desk::default().may(Role::Viewer).is_err_and(|words| words.contains("Log in")));
        let looking = Desk { view_only: Some("Writing is off."), ..desk(Role::Approver) };
        assert_eq!(looking.may(Role::Viewer), Err("Writing is off.".to_owned()));
    }
}
