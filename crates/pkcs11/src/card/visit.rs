//! One visit to the card: open it, prove it, do what is asked for, let it go.

use std::sync::Arc;
use std::time::Instant;

use host_lib::{
    Card, CardTransport, CertificateApplication, Error, ErrorCode, Options, PasswordKind, Unlocked,
};
use zeroize::Zeroizing;

use super::{Certificates, Contents, Kept, Request, Requests, Surroundings, TURN, Use};
use crate::error::{Refusal, Result, while_opening};

/// Does what is asked for until nobody asks. What comes back is a request that is to wait for the next visit.
pub(super) fn visit(
    reader: &str,
    surroundings: &Surroundings,
    kept: &mut Kept,
    request: Request,
    requests: &mut Requests,
) -> Option<Request> {
    let mut visit = Visit {
        surroundings,
        kept,
        requests,
        begin: Instant::now(),
        request: Some(request),
    };
    let refusal = match visit.go(reader) {
        Ok(()) => return visit.request,
        Err(refusal) => refusal,
    };
    if let Some(request) = visit.request.take() {
        request.refuse(refusal);
    }
    None
}

struct Visit<'v> {
    surroundings: &'v Surroundings,
    kept: &'v mut Kept,
    requests: &'v mut Requests,
    begin: Instant,
    /// The next one.
    request: Option<Request>,
}

/// Whether the visit can go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    Leave,
}

impl Visit<'_> {
    fn go(&mut self, reader: &str) -> Result<()> {
        let Surroundings {
            readers,
            configuration,
            cancel,
            log,
        } = self.surroundings;
        let Some(code) = configuration.access_code(reader) else {
            log.line(format_args!("no access code is configured for this reader"));
            return Err(Refusal::TOKEN_NOT_RECOGNIZED);
        };
        let Some(verifier) = configuration.verifier() else {
            log.line(format_args!("the clock says no day"));
            return Err(Refusal::TOKEN_NOT_RECOGNIZED);
        };
        let failed = |error: Error| {
            log.line(format_args!("the card was not opened: {error}"));
            while_opening(&error)
        };
        let transport = readers
            .open(reader, cancel)
            .map_err(|error| failed(error.into()))?;
        let options = Options::new().cancelled_by(cancel.clone());
        let mut card = Card::open_with(transport, options).map_err(failed)?;
        let mut session = match card.pace(code) {
            Ok(session) => session,
            Err(error) => {
                let is_wrong = error.code() == ErrorCode::WrongCan;
                let refusal = failed(error);
                if is_wrong {
                    self.kept.refused = Some(refusal);
                }
                return Err(refusal);
            }
        };
        let mut proven = session.prove_chip(&verifier).map_err(failed)?;
        let mut application = proven.certificates().map_err(failed)?;
        match &self.kept.contents {
            None => {
                let contents = Contents::read(&mut application).map_err(failed)?;
                self.kept.contents = Some(Arc::new(contents));
            }
            Some(contents) => {
                if !contents.are_those_of(&mut application).map_err(failed)? {
                    *self.kept = Kept {
                        refused: Some(Refusal::DEVICE_REMOVED),
                        ..Kept::default()
                    };
                    return Err(Refusal::DEVICE_REMOVED);
                }
            }
        }
        while let Some(request) = self.request.take() {
            if self.answer(&mut application, request) == Then::Leave {
                return Ok(());
            }
            if self.request.is_none() {
                self.request = self.requests.next_soon();
            }
            let over = self.begin.elapsed() > TURN;
            if over || matches!(self.request, Some(Request::Forget | Request::Logout(_))) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn answer<T: CardTransport>(
        &mut self,
        application: &mut CertificateApplication<'_, '_, T>,
        request: Request,
    ) -> Then {
        match request {
            Request::Contents(reply) => {
                let contents = self.kept.contents.clone().ok_or(Refusal::GENERAL_ERROR);
                let _ = reply.send(contents);
                Then::GoOn
            }
            Request::Status(reply) => {
                let (answer, then) = self.outcome(application.pin2_status());
                let _ = reply.send(answer);
                then
            }
            Request::Login(pin2, reply) => {
                let read = match application.verify_pin2(&pin2) {
                    Ok(unlocked) => certificates(unlocked, self.kept.contents.as_deref()),
                    Err(error) => Err(error),
                };
                if read.is_ok() {
                    self.kept.pin2 = Some(pin2);
                }
                let (answer, then) = self.outcome(read);
                let _ = reply.send(answer);
                then
            }
            Request::Check(pin2, reply) => {
                let verified = application.verify_pin2(&pin2).map(drop);
                let (answer, then) = self.outcome(verified);
                let _ = reply.send(answer.map(|()| pin2));
                then
            }
            Request::Sign(pin2, algorithm, hash, reply) => {
                let unlocked = application.verify_pin2(&pin2);
                let signed = unlocked.and_then(|unlocked| unlocked.sign(algorithm, &hash));
                let (answer, then) = self.outcome(signed.map(Zeroizing::new));
                let _ = reply.send(answer);
                then
            }
            Request::ChangePin2(old, new, reply) => {
                let unlocked = application.verify_pin2(&old);
                let changed = unlocked.and_then(|unlocked| unlocked.change_pin2(&new));
                match &changed {
                    Ok(()) if self.kept.pin2.is_some() => self.kept.pin2 = Some(new),
                    // Which of the two is in force is not known any more.
                    Err(Error::Transport(_)) => self.kept.pin2 = None,
                    _ => {}
                }
                let (answer, then) = self.outcome(changed);
                let _ = reply.send(answer);
                then
            }
            Request::Use(first, reply) => match self.kept.pin2.take() {
                None => {
                    let _ = reply.send(Err(Refusal::USER_NOT_LOGGED_IN));
                    Then::GoOn
                }
                Some(pin2) => match application.verify_pin2(&pin2) {
                    Ok(unlocked) => {
                        self.kept.pin2 = Some(pin2);
                        self.unlocked(unlocked, first, reply)
                    }
                    // A PIN2 that does not open the card any more is never tried again.
                    Err(error) => {
                        let is_about_pin2 = matches!(
                            error,
                            Error::WrongPassword {
                                password: PasswordKind::Pin2,
                                ..
                            } | Error::PasswordUnusable { .. }
                        );
                        if !is_about_pin2 {
                            self.kept.pin2 = Some(pin2);
                        }
                        let (answer, then) = self.outcome::<Zeroizing<Vec<u8>>>(Err(error));
                        let _ = reply.send(match is_about_pin2 {
                            true => Err(Refusal::USER_NOT_LOGGED_IN),
                            false => answer,
                        });
                        then
                    }
                },
            },
            // These are between two visits.
            request @ (Request::Logout(_) | Request::Forget) => {
                self.request = Some(request);
                Then::Leave
            }
        }
    }

    /// Uses the keys that PIN2 opens for the session, as long as that is what is asked for.
    fn unlocked<T: CardTransport>(
        &mut self,
        mut unlocked: Unlocked<'_, '_, T>,
        mut what: Use,
        mut reply: super::Reply<Zeroizing<Vec<u8>>>,
    ) -> Then {
        loop {
            let used = match what {
                Use::Authenticate(algorithm, hash) => {
                    let signed = unlocked.authenticate(algorithm, &hash);
                    signed.map(|signature| Some(Zeroizing::new(signature)))
                }
                Use::Decipher(algorithm, cryptogram) => unlocked.decipher(algorithm, &cryptogram),
            };
            let (answer, then) = self.outcome(used);
            let _ = reply.send(answer.and_then(|it| it.ok_or(Refusal::ENCRYPTED_DATA_INVALID)));
            if then == Then::Leave {
                return then;
            }
            match self.requests.next_soon() {
                Some(Request::Use(next, to)) if self.begin.elapsed() < TURN => {
                    (what, reply) = (next, to);
                }
                Some(request) => {
                    self.request = Some(request);
                    return Then::GoOn;
                }
                None => return Then::Leave,
            }
        }
    }

    /// The answer, and whether the channel is good for another question.
    fn outcome<R>(&self, outcome: Result<R, Error>) -> (Result<R>, Then) {
        match outcome {
            Ok(value) => (Ok(value), Then::GoOn),
            Err(error) => {
                self.surroundings.log.line(format_args!("{error}"));
                let then = match error {
                    Error::WrongPassword { .. }
                    | Error::PasswordUnusable { .. }
                    | Error::CertificatesUnusable(_)
                    | Error::Unsupported(_)
                    | Error::AccessDenied { .. } => Then::GoOn,
                    _ => Then::Leave,
                };
                (Err(Refusal::from(&error)), then)
            }
        }
    }
}

/// The certificates that were not to be had without PIN2.
fn certificates<T: CardTransport>(
    mut unlocked: Unlocked<'_, '_, T>,
    contents: Option<&Contents>,
) -> Result<Certificates, Error> {
    let mut certificates = Vec::new();
    let entries = contents.into_iter().flat_map(|contents| &contents.entries);
    for entry in entries.filter(|entry| entry.certificate.is_none()) {
        match unlocked.certificate(entry.slot) {
            Ok(certificate) => certificates.push((entry.slot, certificate.as_der().to_vec())),
            Err(Error::Unsupported(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(certificates)
}
