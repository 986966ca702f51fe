//! Scripts as text: one fault a line, `#` begins a comment.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::{FromStr, SplitWhitespace};

use iso7816::StatusWord;

use super::{Fault, Line, Script, Tear, When};

/// A script that cannot be read. Nothing of it is used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ScriptError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The line ends too early.
    #[error("{0} is missing at the end")]
    Missing(&'static str),
    /// A word is another one than it should be.
    #[error("{found:?} stands where {expected} should")]
    Unexpected {
        /// What would be right.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The line goes on where it should end.
    #[error("{0:?} is too much")]
    Surplus(String),
}

const BEGINNING: &str = "at, from or no-extended-length";
const NUMBER: &str = "a number from 1 on";
const WHEN: &str = "the number of a command (from 1), or storage";
const FAULT: &str = "a fault (remove-before, remove-after, reset-before, reset-after, mute, delay, \
                     status, unprotected, protected, short or cut)";
const TEAR: &str = "tear";
const EXTENT: &str = "nothing, everything, after or last-only";
const DELAY: &str = "a delay in milliseconds, such as 250ms";
const STATUS: &str = "a status word in four hexadecimal digits";
const BYTES: &str = "a number of bytes";

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let lines = text
            .lines()
            .enumerate()
            .filter_map(|(index, text)| {
                let line = index + 1;
                let text = text.split('#').next().unwrap_or_default();
                let mut words = Words(text.split_whitespace());
                let first = words.0.next()?;
                let parsed = words.line(first);
                Some(parsed.map_err(|problem| ScriptError { line, problem }))
            })
            .collect::<Result<Vec<Line>, ScriptError>>()?;
        Ok(Self { lines })
    }
}

/// What is left of a line.
struct Words<'t>(SplitWhitespace<'t>);

impl<'t> Words<'t> {
    fn line(&mut self, first: &str) -> Result<Line, Problem> {
        let line = match first {
            "at" => self.timed(When::At)?,
            "from" => self.timed(When::From)?,
            "no-extended-length" => Line::NoExtendedLength,
            other => return Err(unexpected(BEGINNING, other)),
        };
        match self.0.next() {
            None => Ok(line),
            Some(word) => Err(Problem::Surplus(word.to_string())),
        }
    }

    fn timed(&mut self, when: fn(u64) -> When) -> Result<Line, Problem> {
        match self.word(WHEN)? {
            "storage" => {
                let number = ordinal(NUMBER, self.word(NUMBER)?)?;
                match self.word(TEAR)? {
                    "tear" => Ok(Line::Storage(when(number), self.tear()?)),
                    other => Err(unexpected(TEAR, other)),
                }
            }
            number => {
                let number = ordinal(WHEN, number)?;
                Ok(Line::Command(when(number), self.fault()?))
            }
        }
    }

    fn fault(&mut self) -> Result<Fault, Problem> {
        Ok(match self.word(FAULT)? {
            "remove-before" => Fault::RemoveBefore,
            "remove-after" => Fault::RemoveAfter,
            "reset-before" => Fault::ResetBefore,
            "reset-after" => Fault::ResetAfter,
            "mute" => Fault::Mute,
            "delay" => {
                let word = self.word(DELAY)?;
                let ms = word.strip_suffix("ms").and_then(number);
                let ms = ms.ok_or_else(|| unexpected(DELAY, word))?;
                Fault::Delay { ms }
            }
            "status" => Fault::Status(self.status()?),
            "unprotected" => Fault::Unprotected(self.status()?),
            "protected" => Fault::Protected(self.status()?),
            "short" => Fault::Short(self.bytes()?),
            "cut" => Fault::Cut(self.bytes()?),
            other => return Err(unexpected(FAULT, other)),
        })
    }

    fn tear(&mut self) -> Result<Tear, Problem> {
        Ok(match self.word(EXTENT)? {
            "nothing" => Tear::Nothing,
            "everything" => Tear::Everything,
            "after" => Tear::After(self.bytes()?),
            "last-only" => Tear::LastOnly,
            other => return Err(unexpected(EXTENT, other)),
        })
    }

    fn status(&mut self) -> Result<StatusWord, Problem> {
        let word = self.word(STATUS)?;
        let digits = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = u16::from_str_radix(word, 16).ok().filter(|_| digits);
        value
            .map(StatusWord)
            .ok_or_else(|| unexpected(STATUS, word))
    }

    fn bytes(&mut self) -> Result<usize, Problem> {
        let word = self.word(BYTES)?;
        number(word).ok_or_else(|| unexpected(BYTES, word))
    }

    fn word(&mut self, expected: &'static str) -> Result<&'t str, Problem> {
        self.0.next().ok_or(Problem::Missing(expected))
    }
}

fn ordinal(expected: &'static str, word: &str) -> Result<u64, Problem> {
    let number = number(word).filter(|number| *number > 0);
    number.ok_or_else(|| unexpected(expected, word))
}

/// Digits alone: Rust's own parser takes a sign too.
fn number<N: FromStr>(word: &str) -> Option<N> {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|_| digits)
}

fn unexpected(expected: &'static str, found: &str) -> Problem {
    let found = found.to_string();
    Problem::Unexpected { expected, found }
}

impl fmt::Display for Script {
    /// One fault a line, as [`FromStr`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(When::At(number), fault) => write!(f, "at {number} {fault}"),
            Self::Command(When::From(number), fault) => write!(f, "from {number} {fault}"),
            Self::Storage(When::At(number), tear) => write!(f, "at storage {number} tear {tear}"),
            Self::Storage(When::From(number), tear) => {
                write!(f, "from storage {number} tear {tear}")
            }
            Self::NoExtendedLength => f.write_str("no-extended-length"),
        }
    }
}

impl fmt::Display for Fault {
    /// As a script has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RemoveBefore => f.write_str("remove-before"),
            Self::RemoveAfter => f.write_str("remove-after"),
            Self::ResetBefore => f.write_str("reset-before"),
            Self::ResetAfter => f.write_str("reset-after"),
            Self::Mute => f.write_str("mute"),
            Self::Delay { ms } => write!(f, "delay {ms}ms"),
            Self::Status(status) => write!(f, "status {:04X}", status.0),
            Self::Unprotected(status) => write!(f, "unprotected {:04X}", status.0),
            Self::Protected(status) => write!(f, "protected {:04X}", status.0),
            Self::Short(bytes) => write!(f, "short {bytes}"),
            Self::Cut(bytes) => write!(f, "cut {bytes}"),
        }
    }
}

impl fmt::Display for Tear {
    /// As a script has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Everything => f.write_str("everything"),
            Self::After(bytes) => write!(f, "after {bytes}"),
            Self::LastOnly => f.write_str("last-only"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec;

    #[test]
    fn every_kind_of_fault_can_be_written() {
        let script: Script = concat!(
            "# A comment, and an empty line.\n",
            "\n",
            "at 1 remove-before\n",
            "  at   2\tremove-after # the answer is lost\r\n",
            "at 3 reset-before\n",
            "at 4 reset-after\n",
            "at 5 mute\n",
            "from 6 delay 250ms\n",
            "at 7 status 6282\n",
            "at 8 unprotected 6982\n",
            "at 9 protected 6f00\n",
            "from 10 short 16\n",
            "at 11 cut 1\n",
            "at storage 12 tear nothing\n",
            "at storage 13 tear everything\n",
            "at storage 14 tear after 3\n",
            "from storage 15 tear last-only\n",
            "no-extended-length",
        )
        .parse()
        .unwrap();
        let built = Script::new()
            .at(1, Fault::RemoveBefore)
            .at(2, Fault::RemoveAfter)
            .at(3, Fault::ResetBefore)
            .at(4, Fault::ResetAfter)
            .at(5, Fault::Mute)
            .from(6, Fault::Delay { ms: 250 })
            .at(7, Fault::Status(StatusWord(0x6282)))
            .at(8, Fault::Unprotected(StatusWord(0x6982)))
            .at(9, Fault::Protected(StatusWord(0x6F00)))
            .from(10, Fault::Short(16))
            .at(11, Fault::Cut(1))
            .tear_at(12, Tear::Nothing)
            .tear_at(13, Tear::Everything)
            .tear_at(14, Tear::After(3))
            .tear_from(15, Tear::LastOnly)
            .without_extended_length();
        assert_eq!(script, built);
        let empty = "\n# nothing\n".parse::<Script>();
        assert!(empty.unwrap().is_empty() && !script.is_empty());
    }

    #[test]
    fn a_malformed_line_is_named_with_what_is_wrong_with_it() {
        for (text, message) in [
            (
                "remove-before at 3",
                "\"remove-before\" stands where at, from or no-extended-length should",
            ),
            (
                "at",
                "the number of a command (from 1), or storage is missing at the end",
            ),
            (
                "at 0 mute",
                "\"0\" stands where the number of a command (from 1), or storage should",
            ),
            (
                "at +3 mute",
                "\"+3\" stands where the number of a command (from 1), or storage should",
            ),
            (
                "from 99999999999999999999 mute",
                "\"99999999999999999999\" stands where the number of a command (from 1), or storage should",
            ),
            ("at storage", "a number from 1 on is missing at the end"),
            (
                "at storage 0 tear nothing",
                "\"0\" stands where a number from 1 on should",
            ),
            ("at storage 3", "tear is missing at the end"),
            ("at storage 3 mute", "\"mute\" stands where tear should"),
            (
                "at storage 3 tear half",
                "\"half\" stands where nothing, everything, after or last-only should",
            ),
            (
                "at storage 3 tear after",
                "a number of bytes is missing at the end",
            ),
            (
                "at 3 delay 250",
                "\"250\" stands where a delay in milliseconds, such as 250ms should",
            ),
            (
                "at 3 delay ms",
                "\"ms\" stands where a delay in milliseconds, such as 250ms should",
            ),
            (
                "at 3 status 69822",
                "\"69822\" stands where a status word in four hexadecimal digits should",
            ),
            (
                "at 3 protected +F00",
                "\"+F00\" stands where a status word in four hexadecimal digits should",
            ),
            (
                "at 3 unprotected # 6982",
                "a status word in four hexadecimal digits is missing at the end",
            ),
            (
                "at 3 short -1",
                "\"-1\" stands where a number of bytes should",
            ),
            ("at 3 mute for ever", "\"for\" is too much"),
            ("no-extended-length 3", "\"3\" is too much"),
        ] {
            let script = [
                "from 1 mute\n# The next line is wrong.\n",
                text,
                "\nat 2 mute",
            ]
            .concat();
            let error = script.parse::<Script>().unwrap_err();
            assert_eq!(error.to_string(), ["line 3: ", message].concat());
        }
        let error = "at 3 explode".parse::<Script>().unwrap_err().to_string();
        assert!(error.starts_with("line 1: \"explode\" stands where a fault (remove-before, "));
        let error = "at 3".parse::<Script>().unwrap_err().to_string();
        assert!(error.ends_with("short or cut) is missing at the end"));
    }

    fn fault() -> impl Strategy<Value = Fault> {
        let status = || any::<u16>().prop_map(StatusWord);
        prop_oneof![
            Just(Fault::RemoveBefore),
            Just(Fault::RemoveAfter),
            Just(Fault::ResetBefore),
            Just(Fault::ResetAfter),
            Just(Fault::Mute),
            any::<u32>().prop_map(|ms| Fault::Delay { ms }),
            status().prop_map(Fault::Status),
            status().prop_map(Fault::Unprotected),
            status().prop_map(Fault::Protected),
            any::<usize>().prop_map(Fault::Short),
            any::<usize>().prop_map(Fault::Cut),
        ]
    }

    fn line() -> impl Strategy<Value = Line> {
        let when = || prop_oneof![(1u64..).prop_map(When::At), (1u64..).prop_map(When::From)];
        let tear = prop_oneof![
            Just(Tear::Nothing),
            Just(Tear::Everything),
            any::<usize>().prop_map(Tear::After),
            Just(Tear::LastOnly),
        ];
        prop_oneof![
            (when(), fault()).prop_map(|(when, fault)| Line::Command(when, fault)),
            (when(), tear).prop_map(|(when, tear)| Line::Storage(when, tear)),
            Just(Line::NoExtendedLength),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(lines in prop::collection::vec(line(), 0..8)) {
            let script = Script { lines };
            prop_assert_eq!(script.to_string().parse(), Ok(script));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "([a-z0-9]{1,6}[ \n#]|at |from |storage |tear |short ){0,12}") {
            if let Ok(script) = text.parse::<Script>() {
                prop_assert_eq!(script.to_string().parse(), Ok(script));
            }
        }
    }
}
