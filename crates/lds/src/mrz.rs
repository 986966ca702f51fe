//! The machine readable zone of a TD1 card: three lines of thirty characters. Doc 9303-5 8th edition section 4.2,
//! Doc 9303-3 sections 4.6 to 4.9.

mod name;
mod transliteration;

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

pub use name::MrzName;

use crate::{Date, Error, PartialDate, Sex};

/// Characters of a line.
pub const LINE_LEN: usize = 30;

/// Characters of the whole zone.
pub const MRZ_LEN: usize = 3 * LINE_LEN;

/// What a machine readable zone says, to build one with [`Mrz::build`].
#[derive(Clone, Copy)]
pub struct MrzFields<'a> {
    /// One or two letters; the first is `A`, `C` or `I`.
    pub document_code: &'a str,
    /// Three-letter code of the issuing State, for example `TWN`.
    pub issuing_state: &'a str,
    /// Capital letters and digits, 1 to 22. From the tenth on they move into the optional data.
    pub document_number: &'a str,
    /// Optional data of the upper line: 15 characters, fewer with a long document number.
    pub optional_data_1: &'a str,
    /// Date of birth; unknown parts become `<`.
    pub birth_date: PartialDate,
    /// Sex.
    pub sex: Sex,
    /// Date of expiry.
    pub expiry_date: Date,
    /// Three-letter code of the nationality.
    pub nationality: &'a str,
    /// Optional data of the middle line: 11 characters.
    pub optional_data_2: &'a str,
    /// Name. It is transliterated and, if need be, truncated.
    pub name: &'a MrzName,
}

/// A checked TD1 machine readable zone.
///
/// ```
/// use lds::{Mrz, Sex};
///
/// // the specimen of Doc 9303-5, appendix B
/// let mrz = Mrz::parse(
///     "I<UTOD231458907<<<<<<<<<<<<<<<\n\
///      7408122F1204159UTO<<<<<<<<<<<6\n\
///      ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
/// )?;
/// assert_eq!(mrz.document_number(), "D23145890");
/// assert_eq!(mrz.sex(), Sex::Female);
/// assert_eq!((mrz.name().primary(), mrz.name().secondary()), ("ERIKSSON", "ANNA MARIA"));
///
/// let wrong = mrz.to_string().replace("F1204159", "F1204158");
/// assert_eq!(
///     Mrz::parse(&wrong).unwrap_err().to_string(),
///     "MRZ line 2, column 15: the check digit of the date of expiry does not match",
/// );
/// # Ok::<(), lds::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Mrz {
    /// 90 characters, all of them A to Z, 0 to 9 or `<`.
    text: String,
    document_number: String,
    optional_data_1: String,
    sex: Sex,
    name: MrzName,
}

/// The check digit over these characters, Doc 9303-3 section 4.9. Nothing, if one of them is not A to Z, 0 to 9 or `<`.
///
/// ```
/// assert_eq!(lds::mrz::check_digit("520727"), Some('3'));
/// assert_eq!(lds::mrz::check_digit("AB2134<<<"), Some('5'));
/// assert_eq!(lds::mrz::check_digit("ab"), None);
/// ```
pub fn check_digit(characters: &str) -> Option<char> {
    let mut sum = 0;
    for (character, weight) in characters.bytes().zip([7u32, 3, 1].into_iter().cycle()) {
        let value = match character {
            b'0'..=b'9' => character - b'0',
            b'A'..=b'Z' => character - b'A' + 10,
            b'<' => 0,
            _ => return None,
        };
        // Modulo 10 at every step: the input may be of any length.
        sum = (sum + u32::from(value) * weight) % 10;
    }
    char::from_digit(sum, 10)
}

/// The MRZ information from which PACE and BAC derive K_π: document number, date of birth and date of expiry, each with
/// its check digit (Doc 9303-11 section 9.7.2). For whoever typed them in; see also [`Mrz::mrz_information`].
///
/// ```
/// use lds::{Date, mrz::mrz_information};
/// let birth = Date::new(1964, 8, 12)?;
/// let expiry = Date::new(2010, 10, 31)?;
/// // the worked example of Doc 9303-11 appendix G
/// assert_eq!(mrz_information("T22000129", birth.into(), expiry)?, "T22000129364081251010318");
/// # Ok::<(), lds::Error>(())
/// ```
///
/// # Errors
/// A document number with other characters than capital letters, digits and `<`, or with none or too many.
pub fn mrz_information(
    document_number: &str,
    birth_date: PartialDate,
    expiry_date: Date,
) -> Result<String, Error> {
    checked(
        "document number",
        document_number,
        1..=MAX_DOCUMENT_NUMBER_LEN,
        is_alphanumeric_or_filler,
    )?;
    let number = format!("{document_number:<<9}");
    Ok([number, birth_date.to_yymmdd(), expiry_date.to_yymmdd()]
        .iter()
        .map(|field| with_check_digit(field))
        .collect())
}

/// Characters 6 to 14 and, of 16 to 30, all but the check digit and a filler.
const MAX_DOCUMENT_NUMBER_LEN: usize = 22;

fn with_check_digit(characters: &str) -> String {
    // Callers pass characters of the machine readable zone only.
    format!("{characters}{}", check_digit(characters).unwrap_or('<'))
}

fn is_letter_or_filler(character: u8) -> bool {
    matches!(character, b'A'..=b'Z' | b'<')
}

fn is_alphanumeric_or_filler(character: u8) -> bool {
    matches!(character, b'A'..=b'Z' | b'0'..=b'9' | b'<')
}

fn checked(
    field: &'static str,
    value: &str,
    len: core::ops::RangeInclusive<usize>,
    allowed: fn(u8) -> bool,
) -> Result<(), Error> {
    if let Some(position) = value.bytes().position(|character| !allowed(character)) {
        return Err(Error::MrzField {
            field,
            reason: format!("character {} is not allowed here", position + 1),
        });
    }
    if !len.contains(&value.len()) {
        let reason = format!(
            "{} characters, must be {} to {}",
            value.len(),
            len.start(),
            len.end()
        );
        return Err(Error::MrzField { field, reason });
    }
    Ok(())
}

impl Mrz {
    /// Builds a zone with all its check digits.
    ///
    /// # Errors
    /// A value that does not fit its field or has characters that it cannot hold.
    ///
    /// ```
    /// use lds::{Date, Mrz, MrzFields, MrzName, Sex};
    ///
    /// let mrz = Mrz::build(&MrzFields {
    ///     document_code: "I",
    ///     issuing_state: "TWN",
    ///     document_number: "AB123456789",
    ///     optional_data_1: "",
    ///     birth_date: "1990    ".parse()?,
    ///     sex: Sex::Female,
    ///     expiry_date: Date::new(2036, 11, 24)?,
    ///     nationality: "TWN",
    ///     optional_data_2: "A234567893",
    ///     name: &MrzName::new("Wang", "Xiao-Ming")?,
    /// })?;
    /// assert_eq!(mrz.lines(), [
    ///     "I<TWNAB1234567<894<<<<<<<<<<<<",
    ///     "90<<<<3F3611247TWNA234567893<1",
    ///     "WANG<<XIAO<MING<<<<<<<<<<<<<<<",
    /// ]);
    /// # Ok::<(), lds::Error>(())
    /// ```
    pub fn build(fields: &MrzFields<'_>) -> Result<Self, Error> {
        checked(
            "document code",
            fields.document_code,
            1..=2,
            is_letter_or_filler,
        )?;
        checked(
            "issuing State or organization",
            fields.issuing_state,
            1..=3,
            is_letter_or_filler,
        )?;
        checked(
            "document number",
            fields.document_number,
            1..=MAX_DOCUMENT_NUMBER_LEN,
            is_alphanumeric_or_filler,
        )?;
        checked(
            "nationality",
            fields.nationality,
            1..=3,
            is_letter_or_filler,
        )?;
        checked(
            "optional data",
            fields.optional_data_2,
            0..=11,
            is_alphanumeric_or_filler,
        )?;
        let (number, check_digit_and_rest) = match fields.document_number.split_at_checked(9) {
            Some((principal, rest)) if !rest.is_empty() => {
                // Doc 9303-5 section 4.2.2.3 note j: nine characters, a filler, the rest, the check digit, a filler.
                let whole = with_check_digit(fields.document_number);
                (
                    principal,
                    format!("<{}<", whole.get(9..).unwrap_or_default()),
                )
            }
            _ => {
                let padded = format!("{:<<9}", fields.document_number);
                (
                    fields.document_number,
                    check_digit(&padded).into_iter().collect(),
                )
            }
        };
        let used = check_digit_and_rest.len() - 1;
        checked(
            "optional data",
            fields.optional_data_1,
            0..=15 - used,
            is_alphanumeric_or_filler,
        )?;
        let upper = format!(
            "{:<<2}{:<<3}{number:<<9}{:<<16}",
            fields.document_code,
            fields.issuing_state,
            format!("{check_digit_and_rest}{}", fields.optional_data_1),
        );
        let birth = with_check_digit(&fields.birth_date.to_yymmdd());
        let expiry = with_check_digit(&fields.expiry_date.to_yymmdd());
        let sex = char::from(fields.sex.mrz());
        let middle = format!(
            "{birth}{sex}{expiry}{:<<3}{:<<11}",
            fields.nationality, fields.optional_data_2
        );
        let composite = composite_check_digit(&upper, &middle).unwrap_or('<');
        let lower = fields.name.to_line()?;
        // Reading back what was written holds both directions to the same rules.
        Self::parse(&format!("{upper}{middle}{composite}{lower}"))
    }

    /// Reads 90 characters, or three lines of 30.
    ///
    /// # Errors
    /// The first thing that is wrong, with line and column.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let lines: Vec<&str> = if text.len() == MRZ_LEN && text.is_ascii() {
            [(0, 30), (30, 60), (60, 90)]
                .into_iter()
                .filter_map(|(from, to)| text.get(from..to))
                .collect()
        } else {
            text.lines()
                .map(str::trim_end)
                .filter(|line| !line.is_empty())
                .collect()
        };
        let [upper, middle, lower] = *lines.as_slice() else {
            return Err(Error::Mrz {
                line: 1,
                column: 1,
                reason: "a TD1 zone has three lines of 30 characters",
            });
        };
        for (line, number) in [upper, middle, lower].into_iter().zip(1..) {
            for (character, column) in line.bytes().zip(1..=30) {
                if !is_alphanumeric_or_filler(character) {
                    return Err(Error::Mrz {
                        line: number,
                        column,
                        reason: "not a character of the MRZ",
                    });
                }
            }
            if line.len() != LINE_LEN {
                let column = line.len().min(LINE_LEN) as u8 + 1;
                return Err(Error::Mrz {
                    line: number,
                    column,
                    reason: "the line does not have 30 characters",
                });
            }
        }
        let upper = Line {
            number: 1,
            text: upper,
        };
        let middle = Line {
            number: 2,
            text: middle,
        };
        let lower = Line {
            number: 3,
            text: lower,
        };

        upper.check(
            1,
            1,
            |character| matches!(character, b'A' | b'C' | b'I'),
            "the document code begins with A, C or I",
        )?;
        upper.check(
            2,
            2,
            is_letter_or_filler,
            "the document code has letters only",
        )?;
        upper.check(
            3,
            5,
            is_letter_or_filler,
            "the code of the issuing State has letters only",
        )?;
        let (document_number, optional_data_1) = upper.document_number()?;

        middle.date(1, true, "the date of birth is not YYMMDD")?;
        middle.check_digit(1, 7, "the check digit of the date of birth does not match")?;
        let sex = match middle.text.as_bytes().get(7) {
            Some(b'M') => Sex::Male,
            Some(b'F') => Sex::Female,
            Some(b'<') => Sex::Unspecified,
            _ => return Err(middle.error(8, "the sex is M, F or <")),
        };
        middle.date(9, false, "the date of expiry is not YYMMDD")?;
        middle.check_digit(
            9,
            15,
            "the check digit of the date of expiry does not match",
        )?;
        middle.check(
            16,
            18,
            is_letter_or_filler,
            "the code of the nationality has letters only",
        )?;
        if composite_check_digit(upper.text, middle.text)
            .is_none_or(|digit| !middle.text.ends_with(digit))
        {
            return Err(middle.error(30, "the composite check digit does not match"));
        }

        lower.check(
            1,
            1,
            |character| character.is_ascii_uppercase(),
            "the name begins with a letter",
        )?;
        lower.check(2, 30, is_letter_or_filler, "a name has letters only")?;
        let name = MrzName::from_line(lower.text);
        Ok(Self {
            document_number,
            optional_data_1,
            sex,
            name,
            text: [upper.text, middle.text, lower.text].concat(),
        })
    }

    /// The three lines.
    pub fn lines(&self) -> [&str; 3] {
        [(0, 30), (30, 60), (60, 90)].map(|(from, to)| self.text.get(from..to).unwrap_or_default())
    }

    /// The 90 characters in a row, as DG1 holds them.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn field(&self, from: usize, len: usize) -> &str {
        self.text.get(from..from + len).unwrap_or_default()
    }

    /// Document code, without fillers.
    pub fn document_code(&self) -> &str {
        self.field(0, 2).trim_end_matches('<')
    }

    /// Issuing State or organization, without fillers.
    pub fn issuing_state(&self) -> &str {
        self.field(2, 3).trim_end_matches('<')
    }

    /// The whole document number, without trailing fillers.
    pub fn document_number(&self) -> &str {
        &self.document_number
    }

    /// Optional data of the upper line, behind a long document number, without trailing fillers.
    pub fn optional_data_1(&self) -> &str {
        &self.optional_data_1
    }

    /// Date of birth, `YYMMDD`, `<` for what is unknown.
    pub fn birth_date(&self) -> &str {
        self.field(30, 6)
    }

    /// Sex.
    pub fn sex(&self) -> Sex {
        self.sex
    }

    /// Date of expiry, `YYMMDD`.
    pub fn expiry_date(&self) -> &str {
        self.field(38, 6)
    }

    /// Nationality, without fillers.
    pub fn nationality(&self) -> &str {
        self.field(45, 3).trim_end_matches('<')
    }

    /// Optional data of the middle line, without trailing fillers.
    pub fn optional_data_2(&self) -> &str {
        self.field(48, 11).trim_end_matches('<')
    }

    /// The name.
    pub fn name(&self) -> &MrzName {
        &self.name
    }

    /// The MRZ information from which PACE and BAC derive K_π: document number, date of birth and date of expiry, each
    /// with its check digit. Doc 9303-11 section 9.7.2.
    pub fn mrz_information(&self) -> String {
        let number = with_check_digit(&format!("{:<<9}", self.document_number));
        [&number, self.field(30, 7), self.field(38, 7)].concat()
    }
}

impl fmt::Display for Mrz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [upper, middle, lower] = self.lines();
        write!(f, "{upper}\n{middle}\n{lower}")
    }
}

impl fmt::Debug for Mrz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mrz(..)")
    }
}

/// Over characters 6 to 30 of the upper and 1 to 7, 9 to 15 and 19 to 29 of the middle line. Doc 9303-5 section 4.2.4.
fn composite_check_digit(upper: &str, middle: &str) -> Option<char> {
    let parts = [
        upper.get(5..30)?,
        middle.get(0..7)?,
        middle.get(8..15)?,
        middle.get(18..29)?,
    ];
    check_digit(&parts.concat())
}

/// A line of 30 ASCII characters; columns count from 1.
struct Line<'a> {
    number: u8,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn error(&self, column: u8, reason: &'static str) -> Error {
        Error::Mrz {
            line: self.number,
            column,
            reason,
        }
    }

    fn columns(&self, from: u8, to: u8) -> &'a str {
        self.text
            .get(usize::from(from) - 1..usize::from(to))
            .unwrap_or_default()
    }

    fn check(
        &self,
        from: u8,
        to: u8,
        allowed: impl Fn(u8) -> bool,
        reason: &'static str,
    ) -> Result<(), Error> {
        match self
            .columns(from, to)
            .bytes()
            .zip(from..)
            .find(|(character, _)| !allowed(*character))
        {
            Some((_, column)) => Err(self.error(column, reason)),
            None => Ok(()),
        }
    }

    fn check_digit(&self, from: u8, at: u8, reason: &'static str) -> Result<(), Error> {
        let expected = check_digit(self.columns(from, at - 1));
        if expected == self.columns(at, at).chars().next() {
            Ok(())
        } else {
            Err(self.error(at, reason))
        }
    }

    /// A date, or with `partial` one whose day, or day and month, or year as well, are fillers.
    fn date(&self, from: u8, partial: bool, reason: &'static str) -> Result<(), Error> {
        for (range, column) in [0..=99, 1..=12, 1..=31]
            .into_iter()
            .zip((from..).step_by(2))
        {
            let digits = self.columns(column, column + 1);
            let known = digits.bytes().all(|digit| digit.is_ascii_digit());
            let in_range = known
                && digits
                    .parse::<u8>()
                    .is_ok_and(|number| range.contains(&number));
            let unknown = partial && digits == "<<";
            if !in_range && !unknown {
                return Err(self.error(column, reason));
            }
        }
        Ok(())
    }

    /// Document number and the optional data behind it.
    fn document_number(&self) -> Result<(String, String), Error> {
        const MISMATCH: &str = "the check digit of the document number does not match";
        let principal = self.columns(6, 14);
        let optional = self.columns(16, 30);
        if principal.starts_with('<') {
            return Err(self.error(6, "the document number is missing"));
        }
        if self.columns(15, 15) != "<" {
            self.check_digit(6, 15, MISMATCH)?;
            return Ok((
                principal.trim_end_matches('<').into(),
                optional.trim_end_matches('<').into(),
            ));
        }
        // A filler in place of the check digit: the number goes on in the optional data, up to the first filler, and
        // the last character before it is the check digit.
        let (rest, optional) = optional
            .split_once('<')
            .ok_or(self.error(30, "the long document number has no end"))?;
        let (rest, digit) = match rest.split_at_checked(rest.len().saturating_sub(1)) {
            Some((rest, digit)) if !rest.is_empty() => (rest, digit),
            _ => return Err(self.error(16, "the check digit of the document number is missing")),
        };
        let number = [principal, rest].concat();
        if check_digit(&number)
            .map(|expected| expected.to_string())
            .as_deref()
            != Some(digit)
        {
            return Err(self.error(16 + rest.len() as u8, MISMATCH));
        }
        Ok((number, optional.trim_end_matches('<').into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPPER: &str = "I<UTOD231458907<<<<<<<<<<<<<<<";
    const MIDDLE: &str = "7408122F1204159UTO<<<<<<<<<<<6";
    const LOWER: &str = "ERIKSSON<<ANNA<MARIA<<<<<<<<<<";

    fn refused(upper: &str, middle: &str, lower: &str) -> (u8, u8, &'static str) {
        match Mrz::parse(&format!("{upper}\n{middle}\n{lower}")) {
            Err(Error::Mrz {
                line,
                column,
                reason,
            }) => (line, column, reason),
            other => panic!("{other:?}"),
        }
    }

    /// The middle line with these first 29 characters and the right composite check digit.
    fn middle(start: &str) -> String {
        format!("{start}{}", composite_check_digit(UPPER, start).unwrap())
    }

    fn fields<'a>(
        document_number: &'a str,
        optional_data_1: &'a str,
        name: &'a MrzName,
    ) -> MrzFields<'a> {
        MrzFields {
            document_code: "I",
            issuing_state: "UTO",
            document_number,
            optional_data_1,
            birth_date: Date::new(1974, 8, 12).unwrap().into(),
            sex: Sex::Female,
            expiry_date: Date::new(2012, 4, 15).unwrap(),
            nationality: "UTO",
            optional_data_2: "",
            name,
        }
    }

    #[test]
    fn the_specimen_of_doc_9303_5_is_built_from_its_fields() {
        let name = MrzName::new("Eriksson", "Anna Maria").unwrap();
        let mrz = Mrz::build(&fields("D23145890", "", &name)).unwrap();
        assert_eq!(mrz.lines(), [UPPER, MIDDLE, LOWER]);
    }

    #[test]
    fn the_example_of_a_long_document_number_is_built_from_its_fields() {
        let name = MrzName::new("STEVENSON", "PETER JOHN").unwrap();
        let mrz = Mrz::build(&MrzFields {
            birth_date: Date::new(1934, 7, 12).unwrap().into(),
            sex: Sex::Male,
            expiry_date: Date::new(1995, 7, 12).unwrap(),
            ..fields("D23145890734", "", &name)
        })
        .unwrap();
        assert_eq!(
            mrz.lines(),
            [
                "I<UTOD23145890<7349<<<<<<<<<<<",
                "3407127M9507122UTO<<<<<<<<<<<2",
                "STEVENSON<<PETER<JOHN<<<<<<<<<"
            ]
        );
        assert_eq!(mrz.mrz_information(), "D23145890734934071279507122");
    }

    #[test]
    fn a_short_document_number_is_filled_before_its_check_digit() {
        let name = MrzName::new("A", "").unwrap();
        let mrz = Mrz::build(&fields("AB2134", "", &name)).unwrap();
        assert_eq!(&mrz.lines()[0][5..15], "AB2134<<<5");
        assert_eq!(mrz.document_number(), "AB2134");
        assert!(mrz.mrz_information().starts_with("AB2134<<<5"));
        let birth = Date::new(1974, 8, 12).unwrap().into();
        assert_eq!(
            mrz_information("AB2134", birth, Date::new(2012, 4, 15).unwrap()).unwrap(),
            mrz.mrz_information()
        );
    }

    #[test]
    fn document_numbers_up_to_22_characters_fit_and_leave_their_room_to_optional_data() {
        let name = MrzName::new("A", "B").unwrap();
        for len in 1..=22 {
            let number = &"A123456789012345678901"[..len];
            let room = if len > 9 { 15 - (len - 9) - 2 } else { 15 };
            let optional = "Z".repeat(room);
            let mrz = Mrz::build(&fields(number, &optional, &name)).unwrap();
            assert_eq!(
                (mrz.document_number(), mrz.optional_data_1()),
                (number, &*optional)
            );
            assert!(
                Mrz::build(&fields(number, &"Z".repeat(room + 1), &name)).is_err(),
                "{len}"
            );
        }
        assert!(Mrz::build(&fields(&"1".repeat(23), "", &name)).is_err());
        assert!(Mrz::build(&fields("", "", &name)).is_err());
        assert!(Mrz::build(&fields("ab", "", &name)).is_err());
    }

    #[test]
    fn every_error_names_line_and_column() {
        assert_eq!(
            refused("X<UTOD231458907<<<<<<<<<<<<<<<", MIDDLE, LOWER).1,
            1
        );
        assert_eq!(
            refused("I<U1OD231458907<<<<<<<<<<<<<<<", MIDDLE, LOWER).1,
            4
        );
        assert_eq!(
            refused("I<UTO<<<<<<<<<0<<<<<<<<<<<<<<<", MIDDLE, LOWER),
            (1, 6, "the document number is missing")
        );
        assert_eq!(
            refused("I<UTOD231458906<<<<<<<<<<<<<<<", MIDDLE, LOWER),
            (
                1,
                15,
                "the check digit of the document number does not match"
            )
        );
        assert_eq!(
            refused("I<UTOD23145890<7348<<<<<<<<<<<", MIDDLE, LOWER),
            (
                1,
                19,
                "the check digit of the document number does not match"
            )
        );
        assert_eq!(
            refused("I<UTOD23145890<<<<<<<<<<<<<<<<", MIDDLE, LOWER).1,
            16
        );
        assert_eq!(
            refused("I<UTOD23145890<734973497349734", MIDDLE, LOWER).1,
            30
        );
        assert_eq!(refused(UPPER, "74081A2F1204159UTO<<<<<<<<<<<6", LOWER).1, 5);
        assert_eq!(refused(UPPER, "7413122F1204159UTO<<<<<<<<<<<6", LOWER).1, 3);
        assert_eq!(refused(UPPER, "7408322F1204159UTO<<<<<<<<<<<6", LOWER).1, 5);
        assert_eq!(
            refused(UPPER, "7408123F1204159UTO<<<<<<<<<<<6", LOWER),
            (2, 7, "the check digit of the date of birth does not match")
        );
        assert_eq!(
            refused(UPPER, "7408122X1204159UTO<<<<<<<<<<<6", LOWER),
            (2, 8, "the sex is M, F or <")
        );
        assert_eq!(
            refused(UPPER, "7408122F12<<159UTO<<<<<<<<<<<6", LOWER).1,
            11
        );
        assert_eq!(
            refused(UPPER, "7408122F1204158UTO<<<<<<<<<<<6", LOWER),
            (
                2,
                15,
                "the check digit of the date of expiry does not match"
            )
        );
        assert_eq!(
            refused(UPPER, "7408122F1204159U9O<<<<<<<<<<<6", LOWER).1,
            17
        );
        assert_eq!(
            refused(UPPER, "7408122F1204159UTO<<<<<<<<<<<7", LOWER),
            (2, 30, "the composite check digit does not match")
        );
        assert_eq!(
            refused(UPPER, MIDDLE, "<RIKSSON<<ANNA<MARIA<<<<<<<<<<").1,
            1
        );
        assert_eq!(
            refused(UPPER, MIDDLE, "ERIKSS0N<<ANNA<MARIA<<<<<<<<<<"),
            (3, 7, "a name has letters only")
        );
        assert_eq!(
            refused(UPPER, MIDDLE, "ERIKSSoN<<ANNA<MARIA<<<<<<<<<<"),
            (3, 7, "not a character of the MRZ")
        );
        assert_eq!(
            refused(UPPER, MIDDLE, "ERIKSSON"),
            (3, 9, "the line does not have 30 characters")
        );
        assert_eq!(
            refused(UPPER, MIDDLE, ""),
            (1, 1, "a TD1 zone has three lines of 30 characters")
        );
    }

    #[test]
    fn optional_data_stand_under_the_composite_check_digit() {
        let right = middle("7408122F1204159UTOA123456789<");
        assert!(Mrz::parse(&format!("{UPPER}{right}{LOWER}")).is_ok());
        let wrong = right.replace("A123456789", "A123456780");
        assert_eq!(refused(UPPER, &wrong, LOWER).1, 30);
    }

    #[test]
    fn a_date_of_birth_may_be_partly_unknown_and_a_date_of_expiry_may_not() {
        for (birth, digit) in [("7408<<", '7'), ("74<<<<", '1'), ("<<<<<<", '0')] {
            assert_eq!(check_digit(birth), Some(digit));
            let middle = middle(&format!("{birth}{digit}<1204159UTO<<<<<<<<<<<"));
            let mrz = Mrz::parse(&format!("{UPPER}{middle}{LOWER}")).unwrap();
            assert_eq!((mrz.birth_date(), mrz.sex()), (birth, Sex::Unspecified));
        }
        assert_eq!(
            refused(UPPER, &middle("7408122F<<<<<<0UTO<<<<<<<<<<<"), LOWER).1,
            9
        );
    }

    #[test]
    fn check_digits_of_doc_9303_3_appendix_a() {
        assert_eq!(check_digit("520727"), Some('3'));
        assert_eq!(check_digit("AB2134<<<"), Some('5'));
        assert_eq!(check_digit(""), Some('0'));
        assert_eq!(check_digit("AB 2134"), None);
        assert_eq!(check_digit(&"9".repeat(3_000_000)), Some('0'));
    }
}
