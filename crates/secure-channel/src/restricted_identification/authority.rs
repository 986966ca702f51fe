//! What the authorities compute who hold private keys (TR-03110-3 §2.8.1 to §2.8.3): sector keys that
//! allow revocation, and the identifier of a lost card in each sector.
//!
//! The certification authority of the country holds the revocation key, each document verifier the
//! keys of its sectors. Neither alone can compute an identifier from a card's public key.

use super::{RestrictedIdentificationProtocol, SectorIdentifier, SectorPublicKey};
use crate::{EcPrivateKey, EcPublicKey, Error};

/// A document verifier: the public key of a sector, PK_Sector = KA(SK_Sector, PK_Revocation).
///
/// # Errors
/// [`Error::InvalidPoint`] if both keys are not on the same curve.
pub fn sector_public_key(
    protocol: RestrictedIdentificationProtocol,
    sector_key: &EcPrivateKey,
    revocation_key: &EcPublicKey,
) -> Result<SectorPublicKey, Error> {
    SectorPublicKey::new(protocol, multiply(sector_key, revocation_key)?)
}

/// The certification authority, step 1 of revoking a card: transforms the card's public key with the
/// revocation key. The result goes to every document verifier.
///
/// # Errors
/// [`Error::InvalidPoint`] if both keys are not on the same curve.
pub fn revoke(
    revocation_key: &EcPrivateKey,
    chip_key: &EcPublicKey,
) -> Result<TransformedKey, Error> {
    Ok(TransformedKey(multiply(revocation_key, chip_key)?))
}

/// A document verifier, step 2: the card's identifier in one of its sectors.
///
/// # Errors
/// [`Error::InvalidPoint`] if both keys are not on the same curve.
pub fn sector_identifier(
    protocol: RestrictedIdentificationProtocol,
    sector_key: &EcPrivateKey,
    transformed: &TransformedKey,
) -> Result<SectorIdentifier, Error> {
    protocol.identifier(sector_key, &transformed.0)
}

/// A card's public key after the transformation with the revocation key, PK_ID^Revocation. A document
/// verifier that held the untransformed key would get a wrong identifier from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransformedKey(EcPublicKey);

impl TransformedKey {
    /// A transformed key as received from the certification authority.
    #[must_use]
    pub const fn received(key: EcPublicKey) -> Self {
        Self(key)
    }

    /// The key, to be sent to the document verifiers.
    #[must_use]
    pub const fn as_public_key(&self) -> &EcPublicKey {
        &self.0
    }
}

/// KA as a point: the result is a public key again.
fn multiply(private: &EcPrivateKey, public: &EcPublicKey) -> Result<EcPublicKey, Error> {
    EcPublicKey::from_uncompressed(private.curve(), &private.multiply(public)?)
}
