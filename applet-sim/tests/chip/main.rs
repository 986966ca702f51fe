//! The chip as a terminal sees it: bytes in, bytes out. The terminal's side is secure-channel's
//! terminal role.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
mod agency;
mod card;
mod reader;

mod authentication;
mod auxiliary_data;
mod batch;
mod channel;
mod cia;
mod faults;
mod pace;
mod passwords;
mod pin_management;
mod power;
mod random;
mod read_binary;
mod restricted_identification;
mod select;
mod storage;
mod terminal_authentication;
mod transmission;
mod update;
mod wrong_chains;
mod zones;
