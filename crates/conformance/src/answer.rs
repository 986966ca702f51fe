//! What the card answered, and what a case demands of it.

use core::fmt;

use iso7816::{ResponseApdu, StatusWord};

use crate::Stop;

/// Which status words a case allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Exactly(u16),
    /// 67xx to 6Fxx (ISO/IEC 7816-4 table 5), what TR-03105 calls a checking error, and 64xx to 66xx, which it allows where it
    /// allows those.
    Checking,
    /// 63C0 to 63CF: so many tries are left.
    TriesLeft,
}

/// 9000.
pub const OK: u16 = 0x9000;

/// Any error of ISO/IEC 7816-4: 64xx to 6Fxx.
pub const CHECKING_ERROR: Checking = Checking;

/// Stands for [`CHECKING_ERROR`].
#[derive(Clone, Copy, Debug)]
pub struct Checking;

/// 63Cx, whatever x is: a password was wrong, and x tries are left.
#[must_use]
pub fn tries_left() -> Expected {
    Expected(vec![Pattern::TriesLeft])
}

/// One status word.
#[must_use]
pub fn status(word: u16) -> Expected {
    word.into()
}

impl From<u16> for Expected {
    fn from(word: u16) -> Self {
        Self(vec![Pattern::Exactly(word)])
    }
}

impl From<Checking> for Expected {
    fn from(Checking: Checking) -> Self {
        Self(vec![Pattern::Checking])
    }
}

impl Checking {
    /// This, or something else.
    #[must_use]
    pub fn or(self, other: impl Into<Expected>) -> Expected {
        Expected::from(self).or(other)
    }
}

impl Expected {
    /// This, or something else.
    #[must_use]
    pub fn or(mut self, other: impl Into<Self>) -> Self {
        self.0.extend(other.into().0);
        self
    }

    fn allows(&self, status: StatusWord) -> bool {
        let StatusWord(word) = status;
        self.0.iter().any(|pattern| match pattern {
            Pattern::Exactly(expected) => *expected == word,
            Pattern::Checking => (0x6400..0x7000).contains(&word),
            Pattern::TriesLeft => (0x63C0..=0x63CF).contains(&word),
        })
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pattern) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" or ")?;
            }
            match pattern {
                Pattern::Exactly(word) => write!(f, "{word:04X}")?,
                Pattern::Checking => f.write_str("a checking error")?,
                Pattern::TriesLeft => f.write_str("63Cx")?,
            }
        }
        Ok(())
    }
}

/// How an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// In secure messaging, its checksum verified.
    Protected,
    /// In plain.
    Plain,
    /// It claims to be protected and does not verify.
    Broken,
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Protected => "in secure messaging",
            Self::Plain => "in plain",
            Self::Broken => "with a checksum that does not verify",
        })
    }
}

/// One answer of the card. It must be looked at: [`expect`](Self::expect) and its like.
#[derive(Clone, Debug)]
#[must_use]
pub struct Answer {
    pub(crate) response: ResponseApdu,
    pub(crate) protection: Protection,
    /// How a well-behaved card answers this: as it was asked.
    pub(crate) asked: Protection,
    pub(crate) at: String,
}

impl Answer {
    /// Demands a status word, in secure messaging if the command was sent so, else in plain.
    ///
    /// # Errors
    /// [`Stop::Unexpected`].
    pub fn expect(self, expected: impl Into<Expected>) -> Result<Vec<u8>, Stop> {
        let asked = self.asked;
        self.demand(&expected.into(), &[asked])
    }

    /// Demands a status word in plain: the channel must be gone.
    ///
    /// # Errors
    /// [`Stop::Unexpected`].
    pub fn expect_plain(self, expected: impl Into<Expected>) -> Result<Vec<u8>, Stop> {
        self.demand(&expected.into(), &[Protection::Plain])
    }

    /// Demands a status word, where the document leaves open whether the channel is gone.
    ///
    /// # Errors
    /// [`Stop::Unexpected`].
    pub fn expect_either_way(self, expected: impl Into<Expected>) -> Result<Vec<u8>, Stop> {
        self.demand(
            &expected.into(),
            &[Protection::Protected, Protection::Plain],
        )
    }

    /// The status word, whatever it is.
    #[must_use]
    pub fn status(&self) -> StatusWord {
        self.response.status
    }

    /// The data, whatever the status word is.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.response.data
    }

    /// Whether it came in secure messaging.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.protection == Protection::Protected
    }

    fn demand(self, expected: &Expected, forms: &[Protection]) -> Result<Vec<u8>, Stop> {
        if expected.allows(self.response.status) && forms.contains(&self.protection) {
            return Ok(self.response.data);
        }
        let form = match forms {
            [one] => one.to_string(),
            _ => "in either form".to_owned(),
        };
        let StatusWord(word) = self.response.status;
        Err(Stop::Unexpected {
            at: self.at,
            expected: format!("{expected} {form}"),
            got: format!("{word:04X} {}", self.protection),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(word: u16, protection: Protection) -> Answer {
        Answer {
            response: ResponseApdu::new([], StatusWord(word)),
            protection,
            asked: Protection::Protected,
            at: "step 1".into(),
        }
    }

    #[test]
    fn a_plain_answer_to_a_protected_command_is_not_what_was_expected() {
        assert!(answer(OK, Protection::Protected).expect(OK).is_ok());
        let stop = answer(OK, Protection::Plain).expect(OK).expect_err("plain");
        assert_eq!(
            stop.to_string(),
            "step 1: expected 9000 in secure messaging, got 9000 in plain"
        );
        assert!(
            answer(OK, Protection::Broken)
                .expect_either_way(OK)
                .is_err()
        );
    }

    #[test]
    fn a_warning_is_no_checking_error() {
        for (word, allowed) in [
            (0x6982, true),
            (0x6F00, true),
            (0x6400, true),
            (0x6300, false),
            (0x63C2, false),
            (0x9000, false),
            (0x6282, false),
        ] {
            let answer = answer(word, Protection::Protected).expect(CHECKING_ERROR);
            assert_eq!(answer.is_ok(), allowed, "{word:04X}");
        }
        let or = answer(0x6300, Protection::Protected).expect(CHECKING_ERROR.or(0x6300));
        assert!(or.is_ok());
        for (word, allowed) in [
            (0x63C0, true),
            (0x63C9, true),
            (0x6300, false),
            (0x63D0, false),
        ] {
            let answer = answer(word, Protection::Protected).expect(tries_left());
            assert_eq!(answer.is_ok(), allowed, "{word:04X}");
        }
    }
}
