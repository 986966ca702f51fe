//! Certificates and lists, extension by extension, as another decoder reads them.

use std::collections::BTreeSet;

use const_oid::ObjectIdentifier;
use der::{Decode, Encode, Tag, Tagged};
use issuer::{KeySlot, ListIssuer};
use pki::{Certificate, Error, PathValidation, RevocationReason, TrustAnchor};
use x509_cert::Certificate as Decoded;
use x509_cert::crl::CertificateList;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages};
use x509_cert::time::Time;

use crate::world::{World, busy, day, p256, person, request, today};

fn decoded(certificate: &Certificate) -> Decoded {
    Decoded::from_der(certificate.as_der()).unwrap()
}

fn extensions(certificate: &Decoded) -> &[Extension] {
    certificate.tbs_certificate().extensions().unwrap()
}

/// Object identifiers in their order, the critical ones with an exclamation mark.
fn outline(extensions: &[Extension]) -> Vec<String> {
    let name = |it: &Extension| format!("{}{}", it.extn_id, if it.critical { "!" } else { "" });
    extensions.iter().map(name).collect()
}

fn value<'a>(certificate: &'a Certificate, extn_id: &str) -> &'a [u8] {
    let extn_id = ObjectIdentifier::new(extn_id).unwrap();
    certificate.extension(extn_id).unwrap()
}

#[test]
fn authorities_have_the_extensions_of_authorities() {
    let world = World::new();
    let root = world.pki.root();
    assert_eq!(
        outline(extensions(&decoded(root))),
        [
            "2.5.29.35",
            "2.5.29.14",
            "2.5.29.15!",
            "2.5.29.19!",
            "1.3.6.1.4.1.32473.9303.12.1"
        ]
    );
    assert_eq!(
        root.subject().to_string(),
        "OU=政府憑證總管理中心（測試）,O=行政院,C=TW"
    );
    assert_eq!(root.public_key().unwrap().bits(), 4096);
    let constraints = BasicConstraints::from_der(value(root, "2.5.29.19")).unwrap();
    assert_eq!(
        (constraints.ca, constraints.path_len_constraint),
        (true, None)
    );
    for generation in world.pki.generations() {
        assert_eq!(
            outline(extensions(&decoded(generation))),
            [
                "2.5.29.35",
                "2.5.29.14",
                "2.5.29.15!",
                "2.5.29.32",
                "2.5.29.19!",
                "2.5.29.31",
                "1.3.6.1.5.5.7.1.1",
                "1.3.6.1.4.1.32473.9303.12.1"
            ]
        );
        let constraints = BasicConstraints::from_der(value(generation, "2.5.29.19")).unwrap();
        assert_eq!(
            (constraints.ca, constraints.path_len_constraint),
            (true, Some(0))
        );
        let usage = KeyUsage::from_der(value(generation, "2.5.29.15")).unwrap();
        assert_eq!(usage.0, KeyUsages::KeyCertSign | KeyUsages::CRLSign);
        assert!(generation.is_test_anchor());
        assert_eq!(
            generation.authority_key_identifier(),
            root.subject_key_identifier()
        );
    }
    let bits: Vec<_> = world
        .pki
        .generations()
        .map(|it| it.public_key().unwrap().bits())
        .collect();
    assert_eq!(bits, [2048, 2048, 4096]);
}

/// The mark is not critical, so that other people's programs verify the chains, and ours heed it all the same.
#[test]
fn no_authority_is_an_anchor_unless_a_test_is_asked_for() {
    let world = busy();
    let authorities = || {
        [world.pki.root()]
            .into_iter()
            .chain(world.pki.generations())
    };
    for authority in authorities() {
        let refused = TrustAnchor::from_certificate(authority.clone());
        assert_eq!(refused.unwrap_err(), Error::TestAnchor);
    }
    let anchors = authorities().map(|it| TrustAnchor::from_test_certificate(it.clone()).unwrap());
    let anchors: Vec<_> = anchors.collect();
    let generations: Vec<_> = world.pki.generations().cloned().collect();
    for it in world.pki.certificates() {
        let verdict = |anchors| {
            let validation = PathValidation::new(anchors, today()).intermediates(&generations);
            let validation = validation.without_revocation_lists();
            validation.validate(it.certificate()).is_ok()
        };
        // From the root, from its own generation, from another one.
        let own = usize::try_from(it.generation()).unwrap();
        assert!(verdict(&anchors[..1]));
        assert!(verdict(&anchors[own..=own]));
        let others: Vec<_> = [1, 2, 3].into_iter().filter(|at| *at != own).collect();
        assert!(!verdict(
            &others
                .iter()
                .map(|at| anchors[*at].clone())
                .collect::<Vec<_>>()
        ));
    }
}

#[test]
fn every_generation_has_the_same_name_and_another_key() {
    let world = World::new();
    let names: BTreeSet<_> = world
        .pki
        .generations()
        .map(|it| it.subject().to_der().unwrap())
        .collect();
    // C=TW as PrintableString, O=行政院 and OU=內政部憑證管理中心 as UTF8String, each a set of its own.
    let mut expected = b"\x30\x45\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02TW".to_vec();
    expected.extend(b"\x31\x12\x30\x10\x06\x03\x55\x04\x0a\x0c\x09");
    expected.extend("行政院".as_bytes());
    expected.extend(b"\x31\x24\x30\x22\x06\x03\x55\x04\x0b\x0c\x1b");
    expected.extend("內政部憑證管理中心".as_bytes());
    expected[1] = (expected.len() - 2) as u8;
    assert_eq!(names, BTreeSet::from([expected]));
    let keys: BTreeSet<_> = world
        .pki
        .generations()
        .map(|it| it.subject_key_identifier().unwrap())
        .collect();
    assert_eq!(keys.len(), 3);
}

#[test]
fn persons_have_the_extensions_of_their_slot() {
    let world = busy();
    let mut seen = BTreeSet::new();
    for it in world.pki.certificates() {
        let certificate = it.certificate();
        let (usage, with_purpose) = match it.slot() {
            KeySlot::Signature => (KeyUsages::NonRepudiation, false),
            KeySlot::Authentication => (KeyUsages::DigitalSignature, true),
            KeySlot::KeyDecipherment => (KeyUsages::KeyEncipherment, false),
        };
        let mut expected = vec![
            "2.5.29.35",
            "2.5.29.14",
            "2.5.29.15!",
            "2.5.29.32",
            "2.5.29.9",
            "2.5.29.37",
            "2.5.29.31",
            "1.3.6.1.5.5.7.1.1",
        ];
        expected.retain(|it| with_purpose || *it != "2.5.29.37");
        assert_eq!(outline(extensions(&decoded(certificate))), expected);
        let found = KeyUsage::from_der(value(certificate, "2.5.29.15")).unwrap();
        assert_eq!(found, KeyUsage(usage.into()));
        if with_purpose {
            let purposes = ExtendedKeyUsage::from_der(value(certificate, "2.5.29.37")).unwrap();
            assert_eq!(purposes.0, [const_oid::db::rfc5280::ID_KP_CLIENT_AUTH]);
        }
        let issuer = world.pki.generations().nth(it.generation() as usize - 1);
        assert_eq!(
            certificate.authority_key_identifier(),
            issuer.unwrap().subject_key_identifier()
        );
        let chain = world.pki.chain_for(certificate).unwrap();
        assert_eq!(chain, [issuer.unwrap(), world.pki.root()]);
        for (extension, ending) in [("2.5.29.31", "crl"), ("1.3.6.1.5.5.7.1.1", "crt")] {
            let uri = format!(
                "http://citizen-pki.test/generation-{}.{ending}",
                it.generation()
            );
            let value = value(certificate, extension);
            assert!(value.ends_with(uri.as_bytes()));
        }
        seen.insert((it.generation(), it.slot()));
    }
    assert_eq!(seen.len(), 9);
}

#[test]
fn the_subject_directory_attributes_are_those_of_the_governments_pki() {
    let mut world = World::new();
    let issued = world
        .issue(&person(1), KeySlot::Signature, &p256(40))
        .unwrap();
    // 2.16.886.1.100.2.1: the object identifier 2.16.886.1.100.3.1.1; 2.16.886.1.100.2.51: PrintableString "6001".
    let expected = [
        b"\x30\x2a".as_slice(),
        b"\x30\x15\x06\x07\x60\x86\x76\x01\x64\x02\x01",
        b"\x31\x0a\x06\x08\x60\x86\x76\x01\x64\x03\x01\x01",
        b"\x30\x11\x06\x07\x60\x86\x76\x01\x64\x02\x33",
        b"\x31\x06\x13\x046001",
    ];
    let expected = expected.concat();
    let found = value(issued.certificate(), "2.5.29.9");
    assert_eq!(found, expected);
}

#[test]
fn a_name_is_kept_whole_and_in_utf8() {
    let mut world = World::new();
    for number in [1, 2, 3] {
        let who = person(number);
        let issued = world.issue(&who, KeySlot::Signature, &p256(40 + number as u8));
        let certificate = decoded(issued.unwrap().certificate());
        let name = certificate.tbs_certificate().subject().clone();
        let attributes: Vec<_> = name.iter().collect();
        let tags: Vec<_> = attributes.iter().map(|it| it.value.tag()).collect();
        assert_eq!(
            tags,
            [Tag::PrintableString, Tag::Utf8String, Tag::PrintableString]
        );
        assert_eq!(attributes[1].value.value(), who.name().as_bytes());
        assert_eq!(attributes[2].value.value().len(), 16);
        let world = &world.pki;
        let serial = pki::SerialNumber::from_be_bytes(
            certificate.tbs_certificate().serial_number().as_bytes(),
        );
        assert_eq!(world.certificate(&serial).unwrap().subject(), &who);
    }
}

#[test]
fn times_are_utc_time_until_2049_and_generalized_time_after() {
    let mut world = World::new();
    // The third generation ends with the root, in 2038; a root of today lives until 2056.
    let path = world.folder.path().join("late");
    world.now = day(2036, 1, 1);
    let publication = crate::world::publication();
    let certificate = {
        let mut desk = issuer::Desk {
            log: &mut world.log,
            now: world.now,
            rng: &mut world.rng,
        };
        let pki = issuer::CitizenPki::open_or_create(&path, &publication, &mut desk).unwrap();
        decoded(pki.generations().next().unwrap())
    };
    let validity = certificate.tbs_certificate().validity();
    assert!(matches!(validity.not_before, Time::UtcTime(_)));
    assert!(matches!(validity.not_after, Time::GeneralTime(_)));
    assert_eq!(validity.not_after.to_string(), "2055-12-31T23:59:59Z");
    for certificate in World::new().pki.generations() {
        let certificate = decoded(certificate);
        let validity = certificate.tbs_certificate().validity();
        assert!(matches!(validity.not_after, Time::UtcTime(_)));
    }
}

#[test]
fn serial_numbers_are_long_random_and_positive() {
    let mut world = World::new();
    let mut seen = BTreeSet::new();
    for number in 0..20 {
        let issued = world.issue(
            &person(number),
            KeySlot::Signature,
            &p256(100 + number as u8),
        );
        let serial = issued.unwrap().certificate().serial_number();
        assert_eq!(serial.as_bytes().len(), 20);
        assert!(serial.as_bytes()[0] & 0x80 == 0);
        seen.insert(serial.as_bytes()[..8].to_vec());
    }
    assert_eq!(seen.len(), 20);
}

#[test]
fn lists_say_what_rfc_5280_says_and_no_more() {
    let mut world = World::new();
    let mut serials = Vec::new();
    for (number, reason) in [
        (1, RevocationReason::Unspecified),
        (2, RevocationReason::KeyCompromise),
    ] {
        let issued = world.issue(
            &person(number),
            KeySlot::Signature,
            &p256(40 + number as u8),
        );
        let serial = issued.unwrap().certificate().serial_number();
        world
            .act(|pki, desk| pki.revoke(&serial, reason, today(), desk))
            .unwrap();
        serials.push((serial, reason));
    }
    let list = |world: &mut World, number| {
        let issuer = ListIssuer::Generation(number);
        let list = world
            .act(|pki, desk| pki.publish_list(issuer, day(2026, 12, 2), desk))
            .unwrap();
        CertificateList::<x509_cert::certificate::Rfc5280>::from_der(list.as_der()).unwrap()
    };
    // No empty list of revoked certificates: the field is not there.
    assert_eq!(list(&mut world, 1).tbs_cert_list.revoked_certificates, None);
    let list = list(&mut world, 3).tbs_cert_list;
    assert_eq!(
        outline(list.crl_extensions.as_ref().unwrap()),
        ["2.5.29.35", "2.5.29.20"]
    );
    assert_eq!(
        list.crl_extensions.as_ref().unwrap()[1]
            .extn_value
            .as_bytes(),
        [2, 1, 1]
    );
    assert!(matches!(list.this_update, Time::UtcTime(_)));
    let entries = list.revoked_certificates.unwrap();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        let serial = entry.serial_number.as_bytes();
        let (_, reason) = serials
            .iter()
            .find(|(known, _)| known.as_bytes() == serial)
            .unwrap();
        match reason {
            // RFC 5280 §5.3.1: it is left out.
            RevocationReason::Unspecified => assert_eq!(entry.crl_entry_extensions, None),
            _ => {
                let extensions = entry.crl_entry_extensions.unwrap();
                assert_eq!(outline(&extensions), ["2.5.29.21"]);
                assert_eq!(extensions[0].extn_value.as_bytes(), [0x0a, 1, 1]);
            }
        }
    }
}

#[test]
fn the_key_in_the_certificate_is_the_one_of_the_request_byte_for_byte() {
    let mut world = World::new();
    let key = p256(40);
    let request = request(&key);
    let issued = world.issue(&person(1), KeySlot::Signature, &key).unwrap();
    let spki = decoded(issued.certificate())
        .tbs_certificate()
        .subject_public_key_info()
        .to_der()
        .unwrap();
    let request = request.as_der();
    assert!(request.windows(spki.len()).any(|part| part == spki));
}
