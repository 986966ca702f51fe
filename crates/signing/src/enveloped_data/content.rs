//! How the content is encrypted: AES-CBC (RFC 3565 §4), AES-GCM (RFC 5084 §3.2).

use aes::{Aes128, Aes192, Aes256};
use aes_gcm::AesGcm;
use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{AeadInOut, KeyInit};
use cipher::block_padding::NoPadding;
use cipher::{BlockModeDecrypt, KeyIvInit};
use const_oid::ObjectIdentifier;
use der::{Encode, Tag};
use spki::AlgorithmIdentifierOwned;
use subtle::{Choice, ConstantTimeEq, ConstantTimeGreater};
use zeroize::Zeroizing;

use crate::Error;
use crate::asn1::Elements;
use crate::signed_data::field;

const AES_128_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.2");
const AES_192_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.22");
const AES_256_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");
const AES_128_GCM: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.6");
const AES_192_GCM: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.26");
const AES_256_GCM: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.46");

const BLOCK: usize = 16;

#[derive(Clone, Debug)]
pub(super) struct ContentEncryption {
    key: AesKey,
    mode: Mode,
}

#[derive(Clone, Copy, Debug)]
enum AesKey {
    Aes128,
    Aes192,
    Aes256,
}

#[derive(Clone, Debug)]
enum Mode {
    Cbc {
        iv: [u8; BLOCK],
    },
    Gcm {
        nonce: [u8; 12],
        associated: Vec<u8>,
        mac: Vec<u8>,
    },
}

impl ContentEncryption {
    pub(super) fn cbc(
        identifier: &AlgorithmIdentifierOwned,
        encrypted: &[u8],
    ) -> Result<Self, Error> {
        const WHAT: &str = "AES-CBC";
        let key = match identifier.oid {
            AES_128_CBC => AesKey::Aes128,
            AES_192_CBC => AesKey::Aes192,
            AES_256_CBC => AesKey::Aes256,
            oid => return Err(Error::ContentEncryption(oid.into())),
        };
        let parameters = parameters(WHAT, identifier)?;
        let mut parameters = Elements::inside(WHAT, &parameters)?;
        let iv = parameters.octets()?.try_into();
        let iv = iv.map_err(|_| field(WHAT, "initialization vector"))?;
        parameters.finish()?;
        if encrypted.is_empty() || !encrypted.len().is_multiple_of(BLOCK) {
            return Err(field(WHAT, "encryptedContent"));
        }
        Ok(Self {
            key,
            mode: Mode::Cbc { iv },
        })
    }

    pub(super) fn gcm(
        identifier: &AlgorithmIdentifierOwned,
        associated: Vec<u8>,
        mac: Vec<u8>,
    ) -> Result<Self, Error> {
        const WHAT: &str = "GCMParameters";
        let key = match identifier.oid {
            AES_128_GCM => AesKey::Aes128,
            AES_192_GCM => AesKey::Aes192,
            AES_256_GCM => AesKey::Aes256,
            oid => return Err(Error::ContentEncryption(oid.into())),
        };
        let parameters = parameters(WHAT, identifier)?;
        let mut parameters = Elements::of_sequence(WHAT, &parameters)?;
        let nonce = parameters.octets()?.try_into();
        let nonce = nonce.map_err(|_| field(WHAT, "aes-nonce"))?;
        let length: usize = match parameters.optional(Tag::Integer)? {
            Some([length]) => usize::from(*length),
            Some(_) => return Err(field(WHAT, "aes-ICVlen")),
            None => 12,
        };
        parameters.finish()?;
        // 13 to 15 are allowed too, and nobody writes them.
        if ![12, 16].contains(&length) || mac.len() != length {
            return Err(field(WHAT, "aes-ICVlen"));
        }
        Ok(Self {
            key,
            mode: Mode::Gcm {
                nonce,
                associated,
                mac,
            },
        })
    }

    /// The length of the key, in bytes.
    pub(super) fn key_length(&self) -> usize {
        match self.key {
            AesKey::Aes128 => 16,
            AesKey::Aes192 => 24,
            AesKey::Aes256 => 32,
        }
    }

    pub(super) fn is_authenticated(&self) -> bool {
        matches!(self.mode, Mode::Gcm { .. })
    }

    /// Decrypts with a key of the right length.
    pub(super) fn decrypt(
        &self,
        key: &[u8],
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut buffer = Zeroizing::new(encrypted.to_vec());
        let done = match (&self.mode, self.key) {
            (Mode::Cbc { iv }, AesKey::Aes128) => {
                cbc::<cbc::Decryptor<Aes128>>(key, iv, &mut buffer)
            }
            (Mode::Cbc { iv }, AesKey::Aes192) => {
                cbc::<cbc::Decryptor<Aes192>>(key, iv, &mut buffer)
            }
            (Mode::Cbc { iv }, AesKey::Aes256) => {
                cbc::<cbc::Decryptor<Aes256>>(key, iv, &mut buffer)
            }
            (
                Mode::Gcm {
                    nonce,
                    associated,
                    mac,
                },
                size,
            ) => {
                let rest = (nonce, associated.as_slice(), mac.as_slice());
                match (size, mac.len()) {
                    (AesKey::Aes128, 12) => gcm::<AesGcm<Aes128, U12, U12>>(key, rest, &mut buffer),
                    (AesKey::Aes192, 12) => gcm::<AesGcm<Aes192, U12, U12>>(key, rest, &mut buffer),
                    (AesKey::Aes256, 12) => gcm::<AesGcm<Aes256, U12, U12>>(key, rest, &mut buffer),
                    (AesKey::Aes128, _) => gcm::<AesGcm<Aes128, U12, U16>>(key, rest, &mut buffer),
                    (AesKey::Aes192, _) => gcm::<AesGcm<Aes192, U12, U16>>(key, rest, &mut buffer),
                    (AesKey::Aes256, _) => gcm::<AesGcm<Aes256, U12, U16>>(key, rest, &mut buffer),
                }
            }
        };
        done.ok_or(Error::Decryption)?;
        Ok(buffer)
    }
}

fn parameters(what: &'static str, identifier: &AlgorithmIdentifierOwned) -> Result<Vec<u8>, Error> {
    let parameters = identifier.parameters.as_ref();
    let parameters = parameters.ok_or_else(|| field(what, "parameters"))?;
    parameters.to_der().map_err(Error::malformed(what))
}

/// Decrypts in place and takes the padding off (RFC 5652 §6.3). `None` if it is none.
fn cbc<C: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    iv: &[u8; BLOCK],
    buffer: &mut Vec<u8>,
) -> Option<()> {
    let cipher = C::new_from_slices(key, iv).ok()?;
    cipher.decrypt_padded::<NoPadding>(buffer).ok()?;
    let length = padding_start(buffer)?;
    buffer.truncate(length);
    Some(())
}

/// Where the padding begins: as many bytes as the last one says, all of the same value. Every byte of the last block is looked at, whatever it is.
fn padding_start(decrypted: &[u8]) -> Option<usize> {
    let last = *decrypted.last()?;
    let mut right = last.ct_gt(&0) & !last.ct_gt(&(BLOCK as u8));
    for (position, byte) in (1u8..).zip(decrypted.iter().rev().take(BLOCK)) {
        let outside: Choice = position.ct_gt(&last);
        right &= outside | byte.ct_eq(&last);
    }
    let length = decrypted.len().checked_sub(usize::from(last))?;
    bool::from(right).then_some(length)
}

/// Decrypts in place, if the tag is right.
fn gcm<A: KeyInit + AeadInOut>(
    key: &[u8],
    (nonce, associated, mac): (&[u8; 12], &[u8], &[u8]),
    buffer: &mut Vec<u8>,
) -> Option<()> {
    let cipher = A::new_from_slice(key).ok()?;
    let nonce = nonce.as_slice().try_into().ok()?;
    let mac = mac.try_into().ok()?;
    let buffer = buffer.as_mut_slice().into();
    cipher
        .decrypt_inout_detached(nonce, associated, buffer, mac)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_as_many_bytes_as_the_last_one_says() {
        let mut block = [7; 16];
        assert_eq!(padding_start(&block), Some(9));
        block[9] = 6;
        assert_eq!(padding_start(&block), None);
        block[9] = 7;
        block[8] = 0;
        assert_eq!(padding_start(&block), Some(9));
        assert_eq!(padding_start(&[16; 32]), Some(16));
        for wrong in [0, 17, 255] {
            assert_eq!(padding_start(&[wrong; 32]), None);
        }
        assert_eq!(padding_start(&[]), None);
    }
}
