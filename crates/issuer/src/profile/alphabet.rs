//! Which characters a field may hold.

use unicode_segmentation::UnicodeSegmentation;

use super::problem::{Alphabet, Reason};

impl Alphabet {
    /// Whether the field may hold this character.
    fn allows(self, c: char) -> bool {
        match self {
            Self::Name => is_name_character(c),
            Self::Romanized => is_latin_letter(c) || matches!(c, ' ' | ',') || is_name_mark(c),
            // `lds` refuses what no text of the card may hold; nothing to add.
            Self::Text => true,
            Self::Capitals => c.is_ascii_uppercase() || c.is_ascii_digit(),
        }
    }

    /// Checks length and characters.
    pub(super) fn check(self, text: &str, limit: usize) -> Result<(), Reason> {
        let actual = text.graphemes(true).count();
        if actual > limit {
            return Err(Reason::TooLong { limit, actual });
        }
        let allowed = |(_, c): &(usize, char)| !self.allows(*c);
        match text.chars().enumerate().find(allowed) {
            Some((index, _)) => Err(Reason::Character {
                alphabet: self,
                position: index + 1,
            }),
            None => Ok(()),
        }
    }
}

/// Apostrophes, hyphens, full stop and the separators of indigenous names.
fn is_name_mark(c: char) -> bool {
    matches!(c, '-' | '.' | '\'' | '\u{2019}' | '\u{00B7}' | '\u{2010}')
}

fn is_latin_letter(c: char) -> bool {
    c.is_ascii_alphabetic()
        || (matches!(c, '\u{00C0}'..='\u{02AF}' | '\u{1E00}'..='\u{1EFF}') && c.is_alphabetic())
        // The modifier letters that stand for glottal stops, and combining accents.
        || matches!(c, '\u{02BB}' | '\u{02BC}' | '\u{0300}'..='\u{036F}')
}

/// Ideographs live in planes 0, 2 and 3, the registry's own additions in the private use areas
/// (plane 15). The planes are allowed whole, so that an ideograph newer than the compiler's
/// tables is not refused.
fn is_name_character(c: char) -> bool {
    let ideographic_plane = matches!(c, '\u{20000}'..='\u{2FFFD}' | '\u{30000}'..='\u{3FFFD}');
    let private_use = matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}');
    let variant = matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}');
    let separator = matches!(c, '\u{2027}' | '\u{30FB}');
    c.is_alphabetic()
        || ideographic_plane
        || private_use
        || variant
        || separator
        || matches!(c, '\u{0300}'..='\u{036F}')
        || is_name_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ideographs_of_every_plane_are_names() {
        for name in [
            "王小明",
            "𠮷田",
            "\u{30000}",
            "\u{F0000}某",
            "葛\u{E0100}",
            "谷辣斯·尤達卡",
        ] {
            assert_eq!(Alphabet::Name.check(name, 50), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_name_holds_no_space_digit_or_direction_mark() {
        for (name, position) in [
            ("王 小明", 2),
            ("王1", 2),
            ("\u{202E}王", 1),
            ("王\u{3000}明", 2),
            ("王\u{200B}", 2),
        ] {
            let refused = Reason::Character {
                alphabet: Alphabet::Name,
                position,
            };
            assert_eq!(Alphabet::Name.check(name, 50), Err(refused), "{name:?}");
        }
    }

    #[test]
    fn indigenous_romanization_is_allowed_and_full_width_is_not() {
        for name in [
            "Ka\u{2019}ata\u{00B7}Temu",
            "Ljegean, Tuʉru",
            "WANG, HSIAO-MING",
            "É\u{0301}",
        ] {
            assert_eq!(Alphabet::Romanized.check(name, 50), Ok(()), "{name}");
        }
        for name in ["ＷＡＮＧ", "王", "A_B", "A×B"] {
            assert!(Alphabet::Romanized.check(name, 50).is_err(), "{name}");
        }
    }

    #[test]
    fn length_is_counted_as_a_person_counts() {
        let fifty = "葛\u{E0100}".repeat(50);
        assert_eq!(Alphabet::Name.check(&fifty, 50), Ok(()));
        let refused = Reason::TooLong {
            limit: 50,
            actual: 51,
        };
        assert_eq!(Alphabet::Name.check(&(fifty + "王"), 50), Err(refused));
    }
}
