//! Commands and answers, with and without the channel.

use iso7816::{CommandApdu, ResponseApdu, StatusWord, tlv};
use secure_channel::SecureMessaging;
use secure_channel::secure_messaging::Terminal;

use super::Bench;
use crate::answer::{Answer, Protection};
use crate::{OK, Stop};

/// DO 8E, the checksum that every protected answer has.
const CHECKSUM: tlv::Tag = tlv::Tag(0x8E);

impl Bench<'_> {
    /// Takes the power from the card and gives it back: everything volatile is gone.
    ///
    /// # Errors
    /// [`Stop::Transport`].
    pub fn activate(&mut self) -> Result<(), Stop> {
        self.channel = None;
        self.id_picc = None;
        self.committed = None;
        self.trust_points.clear();
        let reset = self.sample.card.reset();
        reset.map_err(|source| Stop::Transport {
            at: self.at.clone(),
            source,
        })
    }

    /// The answer to reset, if the reader tells it.
    #[must_use]
    pub fn atr(&self) -> Option<&[u8]> {
        self.sample.card.atr()
    }

    /// Sends a command, in secure messaging if there is a channel, and takes the whole answer.
    ///
    /// # Errors
    /// [`Stop::Transport`], or [`Stop::Bench`] for a command that cannot be protected.
    pub fn send(&mut self, command: &CommandApdu) -> Result<Answer, Stop> {
        match self.channel.take() {
            None => self.send_plain(command),
            Some(mut channel) => {
                let answer = self.send_over(&mut channel, command);
                self.channel = Some(channel);
                answer
            }
        }
    }

    /// Sends a command without protection, whatever channel there is; the channel is kept as it is.
    ///
    /// # Errors
    /// [`Stop::Transport`].
    pub fn send_plain(&mut self, command: &CommandApdu) -> Result<Answer, Stop> {
        let response = self.transmit(command)?;
        Ok(self.answered(response, Protection::Plain, Protection::Plain))
    }

    /// Sends a command over a channel that is not the bench's own: an old one, for instance.
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub fn send_over(
        &mut self,
        channel: &mut SecureMessaging<Terminal>,
        command: &CommandApdu,
    ) -> Result<Answer, Stop> {
        let protected = channel.wrap(command).map_err(|error| self.cannot(error))?;
        let response = self.transmit(&protected)?;
        Ok(self.opened(channel, &response))
    }

    /// This command with a class byte that protection turns into `8C`: nothing else about it is wrong.
    #[must_use]
    pub fn wrong_class(command: &CommandApdu) -> CommandApdu {
        let changed = CommandApdu::new(0x80, command.ins(), command.p1(), command.p2());
        let changed = changed.with_data(command.data());
        match command.ne() {
            Some(ne) => changed.with_ne(ne),
            None => changed,
        }
    }

    /// Protects a command, lets it be changed, and sends what came of it.
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub fn send_tampered(
        &mut self,
        command: &CommandApdu,
        tamper: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Answer, Stop> {
        let Some(mut channel) = self.channel.take() else {
            return Err(self.cannot("there is no channel"));
        };
        let protected = channel.wrap(command).map_err(|error| self.cannot(error))?;
        let mut bytes = protected.to_bytes();
        tamper(&mut bytes);
        let response = self.raw(&bytes)?;
        let answer = self.opened(&mut channel, &response);
        self.channel = Some(channel);
        Ok(answer)
    }

    /// Protects a command for whatever carries it: ENVELOPE, for instance.
    ///
    /// # Errors
    /// [`Stop::Bench`] without a channel, or for a command that cannot be protected.
    pub fn protect(&mut self, command: &CommandApdu) -> Result<Vec<u8>, Stop> {
        let Some(mut channel) = self.channel.take() else {
            return Err(self.cannot("there is no channel"));
        };
        let protected = channel.wrap(command).map_err(|error| self.cannot(error));
        self.channel = Some(channel);
        Ok(protected?.to_bytes())
    }

    /// The answer to a command that was [protected](Self::protect), from what brought it: a whole response APDU.
    ///
    /// # Errors
    /// [`Stop::Bench`] without a channel, [`Stop::Unexpected`] for an answer without status word.
    pub fn unprotect(&mut self, response: &[u8]) -> Result<Answer, Stop> {
        let response = ResponseApdu::parse(response)
            .map_err(|error| self.unexpected("a whole response APDU", error))?;
        let Some(mut channel) = self.channel.take() else {
            return Err(self.cannot("there is no channel"));
        };
        let answer = self.opened(&mut channel, &response);
        self.channel = Some(channel);
        Ok(answer)
    }

    /// Goes on without the answer to a command that was [protected](Self::protect): card and terminal have both counted it.
    pub fn forgo_answer(&mut self) {
        if let Some(channel) = &mut self.channel {
            // An error in plain is worth nothing and keeps the channel in step.
            let _ = channel.unwrap(&ResponseApdu::new([], StatusWord::UNKNOWN));
        }
    }

    /// Sends bytes as they are, once: if the card holds something ready, fetching it is up to the case.
    ///
    /// # Errors
    /// As for [`raw`](Self::raw).
    pub fn send_once(&mut self, bytes: &[u8]) -> Result<Answer, Stop> {
        let response = self.once(bytes)?;
        Ok(self.answered(response, Protection::Plain, Protection::Plain))
    }

    /// Forgets the channel: what follows is sent in plain.
    pub fn forget_channel(&mut self) {
        self.channel = None;
    }

    /// Takes the channel away, to use it later.
    pub const fn take_channel(&mut self) -> Option<SecureMessaging<Terminal>> {
        self.channel.take()
    }

    /// Whether there is a channel that the chip has not closed.
    #[must_use]
    pub fn has_channel(&self) -> bool {
        self.channel.as_ref().is_some_and(SecureMessaging::is_open)
    }

    /// Verifies that the channel still stands, with the command that the document calls arbitrary: the first byte of
    /// EF.CardAccess.
    ///
    /// # Errors
    /// [`Stop`] unless it is answered with 9000 in secure messaging.
    pub fn channel_stands(&mut self) -> Result<(), Stop> {
        self.demand(self.has_channel(), "a channel")?;
        let byte = self.send(&Self::arbitrary())?.expect(OK)?;
        self.demand(byte.len() == 1, "the first byte of EF.CardAccess")
    }

    /// The command that the document calls arbitrary.
    #[must_use]
    pub fn arbitrary() -> CommandApdu {
        CommandApdu::new(0x00, 0xB0, 0x9C, 0x00).with_ne(1)
    }

    /// Whether an answer claims to be protected.
    pub(super) fn has_checksum(response: &ResponseApdu) -> bool {
        matches!(tlv::find(&response.data, CHECKSUM), Ok(Some(_)))
    }

    fn opened(&self, channel: &mut SecureMessaging<Terminal>, response: &ResponseApdu) -> Answer {
        if !Self::has_checksum(response) {
            // The channel stays usable, for cases that look whether the card has really closed it.
            let _ = channel.skip_response();
            return self.answered(response.clone(), Protection::Plain, Protection::Protected);
        }
        match channel.unwrap(response) {
            Ok(inner) => self.answered(inner, Protection::Protected, Protection::Protected),
            Err(_) => self.answered(response.clone(), Protection::Broken, Protection::Protected),
        }
    }

    pub(super) fn answered(
        &self,
        response: ResponseApdu,
        protection: Protection,
        asked: Protection,
    ) -> Answer {
        Answer {
            response,
            protection,
            asked,
            at: self.at.clone(),
        }
    }

    /// Sends a command as it is and fetches what the card holds ready.
    fn transmit(&mut self, command: &CommandApdu) -> Result<ResponseApdu, Stop> {
        self.raw(&command.to_bytes())
    }

    /// Sends bytes as they are and fetches what the card holds ready.
    ///
    /// # Errors
    /// [`Stop::Transport`], or [`Stop::Unexpected`] for an answer without status word.
    pub fn raw(&mut self, bytes: &[u8]) -> Result<ResponseApdu, Stop> {
        let mut response = self.once(bytes)?;
        while response.status.sw1() == 0x61 {
            let more = self.once(&[0x00, 0xC0, 0x00, 0x00, 0x00])?;
            response = ResponseApdu::new([response.data, more.data].concat(), more.status);
        }
        Ok(response)
    }

    fn once(&mut self, bytes: &[u8]) -> Result<ResponseApdu, Stop> {
        let answer = self.sample.card.transmit(bytes);
        let answer = answer.map_err(|source| Stop::Transport {
            at: self.at.clone(),
            source,
        })?;
        ResponseApdu::parse(&answer).map_err(|error| self.unexpected("a status word", error))
    }
}
