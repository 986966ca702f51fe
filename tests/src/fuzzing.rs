//! What the fuzz targets do with one input. The targets in `fuzz/` call these
//! functions with what libFuzzer finds, and `tests/short_fuzz.rs` with a fixed
//! sequence of random inputs, so that both look at the same things.
//!
//! Each function panics if a property does not hold, and otherwise tells how
//! far the input got: a fuzz run that never gets anywhere has shown nothing.

#![allow(
    clippy::indexing_slicing,
    reason = "a panic is how a harness reports, and its indices are reduced first"
)]

mod decoders;

pub use decoders::{Decoded, fuzz_decoders};

/// Takes decisions and bytes from an input, and zeros once it is used up, so
/// that every input is a whole story.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&byte, rest)) => {
                self.0 = rest;
                byte
            }
            None => 0,
        }
    }

    /// One of several alternatives.
    fn choose<T: Copy, const N: usize>(&mut self, alternatives: [T; N]) -> T {
        alternatives[usize::from(self.byte()) % N]
    }
}
