//! The sex as the card states it.

use crate::ValueError;

/// The sex, in the letters of TR-03110-4 (`ICAOSex`) and Doc 9303.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Male 男.
    Male,
    /// Female 女.
    Female,
    /// Not stated.
    Unspecified,
}

impl Sex {
    /// The text of the eID group: `M`, `F`, or nothing.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Male => "M",
            Self::Female => "F",
            Self::Unspecified => "",
        }
    }

    /// Reads the text of the eID group.
    ///
    /// # Errors
    /// Anything else.
    pub fn from_text(text: &str) -> Result<Self, ValueError> {
        match text {
            "M" => Ok(Self::Male),
            "F" => Ok(Self::Female),
            "" => Ok(Self::Unspecified),
            _ => Err(ValueError::Unknown("the sex is M, F or empty")),
        }
    }

    /// The character of the machine readable zone: `M`, `F` or `<`.
    pub const fn mrz(self) -> u8 {
        match self {
            Self::Male => b'M',
            Self::Female => b'F',
            Self::Unspecified => b'<',
        }
    }

    /// For display in Chinese.
    pub const fn label_zh(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
            Self::Unspecified => "未載明",
        }
    }

    /// For display in English.
    pub const fn label_en(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
            Self::Unspecified => "not stated",
        }
    }
}
