//! The holder's keys: RSA with 2048 bits, or P-256.

use alloc::vec::Vec;
use core::fmt;

use iso7816::tlv::{Tag, TlvReader};
use rand_core::CryptoRng;
use rsa::{
    BoxedUint, PrivateKey,
    hazmat::rsa_decrypt_and_check,
    pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey},
};
use secure_channel::{Curve, EcPrivateKey, EcPublicKey, Hash, ecdsa};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::{
    Algorithm,
    directory_files::der::{self, oid},
};
use crate::{error::Error, store::StoreError};

/// The kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with a modulus of 2048 bits and the public exponent 65537.
    Rsa2048,
    /// An elliptic curve key on P-256.
    P256,
}

impl KeyKind {
    /// Bits of an RSA modulus.
    pub(crate) const MODULUS_BITS: u16 = 2048;

    /// As GENERATE ASYMMETRIC KEY PAIR names it in DO 80, and a record in its first byte.
    pub(crate) const fn reference(self) -> u8 {
        match self {
            Self::Rsa2048 => 0x11,
            Self::P256 => 0x31,
        }
    }

    pub(crate) fn from_reference(reference: u8) -> Option<Self> {
        [Self::Rsa2048, Self::P256]
            .into_iter()
            .find(|kind| kind.reference() == reference)
    }
}

/// A private key of the holder, with its public half. Wiped when dropped.
#[derive(Clone)]
pub struct HolderKey {
    kind: KeyKind,
    /// RSAPrivateKey (RFC 8017 A.1.2), which keeps the private exponent on which implicit rejection
    /// depends; or a scalar.
    secret: Zeroizing<Vec<u8>>,
}

/// The public half of a holder's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HolderPublicKey {
    /// Both numbers big-endian, without leading zeros.
    Rsa {
        /// The modulus n.
        modulus: Vec<u8>,
        /// The public exponent e.
        exponent: Vec<u8>,
    },
    /// On P-256.
    P256(EcPublicKey),
}

impl HolderKey {
    /// Draws a key.
    ///
    /// # Errors
    /// [`secure_channel::Error::RandomnessFailed`] if `rng` yields none.
    pub fn generate(kind: KeyKind, rng: &mut dyn CryptoRng) -> Result<Self, secure_channel::Error> {
        let secret = match kind {
            KeyKind::Rsa2048 => {
                let failed = secure_channel::Error::RandomnessFailed;
                let key = PrivateKey::new(rng, KeyKind::MODULUS_BITS.into());
                let document = key.map_err(|_| failed)?.to_pkcs1_der();
                document.map_err(|_| failed)?.to_bytes()
            }
            KeyKind::P256 => {
                let key = EcPrivateKey::generate(Curve::P256, rng)?;
                Zeroizing::new(key.expose_secret().to_vec())
            }
        };
        Ok(Self { kind, secret })
    }

    /// A key that was made elsewhere, an RSAPrivateKey in DER (RFC 8017 A.1.2): a published one, to see what the chip does with it. Nobody else
    /// should have a card's key.
    ///
    /// # Errors
    /// [`secure_channel::Error::InvalidScalar`] unless it is an RSA key of 2048 bits with the public exponent 65537.
    pub fn from_rsa_private_key(der: &[u8]) -> Result<Self, secure_channel::Error> {
        let invalid = secure_channel::Error::InvalidScalar;
        PrivateKey::from_pkcs1_der(der).map_err(|_| invalid)?;
        match public_numbers(der) {
            Some(HolderPublicKey::Rsa { modulus, exponent })
                if modulus.len() * 8 == usize::from(KeyKind::MODULUS_BITS)
                    && modulus.first().is_some_and(|first| first & 0x80 != 0)
                    && exponent == [0x01, 0x00, 0x01] =>
            {
                Ok(Self {
                    kind: KeyKind::Rsa2048,
                    secret: Zeroizing::new(der.to_vec()),
                })
            }
            _ => Err(invalid),
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The public half.
    ///
    /// # Errors
    /// None in practice: what is not a key does not become one.
    pub fn public_key(&self) -> Result<HolderPublicKey, secure_channel::Error> {
        match self.kind {
            KeyKind::Rsa2048 => {
                public_numbers(&self.secret).ok_or(secure_channel::Error::InvalidScalar)
            }
            KeyKind::P256 => {
                let key = EcPrivateKey::from_bytes(Curve::P256, &self.secret)?;
                Ok(HolderPublicKey::P256(key.public_key()?))
            }
        }
    }

    /// How it is stored: its kind in the first byte.
    pub(crate) fn to_record(&self) -> Zeroizing<Vec<u8>> {
        let mut record = Zeroizing::new(Vec::with_capacity(1 + self.secret.len()));
        record.push(self.kind.reference());
        record.extend_from_slice(&self.secret);
        record
    }

    /// The inverse.
    pub(crate) fn from_record(record: &[u8]) -> Option<Self> {
        let (&kind, secret) = record.split_first()?;
        Some(Self {
            kind: KeyKind::from_reference(kind)?,
            secret: Zeroizing::new(secret.to_vec()),
        })
    }

    /// Signs a hash value as long as the algorithm has it.
    ///
    /// # Errors
    /// [`Error::ConditionsNotSatisfied`] for an algorithm of another kind of key; [`Error::Execution`]
    /// if there is no signature.
    pub(crate) fn sign(
        &self,
        algorithm: Algorithm,
        value: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        let signature = match (self.kind, algorithm) {
            (KeyKind::P256, Algorithm::Ecdsa(_)) => {
                let key = EcPrivateKey::from_bytes(Curve::P256, &self.secret)?;
                return Ok(ecdsa::sign_hash_value(&key, value, rng)?);
            }
            (KeyKind::Rsa2048, Algorithm::Pkcs1Signature(hash)) => {
                let key = self.rsa()?;
                match hash {
                    Hash::Sha256 => key.pkcs1v15_sign_prehash_with_rng::<Sha256, _>(rng, value),
                    Hash::Sha384 => key.pkcs1v15_sign_prehash_with_rng::<Sha384, _>(rng, value),
                    Hash::Sha512 => key.pkcs1v15_sign_prehash_with_rng::<Sha512, _>(rng, value),
                    Hash::Sha1 | Hash::Sha224 => return Err(Error::ConditionsNotSatisfied),
                }
            }
            (KeyKind::Rsa2048, Algorithm::Pss(hash)) => {
                let key = self.rsa()?;
                match hash {
                    Hash::Sha256 => key.pss_sign_prehash_with_rng::<Sha256, _>(rng, value),
                    Hash::Sha384 => key.pss_sign_prehash_with_rng::<Sha384, _>(rng, value),
                    Hash::Sha512 => key.pss_sign_prehash_with_rng::<Sha512, _>(rng, value),
                    Hash::Sha1 | Hash::Sha224 => return Err(Error::ConditionsNotSatisfied),
                }
            }
            _ => return Err(Error::ConditionsNotSatisfied),
        };
        signature.map_err(|_| Error::Execution)
    }

    /// Deciphers a cryptogram. With RSAES-PKCS1-v1_5 a wrong padding yields a message that depends on
    /// key and cryptogram (implicit rejection), so that there is no oracle for it.
    ///
    /// # Errors
    /// [`Error::IncorrectData`] for everything that is wrong with the cryptogram, whatever it is;
    /// [`Error::ConditionsNotSatisfied`] for an algorithm of another kind of key.
    pub(crate) fn decipher(
        &self,
        algorithm: Algorithm,
        cryptogram: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        if self.kind != KeyKind::Rsa2048 {
            return Err(Error::ConditionsNotSatisfied);
        }
        let key = self.rsa()?;
        let message = match algorithm {
            Algorithm::Pkcs1Encryption => key.pkcs1v15_decrypt_with_rng(rng, cryptogram),
            Algorithm::Oaep(Hash::Sha1) => key.oaep_decrypt_with_rng::<Sha1, _>(rng, cryptogram),
            Algorithm::Oaep(Hash::Sha256) => {
                key.oaep_decrypt_with_rng::<Sha256, _>(rng, cryptogram)
            }
            Algorithm::Oaep(Hash::Sha384) => {
                key.oaep_decrypt_with_rng::<Sha384, _>(rng, cryptogram)
            }
            Algorithm::Oaep(Hash::Sha512) => {
                key.oaep_decrypt_with_rng::<Sha512, _>(rng, cryptogram)
            }
            _ => return Err(Error::ConditionsNotSatisfied),
        };
        let message = message.map(Zeroizing::new);
        // Both are computed whatever the other says, so that nobody can tell which of the two was wrong.
        let begins_well = match algorithm {
            Algorithm::Oaep(_) => begins_with_zero(&key, cryptogram, rng),
            _ => true,
        };
        match message {
            Ok(message) if begins_well => Ok(message),
            _ => Err(Error::IncorrectData),
        }
    }

    fn rsa(&self) -> Result<PrivateKey, Error> {
        let key = PrivateKey::from_pkcs1_der(&self.secret);
        key.map_err(|_| Error::Store(StoreError::Corrupt { offset: 0 }))
    }
}

impl fmt::Debug for HolderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HolderKey({:?}, ..)", self.kind)
    }
}

/// Whether an encoded message begins with the octet 00 (RFC 8017 §7.1.2, step 3.g), at which the library does not look.
fn begins_with_zero(key: &PrivateKey, cryptogram: &[u8], rng: &mut dyn CryptoRng) -> bool {
    let bits = u32::from(KeyKind::MODULUS_BITS);
    let Ok(cryptogram) = BoxedUint::from_be_slice(cryptogram, bits) else {
        return false;
    };
    let encoded = rsa_decrypt_and_check(key, Some(rng), &cryptogram);
    encoded.is_ok_and(|encoded| {
        let encoded = Zeroizing::new(encoded.to_be_bytes());
        encoded.first() == Some(&0)
    })
}

/// Modulus and public exponent of an RSAPrivateKey.
fn public_numbers(private_key: &[u8]) -> Option<HolderPublicKey> {
    let sequence = TlvReader::new(private_key).expect(Tag(0x30)).ok()?;
    let mut numbers = sequence.children();
    let mut number = || {
        let number = numbers.expect(Tag(0x02)).ok()?.value;
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        Some(number.get(zeros..)?.to_vec())
    };
    let _version = number()?;
    Some(HolderPublicKey::Rsa {
        modulus: number()?,
        exponent: number()?,
    })
}

impl HolderPublicKey {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        match self {
            Self::Rsa { .. } => KeyKind::Rsa2048,
            Self::P256(_) => KeyKind::P256,
        }
    }

    /// SubjectPublicKeyInfo in DER (RFC 3279 §2.3.1, RFC 5480 §2), as a certificate has it.
    #[must_use]
    pub fn subject_public_key_info(&self) -> Vec<u8> {
        let (algorithm, key) = match self {
            Self::Rsa { .. } => (
                der::sequence(&[&oid(oid::RSA_ENCRYPTION), der::NULL]),
                self.raw(),
            ),
            Self::P256(point) => (
                der::sequence(&[&oid(oid::EC_PUBLIC_KEY), &oid(oid::PRIME256V1)]),
                point.as_uncompressed().to_vec(),
            ),
        };
        der::sequence(&[&algorithm, &der::bit_string(&key)])
    }

    /// RSAPublicKey (RFC 8017 A.1.1), or the point in an OCTET STRING (RFC 5480 §2.2).
    pub(crate) fn raw(&self) -> Vec<u8> {
        match self {
            Self::Rsa { modulus, exponent } => {
                der::sequence(&[&der::integer(modulus), &der::integer(exponent)])
            }
            Self::P256(point) => der::octet_string(point.as_uncompressed()),
        }
    }
}
