//! What a function answers: the return values of PKCS#11, and which of them an error of the host library becomes.

use core::fmt;

use cryptoki_sys as ck;
use host_lib::{Error, InputError, InputProblem, PasswordKind, TransportError, Unsupported};

/// A return value other than `CKR_OK`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Refusal(pub ck::CK_RV);

/// A result whose error is a return value.
pub type Result<T, E = Refusal> = core::result::Result<T, E>;

/// `names!(A, B)`: the values of PKCS#11 with these names, as constants of [`Refusal`] and for people.
macro_rules! names {
    ($($short:ident = $long:ident),+ $(,)?) => {
        #[allow(missing_docs, reason = "the names are those of the standard, without CKR_")]
        impl Refusal {
            $(pub const $short: Self = Self(ck::$long);)+

            fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$short => Some(stringify!($long)),)+
                    _ => None,
                }
            }
        }
    };
}

names!(
    ACTION_PROHIBITED = CKR_ACTION_PROHIBITED,
    ARGUMENTS_BAD = CKR_ARGUMENTS_BAD,
    ATTRIBUTE_SENSITIVE = CKR_ATTRIBUTE_SENSITIVE,
    ATTRIBUTE_TYPE_INVALID = CKR_ATTRIBUTE_TYPE_INVALID,
    BUFFER_TOO_SMALL = CKR_BUFFER_TOO_SMALL,
    CRYPTOKI_ALREADY_INITIALIZED = CKR_CRYPTOKI_ALREADY_INITIALIZED,
    CRYPTOKI_NOT_INITIALIZED = CKR_CRYPTOKI_NOT_INITIALIZED,
    DATA_INVALID = CKR_DATA_INVALID,
    DATA_LEN_RANGE = CKR_DATA_LEN_RANGE,
    DEVICE_ERROR = CKR_DEVICE_ERROR,
    DEVICE_REMOVED = CKR_DEVICE_REMOVED,
    ENCRYPTED_DATA_INVALID = CKR_ENCRYPTED_DATA_INVALID,
    ENCRYPTED_DATA_LEN_RANGE = CKR_ENCRYPTED_DATA_LEN_RANGE,
    FUNCTION_CANCELED = CKR_FUNCTION_CANCELED,
    FUNCTION_FAILED = CKR_FUNCTION_FAILED,
    FUNCTION_NOT_PARALLEL = CKR_FUNCTION_NOT_PARALLEL,
    FUNCTION_NOT_SUPPORTED = CKR_FUNCTION_NOT_SUPPORTED,
    FUNCTION_REJECTED = CKR_FUNCTION_REJECTED,
    GENERAL_ERROR = CKR_GENERAL_ERROR,
    HOST_MEMORY = CKR_HOST_MEMORY,
    KEY_FUNCTION_NOT_PERMITTED = CKR_KEY_FUNCTION_NOT_PERMITTED,
    KEY_HANDLE_INVALID = CKR_KEY_HANDLE_INVALID,
    KEY_TYPE_INCONSISTENT = CKR_KEY_TYPE_INCONSISTENT,
    MECHANISM_INVALID = CKR_MECHANISM_INVALID,
    MECHANISM_PARAM_INVALID = CKR_MECHANISM_PARAM_INVALID,
    NO_EVENT = CKR_NO_EVENT,
    OBJECT_HANDLE_INVALID = CKR_OBJECT_HANDLE_INVALID,
    OPERATION_ACTIVE = CKR_OPERATION_ACTIVE,
    OPERATION_NOT_INITIALIZED = CKR_OPERATION_NOT_INITIALIZED,
    PIN_INCORRECT = CKR_PIN_INCORRECT,
    PIN_INVALID = CKR_PIN_INVALID,
    PIN_LEN_RANGE = CKR_PIN_LEN_RANGE,
    PIN_LOCKED = CKR_PIN_LOCKED,
    RANDOM_NO_RNG = CKR_RANDOM_NO_RNG,
    RANDOM_SEED_NOT_SUPPORTED = CKR_RANDOM_SEED_NOT_SUPPORTED,
    SESSION_CLOSED = CKR_SESSION_CLOSED,
    SESSION_HANDLE_INVALID = CKR_SESSION_HANDLE_INVALID,
    SESSION_PARALLEL_NOT_SUPPORTED = CKR_SESSION_PARALLEL_NOT_SUPPORTED,
    SESSION_READ_ONLY = CKR_SESSION_READ_ONLY,
    SLOT_ID_INVALID = CKR_SLOT_ID_INVALID,
    TOKEN_NOT_PRESENT = CKR_TOKEN_NOT_PRESENT,
    TOKEN_NOT_RECOGNIZED = CKR_TOKEN_NOT_RECOGNIZED,
    USER_ALREADY_LOGGED_IN = CKR_USER_ALREADY_LOGGED_IN,
    USER_NOT_LOGGED_IN = CKR_USER_NOT_LOGGED_IN,
    USER_PIN_NOT_INITIALIZED = CKR_USER_PIN_NOT_INITIALIZED,
    USER_TYPE_INVALID = CKR_USER_TYPE_INVALID,
);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "CKR {:#x}", self.0),
        }
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for Refusal {}

impl From<&TransportError> for Refusal {
    fn from(error: &TransportError) -> Self {
        match error {
            TransportError::Removed | TransportError::ReaderUnavailable => Self::DEVICE_REMOVED,
            TransportError::Cancelled => Self::FUNCTION_CANCELED,
            _ => Self::DEVICE_ERROR,
        }
    }
}

/// The meaning of an error once the card is open.
impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        match error {
            Error::Transport(error) => error.into(),
            Error::Cancelled => Self::FUNCTION_CANCELED,
            Error::WrongPassword { .. } => Self::PIN_INCORRECT,
            // Blocked, or its last try is not for this interface: it cannot be used now.
            Error::PasswordUnusable { .. } => Self::PIN_LOCKED,
            Error::AccessDenied { .. } => Self::USER_NOT_LOGGED_IN,
            Error::Unsupported(Unsupported::Key(_)) => Self::KEY_FUNCTION_NOT_PERMITTED,
            Error::CertificatesUnusable(_) => Self::USER_PIN_NOT_INITIALIZED,
            Error::NoRandomness => Self::RANDOM_NO_RNG,
            Error::Internal(_) => Self::GENERAL_ERROR,
            _ => Self::DEVICE_ERROR,
        }
    }
}

/// The meaning of an error while the card is being opened: what is not about reader or PIN2 says that this card cannot be used.
pub(crate) fn while_opening(error: &Error) -> Refusal {
    match error {
        Error::Transport(_) | Error::Cancelled | Error::NoRandomness | Error::Internal(_) => {
            error.into()
        }
        Error::WrongPassword { password, .. } if *password == PasswordKind::Pin2 => error.into(),
        _ => Refusal::TOKEN_NOT_RECOGNIZED,
    }
}

/// What is wrong with a new PIN2 that no card would take.
pub(crate) fn new_pin(error: InputError) -> Refusal {
    match error.problem {
        InputProblem::NotADigit { .. } => Refusal::PIN_INVALID,
        _ => Refusal::PIN_LEN_RANGE,
    }
}
