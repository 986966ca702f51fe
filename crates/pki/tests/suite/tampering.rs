//! One bit changed, anywhere: nothing passes. The tables count which error met how many of the bits.

use std::collections::BTreeMap;
use std::ops::Range;

use pki::builder::{RevocationListBuilder, SignedDataBuilder};
use pki::{
    Certificate, Error, PassiveAuthentication, RevocationList, RevocationReason, SignedData,
    TrustStore, oid,
};

use crate::country::{Country, DG1, DG2, day, errors, now, rng, security_object};

/// Every way to change one bit of `bytes`, with the position of the byte.
fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        (bit / 8, flipped)
    })
}

/// Where `part` lies in `whole`.
fn find(whole: &[u8], part: &[u8]) -> Range<usize> {
    let mut starts = (0..whole.len()).filter(|start| whole[*start..].starts_with(part));
    let start = starts.next().expect("the part is in the whole");
    start..start + part.len()
}

/// The name of an error, without what it carries.
fn kind(error: &Error) -> String {
    let text = format!("{error:?}");
    let end = text.find([' ', '(']).unwrap_or(text.len());
    match error {
        Error::Malformed { what, .. } => format!("Malformed {what}"),
        Error::CertificateSignature { role }
        | Error::UntrustedIssuer { role }
        | Error::NameChaining { role } => format!("{} of {role}", &text[..end]),
        _ => text[..end].to_owned(),
    }
}

#[derive(Default)]
struct Tally(BTreeMap<String, usize>);

impl Tally {
    fn count(&mut self, errors: &[Error]) {
        let first = errors.first().expect("a refusal has a reason");
        *self.0.entry(kind(first)).or_default() += 1;
    }

    fn print(&self, what: &str) {
        let total: usize = self.0.values().sum();
        println!("{total} single bits of {what}, none accepted:");
        for (kind, count) in &self.0 {
            println!("  {count:6} {kind}");
        }
    }
}

#[test]
fn no_bit_of_ef_sod_can_be_changed() {
    let country = Country::new();
    let sod = country.signer.sod();
    assert!(country.verify(&sod).is_authentic());

    let content = find(&sod, &security_object());
    let certificate = find(&sod, country.signer.certificate.as_der());
    // The message digest lies in the signed attributes, the signature is the last octet string of the file.
    let hash = pki::DigestAlgorithm::Sha256.digest(&security_object());
    let signed_hash = find(&sod, &hash);
    let signature_header = sod.len() - 72..sod.len() - 64;

    let mut tally = Tally::default();
    for (position, flipped) in flips(&sod) {
        let verdict = country.verify(&flipped);
        let errors = errors(&verdict);
        assert!(
            !errors.is_empty(),
            "a change of byte {position} was accepted"
        );
        tally.count(&errors);

        if content.contains(&position) {
            assert_eq!(errors[0], Error::ContentDigest, "byte {position}");
        }
        if signed_hash.contains(&position) {
            assert_eq!(errors[0], Error::ContentDigest, "byte {position}");
        }
        if position >= signature_header.end + 8 {
            assert_eq!(errors[0], Error::ContentSignature, "byte {position}");
        }
        if certificate.contains(&position) {
            let certificate = &flipped[certificate.clone()];
            assert!(
                certificate_is_refused(&country, certificate),
                "byte {position}"
            );
        }
    }
    tally.print("EF.SOD");
}

/// Whether a changed document signer's certificate cannot be read, or was not signed by the CA any more.
fn certificate_is_refused(country: &Country, changed: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(changed) else {
        return true;
    };
    let key = country.csca.certificate.public_key().unwrap();
    certificate.verify_signature(&key).is_err()
}

#[test]
fn no_bit_of_a_document_signers_certificate_can_be_changed() {
    let country = Country::new();
    // The signer is named by its key, so that a change of name or number does not hide it.
    let object = SignedDataBuilder::new(oid::LDS_SECURITY_OBJECT, &security_object())
        .by_key_identifier()
        .sign(
            &country.signer.certificate,
            &country.signer.key,
            &mut rng(1),
        )
        .unwrap();
    assert!(country.verify(&object).is_authentic());
    let place = find(&object, country.signer.certificate.as_der());
    let mut tally = Tally::default();
    for (position, flipped) in flips(country.signer.certificate.as_der()) {
        let mut changed = object.clone();
        changed[place.clone()].copy_from_slice(&flipped);
        let errors = errors(&country.verify(&changed));
        assert!(
            !errors.is_empty(),
            "a change of byte {position} was accepted"
        );
        tally.count(&errors);
    }
    tally.print("a document signer's certificate");
}

#[test]
fn no_bit_of_a_country_signing_ca_can_be_changed() {
    let country = Country::new();
    let mut tally = Tally::default();
    for (position, flipped) in flips(country.csca.certificate.as_der()) {
        let mut trust = TrustStore::new();
        let added = Certificate::from_der(&flipped).and_then(|anchor| trust.add_anchor(anchor));
        let error = added.expect_err(&format!("a change of byte {position} was accepted"));
        assert!(trust.is_empty());
        tally.count(&[error]);
    }
    tally.print("a country signing CA");
}

#[test]
fn no_bit_of_a_revocation_list_can_be_changed() {
    let mut country = Country::new();
    // The list names somebody else, so that a change could make it name the signer.
    let mut serial = country
        .signer
        .certificate
        .serial_number()
        .as_bytes()
        .to_vec();
    serial[19] ^= 1;
    let somebody = pki::SerialNumber::from_be_bytes(&serial);
    let list = country.csca.list(
        &RevocationListBuilder::new(7, day(2026, 11, 1), day(2027, 1, 30)).revoke(
            somebody,
            day(2026, 6, 1),
            RevocationReason::KeyCompromise,
        ),
    );
    let sod = country.signer.sod();
    country.list = list.clone();
    assert!(country.verify(&sod).is_authentic());

    let mut tally = Tally::default();
    for (position, flipped) in flips(list.as_der()) {
        match RevocationList::from_der(&flipped) {
            Err(error) => tally.count(&[error]),
            Ok(changed) => {
                country.list = changed;
                let errors = errors(&country.verify(&sod));
                assert!(
                    matches!(
                        errors.as_slice(),
                        [Error::RevocationListSignature
                            | Error::RevocationListIssuer
                            | Error::NoRevocationList
                            | Error::UnsupportedSignatureAlgorithm(_)
                            | Error::BrokenDigest(_)]
                    ),
                    "byte {position}: {errors:?}"
                );
                tally.count(&errors);
            }
        }
    }
    tally.print("a revocation list");
}

#[test]
fn no_bit_of_a_group_can_be_changed() {
    let country = Country::new();
    let trust = country.trust.clone();
    let passive = PassiveAuthentication::new(&trust, now()).without_revocation_lists();
    let sod = country.signer.sod();
    for (_, flipped) in flips(DG1) {
        let verdict = passive.security_object(&sod, &[(1, &flipped), (2, DG2)]);
        assert_eq!(errors(&verdict), [Error::GroupHash(1)]);
    }
    for (_, flipped) in flips(DG2) {
        let verdict = passive.security_object(&sod, &[(1, DG1), (2, &flipped)]);
        assert_eq!(errors(&verdict), [Error::GroupHash(2)]);
    }
}

#[test]
fn a_cut_or_lengthened_ef_sod_is_refused_at_every_length() {
    let country = Country::new();
    let sod = country.signer.sod();
    for end in 0..sod.len() {
        assert!(!country.verify(&sod[..end]).is_authentic(), "{end} bytes");
        assert!(SignedData::parse(&sod[..end]).is_err());
    }
    let signed = country.signer.sign(oid::SECURITY_OBJECT, b"x");
    for end in 0..signed.len() {
        assert!(SignedData::parse(&signed[..end]).is_err(), "{end} bytes");
    }
}
