//! How a card is to be opened: limits, progress, cancellation, randomness.

use core::fmt;

use rand_core::CryptoRng;
use transport::Cancel;

use crate::error::File;

/// Bounds on what a card may make this library do.
///
/// Whatever a card announces, nothing is allocated before the bytes have arrived, and nothing
/// beyond these bounds is read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Most exchanges (command and answer) in one call of this library. GET RESPONSE counts.
    pub exchanges: u32,
    /// Most bytes of a data group.
    pub group: usize,
    /// Most bytes of EF.SOD or EF.CardSecurity.
    pub security_object: usize,
    /// Most bytes of EF.CardAccess, EF.ATR/INFO and EF.COM.
    pub small_file: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            exchanges: 8192,
            group: 1 << 20,
            security_object: 64 << 10,
            small_file: 16 << 10,
        }
    }
}

impl Limits {
    pub(crate) fn of(&self, file: File) -> usize {
        match file {
            File::Eid(_) | File::Icao(_) => self.group,
            File::Sod | File::CardSecurity => self.security_object,
            File::AtrInfo
            | File::CardAccess
            | File::Com
            | File::Directory(_)
            | File::Certificate(_) => self.small_file,
        }
    }
}

/// How far a call has come. Sent after every block that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The file that is being read.
    pub file: File,
    /// Bytes of it that are here.
    pub done: usize,
    /// Bytes that it has, as the card says.
    pub total: usize,
}

/// Which proof of the chip to prefer where the card offers several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ChipProofPreference {
    /// PACE with Chip Authentication Mapping: the proof costs no exchange of its own. Where the
    /// card does not offer it, Chip Authentication.
    #[default]
    PaceCam,
    /// PACE with Generic Mapping, then Chip Authentication. It exists in the ICAO application
    /// only; in the eID application such a session proves nothing about the chip.
    ChipAuthentication,
}

/// How a card is to be opened.
///
/// ```
/// use host_lib::{Cancel, Options};
///
/// let stop = Cancel::new();
/// let options = Options::new()
///     .cancelled_by(stop.clone())
///     .on_progress(|p| eprintln!("{}: {} of {} bytes", p.file, p.done, p.total));
/// // In another thread, when the person presses "stop":
/// stop.cancel();
/// # let _ = options;
/// ```
#[derive(Default)]
pub struct Options {
    pub(crate) limits: Limits,
    pub(crate) preference: ChipProofPreference,
    pub(crate) cancel: Option<Cancel>,
    pub(crate) progress: Option<Box<dyn FnMut(Progress) + Send>>,
    pub(crate) rng: Option<Box<dyn CryptoRng + Send>>,
}

impl Options {
    /// The defaults: operating-system randomness, default limits, no progress, no cancellation.
    pub fn new() -> Self {
        Self::default()
    }

    /// Other bounds.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Another preference among the chip's proofs.
    #[must_use]
    pub fn prefer(mut self, preference: ChipProofPreference) -> Self {
        self.preference = preference;
        self
    }

    /// Stops at the next exchange once the token is cancelled; the call returns
    /// [`Error::Cancelled`](crate::Error::Cancelled). An exchange that is under way runs to its
    /// end: a card must not be left in the middle of one. A PIN that has been sent has been sent.
    #[must_use]
    pub fn cancelled_by(mut self, token: Cancel) -> Self {
        self.cancel = Some(token);
        self
    }

    /// Calls back after every block that was read, in the thread that reads.
    #[must_use]
    pub fn on_progress(mut self, callback: impl FnMut(Progress) + Send + 'static) -> Self {
        self.progress = Some(Box::new(callback));
        self
    }

    /// Takes randomness from `rng` instead of the operating system, so that a run can be replayed.
    ///
    /// For tests and replayed traces only: whoever knows the numbers knows the session keys.
    #[must_use]
    pub fn randomness_for_replay(mut self, rng: Box<dyn CryptoRng + Send>) -> Self {
        self.rng = Some(rng);
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("limits", &self.limits)
            .field("preference", &self.preference)
            .finish_non_exhaustive()
    }
}
