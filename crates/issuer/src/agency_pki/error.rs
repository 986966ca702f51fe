//! What the agency PKI refuses to issue.

use core::fmt;
use std::path::PathBuf;

use cvc::{CertificateHolderReference, CertificationAuthorityReference, Date, Field, Right};

/// One thing that a certificate may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Permission {
    /// A bit of the CHAT.
    Right(Right),
    /// To replace this group of the eID application on a card in use.
    Update(u8),
}

impl Permission {
    /// The field of a certificate that says so.
    pub const fn field(self) -> Field {
        match self {
            Self::Right(_) => Field::RelativeAuthorization,
            Self::Update(_) => Field::AuthorizationBits,
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right(Right::ReadGroup(n)) => write!(f, "reading group {n}"),
            Self::Right(Right::WriteGroup(n)) => write!(f, "writing group {n}"),
            Self::Right(right) => write!(f, "{right:?}"),
            Self::Update(n) => write!(f, "replacing group {n}"),
        }
    }
}

/// What the agency PKI refuses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgencyError {
    /// Nobody can have this: a group without a bit, another terminal's right, a group that never changes.
    #[error("{}: there is no such right as {permission}", permission.field())]
    NoSuchRight {
        /// What was wanted.
        permission: Permission,
    },
    /// The authority does not have what it is to hand on.
    #[error("{}: {authority} itself is not allowed {permission}", permission.field())]
    NotAllowed {
        /// Who was to issue.
        authority: CertificateHolderReference,
        /// What it does not have.
        permission: Permission,
    },
    /// An authorization among [`Grant::extensions`](super::Grant::extensions), where nobody would hold it against the
    /// authority's.
    #[error(
        "{}: rights to replace groups belong into the updates of the grant",
        Field::Extension
    )]
    AuthorizationAsExtension,
    /// There is no document verifier with this mnemonic.
    #[error("there is no document verifier {0:?}")]
    UnknownDocumentVerifier(String),
    /// The mnemonic cannot be one, or belongs to somebody else.
    #[error("{}: {mnemonic:?} {reason}", Field::CertificateHolderReference)]
    Mnemonic {
        /// The mnemonic.
        mnemonic: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// 99,999 certificates under one mnemonic.
    #[error(
        "{}: all sequence numbers of {mnemonic:?} are used",
        Field::CertificateHolderReference
    )]
    SequenceNumbersUsed {
        /// The mnemonic.
        mnemonic: String,
    },
    /// The certificate would begin before its authority's, or outlive it.
    #[error("{field}: {date} is outside the validity of {authority}, {first} to {last}")]
    OutsideValidity {
        /// Which date.
        field: Field,
        /// The date.
        date: Date,
        /// Who was to issue.
        authority: CertificateHolderReference,
        /// Its effective date.
        first: Date,
        /// Its expiration date.
        last: Date,
    },
    /// The key is not of the authority's algorithm and curve, which a chip would take it to have.
    #[error("{field}: the key is not of the authority's algorithm and curve")]
    OtherKeyType {
        /// What differs.
        field: Field,
    },
    /// The certificate is none of this PKI's.
    #[error("{0} was not issued here")]
    NotIssuedHere(CertificateHolderReference),
    /// What has expired is not renewed: the grant is decided anew.
    #[error("{holder} expired on {expiration}: it needs a new grant")]
    Expired {
        /// Whose certificate.
        holder: CertificateHolderReference,
        /// Its last day.
        expiration: Date,
    },
    /// There is a newer certificate under the same mnemonic, perhaps with fewer rights.
    #[error("{holder} was replaced by {by}: renew that one")]
    Replaced {
        /// Whose certificate.
        holder: CertificateHolderReference,
        /// The newer one.
        by: CertificateHolderReference,
    },
    /// A renewal brings a new key.
    #[error("{}: a renewal needs a new key", Field::PublicPoint)]
    SameKey,
    /// The CVCA changes its key once a day at most: chips order its keys by their dates.
    #[error(
        "{}: it has to be later than that of {holder}, {effective}",
        Field::CertificateEffectiveDate
    )]
    LinkTooEarly {
        /// The CVCA in use.
        holder: CertificateHolderReference,
        /// Its effective date.
        effective: Date,
    },
    /// A chip with this trust-point cannot be led to the terminal: the trust-point is another's, or newer than the
    /// certificate of the document verifier.
    #[error("no certificates lead from {from} to {to}")]
    NoChain {
        /// The trust-point.
        from: CertificationAuthorityReference,
        /// The terminal.
        to: CertificateHolderReference,
    },
    /// A file is there already, with other contents. Certificates are not overwritten.
    #[error("{}: exists already, with other contents", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// A file of the PKI is damaged, or does not belong to the others.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}
