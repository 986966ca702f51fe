//! The cryptographic information application (ISO/IEC 7816-15): which keys and algorithms it has, and
//! what follows from them. Who may use them is in [`access`](crate::access).

pub(crate) mod certificate;
pub(crate) mod directory_files;
mod key_pair;

use secure_channel::Hash;

use crate::objects::Slot;
pub use key_pair::{HolderKey, HolderPublicKey, KeyKind};

/// The longest certificate in bytes.
pub(crate) const MAX_CERTIFICATE: usize = 4096;

/// The fewest and the most digits of PIN2.
pub(crate) const PIN2_DIGITS: core::ops::RangeInclusive<usize> = 8..=12;

/// Reference of PIN2, local to the application (ISO/IEC 7816-4 §10.2.1).
pub(crate) const PIN2_REFERENCE: u8 = 0x81;

/// Whether these bytes could be a PIN2.
pub(crate) fn is_pin2(digits: &[u8]) -> bool {
    PIN2_DIGITS.contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
}

/// An algorithm, as DO 80 of MANAGE SECURITY ENVIRONMENT names it and EF.CIAInfo lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    Pkcs1Signature(Hash),
    /// RSASSA-PSS (RFC 8017 §8.1): MGF1 with the same hash, a salt as long as the hash.
    Pss(Hash),
    /// ECDSA (TR-03111 §4.2.1).
    Ecdsa(Hash),
    /// RSAES-PKCS1-v1_5 (RFC 8017 §7.2).
    Pkcs1Encryption,
    /// RSAES-OAEP (RFC 8017 §7.1): MGF1 with the same hash, no label.
    Oaep(Hash),
}

impl Algorithm {
    /// Every algorithm of the application with its reference.
    pub(crate) const ALL: [(u8, Self); 14] = [
        (0x11, Self::Pkcs1Signature(Hash::Sha256)),
        (0x12, Self::Pkcs1Signature(Hash::Sha384)),
        (0x13, Self::Pkcs1Signature(Hash::Sha512)),
        (0x21, Self::Pss(Hash::Sha256)),
        (0x22, Self::Pss(Hash::Sha384)),
        (0x23, Self::Pss(Hash::Sha512)),
        (0x31, Self::Ecdsa(Hash::Sha256)),
        (0x32, Self::Ecdsa(Hash::Sha384)),
        (0x33, Self::Ecdsa(Hash::Sha512)),
        (0x41, Self::Pkcs1Encryption),
        (0x42, Self::Oaep(Hash::Sha1)),
        (0x43, Self::Oaep(Hash::Sha256)),
        (0x44, Self::Oaep(Hash::Sha384)),
        (0x45, Self::Oaep(Hash::Sha512)),
    ];

    pub(crate) fn from_reference(reference: u8) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|(it, _)| *it == reference)
            .map(|(_, algorithm)| algorithm)
    }

    /// Whether a key of this kind in this slot is for it.
    pub(crate) fn suits(self, slot: Slot, kind: KeyKind) -> bool {
        let decipherment = slot == Slot::Decipherment;
        match self {
            Self::Pkcs1Signature(_) | Self::Pss(_) => !decipherment && kind == KeyKind::Rsa2048,
            Self::Ecdsa(_) => !decipherment && kind == KeyKind::P256,
            Self::Pkcs1Encryption | Self::Oaep(_) => decipherment && kind == KeyKind::Rsa2048,
        }
    }

    /// What a signature is over; `None` for decipherment.
    pub(crate) const fn hash(self) -> Option<Hash> {
        match self {
            Self::Pkcs1Signature(hash) | Self::Pss(hash) | Self::Ecdsa(hash) => Some(hash),
            Self::Pkcs1Encryption | Self::Oaep(_) => None,
        }
    }
}
