//! What makes a card write: each once, through the host library, so that the power can be cut in it.

use host_lib::{AccessCode, Card, Error, Pin, Puk, Result, TransportPin};
use transport::CardTransport;

use super::passwords::other_digits;
use super::walk::Walk;
use crate::cards::{Holder, Trust};

/// Something after which the card's memory is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// PACE with a wrong access code.
    WrongAccessCode,
    /// PACE with the right access code.
    RightAccessCode,
    /// PACE with a wrong MRZ.
    WrongMrz,
    /// PACE with the right MRZ.
    RightMrz,
    /// PACE with a wrong PIN1.
    WrongPin1,
    /// PACE with the right PIN1.
    RightPin1,
    /// PACE with the access code, then with a wrong PIN1.
    ResumeWrongPin1,
    /// PACE with the access code, then with the right PIN1.
    ResumeRightPin1,
    /// PACE with a wrong transport PIN.
    WrongTransportPin,
    /// PACE with the right transport PIN.
    RightTransportPin,
    /// PACE with a wrong PUK.
    WrongPuk,
    /// PACE with the right PUK.
    RightPuk,
    /// PACE with the right PUK, then unblocking PIN1.
    UnblockPin1,
    /// PACE with PIN1, then a new PIN1.
    ChangePin1,
    /// PACE with the transport PIN, then the first PIN1.
    ChoosePin1,
    /// PACE with PIN1, then locking the card.
    LockCard,
    /// PACE with the PUK, then unlocking the card.
    UnlockCard,
}

/// The PIN1 that [`Writing::ChangePin1`] and [`Writing::ChoosePin1`] give the card.
pub const NEW_PIN1: &str = "975310";

impl Writing {
    /// Does it.
    ///
    /// # Errors
    /// The host library's; a wrong password is one.
    pub fn run(self, card: &mut dyn CardTransport, holder: &Holder, trust: &Trust) -> Result<()> {
        let can = || AccessCode::can(&holder.access_code()).expect("six digits");
        let pin1 = || Pin::parse(&holder.pin1()).expect("six digits");
        let wrong_pin1 = || Pin::parse(&other_digits(&holder.pin1())).expect("six digits");
        let transport = |digits: &str| TransportPin::parse(digits).expect("five digits");
        let puk = || Puk::parse(&holder.puk()).expect("eight digits");
        let new = || Pin::parse(NEW_PIN1).expect("six digits");
        let mut card = Card::open(card)?;
        match self {
            Self::WrongAccessCode => {
                let wrong = other_digits(&holder.access_code());
                card.pace(AccessCode::can(&wrong).expect("six digits"))
                    .map(drop)
            }
            Self::RightAccessCode => card.pace(can()).map(drop),
            Self::WrongMrz => {
                let [number, birth, expiry] = holder.mrz_key();
                let wrong = AccessCode::mrz(&other_digits(&number), &birth, &expiry);
                card.pace(wrong.expect("a zone")).map(drop)
            }
            Self::RightMrz => card.pace(Walk::Mrz.code(holder)).map(drop),
            Self::WrongPin1 => card.pace(wrong_pin1()).map(drop),
            Self::RightPin1 => card.pace(pin1()).map(drop),
            Self::ResumeWrongPin1 => card.pace(can())?.resume_pin(wrong_pin1()),
            Self::ResumeRightPin1 => card.pace(can())?.resume_pin(pin1()),
            Self::WrongPuk => {
                let wrong = Puk::parse(&other_digits(&holder.puk()));
                card.pace(wrong.expect("eight digits")).map(drop)
            }
            Self::RightPuk => card.pace(puk()).map(drop),
            Self::UnblockPin1 => card.pace(puk())?.unblock_pin(),
            Self::ChangePin1 => {
                let mut session = card.pace(pin1())?;
                session.prove_chip(&trust.verifier())?.change_pin(&new())
            }
            Self::WrongTransportPin => card
                .pace(transport(&other_digits(&holder.pin1())))
                .map(drop),
            Self::RightTransportPin => card.pace(transport(&holder.pin1())).map(drop),
            Self::ChoosePin1 => {
                let mut session = card.pace(transport(&holder.pin1()))?;
                session.prove_chip(&trust.verifier())?.change_pin(&new())
            }
            Self::LockCard => card.pace(pin1())?.lock_card(),
            Self::UnlockCard => card.pace(puk())?.unlock_card(),
        }
    }

    /// The same with a wrong secret, where a secret is compared: what a cut in the middle may cost.
    pub fn with_a_wrong_secret(self) -> Option<Self> {
        Some(match self {
            Self::RightAccessCode => Self::WrongAccessCode,
            Self::RightMrz => Self::WrongMrz,
            Self::RightPin1 | Self::ChangePin1 | Self::LockCard => Self::WrongPin1,
            Self::ResumeRightPin1 => Self::ResumeWrongPin1,
            Self::RightTransportPin | Self::ChoosePin1 => Self::WrongTransportPin,
            Self::RightPuk | Self::UnblockPin1 | Self::UnlockCard => Self::WrongPuk,
            _ => return None,
        })
    }

    /// Whether this is how it ends on a card with power.
    pub fn ends_as_expected(self, outcome: &Result<()>) -> bool {
        let is_wrong = matches!(
            self,
            Self::WrongAccessCode
                | Self::WrongMrz
                | Self::WrongPin1
                | Self::ResumeWrongPin1
                | Self::WrongTransportPin
                | Self::WrongPuk
        );
        match outcome {
            Ok(()) => !is_wrong,
            Err(Error::WrongPassword { .. }) => is_wrong,
            Err(_) => false,
        }
    }
}
