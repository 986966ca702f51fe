//! GENERATE ASYMMETRIC KEY PAIR: who may, what comes out, and what becomes of the certificate.

use applet_sim::{HolderPublicKey, KeyKind};
use cvc::{Chat, Right};
use iso7816::{
    CommandApdu, StatusWord,
    tlv::{Tag, TlvReader},
};
use p256::{
    ecdsa::{VerifyingKey, signature::hazmat::PrehashVerifier},
    elliptic_curve::sec1::FromSec1Point,
};
use rsa::BoxedUint;
use sha2::Sha256;

use super::{
    AUTHENTICATION, CIA, DECIPHERMENT, DENIED, INCORRECT, NO_REFERENCE, NOT_FOUND, OK, PIN2,
    SIGNATURE, at_the_authority, authenticate, authority, enter, every_right, generate, image,
    p256, reader, reopened, rsa, set, sign, slots, status, verify, with_pin2,
};
use crate::{agency::only, card, reader::Reader};

const USES: [(u8, u8); 3] = [
    (0xB6, SIGNATURE),
    (0xA4, AUTHENTICATION),
    (0xB8, DECIPHERMENT),
];

/// The two values of a public key data object.
fn public_key(reader: &mut Reader, command: &CommandApdu) -> [(Tag, Vec<u8>); 2] {
    let response = reader.send(command);
    assert_eq!(response.status, OK);
    let object = iso7816::tlv::find(&response.data, Tag(0x7F49)).unwrap();
    let parts = TlvReader::new(object.unwrap()).strict();
    let parts: Vec<_> = parts.map(|it| it.unwrap()).collect();
    let [first, second] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    [first, second].map(|it| (it.tag, it.value.to_vec()))
}

/// At the authority, PIN2 verified.
fn ready(rights: Chat) -> Reader {
    let office = authority(rights);
    let mut reader = at_the_authority(&office, &card::pin1(), rights);
    assert_eq!(verify(&mut reader, PIN2), OK);
    reader
}

/// In the holder's own session.
fn at_home(reader: Reader) -> Reader {
    let mut reader = reopened(&reader.chip.into_memory());
    enter(&mut reader, &card::can());
    assert_eq!(verify(&mut reader, PIN2), OK);
    reader
}

#[test]
fn a_new_rsa_key_signs_and_its_public_half_can_be_read_again() {
    let mut reader = ready(every_right());
    let [modulus, exponent] = public_key(&mut reader, &generate(0x80, 0xB6, SIGNATURE, None));
    assert_eq!((modulus.0, modulus.1.len()), (Tag(0x81), 256));
    assert_eq!(modulus.1[0] >> 7, 1, "2048 bits");
    assert_eq!(exponent, (Tag(0x82), vec![1, 0, 1]));
    let mut reader = at_home(reader);
    let again = public_key(&mut reader, &generate(0x81, 0xB6, SIGNATURE, None));
    assert_eq!(again, [modulus.clone(), exponent.clone()]);
    let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
    let key = rsa::PublicKey::new(number(&modulus.1), number(&exponent.1)).unwrap();
    assert_eq!(status(&mut reader, &set(0xB6, 0x11, SIGNATURE)), OK);
    let signature = reader.send(&sign(&[7; 32])).data;
    key.pkcs1v15_verify_prehash::<Sha256>(&[7; 32], &signature)
        .unwrap();
}

#[test]
fn a_new_p256_key_takes_the_place_of_any_other() {
    let mut reader = ready(every_right());
    let command = generate(0x80, 0xB6, SIGNATURE, Some(0x31));
    let [curve, point] = public_key(&mut reader, &command);
    assert_eq!(curve.0, Tag(0x06));
    assert_eq!(curve.1, b"\x2A\x86\x48\xCE\x3D\x03\x01\x07");
    assert_eq!(point.0, Tag(0x86));
    let mut reader = at_home(reader);
    assert_eq!(status(&mut reader, &set(0xB6, 0x11, SIGNATURE)), INCORRECT);
    assert_eq!(status(&mut reader, &set(0xB6, 0x31, SIGNATURE)), OK);
    let signature = reader.send(&sign(&[7; 32])).data;
    let point = p256::Sec1Point::from_bytes(&point.1).unwrap();
    let key = p256::PublicKey::from_sec1_point(&point).unwrap();
    let signature = p256::ecdsa::Signature::from_slice(&signature).unwrap();
    VerifyingKey::from(key)
        .verify_prehash(&[7; 32], &signature)
        .unwrap();
}

#[test]
fn the_old_certificate_goes_with_the_old_key_and_the_others_stay() {
    let mut reader = ready(every_right());
    let command = generate(0x80, 0xA4, AUTHENTICATION, Some(0x31));
    public_key(&mut reader, &command);
    assert_eq!(reader.read_short(0x0B).status, OK);
    assert_eq!(reader.read_short(0x0C).status, NOT_FOUND);
    assert_eq!(reader.read_short(0x0D).status, OK);
    let first = public_key(&mut reader, &generate(0x81, 0xA4, AUTHENTICATION, None));
    assert_ne!(
        first,
        public_key(&mut reader, &command),
        "another each time"
    );
}

#[test]
fn an_empty_slot_is_filled() {
    let rights = every_right();
    let mut office = authority(rights);
    for slot in slots(&mut office.image) {
        (slot.key, slot.certificate) = (None, None);
    }
    let mut reader = at_the_authority(&office, &card::can(), rights);
    assert_eq!(verify(&mut reader, PIN2), OK);
    let read = generate(0x81, 0xA4, AUTHENTICATION, None);
    assert_eq!(status(&mut reader, &read), NO_REFERENCE);
    let command = generate(0x80, 0xA4, AUTHENTICATION, Some(0x31));
    let new = public_key(&mut reader, &command);
    assert_eq!(public_key(&mut reader, &read), new);
    let mut reader = at_home(reader);
    assert_eq!(status(&mut reader, &set(0xA4, 0x31, AUTHENTICATION)), OK);
    assert_eq!(reader.send(&authenticate(&[7; 32])).status, OK);
}

#[test]
fn each_slot_needs_its_own_right() {
    let qualified = Right::InstallQualifiedCertificate;
    let others = Right::InstallCertificate;
    let every_other: Vec<Right> = every_other_right();
    for (rights, allowed) in [
        (only(&[qualified]), [true, false]),
        (only(&[others]), [false, true]),
        (only(&every_other), [false, false]),
    ] {
        let mut reader = ready(rights);
        for ((template, key), allowed) in USES.into_iter().zip([allowed[0], allowed[1]]) {
            let command = generate(0x80, template, key, Some(0x31));
            let expected = if allowed { OK } else { DENIED };
            assert_eq!(reader.send(&command).status, expected, "{key:02X}");
        }
        let command = generate(0x80, 0xB8, DECIPHERMENT, Some(0x11));
        let expected = if allowed[1] { OK } else { DENIED };
        assert_eq!(reader.send(&command).status, expected);
    }
}

/// The rights that have nothing to do with certificates.
fn every_other_right() -> Vec<Right> {
    let all = crate::agency::everything(cvc::Role::Terminal);
    let installs = |right: &Right| {
        matches!(
            right,
            Right::InstallQualifiedCertificate | Right::InstallCertificate
        )
    };
    all.rights().filter(|right| !installs(right)).collect()
}

#[test]
fn without_pin2_in_its_session_the_authority_may_not() {
    let office = authority(every_right());
    let mut reader = at_the_authority(&office, &card::pin1(), every_right());
    let command = generate(0x80, 0xA4, AUTHENTICATION, Some(0x31));
    assert_eq!(status(&mut reader, &command), DENIED);
    assert_eq!(verify(&mut reader, PIN2), OK);
    assert_eq!(reader.send(&command).status, OK);
}

#[test]
fn the_holder_may_not_without_the_authority() {
    let mut reader = reader(&image());
    for password in [card::can(), card::pin1(), card::puk()] {
        enter(&mut reader, &password);
        assert_eq!(verify(&mut reader, PIN2), OK);
        for (template, key) in USES {
            let command = generate(0x80, template, key, None);
            assert_eq!(status(&mut reader, &command), DENIED);
        }
    }
}

#[test]
fn a_public_key_is_for_whoever_reads_the_directory_files() {
    let mut reader = reader(&image());
    for (password, expected) in [(card::can(), OK), (card::pin1(), OK), (card::puk(), DENIED)] {
        enter(&mut reader, &password);
        for (template, key) in USES {
            let command = generate(0x81, template, key, None);
            assert_eq!(reader.send(&command).status, expected);
        }
    }
    let mut reader = with_pin2(&image());
    let HolderPublicKey::Rsa { modulus, exponent } = rsa(0).public_key().unwrap() else {
        panic!("an RSA key");
    };
    let found = public_key(&mut reader, &generate(0x81, 0xB6, SIGNATURE, None));
    assert_eq!(found, [(Tag(0x81), modulus), (Tag(0x82), exponent)]);
    let HolderPublicKey::P256(point) = p256(502).public_key().unwrap() else {
        panic!("an elliptic curve key");
    };
    let found = public_key(&mut reader, &generate(0x81, 0xA4, AUTHENTICATION, None));
    assert_eq!(found[1], (Tag(0x86), point.as_uncompressed().to_vec()));
}

#[test]
fn malformed_ones_are_refused_by_their_form() {
    let mut reader = ready(every_right());
    let command = |p1, p2, data: &[u8]| {
        CommandApdu::new(0x00, 0x47, p1, p2)
            .with_data(data)
            .with_ne(256)
    };
    let parameters = StatusWord::INCORRECT_P1_P2;
    for (command, expected) in [
        (command(0x82, 0x00, b"\xB6\x03\x84\x01\x81"), parameters),
        (command(0x80, 0x01, b"\xB6\x03\x84\x01\x81"), parameters),
        (command(0x80, 0x00, b""), StatusWord::WRONG_LENGTH),
        (command(0x80, 0x00, b"\x84\x01\x81"), INCORRECT),
        (command(0x80, 0x00, b"\xB6\x00"), INCORRECT),
        (command(0x80, 0x00, b"\xB6\x03\x80\x01\x11"), INCORRECT),
        (command(0x80, 0x00, b"\xB6\x04\x84\x02\x81\x81"), INCORRECT),
        (command(0x80, 0x00, b"\xB6\x03\x84\x01\x81\x00"), INCORRECT),
        (generate(0x80, 0xB6, SIGNATURE, Some(0x21)), INCORRECT),
        (generate(0x80, 0xB8, DECIPHERMENT, Some(0x31)), INCORRECT),
        (generate(0x81, 0xB6, SIGNATURE, Some(0x11)), INCORRECT),
        (generate(0x80, 0xB6, AUTHENTICATION, None), NO_REFERENCE),
        (generate(0x80, 0xA4, SIGNATURE, None), NO_REFERENCE),
        (generate(0x80, 0xB8, 0x84, None), NO_REFERENCE),
    ] {
        assert_eq!(status(&mut reader, &command), expected, "{command:?}");
    }
    assert_eq!(reader.read_short(0x0B).status, OK, "nothing happened");
    assert_eq!(reader.select_application(CIA), OK);
    assert_eq!(rsa(0).kind(), KeyKind::Rsa2048);
}
