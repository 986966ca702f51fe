//! What the chip looks at in a certificate that is written to it: whose key it certifies.

use iso7816::tlv::{Tag, TlvReader};

const SEQUENCE: Tag = Tag(0x30);
const INTEGER: Tag = Tag(0x02);
const BIT_STRING: Tag = Tag(0x03);
const VERSION: Tag = Tag(0xA0);

/// SubjectPublicKeyInfo of an X.509 certificate, tag and length included (RFC 5280 §4.1); `None` for what is no
/// certificate in DER. Who issued it, and whether the signature is right, the chip cannot know.
pub(crate) fn subject_public_key_info(certificate: &[u8]) -> Option<&[u8]> {
    let mut whole = TlvReader::new(certificate).strict();
    let outer = whole.expect(SEQUENCE).ok()?;
    whole.finish().ok()?;
    let mut outer = TlvReader::new(outer.value).strict();
    let body = outer.expect(SEQUENCE).ok()?.value;
    let _signature_algorithm = outer.expect(SEQUENCE).ok()?;
    let _signature = outer.expect(BIT_STRING).ok()?;
    outer.finish().ok()?;

    let mut fields = TlvReader::new(body).strict();
    fields.optional(VERSION).ok()?;
    let _serial_number = fields.expect(INTEGER).ok()?;
    // Signature algorithm, issuer, validity, subject.
    for _ in 0..4 {
        fields.expect(SEQUENCE).ok()?;
    }
    let start = fields.offset();
    fields.expect(SEQUENCE).ok()?;
    body.get(start..fields.offset())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cia::directory_files::der;
    use alloc::vec::Vec;

    fn certificate(body: &[&[u8]]) -> Vec<u8> {
        let empty = der::sequence(&[]);
        der::sequence(&[&der::sequence(body), &empty, &der::bit_string(&[1])])
    }

    #[test]
    fn the_key_is_found_with_a_version_and_without() {
        let empty = &der::sequence(&[])[..];
        let (version, serial) = (&[0xA0, 0x03, 0x02, 0x01, 0x02][..], &[0x02, 0x01, 0x05][..]);
        let key = &der::sequence(&[b"\x02\x01\x07"])[..];
        let fields = [serial, empty, empty, empty, empty, key, empty];
        let old = certificate(&fields);
        assert_eq!(subject_public_key_info(&old), Some(key));
        let new = certificate(&[&[version][..], &fields[..]].concat());
        assert_eq!(subject_public_key_info(&new), Some(key));
        assert_eq!(subject_public_key_info(&new[..new.len() - 1]), None);
        assert_eq!(
            subject_public_key_info(&[new, Vec::from([0])].concat()),
            None
        );
        assert_eq!(subject_public_key_info(&certificate(&fields[..5])), None);
        assert_eq!(subject_public_key_info(&[]), None);
    }
}
