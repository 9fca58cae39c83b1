//! Changes told from the push to their end.

use super::*;

fn written(list: &[(&str, f64)]) -> Vec<(String, f64)> {
    list.iter().map(|(signal, value)| ((*signal).to_owned(), *value)).collect()
}

/// Brings a change back that is about to, and gives what was written.
fn bring_back(desk: &mut Desk, fast: f64, warm: f64) -> Vec<(String, f64)> {
    let mut all = Vec::new();
    desk.after(6).read(FAST, fast).read(WARM, warm);
    all.extend(desk.serve());
    while desk
        .change
        .progress()
        .expect("progress")
        .writes
        .iter()
        .any(|write| write.stands != 600.0 && write.stands != 70.0)
    {
        desk.after(1).tell(Event::Tick);
        all.extend(desk.serve());
        assert!(all.len() < 20, "{all:?}");
    }
    all
}

#[test]
fn a_change_goes_out_along_its_ramps_and_back_along_the_same() {
    let mut desk = Desk::pushing(terms(true));
    let mut out = desk.serve();
    for _ in 0..3 {
        out.extend(desk.after(1).tell(Event::Tick).serve());
    }
    assert_eq!(out, written(&[(WARM, 72.0), (FAST, 604.0), (FAST, 608.0), (FAST, 610.0)]));
    assert_eq!(desk.state(), State::ReadingBack);
    desk.after(1).read(FAST, 610.0).read(WARM, 72.05);
    assert_eq!(desk.state(), State::OnTrial);
    assert!(desk.actions.contains(&Action::StartTrial { until: desk.now + LEASE }));

    desk.tell(Event::RevertAsked { by: user("carl"), why: "Bottles fall".into() });
    assert!(desk.announced().is_empty(), "nothing is written before the plant was read");
    assert_eq!(desk.actions.iter().filter(|action| matches!(action, Action::ReadBack { .. })).count(), 2);
    // The first step starts where the plant is, not where it was sent.
    let back = bring_back(&mut desk, 609.0, 72.0);
    assert_eq!(back, written(&[(WARM, 70.0), (FAST, 605.0), (FAST, 601.0), (FAST, 600.0)]));
    assert_eq!(desk.state(), State::Reverting);
    desk.after(1).read(FAST, 600.0);
    assert_eq!(desk.state(), State::Reverting);
    desk.read(WARM, 70.0);
    assert_eq!(desk.state(), State::Reverted);
    assert!(desk.change.words().contains("Bottles fall"), "{}", desk.change.words());
}

#[test]
fn a_write_is_asked_for_only_when_its_record_is_on_disk() {
    let mut desk = Desk::pushing(terms(true));
    let is_write = |action: &Action| matches!(action, Action::Write { .. });
    assert!(desk.announced() == [1] && !desk.actions.iter().any(is_write));
    desk.tell(Event::AuditWritten { sequence: 1 });
    let write = Action::Write { signal: WARM.into(), unit: "Cel".into(), value: 72.0, expected: 70.0, sequence: 1 };
    assert_eq!(desk.actions, [Action::ArmWatchdog { signal: WARM.into(), back_to: 70.0 }, write]);
    let again = desk.change.step(Event::AuditWritten { sequence: 1 }, desk.now);
    assert_eq!(again, Err(Refusal::NoSuchWrite(1)));
}

#[test]
fn kept_takes_read_backs_that_show_all_new_values_at_that_moment() {
    let mut desk = Desk::on_trial();
    desk.after(1).read(WARM, 70.5);
    let keep = Event::KeepAsked { by: user("carl") };
    assert_eq!(desk.change.step(keep.clone(), desk.now), Err(Refusal::NotReadBack));
    desk.after(1).read(WARM, 72.0).tell(keep);
    assert_eq!(desk.state(), State::Kept);
    let released = desk.actions.iter().filter(|action| matches!(action, Action::ReleaseWatchdog { .. })).count();
    assert_eq!(released, 2);
}

#[test]
fn old_bad_future_and_other_values_are_no_read_back() {
    let mut desk = Desk::reading_back(terms(true));
    // The value at the moment of the write may be from before it.
    desk.read(FAST, 610.0).read(WARM, 72.0).after(1).read(WARM, 72.0);
    assert_eq!(desk.state(), State::ReadingBack);
    let source_time = desk.now;
    let quality = Quality::parse("uncertain").expect("a quality");
    desk.tell(Event::Read { signal: FAST.into(), value: 610.0, source_time, quality });
    desk.read("Line/Other", 610.0);
    let source_time = desk.now + Span::from_secs(2);
    desk.tell(Event::Read { signal: FAST.into(), value: 610.0, source_time, quality: Quality::Good });
    desk.read(FAST, 609.0);
    assert_eq!(desk.state(), State::ReadingBack);
    desk.after(1).read(FAST, 610.0);
    assert_eq!(desk.state(), State::OnTrial);
}

#[test]
fn without_read_back_a_change_ends_unverified_and_says_so() {
    let mut desk = Desk::reading_back(terms(false));
    assert_eq!(desk.state(), State::Unverified);
    let words = desk.change.words();
    assert!(words.contains("cannot be read back") && words.contains("no trial runs"), "{words}");
    // What was accepted can be sent back, which is as little known.
    desk.tell(Event::RevertAsked { by: user("carl"), why: "Enough".into() });
    let mut back = desk.serve();
    for _ in 0..3 {
        back.extend(desk.after(1).tell(Event::Tick).serve());
    }
    assert_eq!(back, written(&[(WARM, 70.0), (FAST, 606.0), (FAST, 602.0), (FAST, 600.0)]));
    assert_eq!(desk.state(), State::Unverified);
}

#[test]
fn without_read_back_nothing_is_written_after_an_unknown_outcome() {
    let mut desk = Desk::pushing(terms(false));
    desk.tell(Event::AuditWritten { sequence: 1 });
    desk.tell(Event::WriteUnknown { sequence: 1, why: "The link broke".into() });
    assert_eq!((desk.state(), desk.announced().len()), (State::RevertFailed, 0));
}

#[test]
fn when_one_setting_fails_those_written_already_go_back() {
    for failing in [
        Event::WriteFailed { sequence: 2, why: "Bad_NotWritable".into() },
        Event::WriteClamped { sequence: 2 },
        Event::WriteUnknown { sequence: 2, why: "timeout".into() },
    ] {
        let mut desk = Desk::pushing(terms(true));
        desk.serve();
        desk.after(1).tell(Event::Tick).tell(Event::AuditWritten { sequence: 2 }).tell(failing.clone());
        assert_eq!(desk.state(), State::Reverting, "{failing:?}");
        // Had the write arrived late, it would show after its deadline: this read-back is after it.
        let fast = if matches!(failing, Event::WriteFailed { .. }) { 600.0 } else { 604.0 };
        let back = bring_back(&mut desk, fast, 72.0);
        assert!(back.contains(&(WARM.to_owned(), 70.0)), "{failing:?}: {back:?}");
        desk.after(1).read(FAST, 600.0).read(WARM, 70.0);
        assert_eq!(desk.state(), State::Reverted, "{failing:?}");
        assert!(desk.change.words().contains(FAST));
    }
}

#[test]
fn an_unknown_write_counts_as_on_its_way_until_its_deadline() {
    let mut desk = Desk::pushing(terms(true));
    desk.tell(Event::AuditWritten { sequence: 1 });
    desk.tell(Event::WriteUnknown { sequence: 1, why: "timeout".into() });
    desk.after(4).read(WARM, 70.0);
    assert_eq!(desk.state(), State::Reverting, "it may still arrive");
    desk.after(2).read(WARM, 70.0);
    assert_eq!((desk.state(), desk.announced().len()), (State::Reverted, 0));
}

#[test]
fn people_read_figures_without_the_noise_of_reckoning() {
    for (value, shown) in [(1.2 - 0.15, "1.05"), (600.0, "600"), (-0.1, "-0.1"), (1e-7, "0.0000001"), (f64::NAN, "NaN")]
    {
        assert_eq!(figure(value), shown);
    }
}

#[test]
fn an_unknown_write_that_shows_is_not_waited_for_and_goes_back() {
    let unanswered = || {
        let mut desk = Desk::pushing(terms(true));
        desk.tell(Event::AuditWritten { sequence: 1 });
        desk.tell(Event::WriteUnknown { sequence: 1, why: "timeout".into() });
        desk
    };
    // Of before it was sent, or of what was there before: either says nothing.
    let mut desk = unanswered();
    desk.read(WARM, 72.0).after(1).read(WARM, 70.0).after(1).read(WARM, 71.0);
    assert_eq!((desk.state(), desk.announced().len()), (State::Reverting, 0));
    desk.after(1).read(WARM, 72.0);
    assert_eq!(desk.serve(), [(WARM.to_owned(), 70.0)]);
    desk.after(1).read(WARM, 70.0);
    assert_eq!(desk.state(), State::Reverted, "it cannot arrive a second time");

    // Equipment that gives a time only to what changes shows the same reading for ever.
    let mut late = unanswered();
    let arrived = late.now + Span::from_secs(1);
    late.after(5).tell(Event::Tick);
    late.tell(Event::Read { signal: WARM.into(), value: 72.0, source_time: arrived, quality: Quality::Good });
    assert_eq!(late.serve(), [(WARM.to_owned(), 70.0)]);
}

#[test]
fn a_trial_ends_by_its_lease_or_by_silence_and_lives_by_heartbeats() {
    let mut silent = Desk::on_trial();
    silent.after(10).tell(Event::Tick);
    assert_eq!(silent.state(), State::OnTrial);
    silent.after(1).tell(Event::Tick);
    assert_eq!(silent.state(), State::Reverting);

    let mut fed = Desk::on_trial();
    for _ in 0..60 {
        assert_eq!(fed.state(), State::OnTrial);
        fed.after(10).tell(Event::Heartbeat);
        assert!(fed.actions.contains(&Action::FeedWatchdog { signal: FAST.into() }));
        let late = fed.change.step(Event::KeepAsked { by: user("carl") }, fed.now).is_err();
        assert_eq!(late, fed.now - start() > LEASE, "kept only within the lease");
        fed.tell(Event::Tick);
    }
    assert_eq!(fed.state(), State::Reverting);
    assert!(fed.change.words().contains("time of the trial"), "{}", fed.change.words());
}

#[test]
fn a_way_back_that_is_not_confirmed_needs_a_person_and_can_be_tried_again() {
    let mut desk = Desk::reverting();
    desk.after(5).tell(Event::Tick);
    assert_eq!(desk.state(), State::RevertFailed);
    assert!(desk.state().needs_person() && desk.change.words().contains("by hand"), "{}", desk.change.words());
    assert!(!desk.actions.iter().any(|action| matches!(action, Action::ReleaseWatchdog { .. })), "it may save us");
    desk.tell(Event::RevertAsked { by: user("carl"), why: "Link is back".into() });
    bring_back(&mut desk, 610.0, 72.0);
    desk.after(1).read(WARM, 70.0).read(FAST, 600.0);
    assert_eq!(desk.state(), State::Reverted);
}

#[test]
fn a_report_counts_for_its_change_its_stage_and_a_few_seconds() {
    let desk = Desk::approved();
    let push = |guards: GuardReport, now| {
        desk.change.step(Event::PushAsked { by: user("carl"), guards: Box::new(guards) }, now)
    };
    let fit = report(&desk.change, Stage::Push, desk.now);
    assert!(push(fit.clone(), desk.now + REPORT_VALID).is_ok());
    let foreign = GuardReport::new(
        (ChangeId::new("C-2").expect("an id"), desk.change.revision()),
        digest(&desk.change),
        Stage::Push,
        desk.now,
        fit.answers().to_vec(),
        terms(true),
    );
    let revision = (desk.change.id.clone(), desk.change.revision());
    let incomplete = |without| {
        let answers = fit.answers().iter().filter(|(guard, _)| *guard != without).cloned().collect();
        GuardReport::new(revision.clone(), digest(&desk.change), Stage::Push, desk.now, answers, terms(true))
    };
    let short =
        GuardReport::new(revision.clone(), digest(&desk.change), Stage::Push, desk.now, fit.answers().to_vec(), vec![]);
    let mut wrong = vec![
        (foreign, desk.now),
        (short, desk.now),
        (fit.clone(), desk.now + REPORT_VALID + Span::from_millis(1)),
        (fit.clone(), desk.now - Span::from_millis(1)),
        (report(&Desk::new().change, Stage::Push, desk.now), desk.now),
        (report(&desk.change, Stage::Approval, desk.now), desk.now),
    ];
    wrong.extend(Guard::ALL.map(|guard| (incomplete(guard), desk.now)));
    for (guards, now) in wrong {
        assert!(matches!(push(guards.clone(), now), Err(Refusal::Report(_))), "{guards:?}");
    }
    for guard in Guard::ALL {
        let no = |asked| if asked == guard { Err("No.".to_owned()) } else { Ok(()) };
        let blocked = report_with(&desk.change, Stage::Push, desk.now, no, terms(true));
        assert_eq!(push(blocked, desk.now), Err(Refusal::Blocked(vec!["No.".into()])), "{guard:?}");
    }
}

#[test]
fn an_approval_is_of_a_second_person_for_exactly_this_and_in_time() {
    let desk = Desk::compared();
    let good = approval(&desk.change, desk.now);
    let approve = |alter: &dyn Fn(&mut Approval)| {
        let mut approval = good.clone();
        alter(&mut approval);
        let guards = Box::new(report(&desk.change, Stage::Approval, desk.now));
        desk.change.step(Event::Approved { approval, guards }, desk.now).map(|_| ())
    };
    assert_eq!(approve(&|_| {}), Ok(()));
    let refused = |alter: &dyn Fn(&mut Approval)| matches!(approve(alter), Err(Refusal::Approval(_)));
    assert!(refused(&|approval| approval.approver = user("ann")));
    assert!(refused(&|approval| approval.digest = "another".into()));
    assert!(refused(&|approval| approval.expires = approval.at));
    assert!(refused(&|approval| approval.at = approval.at + Span::from_secs(1)));
}

#[test]
fn an_approval_holds_by_the_wall_clock_whatever_time_the_plant_has() {
    let desk = Desk::approved();
    // The plant is replayed, and stands a year ago.
    let past = desk.now - Span::from_secs(365 * 86_400);
    let push = |wall| {
        let guards = Box::new(report(&desk.change, Stage::Push, past).by_wall(wall));
        desk.change.step(Event::PushAsked { by: user("carl"), guards }, past).map(|_| ())
    };
    assert_eq!(push(desk.now + Span::from_secs(3599)), Ok(()));
    for wall in [desk.now - Span::from_nanos(1), desk.now + Span::from_secs(3600), past] {
        assert!(matches!(push(wall), Err(Refusal::Approval(_))), "{wall}");
    }
}

#[test]
fn an_edit_voids_what_was_simulated_and_approved() {
    let mut desk = Desk::approved();
    let before = desk.change.revision();
    desk.tell(Event::Edited { by: user("ann"), wish: Box::new(wish()) });
    assert_eq!((desk.change.evidence(), desk.change.approval()), (None, None));
    assert!(desk.change.revision() > before);
}

#[test]
fn ids_are_file_names() {
    assert!(ChangeId::new("C-2026-11-25-0003").is_ok());
    for wrong in ["", "../x", "a/b", ".hidden", "a b", "ä", &"x".repeat(65)] {
        assert!(ChangeId::new(wrong).is_err(), "{wrong}");
    }
}
