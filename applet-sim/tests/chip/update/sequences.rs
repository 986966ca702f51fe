//! Random sequences of writes: whatever a terminal sends, EF.SOD and the groups agree, and nothing is
//! changed to which it has no right.

use cvc::Role;
use proptest::prelude::*;

use super::{
    OK, SOD, UPDATABLE, contents, d7, group, household_rights, office_with, open, sod, write,
};
use crate::{agency::everything, card, reader::Reader};

/// One thing that a terminal does.
#[derive(Debug, Clone)]
enum Step {
    /// Writes a whole group, any of the numbers there are, in one of three versions.
    Group(u8, u8),
    /// Writes the first bytes of a group, or of EF.SOD.
    Begin(u8, usize),
    /// Goes on with a group at an offset.
    GoOn(u8, u8, usize),
    /// Writes EF.SOD over the groups that were written, honestly.
    Sod,
    /// Writes EF.SOD over the groups that were written and over these in another version.
    WrongSod(u8, u8),
    /// Ends the session and begins another.
    Reset,
}

fn number() -> impl Strategy<Value = u8> {
    prop_oneof![3 => prop::sample::select(&UPDATABLE[..]), 1 => 1..=16u8]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (number(), 0..3u8).prop_map(|(n, version)| Step::Group(n, version)),
        1 => (number(), 1..80usize).prop_map(|(n, length)| Step::Begin(n, length)),
        1 => (number(), 0..3u8, 0..210usize).prop_map(|(n, version, at)| Step::GoOn(n, version, at)),
        3 => Just(Step::Sod),
        1 => (number(), 0..3u8).prop_map(|(n, version)| Step::WrongSod(n, version)),
        1 => Just(Step::Reset),
    ]
}

fn version(number: u8, version: u8) -> Vec<u8> {
    group(number, &format!("DG{number} version {version}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_writes_makes_a_card_that_contradicts_itself(
        rights in prop::collection::btree_set(number(), 0..7),
        steps in prop::collection::vec(step(), 1..16),
    ) {
        let rights: Vec<u8> = rights.into_iter().collect();
        let mut office = office_with(household_rights(), &rights);
        office.image.eid.groups.insert(5, group(5, "old DG5"));
        office.image.eid.sod = sod(&office.image.eid.groups);
        let old = office.image.eid.groups.clone();
        let mut reader = Reader::new(&office.image);
        let confirmed = household_rights();
        open(&office, &mut reader, &card::can(), confirmed, &UPDATABLE);
        let mut written = old.clone();
        for step in steps {
            match step {
                Step::Group(n, it) => {
                    if write(&mut reader, n, &version(n, it)) == OK {
                        written.insert(n, version(n, it));
                    }
                }
                Step::Begin(n, length) => {
                    // There is no group 16; its number stands for EF.SOD here.
                    let file = if n == 16 { sod(&written) } else { version(n, 1) };
                    write(&mut reader, if n == 16 { SOD } else { n }, &file[..length]);
                }
                Step::GoOn(n, it, at) => {
                    let file = version(n, it);
                    let at = at.min(file.len() - 1);
                    reader.send(&d7(n, u32::try_from(at).unwrap(), &file[at..]));
                }
                Step::Sod => {
                    write(&mut reader, SOD, &sod(&written));
                }
                Step::WrongSod(n, it) => {
                    let mut groups = written.clone();
                    groups.insert(n, version(n, it));
                    write(&mut reader, SOD, &sod(&groups));
                }
                Step::Reset => {
                    reader.reset();
                    open(&office, &mut reader, &card::can(), confirmed, &UPDATABLE);
                }
            }
            let (groups, found) = contents(reader.chip.memory().clone());
            prop_assert_eq!(&found, &sod(&groups), "EF.SOD and its groups");
            for (n, contents) in &groups {
                let may = rights.contains(n) && UPDATABLE.contains(n);
                prop_assert!(may || *contents == old[n], "DG{} without a right", n);
            }
            prop_assert!(groups.keys().eq(old.keys()));
        }
    }
}

/// The property above is about something: with rights, random sequences do change cards.
#[test]
fn a_sequence_of_the_kind_above_does_change_a_card() {
    let office = office_with(everything(Role::Terminal), &UPDATABLE);
    let mut reader = Reader::new(&office.image);
    open(
        &office,
        &mut reader,
        &card::can(),
        everything(Role::Terminal),
        &UPDATABLE,
    );
    let mut groups = office.image.eid.groups.clone();
    groups.insert(12, version(12, 1));
    assert_eq!(write(&mut reader, 12, &groups[&12]), OK);
    assert_eq!(write(&mut reader, SOD, &sod(&groups)), OK);
    assert_eq!(contents(reader.chip.memory().clone()).0, groups);
}
