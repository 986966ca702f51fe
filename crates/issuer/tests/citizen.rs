//! The natural-person PKI: what it certifies, revokes and refuses, and what OpenSSL makes of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop the test as the tests themselves do"
)]

#[path = "citizen/directory.rs"]
mod directory;
#[path = "citizen/openssl.rs"]
mod openssl;
#[path = "citizen/profile.rs"]
mod profile;
#[path = "citizen/refusals.rs"]
mod refusals;
#[path = "citizen/revocation.rs"]
mod revocation;
#[path = "citizen/world.rs"]
mod world;
