//! Which certificates a list speaks about, and for which reasons (RFC 5280 §6.3.3 (b) to (e)).

use x509_cert::ext::pkix::crl::dp::{DistributionPoint, ReasonFlags};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::name::{Name, RdnSequence};

use crate::certificate::Certificate;
use crate::name::same_name;
use crate::revocation::RevocationList;

/// A set of reasons for revocation, one bit each as in ReasonFlags (RFC 5280 §4.2.1.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reasons(u16);

impl Reasons {
    pub(super) const NONE: Self = Self(0);
    /// Bits 1 to 8; bit 0 is unused.
    pub(super) const ALL: Self = Self(0x1FE);

    /// No flags at all stand for all reasons.
    fn from_flags(flags: Option<&ReasonFlags>) -> Self {
        flags.map_or(Self::ALL, |flags| Self(flags.bits() & Self::ALL.0))
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is anything in it that is not in `other`.
    pub(super) fn adds_to(self, other: Self) -> bool {
        self.0 & !other.0 != 0
    }
}

/// Where a certificate says that lists about it are to be found.
#[derive(Clone, Debug)]
pub(super) struct Point {
    names: Option<Vec<GeneralName>>,
    reasons: Reasons,
    list_issuers: Option<Vec<GeneralName>>,
}

impl Point {
    /// The points of a certificate, and, last, the one that §6.3.3 assumes for lists outside of them: the name of the issuer.
    pub(super) fn all_of(certificate: &Certificate, points: &[DistributionPoint]) -> Vec<Self> {
        let issuer = certificate.issuer();
        let mut all: Vec<_> = points.iter().map(|it| Self::new(it, issuer)).collect();
        all.push(Self {
            names: Some(vec![GeneralName::DirectoryName(issuer.clone())]),
            reasons: Reasons::ALL,
            list_issuers: None,
        });
        all
    }

    fn new(point: &DistributionPoint, issuer: &Name) -> Self {
        let list_issuers = point.crl_issuer.clone();
        let base = list_issuers.iter().flatten().find_map(directory_name);
        let base = base.unwrap_or(issuer);
        let names = point.distribution_point.as_ref();
        Self {
            names: names.map(|names| full_names(names, base)),
            reasons: Reasons::from_flags(point.reasons.as_ref()),
            list_issuers,
        }
    }

    /// Whether it names this list issuer, who is another one than that of the certificate.
    pub(super) fn delegates_to(&self, name: &Name) -> bool {
        let issuers = self.list_issuers.iter().flatten();
        issuers
            .filter_map(directory_name)
            .any(|it| same_name(it, name))
    }

    /// (b) (1): whether the list was issued by whoever may speak here.
    pub(super) fn is_of_issuer(&self, list: &RevocationList, certificate: &Certificate) -> bool {
        match &self.list_issuers {
            Some(_) => {
                let indirect = list.scope().is_some_and(|scope| scope.indirect_crl);
                indirect && self.delegates_to(list.issuer())
            }
            None => same_name(list.issuer(), certificate.issuer()),
        }
    }

    /// (b) (2) and (d): the reasons for which the list speaks about this certificate; none if it does not.
    pub(super) fn reasons_of(&self, list: &RevocationList, certificate: &Certificate) -> Reasons {
        let Some(scope) = list.scope() else {
            return self.reasons;
        };
        let is_ca = certificate.extensions().ca.is_some();
        let elsewhere = scope.only_contains_attribute_certs
            || (scope.only_contains_user_certs && is_ca)
            || (scope.only_contains_ca_certs && !is_ca);
        let names = scope.distribution_point.as_ref();
        let same_point = names.is_none_or(|names| {
            let theirs = full_names(names, list.issuer());
            let ours = self.names.as_ref().or(self.list_issuers.as_ref());
            let mut ours = ours.into_iter().flatten();
            ours.any(|one| theirs.iter().any(|other| is_same(one, other)))
        });
        match same_point && !elsewhere {
            true => self
                .reasons
                .and(Reasons::from_flags(scope.only_some_reasons.as_ref())),
            false => Reasons::NONE,
        }
    }
}

fn directory_name(name: &GeneralName) -> Option<&Name> {
    match name {
        GeneralName::DirectoryName(name) => Some(name),
        _ => None,
    }
}

/// The names of a point, one that is relative to the issuer of lists (`base`) written out.
fn full_names(names: &DistributionPointName, base: &Name) -> Vec<GeneralName> {
    match names {
        DistributionPointName::FullName(names) => names.clone(),
        DistributionPointName::NameRelativeToCRLIssuer(last) => {
            let mut sequence = RdnSequence::default();
            base.iter_rdn().cloned().for_each(|rdn| sequence.push(rdn));
            sequence.push(last.clone());
            vec![GeneralName::DirectoryName(Name::hazmat_from_rdn_sequence(
                sequence,
            ))]
        }
    }
}

fn is_same(one: &GeneralName, other: &GeneralName) -> bool {
    match (one, other) {
        (GeneralName::DirectoryName(one), GeneralName::DirectoryName(other)) => {
            same_name(one, other)
        }
        _ => one == other,
    }
}
