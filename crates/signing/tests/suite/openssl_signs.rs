//! What OpenSSL signs, we accept, if it says whose certificate it signs with.

use signing::{Error, MessageDigest, Oid, SignedData, Verifier};

use crate::documents::verify;
use crate::openssl::{OpenSsl, now, path};

const LETTER: &[u8] = b"a letter\x00with\r\nall kinds of bytes\xff";

const RSA: &str = "-signer signature-rsa.pem -inkey rsa-2048-1.pem";
const P256: &str = "-signer signature-p256.pem -inkey signature-p256-key.pem";

/// What `openssl cms -sign` makes of the letter.
fn sign(options: &str) -> Vec<u8> {
    let openssl = OpenSsl::new();
    openssl.write("letter", LETTER);
    openssl.succeed(&format!(
        "cms -sign -binary -in letter -outform DER -out m.der {options}"
    ));
    openssl.read("m.der")
}

#[test]
fn every_algorithm_of_openssl_is_accepted() {
    for digest in ["sha256", "sha384", "sha512"] {
        for key in [
            RSA.to_owned(),
            format!("{RSA} -keyopt rsa_padding_mode:pss"),
            format!("{RSA} -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest"),
            P256.to_owned(),
        ] {
            for more in ["", "-keyid", "-certfile ca.pem"] {
                let message = sign(&format!("-cades -nodetach -md {digest} {key} {more}"));
                assert_eq!(verify(&message).unwrap(), LETTER, "{digest} {key} {more}");
            }
            let message = sign(&format!("-cades -md {digest} {key}"));
            let signed = SignedData::parse(&message).unwrap();
            let digest = MessageDigest::of(signed.digest_algorithm(), LETTER);
            let verifier = Verifier::new(&path, now());
            let signature = verifier.detached(&signed, &digest).unwrap();
            assert!(signature.is_cades_baseline());
        }
    }
}

#[test]
fn a_signature_that_does_not_name_its_certificate_is_refused() {
    let message = sign(&format!("-nodetach {P256}"));
    let missing = Error::AttributeCount {
        attribute: Oid::SIGNING_CERTIFICATE_V2,
        count: 0,
    };
    assert_eq!(verify(&message), Err(missing));
    let message = sign(&format!("-nodetach -noattr {P256}"));
    assert_eq!(verify(&message), Err(Error::NoSignedAttributes));
    let message = sign(&format!("-nodetach -cades -nocerts {P256}"));
    assert_eq!(verify(&message), Err(Error::SignerCertificateMissing));
}

#[test]
fn two_signers_a_broken_hash_and_a_key_for_logins_are_refused() {
    let message = sign(&format!("-nodetach -cades {P256} {RSA}"));
    assert_eq!(verify(&message), Err(Error::SignerCount(2)));
    let message = sign(&format!("-nodetach -cades -md sha1 {RSA}"));
    assert!(matches!(
        verify(&message),
        Err(Error::Pki(pki::Error::BrokenDigest(_)))
    ));
    let message = sign("-nodetach -cades -signer authentication-rsa.pem -inkey rsa-2048-2.pem");
    assert!(matches!(verify(&message), Err(Error::KeyUsage(_))));
}

#[test]
fn a_stream_in_ber_is_refused() {
    let message = sign(&format!("-nodetach -stream -cades {P256}"));
    assert!(matches!(verify(&message), Err(Error::Malformed { .. })));
}
