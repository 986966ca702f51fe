//! From a certificate to an anchor: by authority key identifier, never by name alone.
//!
//! Names prove nothing: Taiwan's MOICA, for one, has called three generations of keys by the same name. The identifier of
//! the issuing key selects the candidates; then name, signature and constraints have to agree.

use crate::certificate::Certificate;
use crate::name::{country, same_name};
use crate::{Error, Role, Time, TrustStore};

use super::verify_signature;

/// More changes of key than any country makes while a passport is valid.
const MAX_LINKS: usize = 8;

/// The certificates from the issuer of a certificate up to an anchor.
#[derive(Clone, Debug)]
pub(crate) struct Path<'a> {
    /// The issuer first, the anchor last.
    issuers: Vec<&'a Certificate>,
}

impl<'a> Path<'a> {
    pub(crate) fn anchor(&self) -> Option<&'a Certificate> {
        self.issuers.last().copied()
    }

    /// The link certificates on the way.
    pub(crate) fn links(&self) -> &[&'a Certificate] {
        self.issuers
            .split_last()
            .map(|(_, links)| links)
            .unwrap_or_default()
    }

    /// Whether every issuer on the way is valid at `time`.
    pub(crate) fn check_validity(&self, time: Time) -> Result<(), Error> {
        for link in self.links() {
            check_validity(link, Role::Link, time)?;
        }
        match self.anchor() {
            Some(anchor) => check_validity(anchor, Role::CountrySigningCa, time),
            None => Ok(()),
        }
    }
}

/// Whether `certificate` is valid at `time` (RFC 5280 §4.1.2.5: both ends included).
pub(crate) fn check_validity(
    certificate: &Certificate,
    role: Role,
    time: Time,
) -> Result<(), Error> {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if time < not_before {
        return Err(Error::NotYetValid { role, not_before });
    }
    if time > not_after {
        return Err(Error::Expired { role, not_after });
    }
    Ok(())
}

impl TrustStore {
    /// The way from `certificate` to an anchor. Where there are several, one that is valid at `time` is preferred, and a
    /// shorter one to a longer one. Validity itself is a check of its own.
    ///
    /// # Errors
    /// Why the most promising way fails.
    pub(crate) fn path(
        &self,
        certificate: &Certificate,
        role: Role,
        time: Option<Time>,
    ) -> Result<Path<'_>, Error> {
        let mut paths = Vec::new();
        let mut first_error = None;
        self.search(
            certificate,
            role,
            &mut Vec::new(),
            &mut |found| match found {
                Ok(issuers) => paths.push(Path { issuers }),
                Err(error) => first_error = first_error.take().or(Some(error)),
            },
        );
        let valid = |path: &Path<'_>| time.is_none_or(|time| path.check_validity(time).is_ok());
        let best = paths
            .iter()
            .position(valid)
            .or((!paths.is_empty()).then_some(0));
        match best {
            Some(best) => Ok(paths.swap_remove(best)),
            None => Err(first_error.unwrap_or(Error::UntrustedIssuer { role })),
        }
    }

    /// Reports every way from `certificate`, whose path so far is `below`, to an anchor, and every candidate that fails.
    fn search<'a>(
        &'a self,
        certificate: &Certificate,
        role: Role,
        below: &mut Vec<&'a Certificate>,
        report: &mut dyn FnMut(Result<Vec<&'a Certificate>, Error>),
    ) {
        let Some(issuing_key) = certificate.authority_key_identifier() else {
            return report(Err(Error::MissingExtension {
                role,
                extension: const_oid::db::rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
            }));
        };
        let has_key =
            |candidate: &&Certificate| candidate.subject_key_identifier() == Some(issuing_key);
        for anchor in self.anchors.iter().filter(has_key) {
            report(
                check_issued(certificate, role, anchor, Role::CountrySigningCa, below)
                    .map(|()| below.iter().copied().chain([anchor]).collect()),
            );
        }
        if below.len() >= MAX_LINKS {
            return;
        }
        for link in self.links.iter().filter(has_key) {
            if link == certificate || below.contains(&link) {
                continue;
            }
            match check_issued(certificate, role, link, Role::Link, below) {
                Ok(()) => {
                    below.push(link);
                    self.search(link, Role::Link, below, report);
                    below.pop();
                }
                Err(error) => report(Err(error)),
            }
        }
    }

    /// The certificate whose key `identifier` names, if it leads to an anchor and its subject is called `name`.
    pub(crate) fn issuer_of_lists(
        &self,
        identifier: &[u8],
        name: &x509_cert::name::Name,
        time: Time,
    ) -> Option<&Certificate> {
        let fits = |candidate: &&Certificate| {
            candidate.subject_key_identifier() == Some(identifier)
                && same_name(candidate.subject(), name)
                && candidate
                    .extensions()
                    .key_usage
                    .is_some_and(|usage| usage.crl_sign())
        };
        let anchors = self.anchors.iter().filter(fits);
        let links = self.links.iter().filter(fits);
        let mut valid = anchors
            .filter(|anchor| check_validity(anchor, Role::CountrySigningCa, time).is_ok())
            .chain(links.filter(|link| {
                let path = self.path(link, Role::Link, Some(time));
                check_validity(link, Role::Link, time).is_ok()
                    && path.is_ok_and(|path| path.check_validity(time).is_ok())
            }));
        valid.next()
    }
}

/// Whether `issuer`, a CA of the store, issued `certificate` and was allowed to; `below` are the issuers between the end of the path and
/// `certificate`, itself included if it is one.
fn check_issued(
    certificate: &Certificate,
    role: Role,
    issuer: &Certificate,
    issuer_role: Role,
    below: &[&Certificate],
) -> Result<(), Error> {
    if !same_name(certificate.issuer(), issuer.subject()) {
        return Err(Error::NameChaining { role });
    }
    verify_signature(certificate, &issuer.public_key()?, role)?;
    let countries = (country(certificate.subject()), country(issuer.subject()));
    if countries.0 != countries.1 {
        return Err(Error::Country { role });
    }
    // RFC 5280 §4.2.1.9: self-issued certificates, which links are as long as the country keeps its name, do not count.
    let intermediate = below
        .iter()
        .filter(|it| !same_name(it.subject(), it.issuer()))
        .count();
    let allowed = issuer.extensions().ca.and_then(|ca| ca.path_len);
    if allowed.is_some_and(|allowed| intermediate > usize::from(allowed)) {
        return Err(Error::PathLength { role: issuer_role });
    }
    Ok(())
}
