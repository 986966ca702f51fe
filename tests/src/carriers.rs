//! Transports with somebody in the middle: who counts, changes, withholds, or takes the card away.

use transport::{Capabilities, CardTransport, TransportError};

/// What somebody in the middle does with one exchange.
///
/// It is given the exchange's number, from 0, the command, and the way to the card.
pub type Middle<'m> =
    dyn FnMut(usize, &[u8], &mut dyn CardTransport) -> Result<Vec<u8>, TransportError> + Send + 'm;

/// A transport whose exchanges go through somebody's hands.
pub struct Between<'t, 'm> {
    card: &'t mut dyn CardTransport,
    middle: Box<Middle<'m>>,
    exchanges: usize,
}

impl<'t, 'm> Between<'t, 'm> {
    /// Puts somebody between a reader and a card.
    pub fn new(
        card: &'t mut dyn CardTransport,
        middle: impl FnMut(usize, &[u8], &mut dyn CardTransport) -> Result<Vec<u8>, TransportError>
        + Send
        + 'm,
    ) -> Self {
        Self {
            card,
            middle: Box::new(middle),
            exchanges: 0,
        }
    }

    /// Somebody who only counts.
    pub fn counting(card: &'t mut dyn CardTransport) -> Self {
        Self::new(card, |_, command, card| card.transmit(command))
    }

    /// Somebody who replaces every answer that `change` has another one for.
    pub fn answering(
        card: &'t mut dyn CardTransport,
        mut change: impl FnMut(&[u8], &[u8]) -> Option<Vec<u8>> + Send + 'm,
    ) -> Self {
        Self::new(card, move |_, command, card| {
            let answer = card.transmit(command)?;
            Ok(change(command, &answer).unwrap_or(answer))
        })
    }

    /// Somebody who inverts one bit of one exchange. The bit is counted from the start, and over
    /// again from there where the bytes end.
    pub fn flipping(
        card: &'t mut dyn CardTransport,
        exchange: usize,
        side: Side,
        bit: usize,
    ) -> Self {
        Self::new(card, move |number, command, card| {
            if number != exchange {
                return card.transmit(command);
            }
            match side {
                Side::Command => card.transmit(&flipped(command, bit)),
                Side::Answer => Ok(flipped(&card.transmit(command)?, bit)),
            }
        })
    }

    /// Somebody who takes the card away, before or after it has carried out the command of this
    /// exchange; it stays away.
    pub fn removing(card: &'t mut dyn CardTransport, exchange: usize, side: Side) -> Self {
        Self::new(card, move |number, command, card| {
            match (number.cmp(&exchange), side) {
                (core::cmp::Ordering::Less, _) => return card.transmit(command),
                (core::cmp::Ordering::Equal, Side::Answer) => {
                    let _lost = card.transmit(command)?;
                }
                _ => {}
            }
            Err(TransportError::Removed)
        })
    }

    /// Exchanges so far.
    pub fn exchanges(&self) -> usize {
        self.exchanges
    }
}

/// One of the two directions of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the reader sends.
    Command,
    /// What the card answers.
    Answer,
}

impl Side {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Command, Self::Answer];
}

/// Bytes with one bit inverted; what is empty stays empty.
pub fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let length = bytes.len();
    if let Some(byte) = bytes.get_mut((bit / 8).checked_rem(length).unwrap_or(0)) {
        *byte ^= 0x80 >> (bit % 8);
    }
    bytes
}

impl CardTransport for Between<'_, '_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let number = self.exchanges;
        self.exchanges += 1;
        (self.middle)(number, command, self.card)
    }

    fn atr(&self) -> Option<&[u8]> {
        self.card.atr()
    }

    fn capabilities(&self) -> Capabilities {
        self.card.capabilities()
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.card.reset()
    }
}
