//! What the PKCS#11 module does behind its border to C, over simulated cards in this process. Programs that use it through the border
//! and a real PC/SC service are in `pcsc`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

mod configuration;
mod login;
mod objects;
mod readers;
mod reading;
mod signing;
