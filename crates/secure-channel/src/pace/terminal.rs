//! The terminal's side of PACE: a chain of types, each waiting for one answer of the chip.
//!
//! Randomness is drawn in this order: the mapping key, then the ephemeral key.

use alloc::vec::Vec;

use iso7816::{CommandApdu, ResponseApdu, StatusWord, tlv};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use super::{
    CHIP_AUTHENTICATION_DATA, CHIP_MAPPING_DATA, CHIP_PUBLIC_KEY, CHIP_TOKEN, CURRENT_REFERENCE,
    ENCRYPTED_NONCE, KeyAgreement, MappedGenerator, Mapping, PREVIOUS_REFERENCE, PaceProtocol,
    PaceSuite, PendingChipAuthentication, Step, TERMINAL_MAPPING_DATA, TERMINAL_PUBLIC_KEY,
    TERMINAL_TOKEN,
};
use crate::{
    CompressedPublicKey, Curve, EcPrivateKey, EcPublicKey, Error, Password, PasswordId,
    SessionKeys, accepted,
    cipher::{Aes, BLOCK},
    dynamic_authentication_data as data, general_authenticate,
    secret::SecretBytes,
};

/// MSE:Set AT for PACE (TR-03110-3 B.14.1).
///
/// `parameters` goes into DO 84 and is needed where the chip offers several sets of domain
/// parameters. `authorization` is appended as it is: the encoded DO 7F4C (and 65) of a terminal that
/// will authenticate, otherwise empty.
#[must_use]
pub fn set_authentication_template(
    protocol: PaceProtocol,
    password: PasswordId,
    parameters: Option<Curve>,
    authorization: &[u8],
) -> CommandApdu {
    let mut content = Vec::new();
    tlv::push(&mut content, tlv::Tag(0x80), &protocol.oid());
    tlv::push(&mut content, tlv::Tag(0x83), &[password.reference()]);
    if let Some(curve) = parameters {
        tlv::push(&mut content, tlv::Tag(0x84), &[curve.parameter_id()]);
    }
    content.extend_from_slice(authorization);
    CommandApdu::new(0x00, 0x22, 0xC1, 0xA4).with_data(content)
}

/// Begins PACE after a successful MSE:Set AT: the first GENERAL AUTHENTICATE.
#[must_use]
pub fn start(suite: PaceSuite, password: &Password) -> (AwaitingEncryptedNonce, CommandApdu) {
    let key = password.key(suite.protocol.cipher);
    (
        AwaitingEncryptedNonce { suite, key },
        command(Step::EncryptedNonce, &[]),
    )
}

/// Waits for the encrypted nonce.
#[derive(Debug)]
pub struct AwaitingEncryptedNonce {
    suite: PaceSuite,
    key: SecretBytes,
}

impl AwaitingEncryptedNonce {
    /// Decrypts the nonce and sends the mapping data.
    ///
    /// # Errors
    /// [`Error::Refused`] if the chip refused; [`Error::Malformed`] for an answer that is not an
    /// encrypted nonce of whole blocks and at most the curve's size.
    pub fn map_nonce(
        self,
        response: &ResponseApdu,
        rng: &mut dyn CryptoRng,
    ) -> Result<(AwaitingMappingData, CommandApdu), Error> {
        let ([encrypted], []) = data::decode(accepted(response)?, [ENCRYPTED_NONCE], [])?;
        if encrypted.is_empty() || encrypted.len() > self.suite.curve.field_size() {
            return Err(Error::Malformed("the encrypted nonce's length"));
        }
        let mut nonce = SecretBytes::from(encrypted);
        Aes::new(self.suite.protocol.cipher, &self.key)?.decrypt([0; BLOCK], &mut nonce)?;
        let mapping_key = EcPrivateKey::generate(self.suite.curve, rng)?;
        let mapping_data = mapping_key.public_key()?;
        let next = command(
            Step::MapNonce,
            &[(TERMINAL_MAPPING_DATA, mapping_data.as_uncompressed())],
        );
        Ok((
            AwaitingMappingData {
                suite: self.suite,
                nonce,
                mapping_key,
                mapping_data,
            },
            next,
        ))
    }
}

/// Waits for the chip's mapping data.
#[derive(Debug)]
pub struct AwaitingMappingData {
    suite: PaceSuite,
    nonce: SecretBytes,
    mapping_key: EcPrivateKey,
    mapping_data: EcPublicKey,
}

impl AwaitingMappingData {
    /// Maps the nonce to a generator and sends an ephemeral public key over it.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Malformed`], [`Error::InvalidPoint`] or
    /// [`Error::EqualPublicKeys`].
    pub fn agree(
        self,
        response: &ResponseApdu,
        rng: &mut dyn CryptoRng,
    ) -> Result<(AwaitingPublicKey, CommandApdu), Error> {
        let ([point], []) = data::decode(accepted(response)?, [CHIP_MAPPING_DATA], [])?;
        let chip_mapping_key = EcPublicKey::from_uncompressed(self.suite.curve, point)?;
        if chip_mapping_key == self.mapping_data {
            return Err(Error::EqualPublicKeys);
        }
        let generator = MappedGenerator::new(&self.nonce, &self.mapping_key, &chip_mapping_key)?;
        let (private, public) = generator.key_pair(rng)?;
        let next = command(
            Step::KeyAgreement,
            &[(TERMINAL_PUBLIC_KEY, public.as_uncompressed())],
        );
        Ok((
            AwaitingPublicKey {
                suite: self.suite,
                chip_mapping_key,
                private,
                public,
            },
            next,
        ))
    }
}

/// Waits for the chip's ephemeral public key.
#[derive(Debug)]
pub struct AwaitingPublicKey {
    suite: PaceSuite,
    chip_mapping_key: EcPublicKey,
    private: EcPrivateKey,
    public: EcPublicKey,
}

impl AwaitingPublicKey {
    /// Derives the session keys and sends the authentication token.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Malformed`], [`Error::InvalidPoint`] or
    /// [`Error::EqualPublicKeys`].
    pub fn authenticate(
        self,
        response: &ResponseApdu,
    ) -> Result<(AwaitingToken, CommandApdu), Error> {
        let ([point], []) = data::decode(accepted(response)?, [CHIP_PUBLIC_KEY], [])?;
        let chip_key = EcPublicKey::from_uncompressed(self.suite.curve, point)?;
        if chip_key == self.public {
            return Err(Error::EqualPublicKeys);
        }
        let agreement = KeyAgreement::new(
            self.suite.protocol,
            &self.private,
            &chip_key,
            &self.public,
            &chip_key,
        )?;
        let next = command(
            Step::MutualAuthentication,
            &[(TERMINAL_TOKEN, &agreement.terminal_token)],
        );
        let waiting = AwaitingToken {
            suite: self.suite,
            chip_mapping_key: self.chip_mapping_key,
            chip_key,
            agreement,
        };
        Ok((waiting, next))
    }
}

/// Waits for the chip's authentication token.
#[derive(Debug)]
pub struct AwaitingToken {
    suite: PaceSuite,
    chip_mapping_key: EcPublicKey,
    chip_key: EcPublicKey,
    agreement: KeyAgreement,
}

impl AwaitingToken {
    /// Checks the chip's token.
    ///
    /// # Errors
    /// [`Error::WrongPassword`] if the chip says so (63xx), [`Error::Refused`] for another status
    /// word. [`Error::ChipMisbehaved`] if the chip accepted our token but does not know the password
    /// itself, or leaves out or garbles the proof that chip authentication mapping demands.
    pub fn finish(self, response: &ResponseApdu) -> Result<Established, Error> {
        let StatusWord(status) = response.status;
        if status & 0xFF00 == 0x6300 {
            return Err(Error::WrongPassword {
                tries_left: response.status.tries_left(),
            });
        }
        let ([token], [current, previous, proof]) = data::decode(
            accepted(response)?,
            [CHIP_TOKEN],
            [
                CURRENT_REFERENCE,
                PREVIOUS_REFERENCE,
                CHIP_AUTHENTICATION_DATA,
            ],
        )?;
        if !bool::from(token.ct_eq(&self.agreement.chip_token)) {
            return Err(Error::ChipMisbehaved("its authentication token is wrong"));
        }
        let chip_authentication = match (self.suite.protocol.mapping, proof) {
            (Mapping::ChipAuthentication, Some(proof)) => Some(PendingChipAuthentication::decrypt(
                &self.agreement.keys,
                self.chip_mapping_key,
                proof,
            )?),
            (Mapping::ChipAuthentication, None) => {
                return Err(Error::ChipMisbehaved("it sent no chip authentication data"));
            }
            (Mapping::Generic, Some(_)) => {
                return Err(Error::ChipMisbehaved(
                    "it sent chip authentication data unasked",
                ));
            }
            (Mapping::Generic, None) => None,
        };
        Ok(Established {
            session_keys: self.agreement.keys,
            id_picc: self.chip_key.compress(),
            certification_authority_references: [current, previous]
                .into_iter()
                .flatten()
                .map(<[u8]>::to_vec)
                .collect(),
            chip_authentication,
        })
    }
}

/// What PACE yields at the terminal.
#[derive(Debug)]
#[non_exhaustive]
pub struct Established {
    /// Keys of the secure channel that starts now, with the counter at 0.
    pub session_keys: SessionKeys,
    /// The chip's compressed ephemeral public key, ID_PICC of Terminal Authentication.
    pub id_picc: CompressedPublicKey,
    /// Names of the certification authorities whose certificates the chip can verify, the most
    /// recent first (DO 87, 88). At most two, and only after a CHAT.
    pub certification_authority_references: Vec<Vec<u8>>,
    /// The proof to be verified, after chip authentication mapping only.
    pub chip_authentication: Option<PendingChipAuthentication>,
}

fn command(step: Step, objects: &[(tlv::Tag, &[u8])]) -> CommandApdu {
    general_authenticate(data::encode(objects), !step.is_last())
}
