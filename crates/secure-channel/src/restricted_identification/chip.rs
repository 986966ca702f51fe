//! The chip's side of Restricted Identification: one GENERAL AUTHENTICATE after MSE:Set AT.
//!
//! Whether the terminal may ask, for this key and by its certificate, the chip decides before.

use alloc::vec::Vec;

use super::{RestrictedIdentificationProtocol, Sector, SectorPublicKey, TerminalSector};
use crate::{EcPrivateKey, Error, dynamic_authentication_data as data};

/// Gives the identifier in the sector whose public key the command brings, as response data.
///
/// `private_key` is the key that MSE:Set AT selected, `permitted` the extension in the terminal's
/// certificate.
///
/// # Errors
/// [`Error::Malformed`] for anything but one sector public key over the protocol selected;
/// [`Error::InvalidPoint`] for a point that is not on its curve, or one on another curve than the
/// private key's; [`Error::NotAuthentic`] if the certificate does not name the key.
pub fn identify(
    protocol: RestrictedIdentificationProtocol,
    private_key: &EcPrivateKey,
    permitted: &TerminalSector,
    command_data: &[u8],
) -> Result<Vec<u8>, Error> {
    let ([], [first, second]) = data::decode(
        command_data,
        [],
        [
            Sector::First.public_key_tag(),
            Sector::Second.public_key_tag(),
        ],
    )?;
    let (sector, content) = match (first, second) {
        (Some(content), None) => (Sector::First, content),
        (None, Some(content)) => (Sector::Second, content),
        _ => return Err(Error::Malformed("one sector public key at a time")),
    };
    let key = SectorPublicKey::from_content(content)?;
    if key.protocol() != protocol {
        return Err(Error::Malformed("a sector key of another protocol"));
    }
    if !permitted.permits(sector, &key) {
        return Err(Error::NotAuthentic(
            "no sector key of the terminal's certificate",
        ));
    }
    let identifier = protocol.identifier(private_key, key.key())?;
    Ok(data::encode(&[(
        sector.identifier_tag(),
        identifier.as_bytes(),
    )]))
}
