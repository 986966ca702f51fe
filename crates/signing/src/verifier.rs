//! Whether a message was signed, by whom, and whether that certificate counts.

use pki::{Certificate, Time};

use crate::{Error, Failure, KeyPurpose, MessageDigest, Oid, SignedData};

/// Certification path validation (RFC 5280 §6): whether there is a way from a certificate to one that is trusted.
///
/// This crate trusts nobody by itself, and who is trusted is not its affair. A closure over a trust store will do.
pub trait PathValidator {
    /// Whether `certificate` is trusted at that moment, revocation included. `others` came in the same message and may be on the way; nobody
    /// vouches for them.
    ///
    /// # Errors
    /// Why it is not.
    fn validate(
        &self,
        certificate: &Certificate,
        others: &[Certificate],
        at: Time,
    ) -> Result<(), Failure>;
}

impl<F> PathValidator for F
where
    F: Fn(&Certificate, &[Certificate], Time) -> Result<(), Failure>,
{
    fn validate(
        &self,
        certificate: &Certificate,
        others: &[Certificate],
        at: Time,
    ) -> Result<(), Failure> {
        self(certificate, others, at)
    }
}

/// Verifies signed messages: form, content, signature, certificate.
///
/// ```
/// # mod key { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/key.rs")); }
/// # use key::{SoftwareKey, certificate};
/// use pki::{Certificate, Time};
/// use signing::{Error, Failure, Oid, SignedData, SignedDataBuilder, Verifier};
/// # let now = Time::utc(2026, 11, 30, 9, 0, 0)?;
/// # let mut key = SoftwareKey::signature();
/// # let message = SignedDataBuilder::new(Oid::DATA).signing_time(now).attached(b"a letter", &mut key)?;
///
/// // Whom to trust: here, whatever one CA signed.
/// let ca = certificate("ca");
/// let path = |certificate: &Certificate, _: &[Certificate], _: Time| -> Result<(), Failure> {
///     Ok(certificate.verify_signature(&ca.public_key()?)?)
/// };
///
/// let signed = SignedData::parse(&message)?;
/// let letter = Verifier::new(&path, now).attached(&signed)?;
/// assert_eq!(letter.content, b"a letter");
/// assert_eq!(letter.signature.signer.subject().to_string(), "SERIALNUMBER=0000000112345678,CN=測試人,C=TW");
/// assert!(letter.signature.is_cades_baseline());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Verifier<'v> {
    path: &'v dyn PathValidator,
    at: Time,
    purpose: KeyPurpose,
    content_type: Oid,
}

/// A signature that was verified, the certificate of the key that made it, and that the certificate is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signature<'a> {
    /// The certificate, which is itself among what was signed.
    pub signer: &'a Certificate,
    /// When the signer says that it signed. No clock but the signer's own stands behind it.
    pub signing_time: Option<Time>,
}

impl Signature<'_> {
    /// Whether it has everything that level B-B of CAdES demands (ETSI EN 319 122-1 §6.3): what this crate demands anyway, and the signing time.
    #[must_use]
    pub fn is_cades_baseline(&self) -> bool {
        self.signing_time.is_some()
    }
}

/// Content that was signed, with the signature over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedContent<'a> {
    /// The octets that were signed, where they stand in the message.
    pub content: &'a [u8],
    /// Who signed them.
    pub signature: Signature<'a>,
}

impl<'v> Verifier<'v> {
    /// Verifies documents that are signed with a key for signatures, whose certificate is valid at that moment.
    #[must_use]
    pub fn new(path: &'v dyn PathValidator, at: Time) -> Self {
        Self {
            path,
            at,
            purpose: KeyPurpose::ContentCommitment,
            content_type: Oid::DATA,
        }
    }

    /// Expects content of this type instead of [`Oid::DATA`].
    ///
    /// A type of [`login`](crate::login) or [`consent`](crate::consent) is refused: what they say has to be verified there.
    #[must_use]
    pub fn content_type(mut self, content_type: Oid) -> Self {
        self.content_type = content_type;
        self
    }

    /// Expects a key with this purpose instead of [`KeyPurpose::ContentCommitment`].
    #[must_use]
    pub fn purpose(mut self, purpose: KeyPurpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// Verifies a message that brings its content.
    ///
    /// # Errors
    /// What is wrong, in this order: the type of the content, the signature and what it is over, the use of the key, the validity of the certificate,
    /// its path.
    pub fn attached<'a>(&self, signed: &'a SignedData<'a>) -> Result<SignedContent<'a>, Error> {
        if self.content_type.is_reserved() {
            return Err(Error::ReservedContentType(self.content_type.clone()));
        }
        self.any_attached(signed)
    }

    /// Verifies a message whose content is elsewhere, by the hash of that content with [`SignedData::digest_algorithm`].
    ///
    /// # Errors
    /// As [`Self::attached`].
    pub fn detached<'a>(
        &self,
        signed: &'a SignedData<'_>,
        digest: &MessageDigest,
    ) -> Result<Signature<'a>, Error> {
        if self.content_type.is_reserved() {
            return Err(Error::ReservedContentType(self.content_type.clone()));
        }
        if !signed.is_detached() {
            return Err(Error::AttachedContent);
        }
        self.signature(signed, digest)
    }

    /// A message of a reserved type, in the strictest form: nothing in it that was not signed, and the algorithms among what was.
    pub(crate) fn strict<'a>(
        &self,
        signed: &'a SignedData<'a>,
    ) -> Result<SignedContent<'a>, Error> {
        if signed.carries_unsigned() {
            return Err(Error::Unsigned);
        }
        let content = self.any_attached(signed)?;
        if signed.protects_algorithms()? {
            Ok(content)
        } else {
            Err(Error::AttributeCount {
                attribute: Oid::ALGORITHM_PROTECTION,
                count: 0,
            })
        }
    }

    fn any_attached<'a>(&self, signed: &'a SignedData<'a>) -> Result<SignedContent<'a>, Error> {
        let content = signed.content().ok_or(Error::NoContent)?;
        let digest = MessageDigest::of(signed.digest_algorithm(), content);
        let signature = self.signature(signed, &digest)?;
        Ok(SignedContent { content, signature })
    }

    fn signature<'a>(
        &self,
        signed: &'a SignedData<'_>,
        digest: &MessageDigest,
    ) -> Result<Signature<'a>, Error> {
        if *signed.content_type() != self.content_type {
            return Err(Error::ContentType {
                expected: self.content_type.clone(),
                found: signed.content_type().clone(),
            });
        }
        let signer = signed.signer_certificate()?;
        let signing_time = signed.check_signature(signer, digest)?;
        if !self.purpose.is_allowed_by(signer) {
            return Err(Error::KeyUsage(self.purpose));
        }
        check_validity(signer, self.at)?;
        self.path
            .validate(signer, signed.certificates(), self.at)
            .map_err(Error::Path)?;
        Ok(Signature {
            signer,
            signing_time,
        })
    }
}

/// Whether a certificate is in force at this time, both ends of its validity included (RFC 5280 §4.1.2.5). [`Verifier`] checks it of the
/// signer; who is about to sign can know before.
///
/// # Errors
/// [`Error::NotYetValid`] and [`Error::Expired`].
pub fn check_validity(certificate: &Certificate, at: Time) -> Result<(), Error> {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if at < not_before {
        return Err(Error::NotYetValid { not_before });
    }
    if at > not_after {
        return Err(Error::Expired { not_after });
    }
    Ok(())
}
