//! Changes over OPC UA in servers by asyncua (PyPI), which take them, refuse them and misbehave.
//!
//! What the operator reads, what the audit log holds, what the server holds and how often it was written to are
//! looked at each time: nothing is ever written twice.

pub mod lease;
mod tank;

use tempfile::TempDir;
use twinscope::domain::audit::AuditKind;
use twinscope::domain::change::{Setting, State, TrialPlan, Wish};
use twinscope::domain::time::Span;

use self::tank::{Said, Tank};
use crate::one_change::OneChange;

pub const SETPOINT: &str = "Site/Tank/Level setpoint";

/// The simulated copy of the tank.
pub const COPY: &str = r#"
[plant]
scan_secs = 1
ambient_cel = 20
[fluid]
density_kg_per_m3 = 1000
heat_capacity_kj_per_kg_k = 4.2
[[source]]
name = "Water"
pressure_bar = 2.5
temperature_cel = 12
[[tank]]
name = "Tank"
area_m2 = 1.2
height_m = 2.0
level_m = 1.0
temperature_cel = 15
loss_w_per_k = 15
[[valve]]
name = "Inlet"
kv_m3_per_h = 4
position_pct = 45
lag_secs = 3
[[pump]]
name = "Pump"
rated_l_per_min = 100
power_kw = 2.2
speed_pct = 60
lag_secs = 2
[[sensor]]
name = "LT1"
of = "Tank.level"
lag_secs = 1
[[sink]]
name = "Drain"
[[pid]]
name = "LIC1"
measures = "LT1"
drives = "Inlet"
kp = 60
ki_per_sec = 0.15
setpoint = 1.0
[[connection]]
from = "Water.out"
to = "Inlet.in"
[[connection]]
from = "Inlet.out"
to = "Tank.in"
[[connection]]
from = "Tank.out"
to = "Pump.in"
[[connection]]
from = "Pump.out"
to = "Drain.in"
"#;

/// The server holds centimetres in whole numbers, the project metres. The setpoint has no fixed node id.
const PROJECT: &str = r#"
name = "One tank"
[control]
enabled = true
needs_credible_model = false
trial_min_secs = 1
[twin]
model = "units"
file = "copy.toml"
[[source]]
name = "plc"
kind = "opcua"
url = "opc.tcp://127.0.0.1:{port}/"
security = "none"
publishing_secs = 0.1
sampling_secs = 0.05
[[signal]]
path = "Site/Tank/Level setpoint"
unit = "m"
source = "plc"
node = "/Objects/2:Tank/2:Setpoint"
payload_unit = "cm"
twin = "LIC1/Setpoint"
[[signal]]
path = "Site/Tank/Level"
unit = "m"
source = "plc"
node = "/Objects/2:Tank/2:Level"
payload_unit = "cm"
twin = "LT1/Value"
[[setpoint]]
signal = "Site/Tank/Level setpoint"
min = 0.5
max = 1.8
step = 0.05
rate_limit_per_sec = 0.05
"#;

fn project(port: u16, alter: impl FnOnce(String) -> String) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("copy.toml"), COPY).expect("written");
    let text = alter(PROJECT.replace("{port}", &port.to_string()));
    std::fs::write(folder.path().join("twin.toml"), text).expect("written");
    folder
}

/// The tank at one metre, and a desk that sees it.
fn at_one_metre() -> (Tank, OneChange) {
    let tank = Tank::start(100);
    let desk = OneChange::open(project(tank.port, |text| text));
    (tank, desk)
}

fn wish(to: f64) -> Wish {
    let setting = Setting { signal: SETPOINT.into(), unit: "m".into(), from: 1.0, to, ramp_per_sec: None };
    let trial = TrialPlan { lease: Span::from_secs(600), abort_conditions: Vec::new(), divergence: None };
    Wish { title: "Fuller".into(), reason: "more in store".into(), settings: vec![setting], trial }
}

fn said(holds: i64, written: &[i64]) -> Said {
    Said { holds, written: written.to_vec(), writer: None }
}

/// The announced values in centimetres.
fn announced(desk: &OneChange) -> Vec<i64> {
    desk.announced().into_iter().map(|metres| (metres * 100.0).round() as i64).collect()
}

/// The kinds of audit records from the push on.
fn kinds(desk: &OneChange) -> Vec<AuditKind> {
    desk.kinds().into_iter().skip_while(|kind| *kind != AuditKind::PushBegun).collect()
}

const WRITE: [AuditKind; 2] = [AuditKind::WriteIntended, AuditKind::WriteAnswered];

#[track_caller]
fn reads(desk: &OneChange, words: &[&str]) {
    let read = desk.words();
    assert!(words.iter().all(|words| read.contains(words)), "{read}");
    // Whatever ends a push is told as well, not only shown to who looks.
    assert!(desk.notices().iter().any(|told| told.ends_with(&read)), "{:?}", desk.notices());
}

#[test]
fn a_change_goes_along_its_ramp_is_read_back_tried_and_kept() {
    let (mut tank, mut desk) = at_one_metre();
    desk.push(wish(1.2));
    desk.reach(State::OnTrial);
    assert!(desk.words().contains("The plant holds the new values on trial"), "{}", desk.words());
    desk.keep();
    desk.reach(State::Kept);
    assert_eq!(tank.said(), said(120, &[105, 110, 115, 120]));
    assert_eq!(announced(&desk), [105, 110, 115, 120]);
    assert_eq!(desk.outcomes(), ["accepted"; 4]);
    let mut expected = vec![AuditKind::PushBegun];
    expected.extend(WRITE.repeat(4));
    expected.extend([AuditKind::ReadBack, AuditKind::TrialBegun, AuditKind::Kept]);
    assert_eq!(kinds(&desk), expected);
}

#[test]
fn who_writes_may_be_another_than_who_reads() {
    let mut tank = Tank::start(100);
    let folder = project(tank.port, |text| {
        text.replace(
            "security = \"none\"",
            "security = \"none\"\nwrite_user = \"writer\"\nwrite_password = \"file:secret\"",
        )
    });
    std::fs::write(folder.path().join("secret"), "open sesame\n").expect("written");
    let mut desk = OneChange::open(folder);
    desk.push(wish(1.05));
    desk.reach(State::OnTrial);
    assert_eq!(tank.said(), Said { writer: Some("writer".into()), ..said(105, &[105]) });
}

#[test]
fn a_value_that_the_equipment_refuses_leaves_the_plant_as_it_was() {
    let refusals = [
        ("refuse", "outside of the range that the equipment takes (BadOutOfRange)"),
        ("lock", "the user of this link may not do that (BadUserAccessDenied)"),
    ];
    for (mode, words) in refusals {
        let (mut tank, mut desk) = at_one_metre();
        tank.mode(mode);
        desk.push(wish(1.2));
        desk.reach(State::Failed);
        reads(&desk, &["The write of Site/Tank/Level setpoint was refused by the equipment", words, "as it was"]);
        assert_eq!(tank.said(), said(100, &[105]));
        let [push, intended, answered, failed] = kinds(&desk)[..] else { panic!("{:?}", kinds(&desk)) };
        assert_eq!([intended, answered], WRITE);
        assert_eq!([push, failed], [AuditKind::PushBegun, AuditKind::PushFailed]);
        assert!(desk.outcomes()[0].contains(words));
    }
}

#[test]
fn a_clamped_value_is_no_success_and_goes_back_along_the_ramp() {
    let (mut tank, mut desk) = at_one_metre();
    tank.mode("clamp");
    desk.push(wish(1.2));
    desk.reach(State::Reverted);
    reads(&desk, &["clamped by the equipment", "from before the change"]);
    assert_eq!(tank.said(), said(100, &[105, 110, 115, 105, 100]));
    assert_eq!(announced(&desk), [105, 110, 115, 105, 100]);
    // Each step back is read back as well, as far as the clock allows.
    let kinds = kinds(&desk);
    let (read, others): (Vec<AuditKind>, Vec<AuditKind>) =
        kinds.iter().copied().partition(|kind| *kind == AuditKind::ReadBack);
    let mut expected = vec![AuditKind::PushBegun];
    expected.extend(WRITE.repeat(3));
    expected.push(AuditKind::RevertBegun);
    expected.extend(WRITE.repeat(2));
    expected.push(AuditKind::Reverted);
    assert_eq!(others, expected);
    assert!(read.len() >= 2 && kinds.ends_with(&[AuditKind::ReadBack, AuditKind::Reverted]), "{kinds:?}");
}

#[test]
fn a_write_without_answer_is_not_sent_again_but_looked_for_and_taken_back() {
    for (mode, words) in [("late", "did not answer within 5 s"), ("cut", "broke")] {
        let (mut tank, mut desk) = at_one_metre();
        tank.mode(mode);
        desk.push(wish(1.2));
        desk.reach(State::Reverted);
        reads(&desk, &["The write of Site/Tank/Level setpoint was left without an answer", words]);
        assert_eq!(tank.said(), said(100, &[105, 100]), "{mode}");
        assert_eq!(announced(&desk), [105, 100]);
        let expected = [
            &[AuditKind::PushBegun][..],
            &WRITE,
            &[AuditKind::RevertBegun, AuditKind::ReadBack],
            &WRITE,
            &[AuditKind::ReadBack, AuditKind::Reverted],
        ];
        assert_eq!(kinds(&desk), expected.concat(), "{mode}");
    }
}

#[test]
fn where_nothing_shows_what_became_of_a_write_a_person_has_to_look() {
    let (mut tank, mut desk) = at_one_metre();
    tank.mode("drop");
    desk.push(wish(1.2));
    desk.reach(State::RevertFailed);
    reads(&desk, &["left without an answer", "shows nothing that is newer than the last write", "by hand"]);
    assert_eq!(tank.said(), said(100, &[105]));
    let [_, _, _, begun, failed] = kinds(&desk)[..] else { panic!("{:?}", kinds(&desk)) };
    assert_eq!([begun, failed], [AuditKind::RevertBegun, AuditKind::RevertFailed]);
}

#[test]
fn a_server_that_says_yes_and_does_nothing_is_found_out_before_the_next_step() {
    let (mut tank, mut desk) = at_one_metre();
    tank.mode("ignore");
    desk.push(wish(1.2));
    desk.reach(State::RevertFailed);
    reads(&desk, &["not sent, because it holds 1 instead of 1.05", "or the last write had no effect", "by hand"]);
    assert_eq!((tank.said(), announced(&desk)), (said(100, &[105]), vec![105, 110]));
    // With a single step there is no next one: then it is the read-back that does not come.
    let (mut tank, mut desk) = at_one_metre();
    tank.mode("ignore");
    desk.push(wish(1.05));
    desk.reach(State::Unverified);
    reads(&desk, &["Nothing says what the plant holds", "Look at the equipment"]);
    assert_eq!(tank.said(), said(100, &[105]));
    assert_eq!(kinds(&desk).last(), Some(&AuditKind::Unverified));
}

#[test]
fn a_value_that_somebody_else_sets_back_cannot_be_kept() {
    let (mut tank, mut desk) = at_one_metre();
    tank.mode("restore");
    desk.push(wish(1.05));
    desk.reach(State::OnTrial);
    desk.until("the other value", |desk| {
        let change = desk.change();
        let read = change.progress().and_then(|progress| progress.writes.first()?.read);
        read.is_some_and(|read| (read.value - 1.0).abs() < 1e-9)
    });
    let refusal = desk.not_kept();
    assert!(refusal.contains("does not show all new values"), "{refusal}");
    assert_eq!(desk.state(), State::OnTrial);
    desk.revert("somebody works on the tank");
    desk.reach(State::Reverted);
    assert_eq!(tank.said(), said(100, &[105]));
    assert!(!kinds(&desk).contains(&AuditKind::Kept));
}

#[test]
fn a_controller_that_restarts_in_mid_ramp_is_found_again_under_other_numbers() {
    let mut tank = Tank::start(100);
    let slow = |text: String| text + "readback_within_secs = 30\n";
    let mut desk = OneChange::open(project(tank.port, slow));
    desk.push(wish(1.4));
    while tank.said().written.len() < 2 {
        desk.until("a frame", |_| true);
    }
    let before = tank.said();
    tank.end();
    desk.reach(State::Reverting);
    assert!(desk.words().contains("The link to Site/Tank/Level setpoint is down"), "{}", desk.words());
    assert!(desk.words().contains("source \"plc\""), "{}", desk.words());
    // It kept its setpoint, as controllers do.
    let mut again = tank.start_again(before.holds, 9_001);
    desk.reach(State::Reverted);
    let back: Vec<i64> = (100 / 5..before.holds / 5).rev().map(|step| 5 * step).collect();
    assert_eq!(again.said(), said(100, &back));
    assert_eq!(announced(&desk), [before.written, back].concat());
    assert!(kinds(&desk).ends_with(&[AuditKind::ReadBack, AuditKind::Reverted]));
}
