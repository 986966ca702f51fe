//! What the chip takes from outside: randomness and the passing of time. Handed in, so that every
//! run can be replayed and no test sleeps.

use alloc::boxed::Box;
use core::time::Duration;
use rand_core::CryptoRng;

/// Where the chip's randomness and delays come from.
pub struct Environment {
    /// Nonces, ephemeral keys, random UIDs.
    pub rng: Box<dyn CryptoRng + Send>,
    /// How waiting is done.
    pub delay: Box<dyn Delay + Send>,
}

/// Waiting, as a chip does it by asking the reader for more time (waiting-time extension).
pub trait Delay {
    /// Returns after `duration`, or at once where time is only simulated.
    fn wait(&mut self, duration: Duration);
}

/// Does not wait. For tests, and for programs that only want to look at a card of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoDelay;

impl Delay for NoDelay {
    fn wait(&mut self, _duration: Duration) {}
}

/// Lets the thread sleep.
#[cfg(feature = "std")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ThreadDelay;

#[cfg(feature = "std")]
impl Delay for ThreadDelay {
    fn wait(&mut self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

#[cfg(feature = "std")]
impl Environment {
    /// The operating system's randomness and delays that take their time.
    #[must_use]
    pub fn system() -> Self {
        Self {
            rng: Box::new(rand_core::UnwrapErr(getrandom::SysRng)),
            delay: Box::new(ThreadDelay),
        }
    }
}

#[cfg(feature = "std")]
impl Default for Environment {
    fn default() -> Self {
        Self::system()
    }
}
