//! Dates as the card stores them and as people in Taiwan read them.
//!
//! The card stores Gregorian dates as `YYYYMMDD` (TR-03110-4 section 2.2.3.1: `NumericString (SIZE (8))`); a date of
//! birth may be partly unknown, and unknown parts are spaces. People read years of the Republic: 民國 = Gregorian − 1911.

use alloc::string::String;
use core::{fmt, str::FromStr};

use crate::ValueError;

/// A day of the Gregorian calendar, years 1 to 9999. Displayed as `2026-11-24`.
///
/// ```
/// use lds::Date;
///
/// let date: Date = "20261124".parse()?;
/// assert_eq!(date.to_string(), "2026-11-24");
/// assert_eq!(date.roc().to_string(), "民國115年11月24日");
/// assert!("20260229".parse::<Date>().is_err());
/// # Ok::<(), lds::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// This day.
    ///
    /// # Errors
    /// If the calendar has no such day.
    pub const fn new(year: u16, month: u8, day: u8) -> Result<Self, ValueError> {
        if year == 0 || year > 9999 {
            return Err(ValueError::Date("the year is not from 1 to 9999"));
        }
        if month == 0 || month > 12 {
            return Err(ValueError::Date("the month is not from 1 to 12"));
        }
        if day == 0 || day > days_in_month(year, month) {
            return Err(ValueError::Date("the month has no such day"));
        }
        Ok(Self { year, month, day })
    }

    /// Gregorian year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// Month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, from 1.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// The eight digits `YYYYMMDD` of the card.
    pub fn to_yyyymmdd(self) -> String {
        alloc::format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// The six digits `YYMMDD` of the machine readable zone. The century is lost.
    pub fn to_yymmdd(self) -> String {
        alloc::format!("{:02}{:02}{:02}", self.year % 100, self.month, self.day)
    }

    /// For display in years of the Republic.
    pub const fn roc(self) -> RocDate {
        RocDate(PartialDate::new(self))
    }
}

const fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl FromStr for Date {
    type Err = ValueError;

    /// Reads `YYYYMMDD`.
    fn from_str(text: &str) -> Result<Self, ValueError> {
        text.parse::<PartialDate>()?
            .complete()
            .ok_or(ValueError::Date("the date is not complete"))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A date of birth of which the day, or the day and the month, or everything may be unknown.
///
/// Displayed as `1990-05-XX`; never printed by `Debug`, since a date of birth is personal.
///
/// ```
/// use lds::{Date, PartialDate};
///
/// let birth: PartialDate = "199005  ".parse()?;
/// assert_eq!(birth.latest_possible(), Some(Date::new(1990, 5, 31)?));
/// assert_eq!(birth.roc().to_string(), "民國79年5月");
/// # Ok::<(), lds::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartialDate {
    known: Known,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Known {
    Day(Date),
    Month { year: u16, month: u8 },
    Year(u16),
    Nothing,
}

impl PartialDate {
    /// A date of which nothing is known.
    pub const UNKNOWN: Self = Self {
        known: Known::Nothing,
    };

    /// A complete date.
    pub const fn new(date: Date) -> Self {
        Self {
            known: Known::Day(date),
        }
    }

    /// The whole date, if it is known.
    pub const fn complete(self) -> Option<Date> {
        match self.known {
            Known::Day(date) => Some(date),
            _ => None,
        }
    }

    /// Gregorian year, if known.
    pub const fn year(self) -> Option<u16> {
        match self.known {
            Known::Day(date) => Some(date.year),
            Known::Month { year, .. } | Known::Year(year) => Some(year),
            Known::Nothing => None,
        }
    }

    /// Month, if known.
    pub const fn month(self) -> Option<u8> {
        match self.known {
            Known::Day(date) => Some(date.month),
            Known::Month { month, .. } => Some(month),
            _ => None,
        }
    }

    /// Day, if known.
    pub const fn day(self) -> Option<u8> {
        match self.known {
            Known::Day(date) => Some(date.day),
            _ => None,
        }
    }

    /// The latest day that the date can be. A check that somebody is old enough must use this one (TR-03127 section
    /// 4.4): whoever may have been born on the last day of the year is not older than that. Nothing, if not even the
    /// year is known.
    pub const fn latest_possible(self) -> Option<Date> {
        match self.known {
            Known::Day(date) => Some(date),
            Known::Month { year, month } => Some(Date {
                year,
                month,
                day: days_in_month(year, month),
            }),
            Known::Year(year) => Some(Date {
                year,
                month: 12,
                day: 31,
            }),
            Known::Nothing => None,
        }
    }

    /// The eight characters of the card: digits, and spaces for what is unknown.
    pub fn to_yyyymmdd(self) -> String {
        match self.known {
            Known::Day(date) => date.to_yyyymmdd(),
            Known::Month { year, month } => alloc::format!("{year:04}{month:02}  "),
            Known::Year(year) => alloc::format!("{year:04}    "),
            Known::Nothing => " ".repeat(8),
        }
    }

    /// The six characters of the machine readable zone, `<` for what is unknown (Doc 9303-3 section 4.8).
    pub fn to_yymmdd(self) -> String {
        match self.known {
            Known::Day(date) => date.to_yymmdd(),
            Known::Month { year, month } => alloc::format!("{:02}{month:02}<<", year % 100),
            Known::Year(year) => alloc::format!("{:02}<<<<", year % 100),
            Known::Nothing => "<".repeat(6),
        }
    }

    /// For display in years of the Republic.
    pub const fn roc(self) -> RocDate {
        RocDate(self)
    }
}

impl From<Date> for PartialDate {
    fn from(date: Date) -> Self {
        Self::new(date)
    }
}

impl FromStr for PartialDate {
    type Err = ValueError;

    /// Reads eight characters: digits, and spaces for an unknown day, month and day, or everything.
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let bytes: [u8; 8] = text.as_bytes().try_into().map_err(|_| ValueError::Length {
            found: text.chars().count(),
            expected: 8,
        })?;
        let part = |digits: &[u8]| -> Result<Option<u16>, ValueError> {
            if digits.iter().all(|digit| *digit == b' ') {
                return Ok(None);
            }
            digits
                .iter()
                .try_fold(0, |number, digit| {
                    digit
                        .is_ascii_digit()
                        .then(|| number * 10 + u16::from(digit - b'0'))
                })
                .map(Some)
                .ok_or(ValueError::Date(
                    "year, month and day are digits, or spaces if unknown",
                ))
        };
        let [y1, y2, y3, y4, m1, m2, d1, d2] = bytes;
        // A month and a day are at most 99 here and fit into a byte.
        let known = match (part(&[y1, y2, y3, y4])?, part(&[m1, m2])?, part(&[d1, d2])?) {
            (Some(year), Some(month), Some(day)) => {
                Known::Day(Date::new(year, month as u8, day as u8)?)
            }
            (Some(year), Some(month), None) => {
                let Date { year, month, .. } = Date::new(year, month as u8, 1)?;
                Known::Month { year, month }
            }
            (Some(year), None, None) => Known::Year(Date::new(year, 1, 1)?.year),
            (None, None, None) => Known::Nothing,
            _ => {
                return Err(ValueError::Date(
                    "a part is unknown although a smaller one is known",
                ));
            }
        };
        Ok(Self { known })
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known {
            Known::Day(date) => date.fmt(f),
            Known::Month { year, month } => write!(f, "{year:04}-{month:02}-XX"),
            Known::Year(year) => write!(f, "{year:04}-XX-XX"),
            Known::Nothing => f.write_str("XXXX-XX-XX"),
        }
    }
}

impl fmt::Debug for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartialDate(..)")
    }
}

/// A date in years of the Republic: `民國115年11月24日`, before 1912 `民國前3年1月2日`, and `不詳` if nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RocDate(PartialDate);

impl fmt::Display for RocDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(year) = self.0.year() else {
            return f.write_str("不詳");
        };
        match year.checked_sub(1911) {
            None | Some(0) => write!(f, "民國前{}年", 1912 - year)?,
            Some(roc) => write!(f, "民國{roc}年")?,
        }
        if let Some(month) = self.0.month() {
            write!(f, "{month}月")?;
        }
        if let Some(day) = self.0.day() {
            write!(f, "{day}日")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn partial(text: &str) -> PartialDate {
        text.parse().unwrap()
    }

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for good in ["20000229", "20240229", "19000228", "00010101", "99991231"] {
            assert_eq!(good.parse::<Date>().unwrap().to_yyyymmdd(), good);
        }
        for bad in [
            "19000229", "20230229", "20230431", "20231301", "20230001", "20230100", "20230132",
            "00000101",
        ] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_date_has_eight_ascii_digits() {
        for bad in [
            "",
            "2023010",
            "202301011",
            "2023-1-1",
            "２０２３0101",
            "+2030101",
            "2023 101",
        ] {
            assert!(bad.parse::<PartialDate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn unknown_parts_are_the_last_ones() {
        assert_eq!(
            partial("19900523").complete(),
            Some(Date::new(1990, 5, 23).unwrap())
        );
        assert_eq!(
            (partial("199005  ").month(), partial("199005  ").day()),
            (Some(5), None)
        );
        assert_eq!(
            (partial("1990    ").year(), partial("1990    ").month()),
            (Some(1990), None)
        );
        assert_eq!(partial("        "), PartialDate::UNKNOWN);
        for bad in [
            "    0523", "1990  23", "      23", "199013  ", "0000    ", "1990 5  ",
        ] {
            assert!(bad.parse::<PartialDate>().is_err(), "{bad}");
        }
        assert!(
            "199005  ".parse::<Date>().is_err(),
            "a whole date is asked for"
        );
    }

    #[test]
    fn the_latest_possible_day_counts_leap_years() {
        let day = |year, month, day| Some(Date::new(year, month, day).unwrap());
        assert_eq!(partial("200002  ").latest_possible(), day(2000, 2, 29));
        assert_eq!(partial("190002  ").latest_possible(), day(1900, 2, 28));
        assert_eq!(partial("199004  ").latest_possible(), day(1990, 4, 30));
        assert_eq!(partial("1990    ").latest_possible(), day(1990, 12, 31));
        assert_eq!(partial("19900101").latest_possible(), day(1990, 1, 1));
        assert_eq!(PartialDate::UNKNOWN.latest_possible(), None);
    }

    #[test]
    fn people_read_years_of_the_republic() {
        for (stored, shown) in [
            ("20261124", "民國115年11月24日"),
            ("19120101", "民國1年1月1日"),
            ("19111231", "民國前1年12月31日"),
            ("18990102", "民國前13年1月2日"),
            ("199005  ", "民國79年5月"),
            ("1990    ", "民國79年"),
            ("        ", "不詳"),
        ] {
            assert_eq!(partial(stored).roc().to_string(), shown);
        }
    }

    #[test]
    fn the_mrz_writes_fillers_for_unknown_parts() {
        assert_eq!(partial("19900523").to_yymmdd(), "900523");
        assert_eq!(partial("200005  ").to_yymmdd(), "0005<<");
        assert_eq!(partial("2000    ").to_yymmdd(), "00<<<<");
        assert_eq!(PartialDate::UNKNOWN.to_yymmdd(), "<<<<<<");
    }

    #[test]
    fn dates_are_ordered_in_time() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert!(day("20251231") < day("20260101") && day("20260131") < day("20260201"));
    }
}
