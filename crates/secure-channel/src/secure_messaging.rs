//! Secure messaging with AES: encrypted, authenticated, numbered APDUs (Doc 9303-11 §9.8,
//! TR-03110-3 annex F).
//!
//! A channel is made from [`SessionKeys`] with its counter at 0. The terminal [wraps] commands and
//! [unwraps] responses, the chip does the reverse; the counter advances before each of them, so no
//! number is ever used twice under one key.
//!
//! Any failure to verify closes the channel for good: its keys are wiped and every later call gives
//! [`Error::ChannelClosed`].
//!
//! [wraps]: SecureMessaging::<Terminal>::wrap
//! [unwraps]: SecureMessaging::<Terminal>::unwrap

use alloc::vec::Vec;
use core::{fmt, marker::PhantomData};

use iso7816::tlv::{self, Tag, TlvReader};
use subtle::ConstantTimeEq;

use crate::{
    Error, SessionKeys,
    cipher::{self, Aes, BLOCK, MAC},
    secret::SecretBytes,
};

mod chip;
mod terminal;

const CRYPTOGRAM_OF_BER_TLV: Tag = Tag(0x85);
const PADDED_CRYPTOGRAM: Tag = Tag(0x87);
const CHECKSUM: Tag = Tag(0x8E);
const PROTECTED_LE: Tag = Tag(0x97);
const PROCESSING_STATUS: Tag = Tag(0x99);

/// Padding-content indicator of DO 87: padding as in ISO/IEC 7816-4.
const PADDING_INDICATOR: u8 = 0x01;

/// Bits of CLA that say: secure messaging, header authenticated.
const SECURE_MESSAGING: u8 = 0x0C;

/// Bits of CLA that only a class byte of the further interindustry kind has set. There bits 4 and 3
/// do not mean secure messaging, and our cards use no such class.
const FURTHER_INTERINDUSTRY: u8 = 0x60;

/// The terminal's role.
#[derive(Debug)]
pub enum Terminal {}

/// The chip's role.
#[derive(Debug)]
pub enum Chip {}

/// One end of a secure channel, for the role `R`: [`Terminal`] or [`Chip`].
pub struct SecureMessaging<R> {
    /// `None` once the channel is closed.
    keys: Option<SessionKeys>,
    counter: SendSequenceCounter,
    /// The instruction whose response is due.
    pending: Option<Instruction>,
    role: PhantomData<R>,
}

/// What of a command decides the form of its response: odd instructions carry BER-TLV data.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Instruction(u8);

impl Instruction {
    const fn is_odd(self) -> bool {
        self.0 & 1 == 1
    }
}

impl<R> SecureMessaging<R> {
    /// Starts a channel with its counter at 0.
    #[must_use]
    pub const fn new(keys: SessionKeys) -> Self {
        Self {
            keys: Some(keys),
            counter: SendSequenceCounter(0),
            pending: None,
            role: PhantomData,
        }
    }

    /// Restarts with new keys and the counter at 0. The old channel is consumed and its keys are
    /// wiped.
    ///
    /// The exchange in which the new keys were agreed is still protected with the old ones, its
    /// response included (TR-03110-3 F.5): call this after it.
    ///
    /// # Errors
    /// [`Error::ChannelClosed`] if the old channel had failed, [`Error::OutOfStep`] if a response is
    /// still due on it. The old channel comes back with the error.
    pub fn rekey(self, keys: SessionKeys) -> Result<Self, (Error, Self)> {
        match (&self.keys, self.pending) {
            (None, _) => Err((Error::ChannelClosed, self)),
            (Some(_), Some(_)) => Err((Error::OutOfStep, self)),
            (Some(_), None) => Ok(Self::new(keys)),
        }
    }

    /// Whether the channel can still be used.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.keys.is_some()
    }

    /// The send sequence counter: how many messages, commands and responses together, this channel
    /// has numbered so far.
    #[must_use]
    pub const fn send_sequence_counter(&self) -> SendSequenceCounter {
        self.counter
    }

    /// Wipes the keys.
    pub fn close(&mut self) {
        self.keys = None;
        self.pending = None;
    }

    /// Advances the counter and gives what protects the message with the new number.
    fn next_message(&mut self) -> Result<Message, Error> {
        let keys = self.keys.as_ref().ok_or(Error::ChannelClosed)?;
        let counter = self.counter.advance()?;
        Ok(Message {
            encryption: keys.encryption()?,
            authentication: keys.authentication()?,
            counter,
        })
    }

    /// Passes a result on; an error closes the channel.
    fn or_close<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if result.is_err() {
            self.close();
        }
        result
    }
}

impl<R> fmt::Debug for SecureMessaging<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureMessaging")
            .field("open", &self.is_open())
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}

/// The 128-bit send sequence counter (TR-03110-3 F.5). It only advances and never wraps around.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SendSequenceCounter(u128);

impl SendSequenceCounter {
    /// The current value.
    #[must_use]
    pub const fn value(self) -> u128 {
        self.0
    }

    fn advance(&mut self) -> Result<[u8; BLOCK], Error> {
        self.0 = self.0.checked_add(1).ok_or(Error::CounterExhausted)?;
        Ok(self.0.to_be_bytes())
    }
}

/// Cipher, checksum and number of a single message.
struct Message {
    encryption: Aes,
    authentication: Aes,
    counter: [u8; BLOCK],
}

impl Message {
    /// Appends the cryptogram of `data` to `objects`: DO 87, or DO 85 where the data is BER-TLV.
    fn push_cryptogram(
        &self,
        objects: &mut Vec<u8>,
        instruction: Instruction,
        data: &[u8],
    ) -> Result<(), Error> {
        // Encrypted in place, so the plain text never lies in a buffer that grows or is left behind.
        let mut value = Vec::with_capacity(data.len() + 1 + BLOCK);
        value.extend_from_slice(data);
        cipher::pad(&mut value);
        self.encryption.encrypt(self.iv(), &mut value)?;
        if instruction.is_odd() {
            tlv::push(objects, CRYPTOGRAM_OF_BER_TLV, &value);
        } else {
            value.insert(0, PADDING_INDICATOR);
            tlv::push(objects, PADDED_CRYPTOGRAM, &value);
        }
        Ok(())
    }

    /// Decrypts the value of DO 85 or DO 87.
    fn open_cryptogram(&self, tag: Tag, value: &[u8]) -> Result<SecretBytes, Error> {
        let cryptogram = match value.split_first() {
            Some((&PADDING_INDICATOR, cryptogram)) if tag == PADDED_CRYPTOGRAM => cryptogram,
            Some(_) if tag == CRYPTOGRAM_OF_BER_TLV => value,
            _ => return Err(Error::ObjectsIncorrect),
        };
        let mut data = SecretBytes::from(cryptogram);
        self.encryption
            .decrypt(self.iv(), &mut data)
            .map_err(|_| Error::ObjectsIncorrect)?;
        cipher::unpad(data).ok_or(Error::ObjectsIncorrect)
    }

    /// Appends DO 8E over the objects so far. `header` is the padded command header; a response has
    /// none.
    fn push_checksum(&self, header: &[u8], objects: &mut Vec<u8>) {
        let checksum = self.checksum(header, objects);
        tlv::push(objects, CHECKSUM, &checksum);
    }

    /// Checks that `objects` end in DO 8E with the right checksum, and returns those before it.
    fn verify_checksum<'a>(&self, header: &[u8], objects: &'a [u8]) -> Result<&'a [u8], Error> {
        let (protected, [0x8E, 0x08, checksum @ ..]) = objects
            .split_last_chunk::<{ 2 + MAC }>()
            .ok_or_else(|| without_checksum(objects))?
        else {
            return Err(without_checksum(objects));
        };
        if bool::from(self.checksum(header, protected).ct_eq(checksum)) {
            Ok(protected)
        } else {
            Err(Error::ObjectsIncorrect)
        }
    }

    fn checksum(&self, header: &[u8], objects: &[u8]) -> [u8; MAC] {
        // Header and objects are padded separately; where there are no objects, the padded header
        // is all there is.
        let mut padding = Vec::new();
        if !objects.is_empty() {
            padding.resize(objects.len() % BLOCK, 0);
            cipher::pad(&mut padding);
            padding.drain(..objects.len() % BLOCK);
        }
        self.authentication
            .mac(&[&self.counter, header, objects, &padding])
    }

    fn iv(&self) -> [u8; BLOCK] {
        self.encryption.encrypt_block(self.counter)
    }
}

/// Why objects that do not end in a well-formed DO 8E are refused.
fn without_checksum(objects: &[u8]) -> Error {
    match tlv::find(objects, CHECKSUM) {
        Ok(None) => Error::ObjectsMissing,
        _ => Error::ObjectsIncorrect,
    }
}

/// The objects before the checksum.
struct Objects<'a> {
    /// DO 85 or DO 87, with its tag.
    cryptogram: Option<(Tag, &'a [u8])>,
    /// DO 97 of a command, DO 99 of a response.
    last: Option<&'a [u8]>,
}

/// Reads the authenticated objects: an optional cryptogram, then objects with the tag `last`, at
/// most one, then nothing.
fn read_objects(objects: &[u8], instruction: Instruction, last: Tag) -> Result<Objects<'_>, Error> {
    let mut reader = TlvReader::new(objects).peekable();
    // With an even instruction the data is not BER-TLV, which DO 85 would claim.
    let cryptogram = reader
        .next_if(|object| {
            object.as_ref().is_ok_and(|object| {
                object.tag == PADDED_CRYPTOGRAM
                    || object.tag == CRYPTOGRAM_OF_BER_TLV && instruction.is_odd()
            })
        })
        .and_then(Result::ok)
        .map(|object| (object.tag, object.value));
    let last = reader
        .next_if(|object| object.as_ref().is_ok_and(|object| object.tag == last))
        .and_then(Result::ok)
        .map(|object| object.value);
    match reader.next() {
        None => Ok(Objects { cryptogram, last }),
        Some(_) => Err(Error::ObjectsIncorrect),
    }
}

/// The command header as it enters the checksum, padded to a block.
fn padded_header(header: [u8; 4]) -> [u8; BLOCK] {
    let mut padded = [0; BLOCK];
    for (byte, value) in padded.iter_mut().zip(header.into_iter().chain([0x80])) {
        *byte = value;
    }
    padded
}

#[cfg(test)]
mod tests {
    use iso7816::{CommandApdu, ResponseApdu, StatusWord};

    use super::*;
    use crate::SymmetricCipher;

    #[test]
    fn the_counter_ends_and_never_wraps_around() {
        let keys = SessionKeys::from_bytes(SymmetricCipher::Aes128, &[1; 16], &[2; 16]).unwrap();
        let mut channel = SecureMessaging::<Terminal>::new(keys);
        channel.counter = SendSequenceCounter(u128::MAX - 1);
        channel.wrap(&CommandApdu::new(0, 0xB0, 0, 0)).unwrap();
        assert_eq!(channel.send_sequence_counter().value(), u128::MAX);
        let answer = ResponseApdu::new([0; 14], StatusWord::OK);
        assert_eq!(channel.unwrap(&answer), Err(Error::CounterExhausted));
        assert!(!channel.is_open());
    }
}
