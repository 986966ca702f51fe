//! The natural-person certificate 自然人憑證: what is there, PIN2, and the keys behind it (ISO/IEC 7816-15; docs/chip-profile.md).
//!
//! PIN2 is sent only to a chip that has proven that it is the one that was issued, so the application is reached from a
//! [`ProvenSession`] alone.

mod desk;
mod keys;
mod public_key;
mod slot;

pub use desk::{CertificateDesk, KeyKind, UnlockedDesk};
pub use keys::{AuthenticationKey, DecipherKey, SignatureKey, Unlocked};
pub use slot::{KeySlot, SlotContents};

use core::fmt;

use iso7816::{CommandApdu, StatusWord, ins};
use lds::cryptographic_information::{
    CertificateObject, Directory, EfOd, PrivateKeyObject, certificates, private_keys,
};
use pki::Certificate;
use transport::CardTransport;

use crate::access::Pin2;
use crate::error::{
    DenialReason, Error, File, Misbehaviour, Misuse, PasswordKind, PasswordState, Result, Step,
    Unsupported,
};
use crate::files::ReadOutcome;
use crate::pace::PasswordStatus;
use crate::pin::ProvenSession;
use crate::session::{Application, Opened, Session, fault};

/// PIN2 as P2 of the commands names it.
const PIN2: u8 = 0x81;

/// Tries of PIN2 when none was used up.
const PIN2_TRIES: u8 = 3;

/// Whether the natural-person certificate can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FunctionState {
    /// It can.
    Activated,
    /// Its holder has switched it off, or has locked the card.
    Deactivated,
    /// It was ended for ever.
    Terminated,
}

/// The natural-person certificate of a card that has proven to be genuine.
///
/// It borrows the session; the identity on the card can be read again when it is dropped.
pub struct CertificateApplication<'a, 'c, T: CardTransport> {
    session: &'a mut Session<'c, T>,
    state: FunctionState,
    keys: Vec<PrivateKeyObject>,
    certificates: Vec<CertificateObject>,
}

impl<'c, T: CardTransport> Session<'c, T> {
    /// Sets PIN2's counter back to all tries, in a PUK session (RESET RETRY COUNTER, ISO/IEC 7816-4). PIN2 itself stays what it was.
    ///
    /// # Errors
    /// [`Misuse::WrongSession`] in another session than one of the PUK; [`Unsupported::CertificateApplication`]; [`Error::Card`].
    pub fn unblock_pin2(&mut self) -> Result<()> {
        self.require_puk()?;
        self.card.link.begin();
        self.select_anew(Application::Certificates)?;
        self.reset_pin2(&CommandApdu::new(
            0x00,
            ins::RESET_RETRY_COUNTER,
            0x03,
            PIN2,
        ))
    }

    fn reset_pin2(&mut self, command: &CommandApdu) -> Result<()> {
        match self.card.link.send(command, Step::ManagePin2)?.status {
            StatusWord::OK => Ok(()),
            status => Err(fault(Step::ManagePin2, status)),
        }
    }

    fn directory_file(&mut self, name: &'static str, id: iso7816::FileId) -> Result<Vec<u8>> {
        let file = File::Directory(name);
        match self.card.link.read_to_end(file, id)? {
            ReadOutcome::Contents(contents) => Ok(contents),
            ReadOutcome::Missing => Err(Error::Unsupported(Unsupported::FileMissing(file))),
            ReadOutcome::Denied(status) => Err(Error::AccessDenied {
                file,
                reason: DenialReason::NotAuthorised(status),
            }),
        }
    }
}

impl<'c, T: CardTransport> ProvenSession<'_, 'c, T> {
    /// Opens the natural-person certificate and reads what keys and certificates there are. One that is switched off is opened too, to
    /// be switched on.
    ///
    /// # Errors
    /// [`Unsupported::CertificateApplication`]; [`Misuse::WrongSession`] in a session of the PUK or the transport PIN.
    pub fn certificates(&mut self) -> Result<CertificateApplication<'_, 'c, T>> {
        let session = self.session_mut();
        if !matches!(session.opened, Opened::Can(_) | Opened::Pin) {
            return Err(Misuse::WrongSession(PasswordKind::Can).into());
        }
        CertificateApplication::open(session)
    }

    /// Gives PIN2 a new value and all its tries, in a PUK session (RESET RETRY COUNTER with new reference data, ISO/IEC 7816-4).
    ///
    /// # Errors
    /// As [`Session::unblock_pin2`].
    pub fn replace_pin2(&mut self, new: &Pin2) -> Result<()> {
        let session = self.session_mut();
        session.require_puk()?;
        session.card.link.begin();
        session.select_anew(Application::Certificates)?;
        let reset = CommandApdu::new(0x00, ins::RESET_RETRY_COUNTER, 0x02, PIN2);
        session.reset_pin2(&reset.with_data(new.digits().to_vec()))
    }
}

impl<'a, 'c, T: CardTransport> CertificateApplication<'a, 'c, T> {
    fn open(session: &'a mut Session<'c, T>) -> Result<Self> {
        session.card.link.begin();
        let state = session.select_anew(Application::Certificates)?;
        let mut application = Self {
            session,
            state,
            keys: Vec::new(),
            certificates: Vec::new(),
        };
        if state == FunctionState::Activated {
            application.read_directory()?;
        }
        Ok(application)
    }
}

impl<'c, T: CardTransport> CertificateApplication<'_, 'c, T> {
    /// What PIN2 opens, where PIN2 was verified.
    fn unlocked(&mut self) -> Unlocked<'_, 'c, T> {
        Unlocked::new(self.session, self.state, &self.keys, &self.certificates)
    }

    /// Whether it can be used.
    #[must_use]
    pub const fn state(&self) -> FunctionState {
        self.state
    }

    /// The keys that the card says it has, and whether a certificate belongs to them.
    pub fn slots(&self) -> impl Iterator<Item = SlotContents> {
        self.keys.iter().filter_map(|key| {
            let slot = KeySlot::from_reference(key.reference?)?;
            Some(SlotContents {
                slot,
                algorithm: key.algorithm,
                has_certificate: self.location(slot).is_some(),
            })
        })
    }

    /// What EF.PrKDF says of the key of a slot.
    #[must_use]
    pub fn private_key(&self, slot: KeySlot) -> Option<&PrivateKeyObject> {
        let mut keys = self.keys.iter();
        keys.find(|key| key.reference == Some(slot.reference()))
    }

    /// What EF.CDF says of the certificate of a slot.
    #[must_use]
    pub fn certificate_object(&self, slot: KeySlot) -> Option<&CertificateObject> {
        self.location(slot)
    }

    /// The public key of a slot (GENERATE ASYMMETRIC KEY PAIR, reading; ISO/IEC 7816-8).
    ///
    /// # Errors
    /// [`Unsupported::Key`]; [`Misbehaviour::MalformedAnswer`].
    pub fn public_key(&mut self, slot: KeySlot) -> Result<pki::PublicKey> {
        self.session.card.link.begin();
        public_key::public_key(self.session, slot)
    }

    /// The certificate of a key, on a card that gives it to everybody who has opened it; others give it after PIN2
    /// ([`Unlocked::certificate`]). Nothing has verified it yet.
    ///
    /// # Errors
    /// [`Error::AccessDenied`] with [`DenialReason::NeedsPin2`]; [`Error::CertificatesUnusable`]; [`Unsupported::Key`] without key or
    /// certificate; [`Misbehaviour::Malformed`].
    pub fn certificate(&mut self, slot: KeySlot) -> Result<Certificate> {
        if self.state != FunctionState::Activated {
            return Err(Error::CertificatesUnusable(self.state));
        }
        let read = slot::certificate(self.session, &self.keys, &self.certificates, slot);
        read.map_err(|error| match error {
            Error::AccessDenied { file, .. } => Error::AccessDenied {
                file,
                reason: DenialReason::NeedsPin2,
            },
            error => error,
        })
    }

    /// Tries left for PIN2 (VERIFY without data, ISO/IEC 7816-4). Costs none.
    ///
    /// # Errors
    /// [`Error::Card`].
    pub fn pin2_status(&mut self) -> Result<PasswordStatus> {
        let ask = CommandApdu::new(0x00, ins::VERIFY, 0x00, PIN2);
        let link = &mut self.session.card.link;
        link.begin();
        Ok(match link.send(&ask, Step::ManagePin2)?.status {
            StatusWord::OK => PasswordStatus::Untouched,
            StatusWord::AUTHENTICATION_METHOD_BLOCKED => PasswordStatus::Blocked,
            status => match status.tries_left() {
                Some(PIN2_TRIES..) => PasswordStatus::Untouched,
                Some(0) => PasswordStatus::Blocked,
                Some(tries) => PasswordStatus::TriesLeft(tries),
                None => return Err(fault(Step::ManagePin2, status)),
            },
        })
    }

    /// Enters PIN2.
    ///
    /// # Errors
    /// [`Error::WrongPassword`] with the tries left; [`Error::PasswordUnusable`]; [`Error::CertificatesUnusable`] for an application
    /// that was ended.
    pub fn verify_pin2<'s>(&'s mut self, pin2: &Pin2) -> Result<Unlocked<'s, 'c, T>> {
        if self.state == FunctionState::Terminated {
            return Err(Error::CertificatesUnusable(self.state));
        }
        let verify = CommandApdu::new(0x00, ins::VERIFY, 0x00, PIN2).with_data(pin2.digits());
        let link = &mut self.session.card.link;
        link.begin();
        let status = link.send(&verify, Step::ManagePin2)?.status;
        let password = PasswordKind::Pin2;
        let unusable = |state| Err(Error::PasswordUnusable { password, state });
        match status {
            StatusWord::OK => Ok(self.unlocked()),
            StatusWord::AUTHENTICATION_METHOD_BLOCKED => unusable(PasswordState::Blocked),
            StatusWord::CONDITIONS_NOT_SATISFIED => unusable(PasswordState::Suspended),
            status => match status.tries_left() {
                Some(tries) => Err(Error::WrongPassword {
                    password,
                    tries_left: Some(tries),
                }),
                None => Err(fault(Step::ManagePin2, status)),
            },
        }
    }

    /// Switches the natural-person certificate off (DEACTIVATE FILE, ISO/IEC 7816-9), in a session of PIN1. What else is on the card
    /// stays as it is.
    ///
    /// # Errors
    /// [`Misuse::WrongSession`]: in a session of the access code, [`Unlocked::disable`] does it after PIN2.
    pub fn disable(&mut self) -> Result<()> {
        self.require_pin1()?;
        switch(self.session, false)?;
        self.state = FunctionState::Deactivated;
        Ok(())
    }

    /// Switches it on again (ACTIVATE FILE, ISO/IEC 7816-9), in a session of PIN1.
    ///
    /// # Errors
    /// As [`disable`](Self::disable).
    pub fn enable(&mut self) -> Result<()> {
        self.require_pin1()?;
        switch(self.session, true)?;
        self.state = FunctionState::Activated;
        self.read_directory()
    }

    fn require_pin1(&self) -> Result<()> {
        match self.session.opened {
            Opened::Pin => Ok(()),
            _ => Err(Misuse::WrongSession(PasswordKind::Pin1).into()),
        }
    }

    fn location(&self, slot: KeySlot) -> Option<&CertificateObject> {
        slot::location(&self.keys, &self.certificates, slot)
    }

    fn read_directory(&mut self) -> Result<()> {
        let session = &mut *self.session;
        let od = session.directory_file("EF.OD", EfOd::FILE_ID)?;
        let malformed = |name| move |_| Error::from(Misbehaviour::Malformed(File::Directory(name)));
        let od = EfOd::parse(&od).map_err(malformed("EF.OD"))?;
        if let Some(path) = od.path(Directory::PrivateKeys) {
            let file = session.directory_file("EF.PrKDF", path)?;
            self.keys = private_keys(&file).map_err(malformed("EF.PrKDF"))?;
        }
        if let Some(path) = od.path(Directory::Certificates) {
            let file = session.directory_file("EF.CDF", path)?;
            self.certificates = certificates(&file).map_err(malformed("EF.CDF"))?;
        }
        Ok(())
    }
}

/// DEACTIVATE FILE or ACTIVATE FILE of the current application.
fn switch<T: CardTransport>(session: &mut Session<'_, T>, on: bool) -> Result<()> {
    let ins = if on { ins::ACTIVATE } else { ins::DEACTIVATE };
    let link = &mut session.card.link;
    link.begin();
    let command = CommandApdu::new(0x00, ins, 0x00, 0x00);
    match link.send(&command, Step::SwitchCertificates)?.status {
        StatusWord::OK => Ok(()),
        status => Err(fault(Step::SwitchCertificates, status)),
    }
}

impl<T: CardTransport> fmt::Debug for CertificateApplication<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateApplication")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
