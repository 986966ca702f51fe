//! Elliptic-curve keys: validated once, then used.

use alloc::vec::Vec;
use core::fmt;

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use crate::{Curve, Error, secret::SecretBytes};

/// A public key: a point on its curve that is not the point at infinity.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EcPublicKey {
    curve: Curve,
    point: Vec<u8>,
}

impl EcPublicKey {
    /// Parses an uncompressed point `04 ‖ x ‖ y` (TR-03111 §3.2.1).
    ///
    /// # Errors
    /// [`Error::InvalidPoint`] unless the length is exact, the first byte is 04 and the point lies on
    /// the curve.
    pub fn from_uncompressed(curve: Curve, point: &[u8]) -> Result<Self, Error> {
        if !curve.arithmetic().is_point(point) {
            return Err(Error::InvalidPoint);
        }
        Ok(Self {
            curve,
            point: point.to_vec(),
        })
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The point as `04 ‖ x ‖ y`.
    #[must_use]
    pub fn as_uncompressed(&self) -> &[u8] {
        &self.point
    }

    /// Public key compression for ECDH: the x-coordinate (TR-03110-3 A.2.2.3).
    #[must_use]
    pub fn compress(&self) -> CompressedPublicKey {
        CompressedPublicKey(x_coordinate(self.curve, &self.point).to_vec())
    }
}

impl fmt::Debug for EcPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EcPublicKey({:?}, ", self.curve)?;
        for byte in &self.point {
            write!(f, "{byte:02x}")?;
        }
        write!(f, ")")
    }
}

/// The x-coordinate of an ephemeral public key, `Comp(PK)` of TR-03110-3 A.2.2.3.
///
/// The chip's one from PACE is ID_PICC; the terminal's one for Chip Authentication is what Terminal
/// Authentication commits to.
#[derive(Clone, PartialEq, Eq)]
pub struct CompressedPublicKey(Vec<u8>);

impl CompressedPublicKey {
    /// Wraps an x-coordinate as received, for instance in DO 91 of MSE:Set AT.
    #[must_use]
    pub fn from_bytes(x: &[u8]) -> Self {
        Self(x.to_vec())
    }

    /// The x-coordinate, big-endian, of the curve's full field length.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for CompressedPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CompressedPublicKey(..)")
    }
}

/// A private key: a scalar from 1 to n − 1, wiped when dropped.
pub struct EcPrivateKey {
    curve: Curve,
    scalar: SecretBytes,
}

impl EcPrivateKey {
    /// Takes a scalar, big-endian and of the curve's full length.
    ///
    /// # Errors
    /// [`Error::InvalidScalar`] for any other length, for 0 and from n on.
    pub fn from_bytes(curve: Curve, scalar: &[u8]) -> Result<Self, Error> {
        if !curve.arithmetic().is_scalar(scalar) {
            return Err(Error::InvalidScalar);
        }
        Ok(Self {
            curve,
            scalar: scalar.into(),
        })
    }

    /// Draws a key: fills the scalar's bytes from `rng` and draws again while the number is 0 or not
    /// below n (FIPS 186-5 A.2.2). A scripted `rng` therefore yields exactly the scripted key.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`] after 128 draws in vain, which means that `rng` is broken: on the
    /// curve with the smallest n a third of all draws fails.
    pub fn generate(curve: Curve, rng: &mut dyn CryptoRng) -> Result<Self, Error> {
        let mut scalar = SecretBytes::zeros(curve.field_size());
        for _ in 0..128 {
            rng.fill_bytes(&mut scalar);
            if curve.arithmetic().is_scalar(&scalar) {
                return Ok(Self { curve, scalar });
            }
        }
        Err(Error::RandomnessFailed)
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The public key over the curve's standard base point.
    ///
    /// # Errors
    /// None in practice: a valid scalar never yields the point at infinity.
    pub fn public_key(&self) -> Result<EcPublicKey, Error> {
        let point = self.curve.arithmetic().multiply_base(&self.scalar)?;
        Ok(EcPublicKey {
            curve: self.curve,
            point: point.to_vec(),
        })
    }

    /// The scalar itself, for storing the key on a card. It leaves this type's protection.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        &self.scalar
    }

    /// Elliptic-curve key agreement: the x-coordinate of `self · peer` (TR-03111 §4.3.1).
    pub(crate) fn agree(&self, peer: &EcPublicKey) -> Result<SecretBytes, Error> {
        let point = self.multiply(peer)?;
        Ok(x_coordinate(self.curve, &point).into())
    }

    /// `self · peer`, both coordinates.
    pub(crate) fn multiply(&self, peer: &EcPublicKey) -> Result<SecretBytes, Error> {
        if peer.curve != self.curve {
            return Err(Error::InvalidPoint);
        }
        self.curve.arithmetic().multiply(&self.scalar, &peer.point)
    }
}

impl fmt::Debug for EcPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EcPrivateKey({:?}, ..)", self.curve)
    }
}

impl PartialEq for EcPrivateKey {
    fn eq(&self, other: &Self) -> bool {
        self.curve == other.curve && bool::from(self.scalar.ct_eq(&other.scalar))
    }
}

impl Eq for EcPrivateKey {}

/// The x-coordinate of a valid uncompressed point.
pub(crate) fn x_coordinate(curve: Curve, point: &[u8]) -> &[u8] {
    point.get(1..=curve.field_size()).unwrap_or_default()
}
