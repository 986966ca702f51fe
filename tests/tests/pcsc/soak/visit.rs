//! What a client does with a card that it has opened, over any transport.

use std::sync::atomic::{AtomicBool, Ordering};

use cvc::Right;
use host_lib::{
    AccessCode, AccessRequest, Card, CardUpdate, Consent, Error, Group, Pin, SoftwareKey,
    TerminalCertificates,
};
use issuer::{Grant, Issuer, specimen};
use neweid_tests::cards::{pki, trust};
use neweid_tests::carriers::Between;
use neweid_tests::flows::passwords::other_digits;
use neweid_tests::flows::walk::Walk;
use pki::PassiveAuthentication;
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use transport::CardTransport;

use super::model::{Model, Stop, Tries};
use super::summary::Counts;

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// PIN1 and an agency: every group, verified and compared.
    Read,
    /// The access code: the public and the household zone, verified and compared.
    ReadPublic,
    /// The holder gives the card another PIN1.
    ChangePin,
    /// One to three wrong PIN1s, then the right one: by itself, after the access code, or unblocked with the
    /// PUK, as the tries that are left ask for.
    WrongPin,
    /// A household office writes the holder's new address.
    Update,
    /// A reset between two sessions.
    Reset,
}

impl Action {
    /// One of them, the readings more often.
    pub(crate) fn choose(rng: &mut ChaCha20Rng) -> Self {
        match rng.next_u32() % 10 {
            0..=2 => Self::Read,
            3..=4 => Self::ReadPublic,
            5 => Self::ChangePin,
            6..=7 => Self::WrongPin,
            8 => Self::Update,
            _ => Self::Reset,
        }
    }
}

/// A household office: it may read the address with the access code, and replace it.
pub(crate) struct Office {
    consent: Consent,
    key: SoftwareKey,
}

impl Office {
    pub(crate) fn open() -> Self {
        let grant = Grant::read([12])
            .with(Right::CanAllowed)
            .and_update([12, 13]);
        let agency = specimen::agency("HOUSEHOLD", &grant);
        let certificates = TerminalCertificates::parse(&agency.certificates);
        let request = AccessRequest::new(certificates.expect("certificates"));
        Self {
            consent: request.agree_to_everything(),
            key: SoftwareKey::new(agency.key),
        }
    }
}

/// A client at a card.
pub(crate) struct Visit<'v> {
    pub(crate) card: &'v mut dyn CardTransport,
    pub(crate) model: &'v mut Model,
    pub(crate) rng: &'v mut ChaCha20Rng,
    pub(crate) office: &'v mut Office,
    pub(crate) counts: &'v mut Counts,
}

impl Visit<'_> {
    /// Finds out what the card has become, does this, and compares what it says with the model.
    pub(crate) fn run(&mut self, action: Action) -> Result<(), Stop> {
        self.look()?;
        self.settle()?;
        match action {
            Action::Read => self.read()?,
            Action::ReadPublic => self.read_public()?,
            Action::ChangePin => self.change_pin()?,
            Action::WrongPin => self.wrong_pin()?,
            Action::Update => {
                self.update()?;
                self.read_public()?;
            }
            Action::Reset => {
                self.read_public()?;
                self.card.reset().map_err(Error::from)?;
                self.counts.resets += 1;
                self.read_public()?;
            }
        }
        self.look()
    }

    /// The counters, which cost nothing to look at.
    fn look(&mut self) -> Result<(), Stop> {
        let mut card = Card::open(&mut *self.card)?;
        self.model.pin1.see(card.pin_status()?)?;
        self.model.puk.see(card.puk_status()?)
    }

    /// Ends every uncertainty: PIN1 can be used, there is one that it is, and one address.
    fn settle(&mut self) -> Result<(), Stop> {
        loop {
            if self.model.pin1.known() == 0 {
                self.unblock()?;
            } else if self.model.pins.len() > 1 || self.model.pin1.known() == 1 {
                self.settle_pin()?;
            } else {
                break;
            }
        }
        match self.model.moves.len() {
            1 => Ok(()),
            _ => self.settle_address(),
        }
    }

    /// Gives the newest PIN1 that it may be.
    fn settle_pin(&mut self) -> Result<(), Stop> {
        let pin = self.model.pin().to_owned();
        match self.give_pin(&pin, Secret::Right) {
            Ok(()) => {
                self.model.pins.truncate(1);
                Ok(())
            }
            // It is the other one, and this has cost a try.
            Err(Stop::Host(Error::WrongPassword { tries_left, .. }))
                if self.model.pins.len() > 1 =>
            {
                self.model.pins.remove(0);
                self.wrong_pin_was_counted(tries_left)
            }
            Err(stop) => Err(stop),
        }
    }

    fn settle_address(&mut self) -> Result<(), Stop> {
        let can = Walk::AccessCode.code(&self.model.subject.holder);
        let mut card = Card::open(&mut *self.card)?;
        let read = card.pace(can)?.read(Group::Dg12)?;
        let identity = read.verify(&trust().verifier()).accept()?;
        self.counts.sessions += 1;
        let address = identity.household_address();
        let address = address.map_or("", |text| text.as_str());
        let is_there = |moves: &u64| address.ends_with(&Model::street(*moves));
        self.model.moves.retain(is_there);
        match self.model.moves.len() {
            1 => Ok(()),
            _ => Err(Stop::Wrong(format!(
                "an interrupted update left neither address, but {address}"
            ))),
        }
    }

    fn read(&mut self) -> Result<(), Stop> {
        let holder = self.model.holder();
        counted(
            self.card,
            &mut self.model.pin1,
            Secret::Right,
            |mut card| Walk::Agency.run(&mut card, &holder, trust()).map(drop),
        )?;
        self.counts.sessions += 1;
        Ok(())
    }

    fn read_public(&mut self) -> Result<(), Stop> {
        Walk::AccessCode.run(self.card, &self.model.holder(), trust())?;
        self.counts.sessions += 1;
        Ok(())
    }

    fn change_pin(&mut self) -> Result<(), Stop> {
        let old = self.model.pin().to_owned();
        let new = loop {
            let digits = format!("{:06}", self.rng.next_u32() % 1_000_000);
            if digits != old {
                break digits;
            }
        };
        let mut is_sent = false;
        let outcome = counted(self.card, &mut self.model.pin1, Secret::Right, |card| {
            let mut card = Card::open(card)?;
            let mut session = card.pace(Pin::parse(&old)?)?;
            let mut proven = session.prove_chip(&trust().verifier())?;
            is_sent = true;
            proven.change_pin(&Pin::parse(&new)?)
        });
        if is_sent {
            // The old one was right, whatever became of the new one.
            self.model.pin1.restored();
            self.model.pins.insert(0, new);
        }
        outcome?;
        self.model.pins.truncate(1);
        self.counts.sessions += 1;
        self.counts.pin_changes += 1;
        Ok(())
    }

    fn wrong_pin(&mut self) -> Result<(), Stop> {
        let wrong = other_digits(self.model.pin());
        for _ in 0..=self.rng.next_u32() % 3 {
            if self.model.pin1.known() == 0 {
                break;
            }
            match self.give_pin(&wrong, Secret::Wrong) {
                Ok(()) => return Err(Stop::Wrong("a wrong PIN1 was accepted".into())),
                Err(Stop::Host(Error::WrongPassword { tries_left, .. })) => {
                    self.wrong_pin_was_counted(tries_left)?;
                }
                Err(stop) => return Err(stop),
            }
        }
        self.settle()?;
        let right = self.model.pin().to_owned();
        self.give_pin(&right, Secret::Right)
    }

    /// PIN1, for which the access code comes first where one try is left.
    fn give_pin(&mut self, pin: &str, secret: Secret) -> Result<(), Stop> {
        let can = Walk::AccessCode.code(&self.model.subject.holder);
        let is_suspended = self.model.pin1.known() == 1;
        counted(self.card, &mut self.model.pin1, secret, |card| {
            let (mut card, pin) = (Card::open(card)?, Pin::parse(pin)?);
            match is_suspended {
                true => card.pace(can)?.resume_pin(pin),
                false => card.pace(pin).map(drop),
            }
        })?;
        self.counts.sessions += 1;
        Ok(())
    }

    fn wrong_pin_was_counted(&mut self, tries_left: Option<u8>) -> Result<(), Stop> {
        self.counts.wrong_pins += 1;
        self.model.pin1.spent();
        let known = self.model.pin1.known();
        match tries_left == Some(known) {
            true => Ok(()),
            false => Err(Stop::Wrong(format!(
                "a wrong PIN1 left {tries_left:?} tries, not {known}"
            ))),
        }
    }

    fn unblock(&mut self) -> Result<(), Stop> {
        let puk = AccessCode::puk(&self.model.subject.holder.puk()).map_err(Error::from)?;
        let outcome = counted(self.card, &mut self.model.puk, Secret::Right, |card| {
            Card::open(card)?.pace(puk)?.unblock_pin()
        });
        match &outcome {
            Ok(()) => self.model.pin1.restored(),
            Err(_) => self.model.pin1.may_be_restored(),
        }
        outcome?;
        self.counts.sessions += 1;
        self.counts.unblocked += 1;
        Ok(())
    }

    fn update(&mut self) -> Result<(), Stop> {
        let moves = self.model.moves.first().map_or(0, |moves| moves + 1);
        let can = Walk::AccessCode.code(&self.model.subject.holder);
        let trust = trust();
        let Office { consent, key } = &mut *self.office;
        let mut card = Card::open(&mut *self.card)?;
        let session = card.pace_as_terminal(can, consent.clone())?;
        let mut session = session.authenticate(key)?;
        let read = session.read(Group::Dg12)?;
        let passive = PassiveAuthentication::new(&trust.anchors, trust.now);
        let passive = passive.with_revocation_lists(&trust.lists);
        let present = passive.security_object(read.security_object(), &[]);
        let present = present.into_result();
        let update = Issuer::new(pki()).update(
            &self.model.profile(moves),
            self.model.subject.issued.card_number(),
            &[Group::Dg12, Group::Dg13],
            &present.map_err(|report| Stop::Wrong(format!("EF.SOD: {report:?}")))?,
            self.rng,
        );
        let update = update.map_err(|error| Stop::Wrong(format!("an update: {error}")))?;
        let groups = update.groups();
        let groups = groups.map(|(group, contents)| (group, contents.to_vec()));
        let update = CardUpdate::new(groups, update.sod().to_vec());
        let verifier = trust.verifier();
        let mut proven = session.prove_chip(&verifier)?;
        self.model.moves.insert(0, moves);
        proven.update(&update)?;
        self.model.moves.truncate(1);
        self.counts.sessions += 1;
        self.counts.updates += 1;
        Ok(())
    }
}

/// Whether a password that is given is the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secret {
    Right,
    Wrong,
}

/// Gives the card a password, and says of its counter what can be said if that is interrupted: a try may be
/// spent, and none is given back before the right one was sent.
fn counted<R>(
    card: &mut dyn CardTransport,
    tries: &mut Tries,
    secret: Secret,
    give: impl FnOnce(&mut dyn CardTransport) -> Result<R, Error>,
) -> Result<R, Stop> {
    let was_sent = AtomicBool::new(false);
    let mut watched = Between::new(card, |_, command, card| {
        // GENERAL AUTHENTICATE, not chained: the last step of PACE, in plain or in a channel.
        if let [0x00 | 0x0C, 0x86, ..] = command {
            was_sent.store(true, Ordering::SeqCst);
        }
        card.transmit(command)
    });
    let outcome = give(&mut watched);
    drop(watched);
    match &outcome {
        Ok(_) => tries.restored(),
        Err(Error::Transport(_)) => {
            tries.may_be_spent();
            if secret == Secret::Right && was_sent.into_inner() {
                tries.may_be_restored();
            }
        }
        Err(_) => {}
    }
    Ok(outcome?)
}
