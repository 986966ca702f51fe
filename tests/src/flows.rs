//! What a card and a reader do together, one function each, over any transport.
//!
//! A flow is given the card in a reader and what is true about it, and panics where the two disagree.
//! It leaves the card as it found it, so that flows can follow each other on the same card, unless its
//! documentation says otherwise.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a flow is a test: a panic is a failure"
)]

pub mod access;
pub mod batch;
pub mod faults;
pub mod interruption;
pub mod passwords;
pub mod table;
pub mod tampering;
pub mod walk;
pub mod writing;
