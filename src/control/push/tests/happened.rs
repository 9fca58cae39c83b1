//! What the desk is told of the audit log is what stands in it.

use super::*;
use crate::domain::change_record::ChangeRecord;

/// Each by number, hash and kind, so that the one can be held against the other.
fn in_the_log(told: &[ChangeRecord], folder: &Path) {
    let entries = entries(folder);
    let written = entries.iter().map(|entry| (entry.number, entry.hash.as_str(), entry.record.what));
    let told = told.iter().map(|told| (told.entry, told.hash.as_str(), told.what));
    assert_eq!(told.collect::<Vec<_>>(), written.collect::<Vec<_>>());
}

#[test]
fn what_is_told_of_a_change_is_the_log_with_the_states_between_its_entries() {
    let mut bench = Bench::on_trial(&[FAST, WARM]);
    bench.keep().expect("kept");
    let told = bench.executor.happened();
    in_the_log(&told, bench.folder.path());
    assert!(bench.executor.happened().is_empty(), "each is told once");
    assert_eq!(told[0].before, None);
    // The one state that is entered without an entry: all was sent, and nothing is read yet.
    for pair in told.windows(2) {
        let silent = pair[1].before == Some(State::ReadingBack);
        assert!(pair[1].before == pair[0].after || silent, "{pair:#?}");
    }
    let mut states: Vec<Option<State>> = told.iter().map(|told| told.after).collect();
    states.dedup();
    let way = [
        State::Draft,
        State::Simulating,
        State::Compared,
        State::Approved,
        State::Pushing,
        State::ReadingBack,
        State::OnTrial,
        State::Kept,
    ];
    assert_eq!(states, way.map(Some));
    assert!(told.iter().all(|told| told.title == "Faster filler"));
    let kept = told.last().expect("kept");
    assert_eq!(
        kept.settings.iter().map(|moved| moved.words()).collect::<Vec<_>>(),
        ["Line/Filler/Speed 600 \u{2192} 610 /min", "Line/Pasteuriser/Temperature 70 \u{2192} 72 Cel"]
    );
    assert_eq!((kept.person.clone(), kept.role), (Some(user("carl")), Some(Role::Operator)));
}

#[test]
fn what_a_restart_appends_is_told_too() {
    let mut bench = Bench::on_trial(&[FAST]);
    let mut told = bench.executor.happened();
    let mut bench = bench.restarted();
    bench.tick(10);
    assert_eq!(bench.state(), State::Reverted);
    told.extend(bench.executor.happened());
    in_the_log(&told, bench.folder.path());
    let last = told.last().expect("reverted");
    assert_eq!((last.after, last.settings[0].words().as_str()), (Some(State::Reverted), "Line/Filler/Speed 600 /min"));
}

#[test]
fn a_refusal_of_the_policy_is_told_without_a_change_of_state() {
    let mut bench = Bench::new();
    bench.approve(&[FAST]);
    bench.executor.happened();
    let around = Surroundings { people: BTreeMap::new(), ..bench.around("carl") };
    let guards = Box::new(bench.executor.report(&id(), Stage::Push, around).expect("a change"));
    bench.tell(Event::PushAsked { by: user("carl"), guards }).expect_err("nobody may push");
    let told = bench.executor.happened();
    let [refused] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((refused.what, refused.before), (AuditKind::PolicyRefused, Some(State::Approved)));
    assert_eq!((refused.after, refused.person.clone()), (Some(State::Approved), Some(user("carl"))));
    assert!(!refused.outcome.is_empty());
}
