//! A terminal of a few lines, made of `secure-channel`'s terminal role: what the specimen cards do
//! on the wire is looked at without the host library.

use applet_sim::{Chip, MemoryStore};
use iso7816::{Aid, CommandApdu, ResponseApdu, ShortFileId, StatusWord};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use secure_channel::chip_authentication::{self, ChipAuthenticationProtocol};
use secure_channel::pace::{Mapping, PaceProtocol, PaceSuite, PendingChipAuthentication, terminal};
use secure_channel::secure_messaging::Terminal as TerminalRole;
use secure_channel::{Curve, EcPublicKey, Error, Password, SecureMessaging, SymmetricCipher};
use transport::{CardTransport, InProcess};

/// A terminal in front of a specimen card.
pub(crate) struct Terminal<'a> {
    card: &'a mut InProcess<Chip<MemoryStore>>,
    rng: ChaCha20Rng,
    channel: Option<SecureMessaging<TerminalRole>>,
}

/// How PACE ended.
#[derive(Debug)]
pub(crate) enum Pace {
    /// With a channel, and with a proof of the chip after chip authentication mapping.
    Open(Option<PendingChipAuthentication>),
    /// MSE:Set AT was answered with the first status word, the last step with the second.
    Refused(StatusWord, StatusWord),
}

pub(crate) const fn suite(mapping: Mapping) -> PaceSuite {
    let cipher = SymmetricCipher::Aes128;
    PaceSuite {
        protocol: PaceProtocol { mapping, cipher },
        curve: Curve::P256,
    }
}

impl<'a> Terminal<'a> {
    pub(crate) fn new(card: &'a mut InProcess<Chip<MemoryStore>>) -> Self {
        Self {
            card,
            rng: ChaCha20Rng::from_seed([77; 32]),
            channel: None,
        }
    }

    fn transmit_plain(&mut self, command: &CommandApdu) -> ResponseApdu {
        let answer = self
            .card
            .transmit(&command.to_bytes())
            .expect("the card is there");
        ResponseApdu::parse(&answer).expect("a response APDU")
    }

    /// Sends a command, through the channel if there is one.
    pub(crate) fn transmit(&mut self, command: &CommandApdu) -> ResponseApdu {
        let Some(mut channel) = self.channel.take() else {
            return self.transmit_plain(command);
        };
        let wrapped = channel.wrap(command).expect("a command that fits");
        let answer = self.transmit_plain(&wrapped);
        let response = channel.unwrap(&answer).expect("a protected answer");
        self.channel = Some(channel);
        response
    }

    /// PACE, inside the channel if there is one.
    pub(crate) fn pace(&mut self, suite: PaceSuite, password: &Password) -> Pace {
        let set = terminal::set_authentication_template(
            suite.protocol,
            password.id(),
            Some(suite.curve),
            &[],
        );
        let state = self.transmit(&set).status;
        let (waiting, command) = terminal::start(suite, password);
        let response = self.transmit(&command);
        if !response.status.is_ok() {
            return Pace::Refused(state, response.status);
        }
        let (waiting, command) = waiting
            .map_nonce(&response, &mut self.rng)
            .expect("a nonce");
        let response = self.transmit(&command);
        let (waiting, command) = waiting
            .agree(&response, &mut self.rng)
            .expect("mapping data");
        let response = self.transmit(&command);
        let (waiting, command) = waiting.authenticate(&response).expect("a public key");
        let response = self.transmit(&command);
        match waiting.finish(&response) {
            Ok(established) => {
                self.channel = Some(SecureMessaging::new(established.session_keys));
                Pace::Open(established.chip_authentication)
            }
            Err(_) => Pace::Refused(state, response.status),
        }
    }

    /// SELECT by AID.
    pub(crate) fn select(&mut self, aid: Aid) -> StatusWord {
        let select = CommandApdu::new(0x00, 0xA4, 0x04, 0x0C).with_data(aid.as_bytes());
        self.transmit(&select).status
    }

    /// The whole file with this short identifier in the current directory; none of those read here
    /// is longer than a response.
    pub(crate) fn read(&mut self, file: ShortFileId) -> Result<Vec<u8>, StatusWord> {
        let read = CommandApdu::new(0x00, 0xB0, file.to_p1(), 0).with_ne(30_000);
        let response = self.transmit(&read);
        match response.status {
            StatusWord::END_OF_FILE_REACHED => Ok(response.data),
            other => Err(other),
        }
    }

    /// Chip Authentication version 1 with the key in DG14.
    pub(crate) fn chip_authentication(
        &mut self,
        key_id: u8,
        key: &EcPublicKey,
    ) -> Result<(), Error> {
        let protocol = ChipAuthenticationProtocol {
            cipher: SymmetricCipher::Aes128,
        };
        let set =
            chip_authentication::terminal::set_authentication_template(protocol, Some(&[key_id]));
        assert_eq!(self.transmit(&set).status, StatusWord::OK);
        let ephemeral =
            chip_authentication::terminal::EphemeralKey::generate(key.curve(), &mut self.rng)?;
        let (waiting, command) =
            chip_authentication::terminal::start_version_1(protocol, key.clone(), ephemeral)?;
        let response = self.transmit(&command);
        let old = self.channel.take().expect("a channel");
        let mut channel = waiting.finish(&response, old).map_err(|(error, _)| error)?;
        let first = channel.wrap(&CommandApdu::new(0x00, 0xB0, 0x9E, 0x00).with_ne(4))?;
        let answer = self.transmit_plain(&first);
        let (channel, _, _) = channel.confirm(&answer)?;
        self.channel = Some(channel);
        Ok(())
    }
}

/// Opens a card with a password that works; the chip's proof after chip authentication mapping.
pub(crate) fn open<'a>(
    card: &'a mut InProcess<Chip<MemoryStore>>,
    mapping: Mapping,
    password: &Password,
) -> (Terminal<'a>, Option<PendingChipAuthentication>) {
    let mut terminal = Terminal::new(card);
    match terminal.pace(suite(mapping), password) {
        Pace::Open(proof) => (terminal, proof),
        Pace::Refused(state, status) => panic!("PACE refused: {state}, {status}"),
    }
}
