//! Every event in every state, by a table.

use super::*;

/// Columns of the table: the states, where two of them are looked at twice: `Ps` is pushing and `Rs`
/// reverting with a write on its way.
fn columns() -> Vec<(&'static str, Desk)> {
    let draft = Desk::new();
    let mut refused = draft.clone();
    let blocked = report_with(&draft.change, Stage::Draft, draft.now, |_| Err("No.".into()), terms(true));
    refused.tell(Event::SimulateAsked { by: user("ann"), guards: Box::new(blocked) });
    let mut simulating = draft.clone();
    let guards = Box::new(report(&draft.change, Stage::Draft, draft.now));
    simulating.tell(Event::SimulateAsked { by: user("ann"), guards });
    let mut failed = simulating.clone();
    failed.tell(Event::SimulationFailed { why: "It diverged.".into() });
    let mut rejected = Desk::compared();
    rejected.tell(Event::Rejected { by: user("bob"), why: "Too fast".into() });
    let mut expired = Desk::approved();
    expired.tell(Event::ApprovalOver { why: String::new() });
    let pushing = Desk::pushing(terms(true));
    let mut sent = pushing.clone();
    sent.tell(Event::AuditWritten { sequence: 1 });
    let reading = Desk::reading_back(terms(true));
    let mut mismatch = reading.clone();
    mismatch.after(1).read(FAST, 605.0).after(5).tell(Event::Tick);
    let mut unverified = reading.clone();
    unverified.after(6).tell(Event::Tick);
    let mut kept = Desk::on_trial();
    kept.tell(Event::KeepAsked { by: user("carl") });
    let reverting = Desk::reverting();
    let mut back_sent = reverting.clone();
    back_sent.read(FAST, 610.0).read(WARM, 72.0);
    let sequence = back_sent.announced()[0];
    back_sent.tell(Event::AuditWritten { sequence });
    let mut reverted = reverting.clone();
    reverted.read(FAST, 600.0).read(WARM, 70.0);
    let mut revert_failed = reverting.clone();
    revert_failed.after(5).tell(Event::Tick);
    vec![
        ("Dr", draft),
        ("Rf", refused),
        ("Si", simulating),
        ("Fa", failed),
        ("Co", Desk::compared()),
        ("Rj", rejected),
        ("Ap", Desk::approved()),
        ("Ex", expired),
        ("Pu", pushing),
        ("Ps", sent),
        ("RB", reading),
        ("Mi", mismatch),
        ("Un", unverified),
        ("Tr", Desk::on_trial()),
        ("Ke", kept),
        ("Rv", reverting),
        ("Rs", back_sent),
        ("Rd", reverted),
        ("RF", revert_failed),
    ]
}

fn code(state: State) -> &'static str {
    match state {
        State::Draft => "Dr",
        State::Refused => "Rf",
        State::Simulating => "Si",
        State::Failed => "Fa",
        State::Compared => "Co",
        State::Rejected => "Rj",
        State::Approved => "Ap",
        State::Expired => "Ex",
        State::Pushing => "Pu",
        State::ReadingBack => "RB",
        State::Mismatch => "Mi",
        State::Unverified => "Un",
        State::OnTrial => "Tr",
        State::Kept => "Ke",
        State::Reverting => "Rv",
        State::Reverted => "Rd",
        State::RevertFailed => "RF",
    }
}

/// The state after each event; `--` where it is refused.
const TABLE: &str = "
                  Dr Rf Si Fa Co Rj Ap Ex Pu Ps RB Mi Un Tr Ke Rv Rs Rd RF
edited            Dr Dr -- Dr Dr Dr Dr Dr -- -- -- -- -- -- -- -- -- -- --
edited_by_other   -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
simulate          Si -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
simulate_blocked  Rf -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
simulated         -- -- Co -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
simulation_failed -- -- Fa -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
approved          -- -- -- -- Ap -- -- -- -- -- -- -- -- -- -- -- -- -- --
approve_blocked   -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
rejected          -- -- -- -- Rj -- Rj -- -- -- -- -- -- -- -- -- -- -- --
approval_over     -- -- -- -- -- -- Ex -- -- -- -- -- -- -- -- -- -- -- --
push              -- -- -- -- -- -- Pu -- -- -- -- -- -- -- -- -- -- -- --
push_blocked      -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
audit_written     -- -- -- -- -- -- -- -- Pu -- -- -- -- -- -- -- -- -- --
audit_failed      -- -- -- -- -- -- -- -- Fa RF RF -- -- RF -- RF RF -- --
accepted          -- -- -- -- -- -- -- -- -- Pu -- -- -- -- -- -- Rv -- --
clamped           -- -- -- -- -- -- -- -- -- Rv -- -- -- -- -- -- Rv -- --
write_failed      -- -- -- -- -- -- -- -- -- Fa -- -- -- -- -- -- Rv -- --
write_unknown     -- -- -- -- -- -- -- -- -- Rv -- -- -- -- -- -- Rv -- --
read              -- -- -- -- -- -- -- -- Pu Pu RB -- -- Tr -- Rv Rv -- --
heartbeat         -- -- -- -- -- -- -- -- Pu Pu RB -- -- Tr -- Rv Rv -- --
keep              -- -- -- -- -- -- -- -- -- -- -- -- -- Ke -- -- -- -- --
revert            -- -- -- -- -- -- -- -- Fa Rv Rv Rv Rv Rv -- -- -- -- Rv
aborted           -- -- -- -- -- -- -- -- Fa Rv Rv -- -- Rv -- -- -- -- --
link_lost         -- -- -- -- -- -- -- -- Fa Rv Rv -- -- Rv -- -- -- -- --
diverged          -- -- -- -- -- -- -- -- Fa Rv Rv -- -- Rv -- -- -- -- --
restarted         Dr Rf Fa Fa Co Rj Ap Ex Fa Rv Rv Mi Un Rv Ke Rv Rv Rd RF
tick              Dr Rf Si Fa Co Rj Ap Ex Pu Pu RB Mi Un Tr Ke Rv Rv Rd RF
tick_a_day_later  Dr Rf Si Fa Co Rj Ap Ex Fa Rv Un Mi Un Rv Ke RF Rv Rd RF
";

fn event(name: &str, desk: &Desk) -> Event {
    let why = || "Because.".to_owned();
    let guards = |stage, blocked: bool| {
        let answer = |_| if blocked { Err("No.".to_owned()) } else { Ok(()) };
        Box::new(report_with(&desk.change, stage, desk.now, answer, terms(true)))
    };
    let blocked = name.ends_with("_blocked");
    let pending = desk.change.progress().and_then(|progress| {
        progress.writes.iter().find_map(|write| write.pending.as_ref().map(|pending| pending.sequence))
    });
    let sequence = pending.unwrap_or(1);
    match name {
        "edited" => Event::Edited { by: user("ann"), wish: Box::new(wish()) },
        "edited_by_other" => Event::Edited { by: user("bob"), wish: Box::new(wish()) },
        "simulate" | "simulate_blocked" => {
            Event::SimulateAsked { by: user("ann"), guards: guards(Stage::Draft, blocked) }
        }
        "simulated" => Event::Simulated(Box::new(evidence())),
        "simulation_failed" => Event::SimulationFailed { why: why() },
        "approved" | "approve_blocked" => {
            Event::Approved { approval: approval(&desk.change, desk.now), guards: guards(Stage::Approval, blocked) }
        }
        "rejected" => Event::Rejected { by: user("bob"), why: why() },
        "approval_over" => Event::ApprovalOver { why: why() },
        "push" | "push_blocked" => Event::PushAsked { by: user("carl"), guards: guards(Stage::Push, blocked) },
        "audit_written" => Event::AuditWritten { sequence },
        "audit_failed" => Event::AuditFailed { why: why() },
        "accepted" => Event::WriteAccepted { sequence },
        "clamped" => Event::WriteClamped { sequence },
        "write_failed" => Event::WriteFailed { sequence, why: why() },
        "write_unknown" => Event::WriteUnknown { sequence, why: why() },
        "read" => Event::Read { signal: FAST.into(), value: 610.0, source_time: desk.now, quality: Quality::Good },
        "heartbeat" => Event::Heartbeat,
        "keep" => Event::KeepAsked { by: user("carl") },
        "revert" => Event::RevertAsked { by: user("carl"), why: why() },
        "aborted" => Event::Aborted { why: why() },
        "link_lost" => Event::LinkLost { why: why() },
        "diverged" => Event::Diverged { why: why() },
        "restarted" => Event::Restarted,
        "tick" | "tick_a_day_later" => Event::Tick,
        other => panic!("no event {other}"),
    }
}

#[test]
fn every_event_in_every_state_does_what_the_table_says() {
    let columns = columns();
    let reached: std::collections::HashSet<State> = columns.iter().map(|(_, desk)| desk.state()).collect();
    assert_eq!(reached.len(), State::ALL.len());
    let mut lines = TABLE.trim_start_matches('\n').lines();
    let heads: Vec<&str> = lines.next().expect("a head").split_whitespace().collect();
    assert_eq!(heads, columns.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for line in lines {
        let mut cells = line.split_whitespace();
        let name = cells.next().expect("a name");
        let expected: Vec<&str> = cells.collect();
        assert_eq!(expected.len(), columns.len(), "{name}");
        for ((column, desk), expected) in columns.iter().zip(expected) {
            let later = if name == "tick_a_day_later" { Span::from_secs(86_400) } else { Span::ZERO };
            let after = desk.change.step(event(name, desk), desk.now + later);
            let found = after.as_ref().map_or("--", |(change, _)| code(change.state()));
            assert_eq!(found, expected, "{name} in {column}: {after:?}");
            // What is written down comes before what is done.
            if let Ok((_, actions)) = after {
                assert!(actions.is_sorted_by_key(|action| !matches!(action, Action::Audit(_))), "{actions:?}");
            }
        }
    }
}
