//! The hash of a content, of whatever size.

use std::io::{self, Read};

use pki::{DigestAlgorithm, Hasher};

/// The hash of a content, and the algorithm that computed it (RFC 5652 §5.4).
///
/// ```
/// use pki::DigestAlgorithm::Sha256;
/// use signing::MessageDigest;
///
/// let whole = MessageDigest::of(Sha256, b"a long document");
/// let mut file = &b"a long document"[..]; // anything that can be read
/// assert_eq!(MessageDigest::read(Sha256, &mut file)?, whole);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageDigest {
    algorithm: DigestAlgorithm,
    hash: Vec<u8>,
}

/// Read at a time, in bytes.
const PIECE: usize = 16 * 1024;

impl MessageDigest {
    /// The hash of a content in memory.
    #[must_use]
    pub fn of(algorithm: DigestAlgorithm, content: &[u8]) -> Self {
        Self {
            algorithm,
            hash: algorithm.digest(content),
        }
    }

    /// The hash of everything that can be read, which is never in memory as a whole.
    ///
    /// # Errors
    /// Those of `content`.
    pub fn read(algorithm: DigestAlgorithm, content: &mut dyn Read) -> io::Result<Self> {
        let mut hasher = Hasher::new(algorithm);
        let mut buffer = vec![0; PIECE];
        loop {
            match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => hasher.update(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self {
            algorithm,
            hash: hasher.finish(),
        })
    }

    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.hash
    }
}
