//! What the program does not do, and the reason that it gives. One plant for all of it, where nothing is pushed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tempfile::TempDir;
use twinscope::app;
use twinscope::app::change::files;
use twinscope::app::change::headless::Headless;
use twinscope::control::audit::{Entries, verify};
use twinscope::control::inbox::{OrderAnswer, send, take_answer};
use twinscope::control::people::{Accounts, Act, ApprovalFile, Cost, OrderFile, Ordered, SigningKey};
use twinscope::control::policy::digest;
use twinscope::domain::audit::AuditKind;
use twinscope::domain::change::{ChangeId, State, Wish};
use twinscope::domain::change_command::{ChangeCommand, Password};
use twinscope::domain::time::{Span, Timestamp};

use crate::desk::{DEADLINE, Desk, PASSWORD, approve, demo_folder, now, password, push_as, random, slower, user};

const LEASE: Span = Span::from_secs(600);

/// Its clock only goes on, but in one test, which sets it back and so begins anew.
fn plant() -> MutexGuard<'static, Desk> {
    static PLANT: OnceLock<Mutex<Desk>> = OnceLock::new();
    PLANT.get_or_init(|| Mutex::new(Desk::new())).lock().unwrap_or_else(PoisonError::into_inner)
}

fn key(name: &str) -> SigningKey {
    let accounts = Accounts::load(&files::accounts(), Cost { memory_kib: 8, passes: 1, lanes: 1 }).expect("accounts");
    accounts.signing_key(&user(name), PASSWORD).expect("a key")
}

/// An approval file, signed on "another computer" at this moment of the desk's clock.
fn approval(desk: &Desk, id: &ChangeId, by: &str, valid: Span) -> (TempDir, PathBuf) {
    let digest = digest(&desk.change(id));
    let span = (desk.clock(), valid);
    let signed = ApprovalFile::sign(&key(by), id.as_str(), &digest, "seen", span, &mut random()).expect("signed");
    put(&signed.to_json().expect("text"))
}

fn put(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("approval.json");
    fs::write(&path, text).expect("written");
    (folder, path)
}

fn says(words: &str, wanted: &str) {
    assert!(words.contains(wanted), "expected \"{wanted}\" in: {words}");
}

#[test]
fn wrong_passwords_are_refused_alike_and_then_lock_the_name_for_a_time() {
    let mut plant = plant();
    let mut login = |name: &str, password: &str| {
        let (user, password) = (user(name), Password::new(password.to_owned()));
        plant.desk.ask(ChangeCommand::Login { user, password }).err().unwrap_or_default()
    };
    assert_eq!(login("wanda", "wrong"), login("nobody", "wrong"), "it does not tell whether there is such a name");
    for _ in 0..4 {
        says(&login("wanda", "wrong"), "Nobody is logged in");
    }
    says(&login("wanda", PASSWORD), "It is locked until");
    plant.set_clock(Span::from_secs(31));
    plant.login("wanda");
    assert!(plant.audited(AuditKind::LoginFailed).len() >= 7);
}

#[test]
fn approvals_count_for_one_change_as_it_was_by_a_second_person_in_their_time_and_once() {
    let mut plant = plant();
    let id = plant.compared("otto", slower(LEASE));
    let take = |plant: &mut Desk, path: &Path| {
        plant.desk.ask(ChangeCommand::TakeApprovalFile(path.to_owned())).err().unwrap_or_default()
    };
    let (_late, late) = approval(&plant, &id, "ann", Span::from_secs(60));
    plant.set_clock(Span::from_secs(60));
    says(&take(&mut plant, &late), "The approval ended at");
    let (_good, good) = approval(&plant, &id, "ann", LEASE);
    let forged = fs::read_to_string(&good).expect("text");
    let other = plant.ask(ChangeCommand::Draft { wish: slower(Span::from_secs(700)) }).expect("an id");
    let (_other, other) = put(&forged.replace(id.as_str(), other.as_str()));
    says(&take(&mut plant, &other), "The signature is not that of ann");
    let (_gone, gone) = put(&forged.replace(id.as_str(), "C-2020-01-01-0001"));
    says(&take(&mut plant, &gone), "There is no change C-2020-01-01-0001");
    let (_own, own) = approval(&plant, &id, "otto", LEASE);
    says(&take(&mut plant, &own), "only an approver may approve");
    let (_empty, empty) = put("{}");
    says(&take(&mut plant, &empty), "This is no approval file");
    assert_eq!(plant.change(&id).state(), State::Compared);
    assert_eq!(take(&mut plant, &good), "");
    plant.reach(&id, State::Approved);
    says(&take(&mut plant, &good), "This approval was used before");
    // What was approved is another change now, for which neither that approval nor its file counts.
    plant.ask(ChangeCommand::Edit { id: id.clone(), wish: slower(Span::from_secs(900)) });
    plant.reach(&id, State::Draft);
    says(&plant.refusal(push_as(&id, "otto")), "draft");
    plant.ask(ChangeCommand::Simulate(id.clone()));
    plant.reach(&id, State::Compared);
    says(&plant.refusal(push_as(&id, "otto")), "compared, in which it cannot be pushed");
    says(&take(&mut plant, &good), "The change is not what ann approved");
    assert_eq!(plant.speed(), 600.0);
}

#[test]
fn who_asked_for_a_change_does_not_approve_it_whatever_the_role() {
    let mut plant = plant();
    let id = plant.compared("ann", slower(LEASE));
    says(&plant.refusal(approve(&id, "ann")), "ann asked for the change and cannot approve it");
    let (_own, own) = approval(&plant, &id, "ann", LEASE);
    says(&plant.refusal(ChangeCommand::TakeApprovalFile(own)), "ann asked for this change");
    assert_eq!(plant.change(&id).state(), State::Compared);
    plant.ask(approve(&id, "bob"));
    plant.reach(&id, State::Approved);
    let refused = plant.audited(AuditKind::PolicyRefused);
    assert!(refused.iter().any(|entry| entry.record.change.as_deref() == Some(id.as_str())));
}

#[test]
fn approvals_end_by_the_wall_clock_and_when_it_is_set_back() {
    let mut plant = Desk::new();
    let id = plant.compared("otto", slower(LEASE));
    plant.ask(approve(&id, "ann"));
    plant.reach(&id, State::Approved);
    let plant_time = plant.desk.now();
    plant.set_clock(Span::from_secs(8 * 3_600));
    plant.reach(&id, State::Expired);
    assert!(plant.desk.now() - plant_time < Span::from_secs(60), "the plant's own time did not move");
    says(&plant.refusal(push_as(&id, "otto")), "cannot be pushed");

    let id = plant.compared("otto", slower(Span::from_secs(700)));
    plant.ask(approve(&id, "ann"));
    plant.reach(&id, State::Approved);
    plant.set_clock(Span::from_secs(-7_260));
    plant.reach(&id, State::Expired);
    says(&plant.change(&id).words(), "The clock was set back by 2 h");
    let set_back = plant.audited(AuditKind::ClockSetBack);
    assert!(set_back.len() == 1 && set_back[0].record.outcome.starts_with("by 2 h"), "{set_back:?}");
    says(&plant.refusal(ChangeCommand::Simulate(id.clone())), "Nobody is logged in");
    // Also while nothing ran: the log says how late it was.
    let log = plant.desk.audit_log();
    let folder = plant.close();
    let mut again = Desk::on(folder);
    again.until("the entry", |_| {
        let entries = Entries::new(std::io::BufReader::new(fs::File::open(&log).expect("a log")));
        entries.flatten().filter(|entry| entry.record.what == AuditKind::ClockSetBack).count() >= 2
    });
    let summary = verify(std::io::BufReader::new(fs::File::open(&log).expect("a log")), None).expect("a sound log");
    assert!(!summary.steps_back.is_empty());
}

#[test]
fn what_was_changed_on_disk_is_found_before_anything_is_written() {
    let mut plant = Desk::new();
    let id = plant.compared("otto", slower(LEASE));
    plant.ask(approve(&id, "ann"));
    plant.reach(&id, State::Approved);
    let (log, store) = (plant.desk.audit_log(), files::changes(&plant.plant_folder()));
    let folder = plant.close();
    let change = store.join(format!("{id}.json"));
    let text = fs::read_to_string(&change).expect("a change");
    let forged = text.replace("\"to\":570.0", "\"to\":520.0");
    assert_ne!(text, forged);
    fs::write(&change, forged).expect("written");
    let mut plant = Desk::on(folder);
    assert_eq!((plant.change(&id).state(), plant.change(&id).wish().settings[0].to), (State::Approved, 520.0));
    says(&plant.refusal(push_as(&id, "otto")), "The approval is for another change, or an earlier state of it");
    assert_eq!(plant.speed(), 600.0);

    let folder = plant.close();
    let text = fs::read_to_string(&log).expect("a log");
    let line = text.lines().position(|line| line.contains("\"what\":\"approved\"")).expect("an approval") + 1;
    fs::write(
        &log,
        text.replace("\"person\":\"ann\",\"role\":\"approver\"", "\"person\":\"bob\",\"role\":\"approver\""),
    )
    .expect("written");
    let mut plant = Desk::opened(folder);
    let words = plant.desk.connect(&[], DEADLINE).expect_err("a refusal");
    says(&words, &format!("Line {line} of the audit log was changed"));
    says(&words, "Nothing is written to the plant");
    assert!(plant.refusal(ChangeCommand::Draft { wish: Wish::default() }).contains("cannot be opened"));
}

#[test]
fn nothing_is_written_where_the_project_does_not_turn_it_on_or_the_program_only_looks() {
    let folder = demo_folder();
    let file = folder.path().join("twin.toml");
    let login = || ChangeCommand::Login { user: user("otto"), password: password() };
    let open = |view_only| {
        let project = app::read(folder.path().to_owned()).expect("the demo").project;
        Headless::open_by(project, view_only, Arc::new(now)).expect("threads")
    };
    let mut looking = open(true);
    says(&looking.connect(&[], DEADLINE).expect_err("a refusal"), "--view-only");
    says(&looking.ask(login()).expect_err("a refusal"), "--view-only");
    let text = fs::read_to_string(&file).expect("the demo");
    fs::write(&file, text.replace("[control]\nenabled = true", "[control]\nenabled = false")).expect("written");
    let mut off = open(false);
    says(&off.connect(&[], DEADLINE).expect_err("a refusal"), "does not turn writing on");
    says(&off.ask(login()).expect_err("a refusal"), "does not turn writing on");
    assert!(!files::of_plant(folder.path()).exists(), "nothing was begun");
}

#[test]
fn a_second_desk_on_a_plant_is_told_who_holds_it() {
    let plant = plant();
    let project = app::read(plant.project.path().to_owned()).expect("the demo").project;
    let mut second = Headless::open(project).expect("threads");
    says(&second.connect(&[], DEADLINE).expect_err("a refusal"), "is in use by another window of this program");
    says(&second.ask(ChangeCommand::Logout).expect_err("a refusal"), "cannot be opened");
}

/// An order that this person gives at a moment of the desk's clock.
fn order(desk: &Desk, by: &str, (act, id): (Act, &ChangeId), at: Timestamp) -> OrderFile {
    let change = desk.change(id);
    let plant = desk.plant_folder().file_name().expect("a name").to_string_lossy().into_owned();
    let ordered = Ordered {
        plant,
        act,
        change: id.to_string(),
        state: change.state().name().to_owned(),
        digest: digest(&change),
        wish: String::new(),
        reason: "by order".to_owned(),
    };
    OrderFile::sign(&key(by), ordered, at, &mut random()).expect("an order")
}

fn obeyed(desk: &mut Desk, order: &OrderFile) -> OrderAnswer {
    let inbox = files::inbox(&desk.plant_folder());
    send(&inbox, order).expect("sent");
    let mut answer = None;
    desk.desk.until(DEADLINE, |_| {
        answer = take_answer(&inbox, order.nonce()).expect("an answer");
        answer.is_some()
    });
    answer.expect("an answer")
}

#[test]
fn orders_from_beside_are_carried_out_once_while_fresh_for_what_was_seen() {
    let mut plant = plant();
    plant.login("otto");
    let id = plant.ask(ChangeCommand::Draft { wish: slower(LEASE) }).expect("an id");
    plant.until("the draft", |desk| desk.change(&id).is_some());
    let inbox = files::inbox(&plant.plant_folder());
    fs::write(inbox.join("notes.txt"), "hello").expect("written");
    let clock = plant.clock();
    let late = order(&plant, "otto", (Act::Rollback, &id), clock - Span::from_secs(31));
    says(&obeyed(&mut plant, &late).words, "holds for 30.0 s");
    let ahead = order(&plant, "otto", (Act::Rollback, &id), clock + Span::from_secs(60));
    says(&obeyed(&mut plant, &ahead).words, "from now");
    let viewer = order(&plant, "vera", (Act::Rollback, &id), clock);
    says(&obeyed(&mut plant, &viewer).words, "vera is viewer");
    let not_now = order(&plant, "otto", (Act::Keep, &id), clock);
    says(&obeyed(&mut plant, &not_now).words, "in which it cannot be kept");

    let good = order(&plant, "otto", (Act::Rollback, &id), clock);
    let text = good.to_json().expect("text");
    let forged = OrderFile::parse(text.replace("rollback", "simulate").as_bytes()).expect("an order");
    says(&obeyed(&mut plant, &forged).words, "The signature is not that of otto");
    let answer = obeyed(&mut plant, &good);
    let drafted = answer.change.clone().expect("a change");
    assert!(answer.done && drafted != id, "{answer:?}");
    says(&obeyed(&mut plant, &good).words, "This order was given before");
    let seen = order(&plant, "otto", (Act::Simulate, &drafted), clock);
    plant.ask(ChangeCommand::Edit { id: drafted.clone(), wish: slower(Span::from_secs(900)) });
    says(&obeyed(&mut plant, &seen).words, "The change is not what otto saw");

    let taken = plant.audited(AuditKind::OrderTaken);
    let nonces: Vec<_> = taken.iter().filter_map(|entry| entry.record.nonce.clone()).collect();
    assert!(nonces.contains(&good.nonce().to_string()), "{nonces:?}");
    let refused = plant.audited(AuditKind::OrderRefused);
    let unsigned = refused.iter().filter(|entry| entry.record.person.is_none()).count();
    assert!(refused.len() >= 6 && unsigned == 1, "{refused:?}");
    let strange = plant.desk.notices.list().iter().filter(|notice| notice.what.contains("notes.txt")).count();
    assert!(strange == 1 && inbox.join("notes.txt").is_file());
}
