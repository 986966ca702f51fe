//! From a romanised name to the letters A to Z. Doc 9303-3 8th edition sections 4.6 and 6.A.

use alloc::{format, string::String};

use crate::Error;

/// Components in capital letters, separated by single spaces.
pub(super) fn transliterate(field: &'static str, name: &str) -> Result<String, Error> {
    let mut out = String::new();
    let mut separate = false;
    for (index, original) in name.chars().enumerate() {
        for character in fold_width(original).to_uppercase() {
            // Hyphens and commas separate components, as spaces of either width do.
            if matches!(
                character,
                ' ' | '\u{3000}' | '-' | '\u{2010}' | '\u{2011}' | ','
            ) {
                separate = !out.is_empty();
                continue;
            }
            if is_left_out(character) {
                continue;
            }
            if core::mem::take(&mut separate) {
                out.push(' ');
            }
            if character.is_ascii_uppercase() {
                out.push(character);
            } else if let Some(letters) = table_a(character) {
                out.push_str(letters);
            } else {
                let reason = format!(
                    "character {} (U+{:04X}) has no transliteration into A to Z",
                    index + 1,
                    u32::from(original)
                );
                return Err(Error::MrzField { field, reason });
            }
        }
    }
    Ok(out)
}

/// Full-width forms (the registry writes romanised names with them) to ASCII.
fn fold_width(character: char) -> char {
    match character {
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character)
        }
        _ => character,
    }
}

/// Apostrophes and all other punctuation disappear without a filler; so do diacritics written as characters of their
/// own, whose base letter stands before them.
fn is_left_out(character: char) -> bool {
    character.is_ascii_punctuation()
        || matches!(
            character,
            '\u{00B4}' | '\u{00B7}' | '\u{02B9}'..='\u{02BF}' | '\u{0300}'..='\u{036F}' | '\u{2018}'..='\u{201F}'
                | '\u{2027}' | '\u{30FB}' | '\u{FF65}'
        )
}

/// Table A, one recommendation for each letter. Where it offers several, the one that keeps most of the sound: AE, AA,
/// OE, UE, and N for Ñ.
fn table_a(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{00C0}'..='\u{00C3}' | 'Ā' | 'Ă' | 'Ą' => "A",
        'Ä' | 'Æ' => "AE",
        'Å' => "AA",
        'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => "C",
        'Ð' | 'Ď' | 'Đ' => "D",
        '\u{00C8}'..='\u{00CB}' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' => "E",
        'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' => "G",
        'Ĥ' | 'Ħ' => "H",
        '\u{00CC}'..='\u{00CF}' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' => "I",
        'Ĳ' => "IJ",
        'Ĵ' => "J",
        'Ķ' => "K",
        'Ĺ' | 'Ļ' | 'Ľ' | 'Ŀ' | 'Ł' => "L",
        'Ñ' | 'Ń' | 'Ņ' | 'Ň' | 'Ŋ' => "N",
        '\u{00D2}'..='\u{00D5}' | 'Ō' | 'Ŏ' | 'Ő' => "O",
        'Ö' | 'Ø' | 'Œ' => "OE",
        'Ŕ' | 'Ŗ' | 'Ř' => "R",
        'Ś' | 'Ŝ' | 'Ş' | 'Š' => "S",
        'ẞ' => "SS",
        'Ţ' | 'Ť' | 'Ŧ' => "T",
        'Þ' => "TH",
        '\u{00D9}'..='\u{00DB}' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' => "U",
        'Ü' => "UE",
        'Ŵ' => "W",
        'Ý' | 'Ŷ' | 'Ÿ' => "Y",
        'Ź' | 'Ż' | 'Ž' => "Z",
        _ => return None,
    })
}
