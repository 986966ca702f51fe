//! The chip's side of Chip Authentication: one GENERAL AUTHENTICATE after MSE:Set AT.
//!
//! The response still travels under the old channel; afterwards the chip gives the keys to
//! [`SecureMessaging::rekey`](crate::SecureMessaging::rekey). After an error the old channel goes on.

use alloc::vec::Vec;

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use super::{ChipAuthenticationProtocol, EPHEMERAL_PUBLIC_KEY, NONCE, NONCE_SIZE, TOKEN};
use crate::{
    EcPrivateKey, EcPublicKey, Error, SessionKeys, dynamic_authentication_data as data,
    terminal_authentication::chip::AuthenticatedTerminal,
};

/// What Chip Authentication yields on the chip.
#[derive(Debug)]
#[non_exhaustive]
pub struct Agreed {
    /// Data of the response, to be sent under the old channel.
    pub response: Vec<u8>,
    /// Keys of the channel that starts with the next command.
    pub session_keys: SessionKeys,
}

/// Version 1: agrees on keys and answers with an empty template.
///
/// # Errors
/// [`Error::Malformed`] or [`Error::InvalidPoint`].
pub fn version_1(
    protocol: ChipAuthenticationProtocol,
    static_key: &EcPrivateKey,
    command_data: &[u8],
) -> Result<Agreed, Error> {
    let terminal_key = ephemeral_key(static_key, command_data)?;
    let secret = static_key.agree(&terminal_key)?;
    Ok(Agreed {
        response: data::encode(&[]),
        session_keys: SessionKeys::derive(protocol.cipher, &secret, &[]),
    })
}

/// Version 2: checks that the key is the one to which Terminal Authentication committed, and answers
/// with a nonce of eight bytes, drawn from `rng`, and a token.
///
/// # Errors
/// [`Error::Malformed`], [`Error::InvalidPoint`], or [`Error::NotAuthentic`] for another key than
/// the committed one.
pub fn version_2(
    protocol: ChipAuthenticationProtocol,
    static_key: &EcPrivateKey,
    terminal: &AuthenticatedTerminal,
    command_data: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Agreed, Error> {
    let terminal_key = ephemeral_key(static_key, command_data)?;
    if !bool::from(
        terminal_key
            .compress()
            .as_bytes()
            .ct_eq(terminal.ephemeral_key().as_bytes()),
    ) {
        return Err(Error::NotAuthentic(
            "not the key to which the terminal committed",
        ));
    }
    let secret = static_key.agree(&terminal_key)?;
    let mut nonce = [0; NONCE_SIZE];
    rng.fill_bytes(&mut nonce);
    let session_keys = SessionKeys::derive(protocol.cipher, &secret, &nonce);
    let object = data::public_key_data_object(&protocol.oid(), &terminal_key);
    let token = session_keys.token(&object)?;
    Ok(Agreed {
        response: data::encode(&[(NONCE, &nonce), (TOKEN, &token)]),
        session_keys,
    })
}

fn ephemeral_key(static_key: &EcPrivateKey, command_data: &[u8]) -> Result<EcPublicKey, Error> {
    let ([point], []) = data::decode(command_data, [EPHEMERAL_PUBLIC_KEY], [])?;
    EcPublicKey::from_uncompressed(static_key.curve(), point)
}
