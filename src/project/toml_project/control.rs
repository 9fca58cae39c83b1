//! `[control]`: whether this project lets anything be written, and the conditions that hold for all of it.
//!
//! What is broken here switches writing off: nobody knows what was to be forbidden.

use chrono::{NaiveTime, Timelike, Weekday};

use super::build::Build;
use super::entry::{Entry, Section};
use super::tree::Content;
use crate::domain::change::{FreezeWindow, Moments, WritePolicy};
use crate::domain::time::{Span, Timestamp};

const MEANING: &str = "Writing stays switched off.";
const CONTROL: Section = Section {
    name: "control",
    meaning: MEANING,
    keys: &[
        "enabled",
        "approval_valid_secs",
        "simulation_valid_secs",
        "value_fresh_secs",
        "max_simultaneous",
        "needs_credible_model",
        "trial_min_secs",
        "trial_max_secs",
        "freeze",
    ],
};
const FREEZE: Section = Section { name: "freeze", meaning: MEANING, keys: &["name", "weekdays", "from", "to"] };
const DAY_SECS: f64 = 86_400.0;
const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

pub fn control(build: &mut Build<'_>, root: &Entry<'_>) {
    let Some(entry) = root.table("control", CONTROL) else { return };
    let usual = WritePolicy::default();
    let span = |key: &str, shortest: f64, longest: f64, usual: Span| {
        Span::from_secs_f64(entry.number_in(key, shortest..=longest, usual.as_secs_f64()))
    };
    let lease = (
        span("trial_min_secs", 1.0, 7.0 * DAY_SECS, usual.lease.0),
        span("trial_max_secs", 1.0, 7.0 * DAY_SECS, usual.lease.1),
    );
    if lease.0 > lease.1 {
        let (shortest, longest) = (lease.0.as_secs_f64(), lease.1.as_secs_f64());
        entry.fail("trial_max_secs", format!("expected at least trial_min_secs ({shortest}), found {longest}"));
    }
    // Behind `[control]` this is a table of its own, by the rules of TOML.
    if root.has("freeze") {
        entry.fail_at(&root.at("freeze"), "expected [[control.freeze]], found [[freeze]]", entry.example("freeze"));
    }
    let most = entry.integer_in("max_simultaneous", 1..=1_000, i64::try_from(usual.max_simultaneous).unwrap_or(1));
    let policy = WritePolicy {
        enabled: entry.flag("enabled", usual.enabled),
        approval_valid: span("approval_valid_secs", 1.0, 30.0 * DAY_SECS, usual.approval_valid),
        simulation_valid: span("simulation_valid_secs", 1.0, 30.0 * DAY_SECS, usual.simulation_valid),
        value_fresh: span("value_fresh_secs", 0.1, 3_600.0, usual.value_fresh),
        max_simultaneous: usize::try_from(most).unwrap_or(usual.max_simultaneous),
        freeze_windows: entry.tables("freeze", FREEZE).iter().flat_map(|window| freeze(&entry, window)).collect(),
        needs_credible: entry.flag("needs_credible_model", usual.needs_credible),
        lease,
        ..usual
    };
    build.project.policy = WritePolicy { enabled: policy.enabled && entry.sound(), ..policy };
}

/// The windows of one entry: one for each of its days.
fn freeze(control: &Entry<'_>, entry: &Entry<'_>) -> Vec<FreezeWindow> {
    let name = entry.required_text("name", "a name for the window");
    let days = weekdays(entry);
    let moments = match (end(entry, "from"), end(entry, "to")) {
        (Some(End::Time(from)), Some(End::Time(to))) => {
            if from == to {
                entry.fail("to", "expected another time than \"from\", found the same");
            }
            days.into_iter().map(|day| Moments::Weekly(day, from, to)).collect()
        }
        (Some(End::Moment(from)), Some(End::Moment(to))) => {
            if from >= to {
                entry.fail_with("to", format!("expected a moment after {from}, found {to}"), "");
            }
            if entry.has("weekdays") {
                entry.fail("weekdays", "expected times of day beside weekdays, found moments");
            }
            vec![Moments::Once(from, to)]
        }
        (Some(_), Some(_)) => {
            entry.fail("to", "expected two times of day or two moments, found one of each");
            Vec::new()
        }
        _ => Vec::new(),
    };
    if !entry.sound() {
        control.give_up();
    }
    moments.into_iter().map(|moments| FreezeWindow { name: name.unwrap_or_default().to_owned(), moments }).collect()
}

/// Every day where the entry does not say.
fn weekdays(entry: &Entry<'_>) -> Vec<Weekday> {
    if !entry.has("weekdays") {
        return WEEK.into();
    }
    let day = |text: &str| {
        let day = text.parse().ok();
        if day.is_none() {
            entry.fail("weekdays", format!("expected days like \"mon\" or \"monday\", found \"{text}\""));
        }
        day
    };
    let days: Vec<Weekday> = entry.texts("weekdays").into_iter().filter_map(day).collect();
    if days.is_empty() && entry.sound() {
        entry.fail("weekdays", "expected at least one day, found none");
    }
    days
}

enum End {
    /// Since midnight, UTC.
    Time(Span),
    Moment(Timestamp),
}

/// `06:00` or `2026-12-24T00:00:00Z`, as a text or as TOML's own.
fn end(entry: &Entry<'_>, key: &str) -> Option<End> {
    let text = match entry.item(key).map(|item| &item.content) {
        Some(Content::Date(text)) => text,
        _ => entry.required_text(key, "a time of day in UTC, or a moment")?,
    };
    let moment = || Timestamp::parse(text).ok().filter(|_| text.contains(':'));
    let found = time_of_day(text).map(End::Time).or_else(|| moment().map(End::Moment));
    if found.is_none() {
        let message = format!("expected a time of day in UTC like 06:00, or a moment with its zone, found \"{text}\"");
        entry.fail(key, message);
    }
    found
}

fn time_of_day(text: &str) -> Option<Span> {
    if text == "24:00" {
        return Some(Span::from_secs_f64(DAY_SECS));
    }
    let time = NaiveTime::parse_from_str(text, "%H:%M").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"));
    time.ok().map(|time| Span::from_secs(time.num_seconds_from_midnight().into()))
}
