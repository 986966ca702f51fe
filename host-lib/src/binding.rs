//! What binds the channel to the document: EF.CardAccess against its signed copy, the chip's key
//! among the signed ones.

use lds::SecurityInfos;
use lds::security_infos::SecurityInfo;
use secure_channel::{Curve, EcPublicKey};

use crate::error::{File, Misbehaviour, Result};
use crate::suite::Offer;

/// How EF.CardAccess compares with the signed copy of its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Same,
    /// The signed file says nothing about PACE. Chips before PACE became part of DG14 are so.
    NothingToCompare,
}

/// Compares EF.CardAccess with EF.CardSecurity or DG14 (TR-03110-3 A.1.2; ICAO Doc 9303-11, 4.4.1).
///
/// * What the signed file says about PACE must stand in EF.CardAccess, all of it: else somebody
///   removed a suite, to make the host take a weaker one.
/// * What EF.CardAccess says about PACE must stand in the signed file: else somebody added one. Of
///   EF.CardSecurity, which repeats EF.CardAccess as a whole, this is asked of every entry.
///
/// Order does not matter, nor do entries of the signed file about other things.
pub(crate) fn compare_card_access(
    card_access: &SecurityInfos,
    signed: &SecurityInfos,
    file: File,
) -> Result<Comparison> {
    if !signed.iter().any(speaks_of_pace) && file != File::CardSecurity {
        return Ok(Comparison::NothingToCompare);
    }
    let nothing_removed = signed
        .iter()
        .filter(|info| speaks_of_pace(info))
        .all(|info| card_access.contains(info));
    let nothing_added = card_access
        .iter()
        .filter(|info| file == File::CardSecurity || speaks_of_pace(info))
        .all(|info| signed.contains(info));
    if nothing_removed && nothing_added {
        Ok(Comparison::Same)
    } else {
        Err(Misbehaviour::CardAccessDowngrade(file).into())
    }
}

fn speaks_of_pace(info: &SecurityInfo) -> bool {
    matches!(
        info,
        SecurityInfo::Pace(_) | SecurityInfo::PaceDomainParameter(_)
    )
}

/// The static key for Chip Authentication Mapping: of the keys on PACE's curve the one whose
/// identifier is that of the PACE parameters, or the only one (ICAO Doc 9303-11, 4.4.3.3.3).
pub(crate) fn cam_key(signed: &SecurityInfos, offer: Offer) -> Option<EcPublicKey> {
    let curve = offer.suite.curve;
    let mut keys: Vec<(Option<u64>, EcPublicKey)> = signed
        .chip_authentication_public_key_infos()
        .filter_map(|info| {
            let key = public_key(&info.chip_authentication_public_key, Some(curve))?;
            Some((info.key_id, key))
        })
        .collect();
    let wanted = offer.parameter_id.map(u64::from);
    if let Some(at) = keys
        .iter()
        .position(|(id, _)| id.is_some() && *id == wanted)
    {
        return Some(keys.swap_remove(at).1);
    }
    match keys.len() {
        1 => keys.pop().map(|(_, key)| key),
        _ => None,
    }
}

/// An elliptic-curve key on a curve that this library knows (on `curve`, if one is given), from
/// whichever way of naming the curve the card chose.
pub(crate) fn public_key(
    key: &lds::SubjectPublicKeyInfo,
    curve: Option<Curve>,
) -> Option<EcPublicKey> {
    let parameters = key.domain_parameters().ok()?.standardized()?;
    let found = Curve::from_parameter_id(parameters.id())?;
    if curve.is_some_and(|curve| curve != found) {
        return None;
    }
    EcPublicKey::from_uncompressed(found, key.public_key().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use lds::oid;
    use lds::security_infos::{PaceInfo, TerminalAuthenticationInfo};

    fn pace(parameter_id: u64) -> SecurityInfo {
        SecurityInfo::Pace(PaceInfo {
            protocol: oid::ID_PACE_ECDH_GM_AES_CBC_CMAC_128,
            version: 2,
            parameter_id: Some(parameter_id),
        })
    }

    fn other() -> SecurityInfo {
        SecurityInfo::TerminalAuthentication(TerminalAuthenticationInfo {
            protocol: oid::ID_TA,
            version: 2,
            ef_cvca: None,
        })
    }

    #[test]
    fn the_same_entries_in_another_order_match() {
        let access = SecurityInfos::new([pace(12), pace(13), other()]);
        let signed = SecurityInfos::new([other(), pace(13), pace(12)]);
        for file in [File::CardSecurity, File::Icao(14)] {
            assert_eq!(
                compare_card_access(&access, &signed, file).unwrap(),
                Comparison::Same
            );
        }
    }

    #[test]
    fn a_removed_an_added_and_a_changed_suite_are_a_downgrade() {
        let signed = SecurityInfos::new([pace(12), pace(13), other()]);
        for entries in [
            vec![pace(12), other()],
            vec![pace(12), pace(13), pace(15), other()],
            vec![pace(12), pace(15), other()],
        ] {
            let access = SecurityInfos::new(entries);
            for file in [File::CardSecurity, File::Icao(14)] {
                let error = compare_card_access(&access, &signed, file).unwrap_err();
                assert_eq!(error.code(), ErrorCode::CardAccessDowngrade);
            }
        }
    }

    #[test]
    fn other_entries_count_in_card_security_and_not_in_dg14() {
        let access = SecurityInfos::new([pace(12), other()]);
        let signed = SecurityInfos::new([pace(12)]);
        assert!(compare_card_access(&access, &signed, File::CardSecurity).is_err());
        assert!(compare_card_access(&access, &signed, File::Icao(14)).is_ok());
    }

    #[test]
    fn a_dg14_without_pace_says_nothing_but_such_a_card_security_is_a_mismatch() {
        let access = SecurityInfos::new([pace(12)]);
        let signed = SecurityInfos::new([other()]);
        assert_eq!(
            compare_card_access(&access, &signed, File::Icao(14)).unwrap(),
            Comparison::NothingToCompare
        );
        assert!(compare_card_access(&access, &signed, File::CardSecurity).is_err());
    }
}
