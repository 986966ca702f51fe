//! The chip's end of a secure channel.

use alloc::vec::Vec;

use iso7816::{CommandApdu, ResponseApdu, tlv};

use super::{
    Chip, FURTHER_INTERINDUSTRY, Instruction, Message, PROCESSING_STATUS, PROTECTED_LE,
    SECURE_MESSAGING, SecureMessaging, padded_header, read_objects,
};
use crate::Error;

impl SecureMessaging<Chip> {
    /// Verifies and decrypts a command. The result's class byte no longer says secure messaging; its
    /// chaining bit stays, each command of a chain being protected by itself.
    ///
    /// # Errors
    /// [`Error::ObjectsMissing`] (6987) without a checksum, [`Error::ObjectsIncorrect`] (6988) for
    /// anything else wrong, a class byte other than 0C, 1C, 8C or 9C (with any channel) included: the
    /// channel is then closed, and the chip answers with [`Error::status_word`], plain.
    /// [`Error::OutOfStep`] if the previous command has not been answered yet,
    /// [`Error::ChannelClosed`].
    pub fn unwrap(&mut self, command: &CommandApdu) -> Result<CommandApdu, Error> {
        if !self.is_open() {
            return Err(Error::ChannelClosed);
        }
        if self.pending.is_some() {
            return Err(Error::OutOfStep);
        }
        let message = self.next_message();
        let message = self.or_close(message)?;
        let opened = open(&message, command);
        let plain = self.or_close(opened)?;
        self.pending = Some(Instruction(command.ins()));
        Ok(plain)
    }

    /// Protects the response to the last command, whatever its status word.
    ///
    /// # Errors
    /// [`Error::OutOfStep`] if no response is due, [`Error::TooLong`], [`Error::ChannelClosed`]. The
    /// channel is closed if it was not.
    pub fn wrap(&mut self, response: &ResponseApdu) -> Result<ResponseApdu, Error> {
        if !self.is_open() {
            return Err(Error::ChannelClosed);
        }
        let wrapped = match self.pending.take() {
            Some(instruction) => self
                .next_message()
                .and_then(|message| protect(&message, instruction, response)),
            None => Err(Error::OutOfStep),
        };
        self.or_close(wrapped)
    }
}

fn open(message: &Message, command: &CommandApdu) -> Result<CommandApdu, Error> {
    let [cla, ins, p1, p2] = command.header();
    if cla & SECURE_MESSAGING != SECURE_MESSAGING || cla & FURTHER_INTERINDUSTRY != 0 {
        return Err(Error::ObjectsIncorrect);
    }
    let header = padded_header(command.header());
    let objects = message.verify_checksum(&header, command.data())?;
    let objects = read_objects(objects, Instruction(ins), PROTECTED_LE)?;
    let mut plain = CommandApdu::new(cla & !SECURE_MESSAGING, ins, p1, p2);
    if let Some((tag, value)) = objects.cryptogram {
        let data = message.open_cryptogram(tag, value)?;
        plain = plain
            .try_with_data(data.to_vec())
            .map_err(|_| Error::ObjectsIncorrect)?;
    }
    match objects.last {
        None => Ok(plain),
        Some([0]) => Ok(plain.with_ne(256)),
        Some([0, 0]) => Ok(plain.with_ne(65_536)),
        Some(&[low]) => Ok(plain.with_ne(u32::from(low))),
        Some(&[high, low]) => Ok(plain.with_ne(u32::from(u16::from_be_bytes([high, low])))),
        Some(_) => Err(Error::ObjectsIncorrect),
    }
}

fn protect(
    message: &Message,
    instruction: Instruction,
    response: &ResponseApdu,
) -> Result<ResponseApdu, Error> {
    // Objects add at most 5 + 1 + 16 (DO 87), 4 (DO 99) and 10 bytes (DO 8E) to a response, which
    // carries at most 65536 bytes.
    if response.data.len() > 65_536 - 36 {
        return Err(Error::TooLong);
    }
    let mut objects = Vec::new();
    if !response.data.is_empty() {
        message.push_cryptogram(&mut objects, instruction, &response.data)?;
    }
    tlv::push(
        &mut objects,
        PROCESSING_STATUS,
        &response.status.0.to_be_bytes(),
    );
    message.push_checksum(&[], &mut objects);
    Ok(ResponseApdu::new(objects, response.status))
}
