//! What PC/SC's return codes mean for whoever talks to a card.

use std::format;
use std::thread;
use std::time::Duration;

use pcsc::{Context, Error, Scope};

use crate::TransportError;

/// Between two attempts to be let in.
const PAUSE: Duration = Duration::from_millis(100);

/// Connects to the service.
///
/// pcsclite calls it a security violation if the service cuts the connection,
/// be it that it refuses this user or that it ends. Only who refuses does so
/// again.
pub(super) fn establish() -> Result<Context, Error> {
    for _ in 0..2 {
        match Context::establish(Scope::User) {
            Err(Error::SecurityViolation) => thread::sleep(PAUSE),
            other => return other,
        }
    }
    Context::establish(Scope::User)
}

/// The same of any call to a service that has let us in: who refuses a reader
/// is still there.
pub(super) fn told_apart(context: &Context, error: Error) -> Error {
    match error {
        Error::SecurityViolation => match context.list_readers_owned() {
            Ok(_) | Err(Error::NoReadersAvailable) => error,
            Err(_) => Error::ServiceStopped,
        },
        _ => error,
    }
}

/// The meaning of codes that have one by themselves. The others, with which
/// drivers and services report any failed exchange, do not say what failed.
pub(super) fn meaning(error: Error) -> Option<TransportError> {
    Some(match error {
        Error::RemovedCard | Error::NoSmartcard => TransportError::Removed,
        Error::ResetCard => TransportError::Reset,
        Error::UnresponsiveCard | Error::UnpoweredCard | Error::Timeout | Error::WaitedTooLong => {
            TransportError::Unresponsive
        }
        Error::ReaderUnavailable | Error::UnknownReader | Error::NoReadersAvailable => {
            TransportError::ReaderUnavailable
        }
        // A service that was restarted does not know the handles of before.
        Error::NoService
        | Error::ServiceStopped
        | Error::Shutdown
        | Error::InvalidHandle
        | Error::SystemCancelled => TransportError::ServiceUnavailable,
        Error::SharingViolation => TransportError::InUse,
        Error::SecurityViolation | Error::NoAccess => TransportError::NotPermitted,
        Error::Cancelled => TransportError::Cancelled,
        _ => return None,
    })
}

/// The meaning where there is nothing more to find out.
pub(super) fn as_it_is(error: Error) -> TransportError {
    meaning(error).unwrap_or_else(|| TransportError::Other(format!("PC/SC: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_can_act_on_is_told_apart() {
        let found = [
            Error::RemovedCard,
            Error::ResetCard,
            Error::NoService,
            Error::UnknownReader,
            Error::SharingViolation,
            Error::SecurityViolation,
            Error::UnresponsiveCard,
        ]
        .map(as_it_is);
        for (at, one) in found.iter().enumerate() {
            for other in found.iter().skip(at + 1) {
                assert_ne!(one, other);
            }
        }
    }

    #[test]
    fn a_failed_exchange_says_nothing_by_itself() {
        for vague in [
            Error::NotTransacted,
            Error::CommError,
            Error::InternalError,
            Error::UnknownError,
        ] {
            assert_eq!(meaning(vague), None);
            assert!(matches!(as_it_is(vague), TransportError::Other(_)));
        }
    }
}
