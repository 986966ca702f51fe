//! The chip: contents, volatile state and environment, put together.

use alloc::vec::Vec;
use core::fmt;

use transport::{CardDevice, Interface};

use crate::{
    activation, environment::Environment, error::Error, faults::Faults, memory::NonVolatileMemory,
    persistent::Persistent, security_status::SecurityStatus, store::StoreError, volatile::Volatile,
};

/// A simulated chip over its non-volatile memory.
///
/// It is a [`CardDevice`]: a reader switches it on, and then all that it sees is
/// [`process`](CardDevice::process). Secrets held in working memory are wiped when the power goes
/// and when the value is dropped.
pub struct Chip<M> {
    pub(crate) persistent: Persistent<M>,
    pub(crate) volatile: Volatile,
    pub(crate) environment: Environment,
    pub(crate) faults: Faults,
    power: Power,
    uid: [u8; 4],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    Off,
    On(Interface),
    /// With power, but without an answer.
    Mute(Interface),
}

impl<M: NonVolatileMemory> Chip<M> {
    /// The longest command APDU in bytes that the chip takes, for DO 7F66 of EF.ATR/INFO. A chain
    /// or an envelope has the same limit.
    pub const MAX_COMMAND: usize = 0x7FFF;
    /// The longest response APDU in bytes that the chip gives, for DO 7F66 of EF.ATR/INFO.
    pub const MAX_RESPONSE: usize = 0x7FFF;

    /// Opens a card that [`CardImage::personalise`](crate::CardImage::personalise) made. It is
    /// switched off.
    ///
    /// # Errors
    /// [`StoreError`] if the memory holds no card, one of a newer format, or a damaged one. It is
    /// then left as it was.
    pub fn open(memory: M, environment: Environment) -> Result<Self, StoreError> {
        let persistent = Persistent::open(memory)?;
        let volatile = Volatile::default();
        Ok(Self {
            persistent,
            volatile,
            environment,
            faults: Faults::default(),
            power: Power::Off,
            uid: [0; 4],
        })
    }

    /// The UID for anticollision at the contactless interface: random, and another one after each
    /// activation.
    #[must_use]
    pub fn uid(&self) -> [u8; 4] {
        self.uid
    }

    /// The card's memory.
    #[must_use]
    pub fn memory(&self) -> &M {
        self.persistent.memory()
    }

    /// The card's memory, for tests that cut its power. Changing its contents behind the chip's
    /// back damages the card.
    pub fn memory_mut(&mut self) -> &mut M {
        self.persistent.memory_mut()
    }

    /// Switches off and gives the memory back.
    #[must_use]
    pub fn into_memory(self) -> M {
        self.persistent.into_memory()
    }

    /// What access rules are held against, for the command that is being processed.
    pub(crate) fn security_status(&self) -> Result<SecurityStatus, Error> {
        Ok(SecurityStatus {
            session: self.volatile.session.as_ref().map(|session| session.status),
            card: self.persistent.status()?,
        })
    }

    /// The interface that the reader uses.
    pub(crate) fn interface(&self) -> Option<Interface> {
        match self.power {
            Power::On(interface) | Power::Mute(interface) => Some(interface),
            Power::Off => None,
        }
    }

    pub(crate) fn is_powered(&self) -> bool {
        self.power != Power::Off
    }

    /// As if the power had gone: without a supply the chip is mute until the reader switches it on
    /// again.
    pub(crate) fn lose_power(&mut self) {
        self.volatile = Volatile::default();
        self.power = Power::Off;
    }

    /// Says nothing more until it is switched on or reset.
    pub(crate) fn fall_silent(&mut self, interface: Interface) {
        self.lose_power();
        self.power = Power::Mute(interface);
    }

    pub(crate) fn activate(&mut self, interface: Interface) -> Vec<u8> {
        self.persistent.supply_mut().restore();
        self.volatile = Volatile::default();
        self.uid = activation::random_uid(&mut *self.environment.rng);
        // A memory that cannot be read makes every command that needs it fail with 6581, which
        // tells more than silence.
        let _ = self.persistent.recover();
        if self.persistent.supply().is_gone() {
            self.lose_power();
            return Vec::new();
        }
        self.power = Power::On(interface);
        activation::answer_to_reset(interface, self.persistent.options())
    }
}

impl<M: NonVolatileMemory> CardDevice for Chip<M> {
    fn power_on(&mut self, interface: Interface) -> Vec<u8> {
        self.activate(interface)
    }

    fn power_off(&mut self) {
        self.lose_power();
    }

    fn reset(&mut self) -> Vec<u8> {
        match self.power {
            Power::On(interface) | Power::Mute(interface) => self.activate(interface),
            Power::Off => self.activate(Interface::Contact),
        }
    }

    /// Answers a command APDU with a response APDU; with nothing while it is switched off.
    fn process(&mut self, command: &[u8]) -> Vec<u8> {
        match self.power {
            Power::On(interface) => self.exchange_by_script(command, interface),
            Power::Mute(_) | Power::Off => Vec::new(),
        }
    }
}

impl<M> fmt::Debug for Chip<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chip")
            .field("power", &self.power)
            .finish_non_exhaustive()
    }
}
