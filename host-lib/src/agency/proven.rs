//! What an agency does only with a chip that is proven: believe its answers, and write to it.

use core::fmt;

use iso7816::{CommandApdu, StatusWord, ins};
use lds::security_infos::RestrictedIdentificationInfo;
use secure_channel::restricted_identification::{
    RestrictedIdentificationProtocol, Sector, SectorIdentifier, SectorPublicKey, terminal,
};
use transport::CardTransport;

use super::permission::Permission;
use super::question::Question;
use super::session::AgencySession;
use crate::access::Pin;
use crate::certificates::FunctionState;
use crate::error::{
    DenialReason, Error, ErrorCode, File, Misbehaviour, Misuse, Result, Step, Unsupported,
};
use crate::groups::Group;
use crate::read::SECURITY_OBJECT;
use crate::report::{CheckName, ChipProof, Outcome, Report};
use crate::session::{Application, Session, fault};
use crate::verify::{Verifier, prove_card_security};

/// The new contents of groups, and the EF.SOD that signs them together with those that stay.
#[derive(Clone, PartialEq, Eq)]
pub struct CardUpdate {
    groups: Vec<(Group, Vec<u8>)>,
    security_object: Vec<u8>,
}

impl CardUpdate {
    /// An update as the issuer made it: each group's whole file, and the whole EF.SOD.
    pub fn new(
        groups: impl IntoIterator<Item = (Group, Vec<u8>)>,
        security_object: Vec<u8>,
    ) -> Self {
        Self {
            groups: groups.into_iter().collect(),
            security_object,
        }
    }
}

impl fmt::Debug for CardUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<_> = self.groups.iter().map(|(group, _)| group).collect();
        f.debug_tuple("CardUpdate").field(&groups).finish()
    }
}

/// An agency's session whose chip is proven to be the one that was issued: its key is the one that EF.CardSecurity signs,
/// verified.
///
/// A group that is read is held against its hash afterwards; a yes, a pseudonym or a write has nothing but the chip behind it.
/// So these are here and nowhere else.
pub struct ProvenAgencySession<'s, 'c, T: CardTransport> {
    agency: &'s mut AgencySession<'c, T>,
    report: Report,
}

impl<'c, T: CardTransport> AgencySession<'c, T> {
    /// Verifies EF.CardSecurity and holds the key of Chip Authentication against it.
    ///
    /// # Errors
    /// [`Error::Refused`] with the check that failed.
    pub fn prove_chip(
        &mut self,
        verifier: &Verifier<'_>,
    ) -> Result<ProvenAgencySession<'_, 'c, T>> {
        let session = &mut self.session;
        session.card.link.begin();
        let card_security = session.card_security()?;
        let report = prove_card_security(
            verifier,
            &session.card.card_access,
            &card_security,
            &session.cam,
            &session.chip_authentication_evidence(),
        );
        report.require_no_failure()?;
        let check = CheckName::Chip(ChipProof::ChipAuthentication);
        if report.outcome(check) != Some(Outcome::Passed) {
            return Err(Error::Refused {
                check,
                code: ErrorCode::ChipNotProven,
            });
        }
        Ok(ProvenAgencySession {
            agency: self,
            report,
        })
    }
}

impl<'c, T: CardTransport> ProvenAgencySession<'_, 'c, T> {
    pub(crate) fn session_mut(&mut self) -> &mut Session<'c, T> {
        &mut self.agency.session
    }

    /// What was checked to prove the chip.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Has the card answer a question that was part of the request (VERIFY, TR-03110-3 B.14.10).
    ///
    /// ```
    /// use host_lib::{AccessCode, AccessRequest, Card, Permission, Question, SoftwareKey, TerminalCertificates, Verifier};
    /// use issuer::{Grant, specimen};
    ///
    /// // A shop that may learn whether somebody is of age, and nothing else.
    /// let shop = specimen::agency("SHOP", &Grant::default().with(cvc::Right::AgeVerification));
    /// let adult = Question::BornBy(lds::Date::new(2008, 6, 1)?);
    /// let consent = AccessRequest::new(TerminalCertificates::parse(&shop.certificates)?)
    ///     .ask(adult.clone())
    ///     .agree_to_everything();
    ///
    /// let specimen = specimen::valid();
    /// let trust = &specimen.trust;
    /// let verifier = Verifier::new(&trust.anchors, trust.time).revocation_lists(&trust.revocation_lists);
    /// let mut card = Card::open(specimen.card)?;
    /// let session = card.pace_as_terminal(AccessCode::pin(specimen.codes.pin1())?, consent)?;
    /// let mut session = session.authenticate(&mut SoftwareKey::new(shop.key))?;
    /// assert!(session.read(host_lib::Group::Dg11).is_err(), "no date of birth, no name");
    /// assert!(session.prove_chip(&verifier)?.answer(&adult)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::AccessDenied`] with the right that is missing and where it was lost; [`Unsupported::Question`] if the card does
    /// not know; [`Misuse::NotPartOfTheRequest`].
    pub fn answer(&mut self, question: &Question) -> Result<bool> {
        const STEP: Step = Step::Question;
        if let Some(permission) = question.permission() {
            self.require(permission)?;
        }
        if !self.agency.consent().request().asks(question) {
            return Err(Misuse::NotPartOfTheRequest.into());
        }
        let link = &mut self.agency.session.card.link;
        link.begin();
        match link.send(&question.kind().verify(), STEP)?.status {
            StatusWord::OK => Ok(true),
            StatusWord::AUTHENTICATION_FAILED => Ok(false),
            StatusWord::REFERENCE_NOT_FOUND => Err(Error::Unsupported(Unsupported::Question)),
            status => Err(fault(STEP, status)),
        }
    }

    /// The holder's pseudonym in the agency's sector (Restricted Identification, TR-03110-2 3.6): the same at every visit with this
    /// card, and nothing that another sector could recognise.
    ///
    /// # Errors
    /// [`Error::AccessDenied`] with the right that is missing and where it was lost;
    /// [`Unsupported::RestrictedIdentification`]; [`Error::Card`] with 6300 if the terminal's certificate does not name this sector.
    pub fn pseudonym(&mut self, sector: &SectorPublicKey) -> Result<SectorIdentifier> {
        self.require(Permission::Pseudonym)?;
        self.identify(sector, true)
    }

    /// By what this card stands on the sector's list of lost cards. It needs no right of its own.
    ///
    /// # Errors
    /// As [`pseudonym`](Self::pseudonym), rights aside.
    pub fn revocation_pseudonym(&mut self, sector: &SectorPublicKey) -> Result<SectorIdentifier> {
        self.identify(sector, false)
    }

    fn identify(&mut self, sector: &SectorPublicKey, authorized: bool) -> Result<SectorIdentifier> {
        const STEP: Step = Step::RestrictedIdentification;
        let session = &mut self.agency.session;
        let chosen = session.signed_infos().and_then(|infos| {
            let mut infos = infos.restricted_identification_infos();
            infos
                .find(|info| info.params.authorized_only == authorized)
                .and_then(choice)
        });
        let unsupported = || Error::Unsupported(Unsupported::RestrictedIdentification);
        let (protocol, key_id) = chosen.ok_or_else(unsupported)?;
        let link = &mut session.card.link;
        link.begin();
        let set_up = terminal::set_authentication_template(protocol, Some(&key_id));
        match link.send(&set_up, STEP)?.status {
            status if status.is_ok() => {}
            // Announced for the batch, and this card has none: so were the first ones issued.
            StatusWord::REFERENCE_NOT_FOUND => return Err(unsupported()),
            status => return Err(fault(STEP, status)),
        }
        let (waiting, command) = terminal::start(protocol, Sector::First, sector);
        let answer = link.send(&command, STEP)?;
        if !answer.status.is_ok() {
            return Err(fault(STEP, answer.status));
        }
        waiting
            .finish(&answer)
            .map_err(|_| Misbehaviour::MalformedAnswer(STEP).into())
    }

    /// Replaces groups on the card and EF.SOD with them, all or nothing (UPDATE BINARY): until the last byte of EF.SOD is there the
    /// card is the old one, and afterwards the new one.
    ///
    /// # Errors
    /// [`Error::AccessDenied`] for a group that the agency may not replace, before anything is sent; [`Error::Card`] if the card
    /// refuses, with 6A80 where a hash does not fit, and then nothing has changed; [`Error::Transport`], and then nobody knows which
    /// of the two the card is: read EF.SOD again.
    pub fn update(&mut self, update: &CardUpdate) -> Result<()> {
        for (group, _) in &update.groups {
            self.require(Permission::Update(*group))?;
        }
        let session = &mut self.agency.session;
        session.card.link.begin();
        session.select(Application::Eid)?;
        for (group, contents) in &update.groups {
            session.write(File::Eid(*group), group.short_file_id(), contents)?;
        }
        session.write(File::Sod, SECURITY_OBJECT.short, &update.security_object)
    }

    /// Sets PIN1's counter back to all tries, with the right to manage PINs (TR-03110-2, 2.4.2).
    ///
    /// # Errors
    /// [`Error::AccessDenied`] with where the right was lost; [`Error::Card`].
    pub fn unblock_pin(&mut self) -> Result<()> {
        self.manage(&crate::pin::unblock())
    }

    /// Gives the card a new PIN1, which the holder types.
    ///
    /// # Errors
    /// As [`unblock_pin`](Self::unblock_pin); [`Error::NewPinRefused`].
    pub fn change_pin(&mut self, new: &Pin) -> Result<()> {
        match self.manage(&crate::pin::change(new)) {
            Err(Error::Card(fault)) if crate::pin::is_refusal(&fault) => {
                Err(Error::NewPinRefused(fault.status))
            }
            other => other,
        }
    }

    /// Locks the card (鎖卡) for its holder.
    ///
    /// # Errors
    /// As [`unblock_pin`](Self::unblock_pin).
    pub fn lock_card(&mut self) -> Result<()> {
        self.manage(&crate::pin::lock())
    }

    /// Unlocks a locked card.
    ///
    /// # Errors
    /// As [`unblock_pin`](Self::unblock_pin).
    pub fn unlock_card(&mut self) -> Result<()> {
        self.manage(&crate::pin::unlock())
    }

    /// Ends the natural-person certificate for ever (TERMINATE DF, ISO/IEC 7816-9): keys, certificates and PIN2 are gone from the card. The
    /// identity on it stays.
    ///
    /// # Errors
    /// As [`unblock_pin`](Self::unblock_pin); [`Unsupported::CertificateApplication`]; [`Error::CertificatesUnusable`] if it is ended already.
    pub fn terminate_certificates(&mut self) -> Result<()> {
        const STEP: Step = Step::SwitchCertificates;
        self.require(Permission::PinManagement)?;
        let session = &mut self.agency.session;
        session.card.link.begin();
        if let FunctionState::Terminated = session.select_anew(Application::Certificates)? {
            return Err(Error::CertificatesUnusable(FunctionState::Terminated));
        }
        let terminate = CommandApdu::new(0x00, ins::TERMINATE_DF, 0x00, 0x00);
        match session.card.link.send(&terminate, STEP)?.status {
            StatusWord::OK => Ok(()),
            status => Err(fault(STEP, status)),
        }
    }

    fn manage(&mut self, command: &CommandApdu) -> Result<()> {
        self.require(Permission::PinManagement)?;
        self.agency.session.manage(command)
    }

    /// That nothing known stands in the way.
    fn require(&self, permission: Permission) -> Result<()> {
        let file = match permission {
            Permission::Update(group) | Permission::Read(group) => File::Eid(group),
            _ => File::Sod,
        };
        self.require_for(permission, file)
    }

    /// The same, where one permission is for several files.
    pub(crate) fn require_for(&self, permission: Permission, file: File) -> Result<()> {
        match self.agency.why_denied(permission) {
            // PIN management needs no PIN1: that is what it is for.
            Some(DenialReason::NeedsPin1) if permission == Permission::PinManagement => Ok(()),
            Some(reason) => Err(Error::AccessDenied { file, reason }),
            None => Ok(()),
        }
    }
}

/// Protocol and key id of a RestrictedIdentificationInfo.
fn choice(
    info: &RestrictedIdentificationInfo,
) -> Option<(RestrictedIdentificationProtocol, Vec<u8>)> {
    let protocol = RestrictedIdentificationProtocol::from_oid(info.protocol.as_bytes())?;
    let bytes = info.params.key_id.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
    Some((protocol, bytes.get(zeros..)?.to_vec()))
}

impl<T: CardTransport> fmt::Debug for ProvenAgencySession<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProvenAgencySession")
            .field(&self.agency)
            .finish()
    }
}
