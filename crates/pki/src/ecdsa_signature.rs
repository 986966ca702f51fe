//! The two forms of an ECDSA signature.

use der::asn1::UintRef;
use der::{Encode, Sequence};

/// `Ecdsa-Sig-Value` (RFC 5480, appendix A), which certificates and messages carry, of a signature that is r and s, each as long as the field
/// (BSI TR-03111 §5.2.1): what a card answers. `None` if it is no such pair of numbers.
///
/// ```
/// let answer = [[0; 31].as_slice(), &[0x80], &[0; 31], &[0x01]].concat();
/// let der = pki::ecdsa_sig_value(&answer);
/// assert_eq!(der.as_deref(), Some(&[0x30, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x01][..]));
/// ```
#[must_use]
pub fn ecdsa_sig_value(plain: &[u8]) -> Option<Vec<u8>> {
    #[derive(Sequence)]
    struct EcdsaSigValue<'a> {
        r: UintRef<'a>,
        s: UintRef<'a>,
    }
    if !plain.len().is_multiple_of(2) {
        return None;
    }
    let (r, s) = plain.split_at(plain.len() / 2);
    let is_zero = |number: &[u8]| number.iter().all(|byte| *byte == 0);
    if is_zero(r) || is_zero(s) {
        return None;
    }
    let value = EcdsaSigValue {
        r: UintRef::new(r).ok()?,
        s: UintRef::new(s).ok()?,
    };
    value.to_der().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_odd_lengths_are_no_signature() {
        assert_eq!(ecdsa_sig_value(&[]), None);
        assert_eq!(ecdsa_sig_value(&[1, 2, 3]), None);
        assert_eq!(ecdsa_sig_value(&[0, 0, 1, 1]), None);
        assert!(ecdsa_sig_value(&[0, 1, 1, 1]).is_some());
    }

    #[test]
    fn numbers_are_positive_and_as_short_as_possible() {
        let der = [0x30, 0x08, 2, 2, 0, 0x80, 2, 2, 0x7f, 0];
        assert_eq!(ecdsa_sig_value(&[0, 0x80, 0x7f, 0]), Some(der.to_vec()));
    }
}
