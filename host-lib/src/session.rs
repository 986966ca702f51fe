//! An open card: the encrypted channel, and what can be done through it.

use core::fmt;

use iso7816::{Aid, CommandApdu, FileId, ShortFileId, StatusWord, ins};
use lds::SecurityInfos;
use pki::SignedData;
use secure_channel::pace::PaceSuite;
use secure_channel::pace::terminal::Established;
use secure_channel::{ChipAuthenticated, SecureMessaging};
use transport::CardTransport;

use crate::access::{AccessCode, Can, MrzKey, Pin, Puk};
use crate::binding::{cam_key, compare_card_access};
use crate::card::Card;
use crate::certificates::FunctionState;
use crate::channel::Channel;
use crate::chip::{self, Choice, Version};
use crate::error::{
    CardFault, DenialReason, Error, File, Misuse, PasswordKind, Result, Step, Unsupported,
};
use crate::evidence::ChipAuthenticationEvidence;
use crate::files::{Location, ReadOutcome};
use crate::groups::Zone;
use crate::pace::Purpose;
use crate::report::Skipped;
use crate::suite::Offer;

/// The eID application (BSI TR-03110-4).
pub(crate) const EID: Aid = Aid::from_array([0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02]);
/// The application of travel documents (ICAO Doc 9303-10, 3.2).
pub(crate) const ICAO: Aid = Aid::from_array([0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01]);

const CARD_SECURITY: Location = Location {
    file: File::CardSecurity,
    id: FileId(0x011D),
    short: ShortFileId::new(0x1D),
};

/// The natural-person certificate (ISO/IEC 7816-15: PKCS#15).
const CERTIFICATES: Aid = lds::cryptographic_information::APPLICATION_ID;

/// What opened the session. Access code and MRZ are kept, to be compared with what the card says.
#[derive(Clone)]
pub(crate) enum Opened {
    Can(Can),
    Mrz(MrzKey),
    Pin,
    TransportPin,
    Puk,
}

/// Which application is selected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Application {
    MasterFile,
    Eid,
    Icao,
    Certificates,
}

/// EF.CardSecurity, as far as it was read.
#[derive(Clone)]
pub(crate) enum CardSecurity {
    NotRead,
    Missing,
    /// The bytes of a file whose infos agree with EF.CardAccess. Not verified yet.
    Read(Vec<u8>),
}

/// What PACE-CAM showed.
#[derive(Clone)]
pub(crate) enum CamEvidence {
    /// PACE ran with Generic Mapping.
    NotUsed,
    /// The chip's claim has not been held against a key yet.
    Unchecked,
    /// The chip holds the private key to this public key of EF.CardSecurity, whose signature is
    /// still to be verified.
    Holds(ChipAuthenticated),
    /// It does not, or there is no such key.
    Fails,
}

/// A card that was opened with a code, over its encrypted channel.
///
/// It borrows the card; dropping it wipes the keys and leaves the card for the next session.
///
/// | opened with | what it can do |
/// |---|---|
/// | access code | [`read`](Self::read) the public and household zone, [`resume_pin`](Self::resume_pin), [`resume_puk`](Self::resume_puk) |
/// | MRZ | [`read_travel_document`](Self::read_travel_document) |
/// | PIN1 | [`read`](Self::read) the protected zone too, change PIN1 (after [`prove_chip`](Self::prove_chip)) |
/// | transport PIN | choose PIN1 (after [`prove_chip`](Self::prove_chip)) |
/// | PUK | [`unblock_pin`](Self::unblock_pin) |
///
/// Nothing that a session returns is verified until [`Unverified::verify`](crate::Unverified::verify)
/// has said so; the types keep the two apart.
///
/// # Errors that end the session
///
/// After [`Error::ChipMisbehaved`] with a code `E-SM-…`, and after [`Error::Transport`], the channel
/// is gone; every later call gives [`Misuse::SessionOver`], never a plain command. After any other
/// error the session can be used again.
pub struct Session<'c, T: CardTransport> {
    pub(crate) card: &'c mut Card<T>,
    pub(crate) opened: Opened,
    offer: Offer,
    pending: Option<secure_channel::pace::PendingChipAuthentication>,
    pub(crate) cam: CamEvidence,
    /// What Chip Authentication version 2 showed, in the session of an agency.
    chip_authentication: Option<ChipAuthenticated>,
    card_security: CardSecurity,
    /// What `card_security` says, once its signature was found to fit.
    signed_infos: Option<SecurityInfos>,
    application: Application,
}

impl<'c, T: CardTransport> Session<'c, T> {
    pub(crate) fn start(
        card: &'c mut Card<T>,
        code: AccessCode,
        offer: Offer,
        established: Established,
    ) -> Result<Self> {
        let mut session = Self {
            card,
            opened: opened(code),
            offer,
            pending: None,
            cam: CamEvidence::NotUsed,
            chip_authentication: None,
            card_security: CardSecurity::NotRead,
            signed_infos: None,
            application: Application::MasterFile,
        };
        session.adopt(established);
        Ok(session)
    }

    /// Goes over to the channel that PACE has just made.
    fn adopt(&mut self, established: Established) {
        self.pending = established.chip_authentication;
        self.cam = match self.pending {
            Some(_) => CamEvidence::Unchecked,
            None => CamEvidence::NotUsed,
        };
        self.card.link.channel =
            Channel::Protected(Box::new(SecureMessaging::new(established.session_keys)));
    }

    /// Which password opened the session.
    pub fn opened_with(&self) -> PasswordKind {
        match self.opened {
            Opened::Can(_) => PasswordKind::Can,
            Opened::Mrz(_) => PasswordKind::Mrz,
            Opened::Pin | Opened::TransportPin => PasswordKind::Pin1,
            Opened::Puk => PasswordKind::Puk,
        }
    }

    /// The PACE suite of the channel.
    pub fn suite(&self) -> PaceSuite {
        self.offer.suite
    }

    /// What went over the wire since the card was opened.
    pub fn traffic(&self) -> crate::Traffic {
        self.card.traffic()
    }

    /// Enters a suspended PIN1, with its last try: a second PACE inside the channel that the access
    /// code opened (TR-03110-2, 2.4.1).
    ///
    /// If it succeeds this is a PIN1 session. If it fails the session stays what it was; a wrong
    /// PIN has spent the last try, and PIN1 is then blocked.
    ///
    /// # Errors
    /// [`Error::WrongPassword`], [`Error::PasswordUnusable`];
    /// [`Misuse::ResumeWithoutCan`] in another session than one of the access code;
    /// [`Misuse::NotSuspended`] for a PIN1 that is not suspended, without spending a try.
    pub fn resume_pin(&mut self, pin: Pin) -> Result<()> {
        self.resume(AccessCode::Pin(pin))
    }

    /// Enters a suspended PUK, as [`resume_pin`](Self::resume_pin) does PIN1.
    ///
    /// # Errors
    /// As [`resume_pin`](Self::resume_pin).
    pub fn resume_puk(&mut self, puk: Puk) -> Result<()> {
        self.resume(AccessCode::Puk(puk))
    }

    fn resume(&mut self, code: AccessCode) -> Result<()> {
        if !matches!(self.opened, Opened::Can(_)) {
            return Err(Misuse::ResumeWithoutCan.into());
        }
        self.card.link.begin();
        self.go_to_master_file()?;
        let established = self.card.agree(self.offer, &code, Purpose::Resume)?;
        self.opened = opened(code);
        // The proof belongs to the new channel; EF.CardSecurity stays what it is.
        self.adopt(established);
        if !matches!(self.card_security, CardSecurity::NotRead) {
            self.check_claim();
        }
        Ok(())
    }

    /// Ends the session. The same as dropping it.
    pub fn close(self) {}

    pub(crate) fn select(&mut self, application: Application) -> Result<()> {
        if self.application == application {
            return Ok(());
        }
        // 6283: the application is deactivated; what it still allows, its files will tell.
        self.select_anew(application).map(drop)
    }

    /// Selects even what is selected, for the state that the card tells then.
    pub(crate) fn select_anew(&mut self, application: Application) -> Result<FunctionState> {
        let (aid, missing) = match application {
            Application::MasterFile => {
                self.go_to_master_file()?;
                return Ok(FunctionState::Activated);
            }
            Application::Eid => (EID, Unsupported::EidApplication),
            Application::Icao => (ICAO, Unsupported::IcaoApplication),
            Application::Certificates => (CERTIFICATES, Unsupported::CertificateApplication),
        };
        let select =
            CommandApdu::new(0x00, ins::SELECT, 0x04, 0x0C).with_data(aid.as_bytes().to_vec());
        // Whatever comes of it: from here on the master file is to be selected anew.
        self.card.link.at_master_file = false;
        let status = self.card.link.send(&select, Step::Select)?.status;
        let state = match status {
            StatusWord::OK => FunctionState::Activated,
            StatusWord::DEACTIVATED => FunctionState::Deactivated,
            StatusWord::TERMINATED => FunctionState::Terminated,
            StatusWord::FILE_NOT_FOUND => return Err(Error::Unsupported(missing)),
            StatusWord::SECURITY_STATUS_NOT_SATISFIED => {
                let file = match application {
                    Application::Icao => File::Com,
                    _ => File::Sod,
                };
                return Err(self.denied(file, status));
            }
            status => return Err(fault(Step::Select, status)),
        };
        self.application = application;
        Ok(state)
    }

    fn go_to_master_file(&mut self) -> Result<()> {
        self.card.link.select_master_file()?;
        self.application = Application::MasterFile;
        Ok(())
    }

    /// Reads a file that must be there.
    pub(crate) fn require(&mut self, location: Location) -> Result<Vec<u8>> {
        match self.card.link.read_file(location)? {
            ReadOutcome::Contents(contents) => Ok(contents),
            ReadOutcome::Missing => {
                Err(Error::Unsupported(Unsupported::FileMissing(location.file)))
            }
            ReadOutcome::Denied(status) => Err(self.denied(location.file, status)),
        }
    }

    /// Explains a refusal as far as this session's password does.
    pub(crate) fn denied(&self, file: File, status: StatusWord) -> Error {
        let protected = matches!(file, File::Eid(group) if group.zone() == Zone::Protected);
        let icao =
            matches!(file, File::Icao(_) | File::Com) || self.application == Application::Icao;
        let reason = match &self.opened {
            Opened::TransportPin | Opened::Puk => DenialReason::OpensNoData,
            Opened::Mrz(_) if icao => DenialReason::NotAuthorised(status),
            Opened::Pin | Opened::Can(_) if icao => DenialReason::NeedsMrz,
            Opened::Mrz(_) | Opened::Can(_) if protected => DenialReason::NeedsPin1,
            Opened::Mrz(_) => DenialReason::NeedsCan,
            Opened::Pin if protected && self.chip_authentication.is_none() => {
                DenialReason::NeedsAgency
            }
            Opened::Can(_) | Opened::Pin => DenialReason::NotAuthorised(status),
        };
        Error::AccessDenied { file, reason }
    }

    /// Reads EF.CardSecurity once, compares EF.CardAccess with it and holds the chip's claim of
    /// PACE-CAM against its key.
    ///
    /// It comes before anything personal is read: a channel that somebody weakened must not carry
    /// personal data.
    pub(crate) fn card_security(&mut self) -> Result<CardSecurity> {
        if let CardSecurity::NotRead = self.card_security {
            self.go_to_master_file()?;
            self.card_security = match self.card.link.read_file(CARD_SECURITY)? {
                ReadOutcome::Contents(contents) => {
                    self.signed_infos = signed_infos(&contents);
                    CardSecurity::Read(contents)
                }
                ReadOutcome::Missing | ReadOutcome::Denied(_) => CardSecurity::Missing,
            };
            self.check_claim();
        }
        if let Some(signed) = &self.signed_infos {
            compare_card_access(&self.card.card_access, signed, File::CardSecurity)?;
        }
        Ok(self.card_security.clone())
    }

    /// The key with which the chip will prove itself to an agency, from EF.CardSecurity.
    pub(crate) fn chip_authentication_2(&mut self) -> Result<Choice> {
        self.card_security()?;
        let infos = self.signed_infos.as_ref();
        infos
            .and_then(|infos| chip::choose(infos, Version::Two).ok())
            .ok_or(Error::Unsupported(Unsupported::TerminalAuthentication))
    }

    /// What EF.CardSecurity says, if it was read and its signature fits.
    pub(crate) fn signed_infos(&self) -> Option<&SecurityInfos> {
        self.signed_infos.as_ref()
    }

    /// The chip has proven itself to an agency.
    pub(crate) fn proven_by_version_2(&mut self, proof: ChipAuthenticated) {
        self.chip_authentication = Some(proof);
    }

    /// What Chip Authentication version 2 showed.
    pub(crate) fn chip_authentication_evidence(&self) -> ChipAuthenticationEvidence {
        match &self.chip_authentication {
            Some(proof) => ChipAuthenticationEvidence::Holds(proof.clone()),
            None => ChipAuthenticationEvidence::NotPerformed(Skipped::NotUsed),
        }
    }

    fn check_claim(&mut self) {
        let Some(claim) = self.pending.take() else {
            return;
        };
        let key = self
            .signed_infos
            .as_ref()
            .and_then(|infos| cam_key(infos, self.offer));
        self.cam = match key.map(|key| claim.verify(&key)) {
            Some(Ok(proof)) => CamEvidence::Holds(proof),
            Some(Err(_)) | None => CamEvidence::Fails,
        };
    }
}

impl<T: CardTransport> Drop for Session<'_, T> {
    fn drop(&mut self) {
        // Wipes the keys. The chip ends its channel at the next plain command; that one shall be a
        // SELECT, whose answer does not matter, since chips differ in what they answer to it.
        self.card.link.channel = Channel::Plain;
        self.card.link.at_master_file = false;
    }
}

impl<T: CardTransport> fmt::Debug for Session<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("opened_with", &self.opened_with())
            .field("suite", &self.suite())
            .finish_non_exhaustive()
    }
}

fn opened(code: AccessCode) -> Opened {
    match code {
        AccessCode::Can(can) => Opened::Can(can),
        AccessCode::Mrz(key) => Opened::Mrz(key),
        AccessCode::Pin(_) => Opened::Pin,
        AccessCode::TransportPin(_) => Opened::TransportPin,
        AccessCode::Puk(_) => Opened::Puk,
    }
}

pub(crate) fn fault(step: Step, status: StatusWord) -> Error {
    Error::Card(CardFault {
        step,
        status,
        authenticated: true,
    })
}

/// What EF.CardSecurity says, if the signature in it fits the certificate in it. Whether that
/// certificate is to be trusted is decided later, by whoever verifies; this is enough to keep personal
/// data out of a channel that somebody in the middle has weakened, since the file comes through it.
fn signed_infos(card_security: &[u8]) -> Option<SecurityInfos> {
    let signed = SignedData::parse(card_security).ok()?;
    let content = signed.verify(pki::oid::SECURITY_OBJECT).ok()?;
    SecurityInfos::parse(content.content).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_ends_takes_its_keys_along() {
        let mut card = Card::open(issuer::specimen::valid().card).unwrap();
        let session = card.pace(AccessCode::can("123456").unwrap()).unwrap();
        assert!(matches!(session.card.link.channel, Channel::Protected(_)));
        drop(session);
        assert!(matches!(card.link.channel, Channel::Plain));
    }
}
