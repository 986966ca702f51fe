//! What an agency does with a chip that is proven: questions, pseudonyms, updates, PINs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod support;

use cvc::{Extension, ExtensionHash, Field, Right};
use host_lib::{
    AccessCode, AccessRequest, Card, CardTransport, CardUpdate, DenialReason, Error, ErrorCode,
    Group, Misuse, PasswordStatus, Pin, ProvenAgencySession, Question, Result, SectorPublicKey,
    SoftwareKey, TerminalCertificates,
};
use issuer::specimen::{self, SpecimenAgency};
use issuer::{Grant, Issuer, Profile};
use lds::Date;
use pki::PassiveAuthentication;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::restricted_identification::RestrictedIdentificationProtocol;
use secure_channel::{Curve, EcPrivateKey, Hash};
use support::{World, chip, now, world};
use transport::{Capabilities, InProcess, Interface};

type AnyCard = Box<dyn CardTransport>;

fn request(agency: &SpecimenAgency) -> AccessRequest {
    AccessRequest::new(TerminalCertificates::parse(&agency.certificates).unwrap())
}

fn date(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).unwrap()
}

/// What an agency does with this card, once its chip is proven.
fn visit<R>(
    card: &mut Card<AnyCard>,
    world: &World,
    (agency, request): (SpecimenAgency, AccessRequest),
    work: impl FnOnce(&mut ProvenAgencySession<'_, '_, AnyCard>) -> R,
) -> R {
    let code = AccessCode::pin(world.pin1()).unwrap();
    let consent = request.agree_to_everything();
    let session = card.pace_as_terminal(code, consent).unwrap();
    let mut session = session
        .authenticate(&mut SoftwareKey::new(agency.key))
        .unwrap();
    let mut proven = session.prove_chip(&world.verifier()).unwrap();
    work(&mut proven)
}

fn open(world: &World) -> Card<AnyCard> {
    Card::open(Box::new(world.insert()) as AnyCard).unwrap()
}

fn asks(grant: Grant, question: &Question) -> (SpecimenAgency, AccessRequest) {
    let agency = specimen::agency("SHOP", &grant);
    let request = request(&agency).ask(question.clone());
    (agency, request)
}

#[test]
fn a_card_says_yes_or_no_and_nothing_else() {
    let world = world();
    let mut card = open(world);
    let age = Grant::default().with(Right::AgeVerification);
    let place = Grant::default().with(Right::CommunityVerification);
    let nothing = Grant::default();
    let lives_in = |area: &str| Question::LivesIn(area.to_owned());
    // 王小明 was born on 1990-05-12, lives in 臺北市中正區樣本里, and has to renew his card on 2036-01-01.
    for (grant, question, expected) in [
        (&age, Question::BornBy(date(1990, 5, 11)), false),
        (&age, Question::BornBy(date(1990, 5, 12)), true),
        (&age, Question::BornBy(date(1990, 5, 13)), true),
        (&place, lives_in("臺北市"), true),
        (&place, lives_in("臺北市中正區"), true),
        (&place, lives_in("新北市"), false),
        (&place, lives_in("中正區"), false),
        (&nothing, Question::ValidOn(date(2036, 1, 1)), true),
        (&nothing, Question::ValidOn(date(2036, 1, 2)), false),
    ] {
        let answer = visit(
            &mut card,
            world,
            asks(grant.clone(), &question),
            |session| session.answer(&question),
        );
        assert_eq!(answer.unwrap(), expected, "{question:?}");
    }
}

#[test]
fn a_question_needs_its_right_and_to_have_been_part_of_the_request() {
    let world = world();
    let mut card = open(world);
    let adult = Question::BornBy(date(2008, 11, 24));
    let without = visit(
        &mut card,
        world,
        asks(Grant::read([11]), &adult),
        |session| session.answer(&adult),
    );
    assert_eq!(without.unwrap_err().code(), ErrorCode::NotGranted);
    let age = || Grant::default().with(Right::AgeVerification);
    let other = Question::BornBy(date(2000, 1, 1));
    let unasked = visit(&mut card, world, asks(age(), &other), |session| {
        session.answer(&adult)
    });
    assert!(matches!(
        unasked,
        Err(Error::ApiMisuse(Misuse::NotPartOfTheRequest))
    ));

    // The holder says no: nothing about it is even sent.
    let (agency, request) = asks(age(), &adult);
    let code = AccessCode::pin(world.pin1()).unwrap();
    let session = card.pace_as_terminal(code, request.agree([])).unwrap();
    let pending = session.request_signature().unwrap();
    assert!(pending.request().auxiliary_data().as_bytes().is_empty());
    let signature = {
        use host_lib::TerminalKey;
        SoftwareKey::new(agency.key)
            .sign(pending.request())
            .unwrap()
    };
    let response = pending.request().answer(signature);
    let mut session = pending.answer(&response).unwrap();
    let mut session = session.prove_chip(&world.verifier()).unwrap();
    let withheld = session.answer(&adult);
    assert!(matches!(
        withheld,
        Err(Error::AccessDenied {
            reason: DenialReason::WithheldByHolder,
            ..
        })
    ));
}

#[test]
fn the_second_question_of_a_kind_takes_the_place_of_the_first() {
    let agency = specimen::agency("SHOP", &Grant::default().with(Right::AgeVerification));
    let (old, young) = (date(1950, 1, 1), date(2008, 1, 1));
    let request = request(&agency)
        .ask(Question::BornBy(old))
        .ask(Question::BornBy(young));
    assert!(!request.asks(&Question::BornBy(old)) && request.asks(&Question::BornBy(young)));
    for lang in [host_lib::Lang::En, host_lib::Lang::ZhTw] {
        let text = request.describe(lang);
        assert!(
            text.contains("2008-01-01") && !text.contains("1950"),
            "{text}"
        );
    }
}

/// A sector, and an agency in it.
fn in_sector(name: &str, seed: u8, grant: Grant) -> (SectorPublicKey, SpecimenAgency) {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let key = EcPrivateKey::generate(Curve::P256, &mut rng).unwrap();
    let protocol = RestrictedIdentificationProtocol::EcdhSha256;
    let sector = SectorPublicKey::new(protocol, key.public_key().unwrap()).unwrap();
    let hash = ExtensionHash::new(Field::TerminalSector, &sector.digest(Hash::Sha256)).unwrap();
    let extension = Extension::TerminalSector {
        first: Some(hash),
        second: None,
    };
    let agency = specimen::agency(name, &grant.with_extension(extension));
    (sector, agency)
}

fn pseudonym(grant: Grant, name: &str, seed: u8, card: &mut Card<AnyCard>) -> Result<[Vec<u8>; 2]> {
    let (sector, agency) = in_sector(name, seed, grant);
    let request = request(&agency);
    visit(card, world(), (agency, request), |session| {
        let revocation = session.revocation_pseudonym(&sector)?;
        let pseudonym = session.pseudonym(&sector)?;
        Ok([pseudonym, revocation].map(|identifier| identifier.as_bytes().to_vec()))
    })
}

#[test]
fn two_agencies_know_a_card_by_two_pseudonyms_and_each_knows_it_again() {
    let world = world();
    let mut card = open(world);
    let right = || Grant::default().with(Right::RestrictedIdentification);
    let clinic = pseudonym(right(), "CLINIC", 61, &mut card).unwrap();
    let library = pseudonym(right(), "LIBRARY", 62, &mut card).unwrap();
    assert_eq!(pseudonym(right(), "CLINIC", 61, &mut card).unwrap(), clinic);
    let all = [&clinic[..], &library[..]].concat();
    let mut different = all.clone();
    different.sort();
    different.dedup();
    assert_eq!(
        different.len(),
        4,
        "two sectors, two keys: nothing in common"
    );
    let refused = pseudonym(Grant::read([11]), "CLINIC", 61, &mut card);
    assert_eq!(refused.unwrap_err().code(), ErrorCode::NotGranted);
}

/// The command is longer than a short APDU, and its chaining bit means something else.
#[test]
fn a_pseudonym_comes_through_a_reader_of_short_apdus_too() {
    let world = world();
    let right = || Grant::default().with(Right::RestrictedIdentification);
    let whole = pseudonym(right(), "CLINIC", 61, &mut open(world)).unwrap();
    let short = Capabilities::short(Interface::Contact);
    let reader = InProcess::with_capabilities(chip(world.image()), short);
    let mut card = Card::open(Box::new(reader) as AnyCard).unwrap();
    assert_eq!(pseudonym(right(), "CLINIC", 61, &mut card).unwrap(), whole);
}

#[test]
fn a_sector_that_the_certificate_does_not_name_is_refused_by_the_card() {
    let world = world();
    let right = || Grant::default().with(Right::RestrictedIdentification);
    let (other, _) = in_sector("LIBRARY", 62, right());
    let (_, agency) = in_sector("CLINIC", 61, right());
    let request = request(&agency);
    let refused = visit(&mut open(world), world, (agency, request), |session| {
        session.pseudonym(&other)
    });
    let Error::Card(fault) = refused.unwrap_err() else {
        panic!("not the card");
    };
    assert_eq!(fault.status.0, 0x6300);
}

/// The household office's new groups for a holder who moved, signed with those that stay.
fn moved(world: &World) -> (CardUpdate, Vec<u8>) {
    let text = include_str!("../../crates/issuer/profiles/wang-xiaoming.toml");
    let changed = text
        .replace("測試路一段1號", "新路2號")
        .replace("樣本里", "新里");
    assert_ne!(text, changed);
    let profile = Profile::from_toml(&changed).unwrap();
    let passive =
        PassiveAuthentication::new(&world.trust, now()).with_revocation_lists(&world.lists);
    let present = passive.security_object(&world.image().eid.sod, &[]);
    let present = present.into_result().unwrap();
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let number = world.card.card_number();
    let update = Issuer::new(&world.pki)
        .update(
            &profile,
            number,
            &[Group::Dg12, Group::Dg13],
            &present,
            &mut rng,
        )
        .unwrap();
    let groups = update
        .groups()
        .map(|(group, contents)| (group, contents.to_vec()));
    let update = CardUpdate::new(groups, update.sod().to_vec());
    (update, world.image().eid.sod.clone())
}

fn household_office() -> (SpecimenAgency, AccessRequest) {
    let grant = Grant::read([12]).and_update([12, 13]);
    let agency = specimen::agency("HOUSEHOLD", &grant);
    let request = request(&agency);
    (agency, request)
}

fn address(card: &mut Card<AnyCard>, world: &World) -> String {
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let read = session.read(Group::Dg12).unwrap();
    let identity = read.verify(&world.verifier()).accept().unwrap();
    identity.household_address().unwrap().as_str().to_owned()
}

#[test]
fn a_household_office_changes_the_address_on_the_card_in_use() {
    let world = world();
    for short in [false, true] {
        let capabilities = if short {
            Capabilities::short(Interface::Contact)
        } else {
            Capabilities::extended(Interface::Contactless)
        };
        let reader = InProcess::with_capabilities(chip(world.image()), capabilities);
        let mut card = Card::open(Box::new(reader) as AnyCard).unwrap();
        assert!(address(&mut card, world).contains("測試路"));
        let (update, _) = moved(world);
        visit(&mut card, world, household_office(), |session| {
            session.update(&update)
        })
        .unwrap();
        assert!(
            address(&mut card, world).contains("新路2號"),
            "short: {short}"
        );
        // And the card answers from where the holder lives now.
        for (area, expected) in [("臺北市中正區新里", true), ("臺北市中正區樣本里", false)]
        {
            let question = Question::LivesIn(area.to_owned());
            let grant = Grant::default().with(Right::CommunityVerification);
            let answer = visit(&mut card, world, asks(grant, &question), |session| {
                session.answer(&question)
            });
            assert_eq!(answer.unwrap(), expected, "{area}");
        }
    }
}

#[test]
fn an_update_that_does_not_fit_or_is_not_allowed_changes_nothing() {
    let world = world();
    let mut card = open(world);
    let (update, old) = moved(world);
    let shown = format!("{update:?}");
    assert!(shown.contains("Dg12") && !shown.contains("新路"), "{shown}");
    let mut wrong = world.image().eid.groups[&12].clone();
    *wrong.last_mut().unwrap() ^= 1;
    let wrong = CardUpdate::new([(Group::Dg12, wrong)], old);
    let refused = visit(&mut card, world, household_office(), |session| {
        session.update(&wrong)
    });
    let Error::Card(fault) = refused.unwrap_err() else {
        panic!("not the card");
    };
    assert_eq!(fault.status.0, 0x6A80);
    let reader = specimen::agency("READER", &Grant::read([12]));
    let request = request(&reader);
    let refused = visit(&mut card, world, (reader, request), |session| {
        session.update(&update)
    });
    assert_eq!(refused.unwrap_err().code(), ErrorCode::NotGranted);
    assert!(address(&mut card, world).contains("測試路"));
}

#[test]
fn an_office_that_manages_pins_unblocks_changes_and_locks() {
    let world = world();
    let mut card = open(world);
    let manager = || {
        let grant = Grant::default()
            .with(Right::PinManagement)
            .with(Right::CanAllowed);
        let agency = specimen::agency("OFFICE", &grant);
        let consent = request(&agency).agree_to_everything();
        (consent, SoftwareKey::new(agency.key))
    };
    let mut office = |work: &mut dyn FnMut(&mut ProvenAgencySession<'_, '_, AnyCard>)| {
        let (consent, mut key) = manager();
        let code = AccessCode::can(world.can()).unwrap();
        let session = card.pace_as_terminal(code, consent).unwrap();
        let mut session = session.authenticate(&mut key).unwrap();
        work(&mut session.prove_chip(&world.verifier()).unwrap());
        drop(session);
        card.pin_status().unwrap()
    };
    let status = office(&mut |session| session.lock_card().unwrap());
    assert_eq!(status, PasswordStatus::Deactivated);
    let status = office(&mut |session| session.unlock_card().unwrap());
    assert_eq!(status, PasswordStatus::Untouched);
    office(&mut |session| session.change_pin(&Pin::parse("271828").unwrap()).unwrap());
    office(&mut |session| session.unblock_pin().unwrap());
    assert!(card.pace(AccessCode::pin("271828").unwrap()).is_ok());

    let shop = specimen::agency("SHOP", &Grant::read([12]).with(Right::CanAllowed));
    let consent = request(&shop).agree_to_everything();
    let code = AccessCode::can(world.can()).unwrap();
    let session = card.pace_as_terminal(code, consent).unwrap();
    let mut session = session
        .authenticate(&mut SoftwareKey::new(shop.key))
        .unwrap();
    let mut session = session.prove_chip(&world.verifier()).unwrap();
    let refused = session.unblock_pin().unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotGranted);
    let denied = refused.to_string();
    assert!(denied.contains("TWSHOP00001"), "{denied}");
}

/// Chip Authentication alone says that the chip has the key of EF.CardSecurity; whose signature that bears is looked at here.
#[test]
fn a_chip_that_a_stranger_signed_for_is_not_proven() {
    let specimen = specimen::wrong_signer();
    let trust = &specimen.trust;
    let verifier = host_lib::Verifier::new(&trust.anchors, trust.time)
        .revocation_lists(&trust.revocation_lists);
    let mut card = Card::open(specimen.card).unwrap();
    let agency = specimen::agency("SHOP", &Grant::default().with(Right::AgeVerification));
    let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
    let session = card
        .pace_as_terminal(code, request(&agency).agree_to_everything())
        .unwrap();
    let mut session = session
        .authenticate(&mut SoftwareKey::new(agency.key))
        .unwrap();
    let error = session.prove_chip(&verifier).unwrap_err();
    assert_eq!(error.code(), ErrorCode::UntrustedSigner);
}
