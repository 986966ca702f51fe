//! Consent: which agency may have which data of a person, for what, and until when, signed by the person.
//!
//! The statement carries everything that was shown, in both languages, so that it can be read without whoever made it. Signed with the key for
//! signatures, as CAdES, with a content type of its own. The structure is in `docs/login.md`.
//!
//! ```
//! # mod key { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/key.rs")); }
//! # use key::{SoftwareKey, certificate};
//! use pki::{Certificate, Time};
//! use signing::consent::{Agency, ConsentStatement, ConsentVerifier, DataItem, Words};
//! use signing::{Error, Failure};
//! # let ca = certificate("ca");
//! # let path = |certificate: &Certificate, _: &[Certificate], _: Time| -> Result<(), Failure> {
//! #     Ok(certificate.verify_signature(&ca.public_key()?)?)
//! # };
//! let now = Time::utc(2026, 11, 30, 9, 0, 0)?;
//! let statement = ConsentStatement {
//!     request_id: "2026-000123".into(),
//!     agency: Agency {
//!         identifier: "A12000000G".into(),
//!         name: Words::new("勞動部", "Ministry of Labor"),
//!     },
//!     data: vec![DataItem {
//!         code: "HH01".into(),
//!         words: Words::new("現戶戶籍資料", "Present household registration"),
//!     }],
//!     purpose: Words::new("申請育嬰津貼", "Application for a childcare allowance"),
//!     holder: "A123456789".into(),
//!     from: now,
//!     until: now.plus_days(30)?,
//! };
//!
//! // The holder signs what was shown,
//! let mut key = SoftwareKey::signature(); // a card's, behind the same trait
//! let consent = statement.sign(now, &mut key)?;
//!
//! // and whoever has the data knows whether to give them.
//! let consent = ConsentVerifier::new("A12000000G", &path, now).verify(&consent)?;
//! assert!(consent.permits("HH01", now));
//! assert!(!consent.permits("HH02", now));
//! assert!(!consent.permits("HH01", now.plus_days(31)?));
//! # Ok::<(), Error>(())
//! ```

mod statement;

use pki::{Certificate, Time};

pub use statement::{Agency, ConsentStatement, DataItem, Words};

use crate::verifier::check_validity;
use crate::{
    Error, KeyPurpose, Oid, PathValidator, SignedData, SignedDataBuilder, SigningKey, Verifier,
};

impl ConsentStatement {
    /// Signs the statement with the holder's key for signatures: CAdES level B-B (ETSI EN 319 122-1 §6).
    ///
    /// # Errors
    /// [`Error::Field`] for a statement that says nothing, or more than its definition allows; [`Error::KeyUsage`]; those of
    /// [`SignedDataBuilder::detached`].
    pub fn sign(&self, signing_time: Time, key: &mut dyn SigningKey) -> Result<Vec<u8>, Error> {
        let content = self.to_der()?;
        let purpose = KeyPurpose::ContentCommitment;
        if !purpose.is_allowed_by(key.certificate()) {
            return Err(Error::KeyUsage(purpose));
        }
        SignedDataBuilder::reserved(Oid::CONSENT)
            .signing_time(signing_time)
            .attached(&content, key)
    }
}

/// Verifies consents that were given to one agency, without asking anybody.
#[derive(Clone, Copy)]
pub struct ConsentVerifier<'v> {
    agency: &'v str,
    holder: Option<&'v str>,
    request_id: Option<&'v str>,
    path: &'v dyn PathValidator,
    at: Time,
}

/// A consent that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Consent {
    /// What was consented to, by whom as the statement calls him, and to which agency.
    pub statement: ConsentStatement,
    /// Whose key signed it. The statement's identifier of the holder is what he was called when he was asked; that it is the person of the
    /// certificate, whoever knows both has to check.
    pub certificate: Certificate,
    /// When it was signed, by the signer's clock.
    pub signing_time: Time,
}

impl Consent {
    /// Whether it is in force at a moment: signed, begun, and not ended. Whether it was taken back meanwhile, only the register of whoever
    /// takes consents back can say.
    #[must_use]
    pub fn is_in_force(&self, at: Time) -> bool {
        at >= self.signing_time && at >= self.statement.from && at <= self.statement.until
    }

    /// Whether the agency may have the data with this code at a moment.
    #[must_use]
    pub fn permits(&self, code: &str, at: Time) -> bool {
        self.is_in_force(at) && self.statement.data.iter().any(|item| item.code == code)
    }
}

impl<'v> ConsentVerifier<'v> {
    /// Verifies consents to the agency with this identifier, signed with a key whose certificate is trusted by `path`, and valid, at `at`: now, or a moment of which it is
    /// known that the consent was there.
    #[must_use]
    pub fn new(agency: &'v str, path: &'v dyn PathValidator, at: Time) -> Self {
        Self {
            agency,
            holder: None,
            request_id: None,
            path,
            at,
        }
    }

    /// Expects a statement of this holder.
    #[must_use]
    pub fn holder(mut self, holder: &'v str) -> Self {
        self.holder = Some(holder);
        self
    }

    /// Expects an answer to this request.
    #[must_use]
    pub fn request_id(mut self, request_id: &'v str) -> Self {
        self.request_id = Some(request_id);
        self
    }

    /// Verifies a signed statement. Whether it is in force, [`Consent::is_in_force`] says.
    ///
    /// # Errors
    /// Those of [`Verifier::attached`]; [`Error::Unsigned`], [`Error::SigningTime`]; [`Error::Agency`], [`Error::Holder`], [`Error::Request`];
    /// and those of [`ConsentStatement::from_der`].
    pub fn verify(&self, message: &[u8]) -> Result<Consent, Error> {
        let signed = SignedData::parse(message)?;
        let verified = Verifier::new(self.path, self.at)
            .content_type(Oid::CONSENT)
            .strict(&signed)?;
        let certificate = verified.signature.signer;
        let signing_time = verified.signature.signing_time;
        let signing_time = signing_time.ok_or(Error::SigningTime)?;
        check_validity(certificate, signing_time).map_err(|_| Error::SigningTime)?;
        let statement = ConsentStatement::from_der(verified.content)?;
        if statement.agency.identifier != self.agency {
            return Err(Error::Agency);
        }
        if self.holder.is_some_and(|holder| holder != statement.holder) {
            return Err(Error::Holder);
        }
        if self.request_id.is_some_and(|id| id != statement.request_id) {
            return Err(Error::Request);
        }
        Ok(Consent {
            statement,
            certificate: certificate.clone(),
            signing_time,
        })
    }
}
