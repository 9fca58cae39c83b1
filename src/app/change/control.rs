//! The thread "control": owns the executor, the accounts and who is logged in. What it is told goes one
//! after the other, so that nothing is done twice at the same time.

mod commands;
mod orders;

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use sha2::{Digest, Sha256};

use super::Clock;
use super::board::{Answer, Board, Shown};
use super::files;
use super::links;
use super::snapshot::Snapshot;
use super::surroundings::{Around, surroundings};
use super::wall::Wall;
use crate::app::channels;
use crate::app::emulator::Ports;
use crate::control::audit::AuditLog;
use crate::control::inbox::Inbox;
use crate::control::people::{Accounts, Cost, Door, Session};
use crate::control::policy::{Judged, Surroundings, judge};
use crate::control::push::{By, Executor, PushError, Request, WriteAccess};
use crate::control::store::Store;
use crate::domain::audit::{AuditKind, AuditRecord};
use crate::domain::change::{ChangeId, ChangeRequest, Event, Evidence, GuardReport, Stage, State, WritePolicy};
use crate::domain::change_command::ChangeCommand;
use crate::domain::change_record::ChangeRecord;
use crate::domain::expression::Expression;
use crate::domain::person::{Desk, Person, UserName};
use crate::domain::signal::{Sample, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::project::Project;

/// Ramps, deadlines and leases move on so often.
const TICK: Duration = Duration::from_secs(1);
/// A desk that said nothing for so long is not there.
const DESK_SILENT: Duration = Duration::from_secs(5);
/// Entries of the log that wait for the desk; it fetches them each frame.
const MOST_HAPPENED: usize = 10_000;
/// What the thread is told.
pub enum Order {
    Command(ChangeCommand),
    /// What becomes of it is told to whoever asked, rather than to everybody.
    Asked(ChangeCommand, Sender<Answer>),
    Plant(Box<Snapshot>),
    /// What the simulated copy said, or why it said nothing.
    Simulated(ChangeId, Result<Box<Evidence>, String>),
}

/// The thread, from outside. Dropping it waits until its last act is on disk.
pub struct Control {
    orders: Option<Sender<Order>>,
    shared: Arc<Mutex<Shared>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread tells.
#[derive(Default)]
struct Shared {
    board: Arc<Board>,
    told: Vec<String>,
    to_simulate: Vec<ChangeId>,
    happened: Vec<ChangeRecord>,
}

impl Control {
    /// Opens what is kept of the plant, takes up its changes and begins.
    ///
    /// # Errors
    /// In words, when something that is kept cannot be used.
    pub fn start(access: WriteAccess, project: &Arc<Project>, ports: &Ports, clock: Clock) -> Result<Self, String> {
        let folder = files::of_plant(&project.root);
        let words = |error: &dyn std::fmt::Display| error.to_string();
        fs::create_dir_all(&folder).map_err(|error| format!("{} cannot be made: {error}.", folder.display()))?;
        let audit = files::audit(&folder);
        // First, because it keeps all other desks out: until then one of them may go on with a change.
        let opened = AuditLog::open(&audit).map_err(|error| words(&error))?;
        let loaded = Store::open(&files::changes(&folder)).map_err(|error| words(&error))?;
        let inbox = files::inbox(&folder);
        let inbox = Inbox::open(&inbox)
            .map_err(|error| format!("{} cannot be used: {error}. Check the rights of the folder.", inbox.display()))?;
        let accounts_at = modified(&files::accounts());
        let accounts = load_accounts()?;
        let shared: Arc<Mutex<Shared>> = Arc::default();
        lock(&shared).told.extend(loaded.unreadable.iter().map(ToString::to_string));
        let (project, links, telling) = (Arc::clone(project), links::of(project, ports)?, Arc::clone(&shared));
        let (orders, ordered) = channels::orders();
        let policy = project.policy.clone();
        let project_digest = digest_of(&project.files);
        let (cut_bytes, last_at) = (opened.cut_bytes, opened.last_at);
        let plant_name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let work = move || {
            // What acted on the plant goes back now, for which the links have to be up: the first word of the
            // plant is waited for.
            let Some(first) = first_snapshot(&ordered) else { return };
            let now = first.now;
            let found = (loaded.store, loaded.changes);
            let wall = Wall::new(clock, last_at);
            let times = (now, wall.now());
            let taken = Executor::open(access, found, opened, links, policy.clone(), project_digest, times);
            let (executor, requests) = match taken {
                Ok(taken) => taken,
                Err(error) => return lock(&telling).told.push(error.to_string()),
            };
            let mut worker = Worker {
                executor,
                policy,
                accounts,
                accounts_at,
                door: Door::default(),
                session: None,
                wall,
                inbox,
                plant_name,
                nonces: None,
                forged: None,
                plant: *first,
                heard: Instant::now(),
                expressions: HashMap::new(),
                audit,
                shared: telling,
            };
            if cut_bytes > 0 {
                _ = worker.executor.audit(&AuditRecord::new(worker.wall.now(), AuditKind::LogRepaired));
            }
            worker.pass_on(requests);
            worker.work(&ordered);
        };
        let thread = thread::Builder::new().name("control".to_owned()).spawn(work);
        let thread = thread.map_err(|error| format!("The thread for changes cannot be had: {error}."))?;
        Ok(Self { orders: Some(orders), shared, thread: Some(thread) })
    }

    /// # Errors
    /// When the thread has ended or does not keep up.
    pub fn order(&self, order: Order) -> Result<(), String> {
        let sent = self.orders.as_ref().map(|orders| orders.try_send(order).is_ok());
        if sent == Some(true) { Ok(()) } else { Err("Changes cannot be carried out; see the notices.".to_owned()) }
    }

    /// The thread is gone; what it told last says why.
    pub fn ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&lock(&self.shared).board)
    }

    /// What people are to be told since it was asked last.
    pub fn told(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.shared).told)
    }

    /// What was appended to the audit log since it was asked last, in order.
    pub fn happened(&self) -> Vec<ChangeRecord> {
        std::mem::take(&mut lock(&self.shared).happened)
    }

    /// Changes that are to be simulated.
    pub fn to_simulate(&self) -> Vec<ChangeId> {
        std::mem::take(&mut lock(&self.shared).to_simulate)
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

fn first_snapshot(ordered: &Receiver<Order>) -> Option<Box<Snapshot>> {
    loop {
        match ordered.recv() {
            Ok(Order::Plant(plant)) if !plant.present.is_empty() => return Some(plant),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

struct Worker {
    executor: Executor,
    policy: WritePolicy,
    accounts: Accounts,
    /// When their file was written that they were read from.
    accounts_at: Option<SystemTime>,
    door: Door,
    session: Option<Session>,
    wall: Wall,
    inbox: Inbox,
    /// Name of the folder of the plant: orders name it.
    plant_name: String,
    /// Nonces that were used, once they were asked for.
    nonces: Option<BTreeSet<String>>,
    /// When an order that nobody signed was recorded last, and how many came since.
    forged: Option<(Timestamp, u32)>,
    plant: Snapshot,
    /// When the plant was heard of last.
    heard: Instant,
    /// Abort conditions and interlocks by their texts; none where a text is no expression.
    expressions: HashMap<String, Option<Expression>>,
    audit: PathBuf,
    shared: Arc<Mutex<Shared>>,
}

impl Worker {
    fn work(&mut self, ordered: &Receiver<Order>) {
        let mut ticked = Instant::now();
        loop {
            self.show();
            match ordered.recv_timeout(TICK.saturating_sub(ticked.elapsed())) {
                Ok(order) => self.take(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if ticked.elapsed() >= TICK {
                ticked = Instant::now();
                self.tick();
            }
        }
    }

    /// Plant time.
    fn now(&self) -> Timestamp {
        self.plant.now + Span::from(self.heard.elapsed())
    }

    fn take(&mut self, order: Order) {
        self.look_at_clock();
        let done = match order {
            Order::Plant(plant) => {
                (self.plant, self.heard) = (*plant, Instant::now());
                self.observe();
                Ok(())
            }
            Order::Simulated(id, found) => {
                let event = match found {
                    Ok(evidence) => Event::Simulated(evidence),
                    Err(why) => Event::SimulationFailed { why },
                };
                self.handle(&id, event, By::default())
            }
            Order::Command(command) => self.carry_out(command).map(|_| ()),
            Order::Asked(command, answer) => {
                // Who no longer waits for it gets none.
                _ = answer.send(self.carry_out(command));
                Ok(())
            }
        };
        if let Err(words) = done {
            lock(&self.shared).told.push(words);
        }
    }

    fn by(&self, user: &UserName) -> By {
        let account = self.accounts.get(user).filter(|account| !account.disabled);
        By { role: account.map(|account| account.role), nonce: None }
    }

    fn change(&self, id: &ChangeId) -> Result<&ChangeRequest, String> {
        self.executor.change(id).ok_or_else(|| format!("There is no change {id}. Choose one from the list."))
    }

    fn report(&self, id: &ChangeId, stage: Stage, actor: &UserName) -> Result<GuardReport, String> {
        let around = self.surroundings(self.change(id)?, stage, actor);
        self.executor.report(id, stage, around).ok_or_else(|| format!("There is no change {id}."))
    }

    fn surroundings(&self, change: &ChangeRequest, stage: Stage, actor: &UserName) -> Surroundings {
        let around = Around {
            policy: &self.policy,
            accounts: &self.accounts,
            plant: &self.plant,
            now: self.now(),
            wall: self.wall.now(),
        };
        surroundings(&around, self.executor.changes(), change, stage, actor)
    }

    fn handle(&mut self, id: &ChangeId, event: Event, by: By) -> Result<(), String> {
        let now = self.now();
        let requests = self.executor.handle(id, event, &by, now).map_err(|error: PushError| error.to_string())?;
        self.pass_on(requests);
        Ok(())
    }

    /// Where the wall clock was set back, nobody can tell how old an approval is: it is to be given anew.
    fn look_at_clock(&mut self) {
        let set_back = self.wall.set_back();
        self.executor.tell_wall(self.now(), self.wall.now());
        let Some(by) = set_back else { return };
        let mut record = AuditRecord::new(self.wall.now(), AuditKind::ClockSetBack);
        record.outcome = format!("by {by}");
        let recorded = self.executor.audit(&record).map(|_| ()).map_err(|error| error.to_string());
        let words = format!(
            "The clock of this computer was set back by {by}. Whoever was logged in has to log in again, and \
             approvals have to be given anew. Find out who set it."
        );
        lock(&self.shared).told.extend(recorded.err().into_iter().chain([words]));
        let approved = self.executor.changes().filter(|change| change.state() == State::Approved);
        let approved: Vec<ChangeId> = approved.map(|change| change.id.clone()).collect();
        for id in approved {
            let why = format!("The clock was set back by {by}, and nobody can tell how old the approval is.");
            if let Err(words) = self.handle(&id, Event::ApprovalOver { why }, By::default()) {
                lock(&self.shared).told.push(words);
            }
        }
    }

    /// Takes accounts that were changed meanwhile: who was disabled cannot go on. A file that is not in order changes
    /// nothing.
    fn refresh_accounts(&mut self) {
        let at = modified(&files::accounts());
        if at == self.accounts_at {
            return;
        }
        self.accounts_at = at;
        match load_accounts() {
            Ok(accounts) => self.accounts = accounts,
            Err(words) => lock(&self.shared).told.push(words),
        }
    }

    fn tick(&mut self) {
        self.look_at_clock();
        self.refresh_accounts();
        self.take_orders();
        let (now, alive) = (self.now(), self.heard.elapsed() < DESK_SILENT);
        let conditions = self.executor.changes().flat_map(|change| change.wish().trial.abort_conditions.clone());
        let interlocks = self.policy.writable.iter().flat_map(|rule| &rule.interlocks);
        let texts: Vec<String> = conditions.chain(interlocks.map(|expression| expression.text().to_owned())).collect();
        for text in texts {
            self.expressions.entry(text).or_insert_with_key(|text| Expression::parse(text).ok());
        }
        let (expressions, plant, fresh) = (&self.expressions, &self.plant, self.policy.value_fresh);
        let judged = |text: &str| judged(expressions, plant, fresh, text);
        let requests = self.executor.tick(now, alive, &judged);
        self.pass_on(requests);
    }

    /// Lets trials look at what the plant shows.
    fn observe(&mut self) {
        let watched = self.executor.changes().filter(|change| change.state() == State::OnTrial);
        let bands = watched.filter_map(ChangeRequest::evidence).flat_map(|evidence| &evidence.bands);
        let signals: BTreeSet<String> = bands.map(|band| band.signal.clone()).collect();
        let now = self.plant.now;
        for path in signals {
            let Some(present) = self.plant.present.get(&path) else { continue };
            // Many sources tell a value only when it changes: it holds until it is too old to say anything.
            let at = if present.age <= self.policy.value_fresh { now } else { now - present.age };
            let sample = Sample {
                signal: SignalId(0),
                source_time: at,
                received_time: now,
                value: present.value.clone(),
                quality: present.quality,
            };
            let requests = self.executor.observe(&path, &sample, now);
            self.pass_on(requests);
        }
    }

    fn pass_on(&self, requests: Vec<Request>) {
        let mut shared = lock(&self.shared);
        for request in requests {
            match request {
                Request::Simulate(id) => shared.to_simulate.push(id),
                Request::Notify { change, words } => shared.told.push(format!("{change}: {words}")),
                Request::StartTrial { change, until } => {
                    shared.told.push(format!("{change} is on trial until {until}. Keep it or it goes back."));
                }
            }
        }
    }

    /// Tells the desk how everything stands.
    fn show(&mut self) {
        let (now, wall) = (self.now(), self.wall.now());
        let person = self.session.as_ref().filter(|session| session.holds(wall)).and_then(|session| {
            let account = self.accounts.get(&session.user)?;
            Some(Person { name: account.name.clone(), role: account.role, full_name: account.full_name.clone() })
        });
        let mut changes: Vec<Shown> = self.executor.changes().map(|change| self.shown(change, &person, now)).collect();
        changes.reverse();
        let enabled = self.accounts.list().filter(|account| !account.disabled);
        let board = Board {
            ready: true,
            changes,
            desk: Desk { person, view_only: None },
            accounts: enabled.map(|account| (account.name.clone(), account.role)).collect(),
            told: Vec::new(),
        };
        let happened = self.executor.happened();
        let mut shared = lock(&self.shared);
        shared.board = Arc::new(board);
        let room = MOST_HAPPENED.saturating_sub(shared.happened.len());
        if (1..happened.len()).contains(&room) {
            shared
                .told
                .push("The desk does not keep up: entries of the audit log are not in the recording.".to_owned());
        }
        shared.happened.extend(happened.into_iter().take(room));
    }

    fn shown(&self, change: &ChangeRequest, person: &Option<Person>, now: Timestamp) -> Shown {
        let stage = match change.state() {
            State::Compared => Some(Stage::Approval),
            State::Approved => Some(Stage::Push),
            state if state.editable() => Some(Stage::Draft),
            _ => None,
        };
        let actor = person.as_ref().map_or(&change.requester, |person| &person.name);
        let guards =
            stage.and_then(|stage| self.executor.report(&change.id, stage, self.surroundings(change, stage, actor)));
        let condition = |text: &String| match judged(&self.expressions, &self.plant, self.policy.value_fresh, text) {
            Judged::True => Some(true),
            Judged::False => Some(false),
            Judged::Unknown(_) => None,
        };
        let until = change.progress().and_then(|progress| progress.until).filter(|_| change.state() == State::OnTrial);
        let down = change.wish().settings.iter().filter_map(|setting| {
            let up = self.executor.connected(&setting.signal);
            up.err().map(|why| format!("{}: {why}", setting.signal))
        });
        Shown {
            request: change.clone(),
            guards,
            conditions: change.wish().trial.abort_conditions.iter().map(condition).collect(),
            lease_left: until.map(|until| until - now),
            link: down.collect::<Vec<_>>().join("; "),
        }
    }
}

fn judged(expressions: &HashMap<String, Option<Expression>>, plant: &Snapshot, fresh: Span, text: &str) -> Judged {
    match expressions.get(text) {
        Some(Some(expression)) => judge(expression, &|name| plant.present.get(name), fresh),
        Some(None) => Judged::Unknown("it is no expression".to_owned()),
        None => Judged::Unknown("it was not judged yet".to_owned()),
    }
}

fn load_accounts() -> Result<Accounts, String> {
    let file = files::accounts();
    match file.is_file() {
        true => Accounts::load(&file, Cost::OWASP).map_err(|error| error.to_string()),
        false => Ok(Accounts::new(Cost::OWASP)),
    }
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|data| data.modified()).ok()
}

/// SHA-256 over the files of a project, in hex; none where one cannot be read.
fn digest_of(files: &[PathBuf]) -> Option<String> {
    let mut digest = Sha256::new();
    for file in files.iter().filter(|file| file.is_file()) {
        std::io::copy(&mut File::open(file).ok()?, &mut digest).ok()?;
    }
    Some(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
