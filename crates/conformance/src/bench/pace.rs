//! PACE, step by step.

use cvc::TerminalType;
use iso7816::{CommandApdu, ResponseApdu, tlv};
use secure_channel::pace::{Mapping, PaceProtocol, PaceSuite, terminal};
use secure_channel::{Curve, Password, PasswordId, SecureMessaging};

use super::Bench;
use crate::{Answer, OK, Stop};

/// The document's CHAT that restricts nothing (3.7), for this type of terminal.
#[must_use]
pub(crate) fn unrestricted(terminal_type: TerminalType) -> Vec<u8> {
    match terminal_type {
        TerminalType::InspectionSystem => chat(terminal_type, &[0x23]),
        TerminalType::AuthenticationTerminal => {
            chat(terminal_type, &[0x3E, 0x1F, 0xFF, 0xFF, 0xF7])
        }
        TerminalType::SignatureTerminal => chat(terminal_type, &[0x03]),
    }
}

/// DO 7F4C with these bits, whatever they mean.
#[must_use]
pub(crate) fn chat(terminal_type: TerminalType, relative_authorization: &[u8]) -> Vec<u8> {
    let oid = tlv::encode(tlv::Tag(0x06), terminal_type.oid().as_bytes());
    let bits = tlv::encode(tlv::Tag(0x53), relative_authorization);
    tlv::encode(tlv::Tag(0x7F4C), &[oid, bits].concat())
}

/// A run of PACE. Each method sends one command of the document and returns its answer; the next takes it for granted that the
/// answer was right, so demand that first.
pub struct PaceRun {
    suite: PaceSuite,
    password: Password,
    authorization: Vec<u8>,
    state: State,
}

impl core::fmt::Debug for PaceRun {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PaceRun")
            .field("suite", &self.suite)
            .finish_non_exhaustive()
    }
}

/// What waits for which answer, and the answer once it has come.
enum State {
    New,
    Nonce(terminal::AwaitingEncryptedNonce, Option<ResponseApdu>),
    Mapping(terminal::AwaitingMappingData, Option<ResponseApdu>),
    Key(terminal::AwaitingPublicKey, Option<ResponseApdu>),
    Token(terminal::AwaitingToken, Option<ResponseApdu>),
}

impl PaceRun {
    /// With another suite than the first that the card offers.
    #[must_use]
    pub fn with_suite(self, suite: PaceSuite) -> Self {
        Self { suite, ..self }
    }

    /// With this behind the parameters of MSE:Set AT: DO 7F4C of a terminal that will authenticate, and DO 65.
    #[must_use]
    pub fn with_authorization(self, authorization: impl Into<Vec<u8>>) -> Self {
        Self {
            authorization: authorization.into(),
            ..self
        }
    }

    /// With a password that is not the card's.
    ///
    /// # Errors
    /// [`Stop::Bench`].
    pub fn with_wrong_password(self, bench: &Bench<'_>) -> Result<Self, Stop> {
        let password = bench.codes().wrong_password(self.password.id())?;
        Ok(Self { password, ..self })
    }

    /// MSE:Set AT.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn set_template(&mut self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        bench.send(&self.template())
    }

    /// What [`set_template`](Self::set_template) sends.
    #[must_use]
    pub fn template(&self) -> CommandApdu {
        terminal::set_authentication_template(
            self.suite.protocol,
            self.password.id(),
            Some(self.suite.curve),
            &self.authorization,
        )
    }

    /// GENERAL AUTHENTICATE: the encrypted nonce.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn nonce(&mut self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        let (waiting, command) = terminal::start(self.suite, &self.password);
        let answer = bench.send(&command)?;
        self.state = State::Nonce(waiting, Some(answer.response.clone()));
        Ok(answer)
    }

    /// GENERAL AUTHENTICATE: maps the nonce.
    ///
    /// # Errors
    /// As for [`Bench::send`]; [`Stop::Unexpected`] if what came before was no encrypted nonce.
    pub fn map(&mut self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        self.map_with(bench, |command| command)
    }

    /// The same, with another command than the right one.
    ///
    /// # Errors
    /// As for [`map`](Self::map).
    pub fn map_with(
        &mut self,
        bench: &mut Bench<'_>,
        change: impl FnOnce(CommandApdu) -> CommandApdu,
    ) -> Result<Answer, Stop> {
        let State::Nonce(waiting, Some(answer)) = self.take() else {
            return Err(bench.cannot("there is no nonce yet"));
        };
        let (waiting, command) = waiting
            .map_nonce(&answer, &mut bench.rng)
            .map_err(|error| bench.unexpected("an encrypted nonce", error))?;
        let answer = bench.send(&change(command))?;
        self.state = State::Mapping(waiting, Some(answer.response.clone()));
        Ok(answer)
    }

    /// GENERAL AUTHENTICATE: key agreement.
    ///
    /// # Errors
    /// As for [`Bench::send`]; [`Stop::Unexpected`] if what came before was no mapping data.
    pub fn agree(&mut self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        self.agree_with(bench, |command| command)
    }

    /// The same, with another command than the right one.
    ///
    /// # Errors
    /// As for [`agree`](Self::agree).
    pub fn agree_with(
        &mut self,
        bench: &mut Bench<'_>,
        change: impl FnOnce(CommandApdu) -> CommandApdu,
    ) -> Result<Answer, Stop> {
        let State::Mapping(waiting, Some(answer)) = self.take() else {
            return Err(bench.cannot("there is no mapping data yet"));
        };
        let (waiting, command) = waiting
            .agree(&answer, &mut bench.rng)
            .map_err(|error| bench.unexpected("mapping data", error))?;
        let answer = bench.send(&change(command))?;
        self.state = State::Key(waiting, Some(answer.response.clone()));
        Ok(answer)
    }

    /// GENERAL AUTHENTICATE: mutual authentication.
    ///
    /// # Errors
    /// As for [`Bench::send`]; [`Stop::Unexpected`] if what came before was no ephemeral public key.
    pub fn authenticate(&mut self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        self.authenticate_with(bench, |command| command)
    }

    /// The same, with another command than the right one.
    ///
    /// # Errors
    /// As for [`authenticate`](Self::authenticate).
    pub fn authenticate_with(
        &mut self,
        bench: &mut Bench<'_>,
        change: impl FnOnce(CommandApdu) -> CommandApdu,
    ) -> Result<Answer, Stop> {
        let State::Key(waiting, Some(answer)) = self.take() else {
            return Err(bench.cannot("there is no ephemeral key yet"));
        };
        let (waiting, command) = waiting
            .authenticate(&answer)
            .map_err(|error| bench.unexpected("an ephemeral public key", error))?;
        let answer = bench.send(&change(command))?;
        self.state = State::Token(waiting, Some(answer.response.clone()));
        Ok(answer)
    }

    /// Verifies the chip's token and opens the channel: a new one, which replaces the one under which PACE ran.
    ///
    /// # Errors
    /// [`Stop::Unexpected`] if the token is wrong.
    pub fn finish(mut self, bench: &mut Bench<'_>) -> Result<(), Stop> {
        let State::Token(waiting, Some(answer)) = self.take() else {
            return Err(bench.cannot("there is no token yet"));
        };
        let established = waiting
            .finish(&answer)
            .map_err(|error| bench.unexpected("the chip's authentication token", error))?;
        bench.channel = Some(SecureMessaging::new(established.session_keys));
        bench.id_picc = Some(established.id_picc);
        bench.trust_points = established.certification_authority_references;
        bench.committed = None;
        Ok(())
    }

    /// The four commands after MSE:Set AT, all of them answered well, and the channel.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn complete(mut self, bench: &mut Bench<'_>) -> Result<(), Stop> {
        self.attempt(bench)?.expect(OK)?;
        self.finish(bench)
    }

    /// The four commands after MSE:Set AT. Three of them are answered well; what the last one is answered comes back.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn attempt(&mut self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        self.nonce(bench)?.expect(OK)?;
        self.map(bench)?.expect(OK)?;
        self.agree(bench)?.expect(OK)?;
        self.authenticate(bench)
    }

    /// [`attempt`](Self::attempt) as four steps of the document, of which the first has this number.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn through(&mut self, bench: &mut Bench<'_>, first: u8) -> Result<Answer, Stop> {
        bench.step(first);
        self.nonce(bench)?.expect(OK)?;
        bench.step(first + 1);
        self.map(bench)?.expect(OK)?;
        bench.step(first + 2);
        self.agree(bench)?.expect(OK)?;
        bench.step(first + 3);
        self.authenticate(bench)
    }

    /// Which suite it runs.
    #[must_use]
    pub const fn suite(&self) -> PaceSuite {
        self.suite
    }

    const fn take(&mut self) -> State {
        core::mem::replace(&mut self.state, State::New)
    }
}

impl Bench<'_> {
    /// A run of PACE with this password, without CHAT, with the first suite of the card.
    ///
    /// # Errors
    /// [`Stop::Bench`] for a password that is not known.
    pub fn pace_run(&mut self, password: PasswordId) -> Result<PaceRun, Stop> {
        Ok(PaceRun {
            suite: self.suite()?,
            password: self.codes().password(password)?,
            authorization: Vec::new(),
            state: State::New,
        })
    }

    /// The precondition that PACE was performed: with this password, and with this behind the parameters of MSE:Set AT (see
    /// [`PaceRun::with_authorization`]). It runs under the channel that there is, or in plain after
    /// [`activate`](Self::activate).
    ///
    /// # Errors
    /// [`Stop`] if it does not succeed.
    pub fn pace(&mut self, password: PasswordId, authorization: &[u8]) -> Result<(), Stop> {
        let mut run = self.pace_run(password)?.with_authorization(authorization);
        run.set_template(self)?.expect(OK)?;
        run.complete(self)
    }

    /// The suites that EF.CardAccess offers and this bench knows.
    ///
    /// # Errors
    /// [`Stop`] if EF.CardAccess cannot be read.
    pub fn suites(&mut self) -> Result<Vec<PaceSuite>, Stop> {
        let infos = self.card_access()?;
        let suites = infos.pace_infos().filter_map(|info| {
            let protocol = PaceProtocol::from_oid(info.protocol.as_bytes())?;
            let id = u8::try_from(info.parameter_id?).ok()?;
            Some(PaceSuite {
                protocol,
                curve: Curve::from_parameter_id(id)?,
            })
        });
        Ok(suites.collect())
    }

    /// Every suite that EF.CardAccess offers, for cases that the document repeats with each.
    ///
    /// # Errors
    /// [`Stop`] if EF.CardAccess cannot be read or offers nothing; [`Stop::Bench`] if this bench does not know one of them: the
    /// case would then say less than it seems to.
    pub fn every_suite(&mut self) -> Result<Vec<PaceSuite>, Stop> {
        let suites = self.suites()?;
        let offered = self.card_access()?.pace_infos().count();
        self.demand(offered > 0, "a PACEInfo in EF.CardAccess")?;
        if suites.len() == offered {
            Ok(suites)
        } else {
            Err(self.cannot("EF.CardAccess offers PACE in a suite that is not known here"))
        }
    }

    /// The first suite with generic mapping, which the document takes for every precondition.
    fn suite(&mut self) -> Result<PaceSuite, Stop> {
        let suites = self.suites()?;
        let generic = suites
            .iter()
            .find(|suite| suite.protocol.mapping == Mapping::Generic);
        let found = generic.or(suites.first()).copied();
        found.ok_or_else(|| self.unexpected("a PACEInfo that is known", "none in EF.CardAccess"))
    }

    /// DO 87 and DO 88 of the last PACE: the names of the trust-points for the CHAT's type of terminal.
    #[must_use]
    pub fn trust_points(&self) -> &[Vec<u8>] {
        &self.trust_points
    }
}
