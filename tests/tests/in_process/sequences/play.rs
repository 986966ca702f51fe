//! Plays a sequence to a chip, and holds every answer against the facts.

mod command;
mod pace;
mod run;

use applet_sim::{Chip, MemoryStore};
use iso7816::{CommandApdu, ResponseApdu, StatusWord, ins, tlv};
use neweid_tests::cards::authorities::{Certified, Party, other_sector, sector};
use neweid_tests::cards::rng;
use neweid_tests::fuzzing::marked_card::{Secret, chip, generation_key, questions};
use neweid_tests::terminal::{CAM, GM};
use rand_chacha::ChaCha20Rng;
use secure_channel::auxiliary_data::AuxiliaryData;
use secure_channel::chip_authentication::ChipAuthenticationProtocol;
use secure_channel::chip_authentication::terminal::{
    EphemeralKey, set_authentication_template, start_version_2,
};
use secure_channel::pace::terminal as pace_terminal;
use secure_channel::restricted_identification::{
    RestrictedIdentificationProtocol, Sector, terminal as restricted_identification,
};
use secure_channel::secure_messaging::Terminal;
use secure_channel::terminal_authentication::terminal::{self, CommittedKey};
use secure_channel::terminal_authentication::{
    Challenge, SignedData, TerminalAuthenticationProtocol,
};
use secure_channel::{
    CompressedPublicKey, Curve, Error, PasswordId, SecureMessaging, SymmetricCipher,
};
use transport::{CardTransport, InProcess, Interface};

use super::facts::{Facts, Signature, Wrong};
use super::step::{Move, Sequence, Signing, Step};
use command::command;
pub(super) use run::Run;

const SHA_256: TerminalAuthenticationProtocol = TerminalAuthenticationProtocol::EcdsaSha256;
const AES_128: ChipAuthenticationProtocol = ChipAuthenticationProtocol {
    cipher: SymmetricCipher::Aes128,
};
/// The identifier of the batch's key (docs/chip-profile.md, EF.CardAccess).
const GENERATION_KEY: u8 = 12;

/// Plays the whole sequence; what went wrong, and at which step.
pub(super) fn play(sequence: &Sequence) -> Result<Run, Wrong> {
    let mut player = Player::new();
    for (number, it) in sequence.0.iter().enumerate() {
        let played = player.play(it);
        played.map_err(|wrong| format!("step {number}, {it:?}: {wrong}"))?;
    }
    player
        .ask_tries()
        .map_err(|wrong| format!("at the end: {wrong}"))?;
    Ok(player.run)
}

struct Player {
    reader: InProcess<Chip<MemoryStore>>,
    channel: Option<SecureMessaging<Terminal>>,
    facts: Facts,
    rng: ChaCha20Rng,
    /// The chip's ephemeral keys of the last two PACE runs.
    id_picc: [CompressedPublicKey; 2],
    /// The last two challenges.
    challenges: [Challenge; 2],
    /// The auxiliary data of the last MSE:Set AT.
    asked: AuxiliaryData,
    /// From which seed the terminal's ephemeral key is.
    ephemeral: u64,
    /// The one that was signed.
    committed: u64,
    last_signature: Vec<u8>,
    history: Vec<Vec<u8>>,
    run: Run,
}

impl Player {
    fn new() -> Self {
        let nothing = CompressedPublicKey::from_bytes(&[0; 32]);
        Self {
            reader: InProcess::new(chip(), Interface::Contactless),
            channel: None,
            facts: Facts::new(),
            rng: rng(30),
            id_picc: [nothing.clone(), nothing],
            challenges: [Challenge::from_bytes([0; 8]); 2],
            asked: AuxiliaryData::none(),
            ephemeral: 1000,
            committed: 1000,
            last_signature: vec![7; 64],
            history: Vec::new(),
            run: Run::default(),
        }
    }

    fn play(&mut self, Move { step, plain }: &Move) -> Result<(), Wrong> {
        let plain = *plain;
        match step {
            Step::Reset => self.reset(),
            Step::Pace {
                by,
                right,
                cam,
                inside,
                terminal,
            } => {
                let suite = if *cam { CAM } else { GM };
                let terminal = terminal.as_ref();
                self.pace(suite, *by, *right, *inside && !plain, terminal)?;
            }
            Step::Show(certified) => self.show(certified, plain)?,
            Step::SelectTerminal { named, asks } => self.select_terminal(*named, *asks, plain)?,
            Step::Identify { pseudonym, own } => self.identify(*pseudonym, *own, plain)?,
            Step::Ask { .. } => {
                let answer = self.perform(&command(step), plain)?;
                let answered = |it: ResponseApdu| it.status.is_ok() || it.status.is_warning();
                self.run.answers += u32::from(answer.is_some_and(answered));
            }
            Step::Challenge => {
                let answer = self.perform(&terminal::get_challenge(), plain)?;
                if let Some(challenge) = answer.and_then(|it| terminal::challenge(&it).ok()) {
                    self.challenges = [challenge, self.challenges[0]];
                }
            }
            Step::Sign(signing) => self.sign(*signing, plain)?,
            Step::ProveChip { committed } => self.prove_chip(*committed, plain)?,
            Step::AskTries => self.ask_tries()?,
            Step::Random(bytes) => self.bytes(bytes, plain)?,
            Step::Copy { which, flips } => {
                if self.history.is_empty() {
                    return Ok(());
                }
                let mut bytes = which.get(&self.history).clone();
                for (at, bit) in flips {
                    let length = bytes.len();
                    bytes[at.index(length)] ^= 1 << bit;
                }
                self.bytes(&bytes, plain)?;
            }
            Step::Read { .. } | Step::ReadOdd { .. } => {
                let answer = self.perform(&command(step), plain)?;
                let refused = answer.is_none_or(|answer| answer.data.is_empty());
                self.run.closed += u32::from(refused);
            }
            Step::Update { .. } => {
                let answer = self.perform(&command(step), plain)?;
                self.run.written += u32::from(answer.is_some_and(|it| it.status.is_ok()));
            }
            Step::Manage(_) => {
                let answer = self.perform(&command(step), plain)?;
                self.run.managed += u32::from(answer.is_some_and(|it| it.status.is_ok()));
            }
            Step::Select(_) | Step::SelectFile(_) | Step::ReadCurrent { .. } => {
                self.perform(&command(step), plain)?;
            }
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.reader.reset().expect("a chip in the same process");
        self.channel = None;
        self.facts.end_session();
    }

    /// Sends bytes, and looks at what comes back in clear text.
    fn transmit(&mut self, bytes: &[u8]) -> Result<ResponseApdu, Wrong> {
        self.run.commands += 1;
        let answer = self.reader.transmit(bytes).map_err(|it| it.to_string())?;
        let secrets = Secret::found_in(&answer);
        if !secrets.is_empty() {
            return Err(format!("{secrets:?} in clear text"));
        }
        ResponseApdu::parse(&answer).map_err(|error| error.to_string())
    }

    /// Sends bytes as they are. Nearly all of them end the session.
    fn plain(&mut self, bytes: &[u8]) -> Result<ResponseApdu, Wrong> {
        let response = self.transmit(bytes)?;
        let keeps = CommandApdu::parse(bytes).is_ok_and(|command| {
            matches!(
                (command.cla(), command.ins()),
                (0x00, ins::GET_RESPONSE) | (0x00 | 0x10, ins::ENVELOPE)
            )
        });
        if !keeps {
            self.facts.end_session();
        }
        Ok(response)
    }

    /// Sends a command through the channel. Nothing if that cannot be, or if the chip has ended it.
    fn protected(&mut self, command: &CommandApdu) -> Result<Option<ResponseApdu>, Wrong> {
        let channel = self.channel.as_mut().ok_or("no channel")?;
        let Ok(wrapped) = channel.wrap(command) else {
            return Ok(None);
        };
        let wrapped = wrapped.to_bytes();
        self.history.push(wrapped.clone());
        let mut response = self.transmit(&wrapped)?;
        while response.status.sw1() == 0x61 {
            let more = self.transmit(&[0x00, ins::GET_RESPONSE, 0x00, 0x00, 0x00])?;
            response = ResponseApdu::new([response.data, more.data].concat(), more.status);
        }
        let channel = self.channel.as_mut().ok_or("no channel")?;
        let response = match channel.unwrap(&response) {
            Ok(response) => response,
            Err(Error::UnprotectedStatus(status)) if !status.is_ok() => {
                self.channel = None;
                self.facts.end_session();
                return Ok(None);
            }
            Err(error) => return Err(format!("from an honest chip: {error}")),
        };
        if self.facts.session.is_none() {
            return Err("the chip answers in a session that has ended".into());
        }
        let secrets = Secret::found_in(&response.data);
        self.run.open += u32::from(!secrets.is_empty());
        let zone = |secret: &Secret| matches!(secret, Secret::EidGroup(3..=9));
        self.run.protected_zone += u32::from(secrets.iter().any(zone));
        match secrets.iter().find(|secret| !self.facts.may_see(**secret)) {
            Some(secret) => Err(format!(
                "{secret:?} is read by {:?}: {response:?}",
                self.facts.session
            )),
            None => Ok(Some(response)),
        }
    }

    /// One command, and what the facts say to its answer.
    fn perform(
        &mut self,
        command: &CommandApdu,
        plain: bool,
    ) -> Result<Option<ResponseApdu>, Wrong> {
        let response = self.send(command, plain)?;
        if let Some(response) = &response {
            let judged = self.facts.judge(command, response);
            judged.map_err(|wrong| format!("{wrong}: {command:?} {response:?}"))?;
        }
        Ok(response)
    }

    fn send(&mut self, command: &CommandApdu, plain: bool) -> Result<Option<ResponseApdu>, Wrong> {
        self.history.push(command.to_bytes());
        if plain || self.channel.is_none() {
            return self.plain(&command.to_bytes()).map(Some);
        }
        self.protected(command)
    }

    /// Bytes that may be a command, inside the channel if they are.
    fn bytes(&mut self, bytes: &[u8], plain: bool) -> Result<(), Wrong> {
        let command = CommandApdu::parse(bytes).ok();
        let bare = command.filter(|command| matches!(command.cla(), 0x00 | 0x10 | 0x80));
        let Some(command) = bare else {
            let response = self.plain(bytes)?;
            return match response.data.is_empty() {
                true => Ok(()),
                false => Err(format!("{bytes:02X?} are answered: {response:?}")),
            };
        };
        let answer = self.perform(&command, plain)?;
        let agrees = command.ins() == ins::GENERAL_AUTHENTICATE;
        if agrees && answer.is_some_and(|answer| answer.status.is_ok()) {
            // If it was Chip Authentication, the next channel is one whose keys nobody has here.
            self.channel = None;
            self.facts.end_session();
        }
        Ok(())
    }

    fn show(&mut self, certified: &Certified, plain: bool) -> Result<(), Wrong> {
        let certificate = certified.certificate();
        let name = tlv::encode(tlv::Tag(0x83), certificate.authority().as_bytes());
        let select = CommandApdu::new(0x00, ins::MANAGE_SECURITY_ENVIRONMENT, 0x81, 0xB6);
        self.perform(&select.with_data(name), plain)?;
        let value = certificate.to_value();
        self.facts
            .certificates
            .insert(value.clone(), certified.clone());
        let verify = CommandApdu::new(0x00, ins::PERFORM_SECURITY_OPERATION, 0x00, 0xBE);
        let answer = self.perform(&verify.with_data(value), plain)?;
        self.run.certificates += u32::from(answer.is_some_and(|it| it.status.is_ok()));
        Ok(())
    }

    fn select_terminal(
        &mut self,
        named: bool,
        asks: Option<bool>,
        plain: bool,
    ) -> Result<(), Wrong> {
        self.ephemeral += 1;
        let party = if named {
            Party::Terminal
        } else {
            Party::Verifier
        };
        let mut data = tlv::encode(tlv::Tag(0x80), &SHA_256.oid());
        tlv::push(&mut data, tlv::Tag(0x83), party.name().as_bytes());
        self.asked = asks.map_or(AuxiliaryData::none(), questions);
        data.extend_from_slice(self.asked.as_bytes());
        let key = ephemeral(self.ephemeral).compress();
        tlv::push(&mut data, tlv::Tag(0x91), key.as_bytes());
        let select = CommandApdu::new(0x00, ins::MANAGE_SECURITY_ENVIRONMENT, 0x81, 0xA4);
        self.perform(&select.with_data(data), plain)?;
        Ok(())
    }

    fn sign(&mut self, signing: Signing, plain: bool) -> Result<(), Wrong> {
        let (mut id_picc, mut challenge) = (&self.id_picc[0], &self.challenges[0]);
        let (mut seed, mut by) = (self.ephemeral, Party::Terminal);
        match signing {
            Signing::Right | Signing::Damaged | Signing::Replayed => {}
            Signing::WrongKey => by = Party::Verifier,
            Signing::OtherSession => id_picc = &self.id_picc[1],
            Signing::OtherKey => seed = OTHER_SEED,
            Signing::OldChallenge => challenge = &self.challenges[1],
        }
        let signature = if signing == Signing::Replayed {
            self.last_signature.clone()
        } else {
            let key = ephemeral(seed).compress();
            let message = SignedData::new(id_picc, challenge, &key, &self.asked);
            let message = message.as_bytes().to_vec();
            let signature = by.key().sign(&message, &mut self.rng);
            let mut signature = signature.expect("a signature");
            if signing == Signing::Damaged {
                signature[40] ^= 1;
            } else {
                let made = Signature { message, by };
                self.facts.signatures.insert(signature.clone(), made);
            }
            signature
        };
        self.last_signature.clone_from(&signature);
        let command = CommandApdu::new(0x00, ins::EXTERNAL_AUTHENTICATE, 0x00, 0x00);
        let answer = self.perform(&command.with_data(signature), plain)?;
        if let Some(answer) = answer {
            let accepted = answer.status.is_ok();
            self.run.signatures += u32::from(accepted);
            self.run.signatures_refused += u32::from(!accepted);
            if accepted {
                self.committed = seed;
            }
        }
        Ok(())
    }

    fn prove_chip(&mut self, committed: bool, plain: bool) -> Result<(), Wrong> {
        let select = set_authentication_template(AES_128, Some(&[GENERATION_KEY]));
        self.perform(&select, plain)?;
        let seed = if committed {
            self.committed
        } else {
            OTHER_SEED
        };
        let started = start_version_2(AES_128, generation_key(), commitment(seed));
        let (waiting, command) = started.expect("one curve");
        let answer = self.perform(&command, plain)?;
        let Some(answer) = answer.filter(|answer| answer.status.is_ok()) else {
            return Ok(());
        };
        let finished = waiting.finish(&answer);
        let (keys, _) = finished.map_err(|error| format!("from an honest chip: {error}"))?;
        self.run.proven += 1;
        let channel = self.channel.take().ok_or("no channel")?;
        let channel = channel
            .rekey(keys)
            .map_err(|(error, _)| error.to_string())?;
        self.channel = Some(channel);
        Ok(())
    }

    fn identify(&mut self, pseudonym: bool, own: bool, plain: bool) -> Result<(), Wrong> {
        let protocol = RestrictedIdentificationProtocol::EcdhSha256;
        let key = [if pseudonym { 2 } else { 1 }];
        let select = restricted_identification::set_authentication_template(protocol, Some(&key));
        self.perform(&select, plain)?;
        let sector = if own { sector() } else { other_sector() };
        let (_, command) = restricted_identification::start(protocol, Sector::First, &sector);
        let answer = self.perform(&command, plain)?;
        self.run.identified += u32::from(answer.is_some_and(|it| it.status.is_ok()));
        Ok(())
    }

    /// How many tries there are, as MSE:Set AT tells after a reset.
    fn ask_tries(&mut self) -> Result<(), Wrong> {
        self.reset();
        for (by, tries) in [
            (PasswordId::Pin, self.facts.pin),
            (PasswordId::Puk, self.facts.puk),
        ] {
            let ask = pace_terminal::set_authentication_template(GM.protocol, by, None, &[]);
            let status = self.plain(&ask.to_bytes())?.status;
            let expected = if by == PasswordId::Pin && self.facts.deactivated {
                StatusWord::DEACTIVATED
            } else if tries.left == tries.all {
                StatusWord::OK
            } else {
                StatusWord::wrong_secret(tries.left)
            };
            if status != expected {
                return Err(format!("{by:?} has {status} instead of {expected}"));
            }
        }
        Ok(())
    }
}

const OTHER_SEED: u64 = 9999;

fn ephemeral(seed: u64) -> EphemeralKey {
    EphemeralKey::generate(Curve::P256, &mut rng(seed)).expect("a key")
}

/// The key from this seed as Chip Authentication wants it: as if a chip had accepted a signature over it.
fn commitment(seed: u64) -> CommittedKey {
    let accepted = ResponseApdu::new([], StatusWord::OK);
    let id_picc = CompressedPublicKey::from_bytes(&[0; 32]);
    let nothing = AuxiliaryData::none();
    let started = terminal::start(SHA_256, b"ANYBODY", &id_picc, ephemeral(seed), nothing);
    let (waiting, _) = started.expect("a name");
    let challenge = Challenge::from_bytes([0; 8]);
    let waiting = waiting.with_challenge(&accepted, &challenge);
    let authenticated = waiting.expect("accepted").authenticate(&[0; 64]);
    let (waiting, _) = authenticated.expect("a signature's length");
    waiting.finish(&accepted).expect("accepted")
}
