//! New keys and certificates at the desk of an office: who may, what the holder has to enter, what the card refuses, and where to go on
//! after a loss of power.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

mod support;

use std::process::Command;

use applet_sim::{Chip, MemoryStore, Tear};
use cvc::Right;
use host_lib::{
    AccessCode, AccessRequest, Card, CardTransport, DenialReason, Error, ErrorCode, File,
    GrantLevel, KeyKind, KeySlot, Misuse, Permission, Pin2, ProvenAgencySession, Result,
    SoftwareKey, TerminalCertificates, Unlocked, Unsupported,
};
use issuer::{
    CitizenPki, Desk, Grant, OperatorLog, Publication, Subject, SubjectSerialNumber, specimen,
};
use pki::{Certificate, DeciphermentChallenge, ProvenKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use signing::{KeyTransportAlgorithm, OaepDigest, Oid, SignedDataBuilder};
use support::{World, chip, now};
use transport::{InProcess, Interface};

const PIN2: &str = "86427531";
const OAEP: KeyTransportAlgorithm = KeyTransportAlgorithm::RsaesOaep(OaepDigest::Sha256);

fn pin2() -> Pin2 {
    Pin2::parse(PIN2).unwrap()
}

fn install() -> Grant {
    Grant::default()
        .with(Right::InstallCertificate)
        .with(Right::InstallQualifiedCertificate)
}

type Inserted = InProcess<Chip<MemoryStore>>;

/// A card as it is issued before anybody has certified it: places for three keys, and nothing in them.
fn uncertified(world: &World) -> Inserted {
    InProcess::new(chip(world.image()), Interface::Contactless)
}

/// What an office with this grant does with the card.
fn at_the_desk<R>(
    world: &World,
    card: &mut dyn CardTransport,
    grant: &Grant,
    work: impl FnOnce(&mut ProvenAgencySession<'_, '_, &mut dyn CardTransport>) -> Result<R>,
) -> Result<R> {
    let office = specimen::agency("OFFICE", grant);
    let certificates = TerminalCertificates::parse(&office.certificates).unwrap();
    let consent = AccessRequest::new(certificates).agree_to_everything();
    let mut card = Card::open(card)?;
    let session = card.pace_as_terminal(AccessCode::pin(world.pin1()).unwrap(), consent)?;
    let mut session = session.authenticate(&mut SoftwareKey::new(office.key))?;
    let mut proven = session.prove_chip(&world.verifier())?;
    work(&mut proven)
}

/// A certification authority, to which every key is another person's.
struct Authority {
    _folder: tempfile::TempDir,
    log: OperatorLog,
    pki: CitizenPki,
    rng: ChaCha20Rng,
}

impl Authority {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut rng = ChaCha20Rng::from_seed([9; 32]);
        let mut log = OperatorLog::open(&folder.path().join("log"), &mut rng).unwrap();
        let mut desk = Desk {
            log: &mut log,
            now: now(),
            rng: &mut rng,
        };
        let publication = Publication::at("http://citizen-pki.test/").unwrap();
        let path = folder.path().join("ca");
        let pki = CitizenPki::open_or_create(&path, &publication, &mut desk).unwrap();
        Self {
            _folder: folder,
            log,
            pki,
            rng,
        }
    }

    /// The certificate of this key, a new one unless there is one.
    fn certify(&mut self, slot: KeySlot, key: &ProvenKey) -> Certificate {
        let mut known = self.pki.certificates().map(|it| it.certificate());
        let own = known.find(|it| it.public_key().as_ref() == Ok(key.public_key()));
        if let Some(own) = own.cloned() {
            return own;
        }
        drop(known);
        let slot = match slot {
            KeySlot::Signature => issuer::KeySlot::Signature,
            KeySlot::Authentication => issuer::KeySlot::Authentication,
            _ => issuer::KeySlot::KeyDecipherment,
        };
        let mut desk = Desk {
            log: &mut self.log,
            now: now(),
            rng: &mut self.rng,
        };
        let number = SubjectSerialNumber::random(desk.rng);
        let subject = Subject::new("王小明", number, "6789").unwrap();
        let issued = self.pki.issue(&subject, slot, key, None, &mut desk);
        issued.unwrap().certificate().clone()
    }
}

/// What the holder does with the card and PIN2.
fn by_the_holder<R>(
    world: &World,
    card: &mut dyn CardTransport,
    work: impl FnOnce(Unlocked<'_, '_, &mut dyn CardTransport>) -> Result<R>,
) -> Result<R> {
    let mut card = Card::open(card)?;
    let mut session = card.pace(AccessCode::can(world.can()).unwrap())?;
    let mut proven = session.prove_chip(&world.verifier())?;
    work(proven.certificates()?.verify_pin2(&pin2())?)
}

/// That the card has the key of this slot.
fn proof(
    world: &World,
    card: &mut dyn CardTransport,
    slot: KeySlot,
    rng: &mut ChaCha20Rng,
) -> Result<ProvenKey> {
    if slot != KeySlot::KeyDecipherment {
        return by_the_holder(world, card, |unlocked| {
            let algorithm = unlocked.algorithm(slot)?;
            Ok(ProvenKey::from(&unlocked.request(slot, algorithm)?))
        });
    }
    let key = at_the_desk(world, card, &install(), |proven| {
        proven
            .certificate_desk(slot)?
            .verify_pin2(&pin2())?
            .public_key()
    })?;
    let challenge = DeciphermentChallenge::new(&key, rng).unwrap();
    by_the_holder(world, card, |mut unlocked| {
        let answer = unlocked.decipher(OAEP, challenge.cryptogram())?;
        Ok(challenge.answered(&answer.unwrap()).unwrap())
    })
}

/// A new key in a slot, certified and on the card.
fn fill(
    world: &World,
    card: &mut dyn CardTransport,
    authority: &mut Authority,
    slot: KeySlot,
    kind: KeyKind,
) -> Certificate {
    let key = at_the_desk(world, card, &install(), |proven| {
        let mut desk = proven.certificate_desk(slot)?;
        let mut desk = desk.verify_pin2(&pin2())?;
        let key = desk.generate_key(kind)?;
        assert_eq!(desk.public_key()?, key);
        Ok(key)
    });
    let proof = proof(world, card, slot, &mut authority.rng).unwrap();
    assert_eq!(proof.public_key(), &key.unwrap());
    let certificate = authority.certify(slot, &proof);
    let installed = at_the_desk(world, card, &install(), |proven| {
        let mut desk = proven.certificate_desk(slot)?;
        desk.verify_pin2(&pin2())?.install(&certificate)
    });
    installed.unwrap();
    certificate
}

fn openssl(folder: &std::path::Path, arguments: &str) -> String {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("openssl is installed by make setup");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "openssl {arguments}: {text}");
    text
}

#[test]
fn an_office_fills_every_slot_and_openssl_accepts_what_the_new_key_signs() {
    let world = World::new();
    let (mut card, mut authority) = (uncertified(&world), Authority::new());
    for (slot, kind) in [
        (KeySlot::Signature, KeyKind::Rsa2048),
        (KeySlot::Authentication, KeyKind::P256),
        (KeySlot::KeyDecipherment, KeyKind::Rsa2048),
    ] {
        let certificate = fill(&world, &mut card, &mut authority, slot, kind);
        assert_eq!(
            certificate.public_key().unwrap().curve().is_some(),
            kind == KeyKind::P256
        );
    }
    // The holder's own session, as on any card.
    let mut card = Card::open(&mut card).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let mut proven = session.prove_chip(&world.verifier()).unwrap();
    let mut application = proven.certificates().unwrap();
    assert!(application.slots().all(|slot| slot.has_certificate));
    let unlocked = application.verify_pin2(&pin2()).unwrap();
    let algorithm = unlocked.algorithm(KeySlot::Signature).unwrap();
    let mut key = unlocked.signature_key(algorithm).unwrap();
    let authority_certificate = authority.pki.generations().next().unwrap().clone();
    let message = SignedDataBuilder::new(Oid::DATA)
        .signing_time(now())
        .certificate(&authority_certificate)
        .attached(b"a letter", &mut key)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("message"), message).unwrap();
    std::fs::write(path.join("root.der"), authority.pki.root().as_der()).unwrap();
    openssl(path, "x509 -inform DER -in root.der -out root.pem");
    let at = now().unix_seconds() + 1;
    let verify =
        format!("cms -verify -cades -inform DER -in message -CAfile root.pem -attime {at}");
    assert!(openssl(path, &verify).contains("a letter"));
}

#[test]
fn an_office_without_the_right_gets_no_desk_and_is_told_where_it_was_lost() {
    let world = World::new();
    let mut card = uncertified(&world);
    for (right, open, shut, missing) in [
        (
            Right::InstallCertificate,
            KeySlot::Authentication,
            KeySlot::Signature,
            Permission::InstallQualifiedCertificate,
        ),
        (
            Right::InstallQualifiedCertificate,
            KeySlot::Signature,
            KeySlot::KeyDecipherment,
            Permission::InstallCertificate,
        ),
    ] {
        assert_eq!(shut.permission_to_install(), missing);
        let outcome = at_the_desk(&world, &mut card, &Grant::default().with(right), |proven| {
            assert!(proven.certificate_desk(open).is_ok());
            let refused = proven.certificate_desk(shut).unwrap_err();
            assert_eq!(refused.code(), ErrorCode::NotGranted);
            let Error::AccessDenied { file, reason } = refused else {
                panic!("{refused}")
            };
            assert_eq!(file, File::Certificate(shut));
            let level = GrantLevel::AgencyCertificate;
            assert!(matches!(reason, DenialReason::NotGranted { level: at, .. } if at == level));
            Ok(())
        });
        outcome.unwrap();
    }
}

#[test]
fn a_wrong_pin2_makes_no_key() {
    let world = World::new();
    let mut card = uncertified(&world);
    let outcome = at_the_desk(&world, &mut card, &install(), |proven| {
        let mut desk = proven.certificate_desk(KeySlot::Signature)?;
        let wrong = Pin2::parse("11111111").unwrap();
        let refused = desk.verify_pin2(&wrong).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::WrongPin2);
        assert_eq!(desk.pin2_status()?.tries_left(), Some(2));
        assert!(desk.contents().is_none());
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn a_slot_takes_its_kinds_of_keys_and_the_certificate_of_its_own_key() {
    let world = World::new();
    let (mut card, mut authority) = (uncertified(&world), Authority::new());
    let login = fill(
        &world,
        &mut card,
        &mut authority,
        KeySlot::Authentication,
        KeyKind::P256,
    );
    let outcome = at_the_desk(&world, &mut card, &install(), |proven| {
        let mut desk = proven.certificate_desk(KeySlot::KeyDecipherment)?;
        let mut desk = desk.verify_pin2(&pin2())?;
        let unsupported = |error: &Error| {
            matches!(
                error,
                Error::Unsupported(Unsupported::Key(KeySlot::KeyDecipherment))
            )
        };
        // No key yet.
        assert!(unsupported(&desk.public_key().unwrap_err()));
        assert!(unsupported(&desk.install(&login).unwrap_err()));
        assert!(unsupported(&desk.generate_key(KeyKind::P256).unwrap_err()));
        desk.generate_key(KeyKind::Rsa2048)?;
        let foreign = desk.install(&login).unwrap_err();
        let expected = Misuse::CertificateOfAnotherKey(KeySlot::KeyDecipherment);
        assert!(matches!(foreign, Error::ApiMisuse(misuse) if misuse == expected));

        // What was there stays until a new key takes its place.
        let mut desk = proven.certificate_desk(KeySlot::Authentication)?;
        assert!(desk.contents().is_some_and(|slot| slot.has_certificate));
        let mut unlocked = desk.verify_pin2(&pin2())?;
        unlocked.install(&login)?;
        unlocked.generate_key(KeyKind::Rsa2048)?;
        let misuse = unlocked.install(&login).unwrap_err();
        assert!(matches!(misuse, Error::ApiMisuse(_)), "{misuse}");
        assert!(desk.contents().is_some_and(|slot| !slot.has_certificate));
        let mut desk = proven.certificate_desk(KeySlot::Authentication)?;
        assert!(desk.contents().is_some_and(|slot| !slot.has_certificate));
        desk.verify_pin2(&pin2())?;
        Ok(())
    });
    outcome.unwrap();
}

/// A certificate of some key, this long and then what a certificate has besides.
fn padded(folder: &std::path::Path, length: usize) -> Certificate {
    let comment = "x".repeat(length);
    openssl(
        folder,
        &format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj /CN=long \
             -addext nsComment={comment} -outform DER -out long.der"
        ),
    );
    let der = std::fs::read(folder.join("long.der")).unwrap();
    Certificate::from_der(&der).unwrap()
}

#[test]
fn a_certificate_that_is_longer_than_a_card_takes_is_refused_before_anything_is_sent() {
    let world = World::new();
    let mut card = uncertified(&world);
    let folder = tempfile::tempdir().unwrap();
    let (shorter, longer) = (padded(folder.path(), 3500), padded(folder.path(), 4096));
    assert!(shorter.as_der().len() <= 4096 && longer.as_der().len() > 4096);
    let slot = KeySlot::Authentication;
    let outcome = at_the_desk(&world, &mut card, &install(), |proven| {
        let mut desk = proven.certificate_desk(slot)?;
        let mut desk = desk.verify_pin2(&pin2())?;
        desk.generate_key(KeyKind::P256)?;
        for (certificate, expected) in [
            (shorter, Misuse::CertificateOfAnotherKey(slot)),
            (longer, Misuse::UpdateTooLong(File::Certificate(slot))),
        ] {
            let refused = desk.install(&certificate).unwrap_err();
            assert!(
                matches!(&refused, Error::ApiMisuse(misuse) if *misuse == expected),
                "{refused}"
            );
        }
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn one_that_is_switched_off_is_no_desk() {
    let mut world = World::new();
    let cia = world.card.image_mut().cia.as_mut().unwrap();
    cia.state = applet_sim::ApplicationState::Deactivated;
    let mut card = uncertified(&world);
    let outcome = at_the_desk(&world, &mut card, &install(), |proven| {
        let refused = proven.certificate_desk(KeySlot::Signature).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::CertificatesOff);
        Ok(())
    });
    outcome.unwrap();
}

/// At every write of the card's memory, while a key is made and a certificate is put in its place.
#[test]
fn after_a_loss_of_power_the_office_goes_on_where_it_was() {
    let world = World::new();
    let slot = KeySlot::Authentication;
    let mut authority = Authority::new();
    let (mut cuts, mut keys_lost, mut certificates_lost) = (0, 0, 0);
    for operation in 0..1000 {
        let mut card = uncertified(&world);
        card.device_mut()
            .memory_mut()
            .cut_power_after(operation, Tear::Nothing);
        let mut whole = || -> Result<()> {
            at_the_desk(&world, &mut card, &install(), |proven| {
                let mut desk = proven.certificate_desk(slot)?;
                desk.verify_pin2(&pin2())?.generate_key(KeyKind::P256)
            })?;
            let proof = proof(&world, &mut card, slot, &mut authority.rng.clone())?;
            let certificate = authority.certify(slot, &proof);
            at_the_desk(&world, &mut card, &install(), |proven| {
                let mut desk = proven.certificate_desk(slot)?;
                desk.verify_pin2(&pin2())?.install(&certificate)
            })
        };
        if whole().is_ok() {
            break;
        }
        cuts += 1;
        let mut card = InProcess::new(reopened(card), Interface::Contactless);
        let there = at_the_desk(&world, &mut card, &install(), |proven| {
            let mut desk = proven.certificate_desk(slot)?;
            let there = desk.contents();
            if there.is_none() {
                desk.verify_pin2(&pin2())?.generate_key(KeyKind::P256)?;
            }
            Ok(there)
        });
        match there.unwrap() {
            None => keys_lost += 1,
            Some(contents) if !contents.has_certificate => certificates_lost += 1,
            Some(_) => continue,
        }
        let proof = proof(&world, &mut card, slot, &mut authority.rng.clone()).unwrap();
        let certificate = authority.certify(slot, &proof);
        let installed = at_the_desk(&world, &mut card, &install(), |proven| {
            let mut desk = proven.certificate_desk(slot)?;
            desk.verify_pin2(&pin2())?.install(&certificate)
        });
        installed.unwrap_or_else(|error| panic!("cut {operation}: {error}"));
    }
    assert!(
        cuts > 3 && keys_lost > 0 && certificates_lost > 0,
        "{cuts} {keys_lost} {certificates_lost}"
    );
}

/// The card, after power was lost and came back.
fn reopened(card: Inserted) -> Chip<MemoryStore> {
    let mut memory = card.remove().into_memory();
    memory.restore_power();
    let environment = applet_sim::Environment {
        rng: Box::new(ChaCha20Rng::from_seed([2; 32])),
        delay: Box::new(applet_sim::NoDelay),
    };
    Chip::open(memory, environment).unwrap()
}
