//! Signed messages, made.

use der::Encode;
use pki::{Certificate, Time};

use super::attributes;
use crate::asn1;
use crate::{Error, MessageDigest, Oid, SigningKey};

/// Builds one signed message: a CMS SignedData (RFC 5652 §5) with the attributes of CAdES level B-B (ETSI EN 319 122-1 §6) if there is a signing
/// time, and an ordinary one with the signer's certificate among the signed attributes (RFC 5035) if there is none.
///
/// ```
/// # mod key { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/key.rs")); }
/// # use key::{SoftwareKey, certificate};
/// use pki::Time;
/// use signing::{MessageDigest, Oid, SignedDataBuilder, SigningKey};
///
/// let mut key = SoftwareKey::signature(); // a card's, behind the same trait
/// let ca = certificate("ca");
/// let builder = SignedDataBuilder::new(Oid::DATA)
///     .signing_time(Time::utc(2026, 11, 30, 9, 0, 0)?)
///     .certificate(&ca);
///
/// // A letter, in one file with its signature:
/// let message = builder.attached(b"I hereby apply ...", &mut key)?;
/// // and a film that stays where it is.
/// let digest = MessageDigest::read(key.algorithm().digest(), &mut &b"film"[..])?;
/// let signature = builder.detached(&digest, &mut key)?;
/// # assert!(message.len() > signature.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SignedDataBuilder<'a> {
    content_type: Oid,
    signing_time: Option<Time>,
    by_key_identifier: bool,
    certificates: Vec<&'a Certificate>,
    /// Whether it is a module that knows the meaning of a reserved type.
    reserved: bool,
}

impl<'a> SignedDataBuilder<'a> {
    /// A message with a content of this type; [`Oid::DATA`] for documents.
    #[must_use]
    pub fn new(content_type: Oid) -> Self {
        Self {
            content_type,
            signing_time: None,
            by_key_identifier: false,
            certificates: Vec::new(),
            reserved: false,
        }
    }

    pub(crate) fn reserved(content_type: Oid) -> Self {
        Self {
            reserved: true,
            ..Self::new(content_type)
        }
    }

    /// When the signer says that it signs. CAdES level B-B demands it.
    #[must_use]
    pub fn signing_time(mut self, time: Time) -> Self {
        self.signing_time = Some(time);
        self
    }

    /// Names the signer by the identifier of its key, instead of by issuer and serial number.
    #[must_use]
    pub fn by_key_identifier(mut self) -> Self {
        self.by_key_identifier = true;
        self
    }

    /// Puts a further certificate into the message, beside that of the signer: those of the CAs, for whoever verifies.
    #[must_use]
    pub fn certificate(mut self, certificate: &'a Certificate) -> Self {
        self.certificates.push(certificate);
        self
    }

    /// Signs `content` and puts it into the message.
    ///
    /// # Errors
    /// As [`Self::detached`].
    pub fn attached(&self, content: &[u8], key: &mut dyn SigningKey) -> Result<Vec<u8>, Error> {
        let digest = MessageDigest::of(key.algorithm().digest(), content);
        self.sign(&digest, Some(content), key)
    }

    /// Signs a content that stays outside of the message, by its hash.
    ///
    /// # Errors
    /// [`Error::Key`] if the key could not be used; [`Error::ForeignKey`] if what it made does not verify with its certificate;
    /// [`Error::DigestAlgorithm`] if the hash is not of the key's algorithm; [`Error::ReservedContentType`]; [`Error::Field`] for a certificate
    /// without key identifier that was to be named by it.
    pub fn detached(
        &self,
        digest: &MessageDigest,
        key: &mut dyn SigningKey,
    ) -> Result<Vec<u8>, Error> {
        self.sign(digest, None, key)
    }

    fn sign(
        &self,
        digest: &MessageDigest,
        content: Option<&[u8]>,
        key: &mut dyn SigningKey,
    ) -> Result<Vec<u8>, Error> {
        if self.content_type.is_reserved() && !self.reserved {
            return Err(Error::ReservedContentType(self.content_type.clone()));
        }
        let algorithm = key.algorithm();
        if digest.algorithm() != algorithm.digest() {
            return Err(Error::DigestAlgorithm);
        }
        let certificate = key.certificate().clone();
        let signed = attributes::build(
            &self.content_type,
            digest,
            &certificate,
            algorithm,
            self.signing_time,
        )?;
        let set = asn1::element(0x31, &[&signed]);
        let hash = algorithm.digest().digest(&set);
        let signature = key.sign(&hash).map_err(Error::Key)?;
        // A card with another certificate than its key's, or with a fault, is noticed here and not by whoever receives the message.
        certificate
            .public_key()?
            .verify(algorithm, &set, &signature)
            .map_err(|_| Error::ForeignKey)?;

        let (digest_identifier, signature_identifier) = attributes::identifiers(algorithm)?;
        let (version, identifier) = self.identifier(&certificate)?;
        let signer_info = asn1::sequence(&[
            &asn1::small_integer(version),
            &identifier,
            &digest_identifier,
            &asn1::element(0xa0, &[&signed]),
            &signature_identifier,
            &asn1::octet_string(&signature),
        ]);
        let content = content.map(|content| asn1::element(0xa0, &[&asn1::octet_string(content)]));
        let plain = self.content_type == Oid::DATA && version == 1;
        let signed_data = asn1::sequence(&[
            &asn1::small_integer(if plain { 1 } else { 3 }),
            &asn1::element(0x31, &[&digest_identifier]),
            &asn1::sequence(&[
                &self.content_type.to_der(),
                content.as_deref().unwrap_or_default(),
            ]),
            &self.certificate_set(&certificate),
            &asn1::element(0x31, &[&signer_info]),
        ]);
        Ok(asn1::sequence(&[
            &Oid::SIGNED_DATA.to_der(),
            &asn1::element(0xa0, &[&signed_data]),
        ]))
    }

    /// `[0] IMPLICIT CertificateSet`, each certificate once.
    fn certificate_set(&self, signer: &Certificate) -> Vec<u8> {
        let all = self.certificates.iter().copied().chain([signer]);
        let mut all: Vec<&[u8]> = all.map(Certificate::as_der).collect();
        all.sort_unstable();
        all.dedup();
        asn1::element(0xa0, &all)
    }

    fn identifier(&self, signer: &Certificate) -> Result<(u8, Vec<u8>), Error> {
        if self.by_key_identifier {
            let identifier = signer.subject_key_identifier();
            let identifier =
                identifier.ok_or_else(|| super::field("certificate", "subjectKeyIdentifier"))?;
            return Ok((3, asn1::element(0x80, &[identifier])));
        }
        let issuer = signer.issuer().to_der();
        let identifier = asn1::sequence(&[
            &issuer.map_err(Error::malformed("issuer"))?,
            &asn1::element(0x02, &[signer.serial_number().as_bytes()]),
        ]);
        Ok((1, identifier))
    }
}
