use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::*;
use crate::domain::alarm::AlarmBook;
use crate::domain::change::State;
use crate::domain::change_command::ChangeCommand;
use crate::domain::headset::HeadsetCommand;
use crate::domain::headset::{TourStep, Turn};
use crate::domain::playhead::{Playhead, PlayheadCommand};
use crate::domain::recording::Alignment;
use crate::domain::signal::Origin;
use crate::ui::fixture::{self, Plant, at};
use crate::ui::headset::TABLET;
use crate::ui::headset::testing::{self, Stage, assert_fits, assert_in_sight, press, targets, with, worn};

fn tablet(plant: Plant, page: Page) -> Harness<'static, Stage> {
    let mut harness = testing::harness(plant, TABLET.size(), tablet_ui);
    harness.state_mut().state.open_at(page);
    harness.run_steps(3);
    harness
}

/// With the filler selected.
fn of_filler(plant: Plant) -> Plant {
    Plant { selection: Some(plant.id("Riverside/Line 1/Filler")), ..plant }
}

fn headset(wish: HeadsetCommand) -> Command {
    Command::Headset(wish)
}

/// With an answer of the model, a change in this state and people.
fn answered(state: State) -> Plant {
    let plant = fixture::with_change(state);
    Plant { changes: plant.changes, accounts: plant.accounts, desk: plant.desk, ..fixture::answered() }
}

#[test]
fn every_page_says_which_world_it_shows_and_leads_to_every_other() {
    let mut harness = tablet(worn(fixture::plant()), Page::Equipment);
    for (label, page) in [
        ("Alarms (3)", Page::Alarms),
        ("Time", Page::Time),
        ("What if", Page::WhatIf),
        ("Places", Page::Places),
        ("Tour", Page::Tour),
        ("Equipment", Page::Equipment),
    ] {
        press(&mut harness, label);
        assert_eq!(harness.state().state.page(), page);
        assert_in_sight(&harness, TABLET.size(), &["LIVE", label, "Close the tablet"]);
    }
    press(&mut harness, "Close the tablet");
    assert!(!harness.state().state.is_open());
    assert!(harness.state().commands.is_empty());
}

#[test]
fn a_replay_a_simulation_and_a_trial_are_named_with_their_moment() {
    let harness = tablet(worn(fixture::replay()), Page::Places);
    harness.get_by_label("REPLAY, paused");
    harness.get_by_label(&format::exact(at(0)));
    tablet(worn(fixture::simulation()), Page::Places).get_by_label("SIMULATION, paused");
    let harness = tablet(worn(fixture::with_change(State::OnTrial)), Page::Places);
    harness.get_by_label("TRIAL  14\u{2009}min\u{2009}45\u{2009}s");
    harness.get_by_label("LIVE");
}

#[test]
fn what_was_refused_is_told() {
    let words = "Approving happens at a desk.".to_owned();
    let status = HeadsetStatus { refused: Some(words.clone()), ..HeadsetStatus::default() };
    tablet(with(fixture::plant(), status), Page::Tour).get_by_label(&words);
}

#[test]
fn without_a_headset_there_is_no_tablet() {
    assert!(tablet(fixture::plant(), Page::Alarms).query_by_label("LIVE").is_none());
}

#[test]
fn the_faceplate_shows_values_trust_and_the_worst_alarm() {
    let mut harness = tablet(worn(of_filler(fixture::plant())), Page::Equipment);
    for words in ["Riverside / Line 1 / Filler", "Filler: no bottles at infeed", "active, not acknowledged"] {
        harness.get_by_label(words);
    }
    harness.get_by_label_contains("Speed: 612");
    harness.get_by_label_contains("Sensor failure");
    let filler = harness.state().plant.id("Riverside/Line 1/Filler");
    press(&mut harness, "Go there");
    press(&mut harness, "Pin beside it");
    harness.state_mut().plant.headset.as_mut().expect("worn").pinned = vec![filler];
    harness.run_steps(2);
    press(&mut harness, "Unpin");
    press(&mut harness, "Clear the selection");
    let expected = [
        headset(HeadsetCommand::Visit(filler)),
        headset(HeadsetCommand::Pin(filler)),
        headset(HeadsetCommand::Unpin(filler)),
        Command::Select(None),
    ];
    assert_eq!(harness.state().commands, expected);
}

#[test]
fn without_a_selection_it_says_how_to_select() {
    tablet(worn(fixture::plant()), Page::Equipment).get_by_label("Point at equipment and pull the trigger.");
}

#[test]
fn from_an_alarm_the_wearer_goes_there_and_acknowledges_it() {
    let mut harness = tablet(worn(fixture::plant()), Page::Alarms);
    harness.get_by_label("Filler: no bottles at infeed").click();
    harness.run_steps(2);
    assert!(harness.state().commands.is_empty(), "the headline is no target");
    harness.get_all_by_label("Go there").next().expect("an alarm").click();
    harness.run_steps(2);
    let filler = harness.state().plant.id("Riverside/Line 1/Filler");
    let expected = [Command::Select(Some(filler)), headset(HeadsetCommand::Visit(filler))];
    assert_eq!(harness.state_mut().asked(), expected);
    harness.get_all_by_label("Acknowledge").next().expect("an alarm").click();
    harness.run_steps(2);
    assert!(matches!(harness.state().commands[..], [Command::Acknowledge(_)]));
}

#[test]
fn a_replay_does_not_hide_the_alarms_of_now() {
    let harness = tablet(worn(fixture::replay()), Page::Alarms);
    harness.get_by_label("In the plant now: 3 alarms, first Filler: no bottles at infeed");
    harness.get_by_label("Alarms (3)");
    let quiet = Plant { alarms: AlarmBook::default(), ..fixture::plant() };
    tablet(worn(quiet), Page::Alarms).get_by_label_contains("No alarms");
}

#[test]
fn the_playhead_is_moved_step_by_step_and_in_jumps() {
    let plant = Plant { playhead: Playhead::paused_at(at(-300)), ..fixture::plant() };
    let mut harness = tablet(worn(plant), Page::Time);
    let seek = |secs| Command::Playhead(PlayheadCommand::Seek(at(secs)));
    for (label, expected) in [
        ("–1 min", seek(-360)),
        ("–10 s", seek(-310)),
        ("+10 s", seek(-290)),
        ("+1 min", seek(-240)),
        ("Play", Command::Playhead(PlayheadCommand::Play)),
        ("Go live", Command::Playhead(PlayheadCommand::GoLive)),
    ] {
        press(&mut harness, label);
        assert_eq!(harness.state_mut().asked(), [expected], "{label}");
    }
    harness.get_by_label("Timeline").click();
    harness.run_steps(2);
    assert!(matches!(harness.state().commands[..], [Command::Playhead(PlayheadCommand::Seek(_))]));
}

#[test]
fn a_jump_over_now_is_the_live_view_and_from_there_only_back() {
    let plant = Plant { playhead: Playhead::paused_at(at(-30)), ..fixture::plant() };
    let mut harness = tablet(worn(plant), Page::Time);
    press(&mut harness, "+1 min");
    assert_eq!(harness.state_mut().asked(), [Command::Playhead(PlayheadCommand::GoLive)]);
    let mut harness = tablet(worn(fixture::plant()), Page::Time);
    press(&mut harness, "+10 s");
    assert!(harness.state().commands.is_empty());
    press(&mut harness, "–10 s");
    assert_eq!(harness.state().commands, [Command::Playhead(PlayheadCommand::Seek(at(-10)))]);
}

#[test]
fn recordings_and_answers_are_laid_beside_and_taken_away() {
    let mut harness = tablet(worn(fixture::replay()), Page::Time);
    press(&mut harness, "late shift");
    let compare = Command::Compare(Some((Origin::Recorded(2), Alignment::Clock)));
    assert_eq!(harness.state_mut().asked(), [compare]);
    assert!(harness.query_by_label("early shift").is_none(), "it is on screen");
    let mut harness = tablet(worn(fixture::comparison()), Page::Time);
    press(&mut harness, "late shift, on the clock");
    assert_eq!(harness.state().commands, [Command::Compare(None)]);
    let mut harness = tablet(worn(fixture::simulation()), Page::Time);
    press(&mut harness, "Simulated without faster filler");
    let compare = Command::Compare(Some((Origin::Simulated(1), Alignment::Clock)));
    assert_eq!(harness.state().commands, [compare]);
    assert!(tablet(worn(fixture::plant()), Page::Time).query_by_label("Beside it, as a ghost").is_none());
}

#[test]
fn an_answer_becomes_a_draft_with_a_reason() {
    let plant = Plant { desk: fixture::desk("carl"), ..fixture::answered() };
    let mut harness = tablet(worn(plant), Page::WhatIf);
    press(&mut harness, "Propose this change");
    harness.run_steps(2);
    press(&mut harness, "Draft the change");
    assert!(harness.state().commands.is_empty(), "it has no reason yet");
    harness.get_by_label("Reason of the change").focus();
    harness.run_steps(2);
    harness.get_by_label("Reason of the change").type_text("More bottles");
    harness.run_steps(2);
    press(&mut harness, "Draft the change");
    let [Command::Change(ChangeCommand::Draft { wish })] = &harness.state().commands[..] else {
        panic!("{:?}", harness.state().commands)
    };
    assert_eq!((wish.reason.as_str(), wish.settings[0].to), ("More bottles", 680.0));
    harness.run_steps(2);
    harness.get_by_label("Search parameters");
}

#[test]
fn a_draft_is_simulated_from_the_headset() {
    let mut harness = tablet(worn(answered(State::Draft)), Page::WhatIf);
    press(&mut harness, "Simulate the change");
    let id = fixture::change(State::Draft).id;
    assert_eq!(harness.state().commands, [Command::Change(ChangeCommand::Simulate(id))]);
}

#[test]
fn nothing_is_signed_or_written_from_the_headset() {
    const NEVER: [&str; 10] = [
        "Approve",
        "Reject",
        "Take the approval",
        "Push",
        "Keep",
        "Go back",
        "Roll back",
        "Write the change",
        "Log in",
        "Edit",
    ];
    for standing in State::ALL {
        let plant = of_filler(answered(standing));
        let mut harness = tablet(worn(plant), Page::Equipment);
        for page in Page::ALL {
            harness.state_mut().state.open_at(page);
            harness.run_steps(2);
            let targets = targets(&harness);
            assert!(targets.len() > Page::ALL.len(), "{targets:?}");
            for (role, label, _) in targets {
                let shut = NEVER.iter().all(|never| !label.starts_with(never));
                assert!(shut, "{standing:?}, {page:?}: {role} \"{label}\"");
                let password = role == "PasswordInput" || label.to_lowercase().contains("password");
                assert!(!password, "{standing:?}, {page:?}: {role} \"{label}\"");
            }
        }
        harness.state_mut().state.open_at(Page::WhatIf);
        harness.run_steps(2);
        assert_in_sight(&harness, TABLET.size(), &["Approving and pushing happen at a desk."]);
    }
}

#[test]
fn places_and_posture_are_asked_for() {
    let mut harness = tablet(worn(fixture::plant()), Page::Places);
    for (label, wish) in [
        ("Filler", HeadsetCommand::GoTo(1)),
        ("Table-top", HeadsetCommand::TableTop(true)),
        ("Sit", HeadsetCommand::Seated(true)),
        ("Reset height", HeadsetCommand::ResetHeight),
        ("45°", HeadsetCommand::Turn(Turn::Snap45)),
        ("Off", HeadsetCommand::Turn(Turn::Off)),
        ("Dark edges while moving", HeadsetCommand::Vignette(false)),
        ("Take a picture", HeadsetCommand::TakePicture),
    ] {
        press(&mut harness, label);
        assert_eq!(harness.state_mut().asked(), [headset(wish)], "{label}");
    }
    press(&mut harness, "Full size");
    assert!(harness.state().commands.is_empty(), "it is at full size");
}

#[test]
fn a_tour_goes_through_the_marks_in_order_of_time() {
    let mut plant = fixture::replay();
    plant.recordings[0].marks.reverse();
    let mut harness = tablet(worn(plant), Page::Tour);
    harness.get_by_label_contains("glue nozzle dripped");
    press(&mut harness, "Begin the tour of 2 marks");
    harness.state_mut().plant.headset.as_mut().expect("worn").tour = Some(0);
    harness.run_steps(2);
    for words in ["1 of 2", &format::date_and_clock(at(-480)), "glue nozzle dripped"] {
        harness.get_by_label(words);
    }
    press(&mut harness, "Back");
    press(&mut harness, "Next");
    harness.state_mut().plant.headset.as_mut().expect("worn").tour = Some(1);
    harness.run_steps(2);
    harness.get_by_label("speed back to normal");
    press(&mut harness, "Next");
    press(&mut harness, "Back");
    press(&mut harness, "End");
    let steps = [TourStep::Begin, TourStep::Next, TourStep::Back, TourStep::End];
    assert_eq!(harness.state().commands, steps.map(|step| headset(HeadsetCommand::Tour(step))));
}

#[test]
fn without_marks_it_says_how_to_make_one() {
    tablet(worn(fixture::plant()), Page::Tour).get_by_label_contains("Mark moments at the desk with M");
}

#[test]
fn every_page_fits() {
    let pinned = |plant: Plant| {
        let plant = of_filler(plant);
        let status = HeadsetStatus { pinned: plant.selection.into_iter().collect(), ..HeadsetStatus::default() };
        with(plant, status)
    };
    let on_tour = |plant: Plant| with(plant, HeadsetStatus { tour: Some(1), ..HeadsetStatus::default() });
    let stages: Vec<(&str, Plant)> = vec![
        ("live", pinned(fixture::plant())),
        ("on trial", worn(of_filler(answered(State::OnTrial)))),
        ("draft", worn(answered(State::Draft))),
        ("replay", on_tour(of_filler(fixture::replay()))),
        ("comparison", worn(of_filler(fixture::comparison()))),
        ("simulation", worn(of_filler(fixture::simulation()))),
        ("swept", worn(fixture::swept(true))),
        ("empty", worn(fixture::empty_plant())),
    ];
    for (name, plant) in stages {
        let mut harness = tablet(plant, Page::Equipment);
        for page in Page::ALL {
            harness.state_mut().state.open_at(page);
            harness.run_steps(3);
            assert_fits(&harness, TABLET.size(), &format!("{name}, {page:?}"));
            assert_in_sight(&harness, TABLET.size(), &["Close the tablet", "Equipment", "Tour"]);
        }
    }
}

#[test]
fn chosen_parameters_and_the_form_of_a_draft_fit() {
    let plant = Plant { desk: fixture::desk("carl"), ..fixture::answered() };
    let mut harness = tablet(worn(plant), Page::WhatIf);
    harness.state_mut().state.what_if.choose("Filler/SpeedSetpoint");
    harness.run_steps(3);
    assert_fits(&harness, TABLET.size(), "parameter");
    press(&mut harness, "Propose this change");
    harness.run_steps(2);
    assert_fits(&harness, TABLET.size(), "form");
}

#[test]
fn a_list_is_moved_by_its_content() {
    let mut plant = fixture::plant();
    plant.viewpoints = (0..20).map(|number| format!("Place {number}")).collect();
    let mut harness = tablet(worn(plant), Page::Places);
    let before = harness.get_by_label("Place 2").rect();
    harness.drag_at(before.center());
    harness.run_steps(2);
    harness.hover_at(before.center() - vec2(0.0, 100.0));
    harness.run_steps(2);
    harness.drop_at(before.center() - vec2(0.0, 100.0));
    harness.run_steps(2);
    let moved = before.top() - harness.get_by_label("Place 2").rect().top();
    assert!(moved > 60.0, "{moved}");
    assert!(harness.state().commands.is_empty(), "a list that is moved is not pressed");
}
