//! 統一編號, the national identification number, and the resident numbers of the same shape.
//!
//! One letter (place of first registration), nine digits; the first digit is the sex, the last one the check digit.
//! Shape and checksum are public: the Ministry of the Interior's rules of 2020 for the new resident number
//! (新式外來人口統一證號), in force since 2021-01-02, give numbers of residents the shape of citizens' numbers. The older
//! form with two letters stays valid until 2031-01-01.

use alloc::string::String;
use core::{fmt, str::FromStr};

use crate::{Date, Sex, ValueError};

/// A checked 統一編號.
///
/// ```
/// use lds::{NationalId, NationalIdKind, Sex, ValueError};
///
/// let id: NationalId = "A123456789".parse()?;
/// assert_eq!((id.kind(), id.sex()), (NationalIdKind::Citizen, Sex::Male));
/// assert_eq!("A123456788".parse::<NationalId>(), Err(ValueError::CheckDigit));
/// # Ok::<(), ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NationalId {
    characters: [u8; 10],
    kind: NationalIdKind,
}

/// Whose number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NationalIdKind {
    /// A citizen: first digit 1 or 2.
    Citizen,
    /// A resident, form of 2021: first digit 8 or 9.
    Resident,
    /// A resident, the older form with two letters.
    ResidentOldForm,
}

/// The first day on which the older resident numbers are no longer valid.
pub const OLD_FORM_INVALID_FROM: Date = match Date::new(2031, 1, 1) {
    Ok(date) => date,
    Err(_) => unreachable!(),
};

impl NationalId {
    /// Checks shape and checksum.
    ///
    /// # Errors
    /// The wrong length, the first character that does not fit, or [`ValueError::CheckDigit`].
    pub fn new(text: &str) -> Result<Self, ValueError> {
        let found = text.chars().count();
        if found != 10 {
            return Err(ValueError::Length {
                found,
                expected: 10,
            });
        }
        for (index, character) in text.chars().enumerate() {
            let reason = match index {
                0 if !character.is_ascii_uppercase() => "the first character is a capital letter",
                1 if !matches!(character, '1' | '2' | '8' | '9' | 'A'..='D') => {
                    "the second character is 1, 2, 8, 9 or, in the older form, A to D"
                }
                2.. if !character.is_ascii_digit() => "the characters from the third on are digits",
                _ => continue,
            };
            return Err(ValueError::Character {
                position: index + 1,
                character: u32::from(character),
                reason,
            });
        }
        // Only ASCII is left, so there are ten bytes.
        let characters: [u8; 10] = text.as_bytes().try_into().map_err(|_| ValueError::Length {
            found,
            expected: 10,
        })?;
        let [letter, second, ..] = characters;
        let kind = match second {
            b'1' | b'2' => NationalIdKind::Citizen,
            b'8' | b'9' => NationalIdKind::Resident,
            _ => NationalIdKind::ResidentOldForm,
        };
        let second = if second.is_ascii_digit() {
            second - b'0'
        } else {
            letter_value(second) % 10
        };
        let first = letter_value(letter);
        let mut sum = u32::from(first / 10) + 9 * u32::from(first % 10) + 8 * u32::from(second);
        for (digit, weight) in characters.iter().skip(2).zip([7, 6, 5, 4, 3, 2, 1, 1]) {
            sum += u32::from(digit - b'0') * weight;
        }
        if sum.is_multiple_of(10) {
            Ok(Self { characters, kind })
        } else {
            Err(ValueError::CheckDigit)
        }
    }

    /// The ten characters.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.characters).unwrap_or_default()
    }

    /// Whose number it is.
    pub const fn kind(&self) -> NationalIdKind {
        self.kind
    }

    /// The sex that the number states.
    pub const fn sex(&self) -> Sex {
        match self.characters {
            // In the older form A and C are men, B and D women.
            [_, b'1' | b'8' | b'A' | b'C', ..] => Sex::Male,
            _ => Sex::Female,
        }
    }

    /// Whether a number of this form may still be used on that day.
    pub fn is_valid_on(&self, day: Date) -> bool {
        self.kind != NationalIdKind::ResidentOldForm || day < OLD_FORM_INVALID_FROM
    }

    /// The last four characters, as the natural-person certificate carries them.
    pub fn last_four(&self) -> &str {
        self.as_str().get(6..).unwrap_or_default()
    }
}

/// The two-digit value of a letter: A 10 to H 17, then in the order in which the places got their letters.
fn letter_value(letter: u8) -> u8 {
    const ORDER: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let position = ORDER
        .iter()
        .position(|known| *known == letter)
        .unwrap_or_default();
    10 + position as u8
}

impl FromStr for NationalId {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::new(text)
    }
}

impl From<NationalId> for String {
    fn from(id: NationalId) -> Self {
        id.as_str().into()
    }
}

impl fmt::Display for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NationalId(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_are_accepted_and_their_neighbours_refused() {
        for (number, kind, sex) in [
            ("A123456789", NationalIdKind::Citizen, Sex::Male),
            ("A234567893", NationalIdKind::Citizen, Sex::Female),
            ("A800000014", NationalIdKind::Resident, Sex::Male),
            ("F900000128", NationalIdKind::Resident, Sex::Female),
        ] {
            let id = NationalId::new(number).unwrap();
            assert_eq!((id.as_str(), id.kind(), id.sex()), (number, kind, sex));
        }
        for number in ["A123456788", "A234567890"] {
            assert_eq!(NationalId::new(number), Err(ValueError::CheckDigit));
        }
    }

    #[test]
    fn letters_have_the_values_of_the_table() {
        let table = "A10 B11 C12 D13 E14 F15 G16 H17 I34 J18 K19 L20 M21 N22 O35 P23 Q24 R25 S26 T27 U28 V29 W32 X30 \
                     Y31 Z33";
        for entry in table.split_whitespace() {
            let (letter, value) = entry.split_at(1);
            assert_eq!(
                letter_value(letter.as_bytes()[0]),
                value.parse::<u8>().unwrap(),
                "{letter}"
            );
        }
    }

    #[test]
    fn exactly_one_check_digit_fits() {
        for start in [
            "A12345678",
            "Z98765432",
            "I10000000",
            "O29999999",
            "AC0000000",
            "WD1234567",
        ] {
            let valid = (0..10)
                .filter(|digit| NationalId::new(&alloc::format!("{start}{digit}")).is_ok())
                .count();
            assert_eq!(valid, 1, "{start}");
        }
    }

    #[test]
    fn the_older_resident_form_ends_with_2030() {
        // A 1, 0; C (12) counts as 2: 1 + 16 = 17, and 3 makes 20.
        let old = NationalId::new("AC00000003").unwrap();
        assert_eq!(
            (old.kind(), old.sex()),
            (NationalIdKind::ResidentOldForm, Sex::Male)
        );
        assert_eq!(NationalId::new("AC00000004"), Err(ValueError::CheckDigit));
        assert!(old.is_valid_on(Date::new(2030, 12, 31).unwrap()));
        assert!(!old.is_valid_on(Date::new(2031, 1, 1).unwrap()));
        assert!(
            NationalId::new("A800000014")
                .unwrap()
                .is_valid_on(Date::new(2031, 1, 1).unwrap())
        );
    }

    #[test]
    fn an_error_names_the_first_wrong_place() {
        let position = |text| match NationalId::new(text) {
            Err(ValueError::Character { position, .. }) => position,
            other => panic!("{other:?}"),
        };
        assert_eq!(position("a123456789"), 1);
        assert_eq!(position("1123456789"), 1);
        assert_eq!(position("A323456789"), 2);
        assert_eq!(position("AE23456789"), 2);
        assert_eq!(position("A12345678X"), 10);
        assert_eq!(position("A1２3456789"), 3);
        assert_eq!(
            NationalId::new("A12345678"),
            Err(ValueError::Length {
                found: 9,
                expected: 10
            })
        );
        assert_eq!(
            NationalId::new(""),
            Err(ValueError::Length {
                found: 0,
                expected: 10
            })
        );
    }

    #[test]
    fn debug_output_says_nothing() {
        assert_eq!(
            alloc::format!("{:?}", NationalId::new("A123456789").unwrap()),
            "NationalId(..)"
        );
    }
}
