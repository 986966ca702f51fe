//! PSO:COMPUTE DIGITAL SIGNATURE and INTERNAL AUTHENTICATE: each algorithm against a verifier that is not ours, and
//! PIN2 for every signature that binds the holder.

use applet_sim::{CardImage, HolderKey};
use iso7816::{CommandApdu, StatusWord};
use p256::{
    ecdsa::{VerifyingKey, signature::hazmat::PrehashVerifier},
    pkcs8::DecodePublicKey,
};
use sha2::{Sha256, Sha384, Sha512};

use super::{
    AUTHENTICATION, CIA, CONDITIONS, DENIED, INCORRECT, OK, PIN2, SIGNATURE, WRONG_PIN2,
    at_the_authority, authenticate, authority, enter, every_right, image, p256, pin2_state,
    public_key_info, reader, rsa, set, sign, slots, status, verify, with_pin2,
};
use crate::{card, passwords::tries, reader::Reader};

/// The hash value that this algorithm signs.
fn value(algorithm: u8) -> Vec<u8> {
    let length = match algorithm & 0x0F {
        1 => 32,
        2 => 48,
        _ => 64,
    };
    (0..length).map(|n| n * 3 + algorithm).collect()
}

fn is_signed(key: &HolderKey, algorithm: u8, value: &[u8], signature: &[u8]) -> bool {
    let info = public_key_info(key);
    if algorithm >= 0x31 {
        let key = VerifyingKey::from_public_key_der(&info).unwrap();
        let signature = p256::ecdsa::Signature::from_slice(signature).unwrap();
        return key.verify_prehash(value, &signature).is_ok();
    }
    let key = rsa::PublicKey::from_public_key_der(&info).unwrap();
    match algorithm {
        0x11 => key.pkcs1v15_verify_prehash::<Sha256>(value, signature),
        0x12 => key.pkcs1v15_verify_prehash::<Sha384>(value, signature),
        0x13 => key.pkcs1v15_verify_prehash::<Sha512>(value, signature),
        0x21 => key.pss_verify_prehash::<Sha256>(value, signature),
        0x22 => key.pss_verify_prehash::<Sha384>(value, signature),
        0x23 => key.pss_verify_prehash::<Sha512>(value, signature),
        _ => unreachable!(),
    }
    .is_ok()
}

/// A card with this key for signatures and for authentication.
fn card_with(key: &HolderKey) -> CardImage {
    let mut image = image();
    for slot in slots(&mut image).into_iter().take(2) {
        slot.key = Some(key.clone());
        slot.certificate = None;
    }
    image
}

const RSA: [u8; 6] = [0x11, 0x12, 0x13, 0x21, 0x22, 0x23];
const ECDSA: [u8; 3] = [0x31, 0x32, 0x33];

#[test]
fn every_algorithm_makes_signatures_that_others_verify() {
    for (key, algorithms) in [(rsa(0), &RSA[..]), (p256(502), &ECDSA)] {
        let mut reader = reader(&card_with(&key));
        enter(&mut reader, &card::can());
        for algorithm in algorithms {
            let value = value(*algorithm);
            assert_eq!(verify(&mut reader, PIN2), OK);
            for (template, name, command) in [
                (0xB6, SIGNATURE, sign(&value)),
                (0xA4, AUTHENTICATION, authenticate(&value)),
            ] {
                let set = set(template, *algorithm, name);
                assert_eq!(status(&mut reader, &set), OK);
                let response = reader.send(&command);
                assert_eq!(response.status, OK);
                assert!(
                    is_signed(&key, *algorithm, &value, &response.data),
                    "{algorithm:02X} {name:02X}"
                );
                let mut other = value.clone();
                other[0] ^= 1;
                assert!(!is_signed(&key, *algorithm, &other, &response.data));
                let length = if *algorithm >= 0x31 { 64 } else { 256 };
                assert_eq!(response.data.len(), length);
            }
        }
    }
}

#[test]
fn a_value_of_another_length_is_refused_and_leaves_pin2_for_the_right_one() {
    for (key, algorithms) in [(rsa(0), &RSA[..]), (p256(502), &ECDSA)] {
        let mut reader = with_pin2(&card_with(&key));
        for algorithm in algorithms {
            let right = value(*algorithm).len();
            assert_eq!(status(&mut reader, &set(0xB6, *algorithm, SIGNATURE)), OK);
            assert_eq!(
                status(&mut reader, &set(0xA4, *algorithm, AUTHENTICATION)),
                OK
            );
            for length in [0, 1, 20, 31, 32, 33, 48, 64, 65].into_iter() {
                if length != right {
                    let value = vec![1; length];
                    assert_eq!(status(&mut reader, &sign(&value)), INCORRECT);
                    assert_eq!(status(&mut reader, &authenticate(&value)), INCORRECT);
                }
            }
            assert_eq!(reader.send(&sign(&vec![1; right])).status, OK);
            assert_eq!(verify(&mut reader, PIN2), OK);
        }
    }
}

/// A reader in which everything is set for both uses, and PIN2 verified.
fn ready() -> Reader {
    let mut reader = with_pin2(&image());
    assert_eq!(status(&mut reader, &set(0xB6, 0x21, SIGNATURE)), OK);
    assert_eq!(status(&mut reader, &set(0xA4, 0x31, AUTHENTICATION)), OK);
    reader
}

const VALUE: [u8; 32] = [7; 32];

#[test]
fn each_signature_that_binds_the_holder_needs_pin2_anew() {
    let mut reader = ready();
    for _ in 0..2 {
        assert_eq!(reader.send(&sign(&VALUE)).status, OK);
        assert_eq!(status(&mut reader, &sign(&VALUE)), DENIED);
        assert_eq!(verify(&mut reader, PIN2), OK);
    }
    assert_eq!(
        reader.send(&sign(&VALUE)).status,
        OK,
        "the environment stays"
    );
}

#[test]
fn the_other_uses_stay_for_the_session() {
    let mut reader = ready();
    assert_eq!(reader.send(&sign(&VALUE)).status, OK);
    for _ in 0..3 {
        assert_eq!(reader.send(&authenticate(&VALUE)).status, OK);
    }
    assert_eq!(pin2_state(&mut reader), OK);
    assert_eq!(reader.read_short(0x0B).status, OK);
}

#[test]
fn without_pin2_nothing_is_signed() {
    let mut reader = reader(&image());
    for password in [card::can(), card::pin1()] {
        enter(&mut reader, &password);
        assert_eq!(status(&mut reader, &set(0xB6, 0x21, SIGNATURE)), OK);
        assert_eq!(status(&mut reader, &set(0xA4, 0x31, AUTHENTICATION)), OK);
        assert_eq!(status(&mut reader, &sign(&VALUE)), DENIED);
        assert_eq!(status(&mut reader, &authenticate(&VALUE)), DENIED);
        assert_eq!(verify(&mut reader, WRONG_PIN2), tries(2));
        assert_eq!(status(&mut reader, &sign(&VALUE)), DENIED);
        assert_eq!(verify(&mut reader, PIN2), OK);
        assert_eq!(reader.send(&sign(&VALUE)).status, OK);
        assert_eq!(reader.send(&authenticate(&VALUE)).status, OK);
    }
}

#[test]
fn without_an_environment_nothing_is_signed_and_pin2_is_not_used_up() {
    let mut reader = with_pin2(&image());
    assert_eq!(status(&mut reader, &sign(&VALUE)), CONDITIONS);
    assert_eq!(status(&mut reader, &authenticate(&VALUE)), CONDITIONS);
    assert_eq!(status(&mut reader, &set(0xB6, 0x11, SIGNATURE)), OK);
    assert_eq!(reader.send(&sign(&VALUE)).status, OK);
}

#[test]
fn no_terminal_signs_for_the_holder_whatever_its_rights() {
    let office = authority(every_right());
    for password in [card::can(), card::pin1()] {
        let mut reader = at_the_authority(&office, &password, every_right());
        assert_eq!(verify(&mut reader, PIN2), OK);
        assert_eq!(status(&mut reader, &sign(&VALUE)), DENIED);
        assert_eq!(status(&mut reader, &authenticate(&VALUE)), DENIED);
    }
}

#[test]
fn pss_and_ecdsa_sign_differently_each_time() {
    for (key, algorithm) in [(rsa(0), 0x21), (p256(502), 0x31)] {
        let mut reader = with_pin2(&card_with(&key));
        assert_eq!(
            status(&mut reader, &set(0xA4, algorithm, AUTHENTICATION)),
            OK
        );
        let first = reader.send(&authenticate(&VALUE)).data;
        assert_ne!(first, reader.send(&authenticate(&VALUE)).data);
    }
}

#[test]
fn other_parameters_name_no_operation() {
    let mut reader = ready();
    for (ins, p1, p2) in [
        (0x2A, 0x9E, 0x9B),
        (0x2A, 0x9E, 0xAC),
        (0x2A, 0x80, 0x84),
        (0x2A, 0x86, 0x80),
        (0x88, 0x00, 0x01),
        (0x88, 0x21, 0x00),
    ] {
        let command = CommandApdu::new(0x00, ins, p1, p2).with_data(VALUE);
        assert_eq!(status(&mut reader, &command), StatusWord::INCORRECT_P1_P2);
    }
    assert_eq!(reader.select_application(CIA), OK);
}
