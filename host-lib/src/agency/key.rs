//! The key of an agency's terminal.

use core::fmt;

use cvc::SigningKey;
use rand_core::CryptoRng;

use super::signature::SignatureRequest;
use crate::random::Randomness;

/// Whoever holds the private key of an agency's terminal: this process, a security module, a server far away.
///
/// The signature is ECDSA in plain format, `r ‖ s`, each as long as the curve's field (TR-03111, 5.2.1), over
/// [`SignatureRequest::message`] with the hash of [`SignatureRequest::protocol`]. Security modules that answer in DER can have it
/// turned by [`SignatureRequest::plain_signature`].
///
/// ```
/// use host_lib::{SignatureRequest, TerminalKey, TerminalKeyError};
///
/// /// A security module that signs hashes and answers in DER.
/// struct Module;
/// # impl Module {
/// #     fn sign_hash(&mut self, _: &[u8]) -> std::io::Result<Vec<u8>> { Err(std::io::ErrorKind::NotConnected.into()) }
/// # }
///
/// impl TerminalKey for Module {
///     fn sign(&mut self, request: &SignatureRequest) -> Result<Vec<u8>, TerminalKeyError> {
///         let der = self.sign_hash(&request.digest()).map_err(TerminalKeyError::new)?;
///         request.plain_signature(&der)
///     }
/// }
/// ```
pub trait TerminalKey {
    /// Signs for one session with one card.
    ///
    /// # Errors
    /// [`TerminalKeyError`] with whatever went wrong. It reaches the caller as
    /// [`ErrorCode::TerminalKey`](crate::ErrorCode::TerminalKey).
    fn sign(&mut self, request: &SignatureRequest) -> Result<Vec<u8>, TerminalKeyError>;
}

/// Why a terminal's key gave no signature.
#[derive(Debug)]
pub struct TerminalKeyError(Box<dyn core::error::Error + Send + Sync>);

impl TerminalKeyError {
    /// From the error of a security module or a connection, or from a text. It must not hold a secret: people will read it.
    pub fn new(error: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for TerminalKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for TerminalKeyError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.source()
    }
}

/// A key in this process's memory, wiped when dropped. Agencies' production keys belong into a security module.
pub struct SoftwareKey {
    key: SigningKey,
    randomness: Randomness,
}

impl SoftwareKey {
    /// A key that is at hand.
    pub fn new(key: SigningKey) -> Self {
        Self {
            key,
            randomness: Randomness::System,
        }
    }

    /// Takes randomness from here instead of the operating system, so that a session can be replayed. For tests only.
    #[must_use]
    pub fn randomness_for_replay(mut self, rng: Box<dyn CryptoRng + Send>) -> Self {
        self.randomness = Randomness::Replay(rng);
        self
    }
}

impl TerminalKey for SoftwareKey {
    fn sign(&mut self, request: &SignatureRequest) -> Result<Vec<u8>, TerminalKeyError> {
        let Self { key, randomness } = self;
        let mine = key.verifying_key().algorithm().protocol();
        if mine.ok() != Some(request.protocol()) {
            return Err(TerminalKeyError::new(
                "the certificate is of a key with another algorithm",
            ));
        }
        let signed = randomness.with(|rng| key.sign(request.message(), rng));
        signed
            .map_err(TerminalKeyError::new)?
            .map_err(TerminalKeyError::new)
    }
}

impl fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftwareKey(..)")
    }
}
