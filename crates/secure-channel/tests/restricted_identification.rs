//! Restricted Identification: published figures first, then both roles and the authorities.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail so"
)]

mod support;

use iso7816::{ResponseApdu, StatusWord, tlv};
use proptest::prelude::*;
use secure_channel::{
    Curve, EcPrivateKey, EcPublicKey, Error, Hash,
    restricted_identification::{
        RestrictedIdentificationProtocol, Sector, SectorIdentifier, SectorPublicKey,
        TerminalSector, authority, chip, terminal,
    },
};
use support::{Vector, numbers, ok};

const SHA_256: RestrictedIdentificationProtocol = RestrictedIdentificationProtocol::EcdhSha256;

fn key(curve: Curve, seed: u64) -> EcPrivateKey {
    EcPrivateKey::generate(curve, &mut numbers(seed)).unwrap()
}

fn sector(curve: Curve, seed: u64) -> SectorPublicKey {
    SectorPublicKey::new(SHA_256, key(curve, seed).public_key().unwrap()).unwrap()
}

fn permitting(first: Option<&SectorPublicKey>, second: Option<&SectorPublicKey>) -> TerminalSector {
    let digest = |key: &SectorPublicKey| key.digest(Hash::Sha256);
    TerminalSector {
        hash: Hash::Sha256,
        first: first.map(digest),
        second: second.map(digest),
    }
}

/// The sector public key in a published command.
fn published(command_data: &[u8]) -> SectorPublicKey {
    // 7C 82 xx xx A0 82 xx xx
    let content = &command_data[8..];
    SectorPublicKey::parse(&tlv::encode(tlv::Tag(0x7F49), content)).unwrap()
}

#[test]
fn the_chip_gives_the_identifier_that_ausweisapp_expects() {
    let example = Vector::open("ausweisapp/simulated-card.json").inner("restricted_identification");
    let private_key =
        EcPrivateKey::from_bytes(Curve::BrainpoolP256r1, &example.bytes("private_key")).unwrap();
    let command_data = example.bytes("command_data");
    let permitted = permitting(Some(&published(&command_data)), None);
    let answer = chip::identify(SHA_256, &private_key, &permitted, &command_data).unwrap();
    assert_eq!(answer, example.bytes("response_data"));
}

#[test]
fn the_terminal_sends_what_ausweisapp_sends_and_takes_its_answer() {
    let example = Vector::open("ausweisapp/simulated-card.json").inner("restricted_identification");
    assert_eq!(
        terminal::set_authentication_template(SHA_256, Some(&[1])).to_bytes(),
        example.bytes("set_authentication_template")
    );
    let sent = published(&example.bytes("command_data"));
    // Built from the point alone, the data object is the published one.
    let built = SectorPublicKey::new(SHA_256, sent.key().clone()).unwrap();
    assert_eq!(built, sent);
    let (state, command) = terminal::start(SHA_256, Sector::First, &built);
    assert_eq!(command.data(), example.bytes("command_data"));
    let identifier = state.finish(&ok(example.bytes("response_data"))).unwrap();
    assert_eq!(identifier.as_bytes(), example.bytes("identifier"));
}

#[test]
fn a_published_certificate_names_the_sector_key_that_its_terminal_sends() {
    let example = Vector::open("eid-testbeds/eac.json").inner("restricted_identification");
    let key = published(&example.bytes("command_data"));
    assert_eq!(
        key.to_data_object(),
        example.bytes("public_key_data_object")
    );
    assert_eq!(key.digest(Hash::Sha256), example.bytes("first_sector"));
    let certificate = TerminalSector {
        hash: Hash::Sha256,
        first: Some(example.bytes("first_sector")),
        second: None,
    };
    assert!(certificate.permits(Sector::First, &key));
    assert!(!certificate.permits(Sector::Second, &key));
    let other = published(
        &Vector::open("ausweisapp/simulated-card.json")
            .inner("restricted_identification")
            .bytes("command_data"),
    );
    assert!(!certificate.permits(Sector::First, &other));
}

/// One run between terminal and chip.
fn identify(
    protocol: RestrictedIdentificationProtocol,
    chip_key: &EcPrivateKey,
    which: Sector,
    key: &SectorPublicKey,
    permitted: &TerminalSector,
) -> Result<SectorIdentifier, Error> {
    let (state, command) = terminal::start(protocol, which, key);
    let answer = chip::identify(protocol, chip_key, permitted, command.data())?;
    state.finish(&ok(answer))
}

#[test]
fn one_sector_always_gets_the_same_identifier_and_two_sectors_different_ones() {
    for curve in Curve::ALL {
        let (first, second) = (sector(curve, 1), sector(curve, 2));
        let both = permitting(Some(&first), Some(&second));
        let chip_key = key(curve, 3);
        let here = identify(SHA_256, &chip_key, Sector::First, &first, &both).unwrap();
        let again = identify(SHA_256, &chip_key, Sector::First, &first, &both).unwrap();
        let there = identify(SHA_256, &chip_key, Sector::Second, &second, &both).unwrap();
        let other = identify(SHA_256, &key(curve, 4), Sector::First, &first, &both).unwrap();
        assert_eq!(here, again);
        assert_ne!(here, there);
        assert_ne!(here, other);
        // A terminal that moves to another sector's place keeps its identifiers.
        let moved = permitting(None, Some(&first));
        let same = identify(SHA_256, &chip_key, Sector::Second, &first, &moved).unwrap();
        assert_eq!(here, same);
    }
}

#[test]
fn the_chip_refuses_a_sector_that_the_certificate_does_not_name() {
    let curve = Curve::P256;
    let (first, second) = (sector(curve, 1), sector(curve, 2));
    let chip_key = key(curve, 3);
    for permitted in [
        permitting(None, None),
        permitting(Some(&second), None),
        permitting(None, Some(&first)),
        TerminalSector {
            hash: Hash::Sha384,
            ..permitting(Some(&first), None)
        },
        TerminalSector {
            first: Some(first.digest(Hash::Sha256)[..31].to_vec()),
            ..permitting(None, None)
        },
    ] {
        let error = identify(SHA_256, &chip_key, Sector::First, &first, &permitted).unwrap_err();
        assert_eq!(error.status_word(), StatusWord::AUTHENTICATION_FAILED);
    }
}

#[test]
fn the_chip_refuses_a_sector_key_over_another_curve_or_protocol() {
    let first = sector(Curve::P384, 1);
    let permitted = permitting(Some(&first), None);
    let error = identify(
        SHA_256,
        &key(Curve::P256, 3),
        Sector::First,
        &first,
        &permitted,
    )
    .unwrap_err();
    assert_eq!(error, Error::InvalidPoint);
    let other = RestrictedIdentificationProtocol::EcdhSha512;
    let error = identify(
        other,
        &key(Curve::P384, 3),
        Sector::First,
        &first,
        &permitted,
    )
    .unwrap_err();
    assert_eq!(error.status_word(), StatusWord::INCORRECT_DATA);
}

#[test]
fn the_chip_takes_one_sector_key_at_a_time() {
    let first = sector(Curve::P256, 1);
    let permitted = permitting(Some(&first), Some(&first));
    let (_, command) = terminal::start(SHA_256, Sector::First, &first);
    // Behind 7C 82 xx xx, behind A0 82 xx xx.
    let object = &command.data()[4..];
    let mut second = object.to_vec();
    second[0] = 0xA2;
    let template = |objects: &[&[u8]]| tlv::encode(tlv::Tag(0x7C), &objects.concat());
    for wrong in [
        template(&[]),
        template(&[object, &second]),
        template(&[object, object]),
        template(&[object, &[0x80, 0x00]]),
        [template(&[object]), vec![0x00]].concat(),
        object.to_vec(),
        Vec::new(),
    ] {
        let error = chip::identify(SHA_256, &key(Curve::P256, 3), &permitted, &wrong).unwrap_err();
        assert_eq!(error.status_word(), StatusWord::INCORRECT_DATA);
    }
}

#[test]
fn a_sector_key_has_each_object_once_in_its_order_and_the_cofactor_at_will() {
    let object = sector(Curve::P256, 1).to_data_object();
    let mut reader = tlv::TlvReader::new(&object);
    let parts: Vec<_> = reader
        .expect(tlv::Tag(0x7F49))
        .unwrap()
        .children()
        .map(|part| part.unwrap().raw.to_vec())
        .collect();
    let parse =
        |parts: &[Vec<u8>]| SectorPublicKey::parse(&tlv::encode(tlv::Tag(0x7F49), &parts.concat()));
    assert!(parse(&parts).is_ok());
    assert!(parse(&parts[..7]).is_ok());
    for missing in 0..7 {
        let mut parts = parts.clone();
        parts.remove(missing);
        assert!(parse(&parts).is_err(), "without object {missing}");
    }
    for twice in 0..8 {
        let mut parts = parts.clone();
        parts.insert(twice, parts[twice].clone());
        assert!(parse(&parts).is_err(), "object {twice} twice");
    }
    for swapped in 0..7 {
        let mut parts = parts.clone();
        parts.swap(swapped, swapped + 1);
        assert!(parse(&parts).is_err(), "object {swapped} too late");
    }
    // A point that is not on the curve, and the point at infinity.
    let mut off = parts.clone();
    *off[6].last_mut().unwrap() ^= 1;
    assert_eq!(parse(&off), Err(Error::InvalidPoint));
    let mut infinity = parts.clone();
    infinity[6] = vec![0x86, 0x01, 0x00];
    assert_eq!(parse(&infinity), Err(Error::InvalidPoint));
    // The private key 0 times anything would be no better: the cofactor is 1 and nothing else.
    let mut cofactor = parts;
    cofactor[7] = vec![0x87, 0x01, 0x04];
    assert!(parse(&cofactor).is_err());
}

#[test]
fn domain_parameters_are_those_that_other_programs_wrote() {
    for (curve, file) in [
        (Curve::P256, "lds/ecparameters-prime256v1.hex"),
        (
            Curve::BrainpoolP256r1,
            "lds/ecparameters-brainpoolp256r1.hex",
        ),
        (Curve::P384, "lds/ecparameters-secp384r1.hex"),
    ] {
        let text = std::fs::read_to_string(support::vectors().join(file)).unwrap();
        let written = hex::decode(text.split_whitespace().collect::<String>()).unwrap();
        let object = sector(curve, 1).to_data_object();
        let parts: Vec<_> = tlv::TlvReader::new(&object)
            .expect(tlv::Tag(0x7F49))
            .unwrap()
            .children()
            .map(|part| part.unwrap())
            .filter(|part| (0x81..=0x85).contains(&part.tag.0))
            .map(|part| part.value.to_vec())
            .collect();
        assert_eq!(parts.len(), 5);
        let mut from = 0;
        for part in parts {
            let found = written[from..]
                .windows(part.len())
                .position(|window| window == part)
                .unwrap();
            from += found + part.len();
        }
    }
}

#[test]
fn the_terminal_refuses_an_identifier_of_another_length_or_place() {
    let key = sector(Curve::P256, 1);
    for answer in [
        vec![],
        vec![0x7C, 0x00],
        [&[0x7C, 0x21, 0x81, 0x1F][..], &[1; 31], &[0x00]].concat(),
        [&[0x7C, 0x21, 0x81, 0x1F][..], &[1; 31]].concat(),
        [&[0x7C, 0x22, 0x83, 0x20][..], &[1; 32]].concat(),
        [&[0x7C, 0x23, 0x81, 0x21][..], &[1; 33]].concat(),
    ] {
        let (state, _) = terminal::start(SHA_256, Sector::First, &key);
        assert!(matches!(
            state.finish(&ok(answer)),
            Err(Error::Malformed(_))
        ));
    }
    let (state, _) = terminal::start(SHA_256, Sector::First, &key);
    let refused = ResponseApdu::new([], StatusWord::SECURITY_STATUS_NOT_SATISFIED);
    assert_eq!(
        state.finish(&refused),
        Err(Error::Refused(StatusWord::SECURITY_STATUS_NOT_SATISFIED))
    );
}

#[test]
fn the_authorities_find_a_lost_card_in_every_sector_without_it() {
    for curve in Curve::ALL {
        for protocol in RestrictedIdentificationProtocol::ALL {
            let [revocation, here, there, chip_key] = [1, 2, 3, 4].map(|seed| key(curve, seed));
            let transformed =
                authority::revoke(&revocation, &chip_key.public_key().unwrap()).unwrap();
            let transformed =
                authority::TransformedKey::received(transformed.as_public_key().clone());
            for sector_key in [here, there] {
                let sector = authority::sector_public_key(
                    protocol,
                    &sector_key,
                    &revocation.public_key().unwrap(),
                )
                .unwrap();
                let permitted = permitting(Some(&sector), None);
                let told =
                    identify(protocol, &chip_key, Sector::First, &sector, &permitted).unwrap();
                let computed =
                    authority::sector_identifier(protocol, &sector_key, &transformed).unwrap();
                assert_eq!(told, computed);
                // Neither authority gets there alone.
                let untransformed =
                    authority::TransformedKey::received(chip_key.public_key().unwrap());
                assert_ne!(
                    told,
                    authority::sector_identifier(protocol, &sector_key, &untransformed).unwrap()
                );
            }
        }
    }
}

#[test]
fn an_identifier_prints_nothing() {
    let identifier = SectorIdentifier::from_bytes(SHA_256, &[0xAB; 32]).unwrap();
    assert_eq!(format!("{identifier:?}"), "SectorIdentifier(..)");
    assert!(SectorIdentifier::from_bytes(SHA_256, &[0xAB; 31]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_change_of_a_sector_key_passes_the_certificate(
        position in any::<prop::sample::Index>(),
        change in 1u8..,
    ) {
        let first = sector(Curve::P256, 1);
        let permitted = permitting(Some(&first), None);
        let (_, command) = terminal::start(SHA_256, Sector::First, &first);
        let mut data = command.data().to_vec();
        let position = position.index(data.len());
        data[position] ^= change;
        let chip_key = key(Curve::P256, 3);
        prop_assert!(chip::identify(SHA_256, &chip_key, &permitted, &data).is_err());
    }

    #[test]
    fn any_bytes_are_refused_without_panic(data in prop::collection::vec(any::<u8>(), 0..400)) {
        let permitted = permitting(None, None);
        prop_assert!(chip::identify(SHA_256, &key(Curve::P256, 3), &permitted, &data).is_err());
        prop_assert!(SectorPublicKey::parse(&data).is_err());
    }
}

#[test]
fn a_valid_key_of_ours_is_parsed_as_written() {
    for curve in Curve::ALL {
        let key = sector(curve, 9);
        let read = SectorPublicKey::parse(&key.to_data_object()).unwrap();
        assert_eq!(read, key);
        let point: &EcPublicKey = read.key();
        assert_eq!(point.curve(), curve);
    }
}
