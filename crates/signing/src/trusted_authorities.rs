//! Whom a verifier trusts, by RFC 5280.

use pki::{Certificate, Error, PathReport, PathValidation, RevocationList, Time, TrustAnchor};

use crate::{Failure, PathValidator};

/// Trust anchors, the authorities below them, and their revocation lists: a [`PathValidator`] by RFC 5280 ([`PathValidation`]).
///
/// Whoever needs more of a path, policies or lists that are fetched when they are needed, writes a closure over [`PathValidation`] instead.
///
/// ```
/// # mod key { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/key.rs")); }
/// # use key::{SoftwareKey, certificate};
/// use pki::{Time, TrustAnchor};
/// use signing::{Error, Oid, SignedData, SignedDataBuilder, TrustedAuthorities, Verifier};
/// # let now = Time::utc(2026, 11, 30, 9, 0, 0)?;
/// # let mut key = SoftwareKey::signature();
/// # let message = SignedDataBuilder::new(Oid::DATA).signing_time(now).attached(b"a letter", &mut key)?;
///
/// let anchors = [TrustAnchor::from_certificate(certificate("ca"))?];
/// let authorities = TrustedAuthorities::new(&anchors);
/// let signed = SignedData::parse(&message)?;
///
/// // Nobody knows whether the certificate was revoked.
/// let refused = Verifier::new(&authorities, now).attached(&signed);
/// assert!(matches!(refused, Err(Error::Path(_))));
///
/// let authorities = authorities.without_revocation_lists();
/// assert_eq!(Verifier::new(&authorities, now).attached(&signed)?.content, b"a letter");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TrustedAuthorities<'a> {
    anchors: &'a [TrustAnchor],
    intermediates: &'a [Certificate],
    lists: &'a [RevocationList],
    revocation_wanted: bool,
}

impl<'a> TrustedAuthorities<'a> {
    /// These anchors. Without lists nobody is trusted, unless [`without_revocation_lists`](Self::without_revocation_lists) says that this is
    /// intended.
    #[must_use]
    pub const fn new(anchors: &'a [TrustAnchor]) -> Self {
        Self {
            anchors,
            intermediates: &[],
            lists: &[],
            revocation_wanted: true,
        }
    }

    /// Certificates of authorities below the anchors, in any order. Those that come in a message are tried as well.
    #[must_use]
    pub const fn intermediates(mut self, intermediates: &'a [Certificate]) -> Self {
        self.intermediates = intermediates;
        self
    }

    /// The lists in which every certificate of a path is looked up.
    #[must_use]
    pub const fn revocation_lists(mut self, lists: &'a [RevocationList]) -> Self {
        self.lists = lists;
        self
    }

    /// Does without lists: what was revoked passes.
    #[must_use]
    pub const fn without_revocation_lists(mut self) -> Self {
        self.revocation_wanted = false;
        self
    }

    /// Every check of the way from a certificate to an anchor. `others` may be on it; nobody vouches for them.
    pub fn report(
        &self,
        certificate: &Certificate,
        others: &[Certificate],
        at: Time,
    ) -> PathReport {
        let pool = [self.intermediates, others].concat();
        let validation = PathValidation::new(self.anchors, at)
            .intermediates(&pool)
            .revocation_lists(self.lists);
        let validation = match self.revocation_wanted {
            true => validation,
            false => validation.without_revocation_lists(),
        };
        validation.validate(certificate)
    }
}

/// The first check that failed is the reason; [`TrustedAuthorities::report`] has all of them.
impl PathValidator for TrustedAuthorities<'_> {
    fn validate(
        &self,
        certificate: &Certificate,
        others: &[Certificate],
        at: Time,
    ) -> Result<(), Failure> {
        let report = self.report(certificate, others, at);
        if report.is_ok() {
            return Ok(());
        }
        let first = report.errors().next().cloned();
        Err(first
            .unwrap_or(Error::UntrustedIssuer {
                role: pki::Role::EndEntity,
            })
            .into())
    }
}
