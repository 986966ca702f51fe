//! Both ends in one process.

use alloc::vec::Vec;

use crate::{Capabilities, CardDevice, CardTransport, Interface, TransportError};

/// A card in the caller's own process: every exchange is a function call.
///
/// `D` may be a card, a `&mut` reference to one that is used again later, or a
/// box. It is powered on by [`new`](Self::new) and off by
/// [`remove`](Self::remove).
///
/// A card that answers with nothing at all has lost its power. As at the virtual
/// reader that is [`TransportError::Removed`], and
/// [`reset`](CardTransport::reset) switches it on again.
#[derive(Debug)]
pub struct InProcess<D> {
    device: D,
    atr: Vec<u8>,
    capabilities: Capabilities,
    /// The card did not answer the last command.
    is_silent: bool,
}

impl<D: CardDevice> InProcess<D> {
    /// Puts the card to this interface and powers it on. APDUs of any length
    /// get through.
    pub fn new(device: D, interface: Interface) -> Self {
        Self::with_capabilities(device, Capabilities::extended(interface))
    }

    /// The same with the limits of a particular reader, which are kept: longer
    /// APDUs are refused.
    pub fn with_capabilities(mut device: D, capabilities: Capabilities) -> Self {
        let atr = device.power_on(capabilities.interface);
        Self {
            device,
            atr,
            capabilities,
            is_silent: false,
        }
    }

    /// The card, to look at it past the interface, as tests do.
    pub fn device(&self) -> &D {
        &self.device
    }

    /// The card, to change it past the interface, as tests do.
    pub fn device_mut(&mut self) -> &mut D {
        &mut self.device
    }

    /// Powers the card off and takes it out.
    pub fn remove(mut self) -> D {
        self.device.power_off();
        self.device
    }
}

impl<D: CardDevice> CardTransport for InProcess<D> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let Capabilities {
            max_command,
            max_response,
            ..
        } = self.capabilities;
        if command.len() > max_command {
            return Err(TransportError::CommandTooLong {
                length: command.len(),
                maximum: max_command,
            });
        }
        let response = self.device.process(command);
        self.is_silent = response.is_empty();
        if self.is_silent {
            return Err(TransportError::Removed);
        }
        if response.len() > max_response {
            return Err(TransportError::ResponseTooLong {
                length: response.len(),
                maximum: max_response,
            });
        }
        Ok(response)
    }

    fn atr(&self) -> Option<&[u8]> {
        Some(&self.atr)
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.atr = match self.is_silent {
            true => self.device.power_on(self.capabilities.interface),
            false => self.device.reset(),
        };
        self.is_silent = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::boxed::Box;
    use std::vec;

    /// Answers with as many bytes as P2 says, with nothing if P1 says so, and
    /// remembers what happened.
    #[derive(Default)]
    struct Recorder {
        events: Vec<&'static str>,
    }

    impl CardDevice for Recorder {
        fn power_on(&mut self, interface: Interface) -> Vec<u8> {
            self.events.push("on");
            match interface {
                Interface::Contact => vec![0x3B, 0x00],
                Interface::Contactless => vec![0x3B, 0x80, 0x80, 0x01, 0x01],
            }
        }

        fn power_off(&mut self) {
            self.events.push("off");
        }

        fn reset(&mut self) -> Vec<u8> {
            self.events.push("reset");
            vec![0x3B, 0x01, 0x41]
        }

        fn process(&mut self, command: &[u8]) -> Vec<u8> {
            self.events.push("command");
            if command[2] == 0xFF {
                return Vec::new();
            }
            let mut response = vec![0xAB; usize::from(command[3])];
            response.extend([0x90, 0x00]);
            response
        }
    }

    #[test]
    fn a_card_is_powered_on_reset_and_off_and_can_be_used_again() {
        let mut card = Recorder::default();
        let mut transport = InProcess::new(&mut card, Interface::Contactless);
        assert_eq!(transport.atr().unwrap().len(), 5);
        assert_eq!(
            transport.transmit(&[0, 0, 0, 1]).unwrap(),
            [0xAB, 0x90, 0x00]
        );
        transport.reset().unwrap();
        assert_eq!(transport.atr(), Some(&[0x3B, 0x01, 0x41][..]));
        transport.remove();
        InProcess::new(&mut card, Interface::Contact).remove();
        assert_eq!(card.events, ["on", "command", "reset", "off", "on", "off"]);
    }

    #[test]
    fn a_card_that_says_nothing_is_gone_until_it_is_switched_on_again() {
        let mut transport = InProcess::new(Recorder::default(), Interface::Contactless);
        assert_eq!(
            transport.transmit(&[0, 0, 0xFF, 0]),
            Err(TransportError::Removed)
        );
        transport.reset().unwrap();
        assert_eq!(transport.atr().unwrap().len(), 5, "contactless as before");
        assert!(transport.transmit(&[0, 0, 0, 0]).is_ok());
        transport.reset().unwrap();
        let events = &transport.device().events;
        assert_eq!(*events, ["on", "command", "on", "command", "reset"]);
    }

    #[test]
    fn apdus_beyond_the_readers_limits_are_refused() {
        let limits = Capabilities {
            max_response: 4,
            ..Capabilities::short(Interface::Contact)
        };
        let mut transport = InProcess::with_capabilities(Recorder::default(), limits);
        assert_eq!(
            transport.transmit(&[0; 262]),
            Err(TransportError::CommandTooLong {
                length: 262,
                maximum: 261
            })
        );
        assert_eq!(
            transport.device().events,
            ["on"],
            "the command was not sent"
        );
        assert!(transport.transmit(&[0; 261]).is_ok());
        assert!(transport.transmit(&[0, 0, 0, 2]).is_ok());
        assert_eq!(
            transport.transmit(&[0, 0, 0, 3]),
            Err(TransportError::ResponseTooLong {
                length: 5,
                maximum: 4
            })
        );
    }

    #[test]
    fn a_transport_can_be_a_trait_object_a_reference_or_a_box() {
        fn length(mut transport: impl CardTransport) -> usize {
            transport.reset().unwrap();
            transport.transmit(&[0, 0, 0, 0]).unwrap().len() + transport.atr().unwrap().len()
        }
        let device: Box<dyn CardDevice> = Box::new(Recorder::default());
        let mut transport: Box<dyn CardTransport> =
            Box::new(InProcess::new(device, Interface::Contact));
        let borrowed: &mut dyn CardTransport = &mut transport;
        assert_eq!(length(borrowed), 5);
        assert_eq!(length(transport), 5);
    }
}
