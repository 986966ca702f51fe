//! Why the chip refuses a command, and the one place where that becomes a status word.

use iso7816::StatusWord;

use crate::{access::Denied, attempts::AttemptError, store::StoreError};

/// A refused or failed command. The status words are those of docs/chip-profile.md.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Error {
    // The form of the command.
    ClassNotSupported,
    LogicalChannel,
    SecureMessagingForm,
    InstructionNotSupported,
    IncorrectParameters,
    WrongLength,
    IncorrectData,
    LastCommandOfChainExpected,

    // What it refers to.
    FileNotFound,
    ReferenceNotFound,
    NoCurrentFile,
    OffsetOutsideFile,
    NotEnoughMemory,

    // Whether it may be carried out now.
    Denied(Denied),
    ConditionsNotSatisfied,
    /// It was carried out and failed.
    Execution,

    // Secrets.
    WrongSecret {
        tries_left: Option<u8>,
    },
    Suspended,
    Blocked,
    Deactivated,

    // The terminal.
    Certificate(cvc::Error),

    // The secure channel, and what runs inside it.
    NoChannel,
    Channel(secure_channel::Error),

    // The card itself.
    Store(StoreError),
}

impl Error {
    /// The status word for an error.
    pub(crate) fn status_word(&self) -> StatusWord {
        match self {
            Self::ClassNotSupported => StatusWord::CLA_NOT_SUPPORTED,
            Self::LogicalChannel => StatusWord::LOGICAL_CHANNEL_NOT_SUPPORTED,
            Self::SecureMessagingForm => StatusWord::SECURE_MESSAGING_NOT_SUPPORTED,
            Self::InstructionNotSupported => StatusWord::INS_NOT_SUPPORTED,
            Self::IncorrectParameters => StatusWord::INCORRECT_P1_P2,
            Self::WrongLength => StatusWord::WRONG_LENGTH,
            Self::IncorrectData => StatusWord::INCORRECT_DATA,
            Self::LastCommandOfChainExpected => StatusWord::LAST_COMMAND_OF_CHAIN_EXPECTED,
            Self::FileNotFound => StatusWord::FILE_NOT_FOUND,
            Self::ReferenceNotFound => StatusWord::REFERENCE_NOT_FOUND,
            Self::NoCurrentFile => StatusWord::COMMAND_NOT_ALLOWED,
            Self::OffsetOutsideFile => StatusWord::WRONG_P1_P2,
            // Nothing was written, and nothing is broken.
            Self::NotEnoughMemory | Self::Store(StoreError::Full { .. }) => {
                StatusWord::NOT_ENOUGH_MEMORY
            }
            Self::Denied(Denied) => StatusWord::SECURITY_STATUS_NOT_SATISFIED,
            Self::ConditionsNotSatisfied | Self::Suspended => StatusWord::CONDITIONS_NOT_SATISFIED,
            Self::Execution => StatusWord::EXECUTION_ERROR,
            Self::WrongSecret {
                tries_left: Some(tries),
            } => StatusWord::wrong_secret(*tries),
            Self::WrongSecret { tries_left: None } => StatusWord::AUTHENTICATION_FAILED,
            Self::Blocked => StatusWord::AUTHENTICATION_METHOD_BLOCKED,
            Self::Deactivated => StatusWord::REFERENCE_DATA_NOT_USABLE,
            // What is no certificate, and one that is not to be trusted (TR-03110-3 B.14.5).
            Self::Certificate(
                cvc::Error::Tlv { .. } | cvc::Error::Malformed { .. } | cvc::Error::TooLong { .. },
            ) => StatusWord::INCORRECT_DATA,
            Self::Certificate(_) => StatusWord::AUTHENTICATION_FAILED,
            Self::NoChannel => StatusWord::SM_OBJECTS_INCORRECT,
            Self::Channel(error) => error.status_word(),
            Self::Store(_) => StatusWord::MEMORY_FAILURE,
        }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<AttemptError> for Error {
    fn from(error: AttemptError) -> Self {
        match error {
            AttemptError::Blocked => Self::Blocked,
            AttemptError::Store(error) => Self::Store(error),
        }
    }
}

impl From<secure_channel::Error> for Error {
    fn from(error: secure_channel::Error) -> Self {
        Self::Channel(error)
    }
}
