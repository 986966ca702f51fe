//! A chip under any sequence of commands, plain, protected and damaged.

use std::sync::OnceLock;

use applet_sim::{Chip, MemoryStore};
use cvc::{CvCertificate, Role};
use iso7816::tlv::{self, Tag};
use iso7816::{Class, CommandApdu, ResponseApdu, StatusWord, ins};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use secure_channel::auxiliary_data::AuxiliaryData;
use secure_channel::chip_authentication::terminal::{EphemeralKey, start_version_2};
use secure_channel::chip_authentication::{self, ChipAuthenticationProtocol};
use secure_channel::pace::terminal::{Established, set_authentication_template, start};
use secure_channel::pace::{Mapping, PaceProtocol, PaceSuite};
use secure_channel::secure_messaging;
use secure_channel::terminal_authentication::{self, TerminalAuthenticationProtocol};
use secure_channel::{
    CompressedPublicKey, Curve, Error, PasswordId, SecureMessaging, SymmetricCipher,
};
use transport::{CardTransport, InProcess, Interface};

use super::Input;
use super::marked_card::{
    Opened, PIN_TRIES, PUK_TRIES, Secret, Terminal, agency, chip, generation_key, password,
    wrong_password,
};
use super::mutation::mutate;
use crate::cards::authorities::{Certified, Party};

/// How far an input got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChipRun {
    /// Commands that were sent.
    pub commands: u32,
    /// Channels that PACE opened.
    pub channels: u32,
    /// Commands that the chip answered inside a channel.
    pub protected: u32,
    /// Answers that held contents of a file behind PACE.
    pub read: u32,
    /// Terminals that signed, and to which the chip proved itself.
    pub terminals: u32,
}

/// Most commands in one input. PACE counts five.
const MOST_COMMANDS: u32 = 60;

/// Sends a fresh chip what the input says: bytes of any kind, well-formed
/// commands, PACE with right and wrong passwords, whole or broken off, Terminal
/// and Chip Authentication with anything in them changed, and commands inside
/// the channel, whole or damaged on the way. After each answer:
///
/// - it is a status word with at most as much data as was asked for;
/// - no contents of a file behind PACE are in it, unless it came through the
///   channel of a session that may see them;
/// - a channel that has ended does not come back;
/// - tries are spent by wrong passwords alone, and come back by right ones.
///
/// # Panics
///
/// If one of these does not hold, or the chip panics.
pub fn fuzz_chip_commands(data: &[u8]) -> ChipRun {
    let mut input = Input(data);
    let mut story = Story::begin(input.choose([Interface::Contact, Interface::Contactless]));
    while !input.is_empty() && story.run.commands < MOST_COMMANDS {
        story.go_on(&mut input);
    }
    story.end()
}

struct Story {
    reader: InProcess<Chip<MemoryStore>>,
    rng: ChaCha20Rng,
    channel: Option<Channel>,
    pin: Tries,
    puk: Tries,
    run: ChipRun,
}

/// The terminal's end of a channel.
struct Channel {
    messaging: SecureMessaging<secure_messaging::Terminal>,
    opened: Opened,
    /// The chip must have ended it.
    ended: bool,
    /// The chip's compressed ephemeral key of PACE.
    id_picc: CompressedPublicKey,
}

/// What is known of a retry counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tries {
    Left(u8),
    /// The holder has changed the password or its state.
    Unknown,
}

const EID: [u8; 9] = [0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02];
const ICAO: [u8; 7] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];
/// The natural-person certificate application.
const CIA: [u8; 12] = *b"\xA0\x00\x00\x00\x63PKCS-15";

impl Story {
    fn begin(interface: Interface) -> Self {
        Self {
            reader: InProcess::new(chip(), interface),
            rng: ChaCha20Rng::seed_from_u64(7816),
            channel: None,
            pin: Tries::Left(PIN_TRIES),
            puk: Tries::Left(PUK_TRIES),
            run: ChipRun::default(),
        }
    }

    fn go_on(&mut self, input: &mut Input<'_>) {
        match input.byte() % 18 {
            0 => self.plain(bytes(input)),
            1 => {
                let bytes = command(input).to_bytes();
                self.plain(&bytes);
            }
            2 => {
                let command = command(input);
                let damaged = mutate(&command.to_bytes(), input);
                self.plain(&damaged);
            }
            3 => {
                self.reader
                    .reset()
                    .expect("a chip in the same process comes back");
                self.channel = None;
            }
            4..=6 => self.open(input),
            7 => {
                let command = command(input);
                self.damaged(&command, input);
            }
            8 => {
                self.protected(&manage(input));
            }
            9..=11 => {
                self.protected(&select_by_name(input.choose([&EID[..], &EID, &ICAO, &CIA])));
                self.protected(&read_by_short_id(input));
            }
            12 | 13 => {
                if self.authenticate(input).is_some() {
                    self.protected(&select_by_name(&EID));
                    self.protected(&read_by_short_id(input));
                    self.protected(&read_by_short_id(input));
                }
            }
            _ => {
                let command = command(input);
                self.protected(&command);
            }
        }
    }

    /// Sends bytes and looks at what comes back.
    fn send(&mut self, bytes: &[u8]) -> ResponseApdu {
        self.run.commands += 1;
        let answer = self
            .reader
            .transmit(bytes)
            .expect("a chip in the same process");
        let response = ResponseApdu::parse(&answer).expect("a status word");
        let sw1 = response.status.sw1();
        assert!(matches!(sw1, 0x61..=0x6F | 0x90), "{}", response.status);
        if let Ok(command) = CommandApdu::parse(bytes) {
            let most = usize::try_from(command.ne().unwrap_or(0)).unwrap_or(usize::MAX);
            assert!(response.data.len() <= most, "{command:?} {response:?}");
        }
        assert!(answer.len() <= Chip::<MemoryStore>::MAX_RESPONSE);
        let secrets = Secret::found_in(&answer);
        assert!(secrets.is_empty(), "{secrets:?} in clear text");
        response
    }

    /// Sends what is not meant to be protected, whatever it is.
    fn plain(&mut self, bytes: &[u8]) {
        let response = self.send(bytes);
        let Ok(command) = CommandApdu::parse(bytes) else {
            return;
        };
        let class = command.class();
        if class.logical_channel() != Some(0) || class.without_chaining() != Class::INTERINDUSTRY {
            return;
        }
        if !matches!(command.ins(), ins::GET_RESPONSE | ins::ENVELOPE)
            && let Some(channel) = &mut self.channel
        {
            channel.ended = true;
        }
        if manages_passwords(&command) {
            assert_ne!(
                response.status,
                StatusWord::OK,
                "{command:?} without a session"
            );
        }
    }

    /// Sends a command through the channel, if there is one.
    fn protected(&mut self, command: &CommandApdu) -> Option<ResponseApdu> {
        let channel = self.channel.as_mut()?;
        let wrapped = channel.messaging.wrap(command).ok()?;
        let response = self.send(&wrapped.to_bytes());
        let channel = self.channel.as_mut()?;
        let response = match channel.messaging.unwrap(&response) {
            Ok(response) => response,
            Err(error) => {
                let harmless = matches!(error, Error::UnprotectedStatus(status) if !status.is_ok());
                assert!(harmless, "{error} from an honest chip");
                channel.ended |= !channel.messaging.is_open();
                return None;
            }
        };
        assert!(
            !channel.ended,
            "the chip answers in a channel that has ended"
        );
        let opened = channel.opened;
        self.run.protected += 1;
        if let Some(ne) = command.ne() {
            assert!(
                response.data.len() <= ne as usize,
                "{command:?} {response:?}"
            );
        }
        let secrets = Secret::found_in(&response.data);
        self.run.read += u32::from(!secrets.is_empty());
        for secret in secrets {
            assert!(secret.may_be_seen_by(opened), "{secret:?} for {opened:?}");
        }
        if needs_pin2(command) {
            assert!(!response.status.is_ok(), "{command:?} without PIN2");
        }
        if manages_passwords(command) && response.status.is_ok() {
            let holder = match (command.ins(), command.p1(), command.p2()) {
                (ins::RESET_RETRY_COUNTER, _, PIN2) => PasswordId::Puk,
                (ins::DEACTIVATE, _, _)
                | (ins::ACTIVATE, 0x00, _)
                | (ins::RESET_RETRY_COUNTER, 0x02, _) => PasswordId::Pin,
                _ => PasswordId::Puk,
            };
            assert_eq!(
                (opened.by, opened.terminal),
                (holder, Terminal::Nobody),
                "{command:?}"
            );
            self.pin = Tries::Unknown;
        }
        Some(response)
    }

    /// Sends a protected command that was damaged on the way.
    fn damaged(&mut self, command: &CommandApdu, input: &mut Input<'_>) {
        let Some(channel) = &mut self.channel else {
            return;
        };
        let Ok(wrapped) = channel.messaging.wrap(command) else {
            return;
        };
        let whole = wrapped.to_bytes();
        let damaged = mutate(&whole, input);
        if damaged == whole {
            // The answer is due on the channel, which is given up here.
            self.send(&damaged);
            self.pin = match manages_passwords(command) {
                true => Tries::Unknown,
                false => self.pin,
            };
            self.channel = None;
            return;
        }
        let response = self.send(&damaged);
        let channel = self.channel.as_mut().expect("it was there before");
        let opened = channel.messaging.unwrap(&response);
        let accepted = opened.is_ok() && same_command(&damaged, &wrapped).is_none();
        assert!(!accepted, "a damaged command was carried out");
        self.channel = None;
    }

    /// Runs PACE with a right or wrong password, whole or broken off, at first
    /// or inside the channel that is open.
    fn open(&mut self, input: &mut Input<'_>) {
        use PasswordId::{Can, Mrz, Pin, Puk};
        let by = input.choose([Can, Pin, Mrz, Puk, Can, Pin, Pin, Can]);
        let how = input.byte();
        let right = how & 0x07 != 0;
        let inside = how & 0x18 == 0x18 && self.channel.is_some();
        let cam = how & 0x20 != 0;
        let announced = match by {
            Can | Pin if input.byte() & 1 != 0 => agency()[1].chat(Role::Terminal).to_bytes(),
            _ => Vec::new(),
        };
        let steps = if how & 0xC0 == 0xC0 {
            input.byte() % 5
        } else {
            5
        };
        let suite = PaceSuite {
            protocol: PaceProtocol {
                mapping: match cam {
                    true => Mapping::ChipAuthentication,
                    false => Mapping::Generic,
                },
                cipher: SymmetricCipher::Aes128,
            },
            curve: Curve::P256,
        };
        let secret = match right {
            true => password(by),
            false => wrong_password(by),
        };
        // The CAN resumes what is suspended in a local session alone.
        let outer = self.channel.as_ref().map(|channel| channel.opened);
        let outer = outer.filter(|outer| inside && outer.terminal == Terminal::Nobody);
        if !inside {
            self.channel = None;
        }
        let before = *self.tries(by);
        let mut pace = Pace {
            story: self,
            inside,
            steps,
        };
        let outcome = pace.run(suite, &secret, &announced);
        let status = match &outcome {
            None => return,
            Some(Ok(_)) => StatusWord::OK,
            Some(Err(status)) => *status,
        };
        if let Tries::Left(tries) = before {
            // The CAN resumes a suspended password (TR-03110-2, 2.4.1).
            let usable = tries >= 2 || (tries == 1 && outer.is_some_and(|outer| outer.by == Can));
            self.judge(by, right, usable, tries, status);
        }
        if let Some(Ok(established)) = outcome {
            if let Some(proof) = established.chip_authentication {
                assert!(proof.verify(&generation_key()).is_ok(), "the chip's proof");
            }
            self.run.channels += 1;
            self.channel = Some(Channel {
                messaging: SecureMessaging::new(established.session_keys),
                opened: Opened {
                    by,
                    terminal: match announced.is_empty() {
                        true => Terminal::Nobody,
                        false => Terminal::Announced,
                    },
                },
                ended: false,
                id_picc: established.id_picc,
            });
        }
    }

    /// Terminal and Chip Authentication of the agency, with its commands changed
    /// or left out as the input says. What the chip accepts changed, if anything,
    /// leads nowhere.
    fn authenticate(&mut self, input: &mut Input<'_>) -> Option<()> {
        let id_picc = self.channel.as_ref()?.id_picc.clone();
        let mut changed = false;
        for certificate in chain() {
            let name = tlv::encode(Tag(0x83), certificate.authority().as_bytes());
            let select = CommandApdu::new(0x00, ins::MANAGE_SECURITY_ENVIRONMENT, 0x81, 0xB6);
            self.changed(&select.with_data(name), input)?;
            let verify = CommandApdu::new(0x00, ins::PERFORM_SECURITY_OPERATION, 0x00, 0xBE);
            let (response, other) =
                self.changed(&verify.with_data(certificate.to_value()), input)?;
            assert!(
                !(other && response.status.is_ok()),
                "a certificate that nobody signed"
            );
        }
        let ephemeral = EphemeralKey::generate(Curve::P256, &mut self.rng).ok()?;
        let protocol = TerminalAuthenticationProtocol::EcdsaSha256;
        let name = Party::Terminal.name();
        let nothing = AuxiliaryData::none();
        let started = terminal_authentication::terminal::start(
            protocol,
            name.as_bytes(),
            &id_picc,
            ephemeral,
            nothing,
        );
        let (waiting, command) = started.ok()?;
        let (response, other) = self.changed(&command, input)?;
        changed |= other;
        let (waiting, command) = waiting.request_challenge(&response).ok()?;
        let (response, _) = self.changed(&command, input)?;
        let waiting = waiting.receive(&response).ok()?;
        let key = Party::Terminal.key();
        let signed = waiting.signed_data();
        let signature = signed.sign(protocol, key.private_key(), &mut self.rng);
        let (waiting, command) = waiting.authenticate(&signature.ok()?).ok()?;
        let (response, other) = self.changed(&command, input)?;
        changed |= other;
        let committed = waiting.finish(&response).ok()?;
        assert!(!changed, "a signature over something else");
        let protocol = ChipAuthenticationProtocol {
            cipher: SymmetricCipher::Aes128,
        };
        let select =
            chip_authentication::terminal::set_authentication_template(protocol, Some(&[12]));
        self.changed(&select, input)?;
        let started = start_version_2(protocol, generation_key(), committed);
        let (waiting, command) = started.ok()?;
        let (response, other) = self.changed(&command, input)?;
        if !response.status.is_ok() {
            return None;
        }
        assert!(!other, "a key to which nobody committed");
        let (keys, _) = waiting.finish(&response).expect("an honest chip");
        let Channel {
            messaging,
            id_picc,
            opened,
            ..
        } = self.channel.take()?;
        let messaging = messaging.rekey(keys).map_err(|(error, _)| error);
        self.channel = Some(Channel {
            messaging: messaging.expect("nothing is due"),
            opened: Opened {
                terminal: Terminal::Authenticated,
                ..opened
            },
            ended: false,
            id_picc,
        });
        self.run.terminals += 1;
        Some(())
    }

    /// Sends a command through the channel, its data changed now and then; the answer, and whether they were.
    fn changed(
        &mut self,
        command: &CommandApdu,
        input: &mut Input<'_>,
    ) -> Option<(ResponseApdu, bool)> {
        let mut data = command.data().to_vec();
        if input.byte().is_multiple_of(16) {
            data = mutate(&data, input);
        }
        let changed = data != command.data();
        let [cla, ins, p1, p2] = command.header();
        let sent = CommandApdu::new(cla, ins, p1, p2)
            .with_data(data)
            .with_ne(command.ne().unwrap_or(0));
        Some((self.protected(&sent)?, changed))
    }

    /// Holds the answer to a whole PACE against the tries that were left.
    fn judge(&mut self, by: PasswordId, right: bool, usable: bool, tries: u8, status: StatusWord) {
        let all = match by {
            PasswordId::Mrz | PasswordId::Can => {
                let expected = if right {
                    StatusWord::OK
                } else {
                    StatusWord(0x6300)
                };
                assert_eq!(status, expected, "PACE with {by:?}");
                return;
            }
            PasswordId::Pin => 3,
            PasswordId::Puk => 10,
        };
        let (expected, left) = match (usable, right, tries) {
            (true, true, _) => (StatusWord::OK, all),
            (true, false, _) => (StatusWord::wrong_secret(tries - 1), tries - 1),
            (false, _, 0) => (StatusWord::AUTHENTICATION_METHOD_BLOCKED, 0),
            (false, _, _) => (StatusWord::CONDITIONS_NOT_SATISFIED, tries),
        };
        assert_eq!(status, expected, "PACE with {by:?}, {tries} tries left");
        *self.tries(by) = Tries::Left(left);
    }

    fn tries(&mut self, by: PasswordId) -> &mut Tries {
        match by {
            PasswordId::Puk => &mut self.puk,
            // CAN and MRZ have no tries; whatever the PIN's are does no harm.
            _ => &mut self.pin,
        }
    }

    /// Asks the chip for its counters.
    fn end(mut self) -> ChipRun {
        self.reader
            .reset()
            .expect("a chip in the same process comes back");
        let protocol = PaceProtocol {
            mapping: Mapping::Generic,
            cipher: SymmetricCipher::Aes128,
        };
        for (by, initial) in [(PasswordId::Pin, 3), (PasswordId::Puk, 10)] {
            let query = set_authentication_template(protocol, by, None, &[]);
            let status = self.send(&query.to_bytes()).status;
            if let Tries::Left(tries) = *self.tries(by) {
                let expected = match tries == initial {
                    true => StatusWord::OK,
                    false => StatusWord::wrong_secret(tries),
                };
                assert_eq!(status, expected, "tries of {by:?} at the end");
            }
        }
        self.run
    }
}

/// One run of PACE.
struct Pace<'a> {
    story: &'a mut Story,
    inside: bool,
    steps: u8,
}

impl Pace<'_> {
    /// The result of PACE, or the status word that ended its last step. `None`
    /// if it did not get as far as the password's comparison.
    fn run(
        &mut self,
        suite: PaceSuite,
        password: &secure_channel::Password,
        announced: &[u8],
    ) -> Option<Result<Established, StatusWord>> {
        let mse = set_authentication_template(suite.protocol, password.id(), None, announced);
        self.step(&mse)?;
        let (waiting, command) = start(suite, password);
        let response = self.step(&command)?;
        let (waiting, command) = waiting
            .map_nonce(&response, &mut self.story.rng.clone())
            .ok()?;
        let response = self.step(&command)?;
        let (waiting, command) = waiting.agree(&response, &mut self.story.rng).ok()?;
        let response = self.step(&command)?;
        let (waiting, command) = waiting.authenticate(&response).ok()?;
        let response = self.step(&command)?;
        Some(match waiting.finish(&response) {
            Ok(established) => Ok(established),
            Err(error) => {
                assert_ne!(
                    response.status,
                    StatusWord::OK,
                    "{error} from an honest chip"
                );
                Err(response.status)
            }
        })
    }

    fn step(&mut self, command: &CommandApdu) -> Option<ResponseApdu> {
        self.steps = self.steps.checked_sub(1)?;
        match self.inside {
            true => self.story.protected(command),
            false => Some(self.story.send(&command.to_bytes())),
        }
    }
}

/// Reference of PIN2, which nobody here knows.
const PIN2: u8 = 0x81;

/// Commands that use or replace a key of the holder, or PIN2.
fn needs_pin2(command: &CommandApdu) -> bool {
    !command.class().is_chained()
        && match command.ins() {
            ins::PERFORM_SECURITY_OPERATION => matches!(command.p1_p2(), 0x9E9A | 0x8086),
            ins::GENERATE_ASYMMETRIC_KEY_PAIR_ODD => command.p1() == 0x80,
            ins::VERIFY => command.class() == Class::INTERINDUSTRY,
            ins::CHANGE_REFERENCE_DATA => true,
            _ => false,
        }
}

fn manages_passwords(command: &CommandApdu) -> bool {
    !command.class().is_chained()
        && matches!(
            command.ins(),
            ins::RESET_RETRY_COUNTER
                | ins::ACTIVATE
                | ins::DEACTIVATE
                | ins::CHANGE_REFERENCE_DATA
                | ins::UPDATE_BINARY
                | ins::UPDATE_BINARY_ODD
                | ins::TERMINATE_DF
                | ins::TERMINATE_CARD_USAGE
        )
}

/// `Some` if the bytes are the same command in another form of its length
/// fields, which secure messaging does not protect.
fn same_command(bytes: &[u8], command: &CommandApdu) -> Option<()> {
    let other = CommandApdu::parse(bytes).ok()?;
    (other.header() == command.header() && other.data() == command.data()).then_some(())
}

/// The chain of the agency, once for all inputs.
fn chain() -> &'static [CvCertificate; 2] {
    static CHAIN: OnceLock<[CvCertificate; 2]> = OnceLock::new();
    CHAIN.get_or_init(|| {
        [
            (Party::Ministry, Party::Verifier),
            (Party::Verifier, Party::Terminal),
        ]
        .map(|(issuer, holder)| {
            let [rights, _] = agency();
            let certified = Certified {
                issuer,
                holder,
                rights,
                expired: false,
            };
            certified.certificate()
        })
    })
}

/// A command that means something more often than not.
fn command(input: &mut Input<'_>) -> CommandApdu {
    match input.byte() % 20 {
        17 => select_by_name(&CIA),
        18 | 19 => of_the_holder(input),
        0 => select_by_name(&EID),
        1 => select_by_name(&ICAO),
        2 => {
            let p1 = input.choose([0x00, 0x01, 0x02, 0x03, 0x04, 0x08, 0x09, 0x80]);
            let p2 = input.choose([0x0C, 0x00, 0x04, 0x08, 0x10]);
            let data = match input.byte() % 4 {
                0 => vec![],
                1 => [[0x01], [input.byte()]].concat(),
                2 => [[0x2F], [input.byte() % 4]].concat(),
                _ => bytes(input).to_vec(),
            };
            CommandApdu::new(0x00, ins::SELECT, p1, p2)
                .with_data(data)
                .with_ne(length(input))
        }
        3..=6 => read_by_short_id(input),
        7 => {
            let [p1, p2] = input.number().to_be_bytes();
            CommandApdu::new(0x00, ins::READ_BINARY, p1 & 0x7F, p2).with_ne(length(input))
        }
        8 => {
            let offset = tlv::encode(Tag(0x54), input.take(2));
            CommandApdu::new(0x00, ins::READ_BINARY_ODD, 0x00, input.byte() % 0x20)
                .with_data(offset)
                .with_ne(length(input))
        }
        9 => {
            let mut objects = Vec::new();
            for _ in 0..input.byte() % 4 {
                let tag = input.choose([0x80, 0x83, 0x84, 0x7F4C, 0x91, 0x67, 0x06, 0x5F20]);
                tlv::push(&mut objects, Tag(tag), bytes(input));
            }
            let [p1, p2] = input.choose([
                [0xC1, 0xA4],
                [0x41, 0xA4],
                [0x81, 0xA4],
                [0x81, 0xB6],
                [0x41, 0xB6],
            ]);
            CommandApdu::new(0x00, ins::MANAGE_SECURITY_ENVIRONMENT, p1, p2).with_data(objects)
        }
        10 => {
            let cla = input.choose([0x10, 0x00]);
            let tag = Tag(u32::from(0x80 | (input.byte() % 8)));
            let point = generation_key();
            let value = match input.byte() % 3 {
                0 => point.as_uncompressed(),
                1 => &[],
                _ => bytes(input),
            };
            let data = tlv::encode(Tag(0x7C), &tlv::encode(tag, value));
            CommandApdu::new(cla, ins::GENERAL_AUTHENTICATE, 0, 0)
                .with_data(data)
                .with_ne(256)
        }
        11 => manage(input),
        12 => {
            let certificate = input.choose([&chain()[0], &chain()[1]]).to_value();
            CommandApdu::new(0x00, ins::PERFORM_SECURITY_OPERATION, 0x00, 0xBE)
                .with_data(mutate(&certificate, input))
        }
        13 => CommandApdu::new(0x00, ins::GET_CHALLENGE, 0x00, 0x00).with_ne(length(input) % 9),
        14 => {
            CommandApdu::new(0x00, ins::EXTERNAL_AUTHENTICATE, 0x00, 0x00).with_data(bytes(input))
        }
        15 => {
            let instruction = input.choose([ins::GET_RESPONSE, ins::ENVELOPE]);
            CommandApdu::new(input.choose([0x00, 0x10]), instruction, 0, 0)
                .with_data(bytes(input))
                .with_ne(length(input))
        }
        _ => {
            let [cla, ins, p1, p2] = [input.byte(), input.byte(), input.byte(), input.byte()];
            CommandApdu::new(cla, ins, p1, p2)
                .with_data(bytes(input))
                .with_ne(length(input))
        }
    }
}

/// A command of the natural-person certificate application.
fn of_the_holder(input: &mut Input<'_>) -> CommandApdu {
    let slot = input.byte() % 3;
    let template = [0xB6, 0xA4, 0xB8][usize::from(slot)];
    let key = tlv::encode(Tag(0x84), &[PIN2 + slot]);
    let (ins, p1, p2, data) = match input.byte() % 8 {
        0 => (ins::VERIFY, 0x00, PIN2, b"13861386".to_vec()),
        1 | 2 => {
            let algorithm = input.choose([0x11, 0x21, 0x31, 0x32, 0x33, 0x41, 0x42]);
            let objects = [tlv::encode(Tag(0x80), &[algorithm]), key].concat();
            (ins::MANAGE_SECURITY_ENVIRONMENT, 0x41, template, objects)
        }
        3 => (
            ins::PERFORM_SECURITY_OPERATION,
            0x9E,
            0x9A,
            vec![input.byte(); 32],
        ),
        4 => (ins::PERFORM_SECURITY_OPERATION, 0x80, 0x86, vec![0; 257]),
        5 | 6 => {
            let p1 = input.choose([0x80, 0x81]);
            let template = tlv::encode(Tag(template.into()), &key);
            (ins::GENERATE_ASYMMETRIC_KEY_PAIR_ODD, p1, 0x00, template)
        }
        _ => (
            ins::UPDATE_BINARY,
            0x8B + slot,
            0x00,
            tlv::encode(Tag(0x30), bytes(input)),
        ),
    };
    CommandApdu::new(0x00, ins, p1, p2)
        .with_data(data)
        .with_ne(input.choose([0, 65_536]))
}

/// A command that changes passwords, files or the card's life, if it is let.
fn manage(input: &mut Input<'_>) -> CommandApdu {
    let (instruction, [p1, p2], data) = match input.byte() % 8 {
        0 | 1 => (ins::RESET_RETRY_COUNTER, [0x02, 0x03], &b"135790"[..]),
        2 | 3 => (ins::RESET_RETRY_COUNTER, [0x03, 0x03], &[][..]),
        4 => (ins::ACTIVATE, [0x10, 0x03], &[][..]),
        5 => (ins::DEACTIVATE, [0x10, 0x03], &[][..]),
        6 => (
            input.choose([
                ins::RESET_RETRY_COUNTER,
                ins::ACTIVATE,
                ins::DEACTIVATE,
                ins::VERIFY,
                ins::CHANGE_REFERENCE_DATA,
                ins::UPDATE_BINARY,
                ins::TERMINATE_CARD_USAGE,
            ]),
            [
                input.choose([0x02, 0x03, 0x10, 0x00]),
                input.choose([0x03, 0x04, 0x81, 0x00]),
            ],
            bytes(input),
        ),
        _ => (ins::INTERNAL_AUTHENTICATE, [0x00, 0x00], input.take(8)),
    };
    CommandApdu::new(input.choose([0x00, 0x00, 0x00, 0x10]), instruction, p1, p2)
        .with_data(data)
        .with_ne(input.choose([0, 256]))
}

fn select_by_name(name: &[u8]) -> CommandApdu {
    CommandApdu::new(0x00, ins::SELECT, 0x04, 0x0C).with_data(name)
}

fn read_by_short_id(input: &mut Input<'_>) -> CommandApdu {
    let p1 = 0x80 | (input.byte() % 0x20);
    let p2 = input.choose([0, 0, 0, 1, 8, 255]);
    CommandApdu::new(0x00, ins::READ_BINARY, p1, p2).with_ne(length(input))
}

fn bytes<'a>(input: &mut Input<'a>) -> &'a [u8] {
    let length = usize::from(input.byte() % 80);
    input.take(length)
}

fn length(input: &mut Input<'_>) -> u32 {
    input.choose([256, 0, 1, 16, 65_536, 300, 256, 65_536])
}
