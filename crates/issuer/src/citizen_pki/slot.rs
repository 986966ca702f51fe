//! What the three keys of a card are for, and which keys may be certified for it.

use core::fmt;

use pki::{Curve, PublicKey};
use x509_cert::ext::pkix::{KeyUsage, KeyUsages};

use super::CertificationError;

/// One of the three key pairs of a card, each with a certificate of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeySlot {
    /// 簽章: what the person signs is signed for good.
    Signature,
    /// 身分鑑別: it shows to a service who is there, and binds to nothing.
    Authentication,
    /// 加密: others encipher keys for the person.
    KeyDecipherment,
}

impl KeySlot {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Signature, Self::Authentication, Self::KeyDecipherment];

    /// keyUsage, one bit for each slot.
    ///
    /// For signatures nonRepudiation alone, without digitalSignature: RFC 5280 §4.2.1.3 warns of the two together, because
    /// who can be made to sign a challenge could be made to sign a contract with it. With a key for authentication beside it
    /// nobody needs both, and ETSI EN 319 412-2 §4.3.2 prefers it so (type A).
    pub(super) fn key_usage(self) -> KeyUsage {
        KeyUsage(match self {
            Self::Signature => KeyUsages::NonRepudiation.into(),
            Self::Authentication => KeyUsages::DigitalSignature.into(),
            Self::KeyDecipherment => KeyUsages::KeyEncipherment.into(),
        })
    }

    /// Whether a key may be certified for this slot: RSA of 2048 bits with the exponent 65537, which is what a card
    /// generates, or P-256 for the slots that sign.
    pub(super) fn check(self, key: &PublicKey) -> Result<(), CertificationError> {
        let (Some(modulus), Some(exponent)) = (key.rsa_modulus(), key.rsa_public_exponent()) else {
            return match (key.curve(), self) {
                (Some(Curve::P256), Self::Signature | Self::Authentication) => Ok(()),
                _ => Err(CertificationError::KeyType { slot: self }),
            };
        };
        if key.bits() != 2048 {
            return Err(CertificationError::KeyType { slot: self });
        }
        if *exponent != [1, 0, 1] {
            return Err(CertificationError::PublicExponent);
        }
        if SMALL_PRIMES
            .clone()
            .any(|prime| remainder(&modulus, prime) == 0)
        {
            return Err(CertificationError::WeakModulus);
        }
        Ok(())
    }
}

impl fmt::Display for KeySlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signature => "signature",
            Self::Authentication => "authentication",
            Self::KeyDecipherment => "key decipherment",
        })
    }
}

/// NIST SP 800-89 §5.3.3: a modulus with a factor below 752 is none that a generator made. (Every composite number among
/// these has a smaller prime factor, which is among them too.)
const SMALL_PRIMES: core::ops::RangeInclusive<u32> = 2..=751;

fn remainder(number: &[u8], divisor: u32) -> u32 {
    let digits = number.iter();
    digits.fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % divisor)
}

#[cfg(test)]
mod tests {
    use der::Decode;
    use x509_cert::spki::SubjectPublicKeyInfoOwned;

    use super::*;

    #[test]
    fn a_remainder_is_that_of_the_number() {
        assert_eq!(remainder(&[1, 0, 1], 3), 65537 % 3);
        assert_eq!(remainder(&[0xff; 32], 5), 0);
        assert_eq!(remainder(&751u32.to_be_bytes(), 751), 0);
    }

    /// rsaEncryption with this modulus of 2048 bits and the exponent 65537.
    fn key(modulus: &[u8; 256]) -> PublicKey {
        let head = b"\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82\x01\x0f\x00";
        let numbers = b"\x30\x82\x01\x0a\x02\x82\x01\x01\x00";
        let der = [&head[..], numbers, modulus, b"\x02\x03\x01\x00\x01"].concat();
        PublicKey::from_spki(&SubjectPublicKeyInfoOwned::from_der(&der).unwrap()).unwrap()
    }

    #[test]
    fn a_modulus_with_a_small_factor_is_refused() {
        // 2^2047 + k for k from 1: what has no factor up to 751 is taken, prime or not; nobody can tell cheaply.
        let mut taken = 0;
        for k in (1..=201u8).step_by(2) {
            let mut modulus = [0; 256];
            (modulus[0], modulus[255]) = (0x80, k);
            let weak = (2..=751).any(|factor| remainder(&modulus, factor) == 0);
            let expected = if weak {
                Err(CertificationError::WeakModulus)
            } else {
                taken += 1;
                Ok(())
            };
            assert_eq!(KeySlot::Signature.check(&key(&modulus)), expected, "{k}");
        }
        assert!((5..50).contains(&taken), "{taken}");
    }
}
