//! Why an exchange did not happen.

use alloc::string::String;

/// Why a carrier has no answer of the card to give. A status word, however
/// bad, is an answer; these are not.
///
/// Except after [`Cancelled`](Self::Cancelled) and
/// [`CommandTooLong`](Self::CommandTooLong), which send nothing, nobody knows
/// whether the card has carried out the command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The card is gone, or there was none.
    #[error("the card was removed")]
    Removed,
    /// The card was reset, by its reader or by another program. What was
    /// opened or selected before is lost.
    #[error("the card was reset")]
    Reset,
    /// The reader itself is gone, or there is none of this name.
    #[error("the reader is not there")]
    ReaderUnavailable,
    /// The service that looks after the readers (pcscd on Linux) is not
    /// running, or has ended meanwhile.
    #[error("the smart-card service is not running")]
    ServiceUnavailable,
    /// The service that looks after the readers does not let this user in.
    #[error("the smart-card service refuses this user")]
    NotPermitted,
    /// Another program has the card to itself and did not let go of it in the
    /// time that the carrier allows.
    #[error("another program is using the card")]
    InUse,
    /// The card did not answer in the time that the carrier allows.
    #[error("the card does not answer")]
    Unresponsive,
    /// [`Cancel`](crate::Cancel) was used.
    #[error("cancelled")]
    Cancelled,
    /// The carrier cannot take a command of this length.
    #[error("a command of {length} bytes is longer than the {maximum} that the reader takes")]
    CommandTooLong {
        /// The command's length in bytes.
        length: usize,
        /// [`Capabilities::max_command`](crate::Capabilities::max_command).
        maximum: usize,
    },
    /// The carrier cannot return a response of this length.
    #[error("a response of {length} bytes is longer than the {maximum} that the reader returns")]
    ResponseTooLong {
        /// The response's length in bytes.
        length: usize,
        /// [`Capabilities::max_response`](crate::Capabilities::max_response).
        maximum: usize,
    },
    /// A replayed session took another course than the recorded one.
    #[error("exchange {exchange} of the replay: {difference}")]
    ReplayDiverged {
        /// The number of the exchange, counted from 1 as in the trace.
        exchange: u64,
        /// What is different, without data.
        difference: String,
    },
    /// Something else, in the carrier's own words.
    #[error("{0}")]
    Other(String),
}
