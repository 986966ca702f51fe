//! From the bytes of a command APDU to a [`Command`], and from its answer to the bytes of a
//! response APDU: class byte, chaining, ENVELOPE, GET RESPONSE and secure messaging.

use alloc::vec::Vec;
use core::mem;

use iso7816::{
    Class, ClassKind, CommandApdu, ResponseApdu, SecureMessagingIndication, StatusWord, ins,
};
use secure_channel::SecureMessaging;

use crate::{
    chip::Chip,
    command::{Answer, Command},
    error::Error,
    memory::{MemoryError, NonVolatileMemory},
    store::StoreError,
    update::Shadows,
    volatile::{Chain, NextChannel, Protocol, Remainder, SecurityEnvironment, Session},
};

/// Bytes that secure messaging adds to a response at least: DO 99 and DO 8E.
const SECURE_MESSAGING_OVERHEAD: usize = 4 + 10;
const BLOCK: usize = 16;

impl<M: NonVolatileMemory> Chip<M> {
    /// The most data that fits into a protected response.
    pub(crate) const MAX_RESPONSE_DATA: usize = protected_room(Self::MAX_RESPONSE - 2);

    /// Answers one command APDU. Empty if the power went meanwhile.
    pub(crate) fn exchange(&mut self, bytes: &[u8]) -> Vec<u8> {
        let response = match self.parse(bytes) {
            Ok(apdu) => match (apdu.cla(), apdu.ins()) {
                (0x00, ins::GET_RESPONSE) | (0x00 | 0x10, ins::ENVELOPE)
                    if let Some(status) = self.faults.refusal() =>
                {
                    self.volatile.forget_transmissions();
                    Ok(status.into())
                }
                (0x00, ins::GET_RESPONSE) => self
                    .get_response(&apdu)
                    .map(|response| self.faults.shorten(response)),
                (0x00 | 0x10, ins::ENVELOPE) => self.envelope(&apdu),
                _ => {
                    self.volatile.forget_transmissions();
                    let ne = apdu.ne();
                    self.answer(&apdu)
                        .map(|response| self.deliver(response, ne))
                }
            },
            Err(error) => {
                // What cannot be understood cannot be protected either.
                self.volatile.abandon();
                Err(error)
            }
        };
        let response = response.unwrap_or_else(|error| {
            self.note(&error);
            ResponseApdu::new([], error.status_word())
        });
        if self.is_powered() {
            response.to_bytes()
        } else {
            Vec::new()
        }
    }

    /// Parses an APDU and judges its class byte.
    fn parse(&self, bytes: &[u8]) -> Result<CommandApdu, Error> {
        if bytes.len() > Self::MAX_COMMAND {
            return Err(Error::WrongLength);
        }
        let apdu = CommandApdu::parse(bytes).map_err(|_| Error::WrongLength)?;
        let class = interindustry_class(&apdu);
        match class.kind() {
            ClassKind::FirstInterindustry | ClassKind::FurtherInterindustry => {}
            ClassKind::Reserved | ClassKind::Proprietary | ClassKind::Invalid => {
                return Err(Error::ClassNotSupported);
            }
        }
        if class.logical_channel() != Some(0) {
            return Err(Error::LogicalChannel);
        }
        match class.secure_messaging_indication() {
            SecureMessagingIndication::None | SecureMessagingIndication::HeaderAuthenticated => {}
            SecureMessagingIndication::Proprietary
            | SecureMessagingIndication::HeaderNotAuthenticated => {
                return Err(Error::SecureMessagingForm);
            }
        }
        if apdu.is_extended() && !self.persistent.options().extended_length {
            return Err(Error::WrongLength);
        }
        Ok(apdu)
    }

    /// Carries out a command that came plain or protected, and protects the response accordingly.
    fn answer(&mut self, apdu: &CommandApdu) -> Result<ResponseApdu, Error> {
        // Without Le everything is fetched with GET RESPONSE, however long it is.
        let outer_room = apdu
            .ne()
            .and_then(|ne| usize::try_from(ne).ok())
            .unwrap_or(usize::MAX);
        if !interindustry_class(apdu).secure_messaging() {
            // A plain command ends the session and is then processed as what it is (TR-03110-3
            // F.6).
            self.volatile.end_session();
            let response = self.carry_out(apdu, outer_room.min(Self::MAX_RESPONSE - 2));
            self.start_next_channel()?;
            return Ok(response);
        }
        let session = self.volatile.session.as_mut().ok_or(Error::NoChannel)?;
        let plain = session
            .channel
            .unwrap(apdu)
            .inspect_err(|_| self.volatile.end_session())?;
        let room = protected_room(outer_room.min(Self::MAX_RESPONSE - 2));
        let response = match check_protected_le(&plain) {
            Ok(()) => self.carry_out(&plain, room),
            Err(error) => {
                self.volatile.protocol = Protocol::Idle;
                self.volatile.chain = None;
                ResponseApdu::new([], error.status_word())
            }
        };
        let response = self.within_protected_le(response, plain.ne());
        let session = self.volatile.session.as_mut().ok_or(Error::NoChannel)?;
        let response = session
            .channel
            .wrap(&response)
            .inspect_err(|_| self.volatile.end_session())?;
        self.start_next_channel()?;
        // The channel has counted the answer that it would have protected.
        Ok(self.faults.unprotected().map_or(response, Into::into))
    }

    /// A protected answer cannot be fetched in parts, as [`deliver`](Self::deliver) has it: one that
    /// is longer than the protected Le is refused with the Le that is right (ISO/IEC 7816-4 §5.6).
    fn within_protected_le(&mut self, response: ResponseApdu, ne: Option<u32>) -> ResponseApdu {
        let length = response.data.len();
        let expected = ne.and_then(|ne| usize::try_from(ne).ok());
        if expected.is_none_or(|expected| length <= expected) {
            return response;
        }
        self.volatile.next_channel = None;
        match u8::try_from(length) {
            Ok(exact) => StatusWord::wrong_le(exact).into(),
            Err(_) => StatusWord::WRONG_LENGTH.into(),
        }
    }

    /// Collects chained commands, and executes what is complete.
    fn carry_out(&mut self, apdu: &CommandApdu, room: usize) -> ResponseApdu {
        // Whatever comes between the steps of a protocol ends it.
        if apdu.ins() != ins::GENERAL_AUTHENTICATE {
            self.volatile.protocol = Protocol::Idle;
        }
        if let Some(status) = self.faults.refusal() {
            self.volatile.protocol = Protocol::Idle;
            self.volatile.chain = None;
            return status.into();
        }
        let outcome = self.complete(apdu).and_then(|complete| match complete {
            None => Ok(Answer::done()),
            Some(apdu) => Command::try_from(&apdu)?.execute(self, room),
        });
        match outcome {
            Ok(answer) => {
                let response = ResponseApdu::new(answer.data, answer.status);
                match apdu.ins() {
                    // Has read fewer bytes, and formed its answer from those.
                    ins::READ_BINARY | ins::READ_BINARY_ODD => response,
                    _ => self.faults.shorten(response),
                }
            }
            Err(error) => {
                self.volatile.next_channel = None;
                self.note(&error);
                ResponseApdu::new([], error.status_word())
            }
        }
    }

    /// The whole command, if this is its last part. GENERAL AUTHENTICATE uses the chaining bit in
    /// its own way: every part is answered.
    fn complete(&mut self, apdu: &CommandApdu) -> Result<Option<CommandApdu>, Error> {
        let [_, ins, p1, p2] = apdu.header();
        let chain = self
            .volatile
            .chain
            .take()
            .filter(|chain| (chain.ins, chain.p1, chain.p2) == (ins, p1, p2));
        if !Command::is_known(apdu) {
            return Err(Error::InstructionNotSupported);
        }
        if ins == ins::GENERAL_AUTHENTICATE || (chain.is_none() && !apdu.class().is_chained()) {
            return Ok(Some(apdu.clone()));
        }
        let mut data = chain.map(|chain| chain.data).unwrap_or_default();
        if data.len() + apdu.data().len() > Self::MAX_COMMAND {
            return Err(Error::WrongLength);
        }
        data.extend_from_slice(apdu.data());
        if apdu.class().is_chained() {
            self.volatile.chain = Some(Chain { ins, p1, p2, data });
            return Ok(None);
        }
        let whole = CommandApdu::new(apdu.class().without_chaining().0, ins, p1, p2)
            .try_with_data(data.as_slice())
            .map_err(|_| Error::WrongLength)?;
        Ok(Some(match apdu.ne() {
            Some(ne) => whole.with_ne(ne),
            None => whole,
        }))
    }

    /// Replaces the channel, now that the response which agreed on the new one is made.
    fn start_next_channel(&mut self) -> Result<(), Error> {
        let Some(NextChannel {
            keys,
            status,
            terminal,
            commitment,
        }) = self.volatile.next_channel.take()
        else {
            return Ok(());
        };
        let channel = match self.volatile.session.take() {
            Some(session) => session.channel.rekey(keys).map_err(|(error, _)| error)?,
            None => SecureMessaging::new(keys),
        };
        self.volatile.session = Some(Session {
            channel,
            status,
            terminal,
            shadows: Shadows::default(),
            environment: SecurityEnvironment::default(),
            commitment,
        });
        Ok(())
    }

    /// Gives as much as the terminal expects and keeps the rest for GET RESPONSE.
    fn deliver(&mut self, mut response: ResponseApdu, ne: Option<u32>) -> ResponseApdu {
        let expected = usize::try_from(ne.unwrap_or(0)).unwrap_or(usize::MAX);
        if response.data.len() <= expected {
            return response;
        }
        let rest = response.data.split_off(expected);
        let status = mem::replace(&mut response.status, StatusWord::more_data(rest.len()));
        self.volatile.remainder = Some(Remainder { data: rest, status });
        response
    }

    /// GET RESPONSE (TR-03110-3 E.2). It leaves the session alone.
    fn get_response(&mut self, apdu: &CommandApdu) -> Result<ResponseApdu, Error> {
        if apdu.p1_p2() != 0x0000 {
            return Err(Error::IncorrectParameters);
        }
        if !apdu.data().is_empty() || apdu.ne().is_none() {
            return Err(Error::WrongLength);
        }
        let remainder = self
            .volatile
            .remainder
            .take()
            .ok_or(Error::ConditionsNotSatisfied)?;
        let response = ResponseApdu::new(remainder.data, remainder.status);
        Ok(self.deliver(response, apdu.ne()))
    }

    /// ENVELOPE (TR-03110-3 E.1): a command APDU in parts, its whole response APDU fetched with GET
    /// RESPONSE. It leaves the session alone; what is in it may not.
    fn envelope(&mut self, apdu: &CommandApdu) -> Result<ResponseApdu, Error> {
        self.volatile.remainder = None;
        let mut collected = mem::take(&mut self.volatile.envelope);
        if apdu.p1_p2() != 0x0000 {
            return Err(Error::IncorrectParameters);
        }
        if apdu.data().is_empty() || collected.len() + apdu.data().len() > Self::MAX_COMMAND {
            return Err(Error::WrongLength);
        }
        collected.extend_from_slice(apdu.data());
        if apdu.class().is_chained() {
            self.volatile.envelope = collected;
            return Ok(ResponseApdu::ok([]));
        }
        let response = match self.parse(&collected) {
            Ok(inner) => self.answer(&inner),
            Err(error) => {
                self.volatile.abandon();
                Err(error)
            }
        };
        let response = response.unwrap_or_else(|error| {
            self.note(&error);
            ResponseApdu::new([], error.status_word())
        });
        let whole = ResponseApdu::ok(response.to_bytes());
        Ok(self.deliver(whole, None))
    }

    /// A supply that is gone takes everything volatile with it.
    fn note(&mut self, error: &Error) {
        if matches!(
            error,
            Error::Store(StoreError::Memory(MemoryError::PowerLost))
        ) {
            self.lose_power();
        }
    }
}

/// Whether a command under secure messaging has DO 97 where it must: unlike Le itself, no transmission protocol takes it away.
/// MANAGE SECURITY ENVIRONMENT is answered without data, and GENERAL AUTHENTICATE with data (TR-03110-3 B.14.1 and B.14.2).
fn check_protected_le(apdu: &CommandApdu) -> Result<(), Error> {
    match (apdu.ins(), apdu.ne()) {
        (ins::MANAGE_SECURITY_ENVIRONMENT, Some(_)) | (ins::GENERAL_AUTHENTICATE, None) => {
            Err(Error::WrongLength)
        }
        _ => Ok(()),
    }
}

/// The class byte; that of a proprietary command that the card knows is coded like the interindustry ones
/// apart from its first bit.
fn interindustry_class(apdu: &CommandApdu) -> Class {
    if Command::is_proprietary(apdu) {
        Class(apdu.cla() & 0x7F)
    } else {
        apdu.class()
    }
}

/// The most data that a protected response of `room` data bytes can carry: DO 87 with padding
/// indicator and padding beside DO 99 and DO 8E.
const fn protected_room(room: usize) -> usize {
    let room = room.saturating_sub(SECURE_MESSAGING_OVERHEAD);
    // Tag and length field, then the padding indicator.
    let header = match room {
        0..=0x81 => 2,
        0x82..=0x102 => 3,
        _ => 4,
    };
    let cryptogram = room.saturating_sub(header + 1) / BLOCK * BLOCK;
    cryptogram.saturating_sub(1)
}
