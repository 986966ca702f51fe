//! A session: which slot, and what it is in the middle of.

use std::sync::{Arc, Mutex};

use cryptoki_sys as ck;
use host_lib::{KeySlot, Pin2};
use signing::KeyTransportAlgorithm;
use zeroize::Zeroizing;

use crate::mechanism::SignOperation;
use crate::slot::Slot;

/// A session.
pub(crate) struct Session {
    pub(crate) slot: Arc<Slot>,
    /// The card for which it was opened.
    pub(crate) card: u64,
    pub(crate) read_write: bool,
    /// A session does one thing at a time.
    pub(crate) operations: Mutex<Operations>,
}

/// What a session is in the middle of.
#[derive(Default)]
pub(crate) struct Operations {
    /// What was found and not handed over yet.
    pub(crate) found: Option<Vec<ck::CK_OBJECT_HANDLE>>,
    pub(crate) sign: Option<Signing>,
    pub(crate) decrypt: Option<Decrypting>,
}

/// A signature.
pub(crate) struct Signing {
    pub(crate) key: KeySlot,
    pub(crate) operation: SignOperation,
    pub(crate) consent: Consent,
    /// Whether data came in pieces.
    pub(crate) in_pieces: bool,
}

/// PIN2 for one use of a key.
pub(crate) enum Consent {
    /// The login is enough.
    NotNeeded,
    /// It is still to be given.
    Needed,
    /// The holder has given it.
    Given(Pin2),
}

/// A decryption.
pub(crate) struct Decrypting {
    pub(crate) algorithm: KeyTransportAlgorithm,
    /// What came in pieces.
    pub(crate) cryptogram: Option<Vec<u8>>,
    /// What the card has deciphered and the caller had no room for.
    pub(crate) plain: Option<Zeroizing<Vec<u8>>>,
}
