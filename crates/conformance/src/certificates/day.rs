//! Days relative to the beginning and the end of the authority, as 2.4 counts them.

use lds::Date;

use crate::Authorities;

/// A day of a certificate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    from_the_end: bool,
    months: u16,
    days: i8,
}

/// `CVCAeff`, and so many months and then days later.
pub(super) const fn effective(months: u16, days: i8) -> Day {
    Day {
        from_the_end: false,
        months,
        days,
    }
}

/// `CVCAexp`, and so many months and then days later.
pub(super) const fn expiration(months: u16, days: i8) -> Day {
    Day {
        from_the_end: true,
        months,
        days,
    }
}

impl Day {
    /// The day in the calendar.
    pub(super) fn date(self, authorities: &Authorities) -> Date {
        let begin = if self.from_the_end {
            authorities.expiration()
        } else {
            authorities.effective()
        };
        let step = if self.days < 0 { before } else { after };
        (0..self.days.unsigned_abs()).fold(months_after(begin, self.months), |day, _| step(day))
    }
}

/// YYMMDD, a digit a byte (TR-03110-3 D.2.1.3).
pub(super) fn digits(day: Date) -> Vec<u8> {
    day.to_yymmdd().bytes().map(|digit| digit - b'0').collect()
}

/// The same day so many months later, or the last one of that month.
fn months_after(day: Date, months: u16) -> Date {
    let months = u16::from(day.month() - 1) + months;
    let (year, month) = (day.year() + months / 12, (months % 12) as u8 + 1);
    last_until(year, month, day.day()).unwrap_or(day)
}

/// The next day.
pub(crate) fn after(day: Date) -> Date {
    let (year, month) = (day.year(), day.month());
    Date::new(year, month, day.day() + 1)
        .or_else(|_| Date::new(year, month + 1, 1))
        .or_else(|_| Date::new(year + 1, 1, 1))
        .unwrap_or(day)
}

/// The day before.
pub(crate) fn before(day: Date) -> Date {
    let (year, month) = (day.year(), day.month());
    Date::new(year, month, day.day() - 1)
        .ok()
        .or_else(|| last_until(year, month - 1, 31))
        .or_else(|| last_until(year - 1, 12, 31))
        .unwrap_or(day)
}

/// This day of a month, or the last one if the month is shorter.
fn last_until(year: u16, month: u8, day: u8) -> Option<Date> {
    (1..=day)
        .rev()
        .find_map(|day| Date::new(year, month, day).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_end_where_they_end() {
        let day = |year, month, day| Date::new(year, month, day).unwrap();
        assert_eq!(months_after(day(2027, 1, 31), 1), day(2027, 2, 28));
        assert_eq!(months_after(day(2027, 11, 30), 3), day(2028, 2, 29));
        assert_eq!(after(day(2027, 12, 31)), day(2028, 1, 1));
        assert_eq!(after(day(2028, 2, 28)), day(2028, 2, 29));
        assert_eq!(before(day(2028, 1, 1)), day(2027, 12, 31));
        assert_eq!(before(day(2028, 3, 1)), day(2028, 2, 29));
    }

    #[test]
    fn days_are_counted_after_months() {
        let authorities = Authorities::specimen().unwrap();
        let date = |day: Day| day.date(&authorities).to_string();
        assert_eq!(date(effective(1, 20)), "2026-07-21");
        assert_eq!(date(expiration(0, -1)), "2029-05-31");
        assert_eq!(date(expiration(7, 0)), "2030-01-01");
        assert_eq!(digits(authorities.effective()), [2, 6, 0, 6, 0, 1]);
    }
}
