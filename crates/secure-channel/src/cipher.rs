//! AES as the protocols use it: CBC, CMAC cut to eight bytes, and ISO/IEC 7816-4 padding.

use alloc::vec::Vec;

use crate::{Error, secret::SecretBytes};
use aes::{Aes128, Aes192, Aes256};
use cbc::{Decryptor, Encryptor};
use cipher::{
    Array, Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt,
    InnerIvInit, KeyInit, consts::U16,
};
use cmac::{Cmac, Mac, block_api::CmacCipher};

/// Block size of AES in bytes.
pub(crate) const BLOCK: usize = 16;

/// Length in bytes of checksums and authentication tokens (TR-03110-3 A.2.4.2, F.4.2.2).
pub(crate) const MAC: usize = 8;

/// The symmetric cipher of a protocol, AES-CBC with AES-CMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SymmetricCipher {
    /// AES with 128-bit keys, which are derived with SHA-1.
    Aes128,
    /// AES with 192-bit keys, which are derived with SHA-256.
    Aes192,
    /// AES with 256-bit keys, which are derived with SHA-256.
    Aes256,
}

impl SymmetricCipher {
    /// Every cipher this crate knows.
    pub const ALL: [Self; 3] = [Self::Aes128, Self::Aes192, Self::Aes256];

    /// The last arc of the object identifiers that end in a cipher: AES-CBC-CMAC-128, -192, -256.
    pub(crate) const fn oid_arc(self) -> u8 {
        match self {
            Self::Aes128 => 2,
            Self::Aes192 => 3,
            Self::Aes256 => 4,
        }
    }

    /// Key length in bytes.
    #[must_use]
    pub const fn key_size(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }
}

/// An expanded AES key. The round keys are wiped when it is dropped.
pub(crate) enum Aes {
    Aes128(Aes128),
    Aes192(Aes192),
    Aes256(Aes256),
}

impl Aes {
    /// Expands a key of the cipher's length.
    pub(crate) fn new(cipher: SymmetricCipher, key: &[u8]) -> Result<Self, Error> {
        match cipher {
            SymmetricCipher::Aes128 => Aes128::new_from_slice(key).map(Self::Aes128),
            SymmetricCipher::Aes192 => Aes192::new_from_slice(key).map(Self::Aes192),
            SymmetricCipher::Aes256 => Aes256::new_from_slice(key).map(Self::Aes256),
        }
        .map_err(|_| Error::InvalidInput("the key does not have the cipher's length"))
    }

    /// Encrypts a single block.
    pub(crate) fn encrypt_block(&self, block: [u8; BLOCK]) -> [u8; BLOCK] {
        let mut block = Array::from(block);
        match self {
            Self::Aes128(aes) => aes.encrypt_block(&mut block),
            Self::Aes192(aes) => aes.encrypt_block(&mut block),
            Self::Aes256(aes) => aes.encrypt_block(&mut block),
        }
        block.into()
    }

    /// CBC encryption in place. The length must be a multiple of the block size.
    pub(crate) fn encrypt(&self, iv: [u8; BLOCK], data: &mut [u8]) -> Result<(), Error> {
        match self {
            Self::Aes128(aes) => cbc_encrypt(aes, iv, data),
            Self::Aes192(aes) => cbc_encrypt(aes, iv, data),
            Self::Aes256(aes) => cbc_encrypt(aes, iv, data),
        }
    }

    /// CBC decryption in place. The length must be a multiple of the block size.
    pub(crate) fn decrypt(&self, iv: [u8; BLOCK], data: &mut [u8]) -> Result<(), Error> {
        match self {
            Self::Aes128(aes) => cbc_decrypt(aes, iv, data),
            Self::Aes192(aes) => cbc_decrypt(aes, iv, data),
            Self::Aes256(aes) => cbc_decrypt(aes, iv, data),
        }
    }

    /// CMAC over the concatenation of `parts`, cut to its first eight bytes.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; MAC] {
        match self {
            Self::Aes128(aes) => cmac(aes, parts),
            Self::Aes192(aes) => cmac(aes, parts),
            Self::Aes256(aes) => cmac(aes, parts),
        }
    }
}

fn whole_blocks(data: &mut [u8]) -> Result<&mut [Array<u8, U16>], Error> {
    match Array::slice_as_chunks_mut(data) {
        (blocks, []) => Ok(blocks),
        _ => Err(Error::Malformed(
            "a cryptogram is not a whole number of blocks",
        )),
    }
}

fn cbc_encrypt<C>(cipher: &C, iv: [u8; BLOCK], data: &mut [u8]) -> Result<(), Error>
where
    C: BlockCipherEncrypt<BlockSize = U16>,
{
    Encryptor::inner_iv_init(cipher, &iv.into()).encrypt_blocks(whole_blocks(data)?);
    Ok(())
}

fn cbc_decrypt<C>(cipher: &C, iv: [u8; BLOCK], data: &mut [u8]) -> Result<(), Error>
where
    C: BlockCipherDecrypt<BlockSize = U16>,
{
    Decryptor::inner_iv_init(cipher, &iv.into()).decrypt_blocks(whole_blocks(data)?);
    Ok(())
}

fn cmac<C>(cipher: &C, parts: &[&[u8]]) -> [u8; MAC]
where
    C: CmacCipher + Clone,
    Block<C>: Into<[u8; BLOCK]>,
{
    let mut cmac = <Cmac<C> as cipher::common::InnerInit>::inner_init(cipher.clone());
    for part in parts {
        cmac.update(part);
    }
    let [mac @ .., _, _, _, _, _, _, _, _]: [u8; BLOCK] = cmac.finalize().into_bytes().into();
    mac
}

/// Padding method 2 of ISO/IEC 9797-1: 80, then zeros up to a whole block.
pub(crate) fn pad(data: &mut Vec<u8>) {
    data.push(0x80);
    data.resize(data.len().next_multiple_of(BLOCK), 0);
}

/// Removes the padding of [`pad`]; `None` if it is not there, or longer than a block.
pub(crate) fn unpad(mut data: SecretBytes) -> Option<SecretBytes> {
    let end = data.iter().rposition(|byte| *byte != 0)?;
    if data.get(end) != Some(&0x80) || data.len() - end > BLOCK {
        return None;
    }
    data.as_mut_vec().truncate(end);
    Some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_removed_exactly_as_it_was_added() {
        for length in 0..=33 {
            let mut data = alloc::vec![0x80; length];
            pad(&mut data);
            assert_eq!(data.len() % BLOCK, 0);
            assert!(data.len() > length);
            let data = unpad(data.into()).unwrap();
            assert_eq!(data[..], alloc::vec![0x80; length]);
        }
    }

    #[test]
    fn wrong_padding_is_refused() {
        let mut long = alloc::vec![0; 32];
        long[15] = 0x80;
        for bad in [alloc::vec![], alloc::vec![0; 16], alloc::vec![1; 16], long] {
            assert!(unpad(bad.into()).is_none());
        }
    }
}
