//! Active Authentication against signatures made with other software, and against ourselves.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail so"
)]

mod support;

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::{
    Curve, EcPrivateKey, EcPublicKey, Error,
    active_authentication::{self, Challenge, Hash},
};
use support::Vector;

fn challenge(case: &Vector) -> Challenge {
    case.bytes("challenge").try_into().unwrap()
}

#[test]
fn ecdsa_signatures_of_openssl_verify_and_no_bit_of_them_can_change() {
    let cases = Vector::open("openssl/active-authentication-ecdsa.json").list("cases");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let curve = match case.text("curve") {
            "P-256" => Curve::P256,
            "brainpoolP256r1" => Curve::BrainpoolP256r1,
            "P-384" => Curve::P384,
            other => panic!("{other}"),
        };
        let hash = match case.text("hash") {
            "SHA-1" => Hash::Sha1,
            "SHA-256" => Hash::Sha256,
            "SHA-384" => Hash::Sha384,
            "SHA-512" => Hash::Sha512,
            other => panic!("{other}"),
        };
        let key = EcPublicKey::from_uncompressed(curve, &case.bytes("public_key")).unwrap();
        let signature = case.bytes("signature");
        let challenge = challenge(&case);
        let proven = active_authentication::verify(&key, hash, &challenge, &signature).unwrap();
        assert_eq!(*proven.static_key(), key);

        for bit in (0..signature.len() * 8).step_by(7) {
            let mut wrong = signature.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            let refused = active_authentication::verify(&key, hash, &challenge, &wrong);
            assert!(matches!(refused, Err(Error::NotAuthentic(_))), "bit {bit}");
        }
        for bit in 0..64 {
            let mut wrong = challenge;
            wrong[bit / 8] ^= 1 << (bit % 8);
            let refused = active_authentication::verify(&key, hash, &wrong, &signature);
            assert!(matches!(refused, Err(Error::NotAuthentic(_))), "bit {bit}");
        }
        let shorter = &signature[..signature.len() - 1];
        assert!(active_authentication::verify(&key, hash, &challenge, shorter).is_err());
    }
}

#[test]
fn what_the_chip_signs_verifies_under_its_key_only() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    for curve in Curve::ALL {
        for hash in [Hash::Sha224, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let key = EcPrivateKey::generate(curve, &mut rng).unwrap();
            let public = key.public_key().unwrap();
            let challenge = [0x5A; 8];
            let signature = active_authentication::sign(&key, hash, &challenge, &mut rng).unwrap();
            assert_eq!(signature.len(), 2 * curve.field_size());
            active_authentication::verify(&public, hash, &challenge, &signature).unwrap();
            let again = active_authentication::sign(&key, hash, &challenge, &mut rng).unwrap();
            assert_ne!(signature, again);

            let other = EcPrivateKey::generate(curve, &mut rng)
                .unwrap()
                .public_key()
                .unwrap();
            let refused = active_authentication::verify(&other, hash, &challenge, &signature);
            assert!(matches!(refused, Err(Error::NotAuthentic(_))));
        }
    }
}

#[cfg(feature = "rsa")]
mod rsa {
    use super::*;

    #[test]
    fn rsa_signatures_over_the_example_of_doc_9303_verify_and_no_bit_of_them_can_change() {
        let cases = Vector::open("openssl/active-authentication-rsa.json").list("cases");
        assert_eq!(cases.len(), 8);
        for case in cases {
            let key = case.bytes("subject_public_key_info");
            let signature = case.bytes("signature");
            let challenge = challenge(&case);
            active_authentication::rsa::verify(&key, &challenge, &signature).unwrap();

            for bit in (0..signature.len() * 8).step_by(31) {
                let mut wrong = signature.clone();
                wrong[bit / 8] ^= 1 << (bit % 8);
                let refused = active_authentication::rsa::verify(&key, &challenge, &wrong);
                assert!(matches!(refused, Err(Error::NotAuthentic(_))), "bit {bit}");
            }
            for bit in 0..64 {
                let mut wrong = challenge;
                wrong[bit / 8] ^= 1 << (bit % 8);
                let refused = active_authentication::rsa::verify(&key, &wrong, &signature);
                assert!(matches!(refused, Err(Error::NotAuthentic(_))), "bit {bit}");
            }
            let mut longer = vec![0];
            longer.extend_from_slice(&signature);
            assert!(active_authentication::rsa::verify(&key, &challenge, &longer).is_err());
            assert!(active_authentication::rsa::verify(&[], &challenge, &signature).is_err());
        }
    }

    #[test]
    fn rsa_signatures_with_one_thing_wrong_are_refused() {
        let cases = Vector::open("openssl/active-authentication-rsa.json").list("wrong");
        assert_eq!(cases.len(), 6);
        for case in cases {
            let refused = active_authentication::rsa::verify(
                &case.bytes("subject_public_key_info"),
                &challenge(&case),
                &case.bytes("signature"),
            );
            assert!(
                matches!(refused, Err(Error::NotAuthentic(_))),
                "{}",
                case.text("name")
            );
        }
    }
}
