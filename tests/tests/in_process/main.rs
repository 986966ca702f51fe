//! The flows of `neweid_tests::flows` in one process: simulated card and host library are two ends of
//! a function call.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test file: a panic is a failure"
)]

mod access;
mod card_files;
mod faults;
mod interruption;
mod passwords;
mod power;
mod questions;
mod rights;
mod sequences;
mod short_apdus;
mod specimens;
mod tampering;
mod updating;
mod walk;
mod wycheproof;
