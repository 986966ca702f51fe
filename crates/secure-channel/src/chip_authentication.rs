//! Chip Authentication over elliptic curves: an ephemeral key of the terminal meets the static key of
//! the chip, and secure messaging restarts with keys that only the genuine chip can derive
//! (TR-03110-1 §3.4 for version 1, TR-03110-2 §3.4 for version 2, TR-03110-3 A.4.1 and B.2,
//! Doc 9303-11 §6.2).
//!
//! In version 1 the chip shows that it holds its key merely by going on to speak under the new keys;
//! in version 2, which follows Terminal Authentication, it also sends a nonce and a token.

use iso7816::tlv::Tag;

use crate::SymmetricCipher;

pub mod chip;
pub mod terminal;

const EPHEMERAL_PUBLIC_KEY: Tag = Tag(0x80);
const NONCE: Tag = Tag(0x81);
const TOKEN: Tag = Tag(0x82);

/// Length in bytes of the nonce of version 2 (TR-03110-3 B.2.2).
const NONCE_SIZE: usize = 8;

/// A Chip Authentication protocol over elliptic curves: `id-CA-ECDH-AES-CBC-CMAC-…`. Versions 1 and
/// 2 share the object identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChipAuthenticationProtocol {
    /// The cipher of token and channel.
    pub cipher: SymmetricCipher,
}

impl ChipAuthenticationProtocol {
    /// The value of the protocol's object identifier, 0.4.0.127.0.7.2.2.3.2 and the cipher's arc
    /// (TR-03110-3 table 9).
    #[must_use]
    pub const fn oid(self) -> [u8; 10] {
        [
            0x04,
            0x00,
            0x7F,
            0x00,
            0x07,
            0x02,
            0x02,
            0x03,
            0x02,
            self.cipher.oid_arc(),
        ]
    }

    /// The protocol with this object identifier value, if it is one we support.
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Option<Self> {
        SymmetricCipher::ALL
            .map(|cipher| Self { cipher })
            .into_iter()
            .find(|protocol| protocol.oid() == oid)
    }
}
