//! That somebody has the private key of a public one (RFC 4211 §4).

use core::fmt;

use rand_core::CryptoRng;
use rsa::oaep::EncryptingKey;
use rsa::traits::RandomizedEncryptor;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::public_key::PublicKey;
use crate::{CertificationRequest, Error};

/// A public key whose private key somebody was shown to have, by a signature or by a decipherment, or is known to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenKey(PublicKey);

impl ProvenKey {
    /// By the word of whoever had the key made where it is, on a card that is being personalised: there is nobody else to ask (RFC 4211 §4,
    /// `raVerified`).
    #[must_use]
    pub const fn by_its_maker(public_key: PublicKey) -> Self {
        Self(public_key)
    }

    /// The key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0
    }
}

impl From<&CertificationRequest> for ProvenKey {
    /// By its signature, which was verified when the request was read.
    fn from(request: &CertificationRequest) -> Self {
        Self(request.public_key().clone())
    }
}

/// What only the holder of an RSA key that does not sign can answer: 32 random bytes, enciphered with RSAES-OAEP and SHA-256
/// (RFC 4211 §4.2, with the challenge and its answer given from hand to hand).
///
/// ```
/// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
/// # let mut rng = ChaCha20Rng::from_seed([7; 32]);
/// use pki::{DeciphermentChallenge, Error};
/// # use pki::builder::{KeyType, PrivateKey};
///
/// let curve = PrivateKey::generate(KeyType::P256, &mut rng).public_key()?;
/// assert_eq!(DeciphermentChallenge::new(&curve, &mut rng).err(), Some(Error::KeyMismatch));
/// # Ok::<(), Error>(())
/// ```
pub struct DeciphermentChallenge {
    public_key: PublicKey,
    plain: Zeroizing<[u8; 32]>,
    cryptogram: Vec<u8>,
}

impl DeciphermentChallenge {
    /// A challenge for this key.
    ///
    /// # Errors
    /// [`Error::KeyMismatch`] for a key that does not decipher.
    pub fn new(public_key: &PublicKey, rng: &mut dyn CryptoRng) -> Result<Self, Error> {
        let mut plain = Zeroizing::new([0; 32]);
        rng.fill_bytes(plain.as_mut());
        let key = public_key.rsa().ok_or(Error::KeyMismatch)?;
        let key = EncryptingKey::<Sha256>::new(key.clone());
        let cryptogram = key.encrypt_with_rng(rng, plain.as_ref());
        Ok(Self {
            public_key: public_key.clone(),
            plain,
            cryptogram: cryptogram.map_err(|_| Error::PublicKey)?,
        })
    }

    /// The cryptogram to be deciphered.
    #[must_use]
    pub fn cryptogram(&self) -> &[u8] {
        &self.cryptogram
    }

    /// Takes the answer. There is one try: a wrong answer needs a new challenge.
    ///
    /// # Errors
    /// [`Error::ProofOfPossession`] if it is not what was enciphered.
    pub fn answered(self, answer: &[u8]) -> Result<ProvenKey, Error> {
        let bytes = answer.iter().zip(self.plain.as_ref());
        let differences = bytes.fold(0, |all, (one, other)| all | (one ^ other));
        if answer.len() != self.plain.len() || differences != 0 {
            return Err(Error::ProofOfPossession);
        }
        Ok(ProvenKey(self.public_key))
    }
}

impl fmt::Debug for DeciphermentChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeciphermentChallenge")
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;
    use rsa::oaep::DecryptingKey;
    use rsa::traits::Decryptor;
    use spki::SubjectPublicKeyInfoOwned;

    use super::*;

    #[test]
    fn only_the_private_key_answers() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let key = rsa::PrivateKey::new(&mut rng, 2048).unwrap();
        let spki = SubjectPublicKeyInfoOwned::from_key(&key.to_public_key()).unwrap();
        let public_key = PublicKey::from_spki(&spki).unwrap();

        let challenge = DeciphermentChallenge::new(&public_key, &mut rng).unwrap();
        let decrypting = DecryptingKey::<Sha256>::new(key);
        let answer = decrypting.decrypt(challenge.cryptogram()).unwrap();
        assert_eq!(
            challenge.answered(&answer).unwrap().public_key(),
            &public_key
        );

        for change in 0..3 {
            let challenge = DeciphermentChallenge::new(&public_key, &mut rng).unwrap();
            let mut answer = decrypting.decrypt(challenge.cryptogram()).unwrap();
            match change {
                0 => answer.push(0),
                1 => drop(answer.pop()),
                _ => answer[31] ^= 1,
            }
            assert_eq!(challenge.answered(&answer), Err(Error::ProofOfPossession));
        }
    }
}
