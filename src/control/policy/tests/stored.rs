//! Digests and stored changes.

use super::*;
use crate::domain::change::{Refusal, State};

#[test]
fn the_digest_is_of_the_canonical_text_and_of_each_part_of_it() {
    let mut draft = ChangeRequest::new(ChangeId::new("C-1").expect("an id"), user("ann"), Wish::default(), now());
    // Computed with sha256sum from the text in the documentation.
    assert_eq!(digest(&draft), "dd1ea60c574af90da6c7355956f941ee89848d758ce605a81cb95c0d5998037a");
    let mut seen = std::collections::HashSet::from([digest(&draft)]);
    draft.id = ChangeId::new("C-2").expect("an id");
    assert!(seen.insert(digest(&draft)));
    draft.requester = user("bob");
    assert!(seen.insert(digest(&draft)));
    let base = compared(wish(), evidence());
    assert!(seen.insert(digest(&base)));
    let alterations: [fn(&mut Wish); 6] = [
        |wish| wish.title.push('!'),
        |wish| wish.reason.push('!'),
        |wish| wish.settings[0].to = 605.0,
        |wish| wish.settings[0].ramp_per_sec = None,
        |wish| wish.trial.lease = Span::from_secs(601),
        |wish| wish.trial.abort_conditions.clear(),
    ];
    for alter in alterations {
        let mut wish = wish();
        alter(&mut wish);
        assert!(seen.insert(digest(&compared(wish, evidence()))));
    }
    assert!(seen.insert(digest(&compared(wish(), Evidence { model_digest: "other".into(), ..evidence() }))));
    assert_eq!(digest(&approved(wish(), evidence())), digest(&base), "the approval is not part of what it approves");
}

/// A change that really asks the policy, stored after each step.
#[test]
fn a_change_is_stored_at_every_point_and_goes_back_after_a_restart() {
    let world = World::new();
    let mut change = compared(wish(), evidence());
    let mut around = Surroundings { actor: user("bob"), ..around() };
    around.owners.clear();
    let guards = Box::new(check(&change, Stage::Approval, &world.policy, &around));
    let event = Event::Approved { approval: approval(&change), guards };
    change = tell(&change, event);
    let guards = Box::new(check(&change, Stage::Push, &world.policy, &world.around));
    assert_eq!(guards.terms()[0].rate_per_sec, Some(2.0), "the slower of wish and policy");
    let mut events = vec![(0, Event::PushAsked { by: user("carl"), guards })];
    // A grid of 5 at 2 a second: a step each 3 s, when a tick finds it due.
    for sequence in [1, 2] {
        let at = 3 * i64::try_from(sequence).expect("a small number");
        events.push((at, Event::Tick));
        events.push((at, Event::AuditWritten { sequence }));
        events.push((at, Event::WriteAccepted { sequence }));
    }
    let source_time = now() + Span::from_secs(7);
    let read = Event::Read { signal: TARGET.into(), value: 610.0, source_time, quality: Quality::Good };
    events.push((8, read));
    let mut states = Vec::new();
    for (secs, event) in events {
        let moment = now() + Span::from_secs(secs);
        change = change.step(event.clone(), moment).unwrap_or_else(|error| panic!("{event:?}: {error}")).0;
        let stored = serde_json::to_string(&change).expect("JSON");
        let found: ChangeRequest = serde_json::from_str(&stored).expect("a change");
        assert_eq!(found, change);
        let (after, _) = found.step(Event::Restarted, moment).expect("a restart");
        states.push((change.state(), after.state()));
    }
    use State::{Failed, OnTrial, Pushing, ReadingBack, Reverting};
    let untouched = (Pushing, Failed);
    let touched = (Pushing, Reverting);
    assert_eq!(
        states,
        [untouched, untouched, touched, touched, touched, touched, (ReadingBack, Reverting), (OnTrial, Reverting)]
    );
}

#[test]
fn a_damaged_file_is_refused_instead_of_acted_on() {
    let world = World::new();
    let guards = Box::new(check(&world.change, Stage::Push, &world.policy, &world.around));
    let change = tell(&world.change, Event::PushAsked { by: user("carl"), guards });
    let mut stored = serde_json::to_value(&change).expect("JSON");
    stored["progress"]["writes"] = serde_json::json!([]);
    let damaged: ChangeRequest = serde_json::from_value(stored.clone()).expect("a change");
    assert!(matches!(damaged.step(Event::Tick, now()), Err(Refusal::Invalid(_))));
    stored["id"] = "../../etc".into();
    assert!(serde_json::from_value::<ChangeRequest>(stored).is_err());
}
