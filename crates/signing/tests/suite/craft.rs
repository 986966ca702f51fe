//! Messages that nobody should make, made piece by piece.

use pki::{Certificate, DigestAlgorithm};
use signing::SigningKey;

use crate::key::SoftwareKey;

/// An element with this identifier octet.
pub(crate) fn tlv(identifier: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let mut out = vec![identifier];
    match contents.len() {
        short @ ..128 => out.push(short as u8),
        long => {
            out.push(0x82);
            out.extend(u16::try_from(long).unwrap().to_be_bytes());
            if long < 256 {
                out.truncate(1);
                out.extend([0x81, long as u8]);
            }
        }
    }
    out.extend(contents);
    out
}

/// An OBJECT IDENTIFIER with numbers of 32 bits.
pub(crate) fn oid(text: &str) -> Vec<u8> {
    let oid: const_oid::ObjectIdentifier = text.parse().unwrap();
    tlv(6, &[oid.as_bytes()])
}

pub(crate) const DATA: &str = "1.2.840.113549.1.7.1";
pub(crate) const SHA_256: &str = "2.16.840.1.101.3.4.2.1";
pub(crate) const SHA_512: &str = "2.16.840.1.101.3.4.2.3";
pub(crate) const ECDSA_SHA_256: &str = "1.2.840.10045.4.3.2";

pub(crate) fn algorithm(identifier: &str) -> Vec<u8> {
    tlv(0x30, &[&oid(identifier)])
}

pub(crate) fn attribute(identifier: &[u8], values: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &[identifier, &tlv(0x31, values)])
}

/// A SignedData with every field to be changed, and what it should be to begin with.
pub(crate) struct Craft {
    pub(crate) version: u8,
    pub(crate) announced: Vec<u8>,
    /// With tag.
    pub(crate) content_type: Vec<u8>,
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) lists: Vec<u8>,
    pub(crate) signers: usize,
    pub(crate) signer_version: u8,
    pub(crate) identifier: Vec<u8>,
    pub(crate) digest: Vec<u8>,
    pub(crate) attributes: Vec<Vec<u8>>,
    pub(crate) sorted: bool,
    pub(crate) has_attributes: bool,
    pub(crate) algorithm: Vec<u8>,
    pub(crate) unsigned: Vec<u8>,
    pub(crate) key: SoftwareKey,
}

pub(crate) fn content_type_attribute(content_type: &[u8]) -> Vec<u8> {
    attribute(&oid("1.2.840.113549.1.9.3"), &[content_type])
}

pub(crate) fn message_digest_attribute(content: &[u8]) -> Vec<u8> {
    let hash = DigestAlgorithm::Sha256.digest(content);
    attribute(&oid("1.2.840.113549.1.9.4"), &[&tlv(4, &[&hash])])
}

pub(crate) fn signing_certificate_attribute(cert_ids: &[&[u8]]) -> Vec<u8> {
    let certificates = tlv(0x30, cert_ids);
    let value = tlv(0x30, &[&certificates]);
    attribute(&oid("1.2.840.113549.1.9.16.2.47"), &[&value])
}

pub(crate) fn cert_id(certificate: &Certificate) -> Vec<u8> {
    let hash = DigestAlgorithm::Sha256.digest(certificate.as_der());
    tlv(0x30, &[&tlv(4, &[&hash])])
}

/// A directoryName in GeneralNames, and a number.
pub(crate) fn issuer_serial(of: &Certificate) -> Vec<u8> {
    let identifier = issuer_and_serial(of);
    // The contents of the identifier are the name and the number.
    let (_, rest) = identifier.split_at(2);
    let name_length = 2 + usize::from(rest[1]);
    let (name, serial) = rest.split_at(name_length);
    tlv(0x30, &[&tlv(0x30, &[&tlv(0xa4, &[name])]), serial])
}

pub(crate) fn protection_attribute(digest: &[u8], algorithm: &[u8]) -> Vec<u8> {
    let mut implicit = algorithm.to_vec();
    implicit[0] = 0xa1;
    let value = tlv(0x30, &[digest, &implicit]);
    attribute(&oid("1.2.840.113549.1.9.52"), &[&value])
}

pub(crate) fn issuer_and_serial(of: &Certificate) -> Vec<u8> {
    use der::Encode;
    let serial = of.serial_number();
    tlv(
        0x30,
        &[
            &of.issuer().to_der().unwrap(),
            &tlv(2, &[serial.as_bytes()]),
        ],
    )
}

impl Craft {
    /// The message as it should be, signed with P-256.
    pub(crate) fn new(key: SoftwareKey, content_type: Vec<u8>, content: &[u8]) -> Self {
        let certificate = SigningKey::certificate(&key).clone();
        let digest = algorithm(SHA_256);
        let signature = algorithm(ECDSA_SHA_256);
        let plain = content_type == oid(DATA);
        Self {
            version: if plain { 1 } else { 3 },
            announced: digest.clone(),
            content: Some(content.to_vec()),
            certificates: vec![certificate.as_der().to_vec()],
            lists: Vec::new(),
            signers: 1,
            signer_version: 1,
            identifier: issuer_and_serial(&certificate),
            attributes: vec![
                content_type_attribute(&content_type),
                message_digest_attribute(content),
                signing_certificate_attribute(&[&cert_id(&certificate)]),
                protection_attribute(&digest, &signature),
            ],
            content_type,
            digest,
            sorted: true,
            has_attributes: true,
            algorithm: signature,
            unsigned: Vec::new(),
            key,
        }
    }

    pub(crate) fn document() -> Self {
        Self::new(SoftwareKey::signature(), oid(DATA), b"a document")
    }

    /// What was signed, under [0].
    pub(crate) fn sign(mut self) -> Vec<u8> {
        if self.sorted {
            self.attributes.sort();
        }
        let attributes = self.attributes.concat();
        let signed = match self.has_attributes {
            true => tlv(0x31, &[&attributes]),
            false => self.content.clone().unwrap_or_default(),
        };
        let hash = DigestAlgorithm::Sha256.digest(&signed);
        let signature = self.key.sign(&hash).unwrap();
        let signed_attributes = match self.has_attributes {
            true => tlv(0xa0, &[&attributes]),
            false => Vec::new(),
        };
        let signer = tlv(
            0x30,
            &[
                &tlv(2, &[&[self.signer_version]]),
                &self.identifier,
                &self.digest,
                &signed_attributes,
                &self.algorithm,
                &tlv(4, &[&signature]),
                &self.unsigned,
            ],
        );
        let content = match &self.content {
            Some(content) => tlv(0xa0, &[&tlv(4, &[content])]),
            None => Vec::new(),
        };
        let signed_data = tlv(
            0x30,
            &[
                &tlv(2, &[&[self.version]]),
                &tlv(0x31, &[&self.announced]),
                &tlv(0x30, &[&self.content_type, &content]),
                &tlv(0xa0, &[&self.certificates.concat()]),
                &self.lists,
                &tlv(0x31, &[&signer.repeat(self.signers)]),
            ],
        );
        tlv(
            0x30,
            &[&oid("1.2.840.113549.1.7.2"), &tlv(0xa0, &[&signed_data])],
        )
    }
}

pub(crate) fn header_length(element: &[u8]) -> usize {
    match element[1] {
        ..=0x7f => 2,
        long => 2 + usize::from(long & 0x7f),
    }
}

/// The elements inside a constructed one, or `None` of a primitive one.
pub(crate) fn children(element: &[u8]) -> Option<Vec<&[u8]>> {
    if element[0] & 0x20 == 0 {
        return None;
    }
    let mut found = Vec::new();
    let mut rest = &element[header_length(element)..];
    while !rest.is_empty() {
        let header = header_length(rest);
        let length = match rest[1] {
            short @ ..=0x7f => usize::from(short),
            _ => rest[2..header]
                .iter()
                .fold(0, |length, digit| length << 8 | usize::from(*digit)),
        };
        let (child, behind) = rest.split_at(header + length);
        found.push(child);
        rest = behind;
    }
    Some(found)
}
