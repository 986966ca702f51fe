//! Opening the natural-person certificate of a card, and PIN2. PIN2 goes to no chip that has not proven itself.

use applet_sim::PIN2_TRIES;
use host_lib::{CertificateApplication, PasswordKind, PasswordStatus, Pin2, Unlocked};

use crate::Manner;
use crate::arguments::certificates::{Holder, HolderCodes};
use crate::arguments::{CardSource, Trust};
use crate::card_file::Transport;
use crate::codes::{CodeName, CodeReader};
use crate::document::CardPlace;
use crate::failure::Failure;
use crate::session::{self, Opener};
use crate::trust::Grounds;

pub(crate) type Application<'a, 'c> = CertificateApplication<'a, 'c, Transport>;

/// A card whose natural-person certificate is to be used, whom to trust about it, and the codes.
pub(crate) struct Desk<'a> {
    pub(crate) source: &'a CardSource,
    pub(crate) grounds: Grounds,
    pub(crate) opener: Opener,
    pub(crate) codes: CodeReader,
    pub(crate) manner: Manner,
}

impl Holder {
    /// With this new PIN2 on standard input, or without.
    pub(crate) fn desk(&self, manner: Manner, new_pin2_stdin: bool) -> Result<Desk<'_>, Failure> {
        let opener = match self.with_pin {
            true => Opener::Pin,
            false => Opener::Can,
        };
        let flags = self.codes.flags(new_pin2_stdin);
        Desk::new(&self.card, &self.trust, opener, &flags, manner)
    }
}

impl HolderCodes {
    pub(crate) fn flags(self, new_pin2_stdin: bool) -> [(CodeName, bool); 4] {
        [
            (CodeName::Can, self.can_stdin),
            (CodeName::Pin, self.pin_stdin),
            (CodeName::Pin2, self.pin2_stdin),
            (CodeName::NewPin2, new_pin2_stdin),
        ]
    }
}

impl<'a> Desk<'a> {
    pub(crate) fn new(
        source: &'a CardSource,
        trust: &Trust,
        opener: Opener,
        flags: &[(CodeName, bool)],
        manner: Manner,
    ) -> Result<Self, Failure> {
        Ok(Self {
            source,
            grounds: Grounds::read(trust)?,
            opener,
            codes: CodeReader::new(manner.language, flags),
            manner,
        })
    }

    /// Opens the natural-person certificate for `work`.
    pub(crate) fn open<R>(
        &mut self,
        work: impl FnOnce(&mut Application<'_, '_>, &mut CodeReader) -> Result<R, Failure>,
    ) -> Result<(R, CardPlace), Failure> {
        session::ask_ahead(self.source, &[self.opener.code()], &mut self.codes)?;
        let (mut card, place) = self.source.open(self.manner)?;
        let mut session = self.opener.open(&mut card, &mut self.codes)?;
        let mut proven = session.prove_chip(&self.grounds.verifier())?;
        let result = work(&mut proven.certificates()?, &mut self.codes)?;
        Ok((result, place))
    }

    /// The same for work that needs PIN2. Whoever would be asked for it while the card is in a reader is asked before: a glance at
    /// the card says how many tries are left, and lets go of it again.
    pub(crate) fn open_with_pin2<R>(
        &mut self,
        work: impl FnOnce(&mut Application<'_, '_>, &mut CodeReader) -> Result<R, Failure>,
    ) -> Result<(R, CardPlace), Failure> {
        if self.source.is_reader() && self.codes.would_ask(CodeName::Pin2) {
            session::ask_ahead(self.source, &[self.opener.code()], &mut self.codes)?;
            let tries = {
                let mut card = self.source.glance()?;
                let mut session = self.opener.open(&mut card, &mut self.codes)?;
                let mut proven = session.prove_chip(&self.grounds.verifier())?;
                tries_left_of(proven.certificates()?.pin2_status()?)?
            };
            let pin2 = self.codes.obtain_counted(CodeName::Pin2, tries)?;
            self.codes.keep(CodeName::Pin2, pin2);
        }
        self.open(work)
    }
}

/// Enters PIN2; a wrong one costs a try. A run that needs it again does not ask again.
pub(crate) fn unlock<'s, 'c>(
    application: &'s mut Application<'_, 'c>,
    codes: &mut CodeReader,
) -> Result<Unlocked<'s, 'c, Transport>, Failure> {
    let tries = tries_left_of(application.pin2_status()?)?;
    let code = codes.obtain_counted(CodeName::Pin2, tries)?;
    let pin2 = Pin2::parse(&code)?;
    codes.keep(CodeName::Pin2, code);
    Ok(application.verify_pin2(&pin2)?)
}

/// The tries of PIN2, if there are any.
pub(crate) fn tries_left_of(status: PasswordStatus) -> Result<u8, Failure> {
    Ok(session::ready(status, PasswordKind::Pin2)?.tries(PIN2_TRIES))
}
