//! Cards that fail on purpose: the same fault at the same place in every run,
//! for the tests of whoever reads cards.
//!
//! A [`Script`] is a list of faults. Each says *when*: at the n-th command APDU
//! since the script began, counted from 1, or at every one from there; and
//! *what*. It is built in code, or parsed from text with one fault a line
//! (docs/faults.md has the table):
//!
//! ```
//! use transport::faults::{Fault, Script};
//!
//! let script: Script = "
//!     ## Slow from the beginning, and gone in the middle.
//!     from 1 delay 20ms
//!     at 12 remove-before
//! "
//! .parse()?;
//! let same = Script::new()
//!     .from(1, Fault::Delay { ms: 20 })
//!     .at(12, Fault::RemoveBefore);
//! assert_eq!(script, same);
//! assert_eq!(script.to_string().parse(), Ok(same));
//! # Ok::<(), transport::faults::ScriptError>(())
//! ```
//!
//! Two ends can play a script. [`Faulty`] wraps any transport and fails at the
//! reader's side; a simulated chip fails by itself (`Chip::follow` of
//! `applet-sim`) and can do what nobody on the way can: answer wrongly under
//! the channel's own keys, and lose power in the middle of a write. A fault
//! that an end cannot make is refused when the script is handed over
//! ([`Unplayable`]).
//!
//! Commands count when a card in its place is given them. What is sent to a
//! card that is gone, or refused for its length, does not count. At one command
//! all delays that are due are made, and of the other faults the first in the
//! list.
//!
//! Nothing here looks at a clock or throws dice. Waiting is done by a function
//! that is handed in.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use iso7816::StatusWord;

mod faulty;
mod schedule;
mod text;

pub use faulty::Faulty;
pub use schedule::{Schedule, When};
pub use text::{Problem, ScriptError};

/// What goes wrong with one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The card is taken away before it has carried out the command.
    RemoveBefore,
    /// The card is taken away after it has carried out the command. Its answer
    /// is lost.
    RemoveAfter,
    /// The card is reset before it has carried out the command.
    ResetBefore,
    /// The card is reset after it has carried out the command. Its answer is
    /// lost.
    ResetAfter,
    /// The card does not carry out the command, and says nothing more until it
    /// is reset.
    Mute,
    /// The command takes longer.
    Delay {
        /// By so many milliseconds.
        ms: u32,
    },
    /// The card carries out the command, and its answer arrives with another
    /// status word. Under secure messaging only the outer one is changed, which
    /// the channel does not protect. Reader only.
    Status(StatusWord),
    /// The answer is this status word alone, without the channel's protection;
    /// the channel goes on. At the reader's side the card has carried out the
    /// command, at the chip's it has not.
    Unprotected(StatusWord),
    /// The chip does not carry out the command, and answers with this status
    /// word under the protection of the channel, if there is one. Chip only.
    Protected(StatusWord),
    /// The answer has at most so many bytes of data. From the chip they come
    /// with 9000 and as well protected as ever; at the reader's side the rest is
    /// cut out between data and status word.
    Short(usize),
    /// The answer breaks off after so many bytes, status word or not. Reader
    /// only.
    Cut(usize),
}

/// What a loss of power leaves of the writes that were not flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tear {
    /// None of them happened.
    Nothing,
    /// All of them happened, the interrupted one included.
    Everything,
    /// Earlier ones happened; the last one stopped after this many bytes, and
    /// the byte after those is inverted.
    After(usize),
    /// Only the last one happened: the medium had reordered them.
    LastOnly,
}

impl Tear {
    /// One of each kind, for tests that try them all.
    pub const ALL: [Self; 6] = [
        Self::Nothing,
        Self::Everything,
        Self::After(0),
        Self::After(3),
        Self::After(7),
        Self::LastOnly,
    ];
}

/// A list of faults. See the [module documentation](self).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    lines: Vec<Line>,
}

/// One fault and when it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// At a command APDU.
    Command(When, Fault),
    /// At a write or flush of the chip's memory.
    Storage(When, Tear),
    /// As long as the script lasts.
    NoExtendedLength,
}

impl Script {
    /// A script without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A fault at the n-th command, from 1.
    #[must_use]
    pub fn at(self, command: u64, fault: Fault) -> Self {
        self.and(Line::Command(When::At(command), fault))
    }

    /// A fault at every command from the n-th on.
    #[must_use]
    pub fn from(self, command: u64, fault: Fault) -> Self {
        self.and(Line::Command(When::From(command), fault))
    }

    /// The chip's power goes in the middle of the n-th storage operation, from
    /// 1. Writes and flushes count, reads do not. Chip only.
    #[must_use]
    pub fn tear_at(self, operation: u64, tear: Tear) -> Self {
        self.and(Line::Storage(When::At(operation), tear))
    }

    /// The same at every storage operation from the n-th on: a card that can
    /// write no more.
    #[must_use]
    pub fn tear_from(self, operation: u64, tear: Tear) -> Self {
        self.and(Line::Storage(When::From(operation), tear))
    }

    /// The reader has no extended length, and says so. Reader only.
    #[must_use]
    pub fn without_extended_length(self) -> Self {
        self.and(Line::NoExtendedLength)
    }

    /// Whether there are no faults in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn and(mut self, line: Line) -> Self {
        self.lines.push(line);
        self
    }

    /// What a reader has to do.
    ///
    /// # Errors
    /// [`Unplayable`] for a fault that a reader cannot make.
    fn for_reader(&self) -> Result<ReaderFaults, Unplayable> {
        let mut faults = ReaderFaults {
            commands: Schedule::default(),
            extended_length: true,
        };
        for line in &self.lines {
            let refuse = |reason| {
                let line = line.to_string();
                Err(Unplayable::NotByAReader { line, reason })
            };
            match *line {
                Line::Storage(..) => return refuse("only the chip writes to its memory"),
                Line::Command(_, Fault::Protected(_)) => {
                    return refuse("only the chip has the channel's keys");
                }
                Line::Command(when, fault) => faults.commands.add(line, when, fault)?,
                Line::NoExtendedLength => faults.extended_length = false,
            }
        }
        Ok(faults)
    }

    /// What a chip has to do. For whoever makes one.
    ///
    /// # Errors
    /// [`Unplayable`] for a fault that a chip cannot make.
    pub fn for_chip(&self) -> Result<ChipFaults, Unplayable> {
        let mut faults = ChipFaults::default();
        for line in &self.lines {
            let refuse = |reason| {
                let line = line.to_string();
                Err(Unplayable::NotByAChip { line, reason })
            };
            match *line {
                Line::NoExtendedLength => return refuse("what a reader carries is the reader's"),
                Line::Command(_, Fault::Status(_)) => {
                    return refuse("an answer is changed on its way, not where it is made");
                }
                Line::Command(_, Fault::Cut(_)) => {
                    return refuse("an answer breaks off on its way, not where it is made");
                }
                Line::Command(when, fault) => faults.commands.add(line, when, fault)?,
                Line::Storage(when, tear) => faults.storage.add(line, when, tear)?,
            }
        }
        Ok(faults)
    }
}

/// The part of a script that a reader plays.
struct ReaderFaults {
    commands: Schedule<Fault>,
    extended_length: bool,
}

/// What a script has for a chip.
#[derive(Clone, Debug, Default)]
pub struct ChipFaults {
    /// By command APDUs.
    pub commands: Schedule<Fault>,
    /// By storage operations.
    pub storage: Schedule<Tear>,
}

/// A script was handed to an end that cannot play it. Nothing of it is played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unplayable {
    /// The fault can only be made by a chip.
    #[error("no reader can do \"{line}\": {reason}")]
    NotByAReader {
        /// The line of the script.
        line: String,
        /// Why not.
        reason: &'static str,
    },
    /// The fault can only be made by a reader.
    #[error("no chip can do \"{line}\": {reason}")]
    NotByAChip {
        /// The line of the script.
        line: String,
        /// Why not.
        reason: &'static str,
    },
    /// There is no command or storage operation number 0.
    #[error("\"{line}\" never happens: counting begins at 1")]
    CountsFromOne {
        /// The line of the script.
        line: String,
    },
    /// [`Faulty::new`] was given a delay; [`Faulty::waiting`] is also given a
    /// function that waits.
    #[error("the script has a delay, and nothing was handed over that waits")]
    NobodyWaits,
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;

    #[test]
    fn an_end_refuses_what_only_the_other_one_can_do() {
        let script = Script::new().at(1, Fault::Mute);
        for (chip_only, line) in [
            (
                script.clone().at(7, Fault::Protected(STATUS)),
                "at 7 protected 6982",
            ),
            (
                script.clone().tear_at(3, Tear::LastOnly),
                "at storage 3 tear last-only",
            ),
        ] {
            assert!(chip_only.for_chip().is_ok());
            let refused = chip_only.for_reader().err().unwrap();
            assert!(
                matches!(&refused, Unplayable::NotByAReader { line: found, .. } if found == line),
                "{refused}"
            );
        }
        for (reader_only, line) in [
            (
                script.clone().without_extended_length(),
                "no-extended-length",
            ),
            (
                script.clone().from(2, Fault::Status(STATUS)),
                "from 2 status 6982",
            ),
            (script.clone().at(2, Fault::Cut(1)), "at 2 cut 1"),
        ] {
            assert!(reader_only.for_reader().is_ok());
            let refused = reader_only.for_chip().err().unwrap();
            assert!(
                matches!(&refused, Unplayable::NotByAChip { line: found, .. } if found == line),
                "{refused}"
            );
        }
    }

    #[test]
    fn both_ends_can_do_the_rest() {
        let script = Script::new()
            .at(1, Fault::RemoveBefore)
            .at(2, Fault::RemoveAfter)
            .at(3, Fault::ResetBefore)
            .at(4, Fault::ResetAfter)
            .at(5, Fault::Mute)
            .from(6, Fault::Delay { ms: 1 })
            .at(7, Fault::Unprotected(STATUS))
            .at(8, Fault::Short(3));
        assert!(script.for_chip().is_ok() && script.for_reader().is_ok());
    }

    #[test]
    fn nothing_happens_at_command_or_operation_zero_and_that_is_said() {
        let never = |line: &str| {
            Some(Unplayable::CountsFromOne {
                line: line.to_string(),
            })
        };
        let command = Script::new().at(0, Fault::Mute);
        assert_eq!(command.for_chip().err(), never("at 0 mute"));
        assert_eq!(command.for_reader().err(), never("at 0 mute"));
        let storage = Script::new().tear_from(0, Tear::Nothing);
        assert_eq!(
            storage.for_chip().err(),
            never("from storage 0 tear nothing")
        );
    }
}
