//! Certificates in the profiles of ICAO Doc 9303-12, 8th edition, §7.1.

use const_oid::db::rfc4519::LOCALITY_NAME;
use const_oid::{AssociatedOid, ObjectIdentifier};
use der::asn1::{
    BitString, GeneralizedTime, Ia5String, Int, OctetString, PrintableString, SetOfVec,
};
use der::{Any, Encode, Sequence, Tag};
use rand_core::CryptoRng;
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage,
    IssuerAltName, KeyUsage, KeyUsages, PrivateKeyUsagePeriod, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::name::{Name, RdnSequence};
use x509_cert::time::Validity;

use super::distinguished_name::attribute;
use super::{DistinguishedName, PrivateKey, x509_time};
use crate::certificate::DocumentTypeList;
use crate::{Certificate, Error, PublicKey, SerialNumber, Time, oid};

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateProfile {
    /// The self-signed certificate at the top. It signs document signers, links and revocation lists.
    CountrySigningCa,
    /// The new key of a country, signed with the old one.
    Link,
    /// A key that signs EF.SOD, EF.CardSecurity and EF.ChipSecurity.
    DocumentSigner,
    /// A key that signs master lists.
    MasterListSigner,
    /// No document of ICAO's: RFC 5280 leaves most to the authority. It has the key identifiers, and then what
    /// [`CertificateBuilder::extension`] adds, in that order.
    Rfc5280,
}

/// Builds one certificate.
///
/// See the [module's example](super).
#[derive(Clone, Debug)]
pub struct CertificateBuilder {
    profile: CertificateProfile,
    subject: DistinguishedName,
    validity: Option<(Time, Time)>,
    private_key_usage: Option<(Time, Time)>,
    serial_number: Option<SerialNumber>,
    document_types: Vec<String>,
    distribution_point: Option<String>,
    mrz_country: Option<String>,
    explicit_curve: bool,
    further: Vec<Extension>,
}

/// TBSCertificate (RFC 5280 §4.1), version 3.
#[derive(Sequence)]
struct TbsCertificate {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial_number: Int,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

impl CertificateBuilder {
    /// A certificate of this kind for this subject.
    #[must_use]
    pub fn new(profile: CertificateProfile, subject: DistinguishedName) -> Self {
        Self {
            profile,
            subject,
            validity: None,
            private_key_usage: None,
            serial_number: None,
            document_types: Vec::new(),
            distribution_point: None,
            mrz_country: None,
            explicit_curve: false,
            further: Vec::new(),
        }
    }

    /// When it is valid, both ends included. Mandatory.
    #[must_use]
    pub fn validity(mut self, not_before: Time, not_after: Time) -> Self {
        self.validity = Some((not_before, not_after));
        self
    }

    /// When the key signs. Otherwise from the beginning of the validity for five years (CA) or three months (signer), the
    /// upper ends of what Doc 9303-12 §5.2 recommends.
    #[must_use]
    pub fn private_key_usage(mut self, not_before: Time, not_after: Time) -> Self {
        self.private_key_usage = Some((not_before, not_after));
        self
    }

    /// Its serial number. Otherwise a random one of 20 bytes.
    #[must_use]
    pub fn serial_number(mut self, serial_number: SerialNumber) -> Self {
        self.serial_number = Some(serial_number);
        self
    }

    /// The types of the documents that a document signer signs, as in the MRZ ("ID", "P").
    #[must_use]
    pub fn document_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.document_types = types.into_iter().map(Into::into).collect();
        self
    }

    /// Where the revocation list of the issuer can be fetched. (Nothing here fetches it.)
    #[must_use]
    pub fn distribution_point(mut self, uri: &str) -> Self {
        self.distribution_point = Some(uri.to_owned());
        self
    }

    /// The country as it stands in the MRZ ("TWN"), for the alternative names of issuer and subject.
    #[must_use]
    pub fn mrz_country(mut self, country: &str) -> Self {
        self.mrz_country = Some(country.to_owned());
        self
    }

    /// Marks it as part of a test PKI, with [`oid::TEST_ANCHOR`]. For CAs: no verifier takes it by accident.
    #[must_use]
    pub fn test_anchor(self) -> Self {
        let note = b"\x0c\x23New eID test PKI, not for real use.";
        self.extension(oid::TEST_ANCHOR, true, note)
    }

    /// Writes the curve's parameters out, as Doc 9303-12 §4.1.3 has it, instead of naming the curve, which is what most
    /// software reads.
    #[must_use]
    pub fn explicit_curve(mut self) -> Self {
        self.explicit_curve = true;
        self
    }

    /// Adds an extension with this DER-encoded value.
    #[must_use]
    pub fn extension(mut self, extn_id: ObjectIdentifier, critical: bool, der: &[u8]) -> Self {
        if let Ok(extn_value) = OctetString::new(der) {
            self.further.push(Extension {
                extn_id,
                critical,
                extn_value,
            });
        }
        self
    }

    /// Signs it with the key that it certifies.
    ///
    /// # Errors
    /// [`Error::OutsideProfile`], or that the key cannot be used.
    pub fn self_sign(
        &self,
        key: &PrivateKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<Certificate, Error> {
        let public_key = key.public_key()?;
        let issuer = self.subject.to_name()?;
        self.sign(&public_key, issuer, &public_key.identifier()?, key, rng)
    }

    /// Signs it with the key of a CA.
    ///
    /// # Errors
    /// [`Error::OutsideProfile`], or that a key cannot be used.
    pub fn issue(
        &self,
        public_key: &PublicKey,
        issuer: &Certificate,
        issuer_key: &PrivateKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<Certificate, Error> {
        let identifier = issuer
            .subject_key_identifier()
            .ok_or(Error::OutsideProfile("issuer without key identifier"))?;
        let name = issuer.subject().clone();
        self.sign(public_key, name, identifier, issuer_key, rng)
    }

    fn sign(
        &self,
        public_key: &PublicKey,
        issuer: Name,
        issuing_key: &[u8],
        key: &PrivateKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<Certificate, Error> {
        let malformed = Error::malformed("certificate");
        let (not_before, not_after) = self.validity.ok_or(Error::OutsideProfile("validity"))?;
        if not_after < not_before {
            return Err(Error::OutsideProfile("validity"));
        }
        let serial_number = match &self.serial_number {
            Some(given) => given.clone(),
            None => random_serial_number(rng),
        };
        let first = serial_number.as_bytes().first();
        if serial_number.as_bytes().len() > 20 || first.is_none_or(|byte| byte & 0x80 != 0) {
            return Err(Error::OutsideProfile("serial number"));
        }
        let algorithm = key.algorithm().to_identifier()?;
        let tbs = TbsCertificate {
            version: 2,
            serial_number: Int::new(serial_number.as_bytes()).map_err(&malformed)?,
            signature: algorithm.clone(),
            issuer,
            validity: Validity::new(x509_time(not_before)?, x509_time(not_after)?),
            subject: self.subject.to_name()?,
            subject_public_key_info: public_key.to_spki(self.explicit_curve)?,
            extensions: self.extensions(public_key, issuing_key, (not_before, not_after))?,
        };
        let tbs = tbs.to_der().map_err(&malformed)?;
        Certificate::from_der(&signed(tbs, algorithm, key, rng)?)
    }

    fn extensions(
        &self,
        public_key: &PublicKey,
        issuing_key: &[u8],
        validity: (Time, Time),
    ) -> Result<Vec<Extension>, Error> {
        use CertificateProfile::{
            CountrySigningCa, DocumentSigner, Link, MasterListSigner, Rfc5280,
        };
        let malformed = Error::malformed("extension");
        let octets = |bytes: &[u8]| OctetString::new(bytes).map_err(&malformed);
        let mut extensions = vec![
            extension(
                false,
                &AuthorityKeyIdentifier {
                    key_identifier: Some(octets(issuing_key)?),
                    ..Default::default()
                },
            )?,
            extension(
                false,
                &SubjectKeyIdentifier(octets(&public_key.identifier()?)?),
            )?,
        ];
        let usage = match self.profile {
            CountrySigningCa | Link => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
            DocumentSigner | MasterListSigner => KeyUsages::DigitalSignature.into(),
            Rfc5280 => {
                extensions.extend(self.further.iter().cloned());
                return Ok(extensions);
            }
        };
        extensions.push(extension(true, &KeyUsage(usage))?);
        extensions.push(extension(false, &self.usage_period(validity)?)?);
        if let Some(country) = &self.mrz_country {
            let mut name = RdnSequence::default();
            name.push(attribute(LOCALITY_NAME, Tag::PrintableString, country)?);
            let names = vec![GeneralName::DirectoryName(Name::hazmat_from_rdn_sequence(
                name,
            ))];
            extensions.push(extension(false, &SubjectAltName(names.clone()))?);
            extensions.push(extension(false, &IssuerAltName(names))?);
        }
        match self.profile {
            CountrySigningCa | Link => {
                let constraints = BasicConstraints {
                    ca: true,
                    path_len_constraint: Some(0),
                };
                extensions.push(extension(true, &constraints)?);
            }
            MasterListSigner => {
                let purposes = ExtendedKeyUsage(vec![oid::MASTER_LIST_SIGNING_KEY]);
                extensions.push(extension(true, &purposes)?);
            }
            DocumentSigner | Rfc5280 => {}
        }
        if let Some(uri) = &self.distribution_point {
            let uri = Ia5String::new(uri).map_err(&malformed)?;
            let name = vec![GeneralName::UniformResourceIdentifier(uri)];
            let point = DistributionPoint {
                distribution_point: Some(DistributionPointName::FullName(name)),
                reasons: None,
                crl_issuer: None,
            };
            extensions.push(extension(false, &CrlDistributionPoints(vec![point]))?);
        }
        if self.profile == DocumentSigner && !self.document_types.is_empty() {
            extensions.push(self.document_type_list()?);
        }
        extensions.extend(self.further.iter().cloned());
        Ok(extensions)
    }

    fn usage_period(&self, validity: (Time, Time)) -> Result<PrivateKeyUsagePeriod, Error> {
        let (not_before, not_after) = match self.private_key_usage {
            Some(period) => period,
            None => {
                let days = match self.profile {
                    CertificateProfile::CountrySigningCa | CertificateProfile::Link => 5 * 365,
                    _ => 90,
                };
                let end = validity.0.plus_days(days)?;
                (validity.0, end.min(validity.1))
            }
        };
        let time = |time: Time| Ok(GeneralizedTime::from_date_time(time.to_der()?));
        Ok(PrivateKeyUsagePeriod {
            not_before: Some(time(not_before)?),
            not_after: Some(time(not_after)?),
        })
    }

    fn document_type_list(&self) -> Result<Extension, Error> {
        let mut types = SetOfVec::new();
        for document_type in &self.document_types {
            if !(1..=2).contains(&document_type.len()) {
                return Err(Error::OutsideProfile("document type"));
            }
            PrintableString::new(document_type)
                .and_then(|document_type| types.insert(document_type))
                .map_err(|_| Error::OutsideProfile("document type"))?;
        }
        let list = DocumentTypeList { version: 0, types };
        extension_with(oid::DOCUMENT_TYPE_LIST, false, &list)
    }
}

fn extension<T: AssociatedOid + Encode>(critical: bool, value: &T) -> Result<Extension, Error> {
    extension_with(T::OID, critical, value)
}

pub(super) fn extension_with<T: Encode>(
    extn_id: ObjectIdentifier,
    critical: bool,
    value: &T,
) -> Result<Extension, Error> {
    let extn_value = value.to_der().and_then(OctetString::new);
    Ok(Extension {
        extn_id,
        critical,
        extn_value: extn_value.map_err(Error::malformed("extension"))?,
    })
}

/// Positive and of full length: the first byte is 40 to 7F.
fn random_serial_number(rng: &mut dyn CryptoRng) -> SerialNumber {
    let mut bytes = [0; 20];
    rng.fill_bytes(&mut bytes);
    if let Some(first) = bytes.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    SerialNumber::from_be_bytes(&bytes)
}

/// The outer shell of certificates and lists: what is signed, the algorithm, the signature.
pub(super) fn signed(
    tbs: Vec<u8>,
    algorithm: AlgorithmIdentifierOwned,
    key: &PrivateKey,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    #[derive(Sequence)]
    struct Signed {
        tbs: Any,
        algorithm: AlgorithmIdentifierOwned,
        signature: BitString,
    }
    let malformed = Error::malformed("signed structure");
    let signature = BitString::from_bytes(&key.sign(&tbs, rng)?).map_err(&malformed)?;
    let signed = Signed {
        tbs: der::Decode::from_der(&tbs).map_err(&malformed)?,
        algorithm,
        signature,
    };
    signed.to_der().map_err(&malformed)
}
