//! Names, addresses and other texts of the holder: checked once, then passed around as types.
//!
//! The registry allows up to 50 characters. A character is what a person sees as one, a grapheme cluster: ideographs
//! outside the basic plane and ideographs with a variation selector count once. Nothing is ever truncated, normalised
//! or replaced.

use alloc::{string::String, vec::Vec};
use core::fmt;

use unicode_segmentation::UnicodeSegmentation;

use crate::ValueError;

/// Characters of a name, at most.
pub const MAX_NAME_LEN: usize = 50;
/// Characters of an address or another text, at most.
pub const MAX_TEXT_LEN: usize = 200;
/// Scalar values that one visible character may be made of on average; keeps a "character" of a thousand accents out.
const MAX_SCALARS_PER_CHARACTER: usize = 4;

/// Where spaces may stand.
#[derive(Clone, Copy)]
enum Spaces {
    No,
    BetweenWords,
}

fn check(text: &str, limit: usize, spaces: Spaces) -> Result<(), ValueError> {
    if text.is_empty() {
        return Err(ValueError::Empty);
    }
    let found = text.graphemes(true).count();
    if found > limit {
        return Err(ValueError::TooLong { found, limit });
    }
    let scalars = text.chars().count();
    if scalars > limit * MAX_SCALARS_PER_CHARACTER {
        return Err(ValueError::TooLong {
            found: scalars,
            limit: limit * MAX_SCALARS_PER_CHARACTER,
        });
    }
    let last = scalars - 1;
    let mut after_space = true;
    for (index, character) in text.chars().enumerate() {
        let refuse = |reason| {
            Err(ValueError::Character {
                position: index + 1,
                character: u32::from(character),
                reason,
            })
        };
        let is_space = matches!(character, ' ' | '\u{3000}');
        match (is_space, spaces) {
            (true, Spaces::No) => return refuse("spaces are not allowed here"),
            (true, Spaces::BetweenWords) if after_space || index == last => {
                return refuse("a space stands alone between two words");
            }
            _ => {}
        }
        after_space = is_space;
        if let Some(reason) = forbidden(character) {
            return refuse(reason);
        }
    }
    Ok(())
}

/// Characters that no text of the card may hold. Everything else is the registry's business, the private-use planes
/// with their rare ideographs included.
fn forbidden(character: char) -> Option<&'static str> {
    let scalar = u32::from(character);
    if character.is_control() {
        Some("control character")
    } else if character.is_whitespace() && !matches!(character, ' ' | '\u{3000}') {
        Some("only ordinary and ideographic spaces are allowed")
    } else if scalar & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&scalar) {
        Some("not a character")
    } else {
        match character {
            '\u{FFFD}' => Some("a replacement character: the text was damaged before"),
            // They change how neighbouring text is shown without being visible.
            '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' => Some("invisible formatting character"),
            '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}' => {
                Some("invisible formatting character")
            }
            _ => None,
        }
    }
}

macro_rules! text_types {
    ($($(#[$doc:meta])* $name:ident, $limit:expr, $spaces:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks the text.
            ///
            /// # Errors
            /// An empty or too long text, or a character that it cannot hold, with its position.
            pub fn new(text: impl Into<String>) -> Result<Self, ValueError> {
                let text = text.into();
                check(&text, $limit, $spaces)?;
                Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// How many characters a person sees.
            pub fn character_count(&self) -> usize {
                self.0.graphemes(true).count()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl core::str::FromStr for $name {
            type Err = ValueError;

            fn from_str(text: &str) -> Result<Self, ValueError> {
                Self::new(text)
            }
        }
    )*};
}

text_types! {
    /// A name as the registry writes it: 1 to 50 characters, no spaces. Ideographs of any plane, U+2019 (the Atayal
    /// glottal stop) and separators such as U+00B7 are ordinary characters.
    ///
    /// ```
    /// use lds::Name;
    /// assert_eq!(Name::new("𠮷田·Yumin’")?.character_count(), 9);
    /// assert!(Name::new("王 小明").is_err());
    /// # Ok::<(), lds::ValueError>(())
    /// ```
    Name, MAX_NAME_LEN, Spaces::No;

    /// A romanised or foreign name: 1 to 50 characters, single spaces between words.
    RomanizedName, MAX_NAME_LEN, Spaces::BetweenWords;

    /// An address, whole or in part, as one line.
    Address, MAX_TEXT_LEN, Spaces::BetweenWords;

    /// Any other short text: the label of a parent's field, a military service, a place.
    Text, MAX_TEXT_LEN, Spaces::BetweenWords;
}

/// 證件號碼, the number of the document: 1 to 22 capital letters and digits, as many as fit into a TD1 machine readable
/// zone (Doc 9303-5 section 4.2.2.3 note j).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DocumentNumber(String);

impl DocumentNumber {
    /// Characters that fit.
    pub const MAX_LEN: usize = 22;

    /// Checks the number.
    ///
    /// # Errors
    /// An empty or too long number, or another character.
    pub fn new(text: impl Into<String>) -> Result<Self, ValueError> {
        let text = text.into();
        if text.is_empty() {
            return Err(ValueError::Empty);
        }
        for (index, character) in text.chars().enumerate() {
            if !character.is_ascii_uppercase() && !character.is_ascii_digit() {
                return Err(ValueError::Character {
                    position: index + 1,
                    character: u32::from(character),
                    reason: "a document number has capital letters and digits only",
                });
            }
        }
        if text.len() > Self::MAX_LEN {
            return Err(ValueError::TooLong {
                found: text.len(),
                limit: Self::MAX_LEN,
            });
        }
        Ok(Self(text))
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DocumentNumber(..)")
    }
}

/// The last six digits of the card number 卡片序號, which are the access code (CAN) of the card.
#[derive(Clone, PartialEq, Eq)]
pub struct CardNumberDigits([u8; 6]);

impl CardNumberDigits {
    /// Checks the digits.
    ///
    /// # Errors
    /// Anything but six digits.
    pub fn new(text: &str) -> Result<Self, ValueError> {
        let found = text.chars().count();
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
        match digits.try_into() {
            Ok(digits) if found == 6 => Ok(Self(digits)),
            _ => Err(ValueError::Length { found, expected: 6 }),
        }
    }

    /// The digits in ASCII.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for CardNumberDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardNumberDigits(..)")
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn reason(result: Result<Name, ValueError>) -> (usize, &'static str) {
        match result {
            Err(ValueError::Character {
                position, reason, ..
            }) => (position, reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_have_1_to_50_characters_as_a_person_counts_them() {
        for character in ["王", "𠮷", "\u{F0000}", "葛\u{E0100}", "é", "e\u{301}"] {
            assert!(Name::new(character.repeat(50)).is_ok(), "{character}");
            assert_eq!(
                Name::new(character.repeat(50)).unwrap().character_count(),
                50
            );
            assert_eq!(
                Name::new(character.repeat(51)),
                Err(ValueError::TooLong {
                    found: 51,
                    limit: 50
                })
            );
            assert!(Name::new(character).is_ok());
        }
        assert_eq!(Name::new(""), Err(ValueError::Empty));
    }

    #[test]
    fn indigenous_names_keep_their_marks() {
        for name in ["夏曼·藍波安", "Yumin’Walis", "Lin’ciang", "'Atolan"] {
            assert_eq!(Name::new(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn names_have_no_spaces_and_romanised_names_single_ones() {
        assert_eq!(
            reason(Name::new("王 小明")),
            (2, "spaces are not allowed here")
        );
        assert_eq!(
            reason(Name::new("王\u{3000}小明")),
            (2, "spaces are not allowed here")
        );
        assert!(RomanizedName::new("Wang Xiao Ming").is_ok());
        for bad in [" Wang", "Wang ", "Wang  Ming", " "] {
            assert!(RomanizedName::new(bad).is_err(), "{bad:?}");
        }
        assert!(RomanizedName::new("Wang\u{A0}Ming").is_err());
        assert!(
            RomanizedName::new("W".repeat(50)).is_ok()
                && RomanizedName::new("W".repeat(51)).is_err()
        );
    }

    #[test]
    fn invisible_and_damaged_characters_are_refused_with_their_place() {
        for bad in [
            "\n",
            "\0",
            "\u{7F}",
            "\u{85}",
            "\u{200B}",
            "\u{202E}",
            "\u{2066}",
            "\u{FEFF}",
            "\u{FFFD}",
            "\u{FFFF}",
            "\u{1FFFE}",
        ] {
            assert_eq!(reason(Name::new(format!("王{bad}明"))).0, 2, "{bad:?}");
            assert!(Address::new(format!("王{bad}明")).is_err());
        }
    }

    #[test]
    fn a_heap_of_accents_is_not_one_character() {
        assert!(Name::new(format!("e{}", "\u{301}".repeat(300))).is_err());
        assert!(Name::new(format!("e{}", "\u{301}".repeat(3))).is_ok());
    }

    #[test]
    fn document_numbers_are_capitals_and_digits_that_fit_the_mrz() {
        assert!(DocumentNumber::new("AB123456789").is_ok());
        assert!(DocumentNumber::new("9".repeat(22)).is_ok());
        for bad in ["", "ab1", "AB 1", "AB-1", "一"] {
            assert!(DocumentNumber::new(bad).is_err(), "{bad}");
        }
        assert!(DocumentNumber::new("9".repeat(23)).is_err());
    }

    #[test]
    fn the_end_of_the_card_number_is_six_digits() {
        assert_eq!(CardNumberDigits::new("012345").unwrap().as_str(), "012345");
        for bad in ["12345", "1234567", "12345a", "１23456", "123456 "] {
            assert!(CardNumberDigits::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_output_says_nothing() {
        let shown = format!(
            "{:?} {:?}",
            Name::new("王小明").unwrap(),
            CardNumberDigits::new("123456").unwrap()
        );
        assert_eq!(shown, "Name(..) CardNumberDigits(..)");
    }
}
