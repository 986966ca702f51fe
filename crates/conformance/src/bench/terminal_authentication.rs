//! Terminal Authentication, step by step and with every part in the caller's hand.

use cvc::SigningKey;
use iso7816::{CommandApdu, ResponseApdu, tlv};
use secure_channel::auxiliary_data::AuxiliaryData;
use secure_channel::chip_authentication::terminal::EphemeralKey;
use secure_channel::terminal_authentication::{Challenge, terminal};
use secure_channel::{CompressedPublicKey, Curve, EcPublicKey};

use super::Bench;
use crate::{Answer, Certificate, OK, Stop};

impl Bench<'_> {
    /// MSE:Set DST with this name.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn set_dst(&mut self, authority: &[u8]) -> Result<Answer, Stop> {
        self.send(&Self::dst(authority))
    }

    /// What [`set_dst`](Self::set_dst) sends.
    #[must_use]
    pub fn dst(authority: &[u8]) -> CommandApdu {
        let name = tlv::encode(tlv::Tag(0x83), authority);
        CommandApdu::new(0x00, 0x22, 0x81, 0xB6).with_data(name)
    }

    /// PSO:VERIFY CERTIFICATE.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn verify_certificate(&mut self, certificate: &Certificate) -> Result<Answer, Stop> {
        self.send(&Self::verification(&certificate.to_value()))
    }

    /// What [`verify_certificate`](Self::verify_certificate) sends, with any bytes.
    #[must_use]
    pub fn verification(value: &[u8]) -> CommandApdu {
        CommandApdu::new(0x00, 0x2A, 0x00, 0xBE).with_data(value)
    }

    /// The certificate that the document calls so.
    ///
    /// # Errors
    /// [`Stop::Bench`] for a name that the document has not.
    pub fn certificate(&self, name: &str) -> Result<Certificate, Stop> {
        self.authorities.certificate(name)
    }

    /// The precondition that these certificates were verified, one after the other, each with the name that stands in it.
    ///
    /// # Errors
    /// [`Stop`] if one is refused.
    pub fn verify_chain(&mut self, names: &[&str]) -> Result<(), Stop> {
        for name in names {
            let certificate = self.certificate(name)?;
            self.set_dst(&certificate.authority)?.expect(OK)?;
            self.verify_certificate(&certificate)?.expect(OK)?;
        }
        Ok(())
    }

    /// The precondition that Terminal Authentication was performed with this chain, the terminal's certificate last.
    ///
    /// # Errors
    /// [`Stop`] if it does not succeed.
    pub fn terminal_authentication(&mut self, chain: &[&str]) -> Result<(), Stop> {
        self.terminal_authentication_asking(chain, AuxiliaryData::none())
    }

    /// The same, with auxiliary data.
    ///
    /// # Errors
    /// [`Stop`] if it does not succeed.
    pub fn terminal_authentication_asking(
        &mut self,
        chain: &[&str],
        asked: AuxiliaryData,
    ) -> Result<(), Stop> {
        self.verify_chain(chain)?;
        let Some(last) = chain.last() else {
            return Err(self.cannot("there is no terminal's certificate"));
        };
        let mut run = self.terminal_run(last, asked)?;
        run.set_template(self)?.expect(OK)?;
        run.challenge(self)?.expect(OK)?;
        run.authenticate(self)?.expect(OK)?;
        run.finish(self)
    }

    /// The steps after the certificates, for the terminal with this one. The ephemeral key is on the curve of the chip's key for
    /// Chip Authentication.
    ///
    /// # Errors
    /// [`Stop::Bench`] for a name that the document has not; [`Stop`] if the chip's key cannot be read.
    pub fn terminal_run(
        &mut self,
        certificate: &str,
        asked: AuxiliaryData,
    ) -> Result<TerminalRun, Stop> {
        let ephemeral = self.ephemeral_key(|_| true)?;
        self.terminal_run_with(certificate, asked, ephemeral)
    }

    /// An ephemeral key for Chip Authentication whose uncompressed public key is as the case wants it.
    ///
    /// # Errors
    /// [`Stop`] if the chip's key cannot be read; [`Stop::Bench`] if there is no such key among some thousands.
    pub fn ephemeral_key(&mut self, fits: impl Fn(&[u8]) -> bool) -> Result<EphemeralKey, Stop> {
        let curve = self.chip_curve()?;
        self.ephemeral_key_on(curve, fits)
    }

    /// The same on this curve.
    ///
    /// # Errors
    /// [`Stop::Bench`] if there is no such key among some thousands.
    pub(super) fn ephemeral_key_on(
        &mut self,
        curve: Curve,
        fits: impl Fn(&[u8]) -> bool,
    ) -> Result<EphemeralKey, Stop> {
        for _ in 0..10_000 {
            let key = self.draw(|rng| EphemeralKey::generate(curve, rng))?;
            if fits(key.public_key().as_uncompressed()) {
                return Ok(key);
            }
        }
        Err(self.cannot("no ephemeral key is as this case wants it"))
    }

    /// [`terminal_run`](Self::terminal_run) with an ephemeral key of the caller's.
    ///
    /// # Errors
    /// As for [`terminal_run`](Self::terminal_run).
    pub fn terminal_run_with(
        &mut self,
        certificate: &str,
        asked: AuxiliaryData,
        ephemeral: EphemeralKey,
    ) -> Result<TerminalRun, Stop> {
        let certificate = self.certificate(certificate)?;
        let key = self.authorities.key(certificate.key)?;
        self.begin(&certificate.holder, key, asked, ephemeral)
    }

    /// [`terminal_run`](Self::terminal_run) for somebody of this name with this key, certified or not.
    ///
    /// # Errors
    /// As for [`terminal_run`](Self::terminal_run).
    pub fn terminal_run_as(
        &mut self,
        holder: &[u8],
        key: SigningKey,
        asked: AuxiliaryData,
    ) -> Result<TerminalRun, Stop> {
        let ephemeral = self.ephemeral_key(|_| true)?;
        self.begin(holder, key, asked, ephemeral)
    }

    fn begin(
        &self,
        holder: &[u8],
        key: SigningKey,
        asked: AuxiliaryData,
        ephemeral: EphemeralKey,
    ) -> Result<TerminalRun, Stop> {
        let Some(id_picc) = &self.id_picc else {
            return Err(self.cannot("there was no PACE"));
        };
        let protocol = key.verifying_key().algorithm().protocol();
        let protocol = protocol.map_err(|error| self.cannot(error))?;
        let ephemeral_key = ephemeral.public_key().clone();
        let started = terminal::start(protocol, holder, id_picc, ephemeral, asked);
        let (waiting, template) = started.map_err(|error| self.cannot(error))?;
        Ok(TerminalRun {
            key,
            ephemeral_key,
            template,
            state: State::Selection(waiting),
        })
    }

    /// GET CHALLENGE.
    #[must_use]
    pub fn challenge_command() -> CommandApdu {
        terminal::get_challenge()
    }
}

/// The steps of Terminal Authentication after the certificates. They can be taken whatever the card answered: what is signed is
/// then what a right answer would have led to.
pub struct TerminalRun {
    key: SigningKey,
    ephemeral_key: EcPublicKey,
    template: CommandApdu,
    state: State,
}

enum State {
    Selection(terminal::AwaitingSelection),
    Signature(terminal::AwaitingSignature),
    Acceptance(terminal::AwaitingAcceptance, ResponseApdu),
    Over,
}

impl core::fmt::Debug for TerminalRun {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TerminalRun").finish_non_exhaustive()
    }
}

impl TerminalRun {
    /// With another key than the one that was certified.
    #[must_use]
    pub fn with_key(self, key: SigningKey) -> Self {
        Self { key, ..self }
    }

    /// The ephemeral public key, of which DO 91 has the compressed form.
    #[must_use]
    pub const fn ephemeral_key(&self) -> &EcPublicKey {
        &self.ephemeral_key
    }

    /// What [`set_template`](Self::set_template) sends.
    #[must_use]
    pub const fn template(&self) -> &CommandApdu {
        &self.template
    }

    /// MSE:Set AT.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn set_template(&mut self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        bench.send(&self.template)
    }

    /// GET CHALLENGE.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn challenge(&mut self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        let answer = bench.send(&Bench::challenge_command())?;
        self.take_challenge(bench, answer.data())?;
        Ok(answer)
    }

    /// Takes a challenge that came some other way; one that is none stands for eight zeros.
    ///
    /// # Errors
    /// [`Stop::Bench`]; none in practice.
    pub fn take_challenge(&mut self, bench: &Bench<'_>, challenge: &[u8]) -> Result<(), Stop> {
        let State::Selection(waiting) = core::mem::replace(&mut self.state, State::Over) else {
            return Err(bench.cannot("there was a challenge before"));
        };
        let challenge = if challenge.len() == 8 {
            challenge
        } else {
            &[0; 8]
        };
        let challenge = terminal::challenge(&ResponseApdu::ok(challenge));
        let challenge = challenge.map_err(|error| bench.cannot(error))?;
        let waiting = waiting.with_challenge(&ResponseApdu::ok([]), &challenge);
        self.state = State::Signature(waiting.map_err(|error| bench.cannot(error))?);
        Ok(())
    }

    /// EXTERNAL AUTHENTICATE.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn authenticate(&mut self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        self.authenticate_with(bench, |command| command)
    }

    /// The same, with another command than the right one.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn authenticate_with(
        &mut self,
        bench: &mut Bench<'_>,
        change: impl FnOnce(CommandApdu) -> CommandApdu,
    ) -> Result<Answer, Stop> {
        let State::Signature(waiting) = core::mem::replace(&mut self.state, State::Over) else {
            return Err(bench.cannot("there was no challenge"));
        };
        let message = waiting.signed_data().as_bytes().to_vec();
        self.send_signature(bench, waiting, &message, change)
    }

    /// EXTERNAL AUTHENTICATE over these bytes in place of a challenge: none, or too few.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn authenticate_over(
        &mut self,
        bench: &mut Bench<'_>,
        challenge: &[u8],
    ) -> Result<Answer, Stop> {
        self.take_challenge(bench, &[])?;
        let State::Signature(waiting) = core::mem::replace(&mut self.state, State::Over) else {
            return Err(bench.cannot("there was no challenge"));
        };
        let id_picc = bench.id_picc.as_ref().map(CompressedPublicKey::as_bytes);
        let id_picc = id_picc.unwrap_or_default();
        let right = waiting.signed_data().as_bytes();
        let behind = right.get(id_picc.len() + Challenge::SIZE..);
        let message = [id_picc, challenge, behind.unwrap_or_default()].concat();
        self.send_signature(bench, waiting, &message, |command| command)
    }

    fn send_signature(
        &mut self,
        bench: &mut Bench<'_>,
        waiting: terminal::AwaitingSignature,
        message: &[u8],
        change: impl FnOnce(CommandApdu) -> CommandApdu,
    ) -> Result<Answer, Stop> {
        let signature = self.key.sign(message, &mut bench.rng);
        let signature = signature.map_err(|error| bench.cannot(error))?;
        let authenticated = waiting.authenticate(&signature);
        let (waiting, command) = authenticated.map_err(|error| bench.cannot(error))?;
        let answer = bench.send(&change(command))?;
        self.state = State::Acceptance(waiting, answer.response.clone());
        Ok(answer)
    }

    /// Takes it that the terminal is authenticated, for Chip Authentication.
    ///
    /// # Errors
    /// [`Stop::Unexpected`] if the card did not accept the signature.
    pub fn finish(self, bench: &mut Bench<'_>) -> Result<(), Stop> {
        let State::Acceptance(waiting, answer) = self.state else {
            return Err(bench.cannot("there was no signature"));
        };
        let committed = waiting.finish(&answer);
        bench.committed = Some(committed.map_err(|error| bench.unexpected("9000", error))?);
        Ok(())
    }

    /// Goes on to Chip Authentication whatever the card made of the signature.
    ///
    /// # Errors
    /// [`Stop::Bench`] if nothing was signed.
    pub fn finish_anyway(self, bench: &mut Bench<'_>) -> Result<(), Stop> {
        let State::Acceptance(waiting, _) = self.state else {
            return Err(bench.cannot("there was no signature"));
        };
        let committed = waiting.finish(&ResponseApdu::ok([]));
        bench.committed = Some(committed.map_err(|error| bench.cannot(error))?);
        Ok(())
    }
}
