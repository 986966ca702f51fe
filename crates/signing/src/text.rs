//! Texts in what a person signs: what is shown must be what was signed.

use crate::Error;
use crate::signed_data::field;

/// Whether a text has 1 to `most` characters, none of which steers the screen: no control characters and none that changes the direction of
/// writing, behind which other words could hide.
pub(crate) fn check(
    what: &'static str,
    name: &'static str,
    text: &str,
    most: usize,
) -> Result<(), Error> {
    let steers = |it: char| {
        it.is_control()
            || matches!(it, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let fits = (1..=most).contains(&text.chars().count());
    let visible = text.chars().any(|it| !it.is_whitespace());
    if fits && visible && !text.chars().any(steers) {
        Ok(())
    } else {
        Err(field(what, name))
    }
}

/// Whether a text is 1 to `most` characters that an identifier or code may have: letters and digits of ASCII, and `. _ - : /`.
pub(crate) fn check_code(
    what: &'static str,
    name: &'static str,
    text: &str,
    most: usize,
) -> Result<(), Error> {
    let allowed = |it: char| it.is_ascii_alphanumeric() || "._-:/".contains(it);
    if (1..=most).contains(&text.len()) && text.chars().all(allowed) {
        Ok(())
    } else {
        Err(field(what, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_the_screen_is_refused() {
        assert!(check("t", "f", "登入 e-service", 20).is_ok());
        for wrong in [
            "",
            " ",
            "a\nb",
            "a\u{1b}[2J",
            "a\u{202e}b",
            "\u{2066}a",
            "a\u{200b}",
            "a\u{feff}",
        ] {
            assert!(check("t", "f", wrong, 20).is_err(), "{wrong:?}");
        }
        assert!(check("t", "f", &"部".repeat(20), 20).is_ok());
        assert!(check("t", "f", &"部".repeat(21), 20).is_err());
    }

    #[test]
    fn codes_are_ascii() {
        assert!(check_code("t", "f", "A-1.2_3:4/5", 20).is_ok());
        for wrong in ["", "a b", "戶籍", "aaaaa"] {
            assert!(check_code("t", "f", wrong, 4).is_err(), "{wrong:?}");
        }
    }
}
