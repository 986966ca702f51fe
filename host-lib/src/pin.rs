//! Managing PIN1: proving the chip first, then changing, unblocking, switching off and on.
//!
//! A new PIN is sent only to a chip that has proven that it is the one that was issued: the access code
//! is printed on the card, and a copy of the card must not be able to fish for PINs. The proof is a
//! type, [`ProvenSession`], and without it there is no way to call the functions that send one.

use core::fmt;

use iso7816::{CommandApdu, StatusWord, ins};
use transport::CardTransport;

use crate::access::Pin;
use crate::error::{CardFault, Error, ErrorCode, Misuse, PasswordKind, Result, Step};
use crate::report::{CheckName, ChipProof, Outcome, Report};
use crate::session::{Opened, Session, fault};
use crate::verify::{Verifier, prove_card_security};

/// PIN1 as P2 of the commands names it (TR-03110-3 B.14.11 to B.14.13).
const PIN1: u8 = 0x03;

/// A session whose chip has proven that it is the one that was issued.
///
/// It borrows the session: it ends, and the session can be used again, when it is dropped.
pub struct ProvenSession<'s, 'c, T: CardTransport> {
    session: &'s mut Session<'c, T>,
    report: Report,
}

impl<'c, T: CardTransport> Session<'c, T> {
    /// Proves that the chip is the one that was issued, by PACE-CAM and EF.CardSecurity: the signed key,
    /// its signer, the chip's private key.
    ///
    /// # Errors
    /// [`Error::Refused`] with the check that failed; with [`ErrorCode::ChipNotProven`] where the card
    /// offers no PACE-CAM or [`ChipProofPreference`](crate::ChipProofPreference) passed it over.
    pub fn prove_chip(&mut self, verifier: &Verifier<'_>) -> Result<ProvenSession<'_, 'c, T>> {
        self.card.link.begin();
        let card_security = self.card_security()?;
        let report = prove_card_security(
            verifier,
            &self.card.card_access,
            &card_security,
            &self.cam,
            &self.chip_authentication_evidence(),
        );
        report.require_no_failure()?;
        let check = CheckName::Chip(ChipProof::PaceCam);
        if report.outcome(check) != Some(Outcome::Passed) {
            return Err(Error::Refused {
                check,
                code: ErrorCode::ChipNotProven,
            });
        }
        Ok(ProvenSession {
            session: self,
            report,
        })
    }

    /// Sets PIN1's counter back to all tries, in a PUK session (RESET RETRY COUNTER, TR-03110-3
    /// B.14.11). PIN1 itself stays what it was.
    ///
    /// # Errors
    /// [`Misuse::WrongSession`] in another session than one of the PUK; [`Error::Card`].
    pub fn unblock_pin(&mut self) -> Result<()> {
        self.require_puk()?;
        self.manage(&unblock())
    }

    /// Locks the card (鎖卡): PIN1 is deactivated until [`unlock_card`](Self::unlock_card). For a holder
    /// who has mislaid the card. Needs a PIN1 session; afterwards this session reads nothing protected
    /// any more.
    ///
    /// # Errors
    /// [`Misuse::WrongSession`] in another session than one of PIN1; [`Error::Card`].
    pub fn lock_card(&mut self) -> Result<()> {
        if !matches!(self.opened, Opened::Pin) {
            return Err(Misuse::WrongSession(PasswordKind::Pin1).into());
        }
        self.manage(&lock())
    }

    /// Unlocks a locked card, in a PUK session.
    ///
    /// # Errors
    /// As [`unblock_pin`](Self::unblock_pin).
    pub fn unlock_card(&mut self) -> Result<()> {
        self.require_puk()?;
        self.manage(&unlock())
    }

    pub(crate) fn require_puk(&self) -> Result<()> {
        match self.opened {
            Opened::Puk => Ok(()),
            _ => Err(Misuse::WrongSession(PasswordKind::Puk).into()),
        }
    }

    pub(crate) fn manage(&mut self, command: &CommandApdu) -> Result<()> {
        self.card.link.begin();
        match self.card.link.send(command, Step::ManagePin)?.status {
            StatusWord::OK => Ok(()),
            status => Err(fault(Step::ManagePin, status)),
        }
    }
}

/// RESET RETRY COUNTER without a new value (TR-03110-3 B.14.11).
pub(crate) fn unblock() -> CommandApdu {
    CommandApdu::new(0x00, ins::RESET_RETRY_COUNTER, 0x03, PIN1)
}

/// RESET RETRY COUNTER with a new PIN1.
pub(crate) fn change(new: &Pin) -> CommandApdu {
    CommandApdu::new(0x00, ins::RESET_RETRY_COUNTER, 0x02, PIN1).with_data(new.digits().to_vec())
}

/// DEACTIVATE of PIN1 (TR-03110-3 B.14.13).
pub(crate) fn lock() -> CommandApdu {
    CommandApdu::new(0x00, ins::DEACTIVATE, 0x10, PIN1)
}

/// ACTIVATE of PIN1 (TR-03110-3 B.14.12).
pub(crate) fn unlock() -> CommandApdu {
    CommandApdu::new(0x00, ins::ACTIVATE, 0x10, PIN1)
}

/// Whether the card itself says that a new PIN1 is none.
pub(crate) fn is_refusal(fault: &CardFault) -> bool {
    let refusals = [StatusWord::INCORRECT_DATA, StatusWord::WRONG_LENGTH];
    fault.authenticated && refusals.contains(&fault.status)
}

impl<'c, T: CardTransport> ProvenSession<'_, 'c, T> {
    pub(crate) fn session_mut(&mut self) -> &mut Session<'c, T> {
        self.session
    }

    /// What was checked to prove the chip.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Gives the card a new PIN1 (RESET RETRY COUNTER, TR-03110-3 B.14.11), in a session that the old
    /// PIN1 or the transport PIN opened. All tries are then left again.
    ///
    /// ```
    /// use host_lib::{AccessCode, Card, Pin, Verifier};
    ///
    /// let specimen = issuer::specimen::valid();
    /// let verifier = Verifier::new(&specimen.trust.anchors, specimen.trust.time)
    ///     .revocation_lists(&specimen.trust.revocation_lists);
    /// let mut card = Card::open(specimen.card)?;
    ///
    /// println!("tries left: {:?}", card.pin_status()?); // before asking the holder
    /// let mut session = card.pace(AccessCode::pin("135790")?)?;
    /// session.prove_chip(&verifier)?.change_pin(&Pin::parse("112358")?)?;
    /// drop(session);
    /// assert!(card.pace(AccessCode::pin("112358")?).is_ok());
    /// # Ok::<(), host_lib::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Misuse::WrongSession`] in another session; [`Error::NewPinRefused`] if the card refuses the new
    /// one, and the old one is still in force; [`Error::Transport`], and then nobody knows which of the
    /// two is in force: try the new one first.
    pub fn change_pin(&mut self, new: &Pin) -> Result<()> {
        if !matches!(self.session.opened, Opened::Pin | Opened::TransportPin) {
            return Err(Misuse::WrongSession(PasswordKind::Pin1).into());
        }
        match self.session.manage(&change(new)) {
            Err(Error::Card(fault)) if is_refusal(&fault) => {
                Err(Error::NewPinRefused(fault.status))
            }
            other => other,
        }
    }
}

impl<T: CardTransport> fmt::Debug for ProvenSession<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProvenSession").field(&self.session).finish()
    }
}
