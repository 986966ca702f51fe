//! The terminal's side of Terminal Authentication: a chain of types, each waiting for one answer.
//!
//! It begins after the chip has verified the terminal's certificate.

use alloc::vec::Vec;

use iso7816::{CommandApdu, ResponseApdu, tlv};

use super::{
    COMPRESSED_EPHEMERAL_KEY, Challenge, MAX_HOLDER_REFERENCE, MECHANISM, PUBLIC_KEY_REFERENCE,
    SignedData, TerminalAuthenticationProtocol,
};
use crate::{
    CompressedPublicKey, Curve, EcPublicKey, Error, accepted, auxiliary_data::AuxiliaryData,
    chip_authentication::terminal::EphemeralKey,
};

/// MSE:Set AT (TR-03110-3 B.3 and B.14.1): names the certified key, commits to the ephemeral key and
/// sends the auxiliary data, which may be [`AuxiliaryData::none`].
///
/// `holder_reference` is the name in the terminal's certificate, at most 16 bytes; `ephemeral` is on
/// the curve of the chip's static key.
///
/// # Errors
/// [`Error::InvalidInput`] for a name that no certificate has.
pub fn start(
    protocol: TerminalAuthenticationProtocol,
    holder_reference: &[u8],
    id_picc: &CompressedPublicKey,
    ephemeral: EphemeralKey,
    auxiliary_data: AuxiliaryData,
) -> Result<(AwaitingSelection, CommandApdu), Error> {
    if !(1..=MAX_HOLDER_REFERENCE).contains(&holder_reference.len()) {
        return Err(Error::InvalidInput(
            "a certificate holder reference has 1 to 16 bytes",
        ));
    }
    let mut content = Vec::new();
    tlv::push(&mut content, MECHANISM, &protocol.oid());
    tlv::push(&mut content, PUBLIC_KEY_REFERENCE, holder_reference);
    content.extend_from_slice(auxiliary_data.as_bytes());
    tlv::push(
        &mut content,
        COMPRESSED_EPHEMERAL_KEY,
        ephemeral.compress().as_bytes(),
    );
    let waiting = AwaitingSelection(Context {
        protocol,
        id_picc: id_picc.clone(),
        ephemeral,
        auxiliary_data,
    });
    let command = CommandApdu::new(0x00, 0x22, 0x81, 0xA4).with_data(content);
    Ok((waiting, command))
}

/// GET CHALLENGE (TR-03110-3 B.14.6).
///
/// [`AwaitingSelection::request_challenge`] sends it in the usual place. A terminal that must know the
/// challenge earlier, even before its certificates, sends it by itself: the chip keeps it.
#[must_use]
pub fn get_challenge() -> CommandApdu {
    CommandApdu::new(0x00, 0x84, 0x00, 0x00).with_ne(Challenge::SIZE as u32)
}

/// Reads the answer to GET CHALLENGE.
///
/// # Errors
/// [`Error::Refused`]; [`Error::Malformed`] unless there are eight bytes.
pub fn challenge(response: &ResponseApdu) -> Result<Challenge, Error> {
    accepted(response)?
        .try_into()
        .map(Challenge)
        .map_err(|_| Error::Malformed("the challenge has eight bytes"))
}

#[derive(Debug)]
struct Context {
    protocol: TerminalAuthenticationProtocol,
    id_picc: CompressedPublicKey,
    ephemeral: EphemeralKey,
    auxiliary_data: AuxiliaryData,
}

/// Waits for the answer to MSE:Set AT.
#[derive(Debug)]
pub struct AwaitingSelection(Context);

impl AwaitingSelection {
    /// Asks for the challenge.
    ///
    /// # Errors
    /// [`Error::Refused`], with 6A88 if the chip knows no key of that name.
    pub fn request_challenge(
        self,
        response: &ResponseApdu,
    ) -> Result<(AwaitingChallenge, CommandApdu), Error> {
        accepted(response)?;
        Ok((AwaitingChallenge(self.0), get_challenge()))
    }

    /// Goes on with a challenge that the chip gave before.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn with_challenge(
        self,
        response: &ResponseApdu,
        challenge: &Challenge,
    ) -> Result<AwaitingSignature, Error> {
        accepted(response)?;
        Ok(AwaitingSignature::new(self.0, challenge))
    }
}

/// Waits for the challenge.
#[derive(Debug)]
pub struct AwaitingChallenge(Context);

impl AwaitingChallenge {
    /// Takes the challenge.
    ///
    /// # Errors
    /// As for [`challenge`].
    pub fn receive(self, response: &ResponseApdu) -> Result<AwaitingSignature, Error> {
        Ok(AwaitingSignature::new(self.0, &challenge(response)?))
    }
}

/// Waits for whoever holds the terminal's private key.
#[derive(Debug)]
pub struct AwaitingSignature {
    context: Context,
    signed_data: SignedData,
}

impl AwaitingSignature {
    fn new(context: Context, challenge: &Challenge) -> Self {
        let signed_data = SignedData::new(
            &context.id_picc,
            challenge,
            &context.ephemeral.compress(),
            &context.auxiliary_data,
        );
        Self {
            context,
            signed_data,
        }
    }

    /// What is to be signed.
    #[must_use]
    pub const fn signed_data(&self) -> &SignedData {
        &self.signed_data
    }

    /// How it is to be signed.
    #[must_use]
    pub const fn protocol(&self) -> TerminalAuthenticationProtocol {
        self.context.protocol
    }

    /// EXTERNAL AUTHENTICATE with a signature in plain format `r ‖ s` (TR-03110-3 B.14.7).
    ///
    /// It is sent as it is. To notice a wrong one before the chip does, call [`SignedData::verify`].
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for something that cannot be two numbers of equal length; the largest
    /// curve of TR-03110-3 A.7.4.2 has 64 bytes for each.
    pub fn authenticate(
        self,
        signature: &[u8],
    ) -> Result<(AwaitingAcceptance, CommandApdu), Error> {
        if signature.is_empty() || signature.len() > 128 || !signature.len().is_multiple_of(2) {
            return Err(Error::InvalidInput("the signature is no pair of numbers"));
        }
        let command = CommandApdu::new(0x00, 0x82, 0x00, 0x00).with_data(signature);
        Ok((AwaitingAcceptance(self.context.ephemeral), command))
    }
}

/// Waits for the chip to accept the signature.
#[derive(Debug)]
pub struct AwaitingAcceptance(EphemeralKey);

impl AwaitingAcceptance {
    /// Takes the answer. The secure channel goes on as it was, whether the chip accepted or not.
    ///
    /// # Errors
    /// [`Error::Refused`], with 6300 if the signature does not verify.
    pub fn finish(self, response: &ResponseApdu) -> Result<CommittedKey, Error> {
        accepted(response)?;
        Ok(CommittedKey(self.0))
    }
}

/// The ephemeral key to which an accepted signature committed. Chip Authentication version 2 starts
/// with it and with nothing else.
#[derive(Debug)]
pub struct CommittedKey(EphemeralKey);

impl CommittedKey {
    /// The curve, that of the static key with which it can be used.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.0.curve()
    }

    /// The public key, which Chip Authentication will send.
    #[must_use]
    pub const fn public_key(&self) -> &EcPublicKey {
        self.0.public_key()
    }

    pub(crate) fn into_ephemeral_key(self) -> EphemeralKey {
        self.0
    }
}
