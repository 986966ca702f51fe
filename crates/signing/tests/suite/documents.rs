//! Documents: signed and verified, and what both ask of the certificate.

use pki::{DigestAlgorithm, SignatureAlgorithm, Time};
use signing::{
    Error, Failure, KeyPurpose, MessageDigest, Oid, SignedData, SignedDataBuilder, SigningKey,
    Verifier,
};

use crate::key::{SoftwareKey, certificate};
use crate::openssl::{now, path};

const LETTER: &[u8] = b"I hereby apply for everything.";

/// Every algorithm that a card signs with.
pub(crate) fn keys() -> Vec<SoftwareKey> {
    let mut keys = Vec::new();
    for digest in [
        DigestAlgorithm::Sha256,
        DigestAlgorithm::Sha384,
        DigestAlgorithm::Sha512,
    ] {
        let salt_len = u8::try_from(digest.output_len()).unwrap();
        for algorithm in [
            SignatureAlgorithm::RsaPkcs1(digest),
            SignatureAlgorithm::RsaPss { digest, salt_len },
        ] {
            keys.push(SoftwareKey::rsa("signature-rsa", 1).with_algorithm(algorithm));
        }
        let ecdsa = SignatureAlgorithm::Ecdsa(digest);
        keys.push(SoftwareKey::signature().with_algorithm(ecdsa));
    }
    keys
}

pub(crate) fn builder<'a>() -> SignedDataBuilder<'a> {
    SignedDataBuilder::new(Oid::DATA).signing_time(now())
}

pub(crate) fn verify(message: &[u8]) -> Result<Vec<u8>, Error> {
    let signed = SignedData::parse(message)?;
    let verified = Verifier::new(&path, now()).attached(&signed)?;
    Ok(verified.content.to_vec())
}

fn letter() -> Vec<u8> {
    builder()
        .attached(LETTER, &mut SoftwareKey::signature())
        .unwrap()
}

#[test]
fn every_algorithm_signs_attached_and_detached() {
    for mut key in keys() {
        let digest = MessageDigest::of(key.algorithm().digest(), LETTER);
        for builder in [builder(), builder().by_key_identifier()] {
            let message = builder.attached(LETTER, &mut key).unwrap();
            assert_eq!(verify(&message).unwrap(), LETTER);

            let message = builder.detached(&digest, &mut key).unwrap();
            let signed = SignedData::parse(&message).unwrap();
            let signature = Verifier::new(&path, now()).detached(&signed, &digest);
            let signature = signature.unwrap();
            assert_eq!(signature.signer, SigningKey::certificate(&key));
            assert_eq!(signature.signing_time, Some(now()));
        }
    }
}

#[test]
fn a_detached_content_is_hashed_piece_by_piece_and_must_be_the_same() {
    let content = vec![0x5a; 100_000];
    let mut key = SoftwareKey::signature();
    let digest = MessageDigest::read(DigestAlgorithm::Sha256, &mut &content[..]).unwrap();
    assert_eq!(digest, MessageDigest::of(DigestAlgorithm::Sha256, &content));
    let message = builder().detached(&digest, &mut key).unwrap();
    let signed = SignedData::parse(&message).unwrap();
    assert!(signed.is_detached());
    let verifier = Verifier::new(&path, now());
    assert!(verifier.detached(&signed, &digest).is_ok());

    let other = MessageDigest::of(DigestAlgorithm::Sha256, &content[1..]);
    assert_eq!(
        verifier.detached(&signed, &other),
        Err(Error::ContentDigest)
    );
    let other = MessageDigest::of(DigestAlgorithm::Sha384, &content);
    assert_eq!(
        verifier.detached(&signed, &other),
        Err(Error::DigestAlgorithm)
    );
    assert_eq!(
        builder().detached(&other, &mut key),
        Err(Error::DigestAlgorithm)
    );
}

#[test]
fn where_the_content_is_must_be_where_it_is_expected() {
    let digest = MessageDigest::of(DigestAlgorithm::Sha256, LETTER);
    let attached = letter();
    let signed = SignedData::parse(&attached).unwrap();
    let verifier = Verifier::new(&path, now());
    assert_eq!(
        verifier.detached(&signed, &digest),
        Err(Error::AttachedContent)
    );
    let detached = builder()
        .detached(&digest, &mut SoftwareKey::signature())
        .unwrap();
    let signed = SignedData::parse(&detached).unwrap();
    assert_eq!(verifier.attached(&signed), Err(Error::NoContent));
}

#[test]
fn without_a_signing_time_it_is_no_baseline_signature() {
    let mut key = SoftwareKey::signature();
    for (message, baseline) in [
        (builder().attached(LETTER, &mut key).unwrap(), true),
        (
            SignedDataBuilder::new(Oid::DATA)
                .attached(LETTER, &mut key)
                .unwrap(),
            false,
        ),
    ] {
        let signed = SignedData::parse(&message).unwrap();
        let verified = Verifier::new(&path, now()).attached(&signed).unwrap();
        assert_eq!(verified.signature.is_cades_baseline(), baseline);
    }
}

#[test]
fn further_certificates_are_carried_once_and_handed_to_the_validator() {
    let (root, ca) = (certificate("root"), certificate("ca"));
    let mut key = SoftwareKey::signature();
    let own = SigningKey::certificate(&key).clone();
    let builder = builder()
        .certificate(&ca)
        .certificate(&root)
        .certificate(&own);
    let message = builder.attached(LETTER, &mut key).unwrap();
    let signed = SignedData::parse(&message).unwrap();
    assert_eq!(signed.certificates().len(), 3);
    let sees_them = |signer: &pki::Certificate, others: &[pki::Certificate], at: Time| {
        assert_eq!((signer, at), (&own, now()));
        assert!(others.contains(&ca) && others.contains(&root));
        Ok(())
    };
    Verifier::new(&sees_them, now()).attached(&signed).unwrap();
}

#[test]
fn the_certificate_must_be_for_signatures_valid_and_trusted() {
    let message = letter();
    let signed = SignedData::parse(&message).unwrap();
    let at = |time| Verifier::new(&path, time).attached(&signed).map(drop);
    let not_before = Time::utc(2026, 1, 1, 0, 0, 0).unwrap();
    let not_after = Time::utc(2041, 1, 1, 0, 0, 0).unwrap();
    let second = |time: Time, by: i64| {
        Time::from_unix_seconds(time.unix_seconds().checked_add_signed(by).unwrap()).unwrap()
    };
    assert_eq!(at(not_before), Ok(()));
    assert_eq!(
        at(second(not_before, -1)),
        Err(Error::NotYetValid { not_before })
    );
    assert_eq!(at(not_after), Ok(()));
    assert_eq!(at(second(not_after, 1)), Err(Error::Expired { not_after }));

    let nobody = |_: &pki::Certificate, _: &[pki::Certificate], _: Time| {
        Err(Failure::from(std::io::Error::other("nobody is trusted")))
    };
    let refused = Verifier::new(&nobody, now()).attached(&signed).unwrap_err();
    assert!(matches!(&refused, Error::Path(_)));
    assert_eq!(
        refused.to_string(),
        "the signer's certificate is not trusted: nobody is trusted"
    );

    let mut key = SoftwareKey::authentication();
    let login_key = builder().attached(LETTER, &mut key).unwrap();
    let purpose = KeyPurpose::ContentCommitment;
    assert_eq!(verify(&login_key), Err(Error::KeyUsage(purpose)));
    let signed = SignedData::parse(&login_key).unwrap();
    let verifier = Verifier::new(&path, now()).purpose(KeyPurpose::Authentication);
    assert!(verifier.attached(&signed).is_ok());
}

#[test]
fn a_key_that_is_not_its_certificate_s_is_noticed_when_signing() {
    let mut key = SoftwareKey::p256("authentication-p256", "signature-p256-key");
    assert_eq!(builder().attached(LETTER, &mut key), Err(Error::ForeignKey));
}

#[test]
fn a_key_that_fails_says_why() {
    struct NoCard(pki::Certificate);
    impl SigningKey for NoCard {
        fn certificate(&self) -> &pki::Certificate {
            &self.0
        }
        fn algorithm(&self) -> SignatureAlgorithm {
            SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256)
        }
        fn sign(&mut self, _: &[u8]) -> Result<Vec<u8>, Failure> {
            Err(std::io::Error::other("no card").into())
        }
    }
    let mut key = NoCard(certificate("signature-p256"));
    let error = builder().attached(LETTER, &mut key).unwrap_err();
    assert_eq!(error.to_string(), "the key could not be used: no card");
}

#[test]
fn another_content_type_is_not_taken_for_a_document() {
    let timestamp: const_oid::ObjectIdentifier = "1.2.840.113549.1.9.16.1.4".parse().unwrap();
    let oid = Oid::from(timestamp);
    let message = SignedDataBuilder::new(oid.clone())
        .attached(LETTER, &mut SoftwareKey::signature())
        .unwrap();
    assert_eq!(
        verify(&message),
        Err(Error::ContentType {
            expected: Oid::DATA,
            found: oid.clone()
        })
    );
    let signed = SignedData::parse(&message).unwrap();
    assert_eq!(*signed.content_type(), oid);
    let verifier = Verifier::new(&path, now()).content_type(oid);
    assert!(verifier.attached(&signed).is_ok());
}

#[test]
fn logins_and_consents_are_neither_signed_nor_verified_as_documents() {
    let digest = MessageDigest::of(DigestAlgorithm::Sha256, LETTER);
    let message = letter();
    let signed = SignedData::parse(&message).unwrap();
    for oid in [Oid::LOGIN_CHALLENGE, Oid::CONSENT] {
        let reserved = Error::ReservedContentType(oid.clone());
        let builder = SignedDataBuilder::new(oid.clone());
        let mut key = SoftwareKey::signature();
        assert_eq!(builder.attached(LETTER, &mut key), Err(reserved.clone()));
        assert_eq!(builder.detached(&digest, &mut key), Err(reserved.clone()));
        let verifier = Verifier::new(&path, now()).content_type(oid);
        assert_eq!(verifier.attached(&signed), Err(reserved.clone()));
        assert_eq!(verifier.detached(&signed, &digest), Err(reserved));
    }
}
