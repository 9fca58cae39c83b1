//! The lease of the plant's own server as the watchdog of a change: it goes back although the desk is gone.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use twinscope::domain::change::{Setting, State, Wish};
use twinscope::domain::quality::Quality;
use twinscope::domain::unit::Unit;
use twinscope::domain::value::Value;
use twinscope::protocol::opcua::server::{By, PlantServer, ServerSettings, Variable, Write, WriteAnswer};

use super::{COPY, wish};
use crate::desk::now;
use crate::one_change::OneChange;

pub const PUMP: &str = "Site/Tank/Pump setpoint";
pub const REMAINING: &str = "Site/Lease/Remaining";
const DEADLINE: Duration = Duration::from_secs(60);

/// `{url}` stands for the address of the server.
pub const PROJECT: &str = r#"
name = "One tank with a lease"
[control]
enabled = true
needs_credible_model = false
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
path = "Site/Tank/Level setpoint"
unit = "m"
source = "plc"
node = "nsu=urn:twinscope:plant;s=Tank/Setpoint"
twin = "LIC1/Setpoint"
[[signal]]
path = "Site/Tank/Pump setpoint"
unit = "%"
source = "plc"
node = "nsu=urn:twinscope:plant;s=Tank/Pump"
twin = "Pump/Setpoint"
[[signal]]
path = "Site/Tank/Level"
unit = "m"
source = "plc"
node = "nsu=urn:twinscope:plant;s=Tank/Level"
twin = "LT1/Value"
[[signal]]
path = "Site/Lease/Remaining"
unit = "s"
source = "plc"
node = "nsu=urn:twinscope:plant;s=Lease/Remaining"
[[setpoint]]
signal = "Site/Tank/Level setpoint"
min = 0.5
max = 1.8
step = 0.05
rate_limit_per_sec = 0.05
[[setpoint]]
signal = "Site/Tank/Pump setpoint"
min = 20
max = 100
"#;

pub type Writes = Arc<Mutex<Vec<(String, Value, By)>>>;

/// A plant that takes everything, and a desk that sees it.
fn begin() -> (PlantServer, Writes, OneChange, TempDir) {
    let (server, writes, folder, certificates) = plant();
    (server, writes, OneChange::open(folder), certificates)
}

/// A plant that takes everything, and the project of it.
pub fn plant() -> (PlantServer, Writes, TempDir, TempDir) {
    let certificates = tempfile::tempdir().expect("a folder");
    let settings = ServerSettings { port: 0, certificates: certificates.path().to_owned(), security: None };
    let held = [("Tank/Setpoint", 1.0), ("Tank/Pump", 60.0), ("Tank/Level", 1.0)];
    let variables = held.map(|(path, value)| Variable {
        path: path.to_owned(),
        description: String::new(),
        unit: Unit::none(),
        range: None,
        writable: path != "Tank/Level",
        initial: Value::Real(value),
    });
    let writes = Writes::default();
    let asked = Arc::clone(&writes);
    let on_write = Box::new(move |Write { path, value, by }: &Write| {
        asked.lock().expect("nobody panics").push((path.clone(), value.clone(), by.clone()));
        WriteAnswer::Good
    });
    let server = PlantServer::start(&settings, variables.into(), on_write).expect("a server");
    for (path, value) in held {
        server.set(path, &Value::Real(value), now(), Quality::Good).expect("a variable");
    }
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("copy.toml"), COPY).expect("written");
    std::fs::write(folder.path().join("twin.toml"), PROJECT.replace("{url}", &server.url())).expect("written");
    (server, writes, folder, certificates)
}

/// Two settings, the second at once.
pub fn both() -> Wish {
    let mut wish = wish(1.1);
    let pump = Setting { signal: PUMP.into(), unit: "%".into(), from: 60.0, to: 70.0, ramp_per_sec: None };
    wish.settings.push(pump);
    wish
}

fn remaining_secs(desk: &OneChange) -> Option<f64> {
    desk.headless().shown(REMAINING)
}

fn by_lease(writes: &Writes) -> Vec<(String, Value)> {
    let writes = writes.lock().expect("nobody panics");
    writes.iter().filter(|(.., by)| *by == By::Lease).map(|(path, value, _)| (path.clone(), value.clone())).collect()
}

#[test]
fn what_nobody_feeds_goes_back_although_the_desk_is_gone() {
    let (_server, writes, mut desk, _certificates) = begin();
    desk.push(both());
    desk.reach(State::OnTrial);
    assert!(desk.change().survives_our_death());
    drop(desk);
    let began = Instant::now();
    let expected = [("Tank/Setpoint".to_owned(), Value::Real(1.0)), ("Tank/Pump".to_owned(), Value::Real(60.0))];
    while by_lease(&writes).len() < expected.len() {
        assert!(began.elapsed() < DEADLINE, "{writes:?}");
        thread::park_timeout(Duration::from_millis(20));
    }
    let mut back = by_lease(&writes);
    back.sort_by_key(|(path, _)| path != "Tank/Setpoint");
    assert_eq!(back, expected);
}

#[test]
fn a_trial_is_fed_and_what_is_kept_is_released() {
    let (_server, writes, mut desk, _certificates) = begin();
    desk.push(both());
    desk.reach(State::OnTrial);
    desk.until("a lease that runs", |desk| remaining_secs(desk).is_some_and(|left| left > 9.0));
    desk.until("a lease that is fed", |desk| remaining_secs(desk).is_some_and(|left| left < 9.5));
    desk.until("a lease that is fed again", |desk| remaining_secs(desk).is_some_and(|left| left > 9.5));
    desk.keep();
    desk.reach(State::Kept);
    desk.until("a lease that ended", |desk| remaining_secs(desk) == Some(0.0));
    assert_eq!(by_lease(&writes), []);
    assert_eq!(desk.outcomes(), ["accepted"; 3]);
}
