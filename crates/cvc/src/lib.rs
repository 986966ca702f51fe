//! Card-verifiable certificates (BSI TR-03110-3 v2.2x, annex C).

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod algorithm;
mod authorization;
mod certificate;
mod chain;
mod chat;
mod date;
mod error;
mod extension;
mod object;
pub mod oid;
mod public_key;
mod reference;
mod trust_point;

pub use algorithm::SignatureAlgorithm;
pub use authorization::{Authorization, group_update};
pub use certificate::{CertificateBody, CvCertificate};
pub use chain::{Chain, Holder, Level};
pub use chat::{Chat, Right, Role, TerminalType};
pub use date::Date;
pub use error::{Error, Field};
pub use extension::{AuthorizationBits, Extension, ExtensionHash, Extensions, UnknownExtension};
pub use oid::Oid;
pub use public_key::{EcKeyObject, PublicKey, RsaKeyObject, SigningKey, VerifyingKey};
pub use reference::{CertificateHolderReference, CertificationAuthorityReference};
pub use trust_point::{CurrentDate, TrustPoint, TrustPoints};
