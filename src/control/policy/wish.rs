//! Guards about the wish itself: what it holds does not depend on the moment.

use super::{Answer, Asked, refuse};
use crate::domain::expression::Expression;
use crate::domain::unit::Unit;

/// Most settings of one change: what a second person can still look through.
const MOST_SETTINGS: usize = 16;
/// Part of a step by which a value may miss it through rounding.
const STEP_SLACK: f64 = 1e-6;

impl Asked<'_> {
    pub(super) fn complete(&self) -> Answer {
        let wish = self.change.wish();
        if wish.title.trim().is_empty() || wish.reason.trim().is_empty() {
            return refuse("Title or reason is missing. Nobody could judge the change. Write both.");
        }
        if wish.settings.is_empty() || wish.settings.len() > MOST_SETTINGS {
            let count = wish.settings.len();
            return refuse(format!(
                "The change has {count} settings. It cannot be judged. Give it 1 to {MOST_SETTINGS}."
            ));
        }
        for (index, setting) in wish.settings.iter().enumerate() {
            let signal = &setting.signal;
            if wish.settings.iter().take(index).any(|other| other.signal == *signal) {
                return refuse(format!("{signal} is set twice. It is not clear what is wanted. Remove one."));
            }
            let ramp = setting.ramp_per_sec.unwrap_or(1.0);
            if !(setting.from.is_finite() && setting.to.is_finite() && ramp.is_finite() && ramp > 0.0) {
                return refuse(format!("{signal} has no proper numbers. It cannot be set. Write them anew."));
            }
            let tolerance = self.policy.rule(signal).map_or(0.0, |rule| rule.tolerance);
            if (setting.to - setting.from).abs() <= tolerance {
                return refuse(format!(
                    "{signal} goes from {} to {}, which a read-back cannot tell apart. Nothing would change. Remove it.",
                    setting.from, setting.to
                ));
            }
        }
        Ok(())
    }

    pub(super) fn allowed(&self) -> Answer {
        for setting in &self.change.wish().settings {
            let signal = &setting.signal;
            let Some(rule) = self.policy.rule(signal) else {
                return refuse(format!(
                    "{signal} is not on the list of writable signals. It is never written. Take it out of the change, \
                     or have the project allow it."
                ));
            };
            if Unit::new(&setting.unit) != rule.unit {
                return refuse(format!(
                    "{signal} is in {}, and the change says {}. Its numbers mean something else. Write them in {}.",
                    rule.unit.code(),
                    setting.unit,
                    rule.unit.code()
                ));
            }
        }
        Ok(())
    }

    pub(super) fn range(&self) -> Answer {
        for (setting, rule) in self.ruled() {
            let (signal, to, set) = (&setting.signal, setting.to, &rule.setpoint);
            if !(set.min..=set.max).contains(&to) {
                return refuse(format!(
                    "{signal} at {to} lies outside {} to {}. It is not written. Choose a value between.",
                    set.min, set.max
                ));
            }
            // The way back has to be open, too.
            if !(set.min..=set.max).contains(&setting.from) {
                return refuse(format!(
                    "{signal} stands at {}, outside {} to {}. It could not go back there. Bring it into its range at \
                     the equipment first.",
                    setting.from, set.min, set.max
                ));
            }
            let steps = set.step.filter(|step| *step > 0.0).map_or(0.0, |step| (to - set.min) / step);
            if (steps - steps.round()).abs() > STEP_SLACK {
                let step = set.step.unwrap_or_default();
                return refuse(format!(
                    "{signal} at {to} is no whole step of {step} above {}. It is not written. Choose the next step.",
                    set.min
                ));
            }
        }
        Ok(())
    }

    pub(super) fn delta(&self) -> Answer {
        for (setting, rule) in self.ruled() {
            let delta = (setting.to - setting.from).abs();
            if let Some(most) = rule.max_delta.filter(|most| delta > *most) {
                return refuse(format!(
                    "{} changes by {delta}, and {most} is the most at once. It is not written. Go in smaller changes.",
                    setting.signal
                ));
            }
        }
        Ok(())
    }

    pub(super) fn rate(&self) -> Answer {
        for (setting, rule) in self.ruled() {
            if let (Some(ramp), Some(most)) = (setting.ramp_per_sec, rule.setpoint.rate_limit_per_sec)
                && ramp > most
            {
                return refuse(format!(
                    "{} is to move by {ramp} per second, and {most} is the most. It is not written. Choose a slower ramp.",
                    setting.signal
                ));
            }
        }
        Ok(())
    }

    pub(super) fn trial(&self) -> Answer {
        let (trial, (least, most)) = (&self.change.wish().trial, self.policy.lease);
        if !(least..=most).contains(&trial.lease) {
            return refuse(format!(
                "The trial lasts {}, and {least} to {most} are allowed. It is not begun. Choose another time.",
                trial.lease
            ));
        }
        for text in &trial.abort_conditions {
            if let Err(error) = Expression::parse(text) {
                return refuse(format!(
                    "The abort condition \"{text}\" cannot be read: {error}. It would end no trial. Correct it."
                ));
            }
        }
        Ok(())
    }
}
