//! Guards about the plant at this moment: links, values, modes and interlocks.

use super::judge::doubt;
use super::{Answer, Asked, Judged, judge, refuse};

impl Asked<'_> {
    pub(super) fn link(&self) -> Answer {
        for setting in &self.change.wish().settings {
            if self.around.links.get(&setting.signal).is_none_or(|link| !link.connected) {
                return refuse(format!(
                    "The link to {} is down. A write would be lost, or come too late. Wait until it is up.",
                    setting.signal
                ));
            }
        }
        Ok(())
    }

    pub(super) fn fresh(&self) -> Answer {
        for setting in &self.change.wish().settings {
            if let Some(why) = doubt(&setting.signal, self.present(&setting.signal), self.policy.value_fresh) {
                return refuse(format!("{why}. What would be changed is not known. Wait for a good value."));
            }
        }
        Ok(())
    }

    pub(super) fn unmoved(&self) -> Answer {
        for (setting, rule) in self.ruled() {
            let now = self.present(&setting.signal).and_then(|present| present.value.as_f64());
            if now.is_none_or(|now| (now - setting.from).abs() > rule.tolerance) {
                let shown = now.map_or("no number".to_owned(), |now| now.to_string());
                return refuse(format!(
                    "{} shows {shown}, and the change starts from {}. The plant moved away from what was looked at. \
                     Edit the change and simulate again.",
                    setting.signal, setting.from
                ));
            }
        }
        Ok(())
    }

    pub(super) fn mode(&self) -> Answer {
        for (setting, rule) in self.ruled() {
            let permitted = &rule.setpoint.permitted_modes;
            if permitted.is_empty() {
                continue;
            }
            let Some(signal) = &rule.mode_signal else {
                return refuse(format!(
                    "{} is written only in {}, and no signal shows the mode. Nobody knows whether it may be. Have the \
                     project name one.",
                    setting.signal,
                    permitted.join(", ")
                ));
            };
            let present = self.present(signal);
            if let Some(why) = doubt(signal, present, self.policy.value_fresh) {
                return refuse(format!("{why}. The mode of {} is not known. Wait for a good value.", rule.equipment));
            }
            let mode = present.map(|present| present.value.to_string()).unwrap_or_default();
            if !permitted.contains(&mode) {
                return refuse(format!(
                    "{} is in {mode}, and {} is written only in {}. The controller would not take it. Wait for the mode.",
                    rule.equipment,
                    setting.signal,
                    permitted.join(", ")
                ));
            }
        }
        Ok(())
    }

    pub(super) fn interlocks(&self) -> Answer {
        for (setting, rule) in self.ruled() {
            for interlock in &rule.interlocks {
                let why = match judge(interlock, &|name| self.present(name), self.policy.value_fresh) {
                    Judged::True => continue,
                    Judged::False => "is not met".to_owned(),
                    Judged::Unknown(why) => format!("cannot be judged, because {why}"),
                };
                return refuse(format!(
                    "The interlock \"{}\" {why}. {} is not written. Look at the equipment.",
                    interlock.text(),
                    setting.signal
                ));
            }
        }
        Ok(())
    }
}
