//! Changes for people at a terminal, and for programs.

use serde_json::{Value as Json, json};

use crate::domain::change::{ChangeRequest, GuardReport, Setting, WriteProgress};
use crate::domain::time::Timestamp;

/// Without characters that steer a terminal or turn the direction of reading: what people write into a change, or
/// a device answers, is printed.
pub fn clean(text: &str) -> String {
    let steers = |letter: char| {
        (letter.is_control() && letter != '\n') || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.replace(steers, " ")
}

/// A moment to the second.
pub fn second(moment: Timestamp) -> String {
    moment.to_utc().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What an approver has to see.
pub fn in_words(change: &ChangeRequest) -> String {
    let wish = change.wish();
    let mut text = format!("{}: {}\nby {}, because: {}\n\n", change.id, wish.title, change.requester, wish.reason);
    for setting in &wish.settings {
        let delta = setting.to - setting.from;
        let part =
            if setting.from == 0.0 { String::new() } else { format!(", {:+.1} %", 100.0 * delta / setting.from) };
        let ramp = setting.ramp_per_sec.map(|rate| format!(", by {rate} a second")).unwrap_or_default();
        text += &format!(
            "  {}: {} -> {} {} ({delta:+}{part}{ramp})\n",
            setting.signal, setting.from, setting.to, setting.unit
        );
    }
    text += &format!("  on trial for {}\n", wish.trial.lease);
    for condition in &wish.trial.abort_conditions {
        text += &format!("  goes back when: {condition}\n");
    }
    if let Some(divergence) = wish.trial.divergence {
        text += &format!(
            "  goes back when the plant is outside of the predicted bands by {} of their widths for {}\n",
            divergence.margin, divergence.lasting
        );
    }
    match change.evidence() {
        None => text += "\nIt was not simulated as it stands.\n",
        Some(evidence) => {
            text += &format!("\nSimulated at {} (\"{}\"):\n", second(evidence.simulated_at), evidence.scenario);
            for kpi in evidence.kpis.iter().filter(|kpi| kpi.part.is_none()) {
                if let Some(difference) = kpi.difference {
                    let (mean, low, high) = (difference.mean, difference.low, difference.high);
                    text += &format!("  {} {mean:+.3} {} ({low:+.3} to {high:+.3})\n", kpi.name, kpi.unit);
                }
            }
            for alarm in evidence.alarms.iter().filter(|alarm| alarm.changed.share > alarm.baseline.share) {
                text += &format!("  {} in {:.0} % of the runs\n", alarm.alarm, 100.0 * alarm.changed.share);
            }
            for doubt in &evidence.doubts {
                text += &format!("  Doubt: {doubt}\n");
            }
        }
    }
    clean(&(text + "\n"))
}

/// Where it stands, who approved it, and what the plant took and shows.
pub fn standing(change: &ChangeRequest) -> String {
    let mut text = format!("State: {}. {}\n", change.state().name(), change.words());
    if let Some(approval) = change.approval() {
        text += &format!(
            "Approved by {} at {}, until {}, because: {}\n",
            approval.approver,
            second(approval.at),
            second(approval.expires),
            approval.reason
        );
    }
    if let Some(progress) = change.progress() {
        text += &format!("Push began at {}", second(progress.began));
        if let Some(until) = progress.until {
            text += &format!("; on trial until {}", second(until));
        }
        text += "\n";
    }
    for line in writes(change, true) {
        text += &format!("  {line}\n");
    }
    if change.state().active() && change.survives_our_death() {
        text += "The controllers go back by themselves when the desk falls silent.\n";
    }
    clean(&text)
}

/// A line for each setting that was pushed: what was asked of it, what it took, what the plant shows, and where
/// wanted since when: it is read again and again.
pub fn writes(change: &ChangeRequest, timed: bool) -> Vec<String> {
    let writes = change.progress().map_or(&[][..], |progress| &progress.writes);
    change
        .wish()
        .settings
        .iter()
        .zip(writes)
        .map(|(setting, write)| clean(&write_line(setting, write, timed)))
        .collect()
}

fn write_line(setting: &Setting, write: &WriteProgress, timed: bool) -> String {
    let last = write.last_write();
    let commanded = last.commanded.map_or_else(|| "nothing yet".to_owned(), |value| value.to_string());
    let accepted = match last.commanded {
        _ if last.doubtful => "nobody knows".to_owned(),
        Some(value) if last.accepted => value.to_string(),
        Some(_) => "no answer yet".to_owned(),
        None => "nothing yet".to_owned(),
    };
    let actual = match (&write.read, &write.terms.readback) {
        (Some(read), _) if timed => format!("{} (at {})", read.value, second(read.source_time)),
        (Some(read), _) => read.value.to_string(),
        (None, Some(_)) => "not read back yet".to_owned(),
        (None, None) => "cannot be read back".to_owned(),
    };
    let lost = write.lost.as_ref().map(|why| format!("; not brought back: {why}")).unwrap_or_default();
    let (signal, unit) = (&setting.signal, &setting.unit);
    format!("{signal} [{unit}]: commanded {commanded}, accepted {accepted}, actual {actual}{lost}")
}

/// Every guard that says no, or that all let it pass.
pub fn guards(report: &GuardReport) -> String {
    let mut text = String::new();
    for (guard, answer) in report.answers() {
        if let Err(why) = answer {
            text += &format!("  {}: {why}\n", guard.name());
        }
    }
    match text.is_empty() {
        true => format!("All {} guards let it pass.\n", report.answers().len()),
        false => clean(&format!("Guards that block it:\n{text}")),
    }
}

/// A change for programs.
pub fn to_json(change: &ChangeRequest, guards: Option<&GuardReport>) -> Json {
    let wish = change.wish();
    let progress = change.progress();
    let settings = wish.settings.iter().enumerate().map(|(index, setting)| {
        let write = progress.and_then(|progress| progress.writes.get(index));
        let last = write.map(WriteProgress::last_write).unwrap_or_default();
        let read = write.and_then(|write| write.read);
        json!({
            "signal": setting.signal,
            "unit": setting.unit,
            "from": setting.from,
            "to": setting.to,
            "ramp_per_sec": setting.ramp_per_sec,
            "commanded": last.commanded,
            "accepted": last.commanded.filter(|_| last.accepted),
            "doubtful": last.doubtful,
            "actual": read.map(|read| read.value),
            "actual_at": read.map(|read| second(read.source_time)),
            "lost": write.and_then(|write| write.lost.clone()),
        })
    });
    let guards = guards.map(|report| {
        let answers = report.answers().iter();
        Json::from_iter(answers.map(|(guard, answer)| json!({ "guard": guard.name(), "blocks": answer.clone().err() })))
    });
    json!({
        "id": change.id,
        "state": change.state().name(),
        "words": change.words(),
        "requester": change.requester,
        "drafted_at": second(change.drafted_at),
        "title": wish.title,
        "reason": wish.reason,
        "lease_secs": wish.trial.lease.as_secs_f64(),
        "abort_conditions": wish.trial.abort_conditions,
        "settings": Json::from_iter(settings),
        "began": progress.map(|progress| second(progress.began)),
        "trial_until": progress.and_then(|progress| progress.until).map(second),
        "approval": change.approval().map(|approval| json!({
            "approver": approval.approver,
            "at": second(approval.at),
            "expires": second(approval.expires),
            "reason": approval.reason,
        })),
        "evidence": change.evidence(),
        "guards": guards,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_steers_no_terminal() {
        assert_eq!(clean("a\u{1b}[2J\nb\u{202e}c\rd"), "a [2J\nb c d");
    }
}
