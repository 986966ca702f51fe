//! The entries that not every card has: PSAInfo, PrivilegedTerminalInfo and EIDSecurityInfo.

use std::collections::BTreeSet;

use iso7816::tlv::{Tag, TlvReader};
use lds::security_infos::{EidSecurityInfo, UnrecognisedInfo};
use lds::{DigestAlgorithm, SecurityInfo, SecurityInfos};

use super::File::{CardSecurity, ChipSecurity};
use super::{File, entries, one, some};
use crate::{Bench, Stop};

/// id-PSA-ECDH-ECSchnorr (TR-03110-3, A.1.1.2); one byte more says the hash.
const ID_PSA_ECDH_ECSCHNORR: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x0B, 0x01, 0x02];

/// The entries of a file that has some of this kind: the file of the unit, or else EF.CardSecurity. The profiles PSAInfo and
/// PrivTerInfo are those of a card that has such an entry in either.
fn where_there_are<T>(
    bench: &mut Bench<'_>,
    file: File,
    kind: impl Fn(&SecurityInfos) -> Vec<T>,
) -> Result<Vec<T>, Stop> {
    let found = kind(&entries(bench, file)?);
    if found.is_empty() {
        entries(bench, CardSecurity).map(|infos| kind(&infos))
    } else {
        Ok(found)
    }
}

pub(super) fn psa_infos(bench: &mut Bench<'_>, file: File) -> Result<(), Stop> {
    let infos = where_there_are(bench, file, |infos| {
        let unknown = infos.iter().filter_map(|info| match info {
            SecurityInfo::Unrecognised(info) => Some(info),
            _ => None,
        });
        let psa = unknown.filter(|info| hash(info).is_some());
        psa.cloned().collect::<Vec<_>>()
    })?;
    some(bench, 1, infos.iter(), "PSAInfo")?;
    for info in &infos {
        bench.demand(is_psa_info(info.as_der()) == Some(true), "a PSAInfo")?;
    }
    Ok(())
}

/// The last byte of the protocol, if it is one of Pseudonymous Signature Authentication.
fn hash(info: &UnrecognisedInfo) -> Option<u8> {
    let protocol = info.protocol();
    match protocol.as_bytes().strip_prefix(ID_PSA_ECDH_ECSCHNORR)? {
        [hash] => Some(*hash),
        _ => None,
    }
}

/// `PSAInfo`: SHA-256, -384 or -512; version 1; who may have the first and the second pseudonym; which key.
fn is_psa_info(der: &[u8]) -> Option<bool> {
    let integer = Tag(0x02);
    let mut reader = TlvReader::new(der).strict();
    let mut info = reader.expect(Tag(0x30)).ok()?.children();
    reader.finish().ok()?;
    let protocol = info.expect(Tag(0x06)).ok()?.value;
    let mut required = info.expect(Tag(0x30)).ok()?.children();
    let key_id = info.expect(integer).ok()?.value;
    info.finish().ok()?;
    let version = required.expect(integer).ok()?.value;
    let first = required.expect(integer).ok()?.value;
    let second = required.expect(integer).ok()?.value;
    required.finish().ok()?;
    let known = matches!(protocol.last(), Some(0x03..=0x05));
    let authorization = |value: &[u8]| matches!(value, [0x00..=0x02]);
    let minimal = !matches!(key_id, [] | [0x00, 0x00..=0x7F, ..] | [0x80..=0xFF, ..]);
    Some(known && version == [0x01] && authorization(first) && authorization(second) && minimal)
}

/// Every PrivilegedTerminalInfo.
pub(super) fn infos(infos: &SecurityInfos) -> impl Iterator<Item = &SecurityInfos> {
    infos.iter().filter_map(|info| match info {
        SecurityInfo::PrivilegedTerminal(info) => Some(&*info.privileged_terminal_infos),
        _ => None,
    })
}

/// `A_9`. What the type leaves open the text says: for each key a ChipAuthenticationInfo and its domain parameters, by the
/// key's name (TR-03110-3, A.1.2.1).
pub(super) fn announced(bench: &mut Bench<'_>, file: File) -> Result<(), Stop> {
    let found = where_there_are(bench, file, |all| infos(all).cloned().collect::<Vec<_>>())?;
    one(bench, 1, found.iter(), "PrivilegedTerminalInfo")?;
    for hidden in &found {
        some(bench, 1, hidden.chip_authentication_infos(), "key in it")?;
        names_its_keys(bench, hidden)?;
        let described: BTreeSet<_> = hidden
            .chip_authentication_domain_parameter_infos()
            .map(|info| info.key_id)
            .collect();
        bench.demand(
            hidden
                .chip_authentication_infos()
                .all(|info| described.contains(&info.key_id)),
            "a ChipAuthenticationDomainParameterInfo for each key in it",
        )?;
    }
    Ok(())
}

/// Where there are keys for privileged terminals there are several, so each has a name.
fn names_its_keys(bench: &Bench<'_>, hidden: &SecurityInfos) -> Result<(), Stop> {
    let keys = hidden.chip_authentication_infos().map(|info| info.key_id);
    let sets = hidden.chip_authentication_domain_parameter_infos();
    let public = hidden.chip_authentication_public_key_infos();
    let mut all = keys
        .chain(sets.map(|info| info.key_id))
        .chain(public.map(|info| info.key_id));
    bench.demand(
        all.all(|key_id| key_id.is_some()),
        "a keyId in each entry of the PrivilegedTerminalInfo",
    )
}

pub(super) fn with_keys(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let all = entries(bench, ChipSecurity)?;
    one(bench, 1, infos(&all), "PrivilegedTerminalInfo")?;
    for hidden in infos(&all) {
        bench.step(2);
        let keys: BTreeSet<_> = hidden
            .chip_authentication_public_key_infos()
            .map(|info| info.key_id)
            .collect();
        bench.demand(
            hidden
                .chip_authentication_infos()
                .all(|info| keys.contains(&info.key_id)),
            "a ChipAuthenticationPublicKeyInfo for each ChipAuthenticationInfo in it",
        )?;
        bench.step(3);
        names_its_keys(bench, hidden)?;
    }
    Ok(())
}

pub(super) fn eid_security_info(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let all = entries(bench, ChipSecurity)?;
    let found: Vec<&EidSecurityInfo> = all
        .iter()
        .filter_map(|info| match info {
            SecurityInfo::EidSecurity(info) => Some(info),
            _ => None,
        })
        .collect();
    one(bench, 1, found.iter(), "EIDSecurityInfo")?;
    for info in found {
        let object = &info.eid_security_object;
        let length = DigestAlgorithm::from_oid(&object.hash_algorithm.oid);
        let length = length.map(DigestAlgorithm::output_len);
        let hashes = &object.data_group_hash_values;
        let numbers: BTreeSet<_> = hashes.iter().map(|hash| hash.data_group_number).collect();
        bench.demand(
            !hashes.is_empty() && numbers.len() == hashes.len(),
            "a hash for each of some data groups",
        )?;
        bench.demand(
            hashes
                .iter()
                .all(|hash| Some(hash.data_group_hash_value.as_bytes().len()) == length),
            "hashes of the length of a known algorithm",
        )?;
    }
    Ok(())
}
