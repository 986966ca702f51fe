//! The implementation conformance statement (annex A of TR-03105-3.2 and of TR-03105-3.3): what a card says of itself.

use std::collections::{BTreeMap, BTreeSet};

use lds::Date;
use serde::{Deserialize, Deserializer};

use crate::catalogue::Standing;
use crate::profile::Requirement;
use crate::{Entry, Part, Profile};

/// What a card has and has not, in TOML.
///
/// ```
/// use conformance::{Profile, Statement};
///
/// let statement = Statement::from_toml(
///     r#"
///     card = "a card with PACE and nothing else"
///     profiles = ["PACE", "ECDH"]
///     pin_tries = 3
///
///     [deviations.EAC2_ISO7816_H_23]
///     at = "step 1"
///     got = "6A80"
///     reason = "a reference that is not known is incorrect data"
///     "#,
/// )?;
/// assert!(statement.has(Profile::Pace) && !statement.has(Profile::Ta2));
/// # Ok::<(), conformance::StatementError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Which card this is about.
    pub card: String,
    /// The profiles that it has (A.1).
    pub profiles: BTreeSet<Profile>,
    /// Data groups of the eID application.
    #[serde(default)]
    pub eid_groups: BTreeSet<u8>,
    /// Data groups of the ePassport application.
    #[serde(default)]
    pub epassport_groups: BTreeSet<u8>,
    /// First value of PIN1's retry counter (A.5).
    pub pin_tries: u8,
    /// Fewest digits of a new PIN1 (A.5).
    #[serde(default = "default_pin_length")]
    pub pin_length: u8,
    /// A password reference that the card does not know (A.5).
    #[serde(default = "default_password_reference")]
    pub invalid_password_reference: u8,
    /// A private key reference that the card does not know (A.5).
    #[serde(default = "default_key_reference")]
    pub invalid_key_reference: u8,
    /// An age in years that the holder has reached (A.5).
    #[serde(default)]
    pub valid_age: u16,
    /// The municipality as the card stores it, in hexadecimal digits (A.5).
    #[serde(default, deserialize_with = "hexadecimal")]
    pub valid_municipality_id: Option<Vec<u8>>,
    /// The last day of the document, `YYYY-MM-DD`, which the document reads from the card's data.
    #[serde(default, deserialize_with = "day")]
    pub date_of_expiry: Option<Date>,
    /// Cases in which the card answers otherwise on purpose. They are carried out all the same.
    #[serde(default)]
    pub deviations: BTreeMap<String, Deviation>,
}

/// What a card answers on purpose where the document demands something else. Anything but this is a failure, there as elsewhere.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// Where in the case, as a report has it: `step 3`.
    pub at: String,
    /// What comes, as a report has it: `6A80 in secure messaging`.
    pub got: String,
    /// Why.
    pub reason: String,
}

const fn default_pin_length() -> u8 {
    6
}

const fn default_password_reference() -> u8 {
    0x05
}

const fn default_key_reference() -> u8 {
    0x7F
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = text.replace('-', "");
    digits.parse().map(Some).map_err(serde::de::Error::custom)
}

fn hexadecimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let pairs = text.as_bytes().chunks(2).map(|pair| {
        let digits = pair.iter().all(u8::is_ascii_hexdigit).then_some(pair)?;
        let pair = str::from_utf8(digits).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes = pairs.collect::<Option<Vec<_>>>();
    let bytes = bytes.filter(|bytes| !bytes.is_empty());
    let message = "pairs of hexadecimal digits";
    bytes
        .map(Some)
        .ok_or_else(|| serde::de::Error::custom(message))
}

/// Why a statement is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// It is no TOML of this form; the message says where.
    #[error("the conformance statement: {0}")]
    Malformed(#[from] toml::de::Error),
    /// A deviation names no case of the documents.
    #[error("the conformance statement: deviations: there is no case {0}")]
    UnknownCase(String),
}

impl Statement {
    /// Reads a statement.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn from_toml(text: &str) -> Result<Self, StatementError> {
        let statement: Self = toml::from_str(text)?;
        let known: BTreeSet<_> = crate::catalogue().iter().map(|entry| entry.id).collect();
        match statement
            .deviations
            .keys()
            .find(|id| !known.contains(id.as_str()))
        {
            Some(id) => Err(StatementError::UnknownCase(id.clone())),
            None => Ok(statement),
        }
    }

    /// What the simulated card says of itself: `data/neweid.toml`.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the file is part of this crate, and a test reads it"
    )]
    pub fn simulated() -> Self {
        Self::from_toml(include_str!("../data/neweid.toml")).expect("the statement can be read")
    }

    /// Why a case does not apply to the card; `None` if it does.
    #[must_use]
    pub fn why_not(&self, entry: &Entry) -> Option<String> {
        match &entry.standing {
            Standing::Withdrawn(words) => Some(format!("withdrawn: {words}")),
            Standing::InForce(requirements) => self.unmet(entry.part, requirements),
        }
    }

    /// Whether the card has this.
    #[must_use]
    pub fn has(&self, profile: Profile) -> bool {
        self.profiles.contains(&profile)
    }

    /// The first word of a profile line that the card does not meet.
    fn unmet(&self, part: Part, requirements: &[Requirement]) -> Option<String> {
        let names = |profile| requirements.contains(&Requirement::Has(profile));
        let passport = match part {
            Part::Eac1 => true,
            Part::Eac2 => names(Profile::EPassport) && !names(Profile::Eid),
        };
        requirements
            .iter()
            .find_map(|requirement| match *requirement {
                Requirement::Has(profile) if !self.has(profile) => Some(format!("{profile}: no")),
                Requirement::HasNot(profile) if self.has(profile) => {
                    Some(format!("{profile}: yes"))
                }
                Requirement::HasEither(one, other) if !self.has(one) && !self.has(other) => {
                    Some(format!("{one}: no, {other}: no"))
                }
                Requirement::DataGroup(group)
                    if passport && !self.epassport_groups.contains(&group) =>
                {
                    Some(format!(
                        "data group {group} of the ePassport application: no"
                    ))
                }
                Requirement::DataGroup(group) if !passport && !self.eid_groups.contains(&group) => {
                    Some(format!("data group {group} of the eID application: no"))
                }
                _ => None,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Statement, StatementError> {
        let head = "card = \"a card\"\nprofiles = []\npin_tries = 3\n";
        Statement::from_toml(&format!("{head}{line}"))
    }

    #[test]
    fn data_groups_of_part_3_2_are_those_of_the_passport() {
        let group_3 = crate::catalogue()
            .iter()
            .find(|entry| entry.id == "LDS_G_1");
        let group_3 = group_3.expect("an entry");
        let eid = read("eid_groups = [3]").unwrap();
        assert!(eid.why_not(group_3).is_some());
        let passport = read("epassport_groups = [3]").unwrap();
        assert_eq!(passport.why_not(group_3), None);
    }

    #[test]
    fn what_the_holders_data_are_may_be_said_and_must_be_readable() {
        let nothing = read("").unwrap();
        assert_eq!(nothing.valid_municipality_id, None);
        assert_eq!(nothing.date_of_expiry, None);
        let place = read("valid_municipality_id = \"0276F0\"").unwrap();
        assert_eq!(place.valid_municipality_id, Some(vec![0x02, 0x76, 0xF0]));
        let expiry = read("date_of_expiry = \"2036-01-01\"").unwrap();
        assert_eq!(expiry.date_of_expiry, Date::new(2036, 1, 1).ok());
        for line in [
            "valid_municipality_id = \"\"",
            "valid_municipality_id = \"027\"",
            "valid_municipality_id = \"+276\"",
            "date_of_expiry = \"2036-02-30\"",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
