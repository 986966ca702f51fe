//! Which names the CAs of a path may certify (RFC 5280 §4.2.1.10 and §6.1.3 (b), (c)).
//!
//! The constraints of each CA are kept as they are, and a name has to satisfy all of them: that is the intersection of the
//! permitted subtrees and the union of the excluded ones which §6.1.4 (g) computes.

use const_oid::db::rfc3280::EMAIL_ADDRESS;
use x509_cert::ext::pkix::NameConstraints;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;

use crate::certificate::{Certificate, PathExtensions};
use crate::name::{is_below, texts};
use crate::{Error, Role};

/// The constraints of all CAs so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Constraints(Vec<NameConstraints>);

impl Constraints {
    /// RFC 5280 §6.1.4 (g).
    pub(super) fn add(&mut self, constraints: &NameConstraints) {
        self.0.push(constraints.clone());
    }

    /// Whether every name of the certificate is allowed.
    pub(super) fn check(
        &self,
        certificate: &Certificate,
        extensions: &PathExtensions,
        role: Role,
    ) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        for name in names(certificate.subject(), extensions)? {
            for constraints in &self.0 {
                check_name(constraints, &name, role)?;
            }
        }
        Ok(())
    }
}

/// The names of a certificate: its subject, the mail addresses in it, and its alternative names.
fn names(subject: &Name, extensions: &PathExtensions) -> Result<Vec<GeneralName>, Error> {
    let mut names = match &extensions.alternative_names {
        Some(names) => names.clone()?,
        None => Vec::new(),
    };
    if !subject.is_empty() {
        names.push(GeneralName::DirectoryName(subject.clone()));
    }
    // §4.2.1.10 asks for them where there are no alternative names; a CA that may not certify a mail address should not get
    // around that by adding another name.
    for address in texts(subject, EMAIL_ADDRESS) {
        let address = der::asn1::Ia5String::new(&address);
        let address = address.map_err(Error::malformed("mail address in a subject"))?;
        names.push(GeneralName::Rfc822Name(address));
    }
    Ok(names)
}

fn check_name(constraints: &NameConstraints, name: &GeneralName, role: Role) -> Result<(), Error> {
    let form = form(name);
    let of_form = |subtrees: &Option<Vec<GeneralSubtree>>| -> Result<Vec<GeneralSubtree>, Error> {
        let subtrees = subtrees.iter().flatten();
        let same = subtrees.filter(|subtree| self::form(&subtree.base) == form);
        let same: Vec<_> = same.cloned().collect();
        match same
            .iter()
            .any(|it| it.minimum != 0 || it.maximum.is_some())
        {
            true => Err(Error::NameConstraint { role, form }),
            false => Ok(same),
        }
    };
    let matches_any = |subtrees: &[GeneralSubtree]| -> Result<bool, Error> {
        for subtree in subtrees {
            let inside = is_inside(name, &subtree.base);
            if inside.ok_or(Error::NameConstraint { role, form })? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    if matches_any(&of_form(&constraints.excluded_subtrees)?)? {
        return Err(Error::NameExcluded { role, form });
    }
    let permitted = of_form(&constraints.permitted_subtrees)?;
    if !permitted.is_empty() && !matches_any(&permitted)? {
        return Err(Error::NameNotPermitted { role, form });
    }
    Ok(())
}

/// What a form of names is called in RFC 5280.
fn form(name: &GeneralName) -> &'static str {
    match name {
        GeneralName::OtherName(_) => "otherName",
        GeneralName::Rfc822Name(_) => "rfc822Name",
        GeneralName::DnsName(_) => "dNSName",
        GeneralName::DirectoryName(_) => "directoryName",
        GeneralName::EdiPartyName(_) => "ediPartyName",
        GeneralName::UniformResourceIdentifier(_) => "uniformResourceIdentifier",
        GeneralName::IpAddress(_) => "iPAddress",
        GeneralName::RegisteredId(_) => "registeredID",
    }
}

/// Whether a name lies in a subtree; `None` if nobody knows: the form is not processed here, or the name cannot be compared. Then
/// §4.2.1.10 has the certificate refused.
fn is_inside(name: &GeneralName, base: &GeneralName) -> Option<bool> {
    match (name, base) {
        (GeneralName::DirectoryName(name), GeneralName::DirectoryName(base)) => {
            Some(is_below(name, base))
        }
        (GeneralName::Rfc822Name(name), GeneralName::Rfc822Name(base)) => {
            is_mailbox_inside(name.as_str(), base.as_str())
        }
        (GeneralName::DnsName(name), GeneralName::DnsName(base)) => {
            Some(is_host_inside(name.as_str(), base.as_str()))
        }
        (
            GeneralName::UniformResourceIdentifier(name),
            GeneralName::UniformResourceIdentifier(base),
        ) => is_uri_inside(name.as_str(), base.as_str()),
        (GeneralName::IpAddress(name), GeneralName::IpAddress(base)) => {
            is_address_inside(name.as_bytes(), base.as_bytes())
        }
        _ => None,
    }
}

/// A mailbox, all mailboxes of a host, or (".example.com") those of every host in a domain.
fn is_mailbox_inside(name: &str, base: &str) -> Option<bool> {
    let (local, host) = name.rsplit_once('@')?;
    Some(match base.rsplit_once('@') {
        // RFC 5280 §7.5: the local part is compared as it is.
        Some((base_local, base_host)) => {
            local == base_local && host.eq_ignore_ascii_case(base_host)
        }
        None => is_host_or_domain(host, base),
    })
}

/// The host itself, and whatever can be made by adding labels on the left.
fn is_host_inside(name: &str, base: &str) -> bool {
    base.is_empty() || name.eq_ignore_ascii_case(base) || is_in_domain(name, base)
}

/// The host of the address; one without a host, or with a number for one, is not comparable.
fn is_uri_inside(uri: &str, base: &str) -> Option<bool> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, it)| it);
    let host = host.split(':').next()?;
    let is_name = host.chars().any(|it| it.is_ascii_alphabetic()) && !host.starts_with('[');
    is_name.then(|| is_host_or_domain(host, base))
}

/// "example.com" is this host alone, ".example.com" every host in the domain and not the domain itself.
fn is_host_or_domain(host: &str, base: &str) -> bool {
    match base.starts_with('.') {
        true => is_in_domain(host, base),
        false => host.eq_ignore_ascii_case(base),
    }
}

fn is_in_domain(host: &str, domain: &str) -> bool {
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    let split = host.len().checked_sub(domain.len() + 1);
    split
        .and_then(|at| host.split_at_checked(at))
        .is_some_and(|(label, rest)| {
            let rest = rest.strip_prefix('.');
            !label.is_empty() && rest.is_some_and(|rest| rest.eq_ignore_ascii_case(domain))
        })
}

/// An address, or a range of addresses, under address and mask.
fn is_address_inside(name: &[u8], base: &[u8]) -> Option<bool> {
    if base.len() != 2 * name.len() || !matches!(name.len(), 4 | 16) {
        // The other version of the protocol is outside; anything else is no address.
        return matches!((name.len(), base.len()), (4, 32) | (16, 8)).then_some(false);
    }
    let (address, mask) = base.split_at_checked(name.len())?;
    let mut bytes = name.iter().zip(address).zip(mask);
    Some(bytes.all(|((one, other), mask)| one & mask == other & mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_itself_or_of_a_host_or_of_a_domain() {
        let inside = |base| is_mailbox_inside("Amy@mail.Example.com", base);
        for base in ["Amy@mail.example.com", "mail.example.com", ".example.com"] {
            assert_eq!(inside(base), Some(true), "{base}");
        }
        for base in [
            "amy@mail.example.com",
            "example.com",
            ".mail.example.com",
            ".com.tw",
        ] {
            assert_eq!(inside(base), Some(false), "{base}");
        }
        assert_eq!(is_mailbox_inside("no mailbox", ".example.com"), None);
    }

    #[test]
    fn a_host_name_grows_on_the_left_by_whole_labels() {
        for name in ["example.com", "EXAMPLE.com", "a.b.example.com"] {
            assert!(is_host_inside(name, "example.com"), "{name}");
        }
        for name in ["badexample.com", "example.com.tw", ".example.com", "com"] {
            assert!(!is_host_inside(name, "example.com"), "{name}");
        }
        assert!(!is_host_inside("example.com", ".example.com"));
        assert!(is_host_inside("anything", ""));
        assert!(!is_host_inside("é", "é.com"));
    }

    #[test]
    fn a_uri_is_judged_by_its_host() {
        let inside = |uri| is_uri_inside(uri, ".example.com");
        assert_eq!(inside("https://me@a.example.com:8443/x"), Some(true));
        assert_eq!(inside("ldap://example.com"), Some(false));
        assert_eq!(inside("https://evil.com/?a.example.com"), Some(false));
        assert_eq!(inside("https://evil.com#@a.example.com"), Some(false));
        for unknown in [
            "urn:x:y",
            "https://192.0.2.1/",
            "https://[2001:db8::a]/",
            "https:///x",
        ] {
            assert_eq!(inside(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn an_address_is_compared_under_its_mask() {
        let net = [192, 0, 2, 0, 255, 255, 255, 0];
        assert_eq!(is_address_inside(&[192, 0, 2, 77], &net), Some(true));
        assert_eq!(is_address_inside(&[192, 0, 3, 77], &net), Some(false));
        assert_eq!(is_address_inside(&[0; 16], &net), Some(false));
        assert_eq!(is_address_inside(&[192, 0, 2], &net), None);
    }
}
