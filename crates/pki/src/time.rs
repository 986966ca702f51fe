//! A moment, to the second, in UTC: the resolution of certificates.

use core::fmt;
use core::time::Duration;
use std::time::SystemTime;

use der::DateTime;
use x509_cert::time::Time as X509Time;

use crate::Error;

/// A moment between 1970-01-01 and 9999-12-31, in UTC, to the second.
///
/// This crate has no clock: whoever verifies says for which moment.
///
/// ```
/// use pki::Time;
///
/// let moment = Time::utc(2026, 11, 24, 12, 0, 0)?;
/// assert_eq!(moment.to_string(), "2026-11-24T12:00:00Z");
/// assert!(moment < moment.plus_days(1)?);
/// # Ok::<(), pki::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

/// 9999-12-31T23:59:59Z, which RFC 5280 §4.1.2.5 uses for "no well-defined expiration date".
const LAST: u64 = 253_402_300_799;

impl Time {
    /// A calendar date and a time of day in UTC.
    ///
    /// # Errors
    /// [`Error::Time`] if there is no such moment.
    pub fn utc(
        year: u16,
        month: u8,
        day: u8,
        hour: u8,
        minute: u8,
        second: u8,
    ) -> Result<Self, Error> {
        let moment = DateTime::new(year, month, day, hour, minute, second);
        Ok(Self(
            moment.map_err(|_| Error::Time)?.unix_duration().as_secs(),
        ))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`Error::Time`] after the year 9999.
    pub fn from_unix_seconds(seconds: u64) -> Result<Self, Error> {
        if seconds > LAST {
            return Err(Error::Time);
        }
        Ok(Self(seconds))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_seconds(self) -> u64 {
        self.0
    }

    /// The same time of day, so many days later.
    ///
    /// # Errors
    /// [`Error::Time`] after the year 9999.
    pub fn plus_days(self, days: u32) -> Result<Self, Error> {
        Self::from_unix_seconds(self.0.saturating_add(u64::from(days) * 86_400))
    }

    /// The same time of day, so many days earlier.
    ///
    /// # Errors
    /// [`Error::Time`] before 1970.
    pub fn minus_days(self, days: u32) -> Result<Self, Error> {
        let seconds = self.0.checked_sub(u64::from(days) * 86_400);
        seconds.map(Self).ok_or(Error::Time)
    }

    pub(crate) fn to_der(self) -> Result<DateTime, Error> {
        DateTime::from_unix_duration(Duration::from_secs(self.0)).map_err(|_| Error::Time)
    }
}

impl From<X509Time> for Time {
    fn from(time: X509Time) -> Self {
        Self(time.to_unix_duration().as_secs())
    }
}

impl From<DateTime> for Time {
    fn from(time: DateTime) -> Self {
        Self(time.unix_duration().as_secs())
    }
}

impl TryFrom<SystemTime> for Time {
    type Error = Error;

    fn try_from(time: SystemTime) -> Result<Self, Error> {
        let since = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_err(|_| Error::Time)?;
        Self::from_unix_seconds(since.as_secs())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_der() {
            Ok(moment) => moment.fmt(f),
            Err(_) => Err(fmt::Error),
        }
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Time({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_survives_the_way_through_unix_seconds() {
        let moment = Time::utc(2049, 12, 31, 23, 59, 59).unwrap();
        assert_eq!(
            Time::from_unix_seconds(moment.unix_seconds()).unwrap(),
            moment
        );
        assert_eq!(moment.to_string(), "2049-12-31T23:59:59Z");
        assert_eq!(format!("{moment:?}"), "Time(2049-12-31T23:59:59Z)");
    }

    #[test]
    fn the_year_ten_thousand_is_refused() {
        assert!(Time::from_unix_seconds(LAST).is_ok());
        assert_eq!(Time::from_unix_seconds(LAST + 1), Err(Error::Time));
    }

    #[test]
    fn a_day_that_does_not_exist_is_refused() {
        assert_eq!(Time::utc(2026, 2, 29, 0, 0, 0), Err(Error::Time));
    }
}
