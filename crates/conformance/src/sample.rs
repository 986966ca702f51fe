//! The cards that are tested.

use core::fmt;

use secure_channel::{Password, PasswordId};
use transport::{CardTransport, TransportError};
use zeroize::Zeroizing;

use crate::Stop;

/// Where the cards come from. A simulated card is made anew for every case; in a reader there is one, for all of them.
pub trait Samples {
    /// The card for the next case.
    ///
    /// # Errors
    /// [`TransportError`] if there is none.
    fn next(&mut self) -> Result<Sample<'_>, TransportError>;

    /// Whether every case gets a new card, so that nothing a case does to one can disturb another.
    fn are_fresh(&self) -> bool;
}

/// A card under test.
pub struct Sample<'a> {
    /// The way to it.
    pub card: Box<dyn CardTransport + 'a>,
    /// Its codes.
    pub codes: Codes,
}

impl fmt::Debug for Sample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sample").finish_non_exhaustive()
    }
}

/// The codes of a card. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct Codes {
    /// Card access number.
    pub can: Zeroizing<String>,
    /// PIN1.
    pub pin: Zeroizing<String>,
    /// PUK.
    pub puk: Zeroizing<String>,
    /// The fields of the machine-readable zone that make a password, without check digits: document number, date of birth and
    /// date of expiry as YYMMDD; `None` on a card without one.
    pub mrz: Option<[Zeroizing<String>; 3]>,
}

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Codes").finish_non_exhaustive()
    }
}

impl Codes {
    /// The password of this kind.
    pub(crate) fn password(&self, id: PasswordId) -> Result<Password, Stop> {
        let made = match (id, &self.mrz) {
            (PasswordId::Can, _) => Password::can(&self.can),
            (PasswordId::Pin, _) => Password::pin(&self.pin),
            (PasswordId::Puk, _) => Password::puk(&self.puk),
            (PasswordId::Mrz, Some([number, birth, expiry])) => {
                Password::mrz(number, birth, expiry)
            }
            (PasswordId::Mrz, None) => {
                return Err(Stop::Bench {
                    at: "passwords".into(),
                    reason: "the machine-readable zone is not known".into(),
                });
            }
        };
        made.map_err(|error| Stop::Bench {
            at: "passwords".into(),
            reason: error.to_string(),
        })
    }

    /// One of this kind that is not the card's: its last character is another.
    pub(crate) fn wrong_password(&self, id: PasswordId) -> Result<Password, Stop> {
        let right = self.password(id)?;
        let mut bytes = Zeroizing::new(right.expose_secret().to_vec());
        if let Some(last) = bytes.last_mut() {
            *last = if *last == b'0' { b'1' } else { b'0' };
        }
        Password::from_encoded(id, &bytes).map_err(|error| Stop::Bench {
            at: "passwords".into(),
            reason: error.to_string(),
        })
    }
}
