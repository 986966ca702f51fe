//! Each specimen card yields the error of the host library that its documentation names, and no
//! other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests stop the test as the tests themselves do"
)]

use host_lib::{AccessCode, Card, Error, ErrorCode, Groups, LostList, Verifier};
use issuer::specimen::{self, IssuedSpecimen};

/// A specimen's name, the function that makes it, and the error that it yields.
type WrongCard = (&'static str, fn() -> IssuedSpecimen, ErrorCode);

/// Opens the card with its access code, reads what that opens, and verifies it: how an agency's
/// counter begins.
fn counter(specimen: &mut IssuedSpecimen) -> Result<String, Error> {
    let trust = &specimen.trust;
    let lost = LostList::new(
        trust.lost_cards.clone(),
        &trust.lost_card_anchors,
        trust.time,
    )?;
    let verifier = Verifier::new(&trust.anchors, trust.time)
        .revocation_lists(&trust.revocation_lists)
        .lost_documents(&lost);
    let mut card = Card::open(&mut specimen.card)?;
    let mut session = card.pace(AccessCode::can(specimen.codes.can())?)?;
    let read = session.read(Groups::public().and(Groups::household()))?;
    let verdict = read.verify(&verifier);
    // One thing is wrong with a specimen, and one alone, in however many files it shows.
    let mut codes: Vec<_> = verdict.report().failures().map(|(_, code)| code).collect();
    codes.dedup();
    assert!(codes.len() <= 1, "{codes:?}");
    let identity = verdict.accept()?;
    Ok(identity.name().expect("a name").as_str().to_owned())
}

/// Opens the card with PIN1.
fn pin1(specimen: &mut IssuedSpecimen) -> Result<(), Error> {
    let mut card = Card::open(&mut specimen.card)?;
    card.pace(AccessCode::pin(specimen.codes.pin1())?).map(drop)
}

fn code<T>(result: Result<T, Error>) -> Option<ErrorCode> {
    result.err().map(|error| error.code())
}

#[test]
fn the_valid_card_is_accepted() {
    let mut specimen = specimen::valid();
    assert_eq!(counter(&mut specimen).unwrap(), "王小明");
    pin1(&mut specimen).unwrap();
}

#[test]
fn each_wrong_card_is_refused_for_what_is_wrong_with_it() {
    let cards: [WrongCard; 6] = [
        ("overdue", specimen::overdue, ErrorCode::DocumentOverdue),
        (
            "revoked",
            specimen::revoked,
            ErrorCode::DocumentSignerRevoked,
        ),
        (
            "wrong_signer",
            specimen::wrong_signer,
            ErrorCode::UntrustedSigner,
        ),
        ("lost", specimen::lost, ErrorCode::CardReportedLost),
        ("cloned", specimen::cloned, ErrorCode::ChipNotGenuine),
        ("tampered", specimen::tampered, ErrorCode::DataAltered),
    ];
    for (name, card, expected) in cards {
        assert_eq!(code(counter(&mut card())), Some(expected), "{name}");
        assert_eq!(code(pin1(&mut card())), None, "{name}: PIN1 is in order");
    }
}

#[test]
fn each_card_whose_pin1_is_not_usable_says_why_and_its_public_zone_is_in_order() {
    let cards: [WrongCard; 3] = [
        (
            "pin_suspended",
            specimen::pin_suspended,
            ErrorCode::PinSuspended,
        ),
        ("pin_blocked", specimen::pin_blocked, ErrorCode::PinBlocked),
        (
            "deactivated",
            specimen::deactivated,
            ErrorCode::PinDeactivated,
        ),
    ];
    for (name, card, expected) in cards {
        assert_eq!(code(pin1(&mut card())), Some(expected), "{name}");
        assert_eq!(code(counter(&mut card())), None, "{name}");
    }
}

#[test]
fn the_documented_codes_are_those_of_the_host_library() {
    let documentation = include_str!("../src/specimen.rs");
    let rows = documentation
        .lines()
        .filter_map(|line| line.strip_prefix("//! | [`"));
    let mut seen = 0;
    for row in rows {
        let Some((name, text)) = row.rsplit_once("`, ") else {
            continue;
        };
        let name = name.rsplit('`').next().unwrap();
        let text = text.trim_end_matches(" |");
        let code = ErrorCode::from_text(text).unwrap_or_else(|| panic!("{text} is no code"));
        assert_eq!(format!("{code:?}"), name);
        seen += 1;
    }
    assert_eq!(seen, 9);
}
