//! PSO:DECIPHER: every padding, and nothing that tells a wrong one apart.

use iso7816::StatusWord;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rsa::{pkcs8::DecodePublicKey, traits::PublicKeyParts};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::{
    CONDITIONS, DECIPHERMENT, DENIED, INCORRECT, OK, PIN2, at_the_authority, authority, decipher,
    enter, every_right, image, public_key_info, reader, rsa, set, status, verify, with_pin2,
};
use crate::{card, reader::Reader};

const MESSAGE: &[u8] = b"a key of thirty-two bytes, or so";

fn public() -> rsa::PublicKey {
    rsa::PublicKey::from_public_key_der(&public_key_info(&rsa(1))).unwrap()
}

/// The message enciphered for this algorithm.
fn encipher(algorithm: u8, message: &[u8]) -> Vec<u8> {
    let rng = &mut ChaCha20Rng::seed_from_u64(u64::from(algorithm));
    let key = public();
    match algorithm {
        0x41 => key.pkcs1v15_encrypt_with_rng(rng, message),
        0x42 => key.oaep_encrypt_with_rng::<Sha1, _>(rng, message),
        0x43 => key.oaep_encrypt_with_rng::<Sha256, _>(rng, message),
        0x44 => key.oaep_encrypt_with_rng::<Sha384, _>(rng, message),
        0x45 => key.oaep_encrypt_with_rng::<Sha512, _>(rng, message),
        _ => unreachable!(),
    }
    .unwrap()
}

const OAEP: [u8; 4] = [0x42, 0x43, 0x44, 0x45];

fn ready(algorithm: u8) -> Reader {
    let mut reader = with_pin2(&image());
    let set = set(0xB8, algorithm, DECIPHERMENT);
    assert_eq!(status(&mut reader, &set), OK);
    reader
}

#[test]
fn every_algorithm_deciphers_what_others_enciphered() {
    for algorithm in [0x41, 0x42, 0x43, 0x44, 0x45] {
        let mut reader = ready(algorithm);
        for message in [MESSAGE, &[], &[0; 100]] {
            let response = reader.send(&decipher(&encipher(algorithm, message)));
            assert_eq!(response.status, OK);
            assert_eq!(response.data, message, "{algorithm:02X}");
        }
    }
}

#[test]
fn a_wrong_padding_yields_the_same_wrong_message_each_time_and_no_status() {
    let mut reader = ready(0x41);
    let mut messages = Vec::new();
    for last in 0..4 {
        let mut cryptogram = encipher(0x41, MESSAGE);
        cryptogram[255] ^= 1 + last;
        let first = reader.send(&decipher(&cryptogram));
        assert_eq!(first.status, OK);
        assert_ne!(first.data, MESSAGE);
        assert_eq!(reader.send(&decipher(&cryptogram)).data, first.data);
        // The same key on another day.
        assert_eq!(ready(0x41).send(&decipher(&cryptogram)).data, first.data);
        messages.push(first.data);
    }
    messages.dedup();
    assert_eq!(messages.len(), 4, "it depends on the cryptogram");
}

#[test]
fn whatever_is_wrong_with_oaep_has_one_status() {
    for algorithm in OAEP {
        let mut reader = ready(algorithm);
        let right = encipher(algorithm, MESSAGE);
        let mut changed = right.clone();
        changed[255] ^= 1;
        // Of another hash function, and of another padding.
        let other = encipher(if algorithm == 0x42 { 0x43 } else { 0x42 }, MESSAGE);
        for wrong in [changed, other, encipher(0x41, MESSAGE), vec![0; 256]] {
            assert_eq!(status(&mut reader, &decipher(&wrong)), INCORRECT);
        }
        assert_eq!(reader.send(&decipher(&right)).data, MESSAGE);
    }
}

#[test]
fn what_is_no_cryptogram_has_that_status_too() {
    for algorithm in [0x41, 0x42] {
        let mut reader = ready(algorithm);
        let right = encipher(algorithm, MESSAGE);
        let too_large = public().n_bytes().to_vec();
        for wrong in [&right[..255], &[&[0], &right[..]].concat(), &[], &too_large] {
            assert_eq!(status(&mut reader, &decipher(wrong)), INCORRECT);
        }
        let indicated = decipher(&right);
        let mut data = indicated.data().to_vec();
        data[0] = 0x81;
        let indicated = iso7816::CommandApdu::new(0x00, 0x2A, 0x80, 0x86)
            .with_data(data)
            .with_ne(256);
        assert_eq!(status(&mut reader, &indicated), INCORRECT);
    }
}

#[test]
fn it_takes_pin2_once_a_session_and_an_environment() {
    let cryptogram = encipher(0x43, MESSAGE);
    let mut reader = reader(&image());
    enter(&mut reader, &card::pin1());
    assert_eq!(status(&mut reader, &set(0xB8, 0x43, DECIPHERMENT)), OK);
    assert_eq!(status(&mut reader, &decipher(&cryptogram)), DENIED);
    assert_eq!(verify(&mut reader, PIN2), OK);
    for _ in 0..2 {
        assert_eq!(reader.send(&decipher(&cryptogram)).data, MESSAGE);
    }
    let mut reader = with_pin2(&image());
    assert_eq!(status(&mut reader, &decipher(&cryptogram)), CONDITIONS);
    let office = authority(every_right());
    let mut reader = at_the_authority(&office, &card::pin1(), every_right());
    assert_eq!(verify(&mut reader, PIN2), OK);
    assert_eq!(status(&mut reader, &decipher(&cryptogram)), DENIED);
}

#[test]
fn a_cryptogram_comes_in_a_chain_of_short_commands_too() {
    let mut reader = ready(0x43);
    let whole = [&[0x00], &encipher(0x43, MESSAGE)[..]].concat();
    let (first, last) = whole.split_at(200);
    let part = iso7816::CommandApdu::new(0x10, 0x2A, 0x80, 0x86).with_data(first);
    assert_eq!(reader.send(&part).status, StatusWord::OK);
    let part = iso7816::CommandApdu::new(0x00, 0x2A, 0x80, 0x86)
        .with_data(last)
        .with_ne(256);
    assert_eq!(reader.send(&part).data, MESSAGE);
}
