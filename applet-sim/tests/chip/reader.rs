//! A reader and a terminal, no cleverer than the tests need.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use applet_sim::{CardImage, Chip, Delay, Environment, MemoryStore, NonVolatileMemory, StoreError};
use iso7816::{CommandApdu, FileId, ResponseApdu, StatusWord};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::{
    Curve, Password, SecureMessaging, SymmetricCipher,
    pace::{
        Mapping, PaceProtocol, PaceSuite, PendingChipAuthentication,
        terminal::{self, Established},
    },
    secure_messaging::Terminal,
};
use transport::{CardDevice, Interface};

pub(crate) const GM: PaceSuite = suite(Mapping::Generic);
pub(crate) const CAM: PaceSuite = suite(Mapping::ChipAuthentication);

const fn suite(mapping: Mapping) -> PaceSuite {
    PaceSuite {
        protocol: PaceProtocol {
            mapping,
            cipher: SymmetricCipher::Aes128,
        },
        curve: Curve::P256,
    }
}

/// A chip in a reader, with the terminal's end of a secure channel if there is one.
pub(crate) struct Reader<M = MemoryStore> {
    pub(crate) chip: Chip<M>,
    pub(crate) channel: Option<SecureMessaging<Terminal>>,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) delays: Arc<Mutex<Vec<Duration>>>,
}

/// Writes down how long it was asked to wait.
struct Recorded(Arc<Mutex<Vec<Duration>>>);

impl Delay for Recorded {
    fn wait(&mut self, duration: Duration) {
        self.0.lock().unwrap().push(duration);
    }
}

/// The memory of a card. Large enough for the test card, small enough to be copied often.
pub(crate) fn memory(image: &CardImage) -> MemoryStore {
    image.personalise(MemoryStore::new(256 * 1024)).unwrap()
}

impl Reader {
    /// A freshly personalised card, switched on.
    pub(crate) fn new(image: &CardImage) -> Self {
        Self::with_memory(memory(image)).unwrap()
    }
}

impl<M: NonVolatileMemory> Reader<M> {
    /// A card that is in this memory, switched on.
    pub(crate) fn with_memory(memory: M) -> Result<Self, StoreError> {
        let delays = Arc::new(Mutex::new(Vec::new()));
        let environment = Environment {
            rng: Box::new(ChaCha20Rng::seed_from_u64(2)),
            delay: Box::new(Recorded(Arc::clone(&delays))),
        };
        let mut chip = Chip::open(memory, environment)?;
        chip.power_on(Interface::Contactless);
        Ok(Self {
            chip,
            channel: None,
            rng: ChaCha20Rng::seed_from_u64(3),
            delays,
        })
    }

    /// Takes the card out and puts it in again.
    pub(crate) fn reset(&mut self) {
        self.channel = None;
        self.chip.reset();
    }

    /// Sends a command as it is, whether or not there is a channel.
    pub(crate) fn plain(&mut self, command: &CommandApdu) -> ResponseApdu {
        self.raw(&command.to_bytes())
    }

    /// Sends bytes.
    pub(crate) fn raw(&mut self, command: &[u8]) -> ResponseApdu {
        ResponseApdu::parse(&self.chip.process(command)).unwrap()
    }

    /// Sends a command as it is and fetches the whole answer with GET RESPONSE.
    pub(crate) fn transmit(&mut self, command: &CommandApdu) -> ResponseApdu {
        let mut response = self.plain(command);
        while response.status.sw1() == 0x61 {
            let more = self.plain(&CommandApdu::new(0x00, 0xC0, 0x00, 0x00).with_ne(256));
            response = ResponseApdu::new([response.data, more.data].concat(), more.status);
        }
        response
    }

    /// Sends a command, through the channel if there is one.
    pub(crate) fn send(&mut self, command: &CommandApdu) -> ResponseApdu {
        let Some(channel) = &mut self.channel else {
            return self.transmit(command);
        };
        let wrapped = channel.wrap(command).unwrap();
        let response = self.transmit(&wrapped);
        let channel = self.channel.as_mut().unwrap();
        channel
            .unwrap(&response)
            .unwrap_or_else(|error| panic!("{response:?}: {error}"))
    }

    /// Selects a suite and a password with MSE:Set AT.
    pub(crate) fn set_at(
        &mut self,
        suite: PaceSuite,
        password: &Password,
        chat: &[u8],
    ) -> StatusWord {
        let command =
            terminal::set_authentication_template(suite.protocol, password.id(), None, chat);
        self.send(&command).status
    }

    /// Runs PACE, under the channel if there is one, and starts the new channel. The error is the
    /// status word that ended it.
    pub(crate) fn try_pace(
        &mut self,
        suite: PaceSuite,
        password: &Password,
        chat: &[u8],
    ) -> Result<Option<PendingChipAuthentication>, StatusWord> {
        let selected = self.set_at(suite, password, chat);
        if selected.is_error() {
            return Err(selected);
        }
        let established = self.run_pace(suite, password)?;
        self.channel = Some(SecureMessaging::new(established.session_keys));
        Ok(established.chip_authentication)
    }

    /// The four steps of PACE after MSE:Set AT.
    pub(crate) fn run_pace(
        &mut self,
        suite: PaceSuite,
        password: &Password,
    ) -> Result<Established, StatusWord> {
        let accepted = |response: ResponseApdu| {
            if response.status.is_ok() {
                Ok(response)
            } else {
                Err(response.status)
            }
        };
        let (waiting, command) = terminal::start(suite, password);
        let response = accepted(self.send(&command))?;
        let (waiting, command) = waiting.map_nonce(&response, &mut self.rng).unwrap();
        let response = accepted(self.send(&command))?;
        let (waiting, command) = waiting.agree(&response, &mut self.rng).unwrap();
        let response = accepted(self.send(&command))?;
        let (waiting, command) = waiting.authenticate(&response).unwrap();
        let response = accepted(self.send(&command))?;
        Ok(waiting.finish(&response).unwrap())
    }

    /// MSE:Set AT and steps 1 to 3; returns the command of step 4 with the token, as it has to be
    /// sent.
    pub(crate) fn pace_up_to_the_token(
        &mut self,
        suite: PaceSuite,
        password: &Password,
    ) -> CommandApdu {
        assert!(!self.set_at(suite, password, &[]).is_error());
        let (waiting, command) = terminal::start(suite, password);
        let response = self.send(&command);
        let (waiting, command) = waiting.map_nonce(&response, &mut self.rng).unwrap();
        let response = self.send(&command);
        let (waiting, command) = waiting.agree(&response, &mut self.rng).unwrap();
        let response = self.send(&command);
        let (_, command) = waiting.authenticate(&response).unwrap();
        self.protected(&command)
    }

    /// The command as it has to be sent: through the channel if there is one.
    pub(crate) fn protected(&mut self, command: &CommandApdu) -> CommandApdu {
        match &mut self.channel {
            Some(channel) => channel.wrap(command).unwrap(),
            None => command.clone(),
        }
    }

    /// PACE that has to succeed.
    pub(crate) fn pace(
        &mut self,
        suite: PaceSuite,
        password: &Password,
    ) -> Option<PendingChipAuthentication> {
        self.try_pace(suite, password, &[]).unwrap()
    }

    /// SELECT by DF name, without response data.
    pub(crate) fn select_application(&mut self, name: &[u8]) -> StatusWord {
        self.send(&CommandApdu::new(0x00, 0xA4, 0x04, 0x0C).with_data(name))
            .status
    }

    /// SELECT of a file in the current directory, without response data.
    pub(crate) fn select_file(&mut self, id: u16) -> StatusWord {
        self.send(&CommandApdu::new(0x00, 0xA4, 0x02, 0x0C).with_data(FileId(id).to_bytes()))
            .status
    }

    /// The first bytes of a file by its short identifier.
    pub(crate) fn read_short(&mut self, short_id: u8) -> ResponseApdu {
        self.send(&CommandApdu::new(0x00, 0xB0, 0x80 | short_id, 0x00).with_ne(256))
    }

    /// A whole file by its short identifier.
    pub(crate) fn read_file(&mut self, short_id: u8) -> Result<Vec<u8>, StatusWord> {
        let first = self.read_short(short_id);
        if !first.status.is_ok() {
            return Err(first.status);
        }
        let mut file = first.data;
        loop {
            let mut offset = vec![0x54, 0x04];
            offset.extend_from_slice(&u32::try_from(file.len()).unwrap().to_be_bytes());
            let more = self.send(
                &CommandApdu::new(0x00, 0xB1, 0x00, 0x00)
                    .with_data(offset)
                    .with_ne(65_536),
            );
            match more.status {
                StatusWord::WRONG_P1_P2 => return Ok(file),
                StatusWord::OK => {
                    let object = iso7816::tlv::find(&more.data, iso7816::tlv::Tag(0x53))
                        .unwrap()
                        .unwrap();
                    file.extend_from_slice(object);
                }
                other => return Err(other),
            }
        }
    }
}

pub(crate) const EID: &[u8] = &[0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02];
pub(crate) const ICAO: &[u8] = &[0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];
