//! The elliptic curves, and the one place where their arithmetic is called.

use alloc::vec::Vec;
use core::marker::PhantomData;

use ecdsa::{EcdsaCurve, Signature, hazmat};
use elliptic_curve::{
    AffinePoint, CurveArithmetic, CurveGroup, Field, FieldBytes, FieldBytesSize, Group,
    NonZeroScalar, PrimeField, ProjectivePoint, Scalar,
    array::ArraySize,
    ops::Reduce,
    sec1::{FromSec1Point, ModulusSize, Sec1Point, ToSec1Point},
};
use zeroize::{Zeroize, Zeroizing};

use crate::{Error, secret::SecretBytes};

mod domain_parameters;

/// A set of standardized domain parameters (TR-03110-3 table 4, Doc 9303-11 §9.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// NIST P-256 (secp256r1), identifier 12.
    P256,
    /// brainpoolP256r1, identifier 13.
    BrainpoolP256r1,
    /// NIST P-384 (secp384r1), identifier 15.
    P384,
}

impl Curve {
    /// Every curve this crate knows.
    pub const ALL: [Self; 3] = [Self::P256, Self::BrainpoolP256r1, Self::P384];

    /// The standardized domain parameter identifier.
    #[must_use]
    pub const fn parameter_id(self) -> u8 {
        match self {
            Self::P256 => 12,
            Self::BrainpoolP256r1 => 13,
            Self::P384 => 15,
        }
    }

    /// The curve with this standardized domain parameter identifier, if it is one we support.
    #[must_use]
    pub const fn from_parameter_id(id: u8) -> Option<Self> {
        match id {
            12 => Some(Self::P256),
            13 => Some(Self::BrainpoolP256r1),
            15 => Some(Self::P384),
            _ => None,
        }
    }

    /// Length in bytes of a coordinate; for these curves also of a scalar.
    #[must_use]
    pub const fn field_size(self) -> usize {
        match self {
            Self::P256 | Self::BrainpoolP256r1 => 32,
            Self::P384 => 48,
        }
    }

    /// Length in bytes of an uncompressed point, `04 ‖ x ‖ y`.
    #[must_use]
    pub const fn point_size(self) -> usize {
        1 + 2 * self.field_size()
    }

    pub(crate) fn arithmetic(self) -> &'static dyn Arithmetic {
        match self {
            Self::P256 => &Over::<p256::NistP256>(PhantomData),
            Self::BrainpoolP256r1 => &Over::<bp256::BrainpoolP256r1>(PhantomData),
            Self::P384 => &Over::<p384::NistP384>(PhantomData),
        }
    }
}

/// What the protocols need of a curve, over byte strings: points are `04 ‖ x ‖ y`, scalars
/// big-endian and of full length. Every function checks its arguments, so no unchecked point or
/// scalar ever reaches the arithmetic. All run in constant time in secret values.
pub(crate) trait Arithmetic {
    /// Whether `bytes` is a scalar from 1 to n − 1.
    fn is_scalar(&self, bytes: &[u8]) -> bool;
    /// Whether `bytes` is an uncompressed point on the curve other than the point at infinity.
    fn is_point(&self, bytes: &[u8]) -> bool;
    /// `scalar · G` for the standard base point.
    fn multiply_base(&self, scalar: &[u8]) -> Result<SecretBytes, Error>;
    /// `scalar · point`.
    fn multiply(&self, scalar: &[u8], point: &[u8]) -> Result<SecretBytes, Error>;
    /// Generic mapping, `nonce · G + shared` (TR-03110-3 A.3.4.1).
    fn map(&self, nonce: &[u8], shared: &[u8]) -> Result<SecretBytes, Error>;
    /// `dividend · divisor⁻¹ mod n`.
    fn quotient(&self, dividend: &[u8], divisor: &[u8]) -> Result<SecretBytes, Error>;
    /// ECDSA, plain format `r ‖ s`; `k` is derived from key, hash and `entropy` (RFC 6979 §3.6).
    fn sign(&self, key: &[u8], prehash: &[u8], entropy: &[u8]) -> Result<Vec<u8>, Error>;
    /// ECDSA, plain format `r ‖ s`.
    fn verify(&self, point: &[u8], prehash: &[u8], signature: &[u8]) -> Result<(), Error>;
}

struct Over<C>(PhantomData<C>);

impl<C> Over<C>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    fn scalar(bytes: &[u8]) -> Result<Zeroizing<Scalar<C>>, Error> {
        let mut repr = FieldBytes::<C>::try_from(bytes).map_err(|_| Error::InvalidScalar)?;
        let scalar = Option::<Scalar<C>>::from(Scalar::<C>::from_repr(repr));
        repr.zeroize();
        scalar
            .filter(|scalar| !bool::from(scalar.is_zero()))
            .map(Zeroizing::new)
            .ok_or(Error::InvalidScalar)
    }

    fn point(bytes: &[u8]) -> Result<Zeroizing<ProjectivePoint<C>>, Error> {
        if bytes.first() != Some(&0x04) {
            return Err(Error::InvalidPoint);
        }
        let encoded = Sec1Point::<C>::from_bytes(bytes).map_err(|_| Error::InvalidPoint)?;
        let affine = Option::<AffinePoint<C>>::from(AffinePoint::<C>::from_sec1_point(&encoded))
            .ok_or(Error::InvalidPoint)?;
        let point = ProjectivePoint::<C>::from(affine);
        if bool::from(point.is_identity()) {
            return Err(Error::InvalidPoint);
        }
        Ok(Zeroizing::new(point))
    }

    fn encode(point: ProjectivePoint<C>) -> Result<SecretBytes, Error> {
        let point = Zeroizing::new(point);
        if bool::from(point.is_identity()) {
            return Err(Error::InvalidPoint);
        }
        let mut affine = point.to_affine();
        let encoded = affine.to_uncompressed_point();
        affine.zeroize();
        Ok(encoded.to_vec().into())
    }
}

impl<C> Arithmetic for Over<C>
where
    C: CurveArithmetic + EcdsaCurve,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    ecdsa::SignatureSize<C>: ArraySize,
{
    fn is_scalar(&self, bytes: &[u8]) -> bool {
        Self::scalar(bytes).is_ok()
    }

    fn is_point(&self, bytes: &[u8]) -> bool {
        Self::point(bytes).is_ok()
    }

    fn multiply_base(&self, scalar: &[u8]) -> Result<SecretBytes, Error> {
        let scalar = Self::scalar(scalar)?;
        Self::encode(ProjectivePoint::<C>::mul_by_generator(&scalar))
    }

    fn multiply(&self, scalar: &[u8], point: &[u8]) -> Result<SecretBytes, Error> {
        let scalar = Self::scalar(scalar)?;
        Self::encode(*Self::point(point)? * *scalar)
    }

    fn map(&self, nonce: &[u8], shared: &[u8]) -> Result<SecretBytes, Error> {
        let mut repr = FieldBytes::<C>::default();
        let offset = repr.len().checked_sub(nonce.len());
        offset
            .and_then(|offset| repr.get_mut(offset..))
            .ok_or(Error::InvalidScalar)?
            .copy_from_slice(nonce);
        let nonce = Zeroizing::new(<Scalar<C> as Reduce<FieldBytes<C>>>::reduce(&repr));
        repr.zeroize();
        if bool::from(nonce.is_zero()) {
            return Err(Error::InvalidScalar);
        }
        Self::encode(ProjectivePoint::<C>::mul_by_generator(&nonce) + *Self::point(shared)?)
    }

    fn quotient(&self, dividend: &[u8], divisor: &[u8]) -> Result<SecretBytes, Error> {
        let inverse = Option::<Scalar<C>>::from(Field::invert(&*Self::scalar(divisor)?))
            .map(Zeroizing::new)
            .ok_or(Error::InvalidScalar)?;
        let quotient = Zeroizing::new(*Self::scalar(dividend)? * *inverse);
        let mut repr = quotient.to_repr();
        let bytes = repr.to_vec().into();
        repr.zeroize();
        Ok(bytes)
    }

    fn sign(&self, key: &[u8], prehash: &[u8], entropy: &[u8]) -> Result<Vec<u8>, Error> {
        let key = Option::<NonZeroScalar<C>>::from(NonZeroScalar::<C>::new(*Self::scalar(key)?))
            .map(Zeroizing::new)
            .ok_or(Error::InvalidScalar)?;
        let (signature, _) =
            hazmat::sign_prehashed_rfc6979::<C, sha2::Sha256>(&key, prehash, entropy);
        Ok(signature.to_bytes().to_vec())
    }

    fn verify(&self, point: &[u8], prehash: &[u8], signature: &[u8]) -> Result<(), Error> {
        let point = Self::point(point)?;
        let signature = Signature::<C>::from_slice(signature)
            .map_err(|_| Error::NotAuthentic("the ECDSA signature is not a pair r, s in range"))?;
        hazmat::verify_prehashed::<C>(&point, prehash, &signature)
            .map_err(|_| Error::NotAuthentic("the ECDSA signature does not verify"))
    }
}
