//! Certificate dates.

use core::fmt;

use crate::{Error, Field};

/// A day from 2000-01-01 to 2099-12-31, as certificates write it: six unpacked BCD digits YYMMDD, in GMT (TR-03110-3
/// D.2.1.3). Displayed as `2026-11-25`.
///
/// ```
/// let date = cvc::Date::new(2026, 11, 25)?;
/// assert_eq!(date.to_bytes(), [2, 6, 1, 1, 2, 5]);
/// assert_eq!(date.to_string(), "2026-11-25");
/// assert!(cvc::Date::new(2026, 2, 29).is_err());
/// # Ok::<(), cvc::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(lds::Date);

impl Date {
    /// This day.
    ///
    /// # Errors
    /// [`Error::Malformed`] if the calendar has no such day, or the year is outside 2000 to 2099.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, Error> {
        Self::in_field(Field::CertificateEffectiveDate, year, month, day)
    }

    /// Reads the value of DO 5F24, 5F25 or of the auxiliary data that have this form.
    ///
    /// # Errors
    /// [`Error::Malformed`] with this field: not six digits, or no such day.
    pub fn parse(field: Field, digits: &[u8]) -> Result<Self, Error> {
        let [y, yy, m, mm, d, dd] = digits else {
            return Err(Error::malformed(field, "a date has six digits"));
        };
        if digits.iter().any(|digit| *digit > 9) {
            return Err(Error::malformed(field, "a digit is not from 00 to 09"));
        }
        let two = |tens: &u8, ones: &u8| tens * 10 + ones;
        Self::in_field(field, 2000 + u16::from(two(y, yy)), two(m, mm), two(d, dd))
    }

    /// The six bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 6] {
        let year = (self.0.year() % 100) as u8;
        let (month, day) = (self.0.month(), self.0.day());
        [
            year / 10,
            year % 10,
            month / 10,
            month % 10,
            day / 10,
            day % 10,
        ]
    }

    fn in_field(field: Field, year: u16, month: u8, day: u8) -> Result<Self, Error> {
        if !(2000..=2099).contains(&year) {
            return Err(Error::malformed(field, "the year is not from 2000 to 2099"));
        }
        lds::Date::new(year, month, day)
            .map(Self)
            .map_err(|_| Error::malformed(field, "the calendar has no such day"))
    }
}

impl TryFrom<lds::Date> for Date {
    type Error = Error;

    fn try_from(date: lds::Date) -> Result<Self, Error> {
        Self::new(date.year(), date.month(), date.day())
    }
}

impl From<Date> for lds::Date {
    fn from(date: Date) -> Self {
        date.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Date({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        let field = Field::CertificateExpirationDate;
        for good in [[0, 0, 0, 1, 0, 1], [2, 4, 0, 2, 2, 9], [9, 9, 1, 2, 3, 1]] {
            assert_eq!(Date::parse(field, &good).unwrap().to_bytes(), good);
        }
        for bad in [
            &[2, 6, 0, 2, 2, 9][..],
            &[2, 6, 1, 3, 0, 1],
            &[2, 6, 0, 0, 0, 1],
            &[2, 6, 0, 1, 0, 0],
            &[2, 6, 0, 1, 0, 10],
            b"260101",
            &[2, 6, 0, 1, 1],
            &[2, 6, 0, 1, 0, 1, 0],
            &[],
        ] {
            let error = Date::parse(field, bad).unwrap_err();
            assert!(matches!(error, Error::Malformed { field: f, .. } if f == field));
        }
        assert!(Date::new(1999, 12, 31).is_err() && Date::new(2100, 1, 1).is_err());
    }
}
