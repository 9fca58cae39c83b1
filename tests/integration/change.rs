//! Changes from the draft to their end, as the desk does them, and what is kept of them: in the demo plant, and
//! in servers that others wrote.

pub mod desk;
mod opcua;

use std::path::Path;

use twinscope::app;
use twinscope::app::change::ChangeDesk;
use twinscope::app::session::Session;
use twinscope::domain::audit::AuditKind;
use twinscope::domain::change::{Setting, State, TrialPlan, Wish};
use twinscope::domain::change_command::ChangeCommand;
use twinscope::domain::time::Span;

use self::desk::{Desk, home, now};

const SPEED: &str = "Riverside/Line 1/Filler/Speed setpoint";

/// The demo whose machines never fail, and whose copy knows it: so no fault comes between two steps. Without
/// chance a belt that is a little ahead is outside of every band, so the gate is left open.
fn without_faults(text: &str) -> String {
    let machines = ["Depalletiser", "Rinser", "Filler", "Capper", "Pasteuriser", "Labeller", "Packer", "Palletiser"];
    let factors = machines.map(|machine| format!("\"{machine}/MtbfFactor\" = 1e5"));
    let sound = format!("parameters = {{ {} }}", factors.join(", "));
    let lines = text.lines().map(|line| if line.starts_with("parameters = ") { &sound } else { line });
    let text =
        lines.collect::<Vec<_>>().join("\n").replace("enabled = true", "enabled = true\nneeds_credible_model = false");
    format!("{text}\n\n[twin]\nmodel = \"line\"\n{sound}\n")
}

/// The demo plant in a folder of its own, live.
fn demo() -> Desk {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    std::fs::copy(demo.join("factory.glb"), folder.path().join("factory.glb")).expect("copied");
    let text = std::fs::read_to_string(demo.join("twin.toml")).expect("the demo");
    std::fs::write(folder.path().join("twin.toml"), without_faults(&text)).expect("written");
    Desk::open(folder)
}

/// What the plant holds.
fn speed(desk: &Desk) -> f64 {
    let (_, port) = desk.session.ports.iter().next().expect("one plant");
    port.get("Filler/SpeedSetpoint").expect("it answers").0
}

/// From a draft of a filler that runs at 570 to the trial.
fn try_slower(desk: &mut Desk, lease: Span) {
    let setting =
        Setting { signal: SPEED.into(), unit: "/min".into(), from: 600.0, to: 570.0, ramp_per_sec: Some(5.0) };
    let trial = TrialPlan { lease, abort_conditions: Vec::new(), divergence: None };
    desk.compared(Wish { title: "Slower".into(), reason: "less foam".into(), settings: vec![setting], trial });
    // The requester is no approver; neither by role nor as a person.
    desk.approve("otto");
    desk.told("otto");
    assert_eq!(desk.state(), Some(State::Compared));
    desk.approve("ann");
    desk.reach(State::Approved);
    desk.push_approved();
    desk.reach(State::OnTrial);
    assert_eq!(speed(desk), 570.0);
}

#[test]
fn a_change_that_is_kept_was_approved_announced_and_read_back() {
    let mut desk = demo();
    try_slower(&mut desk, Span::from_secs(600));
    desk.keep();
    desk.reach(State::Kept);
    assert_eq!(speed(&desk), 570.0);
    let whats = desk.kinds();
    let place =
        |kind: AuditKind| whats.iter().position(|what| *what == kind).unwrap_or_else(|| panic!("{kind:?} {whats:?}"));
    let order =
        [AuditKind::Drafted, AuditKind::Simulated, AuditKind::Approved, AuditKind::WriteIntended, AuditKind::Kept];
    assert!(order.map(place).is_sorted(), "{whats:?}");
    // Thirty a minute in steps of ten, each announced once.
    assert_eq!(desk.announced(), [590.0, 580.0, 570.0]);
}

#[test]
fn what_nobody_keeps_goes_back() {
    let mut desk = demo();
    try_slower(&mut desk, Span::from_secs(60));
    desk.revert("foam all the same");
    desk.reach(State::Reverted);
    assert_eq!(speed(&desk), 600.0);
    assert!(desk.kinds().contains(&AuditKind::Reverted));
}

#[test]
fn a_program_that_was_started_to_look_changes_nothing() {
    home();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let project = app::read(demo).expect("the demo").project;
    let session = Session::start(&project.sources, now(), None).expect("threads");
    let mut desk = ChangeDesk::new(&project, &session.ports, true);
    let refusal = desk.act(ChangeCommand::Draft { wish: Wish::default() });
    assert!(refusal.is_err_and(|words| words.contains("--view-only")));
}
