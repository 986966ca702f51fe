//! A chip of the tests' own, made of secure-channel's chip role: it has the files of an issued card and
//! the oddities of real chips, which the simulated one has not.

use std::collections::BTreeMap;

use applet_sim::CardImage;
use iso7816::{CommandApdu, ResponseApdu, StatusWord, ins, tlv};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::pace::chip::{Answer, Pace};
use secure_channel::pace::{PaceProtocol, PaceSuite};
use secure_channel::secure_messaging::Chip;
use secure_channel::{Curve, EcPrivateKey, Password, PasswordId, SecureMessaging};
use transport::CardDevice;
use transport::Interface;

/// What is odd about the chip. The default is nothing.
#[derive(Clone, Default)]
pub struct Oddities {
    /// Knows files by SELECT only.
    pub no_short_identifiers: bool,
    /// Gives at most so many bytes in one READ BINARY, and calls it success.
    pub short_answers: Option<usize>,
    /// Answers 6700 to a READ BINARY that asks for more.
    pub longest_le: Option<u32>,
    /// Answers 6Cxx to a plain READ BINARY that does not ask for exactly what there is.
    pub insists_on_le: bool,
    /// Hands answers out in pieces of so many bytes, 61xx in between.
    pub pieces: Option<usize>,
    /// Answers 6A80 to an MSE:Set AT with DO 84.
    pub refuses_parameter_id: bool,
    /// Answers MSE:Set AT with this instead of 9000.
    pub set_template_status: Option<StatusWord>,
    /// Answers a wrong token with this.
    pub wrong_token_status: Option<StatusWord>,
    /// Answers every protected READ BINARY of this short identifier with this status, in plain.
    pub plain_error: Option<(u8, StatusWord)>,
    /// Another EF.CardAccess.
    pub card_access: Option<Vec<u8>>,
    /// Says in EF.ATR/INFO whatever this says; empty means that there is no such file.
    pub atr_info: Option<Vec<u8>>,
}

pub struct OddChip {
    pub odd: Oddities,
    files: BTreeMap<(Df, u16), Vec<u8>>,
    can: Vec<u8>,
    static_key: EcPrivateKey,
    rng: ChaCha20Rng,
    df: Df,
    ef: Option<u16>,
    pace: Pace,
    channel: Option<SecureMessaging<Chip>>,
    next_channel: Option<SecureMessaging<Chip>>,
    rest: Vec<u8>,
    rest_status: StatusWord,
    /// Every plain command that arrived.
    pub log: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Df {
    Mf,
    Eid,
}

impl OddChip {
    pub fn new(image: &CardImage, can: &str, odd: Oddities) -> Self {
        let mut files = BTreeMap::new();
        let access = odd.card_access.clone();
        files.insert(
            (Df::Mf, 0x011C),
            access.unwrap_or(image.master_file.card_access.clone()),
        );
        files.insert((Df::Mf, 0x011D), image.master_file.card_security.clone());
        let info = odd
            .atr_info
            .clone()
            .unwrap_or(image.master_file.atr_info.clone());
        if !info.is_empty() {
            files.insert((Df::Mf, 0x2F01), info);
        }
        files.insert((Df::Eid, 0x011D), image.eid.sod.clone());
        for (number, contents) in &image.eid.groups {
            files.insert((Df::Eid, 0x0100 | u16::from(*number)), contents.clone());
        }
        let key = &image.keys.generation;
        Self {
            odd,
            files,
            can: can.as_bytes().to_vec(),
            static_key: EcPrivateKey::from_bytes(key.curve(), key.expose_secret()).unwrap(),
            rng: ChaCha20Rng::from_seed([3; 32]),
            df: Df::Mf,
            ef: None,
            pace: Pace::default(),
            channel: None,
            next_channel: None,
            rest: Vec::new(),
            rest_status: StatusWord::OK,
            log: Vec::new(),
        }
    }

    fn run(&mut self, command: &CommandApdu) -> ResponseApdu {
        self.log.push(command.to_bytes());
        match command.ins() {
            ins::SELECT => self.select(command),
            ins::READ_BINARY | ins::READ_BINARY_ODD => self.read(command),
            ins::MANAGE_SECURITY_ENVIRONMENT => self.set_template(command),
            ins::GENERAL_AUTHENTICATE => self.authenticate(command),
            _ => StatusWord::INS_NOT_SUPPORTED.into(),
        }
    }

    fn select(&mut self, command: &CommandApdu) -> ResponseApdu {
        match (command.p1(), command.data()) {
            (0x00, _) => self.df = Df::Mf,
            (0x04, [0xE8, ..]) if self.channel.is_some() => self.df = Df::Eid,
            (0x02, [high, low]) => {
                let id = u16::from_be_bytes([*high, *low]);
                if !self.files.contains_key(&(self.df, id)) {
                    return StatusWord::FILE_NOT_FOUND.into();
                }
                self.ef = Some(id);
                return StatusWord::OK.into();
            }
            _ => return StatusWord::FILE_NOT_FOUND.into(),
        }
        self.ef = None;
        StatusWord::OK.into()
    }

    fn read(&mut self, command: &CommandApdu) -> ResponseApdu {
        let odd = command.ins() == ins::READ_BINARY_ODD;
        let ne = command.ne().unwrap_or(0);
        if self.odd.longest_le.is_some_and(|longest| ne > longest) {
            return StatusWord::WRONG_LENGTH.into();
        }
        let offset = if odd {
            let bytes = tlv::find(command.data(), tlv::Tag(0x54)).unwrap().unwrap();
            bytes
                .iter()
                .fold(0, |offset, byte| offset << 8 | usize::from(*byte))
        } else if command.p1() & 0x80 != 0 {
            if self.odd.no_short_identifiers {
                return StatusWord::FUNCTION_NOT_SUPPORTED.into();
            }
            let short = command.p1() & 0x1F;
            let id = match (self.df, short) {
                (Df::Mf, 0x01) => 0x2F01,
                _ => 0x0100 | u16::from(short),
            };
            if !self.files.contains_key(&(self.df, id)) {
                return StatusWord::FILE_NOT_FOUND.into();
            }
            self.ef = Some(id);
            usize::from(command.p2())
        } else {
            usize::from(command.p1_p2())
        };
        let Some(id) = self.ef else {
            return StatusWord::COMMAND_NOT_ALLOWED.into();
        };
        if self.channel.is_none() && !matches!(id, 0x011C | 0x2F01) {
            return StatusWord::SECURITY_STATUS_NOT_SATISFIED.into();
        }
        let file = &self.files[&(self.df, id)];
        let Some(rest) = file.get(offset..).filter(|rest| !rest.is_empty()) else {
            return StatusWord::WRONG_P1_P2.into();
        };
        let header = if odd { 4 } else { 0 };
        let wanted = (ne as usize).saturating_sub(header);
        if self.odd.insists_on_le && self.channel.is_none() && rest.len() < wanted {
            return StatusWord::wrong_le(rest.len() as u8).into();
        }
        let most = self.odd.short_answers.unwrap_or(usize::MAX);
        let data = &rest[..rest.len().min(wanted).min(most)];
        let status = if rest.len() < wanted {
            StatusWord::END_OF_FILE_REACHED
        } else {
            StatusWord::OK
        };
        let data = if odd {
            tlv::encode(tlv::Tag(0x53), data)
        } else {
            data.to_vec()
        };
        ResponseApdu::new(data, status)
    }

    fn set_template(&mut self, command: &CommandApdu) -> ResponseApdu {
        let oid = tlv::find(command.data(), tlv::Tag(0x80)).unwrap().unwrap();
        let id = tlv::find(command.data(), tlv::Tag(0x84)).unwrap();
        if self.odd.refuses_parameter_id && id.is_some() {
            return StatusWord::INCORRECT_DATA.into();
        }
        let suite = PaceSuite {
            protocol: PaceProtocol::from_oid(oid).unwrap(),
            curve: id.map_or(Curve::P256, |id| Curve::from_parameter_id(id[0]).unwrap()),
        };
        let password = Password::from_encoded(PasswordId::Can, &self.can).unwrap();
        let key = &self.static_key;
        let key = EcPrivateKey::from_bytes(key.curve(), key.expose_secret()).unwrap();
        self.pace = Pace::select(suite, password, Some(key)).unwrap();
        self.odd
            .set_template_status
            .unwrap_or(StatusWord::OK)
            .into()
    }

    fn authenticate(&mut self, command: &CommandApdu) -> ResponseApdu {
        match self
            .pace
            .general_authenticate(command.data(), &mut self.rng)
        {
            Ok(Answer::Continue(data)) => ResponseApdu::ok(data),
            Ok(Answer::Token(token)) => match token.verify(&[]) {
                Ok((data, established)) => {
                    self.next_channel = Some(SecureMessaging::new(established.session_keys));
                    ResponseApdu::ok(data)
                }
                Err(_) => self
                    .odd
                    .wrong_token_status
                    .unwrap_or(StatusWord::AUTHENTICATION_FAILED)
                    .into(),
            },
            Err(error) => error.status_word().into(),
        }
    }

    fn protected(&mut self, command: &CommandApdu) -> ResponseApdu {
        let Some(mut channel) = self.channel.take() else {
            return StatusWord::SM_OBJECTS_MISSING.into();
        };
        let Ok(plain) = channel.unwrap(command) else {
            return StatusWord::SM_OBJECTS_INCORRECT.into();
        };
        self.channel = Some(channel);
        if let Some((short, status)) = self.odd.plain_error
            && plain.ins() == ins::READ_BINARY
            && plain.p1() == 0x80 | short
        {
            // The chip counts its answer all the same (TR-03110-3 F.5).
            let _ = self.channel.as_mut().unwrap().wrap(&status.into());
            return status.into();
        }
        let response = self.run(&plain);
        let wrapped = self.channel.as_mut().unwrap().wrap(&response).unwrap();
        if let Some(next) = self.next_channel.take() {
            self.channel = Some(next);
        }
        wrapped
    }

    fn in_pieces(&mut self, response: ResponseApdu) -> ResponseApdu {
        let Some(size) = self.odd.pieces.filter(|size| response.data.len() > *size) else {
            return response;
        };
        let (now, later) = response.data.split_at(size);
        self.rest = later.to_vec();
        self.rest_status = response.status;
        ResponseApdu::new(now, StatusWord::more_data(later.len()))
    }
}

impl CardDevice for OddChip {
    fn power_on(&mut self, _: Interface) -> Vec<u8> {
        vec![0x3B, 0x80, 0x80, 0x01, 0x01]
    }

    fn power_off(&mut self) {}

    fn reset(&mut self) -> Vec<u8> {
        self.power_on(Interface::Contactless)
    }

    fn process(&mut self, command: &[u8]) -> Vec<u8> {
        let command = CommandApdu::parse(command).unwrap();
        if command.ins() == ins::GET_RESPONSE {
            let data = std::mem::take(&mut self.rest);
            let response = ResponseApdu::new(data, self.rest_status);
            return self.in_pieces(response).to_bytes();
        }
        let response = if command.class().secure_messaging() {
            self.protected(&command)
        } else {
            self.channel = None;
            let response = self.run(&command);
            if let Some(next) = self.next_channel.take() {
                self.channel = Some(next);
            }
            response
        };
        self.in_pieces(response).to_bytes()
    }
}
