//! Where certificates and lists are published, and under which policy: what an authority decides once and writes into
//! everything that it issues. Nothing here opens a connection.

use const_oid::ObjectIdentifier;

use super::{CertificationError, ListIssuer};
use crate::error::Error;

/// The policy of a test, under the enterprise number that RFC 5612 sets aside for examples: no service can take a
/// certificate with it for one of the real authority, whose policies lie under 2.16.886.1.100.
const TEST_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.886.1");

/// The place under which lists and certificates of the authorities can be fetched, and the certificate policy.
///
/// ```
/// use issuer::{ListIssuer, Publication};
///
/// let publication = Publication::at("http://citizen-pki.test/")?;
/// assert_eq!(publication.list(ListIssuer::Generation(2)), "http://citizen-pki.test/generation-2.crl");
/// assert!(Publication::at("ftp://citizen-pki.test/").is_err());
/// # Ok::<(), issuer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    base: String,
    policy: ObjectIdentifier,
}

impl Publication {
    /// Under this http URI, which ends in a slash (RFC 5280 §4.2.1.13: lists are fetched with HTTP; they are signed, and
    /// with https fetching one would need another).
    ///
    /// # Errors
    /// [`CertificationError::Publication`].
    pub fn at(base: &str) -> Result<Self, Error> {
        let host = base.strip_prefix("http://").unwrap_or_default();
        let visible = base.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible || !host.ends_with('/') || host.starts_with('/') || base.len() > 200 {
            return Err(CertificationError::Publication.into());
        }
        Ok(Self {
            base: base.to_owned(),
            policy: TEST_POLICY,
        })
    }

    /// With another certificate policy than that of tests.
    #[must_use]
    pub fn under_policy(mut self, policy: ObjectIdentifier) -> Self {
        self.policy = policy;
        self
    }

    /// The certificate policy.
    pub const fn policy(&self) -> ObjectIdentifier {
        self.policy
    }

    /// Where the revocation list of an authority lies.
    pub fn list(&self, issuer: ListIssuer) -> String {
        format!("{}{issuer}.crl", self.base)
    }

    /// Where the certificate of an authority lies, DER-encoded.
    pub fn certificate(&self, issuer: ListIssuer) -> String {
        format!("{}{issuer}.crt", self.base)
    }

    /// Two lines of text.
    pub(super) fn to_text(&self) -> String {
        format!("{}\n{}\n", self.base, self.policy)
    }

    /// Reads what [`Self::to_text`] writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (base, policy) = text.strip_suffix('\n')?.split_once('\n')?;
        let policy = ObjectIdentifier::new(policy).ok()?;
        Some(Self::at(base).ok()?.under_policy(policy))
    }
}
