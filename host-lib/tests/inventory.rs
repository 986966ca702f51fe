//! The list of everything on a card, and what its holder may see of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod support;

use std::collections::BTreeMap;

use host_lib::{
    AccessCode, Card, DenialReason, Directory, FileAccess, Group, InventoryEntry, Lang,
};
use support::{World, world};

fn inventory(world: &World, code: AccessCode) -> BTreeMap<(Directory, String), InventoryEntry> {
    let mut card = Card::open(world.insert()).unwrap();
    let entries = card.pace(code).unwrap().inventory().unwrap();
    let count = entries.len();
    let named: BTreeMap<_, _> = entries
        .into_iter()
        .map(|entry| ((entry.directory, entry.name()), entry))
        .collect();
    assert_eq!(named.len(), count, "each file once");
    named
}

fn pin(world: &World) -> AccessCode {
    AccessCode::pin(world.pin1()).unwrap()
}

fn size(entry: &InventoryEntry) -> Option<usize> {
    match entry.access {
        FileAccess::Readable(size) => size.map(usize::from),
        _ => panic!("{entry:?}"),
    }
}

#[test]
fn the_holder_sees_every_file_of_his_card_with_its_size_or_the_reason_why_not() {
    let world = world();
    let entries = inventory(world, pin(world));
    let image = world.image();
    let mf = |name: &str| &entries[&(Directory::MasterFile, name.to_owned())];
    assert_eq!(size(mf("EF.GDO")), Some(image.master_file.gdo.len()));
    assert_eq!(
        size(mf("EF.CardAccess")),
        Some(image.master_file.card_access.len())
    );
    assert_eq!(
        mf("EF.ChipSecurity").access,
        FileAccess::Refused(DenialReason::NeedsPrivilegedAgency)
    );
    for (number, contents) in &image.eid.groups {
        let group = Group::new(*number).unwrap();
        let entry = &entries[&(Directory::Eid, group.to_string())];
        assert_eq!(entry.signed, Some(true), "{group}");
        if (3..=9).contains(number) {
            let refused = FileAccess::Refused(DenialReason::NeedsAgency);
            assert_eq!(entry.access, refused, "{group}");
        } else {
            assert_eq!(size(entry), Some(contents.len()), "{group}");
        }
    }
    let in_directory = |wanted| entries.keys().filter(|(found, _)| *found == wanted).count();
    assert_eq!(in_directory(Directory::MasterFile), 6);
    assert_eq!(in_directory(Directory::Eid), 1 + image.eid.groups.len());
    for ((directory, name), entry) in &entries {
        if *directory == Directory::Icao {
            assert_eq!(
                entry.access,
                FileAccess::Refused(DenialReason::NeedsMrz),
                "{name}"
            );
        }
        for lang in [Lang::En, Lang::ZhTw] {
            assert!(!entry.label(lang).is_empty());
        }
    }
}

#[test]
fn the_access_code_sees_less_and_the_mrz_the_icao_application() {
    let world = world();
    let entries = inventory(world, AccessCode::can(world.can()).unwrap());
    assert_eq!(
        entries[&(Directory::MasterFile, "EF.GDO".to_owned())].access,
        FileAccess::Refused(DenialReason::NeedsPin1)
    );
    let entries = inventory(world, world.mrz().into());
    let icao = world.image().icao.as_ref().unwrap();
    let of = |name: &str| size(&entries[&(Directory::Icao, name.to_owned())]);
    assert_eq!(of("DG1"), Some(icao.dg1.len()));
    assert_eq!(of("EF.SOD"), Some(icao.sod.len()));
    assert!(
        !entries.contains_key(&(Directory::Icao, "DG15".to_owned())),
        "not on this card"
    );
    let eid = &entries[&(Directory::Eid, "DG11".to_owned())];
    assert_eq!(eid.access, FileAccess::Refused(DenialReason::NeedsCan));
    assert_eq!(eid.signed, None, "EF.SOD is not for the MRZ");
}

/// The card answers alike for a protected group that is there and one that is not; the signed list tells.
#[test]
fn a_group_that_was_signed_and_is_gone_is_told_from_one_that_never_was() {
    let mut world = World::new();
    world.card.image_mut().eid.groups.remove(&2);
    let entries = inventory(&world, pin(&world));
    assert!(!entries.contains_key(&(Directory::Eid, "DG2".to_owned())));
    world.card.image_mut().eid.groups.remove(&3);
    let entries = inventory(&world, pin(&world));
    let spouse = &entries[&(Directory::Eid, "DG3".to_owned())];
    assert_eq!(
        spouse.signed,
        Some(true),
        "signed, and the card does not say that it is gone"
    );
}
