//! X.509 certificates, as issued.

mod early_dates;
mod extensions;
mod path_extensions;
mod serial_number;

use core::fmt;
use core::ops::Range;

use const_oid::ObjectIdentifier;
use der::{Decode, Reader, SliceReader};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::certificate::{CertificateInner, Raw, Version};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::KeyUsage;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::name::Name;

pub(crate) use extensions::{DocumentTypeList, Extensions};
pub(crate) use path_extensions::PathExtensions;
pub use serial_number::SerialNumber;

use crate::algorithm::SignatureAlgorithm;
use crate::name::{country, same_name};
use crate::public_key::PublicKey;
use crate::verified_with::VerifiedWith;
use crate::{Error, Time, pem};

const WHAT: &str = "certificate";

/// More than any certificate needs, less than anybody minds.
const MAX_LENGTH: usize = 64 * 1024;

/// An X.509 certificate: the bytes as issued, and what they say.
///
/// Reading one checks its form only. Whether to believe it is up to a [`TrustStore`](crate::TrustStore).
///
/// ```
/// # use pki::builder::*;
/// # use pki::Time;
/// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
/// # let mut rng = ChaCha20Rng::from_seed([7; 32]);
/// # let key = PrivateKey::generate(KeyType::P256, &mut rng);
/// # let pem = CertificateBuilder::new(CertificateProfile::CountrySigningCa, DistinguishedName::new("TW", "Test CSCA")?)
/// #     .validity(Time::utc(2026, 1, 1, 0, 0, 0)?, Time::utc(2041, 1, 1, 0, 0, 0)?)
/// #     .self_sign(&key, &mut rng)?
/// #     .to_pem()?;
/// use pki::Certificate;
///
/// let certificate = Certificate::from_pem(&pem)?;
/// assert_eq!(certificate.country().as_deref(), Some("TW"));
/// assert_eq!(certificate.subject().to_string(), "CN=Test CSCA,C=TW");
/// assert_eq!(certificate.not_after().to_string(), "2041-01-01T00:00:00Z");
/// # Ok::<(), pki::Error>(())
/// ```
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    /// Where in `der` the part lies that the issuer signed.
    signed: Range<usize>,
    parsed: CertificateInner<Raw>,
    algorithm: Result<SignatureAlgorithm, Error>,
    extensions: Extensions,
    verified_with: VerifiedWith,
}

impl Certificate {
    /// Reads one DER-encoded certificate.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::TooLong`], [`Error::AlgorithmSubstituted`] or [`Error::DuplicateExtension`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        if der.len() > MAX_LENGTH {
            return Err(Error::TooLong {
                what: WHAT,
                length: der.len(),
                limit: MAX_LENGTH,
            });
        }
        let read = |der: &[u8]| CertificateInner::<Raw>::from_der(der);
        let parsed = read(der).or_else(|error| match early_dates::moved_to_1970(der) {
            Some(copy) => read(&copy),
            None => Err(error),
        });
        let parsed = parsed.map_err(Error::malformed(WHAT))?;
        let signed = first_element(der).map_err(Error::malformed(WHAT))?;
        if parsed.tbs_certificate().signature() != parsed.signature_algorithm() {
            return Err(Error::AlgorithmSubstituted);
        }
        let extensions = Extensions::read(all_extensions(&parsed))?;
        Ok(Self {
            der: der.to_vec(),
            signed,
            algorithm: SignatureAlgorithm::from_identifier(parsed.signature_algorithm()),
            extensions,
            parsed,
            verified_with: VerifiedWith::default(),
        })
    }

    /// Reads one certificate in the textual encoding of RFC 7468.
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        Self::from_der(&pem::decode("CERTIFICATE", pem)?)
    }

    /// The bytes as issued.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The textual encoding of RFC 7468.
    ///
    /// # Errors
    /// [`Error::Malformed`], if the certificate cannot be encoded.
    pub fn to_pem(&self) -> Result<String, Error> {
        pem::encode("CERTIFICATE", &self.der)
    }

    /// Whose key it certifies.
    #[must_use]
    pub fn subject(&self) -> &Name {
        self.parsed.tbs_certificate().subject()
    }

    /// Who issued it, in its own words.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        self.parsed.tbs_certificate().issuer()
    }

    /// The country code of the subject, in upper case, if there is exactly one.
    #[must_use]
    pub fn country(&self) -> Option<String> {
        country(self.subject())
    }

    /// Its number at its issuer.
    #[must_use]
    pub fn serial_number(&self) -> SerialNumber {
        SerialNumber::from_integer(self.parsed.tbs_certificate().serial_number().as_bytes())
    }

    /// The first moment of its validity; 1970 if that is earlier.
    #[must_use]
    pub fn not_before(&self) -> Time {
        self.parsed.tbs_certificate().validity().not_before.into()
    }

    /// The last moment of its validity.
    #[must_use]
    pub fn not_after(&self) -> Time {
        self.parsed.tbs_certificate().validity().not_after.into()
    }

    /// The key that it certifies.
    ///
    /// # Errors
    /// As [`PublicKey::from_spki`].
    pub fn public_key(&self) -> Result<PublicKey, Error> {
        PublicKey::from_spki(self.subject_public_key_info())
    }

    /// The algorithm that its issuer signed it with.
    ///
    /// # Errors
    /// [`Error::BrokenDigest`] or another error of an algorithm that is not supported.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, Error> {
        self.algorithm.clone()
    }

    /// The identifier of the subject's key, if the certificate gives one.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.extensions.subject_key_identifier.as_deref()
    }

    /// The identifier of the issuer's key, if the certificate gives one.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.extensions.authority_key_identifier.as_deref()
    }

    /// The addresses at which it says that revocation lists about it are to be found. (Nothing here fetches them.)
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn crl_distribution_points(&self) -> Result<Vec<String>, Error> {
        let points = self.path_extensions(true)?.distribution_points.into_iter();
        let names = points.filter_map(|point| match point.distribution_point {
            Some(DistributionPointName::FullName(names)) => Some(names),
            _ => None,
        });
        let addresses = names.flatten().filter_map(|name| match name {
            GeneralName::UniformResourceIdentifier(address) => Some(address.to_string()),
            _ => None,
        });
        Ok(addresses.collect())
    }

    /// What its key may be used for (RFC 5280 §4.2.1.3), if the certificate says so.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage
    }

    /// The types of documents that a document signer signs ("P", "ID", …), empty if it does not say.
    ///
    /// # Errors
    /// [`Error::Malformed`], if it says so in another form than that of Doc 9303-12 §7.1.1.6.
    pub fn document_types(&self) -> Result<&[String], Error> {
        match &self.extensions.document_types {
            Ok(types) => Ok(types),
            Err(error) => Err(error.clone()),
        }
    }

    /// The value of an extension, DER-encoded, whether it is one that is processed here or not.
    #[must_use]
    pub fn extension(&self, extn_id: ObjectIdentifier) -> Option<&[u8]> {
        let mut extensions = self.parsed.tbs_certificate().extensions()?.iter();
        let extension = extensions.find(|extension| extension.extn_id == extn_id)?;
        Some(extension.extn_value.as_bytes())
    }

    /// Whether it carries the mark of a test PKI, [`oid::TEST_ANCHOR`](crate::oid::TEST_ANCHOR).
    #[must_use]
    pub fn is_test_anchor(&self) -> bool {
        self.extensions.test_anchor
    }

    /// Whether it is signed with the very key that it is about, under its own name: what a root is. It proves nothing; whoever wants to be
    /// a root can be one.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        let own = self.public_key();
        self.is_self_issued() && own.is_ok_and(|key| self.verify_signature(&key).is_ok())
    }

    /// Verifies its signature with the key of whoever is said to have issued it; a success is remembered. That alone makes no certificate
    /// trustworthy; see [`TrustStore`](crate::TrustStore).
    ///
    /// # Errors
    /// [`Error::Signature`], [`Error::KeyMismatch`], or that the algorithm is not supported.
    pub fn verify_signature(&self, issuer: &PublicKey) -> Result<(), Error> {
        let signed = self.der.get(self.signed.clone()).unwrap_or_default();
        let signature = self.parsed.signature().as_bytes();
        let signature = signature.ok_or(Error::Signature)?;
        let algorithm = self.algorithm.clone()?;
        self.verified_with
            .or_verify(issuer, || issuer.verify(algorithm, signed, signature))
    }

    pub(crate) fn subject_public_key_info(&self) -> &SubjectPublicKeyInfoOwned {
        self.parsed.tbs_certificate().subject_public_key_info()
    }

    pub(crate) fn is_version_3(&self) -> bool {
        self.parsed.tbs_certificate().version() == Version::V3
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Whether the subject is the issuer under the same name, with whatever key (RFC 5280 §6.1).
    pub(crate) fn is_self_issued(&self) -> bool {
        same_name(self.subject(), self.issuer())
    }

    /// The extensions that path validation has beyond Doc 9303.
    pub(crate) fn path_extensions(&self, test_marks: bool) -> Result<PathExtensions, Error> {
        PathExtensions::read(all_extensions(&self.parsed), test_marks)
    }
}

fn all_extensions(parsed: &CertificateInner<Raw>) -> &[Extension] {
    let extensions = parsed.tbs_certificate().extensions();
    extensions.map(Vec::as_slice).unwrap_or_default()
}

/// Certificates are the same if their bytes are.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject().to_string())
            .field("issuer", &self.issuer().to_string())
            .field("serial_number", &self.serial_number())
            .field("not_after", &self.not_after())
            .finish_non_exhaustive()
    }
}

/// Where the first element inside the outermost SEQUENCE lies: the part of a certificate or list that is signed.
pub(crate) fn first_element(der: &[u8]) -> der::Result<Range<usize>> {
    let mut reader = SliceReader::new(der)?;
    let header = der::Header::decode(&mut reader)?;
    header.tag().assert_eq(der::Tag::Sequence)?;
    let start = usize::try_from(reader.position())?;
    let element = reader.tlv_bytes()?;
    Ok(start..start + element.len())
}
