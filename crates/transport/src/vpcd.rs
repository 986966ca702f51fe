//! A card in a virtual reader: any [`CardDevice`] served to vsmartcard's vpcd,
//! the driver with which pcscd has a reader that is made of a socket
//! (Debian: `vsmartcard-vpcd`).
//!
//! ```no_run
//! use transport::vpcd::{self, VirtualReader};
//! use transport::Interface;
//! # use transport::CardDevice;
//! # fn simulated_card() -> Box<dyn CardDevice> { unimplemented!() }
//!
//! let reader = VirtualReader::at(vpcd::FIRST_SLOT, Interface::Contactless);
//! let inserted = reader.insert(simulated_card())?;
//! // … any PC/SC program sees a card in "Virtual PCD 00 00" …
//! let card = inserted.remove();
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The driver listens, the card connects: to the first slot at port 35963, to
//! the second at 35964. **It listens on all interfaces of the machine**, so
//! whoever can reach the port can put a card into the reader; a firewall, or a
//! network namespace of its own, keeps it to the machine.
//!
//! # Several readers
//!
//! The driver has two slots, and each is a reader of its own to PC/SC
//! ("Virtual PCD 00 00" and "Virtual PCD 00 01"). Each is one
//! [`VirtualReader`], with a card and a thread of its own.
//!
//! # One card after another
//!
//! pcscd looks every 400 ms whether a card is there. A card that is put in
//! sooner after another one was taken out is taken for that one: leave the
//! reader empty for half a second.
//!
//! # The protocol
//!
//! Messages in both directions are a length of two bytes, most significant
//! first, and that many bytes. To the card, a message of one byte is a control
//! (0 power off, 1 power on, 2 reset, 4 the answer to reset, please), anything
//! longer a command APDU. Only the last control and command APDUs are
//! answered. A card that has no power, or loses it over a command, says
//! nothing: then the connection is closed, which to the reader is a card that
//! was taken out.

mod message;
mod place;
mod serve;

pub use place::resolve;
pub use serve::{Event, FIRST_SLOT, Inserted, Pace, VirtualReader};

#[cfg(doc)]
use crate::CardDevice;
