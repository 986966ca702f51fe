//! The terminal's side of Chip Authentication.

use alloc::vec::Vec;

use iso7816::{CommandApdu, ResponseApdu, tlv};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use super::{ChipAuthenticationProtocol, EPHEMERAL_PUBLIC_KEY, NONCE, NONCE_SIZE, TOKEN};
use crate::{
    ChipAuthenticated, CompressedPublicKey, Curve, EcPrivateKey, EcPublicKey, Error,
    SecureMessaging, SessionKeys, accepted, dynamic_authentication_data as data,
    general_authenticate, secret::SecretBytes, secure_messaging::Terminal,
    terminal_authentication::terminal::CommittedKey,
};

/// MSE:Set AT for Chip Authentication (TR-03110-3 B.14.1).
///
/// `key_id` goes into DO 84 and is needed where the chip has several keys: the big-endian number
/// from ChipAuthenticationInfo.
#[must_use]
pub fn set_authentication_template(
    protocol: ChipAuthenticationProtocol,
    key_id: Option<&[u8]>,
) -> CommandApdu {
    let mut content = Vec::new();
    tlv::push(&mut content, tlv::Tag(0x80), &protocol.oid());
    if let Some(key_id) = key_id {
        tlv::push(&mut content, tlv::Tag(0x84), key_id);
    }
    CommandApdu::new(0x00, 0x22, 0x41, 0xA4).with_data(content)
}

/// The terminal's ephemeral key pair. In version 2 Terminal Authentication commits to it beforehand,
/// and it is used once: the key agreement consumes it.
#[derive(Debug)]
pub struct EphemeralKey {
    private: EcPrivateKey,
    public: EcPublicKey,
}

impl EphemeralKey {
    /// Draws a key pair on the curve of the chip's static key.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`].
    pub fn generate(curve: Curve, rng: &mut dyn CryptoRng) -> Result<Self, Error> {
        let private = EcPrivateKey::generate(curve, rng)?;
        Ok(Self {
            public: private.public_key()?,
            private,
        })
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.public.curve()
    }

    /// The public key, which Chip Authentication sends.
    #[must_use]
    pub const fn public_key(&self) -> &EcPublicKey {
        &self.public
    }

    /// `Comp(PK)`, which Terminal Authentication sends in DO 91.
    #[must_use]
    pub fn compress(&self) -> CompressedPublicKey {
        self.public.compress()
    }

    fn command(&self) -> CommandApdu {
        let point = self.public.as_uncompressed();
        general_authenticate(data::encode(&[(EPHEMERAL_PUBLIC_KEY, point)]), false)
    }
}

/// Begins version 1 after a successful MSE:Set AT.
///
/// # Errors
/// [`Error::InvalidPoint`] if both keys are not on the same curve.
pub fn start_version_1(
    protocol: ChipAuthenticationProtocol,
    static_key: EcPublicKey,
    ephemeral: EphemeralKey,
) -> Result<(AwaitingAcknowledgement, CommandApdu), Error> {
    let secret = ephemeral.private.agree(&static_key)?;
    let keys = SessionKeys::derive(protocol.cipher, &secret, &[]);
    Ok((
        AwaitingAcknowledgement { keys, static_key },
        ephemeral.command(),
    ))
}

/// Waits for the chip to accept the ephemeral key, version 1.
#[derive(Debug)]
pub struct AwaitingAcknowledgement {
    keys: SessionKeys,
    static_key: EcPublicKey,
}

impl AwaitingAcknowledgement {
    /// Takes the answer, unwrapped from the old channel, and restarts that channel.
    ///
    /// If the chip refused, the old channel comes back with the error: it goes on.
    ///
    /// # Errors
    /// [`Error::Refused`] with a status word other than 9000; the error of
    /// [`SecureMessaging::rekey`].
    pub fn finish(
        self,
        response: &ResponseApdu,
        old: SecureMessaging<Terminal>,
    ) -> Result<UnconfirmedChannel, (Error, SecureMessaging<Terminal>)> {
        if let Err(error) = accepted(response) {
            return Err((error, old));
        }
        match old.rekey(self.keys) {
            Ok(channel) => Ok(UnconfirmedChannel {
                channel,
                static_key: self.static_key,
            }),
            Err((error, old)) => Err((error, old)),
        }
    }
}

/// A channel under the new keys of version 1 that the chip has not used yet. Its first answer is what
/// authenticates it.
#[derive(Debug)]
pub struct UnconfirmedChannel {
    channel: SecureMessaging<Terminal>,
    static_key: EcPublicKey,
}

impl UnconfirmedChannel {
    /// Protects a first command. Send one whose answer can be had without danger, for instance a
    /// SELECT or a READ BINARY.
    ///
    /// # Errors
    /// As for [`SecureMessaging::<Terminal>::wrap`].
    pub fn wrap(&mut self, command: &CommandApdu) -> Result<CommandApdu, Error> {
        self.channel.wrap(command)
    }

    /// Verifies the chip's first answer under the new keys: only the holder of the static private key
    /// can have made it.
    ///
    /// # Errors
    /// As for [`SecureMessaging::<Terminal>::unwrap`]. Whatever the error, the chip is not
    /// authenticated and the channel is gone.
    pub fn confirm(
        mut self,
        response: &ResponseApdu,
    ) -> Result<(SecureMessaging<Terminal>, ResponseApdu, ChipAuthenticated), Error> {
        let response = self.channel.unwrap(response)?;
        Ok((
            self.channel,
            response,
            ChipAuthenticated::new(self.static_key),
        ))
    }
}

/// Begins version 2 after a successful MSE:Set AT.
///
/// `static_key` comes from the signed EF.CardSecurity or EF.ChipSecurity, verified before; `committed`
/// is what Terminal Authentication yields. If it ran more than once, take the last one.
///
/// # Errors
/// [`Error::InvalidPoint`] if both keys are not on the same curve.
pub fn start_version_2(
    protocol: ChipAuthenticationProtocol,
    static_key: EcPublicKey,
    committed: CommittedKey,
) -> Result<(AwaitingToken, CommandApdu), Error> {
    let ephemeral = committed.into_ephemeral_key();
    let secret = ephemeral.private.agree(&static_key)?;
    let command = ephemeral.command();
    Ok((
        AwaitingToken {
            protocol,
            secret,
            static_key,
            ephemeral: ephemeral.public,
        },
        command,
    ))
}

/// Waits for the chip's nonce and token, version 2.
#[derive(Debug)]
pub struct AwaitingToken {
    protocol: ChipAuthenticationProtocol,
    secret: SecretBytes,
    static_key: EcPublicKey,
    ephemeral: EcPublicKey,
}

impl AwaitingToken {
    /// Derives the session keys and checks the chip's token. Give the keys to
    /// [`SecureMessaging::rekey`] of the channel that brought this answer.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Malformed`]; [`Error::NotAuthentic`] if the chip does not hold the
    /// static private key.
    pub fn finish(
        self,
        response: &ResponseApdu,
    ) -> Result<(SessionKeys, ChipAuthenticated), Error> {
        let ([nonce, token], []) = data::decode(accepted(response)?, [NONCE, TOKEN], [])?;
        if nonce.len() != NONCE_SIZE {
            return Err(Error::Malformed("the nonce has eight bytes"));
        }
        let keys = SessionKeys::derive(self.protocol.cipher, &self.secret, nonce);
        let object = data::public_key_data_object(&self.protocol.oid(), &self.ephemeral);
        if bool::from(token.ct_eq(&keys.token(&object)?)) {
            Ok((keys, ChipAuthenticated::new(self.static_key)))
        } else {
            Err(Error::NotAuthentic(
                "the chip does not hold the static private key",
            ))
        }
    }
}
