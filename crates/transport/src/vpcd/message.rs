//! The bytes on the socket.

use std::io::{self, Read, Write};
use std::vec::Vec;

/// What the reader says to the card.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    PowerOff,
    PowerOn,
    Reset,
    AnswerToReset,
    /// A control that this version does not know. None of those that exist
    /// wants an answer.
    OtherControl,
    Command(Vec<u8>),
}

impl From<Vec<u8>> for Message {
    fn from(payload: Vec<u8>) -> Self {
        match payload.as_slice() {
            [0] => Self::PowerOff,
            [1] => Self::PowerOn,
            [2] => Self::Reset,
            [4] => Self::AnswerToReset,
            [_] => Self::OtherControl,
            _ => Self::Command(payload),
        }
    }
}

/// What has arrived of the next message. A read that times out in the middle
/// of one loses nothing.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    arrived: Vec<u8>,
}

impl Incoming {
    /// Reads on; `None` where the message is not complete yet because the
    /// source timed out.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the other side has closed.
    pub(super) fn read_from(&mut self, source: &mut impl Read) -> io::Result<Option<Message>> {
        loop {
            let wanted = match self.arrived.as_slice() {
                [high, low, ..] => 2 + usize::from(u16::from_be_bytes([*high, *low])),
                _ => 2,
            };
            if self.arrived.len() >= wanted.max(3) {
                let payload = self.arrived.split_off(2);
                self.arrived.clear();
                return Ok(Some(payload.into()));
            }
            if wanted == 2 && self.arrived.len() == 2 {
                // A message without bytes says nothing.
                self.arrived.clear();
                continue;
            }
            let before = self.arrived.len();
            let missing = wanted.saturating_sub(before);
            let mut piece = std::vec![0; missing];
            match source.read(&mut piece) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.arrived.extend(piece.iter().take(count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if timed_out(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Unix says `WouldBlock`, Windows `TimedOut`.
fn timed_out(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// Sends one message.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] for more bytes than the length field can
/// say.
pub(super) fn write_to(sink: &mut impl Write, payload: &[u8]) -> io::Result<()> {
    let length = u16::try_from(payload.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    // One write, so that a message is one segment.
    sink.write_all(&[&length.to_be_bytes(), payload].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::vec;

    /// Gives pieces, and times out where a piece is empty.
    struct Pieces(VecDeque<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(mut piece) = self.0.pop_front() else {
                return Ok(0);
            };
            if piece.is_empty() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let rest = piece.split_off(piece.len().min(buffer.len()));
            buffer[..piece.len()].copy_from_slice(&piece);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
            Ok(piece.len())
        }
    }

    fn all(pieces: &[&[u8]]) -> Vec<Message> {
        let mut source = Pieces(pieces.iter().map(|piece| piece.to_vec()).collect());
        let mut incoming = Incoming::default();
        let mut messages = Vec::new();
        loop {
            match incoming.read_from(&mut source) {
                Ok(message) => messages.extend(message),
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
                    return messages;
                }
            }
        }
    }

    #[test]
    fn one_byte_is_a_control_and_more_are_a_command() {
        let row = [
            0, 1, 1, 0, 1, 4, 0, 1, 2, 0, 1, 9, 0, 4, 0, 0xA4, 0, 0x0C, 0, 0, 0, 1, 0,
        ];
        assert_eq!(
            all(&[&row]),
            [
                Message::PowerOn,
                Message::AnswerToReset,
                Message::Reset,
                Message::OtherControl,
                Message::Command(vec![0, 0xA4, 0, 0x0C]),
                Message::PowerOff,
            ]
        );
    }

    #[test]
    fn a_message_may_arrive_in_any_pieces_with_any_pauses() {
        let row = [0, 4, 0, 0xA4, 0, 0x0C, 0, 1, 4];
        let whole = all(&[&row]);
        for cut in 1..row.len() {
            assert_eq!(all(&[&row[..cut], &[], &row[cut..]]), whole, "{cut}");
        }
        let bytes: Vec<&[u8]> = row.chunks(1).collect();
        assert_eq!(all(&bytes), whole);
        assert_eq!(all(&[&row[..5]]), [], "what is cut off is no message");
    }

    #[test]
    fn a_length_is_two_bytes() {
        let mut sent = Vec::new();
        write_to(&mut sent, &[0x90, 0x00]).unwrap();
        assert_eq!(sent, [0, 2, 0x90, 0x00]);
        let mut sent = Vec::new();
        write_to(&mut sent, &vec![7; 0xFFFF]).unwrap();
        assert_eq!((sent.len(), &sent[..3]), (0x1_0001, &[0xFF, 0xFF, 7][..]));
        let error = write_to(&mut Vec::new(), &vec![7; 0x1_0000]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
