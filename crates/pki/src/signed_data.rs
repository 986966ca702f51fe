//! CMS SignedData (RFC 5652 §5) as EF.SOD, EF.CardSecurity and master lists use it: one signer, signed attributes, the
//! signer's certificate inside.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{
    ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA, ID_SIGNING_TIME,
};
use der::asn1::{AnyRef, OctetString, SetOfVec};
use der::{Any, Decode, Encode, Reader, SliceReader, Tag, TagNumber, Tagged};
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::Attribute;
use x509_cert::certificate::Raw;
use x509_cert::name::Name;

use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm};
use crate::certificate::{Certificate, SerialNumber};
use crate::name::same_attributes;
use crate::{Error, Time, ber};

const WHAT: &str = "SignedData";

/// The longest object read: the largest master lists have less than a megabyte.
const MAX_LENGTH: usize = 16 * 1024 * 1024;

/// A SignedData object that was read, not verified. Its content can be had from [`Self::verify`] alone.
#[derive(Clone, Debug)]
pub struct SignedData {
    content_type: ObjectIdentifier,
    content: Vec<u8>,
    certificates: Vec<Result<Certificate, Error>>,
    announced_digests: Vec<ObjectIdentifier>,
    signer: SignerInfo,
}

#[derive(Clone, Debug)]
struct SignerInfo {
    identifier: SignerIdentifier,
    digest: AlgorithmIdentifierOwned,
    /// The signed attributes as they stand in the object, retagged as the SET that was signed (RFC 5652 §5.4).
    signed_attributes: Vec<u8>,
    algorithm: AlgorithmIdentifierOwned,
    signature: Vec<u8>,
}

#[derive(Clone, Debug)]
enum SignerIdentifier {
    IssuerAndSerialNumber(Name, SerialNumber),
    SubjectKeyIdentifier(Vec<u8>),
}

/// Content whose signature verifies with the key of the certificate beside it.
///
/// That says nothing about the certificate: anybody can make one. [`TrustStore`](crate::TrustStore) decides.
#[derive(Clone, Copy, Debug)]
pub struct SignedContent<'a> {
    /// The octets that were signed.
    pub content: &'a [u8],
    /// The certificate of the key that signed them.
    pub signer: &'a Certificate,
    /// When the signer says that it signed.
    pub signing_time: Option<Time>,
}

impl SignedData {
    /// Reads a ContentInfo of type SignedData, in DER or with the indefinite lengths of BER.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::TooLong`], [`Error::TooDeep`], [`Error::NotSignedData`], [`Error::CmsVersion`],
    /// [`Error::NoContent`], [`Error::SignerCount`], [`Error::NoSignedAttributes`] or
    /// [`Error::ForeignCertificateFormat`].
    pub fn parse(encoded: &[u8]) -> Result<Self, Error> {
        if encoded.len() > MAX_LENGTH {
            return Err(Error::TooLong {
                what: WHAT,
                length: encoded.len(),
                limit: MAX_LENGTH,
            });
        }
        let der = ber::to_definite(encoded)?;
        let fields = Fields::read(&der).map_err(Error::malformed(WHAT))?;
        if fields.content_info_type != ID_SIGNED_DATA {
            return Err(Error::NotSignedData(fields.content_info_type));
        }

        let [signer] = fields.signer_infos.as_slice() else {
            return Err(Error::SignerCount(fields.signer_infos.len()));
        };
        let (signer, signer_version) = SignerInfo::read(signer)?;
        let plain = fields.content_type == ID_DATA && signer_version == 1;
        expect_version(if plain { 1 } else { 3 }, fields.version)?;

        let mut certificates = Vec::new();
        for certificate in &fields.certificates {
            // The alternatives of CertificateChoices have context-specific tags.
            if certificate.first() != Some(&0x30) {
                return Err(Error::ForeignCertificateFormat);
            }
            certificates.push(Certificate::from_der(certificate));
        }
        Ok(Self {
            content_type: fields.content_type,
            content: fields.content.ok_or(Error::NoContent)?,
            certificates,
            announced_digests: fields.announced_digests,
            signer,
        })
    }

    /// Verifies that the content is of the `expected` type and was signed with the key of the certificate that the signer
    /// names.
    ///
    /// # Errors
    /// [`Error::ContentType`], [`Error::SignerCertificateMissing`], [`Error::DigestNotAnnounced`],
    /// [`Error::AttributeCount`], [`Error::SignedContentType`], [`Error::ContentDigest`], [`Error::ContentSignature`], or
    /// that an algorithm or a key is not supported.
    pub fn verify(&self, expected: ObjectIdentifier) -> Result<SignedContent<'_>, Error> {
        if self.content_type != expected {
            return Err(Error::ContentType {
                expected,
                found: self.content_type,
            });
        }
        let signer = self.signer_certificate()?;
        let digest = DigestAlgorithm::from_identifier(&self.signer.digest)?;
        if !self.announced_digests.contains(&digest.oid()) {
            return Err(Error::DigestNotAnnounced);
        }

        let attributes = SignedAttributes::read(&self.signer.signed_attributes)?;
        if attributes.content_type != self.content_type {
            return Err(Error::SignedContentType);
        }
        if attributes.message_digest != digest.digest(&self.content) {
            return Err(Error::ContentDigest);
        }

        let algorithm = SignatureAlgorithm::from_signer(&self.signer.algorithm, digest)?;
        let key = signer.public_key()?;
        let signature = &self.signer.signature;
        // What counts is the DER encoding of the attributes (RFC 5652 §5.4), in which a SET is sorted. Some issuers sign
        // their own order instead and send it so. The attributes are the same ones either way.
        let as_sent = &self.signer.signed_attributes;
        key.verify(algorithm, as_sent, signature)
            .or_else(|error| match sorted(as_sent) {
                Ok(sorted) if sorted != *as_sent => key.verify(algorithm, &sorted, signature),
                _ => Err(error),
            })
            .map_err(|error| match error {
                Error::Signature => Error::ContentSignature,
                other => other,
            })?;
        Ok(SignedContent {
            content: &self.content,
            signer,
            signing_time: attributes.signing_time,
        })
    }

    /// The type that the content claims to have.
    #[must_use]
    pub fn content_type(&self) -> ObjectIdentifier {
        self.content_type
    }

    /// The certificate that the signer names.
    ///
    /// # Errors
    /// [`Error::SignerCertificateMissing`], or why a certificate in the object could not be read.
    pub fn signer_certificate(&self) -> Result<&Certificate, Error> {
        let readable = self.certificates.iter().filter_map(|it| it.as_ref().ok());
        for certificate in readable {
            if self.signer.identifier.names(certificate) {
                return Ok(certificate);
            }
        }
        // One that could not be read may have been it.
        match self.certificates.iter().find_map(|it| it.as_ref().err()) {
            Some(error) => Err(error.clone()),
            None => Err(Error::SignerCertificateMissing),
        }
    }

    /// The certificates in the object that could be read, the signer's among them. Nobody vouches for them.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().filter_map(|it| it.as_ref().ok())
    }
}

impl SignerIdentifier {
    fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerialNumber(issuer, serial) => {
                certificate.serial_number() == *serial
                    && same_attributes(certificate.issuer(), issuer)
            }
            Self::SubjectKeyIdentifier(identifier) => {
                certificate.subject_key_identifier() == Some(identifier.as_slice())
            }
        }
    }
}

/// The fields of a ContentInfo and the SignedData in it.
struct Fields {
    content_info_type: ObjectIdentifier,
    version: u8,
    announced_digests: Vec<ObjectIdentifier>,
    content_type: ObjectIdentifier,
    content: Option<Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    signer_infos: Vec<Vec<u8>>,
}

const fn constructed(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

impl Fields {
    fn read(der: &[u8]) -> der::Result<Self> {
        let info = cms::content_info::ContentInfo::from_der(der)?;
        let content_info_type = info.content_type;
        info.content.sequence(|reader| {
            let version = u8::decode(reader)?;
            let digests = SetOfVec::<AlgorithmIdentifierOwned>::decode(reader)?;
            let content = cms::signed_data::EncapsulatedContentInfo::decode(reader)?;
            let certificates = match optional(reader, constructed(0))? {
                Some(set) => elements(set.value())?,
                None => Vec::new(),
            };
            // Revocation lists in the object are as old as the object: they are not looked at.
            optional(reader, constructed(1))?;
            let signer_infos = AnyRef::decode(reader)?;
            signer_infos.tag().assert_eq(Tag::Set)?;
            let octets = |any: Any| any.decode_as::<OctetString>().map(OctetString::into_bytes);
            Ok(Self {
                content_info_type,
                version,
                announced_digests: digests.iter().map(|digest| digest.oid).collect(),
                content_type: content.econtent_type,
                content: content.econtent.map(octets).transpose()?.map(Vec::from),
                certificates,
                signer_infos: elements(signer_infos.value())?,
            })
        })
    }
}

impl SignerInfo {
    /// Reads a SignerInfo (RFC 5652 §5.3); the version comes back beside it, already checked.
    fn read(der: &[u8]) -> Result<(Self, u8), Error> {
        let malformed = Error::malformed("SignerInfo");
        let read = |reader: &mut SliceReader<'_>| -> der::Result<_> {
            let version = u8::decode(reader)?;
            let identifier = Self::read_identifier(reader)?;
            let digest = AlgorithmIdentifierOwned::decode(reader)?;
            let signed_attributes = optional(reader, constructed(0))?
                .map(|attributes| AnyRef::new(Tag::Set, attributes.value())?.to_der())
                .transpose()?;
            let algorithm = AlgorithmIdentifierOwned::decode(reader)?;
            let signature = OctetString::decode(reader)?.into_bytes();
            optional(reader, constructed(1))?; // unsigned attributes prove nothing
            Ok((
                version,
                identifier,
                digest,
                signed_attributes,
                algorithm,
                signature,
            ))
        };
        let signer_info = AnyRef::from_der(der).map_err(&malformed)?;
        let (version, identifier, digest, signed_attributes, algorithm, signature) =
            signer_info.sequence(read).map_err(&malformed)?;

        let expected = match identifier {
            SignerIdentifier::IssuerAndSerialNumber(..) => 1,
            SignerIdentifier::SubjectKeyIdentifier(_) => 3,
        };
        expect_version(expected, version)?;
        let signer = Self {
            identifier,
            digest,
            signed_attributes: signed_attributes.ok_or(Error::NoSignedAttributes)?,
            algorithm,
            signature: signature.into(),
        };
        Ok((signer, version))
    }

    fn read_identifier(reader: &mut SliceReader<'_>) -> der::Result<SignerIdentifier> {
        let key_identifier = Tag::ContextSpecific {
            constructed: false,
            number: TagNumber(0),
        };
        if let Some(identifier) = optional(reader, key_identifier)? {
            return Ok(SignerIdentifier::SubjectKeyIdentifier(
                identifier.value().to_vec(),
            ));
        }
        reader.sequence(|reader| {
            let issuer = Name::decode(reader)?;
            let serial = x509_cert::serial_number::SerialNumber::<Raw>::decode(reader)?;
            let serial = SerialNumber::from_integer(serial.as_bytes());
            Ok(SignerIdentifier::IssuerAndSerialNumber(issuer, serial))
        })
    }
}

/// The attributes that RFC 5652 §11 makes mandatory, each of them there exactly once, and the signing time.
struct SignedAttributes {
    content_type: ObjectIdentifier,
    message_digest: Vec<u8>,
    signing_time: Option<Time>,
}

impl SignedAttributes {
    fn read(set: &[u8]) -> Result<Self, Error> {
        let malformed = Error::malformed("signed attributes");
        let set = AnyRef::from_der(set).map_err(&malformed)?;
        let mut attributes = Vec::new();
        for attribute in elements(set.value()).map_err(&malformed)? {
            attributes.push(Attribute::from_der(&attribute).map_err(&malformed)?);
        }
        let one = |oid| match Self::values(&attributes, oid).as_slice() {
            [only] => Ok(*only),
            several => Err(Error::AttributeCount {
                attribute: oid,
                count: several.len(),
            }),
        };
        let content_type = one(ID_CONTENT_TYPE)?.decode_as::<ObjectIdentifier>();
        let message_digest = one(ID_MESSAGE_DIGEST)?.decode_as::<OctetString>();
        let signing_time = match Self::values(&attributes, ID_SIGNING_TIME).is_empty() {
            true => None,
            false => {
                let time = one(ID_SIGNING_TIME)?.to_der().map_err(&malformed)?;
                let time = x509_cert::time::Time::from_der(&time).map_err(&malformed)?;
                Some(time.into())
            }
        };
        Ok(Self {
            content_type: content_type.map_err(&malformed)?,
            message_digest: message_digest.map_err(&malformed)?.into_bytes().into(),
            signing_time,
        })
    }

    fn values(attributes: &[Attribute], oid: ObjectIdentifier) -> Vec<&Any> {
        let matching = attributes.iter().filter(|attribute| attribute.oid == oid);
        matching
            .flat_map(|attribute| attribute.values.iter())
            .collect()
    }
}

/// The next element, if it has this tag.
fn optional<'a>(reader: &mut SliceReader<'a>, tag: Tag) -> der::Result<Option<AnyRef<'a>>> {
    if reader.is_finished() || Tag::peek(reader)? != tag {
        return Ok(None);
    }
    AnyRef::decode(reader).map(Some)
}

/// The elements that stand one after the other in `contents`, each with its tag and length.
pub(crate) fn elements(contents: &[u8]) -> der::Result<Vec<Vec<u8>>> {
    let mut reader = SliceReader::new(contents)?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(reader.tlv_bytes()?.to_vec());
    }
    Ok(elements)
}

/// A SET OF in the order of DER.
fn sorted(set: &[u8]) -> der::Result<Vec<u8>> {
    SetOfVec::<Any>::from_der(set)?.to_der()
}

fn expect_version(expected: u8, found: u8) -> Result<(), Error> {
    if expected == found {
        Ok(())
    } else {
        Err(Error::CmsVersion { expected, found })
    }
}
