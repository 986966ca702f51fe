//! A reader of its own, for what the host library never does: ask for what is not allowed, send a
//! password that the card says it cannot use, and look at every status word.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "support for tests: a panic is a failure"
)]

mod authentication;

use iso7816::{CommandApdu, FileId, ResponseApdu, StatusWord, tlv};
use rand_chacha::ChaCha20Rng;
use secure_channel::pace::{Mapping, PaceProtocol, PaceSuite, PendingChipAuthentication, terminal};
use secure_channel::secure_messaging;
use secure_channel::{CompressedPublicKey, Curve, Password, SecureMessaging, SymmetricCipher};
use transport::CardTransport;

use crate::cards;

/// AID of the eID application (BSI TR-03110-4).
pub const EID: &[u8] = &[0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02];
/// AID of the ICAO application (Doc 9303-10, 3.2).
pub const ICAO: &[u8] = &[0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];

/// DO 7F4C of an authentication terminal that asks for every right (TR-03110-4, 2.2.1).
pub const AUTHENTICATION_TERMINAL: &[u8] = &[
    0x7F, 0x4C, 0x12, 0x06, 0x09, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, 0x02, 0x53, 0x05,
    0x3F, 0x7F, 0xFF, 0xFF, 0xFF,
];

/// DO 7F4C of an inspection system (TR-03110-4, 2.2.1).
pub const INSPECTION_SYSTEM: &[u8] = &[
    0x7F, 0x4C, 0x0E, 0x06, 0x09, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, 0x01, 0x53, 0x01,
    0x03,
];

/// The suite that every card has, with this mapping.
pub const fn suite(mapping: Mapping) -> PaceSuite {
    PaceSuite {
        protocol: PaceProtocol {
            mapping,
            cipher: SymmetricCipher::Aes128,
        },
        curve: Curve::P256,
    }
}

/// Generic mapping.
pub const GM: PaceSuite = suite(Mapping::Generic);
/// Chip authentication mapping.
pub const CAM: PaceSuite = suite(Mapping::ChipAuthentication);

/// A terminal over any transport.
pub struct Terminal<'t> {
    card: &'t mut dyn CardTransport,
    channel: Option<SecureMessaging<secure_messaging::Terminal>>,
    /// The chip's compressed ephemeral key of the last PACE.
    id_picc: Option<CompressedPublicKey>,
    rng: ChaCha20Rng,
}

impl<'t> Terminal<'t> {
    /// Resets the card and takes it over.
    pub fn new(card: &'t mut dyn CardTransport) -> Self {
        card.reset().expect("the card comes back");
        Self {
            card,
            channel: None,
            id_picc: None,
            rng: cards::rng(5),
        }
    }

    /// Resets the card: all that was opened is lost.
    pub fn reset(&mut self) {
        self.channel = None;
        self.card.reset().expect("the card comes back");
    }

    /// Forgets the channel: what follows is sent in plain.
    pub fn forget_channel(&mut self) {
        self.channel = None;
    }

    /// Sends bytes as they are.
    pub fn raw(&mut self, command: &[u8]) -> Vec<u8> {
        self.card.transmit(command).expect("an answer")
    }

    fn transmit(&mut self, command: &CommandApdu) -> ResponseApdu {
        let mut response = self.once(&command.to_bytes());
        while response.status.sw1() == 0x61 {
            let more = self.once(&[0x00, 0xC0, 0x00, 0x00, 0x00]);
            response = ResponseApdu::new([response.data, more.data].concat(), more.status);
        }
        response
    }

    fn once(&mut self, command: &[u8]) -> ResponseApdu {
        ResponseApdu::parse(&self.raw(command)).expect("a status word")
    }

    /// Sends a command, through the channel if there is one, and fetches the whole answer.
    pub fn send(&mut self, command: &CommandApdu) -> ResponseApdu {
        let Some(mut channel) = self.channel.take() else {
            return self.transmit(command);
        };
        let protected = channel.wrap(command).expect("a protected command");
        let answer = self.transmit(&protected);
        let response = channel.unwrap(&answer);
        self.channel = Some(channel);
        response.unwrap_or_else(|error| panic!("{command:?}: {answer:?}: {error}"))
    }

    /// The bytes of a protected command that is not sent: for whoever does something else in between.
    pub fn protected(&mut self, command: &CommandApdu) -> Vec<u8> {
        let channel = self.channel.as_mut().expect("a session");
        channel
            .wrap(command)
            .expect("a protected command")
            .to_bytes()
    }

    /// The status word alone.
    pub fn status(&mut self, command: &CommandApdu) -> StatusWord {
        self.send(command).status
    }

    /// MSE:Set AT for PACE. It tells the state of the password and spends no try.
    pub fn set_template(
        &mut self,
        suite: PaceSuite,
        password: &Password,
        chat: &[u8],
    ) -> StatusWord {
        let id = password.id();
        self.status(&terminal::set_authentication_template(
            suite.protocol,
            id,
            Some(suite.curve),
            chat,
        ))
    }

    /// Whole PACE, whatever MSE:Set AT says about the password, and the channel after it. The error
    /// is the status word that ended it.
    pub fn pace(
        &mut self,
        suite: PaceSuite,
        password: &Password,
        chat: &[u8],
    ) -> Result<Option<PendingChipAuthentication>, StatusWord> {
        let selected = self.set_template(suite, password, chat);
        if selected.is_error() {
            return Err(selected);
        }
        let (waiting, command) = terminal::start(suite, password);
        let answer = self.accepted(&command)?;
        let (waiting, command) = waiting.map_nonce(&answer, &mut self.rng).expect("a nonce");
        let answer = self.accepted(&command)?;
        let (waiting, command) = waiting.agree(&answer, &mut self.rng).expect("a point");
        let answer = self.accepted(&command)?;
        let (waiting, command) = waiting.authenticate(&answer).expect("a key");
        let answer = self.accepted(&command)?;
        let established = waiting.finish(&answer).expect("a token");
        self.channel = Some(SecureMessaging::new(established.session_keys));
        self.id_picc = Some(established.id_picc);
        Ok(established.chip_authentication)
    }

    fn accepted(&mut self, command: &CommandApdu) -> Result<ResponseApdu, StatusWord> {
        let response = self.send(command);
        if response.status.is_ok() {
            Ok(response)
        } else {
            Err(response.status)
        }
    }

    /// PACE without a CHAT; the status word that the password got.
    pub fn try_password(&mut self, password: &Password) -> StatusWord {
        match self.pace(CAM, password, &[]) {
            Ok(_) => StatusWord::OK,
            Err(status) => status,
        }
    }

    /// SELECT of the master file.
    pub fn select_master_file(&mut self) -> StatusWord {
        self.status(&CommandApdu::new(0x00, 0xA4, 0x00, 0x0C))
    }

    /// SELECT by DF name.
    pub fn select_application(&mut self, name: &[u8]) -> StatusWord {
        self.status(&CommandApdu::new(0x00, 0xA4, 0x04, 0x0C).with_data(name))
    }

    /// SELECT of a file in the current directory.
    pub fn select_file(&mut self, id: FileId) -> StatusWord {
        self.status(&CommandApdu::new(0x00, 0xA4, 0x02, 0x0C).with_data(id.to_bytes()))
    }

    /// READ BINARY of the current file from an offset, as much as there is.
    pub fn read_current(&mut self, offset: u16) -> ResponseApdu {
        let [p1, p2] = offset.to_be_bytes();
        self.send(&CommandApdu::new(0x00, 0xB0, p1, p2).with_ne(256))
    }

    /// READ BINARY by short file identifier.
    pub fn read_short(&mut self, short: u8) -> ResponseApdu {
        self.send(&CommandApdu::new(0x00, 0xB0, 0x80 | short, 0x00).with_ne(256))
    }

    /// READ BINARY with odd instruction; P1-P2 are 0 for the current file, a short identifier or an
    /// identifier. The answer's data is what is inside DO 53.
    pub fn read_odd(&mut self, p1_p2: u16, offset: u32) -> ResponseApdu {
        let [p1, p2] = p1_p2.to_be_bytes();
        let command = CommandApdu::new(0x00, 0xB1, p1, p2)
            .with_data(tlv::encode(tlv::Tag(0x54), &offset.to_be_bytes()))
            .with_ne(if self.card.capabilities().extended_length {
                65_536
            } else {
                256
            });
        let mut response = self.send(&command);
        if !response.data.is_empty() {
            let inside = tlv::find(&response.data, tlv::Tag(0x53)).expect("data objects");
            response.data = inside.expect("DO 53").to_vec();
        }
        response
    }

    /// The whole file that is selected, by READ BINARY with odd instruction.
    pub fn read_whole(&mut self) -> Result<Vec<u8>, StatusWord> {
        let mut contents = Vec::new();
        loop {
            let offset = u32::try_from(contents.len()).expect("a file fits");
            let block = self.read_odd(0, offset);
            match block.status {
                StatusWord::OK | StatusWord::END_OF_FILE_REACHED => contents.extend(block.data),
                StatusWord::WRONG_P1_P2 if !contents.is_empty() => return Ok(contents),
                status => return Err(status),
            }
        }
    }
}
