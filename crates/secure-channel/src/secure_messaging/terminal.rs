//! The terminal's end of a secure channel.

use alloc::vec::Vec;

use iso7816::{CommandApdu, ResponseApdu, StatusWord, tlv};

use super::{
    FURTHER_INTERINDUSTRY, Instruction, Message, PROCESSING_STATUS, PROTECTED_LE, SECURE_MESSAGING,
    SecureMessaging, Terminal, padded_header, read_objects,
};
use crate::Error;

/// Longest protected command data field that an APDU can carry, in bytes.
const MAX_DATA: usize = 65_535;

impl SecureMessaging<Terminal> {
    /// Protects a command.
    ///
    /// The result has short length fields if the plain command and the protected data fit in them,
    /// and always asks for a response: with Le 00, or 0000 in extended length.
    ///
    /// # Errors
    /// [`Error::OutOfStep`] while the previous command's response is due, [`Error::InvalidInput`] for a
    /// class byte that is already protected or of the further interindustry kind,
    /// [`Error::TooLong`]; none of these uses up a number. [`Error::ChannelClosed`].
    pub fn wrap(&mut self, command: &CommandApdu) -> Result<CommandApdu, Error> {
        if !self.is_open() {
            return Err(Error::ChannelClosed);
        }
        if self.pending.is_some() {
            return Err(Error::OutOfStep);
        }
        let [cla, ins, p1, p2] = command.header();
        if cla & (SECURE_MESSAGING | FURTHER_INTERINDUSTRY) != 0 {
            return Err(Error::InvalidInput("a class byte that cannot be protected"));
        }
        // Objects add at most 5 + 1 + 16 (DO 87), 4 (DO 97) and 10 bytes (DO 8E).
        if command.data().len() > MAX_DATA - 36 {
            return Err(Error::TooLong);
        }
        let instruction = Instruction(ins);
        let message = self.next_message()?;

        let mut objects = Vec::new();
        if !command.data().is_empty() {
            message.push_cryptogram(&mut objects, instruction, command.data())?;
        }
        if let Some(ne) = command.ne() {
            push_le(&mut objects, ne);
        }
        let protected = CommandApdu::new(cla | SECURE_MESSAGING, ins, p1, p2);
        message.push_checksum(&padded_header(protected.header()), &mut objects);

        let extended = command.is_extended() || objects.len() > 255;
        self.pending = Some(instruction);
        protected
            .try_with_data(objects)
            .map(|protected| protected.with_ne(if extended { 65_536 } else { 256 }))
            .map_err(|_| Error::TooLong)
    }

    /// Goes on without the response to the last command: it was lost, or it came without protection and the caller goes by
    /// its own judgement, as a test of chips does. It takes its number all the same, and nothing is known of what became of
    /// the command.
    ///
    /// # Errors
    /// [`Error::OutOfStep`] if no response is due, [`Error::ChannelClosed`].
    pub fn skip_response(&mut self) -> Result<(), Error> {
        if !self.is_open() {
            return Err(Error::ChannelClosed);
        }
        self.pending.take().ok_or(Error::OutOfStep)?;
        let message = self.next_message();
        self.or_close(message).map(drop)
    }

    /// Verifies and decrypts the response to the last command.
    ///
    /// A response without data is not protected. It takes its number like any other, since the counter
    /// advances before *every* response (TR-03110-3 F.5): terminal and chip stay in step over it.
    /// [`Error::UnprotectedStatus`] hands its status word to the caller, who must not trust it:
    /// anyone on the line can have made it, and the command may have been carried out, or may still be
    /// delivered later. The channel stays open only for an error status that leaves the chip's channel
    /// open; after 6987, 6988 (the chip has wiped its keys) and after what an honest chip never sends
    /// unprotected, such as 9000, it is closed. See [`SecureMessaging::is_open`].
    ///
    /// # Errors
    /// [`Error::UnprotectedStatus`] as above. [`Error::ObjectsMissing`] or [`Error::ObjectsIncorrect`]
    /// if the response does not verify, is not the answer to the last command, or bears a status
    /// word other than the protected one: the channel is then closed. [`Error::OutOfStep`] if no
    /// response is due, [`Error::ChannelClosed`].
    pub fn unwrap(&mut self, response: &ResponseApdu) -> Result<ResponseApdu, Error> {
        if !self.is_open() {
            return Err(Error::ChannelClosed);
        }
        let instruction = self.pending.take().ok_or(Error::OutOfStep)?;
        let message = self.next_message();
        let message = self.or_close(message)?;
        if response.data.is_empty() {
            if ends_the_channel(response.status) {
                self.close();
            }
            return Err(Error::UnprotectedStatus(response.status));
        }
        let opened = open(&message, instruction, response);
        self.or_close(opened)
    }
}

fn open(
    message: &Message,
    instruction: Instruction,
    response: &ResponseApdu,
) -> Result<ResponseApdu, Error> {
    let objects = message.verify_checksum(&[], &response.data)?;
    let objects = read_objects(objects, instruction, PROCESSING_STATUS)?;
    let status = objects.last.ok_or(Error::ObjectsMissing)?;
    if *status != response.status.0.to_be_bytes() {
        return Err(Error::ObjectsIncorrect);
    }
    let data = match objects.cryptogram {
        Some((tag, value)) => message.open_cryptogram(tag, value)?.to_vec(),
        None => Vec::new(),
    };
    Ok(ResponseApdu::new(data, response.status))
}

/// Whether this status word, sent without protection, means that the channel is over.
const fn ends_the_channel(status: StatusWord) -> bool {
    let is_error = matches!(status.0, 0x6400..=0x6FFF);
    let wiped = matches!(
        status,
        StatusWord::SM_OBJECTS_MISSING | StatusWord::SM_OBJECTS_INCORRECT
    );
    !is_error || wiped
}

/// DO 97: one byte up to 256 (coded 00), else two (65536 coded 0000).
fn push_le(objects: &mut Vec<u8>, ne: u32) {
    let [.., high, low] = ne.to_be_bytes();
    if ne <= 256 {
        tlv::push(objects, PROTECTED_LE, &[low]);
    } else {
        tlv::push(objects, PROTECTED_LE, &[high, low]);
    }
}
