//! What happened to changes of the plant, and to those who change it, as recordings and the timeline have it:
//! an entry of the audit log in a form that explains itself.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::audit::{AuditKind, AuditRecord};
use super::change::{ChangeRequest, Setting, State};
use super::person::{Role, UserName};
use super::time::Timestamp;
use super::value::Value;

/// Most settings that a record lists, and most characters of its texts; the rest is in the change.
const MOST_SETTINGS: usize = 16;
const LONGEST: usize = 4_000;

/// One entry of the audit log, with what it means for its change.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ChangeRecord {
    pub at: Timestamp,
    pub what: AuditKind,
    /// Id of the change; none for logins and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// What the change is called; empty without a change.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Where the change stood before; none where that is not known, or there was no change yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<State>,
    /// Where it stood after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<State>,
    /// None where the program acted on its own, and for logins that failed: who typed a password into the wrong
    /// field shall not find it in a recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<UserName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The setting that is written or read back; for a step of the change as a whole, all of its settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Moved>,
    /// Why, in the words of the person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What came of it, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    /// Number of the entry in the audit log.
    pub entry: u64,
    /// SHA-256 of the entry in hex, as it stands in the log.
    pub hash: String,
}

/// A setting and its value before and after.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Moved {
    /// Tag path.
    pub signal: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
    /// UCUM code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

impl ChangeRecord {
    /// An entry that was just appended. `before` is where its change stood until then.
    pub fn of(
        record: &AuditRecord,
        (entry, hash): (u64, &str),
        change: Option<&ChangeRequest>,
        before: Option<State>,
    ) -> Self {
        let change = change.filter(|change| record.change.as_deref() == Some(change.id.as_str()));
        let named = !matches!(record.what, AuditKind::LoginFailed | AuditKind::LockedOut);
        let after = match record.what {
            // A guard said no: to a draft, which is then refused, or to an approved change, which stays as it is.
            AuditKind::PolicyRefused => change.map(ChangeRequest::state).filter(|state| *state == State::Refused),
            what => what.enters(),
        };
        Self {
            at: record.at,
            what: record.what,
            change: record.change.clone(),
            title: change.map(|change| cut(&change.wish().title)).unwrap_or_default(),
            before,
            after: after.or(before),
            person: record.person.clone().filter(|_| named),
            role: record.role.filter(|_| named),
            settings: settings(record, change),
            reason: cut(&record.reason),
            outcome: cut(&record.outcome),
            entry,
            hash: hash.to_owned(),
        }
    }

    /// True where the change went from one state to another, or where the plant showed a value: what a timeline
    /// shows. The single writes of a ramp are not.
    pub fn step(&self) -> bool {
        let news = self.what == AuditKind::ReadBack || self.what == AuditKind::PolicyRefused;
        self.change.is_some() && (news || self.what.enters().is_some())
    }

    /// What happened, in a few words: "approved", "read back".
    pub fn name(&self) -> String {
        match self.what {
            AuditKind::Drafted => "requested".to_owned(),
            AuditKind::TrialBegun => "on trial".to_owned(),
            AuditKind::PushBegun => "pushed".to_owned(),
            AuditKind::RevertBegun => "going back".to_owned(),
            AuditKind::RevertFailed => "not gone back".to_owned(),
            other => other.name().replace('_', " "),
        }
    }

    /// One line for a person: what, by whom, which settings, why. Characters that steer a terminal or turn the
    /// direction of reading become spaces.
    pub fn words(&self) -> String {
        let mut line = self.name();
        // Writing to a String cannot fail.
        let mut tell = |text: std::fmt::Arguments<'_>| line.write_fmt(text).unwrap_or_default();
        match (self.title.is_empty(), &self.change) {
            (false, Some(change)) => tell(format_args!(": {} ({change})", self.title)),
            (true, Some(change)) => tell(format_args!(": {change}")),
            (_, None) => {}
        }
        match (&self.person, self.role) {
            (Some(person), Some(role)) => tell(format_args!(", by {person} ({})", role.name())),
            (Some(person), None) => tell(format_args!(", by {person}")),
            (None, _) => {}
        }
        for setting in &self.settings {
            tell(format_args!(", {}", setting.words()));
        }
        if !self.reason.is_empty() {
            tell(format_args!(", because: {}", self.reason));
        }
        if !self.outcome.is_empty() {
            tell(format_args!("; {}", self.outcome));
        }
        plain(&line)
    }
}

impl Moved {
    /// "Line/Filler/Speed 600 -> 570 /min".
    pub fn words(&self) -> String {
        let unit = self.unit.as_deref().filter(|unit| !unit.is_empty()).map(|unit| format!(" {unit}"));
        let unit = unit.unwrap_or_default();
        let values = match (&self.from, &self.to) {
            (Some(from), Some(to)) => format!(" {from} \u{2192} {to}{unit}"),
            (Some(one), None) | (None, Some(one)) => format!(" {one}{unit}"),
            (None, None) => String::new(),
        };
        format!("{}{values}", self.signal)
    }
}

impl AuditKind {
    /// The state that a change is in after this; none where it does not follow from the kind alone.
    pub fn enters(self) -> Option<State> {
        Some(match self {
            Self::Drafted | Self::Edited => State::Draft,
            Self::SimulationBegun => State::Simulating,
            Self::Simulated => State::Compared,
            Self::SimulationFailed | Self::PushFailed => State::Failed,
            Self::Approved => State::Approved,
            Self::Rejected => State::Rejected,
            Self::Expired => State::Expired,
            Self::PushBegun => State::Pushing,
            Self::Mismatch => State::Mismatch,
            Self::Unverified => State::Unverified,
            Self::TrialBegun => State::OnTrial,
            Self::Kept => State::Kept,
            Self::RevertBegun => State::Reverting,
            Self::Reverted => State::Reverted,
            Self::RevertFailed => State::RevertFailed,
            _ => return None,
        })
    }
}

/// Those of the entry itself; else those of the change, as far as the entry says something of their values.
fn settings(record: &AuditRecord, change: Option<&ChangeRequest>) -> Vec<Moved> {
    if let Some(signal) = &record.signal {
        let (from, to, unit) = (record.from.clone(), record.to.clone(), record.unit.clone());
        return vec![Moved { signal: signal.clone(), from, to, unit }];
    }
    let wished = change.into_iter().flat_map(|change| &change.wish().settings).take(MOST_SETTINGS);
    let moved = |setting: &Setting, from: Option<f64>, to: f64| Moved {
        signal: setting.signal.clone(),
        from: from.and_then(Value::real),
        to: Value::real(to),
        unit: Some(setting.unit.clone()),
    };
    match record.what {
        AuditKind::Drafted
        | AuditKind::Edited
        | AuditKind::Approved
        | AuditKind::PushBegun
        | AuditKind::TrialBegun
        | AuditKind::Kept => wished.map(|setting| moved(setting, Some(setting.from), setting.to)).collect(),
        AuditKind::Reverted => wished.map(|setting| moved(setting, None, setting.from)).collect(),
        _ => Vec::new(),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

fn plain(text: &str) -> String {
    text.replace(
        |letter: char| letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'),
        " ",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::{ChangeId, Wish};

    const AT: Timestamp = Timestamp::from_millis(1_795_579_200_000);

    fn change() -> ChangeRequest {
        let setting = Setting {
            signal: "Line/Filler/Speed".into(),
            unit: "/min".into(),
            from: 600.0,
            to: 570.0,
            ramp_per_sec: None,
        };
        let wish = Wish { title: "Slower\u{202e}".into(), settings: vec![setting], ..Wish::default() };
        let id = ChangeId::new("C-2026-11-25-0001").expect("an id");
        ChangeRequest::new(id, UserName::new("otto").expect("a name"), wish, AT)
    }

    fn record(what: AuditKind) -> AuditRecord {
        AuditRecord {
            change: Some("C-2026-11-25-0001".into()),
            person: UserName::new("ann").ok(),
            role: Some(Role::Approver),
            reason: "seen\u{1b}[2J".into(),
            ..AuditRecord::new(AT, what)
        }
    }

    #[test]
    fn a_step_tells_states_people_settings_and_where_it_stands_in_the_log() {
        let told = ChangeRecord::of(&record(AuditKind::Approved), (7, "ab"), Some(&change()), Some(State::Compared));
        assert_eq!((told.before, told.after), (Some(State::Compared), Some(State::Approved)));
        assert_eq!((told.entry, told.hash.as_str(), told.step()), (7, "ab", true));
        assert_eq!(
            told.words(),
            "approved: Slower  (C-2026-11-25-0001), by ann (approver), Line/Filler/Speed 600 \u{2192} 570 /min, \
             because: seen [2J"
        );
        let reverted = ChangeRecord::of(&record(AuditKind::Reverted), (9, ""), Some(&change()), Some(State::Reverting));
        assert!(reverted.words().contains("Line/Filler/Speed 600 /min"), "{}", reverted.words());
    }

    #[test]
    fn a_written_value_is_that_of_the_entry_and_changes_no_state() {
        let write = AuditRecord {
            signal: Some("Line/Filler/Speed".into()),
            from: Some(Value::Real(600.0)),
            to: Some(Value::Real(590.0)),
            ..record(AuditKind::WriteIntended)
        };
        let told = ChangeRecord::of(&write, (8, ""), Some(&change()), Some(State::Pushing));
        assert_eq!((told.before, told.after, told.step()), (Some(State::Pushing), Some(State::Pushing), false));
        assert_eq!(told.settings[0].words(), "Line/Filler/Speed 600 \u{2192} 590");
    }

    #[test]
    fn a_login_is_named_but_what_was_typed_into_one_that_failed_is_not() {
        let told = |what| ChangeRecord::of(&AuditRecord { change: None, ..record(what) }, (1, ""), None, None);
        assert_eq!(told(AuditKind::Login).person, UserName::new("ann").ok());
        for what in [AuditKind::LoginFailed, AuditKind::LockedOut] {
            let told = told(what);
            assert_eq!((told.person.clone(), told.role), (None, None));
            assert!(!format!("{told:?}").contains("ann") && !told.step());
        }
    }

    #[test]
    fn a_refusal_of_the_policy_changes_the_state_of_a_draft_alone() {
        let told = ChangeRecord::of(&record(AuditKind::PolicyRefused), (1, ""), Some(&change()), Some(State::Approved));
        assert_eq!((told.after, told.step()), (Some(State::Approved), true));
    }

    #[test]
    fn kinds_that_enter_a_state_reach_all_but_those_without_an_entry() {
        let entered: Vec<State> = AuditKind::ALL.iter().filter_map(|kind| kind.enters()).collect();
        // Refused comes with the policy's refusal; reading back begins with the last answer.
        let missing = State::ALL.into_iter().filter(|state| !entered.contains(state)).collect::<Vec<_>>();
        assert_eq!(missing, [State::Refused, State::ReadingBack]);
    }
}
