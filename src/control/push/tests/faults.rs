//! What a change comes to on a plant that does as it is told, and on those that do not.

use super::*;
use crate::domain::audit::AuditKind::*;

fn written(list: &[(&str, f64)]) -> Vec<(String, f64)> {
    list.iter().map(|(signal, value)| ((*signal).to_owned(), *value)).collect()
}

fn pushed(signals: &[&str], fault: Fault) -> Bench {
    let mut bench = Bench::new();
    bench.approve(signals);
    bench.plant.lock().fault = fault;
    bench.push();
    bench
}

#[test]
fn a_change_is_ramped_read_back_tried_and_kept() {
    let mut bench = Bench::on_trial(&[FAST, WARM]);
    assert_eq!(bench.written(), written(&[(WARM, 72.0), (FAST, 604.0), (FAST, 608.0), (FAST, 610.0)]));
    assert!(
        bench.requests.contains(&Request::StartTrial { change: id(), until: start() + Span::from_secs(4) + LEASE })
    );
    assert_eq!(bench.plant.lock().armed(), [FAST, WARM]);
    bench.tick(30);
    bench.keep().expect("kept");
    assert_eq!(bench.state(), State::Kept);
    bench.tick(60);
    assert_eq!((bench.value(FAST), bench.value(WARM)), (610.0, 72.0));
    assert!(bench.plant.lock().armed().is_empty());
    let write = [WriteIntended, WriteAnswered];
    let expected = [&[PushBegun], &write[..], &write, &write, &write, &[ReadBack, ReadBack, TrialBegun, Kept]].concat();
    assert_eq!(bench.audited(), expected);
    let log = entries(bench.folder.path());
    let kept = log.last().expect("an entry");
    assert_eq!((kept.record.person.clone(), kept.record.role), (Some(user("carl")), Some(Role::Operator)));
    let approved = log.iter().find(|entry| entry.record.what == Approved).expect("an approval");
    assert_eq!(approved.record.nonce.as_deref(), Some("ef"));
}

#[test]
fn a_trial_goes_back_along_the_ramp_when_its_time_is_over() {
    let mut bench = Bench::on_trial(&[FAST, WARM]);
    bench.tick(LEASE.as_secs_f64() as usize + 10);
    assert_eq!(bench.state(), State::Reverted);
    let back = [(WARM, 70.0), (FAST, 606.0), (FAST, 602.0), (FAST, 600.0)];
    assert_eq!(bench.written()[4..], written(&back));
    assert_eq!((bench.value(FAST), bench.value(WARM)), (600.0, 70.0));
    assert!(bench.plant.lock().armed().is_empty());
    assert_eq!(bench.audited().last(), Some(&Reverted));
}

#[test]
fn a_rejected_first_write_changes_nothing() {
    let bench = pushed(&[WARM], Fault::Rejects(WARM, 1));
    assert_eq!(bench.state(), State::Failed);
    assert_eq!(bench.value(WARM), 70.0);
    assert_eq!(bench.audited(), [PushBegun, WriteIntended, WriteAnswered, PushFailed]);
    assert!(bench.plant.lock().armed().is_empty());
}

#[test]
fn a_write_rejected_on_the_way_brings_the_others_back() {
    let mut bench = pushed(&[FAST, WARM], Fault::Rejects(FAST, 2));
    bench.tick(2);
    assert_eq!((bench.state(), bench.value(FAST), bench.value(WARM)), (State::Reverting, 604.0, 70.0));
    bench.plant.lock().fault = Fault::None;
    bench.tick(10);
    assert_eq!((bench.state(), bench.value(FAST), bench.value(WARM)), (State::Reverted, 600.0, 70.0));
}

#[test]
fn a_clamped_write_is_no_success_and_goes_back() {
    let mut bench = pushed(&[WARM], Fault::Clamps(71.0));
    bench.tick(10);
    assert_eq!((bench.state(), bench.value(WARM)), (State::Reverted, 70.0));
    assert_eq!(bench.written(), written(&[(WARM, 72.0), (WARM, 70.0)]));
    let answered = entries(bench.folder.path()).into_iter().find(|entry| entry.record.what == WriteAnswered);
    assert!(answered.is_some_and(|entry| entry.record.outcome.starts_with("clamped")));
}

#[test]
fn values_from_before_the_write_verify_nothing() {
    let mut bench = pushed(&[WARM], Fault::Late(Span::from_secs(30)));
    bench.tick(6);
    assert_eq!((bench.state(), bench.value(WARM)), (State::Unverified, 72.0));
    assert_eq!(bench.audited(), [PushBegun, WriteIntended, WriteAnswered, Unverified]);
    bench.tick(20);
    assert_eq!(bench.value(WARM), 70.0, "nobody feeds the watchdog of what nobody can see");
}

#[test]
fn an_answer_without_a_deed_is_a_mismatch() {
    let mut bench = pushed(&[WARM], Fault::Ignores);
    bench.tick(6);
    assert_eq!((bench.state(), bench.value(WARM)), (State::Mismatch, 70.0));
    assert_eq!(bench.audited().last(), Some(&Mismatch));
}

#[test]
fn the_next_step_of_a_ramp_is_not_sent_when_the_plant_holds_something_else() {
    let mut bench = pushed(&[FAST], Fault::Ignores);
    bench.tick(10);
    assert_eq!((bench.state(), bench.value(FAST)), (State::Reverted, 600.0));
    assert_eq!(bench.written(), written(&[(FAST, 604.0)]));
    let mut bench = pushed(&[FAST], Fault::None);
    bench.tick(1);
    bench.plant.lock().set(FAST, 620.0);
    bench.tick(1);
    assert_eq!(bench.written(), written(&[(FAST, 604.0)]), "somebody else set it");
    let log = entries(bench.folder.path());
    let refused = log.iter().rfind(|entry| entry.record.what == WriteAnswered).expect("an answer");
    assert!(refused.record.outcome.contains("it holds 620 instead of 604"), "{}", refused.record.outcome);
    bench.tick(20);
    assert_eq!((bench.state(), bench.value(FAST)), (State::Reverted, 600.0));
}

#[test]
fn a_setting_that_somebody_changed_back_cannot_be_kept() {
    let mut bench = Bench::on_trial(&[WARM]);
    bench.plant.lock().set(WARM, 70.0);
    bench.tick(2);
    assert!(matches!(bench.keep(), Err(PushError::Refused(Refusal::NotReadBack))));
    bench.tick(70);
    assert_eq!((bench.state(), bench.value(WARM)), (State::Reverted, 70.0));
    assert_eq!(bench.written(), written(&[(WARM, 72.0)]), "it was there already");
}

#[test]
fn an_unanswered_write_is_read_and_never_sent_again() {
    let mut bench = pushed(&[WARM], Fault::Mute);
    assert_eq!((bench.state(), bench.value(WARM)), (State::Reverting, 72.0));
    bench.plant.lock().fault = Fault::None;
    bench.tick(12);
    assert_eq!((bench.state(), bench.value(WARM)), (State::Reverted, 70.0));
    assert_eq!(bench.written(), written(&[(WARM, 72.0), (WARM, 70.0)]));
}

#[test]
fn a_link_that_goes_away_on_the_way_leaves_it_to_the_watchdog_and_says_so() {
    let mut bench = pushed(&[FAST, WARM], Fault::None);
    bench.tick(2);
    bench.plant.lock().up = false;
    bench.tick(20);
    assert_eq!(bench.state(), State::RevertFailed);
    assert_eq!(bench.audited().last(), Some(&RevertFailed));
    assert_eq!((bench.value(FAST), bench.value(WARM)), (600.0, 70.0), "by the watchdogs");
    bench.plant.lock().up = true;
    bench.tell(Event::RevertAsked { by: user("carl"), why: "The cable is in again".into() }).expect("reverting");
    bench.tick(5);
    assert_eq!(bench.state(), State::Reverted);
    assert_eq!(bench.plant.lock().writes.len(), 3, "nothing was written but the way out");
}

#[test]
fn a_link_that_comes_back_in_time_takes_the_way_back() {
    let mut bench = pushed(&[FAST, WARM], Fault::None);
    bench.tick(2);
    bench.plant.lock().up = false;
    bench.tick(2);
    bench.plant.lock().up = true;
    bench.tick(10);
    assert_eq!((bench.state(), bench.value(FAST), bench.value(WARM)), (State::Reverted, 600.0, 70.0));
    assert!(bench.audited().contains(&RevertBegun));
}

#[test]
fn nothing_is_written_under_a_watchdog_that_is_not_armed() {
    let bench = pushed(&[WARM], Fault::Unguarded);
    assert_eq!(bench.state(), State::Failed);
    assert_eq!(bench.written(), []);
}

#[test]
fn a_change_is_not_kept_while_its_watchdog_would_undo_it() {
    let mut bench = Bench::on_trial(&[WARM]);
    bench.plant.lock().fault = Fault::Clings;
    assert!(matches!(bench.keep(), Err(PushError::Watchdog { .. })));
    assert_eq!(bench.state(), State::OnTrial);
    bench.plant.lock().fault = Fault::None;
    bench.keep().expect("kept");
    assert_eq!(bench.state(), State::Kept);
}

#[test]
fn conditions_interlocks_bands_and_a_silent_desk_end_a_trial() {
    let ends = |disturb: &dyn Fn(&mut Bench)| {
        let mut bench = Bench::on_trial(&[WARM]);
        disturb(&mut bench);
        bench.tick(1);
        let why = entries(bench.folder.path()).into_iter().rfind(|entry| entry.record.what == RevertBegun);
        bench.tick(5);
        assert_eq!((bench.state(), bench.value(WARM)), (State::Reverted, 70.0));
        why.expect("a way back").record.outcome
    };
    assert_eq!(ends(&|bench| bench.said = Some((ABORT, Judged::True))), "\"Level > 90\" is true");
    let unknown = || Judged::Unknown("Level is 11 s old".into());
    assert!(ends(&|bench| bench.said = Some((ABORT, unknown()))).ends_with("because Level is 11 s old"));
    assert_eq!(ends(&|bench| bench.said = Some((INTERLOCK, Judged::False))), "\"!Emergency\" is not met any more");
    let silent = ends(&|bench| {
        bench.desk_alive = false;
        bench.tick(10);
    });
    assert_eq!(silent, "The desk was silent.");
    let diverged = ends(&|bench| {
        for second in 10..14 {
            let at = start() + Span::from_secs(second);
            let value = Value::Real(120.0);
            let sample =
                Sample { signal: SignalId(0), source_time: at, received_time: at, value, quality: Quality::Good };
            let now = bench.now();
            bench.executor.observe("Rate", &sample, now);
        }
    });
    assert!(diverged.starts_with("Rate is 120 for 3"), "{diverged}");
}

#[test]
fn nothing_is_written_that_cannot_be_kept_or_recorded() {
    let mut bench = Bench::new();
    bench.approve(&[WARM]);
    bench.fails.lock().expect("faults").store = true;
    let guards = bench.guards(Stage::Push, "carl");
    let refused = bench.tell(Event::PushAsked { by: user("carl"), guards });
    assert!(matches!(refused, Err(PushError::Store(_))));
    assert_eq!((bench.state(), bench.written()), (State::Approved, vec![]));
    *bench.fails.lock().expect("faults") = Fails { store: false, log: true };
    bench.push();
    assert_eq!((bench.state(), bench.written()), (State::Failed, vec![]));
    let bench = bench.restarted().restarted();
    assert_eq!(bench.audited(), [PushBegun, WriteIntended, PushFailed], "the log has it all in the end, and once");
}

#[test]
fn a_log_that_fails_during_a_trial_leaves_it_to_the_watchdog() {
    let mut bench = Bench::on_trial(&[WARM]);
    bench.fails.lock().expect("faults").log = true;
    bench.tick(20);
    assert_eq!((bench.state(), bench.value(WARM)), (State::RevertFailed, 70.0));
    assert_eq!(bench.plant.lock().writes.len(), 1);
}

#[test]
fn a_refusal_of_the_policy_is_recorded() {
    let mut bench = Bench::new();
    bench.approve(&[WARM]);
    bench.plant.lock().set(WARM, 71.0);
    let guards = bench.guards(Stage::Push, "carl");
    let refused = bench.tell(Event::PushAsked { by: user("carl"), guards });
    assert!(matches!(refused, Err(PushError::Refused(Refusal::Blocked(_)))));
    let log = entries(bench.folder.path());
    let last = &log.last().expect("an entry").record;
    assert_eq!((last.what, last.person.clone()), (PolicyRefused, Some(user("carl"))));
    assert!(last.outcome.contains("shows 71, and the change starts from 70"), "{}", last.outcome);
}
