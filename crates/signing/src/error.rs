//! What can be wrong, and where.

use core::fmt;
use std::sync::Arc;

use pki::Time;

use crate::{KeyPurpose, Oid};

/// Why somebody outside of this crate (a card, a validator of certificates, a store) did not do what was asked.
///
/// Two are the same if they are one.
#[derive(Clone, Debug)]
pub struct Failure(Arc<dyn std::error::Error + Send + Sync>);

impl Failure {
    /// The error as it came, to be examined by whoever knows its type.
    #[must_use]
    pub fn source(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &*self.0
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Failure {}

/// What this crate refuses, and why.
///
/// The texts name structures, algorithms and dates; they never contain personal data or key material.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // --- the encoding ---
    /// Not the ASN.1 that the standard prescribes, in DER.
    #[error("{what}: not well-formed ({source})")]
    Malformed {
        /// The structure that was being read.
        what: &'static str,
        /// What the decoder says, with the position inside the structure.
        source: der::Error,
    },
    /// Longer than what is read.
    #[error("{what}: {length} bytes are more than the {limit} that are read")]
    TooLong {
        /// The structure.
        what: &'static str,
        /// Its length in bytes.
        length: usize,
        /// What is read at most, in bytes.
        limit: usize,
    },
    /// A field with a value that its definition does not allow.
    #[error("{what}: {field} has a value that is not allowed")]
    Field {
        /// The structure.
        what: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A structure of another version than the ones known here.
    #[error("{what}: version {found} is not known, {known} is")]
    Version {
        /// The structure.
        what: &'static str,
        /// The version that is known.
        known: u8,
        /// The version that stands there.
        found: u8,
    },
    /// A certificate or an algorithm that `pki` does not take.
    #[error("{0}")]
    Pki(#[from] pki::Error),

    // --- SignedData ---
    /// A message of another kind.
    #[error("a message of type {found} where {expected} was expected")]
    MessageType {
        /// What was expected.
        expected: Oid,
        /// What is there.
        found: Oid,
    },
    /// The version does not follow from the contents as RFC 5652 §5.1, §5.3 and §6.1 prescribe.
    #[error("version {found} where RFC 5652 prescribes {expected}")]
    CmsVersion {
        /// The version that follows from the contents.
        expected: u8,
        /// The version that stands there.
        found: u8,
    },
    /// A message is signed by one person.
    #[error("{0} signers where one was expected")]
    SignerCount(usize),
    /// Signed, but as something else.
    #[error("content type {found} where {expected} was expected")]
    ContentType {
        /// What the caller expected.
        expected: Oid,
        /// What is in the message.
        found: Oid,
    },
    /// A content type that [`login`](crate::login) or [`consent`](crate::consent) alone may sign.
    #[error("content type {0} is not signed as a document")]
    ReservedContentType(Oid),
    /// A detached signature where the content was expected inside.
    #[error("the content is not in the message")]
    NoContent,
    /// Content inside of a signature that was expected to be detached: which of the two was signed must not be a question.
    #[error("there is content in a message that should be detached")]
    AttachedContent,
    /// Something other than an X.509 certificate among the certificates.
    #[error("the message carries a certificate that is not X.509")]
    ForeignCertificateFormat,
    /// The certificate that the signer names is not in the message.
    #[error("the signer's certificate is not in the message")]
    SignerCertificateMissing,
    /// The list of hash algorithms at the front is not the signer's one.
    #[error("the signer's hash algorithm is not the one that the message announces")]
    DigestNotAnnounced,
    /// Without signed attributes a signature over them could be passed off as one over a content, and the other way round.
    #[error("there are no signed attributes")]
    NoSignedAttributes,
    /// A set that is not in the order of DER.
    #[error("the signed attributes are not in the order of DER")]
    AttributeOrder,
    /// An attribute must be there exactly once, with exactly one value.
    #[error("signed attribute {attribute} has {count} values where one was expected")]
    AttributeCount {
        /// The attribute.
        attribute: Oid,
        /// How many values it has in all.
        count: usize,
    },
    /// The content type in the signed attributes is another one than that of the content.
    #[error("the signed content type is not that of the content")]
    SignedContentType,
    /// The algorithms in the signed attributes are others than those that were used (RFC 6211).
    #[error("the signed algorithms are not those of the signature")]
    SignedAlgorithms,
    /// The certificate that the signer names is another one than the one that was signed (RFC 5035).
    #[error("the certificate is not the one that was signed")]
    SigningCertificate,
    /// A hash of the content was computed with another algorithm than the signer's.
    #[error("the content was hashed with another algorithm than the signer's")]
    DigestAlgorithm,
    /// The content is not what was signed.
    #[error("the content does not match its signed hash")]
    ContentDigest,
    /// The signature over the signed attributes does not verify with the signer's key.
    #[error("the signature does not verify")]
    Signature,
    /// Revocation lists or unsigned attributes, which nobody vouches for, in a message that has no place for them.
    #[error("the message carries something that is not signed")]
    Unsigned,

    // --- the certificate ---
    /// The certificate does not allow its key to be used for this.
    #[error("the key is not one {0}")]
    KeyUsage(KeyPurpose),
    /// The certificate had ended.
    #[error("the signer's certificate expired on {not_after}")]
    Expired {
        /// The last moment of its validity.
        not_after: Time,
    },
    /// The certificate had not begun.
    #[error("the signer's certificate is not valid before {not_before}")]
    NotYetValid {
        /// The first moment of its validity.
        not_before: Time,
    },
    /// There is no valid path from the certificate to a trusted one.
    #[error("the signer's certificate is not trusted: {0}")]
    Path(Failure),

    // --- keys ---
    /// The key could not be used: no card, no PIN, no right.
    #[error("the key could not be used: {0}")]
    Key(Failure),
    /// What the key made does not verify with the certificate that is said to be its own.
    #[error("the key is not that of its certificate")]
    ForeignKey,

    // --- EnvelopedData ---
    /// None of the recipients is this key.
    #[error("the message is not for this key")]
    NoRecipient,
    /// A way to transport the key that is not supported.
    #[error("key transport {0} is not supported")]
    KeyTransport(Oid),
    /// A cipher that is not supported.
    #[error("content encryption {0} is not supported")]
    ContentEncryption(Oid),
    /// The message does not decrypt. Whether that is for the key or for the content is not told: it would help to decrypt other messages.
    #[error("the message does not decrypt")]
    Decryption,

    // --- login ---
    /// A challenge of another origin than the one that is spoken to.
    #[error("the challenge is for another origin")]
    Origin,
    /// A challenge from the future.
    #[error("the challenge was not made before {issued_at}")]
    ChallengeNotYetValid {
        /// When it was made.
        issued_at: Time,
    },
    /// A challenge that was answered too late.
    #[error("the challenge expired on {expires_at}")]
    ChallengeExpired {
        /// The last moment of its validity.
        expires_at: Time,
    },
    /// The nonce was never given out, was given out for something else, or was used before.
    #[error("the challenge is not one that waits for an answer")]
    NotOpen,
    /// The nonce was given out with another challenge.
    #[error("the challenge is not the one that was given out")]
    ChallengeChanged,
    /// The store of open challenges did not answer.
    #[error("the store of challenges could not be used: {0}")]
    Store(Failure),

    // --- consent ---
    /// A consent that was given to another agency.
    #[error("the consent was given to another agency")]
    Agency,
    /// A consent that speaks of another person.
    #[error("the consent speaks of another holder")]
    Holder,
    /// A consent that answers another request.
    #[error("the consent answers another request")]
    Request,
    /// A consent without a time of signature, or one outside of the validity of the signer's certificate.
    #[error("the consent was not signed while its certificate was valid")]
    SigningTime,
}

impl Error {
    /// For `map_err`: which structure the decoder was reading.
    pub(crate) fn malformed(what: &'static str) -> impl Fn(der::Error) -> Self {
        move |source| Self::Malformed { what, source }
    }
}
