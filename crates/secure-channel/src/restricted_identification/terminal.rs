//! The terminal's side of Restricted Identification, after Terminal and Chip Authentication.

use alloc::vec::Vec;

use iso7816::{CommandApdu, ResponseApdu, tlv};

use super::{RestrictedIdentificationProtocol, Sector, SectorIdentifier, SectorPublicKey};
use crate::{Error, accepted, dynamic_authentication_data as data, general_authenticate};

/// MSE:Set AT for Restricted Identification (TR-03110-3 B.4 and B.14.1).
///
/// `key_id` goes into DO 84 and is needed where the chip has several keys: the big-endian number from
/// RestrictedIdentificationInfo.
#[must_use]
pub fn set_authentication_template(
    protocol: RestrictedIdentificationProtocol,
    key_id: Option<&[u8]>,
) -> CommandApdu {
    let mut content = Vec::new();
    tlv::push(&mut content, tlv::Tag(0x80), &protocol.oid());
    if let Some(key_id) = key_id {
        tlv::push(&mut content, tlv::Tag(0x84), key_id);
    }
    CommandApdu::new(0x00, 0x22, 0x41, 0xA4).with_data(content)
}

/// Asks for the identifier in a sector: GENERAL AUTHENTICATE after a successful MSE:Set AT.
#[must_use]
pub fn start(
    protocol: RestrictedIdentificationProtocol,
    sector: Sector,
    key: &SectorPublicKey,
) -> (AwaitingIdentifier, CommandApdu) {
    let command_data = data::encode(&[(sector.public_key_tag(), &key.content)]);
    (
        AwaitingIdentifier { protocol, sector },
        general_authenticate(command_data, false),
    )
}

/// Waits for the identifier.
#[derive(Debug)]
pub struct AwaitingIdentifier {
    protocol: RestrictedIdentificationProtocol,
    sector: Sector,
}

impl AwaitingIdentifier {
    /// Takes the identifier. It is as authentic as the channel that brought it.
    ///
    /// # Errors
    /// [`Error::Refused`]; [`Error::Malformed`] for an answer without an identifier of the hash's
    /// length.
    pub fn finish(self, response: &ResponseApdu) -> Result<SectorIdentifier, Error> {
        let ([identifier], []) =
            data::decode(accepted(response)?, [self.sector.identifier_tag()], [])?;
        SectorIdentifier::from_bytes(self.protocol, identifier)
            .map_err(|_| Error::Malformed("the sector identifier's length"))
    }
}
