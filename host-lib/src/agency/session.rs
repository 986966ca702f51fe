//! From PACE with the holder's consent, through Terminal and Chip Authentication, to reading as an agency.

use core::fmt;

use cvc::{CertificationAuthorityReference, CvCertificate};
use iso7816::{CommandApdu, StatusWord, ins, tlv};
use secure_channel::CompressedPublicKey;
use secure_channel::chip_authentication::terminal::EphemeralKey;
use secure_channel::terminal_authentication::terminal::{self, AwaitingSignature};
use transport::CardTransport;

use super::consent::Consent;
use super::key::TerminalKey;
use super::permission::Permission;
use super::signature::{Handle, Parts, SignatureRequest, SignatureResponse};
use crate::access::AccessCode;
use crate::card::Card;
use crate::chip::{self, Choice};
use crate::error::{AgencyFault, DenialReason, Error, File, Misbehaviour, Misuse, Result, Step};
use crate::evidence::Unverified;
use crate::groups::{Group, Groups, Zone};
use crate::identity::Identity;
use crate::pace::Purpose;
use crate::session::{Opened, Session};

impl<T: CardTransport> Card<T> {
    /// Opens the card for an agency: PACE with the code, and with what the holder has agreed to (the CHAT).
    ///
    /// The card opens no data before the agency's terminal has authenticated itself, and never more than was agreed to.
    ///
    /// ```
    /// use host_lib::{AccessCode, AccessRequest, Card, Group, Groups, Permission, SoftwareKey, TerminalCertificates};
    /// use issuer::{Grant, specimen};
    ///
    /// let agency = specimen::agency("PENSIONS", &Grant::read([3, 6, 7, 11]));
    /// let request = AccessRequest::new(TerminalCertificates::parse(&agency.certificates)?);
    /// println!("{}", request.describe(host_lib::Lang::ZhTw)); // before the holder types anything
    ///
    /// // The holder agrees to everything but the spouse.
    /// let given = request.permissions().filter(|item| *item != Permission::Read(Group::Dg3));
    /// let given: Vec<_> = given.collect();
    /// let consent = request.agree(given);
    ///
    /// let specimen = specimen::valid();
    /// let mut card = Card::open(specimen.card)?;
    /// let session = card.pace_as_terminal(AccessCode::pin(specimen.codes.pin1())?, consent)?;
    /// let mut session = session.authenticate(&mut SoftwareKey::new(agency.key))?;
    /// let read = session.read(Groups::only(Group::Dg6).and(Group::Dg11))?;
    ///
    /// let refused = session.read(Group::Dg3).unwrap_err();
    /// assert!(refused.to_string().contains("the holder withheld it"));
    /// # drop(read);
    /// # Ok::<(), host_lib::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`pace`](Self::pace); [`DenialReason::NeedsPin1`] for the access code without
    /// [`Permission::CanAllowed`]; [`Misuse::TerminalPassword`] for a code that no agency uses (MRZ, PUK, transport PIN).
    pub fn pace_as_terminal(
        &mut self,
        code: impl Into<AccessCode>,
        consent: Consent,
    ) -> Result<TerminalSession<'_, T>> {
        let code = code.into();
        match code {
            AccessCode::Pin(_) => {}
            AccessCode::Can(_) if consent.gives(Permission::CanAllowed) => {}
            AccessCode::Can(_) => {
                return Err(Error::AccessDenied {
                    file: File::Sod,
                    reason: DenialReason::NeedsPin1,
                });
            }
            AccessCode::Mrz(_) | AccessCode::TransportPin(_) | AccessCode::Puk(_) => {
                return Err(Misuse::TerminalPassword.into());
            }
        }
        let offer = self.prepare()?;
        let authorization = consent.data_objects();
        let established = self.agree(offer, &code, Purpose::Terminal(&authorization))?;
        let id_picc = established.id_picc.clone();
        let known = known_authorities(&established.certification_authority_references);
        let session = Session::start(self, code, offer, established)?;
        Ok(TerminalSession {
            session,
            consent,
            id_picc,
            known,
        })
    }
}

/// The names in DO 87 and 88. One that no authority can have is none that we could lead from.
fn known_authorities(names: &[Vec<u8>]) -> Vec<CertificationAuthorityReference> {
    let names = names.iter();
    names
        .filter_map(|name| CertificationAuthorityReference::parse(name).ok())
        .collect()
}

/// A card that was opened for an agency, whose terminal has not authenticated itself yet. It opens no data.
///
/// Whatever fails ends the session and leaves the card for the next attempt.
pub struct TerminalSession<'c, T: CardTransport> {
    session: Session<'c, T>,
    consent: Consent,
    id_picc: CompressedPublicKey,
    /// Whose certificates the card can verify, the most recent first.
    known: Vec<CertificationAuthorityReference>,
}

impl<'c, T: CardTransport> TerminalSession<'c, T> {
    /// What the holder has agreed to.
    pub fn consent(&self) -> &Consent {
        &self.consent
    }

    /// Terminal Authentication with a key that answers at once, then Chip Authentication.
    ///
    /// # Errors
    /// [`AgencyFault`] says which certificate, or that the signature, was refused, or that the key gave none;
    /// [`Error::ChipMisbehaved`] if the chip cannot prove itself.
    pub fn authenticate(self, key: &mut dyn TerminalKey) -> Result<AgencySession<'c, T>> {
        let pending = self.request_signature()?;
        let signature = key.sign(pending.request()).map_err(AgencyFault::Key)?;
        let response = pending.request().answer(signature);
        pending.answer(&response)
    }

    /// Step one of two: presents the certificates to the card and fetches its challenge. The session waits, holding the
    /// card, until the signature comes.
    ///
    /// # Errors
    /// [`AgencyFault::NoChain`], [`AgencyFault::CertificateRefused`];
    /// [`Unsupported`](crate::Unsupported) for a card that knows no Terminal Authentication.
    pub fn request_signature(mut self) -> Result<PendingSession<'c, T>> {
        self.session.card.link.begin();
        let chip = self.session.chip_authentication_2()?;
        self.present_certificates()?;
        let (waiting, request) = self.challenge(&chip)?;
        Ok(PendingSession {
            session: self.session,
            consent: self.consent,
            chip,
            waiting,
            request,
        })
    }

    fn present_certificates(&mut self) -> Result<()> {
        let certificates = self.consent.certificates();
        let chain = self
            .known
            .iter()
            .find_map(|known| certificates.chain_from(known));
        let chain = chain.ok_or_else(|| AgencyFault::NoChain {
            from: certificates.authority(),
            known: self.known.clone(),
        })?;
        for certificate in chain {
            present(&mut self.session, certificate)?;
        }
        Ok(())
    }

    /// MSE:Set AT and GET CHALLENGE.
    fn challenge(&mut self, chip: &Choice) -> Result<(AwaitingSignature, SignatureRequest)> {
        const STEP: Step = Step::TerminalAuthentication;
        let certificates = self.consent.certificates();
        let holder = certificates.holder();
        let algorithm = certificates.terminal().body().public_key.algorithm();
        let protocol = algorithm
            .protocol()
            .map_err(|_| AgencyFault::Algorithm(holder))?;
        let card = &mut *self.session.card;
        let ephemeral = card
            .randomness
            .with(|rng| EphemeralKey::generate(chip.key.curve(), rng))?
            .map_err(|_| Error::NoRandomness)?;
        let mut handle = [0; Handle::SIZE];
        card.randomness.with(|rng| rng.fill_bytes(&mut handle))?;
        let ephemeral_key = ephemeral.compress();
        let auxiliary_data = self.consent.auxiliary_data()?;
        let broke = |_| Misbehaviour::MalformedAnswer(STEP);
        let (waiting, command) = terminal::start(
            protocol,
            holder.as_bytes(),
            &self.id_picc,
            ephemeral,
            auxiliary_data.clone(),
        )
        .map_err(|_| Error::Internal("a certificate's name was refused"))?;
        let answer = card.link.send(&command, STEP)?;
        require(answer.status, STEP)?;
        let (waiting, command) = waiting.request_challenge(&answer).map_err(broke)?;
        let answer = card.link.send(&command, STEP)?;
        require(answer.status, STEP)?;
        let challenge = terminal::challenge(&answer).map_err(broke)?;
        let waiting = waiting.receive(&answer).map_err(broke)?;
        let (chat, extensions) = self.consent.encode();
        let request = SignatureRequest::new(Parts {
            handle: Handle::new(handle),
            holder,
            protocol,
            id_picc: self.id_picc.clone(),
            challenge,
            ephemeral_key,
            auxiliary_data,
            chat,
            extensions,
        });
        Ok((waiting, request))
    }
}

/// The statuses by which a card says that it does not believe something (TR-03110-3, B.14), as opposed to faults of its own.
fn is_refusal(status: StatusWord) -> bool {
    status.sw1() == 0x63
        || matches!(
            status,
            StatusWord::INCORRECT_DATA
                | StatusWord::REFERENCE_NOT_FOUND
                | StatusWord::SECURITY_STATUS_NOT_SATISFIED
                | StatusWord::CONDITIONS_NOT_SATISFIED
        )
}

fn require(status: StatusWord, step: Step) -> Result<()> {
    if status.is_ok() {
        Ok(())
    } else {
        Err(crate::session::fault(step, status))
    }
}

/// MSE:Set DST and PSO:VERIFY CERTIFICATE (TR-03110-3 B.14.4, B.14.5).
fn present<T: CardTransport>(
    session: &mut Session<'_, T>,
    certificate: &CvCertificate,
) -> Result<()> {
    const STEP: Step = Step::TerminalAuthentication;
    let link = &mut session.card.link;
    let name = tlv::encode(tlv::Tag(0x83), certificate.authority().as_bytes());
    let select =
        CommandApdu::new(0x00, ins::MANAGE_SECURITY_ENVIRONMENT, 0x81, 0xB6).with_data(name);
    let verify = CommandApdu::new(0x00, ins::PERFORM_SECURITY_OPERATION, 0x00, 0xBE)
        .with_data(certificate.to_value());
    for command in [select, verify] {
        let status = link.send(&command, STEP)?.status;
        if is_refusal(status) {
            let holder = certificate.holder();
            return Err(AgencyFault::CertificateRefused { holder, status }.into());
        }
        require(status, STEP)?;
    }
    Ok(())
}

/// A session that waits for the signature of the terminal's key.
///
/// [`request`](Self::request) goes to whoever holds the key, in this process or at the other end of the world;
/// [`answer`](Self::answer) goes on. It holds the card meanwhile: the keys of its channel exist nowhere else, so the session ends
/// with this value.
pub struct PendingSession<'c, T: CardTransport> {
    session: Session<'c, T>,
    consent: Consent,
    chip: Choice,
    waiting: AwaitingSignature,
    request: SignatureRequest,
}

impl<'c, T: CardTransport> PendingSession<'c, T> {
    /// What is to be signed.
    pub fn request(&self) -> &SignatureRequest {
        &self.request
    }

    /// Step two: hands the signature to the card, and has the chip prove itself with the key to which the signature
    /// committed.
    ///
    /// # Errors
    /// [`AgencyFault::SignatureRefused`]; [`Misuse::AnotherSession`] for the answer to another request;
    /// [`Error::ChipMisbehaved`] if the chip cannot prove itself.
    pub fn answer(self, response: &SignatureResponse) -> Result<AgencySession<'c, T>> {
        if response.handle() != self.request.handle() {
            return Err(Misuse::AnotherSession.into());
        }
        const STEP: Step = Step::TerminalAuthentication;
        let holder = self.request.holder();
        let mut session = self.session;
        session.card.link.begin();
        let refused = |status| AgencyFault::SignatureRefused { holder, status };
        let (waiting, command) = self
            .waiting
            .authenticate(response.signature())
            .map_err(|_| refused(None))?;
        let answer = session.card.link.send(&command, STEP)?;
        if is_refusal(answer.status) {
            return Err(refused(Some(answer.status)).into());
        }
        require(answer.status, STEP)?;
        let committed = waiting
            .finish(&answer)
            .map_err(|_| Misbehaviour::MalformedAnswer(STEP))?;
        let proof = chip::authenticate_2(&mut session.card.link, self.chip, committed)?;
        session.proven_by_version_2(proof);
        Ok(AgencySession {
            session,
            consent: self.consent,
        })
    }
}

/// A card that an agency may read: the terminal has authenticated itself, and the chip has proven its key.
pub struct AgencySession<'c, T: CardTransport> {
    pub(super) session: Session<'c, T>,
    consent: Consent,
}

impl<T: CardTransport> AgencySession<'_, T> {
    /// What the holder has agreed to.
    pub fn consent(&self) -> &Consent {
        &self.consent
    }

    /// Reads groups of the eID application, as [`Session::read`] does.
    ///
    /// # Errors
    /// As [`Session::read`]. A denial says which right is missing and where it was lost.
    pub fn read(&mut self, groups: impl Into<Groups>) -> Result<Unverified<Identity>> {
        match self.session.read(groups) {
            Err(Error::AccessDenied { file, reason }) => Err(Error::AccessDenied {
                file,
                reason: self.reason(file).unwrap_or(reason),
            }),
            other => other,
        }
    }

    /// Reads every group that the agency may and the holder agreed to.
    ///
    /// # Errors
    /// As [`read`](Self::read); [`Misuse::NothingAskedFor`] if no group was agreed to.
    pub fn read_everything_given(&mut self) -> Result<Unverified<Identity>> {
        self.read(self.consent.groups())
    }

    /// Why the card gives something or does not, as far as it can be known here: `None` if nothing known stands in the way.
    pub fn why_denied(&self, permission: Permission) -> Option<DenialReason> {
        if let Some((level, holder)) = self.consent.certificates().lost_at(permission) {
            return Some(DenialReason::NotGranted { level, holder });
        }
        if !self
            .consent
            .request()
            .permissions()
            .any(|asked| asked == permission)
        {
            return Some(DenialReason::NotAskedFor);
        }
        if !self.consent.gives(permission) {
            return Some(DenialReason::WithheldByHolder);
        }
        let by_pin = matches!(self.session.opened, Opened::Pin);
        let can_allowed = self.consent.gives(Permission::CanAllowed);
        (!by_pin && !can_allowed).then_some(DenialReason::NeedsPin1)
    }

    fn reason(&self, file: File) -> Option<DenialReason> {
        match file {
            File::Eid(group) => self.why_denied(Permission::Read(group)),
            // EF.SOD comes with any group.
            File::Sod if self.consent.groups().is_empty() => {
                let mut every = Group::ALL.into_iter();
                let first = every.find(|group| group.zone() == Zone::Public)?;
                self.why_denied(Permission::Read(first))
            }
            _ => None,
        }
    }

    /// Which password opened the session.
    pub fn opened_with(&self) -> crate::PasswordKind {
        self.session.opened_with()
    }

    /// The PACE suite of the channel in which it began.
    pub fn suite(&self) -> secure_channel::pace::PaceSuite {
        self.session.suite()
    }

    /// What went over the wire since the card was opened.
    pub fn traffic(&self) -> crate::Traffic {
        self.session.traffic()
    }
}

impl<T: CardTransport> fmt::Debug for TerminalSession<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "TerminalSession", &self.consent)
    }
}

impl<T: CardTransport> fmt::Debug for PendingSession<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "PendingSession", &self.consent)
    }
}

impl<T: CardTransport> fmt::Debug for AgencySession<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "AgencySession", &self.consent)
    }
}

fn debug(f: &mut fmt::Formatter<'_>, name: &str, consent: &Consent) -> fmt::Result {
    f.debug_struct(name)
        .field("terminal", &consent.certificates().holder())
        .field("groups", &consent.groups())
        .finish_non_exhaustive()
}
