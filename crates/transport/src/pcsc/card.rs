//! One card in one reader.

use std::ffi::CString;
use std::string::{String, ToString};
use std::time::Duration;
use std::vec::Vec;

use iso7816::CommandApdu;
use pcsc::Protocols;

use super::line::{Line, Reached, Route};
use crate::{Cancel, Capabilities, CardTransport, TransportError};

/// A transmission protocol of ISO/IEC 7816-3. Contactless cards are T=1 to
/// PC/SC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Byte by byte: an answer's data are fetched with GET RESPONSE, and there
    /// is no extended length.
    T0,
    /// In blocks: whole APDUs.
    T1,
}

/// How a card is to be opened.
#[derive(Debug, Clone)]
#[must_use]
pub struct PcscOptions {
    protocol: Option<Protocol>,
    hold: bool,
    extended_length: bool,
    patience: Duration,
    exchange_timeout: Duration,
    cancel: Cancel,
}

impl Default for PcscOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl PcscOptions {
    /// Either protocol, held in a transaction, extended length where the
    /// reader can; five seconds of waiting for another program, two minutes
    /// for an answer.
    pub fn new() -> Self {
        Self {
            protocol: None,
            hold: true,
            extended_length: true,
            patience: Duration::from_secs(5),
            exchange_timeout: Duration::from_secs(120),
            cancel: Cancel::new(),
        }
    }

    /// This protocol alone.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Does not hold the card: other programs may speak to it between two of
    /// our commands, and reset it.
    pub fn shared(mut self) -> Self {
        self.hold = false;
        self
    }

    /// Short APDUs alone, for a reader that claims more than it can.
    pub fn short_apdus(mut self) -> Self {
        self.extended_length = false;
        self
    }

    /// How long to wait for another program to let go of the card.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long one exchange may take. A card may take ten seconds on purpose
    /// after wrong access codes, and a minute to make an RSA key.
    pub fn exchange_timeout(mut self, timeout: Duration) -> Self {
        self.exchange_timeout = timeout;
        self
    }

    /// Stops waiting for another program once this switch is turned.
    pub fn cancelled_by(mut self, cancel: Cancel) -> Self {
        self.cancel = cancel;
        self
    }

    fn protocols(&self) -> Protocols {
        match self.protocol {
            Some(Protocol::T0) => Protocols::T0,
            Some(Protocol::T1) => Protocols::T1,
            None => Protocols::ANY,
        }
    }
}

/// A card in a reader.
///
/// After an error, [`reset`](CardTransport::reset) brings it back as soon as
/// card, reader and service are there again; the module's table says what to
/// do first.
#[derive(Debug)]
pub struct PcscCard {
    name: String,
    route: Route,
    options: PcscOptions,
    reached: Reached,
    /// Gone after a time-out: its thread still waits for the driver.
    line: Option<Line>,
}

impl PcscCard {
    /// Opens the card in the reader of exactly this name.
    ///
    /// # Errors
    ///
    /// [`TransportError::Removed`] without a card,
    /// [`TransportError::ReaderUnavailable`] without the reader,
    /// [`TransportError::ServiceUnavailable`],
    /// [`TransportError::NotPermitted`],
    /// [`TransportError::InUse`] if another program holds the card for longer
    /// than [`PcscOptions::patience`], [`TransportError::Cancelled`],
    /// [`TransportError::Unresponsive`] for a card that does not answer.
    pub fn open(reader: &str, options: PcscOptions) -> Result<Self, TransportError> {
        let route = Route {
            // No reader has a name with a zero byte in it.
            reader: CString::new(reader).map_err(|_| TransportError::ReaderUnavailable)?,
            protocols: options.protocols(),
            hold: options.hold,
        };
        options.cancel.check()?;
        let (line, reached) = Line::open(route.clone(), options.patience, &options.cancel)?;
        let mut card = Self {
            name: reader.to_string(),
            route,
            options,
            reached,
            line: Some(line),
        };
        card.keep_to_the_options();
        Ok(card)
    }

    /// The reader's name.
    #[must_use]
    pub fn reader(&self) -> &str {
        &self.name
    }

    /// The protocol that reader and card agreed on.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.reached.protocol
    }

    fn keep_to_the_options(&mut self) {
        if !self.options.extended_length {
            self.no_extended_length();
        }
    }

    fn no_extended_length(&mut self) {
        let interface = self.reached.capabilities.interface;
        self.reached.capabilities = Capabilities::short(interface);
    }
}

impl CardTransport for PcscCard {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let maximum = self.reached.capabilities.max_command;
        let too_long = TransportError::CommandTooLong {
            length: command.len(),
            maximum,
        };
        let apdu = CommandApdu::parse(command).ok();
        let is_extended = apdu.as_ref().is_some_and(CommandApdu::is_extended);
        if command.len() > maximum || (is_extended && !self.reached.capabilities.extended_length) {
            return Err(too_long);
        }
        let sent = match self.reached.protocol {
            Protocol::T0 => without_le_behind_data(command, apdu.as_ref()),
            Protocol::T1 => command,
        };
        let line = self.line.as_ref().ok_or(TransportError::Unresponsive)?;
        let answer = line.transmit(sent, self.options.exchange_timeout);
        match answer {
            Err(TransportError::Unresponsive) => self.line = None,
            // Card, reader and service are all there, and the exchange failed:
            // a reader that cannot carry what it did not deny.
            Err(TransportError::Other(_)) if is_extended => {
                self.no_extended_length();
                return Err(too_long);
            }
            _ => {}
        }
        answer
    }

    fn atr(&self) -> Option<&[u8]> {
        Some(&self.reached.atr)
    }

    fn capabilities(&self) -> Capabilities {
        self.reached.capabilities
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        let PcscOptions {
            patience, cancel, ..
        } = &self.options;
        let was_extended = self.reached.capabilities.extended_length;
        let (line, reached) = match self.line.take() {
            // An error leaves no line behind, for an answer that comes late
            // would be taken for that of a later command.
            Some(line) => match line.reset(*patience, cancel) {
                Ok(reached) => (line, reached),
                Err(error) => {
                    line.close();
                    return Err(error);
                }
            },
            None => Line::open(self.route.clone(), *patience, cancel)?,
        };
        self.line = Some(line);
        self.reached = reached;
        // What failed once is not tried again.
        if !was_extended {
            self.no_extended_length();
        }
        Ok(())
    }
}

impl Drop for PcscCard {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            line.close();
        }
    }
}

/// T=0 has no room for Lc and Le in one command: what the card has to say is
/// announced with 61xx and fetched (ISO/IEC 7816-3:2006, 12.2.4).
fn without_le_behind_data<'c>(command: &'c [u8], apdu: Option<&CommandApdu>) -> &'c [u8] {
    match apdu {
        Some(apdu) if !apdu.data().is_empty() && apdu.ne().is_some() => {
            command.split_last().map_or(command, |(_, rest)| rest)
        }
        _ => command,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn le_is_left_out_behind_data_alone() {
        let sent = |command: &[u8]| {
            without_le_behind_data(command, CommandApdu::parse(command).ok().as_ref()).to_vec()
        };
        let select = [0x00, 0xA4, 0x04, 0x00, 0x02, 0xAB, 0xCD, 0x00];
        assert_eq!(sent(&select), select[..7]);
        assert_eq!(sent(&select[..7]), select[..7]);
        let read = [0x00, 0xB0, 0x9C, 0x00, 0x00];
        assert_eq!(sent(&read), read);
        assert_eq!(sent(&read[..4]), read[..4]);
        assert_eq!(sent(&read[..2]), read[..2], "no APDU at all");
    }
}
