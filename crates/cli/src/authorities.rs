//! The authorities of natural-person certificates, and their revocation lists, from folders.

use std::path::{Path, PathBuf};

use host_lib::{Certificate, RevocationList, Time};
use pki::TrustAnchor;
use signing::TrustedAuthorities;

use crate::arguments::certificates::SignerTrust;
use crate::failure::Failure;
use crate::pki_folder;
use crate::trust;

/// Who certifies persons.
pub(crate) struct Authorities {
    anchors: Vec<TrustAnchor>,
    certificates: Vec<Certificate>,
    lists: Vec<RevocationList>,
    without_lists: bool,
    /// The day of the check, if it is not today.
    on: Option<String>,
}

impl Authorities {
    /// Those that the arguments name: whoever signed its own certificate is an anchor.
    pub(crate) fn read(trust: &SignerTrust) -> Result<Self, Failure> {
        let mut authorities = Self {
            anchors: Vec::new(),
            certificates: Vec::new(),
            lists: Vec::new(),
            without_lists: trust.without_revocation_lists,
            on: trust.on.clone(),
        };
        for folder in &trust.trust {
            let (certificates, lists) = trust::read_folder(&place(folder))?;
            for (path, certificate) in certificates {
                if certificate.is_self_signed() {
                    let anchor = match trust.allow_test_anchors {
                        true => TrustAnchor::from_test_certificate(certificate),
                        false => TrustAnchor::from_certificate(certificate),
                    };
                    let anchor = anchor.map_err(|error| trust::refused(&path, error))?;
                    authorities.anchors.push(anchor);
                } else {
                    authorities.certificates.push(certificate);
                }
            }
            authorities
                .lists
                .extend(lists.into_iter().map(|(_, list)| list));
        }
        Ok(authorities)
    }

    /// Certificates for whoever receives a signature and has the anchor alone; nobody is trusted for them.
    pub(crate) fn to_send_along(folders: &[PathBuf]) -> Result<Vec<Certificate>, Failure> {
        let mut known = Vec::new();
        for folder in folders.iter().map(|folder| place(folder)) {
            let (certificates, _) = trust::read_folder(&folder)?;
            known.extend(certificates.into_iter().map(|(_, certificate)| certificate));
        }
        known.retain(|certificate| !certificate.is_self_signed());
        Ok(known)
    }

    /// The moment of a check that is made now.
    pub(crate) fn time(&self) -> Result<Time, Failure> {
        trust::moment(self.on.as_deref())
    }

    /// The library's validator.
    pub(crate) fn validator(&self) -> TrustedAuthorities<'_> {
        let authorities = TrustedAuthorities::new(&self.anchors)
            .intermediates(&self.certificates)
            .revocation_lists(&self.lists);
        match self.without_lists {
            true => authorities.without_revocation_lists(),
            false => authorities,
        }
    }
}

/// The folder itself, or the natural-person PKI's in that of a test PKI.
fn place(folder: &Path) -> PathBuf {
    let inside = folder.join(pki_folder::CITIZENS);
    match inside.is_dir() {
        true => inside,
        false => folder.to_owned(),
    }
}

/// The certificates on the way up from this one, the next first, as far as they are known.
pub(crate) fn above<'a>(
    certificate: &'a Certificate,
    known: &'a [Certificate],
) -> Vec<&'a Certificate> {
    let mut way = vec![certificate];
    while let Some(identifier) = way.last().and_then(|last| last.authority_key_identifier()) {
        let mut known = known.iter();
        let next = known.find(|it| it.subject_key_identifier() == Some(identifier));
        match next {
            Some(next) if !way.contains(&next) => way.push(next),
            _ => break,
        }
    }
    way.split_off(1)
}
