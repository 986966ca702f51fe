//! How long certificates of the agency PKI are valid.

use cvc::Date;

use crate::error::Error;

/// The first and the last day of a certificate, both counted (TR-03110-3 §2.5).
///
/// There are no revocation lists for card-verifiable certificates: a chip cannot fetch any. What ends a right is that its
/// certificate ends, so the periods are short, and shortest where the key is most exposed.
///
/// ```
/// use cvc::Date;
/// use issuer::Validity;
///
/// let validity = Validity::terminal(Date::new(2026, 11, 25)?)?;
/// assert_eq!(validity.last(), Date::new(2026, 12, 25)?);
/// assert!(Validity::new(validity.last(), validity.first()).is_err());
/// # Ok::<(), issuer::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    first: Date,
    last: Date,
}

impl Validity {
    /// Days of a terminal's certificate: a month, because its key is in use at counters and servers, and a month is how
    /// long a stolen one opens cards at most.
    pub const TERMINAL_DAYS: u32 = 31;
    /// Days of a document verifier's certificate: it signs terminals every month, and has two months in which to renew its
    /// own while those that it signed still fit into it.
    pub const DOCUMENT_VERIFIER_DAYS: u32 = 90;
    /// Days of a CVCA's certificate, three years: its key leaves the safe only to sign document verifiers, and a change of
    /// key has to reach the cards in use by link certificates.
    pub const CVCA_DAYS: u32 = 3 * 365;

    /// From `first` to `last`.
    ///
    /// # Errors
    /// [`Error::Cvc`] with the field [`cvc::Field::CertificateExpirationDate`] if `last` comes before `first`.
    pub fn new(first: Date, last: Date) -> Result<Self, Error> {
        if last < first {
            return Err(cvc::Error::Malformed {
                field: cvc::Field::CertificateExpirationDate,
                reason: "it lies before the effective date",
            }
            .into());
        }
        Ok(Self { first, last })
    }

    /// `days` days, `first` among them.
    ///
    /// # Errors
    /// [`Error::Cvc`] for none, and beyond 2099.
    pub fn days(first: Date, days: u32) -> Result<Self, Error> {
        let Some(after) = days.checked_sub(1) else {
            return Err(cvc::Error::Malformed {
                field: cvc::Field::CertificateExpirationDate,
                reason: "a certificate is valid for a day at least",
            }
            .into());
        };
        let last = (0..after).try_fold(first, |date, _| tomorrow(date))?;
        Self::new(first, last)
    }

    /// As long as a terminal's certificate, from this day.
    ///
    /// # Errors
    /// [`Error::Cvc`] beyond 2099.
    pub fn terminal(first: Date) -> Result<Self, Error> {
        Self::days(first, Self::TERMINAL_DAYS)
    }

    /// As long as a document verifier's certificate, from this day.
    ///
    /// # Errors
    /// [`Error::Cvc`] beyond 2099.
    pub fn document_verifier(first: Date) -> Result<Self, Error> {
        Self::days(first, Self::DOCUMENT_VERIFIER_DAYS)
    }

    /// As long as a CVCA's certificate, from this day.
    ///
    /// # Errors
    /// [`Error::Cvc`] beyond 2099.
    pub fn cvca(first: Date) -> Result<Self, Error> {
        Self::days(first, Self::CVCA_DAYS)
    }

    /// The effective date.
    pub const fn first(self) -> Date {
        self.first
    }

    /// The expiration date.
    pub const fn last(self) -> Date {
        self.last
    }

    /// Whether the period holds this day.
    pub fn contains(self, date: Date) -> bool {
        self.first <= date && date <= self.last
    }
}

fn tomorrow(date: Date) -> Result<Date, cvc::Error> {
    let day = lds::Date::from(date);
    let (year, month) = (day.year(), day.month());
    Date::new(year, month, day.day() + 1)
        .or_else(|_| Date::new(year, month + 1, 1))
        .or_else(|_| Date::new(year + 1, 1, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_months_leap_days_and_years() {
        let date = |y, m, d| Date::new(y, m, d).unwrap();
        for (first, days, last) in [
            (date(2026, 11, 25), 1, date(2026, 11, 25)),
            (date(2026, 11, 30), 2, date(2026, 12, 1)),
            (date(2026, 12, 31), 2, date(2027, 1, 1)),
            (date(2028, 2, 28), 3, date(2028, 3, 1)),
            (date(2027, 2, 28), 2, date(2027, 3, 1)),
            (date(2026, 1, 1), 3 * 365, date(2028, 12, 30)),
        ] {
            let validity = Validity::days(first, days).unwrap();
            assert_eq!((validity.first(), validity.last()), (first, last));
            assert!(validity.contains(first) && validity.contains(last));
        }
        assert!(Validity::days(date(2026, 1, 1), 0).is_err());
        assert!(Validity::terminal(date(2099, 12, 15)).is_err());
    }
}
