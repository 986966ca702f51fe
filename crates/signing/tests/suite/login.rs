//! Logins, and everything that is none.

use core::time::Duration;

use pki::{DigestAlgorithm, SignatureAlgorithm, Time};
use signing::login::{
    ChallengeStore, Login, LoginChallenge, LoginVerifier, MAX_LIFETIME, Nonce, Origin, answer,
};
use signing::{Error, Failure, KeyPurpose, Oid, SignedData, SignedDataBuilder, Verifier};

use crate::craft::{Craft, cert_id, signing_certificate_attribute, tlv};
use crate::key::{SoftwareKey, certificate};
use crate::openssl::{OpenSsl, now, path};

#[derive(Clone, Default)]
pub(crate) struct Table(pub(crate) Vec<(Nonce, Vec<u8>)>);

impl ChallengeStore for Table {
    fn take(&mut self, nonce: &Nonce) -> Result<Option<Vec<u8>>, Failure> {
        let row = self.0.iter().position(|(known, _)| known == nonce);
        Ok(row.map(|row| self.0.remove(row).1))
    }
}

pub(crate) fn origin() -> Origin {
    Origin::parse("https://tax.example.gov.tw").unwrap()
}

pub(crate) fn challenge(nonce: u8) -> LoginChallenge {
    let nonce = Nonce::new(&[nonce; 16]).unwrap();
    LoginChallenge::new(origin(), nonce, now(), Duration::from_secs(120), "報稅").unwrap()
}

pub(crate) fn open(challenges: &[&LoginChallenge]) -> Table {
    let row = |it: &&LoginChallenge| (it.nonce().clone(), it.to_der().unwrap());
    Table(challenges.iter().map(row).collect())
}

pub(crate) fn verify(answer: &[u8], open: &mut Table) -> Result<Login, Error> {
    verify_at(answer, now(), open)
}

fn verify_at(answer: &[u8], at: Time, open: &mut Table) -> Result<Login, Error> {
    LoginVerifier::new(&origin(), &path).verify(answer, at, open)
}

fn answered(challenge: &LoginChallenge, key: &mut SoftwareKey) -> Vec<u8> {
    answer(&challenge.to_der().unwrap(), &origin(), key).unwrap()
}

/// The OBJECT IDENTIFIER of a login, with its tag.
pub(crate) fn login_oid() -> Vec<u8> {
    let message = answered(&challenge(1), &mut SoftwareKey::authentication());
    let at = message
        .windows(3)
        .position(|part| part == [0x06, 0x15, 0x69])
        .unwrap();
    message[at..at + 23].to_vec()
}

/// A login as it should be, to be changed before it is signed.
fn craft() -> Craft {
    Craft::new(
        SoftwareKey::authentication(),
        login_oid(),
        &challenge(1).to_der().unwrap(),
    )
}

#[test]
fn a_login_says_who_it_is_and_counts_once() {
    let pss = SignatureAlgorithm::RsaPss {
        digest: DigestAlgorithm::Sha256,
        salt_len: 32,
    };
    for mut key in [
        SoftwareKey::authentication(),
        SoftwareKey::rsa("authentication-rsa", 2),
        SoftwareKey::rsa("authentication-rsa", 2).with_algorithm(pss),
    ] {
        let challenge = challenge(1);
        let mut table = open(&[&challenge]);
        let message = answered(&challenge, &mut key);
        let login = verify(&message, &mut table).unwrap();
        assert_eq!(login.certificate, *signing::SigningKey::certificate(&key));
        assert_eq!(login.challenge, challenge);
        assert_eq!(
            signing::subject_serial_number(&login.certificate).as_deref(),
            Some("0000000112345678")
        );
        assert_eq!(verify(&message, &mut table), Err(Error::NotOpen));
    }
    let mut table = open(&[&challenge(1)]);
    assert!(verify(&craft().sign(), &mut table).is_ok());
}

#[test]
fn a_challenge_of_another_origin_is_neither_answered_nor_taken() {
    let challenge = challenge(1);
    let der = challenge.to_der().unwrap();
    let mut key = SoftwareKey::authentication();
    for other in [
        "https://tax.example.gov.tw:8443",
        "https://example.gov.tw",
        "https://tax.example.gov.tw.evil.example",
    ] {
        let other = Origin::parse(other).unwrap();
        assert_eq!(answer(&der, &other, &mut key), Err(Error::Origin));
        let message = answered(&challenge, &mut key);
        let mut table = open(&[&challenge]);
        let login = LoginVerifier::new(&other, &path).verify(&message, now(), &mut table);
        assert_eq!(login, Err(Error::Origin));
        assert_eq!(table.0.len(), 1);
    }
}

#[test]
fn an_answer_counts_while_its_challenge_is_valid() {
    let challenge = challenge(1);
    let message = answered(&challenge, &mut SoftwareKey::authentication());
    let (issued_at, expires_at) = (challenge.issued_at(), challenge.expires_at());
    let at = |seconds: u64| {
        let time = Time::from_unix_seconds(now().unix_seconds() + seconds - 10).unwrap();
        let mut table = open(&[&challenge]);
        verify_at(&message, time, &mut table).map(|_| ())
    };
    assert_eq!(at(9), Err(Error::ChallengeNotYetValid { issued_at }));
    assert_eq!(at(10), Ok(()));
    assert_eq!(at(130), Ok(()));
    assert_eq!(at(131), Err(Error::ChallengeExpired { expires_at }));
}

#[test]
fn a_challenge_that_was_not_given_out_or_is_another_is_refused() {
    let mut key = SoftwareKey::authentication();
    let message = answered(&challenge(2), &mut key);
    let mut table = open(&[&challenge(1)]);
    assert_eq!(verify(&message, &mut table), Err(Error::NotOpen));

    // The client changes what it signs: a longer life, another purpose.
    let nonce = challenge(1).nonce().clone();
    for (lifetime, purpose) in [(600, "報稅"), (120, "轉帳")] {
        let changed = LoginChallenge::new(
            origin(),
            nonce.clone(),
            now(),
            Duration::from_secs(lifetime),
            purpose,
        );
        let message = answered(&changed.unwrap(), &mut key);
        let mut table = open(&[&challenge(1)]);
        assert_eq!(verify(&message, &mut table), Err(Error::ChallengeChanged));
    }
}

#[test]
fn the_key_for_signatures_does_not_log_in() {
    let der = challenge(1).to_der().unwrap();
    let refused = Err(Error::KeyUsage(KeyPurpose::Authentication));
    for mut key in [
        SoftwareKey::signature(),
        SoftwareKey::p256("both-p256", "authentication-p256-key"),
        SoftwareKey::decipherment(),
    ] {
        assert_eq!(answer(&der, &origin(), &mut key), refused);
    }
    // A client that does not ask.
    for key in [
        SoftwareKey::signature(),
        SoftwareKey::p256("both-p256", "authentication-p256-key"),
    ] {
        let message = Craft::new(key, login_oid(), &der).sign();
        let mut table = open(&[&challenge(1)]);
        assert_eq!(
            verify(&message, &mut table).map(drop),
            refused.clone().map(drop)
        );
        assert_eq!(table.0.len(), 1);
    }
}

#[test]
fn a_login_is_no_document_and_a_document_no_login() {
    let der = challenge(1).to_der().unwrap();
    let message = answered(&challenge(1), &mut SoftwareKey::authentication());
    let signed = SignedData::parse(&message).unwrap();
    let verifier = Verifier::new(&path, now()).purpose(KeyPurpose::Authentication);
    let expected = Error::ContentType {
        expected: Oid::DATA,
        found: Oid::LOGIN_CHALLENGE,
    };
    assert_eq!(verifier.attached(&signed), Err(expected));

    let document = SignedDataBuilder::new(Oid::DATA)
        .attached(&der, &mut SoftwareKey::authentication())
        .unwrap();
    let expected = Error::ContentType {
        expected: Oid::LOGIN_CHALLENGE,
        found: Oid::DATA,
    };
    let mut table = open(&[&challenge(1)]);
    assert_eq!(verify(&document, &mut table), Err(expected));

    // The type that is not signed, exchanged.
    let mut forged = craft();
    forged.attributes[0] =
        crate::craft::content_type_attribute(&crate::craft::oid(crate::craft::DATA));
    assert_eq!(
        verify(&forged.sign(), &mut table),
        Err(Error::SignedContentType)
    );
    assert_eq!(table.0.len(), 1);
}

#[test]
fn nothing_that_is_not_signed_rides_along() {
    let mut table = open(&[&challenge(1)]);
    let mut with_list = craft();
    with_list.lists = tlv(0xa1, &[]);
    assert_eq!(verify(&with_list.sign(), &mut table), Err(Error::Unsigned));
    let mut with_attributes = craft();
    with_attributes.unsigned = tlv(0xa1, &[]);
    assert_eq!(
        verify(&with_attributes.sign(), &mut table),
        Err(Error::Unsigned)
    );
    let mut unprotected = craft();
    unprotected.attributes.remove(3);
    let missing = Error::AttributeCount {
        attribute: Oid::ALGORITHM_PROTECTION,
        count: 0,
    };
    assert_eq!(verify(&unprotected.sign(), &mut table), Err(missing));
    let mut detached = craft();
    detached.content = None;
    assert_eq!(verify(&detached.sign(), &mut table), Err(Error::NoContent));
    assert_eq!(table.0.len(), 1);
}

#[test]
fn a_certificate_that_was_swapped_expired_or_not_trusted_does_not_log_in() {
    let both = certificate("both-p256");
    let mut swapped = craft();
    swapped.attributes[2] = signing_certificate_attribute(&[&cert_id(&both)]);
    let mut table = open(&[&challenge(1)]);
    assert_eq!(
        verify(&swapped.sign(), &mut table),
        Err(Error::SigningCertificate)
    );

    let late = Time::utc(2041, 1, 1, 0, 0, 1).unwrap();
    let nonce = Nonce::new(&[3; 16]).unwrap();
    let lifetime = Duration::from_secs(60);
    let challenge = LoginChallenge::new(origin(), nonce, late, lifetime, "x").unwrap();
    let message = answered(&challenge, &mut SoftwareKey::authentication());
    assert!(matches!(
        verify_at(&message, late, &mut open(&[&challenge])),
        Err(Error::Expired { .. })
    ));

    let nobody = |_: &pki::Certificate, _: &[pki::Certificate], _: Time| {
        Err(Failure::from(std::io::Error::other("revoked")))
    };
    let message = craft().sign();
    let login = LoginVerifier::new(&origin(), &nobody).verify(&message, now(), &mut table);
    assert!(matches!(login, Err(Error::Path(_))));
    assert_eq!(table.0.len(), 1);
}

#[test]
fn a_store_that_fails_lets_nobody_in() {
    struct Down;
    impl ChallengeStore for Down {
        fn take(&mut self, _: &Nonce) -> Result<Option<Vec<u8>>, Failure> {
            Err(std::io::Error::other("no database").into())
        }
    }
    let login = LoginVerifier::new(&origin(), &path).verify(&craft().sign(), now(), &mut Down);
    assert!(matches!(login, Err(Error::Store(_))));
}

#[test]
fn a_challenge_is_read_as_it_was_written_and_in_no_other_form() {
    let challenge = challenge(1);
    let der = challenge.to_der().unwrap();
    assert_eq!(LoginChallenge::from_der(&der).unwrap(), challenge);
    let text = |text: &str| tlv(0x0c, &[text.as_bytes()]);
    let moment = |text: &str| tlv(0x18, &[text.as_bytes()]);
    let fields = || {
        vec![
            tlv(2, &[&[1]]),
            text("https://tax.example.gov.tw"),
            tlv(4, &[&[1; 16]]),
            moment("20261130090000Z"),
            moment("20261130090200Z"),
            text("報稅"),
        ]
    };
    assert_eq!(tlv(0x30, &[&fields().concat()]), der);
    for (position, wrong) in [
        (0, tlv(2, &[&[2]])),
        (1, text("http://tax.example.gov.tw")),
        (2, tlv(4, &[&[1; 15]])),
        (2, tlv(4, &[&[1; 65]])),
        (3, moment("20261130090300Z")),
        (3, moment("20261130090200Z")),
        (4, moment("20261130091001Z")),
        (4, moment("2026113009020Z")),
        (5, text("")),
        (5, text("a\u{202e}b")),
        (5, text(&"x".repeat(201))),
    ] {
        let mut fields = fields();
        fields[position] = wrong;
        let der = tlv(0x30, &[&fields.concat()]);
        assert!(LoginChallenge::from_der(&der).is_err(), "{position}");
    }
    let more = tlv(0x30, &[&fields().concat(), &tlv(5, &[])]);
    assert!(LoginChallenge::from_der(&more).is_err());
    let version_2 = tlv(0x30, &[&tlv(2, &[&[2]])]);
    assert!(matches!(
        LoginChallenge::from_der(&version_2),
        Err(Error::Version { found: 2, .. })
    ));
}

#[test]
fn a_challenge_lives_neither_for_no_time_nor_for_long() {
    let new = |lifetime| {
        let nonce = Nonce::new(&[1; 16]).unwrap();
        LoginChallenge::new(origin(), nonce, now(), lifetime, "x").is_ok()
    };
    assert!(!new(Duration::ZERO));
    assert!(new(Duration::from_secs(1)));
    assert!(new(MAX_LIFETIME));
    assert!(!new(MAX_LIFETIME + Duration::from_secs(1)));
    assert!(Nonce::new(&[1; 15]).is_err());
}

#[test]
fn an_origin_has_one_form() {
    for right in [
        "https://a.tw",
        "https://localhost:8443",
        "https://xn--fiqz9s.tw:1",
        "https://1-2.example:65535",
    ] {
        assert_eq!(Origin::parse(right).unwrap().as_str(), right);
    }
    let long = format!("https://{}tw", "a.".repeat(126));
    assert!(Origin::parse(&long[..long.len() - 1]).is_ok());
    let label = "a".repeat(64);
    for wrong in [
        "http://a.tw",
        "https://",
        "https://A.tw",
        "https://a.tw/",
        "https://a..tw",
        "https://-a.tw",
        "https://a-.tw",
        "https://a_b.tw",
        "https://臺灣.tw",
        "https://me@a.tw",
        "https://a.tw:443",
        "https://a.tw:0",
        "https://a.tw:08443",
        "https://a.tw:+1",
        "https://a.tw:65536",
        "https://a.tw:",
        "https://[::1]",
        &long,
        &format!("https://{label}.tw"),
    ] {
        assert!(Origin::parse(wrong).is_err(), "{wrong}");
    }
}

/// The content type is one that other programs can read, though not all of them name it.
#[test]
fn openssl_verifies_an_answer_too() {
    let openssl = OpenSsl::new();
    let message = answered(&challenge(1), &mut SoftwareKey::authentication());
    let (right, text) = openssl.verify(&message, "", now());
    assert!(right, "{text}");
    assert_eq!(openssl.read("verified"), challenge(1).to_der().unwrap());
    let (_, text) = openssl.run("cms -cmsout -print -inform DER -in message.der");
    assert!(text.contains(&Oid::LOGIN_CHALLENGE.to_string()), "{text}");
}
