//! A signature that has been verified once.

use std::sync::OnceLock;

use crate::error::Error;
use crate::public_key::PublicKey;

/// The key with which an object's signature was found to be right.
///
/// Object, signature and key never change, so neither does the result: one list serves thousands of documents, and hashing its 20 MB for each of
/// them would be the greater part of the work.
#[derive(Clone, Default)]
pub(crate) struct VerifiedWith(OnceLock<PublicKey>);

impl VerifiedWith {
    /// Calls `verify`, unless it has already succeeded with this very key.
    pub(crate) fn or_verify(
        &self,
        key: &PublicKey,
        verify: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.0.get() == Some(key) {
            return Ok(());
        }
        verify()?;
        // Another key got in first: then that one stays remembered, and this one is verified again next time.
        let _ = self.0.set(key.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::{KeyType, PrivateKey};
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    fn key(seed: u8) -> PublicKey {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        PrivateKey::generate(KeyType::P256, &mut rng)
            .public_key()
            .unwrap()
    }

    #[test]
    fn a_success_is_remembered_for_its_own_key_alone() {
        let memo = VerifiedWith::default();
        assert_eq!(memo.or_verify(&key(1), || Ok(())), Ok(()));
        assert_eq!(memo.or_verify(&key(1), || Err(Error::Signature)), Ok(()));
        let other = memo.or_verify(&key(2), || Err(Error::Signature));
        assert_eq!(other, Err(Error::Signature));
    }

    #[test]
    fn a_failure_is_not_remembered() {
        let memo = VerifiedWith::default();
        assert_eq!(
            memo.or_verify(&key(1), || Err(Error::Signature)),
            Err(Error::Signature)
        );
        assert_eq!(
            memo.or_verify(&key(1), || Err(Error::Signature)),
            Err(Error::Signature)
        );
    }
}
