//! What binds the pieces together: each binding is broken on its own, and each is missed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod support;

use applet_sim::CardImage;
use const_oid::db::rfc5280::ID_CE_DELTA_CRL_INDICATOR;
use host_lib::{
    AccessCode, Agreement, Card, CheckName, ChipProof, ChipProofPreference, Error, ErrorCode, File,
    Group, Groups, Identity, LostList, MrzKey, Options, Outcome, SignedObject, Skipped, Time,
    TravelDocument, TravelGroups, Verdict, Verifier,
};
use issuer::specimen::{self, IssuedSpecimen};
use issuer::{Issuer, Profile, TestPki};
use lds::security_infos::SecurityInfo;
use lds::{SecurityInfos, oid};
use pki::TrustStore;
use pki::builder::{
    CertificateBuilder, CertificateProfile, DistinguishedName, KeyType, PrivateKey,
    RevocationListBuilder,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use support::{
    World, agency, insert, now, profile_with_active_authentication, read_everything, world,
};

/// Reads the public zone of a card.
fn public(world: &World) -> Result<Verdict<Identity>, Error> {
    let mut card = Card::open(world.insert())?;
    let mut session = card.pace(AccessCode::can(world.can()).unwrap())?;
    Ok(session.read(Groups::public())?.verify(&world.verifier()))
}

/// Reads the MRZ of a card through Generic Mapping, with Chip Authentication where it is offered.
fn travel(world: &World) -> Result<Verdict<TravelDocument>, Error> {
    let options = Options::new().prefer(ChipProofPreference::ChipAuthentication);
    let mut card = Card::open_with(world.insert(), options)?;
    let mut session = card.pace(world.mrz())?;
    let read = session.read_travel_document(TravelGroups::mrz())?;
    Ok(read.verify(&world.verifier()))
}

fn world_with_active_authentication() -> World {
    World::with(&profile_with_active_authentication())
}

fn icao(world: &mut World) -> &mut applet_sim::IcaoApplication {
    world.card.image_mut().icao.as_mut().unwrap()
}

fn code<T>(result: Result<Verdict<T>, Error>) -> Option<ErrorCode> {
    result
        .and_then(Verdict::accept)
        .err()
        .map(|error| error.code())
}

/// A world of its own, with other keys.
fn stranger() -> World {
    let mut rng = ChaCha20Rng::from_seed([77; 32]);
    let pki = TestPki::create(&mut rng).unwrap();
    let profile = profile_with_active_authentication();
    let card = Issuer::new(&pki).issue_single(&profile, &mut rng).unwrap();
    let trust = pki.trust_store().unwrap();
    let lists = pki.revocation_lists().to_vec();
    World {
        pki,
        card,
        trust,
        lists,
    }
}

#[test]
fn a_copy_with_a_key_and_a_card_security_of_its_own_is_refused() {
    // Every group and EF.SOD are genuine; the chip proves a key that somebody else signed.
    let mut world = World::new();
    let other = stranger();
    let image = world.card.image_mut();
    image.master_file.card_security = other.image().master_file.card_security.clone();
    let key = &other.image().keys.generation;
    image.keys.generation =
        secure_channel::EcPrivateKey::from_bytes(key.curve(), key.expose_secret()).unwrap();
    let verdict = public(&world).unwrap();
    assert!(
        verdict.authentic_contents().is_some(),
        "the data are the issuer's"
    );
    assert!(!verdict.report().chip_is_genuine());
    assert_eq!(
        verdict
            .report()
            .outcome(CheckName::Chip(ChipProof::PaceCam)),
        Some(Outcome::NotPerformed(Skipped::EarlierCheckFailed))
    );
    let signer = CheckName::CountrySigningCa(SignedObject::CardSecurity);
    assert_eq!(
        verdict.report().outcome(signer),
        Some(Outcome::Failed(ErrorCode::UntrustedSigner))
    );
    assert_eq!(
        verdict.accept().unwrap_err().code(),
        ErrorCode::UntrustedSigner
    );
}

#[test]
fn a_card_without_card_security_is_not_proven() {
    let mut world = World::new();
    world.card.image_mut().master_file.card_security = Vec::new();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let code = match session.read(Groups::public()) {
        Ok(read) => read.verify(&world.verifier()).accept().unwrap_err().code(),
        Err(error) => error.code(),
    };
    assert!(
        matches!(
            code,
            ErrorCode::ChipNotGenuine
                | ErrorCode::SecurityObjectMalformed
                | ErrorCode::ChipMalformed
        ),
        "{code}"
    );
}

#[test]
fn another_chips_key_in_dg14_is_refused_although_the_chip_holds_it() {
    let mut world = world_with_active_authentication();
    let other = stranger();
    let image = world.card.image_mut();
    let foreign = other.image().icao.as_ref().unwrap();
    image.icao.as_mut().unwrap().dg14 = foreign.dg14.clone();
    let key = other.image().keys.chip_individual.as_ref().unwrap();
    image.keys.chip_individual.as_mut().unwrap().key =
        secure_channel::EcPrivateKey::from_bytes(key.key.curve(), key.key.expose_secret()).unwrap();
    let verdict = travel(&world).unwrap();
    let report = verdict.report();
    assert_eq!(
        report.outcome(CheckName::GroupHash(14)),
        Some(Outcome::Failed(ErrorCode::DataAltered))
    );
    assert!(!report.chip_is_genuine(), "{report}");
    assert!(verdict.authentic_contents().is_none());
    assert_eq!(verdict.accept().unwrap_err().code(), ErrorCode::DataAltered);
}

#[test]
fn another_chips_key_in_dg15_is_refused_although_the_chip_signs_with_it() {
    let mut world = world_with_active_authentication();
    let other = stranger();
    let image = world.card.image_mut();
    image.icao.as_mut().unwrap().dg15 = other.image().icao.as_ref().unwrap().dg15.clone();
    let key = other.image().keys.active_authentication.as_ref().unwrap();
    image.keys.active_authentication =
        Some(secure_channel::EcPrivateKey::from_bytes(key.curve(), key.expose_secret()).unwrap());
    let verdict = travel(&world).unwrap();
    assert_eq!(
        verdict
            .report()
            .outcome(CheckName::Chip(ChipProof::ActiveAuthentication)),
        Some(Outcome::NotPerformed(Skipped::EarlierCheckFailed))
    );
    assert_eq!(verdict.accept().unwrap_err().code(), ErrorCode::DataAltered);
}

#[test]
fn a_wrong_key_for_active_authentication_is_found() {
    let mut world = world_with_active_authentication();
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    world.card.image_mut().keys.active_authentication = Some(
        secure_channel::EcPrivateKey::generate(secure_channel::Curve::P256, &mut rng).unwrap(),
    );
    let verdict = travel(&world).unwrap();
    let active = CheckName::Chip(ChipProof::ActiveAuthentication);
    assert_eq!(
        verdict.report().outcome(active),
        Some(Outcome::Failed(ErrorCode::ChipNotGenuine))
    );
    // One proof passed; the one that failed counts.
    assert_eq!(
        verdict
            .report()
            .outcome(CheckName::Chip(ChipProof::ChipAuthentication)),
        Some(Outcome::Passed)
    );
    assert!(!verdict.report().chip_is_genuine());
    assert_eq!(
        verdict.accept().unwrap_err().code(),
        ErrorCode::ChipNotGenuine
    );
}

#[test]
fn a_wrong_key_for_chip_authentication_ends_the_reading() {
    let mut world = World::new();
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    world
        .card
        .image_mut()
        .keys
        .chip_individual
        .as_mut()
        .unwrap()
        .key =
        secure_channel::EcPrivateKey::generate(secure_channel::Curve::P256, &mut rng).unwrap();
    assert_eq!(
        travel(&world).unwrap_err().code(),
        ErrorCode::ChipNotGenuine
    );
}

#[test]
fn a_chip_that_refuses_the_proof_that_it_announces_is_not_genuine() {
    // DG14 announces Chip Authentication; the chip answers that it has no such key, and that it could
    // sign a challenge does not make up for it.
    let mut world = world_with_active_authentication();
    assert_eq!(code(travel(&world)), None);
    world.card.image_mut().keys.chip_individual = None;
    let verdict = travel(&world).unwrap();
    let outcome = |proof| verdict.report().outcome(CheckName::Chip(proof));
    assert_eq!(
        outcome(ChipProof::ChipAuthentication),
        Some(Outcome::Failed(ErrorCode::ChipNotGenuine))
    );
    assert_eq!(
        outcome(ChipProof::ActiveAuthentication),
        Some(Outcome::Passed)
    );
    assert_eq!(code(Ok(verdict)), Some(ErrorCode::ChipNotGenuine));
}

#[test]
fn a_chip_that_hides_the_group_of_its_proof_is_found_by_the_security_object() {
    // DG15 is signed, and the chip says that it has none.
    let mut world = world_with_active_authentication();
    icao(&mut world).dg15 = None;
    let verdict = travel(&world).unwrap();
    assert_eq!(
        verdict
            .report()
            .outcome(CheckName::Chip(ChipProof::ActiveAuthentication)),
        Some(Outcome::Failed(ErrorCode::ChipNotGenuine))
    );
    assert_eq!(
        verdict.accept().unwrap_err().code(),
        ErrorCode::ChipNotGenuine
    );
}

#[test]
fn a_card_access_that_differs_from_dg14_is_a_downgrade() {
    let mut world = World::new();
    let honest = SecurityInfos::parse(&world.image().master_file.card_access).unwrap();
    let weakened: SecurityInfos = honest
        .iter()
        .filter(|info| !matches!(info, SecurityInfo::Pace(pace) if pace.protocol == oid::ID_PACE_ECDH_CAM_AES_CBC_CMAC_128))
        .cloned()
        .collect();
    world.card.image_mut().master_file.card_access = weakened.to_der().unwrap();
    assert_eq!(
        travel(&world).unwrap_err().code(),
        ErrorCode::CardAccessDowngrade
    );
    assert_eq!(
        public(&world).unwrap_err().code(),
        ErrorCode::CardAccessDowngrade
    );
}

#[test]
fn every_single_group_is_held_against_its_hash() {
    for group in Groups::all().iter() {
        let mut world = World::new();
        let contents = world
            .card
            .image_mut()
            .eid
            .groups
            .get_mut(&group.number())
            .unwrap();
        *contents.last_mut().unwrap() ^= 1;
        let mut card = Card::open(world.insert()).unwrap();
        let (consent, mut key) = agency(1);
        let code = AccessCode::pin(world.pin1()).unwrap();
        let session = card.pace_as_terminal(code, consent).unwrap();
        let mut session = session.authenticate(&mut key).unwrap();
        let verdict = session
            .read(Groups::all())
            .unwrap()
            .verify(&world.verifier());
        let failures: Vec<_> = verdict.report().failures().collect();
        assert_eq!(
            failures,
            [(CheckName::GroupHash(group.number()), ErrorCode::DataAltered)]
        );
        assert!(verdict.authentic_contents().is_none());
        assert_eq!(verdict.accept().unwrap_err().code(), ErrorCode::DataAltered);
        // Who did not read it does not notice, and is told nothing about it.
        let others = Groups::all().without(group);
        assert!(
            session
                .read(others)
                .unwrap()
                .verify(&world.verifier())
                .accept()
                .is_ok()
        );
    }
}

#[test]
fn a_group_of_another_card_is_refused() {
    let mut world = World::new();
    let mut rng = ChaCha20Rng::from_seed([8; 32]);
    let other = Issuer::new(&world.pki)
        .issue_single(&Profile::default_specimen(), &mut rng)
        .unwrap();
    let foreign = other.image().eid.groups[&11].clone();
    world.card.image_mut().eid.groups.insert(11, foreign);
    assert_eq!(code(public(&world)), Some(ErrorCode::DataAltered));
}

#[test]
fn the_signer_of_a_travel_document_must_sign_such_documents() {
    let world = world();
    let verdict = travel(world).unwrap();
    let check = CheckName::DocumentType(SignedObject::Sod);
    assert_eq!(verdict.report().outcome(check), Some(Outcome::Passed));
}

#[test]
fn fields_that_must_agree_and_do_not_are_refused() {
    // The chip opens with another MRZ than the one that is signed.
    let mut world = World::new();
    world.card.image_mut().passwords.mrz =
        Some(secure_channel::Password::mrz("X12345678", "900101", "350101").unwrap());
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card
        .pace(MrzKey::new("X12345678", "900101", "350101").unwrap())
        .unwrap();
    let verdict = session
        .read_travel_document(TravelGroups::mrz())
        .unwrap()
        .verify(&world.verifier());
    let mrz = CheckName::Agreement(Agreement::Mrz);
    assert_eq!(
        verdict.report().outcome(mrz),
        Some(Outcome::Failed(ErrorCode::FieldsDisagree))
    );
    assert_eq!(
        verdict.accept().unwrap_err().code(),
        ErrorCode::FieldsDisagree
    );

    // The chip opens with another access code than the one that is signed.
    let mut world = World::new();
    let wrong = if world.can() == "000000" {
        "111111"
    } else {
        "000000"
    };
    let passwords = &mut world.card.image_mut().passwords;
    passwords.can = secure_channel::Password::can(wrong).unwrap();
    let mut card = Card::open(world.insert()).unwrap();
    let verdict = read_everything(&mut card, AccessCode::can(wrong).unwrap())
        .unwrap()
        .verify(&world.verifier());
    assert_eq!(
        verdict.accept().unwrap_err().code(),
        ErrorCode::FieldsDisagree
    );
}

#[test]
fn the_renewal_date_is_the_last_good_day() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let read = session.read(Group::Dg11).unwrap();
    let last = read.unverified_contents().unwrap().renewal_date().unwrap();
    // 15:59:59 UTC is the last second of the day in Taipei.
    let end_of_day = Time::utc(last.year(), last.month(), last.day(), 15, 59, 59).unwrap();
    let next = Time::from_unix_seconds(end_of_day.unix_seconds() + 1).unwrap();
    let at = |time| {
        let verifier = Verifier::new(&world.trust, time).revocation_lists(&world.lists);
        read.verify(&verifier)
            .report()
            .outcome(CheckName::RenewalDate)
    };
    assert_eq!(at(end_of_day), Some(Outcome::Passed));
    assert_eq!(at(next), Some(Outcome::Failed(ErrorCode::DocumentOverdue)));
    // Without group 11 nobody knows.
    let read = session.read(Group::Dg13).unwrap();
    assert_eq!(
        read.verify(&world.verifier())
            .report()
            .outcome(CheckName::RenewalDate),
        Some(Outcome::NotPerformed(Skipped::NotRead))
    );
}

#[test]
fn an_overdue_documents_contents_can_still_be_shown_as_authentic() {
    let overdue = specimen::overdue();
    let verifier = Verifier::new(&overdue.trust.anchors, overdue.trust.time)
        .revocation_lists(&overdue.trust.revocation_lists);
    let mut card = Card::open(overdue.card).unwrap();
    let mut session = card
        .pace(AccessCode::can(overdue.codes.can()).unwrap())
        .unwrap();
    let verdict = session.read(Group::Dg11).unwrap().verify(&verifier);
    assert!(verdict.authentic_contents().unwrap().name().is_some());
    assert_eq!(
        verdict.accept().unwrap_err().code(),
        ErrorCode::DocumentOverdue
    );
}

#[test]
fn each_specimen_yields_the_error_that_it_is_made_for() {
    type Make = fn() -> IssuedSpecimen;
    let counter = |made: IssuedSpecimen| -> Result<(), Error> {
        let trust = &made.trust;
        let lost = LostList::new(
            trust.lost_cards.clone(),
            &trust.lost_card_anchors,
            trust.time,
        )?;
        let verifier = Verifier::new(&trust.anchors, trust.time)
            .revocation_lists(&trust.revocation_lists)
            .lost_documents(&lost);
        let mut card = Card::open(made.card)?;
        let mut session = card.pace(AccessCode::can(made.codes.can())?)?;
        session.read(Groups::public())?.verify(&verifier).accept()?;
        drop(session);
        card.pace(AccessCode::pin(made.codes.pin1())?)?;
        Ok(())
    };
    let table: [(Make, Option<&str>); 10] = [
        (specimen::valid, None),
        (specimen::overdue, Some("E-DOCUMENT-OVERDUE")),
        (specimen::revoked, Some("E-SIGNER-REVOKED")),
        (specimen::wrong_signer, Some("E-SIGNER-UNTRUSTED")),
        (specimen::pin_suspended, Some("E-PIN1-SUSPENDED")),
        (specimen::pin_blocked, Some("E-PIN1-BLOCKED")),
        (specimen::deactivated, Some("E-PIN1-DEACTIVATED")),
        (specimen::lost, Some("E-DOCUMENT-LOST")),
        (specimen::cloned, Some("E-CHIP-NOT-GENUINE")),
        (specimen::tampered, Some("E-DATA-ALTERED")),
    ];
    for (make, expected) in table {
        let found = counter(make()).err();
        assert_eq!(found.as_ref().map(|error| error.code().as_str()), expected);
    }
}

#[test]
fn a_list_of_lost_documents_must_be_signed_current_and_a_list_of_its_own() {
    let trust = specimen::trust();
    let code = |list: &host_lib::RevocationList, anchors, time| {
        LostList::new(list.clone(), anchors, time)
            .err()
            .map(|error| error.code())
    };
    let lost = &trust.lost_cards;
    assert_eq!(code(lost, &trust.lost_card_anchors, trust.time), None);
    // Not a signer of documents, nor the other way round.
    assert_eq!(
        code(lost, &trust.anchors, trust.time),
        Some(ErrorCode::RevocationListInvalid)
    );
    assert_eq!(
        code(
            &trust.revocation_lists[0],
            &trust.lost_card_anchors,
            trust.time
        ),
        Some(ErrorCode::RevocationListInvalid)
    );
    for time in [lost.this_update(), lost.next_update()] {
        assert_eq!(code(lost, &trust.lost_card_anchors, time), None);
    }
    let before = Time::from_unix_seconds(lost.this_update().unix_seconds() - 1).unwrap();
    let after = Time::from_unix_seconds(lost.next_update().unix_seconds() + 1).unwrap();
    for time in [before, after] {
        assert_eq!(
            code(lost, &trust.lost_card_anchors, time),
            Some(ErrorCode::RevocationListStale)
        );
    }
    let mut der = lost.as_der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let forged = host_lib::RevocationList::from_der(&der).unwrap();
    assert_eq!(
        code(&forged, &trust.lost_card_anchors, trust.time),
        Some(ErrorCode::RevocationListInvalid)
    );
}

#[test]
fn a_lost_document_is_found_by_its_machine_readable_zone_too() {
    let refused = |specimen: IssuedSpecimen| {
        let trust = &specimen.trust;
        let lost = LostList::new(
            trust.lost_cards.clone(),
            &trust.lost_card_anchors,
            trust.time,
        )
        .unwrap();
        let verifier = Verifier::new(&trust.anchors, trust.time)
            .revocation_lists(&trust.revocation_lists)
            .lost_documents(&lost);
        let mrz = MrzKey::from_zone(specimen.mrz.as_ref().unwrap().as_str()).unwrap();
        let mut card = Card::open(specimen.card).unwrap();
        let mut session = card.pace(mrz).unwrap();
        let read = session.read_travel_document(TravelGroups::mrz()).unwrap();
        code(Ok(read.verify(&verifier)))
    };
    assert_eq!(refused(specimen::valid()), None);
    assert_eq!(refused(specimen::lost()), Some(ErrorCode::CardReportedLost));
}

#[test]
fn a_list_of_lost_documents_that_says_more_than_is_understood_is_refused() {
    let pki = &world().pki;
    let register = pki.lost_card_register();
    let anchors = pki.lost_card_trust_store().unwrap();
    let code = |critical| {
        let mut rng = ChaCha20Rng::from_seed([78; 32]);
        let until = now().plus_days(1).unwrap();
        let list = RevocationListBuilder::new(2, now(), until)
            .extension(ID_CE_DELTA_CRL_INDICATOR, critical, &[2, 1, 1])
            .sign(register.certificate(), register.key(), &mut rng)
            .unwrap();
        let error = LostList::new(list, &anchors, now()).err();
        error.map(|error| error.code())
    };
    // A delta list names what changed since another list, not all that is lost.
    assert_eq!(code(true), Some(ErrorCode::RevocationListInvalid));
    assert_eq!(code(false), None);
}

#[test]
fn a_register_of_lost_documents_signs_no_lists_before_or_after_its_own_time() {
    let mut rng = ChaCha20Rng::from_seed([79; 32]);
    let day = |days| now().plus_days(days).unwrap();
    let key = PrivateKey::generate(KeyType::P256, &mut rng);
    let register = CertificateBuilder::new(
        CertificateProfile::CountrySigningCa,
        DistinguishedName::new("TW", "A Register").unwrap(),
    )
    .validity(day(1), day(2))
    .self_sign(&key, &mut rng)
    .unwrap();
    let list = RevocationListBuilder::new(1, now(), day(9))
        .sign(&register, &key, &mut rng)
        .unwrap();
    let mut anchors = TrustStore::new();
    anchors.add_anchor(register).unwrap();
    let code = |days| {
        let error = LostList::new(list.clone(), &anchors, day(days)).err();
        error.map(|error| error.code())
    };
    assert_eq!(code(0), Some(ErrorCode::RevocationListInvalid));
    assert_eq!(code(1), None);
    assert_eq!(code(2), None);
    assert_eq!(code(3), Some(ErrorCode::RevocationListInvalid));
}

#[test]
fn revocation_lists_are_demanded_unless_given_up_by_name() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let read = session.read(Group::Dg11).unwrap();
    let without = Verifier::new(&world.trust, now());
    assert_eq!(
        read.verify(&without).accept().unwrap_err().code(),
        ErrorCode::RevocationListMissing
    );
    let verdict = read.verify(&without.accept_missing_revocation_list());
    assert_eq!(
        verdict
            .report()
            .outcome(CheckName::Revocation(SignedObject::Sod)),
        Some(Outcome::NotPerformed(Skipped::NoListGiven))
    );
    assert!(verdict.accept().is_ok());
    // Given up only where there is none: a list that is there is looked into, and a stale one is still an
    // error.
    let revoked = specimen::revoked();
    let verifier = Verifier::new(&revoked.trust.anchors, revoked.trust.time)
        .revocation_lists(&revoked.trust.revocation_lists)
        .accept_missing_revocation_list();
    let mut other = Card::open(revoked.card).unwrap();
    let mut session = other
        .pace(AccessCode::can(revoked.codes.can()).unwrap())
        .unwrap();
    let verdict = session.read(Group::Dg11).unwrap().verify(&verifier);
    assert_eq!(code(Ok(verdict)), Some(ErrorCode::DocumentSignerRevoked));
    let late = Time::utc(2049, 12, 31, 23, 59, 59)
        .unwrap()
        .plus_days(1)
        .unwrap();
    let verifier = Verifier::new(&world.trust, late)
        .revocation_lists(&world.lists)
        .accept_missing_revocation_list();
    assert!(read.verify(&verifier).report().failures().count() > 0);
}

#[test]
fn test_anchors_are_refused_unless_the_store_was_made_for_them() {
    let world = world();
    let mut store = TrustStore::new();
    let anchor = world.pki.country_signing_ca().certificate().clone();
    let error = Error::from(store.add_anchor(anchor).unwrap_err());
    assert_eq!(error.code(), ErrorCode::TestAnchorRefused);
}

#[test]
fn no_error_and_no_debug_output_shows_the_holder() {
    let world = world();
    let mut card = Card::open(world.insert()).unwrap();
    let (consent, mut key) = agency(1);
    let code = AccessCode::pin(world.pin1()).unwrap();
    let session = card.pace_as_terminal(code, consent).unwrap();
    let mut session = session.authenticate(&mut key).unwrap();
    let read = session.read(Groups::all()).unwrap();
    let verdict = read.verify(&world.verifier());
    let shown = format!("{session:?} {read:?} {verdict:?} {}", verdict.report());
    let identity = verdict.accept().unwrap();
    let shown = format!("{shown} {identity:?} {:?}", File::Eid(Group::Dg11));
    for secret in [
        identity.name().unwrap().as_str(),
        identity.national_id().unwrap().as_str(),
        identity.document_number().unwrap().as_str(),
        identity.household_address().unwrap().as_str(),
        world.can(),
        world.pin1(),
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

/// The image is used by its type alone.
#[test]
fn a_card_reads_the_same_on_every_insertion() {
    let image: &CardImage = world().image();
    let read = || {
        let mut card = Card::open(insert(image)).unwrap();
        let mut session = card.pace(AccessCode::can(world().can()).unwrap()).unwrap();
        session
            .read(Group::Dg11)
            .unwrap()
            .raw_group(11)
            .unwrap()
            .to_vec()
    };
    assert_eq!(read(), read());
    assert_eq!(read(), image.eid.groups[&11]);
}
