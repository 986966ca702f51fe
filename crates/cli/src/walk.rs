//! Reading and checking: which code opens which zone, what was read, and how it was verified.

use std::time::{Duration, Instant};

use host_lib::{
    AgencySession, Card, CardTransport, Consent, Error, Group as GroupNumber, Groups, Identity,
    PasswordKind, Session, TravelDocument, TravelGroups, Verdict,
};
use lds::Image;
use secure_channel::Curve;
use secure_channel::pace::{Mapping, PaceSuite};

use crate::agency::visit::{self, Visitor};
use crate::arguments::{Selection, ZoneName};
use crate::codes::{CodeName, CodeReader};
use crate::document::{Application, CardPlace, Group, Opened, PasswordName, Reading, Traffic};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::trust::Grounds;
use crate::{reading, session};

/// What to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) eid: Groups,
    pub(crate) icao: bool,
}

impl Plan {
    /// What the arguments ask for; public and household zone if they ask for nothing.
    pub(crate) fn from_selection(selection: &Selection) -> Result<Self, Failure> {
        let mut plan = Self {
            eid: Groups::none(),
            icao: false,
        };
        for zone in &selection.zone {
            match zone {
                ZoneName::Public => plan.eid = plan.eid.and(Groups::public()),
                ZoneName::Household => plan.eid = plan.eid.and(Groups::household()),
                ZoneName::Protected => plan.eid = plan.eid.and(Groups::protected()),
                ZoneName::Icao => plan.icao = true,
            }
        }
        plan.eid = plan.eid.and(Self::groups(&selection.groups)?);
        if plan.eid.is_empty() && !plan.icao {
            plan.eid = Groups::public().and(Groups::household());
        }
        Ok(plan)
    }

    /// Groups by their numbers.
    pub(crate) fn groups(numbers: &[u8]) -> Result<Groups, Failure> {
        let group = |number: &u8| GroupNumber::new(*number).ok_or_else(|| no_such_group(*number));
        numbers.iter().map(group).collect()
    }

    /// The codes that open it.
    pub(crate) fn codes(self) -> Vec<CodeName> {
        let mut needed = Vec::new();
        if self.needs_pin() {
            needed.push(CodeName::Pin);
        } else if !self.eid.is_empty() {
            needed.push(CodeName::Can);
        }
        if self.icao {
            needed.push(CodeName::Mrz);
        }
        needed
    }

    /// Whether some of it opens with PIN1 alone.
    fn needs_pin(self) -> bool {
        self.eid
            .iter()
            .any(|group| Groups::protected().contains(group))
    }
}

fn no_such_group(number: u8) -> Failure {
    Failure::Usage {
        zh: format!("eID 應用程式沒有資料群組 {number}。"),
        en: format!("The eID application has no data group {number}."),
    }
}

/// What a walk through a card brought home.
#[derive(Default)]
pub(crate) struct Walk {
    pub(crate) sessions: Vec<Opened>,
    /// The largest portrait that was read.
    pub(crate) portrait: Option<Image>,
    pub(crate) traffic: Traffic,
}

impl Walk {
    /// Whether everything that was read can be accepted: what its issuer signed, from the chip that its issuer made.
    pub(crate) fn verified(&self) -> bool {
        !self.sessions.is_empty() && self.sessions.iter().all(|opened| opened.refusal.is_none())
    }

    pub(crate) fn exit(&self) -> Exit {
        if self.verified() {
            Exit::Success
        } else {
            Exit::NotVerified
        }
    }

    /// What another walk brought home, after this one's.
    pub(crate) fn append(&mut self, other: Self) {
        self.sessions.extend(other.sessions);
        self.portrait = self.portrait.take().or(other.portrait);
        let Traffic {
            commands,
            bytes_sent,
            bytes_received,
            milliseconds,
        } = other.traffic;
        self.traffic = Traffic {
            // Counted since the card was opened.
            commands,
            bytes_sent,
            bytes_received,
            milliseconds: self.traffic.milliseconds + milliseconds,
        };
    }

    fn note_denial(&mut self, group: GroupNumber, error: Error) -> Result<(), Failure> {
        match self
            .sessions
            .last_mut()
            .and_then(|opened| opened.agency.as_mut())
        {
            Some(access) if matches!(error, Error::AccessDenied { .. }) => {
                access.denied.push(visit::denied(group, &error));
                Ok(())
            }
            _ => Err(error.into()),
        }
    }

    pub(crate) fn into_reading(self, place: CardPlace, portrait_file: Option<String>) -> Reading {
        let verified = self.verified();
        Reading {
            place,
            codes: None,
            sessions: self.sessions,
            portrait_file,
            traffic: self.traffic,
            verified,
        }
    }
}

/// Reads what the plans name, each in as few sessions as the zones allow, and checks it.
pub(crate) fn read<T: CardTransport>(
    card: &mut Card<T>,
    plans: &[Plan],
    codes: &mut CodeReader,
    grounds: &Grounds,
) -> Result<Walk, Failure> {
    let watch = Stopwatch::start(codes);
    let mut walk = Walk::default();
    for plan in plans {
        if !plan.eid.is_empty() {
            let (session, password) = if plan.needs_pin() {
                (session::with_pin(card, codes)?, PasswordName::Pin)
            } else {
                (session::with_can(card, codes)?, PasswordName::Can)
            };
            walk.read_identity(session, plan.eid, password, grounds)?;
        }
        if plan.icao {
            let session = session::with_mrz(card, codes)?;
            walk.read_travel_document(session, grounds)?;
        }
    }
    walk.traffic = watch.traffic(card, codes);
    Ok(walk)
}

/// Reads what the holder gives an agency, and checks it. What it presumes to read besides is asked for too, and what the card
/// says to that is noted.
pub(crate) fn read_as_agency<T: CardTransport>(
    card: &mut Card<T>,
    visitor: &mut Visitor,
    consent: Consent,
    presumed: Option<GroupNumber>,
    codes: &mut CodeReader,
    grounds: &Grounds,
) -> Result<Walk, Failure> {
    let watch = Stopwatch::start(codes);
    let mut walk = Walk::default();
    let session = session::as_terminal(card, codes, consent)?;
    let mut session = session.authenticate(&mut visitor.key)?;
    walk.read_for_agency(&mut session, grounds)?;
    if let Some(group) = presumed
        && let Err(error) = session.read(group)
    {
        walk.note_denial(group, error)?;
    }
    drop(session);
    walk.traffic = watch.traffic(card, codes);
    Ok(walk)
}

/// How long work takes, apart from people who are asked for codes in between.
pub(crate) struct Stopwatch {
    begin: Instant,
    /// Some of them may have been asked for before.
    asked_before: Duration,
}

impl Stopwatch {
    pub(crate) fn start(codes: &CodeReader) -> Self {
        Self {
            begin: Instant::now(),
            asked_before: codes.time_spent_asking(),
        }
    }

    /// What went over the wire, in that time.
    pub(crate) fn traffic<T: CardTransport>(&self, card: &Card<T>, codes: &CodeReader) -> Traffic {
        let asking = codes.time_spent_asking().saturating_sub(self.asked_before);
        let elapsed = self.begin.elapsed().saturating_sub(asking);
        let traffic = card.traffic();
        Traffic {
            commands: traffic.exchanges,
            bytes_sent: traffic.sent,
            bytes_received: traffic.received,
            milliseconds: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl Walk {
    fn read_identity<T: CardTransport>(
        &mut self,
        mut session: Session<'_, T>,
        groups: Groups,
        password: PasswordName,
        grounds: &Grounds,
    ) -> Result<(), Failure> {
        let suite = suite_name(session.suite());
        let unverified = session.read(groups)?;
        let verdict = unverified.verify(&grounds.verifier());
        let contents = match verdict.authentic_contents() {
            Some(identity) => self.take_identity(identity, true),
            None => self.take_identity(&unverified.unverified_contents()?, false),
        };
        self.sessions
            .push(opened(password, Application::Eid, suite, contents, verdict));
        Ok(())
    }

    /// Reads what the holder gives.
    pub(crate) fn read_for_agency<T: CardTransport>(
        &mut self,
        session: &mut AgencySession<'_, T>,
        grounds: &Grounds,
    ) -> Result<(), Failure> {
        let suite = suite_name(session.suite());
        let password = match session.opened_with() {
            PasswordKind::Can => PasswordName::Can,
            _ => PasswordName::Pin,
        };
        let unverified = session.read_everything_given()?;
        let verdict = unverified.verify(&grounds.verifier());
        let contents = match verdict.authentic_contents() {
            Some(identity) => self.take_identity(identity, true),
            None => self.take_identity(&unverified.unverified_contents()?, false),
        };
        let mut opened = opened(password, Application::Eid, suite, contents, verdict);
        opened.agency = Some(visit::access(session.consent()));
        self.sessions.push(opened);
        Ok(())
    }

    fn take_identity(&mut self, identity: &Identity, verified: bool) -> Vec<Group> {
        self.portrait = identity.portrait().cloned().or(self.portrait.take());
        reading::identity_groups(identity, verified)
    }

    fn read_travel_document<T: CardTransport>(
        &mut self,
        mut session: Session<'_, T>,
        grounds: &Grounds,
    ) -> Result<(), Failure> {
        let suite = suite_name(session.suite());
        let unverified = session.read_travel_document(TravelGroups::mrz_and_face())?;
        let verdict = unverified.verify(&grounds.verifier());
        let contents = match verdict.authentic_contents() {
            Some(document) => self.take_travel_document(document, true),
            None => self.take_travel_document(&unverified.unverified_contents()?, false),
        };
        self.sessions.push(opened(
            PasswordName::Mrz,
            Application::Icao,
            suite,
            contents,
            verdict,
        ));
        Ok(())
    }

    fn take_travel_document(&mut self, document: &TravelDocument, verified: bool) -> Vec<Group> {
        self.portrait = self.portrait.take().or(document.portrait().cloned());
        reading::travel_groups(document, verified)
    }
}

fn opened<T>(
    password: PasswordName,
    application: Application,
    suite: String,
    groups: Vec<Group>,
    verdict: Verdict<T>,
) -> Opened {
    let checks = reading::checks(verdict.report());
    let refusal = verdict.accept().err().map(|error| reading::refusal(&error));
    Opened {
        password,
        application,
        suite,
        agency: None,
        groups: Some(groups),
        checks,
        refusal,
    }
}

/// The suite as the standards write it, such as `PACE-ECDH-CAM-AES-CBC-CMAC-128, P-256`.
pub(crate) fn suite_name(suite: PaceSuite) -> String {
    let mapping = match suite.protocol.mapping {
        Mapping::Generic => "GM",
        Mapping::ChipAuthentication => "CAM",
    };
    let curve = match suite.curve {
        Curve::P256 => "P-256",
        Curve::BrainpoolP256r1 => "brainpoolP256r1",
        Curve::P384 => "P-384",
    };
    format!(
        "PACE-ECDH-{mapping}-AES-CBC-CMAC-{}, {curve}",
        suite.protocol.cipher.key_size() * 8
    )
}
