//! SignedData: published objects, the rules of RFC 5652, and the encodings of strangers.

use cms::cert::{CertificateChoices, OtherCertificateFormat};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::SignerInfo;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{ID_CONTENT_TYPE, ID_ENVELOPED_DATA, ID_MESSAGE_DIGEST};
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Decode, Encode, EncodeValue, Tagged};
use pki::builder::SignedDataBuilder;
use pki::{CheckName, Error, Outcome, PassiveAuthentication, SignedData, Time, TrustStore, oid};

use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::Attribute;

use crate::country::{Country, day, p256, rng, security_object};

fn vector(name: &str) -> Vec<u8> {
    let path = format!("{}/../../vectors/pki/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .map(|digit| u8::try_from(digit).unwrap())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

#[test]
fn the_worked_example_of_tr_03110_is_signed_as_it_says() {
    let file = vector("ef-cardsecurity-worked-example-ecdh.hex");
    let object = SignedData::parse(&file).unwrap();
    let content = object.verify(oid::SECURITY_OBJECT).unwrap();
    assert_eq!(
        content.signer.subject().to_string(),
        "CN=HJP PB DS,OU=Document Signer,O=HJP Consulting,C=DE"
    );
    let infos = lds::SecurityInfos::parse(content.content).unwrap();
    assert!(
        infos
            .chip_authentication_public_key_infos()
            .next()
            .is_some()
    );

    // Its country signing CA was not published with it, and its certificate is long over.
    let trust = TrustStore::new();
    let at = |time: Time| {
        let passive = PassiveAuthentication::new(&trust, time).without_revocation_lists();
        passive.security_infos(&file).report().clone()
    };
    let then = at(day(2010, 9, 1));
    assert_eq!(then.outcome(CheckName::Signature), Some(&Outcome::Passed));
    assert_eq!(then.outcome(CheckName::Content), Some(&Outcome::Passed));
    assert_eq!(then.outcome(CheckName::Validity), Some(&Outcome::Passed));
    assert!(!then.is_ok());
    assert!(matches!(
        at(day(2026, 1, 1)).outcome(CheckName::Validity),
        Some(Outcome::Failed(Error::Expired { .. }))
    ));
}

#[test]
fn a_curve_that_is_not_supported_is_named_as_the_reason() {
    let object = SignedData::parse(&vector("ef-cardsecurity-german-id-card.hex")).unwrap();
    assert_eq!(
        object.verify(oid::SECURITY_OBJECT).unwrap_err(),
        Error::ExplicitCurve
    );
    let signer = object.signer_certificate().unwrap();
    assert_eq!(signer.country().as_deref(), Some("DE"));
}

#[test]
fn the_signer_may_be_named_by_its_key() {
    let country = Country::new();
    let content = security_object();
    let object = SignedDataBuilder::new(oid::LDS_SECURITY_OBJECT, &content)
        .by_key_identifier()
        .certificate(&country.csca.certificate)
        .sign(
            &country.signer.certificate,
            &country.signer.key,
            &mut rng(1),
        )
        .unwrap();
    let read = SignedData::parse(&object).unwrap();
    assert_eq!(read.certificates().count(), 2);
    let verified = read.verify(oid::LDS_SECURITY_OBJECT).unwrap();
    assert_eq!(verified.content, content);
    assert_eq!(verified.signer, &country.signer.certificate);
    assert_eq!(verified.signing_time, None);
    assert!(country.verify(&object).is_authentic());
}

/// The object with its fields changed, the signature left as it was.
fn edited(object: &[u8], edit: impl FnOnce(&mut cms::signed_data::SignedData)) -> Vec<u8> {
    let mut info = ContentInfo::from_der(object).unwrap();
    let mut fields = info.content.decode_as().unwrap();
    edit(&mut fields);
    info.content = Any::encode_from(&fields).unwrap();
    info.to_der().unwrap()
}

fn signed() -> Vec<u8> {
    Country::new()
        .signer
        .sign(oid::LDS_SECURITY_OBJECT, &security_object())
}

fn verify(object: &[u8]) -> Result<(), Error> {
    SignedData::parse(object)?
        .verify(oid::LDS_SECURITY_OBJECT)
        .map(|_| ())
}

/// The object with one change in its only SignerInfo.
fn edited_signer(object: &[u8], edit: impl FnOnce(&mut SignerInfo)) -> Vec<u8> {
    edited(object, |fields| {
        let mut signer = fields.signer_infos.0.get(0).unwrap().clone();
        edit(&mut signer);
        fields.signer_infos = vec![signer].try_into().unwrap();
    })
}

#[test]
fn the_certificate_must_be_the_one_that_the_signer_names() {
    assert_eq!(verify(&signed()), Ok(()));
    let ca = Country::new().csca.certificate;
    let other = edited(&signed(), |fields| {
        let ca = x509_cert::Certificate::from_der(ca.as_der()).unwrap();
        let certificates = vec![CertificateChoices::Certificate(ca)];
        fields.certificates = Some(certificates.try_into().unwrap());
    });
    assert_eq!(verify(&other), Err(Error::SignerCertificateMissing));
    let none = edited(&signed(), |fields| fields.certificates = None);
    assert_eq!(verify(&none), Err(Error::SignerCertificateMissing));
}

#[test]
fn certificates_that_are_not_x_509_are_refused() {
    let object = edited(&signed(), |fields| {
        let mut certificates = fields.certificates.take().unwrap().0.into_vec();
        certificates.push(CertificateChoices::Other(OtherCertificateFormat {
            other_cert_format: ID_CONTENT_TYPE,
            other_cert: Any::null(),
        }));
        fields.certificates = Some(certificates.try_into().unwrap());
    });
    assert_eq!(verify(&object), Err(Error::ForeignCertificateFormat));
}

#[test]
fn there_is_exactly_one_signer() {
    let none = edited(&signed(), |fields| {
        fields.signer_infos = vec![].try_into().unwrap();
    });
    assert_eq!(verify(&none), Err(Error::SignerCount(0)));
    let two = edited(&signed(), |fields| {
        let signer = fields.signer_infos.0.get(0).unwrap().clone();
        let mut other = signer.clone();
        other.signature = OctetString::new([1, 2, 3]).unwrap();
        fields.signer_infos = vec![signer, other].try_into().unwrap();
    });
    assert_eq!(verify(&two), Err(Error::SignerCount(2)));
}

#[test]
fn a_detached_signature_is_refused() {
    let detached = edited(&signed(), |fields| {
        fields.encap_content_info.econtent = None;
    });
    assert_eq!(verify(&detached), Err(Error::NoContent));
}

#[test]
fn another_type_of_message_is_refused() {
    let mut info = ContentInfo::from_der(&signed()).unwrap();
    info.content_type = ID_ENVELOPED_DATA;
    assert_eq!(
        verify(&info.to_der().unwrap()),
        Err(Error::NotSignedData(ID_ENVELOPED_DATA))
    );
}

#[test]
fn versions_follow_from_the_contents() {
    let object = edited(&signed(), |fields| fields.version = CmsVersion::V1);
    let (expected, found) = (3, 1);
    assert_eq!(verify(&object), Err(Error::CmsVersion { expected, found }));
    let object = edited_signer(&signed(), |signer| signer.version = CmsVersion::V3);
    let (expected, found) = (1, 3);
    assert_eq!(verify(&object), Err(Error::CmsVersion { expected, found }));
}

#[test]
fn the_hash_must_be_announced_and_must_be_that_of_the_signature() {
    let sha512 = AlgorithmIdentifierOwned {
        oid: const_oid::db::rfc5912::ID_SHA_512,
        parameters: None,
    };
    let object = edited(&signed(), |fields| {
        fields.digest_algorithms = vec![sha512.clone()].try_into().unwrap();
    });
    assert_eq!(verify(&object), Err(Error::DigestNotAnnounced));

    let object = edited_signer(&signed(), |signer| {
        signer.signature_algorithm.oid = const_oid::db::rfc5912::ECDSA_WITH_SHA_512;
    });
    assert_eq!(verify(&object), Err(Error::DigestContradiction));
}

#[test]
fn content_without_signed_attributes_is_refused() {
    // The signature over the bare content is good: RFC 5652 §5.3 allows that for plain data alone.
    let country = Country::new();
    let object = edited_signer(&signed(), |signer| {
        let signature = country.signer.key.sign(&security_object(), &mut rng(1));
        signer.signature = OctetString::new(signature.unwrap()).unwrap();
        signer.signed_attrs = None;
    });
    assert_eq!(verify(&object), Err(Error::NoSignedAttributes));
}

/// An object whose attributes are `change`d before they are signed, with the right key.
fn signed_with(change: impl FnOnce(&mut Vec<Attribute>)) -> Vec<u8> {
    let country = Country::new();
    edited_signer(&signed(), |signer| {
        let mut attributes = signer.signed_attrs.take().unwrap().into_vec();
        change(&mut attributes);
        let attributes = SetOfVec::try_from(attributes).unwrap();
        let signature = country
            .signer
            .key
            .sign(&attributes.to_der().unwrap(), &mut rng(1));
        signer.signature = OctetString::new(signature.unwrap()).unwrap();
        signer.signed_attrs = Some(attributes);
    })
}

fn value<T: Tagged + EncodeValue>(oid: ObjectIdentifier, value: &T) -> Attribute {
    Attribute {
        oid,
        values: vec![Any::encode_from(value).unwrap()].try_into().unwrap(),
    }
}

#[test]
fn the_right_key_does_not_make_wrong_attributes_right() {
    assert_eq!(verify(&signed_with(|_| ())), Ok(()));
    let other_hash = OctetString::new(vec![7; 32]).unwrap();
    for (attribute, another) in [
        (
            ID_CONTENT_TYPE,
            value(ID_CONTENT_TYPE, &oid::SECURITY_OBJECT),
        ),
        (ID_MESSAGE_DIGEST, value(ID_MESSAGE_DIGEST, &other_hash)),
    ] {
        let without = signed_with(|attributes| attributes.retain(|it| it.oid != attribute));
        let count = 0;
        assert_eq!(
            verify(&without),
            Err(Error::AttributeCount { attribute, count })
        );
        // A second one, as an attribute of its own and as a second value.
        let twice = signed_with(|attributes| attributes.push(another.clone()));
        let count = 2;
        assert_eq!(
            verify(&twice),
            Err(Error::AttributeCount { attribute, count })
        );
        let twice = signed_with(|attributes| {
            let it = attributes
                .iter_mut()
                .find(|it| it.oid == attribute)
                .unwrap();
            it.values
                .insert(another.values.get(0).unwrap().clone())
                .unwrap();
        });
        assert_eq!(
            verify(&twice),
            Err(Error::AttributeCount { attribute, count })
        );
        let instead = signed_with(|attributes| {
            attributes.retain(|it| it.oid != attribute);
            attributes.push(another.clone());
        });
        let expected = match attribute {
            ID_CONTENT_TYPE => Error::SignedContentType,
            _ => Error::ContentDigest,
        };
        assert_eq!(verify(&instead), Err(expected));
    }
}

#[test]
fn attributes_out_of_order_are_accepted_as_signed_and_as_sorted() {
    // RSA signatures are all of one length, so that one can be put in the place of another.
    let country = Country::with_keys(p256(1), crate::algorithms::rsa(1));
    let object = country
        .signer
        .sign(oid::LDS_SECURITY_OBJECT, &security_object());
    let mut signer = None;
    edited_signer(&object, |it| signer = Some(it.clone()));
    let (attributes, signature) = {
        let signer = signer.unwrap();
        let attributes = signer.signed_attrs.unwrap().to_der().unwrap();
        (attributes, signer.signature.as_bytes().to_vec())
    };
    let all = split(&attributes[2..]);
    let reversed: Vec<u8> = all.iter().rev().flatten().copied().collect();

    // Signed in the order of DER (RFC 5652 §5.4), sent in another.
    let sent = replaced(&object, &attributes[2..], &reversed);
    assert_ne!(sent, object);
    assert_eq!(verify(&sent), Ok(()));
    // Signed in the order in which they are sent.
    let set = [&attributes[..2], &reversed].concat();
    let as_sent = country.signer.key.sign(&set, &mut rng(1)).unwrap();
    let sent = replaced(&sent, &signature, &as_sent);
    assert_eq!(verify(&sent), Ok(()));
    // Signed in an order in which they are not sent.
    let sent = replaced(&object, &signature, &as_sent);
    assert_eq!(verify(&sent), Err(Error::ContentSignature));
}

/// Elements shorter than 128 bytes one by one.
fn split(mut elements: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let [_, length, ..] = elements {
        let (one, rest) = elements.split_at(2 + usize::from(*length));
        found.push(one.to_vec());
        elements = rest;
    }
    found
}

/// `whole` with the one occurrence of `from` replaced by `to`.
fn replaced(whole: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let start = (0..whole.len())
        .find(|start| whole[*start..].starts_with(from))
        .unwrap();
    [&whole[..start], to, &whole[start + to.len()..]].concat()
}

/// `der` with every constructed element in the indefinite form, except what is signed byte for byte.
fn indefinite(der: &[u8], keep: &[&[u8]]) -> Vec<u8> {
    if der.is_empty() {
        return Vec::new();
    }
    let (header, length) = match der[1] {
        0x82 => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
        0x81 => (3, usize::from(der[2])),
        short => (2, usize::from(short)),
    };
    let (element, rest) = der.split_at(header + length);
    let mut output = if der[0] & 0x20 == 0 || keep.contains(&element) {
        element.to_vec()
    } else {
        let mut output = vec![der[0], 0x80];
        output.extend(indefinite(&element[header..], keep));
        output.extend([0, 0]);
        output
    };
    output.extend(indefinite(rest, keep));
    output
}

#[test]
fn indefinite_lengths_at_every_level_change_nothing() {
    let country = Country::new();
    let der = country.signer.sod();
    let certificate = country.signer.certificate.as_der();
    for keep in [vec![certificate], vec![]] {
        let ber = indefinite(&der, &keep);
        assert!(ber.len() > der.len());
        assert!(country.verify(&ber).is_authentic());
        let mut cut = ber.clone();
        cut.pop();
        assert!(!country.verify(&cut).is_authentic());
    }
}

#[test]
fn an_endless_object_is_not_read() {
    let limit = 16 * 1024 * 1024;
    assert_eq!(
        SignedData::parse(&vec![0x30; limit + 1]).unwrap_err(),
        Error::TooLong {
            what: "SignedData",
            length: limit + 1,
            limit
        }
    );
}
