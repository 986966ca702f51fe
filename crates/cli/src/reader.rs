//! Card readers: which one is meant, what is in it, and the card in it opened.
//!
//! This file chooses among readers, whoever found them; [`service`] finds them through PC/SC. Without the feature `pcsc` the
//! functions of the same names say that the program was built without.
#![cfg_attr(
    not(feature = "pcsc"),
    allow(dead_code, reason = "without PC/SC there is nothing to choose among")
)]

#[cfg(feature = "pcsc")]
#[path = "reader/service.rs"]
mod service;
#[cfg(not(feature = "pcsc"))]
#[path = "reader/without.rs"]
mod service;

pub(crate) use service::{Service, Showing, open};

use std::time::Duration;

use crate::failure::ReaderFault;

/// The name that stands for the only reader with a card.
pub(crate) const AUTO: &str = "auto";

/// A reader, as it was when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) holds: Holds,
}

/// What is in a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Nothing,
    /// A card, by its answer to reset, and whether another program has it.
    Card {
        atr: Vec<u8>,
        in_use: bool,
    },
    /// A card that does not answer.
    Mute,
    /// The service does not say.
    Unknown,
}

impl Seen {
    pub(crate) const fn has_card(&self) -> bool {
        matches!(self.holds, Holds::Card { .. })
    }

    /// Whether it holds a card with this answer to reset.
    pub(crate) fn shows(&self, atr: &[u8]) -> bool {
        matches!(&self.holds, Holds::Card { atr: shown, .. } if shown == atr)
    }
}

/// How a card in a reader is to be reached.
#[derive(Clone, Debug)]
pub(crate) struct Route<'a> {
    /// The name of the reader, a part of it, or [`AUTO`].
    pub(crate) wanted: &'a str,
    /// How long to wait for the card.
    pub(crate) wait: Duration,
    /// No long APDUs.
    pub(crate) short_apdus: bool,
}

impl<'a> Route<'a> {
    /// To a card that is there already.
    pub(crate) const fn to(wanted: &'a str) -> Self {
        Self {
            wanted,
            wait: Duration::ZERO,
            short_apdus: false,
        }
    }
}

/// The reader with the card that is meant.
pub(crate) fn choose<'r>(readers: &'r [Seen], wanted: &str) -> Result<&'r Seen, ReaderFault> {
    if readers.is_empty() {
        return Err(ReaderFault::NoReader);
    }
    let chosen = match named(readers, wanted)? {
        Some(reader) => reader,
        None => return only_card(readers),
    };
    match chosen.holds {
        Holds::Card { .. } => Ok(chosen),
        Holds::Mute => Err(ReaderFault::Mute {
            reader: chosen.name.clone(),
        }),
        Holds::Nothing | Holds::Unknown => Err(ReaderFault::NoCard {
            readers: vec![chosen.name.clone()],
        }),
    }
}

/// The reader of this name; none where any will do. An exact name goes before a part, so that every reader can be named.
fn named<'r>(readers: &'r [Seen], wanted: &str) -> Result<Option<&'r Seen>, ReaderFault> {
    if let Some(reader) = readers.iter().find(|reader| reader.name == wanted) {
        return Ok(Some(reader));
    }
    if wanted == AUTO {
        return Ok(None);
    }
    let part = wanted.to_lowercase();
    let matching: Vec<&Seen> = readers
        .iter()
        .filter(|reader| reader.name.to_lowercase().contains(&part))
        .collect();
    match matching.as_slice() {
        [reader] => Ok(Some(reader)),
        [] => Err(ReaderFault::Unknown {
            wanted: wanted.to_owned(),
            there: names(readers),
        }),
        several => Err(ReaderFault::Ambiguous {
            wanted: wanted.to_owned(),
            matching: names(several.iter().copied()),
        }),
    }
}

fn only_card(readers: &[Seen]) -> Result<&Seen, ReaderFault> {
    let holding: Vec<&Seen> = readers.iter().filter(|reader| reader.has_card()).collect();
    match holding.as_slice() {
        [reader] => Ok(reader),
        [] => Err(ReaderFault::NoCard {
            readers: names(readers),
        }),
        several => Err(ReaderFault::SeveralCards {
            holding: names(several.iter().copied()),
        }),
    }
}

fn names<'r>(readers: impl IntoIterator<Item = &'r Seen>) -> Vec<String> {
    readers
        .into_iter()
        .map(|reader| reader.name.clone())
        .collect()
}

/// Whether it may be otherwise when a card or a reader has come.
fn may_pass(fault: &ReaderFault) -> bool {
    matches!(
        fault,
        ReaderFault::NoReader
            | ReaderFault::Unknown { .. }
            | ReaderFault::NoCard { .. }
            | ReaderFault::Mute { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(name: &str, has_card: bool) -> Seen {
        let holds = match has_card {
            true => Holds::Card {
                atr: vec![0x3B, 0x00],
                in_use: false,
            },
            false => Holds::Nothing,
        };
        Seen {
            name: name.to_owned(),
            holds,
        }
    }

    fn two(first: bool, second: bool) -> Vec<Seen> {
        vec![
            reader("Virtual PCD 00 00", first),
            reader("Virtual PCD 00 01", second),
        ]
    }

    fn chosen<'r>(readers: &'r [Seen], wanted: &str) -> Result<&'r str, ReaderFault> {
        choose(readers, wanted).map(|reader| reader.name.as_str())
    }

    #[test]
    fn a_part_that_only_one_reader_has_is_enough_in_any_case_of_letters() {
        let readers = two(true, true);
        assert_eq!(chosen(&readers, "pcd 00 01"), Ok("Virtual PCD 00 01"));
        assert_eq!(
            chosen(&readers, "virtual").unwrap_err(),
            ReaderFault::Ambiguous {
                wanted: "virtual".to_owned(),
                matching: names(&readers),
            }
        );
    }

    #[test]
    fn an_exact_name_goes_before_a_part_of_another() {
        let readers = vec![reader("ACS", true), reader("ACS 2", true)];
        assert_eq!(chosen(&readers, "ACS"), Ok("ACS"));
        assert!(matches!(
            chosen(&readers, "acs"),
            Err(ReaderFault::Ambiguous { .. })
        ));
        let called_auto = vec![reader("auto", true), reader("other", true)];
        assert_eq!(chosen(&called_auto, AUTO), Ok("auto"));
    }

    #[test]
    fn auto_takes_the_only_card_and_does_not_guess_between_two() {
        assert_eq!(chosen(&two(false, true), AUTO), Ok("Virtual PCD 00 01"));
        assert!(matches!(
            chosen(&two(true, true), AUTO),
            Err(ReaderFault::SeveralCards { .. })
        ));
        assert!(matches!(
            chosen(&two(false, false), AUTO),
            Err(ReaderFault::NoCard { .. })
        ));
    }

    #[test]
    fn a_reader_without_a_card_is_told_from_one_that_is_not_there() {
        let readers = two(false, true);
        let error = chosen(&readers, "00 00").unwrap_err();
        assert!(may_pass(&error));
        assert_eq!(
            error,
            ReaderFault::NoCard {
                readers: vec!["Virtual PCD 00 00".to_owned()]
            }
        );
        assert!(matches!(
            chosen(&readers, "ACR"),
            Err(ReaderFault::Unknown { .. })
        ));
        assert_eq!(chosen(&[], "ACR"), Err(ReaderFault::NoReader));
    }

    #[test]
    fn what_no_card_can_change_is_not_waited_for() {
        assert!(!may_pass(&chosen(&two(true, true), AUTO).unwrap_err()));
        assert!(!may_pass(
            &chosen(&two(false, true), "virtual").unwrap_err()
        ));
    }
}
