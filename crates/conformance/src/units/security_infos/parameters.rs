//! Domain parameters in an AlgorithmIdentifier (TR-03110-3, A.2.1).

use lds::{AlgorithmIdentifier, DomainParameters, StandardizedDomainParameters, oid};

use crate::{Bench, Stop};

/// What a protocol agrees on keys with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Agreement {
    /// Diffie-Hellman over a prime field.
    Dh,
    /// Diffie-Hellman on an elliptic curve.
    Ecdh,
}

impl Agreement {
    /// Whether standardized parameters are of this kind (TR-03110-3, table 4).
    pub(super) const fn takes(self, parameters: StandardizedDomainParameters) -> bool {
        matches!(
            (self, parameters.id()),
            (Self::Dh, 0..=2) | (Self::Ecdh, 8..=18)
        )
    }
}

/// Identifiers that table 4 keeps for standardized parameters, given out or not.
pub(super) const RESERVED: core::ops::RangeInclusive<u64> = 0..=31;

/// The two steps about an AlgorithmIdentifier: that it is one of the two forms and of the protocol's kind, and that its
/// parameters are valid.
pub(super) fn stand(
    bench: &mut Bench<'_>,
    algorithm: &AlgorithmIdentifier,
    agreement: Agreement,
    [form, validity]: [u8; 2],
) -> Result<(), Stop> {
    bench.step(form);
    match (algorithm.oid, agreement) {
        (oid::STANDARDIZED_DOMAIN_PARAMETERS, _) => {
            let parameters = DomainParameters::from_algorithm(algorithm)
                .map_err(|error| bench.unexpected("a number of TR-03110-3, table 4", error))?;
            let fits = parameters
                .standardized()
                .is_some_and(|id| agreement.takes(id));
            bench.demand(fits, "standardized parameters of the protocol's kind")
        }
        (oid::DH_PUBLIC_NUMBER, Agreement::Dh) | (oid::ID_EC_PUBLIC_KEY, Agreement::Ecdh) => {
            bench.step(validity);
            are_explicit(bench, algorithm, agreement)
        }
        (other, _) => Err(bench.unexpected(
            "standardizedDomainParameters, or dhpublicnumber or id-ecPublicKey as the protocol is",
            other,
        )),
    }
}

/// Explicit parameters, number for number those of a curve that is known. Others cannot be judged: validity is more than
/// syntax, and this project computes on no other curve, and over no prime field.
pub(super) fn are_explicit(
    bench: &Bench<'_>,
    algorithm: &AlgorithmIdentifier,
    agreement: Agreement,
) -> Result<(), Stop> {
    if agreement == Agreement::Dh {
        return Err(bench.cannot("explicit parameters over a prime field are not judged here"));
    }
    match DomainParameters::from_algorithm(algorithm) {
        Ok(DomainParameters::Explicit(numbers)) if numbers.standardized().is_some() => Ok(()),
        Ok(DomainParameters::Explicit(_)) => {
            Err(bench.cannot("explicit parameters of a curve that is not known here"))
        }
        Ok(_) => Err(bench.unexpected("explicit parameters", "a curve by its name")),
        Err(error) => Err(bench.unexpected("ECParameters", error)),
    }
}
