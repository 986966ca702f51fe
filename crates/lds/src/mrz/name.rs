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

#[cfg(test)]
mod tests {
    use super::*;

    fn line(primary: &str, secondary: &str) -> String {
        MrzName::new(primary, secondary).unwrap().to_line().unwrap()
    }

    #[test]
    fn names_of_doc_9303_5_section_4_2_3_that_fit_are_written_in_full() {
        assert_eq!(
            line("PAPANDROPOULOUS", "JONATHON ALEC"),
            "PAPANDROPOULOUS<<JONATHON<ALEC"
        );
        assert_eq!(
            line("VAN DER MUELLEN", "MARTIN"),
            "VAN<DER<MUELLEN<<MARTIN<<<<<<<"
        );
        assert_eq!(
            line("AL-BASRI", "HUDA MUHAMMAD JAWAD"),
            "AL<BASRI<<HUDA<MUHAMMAD<JAWAD<"
        );
        assert_eq!(line("ARKFREITH", ""), "ARKFREITH<<<<<<<<<<<<<<<<<<<<<");
        assert_eq!(
            line("SATRIYA SUDARPA", ""),
            "SATRIYA<SUDARPA<<<<<<<<<<<<<<<"
        );
    }

    #[test]
    fn names_that_do_not_fit_are_cut_and_end_in_a_letter() {
        // As Doc 9303-5 section 4.2.3.4 shows it.
        assert_eq!(
            line("VILARCHAO FERNANDEZ", "JOSE RAMON"),
            "VILARCHAO<FERNANDEZ<<JOSE<RAMO"
        );
        // Its other examples are choices of the issuer; ours keeps the order and the beginning of every name it can.
        assert_eq!(
            line("NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG"),
            "NILAVADHANANANDA<<CHAYAPA<DEJT"
        );
        assert_eq!(
            line(
                "BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL",
                "DINGO POTOROO"
            ),
            "BENNELONG<WOOLOOMOOLOO<WARR<<D"
        );
        // The cut falls behind a component: the one before it gives a letter.
        assert_eq!(
            line("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AB CD"),
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ<<AB"
        );
        assert_eq!(
            line("ABCDEFGHIJKLMNOPQRSTUVWXY", "AB CD"),
            "ABCDEFGHIJKLMNOPQRSTUVWXY<<A<C"
        );
        assert_eq!(
            line("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "A CD"),
            "ABCDEFGHIJKLMNOPQRSTUVWXY<<A<C"
        );
        // The cut falls between the components of the primary identifier.
        assert_eq!(
            line("ABCDEFGHIJKLMNOPQRSTUVWXYZ AB", "CD"),
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ<<CD"
        );
        // A primary identifier alone.
        assert_eq!(line(&"A".repeat(40), ""), "A".repeat(30));
        assert_eq!(
            line(&["A".repeat(29).as_str(), "BC"].join(" "), ""),
            [&"A".repeat(28), "<B"].concat()
        );
    }

    #[test]
    fn a_name_that_reaches_the_last_column_must_be_taken_as_truncated() {
        assert!(MrzName::from_line("PAPANDROPOULOUS<<JONATHON<ALEC").is_possibly_truncated());
        assert!(!MrzName::from_line("ERIKSSON<<ANNA<MARIA<<<<<<<<<<").is_possibly_truncated());
    }

    #[test]
    fn punctuation_and_diacritics_follow_doc_9303_3() {
        assert_eq!(
            line("D'Artagnan", "Marie-Élise"),
            "DARTAGNAN<<MARIE<ELISE<<<<<<<<"
        );
        assert_eq!(
            line("Eriksson", "Anna, Maria"),
            "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
        );
        assert_eq!(line("Yumin’", "Walis"), "YUMIN<<WALIS<<<<<<<<<<<<<<<<<<");
        assert_eq!(line("Müller", "Jürg Åke"), "MUELLER<<JUERG<AAKE<<<<<<<<<<<");
        assert_eq!(line("Weiß", "Þóra Łucja"), "WEISS<<THORA<LUCJA<<<<<<<<<<<<");
        assert_eq!(
            line("ＷＡＮＧ", "Ｘｉａｏ－Ｍｉｎｇ"),
            "WANG<<XIAO<MING<<<<<<<<<<<<<<<"
        );
        assert_eq!(line("Kacaw·Iyang", ""), "KACAWIYANG<<<<<<<<<<<<<<<<<<<<");
        assert_eq!(
            line("Nguye\u{302}\u{303}n", ""),
            "NGUYEN<<<<<<<<<<<<<<<<<<<<<<<<"
        );
        for character in
            ('\u{C0}'..='\u{17E}').filter(|character| !matches!(character, '×' | '÷' | 'ĸ' | 'ŉ'))
        {
            assert!(
                MrzName::new(&String::from(character), "").is_ok(),
                "{character}"
            );
        }
    }

    #[test]
    fn what_has_no_transliteration_is_refused_with_its_place() {
        let error = MrzName::new("Wang", "Xiao明").unwrap_err();
        assert_eq!(
            error.to_string(),
            "MRZ secondary identifier: character 5 (U+660E) has no transliteration into A to Z"
        );
        assert!(
            MrzName::new("Wang 3", "").is_err(),
            "digits have no place in a name"
        );
        assert!(MrzName::new("", "Ming").is_err());
        assert!(MrzName::new("’", "Ming").is_err());
    }

    #[test]
    fn a_comma_parts_the_primary_from_the_secondary_identifier() {
        let name = MrzName::from_romanized("Wang, Xiao-Ming").unwrap();
        assert_eq!((name.primary(), name.secondary()), ("WANG", "XIAO MING"));
        let name = MrzName::from_romanized("Yumin Walis").unwrap();
        assert_eq!((name.primary(), name.secondary()), ("YUMIN WALIS", ""));
    }
}
