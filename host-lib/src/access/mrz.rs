//! The three fields of a machine-readable zone that open a document.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::{InputError, InputKind, InputProblem};

const DOCUMENT_NUMBER: &str = "document number";
const BIRTH: &str = "date of birth";
const EXPIRY: &str = "date of expiry";

/// Document number, date of birth and date of expiry: what PACE takes from the machine-readable
/// zone (ICAO Doc 9303-11, section 9.7.2).
///
/// Personal data: wiped when dropped, never printed.
///
/// ```
/// use host_lib::MrzKey;
///
/// // ICAO Doc 9303-5, appendix: the specimen of Utopia.
/// let key = MrzKey::from_zone(
///     "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
/// )?;
/// assert!(MrzKey::new("D23145890", "740812", "120415")? == key);
/// # Ok::<(), host_lib::InputError>(())
/// ```
#[derive(Clone, ZeroizeOnDrop)]
pub struct MrzKey {
    document_number: String,
    birth: String,
    expiry: String,
}

impl MrzKey {
    /// From the three fields; dates as YYMMDD. Fillers (`<`) at the end of the document number
    /// are dropped, lower-case letters taken as upper-case ones.
    ///
    /// # Errors
    /// [`InputError`] naming the field.
    pub fn new(document_number: &str, birth: &str, expiry: &str) -> Result<Self, InputError> {
        // Wiped also on the way out by an error.
        let number = Zeroizing::new(document_number.trim().to_ascii_uppercase());
        let number = number.trim_end_matches('<');
        if number.is_empty() || number.chars().count() > 22 {
            return fail(InputProblem::FieldLength {
                field: DOCUMENT_NUMBER,
            });
        }
        if let Some(at) = number
            .chars()
            .position(|c| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '<'))
        {
            return fail(InputProblem::NotAllowed {
                field: DOCUMENT_NUMBER,
                position: at + 1,
            });
        }
        check_date(birth, BIRTH, true)?;
        check_date(expiry, EXPIRY, false)?;
        Ok(Self {
            document_number: number.to_owned(),
            birth: birth.to_owned(),
            expiry: expiry.to_owned(),
        })
    }

    /// From the whole zone: TD1 (three lines of 30), TD2 (two of 36) or TD3 (two of 44), lines
    /// separated by line ends or not at all. Each check digit of the three fields is checked.
    ///
    /// # Errors
    /// [`InputError`] naming the field.
    pub fn from_zone(zone: &str) -> Result<Self, InputError> {
        let zone: Zeroizing<String> =
            Zeroizing::new(zone.chars().filter(|c| !c.is_whitespace()).collect());
        if !zone.is_ascii() {
            return fail(InputProblem::UnknownLayout);
        }
        match zone.len() {
            90 => Self::from_td1(&zone),
            72 => Self::from_second_line(&zone, 36),
            88 => Self::from_second_line(&zone, 44),
            _ => fail(InputProblem::UnknownLayout),
        }
    }

    /// TD2 and TD3 differ in the length of a line only (ICAO Doc 9303-6 and -4).
    fn from_second_line(zone: &str, line: usize) -> Result<Self, InputError> {
        let number = checked(zone, line, 9, DOCUMENT_NUMBER)?;
        let birth = checked(zone, line + 13, 6, BIRTH)?;
        let expiry = checked(zone, line + 21, 6, EXPIRY)?;
        Self::new(number, birth, expiry)
    }

    /// TD1: a number longer than nine characters runs on into the optional data, its check digit
    /// last (ICAO Doc 9303-5, section 4.2.2.1 note j).
    fn from_td1(zone: &str) -> Result<Self, InputError> {
        let birth = checked(zone, 30, 6, BIRTH)?;
        let expiry = checked(zone, 38, 6, EXPIRY)?;
        if zone.get(14..15) != Some("<") {
            return Self::new(checked(zone, 5, 9, DOCUMENT_NUMBER)?, birth, expiry);
        }
        let rest = zone.get(15..30).unwrap_or_default();
        let rest = rest.split('<').next().unwrap_or_default();
        let Some((tail, check)) = rest
            .len()
            .checked_sub(1)
            .and_then(|at| rest.split_at_checked(at))
        else {
            return fail(InputProblem::FieldLength {
                field: DOCUMENT_NUMBER,
            });
        };
        let mut number = Zeroizing::new(String::with_capacity(22));
        number.push_str(zone.get(5..14).unwrap_or_default());
        number.push_str(tail);
        if !check_digit_matches(&number, check) {
            return fail(InputProblem::CheckDigit {
                field: DOCUMENT_NUMBER,
            });
        }
        Self::new(&number, birth, expiry)
    }

    pub(crate) fn document_number(&self) -> &str {
        &self.document_number
    }

    pub(crate) fn birth(&self) -> &str {
        &self.birth
    }

    pub(crate) fn expiry(&self) -> &str {
        &self.expiry
    }
}

impl PartialEq for MrzKey {
    fn eq(&self, other: &Self) -> bool {
        self.document_number == other.document_number
            && self.birth == other.birth
            && self.expiry == other.expiry
    }
}

impl Eq for MrzKey {}

impl Zeroize for MrzKey {
    fn zeroize(&mut self) {
        self.document_number.zeroize();
        self.birth.zeroize();
        self.expiry.zeroize();
    }
}

impl fmt::Debug for MrzKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MrzKey(..)")
    }
}

fn fail<T>(problem: InputProblem) -> Result<T, InputError> {
    Err(InputError {
        kind: InputKind::Mrz,
        problem,
    })
}

/// The field at `start`, if the check digit behind it matches.
fn checked<'a>(
    zone: &'a str,
    start: usize,
    length: usize,
    field: &'static str,
) -> Result<&'a str, InputError> {
    let end = start + length;
    match (zone.get(start..end), zone.get(end..end + 1)) {
        (Some(value), Some(check)) if check_digit_matches(value, check) => Ok(value),
        _ => fail(InputProblem::CheckDigit { field }),
    }
}

/// ICAO Doc 9303-3, section 4.9.
fn check_digit_matches(value: &str, check: &str) -> bool {
    let mut check = check.chars();
    let digit = lds::mrz::check_digit(value);
    digit.is_some() && digit == check.next() && check.next().is_none()
}

/// YYMMDD. A birth date may be partly unknown: fillers instead of digits.
fn check_date(text: &str, field: &'static str, may_be_unknown: bool) -> Result<(), InputError> {
    let whole = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    let part = |range| {
        text.get(range)
            .and_then(|part: &str| part.parse::<u8>().ok())
    };
    let exists = |month: Option<u8>, day: Option<u8>| {
        month.is_some_and(|m| (1..=12).contains(&m)) && day.is_some_and(|d| (1..=31).contains(&d))
    };
    let unknown = may_be_unknown
        && text.len() == 6
        && text.contains('<')
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'<');
    if (whole && exists(part(2..4), part(4..6))) || unknown {
        return Ok(());
    }
    fail(InputProblem::NotADate { field })
}

#[cfg(test)]
mod tests {
    use super::*;

    // ICAO Doc 9303-5, -6 and -4: the specimens of Utopia.
    const TD1: &str = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<";
    const TD1_LONG: &str = "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<";
    const TD2: &str = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6";
    const TD3: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10";

    #[test]
    fn the_published_zones_give_their_fields() {
        for (zone, number, birth, expiry) in [
            (TD1, "D23145890", "740812", "120415"),
            (TD1_LONG, "D23145890734", "340712", "950712"),
            (TD2, "D23145890", "740812", "120415"),
            (TD3, "L898902C3", "740812", "120415"),
        ] {
            let key = MrzKey::from_zone(zone).unwrap();
            assert_eq!(
                (key.document_number(), key.birth(), key.expiry()),
                (number, birth, expiry)
            );
        }
    }

    #[test]
    fn one_wrong_character_is_found_and_its_field_named() {
        for (from, to, field) in [
            ("D231458907", "D231458917", DOCUMENT_NUMBER),
            ("7408122", "7408132", BIRTH),
            ("1204159", "1205159", EXPIRY),
        ] {
            let zone = TD1.replace(from, to);
            assert_eq!(
                MrzKey::from_zone(&zone).unwrap_err().problem,
                InputProblem::CheckDigit { field }
            );
        }
        assert_eq!(
            MrzKey::from_zone("I<UTO").unwrap_err().problem,
            InputProblem::UnknownLayout
        );
    }

    #[test]
    fn dates_that_do_not_exist_are_refused_and_unknown_births_are_not() {
        assert!(MrzKey::new("A1", "741312", "120415").is_err());
        assert!(MrzKey::new("A1", "740812", "12041<").is_err());
        assert!(MrzKey::new("A1", "74<<<<", "120415").is_ok());
        assert!(MrzKey::new("", "740812", "120415").is_err());
        assert!(MrzKey::new("A 1", "740812", "120415").is_err());
    }
}
