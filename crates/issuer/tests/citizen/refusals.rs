//! What is certified, and beside it what is not.

use issuer::{
    CertificationError, Error, KeySlot, ListIssuer, Publication, Subject, SubjectSerialNumber,
};
use pki::{
    CertificationRequest, DeciphermentChallenge, ProvenKey, RevocationReason, SerialNumber, Time,
};
use std::process::Command;

use crate::world::{World, beginnings, day, p256, person, proven, refusal, rng, rsa, today};

/// A request that `openssl` makes with a key of its own.
fn openssl_request(genpkey: &str) -> Result<CertificationRequest, pki::Error> {
    let folder = tempfile::TempDir::new().unwrap();
    for arguments in [
        format!("genpkey {genpkey} -out key.pem"),
        "req -new -sha256 -key key.pem -subj /C=TW/CN=Somebody-else -out request.pem".to_owned(),
    ] {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(folder.path())
            .output()
            .expect("the openssl program is installed (make test sets it up)");
        assert!(output.status.success(), "{arguments}: {output:?}");
    }
    let pem = std::fs::read_to_string(folder.path().join("request.pem")).unwrap();
    CertificationRequest::from_pem(&pem)
}

#[test]
fn the_name_is_the_registers_and_not_the_requests() {
    let mut world = World::new();
    let request = openssl_request("-algorithm RSA -pkeyopt rsa_keygen_bits:2048").unwrap();
    let key = ProvenKey::from(&request);
    let issued = world
        .act(|pki, desk| pki.issue(&person(1), KeySlot::Signature, &key, None, desk))
        .unwrap();
    let certificate = issued.certificate();
    assert_eq!(
        certificate.subject().to_string(),
        "SERIALNUMBER=0000000000000001,CN=王小明,C=TW"
    );
    assert_eq!(certificate.public_key().as_ref(), Ok(key.public_key()));
    assert_eq!(certificate.not_before(), today());
    assert_eq!(certificate.not_after().to_string(), "2031-11-30T23:59:59Z");
}

#[test]
fn each_slot_has_its_kinds_of_key() {
    let ec = |curve: &str| format!("-algorithm EC -pkeyopt ec_paramgen_curve:{curve}");
    let rsa = |bits: u32| format!("-algorithm RSA -pkeyopt rsa_keygen_bits:{bits}");
    for slot in KeySlot::ALL {
        let mut world = World::new();
        let mut ask = |genpkey: &str| {
            let key = ProvenKey::from(&openssl_request(genpkey).unwrap());
            world.act(|pki, desk| pki.issue(&person(1), slot, &key, None, desk))
        };
        let other = CertificationError::KeyType { slot };
        for genpkey in [
            rsa(3072),
            ec("P-384"),
            ec("brainpoolP256r1"),
            "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048".to_owned(),
        ] {
            assert_eq!(refusal(ask(&genpkey)), other, "{slot} {genpkey}");
        }
        let exponent = format!("{} -pkeyopt rsa_keygen_pubexp:3", rsa(2048));
        assert_eq!(refusal(ask(&exponent)), CertificationError::PublicExponent);
        if slot == KeySlot::KeyDecipherment {
            assert_eq!(refusal(ask(&ec("P-256"))), other);
            assert_eq!(
                other.to_string(),
                "a key for key decipherment is RSA of 2048 bits"
            );
        } else {
            let serial = ask(&ec("P-256")).unwrap().certificate().serial_number();
            world
                .act(|pki, desk| pki.revoke(&serial, RevocationReason::Superseded, today(), desk))
                .unwrap();
        }
        let key = ProvenKey::from(&openssl_request(&rsa(2048)).unwrap());
        world
            .act(|pki, desk| pki.issue(&person(1), slot, &key, None, desk))
            .unwrap();
    }
    // Short and unknown keys do not get as far as the authority.
    assert_eq!(
        openssl_request(&rsa(1024)).err(),
        Some(pki::Error::RsaKeySize { bits: 1024 })
    );
    assert!(matches!(
        openssl_request("-algorithm ED25519").err(),
        Some(pki::Error::UnsupportedKey(_) | pki::Error::UnsupportedSignatureAlgorithm(_))
    ));
}

#[test]
fn a_key_is_certified_once_even_if_its_certificate_has_ended() {
    let mut world = World::new();
    let key = rsa(30);
    let first = world.issue(&person(1), KeySlot::Signature, &key).unwrap();
    let serial = first.certificate().serial_number();
    let used = CertificationError::KeyUsed;
    for (who, slot) in [
        (person(1), KeySlot::Authentication),
        (person(2), KeySlot::Signature),
        (person(2), KeySlot::KeyDecipherment),
    ] {
        assert_eq!(refusal(world.issue(&who, slot, &key)), used);
    }
    let again = proven(&key);
    assert_eq!(
        refusal(world.act(|pki, desk| pki.renew(&serial, &again, None, desk))),
        used
    );
    let reason = RevocationReason::CessationOfOperation;
    world
        .act(|pki, desk| pki.revoke(&serial, reason, today(), desk))
        .unwrap();
    let mut world = world.reopen();
    world.now = day(2033, 1, 1);
    assert_eq!(
        refusal(world.issue(&person(1), KeySlot::Signature, &key)),
        used
    );
    world
        .issue(&person(1), KeySlot::Signature, &rsa(31))
        .unwrap();
}

#[test]
fn a_key_of_an_authority_is_nobodys() {
    let mut world = World::new();
    let path = world.folder.path().join("ca/generation-1.key.pem");
    let pem = std::fs::read_to_string(path).unwrap();
    let key = pki::builder::PrivateKey::from_pkcs8_pem(&pem).unwrap();
    let error = refusal(world.issue(&person(1), KeySlot::Signature, &key));
    assert_eq!(error, CertificationError::KeyUsed);
}

#[test]
fn a_key_that_only_deciphers_is_proven_by_deciphering() {
    let mut world = World::new();
    let key = rsa(32).public_key().unwrap();
    let challenge = DeciphermentChallenge::new(&key, &mut rng(9)).unwrap();
    assert_eq!(
        challenge.answered(&[0; 32]),
        Err(pki::Error::ProofOfPossession)
    );
    // The random bytes of the same seed are what a card would find in the cryptogram.
    let mut answer = [0; 32];
    rand_core::Rng::fill_bytes(&mut rng(9), &mut answer);
    let challenge = DeciphermentChallenge::new(&key, &mut rng(9)).unwrap();
    let proven = challenge.answered(&answer).unwrap();
    let slot = KeySlot::KeyDecipherment;
    world
        .act(|pki, desk| pki.issue(&person(1), slot, &proven, None, desk))
        .unwrap();
}

#[test]
fn a_person_has_one_certificate_for_each_slot() {
    let mut world = World::new();
    let slot = KeySlot::Signature;
    let first = world.issue(&person(1), slot, &p256(40)).unwrap();
    let serial = first.certificate().serial_number();
    let already = CertificationError::AlreadyCertified {
        slot,
        serial: serial.clone(),
    };
    assert_eq!(refusal(world.issue(&person(1), slot, &p256(41))), already);
    // Another slot, another person.
    let other = KeySlot::Authentication;
    world.issue(&person(1), other, &p256(42)).unwrap();
    world.issue(&person(2), slot, &p256(43)).unwrap();
    // A hold is no end.
    let hold = RevocationReason::CertificateHold;
    world
        .act(|pki, desk| pki.revoke(&serial, hold, today(), desk))
        .unwrap();
    assert_eq!(refusal(world.issue(&person(1), slot, &p256(41))), already);
    // The end is, a second later.
    let end = first.certificate().not_after();
    world.now = end;
    assert_eq!(refusal(world.issue(&person(1), slot, &p256(41))), already);
    world.now = Time::from_unix_seconds(end.unix_seconds() + 1).unwrap();
    world.issue(&person(1), slot, &p256(41)).unwrap();
}

#[test]
fn a_serial_number_stays_one_persons_under_any_name() {
    let mut world = World::new();
    let slot = KeySlot::Signature;
    world.issue(&person(1), slot, &p256(40)).unwrap();
    let number = || person(1).serial_number().clone();
    let other = Subject::new("王大明", number(), "1234").unwrap();
    assert_eq!(
        refusal(world.issue(&other, KeySlot::Authentication, &p256(41))),
        CertificationError::OtherSubject
    );
    let renamed = Subject::new("王大明", number(), person(1).tail_of_national_id()).unwrap();
    world
        .issue(&renamed, KeySlot::Authentication, &p256(41))
        .unwrap();
}

#[test]
fn a_renewal_certifies_a_new_key_for_the_same_person_and_slot() {
    let mut world = World::new();
    let slot = KeySlot::Authentication;
    let old = world.issue(&person(1), slot, &p256(40)).unwrap();
    let old = old.certificate().serial_number();
    world.now = day(2031, 11, 1);
    let mut world = world.reopen();
    let renew = |world: &mut World, serial: &SerialNumber, seed| {
        let key = proven(&p256(seed));
        world.act(|pki, desk| pki.renew(serial, &key, None, desk))
    };
    let new = renew(&mut world, &old, 41).unwrap();
    assert_eq!((new.subject(), new.slot()), (&person(1), slot));
    assert_eq!(new.certificate().not_before(), world.now);
    let new = new.certificate().serial_number();
    let error = CertificationError::Renewed {
        serial: old.clone(),
        successor: new.clone(),
    };
    assert_eq!(refusal(renew(&mut world, &old, 42)), error);
    // The old one ends, the new one can be renewed; what ended or was revoked cannot.
    world.now = day(2031, 12, 1);
    assert!(matches!(
        refusal(renew(&mut world, &old, 42)),
        CertificationError::Expired { .. }
    ));
    let third = renew(&mut world, &new, 42).unwrap();
    let third = third.certificate().serial_number();
    let (hold, now) = (RevocationReason::CertificateHold, world.now);
    world
        .act(|pki, desk| pki.revoke(&third, hold, now, desk))
        .unwrap();
    assert_eq!(
        refusal(renew(&mut world, &third, 43)),
        CertificationError::OnHold(third.clone())
    );
    let lost = RevocationReason::KeyCompromise;
    world
        .act(|pki, desk| pki.revoke(&third, lost, now, desk))
        .unwrap();
    assert_eq!(
        refusal(renew(&mut world, &third, 43)),
        CertificationError::Revoked(third.clone())
    );
    let nobodys = SerialNumber::from_be_bytes(&[1]);
    assert_eq!(
        refusal(renew(&mut world, &nobodys, 43)),
        CertificationError::UnknownCertificate(nobodys)
    );
}

#[test]
fn a_certificate_lies_within_the_validity_of_its_generation() {
    let mut world = World::new();
    let [.., first] = beginnings();
    let last = world.pki.generations().last().unwrap().not_after();
    let ask = |world: &mut World, from, to, seed| {
        let (who, key) = (person(u32::from(seed)), proven(&p256(seed)));
        world.act(|pki, desk| pki.issue(&who, KeySlot::Signature, &key, Some((from, to)), desk))
    };
    let second = |time: Time, change: i64| {
        Time::from_unix_seconds(time.unix_seconds().checked_add_signed(change).unwrap()).unwrap()
    };
    ask(&mut world, first, last, 50).unwrap();
    for (from, to) in [
        (second(first, -1), last),
        (first, second(last, 1)),
        (last, first),
    ] {
        let error = CertificationError::OutsideValidity {
            from,
            to,
            first,
            last,
        };
        assert_eq!(refusal(ask(&mut world, from, to, 51)), error);
    }
    // The usual five years are cut where the generation ends.
    world.now = day(2036, 1, 1);
    let late = world
        .issue(&person(51), KeySlot::Signature, &p256(51))
        .unwrap();
    assert_eq!(late.certificate().not_after(), last);
    world.now = second(last, 1);
    assert_eq!(
        refusal(world.issue(&person(52), KeySlot::Signature, &p256(52))),
        CertificationError::AuthorityExpired { not_after: last }
    );
    world.now = second(first, -1);
    assert!(matches!(
        refusal(world.issue(&person(52), KeySlot::Signature, &p256(52))),
        CertificationError::Clock { .. }
    ));
}

#[test]
fn a_generation_begins_after_the_one_before_and_within_the_root() {
    let mut world = World::new();
    world.now = day(2023, 12, 31);
    assert!(matches!(
        refusal(world.act(|pki, desk| pki.begin_generation(desk))),
        CertificationError::Clock { .. }
    ));
    world.now = day(2038, 1, 2);
    assert!(matches!(
        refusal(world.act(|pki, desk| pki.begin_generation(desk))),
        CertificationError::AuthorityExpired { .. }
    ));
    assert_eq!(world.pki.generations().len(), 3);
    world.now = day(2030, 1, 1);
    assert_eq!(
        world.act(|pki, desk| pki.begin_generation(desk)).unwrap(),
        4
    );
    let new = world
        .issue(&person(1), KeySlot::Signature, &p256(40))
        .unwrap();
    assert_eq!(new.generation(), 4);
    let unknown = ListIssuer::Generation(5);
    let next = day(2031, 1, 1);
    assert_eq!(
        refusal(world.act(|pki, desk| pki.publish_list(unknown, next, desk))),
        CertificationError::UnknownIssuer(unknown)
    );
}

#[test]
fn a_subject_has_a_name_and_four_digits() {
    let number = || SubjectSerialNumber::parse("ABCDEFGH01234567").unwrap();
    assert!(Subject::new(&"部".repeat(64), number(), "6789").is_ok());
    for (name, tail) in [
        ("", "6789"),
        (" ", "6789"),
        ("王\n小明", "6789"),
        (&"部".repeat(65), "6789"),
        ("王小明", "678"),
        ("王小明", "67890"),
        ("王小明", "678A"),
    ] {
        assert!(matches!(
            refusal(Subject::new(name, number(), tail)),
            CertificationError::Subject(_)
        ));
    }
    for wrong in [
        "",
        "123456789012345",
        "12345678901234567",
        "123456789012345a",
        "123456789012345 ",
    ] {
        assert!(SubjectSerialNumber::parse(wrong).is_none(), "{wrong}");
    }
    let random = SubjectSerialNumber::random(&mut rng(1));
    assert!(random.as_str().bytes().all(|byte| byte.is_ascii_digit()));
    assert!(SubjectSerialNumber::parse(random.as_str()).is_some());
}

#[test]
fn nothing_prints_a_person() {
    let mut world = World::new();
    let who = person(1);
    let issued = world.issue(&who, KeySlot::Signature, &p256(40)).unwrap();
    assert_eq!(format!("{who:?}"), "Subject(..)");
    assert_eq!(
        format!("{:?}", issued.subject().serial_number()),
        "SubjectSerialNumber(..)"
    );
    for text in [format!("{issued:?}"), format!("{:?}", world.pki)] {
        assert!(!text.contains("王小明") && !text.contains("6001"), "{text}");
    }
    let error: Error = refusal(world.issue(&who, KeySlot::Signature, &p256(41))).into();
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("王") && !text.contains("6001"), "{text}");
    }
}

#[test]
fn lists_are_published_with_http() {
    for wrong in [
        "",
        "http://",
        "http:///",
        "https://a.test/",
        "http://a.test",
        "http://a b/",
        "http://臺/",
    ] {
        assert_eq!(
            refusal(Publication::at(wrong)),
            CertificationError::Publication,
            "{wrong}"
        );
    }
    assert!(Publication::at("http://a.test/crl/").is_ok());
}
