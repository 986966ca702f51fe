//! Messages that are signed rightly and are wrong all the same: each rule of SignedData, and the message that breaks it.

use signing::{Error, Oid, SignedData};

use crate::craft::{
    Craft, ECDSA_SHA_256, SHA_256, SHA_512, algorithm, attribute, cert_id, children,
    content_type_attribute, header_length, issuer_and_serial, issuer_serial,
    message_digest_attribute, oid, protection_attribute, signing_certificate_attribute, tlv,
};
use crate::documents::verify;
use crate::key::{SoftwareKey, certificate};
use crate::openssl::{OpenSsl, now};

/// The error of a document of which one thing was changed before it was signed.
fn refused(change: impl FnOnce(&mut Craft)) -> Error {
    let mut craft = Craft::document();
    change(&mut craft);
    verify(&craft.sign()).expect_err("a rule was broken")
}

fn count(attribute: Oid, count: usize) -> Error {
    Error::AttributeCount { attribute, count }
}

const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";

#[test]
fn the_message_that_is_changed_below_is_right_as_it_is() {
    assert_eq!(verify(&Craft::document().sign()).unwrap(), b"a document");
    let openssl = OpenSsl::new();
    let (right, text) = openssl.verify(&Craft::document().sign(), "", now());
    assert!(right, "{text}");
}

#[test]
fn each_mandatory_attribute_is_there_exactly_once() {
    let names = [
        Oid::CONTENT_TYPE,
        Oid::MESSAGE_DIGEST,
        Oid::SIGNING_CERTIFICATE_V2,
    ];
    for (position, name) in names.into_iter().enumerate() {
        let missing = refused(|it| drop(it.attributes.remove(position)));
        assert_eq!(missing, count(name.clone(), 0));
        let twice = refused(|it| it.attributes.push(it.attributes[position].clone()));
        assert_eq!(twice, count(name, 2));
    }
}

#[test]
fn an_attribute_has_one_value() {
    let content_type = oid("1.2.840.113549.1.7.1");
    let two = attribute(
        &oid("1.2.840.113549.1.9.3"),
        &[&content_type, &content_type],
    );
    let error = refused(|it| it.attributes[0] = two);
    assert_eq!(error, count(Oid::CONTENT_TYPE, 2));
    let none = attribute(&oid("1.2.840.113549.1.9.4"), &[]);
    let error = refused(|it| it.attributes[1] = none);
    assert_eq!(error, count(Oid::MESSAGE_DIGEST, 0));
    let time = tlv(0x17, &[b"261130090000Z"]);
    let two = attribute(&oid(SIGNING_TIME), &[&time, &time]);
    let error = refused(|it| it.attributes.push(two));
    assert_eq!(error, count(Oid::SIGNING_TIME, 2));
}

#[test]
fn unknown_attributes_may_stand_beside_them_but_not_twice() {
    let unknown = attribute(&oid("1.3.6.1.4.1.32473.1"), &[&tlv(5, &[])]);
    let mut craft = Craft::document();
    craft.attributes.push(unknown.clone());
    assert!(verify(&craft.sign()).is_ok());
    let error = refused(|it| it.attributes.extend([unknown.clone(), unknown]));
    assert!(matches!(error, Error::AttributeCount { count: 2, .. }));
}

#[test]
fn signed_attributes_stand_in_the_order_of_der() {
    let error = refused(|it| {
        it.attributes.sort();
        it.attributes.reverse();
        it.sorted = false;
    });
    assert_eq!(error, Error::AttributeOrder);
}

#[test]
fn a_signature_over_the_bare_content_is_none() {
    assert_eq!(
        refused(|it| it.has_attributes = false),
        Error::NoSignedAttributes
    );
}

/// Without this rule, whoever gets a content signed that looks like signed attributes has any other content signed, too.
#[test]
fn content_that_is_signed_as_bare_content_is_not_taken_for_attributes() {
    let mut craft = Craft::document();
    craft.attributes.sort();
    let attributes = tlv(0x31, &[&craft.attributes.concat()]);
    craft.content = Some(attributes);
    craft.has_attributes = false;
    assert_eq!(verify(&craft.sign()), Err(Error::NoSignedAttributes));
}

#[test]
fn the_signed_content_type_and_hash_are_those_of_the_content() {
    let other = content_type_attribute(&oid("1.2.840.113549.1.9.16.1.4"));
    assert_eq!(
        refused(|it| it.attributes[0] = other),
        Error::SignedContentType
    );
    let other = message_digest_attribute(b"another document");
    assert_eq!(refused(|it| it.attributes[1] = other), Error::ContentDigest);
}

#[test]
fn the_signed_algorithms_are_those_that_were_used() {
    let digest = algorithm(SHA_256);
    let other = protection_attribute(&digest, &algorithm("1.2.840.10045.4.3.4"));
    assert_eq!(
        refused(|it| it.attributes[3] = other),
        Error::SignedAlgorithms
    );
    let other = protection_attribute(&algorithm(SHA_512), &algorithm(ECDSA_SHA_256));
    assert_eq!(
        refused(|it| it.attributes[3] = other),
        Error::SignedAlgorithms
    );
    // Most programs do not say.
    let mut craft = Craft::document();
    craft.attributes.remove(3);
    assert!(verify(&craft.sign()).is_ok());
}

/// RFC 5035: two certificates may have one key, and which of them was meant is part of what was signed.
#[test]
fn a_certificate_is_not_swapped_for_another_with_the_same_key() {
    let key = || SoftwareKey::rsa("signature-rsa", 1);
    let renewed = certificate("signature-rsa-renewed");
    let message = crate::documents::builder()
        .attached(b"a document", &mut key())
        .unwrap();
    assert!(verify(&message).is_ok());
    // The certificates differ in number and signature alone, so one replaces the other wherever it stands, the signer's name included.
    let old = certificate("signature-rsa");
    let swapped = replace(&message, old.as_der(), renewed.as_der());
    let swapped = replace(
        &swapped,
        &issuer_and_serial(&old),
        &issuer_and_serial(&renewed),
    );
    assert_ne!(swapped, message);
    assert_eq!(verify(&swapped), Err(Error::SigningCertificate));
    let (right, text) = OpenSsl::new().verify(&swapped, "", now());
    assert!(!right, "{text}");
}

/// Replaces a part by another of whatever length, and counts again.
fn replace(message: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = message
        .windows(from.len())
        .position(|part| part == from)
        .expect("the part is in the message");
    if from.len() == to.len() {
        return [&message[..at], to, &message[at + from.len()..]].concat();
    }
    // Constructed elements around the part: rebuilt from inside out.
    rebuild(message, at, from.len(), to)
}

fn rebuild(element: &[u8], at: usize, length: usize, to: &[u8]) -> Vec<u8> {
    if at == 0 && element.len() == length {
        return to.to_vec();
    }
    let mut out = Vec::new();
    let mut position = header_length(element);
    for child in children(element).expect("the part is an element") {
        let end = position + child.len();
        match position <= at && at + length <= end {
            true => out.extend(rebuild(child, at - position, length, to)),
            false => out.extend(child),
        }
        position = end;
    }
    tlv(element[0], &[&out])
}

#[test]
fn the_signed_certificate_is_the_signer_s_by_hash_and_by_name() {
    let own = certificate("signature-p256");
    let other = certificate("signature-rsa");
    let error = refused(|it| {
        it.attributes[2] = signing_certificate_attribute(&[&cert_id(&other), &cert_id(&own)]);
    });
    assert_eq!(error, Error::SigningCertificate);

    let hash = pki::DigestAlgorithm::Sha256.digest(own.as_der());
    let with_name = |of: &pki::Certificate| {
        let id = tlv(0x30, &[&tlv(4, &[&hash]), &issuer_serial(of)]);
        signing_certificate_attribute(&[&id])
    };
    let mut craft = Craft::document();
    craft.attributes[2] = with_name(&own);
    assert!(verify(&craft.sign()).is_ok());
    let error = refused(|it| it.attributes[2] = with_name(&other));
    assert_eq!(error, Error::SigningCertificate);

    // The number is right, the issuer is not.
    let mut elsewhere = issuer_serial(&certificate("ca"));
    let serial = tlv(2, &[own.serial_number().as_bytes()]);
    elsewhere = tlv(0x30, &[children(&elsewhere).unwrap()[0], &serial]);
    let id = tlv(0x30, &[&tlv(4, &[&hash]), &elsewhere]);
    let error = refused(|it| it.attributes[2] = signing_certificate_attribute(&[&id]));
    assert_eq!(error, Error::SigningCertificate);

    // Named by another hash than the default.
    let hash = pki::DigestAlgorithm::Sha512.digest(own.as_der());
    let id = tlv(0x30, &[&algorithm(SHA_512), &tlv(4, &[&hash])]);
    let mut craft = Craft::document();
    craft.attributes[2] = signing_certificate_attribute(&[&id]);
    assert!(verify(&craft.sign()).is_ok());
}

#[test]
fn there_is_one_signer_with_its_certificate_beside_it() {
    assert_eq!(refused(|it| it.signers = 0), Error::SignerCount(0));
    assert_eq!(refused(|it| it.signers = 2), Error::SignerCount(2));
    assert_eq!(
        refused(|it| it.certificates.clear()),
        Error::SignerCertificateMissing
    );
    let other = issuer_and_serial(&certificate("signature-rsa"));
    assert_eq!(
        refused(|it| it.identifier = other),
        Error::SignerCertificateMissing
    );
    let other = tlv(0x80, &[&[1; 20]]);
    let error = refused(|it| {
        it.identifier = other;
        it.signer_version = 3;
        it.version = 3;
    });
    assert_eq!(error, Error::SignerCertificateMissing);
    let negative = {
        let mut identifier = issuer_and_serial(&certificate("signature-p256"));
        let at = identifier.len() - 2;
        identifier[at] |= 0x80;
        identifier
    };
    assert!(matches!(
        refused(|it| it.identifier = negative),
        Error::Field { .. }
    ));
    let attribute_certificate = tlv(0xa1, &[&[5, 0]]);
    assert_eq!(
        refused(|it| it.certificates.push(attribute_certificate)),
        Error::ForeignCertificateFormat
    );
    let many = certificate("ca").as_der().to_vec();
    assert!(matches!(
        refused(|it| it.certificates.extend(vec![many; 16])),
        Error::TooLong { .. }
    ));
}

#[test]
fn versions_follow_from_the_contents() {
    let version = |expected, found| Error::CmsVersion { expected, found };
    assert_eq!(refused(|it| it.version = 3), version(1, 3));
    assert_eq!(refused(|it| it.signer_version = 3), version(1, 3));
    let by_key = |it: &mut Craft| {
        let identifier = certificate("signature-p256");
        let identifier = identifier.subject_key_identifier().unwrap();
        it.identifier = tlv(0x80, &[identifier]);
    };
    assert_eq!(refused(by_key), version(3, 1));
    let error = refused(|it| {
        by_key(it);
        it.signer_version = 3;
    });
    assert_eq!(error, version(3, 1));
    let mut craft = Craft::document();
    by_key(&mut craft);
    (craft.version, craft.signer_version) = (3, 3);
    assert!(verify(&craft.sign()).is_ok());
}

#[test]
fn exactly_the_signer_s_hash_is_announced() {
    let other = algorithm(SHA_512);
    assert_eq!(
        refused(|it| it.announced = other.clone()),
        Error::DigestNotAnnounced
    );
    assert_eq!(
        refused(|it| it.announced.extend(other)),
        Error::DigestNotAnnounced
    );
    assert_eq!(
        refused(|it| it.announced.clear()),
        Error::DigestNotAnnounced
    );
}

#[test]
fn broken_hashes_are_refused_by_name() {
    let sha_1 = algorithm("1.3.14.3.2.26");
    let error = refused(|it| {
        it.digest = sha_1.clone();
        it.announced = sha_1;
    });
    assert!(matches!(error, Error::Pki(pki::Error::BrokenDigest(_))));
    let two_hashes = refused(|it| it.algorithm = algorithm("1.2.840.10045.4.3.4"));
    assert_eq!(two_hashes, Error::Pki(pki::Error::DigestContradiction));
}

#[test]
fn indefinite_lengths_other_messages_and_what_follows_are_refused() {
    let message = Craft::document().sign();
    let longer = [&message[..], &[0]].concat();
    assert!(matches!(verify(&longer), Err(Error::Malformed { .. })));
    let mut indefinite = message.clone();
    indefinite.splice(1..header_length(&message), [0x80]);
    indefinite.extend([0, 0]);
    assert!(matches!(verify(&indefinite), Err(Error::Malformed { .. })));
    let too_long = vec![0; 64 * 1024 * 1024 + 1];
    assert!(matches!(verify(&too_long), Err(Error::TooLong { .. })));
    let enveloped = include_bytes!("../../../../vectors/signing/enveloped.der");
    assert_eq!(
        SignedData::parse(enveloped).unwrap_err(),
        Error::MessageType {
            expected: Oid::SIGNED_DATA,
            found: Oid::ENVELOPED_DATA
        }
    );
}
