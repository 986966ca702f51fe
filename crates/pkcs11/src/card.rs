//! The card in one reader: a thread that has it while something is done with it, and what it keeps in between.
//!
//! The host library's session borrows its card, so both live on the stack of this thread, and whoever wants something sends it a
//! message. The card is held from the first message until nobody has asked for anything for [`IDLE`], or for [`TURN`] in a row; then it
//! is reset and let go, so that another application gets it and finds nothing open. The next message opens it anew.

mod contents;
mod requests;
mod visit;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use host_lib::{KeySlot, PasswordStatus, Pin2};
use pki::SignatureAlgorithm;
use signing::KeyTransportAlgorithm;
use transport::Cancel;
use zeroize::Zeroizing;

pub(crate) use contents::{Contents, Entry};
use requests::Requests;

use crate::configuration::Configuration;
use crate::error::{Refusal, Result};
use crate::log::Log;
use crate::readers::Readers;

/// How long the card is held without anything to do.
pub(crate) const IDLE: Duration = Duration::from_millis(250);

/// How long it is held with something to do, before others have their turn.
pub(crate) const TURN: Duration = Duration::from_secs(3);

/// What every thread needs.
pub(crate) struct Surroundings {
    pub(crate) readers: Arc<dyn Readers>,
    pub(crate) configuration: Arc<Configuration>,
    pub(crate) log: Arc<Log>,
    pub(crate) cancel: Cancel,
}

/// The use of a key that PIN2 opens for the session.
pub(crate) enum Use {
    /// The key for logging in: a hash.
    Authenticate(SignatureAlgorithm, Vec<u8>),
    /// The key for decipherment: a cryptogram.
    Decipher(KeyTransportAlgorithm, Vec<u8>),
}

/// The certificates that were read after PIN2.
pub(crate) type Certificates = Vec<(KeySlot, Vec<u8>)>;

type Reply<T> = Sender<Result<T>>;

/// What the thread can be asked for.
enum Request {
    Contents(Reply<Arc<Contents>>),
    Status(Reply<PasswordStatus>),
    Login(Pin2, Reply<Certificates>),
    /// Whether this is PIN2; it comes back.
    Check(Pin2, Reply<Pin2>),
    Use(Use, Reply<Zeroizing<Vec<u8>>>),
    Sign(Pin2, SignatureAlgorithm, Vec<u8>, Reply<Zeroizing<Vec<u8>>>),
    ChangePin2(Pin2, Pin2, Reply<()>),
    /// PIN2 is forgotten.
    Logout(Reply<()>),
    /// Another card may be there: everything is forgotten.
    Forget,
}

impl Request {
    fn refuse(self, refusal: Refusal) {
        // Whoever asked may have gone.
        match self {
            Self::Contents(reply) => drop(reply.send(Err(refusal))),
            Self::Status(reply) => drop(reply.send(Err(refusal))),
            Self::Login(_, reply) => drop(reply.send(Err(refusal))),
            Self::Check(_, reply) => drop(reply.send(Err(refusal))),
            Self::Use(_, reply) | Self::Sign(_, _, _, reply) => drop(reply.send(Err(refusal))),
            Self::ChangePin2(_, _, reply) | Self::Logout(reply) => drop(reply.send(Err(refusal))),
            Self::Forget => {}
        }
    }
}

/// What is known of the card while it is not held.
#[derive(Default)]
struct Kept {
    /// PIN2, from login to logout, to go on after somebody else has had the card. One that the card refuses is forgotten at once.
    pin2: Option<Pin2>,
    contents: Option<Arc<Contents>>,
    /// Why this card is not opened again: it has refused the access code, which is not tried twice, or it is another one than before,
    /// and whoever asked meant that one.
    refused: Option<Refusal>,
}

/// The near end of the thread.
pub(crate) struct CardThread {
    /// There until the end.
    requests: Option<Sender<(u64, Request)>>,
    thread: Option<JoinHandle<()>>,
}

impl CardThread {
    /// A thread for the card in this reader. It ends when the value is dropped, and then the card is free for others.
    pub(crate) fn start(reader: String, surroundings: Arc<Surroundings>) -> Result<Self> {
        let (sender, receiver) = channel();
        let mut requests = Requests::new(receiver);
        let thread = thread::Builder::new()
            .name("neweid-pkcs11".into())
            .spawn(move || serve(&reader, &surroundings, &mut requests))
            .map_err(|_| Refusal::HOST_MEMORY)?;
        Ok(Self {
            requests: Some(sender),
            thread: Some(thread),
        })
    }

    fn send(&self, card: u64, request: Request) -> Result<()> {
        // A thread that is gone has panicked: the next C_Initialize starts another.
        let gone = Refusal::GENERAL_ERROR;
        let requests = self.requests.as_ref().ok_or(gone)?;
        requests.send((card, request)).map_err(|_| gone)
    }

    /// Asks for something of this card, as the slot counts them. If another one is there meanwhile, it is not asked.
    fn ask<T>(&self, card: u64, request: impl FnOnce(Reply<T>) -> Request) -> Result<T> {
        let (reply, answer) = channel();
        self.send(card, request(reply))?;
        answer.recv().map_err(|_| Refusal::GENERAL_ERROR)?
    }

    pub(crate) fn contents(&self, card: u64) -> Result<Arc<Contents>> {
        self.ask(card, Request::Contents)
    }

    pub(crate) fn pin2_status(&self, card: u64) -> Result<PasswordStatus> {
        self.ask(card, Request::Status)
    }

    pub(crate) fn login(&self, card: u64, pin2: Pin2) -> Result<Certificates> {
        self.ask(card, |reply| Request::Login(pin2, reply))
    }

    pub(crate) fn check(&self, card: u64, pin2: Pin2) -> Result<Pin2> {
        self.ask(card, |reply| Request::Check(pin2, reply))
    }

    pub(crate) fn use_key(&self, card: u64, what: Use) -> Result<Zeroizing<Vec<u8>>> {
        self.ask(card, |reply| Request::Use(what, reply))
    }

    pub(crate) fn sign(
        &self,
        card: u64,
        pin2: Pin2,
        algorithm: SignatureAlgorithm,
        hash: Vec<u8>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        self.ask(card, |reply| Request::Sign(pin2, algorithm, hash, reply))
    }

    pub(crate) fn change_pin2(&self, card: u64, old: Pin2, new: Pin2) -> Result<()> {
        self.ask(card, |reply| Request::ChangePin2(old, new, reply))
    }

    pub(crate) fn logout(&self, card: u64) -> Result<()> {
        self.ask(card, Request::Logout)
    }

    /// From now on it is this card.
    pub(crate) fn forget(&self, card: u64) {
        let _ = self.send(card, Request::Forget);
    }
}

impl Drop for CardThread {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Until nobody asks any more.
fn serve(reader: &str, surroundings: &Surroundings, requests: &mut Requests) {
    let mut kept = Kept::default();
    let mut waiting = None;
    loop {
        let Some(request) = waiting.take().or_else(|| requests.next()) else {
            return;
        };
        waiting = match request {
            Request::Forget => {
                kept = Kept::default();
                None
            }
            Request::Logout(reply) => {
                kept.pin2 = None;
                let _ = reply.send(Ok(()));
                None
            }
            Request::Use(_, reply) if kept.pin2.is_none() => {
                let _ = reply.send(Err(Refusal::USER_NOT_LOGGED_IN));
                None
            }
            request => match kept.refused {
                Some(refusal) => {
                    request.refuse(refusal);
                    None
                }
                None => visit::visit(reader, surroundings, &mut kept, request, requests),
            },
        };
    }
}
