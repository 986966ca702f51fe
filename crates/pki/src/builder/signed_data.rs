//! SignedData as EF.SOD and EF.CardSecurity carry it.

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignerIdentifier, SignerInfo};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{ID_CONTENT_TYPE, ID_MESSAGE_DIGEST, ID_SIGNED_DATA, ID_SIGNING_TIME};
use der::asn1::{OctetString, SetOfVec, Uint};
use der::{Any, Decode, Encode, EncodeValue, Sequence, Tag, TagNumber, Tagged};
use rand_core::CryptoRng;
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::Attribute;
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::serial_number::SerialNumber;

use super::{PrivateKey, x509_time};
use crate::{Certificate, Error, Time};

const WHAT: &str = "SignedData";

/// Builds one SignedData object with one signer, its certificate inside (ICAO Doc 9303-10, 8th edition, §4.6.2.2).
///
/// ```
/// # use pki::builder::*;
/// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
/// use pki::builder::SignedDataBuilder;
/// use pki::{SignedData, Time, oid};
/// # let mut rng = ChaCha20Rng::from_seed([7; 32]);
/// # let key = PrivateKey::generate(KeyType::P256, &mut rng);
/// # let signer = CertificateBuilder::new(CertificateProfile::DocumentSigner, DistinguishedName::new("TW", "Test DS")?)
/// #     .validity(Time::utc(2026, 1, 1, 0, 0, 0)?, Time::utc(2041, 1, 1, 0, 0, 0)?)
/// #     .self_sign(&key, &mut rng)?;
///
/// let object = SignedDataBuilder::new(oid::LDS_SECURITY_OBJECT, b"content")
///     .signing_time(Time::utc(2026, 11, 24, 12, 0, 0)?)
///     .sign(&signer, &key, &mut rng)?;
///
/// let read = SignedData::parse(&object)?;
/// assert_eq!(read.verify(oid::LDS_SECURITY_OBJECT)?.content, b"content");
/// # Ok::<(), pki::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SignedDataBuilder<'a> {
    content_type: ObjectIdentifier,
    content: &'a [u8],
    signing_time: Option<Time>,
    by_key_identifier: bool,
    certificates: Vec<&'a Certificate>,
}

/// The fields of RFC 5652 §5.1, with certificates byte for byte as issued.
#[derive(Sequence)]
struct SignedDataFields {
    version: CmsVersion,
    digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    content: EncapsulatedContentInfo,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    certificates: SetOfVec<Any>,
    signer_infos: SetOfVec<SignerInfo>,
}

impl<'a> SignedDataBuilder<'a> {
    /// An object over `content`, which is signed octet by octet.
    #[must_use]
    pub fn new(content_type: ObjectIdentifier, content: &'a [u8]) -> Self {
        Self {
            content_type,
            content,
            signing_time: None,
            by_key_identifier: false,
            certificates: Vec::new(),
        }
    }

    /// Has the signer say when it signed.
    #[must_use]
    pub fn signing_time(mut self, time: Time) -> Self {
        self.signing_time = Some(time);
        self
    }

    /// Identifies the signer by the identifier of its key, instead of by issuer and serial number.
    #[must_use]
    pub fn by_key_identifier(mut self) -> Self {
        self.by_key_identifier = true;
        self
    }

    /// Puts a further certificate into the object, beside that of the signer.
    #[must_use]
    pub fn certificate(mut self, certificate: &'a Certificate) -> Self {
        self.certificates.push(certificate);
        self
    }

    /// Signs the object and returns it as a ContentInfo, in DER.
    ///
    /// # Errors
    /// [`Error::OutsideProfile`], or that the key cannot be used.
    pub fn sign(
        &self,
        signer: &Certificate,
        key: &PrivateKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        let malformed = Error::malformed(WHAT);
        let digest = key.algorithm().digest().to_identifier();
        let content = Any::new(Tag::OctetString, self.content).map_err(&malformed)?;
        let mut certificates = SetOfVec::new();
        for certificate in self.certificates.iter().copied().chain([signer]) {
            Any::from_der(certificate.as_der())
                .and_then(|certificate| certificates.insert(certificate))
                .map_err(&malformed)?;
        }
        let fields = SignedDataFields {
            // The content is not plain data (RFC 5652 §5.1).
            version: CmsVersion::V3,
            digest_algorithms: one(digest).map_err(&malformed)?,
            content: EncapsulatedContentInfo {
                econtent_type: self.content_type,
                econtent: Some(content),
            },
            certificates,
            signer_infos: one(self.signer_info(signer, key, rng)?).map_err(&malformed)?,
        };
        let info = ContentInfo {
            content_type: ID_SIGNED_DATA,
            content: Any::encode_from(&fields).map_err(&malformed)?,
        };
        info.to_der().map_err(&malformed)
    }

    fn signer_info(
        &self,
        signer: &Certificate,
        key: &PrivateKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<SignerInfo, Error> {
        let malformed = Error::malformed("SignerInfo");
        let digest = key.algorithm().digest();
        let hash = OctetString::new(digest.digest(self.content)).map_err(&malformed)?;
        let mut attributes = vec![
            attribute(ID_CONTENT_TYPE, &self.content_type),
            attribute(ID_MESSAGE_DIGEST, &hash),
        ];
        if let Some(time) = self.signing_time {
            attributes.push(attribute(ID_SIGNING_TIME, &x509_time(time)?));
        }
        let attributes = attributes.into_iter().collect::<der::Result<Vec<_>>>();
        let attributes = attributes
            .and_then(SetOfVec::try_from)
            .map_err(&malformed)?;
        // What is signed is the SET OF, not the [0] that it becomes in the object (RFC 5652 §5.4).
        let signature = key.sign(&attributes.to_der().map_err(&malformed)?, rng)?;
        let (version, sid) = self.identifier(signer)?;
        Ok(SignerInfo {
            version,
            sid,
            digest_alg: digest.to_identifier(),
            signed_attrs: Some(attributes),
            signature_algorithm: key.algorithm().to_identifier()?,
            signature: OctetString::new(signature).map_err(&malformed)?,
            unsigned_attrs: None,
        })
    }

    fn identifier(&self, signer: &Certificate) -> Result<(CmsVersion, SignerIdentifier), Error> {
        let malformed = Error::malformed("SignerIdentifier");
        if self.by_key_identifier {
            let identifier = signer
                .subject_key_identifier()
                .ok_or(Error::OutsideProfile("signer without key identifier"))?;
            let identifier = OctetString::new(identifier).map_err(&malformed)?;
            let identifier =
                SignerIdentifier::SubjectKeyIdentifier(SubjectKeyIdentifier(identifier));
            return Ok((CmsVersion::V3, identifier));
        }
        let serial = signer.serial_number();
        let serial = Uint::new(serial.as_bytes()).map_err(&malformed)?;
        let identifier = IssuerAndSerialNumber {
            issuer: signer.issuer().clone(),
            serial_number: SerialNumber::new(serial.as_bytes()).map_err(&malformed)?,
        };
        Ok((
            CmsVersion::V1,
            SignerIdentifier::IssuerAndSerialNumber(identifier),
        ))
    }
}

fn one<T: der::DerOrd>(value: T) -> der::Result<SetOfVec<T>> {
    let mut set = SetOfVec::new();
    set.insert(value)?;
    Ok(set)
}

fn attribute<T: Tagged + EncodeValue>(oid: ObjectIdentifier, value: &T) -> der::Result<Attribute> {
    Ok(Attribute {
        oid,
        values: one(Any::encode_from(value)?)?,
    })
}

/// EF.SOD: the SignedData under tag 77 (ICAO Doc 9303-10, 8th edition, §4.6.2).
///
/// # Errors
/// [`Error::Malformed`], if `signed_data` is longer than DER can say.
pub fn ef_sod(signed_data: &[u8]) -> Result<Vec<u8>, Error> {
    let tag = Tag::Application {
        constructed: true,
        number: TagNumber(23),
    };
    let file = Any::new(tag, signed_data).and_then(|file| file.to_der());
    file.map_err(Error::malformed("EF.SOD"))
}

/// The content of a master list, `CscaMasterList` (ICAO Doc 9303-12, 8th edition, §9.2), to be signed under
/// [`oid::CSCA_MASTER_LIST`](crate::oid::CSCA_MASTER_LIST).
///
/// # Errors
/// [`Error::Malformed`], if the list is longer than DER can say.
pub fn csca_master_list<'a>(
    certificates: impl IntoIterator<Item = &'a Certificate>,
) -> Result<Vec<u8>, Error> {
    #[derive(Sequence)]
    struct CscaMasterList {
        version: u8,
        certificates: SetOfVec<Any>,
    }
    let malformed = Error::malformed("CscaMasterList");
    let mut set = SetOfVec::new();
    for certificate in certificates {
        Any::from_der(certificate.as_der())
            .and_then(|certificate| set.insert(certificate))
            .map_err(&malformed)?;
    }
    let list = CscaMasterList {
        version: 0,
        certificates: set,
    };
    list.to_der().map_err(&malformed)
}
