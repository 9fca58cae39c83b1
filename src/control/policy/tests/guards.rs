//! What each guard blocks, and what it lets pass.

use chrono::Weekday;

use super::*;
use crate::domain::change::{FreezeWindow, Moments};

/// Checks that this guard says no at the push, in three sentences, and that no other does.
fn blocks(guard: Guard, alter: impl FnOnce(&mut World)) {
    let mut world = World::new();
    assert_eq!(world.blocked(Stage::Push), [], "all is in order before");
    alter(&mut world);
    let blocked = world.blocked(Stage::Push);
    assert_eq!(blocked.iter().map(|(guard, _)| *guard).collect::<Vec<_>>(), [guard], "{blocked:?}");
    let sentences = blocked[0].1.matches(". ").count() + 1;
    assert!(sentences >= 3 && blocked[0].1.ends_with('.'), "{}", blocked[0].1);
}

#[test]
fn in_good_order_every_guard_passes_at_every_stage() {
    let mut world = World::new();
    assert_eq!(world.blocked(Stage::Push), []);
    world.around.owners.insert("Line/Filler".into(), user("ann"));
    world.around.actor = user("bob");
    assert_eq!(world.blocked(Stage::Approval), []);
    world.around.actor = user("ann");
    world.around.owners.clear();
    assert_eq!(world.blocked(Stage::Draft), []);
    let asked = |stage| check(&world.change, stage, &world.policy, &world.around).answers().len();
    assert_eq!((asked(Stage::Draft), asked(Stage::Approval), asked(Stage::Push)), (16, 18, 19));
}

#[test]
fn nothing_is_written_where_writing_is_off() {
    assert!(!WritePolicy::default().enabled);
    blocks(Guard::Writing, |world| world.policy.enabled = false);
    blocks(Guard::Writing, |world| world.around.view_only = true);
}

#[test]
fn people_need_their_role_and_the_approver_is_another_one() {
    blocks(Guard::Person, |world| {
        world.around.actor = user("vera");
        world.around.owners.insert("Line/Filler".into(), user("vera"));
    });
    blocks(Guard::Person, |world| {
        world.around.people.remove(&user("ann"));
    });
    blocks(Guard::Person, |world| {
        world.around.people.insert(user("bob"), Role::Engineer);
    });
    let mut world = World::new();
    for (actor, passes) in [("bob", true), ("carl", false), ("ann", false)] {
        world.around.people.insert(user("ann"), Role::Approver);
        world.around.owners.clear();
        world.around.actor = user(actor);
        let blocked = world.blocked(Stage::Approval);
        assert_eq!(blocked.is_empty(), passes, "{actor}: {blocked:?}");
    }
}

#[test]
fn a_wish_is_complete_and_makes_sense() {
    blocks(Guard::Complete, |world| world.wish(|wish| wish.reason = " ".into()));
    blocks(Guard::Complete, |world| world.wish(|wish| wish.settings.push(wish.settings[0].clone())));
    blocks(Guard::Complete, |world| world.setting(|setting| setting.ramp_per_sec = Some(0.0)));
    blocks(Guard::Complete, |world| {
        world.policy.writable[0].tolerance = 10.0;
        world.setting(|setting| setting.to = 610.0);
    });
    let mut empty = World::new();
    empty.change = compared(Wish { settings: Vec::new(), ..wish() }, Evidence { snapshot: Vec::new(), ..evidence() });
    assert!(empty.blocked(Stage::Draft).iter().any(|(guard, _)| *guard == Guard::Complete));
}

#[test]
fn only_what_is_listed_is_written_in_its_unit() {
    blocks(Guard::Allowed, |world| world.policy.writable.clear());
    blocks(Guard::Allowed, |world| world.setting(|setting| setting.unit = "/h".into()));
}

#[test]
fn values_stay_in_their_limits() {
    blocks(Guard::Range, |world| world.rule().setpoint.max = 605.0);
    blocks(Guard::Range, |world| world.rule().setpoint.min = 605.0);
    blocks(Guard::Range, |world| world.setting(|setting| setting.to = 611.0));
    blocks(Guard::Delta, |world| world.rule().max_delta = Some(9.9));
    blocks(Guard::Rate, |world| world.setting(|setting| setting.ramp_per_sec = Some(5.1)));
    let mut world = World::new();
    world.rule().max_delta = Some(10.0);
    world.setting(|setting| setting.ramp_per_sec = Some(5.0));
    assert_eq!(world.blocked(Stage::Push), [], "limits belong to what is allowed");
}

#[test]
fn a_trial_has_a_lease_in_its_limits_and_conditions_that_can_be_read() {
    blocks(Guard::Trial, |world| world.policy.lease.0 = Span::from_secs(601));
    blocks(Guard::Trial, |world| world.policy.lease.1 = Span::from_secs(599));
    blocks(Guard::Trial, |world| world.wish(|wish| wish.trial.abort_conditions = vec!["Level >".into()]));
}

#[test]
fn equipment_has_one_owner_and_one_change_at_a_time() {
    blocks(Guard::Owner, |world| {
        world.around.owners.insert("Line/Filler".into(), user("ann"));
    });
    blocks(Guard::Owner, |world| world.around.owners.clear());
    let other = |equipment: &str| ActiveChange {
        id: ChangeId::new("C-1").expect("an id"),
        equipment: vec![equipment.to_owned()],
    };
    blocks(Guard::Simultaneous, |world| world.around.active.push(other("Line/Labeller")));
    blocks(Guard::Simultaneous, |world| {
        world.policy.max_simultaneous = 2;
        world.around.active.push(other("Line/Filler"));
    });
    let mut world = World::new();
    world.policy.max_simultaneous = 2;
    world.around.active.push(other("Line/Labeller"));
    world.around.active.push(ActiveChange { id: world.change.id.clone(), equipment: vec!["Line/Filler".into()] });
    assert_eq!(world.blocked(Stage::Push), [], "a change does not stand in its own way");
}

#[test]
fn nothing_is_changed_in_a_freeze_window() {
    let window = |from: i64, to: i64| FreezeWindow {
        name: "Shift change".into(),
        moments: Moments::Weekly(Weekday::Wed, Span::from_secs(from * 3600), Span::from_secs(to * 3600)),
    };
    blocks(Guard::Freeze, |world| world.policy.freeze_windows.push(window(8, 9)));
    let mut world = World::new();
    world.policy.freeze_windows.push(window(7, 8));
    assert_eq!(world.blocked(Stage::Push), []);
}

#[test]
fn the_plant_can_be_reached_and_is_as_it_was_looked_at() {
    blocks(Guard::Link, |world| world.around.links.clear());
    blocks(Guard::Fresh, |world| world.present(TARGET).age = Span::from_secs(11));
    blocks(Guard::Fresh, |world| world.present(TARGET).quality = Quality::parse("uncertain").expect("a quality"));
    blocks(Guard::Unmoved, |world| world.present(TARGET).value = Value::Real(600.6));
    let mut world = World::new();
    world.present(TARGET).value = Value::Real(600.4);
    assert_eq!(world.blocked(Stage::Push), []);
}

#[test]
fn equipment_is_in_a_mode_that_is_known_and_permitted() {
    let mode = "Line/Filler/Mode";
    blocks(Guard::Mode, |world| world.present(mode).value = Value::text("HELD"));
    blocks(Guard::Mode, |world| world.present(mode).age = Span::from_secs(60));
    blocks(Guard::Mode, |world| {
        world.around.present.remove(mode);
    });
    blocks(Guard::Mode, |world| world.rule().mode_signal = None);
    let mut world = World::new();
    world.rule().setpoint.permitted_modes.clear();
    world.rule().mode_signal = None;
    assert_eq!(world.blocked(Stage::Push), []);
}

#[test]
fn interlocks_hold_by_good_and_fresh_inputs() {
    blocks(Guard::Interlocks, |world| world.present(SPEED).value = Value::Real(0.0));
    blocks(Guard::Interlocks, |world| world.present("Emergency").value = Value::Bool(true));
    blocks(Guard::Interlocks, |world| world.present(SPEED).quality = Quality::parse("bad").expect("a quality"));
    blocks(Guard::Interlocks, |world| world.present("Emergency").age = Span::from_secs(11));
    blocks(Guard::Interlocks, |world| {
        world.around.present.remove("Emergency");
    });
    blocks(Guard::Interlocks, |world| {
        world.present("Emergency").age = Span::from_secs(11);
        world.rule().interlocks = vec![expression("true || Emergency"), expression("!good(Emergency)")];
    });
}

#[test]
fn a_simulation_is_young_credible_and_of_this_plant() {
    blocks(Guard::Simulation, |world| world.evidence(|it| it.simulated_at = now() - Span::from_secs(3601)));
    blocks(Guard::Simulation, |world| world.evidence(|it| it.started = now() - Span::from_secs(3601)));
    blocks(Guard::Simulation, |world| {
        let later = now() + Span::from_secs(1);
        world.evidence(|it| (it.simulated_at, it.started) = (later, later));
    });
    blocks(Guard::Simulation, |world| world.evidence(|it| it.snapshot = vec![590.0]));
    blocks(Guard::Simulation, |world| world.evidence(|it| it.snapshot = vec![f64::NAN]));
    let doubtful = |it: &mut Evidence| it.doubts = vec!["It was never checked.".into()];
    blocks(Guard::Credible, |world| world.evidence(doubtful));
    let mut world = World::new();
    world.evidence(doubtful);
    world.policy.needs_credible = false;
    assert_eq!(world.blocked(Stage::Push), []);
}

#[test]
fn an_approval_binds_exactly_what_was_approved_for_its_time() {
    blocks(Guard::Approval, |world| {
        // As if the file had been changed behind the program.
        let mut stored = serde_json::to_value(&world.change).expect("JSON");
        stored["wish"]["settings"][0]["to"] = 615.0.into();
        world.change = serde_json::from_value(stored).expect("a change");
    });
    blocks(Guard::Approval, |world| world.policy.approval_valid = Span::ZERO);
    let mut none = World::new();
    none.change = compared(wish(), evidence());
    assert_eq!(none.blocked(Stage::Push).first().map(|(guard, _)| *guard), Some(Guard::Approval));
    let mut late = World::new();
    late.around.wall = now() + Span::from_secs(7200);
    assert_eq!(late.blocked(Stage::Push).first().map(|(guard, _)| *guard), Some(Guard::Approval));
}
