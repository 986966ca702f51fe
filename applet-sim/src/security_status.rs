//! What has been proven to the chip so far. It says nothing about what that opens: the table in
//! [`access`](crate::access) does.

use cvc::{Authorization, Chat, Right, TerminalType};
use secure_channel::PasswordId;

/// The facts that access conditions are made of, as they stand while one command is processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SecurityStatus {
    /// The session in which the command came; `None` for a plain command.
    pub(crate) session: Option<SessionStatus>,
    /// What holds for the card as a whole.
    pub(crate) card: CardStatus,
}

/// What is known about the other end of the secure channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionStatus {
    /// Local or terminal.
    pub(crate) kind: SessionKind,
    /// The password that PACE verified last. `None` once an event has taken it back.
    pub(crate) password: Option<VerifiedPassword>,
    /// What the terminal may do, once it and the chip have authenticated themselves to each other.
    pub(crate) rights: Option<Rights>,
    /// Whether PIN2 was verified.
    pub(crate) pin2: Pin2Status,
}

/// Whether PIN2 was verified since the application was selected, and what that is still good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pin2Status {
    #[default]
    NotVerified,
    /// Verified, and used up by a signature: the other keys stay usable.
    Verified,
    /// Verified, and good for one signature.
    VerifiedForSignature,
}

/// The effective authorization of a terminal (TR-03110-3 §2.7): what its chain allows and the holder
/// has confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights {
    chat: Chat,
    /// Bit n for group n that may be replaced.
    updates: u32,
}

impl Rights {
    pub(crate) fn new(authorization: &Authorization) -> Self {
        let updates = (0..u32::BITS as u8).filter(|group| authorization.allows_update(*group));
        Self {
            chat: authorization.chat(),
            updates: updates.fold(0, |bits, group| bits | 1 << group),
        }
    }

    /// Whose rights they are.
    pub(crate) fn terminal_type(self) -> TerminalType {
        self.chat.terminal_type()
    }

    /// Whether this right is effective; a right of another type of terminal never is.
    pub(crate) fn allow(self, right: Right) -> bool {
        self.chat.allows(right)
    }

    /// Whether this group of the eID application may be replaced.
    pub(crate) fn allow_update(self, group: u8) -> bool {
        self.updates.checked_shr(group.into()).unwrap_or(0) & 1 == 1
    }

    /// Whether some group of the eID application may be read.
    pub(crate) fn allow_reading(self) -> bool {
        let mut rights = self.chat.rights();
        rights.any(|right| matches!(right, Right::ReadGroup(_)))
    }
}

/// A session without a CHAT in PACE is local; one with a CHAT belongs to a terminal that still has
/// to authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionKind {
    Local,
    Terminal,
}

/// A password that PACE verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VerifiedPassword {
    Mrz,
    Can,
    Pin1,
    /// The five digits the card was sent out with: good for choosing PIN1, and for nothing else.
    TransportPin,
    Puk,
}

impl VerifiedPassword {
    pub(crate) fn new(id: PasswordId, transport_pin: bool) -> Self {
        match id {
            PasswordId::Mrz => Self::Mrz,
            PasswordId::Can => Self::Can,
            PasswordId::Pin if transport_pin => Self::TransportPin,
            PasswordId::Pin => Self::Pin1,
            PasswordId::Puk => Self::Puk,
        }
    }
}

/// What holds for the card, whoever talks to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CardStatus {
    /// Neither terminated nor being made.
    pub(crate) operational: bool,
    /// PIN1 is exhausted, and the issuer chose that this locks the whole card.
    pub(crate) locked: bool,
    /// The issuer lets the CAN open the ICAO application.
    pub(crate) icao_can: bool,
    /// The issuer lets certificates be read without PIN2.
    pub(crate) certificates_after_pace: bool,
}
