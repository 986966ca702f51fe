//! Byte strings that must not outlive their use.

use alloc::vec::Vec;
use core::{
    fmt,
    ops::{Deref, DerefMut},
};

use zeroize::Zeroizing;

/// Secret bytes: wiped when dropped, not printed.
#[derive(Default)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// `length` zero bytes.
    pub(crate) fn zeros(length: usize) -> Self {
        alloc::vec![0; length].into()
    }

    /// The vector, which is still wiped when dropped.
    pub(crate) fn as_mut_vec(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<&[u8]> for SecretBytes {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for SecretBytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_bytes_are_not_printed_in_whatever_stands_around_them() {
        let secret = SecretBytes::from(&[0x5A, 0xA5][..]);
        for text in [
            alloc::format!("{secret:?}"),
            alloc::format!("{secret:x?}"),
            alloc::format!("{:#?}", Some(&secret)),
        ] {
            assert!(text.contains("SecretBytes(..)"), "{text}");
            for printed in ["90", "165", "5a", "a5", "5A", "A5"] {
                assert!(!text.contains(printed), "{text}");
            }
        }
    }
}
