//! Puts a machine into a state in which it was seen in the plant. What contradicts itself is settled
//! and said.

use super::{Fault, Machine, STARVED_DELAY_SECS};
use crate::simulation::line::state::State;
use crate::simulation::line::ticks_from_secs;

/// What was seen of a machine; none where it was not.
#[derive(Clone, Default, Debug)]
pub(in crate::simulation::line) struct Seen {
    pub(in crate::simulation::line) state: Option<State>,
    pub(in crate::simulation::line) speed_per_sec: Option<f64>,
    pub(in crate::simulation::line) starved: Option<bool>,
    pub(in crate::simulation::line) blocked: Option<bool>,
    /// Empty where the machine says that it has none.
    pub(in crate::simulation::line) fault: Option<String>,
    pub(in crate::simulation::line) infeed_count: Option<u64>,
    pub(in crate::simulation::line) outfeed_count: Option<u64>,
    pub(in crate::simulation::line) reject_count: Option<u64>,
}

impl Machine {
    /// Takes over what was seen; the rest stays. Gives what had to be settled, in words.
    pub(in crate::simulation::line) fn restore(&mut self, seen: Seen) -> Vec<String> {
        let mut settled = Vec::new();
        self.infeed_count = seen.infeed_count.unwrap_or(self.infeed_count);
        self.outfeed_count = seen.outfeed_count.unwrap_or(self.outfeed_count);
        self.reject_count = seen.reject_count.unwrap_or(self.reject_count);
        self.starved = seen.starved.unwrap_or(self.starved);
        self.blocked = seen.blocked.unwrap_or(self.blocked);
        self.empty_secs = if self.starved { STARVED_DELAY_SECS } else { 0.0 };
        if let Some(state) = seen.state {
            self.state = state;
            self.in_state_ticks = 0;
            self.run_requested = !matches!(state, State::Stopped | State::Stopping);
        }
        self.restore_fault(seen.fault, &mut settled);
        self.restore_speed(seen.speed_per_sec, &mut settled);
        settled
    }

    /// Sets the times since the start to those that have this availability and performance with the
    /// items counted. Time planned but not in EXECUTE is taken as SUSPENDED.
    pub(in crate::simulation::line) fn restore_effort(&mut self, availability: f64, performance: f64) {
        let rated_per_sec = self.config.rated_speed_per_min / 60.0;
        let executing_secs = self.infeed_count as f64 / (rated_per_sec * performance);
        let waiting_secs = executing_secs / availability - executing_secs;
        if !executing_secs.is_finite() || !waiting_secs.is_finite() || waiting_secs < 0.0 {
            return;
        }
        self.state_ticks = [0; State::ALL.len()];
        self.state_ticks[State::Execute.index()] = ticks_from_secs(executing_secs);
        self.state_ticks[State::Suspended.index()] = ticks_from_secs(waiting_secs);
    }

    fn restore_fault(&mut self, text: Option<String>, settled: &mut Vec<String>) {
        let holding = matches!(self.state, State::Holding | State::Held);
        match text.as_deref() {
            Some("") => {
                self.fault = None;
                if holding {
                    settled.push(format!("it is {} without a fault; it is taken to start again", self.state.name()));
                }
            }
            Some(text) => {
                let kind = self.fault_texts.iter().position(|known| **known == *text);
                if kind.is_none() {
                    settled.push("the model does not know its fault; its repair is drawn as that of the first".into());
                }
                self.set_seen_fault(kind.unwrap_or_default(), text);
                if self.state.can_hold() && !holding {
                    settled.push(format!("it is {} with a fault; it is taken as HOLDING", self.state.name()));
                    self.state = State::Holding;
                }
            }
            None if holding && self.fault.is_none() => {
                settled.push(format!("it is {} and its fault is not known; the first is taken", self.state.name()));
                let text = self.fault_texts.first().cloned().unwrap_or_else(|| "".into());
                self.set_seen_fault(0, &text);
            }
            None if !holding && self.state != State::Stopped => self.fault = None,
            None => (),
        }
    }

    fn set_seen_fault(&mut self, kind: usize, text: &str) {
        let repair_ticks_left = self.draw_residual_repair(kind);
        self.fault = Some(Fault { text: text.into(), repair_ticks_left });
    }

    /// Where it was not seen, a machine in EXECUTE runs at its setpoint.
    fn restore_speed(&mut self, speed_per_sec: Option<f64>, settled: &mut Vec<String>) {
        let moving = matches!(self.state, State::Execute | State::Suspending | State::Holding | State::Stopping);
        let most = self.config.max_speed_per_min / 60.0;
        let usual = if self.state == State::Execute { self.setpoint_per_sec } else { 0.0 };
        let found = speed_per_sec.unwrap_or(usual);
        self.speed_per_sec = if moving { found.clamp(0.0, most) } else { 0.0 };
        // Less than one item in a minute is the noise of a sensor.
        if (self.speed_per_sec - found).abs() > 1.0 / 60.0 {
            let (state, found, taken) = (self.state.name(), found * 60.0, self.speed_per_sec * 60.0);
            settled.push(format!("it is {state} at {found:.0}/min; its speed is taken as {taken:.0}/min"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::line::LineConfig;

    fn restored(state: State, speed_per_min: f64, fault: &str) -> (Machine, Vec<String>) {
        let mut machine = Machine::new(&LineConfig::demo().machines[2], 0.0, 3, 2);
        let settled = machine.restore(Seen {
            state: Some(state),
            speed_per_sec: Some(speed_per_min / 60.0),
            fault: Some(fault.into()),
            ..Seen::default()
        });
        (machine, settled)
    }

    #[test]
    fn what_fits_together_is_taken_as_it_is() {
        let (machine, settled) = restored(State::Held, 0.0, "302 bottle burst in carousel");
        assert_eq!((machine.state(), machine.speed_per_sec(), settled.len()), (State::Held, 0.0, 0));
        assert_eq!(machine.fault_text().map(|text| &**text), Some("302 bottle burst in carousel"));
    }

    #[test]
    fn what_contradicts_itself_is_settled_and_said() {
        let (machine, settled) = restored(State::Execute, 600.0, "302 bottle burst in carousel");
        assert_eq!(
            (machine.state(), settled),
            (State::Holding, vec!["it is EXECUTE with a fault; it is taken as HOLDING".into()])
        );
        let (machine, settled) = restored(State::Held, 300.0, "999 unheard of");
        assert_eq!((machine.speed_per_sec(), settled.len()), (0.0, 2));
        let (machine, settled) = restored(State::Execute, 5000.0, "");
        assert_eq!(machine.speed_per_sec(), 12.0);
        assert_eq!(settled, ["it is EXECUTE at 5000/min; its speed is taken as 720/min"]);
    }
}
