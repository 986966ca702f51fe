//! Certification requests (PKCS#10, RFC 2986), whose signature proves that the requester has the private key.

use der::asn1::{BitString, SetOfVec};
use der::{Any, Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::name::{Name, RdnSequence};
use x509_cert::request::{CertReq, CertReqInfo, Version};

use crate::algorithm::SignatureAlgorithm;
use crate::certificate::first_element;
use crate::public_key::PublicKey;
use crate::{Error, ecdsa_sig_value, pem};

const WHAT: &str = "certification request";
const LABEL: &str = "CERTIFICATE REQUEST";

/// More than any honest request needs.
const MAX_LENGTH: usize = 16 * 1024;

/// What the holder of a key signs to have it certified (`CertificationRequestInfo`, RFC 2986 §4.1).
///
/// It names nobody and asks for nothing: names, uses and dates are the authority's own knowledge, and what a request says
/// about them it would have to ignore. So it can be made of the public key alone, by whoever talks to the card.
///
/// ```
/// # use pki::builder::{KeyType, PrivateKey};
/// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
/// # let mut rng = ChaCha20Rng::from_seed([7; 32]);
/// # let key = PrivateKey::generate(KeyType::P256, &mut rng);
/// use pki::CertificationRequestInfo;
///
/// let info = CertificationRequestInfo::new(&key.public_key()?)?;
/// let signature = key.sign(info.to_be_signed(), &mut rng)?; // or the card does it
/// let request = info.signed(key.algorithm(), &signature)?;
/// assert_eq!(request.public_key(), &key.public_key()?);
/// # Ok::<(), pki::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CertificationRequestInfo {
    der: Vec<u8>,
}

impl CertificationRequestInfo {
    /// A request for this key.
    ///
    /// # Errors
    /// None in practice: the key was read before.
    pub fn new(public_key: &PublicKey) -> Result<Self, Error> {
        let info = CertReqInfo {
            version: Version::V1,
            subject: Name::hazmat_from_rdn_sequence(RdnSequence::default()),
            public_key: public_key.to_spki(false)?,
            // RFC 2986 §4.1: the field is there even when the set is empty.
            attributes: SetOfVec::new(),
        };
        let der = info.to_der().map_err(Error::malformed(WHAT))?;
        Ok(Self { der })
    }

    /// The bytes to be hashed and signed.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.der
    }

    /// The request with this signature, in the form that certificates have: ECDSA as a SEQUENCE of r and s.
    ///
    /// # Errors
    /// As [`CertificationRequest::from_der`]: a signature that the key did not make is found out here.
    pub fn signed(
        &self,
        algorithm: SignatureAlgorithm,
        signature: &[u8],
    ) -> Result<CertificationRequest, Error> {
        #[derive(Sequence)]
        struct Signed {
            info: Any,
            algorithm: AlgorithmIdentifierOwned,
            signature: BitString,
        }
        let malformed = Error::malformed(WHAT);
        let signed = Signed {
            info: Any::from_der(&self.der).map_err(&malformed)?,
            algorithm: algorithm.to_identifier()?,
            signature: BitString::from_bytes(signature).map_err(&malformed)?,
        };
        CertificationRequest::from_der(&signed.to_der().map_err(&malformed)?)
    }

    /// The request with a signature as cards answer it: ECDSA as r‖s, each as long as the field (BSI TR-03111 §5.2.1);
    /// RSA is the same in both forms.
    ///
    /// # Errors
    /// As [`Self::signed`].
    pub fn signed_by_card(
        &self,
        algorithm: SignatureAlgorithm,
        answer: &[u8],
    ) -> Result<CertificationRequest, Error> {
        match algorithm {
            SignatureAlgorithm::Ecdsa(_) => {
                self.signed(algorithm, &ecdsa_sig_value(answer).ok_or(Error::Signature)?)
            }
            _ => self.signed(algorithm, answer),
        }
    }
}

/// A certification request whose signature verifies with the key that it is about: whoever made it has the private key.
///
/// There is no other kind. Subject and attributes are read for their form and not for what they say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificationRequest {
    der: Vec<u8>,
    public_key: PublicKey,
    algorithm: SignatureAlgorithm,
}

impl CertificationRequest {
    /// Reads a DER-encoded request and verifies it: ECDSA, RSASSA-PKCS1-v1_5 or RSASSA-PSS with SHA-256, -384 or -512.
    ///
    /// # Errors
    /// [`Error::Signature`] if the private key did not sign it, [`Error::KeyMismatch`] if key and algorithm do not go
    /// together, [`Error::RsaKeySize`] and the other errors of keys and algorithms that are not supported,
    /// [`Error::Malformed`], [`Error::TooLong`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        if der.len() > MAX_LENGTH {
            return Err(Error::TooLong {
                what: WHAT,
                length: der.len(),
                limit: MAX_LENGTH,
            });
        }
        let malformed = Error::malformed(WHAT);
        let request = CertReq::from_der(der).map_err(&malformed)?;
        let public_key = PublicKey::from_spki(&request.info.public_key)?;
        let algorithm = SignatureAlgorithm::from_identifier(&request.algorithm)?;
        let signed = der.get(first_element(der).map_err(&malformed)?);
        let signature = request.signature.as_bytes().ok_or(Error::Signature)?;
        public_key.verify(algorithm, signed.unwrap_or_default(), signature)?;
        Ok(Self {
            der: der.to_vec(),
            public_key,
            algorithm,
        })
    }

    /// Reads a request in the textual encoding of RFC 7468 ("CERTIFICATE REQUEST").
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        Self::from_der(&pem::decode(LABEL, pem)?)
    }

    /// The bytes as made.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The textual encoding of RFC 7468.
    ///
    /// # Errors
    /// [`Error::Malformed`], if it cannot be encoded.
    pub fn to_pem(&self) -> Result<String, Error> {
        pem::encode(LABEL, &self.der)
    }

    /// The key to be certified.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The algorithm that it was signed with.
    #[must_use]
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }
}
