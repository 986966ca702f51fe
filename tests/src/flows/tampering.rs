//! Documents with which something is wrong: each is refused, with the error for exactly that.

use host_lib::ErrorCode;
use lds::SecurityInfos;
use lds::security_infos::SecurityInfo;
use transport::CardTransport;

use super::walk::Walk;
use crate::cards::{Holder, Trust};
use crate::carriers::Between;

/// A walk that has to be refused with this code.
pub fn the_walk_is_refused(
    walk: Walk,
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
    code: ErrorCode,
    what: &str,
) {
    match walk.run(card, holder, trust) {
        Ok(_) => panic!("{what}, {walk:?}: accepted"),
        Err(error) => assert_eq!(error.code(), code, "{what}, {walk:?}: {error}"),
    }
}

/// Somebody in the middle gives the host another EF.CardAccess. Whatever is removed, added or changed
/// is noticed after PACE, before anything personal is read; another order is none of it.
pub fn a_card_access_that_was_changed_on_the_way_is_a_downgrade(
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
    card_access: &[u8],
) {
    let infos = SecurityInfos::parse(card_access).expect("EF.CardAccess");
    let honest: Vec<SecurityInfo> = infos.iter().cloned().collect();
    let pace = |info: &SecurityInfo| matches!(info, SecurityInfo::Pace(_));
    let suites = honest.iter().filter(|info| pace(info)).count();
    assert!(suites >= 2, "there is something to remove");

    let mut forgeries: Vec<(String, Vec<SecurityInfo>)> = Vec::new();
    for (index, info) in honest.iter().enumerate() {
        let mut infos = honest.clone();
        infos.remove(index);
        forgeries.push((format!("without {}", info.protocol()), infos));
    }
    for (index, info) in honest.iter().enumerate() {
        let SecurityInfo::Pace(suite) = info else {
            continue;
        };
        let mut weaker = suite.clone();
        weaker.parameter_id = Some(13);
        let weaker = SecurityInfo::Pace(weaker);
        if !honest.contains(&weaker) {
            let mut added = honest.clone();
            added.push(weaker);
            let what = format!("{} on another curve as well", info.protocol());
            forgeries.push((what, added));
        }
        let mut changed = honest.clone();
        let mut version = suite.clone();
        version.version = 1;
        changed[index] = SecurityInfo::Pace(version);
        forgeries.push((format!("{} of version 1", info.protocol()), changed));
    }
    let mut noticed = 0;
    for (what, infos) in &forgeries {
        for walk in Walk::ALL {
            if !walk.suits(holder) {
                continue;
            }
            let Some(outcome) = walk_with(walk, card, holder, trust, infos) else {
                continue;
            };
            // What speaks of PACE is compared in both directions: the rest of EF.CardAccess may be
            // less than what is signed.
            let suites = |infos: &[SecurityInfo]| -> Vec<SecurityInfo> {
                infos.iter().filter(|info| pace(info)).cloned().collect()
            };
            let is_compared = suites(infos) != suites(&honest);
            match outcome {
                Err((code, read)) => {
                    assert_eq!(code, ErrorCode::CardAccessDowngrade, "{what}, {walk:?}");
                    assert!(
                        read < 6000,
                        "{what}, {walk:?}: {read} bytes are more than security files"
                    );
                    noticed += 1;
                }
                Ok(()) => assert!(!is_compared, "{what}, {walk:?}: accepted"),
            }
        }
    }
    assert!(noticed >= forgeries.len());

    let mut reversed = honest;
    reversed.reverse();
    for walk in Walk::ALL {
        if walk.suits(holder) {
            let outcome = walk_with(walk, card, holder, trust, &reversed);
            assert_eq!(
                outcome,
                Some(Ok(())),
                "{walk:?}: another order is no other offer"
            );
        }
    }
    println!(
        "{} forged EF.CardAccess, {noticed} walks refused",
        forgeries.len()
    );
}

/// Walks with another EF.CardAccess: the error code and the bytes that the card had sent by then.
/// `None` where the host and the card find no way to run PACE, which ends it even earlier.
fn walk_with(
    walk: Walk,
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
    infos: &[SecurityInfo],
) -> Option<Result<(), (ErrorCode, usize)>> {
    card.reset().expect("the card comes back");
    let forged = SecurityInfos::new(infos.iter().cloned())
        .to_der()
        .expect("DER");
    let mut received = 0;
    let mut middle = Between::answering(card, |command, answer| {
        received += answer.len();
        (command.starts_with(&[0x00, 0xB0, 0x9C, 0x00]))
            .then(|| [&forged[..], &[0x90, 0x00]].concat())
    });
    let outcome = walk.run(&mut middle, holder, trust);
    drop(middle);
    match outcome {
        Ok(_) => Some(Ok(())),
        Err(error) => match error.code() {
            ErrorCode::NoCommonSuite | ErrorCode::CardStatus => None,
            code => Some(Err((code, received))),
        },
    }
}
