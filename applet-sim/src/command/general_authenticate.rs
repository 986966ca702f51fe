//! GENERAL AUTHENTICATE: runs the protocol that MSE:Set AT selected (TR-03110-3 B.14.2).

use alloc::{boxed::Box, vec::Vec};
use core::mem;

use cvc::Chain;
use secure_channel::{
    EcPrivateKey, PasswordId,
    chip_authentication::{self, ChipAuthenticationProtocol},
    pace::{
        Step,
        chip::{Answer as Pace, ReceivedToken},
    },
    terminal_authentication::chip::TerminalAuthentication,
};

use super::Answer;
use crate::{
    access::{self, Use},
    chip::Chip,
    error::Error,
    memory::NonVolatileMemory,
    objects::KeyRef,
    persistent::PasswordState,
    security_status::{Pin2Status, Rights, SessionKind, SessionStatus, VerifiedPassword},
    volatile::{Commitment, NextChannel, PaceRun, Protocol, TerminalSession},
};

impl<M: NonVolatileMemory> Chip<M> {
    /// Takes the next step. After any error the protocol is over and MSE:Set AT must begin anew.
    pub(super) fn general_authenticate(
        &mut self,
        data: &[u8],
        chained: bool,
    ) -> Result<Answer, Error> {
        match mem::take(&mut self.volatile.protocol) {
            Protocol::Idle => Err(Error::ConditionsNotSatisfied),
            Protocol::Pace(run) => self.pace(run, data, chained),
            Protocol::ChipAuthentication { .. }
            | Protocol::ChipAuthentication2 { .. }
            | Protocol::RestrictedIdentification { .. }
                if chained =>
            {
                Err(Error::LastCommandOfChainExpected)
            }
            Protocol::RestrictedIdentification { key } => self.identify(key, data),
            Protocol::ChipAuthentication2 { protocol, key } => {
                self.chip_authentication_2(protocol, &key, data)
            }
            Protocol::ChipAuthentication { protocol, key } => {
                self.chip_authentication(protocol, &key, data)
            }
        }
    }

    fn pace(&mut self, mut run: Box<PaceRun>, data: &[u8], chained: bool) -> Result<Answer, Error> {
        match run.pace.next_step() {
            Some(Step::EncryptedNonce) => {
                self.check_session_allows(run.password)?;
                let delay = self.persistent.delay(run.password)?;
                if !delay.is_zero() {
                    self.environment.delay.wait(delay);
                }
            }
            Some(Step::MutualAuthentication) if chained => {
                return Err(Error::LastCommandOfChainExpected);
            }
            _ => {}
        }
        match run
            .pace
            .general_authenticate(data, &mut *self.environment.rng)?
        {
            Pace::Continue(answer) => {
                self.volatile.protocol = Protocol::Pace(run);
                Ok(Answer::data(answer))
            }
            Pace::Token(token) => self.judge(&run, token),
        }
    }

    /// Inside a session only a suspended PIN1 or PUK may be verified, after the CAN (TR-03110-2
    /// §3.2.2).
    fn check_session_allows(&self, password: PasswordId) -> Result<(), Error> {
        if self.volatile.session.is_none() {
            return Ok(());
        }
        let suspended = self.persistent.password_state(password)? == PasswordState::Suspended;
        if suspended && self.is_resumed() {
            Ok(())
        } else {
            Err(Error::ConditionsNotSatisfied)
        }
    }

    /// The CAN was entered in this session and resumes what is suspended (TR-03110-2 §2.4.1).
    fn is_resumed(&self) -> bool {
        self.volatile.session.as_ref().is_some_and(|session| {
            session.status.kind == SessionKind::Local
                && session.status.password == Some(VerifiedPassword::Can)
        })
    }

    /// Holds the terminal's token against the password, once the try is paid for.
    fn judge(&mut self, run: &PaceRun, token: ReceivedToken) -> Result<Answer, Error> {
        match self.persistent.password_state(run.password)? {
            PasswordState::Deactivated => return Err(Error::Deactivated),
            PasswordState::Blocked => return Err(Error::Blocked),
            PasswordState::Suspended if !self.is_resumed() => return Err(Error::Suspended),
            PasswordState::Suspended | PasswordState::TriesUsed(_) | PasswordState::Usable => {}
        }
        // Whose certificates a terminal may bring (DO 87, 88).
        let trust_points = match &run.confirmed {
            Some(_) => self.persistent.trust_points()?,
            None => None,
        };
        let references = match (&trust_points, &run.confirmed) {
            (Some(points), Some(confirmed)) => points.references(confirmed.chat().terminal_type()),
            _ => Vec::new(),
        };
        let references: Vec<&[u8]> = references.iter().map(|name| name.as_bytes()).collect();
        let attempt = self.persistent.begin_attempt(run.password)?;
        let (answer, established) = match token.verify(&references) {
            Ok(verified) => verified,
            Err(secure_channel::Error::WrongToken) => {
                return Err(Error::WrongSecret {
                    tries_left: attempt.tries_left(),
                });
            }
            Err(error) => return Err(error.into()),
        };
        self.persistent.succeed(attempt)?;
        let transport_pin = self.persistent.has_transport_pin();
        let (kind, terminal) = match (&run.confirmed, trust_points) {
            (None, _) => (SessionKind::Local, None),
            (Some(confirmed), points) => {
                let terminal = points.map(|points| {
                    Box::new(TerminalSession {
                        confirmed: confirmed.clone(),
                        id_picc: established.id_picc,
                        chain: Chain::new(points),
                        verification_key: None,
                        authentication: TerminalAuthentication::default(),
                        authenticated: None,
                    })
                });
                (SessionKind::Terminal, terminal)
            }
        };
        self.volatile.next_channel = Some(NextChannel {
            keys: established.session_keys,
            terminal,
            commitment: None,
            status: SessionStatus {
                kind,
                password: Some(VerifiedPassword::new(run.password, transport_pin)),
                rights: None,
                pin2: Pin2Status::NotVerified,
            },
        });
        Ok(Answer::data(answer))
    }

    /// Chip Authentication version 1: new keys for the session, whose status stays as it is.
    fn chip_authentication(
        &mut self,
        protocol: ChipAuthenticationProtocol,
        key: &EcPrivateKey,
        data: &[u8],
    ) -> Result<Answer, Error> {
        let status = self.security_status()?;
        let _grant = access::grant(Use(KeyRef::ChipIndividual), &status)?;
        let session = status.session.ok_or(Error::ConditionsNotSatisfied)?;
        let agreed = chip_authentication::chip::version_1(protocol, key, data)?;
        self.volatile.next_channel = Some(NextChannel {
            keys: agreed.session_keys,
            status: session,
            terminal: None,
            commitment: None,
        });
        Ok(Answer::data(agreed.response))
    }

    /// Chip Authentication version 2: new keys, and from then on the terminal's rights.
    fn chip_authentication_2(
        &mut self,
        protocol: ChipAuthenticationProtocol,
        key: &EcPrivateKey,
        data: &[u8],
    ) -> Result<Answer, Error> {
        let session = self.volatile.session.as_ref();
        let terminal = session.and_then(|session| session.terminal.as_deref());
        let (Some(session), Some(terminal)) = (session, terminal) else {
            return Err(Error::ConditionsNotSatisfied);
        };
        let authenticated = terminal
            .authenticated
            .clone()
            .ok_or(Error::ConditionsNotSatisfied)?;
        let status = SessionStatus {
            rights: Some(Rights::new(&authenticated.authorization)),
            ..session.status
        };
        let agreed = chip_authentication::chip::version_2(
            protocol,
            key,
            &authenticated.proof,
            data,
            &mut *self.environment.rng,
        )?;
        self.volatile.next_channel = Some(NextChannel {
            keys: agreed.session_keys,
            status,
            terminal: None,
            commitment: Some(Box::new(Commitment {
                auxiliary_data: authenticated.proof.auxiliary_data().clone(),
                sector: authenticated.sector,
            })),
        });
        Ok(Answer::data(agreed.response))
    }
}
