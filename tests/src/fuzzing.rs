//! What the fuzz targets do with one input. The targets in `fuzz/` call these
//! functions with what libFuzzer finds, and `tests/short_fuzz.rs` with a fixed
//! sequence of random inputs, so that both look at the same things.
//!
//! Each function panics if a property does not hold, and otherwise tells how
//! far the input got: a fuzz run that never gets anywhere has shown nothing.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic is how a harness reports"
)]

mod chains;
mod chip_commands;
mod decoders;
mod host_answers;
pub mod marked_card;
mod mutation;
mod relay;
mod security_objects;
mod signed_messages;

pub use chains::{ChainRun, fuzz_chains};
pub use chip_commands::{ChipRun, fuzz_chip_commands};
pub use decoders::{Decoded, change, fuzz_decoders, genuine_files};
pub use host_answers::{HostRun, fuzz_host_answers};
pub use security_objects::{Judged, fuzz_security_objects};
pub use signed_messages::{Believed, fuzz_signed_messages};

/// Takes decisions and bytes from an input, and zeros once it is used up, so
/// that every input is a whole story.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

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

    fn number(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// Up to `most` of the next bytes.
    fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }
}
