//! The entries for PACE, Chip Authentication, Terminal Authentication and Restricted Identification, and the CardInfo.
//!
//! That an entry follows its ASN.1 type is judged where the file is parsed: an entry of a known protocol that does not is no
//! SecurityInfo at all. What the type leaves to the text is judged here.

use std::collections::BTreeSet;

use lds::security_infos::{
    CardInfo, ExtCardInfoData, FileIdentifier, OptionalCardInfoData,
    RestrictedIdentificationDomainParameterInfo,
};
use lds::{SecurityInfo, SecurityInfos, StandardizedDomainParameters, oid};
use secure_channel::{Curve, EcPublicKey};

use super::parameters::{self, Agreement, RESERVED};
use super::{File, entries, one, some};
use crate::{Bench, Profile, Stop};

/// The standardized parameters with this identifier, if there are any.
fn standardized(id: u64) -> Option<StandardizedDomainParameters> {
    u8::try_from(id)
        .ok()
        .and_then(StandardizedDomainParameters::new)
}

/// A PACEInfo names standardized parameters, or there is a PACEDomainParameterInfo for it.
fn has_parameters(
    bench: &Bench<'_>,
    infos: &SecurityInfos,
    info: &lds::security_infos::PaceInfo,
) -> Result<(), Stop> {
    let mapping = info.protocol.parent();
    let agreement = match mapping {
        Some(oid::ID_PACE_DH_GM | oid::ID_PACE_DH_IM) => Agreement::Dh,
        _ => Agreement::Ecdh,
    };
    if let Some(id) = info.parameter_id.filter(|id| RESERVED.contains(id)) {
        let known = standardized(id).is_some_and(|id| agreement.takes(id));
        return bench.demand(
            known,
            format!("standardized parameters {id} of the protocol's kind"),
        );
    }
    let mut sets = infos
        .pace_domain_parameter_infos()
        .filter(|set| Some(set.protocol) == mapping);
    let told = match info.parameter_id {
        Some(_) => sets.any(|set| set.parameter_id == info.parameter_id),
        None => sets.count() == 1,
    };
    bench.demand(told, "a PACEDomainParameterInfo for the PACEInfo")
}

/// For each set of proprietary parameters that a PACEInfo needs there is a PACEDomainParameterInfo.
pub(super) fn every_proprietary_set_is_told(
    bench: &Bench<'_>,
    infos: &SecurityInfos,
) -> Result<(), Stop> {
    let mut proprietary = infos
        .pace_infos()
        .filter(|info| info.parameter_id.is_none_or(|id| !RESERVED.contains(&id)));
    proprietary.try_for_each(|info| has_parameters(bench, infos, info))
}

pub(super) fn pace_infos(bench: &mut Bench<'_>, file: File) -> Result<(), Stop> {
    let infos = entries(bench, file)?;
    let current = || infos.pace_infos().filter(|info| info.version == 2);
    some(bench, 1, current(), "PACEInfo of version 2")?;
    bench.step(2);
    current().try_for_each(|info| has_parameters(bench, &infos, info))
}

pub(super) fn pace_domain_parameter_infos(bench: &mut Bench<'_>, file: File) -> Result<(), Stop> {
    let infos = entries(bench, file)?;
    let sets: Vec<_> = infos.pace_domain_parameter_infos().collect();
    if sets.is_empty() {
        let why = format!("{file} has standardized domain parameters for PACE alone");
        return Err(Stop::LeftOut(why));
    }
    for set in &sets {
        bench.step(2);
        let numbered = set.parameter_id.is_some_and(|id| !RESERVED.contains(&id));
        bench.demand(
            numbered || (set.parameter_id.is_none() && sets.len() == 1),
            "a parameterId of its own where there are several sets",
        )?;
        let used = infos.pace_infos().any(|info| {
            info.protocol.parent() == Some(set.protocol) && info.parameter_id == set.parameter_id
        });
        bench.demand(used, "a PACEInfo for the PACEDomainParameterInfo")?;
        bench.step(3);
        let agreement = match set.protocol {
            oid::ID_PACE_DH_GM | oid::ID_PACE_DH_IM => Agreement::Dh,
            _ => Agreement::Ecdh,
        };
        let explicit = set.domain_parameter.oid != oid::STANDARDIZED_DOMAIN_PARAMETERS;
        bench.demand(explicit, "explicit parameters")?;
        parameters::stand(bench, &set.domain_parameter, agreement, [3, 4])?;
    }
    Ok(())
}

/// Which key an entry is about must be told where there are several, and for Chip Authentication version 3 (TR-03110-3,
/// A.1.1.2).
fn names_its_key(
    bench: &Bench<'_>,
    infos: &SecurityInfos,
    key_id: Option<u64>,
) -> Result<(), Stop> {
    let described: BTreeSet<_> = infos
        .chip_authentication_domain_parameter_infos()
        .map(|info| info.key_id)
        .collect();
    let keys = infos.chip_authentication_public_key_infos().count();
    let hidden = infos
        .privileged_terminal_infos()
        .is_some_and(|hidden| !hidden.is_empty());
    let ambiguous =
        described.len() > 1 || keys > 1 || hidden || bench.statement().has(Profile::Ca3);
    bench.demand(
        key_id.is_some() || !ambiguous,
        "a keyId, because there are several keys",
    )
}

pub(super) fn chip_authentication_infos(bench: &mut Bench<'_>, file: File) -> Result<(), Stop> {
    let infos = entries(bench, file)?;
    let current = || {
        infos
            .chip_authentication_infos()
            .filter(|info| info.version == 2)
    };
    if file == File::CardAccess && current().next().is_none() {
        let why = format!("{file} has no ChipAuthenticationInfo of version 2");
        return Err(Stop::LeftOut(why));
    }
    some(bench, 1, current(), "ChipAuthenticationInfo of version 2")?;
    bench.step(2);
    current().try_for_each(|info| names_its_key(bench, &infos, info.key_id))
}

/// How keys are agreed on with a protocol of Chip Authentication, or with a public key for it.
fn chip_agreement(protocol: &[u8]) -> Agreement {
    let over_a_field = [oid::ID_CA_DH, oid::ID_PK_DH];
    if over_a_field
        .iter()
        .any(|dh| protocol.starts_with(dh.as_bytes()))
    {
        Agreement::Dh
    } else {
        Agreement::Ecdh
    }
}

/// Whether there is a ChipAuthenticationInfo for this key.
fn is_used(infos: &SecurityInfos, key_id: Option<u64>, agreement: Agreement) -> bool {
    infos
        .chip_authentication_infos()
        .any(|info| info.key_id == key_id && chip_agreement(info.protocol.as_bytes()) == agreement)
}

pub(super) fn chip_authentication_domain_parameter_infos(
    bench: &mut Bench<'_>,
    file: File,
) -> Result<(), Stop> {
    let infos = entries(bench, file)?;
    let sets = || infos.chip_authentication_domain_parameter_infos();
    if file == File::CardAccess && sets().next().is_none() {
        let why = format!("{file} has no ChipAuthenticationDomainParameterInfo");
        return Err(Stop::LeftOut(why));
    }
    some(bench, 1, sets(), "ChipAuthenticationDomainParameterInfo")?;
    for set in sets() {
        bench.step(2);
        names_its_key(bench, &infos, set.key_id)?;
        let agreement = chip_agreement(set.protocol.as_bytes());
        bench.demand(
            is_used(&infos, set.key_id, agreement),
            "a ChipAuthenticationInfo for the domain parameters",
        )?;
        parameters::stand(bench, &set.domain_parameter, agreement, [3, 4])?;
    }
    Ok(())
}

pub(super) fn chip_authentication_public_key_infos(
    bench: &mut Bench<'_>,
    file: File,
) -> Result<(), Stop> {
    let infos = entries(bench, file)?;
    let keys = || infos.chip_authentication_public_key_infos();
    some(bench, 1, keys(), "ChipAuthenticationPublicKeyInfo")?;
    for info in keys() {
        bench.step(2);
        names_its_key(bench, &infos, info.key_id)?;
        let agreement = chip_agreement(info.protocol.as_bytes());
        bench.demand(
            is_used(&infos, info.key_id, agreement),
            "a ChipAuthenticationInfo for the key",
        )?;
        let described = infos
            .chip_authentication_domain_parameter_infos()
            .any(|set| {
                set.key_id == info.key_id && chip_agreement(set.protocol.as_bytes()) == agreement
            });
        bench.demand(
            described,
            "a ChipAuthenticationDomainParameterInfo for the key",
        )?;
        let key = &info.chip_authentication_public_key;
        parameters::stand(bench, key.algorithm(), agreement, [3, 4])?;
        let curve = key
            .domain_parameters()
            .ok()
            .and_then(|parameters| Curve::from_parameter_id(parameters.standardized()?.id()));
        if let Some(curve) = curve {
            let point = key.public_key().unwrap_or_default();
            let point = EcPublicKey::from_uncompressed(curve, point);
            point.map_err(|error| bench.unexpected("a point of the curve", error))?;
        }
    }
    Ok(())
}

pub(super) fn terminal_authentication_infos(bench: &mut Bench<'_>, file: File) -> Result<(), Stop> {
    let infos = entries(bench, file)?;
    let mut current = infos
        .terminal_authentication_infos()
        .filter(|info| info.version == 2)
        .peekable();
    bench.step(1);
    bench.demand(
        current.peek().is_some(),
        "at least one TerminalAuthenticationInfo of version 2",
    )?;
    bench.demand(
        current.all(|info| info.ef_cvca.is_none()),
        "no efCVCA in version 2",
    )
}

/// Every entry under id-CI, even one that is no CardInfo.
pub(super) fn card_infos(infos: &SecurityInfos) -> impl Iterator<Item = &SecurityInfo> {
    infos.iter().filter(|info| info.protocol() == oid::ID_CI)
}

pub(super) fn card_info(bench: &mut Bench<'_>, file: File) -> Result<(), Stop> {
    let infos = entries(bench, file)?;
    one(bench, 1, card_infos(&infos), "CardInfo")?;
    let Some(info) = infos.card_info() else {
        return Err(bench.unexpected("a CardInfo", "an entry of another form"));
    };
    follows_the_text(bench, info)
}

/// The sizes of a FileID, the name of the edition, and the largest number of sessions (TR-03110-3, A.1.1.7).
fn follows_the_text(bench: &Bench<'_>, info: &CardInfo) -> Result<(), Stop> {
    let sized = |id: &FileIdentifier| {
        id.fid.as_bytes().len() == 2 && id.sfid.as_ref().is_none_or(|id| id.as_bytes().len() == 1)
    };
    let file = match &info.optional_card_info_data {
        None => None,
        Some(OptionalCardInfoData::EfCardInfo(file)) => Some(file),
        Some(OptionalCardInfoData::ExtCardInfoData(more)) => {
            says_what_it_may(bench, more)?;
            more.ef_card_info.as_ref()
        }
    };
    bench.demand(file.is_none_or(sized), "a FileID of two bytes and of one")
}

fn says_what_it_may(bench: &Bench<'_>, more: &ExtCardInfoData) -> Result<(), Stop> {
    let edition = more.supported_tr_version.as_ref();
    bench.demand(
        edition.is_none_or(|edition| edition.starts_with("Version ")),
        "supportedTRVersion \"Version ...\"",
    )?;
    bench.demand(
        more.max_sc_no.is_none_or(|number| number <= 127),
        "maxSCNo of at most 127",
    )
}

pub(super) fn restricted_identification_infos(
    bench: &mut Bench<'_>,
    file: File,
) -> Result<(), Stop> {
    let infos = entries(bench, file)?;
    let params: Vec<_> = infos
        .restricted_identification_infos()
        .map(|info| info.params)
        .filter(|params| params.version == 1)
        .collect();
    some(bench, 1, params.iter(), "RestrictedIdentificationInfo")?;
    bench.step(2);
    let keys: BTreeSet<_> = params.iter().map(|params| params.key_id).collect();
    bench.demand(
        keys.len() == params.len(),
        "a keyId of its own for each key",
    )?;
    // Annex A.4 demands a key of either kind of whoever states to have the protocol.
    for authorized in [true, false] {
        bench.demand(
            params
                .iter()
                .any(|params| params.authorized_only == authorized),
            format!("a key with authorizedOnly {authorized}"),
        )?;
    }
    Ok(())
}

pub(super) fn restricted_identification_domain_parameter_info(
    bench: &mut Bench<'_>,
    file: File,
) -> Result<(), Stop> {
    let infos = entries(bench, file)?;
    let sets: Vec<&RestrictedIdentificationDomainParameterInfo> = infos
        .iter()
        .filter_map(|info| match info {
            SecurityInfo::RestrictedIdentificationDomainParameter(info) => Some(info),
            _ => None,
        })
        .collect();
    let name = "RestrictedIdentificationDomainParameterInfo";
    one(bench, 1, sets.iter(), name)?;
    for set in sets {
        let agreement = match set.protocol {
            oid::ID_RI_DH => Agreement::Dh,
            _ => Agreement::Ecdh,
        };
        parameters::stand(bench, &set.domain_parameter, agreement, [2, 3])?;
    }
    Ok(())
}
