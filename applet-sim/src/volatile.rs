//! What the chip forgets when its power goes: selection, secure channel, unfinished protocols and
//! transmissions.

use alloc::{boxed::Box, vec::Vec};
use cvc::{Authorization, CertificationAuthorityReference, Chain as CertificateChain};
use iso7816::StatusWord;
use secure_channel::{
    CompressedPublicKey, EcPrivateKey, PasswordId, SecureMessaging, SessionKeys,
    auxiliary_data::AuxiliaryData,
    chip_authentication::ChipAuthenticationProtocol,
    pace,
    restricted_identification::TerminalSector,
    secure_messaging,
    terminal_authentication::chip::{AuthenticatedTerminal, TerminalAuthentication},
};
use zeroize::Zeroizing;

use crate::{
    cia::Algorithm,
    objects::{Directory, FileRef, KeyRef, Slot},
    security_status::{Pin2Status, SessionStatus},
    update::Shadows,
};

/// Everything that is lost with the power.
#[derive(Default)]
pub(crate) struct Volatile {
    pub(crate) selection: Selection,
    pub(crate) session: Option<Session>,
    pub(crate) protocol: Protocol,
    /// The channel that starts once the current response is on its way.
    pub(crate) next_channel: Option<NextChannel>,
    pub(crate) chain: Option<Chain>,
    pub(crate) envelope: Zeroizing<Vec<u8>>,
    pub(crate) remainder: Option<Remainder>,
}

/// The current directory, and the current file in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selection {
    pub(crate) directory: Directory,
    pub(crate) file: Option<FileRef>,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            directory: Directory::MasterFile,
            file: None,
        }
    }
}

/// A secure channel and what is known about its other end.
pub(crate) struct Session {
    pub(crate) channel: SecureMessaging<secure_messaging::Chip>,
    pub(crate) status: SessionStatus,
    /// Who has to authenticate; `None` in a local session.
    pub(crate) terminal: Option<Box<TerminalSession>>,
    /// What the terminal has written and not completed.
    pub(crate) shadows: Shadows,
    /// Which of the holder's keys does what.
    pub(crate) environment: SecurityEnvironment,
    /// What the terminal that has authenticated itself may ask about; `None` before Chip
    /// Authentication.
    pub(crate) commitment: Option<Box<Commitment>>,
}

/// What MSE has set, for each slot.
#[derive(Default)]
pub(crate) struct SecurityEnvironment {
    algorithms: [Option<Algorithm>; 3],
}

impl SecurityEnvironment {
    pub(crate) fn algorithm(&self, slot: Slot) -> Option<Algorithm> {
        let mut places = Slot::ALL.into_iter().zip(&self.algorithms);
        places.find(|(it, _)| *it == slot).and_then(|(_, it)| *it)
    }

    pub(crate) fn set(&mut self, slot: Slot, algorithm: Option<Algorithm>) {
        for (it, place) in Slot::ALL.into_iter().zip(&mut self.algorithms) {
            if it == slot {
                *place = algorithm;
            }
        }
    }
}

/// What replaces the channel after the response that agreed on it.
pub(crate) struct NextChannel {
    pub(crate) keys: SessionKeys,
    pub(crate) status: SessionStatus,
    pub(crate) terminal: Option<Box<TerminalSession>>,
    pub(crate) commitment: Option<Box<Commitment>>,
}

/// To what a terminal is bound, by its signature and by its certificate, when it asks about the
/// holder.
#[derive(Clone)]
pub(crate) struct Commitment {
    pub(crate) auxiliary_data: AuxiliaryData,
    pub(crate) sector: TerminalSector,
}

/// What belongs to a session that began with a CHAT.
pub(crate) struct TerminalSession {
    /// CHAT and authorization extensions of PACE: what the holder has confirmed.
    pub(crate) confirmed: Authorization,
    /// The chip's compressed ephemeral key of PACE.
    pub(crate) id_picc: CompressedPublicKey,
    /// Trust-points, and the certificates that were verified in this session.
    pub(crate) chain: CertificateChain,
    /// The key for the next certificate.
    pub(crate) verification_key: Option<CertificationAuthorityReference>,
    pub(crate) authentication: TerminalAuthentication,
    /// The terminal signed.
    pub(crate) authenticated: Option<Authenticated>,
}

/// A terminal that has signed and waits for the chip to prove itself.
#[derive(Clone)]
pub(crate) struct Authenticated {
    pub(crate) proof: AuthenticatedTerminal,
    pub(crate) authorization: Authorization,
    pub(crate) sector: TerminalSector,
}

/// The protocol that MSE:Set AT selected and GENERAL AUTHENTICATE runs. Anything unexpected leaves
/// it idle.
#[derive(Default)]
pub(crate) enum Protocol {
    #[default]
    Idle,
    Pace(Box<PaceRun>),
    /// Version 1, in the ICAO application.
    ChipAuthentication {
        protocol: ChipAuthenticationProtocol,
        key: EcPrivateKey,
    },
    /// Version 2, with the key to which the terminal committed.
    ChipAuthentication2 {
        protocol: ChipAuthenticationProtocol,
        key: EcPrivateKey,
    },
    RestrictedIdentification {
        key: KeyRef,
    },
}

/// A run of PACE.
pub(crate) struct PaceRun {
    pub(crate) password: PasswordId,
    /// What a terminal asks for, as the holder has confirmed it; `None` for a local session.
    pub(crate) confirmed: Option<Authorization>,
    pub(crate) pace: pace::chip::Pace,
}

/// The parts of a chained command so far.
pub(crate) struct Chain {
    pub(crate) ins: u8,
    pub(crate) p1: u8,
    pub(crate) p2: u8,
    pub(crate) data: Zeroizing<Vec<u8>>,
}

/// What GET RESPONSE has still to deliver.
pub(crate) struct Remainder {
    pub(crate) data: Vec<u8>,
    /// The status word of the last part.
    pub(crate) status: StatusWord,
}

impl Volatile {
    /// Makes a directory the current one, if it was that already, too. With that, what was shown in the application
    /// that is left counts no more.
    pub(crate) fn enter(&mut self, directory: Directory) {
        self.selection = Selection {
            directory,
            file: None,
        };
        self.leave_application();
    }

    /// Forgets what was shown and begun in the cryptographic information application.
    pub(crate) fn leave_application(&mut self) {
        if let Some(session) = &mut self.session {
            session.status.pin2 = Pin2Status::NotVerified;
            session.environment = SecurityEnvironment::default();
            session.shadows.keep_certificate(None);
        }
    }

    /// Makes a file the current one, and its directory. A certificate that was begun in another file is dropped.
    pub(crate) fn make_current(&mut self, file: FileRef) {
        if self.selection.directory != file.directory {
            self.enter(file.directory);
        }
        self.selection.file = Some(file);
        if let Some(session) = &mut self.session {
            session.shadows.keep_certificate(Some(file));
        }
    }

    /// Ends the session: keys are wiped, and with the session goes everything that was reached
    /// through it.
    pub(crate) fn end_session(&mut self) {
        if self.session.take().is_some() {
            self.selection = Selection::default();
            self.protocol = Protocol::Idle;
            self.chain = None;
        }
    }

    /// Ends everything that is unfinished: after a command that cannot even be understood.
    pub(crate) fn abandon(&mut self) {
        self.end_session();
        self.protocol = Protocol::Idle;
        self.forget_transmissions();
        self.chain = None;
    }

    /// Drops what is left of an envelope or of a response.
    pub(crate) fn forget_transmissions(&mut self) {
        self.envelope = Zeroizing::default();
        self.remainder = None;
    }
}
