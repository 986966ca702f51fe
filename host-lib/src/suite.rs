//! Which PACE suite to use: the strongest that the card offers and this library knows.

use lds::DomainParameters;
use lds::SecurityInfos;
use secure_channel::pace::{Mapping, PaceProtocol, PaceSuite};
use secure_channel::{Curve, SymmetricCipher};

use crate::options::ChipProofPreference;

/// A suite that the card offers, with the words in which it wants to hear it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) suite: PaceSuite,
    /// DO 84 of MSE:Set AT, where the card names its domain parameters.
    pub(crate) parameter_id: Option<u8>,
    /// Whether the card offers one set of domain parameters only, so that DO 84 may be left out.
    pub(crate) only_parameters: bool,
}

/// Chooses among the PACEInfos of EF.CardAccess (TR-03110-3 A.1.1.1, ICAO Doc 9303-11, 9.2.1).
///
/// Order: the preferred mapping, then the longer key of the cipher, then the larger curve; among
/// equals P-256 before brainpoolP256r1, which is slower. Unknown protocols, 3DES, integrated
/// mapping, finite-field Diffie-Hellman and unknown curves are passed over.
pub(crate) fn choose(infos: &SecurityInfos, preference: ChipProofPreference) -> Option<Offer> {
    let preferred = match preference {
        ChipProofPreference::PaceCam => Mapping::ChipAuthentication,
        ChipProofPreference::ChipAuthentication => Mapping::Generic,
    };
    offers(infos).max_by_key(|offer| {
        let PaceSuite { protocol, curve } = offer.suite;
        (
            protocol.mapping == preferred,
            cipher_rank(protocol.cipher),
            curve_rank(curve),
        )
    })
}

fn offers(infos: &SecurityInfos) -> impl Iterator<Item = Offer> {
    let mut ids: Vec<Option<u64>> = infos.pace_infos().map(|info| info.parameter_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let only_parameters = ids.len() <= 1;
    infos.pace_infos().filter_map(move |info| {
        // Version 1 had another token (TR-03110 before 2.0); no chip of it is in the field.
        if info.version != 2 {
            return None;
        }
        let protocol = PaceProtocol::from_oid(info.protocol.as_bytes())?;
        let parameter_id = match info.parameter_id {
            Some(id) => Some(u8::try_from(id).ok()?),
            None => None,
        };
        let curve = curve_of(infos, info.parameter_id, only_parameters)?;
        Some(Offer {
            suite: PaceSuite { protocol, curve },
            parameter_id,
            only_parameters,
        })
    })
}

/// The curve that a parameter identifier names: a standardized one by its number, any other by the
/// card's PACEDomainParameterInfo. Without an identifier the card must describe exactly one set of
/// parameters; one that describes none means P-256 (parameter 12), as chips in the field do.
fn curve_of(infos: &SecurityInfos, id: Option<u64>, only_parameters: bool) -> Option<Curve> {
    if let Some(curve) = id
        .and_then(|id| u8::try_from(id).ok())
        .and_then(Curve::from_parameter_id)
    {
        return Some(curve);
    }
    let mut described = infos
        .pace_domain_parameter_infos()
        .filter(|info| info.parameter_id == id || (id.is_none() && only_parameters));
    let Some(info) = described.next() else {
        return id.is_none().then_some(Curve::P256);
    };
    if described.next().is_some() {
        return None;
    }
    let parameters = DomainParameters::from_algorithm(&info.domain_parameter).ok()?;
    Curve::from_parameter_id(parameters.standardized()?.id())
}

fn cipher_rank(cipher: SymmetricCipher) -> usize {
    cipher.key_size()
}

fn curve_rank(curve: Curve) -> u8 {
    match curve {
        Curve::P384 => 2,
        Curve::P256 => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lds::oid;
    use lds::security_infos::{PaceInfo, SecurityInfo};

    fn infos(entries: &[(PaceProtocol, u8, Option<u64>)]) -> SecurityInfos {
        SecurityInfos::new(entries.iter().map(|(protocol, version, parameter_id)| {
            SecurityInfo::Pace(PaceInfo {
                protocol: const_oid::ObjectIdentifier::from_bytes(&protocol.oid()).unwrap(),
                version: *version,
                parameter_id: *parameter_id,
            })
        }))
    }

    const fn gm(cipher: SymmetricCipher) -> PaceProtocol {
        PaceProtocol {
            mapping: Mapping::Generic,
            cipher,
        }
    }

    const fn cam(cipher: SymmetricCipher) -> PaceProtocol {
        PaceProtocol {
            mapping: Mapping::ChipAuthentication,
            cipher,
        }
    }

    use SymmetricCipher::{Aes128, Aes256};

    #[test]
    fn the_longest_key_wins_and_then_the_largest_curve() {
        let infos = infos(&[
            (gm(Aes128), 2, Some(15)),
            (gm(Aes256), 2, Some(13)),
            (gm(Aes256), 2, Some(12)),
        ]);
        let offer = choose(&infos, ChipProofPreference::ChipAuthentication).unwrap();
        assert_eq!(
            offer.suite,
            PaceSuite {
                protocol: gm(Aes256),
                curve: Curve::P256
            }
        );
        assert_eq!(offer.parameter_id, Some(12));
        assert!(!offer.only_parameters);
    }

    #[test]
    fn the_preferred_mapping_comes_first_but_is_not_demanded() {
        let both = infos(&[(gm(Aes256), 2, Some(12)), (cam(Aes128), 2, Some(12))]);
        let choice = |infos, preference| choose(infos, preference).unwrap().suite.protocol;
        assert_eq!(choice(&both, ChipProofPreference::PaceCam), cam(Aes128));
        assert_eq!(
            choice(&both, ChipProofPreference::ChipAuthentication),
            gm(Aes256)
        );
        let generic = infos(&[(gm(Aes128), 2, Some(12))]);
        assert_eq!(choice(&generic, ChipProofPreference::PaceCam), gm(Aes128));
    }

    #[test]
    fn unknown_curves_versions_and_protocols_are_passed_over() {
        assert_eq!(
            choose(
                &infos(&[(gm(Aes128), 2, Some(10))]),
                ChipProofPreference::PaceCam
            ),
            None
        );
        assert_eq!(
            choose(
                &infos(&[(gm(Aes128), 1, Some(12))]),
                ChipProofPreference::PaceCam
            ),
            None
        );
        let integrated = SecurityInfos::new([SecurityInfo::Pace(PaceInfo {
            protocol: oid::ID_PACE_ECDH_IM_AES_CBC_CMAC_128,
            version: 2,
            parameter_id: Some(12),
        })]);
        assert_eq!(choose(&integrated, ChipProofPreference::PaceCam), None);
    }

    #[test]
    fn a_missing_parameter_identifier_means_the_only_parameters_there_are() {
        let offer = choose(
            &infos(&[(gm(Aes128), 2, None)]),
            ChipProofPreference::PaceCam,
        )
        .unwrap();
        assert_eq!(offer.suite.curve, Curve::P256);
        assert_eq!(offer.parameter_id, None);
        assert!(offer.only_parameters);
    }
}
