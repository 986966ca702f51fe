//! The parts of TR-03105 that are carried out.

use core::fmt;

/// A part of TR-03105.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Part 3.2, version 1.5.1: the ePassport application with Extended Access Control version 1.
    Eac1,
    /// Part 3.3, version 1.1: chips with Extended Access Control version 2.
    Eac2,
}

impl Part {
    /// Every part, in the order of their numbers.
    pub const ALL: [Self; 2] = [Self::Eac1, Self::Eac2];

    /// The number of the part: `3.2`.
    #[must_use]
    pub const fn number(self) -> &'static str {
        match self {
            Self::Eac1 => "3.2",
            Self::Eac2 => "3.3",
        }
    }

    /// The list of its identifiers.
    pub(crate) const fn identifiers(self) -> &'static str {
        match self {
            Self::Eac1 => include_str!("../data/tr-03105-3.2.txt"),
            Self::Eac2 => include_str!("../data/tr-03105-3.3.txt"),
        }
    }
}

/// As the document is called: `TR-03105-3.2`.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TR-03105-{}", self.number())
    }
}
