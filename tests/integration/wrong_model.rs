//! Trials beside what the copy foresaw: where the plant does something else it goes back by itself.

use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use twinscope::domain::audit::AuditKind;
use twinscope::domain::change::{Divergence, Setting, State, TrialPlan, Wish};
use twinscope::domain::quality::Quality;
use twinscope::domain::time::Span;
use twinscope::domain::unit::Unit;
use twinscope::domain::value::Value;
use twinscope::protocol::opcua::server::{PlantServer, ServerSettings, Variable, Write, WriteAnswer};

use crate::change::opcua::COPY;
use crate::desk::now;
use crate::one_change::OneChange;

const PUMP: &str = "Site/Tank/Pump setpoint";
const LEVEL: &str = "Site/Tank/Level";
const FLOW: &str = "Site/Tank/Flow";
/// A trial of a sound plant is looked at for so long; in the other one the level has long left its band by then.
const LOOKED_AT: Duration = Duration::from_secs(45);

const EMULATED: &str = r#"
name = "One tank, which a model plays"
[control]
enabled = true
needs_credible_model = false
trial_min_secs = 1
[twin]
model = "units"
file = "tank.toml"
[[source]]
name = "plant"
kind = "emulator"
model = "units"
file = "tank.toml"
parameters = { "Inlet/Kv" = {kv} }
seed = 3
warm_up_secs = 600
interval_secs = 0.5
[[signal]]
path = "Site/Tank/Pump setpoint"
unit = "%"
source = "plant"
variable = "Pump/Setpoint"
[[signal]]
path = "Site/Tank/Level setpoint"
unit = "m"
source = "plant"
variable = "LIC1/Setpoint"
[[signal]]
path = "Site/Tank/Level"
unit = "m"
range = [0, 2]
source = "plant"
variable = "LT1/Value"
[[setpoint]]
signal = "Site/Tank/Pump setpoint"
min = 20
max = 100
"#;

const SERVED: &str = r#"
name = "One pump"
[control]
enabled = true
needs_credible_model = false
value_fresh_secs = 3600
trial_min_secs = 1
[twin]
model = "units"
file = "copy.toml"
[[source]]
name = "plc"
kind = "opcua"
url = "{url}"
security = "none"
publishing_secs = 0.1
sampling_secs = 0.05
[[signal]]
path = "Site/Tank/Pump setpoint"
unit = "%"
source = "plc"
node = "nsu=urn:twinscope:plant;s=Tank/Pump"
twin = "Pump/Setpoint"
[[signal]]
path = "Site/Tank/Flow"
unit = "L/min"
range = [0, 120]
source = "plc"
node = "nsu=urn:twinscope:plant;s=Tank/Flow"
twin = "FT1/Value"
[[setpoint]]
signal = "Site/Tank/Pump setpoint"
min = 20
max = 100
rate_limit_per_sec = 10
"#;

/// A tank with a quick level controller and a sensor that is not quiet. Its copy believes in an inlet of four cubic
/// metres an hour, and the plant has one of this size.
fn emulated(kv: &str) -> OneChange {
    let folder = tempfile::tempdir().expect("a folder");
    let text = COPY.replace("area_m2 = 1.2", "area_m2 = 0.3").replace("kp = 60", "kp = 2000");
    let text = text.replace("ki_per_sec = 0.15", "ki_per_sec = 50");
    let text = text.replace("of = \"Tank.level\"", "of = \"Tank.level\"\nnoise = 0.002");
    std::fs::write(folder.path().join("tank.toml"), text).expect("written");
    std::fs::write(folder.path().join("twin.toml"), EMULATED.replace("{kv}", kv)).expect("written");
    OneChange::open(folder)
}

fn faster(to: f64, margin: f64) -> Wish {
    let setting = Setting { signal: PUMP.into(), unit: "%".into(), from: 60.0, to, ramp_per_sec: None };
    let divergence = Some(Divergence { margin, lasting: Span::from_secs(5) });
    let trial = TrialPlan { lease: Span::from_secs(600), abort_conditions: Vec::new(), divergence };
    Wish { title: "Faster".into(), reason: "more through".into(), settings: vec![setting], trial }
}

/// What the emulated plant holds.
fn pump(desk: &OneChange) -> f64 {
    let (_, port) = desk.headless().session.ports.iter().next().expect("one plant");
    port.get("Pump/Setpoint").expect("it answers").0
}

/// What was recorded from the beginning of the trial on, but for what was read back.
fn kinds(desk: &OneChange) -> Vec<AuditKind> {
    let kinds = desk.kinds().into_iter().skip_while(|kind| *kind != AuditKind::TrialBegun);
    kinds.filter(|kind| *kind != AuditKind::ReadBack).collect()
}

const WENT_BACK: [AuditKind; 5] = [
    AuditKind::TrialBegun,
    AuditKind::RevertBegun,
    AuditKind::WriteIntended,
    AuditKind::WriteAnswered,
    AuditKind::Reverted,
];

/// What the words say of a signal that left its band: what it was, and the least and greatest value foreseen.
#[track_caller]
fn left(words: &str, signal: &str) -> (f64, f64, f64) {
    let said = words.split_once(&format!("{signal} is ")).unwrap_or_else(|| panic!("{words}")).1;
    let (value, rest) = said.split_once(" for ").unwrap_or_else(|| panic!("{words}"));
    let bands = rest.split_once("outside of the predicted ").unwrap_or_else(|| panic!("{words}")).1;
    let (low, rest) = bands.split_once(" to ").unwrap_or_else(|| panic!("{words}"));
    let high = rest.split_once(". ").unwrap_or_else(|| panic!("{words}")).0;
    let number = |text: &str| text.parse::<f64>().unwrap_or_else(|_| panic!("{words}"));
    (number(value), number(low), number(high))
}

/// The level is held before the change; after it the true inlet lets less in than the pump takes out.
#[test]
fn a_plant_that_leaves_what_a_wrong_model_foresaw_goes_back_by_itself() {
    let mut desk = emulated("2.5");
    desk.push(faster(90.0, 1.0));
    desk.reach(State::OnTrial);
    assert_eq!(pump(&desk), 90.0);
    // The way back is one write, and may be over by the next look.
    desk.reach(State::Reverted);
    let (value, low, high) = left(&desk.words(), LEVEL);
    assert!(low <= high && (0.9..1.1).contains(&low), "{}", desk.words());
    assert!(value < low - 0.02, "two hundredths are the least width that counts: {}", desk.words());
    assert!(desk.words().contains("The plant holds the values from before the change"), "{}", desk.words());
    assert_eq!((pump(&desk), kinds(&desk)), (60.0, WENT_BACK.to_vec()));
    let told = desk.notices();
    assert!(told.iter().any(|told| told.contains("going back") && told.contains(LEVEL)), "{told:?}");
    let begun = desk.entries().into_iter().find(|entry| entry.record.what == AuditKind::RevertBegun);
    let begun = begun.expect("an entry").record;
    assert!(begun.person.is_none() && begun.outcome.starts_with(LEVEL), "{begun:?}");
}

#[test]
fn the_same_change_with_a_true_model_stays_on_trial_and_is_kept() {
    let mut desk = emulated("4");
    desk.push(faster(90.0, 1.0));
    desk.reach(State::OnTrial);
    let began = Instant::now();
    desk.until("the end of a long look", |desk| {
        assert_eq!(desk.state(), State::OnTrial, "{}", desk.words());
        began.elapsed() > LOOKED_AT
    });
    desk.keep();
    desk.reach(State::Kept);
    assert_eq!((pump(&desk), kinds(&desk)), (90.0, vec![AuditKind::TrialBegun, AuditKind::Kept]));
}

/// A pump in a server, which tells its flow only when that changes.
struct Served {
    server: PlantServer,
    writes: Arc<Mutex<Vec<f64>>>,
    followed: Cell<usize>,
    /// Flow for each part of speed that the pump has more than before [L/min per %]; the copy believes in one.
    worth: f64,
    _certificates: TempDir,
}

impl Served {
    fn start(worth: f64) -> (Self, OneChange) {
        let certificates = tempfile::tempdir().expect("a folder");
        let settings = ServerSettings { port: 0, certificates: certificates.path().to_owned(), security: None };
        let held = [("Tank/Pump", 60.0), ("Tank/Flow", 60.0)];
        let variables = held.map(|(path, value)| Variable {
            path: path.to_owned(),
            description: String::new(),
            unit: Unit::none(),
            range: None,
            writable: path == "Tank/Pump",
            initial: Value::Real(value),
        });
        let writes: Arc<Mutex<Vec<f64>>> = Arc::default();
        let asked = Arc::clone(&writes);
        let on_write = Box::new(move |write: &Write| {
            asked.lock().expect("nobody panics").push(write.value.as_f64().expect("a number"));
            WriteAnswer::Good
        });
        let server = PlantServer::start(&settings, variables.into(), on_write).expect("a server");
        for (path, value) in held {
            server.set(path, &Value::Real(value), now(), Quality::Good).expect("a variable");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let copy = format!("{COPY}[[sensor]]\nname = \"FT1\"\nof = \"Pump.flow\"\n");
        std::fs::write(folder.path().join("copy.toml"), copy).expect("written");
        std::fs::write(folder.path().join("twin.toml"), SERVED.replace("{url}", &server.url())).expect("written");
        let served = Self { server, writes, followed: Cell::new(0), worth, _certificates: certificates };
        (served, OneChange::open(folder))
    }

    fn writes(&self) -> Vec<f64> {
        self.writes.lock().expect("nobody panics").clone()
    }

    /// Lets the flow follow what was written meanwhile.
    fn follow(&self) {
        let writes = self.writes();
        if writes.len() > self.followed.replace(writes.len()) {
            let speed = writes.last().copied().unwrap_or_default();
            let flow = Value::Real(60.0 + self.worth * (speed - 60.0));
            self.server.set("Tank/Flow", &flow, now(), Quality::Good).expect("a variable");
        }
    }

    #[track_caller]
    fn reach(&self, desk: &mut OneChange, state: State) {
        desk.until(state.name(), |desk| {
            self.follow();
            desk.state() == state
        });
    }
}

/// The copy has no chance, and so bands of no width; the plant tells one value and then nothing more.
#[test]
fn a_value_that_is_told_once_is_outside_for_as_long_as_it_holds() {
    let (served, mut desk) = Served::start(-1.0);
    desk.push(faster(70.0, 0.5));
    served.reach(&mut desk, State::OnTrial);
    served.reach(&mut desk, State::Reverted);
    let (value, low, high) = left(&desk.words(), FLOW);
    assert_eq!((value, low.round(), high.round()), (50.0, 60.0, 70.0), "{}", desk.words());
    assert_eq!((served.writes(), kinds(&desk)), (vec![70.0, 60.0], WENT_BACK.to_vec()));
}

#[test]
fn a_plant_a_little_beside_a_copy_without_chance_stays_on_trial() {
    let (served, mut desk) = Served::start(1.05);
    desk.push(faster(70.0, 0.5));
    served.reach(&mut desk, State::OnTrial);
    let began = Instant::now();
    desk.until("the end of a long look", |desk| {
        served.follow();
        assert_eq!(desk.state(), State::OnTrial, "{}", desk.words());
        began.elapsed() > LOOKED_AT
    });
    desk.keep();
    desk.reach(State::Kept);
    assert_eq!(served.writes(), [70.0]);
}
