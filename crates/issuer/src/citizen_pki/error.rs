//! What the authority refuses to certify, revoke or publish.

use std::path::PathBuf;

use pki::{RevocationReason, SerialNumber, Time};

use super::{KeySlot, ListIssuer};

/// What the authority refuses.
///
/// No text names a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificationError {
    // --- the key ---
    /// A key of a kind or length that this slot does not have.
    #[error("a key for {slot} is RSA of 2048 bits{}", match slot {
        KeySlot::KeyDecipherment => "",
        _ => " or on P-256",
    })]
    KeyType {
        /// The slot.
        slot: KeySlot,
    },
    /// A public exponent other than 65537.
    #[error("the public exponent is not 65537")]
    PublicExponent,
    /// The modulus has a small factor.
    #[error("the modulus has a small factor: it is not the product of two large primes")]
    WeakModulus,
    /// A key is certified once, for one person and one use.
    #[error("the key is already certified")]
    KeyUsed,

    // --- the person ---
    /// A name or number that no certificate can have.
    #[error("{0}")]
    Subject(&'static str),
    /// The serialNumber of the subject belongs to a person with another national identification number.
    #[error("the serialNumber of the subject is another person's")]
    OtherSubject,
    /// There is a certificate in force already: it is renewed, or revoked first.
    #[error("there is a certificate for {slot} already: {serial}")]
    AlreadyCertified {
        /// The slot.
        slot: KeySlot,
        /// The certificate.
        serial: SerialNumber,
    },

    // --- time ---
    /// The certificate would begin before its authority's, or outlive it.
    #[error("{from} to {to} is not within the validity of the authority, {first} to {last}")]
    OutsideValidity {
        /// The first moment that was asked for.
        from: Time,
        /// The last moment that was asked for.
        to: Time,
        /// The first moment of the authority's certificate.
        first: Time,
        /// Its last moment.
        last: Time,
    },
    /// The authority's certificate is not valid now, or something was issued later than now.
    #[error("the clock says {now}, and that cannot be: {before} comes before it")]
    Clock {
        /// The time that was given.
        now: Time,
        /// What must not lie after it.
        before: Time,
    },
    /// The certificate of the authority has ended.
    #[error("the certificate of the authority ended on {not_after}")]
    AuthorityExpired {
        /// Its last moment.
        not_after: Time,
    },
    /// The next list would be due before this one is issued.
    #[error("nextUpdate has to come after {this_update}")]
    NextUpdate {
        /// When the list is issued.
        this_update: Time,
    },
    /// Revoked before it was valid, or in the future.
    #[error("a revocation date lies between {from} and {to}")]
    RevocationDate {
        /// The earliest: the beginning of the certificate.
        from: Time,
        /// The latest: now.
        to: Time,
    },

    // --- the state of a certificate ---
    /// No such certificate was issued here.
    #[error("certificate {0} was not issued here")]
    UnknownCertificate(SerialNumber),
    /// There is no such generation.
    #[error("there is no {0}")]
    UnknownIssuer(ListIssuer),
    /// It is revoked, and that is for good.
    #[error("certificate {0} is revoked, and that is for good")]
    Revoked(SerialNumber),
    /// It is on hold already.
    #[error("certificate {0} is on hold already")]
    OnHold(SerialNumber),
    /// It is not on hold.
    #[error("certificate {0} is not on hold")]
    NotOnHold(SerialNumber),
    /// It ended; a certificate is renewed while it is valid.
    #[error("certificate {serial} ended on {not_after}")]
    Expired {
        /// The certificate.
        serial: SerialNumber,
        /// Its last moment.
        not_after: Time,
    },
    /// It was renewed, and its successor is in force.
    #[error("certificate {serial} was renewed by {successor}")]
    Renewed {
        /// The certificate.
        serial: SerialNumber,
        /// The one in force.
        successor: SerialNumber,
    },
    /// The reason does not apply to this kind of certificate (RFC 5280 §5.3.1).
    #[error("{reason} is no reason to revoke this kind of certificate")]
    Reason {
        /// The reason.
        reason: RevocationReason,
    },

    // --- the directory ---
    /// A URI under which nothing can be published.
    #[error("the place of publication is an http URI that ends in a slash")]
    Publication,
    /// A file is there already, with other contents. Nothing is overwritten.
    #[error("{}: exists already, with other contents", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// A file is damaged, or does not belong to the others.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}
