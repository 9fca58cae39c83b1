//! Changes and their settings in words.

use crate::domain::change::{ChangeRequest, Setting, State};
use crate::domain::signal::{Signal, SignalId};
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::ui::change::signs::Sign;
use crate::ui::{Console, format};

/// Plant time; that of the wall where no plant is connected.
pub fn plant_now(console: &Console) -> Timestamp {
    console.extent.live_now.unwrap_or(console.wall_now)
}

/// The signal with this path, where the project knows it.
pub fn signal_at<'a>(console: &Console<'a>, path: &str) -> Option<(SignalId, &'a Signal)> {
    let id = console.catalog.id(path)?;
    Some((id, console.catalog.get(id)?))
}

/// "Filler Speed setpoint": the last two parts of a path.
pub fn title(path: &str) -> String {
    let mut parts: Vec<&str> = path.rsplit('/').take(2).collect();
    parts.reverse();
    parts.join(" ")
}

/// "640 /min".
pub fn value(console: &Console, setting: &Setting, value: f64) -> String {
    let signal = signal_at(console, &setting.signal);
    let step = signal.and_then(|(id, _)| console.setpoints.iter().find(|it| it.signal == id)).and_then(|it| it.step);
    let digits = format::decimals(value, signal.and_then(|(_, signal)| signal.range), step);
    format::with_unit(&format::number(value, digits), Unit::new(&setting.unit).symbol())
}

/// "+40 /min, +6.2%"; without a part where the old value is zero.
pub fn difference(console: &Console, setting: &Setting) -> String {
    let change = setting.to - setting.from;
    let sign = if change > 0.0 { "+" } else { "" };
    let part = change / setting.from.abs();
    let part = if part.is_finite() { format!(", {sign}{}%", format::number(part * 100.0, 1)) } else { String::new() };
    format!("{sign}{}{part}", value(console, setting, change))
}

/// "4 /min a second", or that the policy decides.
pub fn rate(console: &Console, setting: &Setting) -> String {
    match setting.ramp_per_sec {
        Some(rate) => format!("{} a second", value(console, setting, rate)),
        None => "as fast as allowed".to_owned(),
    }
}

/// What is pushed, for a button: "680 /min to Filler Speed setpoint", "3 settings".
pub fn pushed(console: &Console, request: &ChangeRequest) -> String {
    match &request.wish().settings[..] {
        [one] => format!("{} to {}", value(console, one, one.to), title(&one.signal)),
        all => format::counted(all.len(), "setting", "settings"),
    }
}

/// The new values or the old, for a button: "680 /min", "the new values".
pub fn values(console: &Console, request: &ChangeRequest, new: bool) -> String {
    match (&request.wish().settings[..], new) {
        ([one], _) => value(console, one, if new { one.to } else { one.from }),
        (_, true) => "the new values".to_owned(),
        (_, false) => "the old values".to_owned(),
    }
}

/// What a change waits for a person to do; none where it does not.
pub fn waits_for(request: &ChangeRequest) -> Option<String> {
    Some(match request.state() {
        State::Draft => format!("waits for {} to simulate it", request.requester),
        State::Compared => format!("waits for an approver other than {}", request.requester),
        State::Approved => "waits for an operator to push it".to_owned(),
        State::OnTrial => "waits for an operator to keep it or to go back".to_owned(),
        state if state.needs_person() => "waits for someone to look at the equipment".to_owned(),
        _ => return None,
    })
}

/// True where nothing more happens by itself or waits to be done.
pub fn ended(state: State) -> bool {
    state.ended()
}

pub fn sign(request: &ChangeRequest) -> Sign {
    match request.state() {
        State::Kept | State::Reverted => Sign::Done,
        State::Simulating | State::Pushing | State::ReadingBack | State::Reverting => Sign::Going,
        state if state.needs_person() => Sign::Look,
        state if ended(state) => Sign::Stopped,
        _ => Sign::Now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture;

    #[test]
    fn a_setting_is_told_in_its_unit_with_difference_and_part() {
        let plant = fixture::plant();
        let console = plant.console();
        let setting = Setting {
            signal: fixture::SETPOINT.into(),
            unit: "/min".into(),
            from: 640.0,
            to: 680.0,
            ramp_per_sec: Some(4.0),
        };
        assert_eq!(title(&setting.signal), "Filler Speed setpoint");
        assert_eq!(value(&console, &setting, 680.0), "680\u{2009}/min");
        assert_eq!(difference(&console, &setting), "+40\u{2009}/min, +6.2%");
        let down = Setting { to: 600.0, ..setting.clone() };
        assert_eq!(difference(&console, &down), "-40\u{2009}/min, -6.2%");
        assert_eq!(difference(&console, &Setting { from: 0.0, ..setting.clone() }), "+680\u{2009}/min");
        assert_eq!(rate(&console, &setting), "4\u{2009}/min a second");
    }

    #[test]
    fn every_state_is_open_or_ended_and_only_open_ones_wait_for_a_person() {
        for state in State::ALL {
            let request = fixture::change(state);
            assert_eq!(request.state(), state);
            assert!(!ended(state) || waits_for(&request).is_none(), "{state:?}");
            assert_eq!(sign(&request) == Sign::Look, state.needs_person(), "{state:?}");
        }
    }
}
