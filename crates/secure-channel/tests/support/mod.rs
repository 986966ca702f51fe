//! What the tests share: published vectors, and a random number generator that follows a script.
#![allow(dead_code, reason = "each test program uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail so"
)]

use core::convert::Infallible;
use std::{collections::VecDeque, fs, path::PathBuf};

use iso7816::{CommandApdu, ResponseApdu, StatusWord, tlv};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::{TryCryptoRng, TryRng};
use secure_channel::{
    CompressedPublicKey, Curve, EcPrivateKey,
    auxiliary_data::AuxiliaryData,
    chip_authentication::terminal::EphemeralKey,
    terminal_authentication::{
        SignedData, TerminalAuthenticationProtocol,
        chip::{AuthenticatedTerminal, TerminalAuthentication, TerminalKey},
        terminal::{self, CommittedKey},
    },
};
use serde_json::Value;

/// One file of `vectors/`, its byte strings written in hexadecimal.
pub(crate) struct Vector(Value);

impl Vector {
    pub(crate) fn open(path: &str) -> Self {
        let path = vectors().join(path);
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self(serde_json::from_str(&text).unwrap())
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.0[name]
            .as_str()
            .unwrap_or_else(|| panic!("no text named {name}"))
    }

    pub(crate) fn number(&self, name: &str) -> u64 {
        self.0[name]
            .as_u64()
            .unwrap_or_else(|| panic!("no number named {name}"))
    }

    pub(crate) fn inner(&self, name: &str) -> Self {
        assert!(self.0[name].is_object(), "no object named {name}");
        Self(self.0[name].clone())
    }

    pub(crate) fn list(&self, name: &str) -> Vec<Self> {
        let list = self.0[name]
            .as_array()
            .unwrap_or_else(|| panic!("no list named {name}"));
        assert!(!list.is_empty());
        list.iter().cloned().map(Self).collect()
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        hex::decode(self.text(name)).unwrap()
    }

    /// Commands and responses in the order in which they were sent.
    pub(crate) fn trace(&self, name: &str) -> Vec<(CommandApdu, ResponseApdu)> {
        let pairs = self.0[name].as_array().unwrap();
        assert!(!pairs.is_empty());
        pairs
            .iter()
            .map(|pair| {
                let [command, response] =
                    [0, 1].map(|i| hex::decode(pair[i].as_str().unwrap()).unwrap());
                (
                    CommandApdu::parse(&command).unwrap(),
                    ResponseApdu::parse(&response).unwrap(),
                )
            })
            .collect()
    }
}

pub(crate) fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../vectors")
}

/// Yields the given byte strings, one for each call, and panics if asked for anything else. So a
/// test notices when a protocol draws other randomness than the standard's example.
pub(crate) struct ScriptedRng(VecDeque<Vec<u8>>);

impl ScriptedRng {
    pub(crate) fn new(script: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(script.into_iter().collect())
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryRng for ScriptedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unimplemented!("the protocols draw bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unimplemented!("the protocols draw bytes")
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Infallible> {
        target.copy_from_slice(
            &self
                .0
                .pop_front()
                .expect("the script has an entry for each draw"),
        );
        Ok(())
    }
}

impl TryCryptoRng for ScriptedRng {}

pub(crate) const HOLDER: &[u8] = b"TWAGENCY00001";

pub(crate) fn numbers(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// The chip after a terminal has authenticated that will bring the key with this x-coordinate.
pub(crate) fn authenticated_with(compressed: &[u8]) -> AuthenticatedTerminal {
    let protocol = TerminalAuthenticationProtocol::EcdsaSha256;
    let mut rng = numbers(7);
    let key = EcPrivateKey::generate(Curve::P256, &mut rng).unwrap();
    let (id_picc, ephemeral) = (
        CompressedPublicKey::from_bytes(&[0x1D; 32]),
        CompressedPublicKey::from_bytes(compressed),
    );
    let mut data = Vec::new();
    tlv::push(&mut data, tlv::Tag(0x80), &protocol.oid());
    tlv::push(&mut data, tlv::Tag(0x83), HOLDER);
    tlv::push(&mut data, tlv::Tag(0x91), compressed);
    let mut chip = TerminalAuthentication::default();
    chip.select(terminal_key(&key), &data).unwrap();
    let challenge = chip.challenge(&mut rng);
    let signature = SignedData::new(&id_picc, &challenge, &ephemeral, &AuxiliaryData::none())
        .sign(protocol, &key, &mut rng)
        .unwrap();
    chip.external_authenticate(&id_picc, &signature).unwrap()
}

/// The key as a certificate would have given it.
pub(crate) fn terminal_key(key: &EcPrivateKey) -> TerminalKey {
    TerminalKey {
        holder_reference: HOLDER.to_vec(),
        protocol: TerminalAuthenticationProtocol::EcdsaSha256,
        public_key: key.public_key().unwrap(),
    }
}

pub(crate) fn ok(data: impl Into<Vec<u8>>) -> ResponseApdu {
    ResponseApdu::new(data, StatusWord::OK)
}

/// Terminal Authentication between both roles, so that both can begin Chip Authentication.
pub(crate) fn authenticate(
    ephemeral: EphemeralKey,
    auxiliary_data: AuxiliaryData,
) -> (CommittedKey, AuthenticatedTerminal) {
    let protocol = TerminalAuthenticationProtocol::EcdsaSha256;
    let mut rng = numbers(7);
    let key = EcPrivateKey::generate(Curve::P256, &mut rng).unwrap();
    let id_picc = CompressedPublicKey::from_bytes(&[0x1D; 32]);
    let mut chip = TerminalAuthentication::default();
    let (state, command) =
        terminal::start(protocol, HOLDER, &id_picc, ephemeral, auxiliary_data).unwrap();
    chip.select(terminal_key(&key), command.data()).unwrap();
    let (state, _) = state.request_challenge(&ok([])).unwrap();
    let challenge = chip.challenge(&mut rng);
    let state = state.receive(&ok(*challenge.as_bytes())).unwrap();
    let signature = state.signed_data().sign(protocol, &key, &mut rng).unwrap();
    let (state, command) = state.authenticate(&signature).unwrap();
    let authenticated = chip
        .external_authenticate(&id_picc, command.data())
        .unwrap();
    (state.finish(&ok([])).unwrap(), authenticated)
}
