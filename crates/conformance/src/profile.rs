//! The profiles of TR-03105-3.3, 2.2, and of TR-03105-3.2, 2.2: what a case supposes of the card. A word that both documents have
//! means the same in both.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer};

/// Something that a card has or has not, in the document's own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(
    missing_docs,
    reason = "the documents explain them: part 3.3 in 2.2.1 to 2.2.3, part 3.2 in 2.2"
)]
pub enum Profile {
    EPassport,
    Eid,
    ESign,
    Pace,
    Ta2,
    Ca2,
    Ca3,
    Ca3ReUse,
    Migration,
    Date,
    RestrictedIdentification,
    RestrictedIdentificationDomainParameters,
    AuxiliaryData,
    ChangePinWithPuk,
    ChangePinByRight,
    ChangeCanByRight,
    ChipSecurity,
    Envelope,
    Compare,
    AuthorizationExtension,
    Bac,
    CardSecurityNeedsTerminal,
    PsaInfo,
    CardInfo,
    PrivilegedTerminalInfo,
    Dh,
    Ecdh,
    Ecdsa,
    Rsa,
    Ta1,
    Ca1WithKeyAgreementTemplate,
    Ca1WithGeneralAuthenticate,
    KeyReference,
    OddInstruction,
    EfAtrInfo,
    MasterFile,
}

impl Profile {
    /// Every profile with its word.
    pub const ALL: [(Self, &'static str); 36] = [
        (Self::EPassport, "ePassport"),
        (Self::Eid, "eID"),
        (Self::ESign, "eSign"),
        (Self::Pace, "PACE"),
        (Self::Ta2, "TA2"),
        (Self::Ca2, "CA2"),
        (Self::Ca3, "CA3"),
        (Self::Ca3ReUse, "CA3_ReUse"),
        (Self::Migration, "MIG"),
        (Self::Date, "DATE"),
        (Self::RestrictedIdentification, "RI"),
        (Self::RestrictedIdentificationDomainParameters, "RI_DP"),
        (Self::AuxiliaryData, "AUX"),
        (Self::ChangePinWithPuk, "CNG_PIN_PUK"),
        (Self::ChangePinByRight, "CNG_PIN_AR"),
        (Self::ChangeCanByRight, "CNG_CAN_AR"),
        (Self::ChipSecurity, "CS"),
        (Self::Envelope, "ENV"),
        (Self::Compare, "CMP"),
        (Self::AuthorizationExtension, "AUTH_EXT"),
        (Self::Bac, "BAC"),
        (Self::CardSecurityNeedsTerminal, "CSTA"),
        (Self::PsaInfo, "PSAInfo"),
        (Self::CardInfo, "CardInfo"),
        (Self::PrivilegedTerminalInfo, "PrivTerInfo"),
        (Self::Dh, "DH"),
        (Self::Ecdh, "ECDH"),
        (Self::Ecdsa, "ECDSA"),
        (Self::Rsa, "RSA"),
        (Self::Ta1, "TA"),
        (Self::Ca1WithKeyAgreementTemplate, "CA_KAT"),
        (Self::Ca1WithGeneralAuthenticate, "CA_ATGA"),
        (Self::KeyReference, "KeyRef"),
        (Self::OddInstruction, "OddIns"),
        (Self::EfAtrInfo, "EFATR"),
        (Self::MasterFile, "MF"),
    ];
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::ALL.iter().find(|(profile, _)| profile == self);
        f.write_str(named.map_or("", |(_, name)| name))
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let named = Self::ALL.iter().find(|(_, name)| *name == word);
        named.map(|(profile, _)| *profile).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|(_, name)| *name).collect();
            format!(
                "no profile is called {word}; there are {}",
                known.join(", ")
            )
        })
    }
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}

/// One word of a case's profile line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// The card has it.
    Has(Profile),
    /// The card has it not.
    HasNot(Profile),
    /// The card has one of them.
    HasEither(Profile, Profile),
    /// The application that the line names has this data group; in part 3.2, the only application that there is.
    DataGroup(u8),
}

impl FromStr for Requirement {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        if let Some(number) = word.strip_prefix("DG") {
            let group = number
                .parse()
                .map_err(|_| format!("no data group: {word}"))?;
            return Ok(Self::DataGroup(group));
        }
        if let Some(profile) = word.strip_prefix("NOT ") {
            return profile.parse().map(Self::HasNot);
        }
        let either = word
            .strip_prefix('(')
            .and_then(|word| word.strip_suffix(')'));
        match either.and_then(|word| word.split_once(" or ")) {
            Some((one, other)) => Ok(Self::HasEither(one.parse()?, other.parse()?)),
            None => word.parse().map(Self::Has),
        }
    }
}
