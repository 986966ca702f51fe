//! The power cut at every storage operation of an update.

use applet_sim::{CardImage, MemoryStore, Tear};
use transport::CardDevice;

use super::{
    OK, SOD, UPDATABLE, contents, d7, group, household_office, household_rights, open, sod, write,
};
use crate::{card, reader::Reader};

/// A card with small files, so that it is copied quickly, and an update of two groups.
fn small() -> (super::Office, super::Groups) {
    let mut office = household_office(&UPDATABLE);
    office.image.eid.groups.insert(5, group(5, "old DG5"));
    office.image.eid.sod = sod(&office.image.eid.groups);
    let mut groups = office.image.eid.groups.clone();
    groups.insert(12, group(12, "new DG12"));
    groups.insert(13, group(13, "new DG13"));
    (office, groups)
}

/// What is left of a card when the power goes this many operations into the write that completes EF.SOD, how
/// many operations it has, and whether it was answered.
fn update(start: &MemoryStore, cut: Option<(u64, Tear)>) -> (MemoryStore, u64, bool) {
    let (office, groups) = small();
    let mut reader = Reader::with_memory(start.clone()).unwrap();
    open(
        &office,
        &mut reader,
        &card::can(),
        household_rights(),
        &UPDATABLE,
    );
    let before = reader.chip.memory().operations();
    for number in [12, 13] {
        assert_eq!(write(&mut reader, number, &groups[&number]), OK);
    }
    assert_eq!(
        reader.chip.memory().operations(),
        before,
        "shadows store nothing"
    );
    let command = reader.protected(&d7(SOD, 0, &sod(&groups)));
    if let Some((after, tear)) = cut {
        reader.chip.memory_mut().cut_power_after(after, tear);
    }
    let answered = !reader.chip.process(&command.to_bytes()).is_empty();
    let mut memory = reader.chip.into_memory();
    let operations = memory.operations() - before;
    memory.restore_power();
    (memory, operations, answered)
}

fn cut_everywhere(image: &CardImage, start: &MemoryStore) {
    let (_, groups) = small();
    let old = (image.eid.groups.clone(), image.eid.sod.clone());
    let new = (groups.clone(), sod(&groups));
    let (complete, operations, answered) = update(start, None);
    assert!(answered && operations > 0);
    assert_eq!(contents(complete), new);
    let mut seen = [false; 2];
    for after in 0..operations {
        for tear in Tear::ALL {
            let (memory, _, answered) = update(start, Some((after, tear)));
            assert!(!answered, "{after} {tear:?}");
            let found = contents(memory);
            assert!(found == old || found == new, "{after} {tear:?}: {found:?}");
            seen[usize::from(found == new)] = true;
        }
    }
    assert_eq!(seen, [true, true], "both come up");
}

#[test]
fn after_a_cut_a_card_is_wholly_the_old_one_or_wholly_the_new_one() {
    let (office, _) = small();
    let start = office
        .image
        .personalise(MemoryStore::new(64 * 1024))
        .unwrap();
    cut_everywhere(&office.image, &start);
}

#[test]
fn so_it_is_when_the_memory_is_full_and_has_to_be_rewritten() {
    let (office, _) = small();
    let fits = |capacity| office.image.personalise(MemoryStore::new(capacity)).ok();
    let least = (10_000..)
        .step_by(64)
        .find(|it| fits(*it).is_some())
        .unwrap();
    // Room for what certificates change, not for an update behind it.
    let start = fits(least + 1024).unwrap();
    cut_everywhere(&office.image, &start);
}
