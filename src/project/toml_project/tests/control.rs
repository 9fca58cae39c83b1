//! `[control]`: what is wrong in it keeps writing switched off.

use chrono::Weekday;

use super::writing::{plant, said};
use crate::domain::change::Moments;
use crate::domain::time::Span;

#[test]
fn a_window_without_days_is_every_day_and_may_be_the_whole_of_it() {
    let project = plant("[control]\nfreeze = { name = \"Night\", from = \"00:00\", to = \"24:00\" }").project();
    let windows = &project.policy.freeze_windows;
    assert_eq!(windows.len(), 7);
    let whole = Moments::Weekly(Weekday::Sun, Span::ZERO, Span::from_secs(86_400));
    assert_eq!(windows.last().map(|window| window.moments), Some(whole));
}

#[test]
fn whatever_is_wrong_in_control_keeps_writing_off() {
    for (wrong, expected) in [
        (
            "[[freeze]]\nname = \"A\"\nfrom = \"06:00\"\nto = \"07:00\"",
            "3 freeze: expected [[control.freeze]], found [[freeze]]",
        ),
        ("trial_min_secs = 90000", "1 control.trial_max_secs: expected at least trial_min_secs (90000), found 28800"),
        (
            "max_simultanous = 2",
            "3 control.max_simultanous: no key \"max_simultanous\" here; the nearest is \"max_simultaneous\"",
        ),
        (
            "max_simultaneous = 0",
            "3 control.max_simultaneous: expected a whole number from 1 to 1000, found the number 0",
        ),
        ("value_fresh_secs = \"1\"", "3 control.value_fresh_secs: expected a number, found the text \"1\""),
        (
            "freeze = [{ name = \"A\", from = \"25:00\", to = \"2:00\" }]",
            "3 control.freeze[1].from: expected a time of day in UTC like 06:00, or a moment with its zone, found \
             \"25:00\"",
        ),
        (
            "freeze = [{ name = \"A\", from = \"1636070400\", to = \"02:00\" }]",
            "3 control.freeze[1].from: expected a time of day in UTC like 06:00, or a moment with its zone, found \
             \"1636070400\"",
        ),
        (
            "freeze = [{ name = \"A\", from = 2026-12-24T00:00:00, to = 2026-12-25T00:00:00Z }]",
            "3 control.freeze[1].from: expected a time of day in UTC like 06:00, or a moment with its zone, found \
             \"2026-12-24T00:00:00\"",
        ),
        (
            "freeze = [{ name = \"A\", from = 2026-12-26T00:00:00Z, to = 2026-12-25T00:00:00Z }]",
            "3 control.freeze[1].to: expected a moment after 2026-12-26T00:00:00Z, found 2026-12-25T00:00:00Z",
        ),
        (
            "freeze = [{ name = \"A\", from = \"06:00\", to = 2026-12-25T00:00:00Z }]",
            "3 control.freeze[1].to: expected two times of day or two moments, found one of each",
        ),
        (
            "freeze = [{ name = \"A\", from = \"06:00\", to = \"06:00\" }]",
            "3 control.freeze[1].to: expected another time than \"from\", found the same",
        ),
        (
            "freeze = [{ name = \"A\", weekdays = [\"mo\"], from = \"06:00\", to = \"07:00\" }]",
            "3 control.freeze[1].weekdays: expected days like \"mon\" or \"monday\", found \"mo\"",
        ),
        (
            "freeze = [{ name = \"A\", weekdays = [], from = \"06:00\", to = \"07:00\" }]",
            "3 control.freeze[1].weekdays: expected at least one day, found none",
        ),
        (
            "freeze = [{ from = \"06:00\" }]",
            "3 control.freeze[1].name: the key is missing; expected a name for the window",
        ),
        (
            "freeze = [{ name = \"A\", form = \"06:00\", to = \"07:00\" }]",
            "3 control.freeze[1].form: no key \"form\" here; the nearest is \"from\"",
        ),
    ] {
        let rest = format!("[control]\nenabled = true\n{wrong}");
        let found = said(&rest);
        assert!(found.iter().any(|line| line == expected), "{found:#?}");
        let policy = plant(&rest).load().project.unwrap_or_default().policy;
        assert!(!policy.enabled, "{wrong}");
    }
}
