//! Reading transparent files: by short identifier, in the largest blocks that fit, never more than
//! the limits allow.

use iso7816::{CommandApdu, FileId, ResponseApdu, ShortFileId, StatusWord, ins, tlv};
use transport::CardTransport;

use crate::error::{CardFault, Error, File, Misbehaviour, Result, Step};
use crate::link::Link;
use crate::options::Progress;

/// Payload of one protected short answer: 256 bytes, less status (4) and MAC (10) objects and the
/// cryptogram's own header (4), in whole blocks less one byte of padding.
const SHORT_BLOCK: usize = 223;

/// Data of one protected short command.
const SHORT_COMMAND: usize = 239;

/// Bytes around the payload of a protected answer: cryptogram header (at most 5), status and MAC
/// objects, status word.
const PROTECTION: usize = 5 + 4 + 10 + 2;

/// Header of the data object in which READ BINARY with odd instruction answers (ISO/IEC 7816-4,
/// 11.3.3): tag 53, up to three length bytes.
const DISCRETIONARY_HEADER: usize = 4;

/// The last offset that READ BINARY with even instruction can name.
const LAST_SHORT_OFFSET: usize = 0x7FFF;

const ATR_INFO_SHORT: ShortFileId = ShortFileId::new(0x01);

const OFFSET: tlv::Tag = tlv::Tag(0x54);
const DISCRETIONARY_DATA: tlv::Tag = tlv::Tag(0x53);

/// How much to ask for in one READ BINARY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocks {
    /// Payload bytes.
    payload: usize,
}

impl Default for Blocks {
    /// What every card and reader can do: short answers.
    fn default() -> Self {
        Self {
            payload: SHORT_BLOCK,
        }
    }
}

impl Blocks {
    /// The largest blocks whose protected answers have at most `answer` bytes, status word included.
    pub(crate) fn for_answers_of(answer: usize) -> Self {
        let room = answer.min(65_536 + 2).saturating_sub(PROTECTION);
        let payload = (room / 16 * 16).saturating_sub(1);
        Self {
            payload: payload.max(SHORT_BLOCK),
        }
    }

    /// What to ask for where the answer's length is not known beforehand (Le).
    pub(crate) fn longest_answer(self) -> u32 {
        u32::try_from(self.payload).unwrap_or(65_536).max(256)
    }

    /// How many bytes of data one command carries. In a short one, protected: 255 bytes, less cryptogram header (4) and MAC
    /// object (10), in whole blocks less one byte of padding. What goes into a long one is more than any command has.
    pub(crate) fn longest_command(self) -> usize {
        if self.are_short() {
            SHORT_COMMAND
        } else {
            usize::from(u16::MAX)
        }
    }

    /// Whether reader and card carry short APDUs only.
    pub(crate) fn are_short(self) -> bool {
        self.payload <= SHORT_BLOCK
    }

    /// Smaller blocks, after the card refused the present ones.
    fn smaller(&mut self, exact: Option<u32>) -> bool {
        let next = match exact.map(|exact| exact as usize) {
            Some(exact) if (1..self.payload).contains(&exact) => exact,
            Some(_) => return false,
            None if self.payload > SHORT_BLOCK => SHORT_BLOCK,
            None => return false,
        };
        self.payload = next;
        true
    }
}

/// A file, with what names it on the card.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Location {
    pub(crate) file: File,
    pub(crate) id: FileId,
    pub(crate) short: ShortFileId,
}

/// What reading a file gave.
pub(crate) enum ReadOutcome {
    /// Its contents: the data object that it starts with, and nothing behind it. A group that ends
    /// too early is given as it is, since its hash will tell; any other file is then an error.
    Contents(Vec<u8>),
    /// There is no such file.
    Missing,
    /// The card refuses access.
    Denied(StatusWord),
}

impl<T: CardTransport> Link<T> {
    /// Reads one file of the current application.
    pub(crate) fn read_file(&mut self, location: Location) -> Result<ReadOutcome> {
        let Location { file, .. } = location;
        let limit = self.limits.of(file);
        let first = match self.first_block(location)? {
            Block::Data(data) => data,
            Block::End => Vec::new(),
            Block::Refused(StatusWord::FILE_NOT_FOUND) => return Ok(ReadOutcome::Missing),
            Block::Refused(status) if denies_access(status) => {
                return Ok(ReadOutcome::Denied(status));
            }
            Block::Refused(status) => return Err(refused(file, status)),
        };
        let mut contents = first;
        let mut exchanges = 0;
        let total = loop {
            let total = match announced_length(&contents) {
                Announced::Total(total) => match usize::try_from(total) {
                    Ok(total) if total <= limit => Some(total),
                    _ => {
                        return Err(Misbehaviour::TooLarge {
                            file,
                            announced: total,
                            limit,
                        }
                        .into());
                    }
                },
                Announced::NotYet => None,
                Announced::Malformed => return Err(Misbehaviour::Malformed(file).into()),
            };
            let wanted = match total {
                Some(total) if contents.len() >= total => break total,
                Some(total) => total - contents.len(),
                None => self.blocks.payload,
            };
            self.report(Progress {
                file,
                done: contents.len(),
                total: total.unwrap_or(contents.len() + wanted),
            });
            // An honest card gives whole blocks. One that gives a byte at a time, or none, is
            // cut off here.
            exchanges += 1;
            let allowed = 32 + contents.len().max(total.unwrap_or(0)) / 32;
            if exchanges > allowed {
                return Err(Misbehaviour::TooManyExchanges(
                    u32::try_from(allowed).unwrap_or(u32::MAX),
                )
                .into());
            }
            match self.next_block(file, contents.len(), wanted)? {
                Block::Data(data) => contents.extend_from_slice(&data),
                Block::End => break contents.len(),
                Block::Refused(status) => return Err(refused(file, status)),
            }
        };
        let complete = announced_length(&contents) == Announced::Total(total as u64);
        contents.truncate(total);
        self.report(Progress {
            file,
            done: contents.len(),
            total,
        });
        match file {
            File::Eid(_) | File::Icao(_) => Ok(ReadOutcome::Contents(contents)),
            _ if complete => Ok(ReadOutcome::Contents(contents)),
            _ => Err(Misbehaviour::Truncated(file).into()),
        }
    }

    /// EF.ATR/INFO: data objects in a row, so the first block is taken as it comes. Any refusal
    /// means that there is none.
    pub(crate) fn read_atr_info(&mut self) -> Result<Option<Vec<u8>>> {
        let location = Location {
            file: File::AtrInfo,
            id: FileId::EF_ATR_INFO,
            short: ATR_INFO_SHORT,
        };
        match self.first_block(location) {
            Ok(Block::Data(data)) => Ok(Some(data)),
            Ok(Block::End | Block::Refused(_)) | Err(Error::Card(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Selects a file of the current application and reads it to its end, whatever stands in it.
    pub(crate) fn read_to_end(&mut self, file: File, id: FileId) -> Result<ReadOutcome> {
        let limit = self.limits.of(file);
        let select =
            CommandApdu::new(0x00, ins::SELECT, 0x02, 0x0C).with_data(id.to_bytes().to_vec());
        match self.send(&select, Step::Read(file))?.status {
            status if status.is_ok() => {}
            StatusWord::FILE_NOT_FOUND => return Ok(ReadOutcome::Missing),
            status if denies_access(status) => return Ok(ReadOutcome::Denied(status)),
            status => return Err(refused(file, status)),
        }
        let mut contents = Vec::new();
        loop {
            match self.next_block(file, contents.len(), self.blocks.payload)? {
                Block::Data(data) => contents.extend_from_slice(&data),
                Block::End => return Ok(ReadOutcome::Contents(contents)),
                Block::Refused(status) if contents.is_empty() && denies_access(status) => {
                    return Ok(ReadOutcome::Denied(status));
                }
                Block::Refused(status) => return Err(refused(file, status)),
            }
            if contents.len() > limit {
                let announced = contents.len() as u64;
                return Err(Misbehaviour::TooLarge {
                    file,
                    announced,
                    limit,
                }
                .into());
            }
        }
    }

    /// The first block, by short identifier; by SELECT where the card does not know it so.
    fn first_block(&mut self, location: Location) -> Result<Block> {
        let Location { file, id, short } = location;
        loop {
            let command = CommandApdu::new(0x00, ins::READ_BINARY, short.to_p1(), 0);
            match self.block(file, command, self.blocks.payload)? {
                Answer::Block(Block::Refused(status)) if knows_no_short_identifier(status) => break,
                Answer::Block(block) => return Ok(block),
                Answer::Again => {}
            }
        }
        let select =
            CommandApdu::new(0x00, ins::SELECT, 0x02, 0x0C).with_data(id.to_bytes().to_vec());
        let status = self.send(&select, Step::Read(file))?.status;
        if !status.is_ok() {
            return Ok(Block::Refused(status));
        }
        self.next_block(file, 0, self.blocks.payload)
    }

    /// A block of the current file.
    fn next_block(&mut self, file: File, offset: usize, wanted: usize) -> Result<Block> {
        loop {
            let wanted = wanted.min(self.blocks.payload);
            let answer = if offset <= LAST_SHORT_OFFSET {
                let [.., high, low] = offset.to_be_bytes();
                self.block(
                    file,
                    CommandApdu::new(0x00, ins::READ_BINARY, high, low),
                    wanted,
                )?
            } else {
                self.far_block(file, offset, wanted)?
            };
            if let Answer::Block(block) = answer {
                return Ok(block);
            }
        }
    }

    /// One READ BINARY.
    fn block(&mut self, file: File, command: CommandApdu, wanted: usize) -> Result<Answer> {
        let ne = u32::try_from(wanted).unwrap_or(65_536);
        let response = self.read(file, &command.with_ne(ne))?;
        self.judge(response, wanted)
    }

    /// One READ BINARY with odd instruction, beyond the reach of the even one.
    fn far_block(&mut self, file: File, offset: usize, wanted: usize) -> Result<Answer> {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX).to_be_bytes();
        let first = offset.iter().position(|byte| *byte != 0).unwrap_or(3);
        let offset = tlv::encode(OFFSET, offset.get(first..).unwrap_or_default());
        let wanted = wanted
            .min(self.blocks.payload.saturating_sub(DISCRETIONARY_HEADER))
            .max(1);
        let room = wanted + DISCRETIONARY_HEADER;
        let ne = u32::try_from(room).unwrap_or(65_536);
        let command = CommandApdu::new(0x00, ins::READ_BINARY_ODD, 0, 0)
            .with_data(offset)
            .with_ne(ne);
        let mut response = self.read(file, &command)?;
        if !response.data.is_empty() {
            let inner = tlv::find(&response.data, DISCRETIONARY_DATA).ok().flatten();
            response.data = inner
                .ok_or(Misbehaviour::MalformedAnswer(Step::Read(file)))?
                .to_vec();
        }
        // A shorter header leaves room for more contents than were reckoned with.
        self.judge(response, room)
    }

    /// A refusal in plain is treated here like one in the channel: it only ever ends the reading,
    /// or makes the blocks smaller.
    fn read(&mut self, file: File, command: &CommandApdu) -> Result<ResponseApdu> {
        match self.send(command, Step::Read(file)) {
            Err(Error::Card(CardFault { status, .. })) if status == StatusWord::WRONG_LENGTH => {
                Ok(status.into())
            }
            other => other,
        }
    }

    fn judge(&mut self, response: ResponseApdu, wanted: usize) -> Result<Answer> {
        let ResponseApdu { data, status } = response;
        if data.len() > wanted {
            return Err(Misbehaviour::AnswerTooLong.into());
        }
        Ok(match status {
            StatusWord::OK if data.is_empty() => Answer::Block(Block::End),
            StatusWord::END_OF_FILE_REACHED if data.is_empty() => Answer::Block(Block::End),
            StatusWord::OK | StatusWord::END_OF_FILE_REACHED => Answer::Block(Block::Data(data)),
            StatusWord::WRONG_P1_P2 => Answer::Block(Block::End),
            StatusWord::WRONG_LENGTH if self.blocks.smaller(None) => Answer::Again,
            status if status.exact_ne().is_some() && self.blocks.smaller(status.exact_ne()) => {
                Answer::Again
            }
            status => Answer::Block(Block::Refused(status)),
        })
    }
}

/// What one READ BINARY gave.
enum Block {
    Data(Vec<u8>),
    End,
    Refused(StatusWord),
}

enum Answer {
    Block(Block),
    /// The blocks were too large and are smaller now.
    Again,
}

/// The length of the data object that starts with these bytes, header included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Announced {
    Total(u64),
    /// The header is not complete.
    NotYet,
    Malformed,
}

/// Looks at the header alone; nothing is allocated.
fn announced_length(contents: &[u8]) -> Announced {
    let mut bytes = contents.iter().copied();
    let mut header = 1u64;
    let Some(tag) = bytes.next() else {
        return Announced::NotYet;
    };
    if tag & 0x1F == 0x1F {
        loop {
            header += 1;
            match bytes.next() {
                None => return Announced::NotYet,
                Some(_) if header > 3 => return Announced::Malformed,
                Some(more) if more & 0x80 == 0 => break,
                Some(_) => {}
            }
        }
    }
    let Some(first) = bytes.next() else {
        return Announced::NotYet;
    };
    header += 1;
    let mut length = u64::from(first);
    if first >= 0x80 {
        let count = first & 0x7F;
        // Indefinite length, or more than four bytes: no file of a card.
        if !(1..=4).contains(&count) {
            return Announced::Malformed;
        }
        length = 0;
        for _ in 0..count {
            let Some(byte) = bytes.next() else {
                return Announced::NotYet;
            };
            header += 1;
            length = length << 8 | u64::from(byte);
        }
    }
    Announced::Total(header + length)
}

fn denies_access(status: StatusWord) -> bool {
    matches!(
        status,
        StatusWord::SECURITY_STATUS_NOT_SATISFIED
            | StatusWord::AUTHENTICATION_METHOD_BLOCKED
            | StatusWord::REFERENCE_DATA_NOT_USABLE
            | StatusWord::CONDITIONS_NOT_SATISFIED
    )
}

/// Statuses with which real chips answer a short identifier that they do not know, or that name
/// one that they do not have.
fn knows_no_short_identifier(status: StatusWord) -> bool {
    matches!(
        status,
        StatusWord::FILE_NOT_FOUND
            | StatusWord::FUNCTION_NOT_SUPPORTED
            | StatusWord::INCORRECT_P1_P2
            | StatusWord::COMMAND_NOT_ALLOWED
            | StatusWord::INS_NOT_SUPPORTED
    )
}

fn refused(file: File, status: StatusWord) -> Error {
    Error::Card(CardFault {
        step: Step::Read(file),
        status,
        authenticated: true,
    })
}
