//! A terminal that can do everything wrong.
//!
//! It keeps a channel of secure messaging, and what the protocols need of each other, and leaves all judgement to the case. What
//! the document calls a precondition is a method that returns `Result<(), Stop>`; what it calls a step is one that returns an
//! [`Answer`], or a run whose steps do.

mod chip_authentication;
mod exchange;
mod files;
mod pace;
mod passport;
mod terminal_authentication;

pub use chip_authentication::{ChipAuthenticationRun, ChipKey};
pub(crate) use files::{CHIP_SECURITY, EID, EPASSPORT};
pub use pace::PaceRun;
pub(crate) use pace::{chat, unrestricted};
pub(crate) use passport::ACCEPTED;
pub use passport::PassportChipRun;
pub use terminal_authentication::TerminalRun;

use core::fmt;

use lds::SecurityInfos;
use rand_chacha::ChaCha20Rng;
use rand_core::CryptoRng;
use secure_channel::secure_messaging::Terminal;
use secure_channel::terminal_authentication::terminal::CommittedKey;
use secure_channel::{CompressedPublicKey, SecureMessaging};

use crate::sample::Sample;
use crate::{Authorities, Codes, Statement, Stop};

/// A card, and the terminal before it.
pub struct Bench<'a> {
    sample: Sample<'a>,
    statement: &'a Statement,
    authorities: &'a Authorities,
    rng: ChaCha20Rng,
    /// What is being done, for whoever reads of a failure.
    at: String,
    channel: Option<SecureMessaging<Terminal>>,
    /// The chip's compressed ephemeral key of the last PACE.
    id_picc: Option<CompressedPublicKey>,
    /// DO 87 and 88 of the last PACE.
    trust_points: Vec<Vec<u8>>,
    /// The key to which Terminal Authentication committed.
    committed: Option<CommittedKey>,
    /// The key for Chip Authentication, where a case takes another than the first.
    chosen_key: Option<ChipKey>,
    card_access: Option<SecurityInfos>,
    card_security: Option<SecurityInfos>,
}

impl fmt::Debug for Bench<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl<'a> Bench<'a> {
    pub(crate) fn new(
        sample: Sample<'a>,
        statement: &'a Statement,
        authorities: &'a Authorities,
        case: &str,
    ) -> Self {
        Self {
            sample,
            statement,
            authorities,
            rng: authorities.rng(case),
            at: "activation".into(),
            channel: None,
            id_picc: None,
            trust_points: Vec::new(),
            committed: None,
            chosen_key: None,
            card_access: None,
            card_security: None,
        }
    }

    /// Which step of the document comes now.
    pub fn step(&mut self, number: u8) {
        self.at = format!("step {number}");
    }

    /// What comes now, where the document has no number for it.
    pub fn preparing(&mut self, what: &str) {
        what.clone_into(&mut self.at);
    }

    /// What the card says of itself.
    #[must_use]
    pub const fn statement(&self) -> &Statement {
        self.statement
    }

    /// The certificates and keys.
    #[must_use]
    pub const fn authorities(&self) -> &Authorities {
        self.authorities
    }

    /// The card's codes.
    #[must_use]
    pub const fn codes(&self) -> &Codes {
        &self.sample.codes
    }

    /// The codes again, for a case that changes one: what it writes here is what later steps take for right.
    pub const fn codes_mut(&mut self) -> &mut Codes {
        &mut self.sample.codes
    }

    /// Something that does not hold, without an answer to blame.
    pub fn unexpected(&self, expected: impl fmt::Display, got: impl fmt::Display) -> Stop {
        Stop::Unexpected {
            at: self.at.clone(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }

    /// A statement that must hold.
    ///
    /// # Errors
    /// [`Stop::Unexpected`] if it does not.
    pub fn demand(&self, holds: bool, expected: impl fmt::Display) -> Result<(), Stop> {
        if holds {
            Ok(())
        } else {
            Err(self.unexpected(expected, "otherwise"))
        }
    }

    /// What randomness makes.
    ///
    /// # Errors
    /// [`Stop::Bench`] if it makes nothing.
    pub(crate) fn draw<T>(
        &mut self,
        make: impl FnOnce(&mut dyn CryptoRng) -> Result<T, secure_channel::Error>,
    ) -> Result<T, Stop> {
        make(&mut self.rng).map_err(|error| self.cannot(error))
    }

    /// Something that the bench needs and has not.
    pub(crate) fn cannot(&self, reason: impl fmt::Display) -> Stop {
        Stop::Bench {
            at: self.at.clone(),
            reason: reason.to_string(),
        }
    }
}
