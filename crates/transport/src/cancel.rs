//! Stopping between two exchanges.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::TransportError;

/// A switch that one thread turns and another one looks at, between two
/// exchanges: an exchange that has begun is always finished, so the card is
/// never left in the middle of a command.
///
/// Clones are the same switch. It is turned once and stays so.
///
/// ```
/// use transport::{Cancel, TransportError};
///
/// let cancel = Cancel::new();
/// let button = cancel.clone();
/// assert_eq!(cancel.check(), Ok(()));
/// std::thread::spawn(move || button.cancel()).join().expect("no panic");
/// assert_eq!(cancel.check(), Err(TransportError::Cancelled));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A switch not yet turned.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Turns the switch.
    pub fn cancel(&self) {
        // Nothing else is published with the flag, so no ordering is needed.
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the switch has been turned.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The same as a result, for `?`.
    ///
    /// # Errors
    ///
    /// [`TransportError::Cancelled`] once the switch has been turned.
    pub fn check(&self) -> Result<(), TransportError> {
        if self.is_cancelled() {
            Err(TransportError::Cancelled)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_once_turned_is_turned_for_all_its_clones() {
        let cancel = Cancel::new();
        let other = cancel.clone();
        assert!(!cancel.is_cancelled());
        assert_eq!(other.check(), Ok(()));
        cancel.cancel();
        assert!(other.is_cancelled());
        assert_eq!(other.check(), Err(TransportError::Cancelled));
        assert!(!Cancel::new().is_cancelled());
    }
}
