//! Where a path ends, how far an anchor is trusted, and which certificates are CAs.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::ID_CE_SUBJECT_ALT_NAME;
use der::asn1::{BitString, OctetString};
use der::{Decode, Encode, Header, Reader, SliceReader};
use pki::builder::{CertificateBuilder, CertificateProfile};
use pki::{Certificate, Error, PathField, PathValidation, Role, TrustAnchor};
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::{GeneralName, OtherName};
use x509_cert::ext::pkix::{NameConstraints, SubjectAltName};

use crate::country::{
    Identity, csca_builder, day, list_builder, name, now, p256, rng, signer_builder,
};
use crate::path_validation::{NOT_SAID, Pki, errors};

/// A CA below the root.
fn ca() -> CertificateBuilder {
    CertificateBuilder::new(CertificateProfile::Link, name("CA"))
        .validity(day(2026, 1, 1), day(2041, 1, 1))
}

#[test]
fn an_anchor_is_held_to_what_its_certificate_says() {
    let root = csca_builder().validity(day(2026, 1, 1), day(2026, 6, 1));
    let pki = Pki::with(&root, &signer_builder());
    let (role, not_after) = (Role::TrustAnchor, day(2026, 6, 1));
    assert_eq!(
        errors(&pki.validate(|it| it)),
        [Error::Expired { role, not_after }]
    );
    // Name and key alone say nothing about it.
    let certificate = &pki.root.certificate;
    let key = certificate.public_key().unwrap();
    let anchor = TrustAnchor::new(certificate.subject().clone(), key);
    let report = pki.validate_below(anchor, now(), |it| it);
    assert_eq!(errors(&report), []);
    let validity = report.outcome(role, PathField::Validity);
    assert_eq!(validity, Some(&NOT_SAID));
}

#[test]
fn an_anchor_is_found_by_its_key_identifier_and_without_one_by_its_name() {
    let pki = Pki::new();
    let certificate = &pki.root.certificate;
    let anchor = || {
        let key = certificate.public_key().unwrap();
        TrustAnchor::new(certificate.subject().clone(), key)
    };
    let validate = |anchor| errors(&pki.validate_below(anchor, now(), |it| it));
    let identifier = certificate.subject_key_identifier().unwrap();
    assert_eq!(validate(anchor()), []);
    assert_eq!(validate(anchor().key_identifier(identifier)), []);
    let role = Role::EndEntity;
    assert_eq!(
        validate(anchor().key_identifier(b"another key")),
        [Error::UntrustedIssuer { role }]
    );
    // The name alone is nothing: another key of this name verifies nothing.
    let other = Identity::self_signed(&csca_builder(), p256(5)).certificate;
    let other = TrustAnchor::new(other.subject().clone(), other.public_key().unwrap());
    assert_eq!(validate(other), [Error::CertificateSignature { role }]);
}

#[test]
fn only_a_ca_is_an_anchor_and_that_of_a_test_pki_only_by_name() {
    let pki = Pki::new();
    let role = Role::TrustAnchor;
    assert_eq!(
        TrustAnchor::from_certificate(pki.end.clone()).unwrap_err(),
        Error::BasicConstraints { role }
    );
    let test = Pki::with(&csca_builder().test_anchor(), &signer_builder());
    let certificate = test.root.certificate.clone();
    assert_eq!(
        TrustAnchor::from_certificate(certificate.clone()).unwrap_err(),
        Error::TestAnchor
    );
    let anchor = TrustAnchor::from_test_certificate(certificate).unwrap();
    assert_eq!(errors(&test.validate_below(anchor, now(), |it| it)), []);
    // The mark below an anchor that does not carry it is one more unknown extension.
    let marked = Pki::with(&csca_builder(), &signer_builder().test_anchor());
    let (role, extension) = (Role::EndEntity, pki::oid::TEST_ANCHOR);
    assert_eq!(
        errors(&marked.validate(|it| it)),
        [Error::UnknownCriticalExtension { role, extension }]
    );
}

#[test]
fn an_anchor_can_be_limited() {
    let pki = Pki::new();
    let between = pki.root.issue(&ca(), p256(3));
    let end = between.issue(&signer_builder(), p256(4)).certificate;
    let lists = [
        pki.root.list(&list_builder()),
        between.list(&list_builder()),
    ];
    let pool = [between.certificate];
    let certificate = &pki.root.certificate;
    let anchor = || {
        let key = certificate.public_key().unwrap();
        TrustAnchor::new(certificate.subject().clone(), key)
    };
    let validate = |anchor: TrustAnchor| {
        let anchors = [anchor];
        let validation = PathValidation::new(&anchors, now())
            .intermediates(&pool)
            .revocation_lists(&lists);
        errors(&validation.validate(&end))
    };
    assert_eq!(validate(anchor()), []);
    assert_eq!(validate(anchor().max_path_length(1)), []);
    let role = Role::Ca(1);
    let too_long = [Error::PathLength { role }];
    assert_eq!(validate(anchor().max_path_length(0)), too_long);
    // The certificate itself says so, too.
    let of_certificate = TrustAnchor::from_certificate(certificate.clone());
    assert_eq!(validate(of_certificate.unwrap()), too_long);
}

/// An end entity with this alternative name, below an anchor whose subtrees are these.
fn constrained(alternative: GeneralName, permitted: &[GeneralSubtree]) -> Vec<Error> {
    let names = SubjectAltName(vec![alternative]).to_der().unwrap();
    // The builder's own alternative names are left out.
    let end = CertificateBuilder::new(CertificateProfile::DocumentSigner, name("Amy"));
    let end = end.validity(day(2026, 1, 1), day(2030, 1, 1)).extension(
        ID_CE_SUBJECT_ALT_NAME,
        false,
        &names,
    );
    let pki = Pki::with(&csca_builder(), &end);
    let constraints = NameConstraints {
        permitted_subtrees: Some(permitted.to_vec()),
        excluded_subtrees: None,
    };
    let anchor = pki
        .anchor()
        .name_constraints(&constraints.to_der().unwrap())
        .unwrap();
    errors(&pki.validate_below(anchor, now(), |it| it))
}

fn subtree(base: GeneralName) -> GeneralSubtree {
    GeneralSubtree {
        base,
        minimum: 0,
        maximum: None,
    }
}

#[test]
fn an_address_lies_in_the_permitted_net() {
    let address = |bytes: &[u8]| GeneralName::IpAddress(OctetString::new(bytes).unwrap());
    let net = subtree(address(&[192, 0, 2, 0, 255, 255, 255, 0]));
    assert_eq!(
        constrained(address(&[192, 0, 2, 9]), std::slice::from_ref(&net)),
        []
    );
    let (role, form) = (Role::EndEntity, "iPAddress");
    assert_eq!(
        constrained(address(&[198, 51, 100, 9]), &[net]),
        [Error::NameNotPermitted { role, form }]
    );
}

#[test]
fn a_constraint_that_is_not_understood_is_not_ignored() {
    let other = GeneralName::OtherName(OtherName {
        type_id: ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.1"),
        value: der::Any::new(der::Tag::Utf8String, "Amy".as_bytes()).unwrap(),
    });
    let (role, form) = (Role::EndEntity, "otherName");
    let refused = [Error::NameConstraint { role, form }];
    assert_eq!(constrained(other.clone(), &[subtree(other)]), refused);
    // Nor is a depth, which RFC 5280 does not use.
    let host = GeneralName::DnsName(der::asn1::Ia5String::new("a.example.com").unwrap());
    let deep = GeneralSubtree {
        minimum: 1,
        ..subtree(host.clone())
    };
    let form = "dNSName";
    assert_eq!(
        constrained(host.clone(), &[deep]),
        [Error::NameConstraint { role, form }]
    );
    assert_eq!(constrained(host.clone(), &[subtree(host)]), []);
}

/// The same certificate, of version 2, signed again.
fn of_version_2(certificate: &Certificate, issuer: &Identity) -> Certificate {
    let der = certificate.as_der();
    let mut reader = SliceReader::new(der).unwrap();
    Header::decode(&mut reader).unwrap();
    let mut signed = reader.tlv_bytes().unwrap().to_vec();
    let algorithm = reader.tlv_bytes().unwrap();
    let version = [0xa0, 3, 2, 1, 2];
    let at = signed.windows(5).position(|it| *it == version).unwrap();
    signed[at + 4] = 1;
    let signature = issuer.key.sign(&signed, &mut rng(1)).unwrap();
    let signature = BitString::from_bytes(&signature).unwrap().to_der().unwrap();
    let parts = [&signed[..], algorithm, &signature].concat();
    let whole = der::Any::new(der::Tag::Sequence, parts).unwrap();
    Certificate::from_der(&whole.to_der().unwrap()).unwrap()
}

#[test]
fn a_certificate_of_an_older_version_is_no_ca() {
    let root = Identity::self_signed(&csca_builder(), p256(1));
    let role = Role::TrustAnchor;
    assert_eq!(
        TrustAnchor::from_certificate(of_version_2(&root.certificate, &root)).unwrap_err(),
        Error::CertificateVersion { role }
    );
    let certificate = &root.certificate;
    let key = certificate.public_key().unwrap();
    let anchors = [TrustAnchor::new(certificate.subject().clone(), key)];
    let ca = root.issue(&ca(), p256(3));
    let end = ca.issue(&signer_builder(), p256(4)).certificate;
    let old = of_version_2(&ca.certificate, &root);
    let validate = |pool: &[Certificate], end: &Certificate| {
        let validation = PathValidation::new(&anchors, now()).intermediates(pool);
        errors(&validation.without_revocation_lists().validate(end))
    };
    let role = Role::Ca(1);
    assert_eq!(validate(&[old], &end), [Error::CertificateVersion { role }]);
    // At the end of a path an older version does no harm.
    let end = of_version_2(&end, &ca);
    assert_eq!(validate(&[ca.certificate], &end), []);
}

#[test]
fn a_name_that_cannot_be_read_matters_where_it_is_critical_or_compared() {
    // One x400Address, which nobody has had for decades.
    let address = [0x30, 0x02, 0xa3, 0x00];
    let with = |critical| {
        let end = CertificateBuilder::new(CertificateProfile::DocumentSigner, name("Amy"))
            .validity(day(2026, 1, 1), day(2030, 1, 1))
            .extension(ID_CE_SUBJECT_ALT_NAME, critical, &address);
        Pki::with(&csca_builder(), &end)
    };
    assert_eq!(errors(&with(false).validate(|it| it)), []);
    let refused = errors(&with(true).validate(|it| it));
    assert!(refused[0].to_string().contains("alternative name"));
    // An anchor that constrains names has them compared.
    let constraints = NameConstraints {
        permitted_subtrees: None,
        excluded_subtrees: Some(Vec::new()),
    };
    let pki = with(false);
    let anchor = pki.anchor();
    let anchor = anchor.name_constraints(&constraints.to_der().unwrap());
    let refused = errors(&pki.validate_below(anchor.unwrap(), now(), |it| it));
    assert!(refused[0].to_string().contains("alternative name"));
}
