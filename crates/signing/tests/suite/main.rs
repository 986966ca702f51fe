//! What this crate accepts and what it refuses, in the words of the errors, and beside OpenSSL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests: a panic is a failure"
)]

mod consent;
mod craft;
mod documents;
mod enveloped;
mod forged;
mod kept;
mod key;
mod login;
mod openssl;
mod openssl_reads;
mod openssl_signs;
mod tampering;
