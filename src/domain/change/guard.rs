//! The questions that a change has to pass, and the report that says it did.

use super::ChangeId;
use crate::domain::time::{Span, Timestamp};

/// How long a report counts after it was made.
pub const REPORT_VALID: Span = Span::from_secs(5);

/// When the policy is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    /// Before the change is simulated.
    Draft,
    /// Before it is approved.
    Approval,
    /// At the last moment before the first write.
    Push,
}

/// A question to the policy.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Guard {
    /// Writing is switched on.
    Writing,
    /// Who acts may do so, and the approver is another person.
    Person,
    /// The wish is complete.
    Complete,
    /// All signals are on the allow-list, in their units.
    Allowed,
    /// Values lie in their ranges and on their steps.
    Range,
    /// No value goes farther at once than it may.
    Delta,
    /// No ramp is faster than it may be.
    Rate,
    /// The trial is neither too short nor too long, and its conditions can be read.
    Trial,
    /// Nobody else owns the equipment.
    Owner,
    /// Not too many changes at the same time, and none on the same equipment.
    Simultaneous,
    /// Not in a time in which nothing is changed.
    Freeze,
    /// The links to the signals are up.
    Link,
    /// The present values are good and fresh.
    Fresh,
    /// The present values are those that the change starts from.
    Unmoved,
    /// The equipment is in a mode that accepts changes.
    Mode,
    /// All interlocks are true, by inputs that are good and fresh.
    Interlocks,
    /// It was simulated not long ago, from the values that the plant has.
    Simulation,
    /// The model is credible.
    Credible,
    /// A second person approved exactly this, not long ago.
    Approval,
}

impl Guard {
    /// In the order in which they are asked.
    pub const ALL: [Self; 19] = [
        Self::Writing,
        Self::Person,
        Self::Complete,
        Self::Allowed,
        Self::Range,
        Self::Delta,
        Self::Rate,
        Self::Trial,
        Self::Owner,
        Self::Simultaneous,
        Self::Freeze,
        Self::Link,
        Self::Fresh,
        Self::Unmoved,
        Self::Mode,
        Self::Interlocks,
        Self::Simulation,
        Self::Credible,
        Self::Approval,
    ];

    /// The first stage at which it is asked; from there on it is asked at each.
    pub fn since(self) -> Stage {
        match self {
            Self::Simulation | Self::Credible => Stage::Approval,
            Self::Approval => Stage::Push,
            _ => Stage::Draft,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Writing => "Writing is on",
            Self::Person => "Person",
            Self::Complete => "Complete",
            Self::Allowed => "Allow-list",
            Self::Range => "Range and step",
            Self::Delta => "Size of the change",
            Self::Rate => "Rate",
            Self::Trial => "Trial",
            Self::Owner => "Owner",
            Self::Simultaneous => "Other changes",
            Self::Freeze => "Freeze windows",
            Self::Link => "Link",
            Self::Fresh => "Fresh values",
            Self::Unmoved => "Plant unmoved",
            Self::Mode => "Mode",
            Self::Interlocks => "Interlocks",
            Self::Simulation => "Simulation",
            Self::Credible => "Model credible",
            Self::Approval => "Approval",
        }
    }
}

/// Under which terms a setting is written, as the policy has them.
#[derive(Clone, PartialEq, Default, Debug, serde::Serialize, serde::Deserialize)]
pub struct Terms {
    /// The slower of what was wished and what is allowed; none: at once.
    pub rate_per_sec: Option<f64>,
    /// Values between lie whole steps from the end of the ramp.
    pub step: Option<f64>,
    /// Tag path of the signal that shows what the plant holds; none where nothing does.
    pub readback: Option<String>,
    /// How far a read-back may be from what was written.
    pub tolerance: f64,
    /// Longest wait for an answer or a read-back.
    pub deadline: Span,
    /// The controller goes back by itself when it is not fed.
    pub watchdog: bool,
}

/// What the policy said about one revision of one change at one moment. Only `control::policy` makes
/// them, which asks every guard; it is never stored.
#[derive(Clone, PartialEq, Debug)]
pub struct GuardReport {
    change: ChangeId,
    revision: u32,
    digest: String,
    stage: Stage,
    at: Timestamp,
    wall: Timestamp,
    answers: Vec<(Guard, Result<(), String>)>,
    terms: Vec<Terms>,
}

impl GuardReport {
    /// For `control::policy` alone. `digest` is that of what an approval of the change binds now; `terms`
    /// has one for each setting.
    pub fn new(
        (change, revision): (ChangeId, u32),
        digest: String,
        stage: Stage,
        at: Timestamp,
        answers: Vec<(Guard, Result<(), String>)>,
        terms: Vec<Terms>,
    ) -> Self {
        Self { change, revision, digest, stage, at, wall: at, answers, terms }
    }

    /// Where the wall clock of the desk shows another moment than plant time.
    pub fn by_wall(self, wall: Timestamp) -> Self {
        Self { wall, ..self }
    }

    /// Without the answer of a guard, for who only looks and cannot ask it: such a report lets nothing pass.
    pub fn without(mut self, unasked: Guard) -> Self {
        self.answers.retain(|(guard, _)| *guard != unasked);
        self
    }

    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// In plant time.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The same moment by the wall clock of the desk, by which approvals hold.
    pub fn wall(&self) -> Timestamp {
        self.wall
    }

    pub fn terms(&self) -> &[Terms] {
        &self.terms
    }

    /// Every guard that was asked, and why it said no.
    pub fn answers(&self) -> &[(Guard, Result<(), String>)] {
        &self.answers
    }

    /// Why it may not go on, in words, one for each guard that said no.
    pub fn blocked(&self) -> Vec<String> {
        self.answers.iter().filter_map(|(_, answer)| answer.clone().err()).collect()
    }

    /// Whether it speaks of this revision at this stage, was made just now and asked every guard.
    ///
    /// # Errors
    /// In words.
    pub(super) fn fits(&self, change: (&ChangeId, u32), stage: Stage, now: Timestamp) -> Result<(), String> {
        let age = now - self.at;
        if (&self.change, self.revision) != change {
            return Err("It is about another change, or about an earlier state of this one.".to_owned());
        }
        if self.stage != stage {
            return Err("It was made for another stage.".to_owned());
        }
        if age < Span::ZERO || age > REPORT_VALID {
            return Err(format!("It is {age} old, and counts for {REPORT_VALID}."));
        }
        let asked = |guard: &Guard| self.answers.iter().any(|(asked, _)| asked == guard);
        match Guard::ALL.iter().find(|guard| guard.since() <= stage && !asked(guard)) {
            Some(guard) => Err(format!("The guard \"{}\" was not asked.", guard.name())),
            None => Ok(()),
        }
    }
}
