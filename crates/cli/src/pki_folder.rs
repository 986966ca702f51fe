//! The folder beside a card: what a verifier needs on top, and what only the issuer may have below it.
//!
//! ```text
//! specimen-pki/
//!     csca.pem csca-link.pem csca.crl …               for --trust
//!     lost-cards/register.pem lost-cards.crl          the list of lost cards, read along with it
//!     sectors/BANK/register.pem revoked.crl           revoked pseudonyms, for the agency of this sector
//!     citizens/root.crt root.crl generation-1.crt …   the authorities of the natural-person PKI, and their lists
//!     issuer/                                         private keys of the test PKI: never for a verifier
//!     issuer/cards/ lost-cards.crl operator.log …     which cards there are, which are lost, who did what
//!     issuer/citizens/                                the natural-person PKI: keys, certificates, what is revoked
//!     issuer/agencies/TWMOICVCA00001.cvcert …         the agency PKI: keys, certificates, and who got which
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use host_lib::{Certificate, RevocationList, TrustStore};

use crate::failure::Failure;
use crate::files::{self, Existing};

/// The subfolder with the register of lost cards and its list.
pub(crate) const LOST_CARDS: &str = "lost-cards";

/// The list itself, in that subfolder.
pub(crate) const LOST_CARD_LIST: &str = "lost-cards.crl";

/// The subfolder with the lists of revoked pseudonyms, one folder a sector.
pub(crate) const SECTORS: &str = "sectors";

/// Where the private keys of the test PKI are kept.
pub(crate) fn authority(folder: &Path) -> PathBuf {
    folder.join("issuer")
}

/// Where the agency PKI is kept, which lets terminals open the cards.
pub(crate) fn agencies(folder: &Path) -> PathBuf {
    authority(folder).join("agencies")
}

/// The subfolder with the certificates and lists of the natural-person PKI's authorities.
pub(crate) const CITIZENS: &str = "citizens";

/// Where the natural-person PKI is kept.
pub(crate) fn citizens(folder: &Path) -> PathBuf {
    authority(folder).join(CITIZENS)
}

/// The public part of a test PKI.
pub(crate) struct Published<'a> {
    pub(crate) anchors: &'a TrustStore,
    pub(crate) revocation_lists: &'a [RevocationList],
    pub(crate) lost_card_anchors: &'a TrustStore,
    pub(crate) lost_cards: &'a RevocationList,
}

/// Writes what a verifier needs. The anchors of another PKI are replaced only by force: the cards that go with them could no
/// longer be verified.
pub(crate) fn publish(
    published: &Published<'_>,
    folder: &Path,
    existing: Existing,
) -> Result<(), Failure> {
    let mut anchors = Vec::new();
    for (name, certificate) in names("csca", published.anchors.anchors()) {
        anchors.push((folder.join(name), pem(certificate)?));
    }
    for (path, contents) in &anchors {
        if existing == Existing::Keep && is_other(path, contents)? {
            return Err(Failure::OtherPki { path: path.clone() });
        }
    }
    let lost_cards = folder.join(LOST_CARDS);
    files::make_folder(&lost_cards)?;
    for (path, contents) in &anchors {
        files::replace(path, contents.as_bytes())?;
    }
    for (name, link) in names("csca-link", published.anchors.links()) {
        files::replace(&folder.join(name), pem(link)?.as_bytes())?;
    }
    for (at, list) in published.revocation_lists.iter().enumerate() {
        files::replace(&folder.join(numbered("csca", at, "crl")), list.as_der())?;
    }
    for (name, register) in names("register", published.lost_card_anchors.anchors()) {
        files::replace(&lost_cards.join(name), pem(register)?.as_bytes())?;
    }
    files::replace(
        &lost_cards.join(LOST_CARD_LIST),
        published.lost_cards.as_der(),
    )
}

fn names<'a>(
    stem: &'a str,
    certificates: impl Iterator<Item = &'a Certificate> + 'a,
) -> impl Iterator<Item = (String, &'a Certificate)> + 'a {
    certificates
        .enumerate()
        .map(move |(at, certificate)| (numbered(stem, at, "pem"), certificate))
}

fn numbered(stem: &str, at: usize, extension: &str) -> String {
    match at {
        0 => format!("{stem}.{extension}"),
        at => format!("{stem}-{}.{extension}", at + 1),
    }
}

fn pem(certificate: &Certificate) -> Result<String, Failure> {
    certificate
        .to_pem()
        .map_err(|error| Failure::issuing(None, error.into()))
}

/// Whether there is a file with other contents.
fn is_other(path: &Path, contents: &str) -> Result<bool, Failure> {
    match fs::read(path) {
        Ok(there) => Ok(there != contents.as_bytes()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Failure::file(path, error)),
    }
}
