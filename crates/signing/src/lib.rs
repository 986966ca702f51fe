//! What a person signs with a natural-person certificate, and what a server verifies.
//!
//! - [`SignedDataBuilder`], [`SignedData`], [`Verifier`]: documents, signed as CMS SignedData (RFC 5652) with the attributes of CAdES level B-B
//!   (ETSI EN 319 122-1), the content inside or elsewhere.
//! - [`EnvelopedData`]: messages that somebody encrypted for the holder.
//! - [`login`]: the challenge of a server, signed with the key for authentication.
//! - [`consent`]: which agency may have which data, signed with the key for signatures.
//!
//! The private keys are somewhere else, behind [`SigningKey`] and [`DecryptionKey`]: on a card, with its own rules for when they work. Who is trusted
//! is somebody else's to say as well, behind [`PathValidator`]. Nothing here reads a clock, draws a random number or opens a connection.
//!
//! Three uses, three keys, and no way from one to the other: a login is not a document because its content type, which is signed with it, says so,
//! and because the certificate of a key for signatures (nonRepudiation) is refused for it; a document is not a consent for the first of the two
//! reasons. Both are checked when signing and when verifying.
//!
//! # Example
//!
//! See [`SignedDataBuilder`] and [`Verifier`] for documents, [`EnvelopedData`], [`login`] and [`consent`].

mod asn1;
pub mod consent;
mod enveloped_data;
mod error;
mod key;
pub mod login;
mod message_digest;
mod oid;
mod signed_data;
mod text;
mod time;
mod trusted_authorities;
mod verifier;

pub use enveloped_data::{EnvelopedData, Opened, RejectionSecret};
pub use error::{Error, Failure};
pub use key::{
    DecryptionKey, KeyPurpose, KeyTransportAlgorithm, OaepDigest, SigningKey, subject_serial_number,
};
pub use message_digest::MessageDigest;
pub use oid::Oid;
pub use signed_data::{SignedData, SignedDataBuilder};
pub use trusted_authorities::TrustedAuthorities;
pub use verifier::{PathValidator, Signature, SignedContent, Verifier, check_validity};

/// Plain text that is wiped when it is dropped.
pub use zeroize::Zeroizing;
