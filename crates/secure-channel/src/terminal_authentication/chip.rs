//! The chip's side of Terminal Authentication.
//!
//! The chip may be asked for its challenge before or after the terminal selects its key, even before
//! the certificates (TR-03110-3 B.3, last note); so both are kept until EXTERNAL AUTHENTICATE, which
//! uses them up whatever comes of it. A signature is therefore good for one attempt.

use alloc::vec::Vec;

use iso7816::tlv::{self, TlvReader};
use rand_core::CryptoRng;

use super::{
    COMPRESSED_EPHEMERAL_KEY, Challenge, MECHANISM, PUBLIC_KEY_REFERENCE, SignedData,
    TerminalAuthenticationProtocol,
};
use crate::{
    CompressedPublicKey, Curve, EcPublicKey, Error,
    auxiliary_data::{self, AuxiliaryData},
    dynamic_authentication_data as data,
};

/// The terminal's public key as the last verified certificate gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalKey {
    /// The key's name, the certificate holder reference.
    pub holder_reference: Vec<u8>,
    /// The protocol that the certificate's public key names.
    pub protocol: TerminalAuthenticationProtocol,
    /// The key.
    pub public_key: EcPublicKey,
}

/// A run of Terminal Authentication on the chip; idle at first and after each attempt.
#[derive(Debug, Default)]
pub struct TerminalAuthentication {
    challenge: Option<Challenge>,
    selected: Option<Selected>,
}

#[derive(Debug)]
struct Selected {
    terminal: TerminalKey,
    ephemeral_key: CompressedPublicKey,
    auxiliary_data: AuxiliaryData,
}

impl TerminalAuthentication {
    /// Processes the data field of MSE:Set AT with P1-P2 81A4; `terminal` is the key of the last
    /// certificate that was verified in this session.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::ReferenceNotFound`] if the command names another key. No key is
    /// selected then; a challenge stays.
    pub fn select(&mut self, terminal: TerminalKey, command_data: &[u8]) -> Result<(), Error> {
        self.selected = None;
        self.selected = Some(Selected::parse(terminal, command_data)?);
        Ok(())
    }

    /// GET CHALLENGE: draws eight bytes. An older challenge is void.
    pub fn challenge(&mut self, rng: &mut dyn CryptoRng) -> Challenge {
        let mut bytes = [0; Challenge::SIZE];
        rng.fill_bytes(&mut bytes);
        *self.challenge.insert(Challenge(bytes))
    }

    /// Processes the data field of EXTERNAL AUTHENTICATE, a signature in plain format.
    ///
    /// `id_picc` is what PACE yielded.
    ///
    /// # Errors
    /// [`Error::OutOfStep`] without a selected key or a challenge; [`Error::NotAuthentic`] if the
    /// signature does not verify.
    pub fn external_authenticate(
        &mut self,
        id_picc: &CompressedPublicKey,
        signature: &[u8],
    ) -> Result<AuthenticatedTerminal, Error> {
        let (Some(selected), Some(challenge)) = (self.selected.take(), self.challenge.take())
        else {
            return Err(Error::OutOfStep);
        };
        let Selected {
            terminal,
            ephemeral_key,
            auxiliary_data,
        } = selected;
        SignedData::new(id_picc, &challenge, &ephemeral_key, &auxiliary_data).verify(
            terminal.protocol,
            &terminal.public_key,
            signature,
        )?;
        Ok(AuthenticatedTerminal {
            holder_reference: terminal.holder_reference,
            ephemeral_key,
            auxiliary_data,
        })
    }

    /// Forgets challenge and selection, for instance when the channel ends.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Selected {
    fn parse(terminal: TerminalKey, command_data: &[u8]) -> Result<Self, Error> {
        let ([protocol, holder_reference, ephemeral_key], [auxiliary_data]) = data::objects(
            TlvReader::new(command_data).strict(),
            [MECHANISM, PUBLIC_KEY_REFERENCE, COMPRESSED_EPHEMERAL_KEY],
            [auxiliary_data::AUTHENTICATION],
        )
        .ok_or(Error::Malformed("Terminal Authentication's template"))?;
        if holder_reference != terminal.holder_reference {
            return Err(Error::ReferenceNotFound("no certificate named this key"));
        }
        if protocol != terminal.protocol.oid() {
            return Err(Error::Malformed("not the protocol of the certificate"));
        }
        if !Curve::ALL
            .map(Curve::field_size)
            .contains(&ephemeral_key.len())
        {
            return Err(Error::Malformed("the compressed key's length"));
        }
        let auxiliary_data = match auxiliary_data {
            // Read strictly, so it encodes to the bytes that came and were signed.
            Some(value) => {
                AuxiliaryData::received(&tlv::encode(auxiliary_data::AUTHENTICATION, value))?
            }
            None => AuxiliaryData::none(),
        };
        Ok(Self {
            terminal,
            ephemeral_key: CompressedPublicKey::from_bytes(ephemeral_key),
            auxiliary_data,
        })
    }
}

/// Proof on the chip that the terminal signed: which key it must bring to Chip Authentication, and
/// what it wants compared.
///
/// It grants nothing by itself. Rights begin when Chip Authentication has run with that key.
#[derive(Clone, Debug)]
pub struct AuthenticatedTerminal {
    holder_reference: Vec<u8>,
    ephemeral_key: CompressedPublicKey,
    auxiliary_data: AuxiliaryData,
}

impl AuthenticatedTerminal {
    /// The name of the terminal's key.
    #[must_use]
    pub fn holder_reference(&self) -> &[u8] {
        &self.holder_reference
    }

    /// The compressed ephemeral key, `Comp(PK_PCD)`.
    #[must_use]
    pub const fn ephemeral_key(&self) -> &CompressedPublicKey {
        &self.ephemeral_key
    }

    /// The auxiliary data, authentic now.
    #[must_use]
    pub const fn auxiliary_data(&self) -> &AuxiliaryData {
        &self.auxiliary_data
    }
}
