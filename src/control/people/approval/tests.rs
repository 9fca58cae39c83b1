use proptest::prelude::*;

use super::super::testing::{PASSWORD, accounts, at, counting, user};
use super::*;

const CHANGE: &str = "C-2026-11-25-0003";

fn digest() -> String {
    "ab".repeat(32)
}

/// Signed at 0 for an hour.
fn signed_by(name: &str) -> ApprovalFile {
    let key = accounts().signing_key(&user(name), PASSWORD).expect("a key");
    let span = (at(0), Span::from_secs(3600));
    ApprovalFile::sign(&key, CHANGE, &digest(), "looks right", span, &mut counting()).expect("an approval")
}

/// Checked at 60 for a change that otto asked for.
fn checked(file: &ApprovalFile, accounts: &Accounts) -> Result<Statement, ApprovalRefusal> {
    let requester = user("otto");
    let wanted = Wanted { change: CHANGE, digest: &digest(), requester: &requester };
    file.check(accounts, wanted, at(60), &BTreeSet::new()).cloned()
}

#[test]
fn an_approval_that_was_sent_as_a_file_counts() {
    let text = signed_by("anna").to_json().expect("text");
    let file = ApprovalFile::parse(text.as_bytes()).expect("a file");
    let statement = checked(&file, &accounts()).expect("an approval");
    assert_eq!((statement.approver, statement.at, statement.expires), (user("anna"), at(0), at(3600)));
    assert_eq!((statement.change.as_str(), statement.reason.as_str()), (CHANGE, "looks right"));
}

/// The bytes are written out by hand from the rule in the module doc.
#[test]
fn what_is_signed_cannot_be_split_in_two_ways() {
    let statement = Statement {
        change: "C-1".to_owned(),
        digest: "ab".to_owned(),
        approver: user("anna"),
        at: Timestamp::from_nanos(1_000),
        expires: Timestamp::from_nanos(-5),
        reason: "ä\n2:ab".to_owned(),
        nonce: Hex([0x0f; 16]),
    };
    let expected = "twinscope approval 1\n3:C-1\n2:ab\n4:anna\n4:1000\n2:-5\n7:ä\n2:ab\n\
                    32:0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\n";
    assert_eq!(String::from_utf8_lossy(&statement.signed_bytes()), expected);
}

#[test]
fn each_field_is_signed() {
    let file = signed_by("anna");
    let forgeries: [fn(&mut Statement); 7] = [
        |it| it.change.push('1'),
        |it| it.digest = "cd".repeat(32),
        |it| it.approver = user("emil"),
        |it| it.at = it.at - Span::from_nanos(1),
        |it| it.expires = it.expires + Span::from_secs(1),
        |it| it.reason.clear(),
        |it| it.nonce.0[15] ^= 1,
    ];
    for (field, forge) in forgeries.into_iter().enumerate() {
        let mut forged = file.clone();
        forge(&mut forged.statement);
        let approver = forged.statement.approver.clone();
        assert_eq!(checked(&forged, &accounts()), Err(ApprovalRefusal::Signature { approver }), "field {field}");
    }
    let mut forged = file.clone();
    forged.signature.0[63] ^= 0x80;
    assert_eq!(checked(&forged, &accounts()), Err(ApprovalRefusal::Signature { approver: user("anna") }));
}

#[test]
fn the_approver_has_to_be_known_enabled_high_enough_and_another_person() {
    let (file, approver) = (signed_by("anna"), user("anna"));
    let nobody = Accounts::new(super::super::testing::CHEAP);
    assert_eq!(checked(&file, &nobody), Err(ApprovalRefusal::NoAccount { approver: approver.clone() }));
    let mut people = accounts();
    people.set_role(&user("emil"), Role::Approver).expect("another approver");
    people.set_disabled(&approver, true).expect("disabled");
    assert_eq!(checked(&file, &people), Err(ApprovalRefusal::Disabled { approver: approver.clone() }));
    let low = ApprovalRefusal::Role { approver: user("emil"), role: Role::Engineer };
    assert_eq!(checked(&signed_by("emil"), &accounts()), Err(low));
    let wanted = Wanted { change: CHANGE, digest: &digest(), requester: &approver };
    let own = file.check(&accounts(), wanted, at(60), &BTreeSet::new()).cloned();
    assert_eq!(own, Err(ApprovalRefusal::OwnChange { approver }));
}

#[test]
fn a_key_that_was_replaced_does_not_count_and_another_password_does_not_matter() {
    let (file, mut people, approver) = (signed_by("anna"), accounts(), user("anna"));
    people.change_password(&approver, PASSWORD, "another long password", &mut counting()).expect("changed");
    assert!(checked(&file, &people).is_ok());
    let mut random = counting();
    random(&mut [0; 100]).expect("other bytes than before");
    people.reset_password(&approver, PASSWORD, &mut random).expect("reset");
    assert_eq!(checked(&file, &people), Err(ApprovalRefusal::Signature { approver }));
}

#[test]
fn an_approval_is_for_one_change_as_it_was() {
    let (file, requester) = (signed_by("anna"), user("otto"));
    let check = |change: &str, digest: &str| {
        file.check(&accounts(), Wanted { change, digest, requester: &requester }, at(60), &BTreeSet::new()).cloned()
    };
    let other = ApprovalRefusal::OtherChange { found: CHANGE.to_owned(), wanted: "C-1".to_owned() };
    assert_eq!(check("C-1", &digest()), Err(other));
    let other = ApprovalRefusal::OtherDigest { approver: user("anna") };
    assert_eq!(check(CHANGE, &"cd".repeat(32)), Err(other));
}

#[test]
fn an_approval_counts_once_and_in_its_time() {
    let (file, requester, digest) = (signed_by("anna"), user("otto"), digest());
    let wanted = Wanted { change: CHANGE, digest: &digest, requester: &requester };
    let people = accounts();
    let check = |second, used: &BTreeSet<String>| file.check(&people, wanted, at(second), used);
    let (none, approver) = (BTreeSet::new(), user("anna"));
    let nonce = check(-120, &none).expect("a clock that is a little behind").nonce.to_string();
    let future = ApprovalRefusal::FromTheFuture { at: at(0), ahead: Span::from_secs(121) };
    assert_eq!(check(-121, &none), Err(future));
    assert!(check(3599, &none).is_ok());
    let expired = ApprovalRefusal::Expired { approver: approver.clone(), expires: at(3600) };
    assert_eq!(check(3600, &none), Err(expired));
    assert_eq!(check(60, &BTreeSet::from([nonce])), Err(ApprovalRefusal::Replayed { approver }));
}

#[test]
fn every_refusal_says_what_it_means_and_what_to_do() {
    let words = ApprovalRefusal::Expired { approver: user("anna"), expires: at(3600) }.to_string();
    let expected =
        "The approval ended at 2026-11-25T05:00:00Z. The change is not approved. Ask anna for a new approval.";
    assert_eq!(words, expected);
}

#[test]
fn cut_and_huge_files_are_no_approvals() {
    let text = signed_by("anna").to_json().expect("text");
    for length in 0..text.len() {
        let refusal = ApprovalFile::parse(&text.as_bytes()[..length]);
        assert!(matches!(refusal, Err(ApprovalRefusal::Malformed { .. })), "{length} bytes");
    }
    let huge = text.replace("looks right", &"x".repeat(LARGEST));
    let refusal = ApprovalFile::parse(huge.as_bytes()).expect_err("a refusal").to_string();
    assert!(refusal.contains("larger than 64 KiB"), "{refusal}");
    let late = text.replace("2026-11-25T05", "9999-11-25T05");
    assert!(ApprovalFile::parse(late.as_bytes()).is_err(), "a moment beyond the timeline");
    assert!(ApprovalFile::parse("[".repeat(LARGEST).as_bytes()).is_err(), "nested without end");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_other_byte_makes_another_approval(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let file = signed_by("anna");
        let mut bytes = file.to_json().expect("text").into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(forged) = ApprovalFile::parse(&bytes) {
            prop_assert!(forged == file || checked(&forged, &accounts()).is_err());
        }
    }
}
