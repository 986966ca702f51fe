//! The folder beside a card: what a verifier needs on top, and what only the issuer may have below it.
//!
//! ```text
//! specimen-pki/
//!     csca.pem csca-link.pem csca.crl csca-2.crl      for --trust
//!     lost-cards/register.pem lost-cards.crl          the list of lost cards, read along with it
//!     issuer/                                         private keys of the test PKI: never for a verifier
//! ```

use std::path::{Path, PathBuf};

use issuer::{CardNumber, TestPki};
use rand_core::CryptoRng;

use crate::failure::Failure;
use crate::files;

/// The subfolder with the register of lost cards and its list.
pub(crate) const LOST_CARDS: &str = "lost-cards";

/// Where the private keys of the test PKI are kept.
pub(crate) fn authority(folder: &Path) -> PathBuf {
    folder.join("issuer")
}

/// Writes what a verifier needs.
pub(crate) fn publish(
    pki: &TestPki,
    lost: &[CardNumber],
    folder: &Path,
    rng: &mut dyn CryptoRng,
) -> Result<(), Failure> {
    let failed = |error| Failure::issuing(None, error);
    let pem =
        |certificate: &pki::Certificate| certificate.to_pem().map_err(|error| failed(error.into()));
    let lost_cards = folder.join(LOST_CARDS);
    files::make_folder(&lost_cards)?;
    let put = |path: PathBuf, contents: &[u8]| files::replace(&path, contents);
    put(
        folder.join("csca.pem"),
        pem(pki.country_signing_ca().certificate())?.as_bytes(),
    )?;
    put(
        folder.join("csca-link.pem"),
        pem(pki.link_certificate())?.as_bytes(),
    )?;
    for (name, list) in ["csca.crl", "csca-2.crl"]
        .into_iter()
        .zip(pki.revocation_lists())
    {
        put(folder.join(name), list.as_der())?;
    }
    put(
        lost_cards.join("register.pem"),
        pem(pki.lost_card_register().certificate())?.as_bytes(),
    )?;
    let list = pki.lost_card_list(lost, rng).map_err(failed)?;
    put(lost_cards.join("lost-cards.crl"), list.as_der())
}
