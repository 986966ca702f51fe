//! Values that only the eID groups have.

use alloc::{format, string::String};
use core::fmt;

use crate::{Address, Text, ValueError};

/// 結婚狀態, in the words that the card prints: 有 (has a spouse) or 無.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarriageStatus {
    /// 有: married.
    Married,
    /// 無: not married.
    Unmarried,
}

impl MarriageStatus {
    /// The text of the field.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Married => "有",
            Self::Unmarried => "無",
        }
    }

    /// Reads the text of the field.
    ///
    /// # Errors
    /// Anything else.
    pub fn from_text(text: &str) -> Result<Self, ValueError> {
        match text {
            "有" => Ok(Self::Married),
            "無" => Ok(Self::Unmarried),
            _ => Err(ValueError::Unknown(
                "the marriage status is 有, 無 or empty",
            )),
        }
    }

    /// For display in English.
    pub const fn label_en(self) -> &'static str {
        match self {
            Self::Married => "yes",
            Self::Unmarried => "no",
        }
    }
}

/// 戶籍地區: the part of the address that may be read freely.
///
/// The group holds the area to the village, the neighbourhood, and both together; the third is always the first two in
/// a row, and a group in which it is not is refused.
#[derive(Clone, PartialEq, Eq)]
pub struct HouseholdArea {
    village: Address,
    neighbourhood: Option<Text>,
}

impl HouseholdArea {
    /// An area to the village (村里), for example 臺北市中正區黎明里, and the neighbourhood (鄰), if any.
    ///
    /// # Errors
    /// If both together are too long for an address.
    pub fn new(village: Address, neighbourhood: Option<Text>) -> Result<Self, ValueError> {
        let area = Self {
            village,
            neighbourhood,
        };
        Address::new(area.full())?;
        Ok(area)
    }

    /// To the village.
    pub fn village(&self) -> &Address {
        &self.village
    }

    /// The neighbourhood.
    pub fn neighbourhood(&self) -> Option<&Text> {
        self.neighbourhood.as_ref()
    }

    /// Both together.
    pub fn full(&self) -> String {
        match &self.neighbourhood {
            Some(neighbourhood) => format!("{}{neighbourhood}", self.village),
            None => self.village.as_str().into(),
        }
    }
}

impl fmt::Debug for HouseholdArea {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HouseholdArea(..)")
    }
}
