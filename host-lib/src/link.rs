//! Exchanges with the card: whole answers from pieces, bounded in number and size.

use iso7816::{CommandApdu, ResponseApdu, ins};
use transport::{Cancel, Capabilities, CardTransport};
use zeroize::Zeroizing;

use crate::channel::Channel;
use crate::error::{Error, Misbehaviour, Result, Step};
use crate::files::Blocks;
use crate::options::{Limits, Options, Progress};

/// The most data that one answer may have, GET RESPONSE included (ISO/IEC 7816-4, 5.2).
const MAX_ANSWER: usize = 65_536;

/// What went over the wire since the card was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// Commands sent, GET RESPONSE included.
    pub exchanges: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received, status words included.
    pub received: u64,
}

/// A transport with a budget.
pub(crate) struct Link<T> {
    transport: T,
    cancel: Option<Cancel>,
    progress: Option<Box<dyn FnMut(Progress) + Send>>,
    pub(crate) limits: Limits,
    /// Exchanges of the present call.
    spent: u32,
    pub(crate) traffic: Traffic,
    pub(crate) channel: Channel,
    /// Whether the master file is the current directory.
    pub(crate) at_master_file: bool,
    pub(crate) blocks: Blocks,
}

impl<T: CardTransport> Link<T> {
    pub(crate) fn new(transport: T, options: &mut Options) -> Self {
        Self {
            transport,
            cancel: options.cancel.take(),
            progress: options.progress.take(),
            limits: options.limits,
            spent: 0,
            traffic: Traffic::default(),
            channel: Channel::Plain,
            at_master_file: false,
            blocks: Blocks::default(),
        }
    }

    pub(crate) fn into_transport(self) -> T {
        self.transport
    }

    pub(crate) fn capabilities(&self) -> Capabilities {
        self.transport.capabilities()
    }

    pub(crate) fn atr(&self) -> Option<&[u8]> {
        self.transport.atr()
    }

    /// A new call of the public interface begins, with a fresh budget.
    pub(crate) fn begin(&mut self) {
        self.spent = 0;
    }

    pub(crate) fn report(&mut self, progress: Progress) {
        if let Some(callback) = &mut self.progress {
            callback(progress);
        }
    }

    /// Fails if the caller wants to stop.
    pub(crate) fn check_cancelled(&self) -> Result<()> {
        match &self.cancel {
            Some(token) if token.is_cancelled() => Err(Error::Cancelled),
            _ => Ok(()),
        }
    }

    fn once(&mut self, command: &CommandApdu) -> Result<ResponseApdu> {
        self.check_cancelled()?;
        if self.spent >= self.limits.exchanges {
            return Err(Misbehaviour::TooManyExchanges(self.limits.exchanges).into());
        }
        self.spent += 1;
        // May hold a PIN under encryption, or PACE's values: wiped all the same.
        let bytes = Zeroizing::new(command.to_bytes());
        let answer = self.transport.transmit(&bytes)?;
        self.traffic.exchanges += 1;
        self.traffic.sent += bytes.len() as u64;
        self.traffic.received += answer.len() as u64;
        if answer.len() > MAX_ANSWER + 2 {
            return Err(Misbehaviour::AnswerTooLong.into());
        }
        ResponseApdu::parse(&answer).map_err(|_| Misbehaviour::NoStatusWord.into())
    }

    /// One command and its whole answer: pieces announced by 61xx are fetched, a wrong Le (6Cxx)
    /// is corrected once (ISO/IEC 7816-4:2020, 5.3.4).
    ///
    /// A protected command is never sent twice: its counter would be used twice. There 6Cxx is
    /// the caller's to judge.
    pub(crate) fn exchange(&mut self, command: &CommandApdu) -> Result<ResponseApdu> {
        let mut response = self.once(command)?;
        if let Some(exact) = response.status.exact_ne()
            && command.ne().is_some()
            && !command.class().secure_messaging()
        {
            let again = CommandApdu::new(command.cla(), command.ins(), command.p1(), command.p2())
                .with_data(command.data())
                .with_ne(exact);
            response = self.once(&again)?;
        }
        while let Some(available) = response.status.bytes_available() {
            let mut piece = self.get_response(available)?;
            if let Some(exact) = piece.status.exact_ne() {
                piece = self.get_response(exact)?;
            }
            // An empty piece that promises more would go on for ever.
            if piece.data.is_empty() && piece.status.bytes_available().is_some() {
                return Err(Misbehaviour::MalformedAnswer(Step::GetResponse).into());
            }
            if response.data.len() + piece.data.len() > MAX_ANSWER {
                return Err(Misbehaviour::AnswerTooLong.into());
            }
            response.data.append(&mut piece.data);
            response.status = piece.status;
        }
        Ok(response)
    }

    /// A command that is longer than the reader carries, in ENVELOPE (ISO/IEC 7816-4:2020, 5.3.3 and 11.6.2).
    pub(crate) fn exchange_enveloped(&mut self, command: &CommandApdu) -> Result<ResponseApdu> {
        let bytes = Zeroizing::new(command.to_bytes());
        let mut parts = bytes.chunks(255).peekable();
        let mut answer = ResponseApdu::ok([]);
        while let Some(part) = parts.next() {
            let class = if parts.peek().is_some() { 0x10 } else { 0x00 };
            let envelope = CommandApdu::new(class, ins::ENVELOPE, 0, 0).with_data(part);
            answer = self.exchange(&envelope)?;
            if !answer.status.is_ok() {
                return Ok(answer);
            }
        }
        ResponseApdu::parse(&answer.data).map_err(|_| Misbehaviour::NoStatusWord.into())
    }

    fn get_response(&mut self, ne: u32) -> Result<ResponseApdu> {
        self.once(&CommandApdu::new(0x00, ins::GET_RESPONSE, 0, 0).with_ne(ne))
    }

    /// SELECT of the master file, through whatever channel is open, unless it is selected. Real chips
    /// answer with and without data, or refuse the form and have it selected all the same; nothing
    /// rests on the status.
    pub(crate) fn select_master_file(&mut self) -> Result<()> {
        if self.at_master_file {
            return Ok(());
        }
        let select = CommandApdu::new(0x00, ins::SELECT, 0x00, 0x0C).with_data([0x3F, 0x00]);
        match self.send(&select, Step::Select) {
            Ok(_) | Err(Error::Card(_)) => {
                self.at_master_file = true;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
