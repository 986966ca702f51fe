//! Cards in real readers, through PC/SC: pcscd on Linux, the operating
//! system's own service on Windows and macOS.
//!
//! ```no_run
//! use std::time::Duration;
//! use transport::pcsc::{PcscOptions, PcscService};
//! use transport::{Cancel, CardTransport};
//!
//! let service = PcscService::connect()?;
//! let any = |_: &transport::pcsc::Reader| true;
//! let Some(reader) = service.wait_for_card(any, Duration::from_secs(30), &Cancel::new())? else {
//!     return Ok(()); // nobody came
//! };
//! let mut card = service.open(&reader.name, PcscOptions::new())?;
//! assert_eq!(card.transmit(&[0x00, 0xA4, 0x00, 0x0C])?, [0x90, 0x00]);
//! # Ok::<(), transport::TransportError>(())
//! ```
//!
//! # The card is held
//!
//! A [`PcscCard`] holds a PC/SC transaction from the moment it is opened until
//! it is dropped: no other program can put a command between two of ours, and
//! none can reset the card. Programs that are merely connected do not disturb,
//! and are not disturbed but made to wait. When it is dropped the card is
//! reset, so that nothing that was opened stays open for whoever comes next.
//! [`PcscOptions::shared`] does without, for programs that take turns by
//! another agreement.
//!
//! Windows resets a card that is held for five seconds without a command. Ask
//! people for their codes before the card is opened, or be ready for
//! [`TransportError::Reset`](crate::TransportError::Reset).
//!
//! # What a failure means, and how to go on
//!
//! | error | what happened | what to do |
//! |---|---|---|
//! | [`Removed`](crate::TransportError::Removed) | the card left the reader | [`wait_for_card`](PcscService::wait_for_card), then [`reset`](crate::CardTransport::reset) |
//! | [`Reset`](crate::TransportError::Reset) | another program reset it | [`reset`](crate::CardTransport::reset), and open a new session |
//! | [`ReaderUnavailable`](crate::TransportError::ReaderUnavailable) | the reader was unplugged | plug it in, then [`reset`](crate::CardTransport::reset) |
//! | [`ServiceUnavailable`](crate::TransportError::ServiceUnavailable) | no service, or it has ended | start it, then [`reset`](crate::CardTransport::reset) |
//! | [`NotPermitted`](crate::TransportError::NotPermitted) | the service refuses this user | the system's policy decides (polkit on Linux) |
//! | [`InUse`](crate::TransportError::InUse) | another program holds the card | wait, try again |
//! | [`Unresponsive`](crate::TransportError::Unresponsive) | no answer in time, or a mute card | take the card out and put it back |
//!
//! Whatever happened, [`reset`](crate::CardTransport::reset) on the same
//! [`PcscCard`] connects anew, to a restarted service too.
//!
//! # Threads and time
//!
//! What may block runs on a thread of its own, one for each card, and the
//! caller waits for it no longer than [`PcscOptions`] says. PC/SC itself
//! cannot be interrupted: a thread that was given up ends when the driver
//! returns.
//!
//! # T=0 and T=1
//!
//! Whichever the card offers, T=1 where it offers both. PC/SC has no extended
//! length over T=0, so the [capabilities](crate::Capabilities) are short
//! there. Over T=1 they are what the reader says of itself; a reader that says
//! nothing is believed capable until it fails, and from then on is not.

mod card;
mod error;
mod limits;
mod line;
mod service;

pub use card::{PcscCard, PcscOptions, Protocol};
pub use service::{PcscService, Presence, Reader};
