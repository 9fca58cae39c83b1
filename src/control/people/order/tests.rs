use super::super::testing::{PASSWORD, accounts, at, counting, user};
use super::*;

const PLANT: &str = "demo-0123456789ab";

fn ordered(act: Act) -> Ordered {
    Ordered {
        plant: PLANT.to_owned(),
        act,
        change: "C-2026-11-25-0003".to_owned(),
        state: "on trial".to_owned(),
        digest: "ab".repeat(32),
        wish: String::new(),
        reason: "foam".to_owned(),
    }
}

/// Given at 0.
fn order(by: &str, act: Act) -> OrderFile {
    let key = accounts().signing_key(&user(by), PASSWORD).expect("a key");
    OrderFile::sign(&key, ordered(act), at(0), &mut counting()).expect("an order")
}

fn checked(file: &OrderFile, second: i64, used: &BTreeSet<String>) -> Result<Statement, OrderRefusal> {
    file.check(&accounts(), (PLANT, file.nonce()), at(second), used).cloned()
}

/// The bytes are written out by hand from the rule in the module doc.
#[test]
fn what_is_signed_is_every_field_with_its_length() {
    let file = order("otto", Act::Keep);
    let digest = "ab".repeat(32);
    let (begin, end) = (at(0).as_nanos(), at(30).as_nanos());
    let expected = format!(
        "twinscope order 1\n17:{PLANT}\n4:keep\n17:C-2026-11-25-0003\n8:on trial\n64:{digest}\n0:\n4:otto\n4:foam\n\
         19:{begin}\n19:{end}\n32:{}\n",
        file.nonce()
    );
    assert_eq!(String::from_utf8_lossy(&file.statement.signed_bytes()), expected);
}

#[test]
fn each_field_is_signed() {
    let forgeries: [fn(&mut Statement); 11] = [
        |it| it.plant.push('1'),
        |it| it.act = Act::Keep,
        |it| it.change.push('1'),
        |it| it.state.clear(),
        |it| it.digest = "cd".repeat(32),
        |it| it.wish.push(' '),
        |it| it.by = user("emil"),
        |it| it.reason.clear(),
        |it| it.at = it.at + Span::from_secs(1),
        |it| it.expires = it.expires + Span::from_secs(1),
        |it| it.nonce.0[0] ^= 1,
    ];
    for (field, forge) in forgeries.into_iter().enumerate() {
        let mut forged = order("otto", Act::Revert);
        forge(&mut forged.statement);
        let by = forged.statement.by.clone();
        assert_eq!(checked(&forged, 1, &BTreeSet::new()), Err(OrderRefusal::Signature { by }), "field {field}");
    }
}

#[test]
fn an_order_counts_once_in_its_half_minute() {
    let (file, none) = (order("otto", Act::Keep), BTreeSet::new());
    for second in [-5, 0, 29] {
        assert!(checked(&file, second, &none).is_ok(), "{second}");
    }
    let ahead = Span::from_secs(6);
    assert_eq!(checked(&file, -6, &none), Err(OrderRefusal::FromTheFuture { at: at(0), ahead }));
    assert_eq!(checked(&file, 30, &none), Err(OrderRefusal::Late { at: at(0) }));
    assert_eq!(checked(&file, 1, &BTreeSet::from([file.nonce().to_string()])), Err(OrderRefusal::Replayed));
    // One that says that it holds longer than any order does.
    let key = accounts().signing_key(&user("otto"), PASSWORD).expect("a key");
    let mut long = file.clone();
    long.statement.expires = at(3600);
    long.signature = key.sign(&long.statement.signed_bytes()).expect("signed");
    assert_eq!(checked(&long, 30, &none), Err(OrderRefusal::Late { at: at(0) }));
}

#[test]
fn an_order_is_of_a_person_who_may_for_this_plant_and_under_its_name() {
    let none = BTreeSet::new();
    let by = user("vera");
    let low = OrderRefusal::Role { by, role: Role::Viewer, least: Role::Operator };
    assert_eq!(checked(&order("vera", Act::Revert), 1, &none), Err(low));
    let (file, mut people) = (order("otto", Act::Revert), accounts());
    let check = |people: &Accounts, plant, name| file.check(people, (plant, name), at(1), &none).cloned();
    let other = OrderRefusal::OtherPlant { found: PLANT.to_owned(), wanted: "other".to_owned() };
    assert_eq!(check(&people, "other", file.nonce()), Err(other));
    assert_eq!(check(&people, PLANT, Hex([9; 16])), Err(OrderRefusal::OtherName));
    people.set_disabled(&user("otto"), true).expect("disabled");
    assert_eq!(check(&people, PLANT, file.nonce()), Err(OrderRefusal::Disabled { by: user("otto") }));
    let nobody = Accounts::new(super::super::testing::CHEAP);
    assert_eq!(check(&nobody, PLANT, file.nonce()), Err(OrderRefusal::NoAccount { by: user("otto") }));
}

#[test]
fn an_order_is_for_the_change_as_it_was_seen_and_going_back_for_every_state_of_it() {
    let (digest, keep, revert) = ("ab".repeat(32), order("otto", Act::Keep), order("otto", Act::Revert));
    assert_eq!(keep.statement.fits(State::OnTrial, &digest), Ok(()));
    let other = OrderRefusal::OtherState { state: State::Reverting, expected: "on trial".to_owned() };
    assert_eq!(keep.statement.fits(State::Reverting, &digest), Err(other));
    assert_eq!(revert.statement.fits(State::ReadingBack, &digest), Ok(()));
    let other = OrderRefusal::OtherDigest { by: user("otto") };
    assert_eq!(revert.statement.fits(State::OnTrial, &"cd".repeat(32)), Err(other));
}

#[test]
fn cut_huge_and_foreign_files_are_no_orders() {
    let text = order("otto", Act::Draft).to_json().expect("text");
    assert_eq!(OrderFile::parse(text.as_bytes()), Ok(order("otto", Act::Draft)));
    for length in 0..text.len() {
        let refusal = OrderFile::parse(&text.as_bytes()[..length]);
        assert!(matches!(refusal, Err(OrderRefusal::Malformed { .. })), "{length} bytes");
    }
    let huge = text.replace("foam", &"x".repeat(LARGEST));
    let long = text.replace("foam", &"x".repeat(LONGEST_REASON + 1));
    for wrong in [
        huge.as_bytes(),
        long.as_bytes(),
        "[".repeat(LARGEST).as_bytes(),
        text.replace("draft", "push").as_bytes(),
        b"\xff",
    ] {
        assert!(matches!(OrderFile::parse(wrong), Err(OrderRefusal::Malformed { .. })));
    }
}
