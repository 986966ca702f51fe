//! What a card has to be, as far as anybody can know.
//!
//! A step that was interrupted leaves more than one possibility: PIN1 is the old one or the new one, the try
//! is spent or not. The next look at the card says which, and it has to be one of them.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;

use applet_sim::{PIN1_TRIES, PUK_TRIES};
use host_lib::{Error, PasswordStatus};
use issuer::Profile;
use neweid_tests::cards::{Holder, TestCard};

/// Why a visit stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The host library said so. Whether it had a reason is for the client to judge.
    Host(Error),
    /// The card is not what it has to be.
    Wrong(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Host(error)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(error) => error.fmt(f),
            Self::Wrong(text) => f.write_str(text),
        }
    }
}

/// A retry counter: what it may stand at.
#[derive(Debug, Clone)]
pub(crate) struct Tries {
    name: &'static str,
    most: u8,
    possible: BTreeSet<u8>,
}

impl Tries {
    fn new(name: &'static str, most: u8) -> Self {
        let possible = BTreeSet::from([most]);
        Self {
            name,
            most,
            possible,
        }
    }

    /// What it stands at, after it was looked at.
    pub(crate) fn known(&self) -> u8 {
        *self.possible.first().expect("never empty")
    }

    /// What the card says of it.
    pub(crate) fn see(&mut self, status: PasswordStatus) -> Result<(), Stop> {
        let found = match status {
            PasswordStatus::Untouched => Some(self.most),
            other => other.tries_left(),
        };
        match found {
            Some(found) if self.possible.contains(&found) => {
                self.possible = BTreeSet::from([found]);
                Ok(())
            }
            _ => Err(Stop::Wrong(format!(
                "a lost counter: {} is {status:?} where {:?} tries may be left",
                self.name, self.possible
            ))),
        }
    }

    /// The right one was given.
    pub(crate) fn restored(&mut self) {
        self.possible = BTreeSet::from([self.most]);
    }

    /// A wrong one was given.
    pub(crate) fn spent(&mut self) {
        self.possible = BTreeSet::from([self.known().saturating_sub(1)]);
    }

    /// Interrupted: a try may be spent.
    pub(crate) fn may_be_spent(&mut self) {
        self.possible.insert(self.known().saturating_sub(1));
    }

    /// Interrupted after the right one was sent: all tries may be there again.
    pub(crate) fn may_be_restored(&mut self) {
        self.possible.insert(self.most);
    }
}

/// A card, and what has happened to it.
#[derive(Debug)]
pub(crate) struct Model {
    toml: String,
    pub(crate) subject: TestCard,
    pub(crate) pin1: Tries,
    pub(crate) puk: Tries,
    /// PIN1, the newest possibility first.
    pub(crate) pins: Vec<String>,
    /// How often the holder has moved, the newest possibility first.
    pub(crate) moves: Vec<u64>,
    /// The last that happened, for whoever has to find out why.
    history: VecDeque<String>,
}

const VILLAGE: &str = "樣本里";
const STREET: &str = "測試路一段1號";

impl Model {
    /// A card as it was issued.
    pub(crate) fn new(toml: &str) -> Self {
        for part in [VILLAGE, STREET] {
            assert!(toml.contains(part), "the profile has no {part}");
        }
        let subject = TestCard::from_toml(toml);
        Self {
            toml: toml.to_owned(),
            pins: vec![subject.holder.pin1()],
            moves: vec![0],
            history: VecDeque::new(),
            pin1: Tries::new("PIN1", PIN1_TRIES),
            puk: Tries::new("the PUK", PUK_TRIES),
            subject,
        }
    }

    /// Writes down what happened.
    pub(crate) fn note(&mut self, what: &str) {
        const LAST: usize = 12;
        self.history.truncate(LAST - 1);
        let Tries { possible, .. } = &self.pin1;
        self.history
            .push_front(format!("{what}; tries of PIN1 {possible:?}"));
    }

    /// What happened last, the oldest first.
    pub(crate) fn history(&self) -> String {
        let lines: Vec<&str> = self.history.iter().rev().map(String::as_str).collect();
        lines.join("\n      ")
    }

    /// PIN1, or the newest of those that it may be.
    pub(crate) fn pin(&self) -> &str {
        self.pins.first().expect("never empty")
    }

    /// What is true about the holder now.
    pub(crate) fn holder(&self) -> Holder {
        let first = self.subject.holder.pin1();
        let text = self.life(*self.moves.first().expect("never empty"));
        Holder::new(&text.replace(&first, self.pin()))
    }

    /// Where the holder lives after so many moves.
    pub(crate) fn street(moves: u64) -> String {
        match moves {
            0 => STREET.to_owned(),
            moves => format!("測試路二段{moves}號"),
        }
    }

    /// The profile after so many moves.
    pub(crate) fn profile(&self, moves: u64) -> Profile {
        Profile::from_toml(&self.life(moves)).expect("a valid profile")
    }

    fn life(&self, moves: u64) -> String {
        let village = if moves.is_multiple_of(2) {
            VILLAGE
        } else {
            "試驗里"
        };
        self.toml
            .replace(STREET, &Self::street(moves))
            .replace(VILLAGE, village)
    }
}
