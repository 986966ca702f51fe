//! Which class an error of the host library belongs to.

use host_lib::{ErrorCode, Turn};

use crate::exit::Exit;

/// The exit code of an error of the host library.
pub(super) fn class(code: ErrorCode) -> Exit {
    use ErrorCode as C;
    match code {
        C::WrongCan | C::WrongMrz | C::WrongPin1 | C::WrongPuk | C::WrongPin2 => Exit::WrongCode,
        C::PinSuspended
        | C::PinBlocked
        | C::PinDeactivated
        | C::PukSuspended
        | C::PukBlocked
        | C::Pin2Suspended
        | C::Pin2Blocked
        | C::CertificatesOff => Exit::Locked,
        C::InputCan
        | C::InputPin
        | C::InputTransportPin
        | C::InputPuk
        | C::InputPin2
        | C::InputMrz => Exit::Usage,
        C::AccessDenied
        | C::AgencyNeeded
        | C::NotGranted
        | C::NotAgreed
        | C::GroupMissing
        | C::NoEidApplication
        | C::NoIcaoApplication
        | C::NoCertificates
        | C::CertificatesOver
        | C::KeyMissing
        | C::PasswordAbsent => Exit::Denied,
        C::TerminalCertificates
        | C::TerminalUnknown
        | C::TerminalRefused
        | C::TerminalSignature
        | C::TerminalKey => Exit::Denied,
        C::CardStatus
        | C::NoTerminalAuthentication
        | C::NewPinRefused
        | C::CardWithoutPace
        | C::NoCommonSuite
        | C::ChipMalformed
        | C::ChipTooLarge
        | C::ChipTooManyExchanges
        | C::ChipBrokePace
        | C::ChannelForged
        | C::ChannelPlain => Exit::Card,
        C::ReaderUnavailable | C::ServiceUnavailable | C::NotPermitted => Exit::Reader,
        C::Cancelled => Exit::Cancelled,
        C::ApiMisuse | C::NoRandomness | C::Internal => Exit::Internal,
        other => match other.turn() {
            Turn::Reader => Exit::Card,
            Turn::Developer => Exit::Internal,
            Turn::Holder => Exit::Denied,
            // What the agency or the operator must act on is a document that must not be accepted.
            _ => Exit::NotVerified,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_of_the_library_ends_with_success() {
        for code in ErrorCode::ALL {
            assert_ne!(class(*code), Exit::Success, "{code}");
        }
    }

    #[test]
    fn whatever_makes_a_document_unacceptable_has_the_same_exit_code() {
        for code in [
            ErrorCode::DataAltered,
            ErrorCode::SignatureInvalid,
            ErrorCode::UntrustedSigner,
            ErrorCode::DocumentSignerRevoked,
            ErrorCode::DocumentOverdue,
            ErrorCode::CardReportedLost,
            ErrorCode::ChipNotGenuine,
            ErrorCode::CardAccessDowngrade,
            ErrorCode::RevocationListStale,
            ErrorCode::TestAnchorRefused,
        ] {
            assert_eq!(class(code), Exit::NotVerified, "{code}");
        }
    }
}
