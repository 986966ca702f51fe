//! CMS SignedData (RFC 5652 §5): what was signed, looked at where it stands.
//!
//! `pki` reads the SignedData of documents, with the tolerance that their issuers need. A message that a person signs today needs none: DER, one
//! signer, signed attributes, and among these the certificate (RFC 5035), without which a signature could be passed off as that of another
//! certificate with the same key.

pub(crate) mod attributes;
mod builder;

use der::Tag;
use pki::{Certificate, DigestAlgorithm, Name, SerialNumber, SignatureAlgorithm, Time};
use spki::AlgorithmIdentifierOwned;

pub use builder::SignedDataBuilder;

use crate::asn1::{self, Elements, constructed, primitive};
use crate::{Error, MessageDigest, Oid};
use attributes::SignedAttributes;

const WHAT: &str = "SignedData";
const SIGNER_INFO: &str = "SignerInfo";

/// The longest message read, in bytes. What is longer is signed detached.
const MAX_LENGTH: usize = 64 * 1024 * 1024;

/// The most certificates in a message.
const MAX_CERTIFICATES: usize = 16;

/// A signed message that was read, not verified. [`Verifier`](crate::Verifier) verifies it.
#[derive(Clone, Debug)]
pub struct SignedData<'a> {
    content_type: Oid,
    content: Option<&'a [u8]>,
    certificates: Vec<Certificate>,
    signer: SignerInfo<'a>,
    /// Lists or attributes that nobody signed are in the message.
    carries_unsigned: bool,
}

#[derive(Clone, Debug)]
struct SignerInfo<'a> {
    identifier: SignerIdentifier,
    digest: DigestAlgorithm,
    algorithm: SignatureAlgorithm,
    /// The algorithms as they stand in the message, to be compared with what was signed.
    digest_identifier: &'a [u8],
    algorithm_identifier: &'a [u8],
    /// The contents of the signed attributes.
    signed_attributes: &'a [u8],
    signature: &'a [u8],
}

/// Who signed, or who can read (RFC 5652 §5.3, §6.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignerIdentifier {
    IssuerAndSerialNumber(Box<Name>, SerialNumber),
    SubjectKeyIdentifier(Vec<u8>),
}

impl<'a> SignedData<'a> {
    /// Reads a ContentInfo of type SignedData, in DER.
    ///
    /// # Errors
    /// Those of the encoding and of SignedData in [`Error`], and [`Error::Pki`] for an algorithm or a certificate that is not supported.
    pub fn parse(der: &'a [u8]) -> Result<Self, Error> {
        let mut fields = content_info(der, &Oid::SIGNED_DATA)?;
        let version = fields.decode::<u8>()?;
        let announced = fields.contents(Tag::Set)?;
        let mut encapsulated = fields.sequence()?;
        let content_type = encapsulated.oid()?;
        let content = match encapsulated.optional(constructed(0))? {
            Some(explicit) => {
                let mut explicit = Elements::inside(WHAT, explicit)?;
                let octets = explicit.octets()?;
                explicit.finish()?;
                Some(octets)
            }
            None => None,
        };
        encapsulated.finish()?;
        let certificates = certificates(fields.optional(constructed(0))?.unwrap_or_default())?;
        let lists = fields.optional(constructed(1))?;
        let mut signers = Elements::inside(WHAT, fields.contents(Tag::Set)?)?;
        fields.finish()?;

        let mut count = 0;
        let mut only = None;
        while !signers.is_empty() {
            only = Some(signers.raw()?);
            count += 1;
        }
        let signer = match (only, count) {
            (Some(signer), 1) => signer,
            _ => return Err(Error::SignerCount(count)),
        };
        let (signer, signer_version, unsigned) = SignerInfo::read(signer)?;
        let plain = content_type == Oid::DATA && signer_version == 1;
        expect_version(if plain { 1 } else { 3 }, version)?;
        // One signer, one hash. Nobody signed this list, so nothing in it may be left to choose.
        if announced != signer.digest_identifier {
            return Err(Error::DigestNotAnnounced);
        }
        Ok(Self {
            content_type,
            content,
            certificates,
            signer,
            carries_unsigned: lists.is_some() || unsigned,
        })
    }

    /// The type that the content claims to have.
    #[must_use]
    pub fn content_type(&self) -> &Oid {
        &self.content_type
    }

    /// The hash algorithm with which a detached content has to be hashed.
    #[must_use]
    pub fn digest_algorithm(&self) -> DigestAlgorithm {
        self.signer.digest
    }

    /// Whether the content is not in the message.
    #[must_use]
    pub fn is_detached(&self) -> bool {
        self.content.is_none()
    }

    /// The certificates in the message. Nobody vouches for them.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    pub(crate) fn carries_unsigned(&self) -> bool {
        self.carries_unsigned
    }

    pub(crate) fn content(&self) -> Option<&'a [u8]> {
        self.content
    }

    /// The certificate that the signer names. Whether its key signed, and whether anybody vouches for it, a [`Verifier`](crate::Verifier) finds
    /// out.
    ///
    /// # Errors
    /// [`Error::SignerCertificateMissing`].
    pub fn signer_certificate(&self) -> Result<&Certificate, Error> {
        let identifier = &self.signer.identifier;
        self.certificates
            .iter()
            .find(|certificate| identifier.names(certificate))
            .ok_or(Error::SignerCertificateMissing)
    }

    /// Whether the key of `signer` signed, as this very certificate, a content of this type with this hash. Answers with the time that was signed.
    pub(crate) fn check_signature(
        &self,
        signer: &Certificate,
        digest: &MessageDigest,
    ) -> Result<Option<Time>, Error> {
        if digest.algorithm() != self.signer.digest {
            return Err(Error::DigestAlgorithm);
        }
        let attributes = SignedAttributes::read(self.signer.signed_attributes)?;
        if attributes.content_type != self.content_type {
            return Err(Error::SignedContentType);
        }
        if attributes.message_digest != digest.as_bytes() {
            return Err(Error::ContentDigest);
        }
        if let Some((digest, algorithm)) = attributes.algorithms {
            let same = same_fields(digest, self.signer.digest_identifier)
                && same_fields(algorithm, self.signer.algorithm_identifier);
            if !same {
                return Err(Error::SignedAlgorithms);
            }
        }
        if !attributes.signing_certificate.is(signer)? {
            return Err(Error::SigningCertificate);
        }
        // What is signed is the SET OF, not the [0] that stands in the message (RFC 5652 §5.4).
        let signed = asn1::element(0x31, &[self.signer.signed_attributes]);
        signer
            .public_key()?
            .verify(self.signer.algorithm, &signed, self.signer.signature)
            .map_err(|error| match error {
                pki::Error::Signature => Error::Signature,
                other => Error::Pki(other),
            })?;
        Ok(attributes.signing_time)
    }

    /// Whether the algorithms are among what was signed (RFC 6211).
    pub(crate) fn protects_algorithms(&self) -> Result<bool, Error> {
        let attributes = SignedAttributes::read(self.signer.signed_attributes)?;
        Ok(attributes.algorithms.is_some())
    }
}

/// The contents of an implicitly tagged field, compared with a whole element.
fn same_fields(contents: &[u8], element: &[u8]) -> bool {
    asn1::element(0x30, &[contents]) == element
}

impl<'a> SignerInfo<'a> {
    /// Reads a SignerInfo (RFC 5652 §5.3). Its version, and whether it has unsigned attributes, come back beside it.
    fn read(der: &'a [u8]) -> Result<(Self, u8, bool), Error> {
        let mut fields = Elements::of_sequence(SIGNER_INFO, der)?;
        let version = fields.decode::<u8>()?;
        let identifier = SignerIdentifier::read(&mut fields)?;
        expect_version(identifier.version(1, 3), version)?;
        let digest_identifier = fields.raw()?;
        let signed_attributes = fields.optional(constructed(0))?;
        let algorithm_identifier = fields.raw()?;
        let signature = fields.octets()?;
        let unsigned = fields.optional(constructed(1))?.is_some();
        fields.finish()?;

        let digest: AlgorithmIdentifierOwned = asn1::only(SIGNER_INFO, digest_identifier)?;
        let digest = DigestAlgorithm::from_identifier(&digest)?;
        let algorithm: AlgorithmIdentifierOwned = asn1::only(SIGNER_INFO, algorithm_identifier)?;
        let signer = Self {
            identifier,
            digest,
            algorithm: SignatureAlgorithm::from_signer(&algorithm, digest)?,
            digest_identifier,
            algorithm_identifier,
            signed_attributes: signed_attributes.ok_or(Error::NoSignedAttributes)?,
            signature,
        };
        Ok((signer, version, unsigned))
    }
}

impl SignerIdentifier {
    /// Reads the next of `fields`, which is a signer or a recipient.
    pub(crate) fn read(fields: &mut Elements<'_>) -> Result<Self, Error> {
        if let Some(identifier) = fields.optional(primitive(0))? {
            return Ok(Self::SubjectKeyIdentifier(identifier.to_vec()));
        }
        let mut both = fields.sequence()?;
        let issuer = both.decode::<Name>()?;
        let serial = both.contents(Tag::Integer)?;
        both.finish()?;
        // A number that is not positive is nobody's (RFC 5280 §4.1.2.2).
        let serial = match serial.first() {
            Some(first) if first & 0x80 == 0 => SerialNumber::from_be_bytes(serial),
            _ => return Err(field(SIGNER_INFO, "serialNumber")),
        };
        Ok(Self::IssuerAndSerialNumber(Box::new(issuer), serial))
    }

    pub(crate) fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerialNumber(issuer, serial) => {
                certificate.serial_number() == *serial && certificate.issuer() == &**issuer
            }
            Self::SubjectKeyIdentifier(identifier) => {
                certificate.subject_key_identifier() == Some(identifier.as_slice())
            }
        }
    }

    /// The version that follows from the choice.
    pub(crate) fn version(&self, issuer_and_serial: u8, key_identifier: u8) -> u8 {
        match self {
            Self::IssuerAndSerialNumber(..) => issuer_and_serial,
            Self::SubjectKeyIdentifier(_) => key_identifier,
        }
    }
}

/// The fields of the content of a ContentInfo, which has to be of this type (RFC 5652 §3).
pub(crate) fn content_info<'a>(der: &'a [u8], expected: &Oid) -> Result<Elements<'a>, Error> {
    const WHAT: &str = "ContentInfo";
    check_length(der)?;
    let mut info = Elements::of_sequence(WHAT, der)?;
    let found = info.oid()?;
    if found != *expected {
        return Err(Error::MessageType {
            expected: expected.clone(),
            found,
        });
    }
    let mut content = Elements::inside(WHAT, info.contents(constructed(0))?)?;
    info.finish()?;
    let fields = content.sequence()?;
    content.finish()?;
    Ok(fields)
}

/// Whether a message is one that is read at all.
pub(crate) fn check_length(message: &[u8]) -> Result<(), Error> {
    if message.len() > MAX_LENGTH {
        return Err(Error::TooLong {
            what: "message",
            length: message.len(),
            limit: MAX_LENGTH,
        });
    }
    Ok(())
}

fn certificates(set: &[u8]) -> Result<Vec<Certificate>, Error> {
    let mut elements = Elements::inside(WHAT, set)?;
    let mut certificates = Vec::new();
    while !elements.is_empty() {
        if certificates.len() == MAX_CERTIFICATES {
            return Err(Error::TooLong {
                what: "certificates",
                length: MAX_CERTIFICATES + 1,
                limit: MAX_CERTIFICATES,
            });
        }
        let certificate = elements.raw()?;
        // The alternatives of CertificateChoices have context-specific tags.
        if certificate.first() != Some(&0x30) {
            return Err(Error::ForeignCertificateFormat);
        }
        certificates.push(Certificate::from_der(certificate)?);
    }
    Ok(certificates)
}

pub(crate) fn expect_version(expected: u8, found: u8) -> Result<(), Error> {
    if expected == found {
        Ok(())
    } else {
        Err(Error::CmsVersion { expected, found })
    }
}

pub(crate) fn field(what: &'static str, field: &'static str) -> Error {
    Error::Field { what, field }
}
