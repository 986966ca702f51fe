//! The encrypted channel at the host: one command in, one authenticated answer out.
//!
//! What happens when the chip answers in plain inside a channel (ICAO Doc 9303-11, 9.8.7; TR-03110-3,
//! annex F):
//!
//! | plain answer | decision |
//! |---|---|
//! | 6987, 6988 | the chip has ended the channel: so has the host, keys are wiped |
//! | success, warning (90xx, 61xx, 62xx, 63xx) | never accepted: the channel is ended, keys are wiped |
//! | any other error | passed on as [`CardFault`] with `authenticated: false`; the channel stays, and the counter stays in step with a chip that keeps it too. If the chip did not keep it, the next command says so |

use iso7816::{CommandApdu, ResponseApdu, StatusWord, ins};
use secure_channel::SecureMessaging;
use secure_channel::secure_messaging::Terminal;
use transport::CardTransport;

use crate::error::{CardFault, Error, Misbehaviour, Misuse, Result, Step};
use crate::link::Link;

/// How commands travel.
pub(crate) enum Channel {
    /// In plain: before PACE.
    Plain,
    /// Under secure messaging.
    Protected(Box<SecureMessaging<Terminal>>),
    /// Not at all: the channel has ended, and going on in plain would be a downgrade.
    Over,
}

/// The bit of CLA that says that more parts follow.
const CHAINED: u8 = 0x10;

impl<T: CardTransport> Link<T> {
    /// Sends a command through the channel that is open and returns the answer that the channel
    /// vouches for. Where reader and card carry short APDUs only, a long command goes in parts
    /// (command chaining, ISO/IEC 7816-4:2020, 5.3.3), each protected by itself; GENERAL AUTHENTICATE, whose
    /// chaining bit means steps, goes whole in ENVELOPE.
    pub(crate) fn send(&mut self, command: &CommandApdu, step: Step) -> Result<ResponseApdu> {
        if command.ins() == ins::GENERAL_AUTHENTICATE {
            return self.send_whole(command, step);
        }
        let mut parts = command.data().chunks(self.blocks.longest_command());
        let last = parts.next_back().unwrap_or_default();
        for part in parts {
            let [cla, ins, p1, p2] = [
                command.cla() | CHAINED,
                command.ins(),
                command.p1(),
                command.p2(),
            ];
            let part = CommandApdu::new(cla, ins, p1, p2).with_data(part);
            let response = self.send_whole(&part, step)?;
            if !response.status.is_ok() {
                return Ok(response);
            }
        }
        if last.len() == command.data().len() {
            return self.send_whole(command, step);
        }
        let [cla, ins, p1, p2] = [command.cla(), command.ins(), command.p1(), command.p2()];
        let rest = CommandApdu::new(cla, ins, p1, p2).with_data(last);
        let rest = match command.ne() {
            Some(ne) => rest.with_ne(ne),
            None => rest,
        };
        self.send_whole(&rest, step)
    }

    fn send_whole(&mut self, command: &CommandApdu, step: Step) -> Result<ResponseApdu> {
        // Before the counter moves: a call that is stopped here leaves the channel usable.
        self.check_cancelled()?;
        let mut channel = match core::mem::replace(&mut self.channel, Channel::Over) {
            Channel::Plain => {
                self.channel = Channel::Plain;
                return self.exchange(command);
            }
            Channel::Over => return Err(Misuse::SessionOver.into()),
            Channel::Protected(channel) => channel,
        };
        // From here on, every way out but those that put the channel back ends it.
        let protected = channel.wrap(command).map_err(closed)?;
        let answer = if protected.is_extended() && self.blocks.are_short() {
            self.exchange_enveloped(&protected)?
        } else {
            self.exchange(&protected)?
        };
        let plain = answer.status;
        match channel.unwrap(&answer) {
            Ok(response) => {
                self.channel = Channel::Protected(channel);
                Ok(response)
            }
            Err(secure_channel::Error::UnprotectedStatus(status)) => match status {
                StatusWord::SM_OBJECTS_MISSING | StatusWord::SM_OBJECTS_INCORRECT => {
                    Err(Misbehaviour::ChannelEnded.into())
                }
                status if status.is_error() => {
                    self.channel = Channel::Protected(channel);
                    Err(Error::Card(CardFault {
                        step,
                        status,
                        authenticated: false,
                    }))
                }
                status => Err(Misbehaviour::ChannelPlain(status).into()),
            },
            Err(secure_channel::Error::ObjectsMissing) if answer.data.is_empty() => {
                Err(Misbehaviour::ChannelPlain(plain).into())
            }
            Err(_) => Err(Misbehaviour::ChannelForged.into()),
        }
    }
}

fn closed(error: secure_channel::Error) -> Error {
    match error {
        secure_channel::Error::CounterExhausted | secure_channel::Error::ChannelClosed => {
            Misbehaviour::ChannelEnded.into()
        }
        _ => Error::Internal("a command could not be protected"),
    }
}
