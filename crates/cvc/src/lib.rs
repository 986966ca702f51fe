//! Card-verifiable certificates of terminals: BSI TR-03110-3 v2.2x annex C, and the rules of their chains in §2.
//!
//! - [`CvCertificate`]: read, built and signed as strict DER. What it says is a [`CertificateBody`].
//! - [`Chat`] and [`Extensions`]: what a terminal may do, bit by bit; [`Authorization`] is both together.
//! - [`Chain`]: what one more certificate makes of trust-points, date and rights, or the rule that it breaks. The state is
//!   a value, so chip, host and issuer use the same rules and keep the state in their own ways.
//! - [`CertificateRequest`] and [`AuthenticatedRequest`]: what a DV or terminal sends to get a certificate.
//! - [`CertificateDescription`]: who asks, and why, in words; bound to a certificate by its hash.
//!
//! Signatures are ECDSA with SHA-256, -384 or -512 on the curves of `secure-channel`. RSA, SHA-1 and SHA-224 are read, and
//! refused by name. Every error names the field or the rule.
//!
//! It stores nothing, has no clock and no randomness of its own, and issues nothing: to whom which right is given, and for
//! how long, is the issuer's to decide. It does not run Terminal Authentication either; it says whose key and which rights.
//!
//! # Example
//!
//! The ministry lets a bureau ask for the parents, and the bureau's certificate claims more than that:
//!
//! ```
//! use cvc::{
//!     Authorization, CertificateBody, Chain, Chat, CurrentDate, CvCertificate, Date, Error, Extensions, PublicKey, Right,
//!     Role, SignatureAlgorithm, SigningKey, TerminalType, TrustPoint, TrustPoints,
//! };
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! use secure_channel::{Curve, EcPrivateKey};
//!
//! // A real program takes the operating system's generator.
//! let rng = &mut ChaCha20Rng::seed_from_u64(1);
//! let mut key = || SigningKey::new(SignatureAlgorithm::EcdsaSha256, EcPrivateKey::generate(Curve::P256, rng).unwrap());
//! let (cvca, dv, terminal) = (key()?, key()?, key()?);
//!
//! let (all, parents) = (Chat::all(TerminalType::AuthenticationTerminal, Role::Cvca), [Right::ReadGroup(6), Right::ReadGroup(7)]);
//! let body = |authority: &str, public_key, holder: &str, chat| {
//!     Ok::<_, Error>(CertificateBody {
//!         authority: authority.parse()?,
//!         public_key,
//!         holder: holder.parse()?,
//!         chat,
//!         effective: Date::new(2026, 11, 1)?,
//!         expiration: Date::new(2026, 12, 31)?,
//!         extensions: Extensions::default(),
//!     })
//! };
//! let public = PublicKey::explicit(cvca.verifying_key());
//! let root = body("TWMOICVCA00001", public, "TWMOICVCA00001", all)?.signed(&cvca, rng)?;
//! let only_parents = parents.into_iter().fold(Chat::new(all.terminal_type(), Role::DvDomestic), Chat::with);
//! let public = PublicKey::inheriting(dv.verifying_key());
//! let middle = body("TWMOICVCA00001", public, "TWMOLDV00001", only_parents)?.signed(&cvca, rng)?;
//! let public = PublicKey::inheriting(terminal.verifying_key());
//! let end = body("TWMOLDV00001", public, "TWBLIAT00001", all.with_role(Role::Terminal))?.signed(&dv, rng)?;
//!
//! // The chip, and what PSO:VERIFY CERTIFICATE brings it.
//! let today = CurrentDate::Approximated(Date::new(2026, 10, 1)?);
//! let chip = Chain::new(TrustPoints::new(today, [TrustPoint::from_self_signed(&root)?])?);
//! let chain = chip.import(&CvCertificate::parse_value(&middle.to_value())?)?;
//! let chain = chain.import(&CvCertificate::parse_value(&end.to_value())?)?;
//! assert_eq!(chain.trust_points().current().date(), Date::new(2026, 11, 1)?);
//!
//! // The holder withholds the mother.
//! let confirmed = all.with_role(Role::Terminal).without(Right::ReadGroup(7));
//! let terminal = chain.terminal().expect("the chain ends with a terminal");
//! let effective = terminal.effective_authorization(&Authorization::new(confirmed, &Extensions::default()))?;
//! assert_eq!(effective.chat().rights().collect::<Vec<_>>(), [Right::ReadGroup(6)]);
//!
//! // Why not the spouse? The ministry did not grant it to this DV.
//! let lost = terminal.lost_at(|authorization| authorization.allows(Right::ReadGroup(3)));
//! assert_eq!(lost.map(|level| level.reference.to_string()).as_deref(), Some("TWMOLDV00001"));
//! # Ok::<(), Error>(())
//! ```

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
mod description;
mod error;
mod extension;
mod object;
pub mod oid;
mod public_key;
mod reference;
mod request;
mod trust_point;

pub use algorithm::SignatureAlgorithm;
pub use authorization::{Authorization, group_update};
pub use certificate::{CertificateBody, CvCertificate};
pub use chain::{Chain, Holder, Level};
pub use chat::{Chat, Right, Role, TerminalType};
pub use date::Date;
pub use description::{CertificateDescription, TermsOfUsage};
pub use error::{Error, Field};
pub use extension::{AuthorizationBits, Extension, ExtensionHash, Extensions, UnknownExtension};
pub use oid::Oid;
pub use public_key::{EcKeyObject, PublicKey, RsaKeyObject, SigningKey, VerifyingKey};
pub use reference::{CertificateHolderReference, CertificationAuthorityReference};
pub use request::{AuthenticatedRequest, CertificateRequest, RequestBody};
pub use trust_point::{CurrentDate, TrustPoint, TrustPoints};
