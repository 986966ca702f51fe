//! What this crate accepts and what it refuses, in the words of the errors, and beside OpenSSL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests: a panic is a failure"
)]

mod algorithms;
mod certification_request;
mod country;
mod document;
mod master_list;
mod openssl_makes;
mod openssl_reads;
mod path;
mod path_anchor;
mod path_deltas;
mod path_pool;
mod path_tampering;
mod path_validation;
mod pkits;
mod pkits_openssl;
mod profile;
mod revocation;
mod revocation_index;
mod signed_data;
mod tampering;
