//! What a person signed and what was encrypted for a person, on its way to who believes it.

use std::sync::OnceLock;

use pki::{Certificate, KeyUsage, Time};
use signing::consent::ConsentVerifier;
use signing::login::{ChallengeStore, LoginChallenge, LoginVerifier, Nonce, Origin};
use signing::{
    DecryptionKey, EnvelopedData, Failure, KeyTransportAlgorithm, Oid, RejectionSecret, SignedData,
    Verifier,
};

use super::{Input, mutation::mutate};

/// What a damaged message was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Believed {
    /// A check failed.
    Refused,
    /// Every check passed.
    Signed,
    /// An encrypted message that could be read, if the key decrypts it.
    Read,
}

const DOCUMENT: &[u8] = include_bytes!("../../../vectors/signing/document.der");
const LOGIN: &[u8] = include_bytes!("../../../vectors/signing/login.der");
const CONSENT: &[u8] = include_bytes!("../../../vectors/signing/consent.der");
const ENVELOPED: &[u8] = include_bytes!("../../../vectors/signing/enveloped.der");
const AUTH_ENVELOPED: &[u8] = include_bytes!("../../../vectors/signing/auth-enveloped.der");

/// Damages a message as the input says, and verifies or opens it. A login or a consent that passes is byte for byte the one that was signed; a
/// document that passes has the content that was signed.
///
/// # Panics
///
/// If that does not hold.
pub fn fuzz_signed_messages(data: &[u8]) -> Believed {
    let person = Person::shared();
    let mut input = Input(data);
    let path = |signer: &Certificate, _: &[Certificate], _: Time| -> Result<(), Failure> {
        Ok(signer.verify_signature(&person.ca.public_key()?)?)
    };
    match input.byte() % 5 {
        0 => {
            let message = mutate(DOCUMENT, &mut input);
            let Ok(signed) = SignedData::parse(&message) else {
                return Believed::Refused;
            };
            match Verifier::new(&path, person.now).attached(&signed) {
                Ok(document) => {
                    assert_eq!(document.content, b"a letter", "a forged document passed");
                    assert!(
                        document.signature.signer.key_usage().is_some_and(signs),
                        "a key for something else passed"
                    );
                    Believed::Signed
                }
                Err(_) => Believed::Refused,
            }
        }
        1 => {
            let message = mutate(LOGIN, &mut input);
            let mut open = One(Some(person.challenge.clone()));
            let verifier = LoginVerifier::new(&person.origin, &path);
            match verifier.verify(&message, person.now, &mut open) {
                Ok(_) => {
                    assert_eq!(message, LOGIN, "a forged login passed");
                    assert!(
                        verifier.verify(&message, person.now, &mut open).is_err(),
                        "a login passed twice"
                    );
                    Believed::Signed
                }
                Err(_) => Believed::Refused,
            }
        }
        2 => {
            let message = mutate(CONSENT, &mut input);
            let verifier = ConsentVerifier::new("A12000000G", &path, person.now);
            match verifier.verify(&message) {
                Ok(_) => {
                    assert_eq!(message, CONSENT, "a forged consent passed");
                    Believed::Signed
                }
                Err(_) => Believed::Refused,
            }
        }
        choice => {
            let original = if choice == 3 {
                ENVELOPED
            } else {
                AUTH_ENVELOPED
            };
            let message = mutate(original, &mut input);
            let Ok(message) = EnvelopedData::parse(&message) else {
                return Believed::Refused;
            };
            let mut key = Anything(person.recipient.clone(), input.take(40).to_vec());
            let opened = message.decrypt(&mut key, &RejectionSecret::new([7; 32]));
            if let Ok(opened) = opened {
                assert!(!opened.authenticated, "a tag was right under a wrong key");
            }
            Believed::Read
        }
    }
}

fn signs(usage: KeyUsage) -> bool {
    usage.non_repudiation()
}

/// The test person of `vectors/signing`, and who knows it.
struct Person {
    ca: Certificate,
    recipient: Certificate,
    now: Time,
    origin: Origin,
    challenge: Vec<u8>,
}

impl Person {
    fn shared() -> &'static Self {
        static PERSON: OnceLock<Person> = OnceLock::new();
        PERSON.get_or_init(|| {
            let certificate = |pem| Certificate::from_pem(pem).expect("a certificate");
            let login = SignedData::parse(LOGIN).expect("a login");
            assert_eq!(*login.content_type(), Oid::LOGIN_CHALLENGE);
            let origin = Origin::parse("https://tax.example.gov.tw").expect("an origin");
            let now = Time::utc(2026, 11, 30, 9, 0, 0).expect("a moment");
            let challenge = LoginChallenge::new(
                origin.clone(),
                Nonce::new(&[1; 16]).expect("a nonce"),
                now,
                core::time::Duration::from_secs(120),
                "報稅",
            );
            Person {
                ca: certificate(include_str!("../../../vectors/signing/ca.pem")),
                recipient: certificate(include_str!(
                    "../../../vectors/signing/decipherment-rsa.pem"
                )),
                now,
                origin,
                challenge: challenge
                    .and_then(|challenge| challenge.to_der())
                    .expect("a challenge"),
            }
        })
    }
}

/// A store with the one challenge, under whatever nonce.
struct One(Option<Vec<u8>>);

impl ChallengeStore for One {
    fn take(&mut self, _: &Nonce) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.0.take())
    }
}

/// A key that decrypts to what it is told to.
struct Anything(Certificate, Vec<u8>);

impl DecryptionKey for Anything {
    fn certificate(&self) -> &Certificate {
        &self.0
    }

    fn decrypt(
        &mut self,
        _: KeyTransportAlgorithm,
        _: &[u8],
    ) -> Result<Option<signing::Zeroizing<Vec<u8>>>, Failure> {
        Ok(Some(self.1.clone().into()))
    }
}
