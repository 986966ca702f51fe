//! The two ends.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::TransportError;

/// How a card is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interface {
    /// ISO/IEC 7816-3, T=0 or T=1.
    Contact,
    /// ISO/IEC 14443-4.
    Contactless,
}

/// What a carrier can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Capabilities {
    /// The longest command APDU in bytes, header and length fields included.
    pub max_command: usize,
    /// The longest response APDU in bytes, status word included.
    pub max_response: usize,
    /// Whether APDUs with extended length fields get through. (Whether the
    /// card understands them is for the card to say.)
    pub extended_length: bool,
    /// How the card is reached.
    pub interface: Interface,
}

impl Capabilities {
    /// Everything that ISO/IEC 7816-4 can express: 65 535 data bytes to the
    /// card, 65 536 back.
    #[must_use]
    pub const fn extended(interface: Interface) -> Self {
        Self {
            max_command: 4 + 3 + 0xFFFF + 2,
            max_response: 0x1_0000 + 2,
            extended_length: true,
            interface,
        }
    }

    /// Short length fields alone: 255 data bytes to the card, 256 back.
    #[must_use]
    pub const fn short(interface: Interface) -> Self {
        Self {
            max_command: 4 + 1 + 0xFF + 1,
            max_response: 0x100 + 2,
            extended_length: false,
            interface,
        }
    }
}

/// A way to a card, as a terminal sees it: a command APDU goes in, a response
/// APDU comes out.
///
/// # Threads
///
/// A transport is [`Send`]: it may be made on one thread and used on another.
/// It need not be `Sync`: an exchange takes `&mut self`, because a card does
/// one thing at a time, and two threads that share a card have to agree on
/// whose turn it is. To stop a long operation from another thread, give it a
/// [`Cancel`](crate::Cancel).
///
/// # Time
///
/// [`transmit`](Self::transmit) blocks until the card has answered. A card may
/// take seconds on purpose: it delays answers after wrong access codes and asks
/// for waiting-time extensions meanwhile, and those have to be granted. So the
/// limit is the carrier's, which alone sees the extensions: where it has one it
/// returns [`TransportError::Unresponsive`], and it always returns in the end.
/// [`InProcess`](crate::InProcess) has no limit, for the card runs on the
/// caller's own thread.
pub trait CardTransport: Send {
    /// Sends one command APDU and returns the whole response APDU, which ends
    /// with its status word. `61xx` and `6Cxx` are returned like any other.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if there is no answer. Then whether the card has
    /// carried out the command is unknown, and it must not be repeated blindly.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError>;

    /// The answer to reset, if the carrier knows it.
    fn atr(&self) -> Option<&[u8]>;

    /// What the carrier can do.
    fn capabilities(&self) -> Capabilities;

    /// Resets the card. All that was opened or selected is lost.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if the card does not come back.
    fn reset(&mut self) -> Result<(), TransportError>;
}

/// A card, as a reader sees it.
pub trait CardDevice: Send {
    /// Gives the card power at this interface and returns its answer to reset.
    /// All volatile state begins anew, even if the card had power before.
    fn power_on(&mut self, interface: Interface) -> Vec<u8>;

    /// Takes the power away.
    fn power_off(&mut self);

    /// Resets the card, which keeps its power and interface, and returns its
    /// answer to reset. All volatile state begins anew.
    fn reset(&mut self) -> Vec<u8>;

    /// Carries out one command APDU and returns the response APDU. Any bytes
    /// may come in; what comes out is at least a status word.
    fn process(&mut self, command: &[u8]) -> Vec<u8>;
}

impl<T: CardTransport + ?Sized> CardTransport for &mut T {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        (**self).transmit(command)
    }

    fn atr(&self) -> Option<&[u8]> {
        (**self).atr()
    }

    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        (**self).reset()
    }
}

impl<T: CardTransport + ?Sized> CardTransport for Box<T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        (**self).transmit(command)
    }

    fn atr(&self) -> Option<&[u8]> {
        (**self).atr()
    }

    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        (**self).reset()
    }
}

impl<D: CardDevice + ?Sized> CardDevice for &mut D {
    fn power_on(&mut self, interface: Interface) -> Vec<u8> {
        (**self).power_on(interface)
    }

    fn power_off(&mut self) {
        (**self).power_off();
    }

    fn reset(&mut self) -> Vec<u8> {
        (**self).reset()
    }

    fn process(&mut self, command: &[u8]) -> Vec<u8> {
        (**self).process(command)
    }
}

impl<D: CardDevice + ?Sized> CardDevice for Box<D> {
    fn power_on(&mut self, interface: Interface) -> Vec<u8> {
        (**self).power_on(interface)
    }

    fn power_off(&mut self) {
        (**self).power_off();
    }

    fn reset(&mut self) -> Vec<u8> {
        (**self).reset()
    }

    fn process(&mut self, command: &[u8]) -> Vec<u8> {
        (**self).process(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_extended_apdus_are_as_long_as_iso_7816_3_lets_them_be() {
        let short = Capabilities::short(Interface::Contact);
        assert_eq!((short.max_command, short.max_response), (261, 258));
        assert!(!short.extended_length);
        let extended = Capabilities::extended(Interface::Contactless);
        assert_eq!(
            (extended.max_command, extended.max_response),
            (65544, 65538)
        );
        assert!(extended.extended_length);
        assert_eq!(extended.interface, Interface::Contactless);
    }
}
