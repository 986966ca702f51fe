//! The reader's side: a transport that fails by a script.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use iso7816::{CommandApdu, StatusWord};

use super::{Fault, ReaderFaults, Schedule, Script, Unplayable};
use crate::{Capabilities, CardTransport, TransportError};

/// A transport that fails where its script says, and passes everything else
/// on.
///
/// What the caller sees is what a real reader shows:
/// [`Removed`](TransportError::Removed), [`Reset`](TransportError::Reset) or
/// [`Unresponsive`](TransportError::Unresponsive), from then on at every command,
/// until [`reset`](CardTransport::reset) brings the card back. The script goes
/// on counting where it was.
///
/// ```
/// # use transport::{CardDevice, Interface};
/// # struct Blank;
/// # impl CardDevice for Blank {
/// #     fn power_on(&mut self, _: Interface) -> Vec<u8> { vec![0x3B, 0x00] }
/// #     fn power_off(&mut self) {}
/// #     fn reset(&mut self) -> Vec<u8> { vec![0x3B, 0x00] }
/// #     fn process(&mut self, _: &[u8]) -> Vec<u8> { vec![0x90, 0x00] }
/// # }
/// use transport::faults::{Fault, Faulty, Script};
/// use transport::{CardTransport, InProcess, TransportError};
///
/// let script = Script::new().at(2, Fault::RemoveBefore);
/// let mut card = Faulty::new(InProcess::new(Blank, Interface::Contact), &script)?;
/// let command = [0x00, 0xA4, 0x00, 0x0C];
/// assert_eq!(card.transmit(&command)?, [0x90, 0x00]);
/// assert_eq!(card.transmit(&command), Err(TransportError::Removed));
/// assert_eq!(card.transmit(&command), Err(TransportError::Removed));
/// card.reset()?;
/// assert_eq!(card.transmit(&command)?, [0x90, 0x00]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct Faulty<T> {
    transport: T,
    faults: Schedule<Fault>,
    extended_length: bool,
    wait: Box<dyn FnMut(Duration) + Send>,
    /// What there is instead of a card, until it is reset.
    lost: Option<TransportError>,
}

impl<T: CardTransport> Faulty<T> {
    /// Wraps a transport. The script begins.
    ///
    /// # Errors
    /// [`Unplayable`] if the script has a fault that a reader cannot make, or a
    /// delay.
    pub fn new(transport: T, script: &Script) -> Result<Self, Unplayable> {
        let faults = script.for_reader()?;
        if faults.commands.has_delays() {
            return Err(Unplayable::NobodyWaits);
        }
        Ok(Self::start(transport, faults, Box::new(|_| ())))
    }

    /// The same for a script that may have delays, with the function that makes
    /// them: `std::thread::sleep`, or one that only adds up.
    ///
    /// # Errors
    /// [`Unplayable`] if the script has a fault that a reader cannot make.
    pub fn waiting(
        transport: T,
        script: &Script,
        wait: impl FnMut(Duration) + Send + 'static,
    ) -> Result<Self, Unplayable> {
        Ok(Self::start(transport, script.for_reader()?, Box::new(wait)))
    }

    fn start(transport: T, faults: ReaderFaults, wait: Box<dyn FnMut(Duration) + Send>) -> Self {
        Self {
            transport,
            faults: faults.commands,
            extended_length: faults.extended_length,
            wait,
            lost: None,
        }
    }

    /// How many commands the script has counted.
    pub fn commands(&self) -> u64 {
        self.faults.count()
    }

    /// The wrapped transport, to look past the faults.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// The wrapped transport. The script ends here.
    pub fn into_inner(self) -> T {
        self.transport
    }

    fn lose(&mut self, how: TransportError) -> Result<Vec<u8>, TransportError> {
        self.lost = Some(how.clone());
        Err(how)
    }

    /// A reader that has no extended length takes neither long commands nor
    /// short ones in the long form, and gives back short answers alone.
    fn check_command(&self, command: &[u8]) -> Result<(), TransportError> {
        let maximum = self.capabilities().max_command;
        let is_extended = || CommandApdu::parse(command).is_ok_and(|apdu| apdu.is_extended());
        if !self.extended_length && (command.len() > maximum || is_extended()) {
            let length = command.len();
            return Err(TransportError::CommandTooLong { length, maximum });
        }
        Ok(())
    }

    fn pass_on(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let answer = self.transport.transmit(command)?;
        let maximum = self.capabilities().max_response;
        if !self.extended_length && answer.len() > maximum {
            let length = answer.len();
            return Err(TransportError::ResponseTooLong { length, maximum });
        }
        Ok(answer)
    }
}

impl<T: CardTransport> CardTransport for Faulty<T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        if let Some(how) = &self.lost {
            return Err(how.clone());
        }
        self.check_command(command)?;
        let (delay, fault) = self.faults.next_command();
        if !delay.is_zero() {
            (self.wait)(delay);
        }
        match fault {
            Some(Fault::RemoveBefore) => self.lose(TransportError::Removed),
            Some(Fault::RemoveAfter) => {
                // Whatever became of it, nobody will know.
                let _lost = self.transport.transmit(command);
                self.lose(TransportError::Removed)
            }
            Some(Fault::ResetBefore) => {
                self.transport.reset()?;
                self.lose(TransportError::Reset)
            }
            Some(Fault::ResetAfter) => {
                let _lost = self.transport.transmit(command);
                self.transport.reset()?;
                self.lose(TransportError::Reset)
            }
            Some(Fault::Mute) => self.lose(TransportError::Unresponsive),
            Some(Fault::Status(status)) => {
                let (data, _) = split(self.pass_on(command)?);
                Ok(with_status(data, status))
            }
            Some(Fault::Unprotected(status)) => {
                self.pass_on(command)?;
                Ok(with_status(Vec::new(), status))
            }
            Some(Fault::Short(bytes)) => {
                let (mut data, status) = split(self.pass_on(command)?);
                data.truncate(bytes);
                data.extend(status);
                Ok(data)
            }
            Some(Fault::Cut(bytes)) => {
                let mut answer = self.pass_on(command)?;
                answer.truncate(bytes);
                Ok(answer)
            }
            // Protected status words were refused with their script, and delays
            // are made.
            Some(Fault::Protected(_) | Fault::Delay { .. }) | None => self.pass_on(command),
        }
    }

    fn atr(&self) -> Option<&[u8]> {
        self.transport.atr()
    }

    fn capabilities(&self) -> Capabilities {
        let real = self.transport.capabilities();
        if self.extended_length {
            return real;
        }
        let short = Capabilities::short(real.interface);
        Capabilities {
            max_command: short.max_command.min(real.max_command),
            max_response: short.max_response.min(real.max_response),
            ..short
        }
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.transport.reset()?;
        self.lost = None;
        Ok(())
    }
}

/// Data and status word; of what is no answer, nothing and all of it.
fn split(mut answer: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    let status = answer.split_off(answer.len().saturating_sub(2));
    (answer, status)
}

fn with_status(mut data: Vec<u8>, status: StatusWord) -> Vec<u8> {
    data.extend(status.0.to_be_bytes());
    data
}

impl<T> fmt::Debug for Faulty<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty")
            .field("faults", &self.faults)
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CardDevice, InProcess, Interface};
    use std::sync::{Arc, Mutex};
    use std::vec;

    /// Answers with the data of the command, and says how many it has carried out
    /// since it was last activated.
    #[derive(Default)]
    struct Counter(u8);

    impl CardDevice for Counter {
        fn power_on(&mut self, _: Interface) -> Vec<u8> {
            self.0 = 0;
            vec![0x3B, 0x00]
        }
        fn power_off(&mut self) {}
        fn reset(&mut self) -> Vec<u8> {
            self.power_on(Interface::Contact)
        }
        fn process(&mut self, command: &[u8]) -> Vec<u8> {
            self.0 += 1;
            let data = CommandApdu::parse(command).unwrap().data().to_vec();
            [&data[..], &[0x91, self.0]].concat()
        }
    }

    const COMMAND: &[u8] = b"\x00\xD6\x00\x00\x04data";

    fn card(script: &str) -> Faulty<InProcess<Counter>> {
        let card = InProcess::new(Counter::default(), Interface::Contact);
        Faulty::new(card, &script.parse().unwrap()).unwrap()
    }

    fn carried_out(card: &Faulty<InProcess<Counter>>) -> u8 {
        card.transport().device().0
    }

    /// What happens at the second command, to the caller and to the card, and that
    /// the loss lasts until the card is reset.
    fn loses(fault: &str, expected: &TransportError, carried: u8) {
        let mut card = card(&std::format!("at 2 {fault}"));
        assert_eq!(card.transmit(COMMAND).unwrap(), b"data\x91\x01");
        for _ in 0..3 {
            assert_eq!(card.transmit(COMMAND).as_ref(), Err(expected), "{fault}");
        }
        assert_eq!(carried_out(&card), carried, "{fault}");
        assert_eq!(card.commands(), 2, "what is sent to no card does not count");
        card.reset().unwrap();
        assert_eq!(card.transmit(COMMAND).unwrap(), b"data\x91\x01");
        assert_eq!(card.commands(), 3);
    }

    #[test]
    fn a_card_is_lost_before_or_after_it_has_carried_out_the_command() {
        loses("remove-before", &TransportError::Removed, 1);
        loses("remove-after", &TransportError::Removed, 2);
        loses("mute", &TransportError::Unresponsive, 1);
        loses("reset-before", &TransportError::Reset, 0);
        loses("reset-after", &TransportError::Reset, 0);
    }

    #[test]
    fn a_reset_after_the_command_comes_after_it() {
        /// Notes what it is asked to do.
        struct Notes(Vec<&'static str>);
        impl CardTransport for Notes {
            fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, TransportError> {
                self.0.push("command");
                Ok(vec![0x90, 0x00])
            }
            fn atr(&self) -> Option<&[u8]> {
                None
            }
            fn capabilities(&self) -> Capabilities {
                Capabilities::short(Interface::Contact)
            }
            fn reset(&mut self) -> Result<(), TransportError> {
                self.0.push("reset");
                Ok(())
            }
        }
        for (fault, notes) in [
            (Fault::ResetBefore, &["reset"][..]),
            (Fault::ResetAfter, &["command", "reset"]),
        ] {
            let script = Script::new().at(1, fault);
            let mut card = Faulty::new(Notes(Vec::new()), &script).unwrap();
            assert_eq!(card.transmit(COMMAND), Err(TransportError::Reset));
            assert_eq!(card.into_inner().0, notes);
        }
    }

    #[test]
    fn an_answer_is_changed_or_shortened_and_the_command_carried_out() {
        for (fault, expected) in [
            ("status 6282", &b"data\x62\x82"[..]),
            ("unprotected 6982", b"\x69\x82"),
            ("short 2", b"da\x91\x01"),
            ("short 9", b"data\x91\x01"),
            ("short 0", b"\x91\x01"),
            ("cut 5", b"data\x91"),
            ("cut 0", b""),
        ] {
            let mut card = card(&std::format!("at 1 {fault}"));
            assert_eq!(card.transmit(COMMAND).unwrap(), expected, "{fault}");
            assert_eq!(card.transmit(COMMAND).unwrap(), b"data\x91\x02", "{fault}");
        }
        let mut card = card("from 2 short 1");
        assert_eq!(card.transmit(COMMAND).unwrap(), b"data\x91\x01");
        assert_eq!(card.transmit(COMMAND).unwrap(), b"d\x91\x02");
        assert_eq!(card.transmit(COMMAND).unwrap(), b"d\x91\x03");
    }

    #[test]
    fn a_reader_without_extended_length_says_so_and_refuses_it() {
        let mut card = card("no-extended-length\nat 3 mute");
        assert_eq!(card.capabilities(), Capabilities::short(Interface::Contact));
        let too_long = |length| {
            Err(TransportError::CommandTooLong {
                length,
                maximum: 261,
            })
        };
        assert_eq!(card.transmit(&[0; 262]), too_long(262));
        // A short command in the long form, for its long answer.
        assert_eq!(card.transmit(&[0, 0xB0, 0, 0, 0, 0, 0]), too_long(7));
        assert_eq!((carried_out(&card), card.commands()), (0, 0));
        let longest = [&[0, 0xD6, 0, 0, 255][..], &[7; 255], &[0]].concat();
        assert_eq!(card.transmit(&longest).unwrap().len(), 257);

        /// Gives longer answers than a short APDU has.
        struct Long;
        impl CardDevice for Long {
            fn power_on(&mut self, _: Interface) -> Vec<u8> {
                vec![0x3B, 0x00]
            }
            fn power_off(&mut self) {}
            fn reset(&mut self) -> Vec<u8> {
                vec![0x3B, 0x00]
            }
            fn process(&mut self, _: &[u8]) -> Vec<u8> {
                vec![0x90; 259]
            }
        }
        let long = InProcess::new(Long, Interface::Contactless);
        let script = Script::new().without_extended_length();
        let mut long = Faulty::new(long, &script).unwrap();
        assert_eq!(
            long.transmit(COMMAND),
            Err(TransportError::ResponseTooLong {
                length: 259,
                maximum: 258
            })
        );
    }

    #[test]
    fn delays_are_made_by_the_function_that_was_handed_over() {
        let waited = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&waited);
        let script = "from 2 delay 250ms\nat 3 remove-after".parse().unwrap();
        let new = || InProcess::new(Counter::default(), Interface::Contact);
        let mut card = Faulty::waiting(new(), &script, move |duration| {
            log.lock().unwrap().push(duration.as_millis());
        })
        .unwrap();
        assert!(card.transmit(COMMAND).is_ok());
        assert!(waited.lock().unwrap().is_empty());
        assert!(card.transmit(COMMAND).is_ok());
        assert_eq!(card.transmit(COMMAND), Err(TransportError::Removed));
        assert_eq!(*waited.lock().unwrap(), [250, 250]);

        let refused = Faulty::new(new(), &script).err();
        assert_eq!(refused, Some(Unplayable::NobodyWaits));
    }
}
