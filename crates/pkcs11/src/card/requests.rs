//! What the thread is asked for, in the order in which it was asked, as far as it is for the card that is there.

use std::sync::mpsc::Receiver;

use super::{IDLE, Request};
use crate::error::Refusal;

/// The far end of the requests, each with the card that it is for.
pub(super) struct Requests {
    receiver: Receiver<(u64, Request)>,
    /// The card that is there, as the slot counts them.
    card: u64,
}

impl Requests {
    pub(super) const fn new(receiver: Receiver<(u64, Request)>) -> Self {
        Self { receiver, card: 0 }
    }

    /// The next one; `None` if nobody is left who could ask.
    pub(super) fn next(&mut self) -> Option<Request> {
        loop {
            let (card, request) = self.receiver.recv().ok()?;
            if let Some(request) = self.admit(card, request) {
                return Some(request);
            }
        }
    }

    /// The next one, if there is one within [`IDLE`].
    pub(super) fn next_soon(&mut self) -> Option<Request> {
        loop {
            let (card, request) = self.receiver.recv_timeout(IDLE).ok()?;
            if let Some(request) = self.admit(card, request) {
                return Some(request);
            }
        }
    }

    /// Somebody who meant a card that has gone may have waited so long that the next one is there: it must not get his PIN2.
    fn admit(&mut self, card: u64, request: Request) -> Option<Request> {
        if let Request::Forget = request {
            self.card = card;
        }
        if card == self.card {
            return Some(request);
        }
        request.refuse(Refusal::DEVICE_REMOVED);
        None
    }
}
