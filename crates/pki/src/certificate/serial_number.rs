//! Serial numbers of certificates.

use core::fmt;

/// The serial number of a certificate, unique at its issuer (RFC 5280 §4.1.2.2).
///
/// Doc 9303-12 has positive numbers of at most 20 bytes; foreign ones that break the rule are still compared correctly.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SerialNumber(Vec<u8>);

impl SerialNumber {
    /// From the contents of a DER INTEGER.
    pub(crate) fn from_integer(contents: &[u8]) -> Self {
        Self(contents.to_vec())
    }

    /// From a positive number, most significant byte first, leading zeros ignored.
    #[must_use]
    pub fn from_be_bytes(number: &[u8]) -> Self {
        let mut digits = number;
        while let [0, rest @ ..] = digits {
            digits = rest;
        }
        // A DER INTEGER is signed: a leading zero keeps it positive.
        let mut contents = Vec::with_capacity(digits.len() + 1);
        if digits.first().is_none_or(|first| first & 0x80 != 0) {
            contents.push(0);
        }
        contents.extend(digits);
        Self(contents)
    }

    /// The contents of the DER INTEGER: two's complement, most significant byte first, as short as possible.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_is_padded() {
        let number = SerialNumber::from_be_bytes(&[0, 0, 0x7f]);
        assert_eq!(number, SerialNumber::from_be_bytes(&[0x7f]));
        assert_eq!(number.as_bytes(), [0x7f]);
    }

    #[test]
    fn a_high_first_bit_does_not_make_it_negative() {
        let number = SerialNumber::from_be_bytes(&[0x80, 1]);
        assert_eq!(number.as_bytes(), [0, 0x80, 1]);
        assert_eq!(number.to_string(), "008001");
        assert_eq!(SerialNumber::from_be_bytes(&[]).as_bytes(), [0]);
    }
}
