//! The thread on which PC/SC is called for one card.
//!
//! PC/SC's calls block and cannot be interrupted. The caller of a
//! [`PcscCard`](super::PcscCard) waits at the other end of a channel, and can
//! stop waiting.

use std::ffi::{CStr, CString};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use std::vec;
use std::vec::Vec;

use pcsc::{Context, Disposition, Error, Protocols, ReaderState, ShareMode, State};
use zeroize::Zeroizing;

use super::error::{meaning, told_apart};
use super::{Protocol, error, limits};
use crate::{Cancel, Capabilities, TransportError};

/// How often a [`Cancel`] is looked at while waiting.
const SLICE: Duration = Duration::from_millis(100);

/// How long the service may take to notice that a card or a reader has gone.
const SETTLING: Duration = Duration::from_millis(1200);

/// How long letting go of a card may take.
const CLOSING: Duration = Duration::from_secs(2);

/// How the card is to be reached.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) reader: CString,
    pub(super) protocols: Protocols,
    /// Whether to hold a transaction.
    pub(super) hold: bool,
}

/// What is known of a card once it is reached.
#[derive(Debug, Clone)]
pub(super) struct Reached {
    pub(super) atr: Vec<u8>,
    pub(super) protocol: Protocol,
    pub(super) capabilities: Capabilities,
}

enum Request {
    Transmit(Zeroizing<Vec<u8>>),
    Reset,
}

enum Answer {
    Reached(Result<Reached, TransportError>),
    Response(Result<Vec<u8>, TransportError>),
}

/// The near end.
#[derive(Debug)]
pub(super) struct Line {
    requests: Sender<Request>,
    answers: Receiver<Answer>,
}

impl Line {
    /// Starts a thread that connects to the card. If the wait is given up the
    /// thread lets go of the card as soon as it gets it.
    pub(super) fn open(
        route: Route,
        patience: Duration,
        cancel: &Cancel,
    ) -> Result<(Self, Reached), TransportError> {
        let (requests, from_caller) = channel();
        let (to_caller, answers) = channel();
        thread::Builder::new()
            .name("card".into())
            .spawn(move || serve(&route, &from_caller, &to_caller))
            .map_err(|error| TransportError::Other(std::format!("no thread: {error}")))?;
        let line = Self { requests, answers };
        let reached = line.reached(patience, cancel)?;
        Ok((line, reached))
    }

    pub(super) fn reset(
        &self,
        patience: Duration,
        cancel: &Cancel,
    ) -> Result<Reached, TransportError> {
        self.ask(Request::Reset)?;
        self.reached(patience, cancel)
    }

    fn reached(&self, patience: Duration, cancel: &Cancel) -> Result<Reached, TransportError> {
        match self.answer(patience, Some(cancel), TransportError::InUse)? {
            Answer::Reached(result) => result,
            Answer::Response(_) => Err(TransportError::Unresponsive),
        }
    }

    /// An exchange that has begun is waited for even where the caller would
    /// like to stop: the card must not be left in the middle of one.
    pub(super) fn transmit(
        &self,
        command: &[u8],
        patience: Duration,
    ) -> Result<Vec<u8>, TransportError> {
        self.ask(Request::Transmit(Zeroizing::new(command.to_vec())))?;
        match self.answer(patience, None, TransportError::Unresponsive)? {
            Answer::Response(result) => result,
            Answer::Reached(_) => Err(TransportError::Unresponsive),
        }
    }

    /// Lets go of the card, and waits until that is done: whoever opens it
    /// next finds it free.
    pub(super) fn close(self) {
        let Self { requests, answers } = self;
        drop(requests);
        // Nothing comes any more but the end of the thread.
        let _ = answers.recv_timeout(CLOSING);
    }

    fn ask(&self, request: Request) -> Result<(), TransportError> {
        self.requests
            .send(request)
            .map_err(|_| TransportError::Unresponsive)
    }

    fn answer(
        &self,
        patience: Duration,
        cancel: Option<&Cancel>,
        late: TransportError,
    ) -> Result<Answer, TransportError> {
        let begin = Instant::now();
        loop {
            let left = patience.saturating_sub(begin.elapsed());
            match self.answers.recv_timeout(SLICE.min(left)) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Disconnected) => return Err(TransportError::Unresponsive),
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return Err(late),
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(cancel) = cancel {
                        cancel.check()?;
                    }
                }
            }
        }
    }
}

/// The far end: until nobody asks any more. Then it lets go of the card.
fn serve(route: &Route, requests: &Receiver<Request>, answers: &Sender<Answer>) {
    let mut connection = Connection::open(route);
    let reached = match &connection {
        Ok(connection) => connection.reached(),
        Err(error) => Err(error.clone()),
    };
    if answers.send(Answer::Reached(reached)).is_ok() {
        connection = answer(route, connection, requests, answers);
    }
    if let Ok(connection) = connection {
        connection.let_go(route);
    }
}

fn answer(
    route: &Route,
    mut connection: Result<Connection, TransportError>,
    requests: &Receiver<Request>,
    answers: &Sender<Answer>,
) -> Result<Connection, TransportError> {
    let mut buffer = Zeroizing::new(vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED]);
    for request in requests {
        let answer = match request {
            Request::Transmit(command) => Answer::Response(match &mut connection {
                Ok(connection) => connection.transmit(route, &command, &mut buffer),
                Err(error) => Err(error.clone()),
            }),
            Request::Reset => {
                connection = match connection {
                    Ok(connection) => connection.reset(route),
                    Err(_) => Connection::open(route),
                };
                Answer::Reached(match &connection {
                    Ok(connection) => connection.reached(),
                    Err(error) => Err(error.clone()),
                })
            }
        };
        if answers.send(answer).is_err() {
            break;
        }
    }
    connection
}

/// A card that is connected. The context is its own: the PC/SC library takes
/// one call at a time for each.
struct Connection {
    card: pcsc::Card,
    context: Context,
    reader: CString,
}

impl Connection {
    fn open(route: &Route) -> Result<Self, TransportError> {
        let context = error::establish().map_err(error::as_it_is)?;
        let connected = context
            .connect(&route.reader, ShareMode::Shared, route.protocols)
            .and_then(|mut card| {
                hold(&mut card, route)?;
                Ok(card)
            });
        match connected {
            Ok(card) => Ok(Self {
                card,
                context,
                reader: route.reader.clone(),
            }),
            Err(error) => Err(cause(&context, &route.reader, error)),
        }
    }

    /// Resets the card that is there, without letting go of it; otherwise
    /// connects from the beginning, to a restarted service too.
    ///
    /// A card that leaves takes the transaction along, and pcscd reconnects to
    /// the one that comes without it. So it begins anew; one that is still
    /// there is only counted once more, and ends with the connection all the
    /// same.
    fn reset(mut self, route: &Route) -> Result<Self, TransportError> {
        let again = self
            .card
            .reconnect(ShareMode::Shared, route.protocols, Disposition::ResetCard)
            .and_then(|()| hold(&mut self.card, route));
        match again {
            Ok(()) => Ok(self),
            Err(_) => {
                self.let_go(route);
                Self::open(route)
            }
        }
    }

    /// Resets the card and disconnects, so that nothing stays open for whoever
    /// comes next.
    ///
    /// A card that is held is reset in the transaction. pcscd can do both in
    /// one, but ends the transaction first: whoever waits for the card has
    /// begun with it when the reset comes, and is not told.
    fn let_go(self, route: &Route) {
        let Self { mut card, .. } = self;
        let disposition = match route.hold {
            true => {
                // An error: the card has left, or was reset by somebody else.
                if let Ok(transaction) = card.transaction() {
                    let _ = transaction.end(Disposition::ResetCard);
                }
                Disposition::LeaveCard
            }
            false => Disposition::ResetCard,
        };
        let _ = card.disconnect(disposition);
    }

    fn reached(&self) -> Result<Reached, TransportError> {
        let status = self
            .card
            .status2_owned()
            .map_err(|error| self.cause(error))?;
        let protocol = match status.protocol2() {
            Some(pcsc::Protocol::T0) => Protocol::T0,
            _ => Protocol::T1,
        };
        let atr = status.atr().to_vec();
        let capabilities = limits::capabilities(protocol, &atr, limits::reader_size(&self.card));
        Ok(Reached {
            atr,
            protocol,
            capabilities,
        })
    }

    fn transmit(
        &mut self,
        route: &Route,
        command: &[u8],
        buffer: &mut [u8],
    ) -> Result<Vec<u8>, TransportError> {
        let mut answer = self.card.transmit2(command, buffer).map(<[u8]>::len);
        if let Err((Error::ProtoMismatch, _)) = answer {
            // pcscd forgets the protocol when the program before us lets go
            // of the card while we are connecting. It says so before it sends
            // anything, so the command can be given again.
            self.card
                .reconnect(ShareMode::Shared, route.protocols, Disposition::LeaveCard)
                .map_err(|error| self.cause(error))?;
            answer = self.card.transmit2(command, buffer).map(<[u8]>::len);
        }
        match answer.map(|length| buffer.get(..length).unwrap_or_default()) {
            // Some drivers report a card that leaves over a command like this.
            Ok([] | [_]) => Err(self.cause(Error::NotTransacted)),
            Ok(response) => Ok(response.to_vec()),
            Err((Error::InsufficientBuffer, length)) => Err(TransportError::ResponseTooLong {
                length,
                maximum: buffer.len(),
            }),
            Err((error, _)) => Err(self.cause(error)),
        }
    }

    fn cause(&self, error: Error) -> TransportError {
        cause(&self.context, &self.reader, error)
    }
}

/// Begins a transaction and leaves it open: it ends when the card is
/// disconnected. The guard that would end it earlier is forgotten, for it
/// borrows the card, and a value cannot borrow from itself.
fn hold(card: &mut pcsc::Card, route: &Route) -> Result<(), Error> {
    if !route.hold {
        return Ok(());
    }
    loop {
        match card.transaction() {
            Ok(transaction) => {
                core::mem::forget(transaction);
                break;
            }
            // Whoever had the card before reset it in the end.
            Err(Error::ResetCard) => {}
            Err(error) => return Err(error),
        }
        card.reconnect(ShareMode::Shared, route.protocols, Disposition::LeaveCard)?;
    }
    // That reset may have made pcscd forget the protocol while we connected,
    // and then there is none to transmit with. Now nobody resets any more.
    card.reconnect(ShareMode::Shared, route.protocols, Disposition::LeaveCard)
}

/// What has gone, where the code does not say it: looked at from the service
/// outwards, for a moment, since the service sees a card leave later than the
/// card's last command fails.
fn cause(context: &Context, reader: &CStr, error: Error) -> TransportError {
    let error = told_apart(context, error);
    if let Some(meaning) = meaning(error) {
        return meaning;
    }
    let begin = Instant::now();
    while begin.elapsed() < SETTLING {
        if let Some(gone) = gone(context, reader) {
            return gone;
        }
        thread::sleep(SLICE);
    }
    error::as_it_is(error)
}

fn gone(context: &Context, reader: &CStr) -> Option<TransportError> {
    match context.list_readers_owned() {
        Ok(names) if names.iter().any(|name| name.as_c_str() == reader) => {}
        Ok(_) => return Some(TransportError::ReaderUnavailable),
        Err(error) => return Some(no_answer(context, error)),
    }
    let mut states = [ReaderState::new(reader, State::UNAWARE)];
    match context.get_status_change(Duration::ZERO, &mut states) {
        Ok(()) | Err(Error::Timeout) => {}
        Err(error) => return Some(no_answer(context, error)),
    }
    let [state] = states;
    let state = state.event_state();
    if state.intersects(State::UNKNOWN | State::UNAVAILABLE) {
        Some(TransportError::ReaderUnavailable)
    } else if state.contains(State::EMPTY) {
        Some(TransportError::Removed)
    } else if state.contains(State::MUTE) {
        Some(TransportError::Unresponsive)
    } else {
        None
    }
}

fn no_answer(context: &Context, error: Error) -> TransportError {
    meaning(told_apart(context, error)).unwrap_or(TransportError::ServiceUnavailable)
}
