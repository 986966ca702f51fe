//! What can be done to a card, one thing at a time, and how it reads.

use std::fmt;

use neweid_tests::cards::authorities::{Certified, Rights};
use proptest::sample::Index;
use secure_channel::PasswordId;
use secure_channel::auxiliary_data::Kind;

/// What a terminal says it is in PACE, with what the holder confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Announced {
    Authentication(Rights),
    Inspection,
    Signature,
}

/// What is signed for EXTERNAL AUTHENTICATE, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signing {
    Right,
    /// Everything as it should be, by the document verifier's key.
    WrongKey,
    /// Over the chip's key of the PACE before.
    OtherSession,
    /// Over another ephemeral key of the terminal.
    OtherKey,
    /// Over the challenge before.
    OldChallenge,
    /// No new signature: the last one again.
    Replayed,
    /// The right one with one bit changed.
    Damaged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directory {
    MasterFile,
    Eid,
    Icao,
}

/// Commands that manage PIN1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manage {
    Change,
    ChangeBack,
    Unblock,
    Activate,
    Deactivate,
}

/// One thing that is done. Most of them are one command.
#[derive(Clone)]
pub(super) enum Step {
    Reset,
    Pace {
        by: PasswordId,
        right: bool,
        cam: bool,
        /// Inside the channel that is open.
        inside: bool,
        terminal: Option<Announced>,
    },
    Show(Certified),
    /// MSE:Set AT for Terminal Authentication, with the terminal's name or another.
    SelectTerminal {
        named: bool,
        /// With questions that the card will answer with yes, or with no.
        asks: Option<bool>,
    },
    Challenge,
    Sign(Signing),
    /// Chip Authentication 2, with the key that was signed or another.
    ProveChip {
        committed: bool,
    },
    Select(Directory),
    /// SELECT by identifier, 0100 and this.
    SelectFile(u8),
    Read {
        short_id: u8,
        offset: u8,
        ne: u32,
    },
    ReadOdd {
        short_id: u8,
        offset: u16,
        ne: u32,
    },
    ReadCurrent {
        offset: u16,
    },
    Update {
        short_id: u8,
        odd: bool,
    },
    Manage(Manage),
    /// VERIFY or COMPARE of auxiliary data.
    Ask {
        kind: Kind,
        verify: bool,
    },
    /// Restricted Identification.
    Identify {
        pseudonym: bool,
        /// In the terminal's own sector.
        own: bool,
    },
    Random(Vec<u8>),
    /// An earlier command again, with these bits changed.
    Copy {
        which: Index,
        flips: Vec<(Index, u8)>,
    },
    /// After a reset, how many tries PIN1 and PUK have.
    AskTries,
}

/// A step, and whether it is sent outside the channel although there is one.
#[derive(Clone)]
pub(super) struct Move {
    pub(super) step: Step,
    pub(super) plain: bool,
}

#[derive(Clone)]
pub(super) struct Sequence(pub(super) Vec<Move>);

impl fmt::Debug for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            writeln!(f, "{number:>4} {step:?}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.step)?;
        if self.plain {
            f.write_str(", in plain")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset => f.write_str("reset"),
            Self::Pace {
                by,
                right,
                cam,
                inside,
                terminal,
            } => {
                let word = if *right { "right" } else { "wrong" };
                let mapping = if *cam { "CAM" } else { "GM" };
                write!(f, "PACE-{mapping} with the {word} {by:?}")?;
                if *inside {
                    f.write_str(" inside the channel")?;
                }
                match terminal {
                    None => f.write_str(", local"),
                    Some(announced) => write!(f, ", terminal {announced:?}"),
                }
            }
            Self::Show(it) => {
                let days = if it.expired { ", expired" } else { "" };
                write!(f, "certificate by {:?} for {:?}", it.issuer, it.holder)?;
                write!(f, " {:?}{days}", it.granted())
            }
            Self::SelectTerminal { named, asks } => {
                let answers = match asks {
                    None => "nothing",
                    Some(true) => "what is true",
                    Some(false) => "what is not true",
                };
                write!(f, "MSE:Set AT, right name: {named}, asks {answers}")
            }
            Self::Challenge => f.write_str("GET CHALLENGE"),
            Self::Sign(signing) => write!(f, "EXTERNAL AUTHENTICATE {signing:?}"),
            Self::ProveChip { committed } => {
                write!(f, "Chip Authentication 2, committed key: {committed}")
            }
            Self::Select(directory) => write!(f, "SELECT {directory:?}"),
            Self::SelectFile(id) => write!(f, "SELECT 01{id:02X}"),
            Self::Read {
                short_id,
                offset,
                ne,
            } => write!(f, "READ BINARY B0 {short_id:02X} from {offset}, Ne {ne}"),
            Self::ReadOdd {
                short_id,
                offset,
                ne,
            } => write!(f, "READ BINARY B1 {short_id:02X} from {offset}, Ne {ne}"),
            Self::ReadCurrent { offset } => write!(f, "READ BINARY from {offset}"),
            Self::Update { short_id, odd } => write!(f, "UPDATE {short_id:02X}, odd: {odd}"),
            Self::Manage(manage) => write!(f, "{manage:?} PIN1"),
            Self::Ask { kind, verify } => {
                let name = if *verify { "VERIFY" } else { "COMPARE" };
                write!(f, "{name} {kind:?}")
            }
            Self::Identify { pseudonym, own } => write!(
                f,
                "Restricted Identification, pseudonym: {pseudonym}, own sector: {own}"
            ),
            Self::Random(bytes) => write!(f, "bytes {bytes:02X?}"),
            Self::Copy { which, flips } => write!(f, "copy of {which:?} with {flips:?}"),
            Self::AskTries => f.write_str("reset, and MSE:Set AT for PIN1 and PUK"),
        }
    }
}
