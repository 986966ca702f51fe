//! New keys and certificates, at the desk of an office that may put them onto cards (docs/chip-profile.md §11).

use core::fmt;

use iso7816::ShortFileId;
use iso7816::tlv::{self, Tag};
use pki::{Certificate, PublicKey};
use transport::CardTransport;

use super::public_key;
use super::slot::{self, KeySlot, SlotContents};
use super::{CertificateApplication, FunctionState};
use crate::access::Pin2;
use crate::agency::{Permission, ProvenAgencySession};
use crate::error::{Error, File, Misbehaviour, Misuse, Result, Unsupported};
use crate::pace::PasswordStatus;

/// The longest certificate that a card takes, in bytes.
const LONGEST: usize = 4096;

/// A kind of key that a card makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA with a modulus of 2048 bits and the public exponent 65537.
    Rsa2048,
    /// An elliptic curve key on P-256; not for decipherment.
    P256,
}

/// The natural-person certificate at the desk of an office that may put a key and a certificate into one of its slots.
///
/// What the office may do needs the holder as well: [`verify_pin2`](Self::verify_pin2). And it never has a key used: the request for a
/// certificate is signed in a session of the holder's own, between the one in which the card makes the key and the one in which it gets the
/// certificate. They may be minutes or weeks apart.
///
/// ```
/// use host_lib::{AccessCode, AccessRequest, Card, KeyKind, KeySlot, Pin2, SoftwareKey, TerminalCertificates, Verifier};
/// use issuer::{CitizenPki, Desk, Grant, OperatorLog, Publication, Subject, SubjectSerialNumber, specimen};
/// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
/// # let (folder, mut rng) = (tempfile::tempdir()?, ChaCha20Rng::from_seed([7; 32]));
/// # let specimen = specimen::valid();
/// # let trust = &specimen.trust;
/// # let verifier = Verifier::new(&trust.anchors, trust.time).revocation_lists(&trust.revocation_lists);
/// # let now = trust.time;
/// # let mut log = OperatorLog::open(&folder.path().join("log"), &mut rng)?;
/// # let mut desk = Desk { log: &mut log, now, rng: &mut rng };
/// # let publication = Publication::at("http://citizen-pki.test/")?;
/// # let mut authority = CitizenPki::open_or_create(&folder.path().join("ca"), &publication, &mut desk)?;
/// # let subject = Subject::new("王小明", SubjectSerialNumber::random(desk.rng), "6789")?;
///
/// const SLOT: KeySlot = KeySlot::Authentication;
/// let pin2 = Pin2::parse("86427531")?;
/// let office = specimen::agency("OFFICE", &Grant::default().with(cvc::Right::InstallCertificate));
/// let request = AccessRequest::new(TerminalCertificates::parse(&office.certificates)?);
/// let mut office_key = SoftwareKey::new(office.key);
/// let mut card = Card::open(specimen.card)?;
///
/// // The office has the card make a key.
/// let session = card.pace_as_terminal(AccessCode::pin("135790")?, request.clone().agree_to_everything())?;
/// let mut session = session.authenticate(&mut office_key)?;
/// let mut proven = session.prove_chip(&verifier)?;
/// proven.certificate_desk(SLOT)?.verify_pin2(&pin2)?.generate_key(KeyKind::P256)?;
/// drop(session);
///
/// // The holder has it sign a request, and the authority certifies it.
/// let mut session = card.pace(AccessCode::can("123456")?)?;
/// let mut proven = session.prove_chip(&verifier)?;
/// let mut application = proven.certificates()?;
/// let unlocked = application.verify_pin2(&pin2)?;
/// let algorithm = unlocked.algorithm(SLOT)?;
/// let proof = unlocked.request(SLOT, algorithm)?;
/// let certificate = authority.issue(&subject, issuer::KeySlot::Authentication, &(&proof).into(), None, &mut desk)?;
/// drop(session);
///
/// // The office puts it onto the card.
/// let session = card.pace_as_terminal(AccessCode::pin("135790")?, request.agree_to_everything())?;
/// let mut session = session.authenticate(&mut office_key)?;
/// let mut proven = session.prove_chip(&verifier)?;
/// proven.certificate_desk(SLOT)?.verify_pin2(&pin2)?.install(certificate.certificate())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CertificateDesk<'a, 'c, T: CardTransport> {
    application: CertificateApplication<'a, 'c, T>,
    slot: KeySlot,
}

impl KeySlot {
    /// What the ministry has to allow whoever fills the slot.
    #[must_use]
    pub const fn permission_to_install(self) -> Permission {
        match self {
            Self::Signature => Permission::InstallQualifiedCertificate,
            Self::Authentication | Self::KeyDecipherment => Permission::InstallCertificate,
        }
    }

    /// EF 4331 to 4333.
    const fn short_file_id(self) -> ShortFileId {
        ShortFileId::new(match self {
            Self::Signature => 0x0B,
            Self::Authentication => 0x0C,
            Self::KeyDecipherment => 0x0D,
        })
    }
}

impl<'c, T: CardTransport> ProvenAgencySession<'_, 'c, T> {
    /// Opens a slot of the natural-person certificate, to fill it.
    ///
    /// # Errors
    /// [`Error::AccessDenied`] with the right that is missing and where it was lost, before anything is sent;
    /// [`Unsupported::CertificateApplication`]; [`Error::CertificatesUnusable`] for one that is switched off or ended.
    pub fn certificate_desk(&mut self, slot: KeySlot) -> Result<CertificateDesk<'_, 'c, T>> {
        self.require_for(slot.permission_to_install(), File::Certificate(slot))?;
        let application = CertificateApplication::open(self.session_mut())?;
        match application.state() {
            FunctionState::Activated => Ok(CertificateDesk { application, slot }),
            state => Err(Error::CertificatesUnusable(state)),
        }
    }
}

impl<'a, 'c, T: CardTransport> CertificateDesk<'a, 'c, T> {
    /// What is in the slot: after a loss of power, where to go on. A key without certificate is one that the card has made and nobody has
    /// certified.
    #[must_use]
    pub fn contents(&self) -> Option<SlotContents> {
        self.application.slots().find(|it| it.slot == self.slot)
    }

    /// Tries left for PIN2. Costs none.
    ///
    /// # Errors
    /// [`Error::Card`].
    pub fn pin2_status(&mut self) -> Result<PasswordStatus> {
        self.application.pin2_status()
    }

    /// Enters PIN2, by which the holder agrees.
    ///
    /// # Errors
    /// As [`CertificateApplication::verify_pin2`].
    pub fn verify_pin2<'s>(&'s mut self, pin2: &Pin2) -> Result<UnlockedDesk<'s, 'a, 'c, T>> {
        self.application.verify_pin2(pin2)?;
        Ok(UnlockedDesk {
            application: &mut self.application,
            slot: self.slot,
        })
    }
}

/// The slot after PIN2.
pub struct UnlockedDesk<'s, 'a, 'c, T: CardTransport> {
    application: &'s mut CertificateApplication<'a, 'c, T>,
    slot: KeySlot,
}

impl<T: CardTransport> UnlockedDesk<'_, '_, '_, T> {
    /// Has the card make a key, which takes the place of the one before and of its certificate (GENERATE ASYMMETRIC KEY PAIR,
    /// ISO/IEC 7816-8). Takes the card a while for RSA.
    ///
    /// # Errors
    /// [`Unsupported::Key`] for a kind that this slot does not take; [`Error::Transport`], and then nobody knows which of the two keys is
    /// there: [`public_key`](Self::public_key) tells, in the next session.
    pub fn generate_key(&mut self, kind: KeyKind) -> Result<PublicKey> {
        if (self.slot, kind) == (KeySlot::KeyDecipherment, KeyKind::P256) {
            return Err(Error::Unsupported(Unsupported::Key(self.slot)));
        }
        let algorithm = match kind {
            KeyKind::Rsa2048 => 0x11,
            KeyKind::P256 => 0x31,
        };
        let algorithm = tlv::encode(Tag(0x80), &[algorithm]);
        let session = &mut *self.application.session;
        session.card.link.begin();
        let key = public_key::generate(session, self.slot, &algorithm)?;
        self.application.read_directory()?;
        Ok(key)
    }

    /// The public key that is in the slot.
    ///
    /// # Errors
    /// As [`CertificateApplication::public_key`].
    pub fn public_key(&mut self) -> Result<PublicKey> {
        self.application.public_key(self.slot)
    }

    /// Puts the certificate of the key in the slot onto the card, and reads it back. Until its last byte is there the card has the one before, or
    /// none.
    ///
    /// # Errors
    /// [`Misuse::CertificateOfAnotherKey`] and [`Misuse::UpdateTooLong`], before anything is sent; [`Unsupported::Key`] without a key;
    /// [`Error::Card`] with 6A80 where the card itself finds another key in it; [`Error::Transport`], and then nobody knows which certificate is
    /// there: it can be written again.
    pub fn install(&mut self, certificate: &Certificate) -> Result<()> {
        let (slot, file) = (self.slot, File::Certificate(self.slot));
        if certificate.as_der().len() > LONGEST {
            return Err(Misuse::UpdateTooLong(file).into());
        }
        if certificate.public_key()? != self.public_key()? {
            return Err(Misuse::CertificateOfAnotherKey(slot).into());
        }
        let short = slot.short_file_id();
        let application = &mut *self.application;
        application.session.card.link.begin();
        application
            .session
            .write(file, short, certificate.as_der())?;
        application.read_directory()?;
        let (keys, certificates) = (&application.keys, &application.certificates);
        let written = slot::certificate(application.session, keys, certificates, slot)?;
        match written == *certificate {
            true => Ok(()),
            false => Err(Misbehaviour::Malformed(file).into()),
        }
    }
}

impl<T: CardTransport> fmt::Debug for CertificateDesk<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateDesk")
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}

impl<T: CardTransport> fmt::Debug for UnlockedDesk<'_, '_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnlockedDesk")
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}
