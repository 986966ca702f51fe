//! The words a smart card speaks: command and response APDUs, status words,
//! BER-TLV data objects, file identifiers and the answer to reset, as defined
//! by ISO/IEC 7816-3:2006 and ISO/IEC 7816-4:2020.
//!
//! Both ends of the wire use this crate: a terminal to build commands and read
//! answers, a chip to do the opposite. It does no cryptography (secure
//! messaging lives in `secure-channel`), no input or output (`transport`), and
//! knows no particular card application.
//!
//! Every decoder here is strict, total and bounded: any byte string gives a
//! value or an error that names the offset, and a length field alone never
//! makes it allocate.
//!
//! ```
//! use iso7816::{CommandApdu, ResponseApdu, StatusWord, ins, tlv};
//!
//! // A terminal selects an application and asks for its control information.
//! let command = CommandApdu::new(0x00, ins::SELECT, 0x04, 0x04)
//!     .with_data([0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01])
//!     .with_ne(256);
//! let bytes = command.to_bytes();
//! assert_eq!(bytes, [0x00, 0xA4, 0x04, 0x04, 0x07, 0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01, 0x00]);
//!
//! // The chip takes the same bytes apart …
//! let received = CommandApdu::parse(&bytes)?;
//! assert_eq!(received, command);
//!
//! // … and answers with a file control template.
//! let name = tlv::encode(tlv::Tag(0x84), received.data());
//! let answer = ResponseApdu::new(tlv::encode(tlv::Tag(0x62), &name), StatusWord::OK);
//!
//! let answer = ResponseApdu::parse(&answer.to_bytes())?;
//! assert!(answer.status.is_ok());
//! let template = tlv::find(&answer.data, tlv::Tag(0x62))?.expect("a template");
//! assert_eq!(tlv::find(template, tlv::Tag(0x84))?, Some(received.data()));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`CommandApdu`], [`ResponseApdu`] | the two messages, all seven length cases |
//! | [`Class`] | the class byte: chaining, secure messaging, logical channel |
//! | [`ins`] | instruction codes by their standard names |
//! | [`StatusWord`] | the two bytes that end every answer, with their meaning |
//! | [`tlv`] | BER-TLV data objects: reader and writer |
//! | [`FileId`], [`ShortFileId`], [`Aid`] | names of files and applications |
//! | [`Atr`], [`historical`] | the answer to reset and its historical bytes |
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod atr;
mod class;
mod command;
mod error;
mod file;
pub mod historical;
pub mod ins;
mod response;
mod status;
pub mod tlv;

pub use atr::{Atr, AtrBuilder, AtrError, Convention, InterfaceBytes};
pub use class::{Class, ClassKind, SecureMessagingIndication};
pub use command::CommandApdu;
pub use error::{ApduError, ApduField};
pub use file::{Aid, FileId, IdentifierError, ShortFileId};
pub use response::ResponseApdu;
pub use status::StatusWord;
