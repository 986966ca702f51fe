//! The agencies whose terminals the specimen cards accept.

use core::fmt;

use cvc::{CertificateDescription, SignatureAlgorithm, SigningKey, TermsOfUsage};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use secure_channel::{Curve, EcPrivateKey, Hash};

use super::must;
use crate::agency_pki::{AgencyPki, Grant, Validity};
use crate::error::Error;

/// The ministry, its document verifier and whatever agencies the caller adds: specimen cards accept the
/// terminals that it certifies. Every call gives the same one from the beginning, so a test may change
/// it as it likes.
///
/// ```
/// use issuer::{AgencyPki, Grant, Validity, specimen};
/// use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
/// # use cvc::{SignatureAlgorithm, SigningKey};
/// # use secure_channel::{Curve, EcPrivateKey};
///
/// let mut rng = ChaCha20Rng::from_seed([7; 32]);
/// let key = EcPrivateKey::generate(Curve::P256, &mut rng)?;
/// let key = SigningKey::new(SignatureAlgorithm::EcdsaSha256, key)?;
/// let mut agencies = specimen::agencies();
/// let terminal = agencies.terminal(
///     AgencyPki::DOMESTIC,
///     "TAX",
///     &Grant::read([4, 11]),
///     key.verifying_key(),
///     Validity::terminal(specimen::agencies_since())?,
///     &mut rng,
/// )?;
/// // What is sent to the card before the terminal signs.
/// assert_eq!(agencies.chain_for(&terminal)?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn agencies() -> AgencyPki {
    must(new_agencies())
}

/// The first day of [`agencies`], and the date of the specimen cards.
pub fn agencies_since() -> cvc::Date {
    must(since())
}

fn since() -> Result<cvc::Date, Error> {
    Ok(cvc::Date::new(2026, 5, 15)?)
}

pub(super) fn new_agencies() -> Result<AgencyPki, Error> {
    AgencyPki::create(&mut ChaCha20Rng::from_seed([200; 32]), since()?)
}

/// What an agency has in hand when it stands before a specimen card.
#[non_exhaustive]
pub struct SpecimenAgency {
    /// The certificates that its terminal presents, one behind the other: the ministry's CVCA, the document verifier, the
    /// terminal.
    pub certificates: Vec<u8>,
    /// Who asks, and why, in words: the description whose hash is in the terminal's certificate.
    pub description: Vec<u8>,
    /// The terminal's key.
    pub key: SigningKey,
}

impl fmt::Debug for SpecimenAgency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpecimenAgency").finish_non_exhaustive()
    }
}

/// An agency of [`agencies`] that may do what `grant` says, valid for a month from [`agencies_since`] on. `mnemonic`, up to nine capital
/// letters, is its name on the certificate; the same name and grant give the same agency every time.
///
/// ```
/// use issuer::{Grant, specimen};
///
/// let bank = specimen::agency("BANK", &Grant::read([3, 6, 7]));
/// assert_eq!(bank.certificates, specimen::agency("BANK", &Grant::read([3, 6, 7])).certificates);
/// ```
pub fn agency(mnemonic: &str, grant: &Grant) -> SpecimenAgency {
    must(new_agency(mnemonic, grant))
}

fn new_agency(mnemonic: &str, grant: &Grant) -> Result<SpecimenAgency, Error> {
    let mut seed = [201; 32];
    for (byte, letter) in seed.iter_mut().zip(mnemonic.bytes()) {
        *byte = letter;
    }
    let mut rng = ChaCha20Rng::from_seed(seed);
    let key = EcPrivateKey::generate(Curve::P256, &mut rng)?;
    let key = SigningKey::new(SignatureAlgorithm::EcdsaSha256, key)?;
    let description = CertificateDescription::new(
        "內政部",
        mnemonic,
        TermsOfUsage::Plain("測試用，非真實機關。A specimen, no real agency.".into()),
    );
    let grant = grant
        .clone()
        .with_extension(description.extension(Hash::Sha256)?);
    let mut pki = new_agencies()?;
    let terminal = pki.terminal(
        AgencyPki::DOMESTIC,
        mnemonic,
        &grant,
        key.verifying_key(),
        Validity::terminal(since()?)?,
        &mut rng,
    )?;
    let mut certificates = pki.cvca().certificate().to_bytes();
    for certificate in pki.chain_for(&terminal)? {
        certificates.extend(certificate.to_bytes());
    }
    Ok(SpecimenAgency {
        certificates,
        description: description.to_bytes(),
        key,
    })
}
