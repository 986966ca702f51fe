//! DER as far as directory files and public keys need it (ISO/IEC 8825-1).

use alloc::vec::Vec;

use iso7816::tlv::{self, Tag};

pub(crate) const NULL: &[u8] = &[0x05, 0x00];

/// Values of object identifiers.
pub(crate) mod oid {
    pub(crate) const RSA_ENCRYPTION: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01";
    pub(crate) const RSAES_OAEP: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x07";
    pub(crate) const MGF1: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x08";
    pub(crate) const RSASSA_PSS: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A";
    pub(crate) const SHA256_WITH_RSA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B";
    pub(crate) const SHA384_WITH_RSA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0C";
    pub(crate) const SHA512_WITH_RSA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0D";
    pub(crate) const EC_PUBLIC_KEY: &[u8] = b"\x2A\x86\x48\xCE\x3D\x02\x01";
    pub(crate) const PRIME256V1: &[u8] = b"\x2A\x86\x48\xCE\x3D\x03\x01\x07";
    pub(crate) const ECDSA_WITH_SHA256: &[u8] = b"\x2A\x86\x48\xCE\x3D\x04\x03\x02";
    pub(crate) const ECDSA_WITH_SHA384: &[u8] = b"\x2A\x86\x48\xCE\x3D\x04\x03\x03";
    pub(crate) const ECDSA_WITH_SHA512: &[u8] = b"\x2A\x86\x48\xCE\x3D\x04\x03\x04";
    pub(crate) const SHA1: &[u8] = b"\x2B\x0E\x03\x02\x1A";
    pub(crate) const SHA224: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x04";
    pub(crate) const SHA256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
    pub(crate) const SHA384: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x02";
    pub(crate) const SHA512: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x03";
}

/// A value of parts under any tag.
pub(crate) fn tagged(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    tlv::encode(Tag(tag.into()), &parts.concat())
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tagged(0x30, parts)
}

pub(crate) fn oid(value: &[u8]) -> Vec<u8> {
    tagged(0x06, &[value])
}

pub(crate) fn octet_string(value: &[u8]) -> Vec<u8> {
    tagged(0x04, &[value])
}

pub(crate) fn utf8_string(value: &str) -> Vec<u8> {
    tagged(0x0C, &[value.as_bytes()])
}

/// An INTEGER that is not negative, from big-endian bytes.
pub(crate) fn integer(number: &[u8]) -> Vec<u8> {
    integer_tagged(0x02, number)
}

/// The same under an implicit tag.
pub(crate) fn integer_tagged(tag: u8, number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = number.get(zeros..).unwrap_or_default();
    match number.first() {
        Some(0..0x80) => tagged(tag, &[number]),
        Some(_) | None => tagged(tag, &[&[0], number]),
    }
}

/// A BIT STRING of whole bytes.
pub(crate) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tagged(0x03, &[&[0], bytes])
}

/// A BIT STRING with a named bit list: these bits, and no trailing zeros (ISO/IEC 8825-1 §11.2.2).
pub(crate) fn named_bits(bits: &[u8]) -> Vec<u8> {
    let last = bits.iter().copied().max().unwrap_or(0);
    let bytes: Vec<u8> = (0..=last / 8)
        .map(|byte| {
            bits.iter()
                .filter(|bit| **bit / 8 == byte)
                .fold(0, |bits, bit| bits | 0x80 >> (bit % 8))
        })
        .collect();
    tagged(0x03, &[&[7 - last % 8], &bytes])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_named_bits_are_as_short_as_der_wants_them() {
        assert_eq!(integer(&[0x00, 0x01, 0x00, 0x01]), [2, 3, 1, 0, 1]);
        assert_eq!(integer(&[0x81]), [2, 2, 0, 0x81]);
        assert_eq!(integer(&[0]), [2, 1, 0]);
        assert_eq!(named_bits(&[2, 9]), [3, 3, 6, 0x20, 0x40]);
        assert_eq!(named_bits(&[0]), [3, 2, 7, 0x80]);
        assert_eq!(named_bits(&[7]), [3, 2, 0, 0x01]);
    }
}
