//! The program is killed while it pushes, at moments of chance, and whoever comes next finds the plant in order.
//!
//! The plant lives on in this process, as a server with a lease that remembers who wrote what, and looks into the
//! audit log each time. What dies is the real program. Several plants run side by side.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use twinscope::app::change::files;
use twinscope::control::audit::{Entries, Head, verify};
use twinscope::control::store;
use twinscope::domain::audit::{AuditEntry, AuditKind};
use twinscope::domain::change::{ChangeId, Setting, State, TrialPlan, Wish};
use twinscope::domain::quality::Quality;
use twinscope::domain::time::Span;
use twinscope::domain::unit::Unit;
use twinscope::domain::value::Value;
use twinscope::protocol::opcua::server::{By, PlantServer, ServerSettings, Variable, Write, WriteAnswer};

use crate::change::opcua::lease::{PROJECT, PUMP, REMAINING};
use crate::change::opcua::{COPY, SETPOINT};
use crate::desk::{DEADLINE, Desk, PASSWORD, approve, home, now};

const SEED: u64 = 0x5eed_0004;
const PLANTS: u64 = 6;
const ROUNDS: u64 = 10;
/// From the moment at which a push is told to begin: its ramp takes three seconds, a short trial two.
const WITHIN_SECS: f64 = 7.0;
/// Time without being fed after which the lease takes settings back.
const LEASE: Duration = Duration::from_secs(10);
/// How often the controller renews the time of what it holds.
const SCAN: Duration = Duration::from_millis(50);
/// Signal, variable of the server, and what it holds before and after every change.
const SETTINGS: [(&str, &str, f64); 2] = [(SETPOINT, "Tank/Setpoint", 1.0), (PUMP, "Tank/Pump", 60.0)];

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn up_to(&mut self, secs: f64) -> Duration {
        Duration::from_secs_f64(secs * (self.next() >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// What the controller holds, and what was written to it.
#[derive(Default)]
struct Told {
    holds: BTreeMap<String, f64>,
    writes: Vec<(String, f64, By)>,
    /// Writes of clients that the audit log did not announce, in words.
    unannounced: Vec<String>,
}

struct Plant {
    folder: TempDir,
    told: Arc<Mutex<Told>>,
    ends: Arc<AtomicBool>,
    scan: Option<JoinHandle<()>>,
    _certificates: TempDir,
}

impl Plant {
    fn start() -> Self {
        home();
        let (folder, certificates) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let log = files::audit(&files::of_plant(folder.path()));
        let held = SETTINGS.map(|(_, path, value)| (path.to_owned(), value));
        let holds: BTreeMap<String, f64> = held.into_iter().chain([("Tank/Level".to_owned(), 1.0)]).collect();
        let variables = holds.iter().map(|(path, value)| Variable {
            path: path.clone(),
            description: String::new(),
            unit: Unit::none(),
            range: None,
            writable: path != "Tank/Level",
            initial: Value::Real(*value),
        });
        let variables = variables.collect();
        let told = Arc::new(Mutex::new(Told { holds, ..Told::default() }));
        let asked = Arc::clone(&told);
        let on_write = Box::new(move |write: &Write| {
            let mut told = lock(&asked);
            let value = write.value.as_f64().expect("a number");
            if matches!(write.by, By::Client(_)) && announced_last(&log, &write.path) != Some(value) {
                told.unannounced.push(format!("{} = {value}", write.path));
            }
            told.holds.insert(write.path.clone(), value);
            told.writes.push((write.path.clone(), value, write.by.clone()));
            WriteAnswer::Good
        });
        let settings = ServerSettings { port: 0, certificates: certificates.path().to_owned(), security: None };
        let server = PlantServer::start(&settings, variables, on_write).expect("a server");
        let short = "trial_min_secs = 1\n[twin]";
        let quick = "rate_limit_per_sec = 0.05\nreadback_within_secs = 3";
        let text = PROJECT.replace("{url}", &server.url());
        let text = text.replace("[twin]", short).replace("rate_limit_per_sec = 0.05", quick);
        std::fs::write(folder.path().join("copy.toml"), COPY).expect("written");
        std::fs::write(folder.path().join("twin.toml"), text + "readback_within_secs = 3\n").expect("written");
        let ends = Arc::new(AtomicBool::new(false));
        let (scanned, stop) = (Arc::clone(&told), Arc::clone(&ends));
        let scan = thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let told = lock(&scanned);
                for (path, value) in &told.holds {
                    server.set(path, &Value::Real(*value), now(), Quality::Good).expect("a variable");
                }
                drop(told);
                thread::sleep(SCAN);
            }
        });
        Self { folder, told, ends, scan: Some(scan), _certificates: certificates }
    }

    fn log(&self) -> PathBuf {
        files::audit(&files::of_plant(self.folder.path()))
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        lock(&self.told)
    }

    fn changed(&self) -> bool {
        let told = self.told();
        SETTINGS.iter().any(|(_, path, value)| told.holds[*path] != *value)
    }

    /// What was written since so many writes: by clients, and by the lease.
    fn writes_since(&self, count: usize) -> (Vec<(String, f64)>, Vec<(String, f64)>) {
        let since: Vec<(String, f64, By)> = self.told().writes[count..].to_vec();
        let (by_lease, by_clients): (Vec<_>, Vec<_>) = since.into_iter().partition(|(.., by)| *by == By::Lease);
        let named = |writes: Vec<(String, f64, By)>| writes.into_iter().map(|(path, value, _)| (path, value)).collect();
        (named(by_clients), named(by_lease))
    }

    fn twinscope(&self, args: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinscope"));
        command.args(["change", args[0]]).arg(self.folder.path()).args(&args[1..]);
        let piped = command.env(files::FOLDER_VARIABLE, home()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.stderr(Stdio::piped()).spawn().expect("the program starts");
        writeln!(child.stdin.take().expect("a pipe"), "{PASSWORD}").expect("written");
        child
    }
}

impl Drop for Plant {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(scan) = self.scan.take() {
            _ = scan.join();
        }
    }
}

fn lock(told: &Mutex<Told>) -> MutexGuard<'_, Told> {
    told.lock().expect("nobody panics")
}

/// The last value that the log announces for a variable at this moment.
fn announced_last(log: &PathBuf, variable: &str) -> Option<f64> {
    let signal = SETTINGS.iter().find(|(_, path, _)| *path == variable)?.0;
    let entries = Entries::new(BufReader::new(File::open(log).ok()?)).map_while(Result::ok);
    let announced = entries.filter(|entry| entry.record.what == AuditKind::WriteIntended);
    let last = announced.filter(|entry| entry.record.signal.as_deref() == Some(signal)).last()?;
    last.record.to?.as_f64()
}

/// A write as the audit log has it.
struct Announced {
    number: u64,
    write: (String, f64),
    answered: bool,
}

/// What was announced for a change, in order.
fn announced(entries: &[AuditEntry]) -> Vec<Announced> {
    let of = |kind| entries.iter().map(|entry| &entry.record).filter(move |record| record.what == kind);
    let answered: HashSet<Option<u64>> = of(AuditKind::WriteAnswered).map(|record| record.sequence).collect();
    let intended = of(AuditKind::WriteIntended).map(|record| {
        let signal = record.signal.as_deref().expect("a signal");
        let (_, path, _) = SETTINGS.iter().find(|(known, ..)| *known == signal).expect("a setting");
        Announced {
            number: record.sequence.expect("a number"),
            write: ((*path).to_owned(), record.to.as_ref().and_then(Value::as_f64).expect("a value")),
            answered: answered.contains(&record.sequence),
        }
    });
    intended.collect()
}

/// Whether the plant was told just what was announced, in this order; what nobody answered may be missing.
fn explains(announced: &[Announced], written: &[(String, f64)]) -> bool {
    let Some((first, rest)) = announced.split_first() else { return written.is_empty() };
    let sent = written.split_first().is_some_and(|(write, others)| *write == first.write && explains(rest, others));
    sent || (!first.answered && explains(rest, written))
}

/// How long nobody comes.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Outage {
    None,
    /// Somebody comes just when the lease takes back.
    AsTheLeaseEnds,
    /// Somebody comes when the lease has taken back.
    PastTheLease,
}

/// A plant, and what is known of it before a round.
struct Bench {
    plant: Plant,
    number: u64,
    chance: Chance,
}

/// What a round was about, for the end.
struct Seen {
    killed_in: State,
    ended_in: State,
    kills: usize,
}

impl Bench {
    /// As many changes as there are rounds, each approved by a second person.
    fn approved(&mut self) -> Vec<ChangeId> {
        let mut desk = self.desk();
        desk.until("the values", |desk| SETTINGS.iter().all(|(signal, ..)| desk.shown(signal).is_some()));
        desk.desk.ready_to_simulate(DEADLINE).expect("a copy");
        let approved = (0..ROUNDS).map(|round| {
            let id = desk.compared("otto", wish(round));
            desk.ask(approve(&id, "ann"));
            desk.reach(&id, State::Approved);
            id
        });
        let approved = approved.collect();
        self.close(desk);
        approved
    }

    /// A desk of this process; it has the folder until it is closed.
    fn desk(&mut self) -> Desk {
        let nowhere = tempfile::tempdir().expect("a folder");
        Desk::opened(std::mem::replace(&mut self.plant.folder, nowhere))
    }

    fn close(&mut self, desk: Desk) {
        self.plant.folder = desk.close();
    }

    fn round(&mut self, round: u64, id: &ChangeId) -> Seen {
        let before = self.plant.told().writes.len();
        let outage = match round {
            0 | 5 => Outage::PastTheLease,
            3 | 7 => Outage::AsTheLeaseEnds,
            _ => Outage::None,
        };
        // One of the pushes is killed before it is begun, or about then.
        let (mark, within_secs) = if round == 9 { (id.as_str(), 2.0) } else { ("pushing: ", WITHIN_SECS) };
        let moment = self.chance.up_to(within_secs);
        kill(self.plant.twinscope(&["push", id.as_str(), "--by", "otto"]), mark, moment);
        let (ended, mut kills) = (Instant::now(), 1);
        let changes = files::changes(&files::of_plant(self.plant.folder.path()));
        let killed_in = store::load(&changes, id).expect("a change").state();
        let (by_clients, _) = self.plant.writes_since(before);
        let words = format!("seed {SEED:#x}, plant {}, round {round}: killed in {killed_in:?}", self.number);
        println!("{words}, {} ms after \"{mark}\", {outage:?}", moment.as_millis());
        match outage {
            Outage::None => {}
            Outage::AsTheLeaseEnds => {
                let at = LEASE - Duration::from_millis(2_000) + self.chance.up_to(2.5);
                thread::sleep(at.saturating_sub(ended.elapsed()));
            }
            Outage::PastTheLease => {
                while self.plant.changed() {
                    assert!(ended.elapsed() < LEASE + Duration::from_secs(5), "{words}: the lease does nothing");
                    thread::sleep(SCAN);
                }
            }
        }
        let (_, by_lease) = self.plant.writes_since(before);
        // Who comes first is killed on the way back as well.
        if outage == Outage::None && round % 3 == 1 {
            let moment = self.chance.up_to(4.0);
            let again = self.plant.twinscope(&["revert", id.as_str(), "--by", "otto", "--why", "enough"]);
            thread::sleep(moment);
            kill(again, "", Duration::ZERO);
            kills += 1;
        }
        let mut desk = self.desk();
        desk.until("an end", |desk| {
            let board = &desk.changes.board;
            board.ready && board.changes.iter().all(|shown| !shown.request.state().active())
        });
        let (change, notices) = (desk.change(id), desk.desk.notices.list().to_vec());
        desk.until("the end of the lease", |desk| desk.shown(REMAINING) == Some(0.0));
        self.close(desk);
        let entries = self.entries(id);
        let kinds: Vec<AuditKind> = entries.iter().map(|entry| entry.record.what).collect();
        let words = format!("{words}, ends in {:?}: {}\n{kinds:?}\n{notices:?}", change.state(), change.words());

        let announced = announced(&entries);
        let (by_clients_at_last, by_lease_at_last) = self.plant.writes_since(before);
        let last = kinds.last();
        match change.state() {
            State::Approved => assert!(last == Some(&AuditKind::Approved) && announced.is_empty(), "{words}"),
            State::Failed => {
                assert_eq!(last, Some(&AuditKind::PushFailed), "{words}");
                assert!(by_clients_at_last.is_empty(), "{words}");
            }
            State::Reverted => assert_eq!(last, Some(&AuditKind::Reverted), "{words}"),
            _ => panic!("{words}"),
        }
        assert_eq!(self.plant.told().unannounced, [""; 0], "{words}");
        assert!(announced.windows(2).all(|pair| pair[0].number < pair[1].number), "{words}");
        let unanswered = announced.iter().filter(|it| !it.answered).count();
        assert!(unanswered <= kills, "{unanswered} writes without an answer: {words}");
        assert!(explains(&announced, &by_clients_at_last), "the plant was told {by_clients_at_last:?}: {words}");
        assert!(!self.plant.changed(), "{words}");
        for (signal, path, value) in SETTINGS {
            if by_clients_at_last.iter().any(|(written, _)| written == path) {
                let of = |entry: &&AuditEntry| {
                    entry.record.what == AuditKind::ReadBack && entry.record.signal.as_deref() == Some(signal)
                };
                let read = entries.iter().rfind(of).and_then(|entry| entry.record.to.as_ref()?.as_f64());
                assert_eq!(read, Some(value), "what the log says of {signal}: {words}");
            }
        }
        match outage {
            Outage::PastTheLease => {
                for (_, path, value) in SETTINGS.iter().filter(|(_, path, _)| by_clients.iter().any(|it| it.0 == *path))
                {
                    assert!(by_lease.contains(&((*path).to_owned(), *value)), "{by_lease:?}: {words}");
                }
                assert_eq!(by_clients_at_last, by_clients, "what went back is not written again: {words}");
            }
            Outage::AsTheLeaseEnds => {}
            Outage::None => assert_eq!(by_lease_at_last, [], "{words}"),
        }
        Seen { killed_in, ended_in: change.state(), kills }
    }

    /// The entries of a change in the log, whose chain is sound up to its head.
    fn entries(&self, id: &ChangeId) -> Vec<AuditEntry> {
        let log = self.plant.log();
        let read = || BufReader::new(File::open(&log).expect("a log"));
        let head = Head::read(&log.with_extension("head")).expect("a head");
        let summary = verify(read(), head.as_ref()).expect("as it was written");
        let entries: Vec<AuditEntry> = Entries::new(read()).collect::<Result<_, _>>().expect("a sound log");
        assert_eq!(summary.head.number, entries.len() as u64);
        entries.into_iter().filter(|entry| entry.record.change.as_deref() == Some(id.as_str())).collect()
    }
}

/// Half of them with a second setting, which goes at once; half with a trial that ends by itself soon.
fn wish(round: u64) -> Wish {
    let mut settings =
        vec![Setting { signal: SETPOINT.into(), unit: "m".into(), from: 1.0, to: 1.15, ramp_per_sec: None }];
    if round.is_multiple_of(2) {
        settings.push(Setting { signal: PUMP.into(), unit: "%".into(), from: 60.0, to: 70.0, ramp_per_sec: None });
    }
    let lease = Span::from_secs(if round % 4 < 2 { 2 } else { 60 });
    let trial = TrialPlan { lease, abort_conditions: Vec::new(), divergence: None };
    Wish { title: format!("Round {round}"), reason: "more in store".into(), settings, trial }
}

/// Kills it at a moment after it printed something.
fn kill(mut child: Child, mark: &str, after: Duration) {
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while !mark.is_empty() && !line.contains(mark) {
        line.clear();
        if out.read_line(&mut line).expect("text") == 0 {
            let mut why = String::new();
            _ = child.stderr.take().map(|mut stderr| stderr.read_to_string(&mut why));
            panic!("it ended before \"{mark}\": {why}");
        }
    }
    thread::sleep(after);
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

#[test]
fn whoever_comes_after_a_push_that_was_killed_finds_what_it_did_and_the_plant_goes_back() {
    let seen: Vec<Seen> = thread::scope(|scope| {
        let benches = (0..PLANTS).map(|number| {
            scope.spawn(move || {
                let mut bench = Bench { plant: Plant::start(), number, chance: Chance(SEED + number) };
                let ids = bench.approved();
                (0..).zip(&ids).map(|(round, id)| bench.round(round, id)).collect::<Vec<_>>()
            })
        });
        let benches: Vec<_> = benches.collect();
        benches.into_iter().flat_map(|bench| bench.join().expect("a sound plant")).collect()
    });
    let kills: usize = seen.iter().map(|seen| seen.kills).sum();
    assert!(seen.len() >= 50 && kills > seen.len(), "{kills} kills in {} rounds", seen.len());
    for state in [State::Pushing, State::OnTrial, State::Reverting] {
        assert!(seen.iter().any(|seen| seen.killed_in == state), "nothing was killed in {state:?}");
    }
    assert!(seen.iter().any(|seen| seen.ended_in == State::Reverted));
}
