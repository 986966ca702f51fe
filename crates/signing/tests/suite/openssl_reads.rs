//! What we sign, OpenSSL accepts; what it refuses, we refuse.

use pki::{SignatureAlgorithm, Time};
use signing::{Error, MessageDigest, SigningKey};

use crate::documents::{builder, keys, verify};
use crate::key::{SoftwareKey, certificate};
use crate::openssl::{OpenSsl, now};

const LETTER: &[u8] = b"a letter\x00with\r\nall kinds of bytes\xff";

#[test]
fn openssl_accepts_every_algorithm_attached_and_detached() {
    let openssl = OpenSsl::new();
    openssl.write("letter", LETTER);
    for mut key in keys() {
        let digest = MessageDigest::of(key.algorithm().digest(), LETTER);
        for builder in [builder(), builder().by_key_identifier()] {
            let attached = builder.attached(LETTER, &mut key).unwrap();
            let (right, text) = openssl.verify(&attached, "", now());
            assert!(right, "{:?}: {text}", key.algorithm());
            assert_eq!(openssl.read("verified"), LETTER);

            let detached = builder.detached(&digest, &mut key).unwrap();
            let (right, text) = openssl.verify(&detached, "-content letter", now());
            assert!(right, "{:?}: {text}", key.algorithm());
            openssl.write("other", b"another letter");
            let (right, _) = openssl.verify(&detached, "-content other", now());
            assert!(!right);
        }
    }
}

#[test]
fn openssl_builds_the_path_from_the_certificates_in_the_message() {
    let openssl = OpenSsl::new();
    let ca = certificate("ca");
    let mut key = SoftwareKey::signature();
    for (builder, right) in [(builder().certificate(&ca), true), (builder(), false)] {
        openssl.write("m.der", builder.attached(LETTER, &mut key).unwrap());
        let (found, text) = openssl.run(&format!(
            "cms -verify -cades -binary -inform DER -in m.der -CAfile root.pem -attime {} -out verified",
            now().unix_seconds()
        ));
        assert_eq!(found, right, "{text}");
    }
}

#[test]
fn openssl_prints_what_cades_level_b_b_demands() {
    let openssl = OpenSsl::new();
    let message = builder()
        .attached(LETTER, &mut SoftwareKey::signature())
        .unwrap();
    openssl.write("m.der", &message);
    let (_, text) = openssl.run("cms -cmsout -print -inform DER -in m.der");
    for name in [
        "contentType",
        "messageDigest",
        "signingTime",
        "signingCertificateV2",
        "Nov 30 09:00:00 2026 GMT",
    ] {
        assert!(text.contains(name), "{name} in {text}");
    }
}

/// Bytes all over a message, changed: whatever OpenSSL refuses, we refuse.
#[test]
fn we_refuse_what_openssl_refuses() {
    let openssl = OpenSsl::new();
    let mut key = SoftwareKey::signature();
    let message = builder().attached(b"a letter", &mut key).unwrap();
    let (right, text) = openssl.verify(&message, "", now());
    assert!(right, "{text}");
    let expired = Time::utc(2041, 1, 1, 0, 0, 1).unwrap();
    let (right, _) = openssl.verify(&message, "", expired);
    assert!(!right);
    let signed = signing::SignedData::parse(&message).unwrap();
    let ours = signing::Verifier::new(&crate::openssl::path, expired).attached(&signed);
    assert!(matches!(ours, Err(Error::Expired { .. })));

    let mut refused_by_both = 0;
    for position in (0..message.len()).step_by(23) {
        let mut changed = message.clone();
        changed[position] ^= 0x01;
        let (theirs, _) = openssl.verify(&changed, "", now());
        let ours = verify(&changed).is_ok();
        assert!(theirs || !ours, "byte {position} is accepted by us alone");
        refused_by_both += usize::from(!theirs && !ours);
    }
    assert!(refused_by_both > 20, "{refused_by_both}");
}

/// The content, an attribute, the signature, the use of the key: refused by both.
#[test]
fn both_refuse_what_was_tampered_with_and_a_key_for_something_else() {
    let openssl = OpenSsl::new();
    let message = builder()
        .attached(b"a letter", &mut SoftwareKey::signature())
        .unwrap();
    let changed = |part: &[u8]| {
        let mut message = message.clone();
        let at = message.windows(part.len()).rposition(|it| it == part);
        message[at.unwrap() + part.len() - 1] ^= 1;
        message
    };
    let signature_starts = message.len() - 40;
    for (message, error) in [
        (changed(b"a letter"), Error::ContentDigest),
        (changed(b"261130090000Z"), Error::Signature),
        (changed(&message[signature_starts..]), Error::Signature),
    ] {
        let (theirs, text) = openssl.verify(&message, "", now());
        assert!(!theirs, "{text}");
        let ours = verify(&message).unwrap_err();
        assert!(
            ours == error || matches!(ours, Error::Malformed { .. }),
            "{ours}"
        );
    }
    let mut key = SoftwareKey::rsa("decipherment-rsa", 3);
    let message = builder().attached(LETTER, &mut key).unwrap();
    let (theirs, text) = openssl.verify(&message, "", now());
    assert!(!theirs && text.contains("purpose"), "{text}");
    assert!(matches!(verify(&message), Err(Error::KeyUsage(_))));
}

#[test]
fn a_salt_of_another_length_is_as_good() {
    let openssl = OpenSsl::new();
    let algorithm = SignatureAlgorithm::RsaPss {
        digest: pki::DigestAlgorithm::Sha256,
        salt_len: 20,
    };
    let mut key = SoftwareKey::rsa("signature-rsa", 1).with_algorithm(algorithm);
    let message = builder().attached(LETTER, &mut key).unwrap();
    assert_eq!(verify(&message).unwrap(), LETTER);
    let (right, text) = openssl.verify(&message, "", now());
    assert!(right, "{text}");
}
