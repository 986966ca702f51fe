//! No byte of a message is without effect: whatever is changed, it does not verify.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use signing::{MessageDigest, SignedData, SigningKey, Verifier};

use crate::documents::{self, builder};
use crate::key::SoftwareKey;
use crate::openssl::{now, path};
use crate::{consent, login};

/// Every message that this crate makes, with the function that verifies it.
type Case = (&'static str, Vec<u8>, fn(&[u8]) -> bool);

fn cases() -> Vec<Case> {
    let mut rsa = SoftwareKey::rsa("signature-rsa", 1);
    let mut p256 = SoftwareKey::signature();
    let mut key = SoftwareKey::authentication();
    let challenge = login::challenge(1).to_der().unwrap();
    let digest = MessageDigest::of(p256.algorithm().digest(), b"a letter");
    vec![
        (
            "document, RSA",
            builder().attached(b"a letter", &mut rsa).unwrap(),
            |message| documents::verify(message).is_ok(),
        ),
        (
            "document, by key",
            builder()
                .by_key_identifier()
                .attached(b"a letter", &mut p256)
                .unwrap(),
            |message| documents::verify(message).is_ok(),
        ),
        (
            "detached",
            builder().detached(&digest, &mut p256).unwrap(),
            |message| {
                SignedData::parse(message).is_ok_and(|signed| {
                    let digest = MessageDigest::of(signed.digest_algorithm(), b"a letter");
                    Verifier::new(&path, now())
                        .detached(&signed, &digest)
                        .is_ok()
                })
            },
        ),
        (
            "login",
            signing::login::answer(&challenge, &login::origin(), &mut key).unwrap(),
            |message| {
                let mut open = login::open(&[&login::challenge(1)]);
                login::verify(message, &mut open).is_ok()
            },
        ),
        (
            "consent",
            consent::statement().sign(now(), &mut p256).unwrap(),
            |message| consent::verify(message).is_ok(),
        ),
    ]
}

#[test]
fn no_message_verifies_with_any_bit_of_any_byte_changed() {
    for (name, message, verifies) in cases() {
        assert!(verifies(&message), "{name}");
        for position in 0..message.len() {
            // One bit of each byte, another one from byte to byte; and the byte turned round.
            for mask in [1 << (position % 8), 0xff] {
                let mut changed = message.clone();
                changed[position] ^= mask;
                assert!(!verifies(&changed), "{name}: byte {position} ^ {mask:02x}");
            }
        }
    }
}

/// Every way to append `more` to what a constructed element of `element` contains, with lengths that are right.
fn appended(element: &[u8], more: &[u8]) -> Vec<Vec<u8>> {
    let Some(children) = crate::craft::children(element) else {
        return Vec::new();
    };
    let all = children.concat();
    let mut found = vec![crate::craft::tlv(element[0], &[&all, more])];
    for (position, child) in children.iter().enumerate() {
        for changed in appended(child, more) {
            let mut children = children.clone();
            children[position] = &changed;
            found.push(crate::craft::tlv(element[0], &[&children.concat()]));
        }
    }
    found
}

#[test]
fn no_message_verifies_with_an_element_more_anywhere() {
    for (name, message, verifies) in cases() {
        let mut places = 0;
        for more in [&[5, 0][..], &[0x30, 0], &[0xa2, 0]] {
            for changed in appended(&message, more) {
                places += 1;
                assert!(!verifies(&changed), "{name}: {changed:02x?}");
            }
        }
        assert!(places > 100, "{name}: {places}");
    }
}

#[test]
fn no_statement_is_read_with_an_element_more_anywhere() {
    let challenge = login::challenge(1).to_der().unwrap();
    for changed in appended(&challenge, &[5, 0]) {
        assert!(signing::login::LoginChallenge::from_der(&changed).is_err());
    }
    let statement = consent::statement().to_der().unwrap();
    let changed = appended(&statement, &[5, 0]);
    assert!(changed.len() > 5);
    for changed in changed {
        assert!(signing::consent::ConsentStatement::from_der(&changed).is_err());
    }
}

#[test]
fn no_message_verifies_with_bytes_replaced_taken_out_or_put_in() {
    let config = Config {
        cases: 400,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let cases = cases();
    let change = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0usize..4,
        proptest::collection::vec(any::<u8>(), 0..4),
    );
    TestRunner::new_with_rng(config, rng)
        .run(&change, |(case, position, taken, put_in)| {
            let (name, message, verifies) = case.get(&cases);
            let position = position.index(message.len());
            let end = (position + taken).min(message.len());
            let mut changed = message.clone();
            changed.splice(position..end, put_in);
            if changed != *message {
                prop_assert!(!verifies(&changed), "{name}: from byte {position}");
            }
            Ok(())
        })
        .unwrap();
}
