//! What can go wrong, by whose turn it is.

use iso7816::StatusWord;

/// Everything that this crate can refuse.
///
/// The chip turns an error into its answer with [`Error::status_word`]. No variant carries a
/// secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // The caller's turn.
    /// A password, private key or identifier given by the caller does not have the required form.
    #[error("invalid input: {0}")]
    InvalidInput(&'static str),
    /// A call was made that does not fit the protocol's step.
    #[error("this call does not fit the current step of the protocol")]
    OutOfStep,
    /// The channel was closed, by its owner or after an error, and its keys are wiped.
    #[error("the secure channel is closed")]
    ChannelClosed,
    /// The send sequence counter reached its maximum; a new channel must be set up.
    #[error("the send sequence counter is exhausted")]
    CounterExhausted,
    /// A protected command or response would exceed 65535 bytes.
    #[error("the data is too long for one protected message")]
    TooLong,

    /// The random number generator does not yield usable numbers.
    #[error("the random number generator is broken")]
    RandomnessFailed,

    // The peer's turn: what it sent cannot be used.
    /// A message of the other side does not have the required structure.
    #[error("malformed message: {0}")]
    Malformed(&'static str),
    /// A point is not an uncompressed point of full length on the curve, or is the point at
    /// infinity.
    #[error("not a valid point on the curve")]
    InvalidPoint,
    /// A number is not a scalar from 1 to n − 1.
    #[error("not a valid scalar")]
    InvalidScalar,
    /// Both public keys of a key agreement are equal (TR-03110-2 §3.2.1 step 3b).
    #[error("both sides' ephemeral public keys are equal")]
    EqualPublicKeys,
    /// On the chip: what the terminal refers to is not there, a key that no certificate brought or
    /// auxiliary data that was not sent.
    #[error("referenced data not found: {0}")]
    ReferenceNotFound(&'static str),
    /// On the chip: the terminal's authentication token is wrong, hence its password.
    #[error("the terminal's authentication token is wrong")]
    WrongToken,

    // At the terminal.
    /// The chip says that the password is wrong. `tries_left` is what it told, if it told.
    #[error("the password is wrong")]
    WrongPassword {
        /// Remaining tries from a status word 63Cx.
        tries_left: Option<u8>,
    },
    /// The chip refused a step of a protocol.
    #[error("the chip refused the protocol step: {0}")]
    Refused(StatusWord),
    /// The chip accepted the terminal's token and then failed to prove that it knows the password
    /// itself, or broke the protocol in a way that an honest chip does not.
    #[error("the chip misbehaved: {0}")]
    ChipMisbehaved(&'static str),
    /// A signature or proof does not verify.
    #[error("not authentic: {0}")]
    NotAuthentic(&'static str),

    // Secure messaging.
    /// Expected secure-messaging data objects are missing.
    #[error("expected secure messaging data objects are missing")]
    ObjectsMissing,
    /// Secure-messaging data objects are incorrect: checksum, padding, order, repetition.
    #[error("secure messaging data objects are incorrect")]
    ObjectsIncorrect,
    /// The chip answered without secure messaging. Nothing vouches for this status word.
    #[error("unprotected answer from the chip: {0}")]
    UnprotectedStatus(StatusWord),
}

impl Error {
    /// The status word with which a chip answers this error.
    ///
    /// TR-03110-3 B.14 (6300, 6A80, 6A88, 6985) and F.6 (6987, 6988). For [`Error::WrongToken`] a chip
    /// with a retry counter answers 63Cx instead.
    #[must_use]
    pub const fn status_word(&self) -> StatusWord {
        match self {
            Self::WrongToken | Self::NotAuthentic(_) => StatusWord::AUTHENTICATION_FAILED,
            Self::Malformed(_)
            | Self::InvalidPoint
            | Self::InvalidScalar
            | Self::EqualPublicKeys
            | Self::InvalidInput(_) => StatusWord::INCORRECT_DATA,
            Self::ReferenceNotFound(_) => StatusWord::REFERENCE_NOT_FOUND,
            Self::OutOfStep | Self::ChannelClosed => StatusWord::CONDITIONS_NOT_SATISFIED,
            Self::ObjectsMissing => StatusWord::SM_OBJECTS_MISSING,
            Self::ObjectsIncorrect => StatusWord::SM_OBJECTS_INCORRECT,
            _ => StatusWord::UNKNOWN,
        }
    }
}
