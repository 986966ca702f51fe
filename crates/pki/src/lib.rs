//! Is this document genuine? Certificates, revocation lists and signed objects of electronic identity documents.
//!
//! - [`TrustStore`]: the country signing CAs that the caller trusts. It starts empty.
//! - [`PassiveAuthentication`]: EF.SOD, EF.CardSecurity and EF.ChipSecurity, from the signature to the anchor, with a
//!   [`Report`] that names every check. What passed is [`Authentic`].
//! - [`PathValidation`]: any certificate up to a [`TrustAnchor`], as RFC 5280 §6 has it, with a [`PathReport`] of every check;
//!   for natural-person certificates.
//! - [`Certificate`], [`RevocationList`], [`SignedData`], [`MasterList`]: the pieces, each kept byte for byte as issued.
//! - [`CertificationRequest`]: a key, and the proof that whoever wants it certified has it.
//! - [`builder`]: the same things made, for a test PKI.
//!
//! The profiles are those of ICAO Doc 9303-10, -11 and -12, 8th edition, over RFC 5280 and RFC 5652. Signatures are ECDSA
//! (P-256, P-384, P-521, brainpoolP256r1, brainpoolP384r1) or RSA from 2048 bits (PKCS#1 v1.5, PSS), with SHA-256, -384 or
//! -512. SHA-1 is refused by name.
//!
//! It opens no connection and has no clock: revocation lists are handed in, and the time of verification is an argument. The
//! only files that it touches are those of a [`RevocationIndex`], for lists too long to be held in memory. It fetches nothing
//! and knows no web servers, and refuses what it does not know.
//!
//! # Example
//!
//! ```
//! use pki::builder::{CertificateBuilder, CertificateProfile, DistinguishedName, KeyType, PrivateKey};
//! use pki::builder::{RevocationListBuilder, SignedDataBuilder, ef_sod};
//! use pki::{CheckName, Error, Outcome, PassiveAuthentication, Time, TrustStore, oid};
//! # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! # let mut rng = ChaCha20Rng::from_seed([7; 32]);
//! let (from, to) = (Time::utc(2026, 1, 1, 0, 0, 0)?, Time::utc(2041, 1, 1, 0, 0, 0)?);
//!
//! // A country: its CA, a document signer, a revocation list, and a document.
//! let csca_key = PrivateKey::generate(KeyType::P256, &mut rng);
//! let name = DistinguishedName::new("TW", "Test CSCA")?;
//! let csca = CertificateBuilder::new(CertificateProfile::CountrySigningCa, name)
//!     .validity(from, to)
//!     .self_sign(&csca_key, &mut rng)?;
//! let key = PrivateKey::generate(KeyType::P256, &mut rng);
//! let name = DistinguishedName::new("TW", "Test document signer 1")?;
//! let signer = CertificateBuilder::new(CertificateProfile::DocumentSigner, name)
//!     .validity(from, to)
//!     .issue(&key.public_key()?, &csca, &csca_key, &mut rng)?;
//! let list = RevocationListBuilder::new(1, from, to).sign(&csca, &csca_key, &mut rng)?;
//! let dg1 = b"\x61\x03abc";
//! let hash = pki::DigestAlgorithm::Sha256.digest(dg1);
//! let object = lds::LdsSecurityObject::new(lds::DigestAlgorithm::Sha256, [(1, hash)]).unwrap();
//! let content = object.to_der().unwrap();
//! let signed = SignedDataBuilder::new(oid::LDS_SECURITY_OBJECT, &content).sign(&signer, &key, &mut rng)?;
//! let ef_sod = ef_sod(&signed)?;
//!
//! // A verifier: what it trusts, what it was given, and when.
//! let mut trust = TrustStore::new();
//! trust.add_anchor(csca)?;
//! let lists = [list];
//! let now = Time::utc(2026, 11, 24, 12, 0, 0)?;
//! let passive = PassiveAuthentication::new(&trust, now).with_revocation_lists(&lists);
//!
//! let verdict = passive.security_object(&ef_sod, &[(1, dg1)]);
//! assert_eq!(verdict.report().outcome(CheckName::GroupHash(1)), Some(&Outcome::Passed));
//! let authentic = verdict.into_result().expect("every check passed");
//! assert_eq!(authentic.signer().country().as_deref(), Some("TW"));
//!
//! // One bit of the group changed:
//! let verdict = passive.security_object(&ef_sod, &[(1, b"\x61\x03abb")]);
//! assert_eq!(verdict.report().errors().next(), Some(&Error::GroupHash(1)));
//! assert!(verdict.into_result().is_err());
//! # Ok::<(), Error>(())
//! ```

mod algorithm;
mod ber;
pub mod builder;
mod certificate;
mod certification_request;
mod ecdsa_signature;
mod error;
mod master_list;
mod name;
pub mod oid;
mod passive_authentication;
mod path_validation;
mod pem;
mod proof_of_possession;
mod public_key;
mod report;
mod revocation;
mod signed_data;
mod time;
mod trust;
mod verified_with;

pub use algorithm::{DigestAlgorithm, Hasher, SignatureAlgorithm};
pub use ber::to_definite;
pub use certificate::{Certificate, SerialNumber};
pub use certification_request::{CertificationRequest, CertificationRequestInfo};
pub use ecdsa_signature::ecdsa_sig_value;
pub use error::{Error, Role};
pub use master_list::{MasterList, MasterListImport};
pub use passive_authentication::{
    Authentic, AuthenticGroup, AuthenticSecurityObject, CheckName, PassiveAuthentication, Verdict,
};
pub use path_validation::{
    AvailableList, PathCheck, PathField, PathReport, PathValidation, StaleLists, TrustAnchor,
    ValidPath,
};
pub use proof_of_possession::{DeciphermentChallenge, ProvenKey};
pub use public_key::{Curve, PublicKey};
pub use report::{Check, Outcome, Reason, Report};
pub use revocation::{
    Revocation, RevocationIndex, RevocationIndexError, RevocationList, RevocationReason,
};
pub use signed_data::{SignedContent, SignedData};
pub use time::Time;
pub use trust::TrustStore;

/// What a key may be used for (RFC 5280 §4.2.1.3).
pub use x509_cert::ext::pkix::{KeyUsage, KeyUsages};
/// Names in certificates and lists.
pub use x509_cert::name::Name;
