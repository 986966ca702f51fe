//! A log of what went over the wire.
//!
//! [`Trace`] wraps any transport and writes one JSON object per line: first
//! the reader's capabilities and the answer to reset, then every exchange and
//! reset. There are two kinds:
//!
//! - [`Trace::redacted`], fit for a bug report: header and lengths of the
//!   command, length and status word of the response, time. **No data, however
//!   short, in either direction**; two sessions that differ in their data alone
//!   give the same log.
//! - [`Trace::full`], which also has the APDUs themselves, so that [`Replay`]
//!   can play them back.
//!
//! | field | meaning |
//! |---|---|
//! | `record` | `start`, `exchange` or `reset` |
//! | `version` | of this format: 1 (`start` only) |
//! | `complete` | whether APDUs are in it (`start` only) |
//! | `interface`, `max_command`, `max_response`, `extended_length` | the capabilities (`start` only) |
//! | `atr` | the answer to reset, in hexadecimal (`start`, `reset`) |
//! | `exchange` | number of the exchange or reset, from 1 |
//! | `cla`, `ins`, `p1`, `p2` | the command's header, in hexadecimal |
//! | `instruction` | the standard's name of `ins` |
//! | `lc`, `ne` | data bytes sent, and data bytes expected at most |
//! | `malformed` | what is wrong with a command that is no APDU; it replaces the fields above |
//! | `command_length`, `response_length` | of the whole APDUs, in bytes |
//! | `status`, `meaning` | the status word |
//! | `error` | why there was no response |
//! | `elapsed_us` | duration in microseconds, by the clock that was handed in |
//! | `command`, `response` | the APDUs, in hexadecimal (complete traces only) |
//!
//! Fields without a value are left out.
//!
//! ```
//! # use transport::{CardDevice, Interface};
//! # struct Blank;
//! # impl CardDevice for Blank {
//! #     fn power_on(&mut self, _: Interface) -> Vec<u8> { vec![0x3B, 0x00] }
//! #     fn power_off(&mut self) {}
//! #     fn reset(&mut self) -> Vec<u8> { vec![0x3B, 0x00] }
//! #     fn process(&mut self, _: &[u8]) -> Vec<u8> { vec![0x63, 0xC2] }
//! # }
//! use std::{sync::mpsc, time::Duration};
//! use transport::{CardTransport, InProcess, trace::Trace};
//!
//! let (lines, log) = mpsc::channel();
//! let card = InProcess::new(Blank, Interface::Contact);
//! let mut card = Trace::redacted(
//!     card,
//!     || Duration::ZERO, // or trace::stopwatch()
//!     move |line: &str| _ = lines.send(line.to_owned()),
//! );
//! card.transmit(b"\x00\x20\x00\x81\x0812345678")?;
//!
//! assert!(log.recv()?.starts_with(r#"{"record":"start","version":1,"complete":false"#));
//! assert_eq!(
//!     log.recv()?,
//!     concat!(
//!         r#"{"record":"exchange","exchange":1,"cla":"00","ins":"20","p1":"00","p2":"81","#,
//!         r#""instruction":"VERIFY","lc":8,"command_length":13,"response_length":2,"#,
//!         r#""status":"63C2","meaning":"wrong secret","elapsed_us":0}"#
//!     )
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod record;
mod replay;

use std::boxed::Box;
use std::format;
use std::io::Write;
use std::string::{String, ToString};
use std::time::{Duration, Instant};
use std::vec::Vec;

use iso7816::{CommandApdu, ResponseApdu, ins};

use crate::{Capabilities, CardTransport, TransportError};
use record::{Exchange, Failure, Header, Record, Reset, Start};

pub use replay::{Replay, ReplayError};

/// A transport that logs every exchange of the one it wraps.
pub struct Trace<T> {
    transport: T,
    complete: bool,
    number: u64,
    clock: Box<dyn FnMut() -> Duration + Send>,
    sink: Box<dyn FnMut(&str) + Send>,
}

/// The time since this function was called, by the operating system's
/// monotonic clock.
pub fn stopwatch() -> impl FnMut() -> Duration + Send {
    let start = Instant::now();
    move || start.elapsed()
}

/// Writes each line to `writer` and flushes it, so that the last line before a
/// crash is there. After the first error nothing more is written: a full disk
/// must not end the session with the card.
pub fn lines_to(writer: impl Write + Send + 'static) -> impl FnMut(&str) + Send {
    let mut writer = Some(writer);
    move |line| {
        if let Some(target) = &mut writer
            && writeln!(target, "{line}")
                .and_then(|()| target.flush())
                .is_err()
        {
            writer = None;
        }
    }
}

impl<T: CardTransport> Trace<T> {
    /// Logs without data: fit for a bug report.
    ///
    /// `clock` gives the time since any fixed moment, for the durations
    /// ([`stopwatch`] is the usual one); `sink` is given each line without its
    /// line break ([`lines_to`] writes them to a file).
    pub fn redacted(
        transport: T,
        clock: impl FnMut() -> Duration + Send + 'static,
        sink: impl FnMut(&str) + Send + 'static,
    ) -> Self {
        Self::start(transport, false, Box::new(clock), Box::new(sink))
    }

    /// Logs **everything, data included**, for [`Replay`].
    ///
    /// What is sent without secure messaging stands in the log in clear text,
    /// be it a PIN, a name or a portrait. What is protected stands there as it
    /// was protected, and whoever learns the session's keys can read it; an
    /// access code of six digits can be tried out. Keep such a log like the
    /// data itself, and make it with specimen cards.
    pub fn full(
        transport: T,
        clock: impl FnMut() -> Duration + Send + 'static,
        sink: impl FnMut(&str) + Send + 'static,
    ) -> Self {
        Self::start(transport, true, Box::new(clock), Box::new(sink))
    }

    fn start(
        transport: T,
        complete: bool,
        clock: Box<dyn FnMut() -> Duration + Send>,
        sink: Box<dyn FnMut(&str) + Send>,
    ) -> Self {
        let start = Start::new(complete, transport.capabilities(), transport.atr());
        let mut trace = Self {
            transport,
            complete,
            number: 0,
            clock,
            sink,
        };
        trace.write(&Record::Start(start));
        trace
    }

    /// The wrapped transport. The log ends here.
    pub fn into_inner(self) -> T {
        self.transport
    }

    /// Does one thing with the transport, numbered and timed in microseconds.
    fn timed<R>(&mut self, action: impl FnOnce(&mut T) -> R) -> (R, u64) {
        self.number += 1;
        let before = (self.clock)();
        let result = action(&mut self.transport);
        let elapsed = (self.clock)().saturating_sub(before);
        (
            result,
            u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        )
    }

    fn write(&mut self, record: &Record) {
        let line = match serde_json::to_string(record) {
            Ok(line) => line,
            // Records are strings and numbers; should this ever happen, the
            // reader of the log learns that a line is missing.
            Err(error) => format!(r#"{{"record":"lost","reason":"{:?}"}}"#, error.classify()),
        };
        (self.sink)(&line);
    }
}

/// What may be said of a command: the header if it is a well-formed APDU, else
/// only what is wrong with its lengths.
fn describe(command: &[u8]) -> (Option<Header>, Option<String>) {
    match CommandApdu::parse(command) {
        Ok(apdu) => (Some(Header::new(&apdu, ins::name(apdu.ins()))), None),
        Err(error) => (None, Some(error.to_string())),
    }
}

impl<T: CardTransport> CardTransport for Trace<T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let (result, elapsed_us) = self.timed(|transport| transport.transmit(command));
        let response = result.as_deref().ok();
        let status = response
            .and_then(|bytes| ResponseApdu::parse(bytes).ok())
            .map(|response| response.status);
        let (header, malformed) = describe(command);
        self.write(&Record::Exchange(Exchange {
            exchange: self.number,
            header,
            malformed,
            command_length: command.len(),
            response_length: response.map(<[u8]>::len),
            status: status.map(|status| format!("{:04X}", status.0)),
            meaning: status.map(|status| status.meaning().to_string()),
            error: Failure::of(&result, self.complete),
            elapsed_us,
            command: self.complete.then(|| hex::encode_upper(command)),
            response: response.filter(|_| self.complete).map(hex::encode_upper),
        }));
        result
    }

    fn atr(&self) -> Option<&[u8]> {
        self.transport.atr()
    }

    fn capabilities(&self) -> Capabilities {
        self.transport.capabilities()
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        let (result, elapsed_us) = self.timed(CardTransport::reset);
        self.write(&Record::Reset(Reset {
            exchange: self.number,
            atr: self.transport.atr().map(hex::encode_upper),
            error: Failure::of(&result, self.complete),
            elapsed_us,
        }));
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CardDevice, InProcess, Interface};
    use proptest::prelude::*;
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};
    use std::vec;

    type Answer = Result<Vec<u8>, TransportError>;

    /// A transport that gives prepared answers.
    struct Prepared(VecDeque<Answer>);

    impl CardTransport for Prepared {
        fn transmit(&mut self, _command: &[u8]) -> Answer {
            self.0.pop_front().unwrap()
        }

        fn atr(&self) -> Option<&[u8]> {
            Some(&[0x3B, 0x80, 0x80, 0x01, 0x01])
        }

        fn capabilities(&self) -> Capabilities {
            Capabilities::extended(Interface::Contactless)
        }

        fn reset(&mut self) -> Result<(), TransportError> {
            Ok(())
        }
    }

    /// A device that echoes the data field.
    struct Echo;

    impl CardDevice for Echo {
        fn power_on(&mut self, _interface: Interface) -> Vec<u8> {
            vec![0x3B, 0x00]
        }

        fn power_off(&mut self) {}

        fn reset(&mut self) -> Vec<u8> {
            vec![0x3B, 0x01, 0x41]
        }

        fn process(&mut self, command: &[u8]) -> Vec<u8> {
            let data = CommandApdu::parse(command).unwrap().data().to_vec();
            [&data[..], &[0x90, 0x00]].concat()
        }
    }

    fn clock() -> impl FnMut() -> Duration + Send + 'static {
        let mut now = Duration::ZERO;
        move || {
            now += Duration::from_millis(3);
            now
        }
    }

    fn sink() -> (Arc<Mutex<String>>, impl FnMut(&str) + Send + 'static) {
        let log = Arc::new(Mutex::new(String::new()));
        let target = Arc::clone(&log);
        let sink = move |line: &str| {
            assert!(!line.contains('\n'));
            let mut log = target.lock().unwrap();
            log.push_str(line);
            log.push('\n');
        };
        (log, sink)
    }

    fn logged(complete: bool, session: &[(Vec<u8>, Answer)]) -> String {
        let answers = session.iter().map(|(_, answer)| answer.clone()).collect();
        let (log, sink) = sink();
        let mut trace = Trace::start(
            Prepared(answers),
            complete,
            Box::new(clock()),
            Box::new(sink),
        );
        for (command, answer) in session {
            assert_eq!(&trace.transmit(command), answer, "passed on unchanged");
        }
        trace.reset().unwrap();
        drop(trace);
        Arc::try_unwrap(log).unwrap().into_inner().unwrap()
    }

    /// An APDU of this header, data and Ne.
    fn apdu(header: [u8; 4], data: &[u8], ne: u32) -> Vec<u8> {
        let [cla, ins, p1, p2] = header;
        let command = CommandApdu::new(cla, ins, p1, p2)
            .with_data(data)
            .with_ne(ne);
        command.to_bytes()
    }

    #[test]
    fn a_marker_in_the_data_never_shows_in_the_redacted_log() {
        const MARKER: [u8; 16] = *b"\xE5\x8A\xA0\xC3\xBF\xDE\xADMARKER\xF1\xE2\xB7";
        let mut session = Vec::new();
        for length in 1..=MARKER.len() {
            let data = &MARKER[..length];
            session.push((
                apdu([0x00, 0x20, 0x00, 0x81], data, 0),
                Ok([data, &[0x90, 0x00]].concat()),
            ));
            // Not an APDU at all, and an answer without a status word. (Four
            // or five bytes of anything are an APDU, and its header is logged.)
            if CommandApdu::parse(data).is_err() {
                session.push((data.to_vec(), Ok(MARKER[..1].to_vec())));
            }
            session.push(([&[0x00, 0x20, 0, 0, 99], data].concat(), Ok(vec![])));
        }
        let text = String::from_utf8_lossy(&MARKER).into_owned();
        session.push((vec![0; 4], Err(TransportError::Other(text))));
        let log = logged(false, &session);
        assert_eq!(log.lines().count(), session.len() + 2);
        let shouted = log.to_uppercase();
        for pair in MARKER.windows(2) {
            assert!(!shouted.contains(&hex::encode_upper(pair)));
        }
        assert!(!shouted.contains("MARKER") && !shouted.contains("RKE"));
        // The complete log, to show that the search above can find something.
        let complete = logged(true, &session);
        assert!(complete.contains(&hex::encode_upper(MARKER)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn sessions_that_differ_in_their_data_alone_give_the_same_redacted_log(
            exchanges in prop::collection::vec(
                (any::<[u8; 4]>(), 0usize..40, 0u32..300, 0usize..40, any::<[u8; 2]>()),
                1..5,
            ),
            one in any::<[u8; 40]>(),
            other in any::<[u8; 40]>(),
        ) {
            let session = |data: &[u8; 40]| -> Vec<_> {
                exchanges
                    .iter()
                    .map(|&(header, sent, ne, received, status)| {
                        let answer = [&data[..received], &status[..]].concat();
                        (apdu(header, &data[..sent], ne), Ok(answer))
                    })
                    .collect()
            };
            prop_assert_eq!(logged(false, &session(&one)), logged(false, &session(&other)));
        }

        #[test]
        fn bytes_that_are_no_apdu_tell_their_lengths_alone(
            one in any::<[u8; 12]>(),
            other in any::<[u8; 12]>(),
            cut in 1usize..7,
        ) {
            let session = |data: &[u8; 12]| {
                let mut command = [&data[..4], &[9], &data[5..]].concat();
                command.truncate(5 + cut);
                std::vec![(command, Ok(data[..1].to_vec()))]
            };
            prop_assert_eq!(logged(false, &session(&one)), logged(false, &session(&other)));
        }
    }

    #[test]
    fn every_exchange_and_reset_is_numbered_and_timed() {
        let log = logged(
            false,
            &[
                (
                    apdu([0x0C, 0xB0, 0x9C, 0x00], &[1; 13], 65536),
                    Ok(vec![0x62, 0x82]),
                ),
                (vec![0x00, 0xA4], Err(TransportError::Removed)),
            ],
        );
        let lines: Vec<&str> = log.lines().collect();
        assert_eq!(
            lines[0],
            concat!(
                r#"{"record":"start","version":1,"complete":false,"interface":"contactless","#,
                r#""max_command":65544,"max_response":65538,"extended_length":true,"#,
                r#""atr":"3B80800101"}"#
            )
        );
        assert_eq!(
            lines[1],
            concat!(
                r#"{"record":"exchange","exchange":1,"cla":"0C","ins":"B0","p1":"9C","p2":"00","#,
                r#""instruction":"READ BINARY","lc":13,"ne":65536,"command_length":22,"#,
                r#""response_length":2,"status":"6282","#,
                r#""meaning":"end of file reached before Ne bytes were read","elapsed_us":3000}"#
            )
        );
        assert_eq!(
            lines[2],
            concat!(
                r#"{"record":"exchange","exchange":2,"#,
                r#""malformed":"header at offset 0 needs 4 bytes, only 2 are there","#,
                r#""command_length":2,"error":{"kind":"removed"},"elapsed_us":3000}"#
            )
        );
        assert_eq!(
            lines[3],
            r#"{"record":"reset","exchange":3,"atr":"3B80800101","elapsed_us":3000}"#
        );
    }

    #[test]
    fn a_full_log_can_be_played_back() {
        let (log, sink) = sink();
        let card = InProcess::with_capabilities(Echo, Capabilities::short(Interface::Contact));
        let mut trace = Trace::full(card, clock(), sink);
        let session = |card: &mut dyn CardTransport| {
            let mut seen = Vec::new();
            seen.push(card.transmit(&apdu([0, 0x88, 0, 0], b"one", 0)));
            card.reset().unwrap();
            seen.push(Ok(card.atr().unwrap().to_vec()));
            seen.push(card.transmit(&apdu([0, 0x88, 0, 1], b"two", 256)));
            seen.push(card.transmit(&[0; 300]));
            (seen, card.capabilities())
        };
        let live = session(&mut trace);
        drop(trace);
        let log = log.lock().unwrap();
        let mut replay = Replay::parse(&log).unwrap();
        assert_eq!(replay.atr(), Some(&[0x3B, 0x00][..]));
        assert_eq!(session(&mut replay), live);
        assert_eq!(live.0[0].as_deref(), Ok(&b"one\x90\x00"[..]));
        assert!(matches!(
            live.0[3],
            Err(TransportError::CommandTooLong { .. })
        ));
        assert_eq!(replay.remaining(), 0);
    }

    #[test]
    fn only_the_full_log_holds_apdus() {
        let apdu = apdu([0, 0x88, 0, 0], b"12345678", 0);
        for complete in [false, true] {
            let (log, sink) = sink();
            let card = InProcess::new(Echo, Interface::Contact);
            let mut trace = match complete {
                false => Trace::redacted(card, clock(), sink),
                true => Trace::full(card, clock(), sink),
            };
            trace.transmit(&apdu).unwrap();
            let log = log.lock().unwrap();
            assert_eq!(log.contains(&hex::encode_upper(b"12345678")), complete);
            assert_eq!(Replay::parse(&log).err().is_none(), complete);
        }
    }

    #[test]
    fn a_broken_writer_does_not_break_the_session() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let card = InProcess::new(Echo, Interface::Contact);
        let mut trace = Trace::redacted(card, stopwatch(), lines_to(Full));
        assert!(trace.transmit(&[0, 0, 0, 0]).is_ok());
        assert!(trace.transmit(&[0, 0, 0, 0]).is_ok());
    }
}
