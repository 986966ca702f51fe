//! Where randomness comes from.

use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, SeedableRng};

use crate::error::{Error, Result};

/// The operating system, or a stream that the caller handed in for replay.
pub(crate) enum Randomness {
    System,
    Replay(Box<dyn CryptoRng + Send>),
}

impl Randomness {
    /// Runs `use_it` with a generator. The operating system seeds a fresh one for every run, so
    /// that its failure is an error here and not a panic in the middle of a protocol.
    pub(crate) fn with<R>(&mut self, use_it: impl FnOnce(&mut dyn CryptoRng) -> R) -> Result<R> {
        match self {
            Self::Replay(rng) => Ok(use_it(rng)),
            Self::System => {
                let mut seed = zeroize::Zeroizing::new([0; 32]);
                getrandom::fill(&mut *seed).map_err(|_| Error::NoRandomness)?;
                Ok(use_it(&mut ChaCha20Rng::from_seed(*seed)))
            }
        }
    }
}
