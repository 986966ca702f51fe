//! The two ends of a card reader, and carriers between them.
//!
//! A terminal talks to a [`CardTransport`]; a card is a [`CardDevice`]. Between
//! the two travel whole command and response APDUs as bytes. [`InProcess`]
//! joins them without a reader.
//!
//! This crate moves bytes. It does not fetch long answers with GET RESPONSE,
//! repeat a command with another Le, or know what a session is: all that is
//! the terminal's.
//!
//! ```
//! use transport::{CardDevice, CardTransport, InProcess, Interface};
//!
//! /// A card that answers every command with 6D00, instruction not supported.
//! struct Blank;
//!
//! impl CardDevice for Blank {
//!     fn power_on(&mut self, _interface: Interface) -> Vec<u8> {
//!         vec![0x3B, 0x00]
//!     }
//!     fn power_off(&mut self) {}
//!     fn reset(&mut self) -> Vec<u8> {
//!         vec![0x3B, 0x00]
//!     }
//!     fn process(&mut self, _command: &[u8]) -> Vec<u8> {
//!         vec![0x6D, 0x00]
//!     }
//! }
//!
//! let mut card = InProcess::new(Blank, Interface::Contact);
//! assert_eq!(card.atr(), Some(&[0x3B, 0x00][..]));
//! assert_eq!(card.transmit(&[0x00, 0xA4, 0x00, 0x0C])?, [0x6D, 0x00]);
//! # Ok::<(), transport::TransportError>(())
//! ```
//!
//! | name | what it is |
//! |---|---|
//! | [`CardTransport`], [`Capabilities`] | the terminal's end |
//! | [`CardDevice`] | the card's end |
//! | [`InProcess`] | both ends in one process |
//! | [`Cancel`] | a switch that stops a long operation between two exchanges |
//! | [`faults`] | cards and readers that fail on purpose, by a script |
//! | [`trace`] | a log of the exchanges, redacted or complete, and its replay |
//! | `pcsc` (feature) | cards in real readers |
//! | `vpcd` (feature) | a card served to a virtual reader |
//! | [`TransportError`] | why an exchange did not happen |
//!
//! Without the default feature `std` the crate is `no_std` with `alloc`, and has
//! no [`trace`].
#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod cancel;
mod card;
mod error;
pub mod faults;
mod in_process;
#[cfg(feature = "pcsc")]
pub mod pcsc;
#[cfg(feature = "std")]
pub mod trace;
#[cfg(feature = "vpcd")]
pub mod vpcd;

pub use cancel::Cancel;
pub use card::{Capabilities, CardDevice, CardTransport, Interface};
pub use error::TransportError;
pub use in_process::InProcess;
#[cfg(feature = "std")]
pub use trace::{Replay, Trace};
