//! The profiles of Doc 9303-12: what the builder puts into certificates, and which deviations are refused.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{
    ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_BASIC_CONSTRAINTS, ID_CE_EXT_KEY_USAGE, ID_CE_KEY_USAGE,
    ID_CE_NAME_CONSTRAINTS, ID_CE_SUBJECT_KEY_IDENTIFIER,
};
use pki::{Certificate, Error, Role, SerialNumber, TrustStore};

use crate::country::{Country, Identity, csca_builder, day, errors, p256, rng, signer_builder};

/// The certificate with the first occurrence of some bytes changed, and its signature left as it was.
fn with_changed_bytes(certificate: &Certificate, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let der = certificate.as_der();
    let position = (0..der.len())
        .find(|start| der[*start..].starts_with(from))
        .expect("the bytes are in the certificate");
    let mut changed = der.to_vec();
    changed[position..position + to.len()].copy_from_slice(to);
    changed
}

#[test]
fn serial_numbers_are_positive_and_have_at_most_20_bytes() {
    let country = Country::new();
    for certificate in [&country.csca.certificate, &country.signer.certificate] {
        let serial = certificate.serial_number();
        assert_eq!(serial.as_bytes().len(), 20);
        assert!(serial.as_bytes()[0] & 0x80 == 0);
    }
    let long = SerialNumber::from_be_bytes(&[0x7f; 21]);
    let refused = csca_builder()
        .serial_number(long)
        .self_sign(&p256(1), &mut rng(1));
    assert_eq!(refused, Err(Error::OutsideProfile("serial number")));
}

#[test]
fn a_certificate_needs_a_validity_that_does_not_end_before_it_begins() {
    let builder = csca_builder().validity(day(2026, 1, 2), day(2026, 1, 1));
    assert_eq!(
        builder.self_sign(&p256(1), &mut rng(1)),
        Err(Error::OutsideProfile("validity"))
    );
}

#[test]
fn a_document_type_has_one_or_two_letters() {
    let country = Country::new();
    let issue = |document_type: &str| {
        signer_builder().document_types([document_type]).issue(
            &p256(3).public_key().unwrap(),
            &country.csca.certificate,
            &country.csca.key,
            &mut rng(1),
        )
    };
    assert!(issue("P").is_ok());
    let refused = Err(Error::OutsideProfile("document type"));
    assert_eq!(issue("TYP"), refused);
    assert_eq!(issue(""), refused);
}

#[test]
fn an_unknown_critical_extension_is_refused_and_an_uncritical_one_is_not() {
    let extension = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.9303.99");
    let build = |critical| {
        let signer = signer_builder().extension(extension, critical, &[5, 0]);
        let country = Country::with(&csca_builder(), p256(1), &signer, p256(2));
        errors(&country.verify(&country.signer.sod()))
    };
    let role = Role::DocumentSigner;
    assert_eq!(
        build(true),
        [Error::UnknownCriticalExtension { role, extension }]
    );
    assert_eq!(build(false), []);
}

#[test]
fn an_anchor_with_name_constraints_is_refused_because_they_are_not_processed() {
    // nameConstraints: permitted subtree, an empty directory name.
    let value = [0x30, 0x08, 0xa0, 0x06, 0x30, 0x04, 0xa4, 0x02, 0x30, 0x00];
    let builder = csca_builder().extension(ID_CE_NAME_CONSTRAINTS, true, &value);
    let anchor = Identity::self_signed(&builder, p256(1)).certificate;
    assert_eq!(
        TrustStore::new().add_anchor(anchor),
        Err(Error::UnknownCriticalExtension {
            role: Role::CountrySigningCa,
            extension: ID_CE_NAME_CONSTRAINTS
        })
    );
}

#[test]
fn an_extension_that_stands_twice_is_refused() {
    let builder = csca_builder().extension(ID_CE_KEY_USAGE, true, &[3, 2, 1, 6]);
    assert_eq!(
        builder.self_sign(&p256(1), &mut rng(1)),
        Err(Error::DuplicateExtension(ID_CE_KEY_USAGE))
    );
}

#[test]
fn an_anchor_that_is_no_ca_or_may_not_sign_certificates_is_refused() {
    let anchor = Country::new().csca.certificate;
    let role = Role::CountrySigningCa;
    let refuse = |der: &[u8]| {
        let certificate = Certificate::from_der(der).unwrap();
        TrustStore::new().add_anchor(certificate).unwrap_err()
    };
    // basicConstraints moved to an unknown, uncritical-looking neighbour: the arc 2.5.29.19 becomes 2.5.29.119.
    let der = with_changed_bytes(
        &anchor,
        &[6, 3, 0x55, 0x1d, 0x13],
        &[6, 3, 0x55, 0x1d, 0x77],
    );
    assert!(matches!(
        refuse(&der),
        Error::UnknownCriticalExtension { .. } | Error::BasicConstraints { .. }
    ));
    // keyCertSign and cRLSign (06) become digitalSignature (80, no unused bits).
    let der = with_changed_bytes(&anchor, &[3, 2, 1, 6], &[3, 2, 7, 0x80]);
    assert_eq!(refuse(&der), Error::KeyUsage { role });
}

#[test]
fn an_anchor_of_an_older_version_is_refused() {
    let anchor = Country::new().csca.certificate;
    let der = with_changed_bytes(&anchor, &[0xa0, 3, 2, 1, 2], &[0xa0, 3, 2, 1, 1]);
    let role = Role::CountrySigningCa;
    assert_eq!(
        TrustStore::new().add_anchor(Certificate::from_der(&der).unwrap()),
        Err(Error::CertificateVersion { role })
    );
}

#[test]
fn an_anchor_without_key_identifier_or_for_another_purpose_is_refused() {
    let role = Role::CountrySigningCa;
    let anchor = Country::new().csca.certificate;
    let der = with_changed_bytes(
        &anchor,
        &[6, 3, 0x55, 0x1d, 0x0e],
        &[6, 3, 0x55, 0x1d, 0x77],
    );
    assert_eq!(
        TrustStore::new().add_anchor(Certificate::from_der(&der).unwrap()),
        Err(Error::MissingExtension {
            role,
            extension: ID_CE_SUBJECT_KEY_IDENTIFIER
        })
    );
    // extendedKeyUsage: TLS server.
    let purpose = [0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
    let builder = csca_builder().extension(ID_CE_EXT_KEY_USAGE, false, &purpose);
    let anchor = Identity::self_signed(&builder, p256(1)).certificate;
    assert_eq!(
        TrustStore::new().add_anchor(anchor),
        Err(Error::KeyUsage { role })
    );
}

#[test]
fn a_signer_without_authority_key_identifier_is_not_sought_by_name() {
    let country = Country::new();
    let der = with_changed_bytes(
        &country.signer.certificate,
        &[6, 3, 0x55, 0x1d, 0x23],
        &[6, 3, 0x55, 0x1d, 0x77],
    );
    let stripped = Identity {
        certificate: Certificate::from_der(&der).unwrap(),
        key: country.signer.key.clone(),
    };
    assert_eq!(
        errors(&country.verify(&stripped.sod())),
        [Error::MissingExtension {
            role: Role::DocumentSigner,
            extension: ID_CE_AUTHORITY_KEY_IDENTIFIER
        }]
    );
}

#[test]
fn a_signer_that_may_only_encipher_is_refused() {
    let country = Country::new();
    // digitalSignature becomes keyEncipherment; the CA's signature is lost with it, which is another error.
    let der = with_changed_bytes(
        &country.signer.certificate,
        &[3, 2, 7, 0x80],
        &[3, 2, 5, 0x20],
    );
    let changed = Identity {
        certificate: Certificate::from_der(&der).unwrap(),
        key: country.signer.key.clone(),
    };
    let role = Role::DocumentSigner;
    assert_eq!(
        errors(&country.verify(&changed.sod())),
        [Error::KeyUsage { role }]
    );
}

#[test]
fn a_signer_that_calls_itself_a_ca_is_refused() {
    let signer = signer_builder().extension(ID_CE_BASIC_CONSTRAINTS, true, &[0x30, 3, 1, 1, 0xff]);
    let country = Country::with(&csca_builder(), p256(1), &signer, p256(2));
    let role = Role::DocumentSigner;
    assert_eq!(
        errors(&country.verify(&country.signer.sod())),
        [Error::BasicConstraints { role }]
    );
}

#[test]
fn the_algorithm_outside_must_be_the_one_inside() {
    let anchor = Country::new().csca.certificate;
    // The second of the two ecdsa-with-SHA256 becomes ecdsa-with-SHA384.
    let mut der = anchor.as_der().to_vec();
    let oid = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let last = (0..der.len())
        .rfind(|start| der[*start..].starts_with(&oid))
        .unwrap();
    der[last + 7] = 3;
    assert_eq!(
        Certificate::from_der(&der),
        Err(Error::AlgorithmSubstituted)
    );
}

#[test]
fn a_certificate_survives_its_textual_encoding() {
    let certificate = Country::new().csca.certificate;
    let pem = certificate.to_pem().unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"));
    assert_eq!(Certificate::from_pem(&pem), Ok(certificate));
    let other = pem.replace("CERTIFICATE", "X509 CRL");
    assert!(Certificate::from_pem(&other).is_err());
    assert!(pki::RevocationList::from_pem(&pem).is_err());
}

#[test]
fn an_endless_certificate_is_not_read() {
    let limit = 64 * 1024;
    assert_eq!(
        Certificate::from_der(&vec![0x30; limit + 1]),
        Err(Error::TooLong {
            what: "certificate",
            length: limit + 1,
            limit
        })
    );
}
