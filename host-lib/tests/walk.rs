//! The whole walk with the simulated chip: open, read, verify, prove, manage.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod support;

use host_lib::{
    AccessCode, Agreement, Card, CardTransport, CheckName, ChipProof, ChipProofPreference,
    DenialReason, Error, ErrorCode, File, Group, Groups, Misuse, Options, Outcome, PasswordStatus,
    Pin, Puk, SignedObject, Skipped, TransportPin, TravelGroups, Unsupported,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use support::{World, insert, now, read_everything, world};

#[test]
fn the_access_code_opens_the_public_and_the_household_zone() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let unverified = session
        .read(Groups::public().and(Groups::household()))
        .unwrap();
    let verdict = unverified.verify(&world.verifier());
    let report = verdict.report().clone();
    let identity = verdict.accept().unwrap();
    assert_eq!(identity.groups().to_string(), "DG2, DG11, DG12, DG13");
    let holder = issuer::Profile::default_specimen();
    assert_eq!(identity.national_id(), Some(&holder.holder().national_id));
    assert!(identity.portrait().is_some());
    for name in [
        CheckName::CardAccess,
        CheckName::Signature(SignedObject::CardSecurity),
        CheckName::CountrySigningCa(SignedObject::CardSecurity),
        CheckName::Signature(SignedObject::Sod),
        CheckName::CountrySigningCa(SignedObject::Sod),
        CheckName::DocumentSigner(SignedObject::Sod),
        CheckName::Validity(SignedObject::Sod),
        CheckName::Revocation(SignedObject::Sod),
        CheckName::Content(SignedObject::Sod),
        CheckName::GroupHash(2),
        CheckName::GroupHash(11),
        CheckName::GroupHash(12),
        CheckName::GroupHash(13),
        CheckName::Chip(ChipProof::PaceCam),
        CheckName::RenewalDate,
    ] {
        assert_eq!(
            report.outcome(name),
            Some(Outcome::Passed),
            "{name:?}\n{report}"
        );
    }
    assert_eq!(
        report.outcome(CheckName::LostList),
        Some(Outcome::NotPerformed(Skipped::NoListGiven))
    );
    assert_eq!(
        report.outcome(CheckName::GroupHash(3)),
        None,
        "nobody asked for group 3"
    );
    assert_eq!(identity.report(), &report);
}

#[test]
fn the_access_code_does_not_open_the_protected_zone_and_the_session_goes_on() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    for group in Groups::protected().iter() {
        let error = session.read(group).unwrap_err();
        assert_eq!(error.code(), ErrorCode::AccessDenied);
        let Error::AccessDenied { file, reason } = error else {
            panic!("{error}");
        };
        assert_eq!((file, reason), (File::Eid(group), DenialReason::NeedsPin1));
    }
    assert!(session.read(Group::Dg11).is_ok());
}

#[test]
fn pin1_and_an_agency_that_may_read_it_open_the_protected_zone_too() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let identity = read_everything(&mut card, AccessCode::pin(world.pin1()).unwrap())
        .unwrap()
        .verify(&world.verifier())
        .accept()
        .unwrap();
    assert_eq!(identity.groups(), Groups::all());
    assert_eq!(identity.card_number_digits().unwrap().as_str(), world.can());
    assert!(identity.sex().is_some() && identity.father().is_some());
    // The larger portrait goes beyond the reach of READ BINARY's fifteen bits of offset.
    assert!(
        identity
            .large_portrait()
            .unwrap()
            .portrait
            .as_ref()
            .unwrap()
            .as_bytes()
            .len()
            > 32_767
    );
}

#[test]
fn only_the_groups_that_were_asked_for_are_read() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let unverified = session.read(Group::Dg12).unwrap();
    assert_eq!(unverified.group_numbers().collect::<Vec<_>>(), [12]);
    let identity = unverified.verify(&world.verifier()).accept().unwrap();
    assert!(identity.household_address().is_some());
    assert!(identity.name().is_none() && identity.holder().is_none());
    assert!(matches!(
        session.read(Groups::none()),
        Err(Error::ApiMisuse(Misuse::NothingAskedFor))
    ));
}

#[test]
fn the_access_code_is_compared_with_the_one_in_the_card() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let verdict = read_everything(&mut card, AccessCode::can(world.can()).unwrap())
        .unwrap()
        .verify(&world.verifier());
    let agreement = CheckName::Agreement(Agreement::AccessCode);
    assert_eq!(verdict.report().outcome(agreement), Some(Outcome::Passed));
    assert!(verdict.accept().is_ok());
}

#[test]
fn a_pin_that_is_not_suspended_is_not_resumed_and_no_try_is_spent() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let error = session
        .resume_pin(Pin::parse("000000").unwrap())
        .unwrap_err();
    assert!(matches!(error, Error::ApiMisuse(Misuse::NotSuspended)));
    assert!(session.read(Group::Dg11).is_ok());
    drop(session);
    assert_eq!(card.pin_status().unwrap(), PasswordStatus::Untouched);
}

#[test]
fn the_mrz_opens_the_icao_application_with_chip_and_active_authentication() {
    let world = World::with(&support::profile_with_active_authentication());
    let options = Options::new().prefer(ChipProofPreference::ChipAuthentication);
    let mut card = Card::open_with(world.insert(), options).unwrap();
    let mut session = card.pace(world.mrz()).unwrap();
    let unverified = session
        .read_travel_document(TravelGroups::mrz_and_face())
        .unwrap();
    let verdict = unverified.verify(&world.verifier());
    for name in [
        CheckName::CardAccess,
        CheckName::GroupHash(1),
        CheckName::GroupHash(2),
        CheckName::GroupHash(14),
        CheckName::GroupHash(15),
        CheckName::Chip(ChipProof::ChipAuthentication),
        CheckName::Chip(ChipProof::ActiveAuthentication),
        CheckName::RenewalDate,
        CheckName::Agreement(Agreement::Mrz),
    ] {
        let report = verdict.report();
        assert_eq!(
            report.outcome(name),
            Some(Outcome::Passed),
            "{name:?}\n{report}"
        );
    }
    assert_eq!(
        verdict
            .report()
            .outcome(CheckName::Chip(ChipProof::PaceCam)),
        Some(Outcome::NotPerformed(Skipped::NotUsed))
    );
    let document = verdict.accept().unwrap();
    assert_eq!(document.mrz().unwrap().td1(), world.card.mrz());
    assert!(document.portrait().is_some());
}

#[test]
fn the_mrz_opens_the_icao_application_with_pace_cam() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(world.mrz()).unwrap();
    let verdict = session
        .read_travel_document(TravelGroups::mrz())
        .unwrap()
        .verify(&world.verifier());
    let outcome = |proof| verdict.report().outcome(CheckName::Chip(proof)).unwrap();
    assert_eq!(outcome(ChipProof::PaceCam), Outcome::Passed);
    assert_eq!(
        outcome(ChipProof::ChipAuthentication),
        Outcome::NotPerformed(Skipped::NotNeeded)
    );
    let document = verdict.accept().unwrap();
    assert!(document.mrz().is_some() && document.face().is_none());
}

#[test]
fn the_mrz_opens_nothing_of_the_eid_application_and_the_access_code_nothing_of_icao() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(world.mrz()).unwrap();
    let error = session.read(Groups::public()).unwrap_err();
    assert!(
        matches!(
            &error,
            Error::AccessDenied {
                reason: DenialReason::NeedsCan,
                ..
            }
        ),
        "{error}"
    );
    drop(session);
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let error = session
        .read_travel_document(TravelGroups::mrz())
        .unwrap_err();
    assert!(
        matches!(
            &error,
            Error::AccessDenied {
                reason: DenialReason::NeedsMrz,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_card_without_icao_application_says_so() {
    let mut world = World::new();
    world.card.image_mut().icao = None;
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let error = session
        .read_travel_document(TravelGroups::mrz())
        .unwrap_err();
    assert!(
        matches!(&error, Error::Unsupported(Unsupported::IcaoApplication)),
        "{error}"
    );
}

#[test]
fn a_trait_object_is_a_transport_too_and_the_card_can_be_opened_again_and_again() {
    let world = world();
    let mut transport = world.insert();
    let transport: &mut dyn CardTransport = &mut transport;
    let mut card = Card::open(transport).unwrap();
    for _ in 0..3 {
        let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
        assert!(session.read(Group::Dg11).is_ok());
    }
    assert!(card.traffic().exchanges > 0);
}

#[test]
fn a_wrong_access_code_leaves_the_card_for_another_attempt() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    for _ in 0..5 {
        let wrong = if world.can() == "000000" {
            "111111"
        } else {
            "000000"
        };
        let error = card.pace(AccessCode::can(wrong).unwrap()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::WrongCan);
        assert_eq!(error.tries_left(), None);
    }
    assert!(card.pace(AccessCode::can(world.can()).unwrap()).is_ok());
    let mut key = world.mrz();
    key = host_lib::MrzKey::new("A1", "000101", "300101").unwrap_or(key);
    assert_eq!(card.pace(key).unwrap_err().code(), ErrorCode::WrongMrz);
}

fn wrong_pin(world: &World) -> AccessCode {
    let wrong = if world.pin1() == "000000" {
        "111111"
    } else {
        "000000"
    };
    AccessCode::pin(wrong).unwrap()
}

#[test]
fn the_tries_left_are_shown_without_spending_one() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    for _ in 0..10 {
        assert_eq!(card.pin_status().unwrap(), PasswordStatus::Untouched);
        assert_eq!(card.puk_status().unwrap(), PasswordStatus::Untouched);
    }
    let error = card.pace(wrong_pin(world)).unwrap_err();
    assert_eq!(
        (error.code(), error.tries_left()),
        (ErrorCode::WrongPin1, Some(2))
    );
    for _ in 0..10 {
        assert_eq!(card.pin_status().unwrap(), PasswordStatus::TriesLeft(2));
    }
    assert!(card.pace(AccessCode::pin(world.pin1()).unwrap()).is_ok());
    assert_eq!(card.pin_status().unwrap(), PasswordStatus::Untouched);
}

#[test]
fn a_suspended_pin_is_not_tried_until_the_access_code_resumes_it() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    card.pace(wrong_pin(world)).unwrap_err();
    let error = card.pace(wrong_pin(world)).unwrap_err();
    assert_eq!(error.tries_left(), Some(1));
    assert_eq!(card.pin_status().unwrap(), PasswordStatus::Suspended);
    // Right or wrong: it is not even sent.
    for code in [wrong_pin(world), AccessCode::pin(world.pin1()).unwrap()] {
        assert_eq!(card.pace(code).unwrap_err().code(), ErrorCode::PinSuspended);
    }
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    session
        .resume_pin(Pin::parse(world.pin1()).unwrap())
        .unwrap();
    assert_eq!(session.opened_with(), host_lib::PasswordKind::Pin1);
    assert!(session.read(Group::Dg11).is_ok());
    drop(session);
    assert_eq!(card.pin_status().unwrap(), PasswordStatus::Untouched);
}

#[test]
fn a_last_wrong_pin_blocks_it_leaves_the_first_channel_and_the_puk_helps() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    card.pace(wrong_pin(world)).unwrap_err();
    card.pace(wrong_pin(world)).unwrap_err();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let wrong = if world.pin1() == "000000" {
        "111111"
    } else {
        "000000"
    };
    let error = session.resume_pin(Pin::parse(wrong).unwrap()).unwrap_err();
    assert_eq!(
        (error.code(), error.tries_left()),
        (ErrorCode::WrongPin1, Some(0))
    );
    assert!(session.read(Group::Dg11).is_ok(), "the first channel stays");
    let error = session
        .resume_pin(Pin::parse(world.pin1()).unwrap())
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::PinBlocked);
    drop(session);
    assert_eq!(card.pin_status().unwrap(), PasswordStatus::Blocked);
    let error = card
        .pace(AccessCode::pin(world.pin1()).unwrap())
        .unwrap_err();
    assert_eq!(
        (error.code(), error.tries_left()),
        (ErrorCode::PinBlocked, Some(0))
    );

    let mut session = card.pace(AccessCode::puk(world.puk()).unwrap()).unwrap();
    session.unblock_pin().unwrap();
    drop(session);
    assert_eq!(card.pin_status().unwrap(), PasswordStatus::Untouched);
    assert!(card.pace(AccessCode::pin(world.pin1()).unwrap()).is_ok());
}

#[test]
fn a_suspended_puk_is_resumed_by_the_access_code() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let wrong = if world.puk() == "00000000" {
        "11111111"
    } else {
        "00000000"
    };
    for left in (1..10).rev() {
        let error = card.pace(AccessCode::puk(wrong).unwrap()).unwrap_err();
        assert_eq!(
            (error.code(), error.tries_left()),
            (ErrorCode::WrongPuk, Some(left))
        );
    }
    let error = card
        .pace(AccessCode::puk(world.puk()).unwrap())
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::PukSuspended);
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    session
        .resume_puk(Puk::parse(world.puk()).unwrap())
        .unwrap();
    session.unblock_pin().unwrap();
}

#[test]
fn pin1_is_changed_after_the_chip_has_proven_itself() {
    let world = world();
    let new = if world.pin1() == "112358" {
        "853211"
    } else {
        "112358"
    };
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::pin(world.pin1()).unwrap()).unwrap();
    let mut proven = session.prove_chip(&world.verifier()).unwrap();
    assert!(proven.report().chip_is_genuine());
    proven.change_pin(&Pin::parse(new).unwrap()).unwrap();
    drop(session);
    let error = card
        .pace(AccessCode::pin(world.pin1()).unwrap())
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::WrongPin1);
    assert!(card.pace(AccessCode::pin(new).unwrap()).is_ok());
}

#[test]
fn a_pin_is_changed_in_a_pin_session_only() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let mut proven = session.prove_chip(&world.verifier()).unwrap();
    let error = proven
        .change_pin(&Pin::parse("112358").unwrap())
        .unwrap_err();
    assert!(matches!(error, Error::ApiMisuse(Misuse::WrongSession(_))));
    let error = session.unblock_pin().unwrap_err();
    assert!(matches!(error, Error::ApiMisuse(Misuse::WrongSession(_))));
    let error = session.lock_card().unwrap_err();
    assert!(matches!(error, Error::ApiMisuse(Misuse::WrongSession(_))));
}

#[test]
fn no_new_pin_goes_to_a_chip_whose_proof_fails_or_is_missing() {
    let mut world = World::new();
    // A copy of the card: all files, another key.
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    world.card.image_mut().keys.generation =
        secure_channel::EcPrivateKey::generate(secure_channel::Curve::P256, &mut rng).unwrap();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::pin(world.pin1()).unwrap()).unwrap();
    let error = session.prove_chip(&world.verifier()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ChipNotGenuine);

    let world = support::world();
    let mut card = Card::open(world.insert()).unwrap();
    card.prefer(ChipProofPreference::ChipAuthentication);
    let mut session = card.pace(AccessCode::pin(world.pin1()).unwrap()).unwrap();
    let error = session
        .prove_chip(&world.verifier().accept_unproven_chip())
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::ChipNotProven);
}

#[test]
fn a_locked_card_is_unlocked_with_the_puk() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    card.pace(AccessCode::pin(world.pin1()).unwrap())
        .unwrap()
        .lock_card()
        .unwrap();
    assert_eq!(card.pin_status().unwrap(), PasswordStatus::Deactivated);
    let error = card
        .pace(AccessCode::pin(world.pin1()).unwrap())
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::PinDeactivated);
    card.pace(AccessCode::puk(world.puk()).unwrap())
        .unwrap()
        .unlock_card()
        .unwrap();
    assert!(card.pace(AccessCode::pin(world.pin1()).unwrap()).is_ok());
}

#[test]
fn the_transport_pin_opens_nothing_and_chooses_pin1() {
    let mut world = World::new();
    world.card.image_mut().passwords.pin1 = secure_channel::Password::pin("54321").unwrap();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(TransportPin::parse("54321").unwrap()).unwrap();
    let error = session.read(Groups::public()).unwrap_err();
    assert!(
        matches!(
            &error,
            Error::AccessDenied {
                reason: DenialReason::OpensNoData,
                ..
            }
        ),
        "{error}"
    );
    let mut proven = session.prove_chip(&world.verifier()).unwrap();
    proven.change_pin(&Pin::parse("112358").unwrap()).unwrap();
    drop(session);
    assert!(read_everything(&mut card, AccessCode::pin("112358").unwrap()).is_ok());
}

#[test]
fn resuming_needs_a_session_of_the_access_code() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::puk(world.puk()).unwrap()).unwrap();
    let error = session
        .resume_pin(Pin::parse(world.pin1()).unwrap())
        .unwrap_err();
    assert!(matches!(error, Error::ApiMisuse(Misuse::ResumeWithoutCan)));
    // The PUK opens no data.
    let error = session.read(Groups::public()).unwrap_err();
    assert!(
        matches!(
            &error,
            Error::AccessDenied {
                reason: DenialReason::OpensNoData,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_run_can_be_repeated_byte_for_byte() {
    let run = || {
        let world = world();
        let chip = insert(world.image());
        let mut sent = Vec::new();
        let mut transport = support::Tampered::new(chip, |_, command: &[u8], answer: Vec<u8>| {
            sent.push((command.to_vec(), answer.clone()));
            answer
        });
        let rng = Box::new(ChaCha20Rng::from_seed([9; 32]));
        let options = Options::new().randomness_for_replay(rng);
        let mut card = Card::open_with(&mut transport, options).unwrap();
        let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
        session.read(Group::Dg11).unwrap();
        drop(session);
        drop(card);
        drop(transport);
        sent
    };
    assert_eq!(run(), run());
}

#[test]
fn an_empty_trust_store_accepts_nothing() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let unverified = session.read(Group::Dg11).unwrap();
    let empty = host_lib::TrustStore::new();
    let verdict = unverified.verify(&host_lib::Verifier::new(&empty, now()));
    assert!(verdict.authentic_contents().is_none());
    let error = verdict.accept().unwrap_err();
    assert!(
        matches!(
            error.code(),
            ErrorCode::UntrustedSigner | ErrorCode::TestAnchorRefused
        ),
        "{error}"
    );
}
