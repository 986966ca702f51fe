//! Playing a complete trace back.

use std::collections::VecDeque;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use iso7816::ins;

use super::record::{Failure, Record, Start, VERSION};
use crate::{Capabilities, CardTransport, TransportError};

/// Why a text is no trace that can be played back. Lines count from 1.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The text does not begin with the record of a trace.
    #[error("this is not a trace: its first line is no start record")]
    NotATrace,
    /// A newer program wrote it.
    #[error("the trace has format version {found}, this program knows {VERSION}")]
    Version {
        /// The version found.
        found: u32,
    },
    /// Data was left out on purpose, so there is nothing to play back.
    #[error("the trace is redacted: there is no data in it to play back")]
    Redacted,
    /// A line cannot be understood.
    #[error("line {line} of the trace: {reason}")]
    Line {
        /// The line.
        line: usize,
        /// What is wrong with it, without its contents.
        reason: String,
    },
}

/// A transport that gives the recorded answers of a [complete
/// trace](super::Trace::full), as long as it is sent the recorded commands.
///
/// At the first command that differs it returns
/// [`TransportError::ReplayDiverged`] with the number of the exchange, and
/// stays there. A terminal whose commands depend on random numbers has to be
/// given the same ones again.
///
/// ```
/// use transport::{CardTransport, trace::Replay};
///
/// let trace = concat!(
///     r#"{"record":"start","version":1,"complete":true,"interface":"contact","#,
///     r#""max_command":261,"max_response":258,"extended_length":false,"atr":"3B00"}"#, "\n",
///     r#"{"record":"exchange","exchange":1,"command_length":4,"elapsed_us":0,"#,
///     r#""command":"00A4000C","response":"9000"}"#, "\n",
/// );
/// let mut card = Replay::parse(trace)?;
/// assert_eq!(card.atr(), Some(&[0x3B, 0x00][..]));
/// let error = card.transmit(&[0x00, 0xA4, 0x00, 0x04]).unwrap_err();
/// assert_eq!(error.to_string(), "exchange 1 of the replay: P2 is another one");
/// assert_eq!(card.transmit(&[0x00, 0xA4, 0x00, 0x0C])?, [0x90, 0x00]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Replay {
    capabilities: Capabilities,
    atr: Option<Vec<u8>>,
    steps: VecDeque<Step>,
    /// The number of the exchange that comes next.
    next: u64,
}

enum Step {
    Exchange {
        command: Vec<u8>,
        answer: Result<Vec<u8>, Failure>,
    },
    Reset {
        atr: Option<Vec<u8>>,
        failure: Option<Failure>,
    },
}

impl Replay {
    /// Reads a complete trace, one JSON object per line.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] if the text is no trace, is redacted, or a line of it is
    /// damaged or missing.
    pub fn parse(trace: &str) -> Result<Self, ReplayError> {
        let mut lines = trace
            .lines()
            .enumerate()
            .map(|(index, text)| (index + 1, text));
        let start = match lines.next().map(|(_, text)| serde_json::from_str(text)) {
            Some(Ok(Record::Start(start))) => start,
            _ => return Err(ReplayError::NotATrace),
        };
        check_start(&start)?;
        let mut steps = VecDeque::new();
        for (line, text) in lines {
            let error = |reason: &str| ReplayError::Line {
                line,
                reason: reason.to_string(),
            };
            let record =
                serde_json::from_str(text).map_err(|_| error("not a record of a trace"))?;
            let (number, step) = step(record).map_err(error)?;
            if number != steps.len() as u64 + 1 {
                return Err(error(&format!("exchange {} is missing", steps.len() + 1)));
            }
            steps.push_back(step);
        }
        Ok(Self {
            capabilities: start.capabilities(),
            atr: bytes(start.atr).map_err(|reason| ReplayError::Line {
                line: 1,
                reason: reason.to_string(),
            })?,
            steps,
            next: 1,
        })
    }

    /// How many exchanges and resets have not been played yet.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.steps.len()
    }

    fn diverged(&self, difference: impl Into<String>) -> TransportError {
        TransportError::ReplayDiverged {
            exchange: self.next,
            difference: difference.into(),
        }
    }

    fn played(&mut self) {
        self.steps.pop_front();
        self.next += 1;
    }
}

fn check_start(start: &Start) -> Result<(), ReplayError> {
    if start.version != VERSION {
        return Err(ReplayError::Version {
            found: start.version,
        });
    }
    if !start.complete {
        return Err(ReplayError::Redacted);
    }
    Ok(())
}

fn bytes(digits: Option<String>) -> Result<Option<Vec<u8>>, &'static str> {
    digits
        .map(hex::decode)
        .transpose()
        .map_err(|_| "not hexadecimal digits")
}

fn step(record: Record) -> Result<(u64, Step), &'static str> {
    match record {
        Record::Start(_) => Err("a second start record"),
        Record::Reset(reset) => Ok((
            reset.exchange,
            Step::Reset {
                atr: bytes(reset.atr)?,
                failure: reset.error,
            },
        )),
        Record::Exchange(exchange) => {
            let command = bytes(exchange.command)?.ok_or("the command is missing")?;
            let answer = match (bytes(exchange.response)?, exchange.error) {
                (Some(response), None) => Ok(response),
                (None, Some(failure)) => Err(failure),
                _ => return Err("neither a response nor an error, or both"),
            };
            Ok((exchange.exchange, Step::Exchange { command, answer }))
        }
    }
}

/// The first difference between two commands, without their data.
fn difference(sent: &[u8], recorded: &[u8]) -> Option<String> {
    let position = sent
        .iter()
        .zip(recorded)
        .position(|(sent, recorded)| sent != recorded);
    match position {
        Some(0) => Some("CLA is another one".into()),
        Some(1) => {
            let name = |command: &[u8]| {
                let ins = command.get(1).copied().unwrap_or_default();
                match ins::name(ins) {
                    Some(name) => name.to_string(),
                    None => format!("INS {ins:02X}"),
                }
            };
            Some(format!("{} instead of {}", name(sent), name(recorded)))
        }
        Some(2) => Some("P1 is another one".into()),
        Some(3) => Some("P2 is another one".into()),
        _ if sent.len() != recorded.len() => Some(format!(
            "{} bytes instead of {}",
            sent.len(),
            recorded.len()
        )),
        Some(offset) => Some(format!("another byte at offset {offset} of the command")),
        None => None,
    }
}

impl CardTransport for Replay {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let answer = match self.steps.front() {
            None => return Err(self.diverged("a command after the end of the trace")),
            Some(Step::Reset { .. }) => {
                return Err(self.diverged("a command where the card was reset"));
            }
            Some(Step::Exchange {
                command: recorded,
                answer,
            }) => match difference(command, recorded) {
                Some(difference) => return Err(self.diverged(difference)),
                None => answer.clone(),
            },
        };
        self.played();
        answer.map_err(Failure::into_error)
    }

    fn atr(&self) -> Option<&[u8]> {
        self.atr.as_deref()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        let failure = match self.steps.front() {
            None => return Err(self.diverged("a reset after the end of the trace")),
            Some(Step::Exchange { .. }) => {
                return Err(self.diverged("a reset where a command was sent"));
            }
            Some(Step::Reset { atr, failure }) => {
                self.atr.clone_from(atr);
                failure.clone()
            }
        };
        self.played();
        failure.map_or(Ok(()), |failure| Err(failure.into_error()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    const START: &str = concat!(
        r#"{"record":"start","version":1,"complete":true,"interface":"contact","#,
        r#""max_command":261,"max_response":258,"extended_length":false}"#
    );

    fn exchange(number: u64, command: &str, response: &str) -> String {
        format!(
            concat!(
                r#"{{"record":"exchange","exchange":{},"command_length":0,"#,
                r#""elapsed_us":0,"command":"{}","response":"{}"}}"#
            ),
            number, command, response
        )
    }

    fn replay(lines: &[&str]) -> Result<Replay, ReplayError> {
        Replay::parse(&[&[START], lines].concat().join("\n"))
    }

    fn line(line: usize, reason: &str) -> Option<ReplayError> {
        Some(ReplayError::Line {
            line,
            reason: reason.into(),
        })
    }

    #[test]
    fn the_first_command_that_differs_is_named_by_its_number() {
        let steps = [
            exchange(1, "00A4000C", "9000"),
            exchange(2, "00B0000004", "010203049000"),
        ];
        let mut card = replay(&[&steps[0], &steps[1]]).unwrap();
        card.transmit(&[0x00, 0xA4, 0x00, 0x0C]).unwrap();
        for (command, expected) in [
            (&[0x0C, 0xB0, 0x00, 0x00, 0x04][..], "CLA is another one"),
            (&[0x00, 0xA4, 0x00, 0x0C], "SELECT instead of READ BINARY"),
            (&[0x00, 0x01, 0x00, 0x00], "INS 01 instead of READ BINARY"),
            (&[0x00, 0xB0, 0x01, 0x00, 0x04], "P1 is another one"),
            (&[0x00, 0xB0, 0x00, 0x01, 0x04], "P2 is another one"),
            (&[0x00, 0xB0, 0x00, 0x00], "4 bytes instead of 5"),
            (
                &[0x00, 0xB0, 0x00, 0x00, 0x05],
                "another byte at offset 4 of the command",
            ),
            (&[], "0 bytes instead of 5"),
        ] {
            assert_eq!(
                card.transmit(command),
                Err(TransportError::ReplayDiverged {
                    exchange: 2,
                    difference: expected.into()
                })
            );
        }
        assert!(card.reset().is_err());
        assert_eq!(card.remaining(), 1);
        assert_eq!(
            card.transmit(&[0x00, 0xB0, 0x00, 0x00, 0x04]),
            Ok(vec![1, 2, 3, 4, 0x90, 0x00])
        );
        assert_eq!(
            card.transmit(&[0x00, 0xB0, 0x00, 0x00, 0x04]),
            Err(TransportError::ReplayDiverged {
                exchange: 3,
                difference: "a command after the end of the trace".into()
            })
        );
    }

    #[test]
    fn a_reset_is_played_at_its_place_with_its_answer() {
        let reset = r#"{"record":"reset","exchange":1,"atr":"3B00","elapsed_us":0}"#;
        let failed =
            r#"{"record":"reset","exchange":2,"error":{"kind":"unresponsive"},"elapsed_us":0}"#;
        let mut card = replay(&[reset, failed]).unwrap();
        assert_eq!(card.atr(), None);
        assert!(card.transmit(&[0, 0, 0, 0]).is_err());
        assert_eq!(card.reset(), Ok(()));
        assert_eq!(card.atr(), Some(&[0x3B, 0x00][..]));
        assert_eq!(card.reset(), Err(TransportError::Unresponsive));
    }

    #[test]
    fn what_is_no_complete_trace_is_refused() {
        assert_eq!(Replay::parse("").err(), Some(ReplayError::NotATrace));
        assert_eq!(
            Replay::parse("00A4000C").err(),
            Some(ReplayError::NotATrace)
        );
        let redacted = START.replace("true,\"interface", "false,\"interface");
        assert_eq!(Replay::parse(&redacted).err(), Some(ReplayError::Redacted));
        let newer = START.replace("\"version\":1", "\"version\":2");
        let version = Some(ReplayError::Version { found: 2 });
        assert_eq!(Replay::parse(&newer).err(), version);
        assert_eq!(replay(&["}"]).err(), line(2, "not a record of a trace"));
        assert_eq!(replay(&[START]).err(), line(2, "a second start record"));
        assert_eq!(
            replay(&[&exchange(2, "", "")]).err(),
            line(2, "exchange 1 is missing")
        );
        assert_eq!(
            replay(&[&exchange(1, "0", "9000")]).err(),
            line(2, "not hexadecimal digits")
        );
        let neither = exchange(1, "00A4000C", "").replace(r#","response":"""#, "");
        assert_eq!(
            replay(&[&neither]).err(),
            line(2, "neither a response nor an error, or both")
        );
    }
}
