use tempfile::TempDir;

use super::*;
use crate::control::people::testing::{PASSWORD, accounts, at, user};
use crate::control::people::{Act, Ordered};

fn order(first: u8) -> OrderFile {
    let key = accounts().signing_key(&user("otto"), PASSWORD).expect("a key");
    let ordered = Ordered {
        plant: "demo".to_owned(),
        act: Act::Keep,
        change: "C-1".to_owned(),
        state: "on trial".to_owned(),
        digest: String::new(),
        wish: String::new(),
        reason: String::new(),
    };
    let mut next = first;
    let mut random = |bytes: &mut [u8]| {
        bytes.fill(next);
        next = next.wrapping_add(1);
        Ok(())
    };
    OrderFile::sign(&key, ordered, at(0), &mut random).expect("an order")
}

fn inbox() -> (TempDir, Inbox) {
    let folder = tempfile::tempdir().expect("a folder");
    let inbox = Inbox::open(&folder.path().join("inbox")).expect("an inbox");
    (folder, inbox)
}

fn names(inbox: &Inbox) -> Vec<String> {
    let entries = fs::read_dir(&inbox.folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn an_order_is_taken_once_and_answered_to_who_gave_it() {
    let (_folder, mut inbox) = inbox();
    let given = order(1);
    send(&inbox.folder, &given).expect("sent");
    assert_eq!(take_answer(&inbox.folder, given.nonce()).expect("no error"), None);
    let found = inbox.look(at(1));
    assert_eq!((found.orders, found.notice), (vec![(given.nonce(), Ok(given.clone()))], None));
    assert!(names(&inbox).is_empty() && inbox.look(at(1)).orders.is_empty());
    assert!(!withdraw(&inbox.folder, given.nonce()), "the desk has it");
    let answer = OrderAnswer { done: false, change: None, words: "It is late.".to_owned() };
    inbox.answer(given.nonce(), &answer, at(2)).expect("answered");
    assert_eq!(take_answer(&inbox.folder, given.nonce()).expect("an answer"), Some(answer));
    assert!(names(&inbox).is_empty());
}

#[test]
fn an_order_that_nobody_took_can_be_taken_back() {
    let (_folder, mut inbox) = inbox();
    send(&inbox.folder, &order(1)).expect("sent");
    assert!(withdraw(&inbox.folder, order(1).nonce()));
    assert!(inbox.look(at(1)).orders.is_empty());
}

#[test]
fn answers_that_nobody_fetches_go_after_a_minute_and_with_the_next_desk() {
    let (_folder, mut inbox) = inbox();
    let answer = OrderAnswer { done: true, change: ChangeId::new("C-1").ok(), words: String::new() };
    inbox.answer(Hex([1; 16]), &answer, at(0)).expect("answered");
    inbox.look(at(60));
    assert_eq!(names(&inbox).len(), 1);
    inbox.look(at(61));
    assert_eq!(names(&inbox), [""; 0]);
    inbox.answer(Hex([2; 16]), &answer, at(62)).expect("answered");
    let inbox = Inbox::open(&inbox.folder).expect("an inbox");
    assert_eq!(names(&inbox), [""; 0]);
}

#[test]
fn what_does_not_belong_there_is_left_alone_and_told_once() {
    let (folder, mut inbox) = inbox();
    let secret = folder.path().join("secret");
    fs::write(&secret, order(9).to_json().expect("text")).expect("written");
    fs::write(inbox.folder.join("notes.txt"), "hello").expect("written");
    fs::write(inbox.folder.join("../x.order"), "hello").expect("written");
    fs::write(inbox.folder.join(format!("{}.order", "g".repeat(32))), "hello").expect("written");
    fs::create_dir(inbox.folder.join(format!("{}.order", Hex([3; 16])))).expect("made");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&secret, inbox.folder.join(format!("{}.order", Hex([4; 16])))).expect("linked");
    let before = names(&inbox);
    let found = inbox.look(at(0));
    assert!(found.orders.is_empty() && found.notice.is_some_and(|words| words.contains("is no order")));
    let again = inbox.look(at(1));
    assert!(again.orders.is_empty() && again.notice.is_none());
    assert_eq!(names(&inbox), before);
    assert!(secret.is_file());
}

#[test]
fn hostile_content_is_taken_out_and_refused_and_a_flood_waits() {
    let (_folder, mut inbox) = inbox();
    let folder = inbox.folder.clone();
    let put = |nonce: u8, content: &[u8]| {
        fs::write(folder.join(format!("{}.order", Hex([nonce; 16]))), content).expect("written");
    };
    let huge = vec![b'['; 10 * LARGEST_ORDER];
    for (nonce, content) in [(1, &b""[..]), (2, b"\xff\xfe"), (3, b"{}"), (4, &huge)] {
        put(nonce, content);
    }
    let mut taken = inbox.look(at(0)).orders;
    taken.sort_by_key(|(nonce, _)| *nonce);
    assert_eq!(taken.len(), 4);
    assert!(taken.iter().all(|(_, order)| matches!(order, Err(OrderRefusal::Malformed { .. }))), "{taken:?}");
    (0..20).for_each(|nonce| put(nonce, b"{}"));
    let counts = [0; 4].map(|_| inbox.look(at(0)).orders.len());
    assert_eq!(counts, [8, 8, 4, 0]);
}
