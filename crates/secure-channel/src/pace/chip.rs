//! The chip's side of PACE.
//!
//! Randomness is drawn in this order: the nonce (16 bytes), the mapping key, the ephemeral key.

use alloc::vec::Vec;
use core::{fmt, mem};

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use super::{
    CHIP_AUTHENTICATION_DATA, CHIP_MAPPING_DATA, CHIP_PUBLIC_KEY, CHIP_TOKEN, CURRENT_REFERENCE,
    ENCRYPTED_NONCE, KeyAgreement, MappedGenerator, Mapping, PREVIOUS_REFERENCE, PaceSuite, Step,
    TERMINAL_MAPPING_DATA, TERMINAL_PUBLIC_KEY, TERMINAL_TOKEN, encrypt_chip_authentication_data,
};
use crate::{
    CompressedPublicKey, EcPrivateKey, EcPublicKey, Error, Password, PasswordId, SessionKeys,
    cipher::{Aes, BLOCK, MAC},
    dynamic_authentication_data as data,
    secret::SecretBytes,
};

/// A run of PACE on the chip, from MSE:Set AT to the terminal's token.
///
/// Whatever is unexpected ends the run: the object is idle afterwards and its secrets are wiped.
#[derive(Default)]
pub struct Pace {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Selected(Selected),
    NonceSent {
        selected: Selected,
        nonce: SecretBytes,
    },
    Mapped {
        selected: Selected,
        mapping_key: EcPrivateKey,
        generator: MappedGenerator,
    },
    Agreed(ReceivedTokenContext),
}

struct Selected {
    suite: PaceSuite,
    password: Password,
    static_key: Option<EcPrivateKey>,
}

struct ReceivedTokenContext {
    selected: Selected,
    mapping_key: EcPrivateKey,
    chip_key: EcPublicKey,
    agreement: KeyAgreement,
}

/// What the chip answers to a GENERAL AUTHENTICATE that it accepts.
#[derive(Debug)]
pub enum Answer {
    /// Steps 1 to 3: send this response data with 9000.
    Continue(Vec<u8>),
    /// Step 4: the terminal's token has arrived, well formed and not yet compared. Count the try
    /// first, then call [`ReceivedToken::verify`].
    Token(ReceivedToken),
}

impl Pace {
    /// Selects suite and password, as MSE:Set AT does.
    ///
    /// `static_key` is the private key to the public key in EF.CardSecurity; chip authentication
    /// mapping needs it, on the suite's curve.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if chip authentication mapping is selected without such a key.
    pub fn select(
        suite: PaceSuite,
        password: Password,
        static_key: Option<EcPrivateKey>,
    ) -> Result<Self, Error> {
        let has_key = static_key
            .as_ref()
            .is_some_and(|key| key.curve() == suite.curve);
        if suite.protocol.mapping == Mapping::ChipAuthentication && !has_key {
            return Err(Error::InvalidInput(
                "chip authentication mapping needs the static key",
            ));
        }
        Ok(Self {
            state: State::Selected(Selected {
                suite,
                password,
                static_key,
            }),
        })
    }

    /// The step that the next GENERAL AUTHENTICATE must carry; `None` when idle.
    #[must_use]
    pub const fn next_step(&self) -> Option<Step> {
        match self.state {
            State::Idle => None,
            State::Selected(_) => Some(Step::EncryptedNonce),
            State::NonceSent { .. } => Some(Step::MapNonce),
            State::Mapped { .. } => Some(Step::KeyAgreement),
            State::Agreed(_) => Some(Step::MutualAuthentication),
        }
    }

    /// Processes the data field of one GENERAL AUTHENTICATE.
    ///
    /// # Errors
    /// [`Error::OutOfStep`] when idle, else [`Error::Malformed`], [`Error::InvalidPoint`] or
    /// [`Error::EqualPublicKeys`]. The run is then over. None of these errors says anything about the
    /// password, so none of them costs a try.
    pub fn general_authenticate(
        &mut self,
        command_data: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Answer, Error> {
        let (state, answer) = match mem::take(&mut self.state) {
            State::Idle => return Err(Error::OutOfStep),
            State::Selected(selected) => send_nonce(selected, command_data, rng)?,
            State::NonceSent { selected, nonce } => map(selected, &nonce, command_data, rng)?,
            State::Mapped {
                selected,
                mapping_key,
                generator,
            } => agree(selected, mapping_key, &generator, command_data, rng)?,
            State::Agreed(context) => {
                let ([token], []) = data::decode(command_data, [TERMINAL_TOKEN], [])?;
                let token = token
                    .try_into()
                    .map_err(|_| Error::Malformed("the token's length"))?;
                (State::Idle, Answer::Token(ReceivedToken { context, token }))
            }
        };
        self.state = state;
        Ok(answer)
    }
}

fn send_nonce(
    selected: Selected,
    command_data: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<(State, Answer), Error> {
    let ([], []) = data::decode(command_data, [], [])?;
    let cipher = selected.suite.protocol.cipher;
    let mut nonce = SecretBytes::zeros(BLOCK);
    rng.fill_bytes(&mut nonce);
    let mut encrypted = nonce.to_vec();
    Aes::new(cipher, &selected.password.key(cipher))?.encrypt([0; BLOCK], &mut encrypted)?;
    let answer = data::encode(&[(ENCRYPTED_NONCE, &encrypted)]);
    Ok((
        State::NonceSent { selected, nonce },
        Answer::Continue(answer),
    ))
}

fn map(
    selected: Selected,
    nonce: &[u8],
    command_data: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<(State, Answer), Error> {
    let ([point], []) = data::decode(command_data, [TERMINAL_MAPPING_DATA], [])?;
    let terminal_mapping_key = EcPublicKey::from_uncompressed(selected.suite.curve, point)?;
    let mapping_key = EcPrivateKey::generate(selected.suite.curve, rng)?;
    let mapping_data = mapping_key.public_key()?;
    if mapping_data == terminal_mapping_key {
        return Err(Error::EqualPublicKeys);
    }
    let generator = MappedGenerator::new(nonce, &mapping_key, &terminal_mapping_key)?;
    let answer = data::encode(&[(CHIP_MAPPING_DATA, mapping_data.as_uncompressed())]);
    Ok((
        State::Mapped {
            selected,
            mapping_key,
            generator,
        },
        Answer::Continue(answer),
    ))
}

fn agree(
    selected: Selected,
    mapping_key: EcPrivateKey,
    generator: &MappedGenerator,
    command_data: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<(State, Answer), Error> {
    let ([point], []) = data::decode(command_data, [TERMINAL_PUBLIC_KEY], [])?;
    let terminal_key = EcPublicKey::from_uncompressed(selected.suite.curve, point)?;
    let (private, chip_key) = generator.key_pair(rng)?;
    if chip_key == terminal_key {
        return Err(Error::EqualPublicKeys);
    }
    let agreement = KeyAgreement::new(
        selected.suite.protocol,
        &private,
        &terminal_key,
        &terminal_key,
        &chip_key,
    )?;
    let answer = data::encode(&[(CHIP_PUBLIC_KEY, chip_key.as_uncompressed())]);
    let context = ReceivedTokenContext {
        selected,
        mapping_key,
        chip_key,
        agreement,
    };
    Ok((State::Agreed(context), Answer::Continue(answer)))
}

/// The terminal's token, not yet compared: between its arrival and its comparison a chip commits the
/// decremented retry counter.
#[must_use = "the token is still to be verified"]
pub struct ReceivedToken {
    context: ReceivedTokenContext,
    token: [u8; MAC],
}

impl ReceivedToken {
    /// The password that is about to be verified.
    #[must_use]
    pub const fn password(&self) -> PasswordId {
        self.context.selected.password.id()
    }

    /// Compares the token in constant time and makes the last response data.
    ///
    /// `references` are the names of at most two certification authorities, the most recent first,
    /// for a terminal that sent a CHAT; otherwise empty.
    ///
    /// # Errors
    /// [`Error::WrongToken`] if the terminal does not know the password.
    pub fn verify(self, references: &[&[u8]]) -> Result<(Vec<u8>, Established), Error> {
        let ReceivedTokenContext {
            selected,
            mapping_key,
            chip_key,
            agreement,
        } = self.context;
        if !bool::from(self.token.ct_eq(&agreement.terminal_token)) {
            return Err(Error::WrongToken);
        }
        let mut objects: Vec<(_, &[u8])> = alloc::vec![(CHIP_TOKEN, &agreement.chip_token[..])];
        objects.extend(
            [CURRENT_REFERENCE, PREVIOUS_REFERENCE]
                .into_iter()
                .zip(references.iter().copied()),
        );
        let proof = match &selected.static_key {
            Some(static_key) if selected.suite.protocol.mapping == Mapping::ChipAuthentication => {
                Some(encrypt_chip_authentication_data(
                    &agreement.keys,
                    static_key,
                    &mapping_key,
                )?)
            }
            _ => None,
        };
        if let Some(proof) = &proof {
            objects.push((CHIP_AUTHENTICATION_DATA, proof));
        }
        let response = data::encode(&objects);
        let established = Established {
            session_keys: agreement.keys,
            id_picc: chip_key.compress(),
            password: selected.password.id(),
            suite: selected.suite,
        };
        Ok((response, established))
    }
}

/// What PACE yields on the chip.
#[derive(Debug)]
#[non_exhaustive]
pub struct Established {
    /// Keys of the secure channel that starts with the next command, with the counter at 0.
    pub session_keys: SessionKeys,
    /// The chip's compressed ephemeral public key, ID_PICC of Terminal Authentication.
    pub id_picc: CompressedPublicKey,
    /// The password that was verified.
    pub password: PasswordId,
    /// The suite; with chip authentication mapping the chip has authenticated itself.
    pub suite: PaceSuite,
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace")
            .field("next_step", &self.next_step())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ReceivedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceivedToken(..)")
    }
}
