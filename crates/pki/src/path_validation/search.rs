//! Ways from a certificate up to a trust anchor: by key identifiers, never by name alone.
//!
//! Taiwan's MOICA has called three generations of keys by one name, and a pool of certificates comes from a stranger. The
//! identifier of the issuing key selects the candidates; name and signature have to agree before a candidate is followed; no
//! name comes with the same key twice on a way; and what is tried is counted.

use core::cell::Cell;
use core::ops::ControlFlow;

use const_oid::db::rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER;
use x509_cert::name::Name;

use super::anchor::TrustAnchor;
use crate::certificate::Certificate;
use crate::name::same_name;
use crate::public_key::PublicKey;
use crate::trust::check_validity;
use crate::{Error, Role, Time};

/// More certificates than any honest path has.
pub(super) const MAX_CERTIFICATES: usize = 16;

/// More signatures than any honest set of certificates and lists needs; a second of work.
pub(super) const MAX_SIGNATURES: usize = 1024;

/// The role of the certificate so many steps above the end entity.
pub(super) fn role(position: usize) -> Role {
    match u8::try_from(position) {
        Ok(0) => Role::EndEntity,
        Ok(position) => Role::Ca(position),
        Err(_) => Role::Ca(u8::MAX),
    }
}

/// The signatures that may still be verified.
#[derive(Debug)]
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub(super) fn new() -> Self {
        Self(Cell::new(MAX_SIGNATURES))
    }

    pub(super) fn spend(&self) -> Result<(), Error> {
        let left = self.0.get().checked_sub(1).ok_or(Error::SearchLimit {
            what: "signatures",
            limit: MAX_SIGNATURES,
        })?;
        self.0.set(left);
        Ok(())
    }

    pub(super) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}

/// A way that leads to an anchor, or why one does not.
pub(super) type Found<'s, 'a> = Result<(&'s [&'a Certificate], &'a TrustAnchor), Error>;

/// Where to look.
pub(super) struct Search<'a> {
    pub(super) anchors: &'a [TrustAnchor],
    pub(super) pool: &'a [Certificate],
    pub(super) time: Time,
    pub(super) budget: &'a Budget,
}

impl<'a> Search<'a> {
    /// Reports every way from the last certificate of `below`, which begins with the end entity, to an anchor, and every
    /// candidate that fails, until `report` breaks off.
    pub(super) fn run(
        &self,
        below: &mut Vec<&'a Certificate>,
        report: &mut dyn FnMut(Found<'_, 'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some(certificate) = below.last().copied() else {
            return ControlFlow::Continue(());
        };
        let role = role(below.len() - 1);
        let Some(issuing_key) = certificate.authority_key_identifier() else {
            return report(Err(Error::MissingExtension {
                role,
                extension: ID_CE_AUTHORITY_KEY_IDENTIFIER,
            }));
        };
        for anchor in self.anchors {
            if anchor.may_be(issuing_key, certificate.issuer()) {
                let issued =
                    self.check_issued(certificate, role, anchor.name(), Ok(anchor.public_key()));
                report(issued.map(|()| (below.as_slice(), anchor)))?;
            }
        }
        for candidate in self.candidates(issuing_key) {
            if below.iter().any(|it| is_repeated(it, candidate)) {
                continue;
            }
            let key = candidate.public_key();
            let issued = self.check_issued(
                certificate,
                role,
                candidate.subject(),
                key.as_ref().map_err(Error::clone),
            );
            if let Err(error) = issued {
                report(Err(error))?;
                continue;
            }
            if below.len() == MAX_CERTIFICATES {
                report(Err(Error::SearchLimit {
                    what: "certificates",
                    limit: MAX_CERTIFICATES,
                }))?;
                continue;
            }
            below.push(candidate);
            let flow = self.run(below, report);
            below.pop();
            flow?;
        }
        ControlFlow::Continue(())
    }

    /// The certificates of the pool with this key, those that are valid first.
    fn candidates(&self, key: &[u8]) -> impl Iterator<Item = &'a Certificate> {
        let pool = self.pool.iter();
        let mut found: Vec<_> = pool
            .filter(|it| it.subject_key_identifier() == Some(key))
            .collect();
        found.sort_by_key(|it| check_validity(it, Role::Ca(1), self.time).is_err());
        found.into_iter()
    }

    /// Whether an issuer of this name and key issued the certificate.
    fn check_issued(
        &self,
        certificate: &Certificate,
        role: Role,
        issuer: &Name,
        key: Result<&PublicKey, Error>,
    ) -> Result<(), Error> {
        if !same_name(certificate.issuer(), issuer) {
            return Err(Error::NameChaining { role });
        }
        self.budget.spend()?;
        let verified = certificate.verify_signature(key?);
        verified.map_err(|error| match error {
            Error::Signature => Error::CertificateSignature { role },
            other => other.at(role, "signatureAlgorithm"),
        })
    }
}

/// The same name with the same key: a way that comes by there again goes round in circles (RFC 4158 §2.4.2).
fn is_repeated(one: &Certificate, other: &Certificate) -> bool {
    one.subject_public_key_info() == other.subject_public_key_info()
        && same_name(one.subject(), other.subject())
}
