//! From a document signer over link certificates to an anchor.

use pki::builder::{
    CertificateBuilder, CertificateProfile, DistinguishedName, KeyType, PrivateKey,
};
use pki::{Certificate, CheckName, Error, Outcome, PassiveAuthentication, Role, Time, TrustStore};

use crate::country::{
    Country, Identity, csca_builder, day, errors, list_builder, name, now, p256, rng,
    signer_builder,
};

/// A country that changed its key: the old CA is trusted, the new one is known through a link certificate.
struct Renewed {
    old: Identity,
    new: Identity,
    link: Identity,
    signer: Identity,
}

fn link_builder() -> CertificateBuilder {
    CertificateBuilder::new(CertificateProfile::Link, name("Test CSCA"))
        .validity(day(2026, 3, 1), day(2041, 1, 1))
}

fn renewed(link: &CertificateBuilder) -> Renewed {
    let old = Identity::self_signed(&csca_builder(), p256(1));
    let new_key = PrivateKey::generate(KeyType::P384, &mut rng(10));
    let new = Identity::self_signed(&csca_builder(), new_key.clone());
    let link = old.issue(link, new_key);
    let signer = new.issue(&signer_builder(), p256(2));
    Renewed {
        old,
        new,
        link,
        signer,
    }
}

fn verify(trust: &TrustStore, signer: &Identity, time: Time) -> Vec<Error> {
    let passive = PassiveAuthentication::new(trust, time).without_revocation_lists();
    errors(&passive.security_object(&signer.sod(), &[]))
}

#[test]
fn a_link_certificate_leads_from_a_new_key_to_an_old_anchor() {
    let country = renewed(&link_builder());
    let mut trust = TrustStore::new();
    trust.add_anchor(country.old.certificate.clone()).unwrap();
    let role = Role::DocumentSigner;
    assert_eq!(
        verify(&trust, &country.signer, now()),
        [Error::UntrustedIssuer { role }]
    );
    trust.add_link(country.link.certificate.clone()).unwrap();
    assert_eq!(verify(&trust, &country.signer, now()), []);
    // Documents of the old key stay good.
    let before = country.old.issue(&signer_builder(), p256(3));
    assert_eq!(verify(&trust, &before, now()), []);
}

#[test]
fn a_link_to_a_key_that_nobody_trusts_is_refused() {
    let country = renewed(&link_builder());
    let mut trust = TrustStore::new();
    let role = Role::Link;
    assert_eq!(
        trust.add_link(country.link.certificate.clone()),
        Err(Error::UntrustedIssuer { role })
    );
    trust.add_anchor(country.new.certificate.clone()).unwrap();
    assert_eq!(
        trust.add_link(country.link.certificate.clone()),
        Err(Error::UntrustedIssuer { role })
    );
}

#[test]
fn a_link_is_no_anchor() {
    let country = renewed(&link_builder());
    let mut trust = TrustStore::new();
    assert_eq!(
        trust.add_anchor(country.link.certificate.clone()),
        Err(Error::NotSelfSigned)
    );
    assert_eq!(
        trust.add_anchor(country.signer.certificate.clone()),
        Err(Error::BasicConstraints {
            role: Role::CountrySigningCa
        })
    );
}

#[test]
fn a_changed_link_is_refused() {
    let country = renewed(&link_builder());
    let mut der = country.link.certificate.as_der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let mut trust = TrustStore::new();
    trust.add_anchor(country.old.certificate).unwrap();
    assert_eq!(
        trust.add_link(Certificate::from_der(&der).unwrap()),
        Err(Error::CertificateSignature { role: Role::Link })
    );
}

#[test]
fn a_link_that_expired_has_its_own_error_and_another_way_is_taken_if_there_is_one() {
    let link = link_builder().validity(day(2026, 3, 1), day(2026, 9, 1));
    let country = renewed(&link);
    let mut trust = TrustStore::new();
    trust.add_anchor(country.old.certificate.clone()).unwrap();
    trust.add_link(country.link.certificate.clone()).unwrap();
    assert_eq!(
        verify(&trust, &country.signer, now()),
        [Error::Expired {
            role: Role::Link,
            not_after: day(2026, 9, 1)
        }]
    );
    trust.add_anchor(country.new.certificate.clone()).unwrap();
    assert_eq!(verify(&trust, &country.signer, now()), []);
}

#[test]
fn an_expired_anchor_gives_way_to_a_valid_one_with_the_same_key() {
    let old = csca_builder().validity(day(2020, 1, 1), day(2026, 9, 1));
    let expired = Identity::self_signed(&old, p256(1));
    let extended = Identity::self_signed(&csca_builder(), p256(1));
    let signer = expired.issue(&signer_builder(), p256(2));
    let mut trust = TrustStore::new();
    trust.add_anchor(expired.certificate).unwrap();
    assert_eq!(
        verify(&trust, &signer, now()),
        [Error::Expired {
            role: Role::CountrySigningCa,
            not_after: day(2026, 9, 1)
        }]
    );
    trust.add_anchor(extended.certificate).unwrap();
    assert_eq!(verify(&trust, &signer, now()), []);
}

/// The new key signs the country's list; it is known through a link alone, whose anchor is valid or not.
#[test]
fn a_list_whose_signer_is_linked_to_an_expired_anchor_is_refused() {
    for (until, expected) in [
        (day(2041, 1, 1), vec![]),
        (day(2026, 9, 1), vec![Error::RevocationListIssuer]),
    ] {
        let old = csca_builder().validity(day(2020, 1, 1), until);
        let old = Identity::self_signed(&old, p256(1));
        let new_key = PrivateKey::generate(KeyType::P384, &mut rng(10));
        let new = Identity::self_signed(&csca_builder(), new_key.clone());
        let link = old.issue(&link_builder(), new_key);
        // The document's own way to an anchor is another one, and valid.
        let other = Identity::self_signed(&csca_builder(), p256(4));
        let signer = other.issue(&signer_builder(), p256(5));
        let mut trust = TrustStore::new();
        trust.add_anchor(old.certificate).unwrap();
        trust.add_link(link.certificate).unwrap();
        trust.add_anchor(other.certificate).unwrap();
        let lists = [new.list(&list_builder())];
        let passive = PassiveAuthentication::new(&trust, now()).with_revocation_lists(&lists);
        assert_eq!(
            errors(&passive.security_object(&signer.sod(), &[])),
            expected
        );
    }
}

#[test]
fn two_links_that_lead_to_each_other_lead_nowhere() {
    // Each CA certified the other; neither is trusted any more once its anchor is gone.
    let one = Identity::self_signed(&csca_builder(), p256(1));
    let two = Identity::self_signed(&csca_builder(), p256(2));
    let one_by_two = two.issue(&link_builder(), p256(1));
    let two_by_one = one.issue(&link_builder(), p256(2));
    let mut trust = TrustStore::new();
    trust.add_anchor(one.certificate.clone()).unwrap();
    trust.add_link(two_by_one.certificate).unwrap();
    trust.add_link(one_by_two.certificate).unwrap();
    let signer = two.issue(&signer_builder(), p256(3));
    assert_eq!(verify(&trust, &signer, now()), []);

    let stranger = Identity::self_signed(&csca_builder(), p256(4));
    let signer = stranger.issue(&signer_builder(), p256(5));
    let role = Role::DocumentSigner;
    assert_eq!(
        verify(&trust, &signer, now()),
        [Error::UntrustedIssuer { role }]
    );
}

#[test]
fn a_link_that_changes_the_countrys_name_exceeds_the_path_length() {
    // RFC 5280 §4.2.1.9 counts certificates whose issuer and subject differ, and Doc 9303-12 allows none.
    let renamed = CertificateBuilder::new(CertificateProfile::Link, name("New CSCA"))
        .validity(day(2026, 3, 1), day(2041, 1, 1));
    let old = Identity::self_signed(&csca_builder(), p256(1));
    let link = old.issue(&renamed, p256(2));
    let signer = link.issue(&signer_builder(), p256(3));
    let mut trust = TrustStore::new();
    trust.add_anchor(old.certificate).unwrap();
    trust.add_link(link.certificate).unwrap();
    assert_eq!(
        verify(&trust, &signer, now()),
        [Error::PathLength {
            role: Role::CountrySigningCa
        }]
    );
}

#[test]
fn the_name_of_the_issuer_counts_beside_its_key() {
    let other = CertificateBuilder::new(CertificateProfile::CountrySigningCa, name("Other CSCA"))
        .validity(day(2026, 1, 1), day(2041, 1, 1));
    let real = Identity::self_signed(&csca_builder(), p256(1));
    let renamed = Identity::self_signed(&other, p256(1));
    let signer = real.issue(&signer_builder(), p256(2));
    let mut trust = TrustStore::new();
    trust.add_anchor(renamed.certificate).unwrap();
    let role = Role::DocumentSigner;
    assert_eq!(
        verify(&trust, &signer, now()),
        [Error::NameChaining { role }]
    );
}

#[test]
fn a_signer_of_another_country_is_refused() {
    let germany = DistinguishedName::new("DE", "Test signer 1").unwrap();
    let builder = CertificateBuilder::new(CertificateProfile::DocumentSigner, germany)
        .validity(day(2026, 2, 1), day(2036, 5, 1));
    let country = Country::with(&csca_builder(), p256(1), &builder, p256(2));
    let role = Role::DocumentSigner;
    assert_eq!(
        errors(&country.verify(&country.signer.sod())),
        [Error::Country { role }]
    );
}

#[test]
fn a_revoked_link_stops_the_way_over_it() {
    let country = renewed(&link_builder());
    let mut trust = TrustStore::new();
    trust.add_anchor(country.old.certificate.clone()).unwrap();
    trust.add_link(country.link.certificate.clone()).unwrap();
    let serial = country.link.certificate.serial_number();
    let reason = pki::RevocationReason::CaCompromise;
    let good = [country.old.list(&list_builder())];
    let bad = [country
        .old
        .list(&list_builder().revoke(serial.clone(), day(2026, 10, 1), reason))];
    let passive = PassiveAuthentication::new(&trust, now());
    let sod = country.signer.sod();
    let verdict = passive
        .with_revocation_lists(&good)
        .security_object(&sod, &[]);
    assert_eq!(
        verdict.report().outcome(CheckName::Revocation),
        Some(&Outcome::Passed)
    );
    let verdict = passive
        .with_revocation_lists(&bad)
        .security_object(&sod, &[]);
    assert_eq!(
        errors(&verdict),
        [Error::Revoked {
            role: Role::Link,
            serial,
            date: day(2026, 10, 1),
            reason
        }]
    );
}

#[test]
fn an_anchor_is_self_signed_in_name_in_key_and_in_signature() {
    let real = Identity::self_signed(&csca_builder(), p256(1)).certificate;
    let mut trust = TrustStore::new();
    let role = Role::CountrySigningCa;

    let mut der = real.as_der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    assert_eq!(
        trust.add_anchor(Certificate::from_der(&der).unwrap()),
        Err(Error::CertificateSignature { role })
    );
    // The key is its own, the name of the issuer is not.
    let other = CertificateBuilder::new(CertificateProfile::CountrySigningCa, name("Other CSCA"))
        .validity(day(2026, 1, 1), day(2041, 1, 1));
    let other = Identity::self_signed(&other, p256(1));
    let foreign_name = other.issue(&csca_builder(), p256(1)).certificate;
    assert_eq!(trust.add_anchor(foreign_name), Err(Error::NotSelfSigned));
    assert_eq!(trust.add_anchor(real), Ok(()));
}

#[test]
fn an_anchor_is_kept_once() {
    let mut trust = TrustStore::new();
    let anchor = Identity::self_signed(&csca_builder(), p256(1)).certificate;
    trust.add_anchor(anchor.clone()).unwrap();
    trust.add_anchor(anchor).unwrap();
    assert_eq!(trust.anchors().count(), 1);
}
