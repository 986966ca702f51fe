//! What can go wrong, sorted by whose turn it is.
//!
//! [`Error`] is what a call returns; [`ErrorCode`] is its stable name, with a message and an
//! advice in two languages. No error text ever holds a password, a key or a field of the card.

mod agency;
mod code;
mod kind;

pub use agency::AgencyFault;
pub use code::{ErrorCode, Lang, Turn, error_table};
pub use kind::{
    CardFault, DenialReason, File, InputError, InputKind, InputProblem, Misbehaviour, Misuse,
    PasswordKind, PasswordState, Step, Unsupported,
};

use core::fmt;

use iso7816::StatusWord;
use transport::TransportError;

use crate::certificates::FunctionState;
use crate::report::CheckName;

/// Everything a call of this library can fail with.
///
/// | variant | whose turn |
/// |---|---|
/// | [`Transport`](Self::Transport), [`Cancelled`](Self::Cancelled) | card and reader: place it again |
/// | [`WrongPassword`](Self::WrongPassword), [`PasswordUnusable`](Self::PasswordUnusable), [`NewPinRefused`](Self::NewPinRefused), [`InvalidInput`](Self::InvalidInput) | the holder |
/// | [`AccessDenied`](Self::AccessDenied), [`Unsupported`](Self::Unsupported) | another code, another card, fewer groups |
/// | [`Agency`](Self::Agency) | whoever looks after the agency's certificates and key |
/// | [`Card`](Self::Card) | the card refused for a reason of its own |
/// | [`ChipMisbehaved`](Self::ChipMisbehaved), [`Refused`](Self::Refused) | the agency: stop, possible attack or an unacceptable document |
/// | [`ApiMisuse`](Self::ApiMisuse), [`Internal`](Self::Internal) | the programmer |
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The reader failed, the card left, or the time is up.
    Transport(TransportError),
    /// The caller cancelled.
    Cancelled,
    /// The card compared a password and found it wrong. A try may have been spent.
    WrongPassword {
        /// Which password.
        password: PasswordKind,
        /// Tries left, where the card counts and says so.
        tries_left: Option<u8>,
    },
    /// The password cannot be used in its present state. No try was spent.
    PasswordUnusable {
        /// Which password.
        password: PasswordKind,
        /// Why not.
        state: PasswordState,
    },
    /// The card refused a new PIN1; the old one is still in force.
    NewPinRefused(StatusWord),
    /// A text is not what it should be. Nothing was sent to the card.
    InvalidInput(InputError),
    /// The card refused access to a file.
    AccessDenied {
        /// The file.
        file: File,
        /// Why, as far as this library can tell.
        reason: DenialReason,
    },
    /// The card lacks something that was asked for.
    Unsupported(Unsupported),
    /// The natural-person certificate is switched off, or over for ever.
    CertificatesUnusable(FunctionState),
    /// The card refused a command with a status that has no special meaning at this step.
    Card(CardFault),
    /// The card broke a protocol or a limit.
    ChipMisbehaved(Misbehaviour),
    /// A check failed: the document must not be accepted.
    Refused {
        /// The check.
        check: CheckName,
        /// Its code.
        code: ErrorCode,
    },
    /// The agency's terminal could not authenticate itself to the card.
    Agency(Box<AgencyFault>),
    /// A certificate or list cannot be used.
    Trust(pki::Error),
    /// The library was called in a way that cannot work.
    ApiMisuse(Misuse),
    /// The operating system gave no random numbers.
    NoRandomness,
    /// A state held to be impossible; the text names it.
    Internal(&'static str),
}

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;

impl Error {
    /// The stable name of this error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Transport(error) => match error {
                TransportError::Removed => ErrorCode::CardRemoved,
                TransportError::Reset => ErrorCode::CardReset,
                TransportError::Unresponsive => ErrorCode::Timeout,
                TransportError::Cancelled => ErrorCode::Cancelled,
                TransportError::ReaderUnavailable => ErrorCode::ReaderUnavailable,
                TransportError::ServiceUnavailable => ErrorCode::ServiceUnavailable,
                TransportError::NotPermitted => ErrorCode::NotPermitted,
                TransportError::InUse => ErrorCode::CardInUse,
                TransportError::CommandTooLong { .. } | TransportError::ResponseTooLong { .. } => {
                    ErrorCode::ReaderTooLong
                }
                _ => ErrorCode::ReaderFailed,
            },
            Self::Cancelled => ErrorCode::Cancelled,
            Self::WrongPassword { password, .. } => match password {
                PasswordKind::Can => ErrorCode::WrongCan,
                PasswordKind::Mrz => ErrorCode::WrongMrz,
                PasswordKind::Pin1 => ErrorCode::WrongPin1,
                PasswordKind::Puk => ErrorCode::WrongPuk,
                PasswordKind::Pin2 => ErrorCode::WrongPin2,
            },
            Self::PasswordUnusable { password, state } => match (password, state) {
                (PasswordKind::Pin1, PasswordState::Suspended) => ErrorCode::PinSuspended,
                (PasswordKind::Pin1, PasswordState::Blocked) => ErrorCode::PinBlocked,
                (PasswordKind::Pin1, PasswordState::Deactivated) => ErrorCode::PinDeactivated,
                (PasswordKind::Puk, PasswordState::Suspended) => ErrorCode::PukSuspended,
                (PasswordKind::Puk, PasswordState::Blocked) => ErrorCode::PukBlocked,
                (PasswordKind::Pin2, PasswordState::Suspended) => ErrorCode::Pin2Suspended,
                (PasswordKind::Pin2, PasswordState::Blocked) => ErrorCode::Pin2Blocked,
                _ => ErrorCode::PasswordAbsent,
            },
            Self::NewPinRefused(_) => ErrorCode::NewPinRefused,
            Self::InvalidInput(error) => error.code(),
            Self::AccessDenied { reason, .. } => reason.code(),
            Self::Unsupported(what) => what.code(),
            Self::CertificatesUnusable(FunctionState::Terminated) => ErrorCode::CertificatesOver,
            Self::CertificatesUnusable(_) => ErrorCode::CertificatesOff,
            Self::Card(_) => ErrorCode::CardStatus,
            Self::ChipMisbehaved(how) => how.code(),
            Self::Refused { code, .. } => *code,
            Self::Agency(fault) => fault.code(),
            Self::Trust(error) => ErrorCode::of(error),
            Self::ApiMisuse(_) => ErrorCode::ApiMisuse,
            Self::NoRandomness => ErrorCode::NoRandomness,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// Whose turn it is.
    pub fn turn(&self) -> Turn {
        self.code().turn()
    }

    /// What happened, with the particulars: tries left, file, status word.
    pub fn message(&self, lang: Lang) -> String {
        let mut out = String::from(self.code().message(lang));
        if let Some(detail) = self.detail(lang) {
            match lang {
                Lang::En => {
                    out.push_str(" (");
                    out.push_str(&detail);
                    out.push(')');
                }
                Lang::ZhTw => {
                    out.push('（');
                    out.push_str(&detail);
                    out.push('）');
                }
            }
        }
        out
    }

    /// What to do.
    pub fn advice(&self, lang: Lang) -> &'static str {
        self.code().advice(lang)
    }

    /// Tries left, where the error says so.
    pub fn tries_left(&self) -> Option<u8> {
        match self {
            Self::WrongPassword { tries_left, .. } => *tries_left,
            Self::PasswordUnusable { state, .. } => state.tries_left(),
            _ => None,
        }
    }

    fn detail(&self, lang: Lang) -> Option<String> {
        Some(match self {
            Self::Transport(error) => error.to_string(),
            Self::WrongPassword { tries_left, .. } => match (tries_left, lang) {
                (Some(tries), Lang::En) => format!("tries left: {tries}"),
                (Some(tries), Lang::ZhTw) => format!("剩餘次數：{tries}"),
                (None, _) => return None,
            },
            Self::InvalidInput(error) => error.detail(lang),
            Self::NewPinRefused(status) => status.to_string(),
            Self::AccessDenied { file, reason } => {
                format!("{file}: {}", reason.describe(lang))
            }
            Self::Unsupported(what) => what.detail()?,
            Self::Card(fault) => fault.to_string(),
            Self::ChipMisbehaved(how) => how.to_string(),
            Self::Refused { check, .. } => match lang {
                Lang::En => format!("check: {}", check.label(lang)),
                Lang::ZhTw => format!("檢查項目：{}", check.label(lang)),
            },
            Self::Agency(fault) => fault.detail(lang),
            Self::Trust(error) => error.to_string(),
            Self::ApiMisuse(misuse) => misuse.to_string(),
            Self::Internal(what) => (*what).into(),
            Self::Cancelled
            | Self::PasswordUnusable { .. }
            | Self::CertificatesUnusable(_)
            | Self::NoRandomness => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message(Lang::En))
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Transport(error) => Some(error),
            Self::InvalidInput(error) => Some(error),
            Self::ChipMisbehaved(how) => Some(how),
            Self::Agency(fault) => Some(&**fault),
            Self::Trust(error) => Some(error),
            Self::ApiMisuse(misuse) => Some(misuse),
            _ => None,
        }
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Cancelled => Self::Cancelled,
            other => Self::Transport(other),
        }
    }
}

impl From<pki::Error> for Error {
    fn from(error: pki::Error) -> Self {
        Self::Trust(error)
    }
}

impl ErrorCode {
    /// The code of what passive authentication found.
    pub fn of(error: &pki::Error) -> Self {
        use pki::Error as E;
        match error {
            E::TestAnchor => Self::TestAnchorRefused,
            E::UntrustedIssuer { .. }
            | E::NotSelfSigned
            | E::CertificateSignature { .. }
            | E::NameChaining { .. }
            | E::Country { .. } => Self::UntrustedSigner,
            E::Expired { .. } | E::NotYetValid { .. } => Self::DocumentSignerExpired,
            E::Revoked { .. } => Self::DocumentSignerRevoked,
            E::NoRevocationList => Self::RevocationListMissing,
            E::RevocationListStale { .. } | E::RevocationListNotYetValid { .. } => {
                Self::RevocationListStale
            }
            E::RevocationListIssuer
            | E::RevocationListSignature
            | E::RevocationListCriticalExtension(_)
            | E::RevocationListIncomplete(_)
            | E::RevocationListDuplicate(_) => Self::RevocationListInvalid,
            E::GroupHash(_) | E::GroupNotSigned(_) => Self::DataAltered,
            E::Signature | E::ContentDigest | E::ContentSignature => Self::SignatureInvalid,
            E::KeyUsage { .. }
            | E::BasicConstraints { .. }
            | E::MissingExtension { .. }
            | E::UnknownCriticalExtension { .. }
            | E::DuplicateExtension(_)
            | E::CertificateVersion { .. }
            | E::PathLength { .. }
            | E::DocumentType(_) => Self::DocumentSignerUnfit,
            _ => Self::SecurityObjectMalformed,
        }
    }
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        Self::InvalidInput(error)
    }
}

impl From<Misbehaviour> for Error {
    fn from(how: Misbehaviour) -> Self {
        Self::ChipMisbehaved(how)
    }
}

impl From<Misuse> for Error {
    fn from(misuse: Misuse) -> Self {
        Self::ApiMisuse(misuse)
    }
}
