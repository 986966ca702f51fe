//! Certificates that others issued: read, written again byte for byte, and verified.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: a panic is a failure"
)]

use std::fs;

use secure_channel::Hash;

use cvc::{
    AuthenticatedRequest, Authorization, CertificateDescription, CertificateRequest, Chain, Chat,
    CurrentDate, CvCertificate, Date, Error, Field, Right, Role, SignatureAlgorithm, TerminalType,
    TrustPoint, TrustPoints,
};

fn vector(name: &str) -> Vec<u8> {
    let path = format!(
        "{}/../../vectors/cvc/{name}.hex",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    hex::decode(text.split_whitespace().collect::<String>()).unwrap()
}

fn certificate(name: &str) -> CvCertificate {
    CvCertificate::parse(&vector(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn date(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).unwrap()
}

/// A chip made in November 2010 that trusts the German CVCAs.
fn german_chip() -> Chain {
    let points = ["german-cvca-eid", "german-cvca-epass", "german-cvca-esign"]
        .map(|name| TrustPoint::from_self_signed(&certificate(name)).unwrap());
    let today = CurrentDate::Approximated(date(2010, 11, 1));
    Chain::new(TrustPoints::new(today, points).unwrap())
}

#[test]
fn every_certificate_is_written_again_byte_for_byte() {
    for name in [
        "german-cvca-eid",
        "german-cvca-epass",
        "german-cvca-esign",
        "german-dv",
        "german-at-older",
        "german-at-kba",
        "german-at-schufa",
        "german-at-allianz",
        "german-at-mein-cockpit",
        "german-at-service-bw",
        "test-at",
        "test-cvca",
        "worked-example-ecdh-cvca",
        "worked-example-ecdh-dv",
        "worked-example-ecdh-at",
        "worked-example-dh-cvca",
        "worked-example-dh-dv",
        "worked-example-dh-at",
    ] {
        let bytes = vector(name);
        let certificate = certificate(name);
        assert_eq!(certificate.to_bytes(), bytes, "{name}");
        let value = certificate.to_value();
        assert!(value.starts_with(&certificate.body().to_bytes()), "{name}");
        assert_eq!(CvCertificate::parse_value(&value), Ok(certificate));
    }
}

#[test]
fn the_worked_example_says_what_it_says() {
    for (part, algorithm, authority, effective, expiration) in [
        (
            "ecdh",
            SignatureAlgorithm::EcdsaSha512,
            "DECVCAAT00001",
            date(2010, 9, 30),
            date(2010, 10, 30),
        ),
        (
            "dh",
            SignatureAlgorithm::RsaV15Sha1,
            "DETESTCVCA00003",
            date(2010, 3, 24),
            date(2010, 4, 24),
        ),
    ] {
        let [cvca, dv, at] =
            ["cvca", "dv", "at"].map(|role| certificate(&format!("worked-example-{part}-{role}")));
        assert_eq!(cvca.authority(), cvca.holder());
        assert_eq!(cvca.holder().to_string(), authority);
        assert_eq!(dv.authority(), cvca.holder());
        assert_eq!(dv.holder().to_string(), "DETESTDVDE019");
        assert_eq!(at.authority(), dv.holder());
        assert_eq!(at.holder().to_string(), "DETESTATDE019");
        assert_eq!(
            [cvca.role(), dv.role(), at.role()],
            [Role::Cvca, Role::DvDomestic, Role::Terminal]
        );
        assert_eq!(at.body().public_key.algorithm(), algorithm, "{part}");
        assert_eq!(
            (at.body().effective, at.body().expiration),
            (effective, expiration)
        );
        let at_chat = Chat::new(TerminalType::AuthenticationTerminal, Role::Terminal);
        assert_eq!(
            at.body().chat,
            at_chat.with(Right::CanAllowed).with(Right::ReadGroup(1))
        );
        let all = (1..=21).map(Right::ReadGroup).chain([Right::CanAllowed]);
        let dv_chat = all.fold(at_chat.with_role(Role::DvDomestic), Chat::with);
        assert_eq!(dv.body().chat, dv_chat);
    }
    // Its keys are on a curve, and of an algorithm, that this crate knows by name alone; and its CVCA is one for inspection
    // systems, which §2.7.1 would not let stand above an authentication terminal.
    let cvca = certificate("worked-example-ecdh-cvca");
    assert_eq!(
        TrustPoint::from_self_signed(&cvca),
        Err(Error::UnsupportedCurve)
    );
    assert_eq!(
        cvca.body().chat.terminal_type(),
        TerminalType::InspectionSystem
    );
    let cvca = certificate("worked-example-dh-cvca");
    let error = TrustPoint::from_self_signed(&cvca).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Public Key, algorithm (06): signatures with id-TA-RSA-v1-5-SHA-1 are not supported"
    );
}

#[test]
fn a_german_chip_of_2010_accepts_the_services_of_2012() {
    let chip = german_chip();
    let dv = chip.import(&certificate("german-dv")).unwrap();
    assert_eq!(dv.imported().unwrap().role(), Role::DvForeign);
    assert_eq!(dv.terminal(), None);
    assert_eq!(dv.trust_points().current().date(), date(2011, 11, 17));
    for (name, groups) in [
        ("german-at-kba", &[4, 5, 8, 9, 17][..]),
        ("german-at-schufa", &[4, 5, 7, 8, 9, 17]),
        ("german-at-allianz", &[4, 5]),
        ("german-at-mein-cockpit", &[]),
        ("german-at-service-bw", &[1, 2, 4, 5, 7, 8, 17]),
    ] {
        let certificate = certificate(name);
        let chain = dv
            .import(&certificate)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let terminal = chain.terminal().unwrap();
        let rights = Chat::new(TerminalType::AuthenticationTerminal, Role::Terminal)
            .with(Right::RestrictedIdentification);
        let rights = groups
            .iter()
            .map(|n| Right::ReadGroup(*n))
            .fold(rights, Chat::with);
        assert_eq!(terminal.authorization().chat(), rights, "{name}");
        assert_eq!(terminal.levels().len(), 3);
        // A non-official DV's terminals do not set the date.
        assert_eq!(chain.trust_points(), dv.trust_points());
        let confirmed = Authorization::new(
            rights.without(Right::ReadGroup(4)),
            &cvc::Extensions::default(),
        );
        let effective = terminal.effective_authorization(&confirmed).unwrap();
        assert!(!effective.allows(Right::ReadGroup(4)), "{name}");
    }
}

#[test]
fn what_is_not_der_or_not_signed_is_refused_by_its_field() {
    let error = CvCertificate::parse(&vector("german-dv-older-long-length")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "CV Certificate (7F21): length field at offset 2 is not the shortest"
    );
    let test = certificate("test-cvca");
    assert!(TrustPoint::from_self_signed(&test).is_ok());
    let mut bytes = test.to_bytes();
    *bytes.last_mut().unwrap() ^= 1;
    let changed = CvCertificate::parse(&bytes).unwrap();
    let field = Field::Signature;
    assert_eq!(
        TrustPoint::from_self_signed(&changed),
        Err(Error::Signature { field })
    );
}

#[test]
fn descriptions_are_those_of_their_certificates() {
    for (name, subject) in [
        ("german-at-older", "Kraftfahrt-Bundesamt"),
        ("german-at-kba", "Kraftfahrt-Bundesamt"),
        ("german-at-schufa", "SCHUFA Holding AG"),
        ("german-at-allianz", "Allianz Deutschland AG"),
        ("german-at-mein-cockpit", "allyve GmbH"),
    ] {
        let bytes = vector(&format!("{name}-description"));
        let description =
            CertificateDescription::parse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(description.to_bytes(), bytes, "{name}");
        assert_eq!(description.subject_name, subject, "{name}");
        let certificate = certificate(name);
        let hash = certificate.body().public_key.algorithm().hash().unwrap();
        let extensions = &certificate.body().extensions;
        assert!(description.is_that_of(extensions, hash), "{name}");
        let mut other = description.clone();
        other.subject_name.push('!');
        assert!(!other.is_that_of(extensions, hash));
        assert!(extensions.terminal_sector()[0].is_some());
    }
    let description = vector("test-at-description");
    let read = CertificateDescription::parse(&description).unwrap();
    assert_eq!(read.to_bytes(), description);
    let test = certificate("test-at");
    assert!(read.is_that_of(&test.body().extensions, Hash::Sha256));
}

#[test]
fn requests_are_read_and_what_they_ask_for_is_named() {
    let bytes = vector("request-rsa");
    let request = CertificateRequest::parse(&bytes).unwrap();
    assert_eq!(request.to_bytes(), bytes);
    assert_eq!(request.body().holder.to_string(), "CZDVTESTSE000");
    let algorithm = SignatureAlgorithm::RsaV15Sha256;
    let field = Field::PublicKeyAlgorithm;
    assert_eq!(
        request.verify(),
        Err(Error::UnsupportedAlgorithm { field, algorithm })
    );

    let error = CertificateRequest::parse(&vector("request-leading-zero")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Public Key, domain parameters (81 to 85, 87): a number begins with zeros"
    );

    let bytes = vector("request-authenticated-p192");
    let request = AuthenticatedRequest::parse(&bytes).unwrap();
    assert_eq!(request.to_bytes(), bytes);
    assert_eq!(request.signer().to_string(), "HSMCVCA");
    assert_eq!(request.request().verify(), Err(Error::UnsupportedCurve));
}
