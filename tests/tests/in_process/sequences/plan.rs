//! Sequences: the whole way to the protected zone, with things left out, exchanged, repeated and put in between, and some
//! without any plan.

use cvc::Right;
use neweid_tests::cards::authorities::{Certified, Party, Rights};
use neweid_tests::fuzzing::marked_card::GROUPS;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use secure_channel::PasswordId;
use secure_channel::auxiliary_data::Kind;

use super::step::{Announced, Directory, Manage, Move, Sequence, Signing, Step};

const SOD: u8 = 0x1D;

fn rights() -> impl Strategy<Value = Rights> {
    let groups = prop_oneof![
        1 => Just(vec![]),
        2 => Just(GROUPS.to_vec()),
        3 => subsequence(GROUPS.to_vec(), 0..=GROUPS.len()),
    ];
    let updates = prop_oneof![2 => Just(vec![]), 1 => subsequence(vec![3, 6, 12], 0..=3)];
    let special = (
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.2),
        any::<[bool; 3]>(),
    );
    (groups, updates, special).prop_map(
        |(groups, updates, (can, privileged, manages, [age, place, pseudonym]))| Rights {
            may: [
                (can, Right::CanAllowed),
                (privileged, Right::PrivilegedTerminal),
                (manages, Right::PinManagement),
                (age, Right::AgeVerification),
                (place, Right::CommunityVerification),
                (pseudonym, Right::RestrictedIdentification),
            ]
            .into_iter()
            .filter_map(|(granted, right)| granted.then_some(right))
            .chain(groups.into_iter().map(Right::ReadGroup))
            .collect(),
            updates: updates.into_iter().collect(),
        },
    )
}

/// PACE, with the right password as often as this.
fn pace(right: f64) -> impl Strategy<Value = Step> {
    use PasswordId::{Can, Mrz, Pin, Puk};
    let terminal = prop_oneof![
        4 => Just(None),
        6 => rights().prop_map(|rights| Some(Announced::Authentication(rights))),
        1 => Just(Some(Announced::Inspection)),
        1 => Just(Some(Announced::Signature)),
    ];
    (
        select(&[Can, Pin, Can, Pin, Puk, Mrz][..]),
        prop::bool::weighted(right),
        any::<bool>(),
        prop::bool::weighted(0.3),
        terminal,
    )
        .prop_map(|(by, right, cam, inside, terminal)| Step::Pace {
            by,
            right,
            cam,
            inside,
            terminal,
        })
}

fn certificate() -> impl Strategy<Value = Certified> {
    let usual = &[
        (Party::Ministry, Party::Verifier),
        (Party::Verifier, Party::Terminal),
        (Party::Ministry, Party::NextMinistry),
        (Party::NextMinistry, Party::Verifier),
        (Party::Ministry, Party::NarrowVerifier),
        (Party::NarrowVerifier, Party::Terminal),
        (Party::Impostor, Party::ImpostorVerifier),
        (Party::ImpostorVerifier, Party::Terminal),
        (Party::Ministry, Party::Terminal),
        (Party::Terminal, Party::Terminal),
    ][..];
    let any = (select(&Party::ALL[..]), select(&Party::ALL[..]));
    let parties = prop_oneof![3 => select(usual), 1 => any];
    (parties, rights(), prop::bool::weighted(0.15)).prop_map(
        |((issuer, holder), rights, expired)| Certified {
            issuer,
            holder,
            rights,
            expired,
        },
    )
}

fn file() -> impl Strategy<Value = u8> {
    prop_oneof![4 => select(&GROUPS[..]), 1 => Just(SOD), 1 => 0u8..0x20]
}

fn read() -> impl Strategy<Value = Step> {
    let ne = || select(&[256u32, 65_536, 256, 7, 1, 40][..]);
    let offset = || prop_oneof![3 => Just(0u16), 1 => 0u16..400];
    prop_oneof![
        4 => (file(), prop_oneof![3 => Just(0u8), 1 => any::<u8>()], ne())
            .prop_map(|(short_id, offset, ne)| Step::Read { short_id, offset, ne }),
        2 => (file(), offset(), ne())
            .prop_map(|(short_id, offset, ne)| Step::ReadOdd { short_id, offset, ne }),
        1 => file().prop_map(Step::SelectFile),
        1 => offset().prop_map(|offset| Step::ReadCurrent { offset }),
    ]
}

fn signing() -> impl Strategy<Value = Signing> {
    use Signing::{Damaged, OldChallenge, OtherKey, OtherSession, Replayed, Right, WrongKey};
    let wrong = &[
        WrongKey,
        OtherSession,
        OtherKey,
        OldChallenge,
        Replayed,
        Damaged,
    ][..];
    prop_oneof![1 => Just(Right), 2 => select(wrong)]
}

fn update() -> impl Strategy<Value = Step> {
    let file = select(&[3u8, 4, 6, 12, SOD][..]);
    (file, any::<bool>()).prop_map(|(short_id, odd)| Step::Update { short_id, odd })
}

fn manage() -> impl Strategy<Value = Step> {
    use Manage::{Activate, Change, ChangeBack, Deactivate, Unblock};
    select(&[Change, ChangeBack, Unblock, Activate, Deactivate][..]).prop_map(Step::Manage)
}

fn ask() -> impl Strategy<Value = Step> {
    (select(&Kind::ALL[..]), any::<bool>()).prop_map(|(kind, verify)| Step::Ask { kind, verify })
}

fn identify() -> impl Strategy<Value = Step> {
    (any::<bool>(), prop::bool::weighted(0.8))
        .prop_map(|(pseudonym, own)| Step::Identify { pseudonym, own })
}

/// What a session is opened for.
fn use_of_rights() -> impl Strategy<Value = Step> {
    prop_oneof![12 => read(), 1 => update(), 1 => manage(), 2 => ask(), 1 => identify()]
}

fn select_terminal() -> impl Strategy<Value = Step> {
    let asks = select(&[None, Some(true), Some(false)][..]);
    (prop::bool::weighted(0.9), asks).prop_map(|(named, asks)| Step::SelectTerminal { named, asks })
}

fn step() -> impl Strategy<Value = Step> {
    let flips = vec((any::<Index>(), 0u8..8), 0..3);
    prop_oneof![
        1 => Just(Step::Reset),
        3 => pace(0.8),
        3 => certificate().prop_map(Step::Show),
        1 => select_terminal(),
        1 => Just(Step::Challenge),
        3 => signing().prop_map(Step::Sign),
        2 => any::<bool>().prop_map(|committed| Step::ProveChip { committed }),
        2 => select(&[Directory::Eid, Directory::Eid, Directory::Icao, Directory::MasterFile][..])
            .prop_map(Step::Select),
        4 => read(),
        1 => update(),
        1 => manage(),
        1 => ask(),
        1 => identify(),
        1 => vec(any::<u8>(), 0..40).prop_map(Step::Random),
        3 => (any::<Index>(), flips).prop_map(|(which, flips)| Step::Copy { which, flips }),
        1 => Just(Step::AskTries),
    ]
}

fn one_move() -> impl Strategy<Value = Move> {
    (step(), prop::bool::weighted(0.06)).prop_map(|(step, plain)| Move { step, plain })
}

/// The whole way of an agency to the protected zone, and reading there. Nothing in it is wrong, but chain and holder need not
/// allow the same.
fn whole_way() -> impl Strategy<Value = Vec<Step>> {
    let verifier = prop_oneof![4 => Just(Party::Verifier), 1 => Just(Party::NarrowVerifier)];
    (
        prop::bool::weighted(0.65),
        any::<bool>(),
        rights(),
        // As often as not the certificate grants what is confirmed, and no less.
        prop_oneof![Just(None), rights().prop_map(Some)],
        verifier,
        select(&[None, Some(true), Some(false)][..]),
        vec(use_of_rights(), 6..14),
    )
        .prop_map(
            |(pin, cam, mut confirmed, certified, verifier, asks, reads)| {
                let by = if pin {
                    PasswordId::Pin
                } else {
                    PasswordId::Can
                };
                if !pin {
                    // Without it the card does not even begin.
                    confirmed.may.insert(Right::CanAllowed);
                }
                let certified = certified.unwrap_or_else(|| confirmed.clone());
                let certificate = |issuer, holder| {
                    Step::Show(Certified {
                        issuer,
                        holder,
                        rights: certified.clone(),
                        expired: false,
                    })
                };
                let mut steps = vec![
                    Step::Pace {
                        by,
                        right: true,
                        cam,
                        inside: false,
                        terminal: Some(Announced::Authentication(confirmed)),
                    },
                    certificate(Party::Ministry, verifier),
                    certificate(verifier, Party::Terminal),
                    Step::SelectTerminal { named: true, asks },
                    Step::Challenge,
                    Step::Sign(Signing::Right),
                    Step::ProveChip { committed: true },
                    Step::Select(Directory::Eid),
                ];
                steps.extend(reads);
                steps
            },
        )
}

/// What the holder does on his own reader.
fn local() -> impl Strategy<Value = Vec<Step>> {
    use PasswordId::{Can, Mrz, Pin, Puk};
    let by = select(&[Can, Pin, Puk, Mrz][..]);
    (by, any::<bool>(), vec(use_of_rights(), 4..8)).prop_map(|(by, cam, reads)| {
        let directory = match by {
            Mrz => Directory::Icao,
            _ => Directory::Eid,
        };
        let mut steps = vec![
            Step::Pace {
                by,
                right: true,
                cam,
                inside: false,
                terminal: None,
            },
            Step::Select(directory),
        ];
        steps.extend(reads);
        steps
    })
}

/// Passwords, right and wrong ones, until some are suspended, resumed, blocked and unblocked.
fn passwords() -> impl Strategy<Value = Vec<Step>> {
    vec(
        prop_oneof![5 => pace(0.5), 2 => manage(), 1 => Just(Step::AskTries)],
        4..12,
    )
}

/// A change to a sequence.
#[derive(Clone, Debug)]
enum Edit {
    Drop(Index),
    Swap(Index, Index),
    Repeat(Index, Index),
    Insert(Index, Move),
    Replace(Index, Move),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        2 => at().prop_map(Edit::Drop),
        1 => (at(), at()).prop_map(|(one, other)| Edit::Swap(one, other)),
        1 => (at(), at()).prop_map(|(from, to)| Edit::Repeat(from, to)),
        3 => (at(), one_move()).prop_map(|(at, it)| Edit::Insert(at, it)),
        1 => (at(), one_move()).prop_map(|(at, it)| Edit::Replace(at, it)),
    ]
}

impl Edit {
    fn apply(self, moves: &mut Vec<Move>) {
        let length = moves.len();
        match self {
            Self::Insert(at, it) => moves.insert(at.index(length + 1), it),
            _ if length == 0 => {}
            Self::Drop(at) => drop(moves.remove(at.index(length))),
            Self::Swap(one, other) => moves.swap(one.index(length), other.index(length)),
            Self::Repeat(from, to) => {
                let again = moves[from.index(length)].clone();
                moves.insert(to.index(length + 1), again);
            }
            Self::Replace(at, it) => moves[at.index(length)] = it,
        }
    }
}

/// Any sequence.
pub(super) fn sequence() -> impl Strategy<Value = Sequence> {
    let planned = prop_oneof![
        6 => whole_way(),
        2 => local(),
        1 => passwords(),
        1 => (local(), whole_way()).prop_map(|(first, then)| [first, then].concat()),
        1 => (whole_way(), local()).prop_map(|(first, then)| [first, then].concat()),
    ];
    let edits = prop_oneof![3 => vec(edit(), 0..4), 1 => vec(edit(), 4..9)];
    let edited = (planned, edits).prop_map(|(steps, edits)| {
        let inside = |step| Move { step, plain: false };
        let mut moves = steps.into_iter().map(inside).collect();
        for edit in edits {
            edit.apply(&mut moves);
        }
        Sequence(moves)
    });
    prop_oneof![5 => edited, 1 => vec(one_move(), 1..25).prop_map(Sequence)]
}
