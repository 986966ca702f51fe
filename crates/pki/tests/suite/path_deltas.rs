//! Delta lists: which of them change what a complete list says.

use const_oid::db::rfc5280::{ID_CE_DELTA_CRL_INDICATOR, ID_CE_ISSUING_DISTRIBUTION_POINT};
use der::Encode;
use pki::builder::RevocationListBuilder;
use pki::{Error, RevocationList, RevocationReason};

use crate::country::{day, list_builder};
use crate::path_validation::{Pki, errors};

/// Changes to the complete list of number `base`, naming the end entity; the complete list has number 7.
fn delta(pki: &Pki, number: u64, base: u8) -> RevocationListBuilder {
    RevocationListBuilder::new(number, day(2026, 11, 2), day(2027, 1, 30))
        .extension(ID_CE_DELTA_CRL_INDICATOR, true, &base.to_der().unwrap())
        .revoke(
            pki.end.serial_number(),
            day(2026, 11, 2),
            RevocationReason::KeyCompromise,
        )
}

/// Whether the delta list counts beside the complete list: then the end entity is revoked.
fn counts(mut pki: Pki, delta: RevocationList) -> bool {
    pki.lists.push(delta);
    match &errors(&pki.validate(|it| it))[..] {
        [] => false,
        [Error::Revoked { .. }] => true,
        others => panic!("{others:?}"),
    }
}

#[test]
fn a_delta_list_counts_from_its_base_on() {
    for (number, base, expected) in [
        (8, 7, true),
        (7, 7, true),
        (9, 3, true),
        (9, 8, false),
        (6, 5, false),
    ] {
        let pki = Pki::new();
        let delta = pki.root.list(&delta(&pki, number, base));
        assert_eq!(counts(pki, delta), expected, "{number} from {base}");
    }
}

#[test]
fn a_delta_list_that_is_stale_or_changed_does_not_count() {
    let pki = Pki::new();
    let stale = RevocationListBuilder::new(8, day(2026, 11, 2), day(2026, 11, 3))
        .extension(ID_CE_DELTA_CRL_INDICATOR, true, &7u8.to_der().unwrap())
        .revoke(
            pki.end.serial_number(),
            day(2026, 11, 2),
            RevocationReason::KeyCompromise,
        );
    let stale = pki.root.list(&stale);
    assert!(!counts(pki, stale));
    let pki = Pki::new();
    let mut der = pki.root.list(&delta(&pki, 8, 7)).as_der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    assert!(!counts(pki, RevocationList::from_der(&der).unwrap()));
}

#[test]
fn a_delta_list_changes_a_list_of_the_same_scope() {
    // onlyContainsUserCerts.
    let scope = [0x30, 0x03, 0x81, 0x01, 0xff];
    let with = |builder: RevocationListBuilder| {
        builder.extension(ID_CE_ISSUING_DISTRIBUTION_POINT, true, &scope)
    };
    let pki = Pki::new();
    let other = pki.root.list(&with(delta(&pki, 8, 7)));
    assert!(!counts(pki, other.clone()));
    let pki = Pki::new().with_lists(&[with(list_builder())]);
    assert!(counts(pki, other));
}

#[test]
fn a_delta_list_alone_clears_nobody() {
    let pki = Pki::new();
    let alone = RevocationListBuilder::new(8, day(2026, 11, 2), day(2027, 1, 30));
    let alone = alone.extension(ID_CE_DELTA_CRL_INDICATOR, true, &7u8.to_der().unwrap());
    let pki = pki.with_lists(&[alone]);
    let report = pki.validate(|it| it);
    assert!(matches!(
        &errors(&report)[..],
        [Error::At { source, .. }] if **source == Error::RevocationListDelta
    ));
}
