//! What holds for every certificate, request, description and stored set: they survive their encoding, and a byte that
//! changes is a byte that is noticed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test file: a panic is a failure"
)]

mod support;

use cvc::{
    AuthenticatedRequest, CertificateBody, CertificateDescription, CertificateRequest,
    CvCertificate, Error, Extensions, Field, PublicKey, RequestBody, Role, TermsOfUsage,
    TrustPoints, group_update,
};
use proptest::prelude::*;
use secure_channel::Hash;
use support::{Party, at, date, party, rng};

fn parties() -> (Party, Party) {
    (party("TWMOICVCA00001", 1), party("TWMOLDV00001", 2))
}

fn body() -> impl Strategy<Value = CertificateBody> {
    let day = || (2000u16..=2099, 1u8..=12, 1u8..=28);
    let name = "[A-Z]{2}[ -~]{0,9}[0-9A-Z]{5}";
    let groups = prop::collection::btree_set(1u8..=22, 0..4);
    (
        name,
        name,
        day(),
        day(),
        groups,
        any::<bool>(),
        0u32..1 << 20,
    )
        .prop_map(|(authority, holder, a, b, groups, root, rights)| {
            let (cvca, dv) = parties();
            let role = if root { Role::Cvca } else { Role::DvForeign };
            let mut body = cvca.body(&dv, role);
            body.authority = authority.parse().unwrap();
            body.holder = holder.parse().unwrap();
            let [a, b] = [a, b].map(|(y, m, d)| date(y, m, d));
            (body.effective, body.expiration) = (a.min(b), a.max(b));
            let all: Vec<_> = at(role).rights().collect();
            body.chat = all
                .iter()
                .enumerate()
                .filter(|(n, _)| rights >> (n % 20) & 1 == 0)
                .fold(body.chat, |chat, (_, right)| chat.without(*right));
            if !groups.is_empty() {
                body.extensions = Extensions::new([group_update(groups)]).unwrap();
            }
            body
        })
}

proptest! {
    #[test]
    fn a_certificate_survives_its_encoding(body in body()) {
        let (cvca, _) = parties();
        let certificate = body.clone().signed(&cvca.key, &mut rng(1)).unwrap();
        prop_assert_eq!(certificate.body(), &body);
        let read = CvCertificate::parse(&certificate.to_bytes());
        prop_assert_eq!(read.as_ref(), Ok(&certificate));
        prop_assert_eq!(certificate.verify_signature(cvca.key.verifying_key()), Ok(()));
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_written_again(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(read) = CvCertificate::parse(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }
}

/// A certificate with everything that one can have.
fn full() -> (Party, CvCertificate) {
    let (cvca, dv) = parties();
    let description = CertificateDescription::new("A", "B", TermsOfUsage::Plain("C".into()));
    let mut body = cvca.body(&dv, Role::Cvca);
    let extensions = [
        group_update([3, 22]),
        description.extension(Hash::Sha256).unwrap(),
    ];
    body.extensions = Extensions::new(extensions).unwrap();
    let certificate = cvca.sign(body);
    (cvca, certificate)
}

#[test]
fn no_byte_of_a_certificate_can_change_unnoticed() {
    let (cvca, certificate) = full();
    let bytes = certificate.to_bytes();
    for position in 0..bytes.len() {
        for change in [0x01, 0x80, 0xFF] {
            let mut changed = bytes.clone();
            changed[position] ^= change;
            let Ok(read) = CvCertificate::parse(&changed) else {
                continue;
            };
            assert_eq!(read.to_bytes(), changed, "byte {position}");
            let field = Field::Signature;
            let refused = read.verify_signature(cvca.key.verifying_key());
            assert_eq!(refused, Err(Error::Signature { field }), "byte {position}");
        }
        assert!(CvCertificate::parse(&bytes[..position]).is_err());
    }
    assert!(CvCertificate::parse(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn no_byte_of_a_request_can_change_unnoticed() {
    let (cvca, dv) = parties();
    let request = RequestBody {
        authority: None,
        public_key: PublicKey::explicit(dv.key.verifying_key()),
        holder: dv.name,
        extensions: Extensions::default(),
    };
    let request = request.signed(&dv.key, &mut rng(1)).unwrap();
    let request = request
        .authenticated(cvca.name, &cvca.key, &mut rng(2))
        .unwrap();
    let signer = cvca.key.verifying_key();
    assert_eq!(request.verify(signer).as_ref(), Ok(dv.key.verifying_key()));
    assert!(request.verify(dv.key.verifying_key()).is_err());
    let bytes = request.to_bytes();
    for position in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[position] ^= 0x01;
        if let Ok(read) = AuthenticatedRequest::parse(&changed) {
            let field = Field::OuterSignature;
            assert_eq!(
                read.verify(signer),
                Err(Error::Signature { field }),
                "byte {position}"
            );
        }
        assert!(AuthenticatedRequest::parse(&bytes[..position]).is_err());
    }
    // A key without its curve proves nothing.
    let body = RequestBody {
        public_key: PublicKey::inheriting(dv.key.verifying_key()),
        ..request.request().body().clone()
    };
    let bare = body.signed(&dv.key, &mut rng(1)).unwrap();
    let bare = CertificateRequest::parse(&bare.to_bytes()).unwrap();
    assert_eq!(bare.verify(), Err(Error::DomainParametersMissing));
}

/// What is wrong, the field that the error names, and the change that makes it so.
type Fault = (&'static str, Field, fn(&mut Vec<Vec<u8>>));

/// The data objects of a body, taken apart to be put together wrongly.
fn objects(certificate: &CvCertificate) -> Vec<Vec<u8>> {
    let body = certificate.body().to_bytes();
    let body = iso7816::tlv::TlvReader::new(&body).read().unwrap().unwrap();
    body.children()
        .map(|object| object.unwrap().raw.to_vec())
        .collect()
}

#[test]
fn a_wrong_field_is_refused_by_its_name() {
    let faults: &[Fault] = &[
        (
            "another profile",
            Field::CertificateProfileIdentifier,
            |o| o[0][3] = 1,
        ),
        ("no profile", Field::CertificateProfileIdentifier, |o| {
            drop(o.remove(0));
        }),
        (
            "no authority",
            Field::CertificationAuthorityReference,
            |o| drop(o.remove(1)),
        ),
        (
            "a short authority",
            Field::CertificationAuthorityReference,
            |o| o[1] = vec![0x42, 2, b'T', b'W'],
        ),
        ("two authorities", Field::PublicKey, |o| {
            o.insert(2, o[1].clone());
        }),
        ("no key", Field::PublicKey, |o| drop(o.remove(2))),
        ("two keys", Field::CertificateHolderReference, |o| {
            o.insert(3, o[2].clone());
        }),
        ("an unknown algorithm", Field::PublicKeyAlgorithm, |o| {
            o[2][15] = 9;
        }),
        ("no holder", Field::CertificateHolderReference, |o| {
            drop(o.remove(3));
        }),
        (
            "two holders",
            Field::CertificateHolderAuthorizationTemplate,
            |o| o.insert(4, o[3].clone()),
        ),
        (
            "no rights",
            Field::CertificateHolderAuthorizationTemplate,
            |o| drop(o.remove(4)),
        ),
        ("an unknown terminal type", Field::TerminalType, |o| {
            o[4][13] = 9;
        }),
        (
            "dates the other way round",
            Field::CertificateEffectiveDate,
            |o| o.swap(5, 6),
        ),
        ("no such month", Field::CertificateEffectiveDate, |o| {
            o[5][5..7].copy_from_slice(&[1, 3]);
        }),
        (
            "no expiration date",
            Field::CertificateExpirationDate,
            |o| drop(o.remove(6)),
        ),
        (
            "an end before the beginning",
            Field::CertificateExpirationDate,
            |o| o[6][4] = 5,
        ),
        ("empty extensions", Field::CertificateExtensions, |o| {
            o[7] = vec![0x65, 0];
        }),
        ("an extension twice", Field::ExtensionIdentifier, |o| {
            let template = o[7][2..].to_vec();
            o[7] = iso7816::tlv::encode(
                iso7816::tlv::Tag(0x65),
                &[&template[..], &template[..]].concat(),
            );
        }),
        ("extensions twice", Field::CertificateBody, |o| {
            o.push(o[7].clone());
        }),
        ("an unknown object", Field::CertificateBody, |o| {
            o.push(vec![0x5F, 0x38, 1, 0]);
        }),
        (
            "an unknown object amid",
            Field::CertificateEffectiveDate,
            |o| o.insert(5, vec![0x5F, 0x38, 1, 0]),
        ),
    ];
    let (_, certificate) = full();
    for (what, expected, fault) in faults {
        let mut objects = objects(&certificate);
        fault(&mut objects);
        let body = iso7816::tlv::encode(iso7816::tlv::Tag(0x7F4E), &objects.concat());
        let signature = iso7816::tlv::encode(iso7816::tlv::Tag(0x5F37), &[1; 64]);
        match CvCertificate::parse_value(&[body, signature].concat()) {
            Err(Error::Tlv { field, .. } | Error::Malformed { field, .. }) => {
                assert_eq!(field, *expected, "{what}");
            }
            other => unreachable!("{what}: {other:?}"),
        }
    }
    let mut long = certificate.to_value();
    long.resize(4096, 0);
    let (field, limit) = (Field::CvCertificate, 2048);
    assert_eq!(
        CvCertificate::parse_value(&long),
        Err(Error::TooLong { field, limit })
    );
    assert!(TrustPoints::parse(&long).is_err());
}
