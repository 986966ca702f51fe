//! The name in the machine readable zone: primary and secondary identifier, transliterated, truncated if it must be.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use super::{LINE_LEN, transliteration::transliterate};
use crate::Error;

/// A name in capital letters A to Z, its components separated by single spaces.
///
/// ```
/// use lds::MrzName;
///
/// let name = MrzName::new("O'Connor", "Enya Siobhán")?;
/// assert_eq!((name.primary(), name.secondary()), ("OCONNOR", "ENYA SIOBHAN"));
/// assert_eq!(name.to_line()?, "OCONNOR<<ENYA<SIOBHAN<<<<<<<<<");
/// # Ok::<(), lds::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MrzName {
    primary: String,
    secondary: String,
    possibly_truncated: bool,
}

impl MrzName {
    /// Transliterates a romanised name (Doc 9303-3 sections 4.6 and 6.A): apostrophes and other punctuation are left
    /// out, hyphens and commas separate components, letters with diacritics become what table A recommends.
    ///
    /// # Errors
    /// A character that the table does not have (an ideograph, a digit), with its position; an empty primary identifier.
    pub fn new(primary: &str, secondary: &str) -> Result<Self, Error> {
        let name = Self {
            primary: transliterate("primary identifier", primary)?,
            secondary: transliterate("secondary identifier", secondary)?,
            possibly_truncated: false,
        };
        if name.primary.is_empty() {
            return Err(Error::MrzField {
                field: "primary identifier",
                reason: "must not be empty".into(),
            });
        }
        Ok(name)
    }

    /// The name in one string: what stands before the first comma is the primary identifier. Without a comma there is
    /// only a primary identifier (Doc 9303-5 section 4.2.2.3).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_romanized(name: &str) -> Result<Self, Error> {
        let (primary, secondary) = name.split_once([',', '，']).unwrap_or((name, ""));
        Self::new(primary, secondary)
    }

    pub(super) fn from_line(line: &str) -> Self {
        let (primary, secondary) = line.split_once("<<").unwrap_or((line, ""));
        let spaced = |identifier: &str| {
            let components: Vec<&str> = identifier
                .split('<')
                .filter(|component| !component.is_empty())
                .collect();
            components.join(" ")
        };
        Self {
            primary: spaced(primary),
            secondary: spaced(secondary),
            possibly_truncated: !line.ends_with('<'),
        }
    }

    /// The primary identifier.
    pub fn primary(&self) -> &str {
        &self.primary
    }

    /// The secondary identifier; empty if there is none.
    pub fn secondary(&self) -> &str {
        &self.secondary
    }

    /// Whether the line was read up to its last character: then the name must be taken as truncated (Doc 9303-5
    /// section 4.2.3.3).
    pub fn is_possibly_truncated(&self) -> bool {
        self.possibly_truncated
    }

    /// The 30 characters of the lower line.
    ///
    /// A name that does not fit is truncated as Doc 9303-5 sections 4.2.2.3 and 4.2.3 allow: the primary identifier
    /// gives way only as far as the first letter of the secondary one needs it, the rest is cut at the end, and the
    /// last character is a letter, which says that something may be missing.
    ///
    /// # Errors
    /// A name of single letters only that cannot end in a letter at the thirtieth place.
    pub fn to_line(&self) -> Result<String, Error> {
        let mut primary = self.primary.replace(' ', "<");
        let secondary = self.secondary.replace(' ', "<");
        if !secondary.is_empty() {
            // Two fillers and the first letter of the secondary identifier must fit.
            primary.truncate(LINE_LEN - 3);
            primary.truncate(primary.trim_end_matches('<').len());
            primary = format!("{primary}<<{secondary}");
        }
        let name = primary;
        if name.len() <= LINE_LEN {
            return Ok(format!("{name:<<LINE_LEN$}"));
        }
        let (kept, rest) = name.split_at_checked(LINE_LEN).unwrap_or((&name, ""));
        if !kept.ends_with('<') {
            return Ok(kept.to_string());
        }
        // The cut fell behind a component. Take one letter from the last component that has two, so that the first
        // letter of the next one moves up.
        let next = rest.trim_start_matches('<').chars().next();
        let shortened = components_from_the_end(kept)
            .find(|(from, to)| to - from > 1)
            .and_then(|(_, to)| Some([kept.get(..to - 1)?, kept.get(to..)?].concat()));
        match (shortened, next) {
            (Some(shortened), Some(next)) => Ok(format!("{shortened}{next}")),
            _ => Err(Error::MrzField {
                field: "name",
                reason: "cannot be truncated so that the line ends in a letter".into(),
            }),
        }
    }
}

/// Where the components of the name begin and end, the last one first.
fn components_from_the_end(name: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut end = name.len();
    core::iter::from_fn(move || {
        let rest = name.get(..end)?.trim_end_matches('<');
        let to = rest.len();
        let from = rest.rfind('<').map_or(0, |filler| filler + 1);
        end = from;
        (from < to).then_some((from, to))
    })
}

impl fmt::Debug for MrzName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MrzName(..)")
    }
}
