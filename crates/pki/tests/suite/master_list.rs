//! Master lists: who is believed, and whom they introduce.

use pki::builder::{
    CertificateBuilder, CertificateProfile, DistinguishedName, SignedDataBuilder, csca_master_list,
};
use pki::{Certificate, Error, MasterList, Role, TrustStore, oid};

use crate::country::{Country, Identity, csca_builder, day, name, now, p256, rng, signer_builder};

fn master_list_signer(country: &Country) -> Identity {
    let builder = CertificateBuilder::new(
        CertificateProfile::MasterListSigner,
        name("Test master list signer"),
    );
    country.csca.issue(
        &builder.validity(day(2026, 1, 1), day(2028, 1, 1)),
        p256(20),
    )
}

fn foreign_csca(country: &str, seed: u8) -> Identity {
    let name = DistinguishedName::new(country, "Test CSCA").unwrap();
    let builder = CertificateBuilder::new(CertificateProfile::CountrySigningCa, name);
    Identity::self_signed(
        &builder.validity(day(2026, 1, 1), day(2041, 1, 1)),
        p256(seed),
    )
}

fn signed_by(signer: &Identity, certificates: &[&Certificate]) -> MasterList {
    let content = csca_master_list(certificates.iter().copied()).unwrap();
    let list = SignedDataBuilder::new(oid::CSCA_MASTER_LIST, &content)
        .sign(&signer.certificate, &signer.key, &mut rng(1))
        .unwrap();
    MasterList::parse(&list).unwrap()
}

#[test]
fn a_list_that_a_trusted_country_signed_introduces_others() {
    let country = Country::new();
    let (germany, france) = (foreign_csca("DE", 21), foreign_csca("FR", 22));
    let link = CertificateBuilder::new(
        CertificateProfile::Link,
        DistinguishedName::new("DE", "Test CSCA").unwrap(),
    );
    let link = germany.issue(&link.validity(day(2026, 3, 1), day(2041, 1, 1)), p256(23));
    let test = Identity::self_signed(&csca_builder().test_anchor(), p256(24));
    let list = signed_by(
        &master_list_signer(&country),
        &[
            &link.certificate,
            &germany.certificate,
            &france.certificate,
            &test.certificate,
        ],
    );
    let mut trust = country.trust.clone();
    let import = trust.import_master_list(&list, now()).unwrap();
    assert_eq!((import.anchors, import.links), (2, 1));
    let refused: Vec<_> = import.refused.iter().map(|(_, error)| error).collect();
    assert_eq!(refused, [&Error::TestAnchor]);
    assert_eq!(trust.anchors().count(), 3);
    assert_eq!(trust.links().count(), 1);
}

#[test]
fn a_list_that_nobody_trusted_signed_introduces_nobody() {
    let (country, stranger) = (Country::new(), Country::with_keys(p256(30), p256(31)));
    let germany = foreign_csca("DE", 21);
    let list = signed_by(&master_list_signer(&stranger), &[&germany.certificate]);
    let mut trust = country.trust.clone();
    let role = Role::MasterListSigner;
    assert_eq!(
        trust.import_master_list(&list, now()).unwrap_err(),
        Error::UntrustedIssuer { role }
    );
    assert_eq!(trust.anchors().count(), 1);
    let mut trust = TrustStore::new();
    assert!(trust.import_master_list(&list, now()).is_err());
}

#[test]
fn a_document_signer_signs_no_master_lists() {
    let country = Country::new();
    let germany = foreign_csca("DE", 21);
    let list = signed_by(&country.signer, &[&germany.certificate]);
    let role = Role::MasterListSigner;
    assert_eq!(
        country
            .trust
            .clone()
            .import_master_list(&list, now())
            .unwrap_err(),
        Error::KeyUsage { role }
    );
}

#[test]
fn an_expired_master_list_signer_is_refused() {
    let country = Country::new();
    let list = signed_by(&master_list_signer(&country), &[]);
    let mut trust = country.trust.clone();
    assert!(trust.import_master_list(&list, now()).is_ok());
    assert_eq!(
        trust
            .import_master_list(&list, day(2028, 1, 2))
            .unwrap_err(),
        Error::Expired {
            role: Role::MasterListSigner,
            not_after: day(2028, 1, 1)
        }
    );
}

#[test]
fn a_list_under_an_expired_ca_is_refused() {
    let builder = csca_builder().validity(day(2020, 1, 1), day(2026, 6, 1));
    let country = Country::with(&builder, p256(1), &signer_builder(), p256(2));
    let list = signed_by(&master_list_signer(&country), &[]);
    let mut trust = country.trust.clone();
    assert_eq!(
        trust.import_master_list(&list, now()).unwrap_err(),
        Error::Expired {
            role: Role::CountrySigningCa,
            not_after: day(2026, 6, 1)
        }
    );
    assert!(trust.import_master_list(&list, day(2026, 5, 1)).is_ok());
}

#[test]
fn a_list_of_a_later_version_is_refused() {
    let country = Country::new();
    let signer = master_list_signer(&country);
    let germany = foreign_csca("DE", 21);
    let mut content = csca_master_list([&germany.certificate]).unwrap();
    assert_eq!(content[4..7], [2, 1, 0]);
    content[6] = 1;
    let list = SignedDataBuilder::new(oid::CSCA_MASTER_LIST, &content)
        .sign(&signer.certificate, &signer.key, &mut rng(1))
        .unwrap();
    let list = MasterList::parse(&list).unwrap();
    assert_eq!(
        country
            .trust
            .clone()
            .import_master_list(&list, now())
            .unwrap_err(),
        Error::SignedContent {
            what: "CscaMasterList"
        }
    );
}

#[test]
fn a_security_object_is_no_master_list() {
    let country = Country::new();
    let sod = country
        .signer
        .sign(oid::LDS_SECURITY_OBJECT, &crate::country::security_object());
    let list = MasterList::parse(&sod).unwrap();
    assert_eq!(
        country
            .trust
            .clone()
            .import_master_list(&list, now())
            .unwrap_err(),
        Error::ContentType {
            expected: oid::CSCA_MASTER_LIST,
            found: oid::LDS_SECURITY_OBJECT
        }
    );
}
