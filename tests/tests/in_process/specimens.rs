//! Every specimen card yields the error that its documentation states.

use host_lib::{AccessCode, Card, Error, ErrorCode, Groups, LostList, Pin, Verifier};
use issuer::specimen::{self, IssuedSpecimen};
use neweid_tests::cards::Ministry;

/// The specimens with the error code that the table in the issuer's documentation names for each.
fn documented() -> Vec<(&'static str, Option<ErrorCode>)> {
    const SOURCE: &str = include_str!("../../../crates/issuer/src/specimen.rs");
    let rows = SOURCE
        .lines()
        .filter_map(|line| line.strip_prefix("//! | [`"));
    let documented: Vec<_> = rows
        .map(|row| {
            let (name, row) = row.split_once('`').expect("a name");
            let code = row.rsplit('|').nth(1).expect("a last column").trim();
            let code = match code.rsplit_once(", ") {
                Some((_, code)) => Some(ErrorCode::from_text(code).expect("a code that exists")),
                None => {
                    assert_eq!(code, "none");
                    None
                }
            };
            (name, code)
        })
        .collect();
    documented
}

fn specimen(name: &str) -> IssuedSpecimen {
    match name {
        "valid" => specimen::valid(),
        "overdue" => specimen::overdue(),
        "revoked" => specimen::revoked(),
        "wrong_signer" => specimen::wrong_signer(),
        "pin_suspended" => specimen::pin_suspended(),
        "pin_blocked" => specimen::pin_blocked(),
        "deactivated" => specimen::deactivated(),
        "lost" => specimen::lost(),
        "cloned" => specimen::cloned(),
        "tampered" => specimen::tampered(),
        other => panic!("there is no specimen {other}"),
    }
}

/// What an agency does: PIN1, its own key, every group, every check.
fn read(specimen: &mut IssuedSpecimen) -> Result<(), Error> {
    let trust = &specimen.trust;
    let list = trust.lost_cards.clone();
    let lost = LostList::new(list, &trust.lost_card_anchors, trust.time)?;
    let verifier = Verifier::new(&trust.anchors, trust.time)
        .revocation_lists(&trust.revocation_lists)
        .lost_documents(&lost);
    let mut card = Card::open(&mut specimen.card)?;
    let (consent, mut key) = Ministry::Specimens.agency();
    let session = card.pace_as_terminal(Pin::parse(specimen.codes.pin1())?, consent)?;
    let unverified = session.authenticate(&mut key)?.read(Groups::all())?;
    unverified.verify(&verifier).accept().map(drop)
}

#[test]
fn every_specimen_yields_the_error_that_its_documentation_states() {
    let documented = documented();
    assert_eq!(documented.len(), 10);
    for (name, code) in documented {
        let outcome = read(&mut specimen(name));
        let found = outcome.as_ref().err().map(Error::code);
        assert_eq!(found, code, "{name}: {outcome:?}");
    }
}

#[test]
fn a_specimen_with_a_bad_pin1_still_opens_with_its_access_code() {
    for name in ["pin_suspended", "pin_blocked", "deactivated"] {
        let mut specimen = specimen(name);
        let trust = &specimen.trust;
        let verifier =
            Verifier::new(&trust.anchors, trust.time).revocation_lists(&trust.revocation_lists);
        let mut card = Card::open(&mut specimen.card).expect("a card");
        let code = AccessCode::can(specimen.codes.can()).expect("six digits");
        let mut session = card.pace(code).expect("the access code");
        let unverified = session.read(Groups::public()).expect("the public zone");
        unverified.verify(&verifier).accept().expect("genuine");
    }
}
