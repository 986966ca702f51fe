//! Verification: from what was read to what can be relied on.

mod checks;

use core::fmt;
use core::ops::Deref;

use lds::Date;
use pki::{PassiveAuthentication, RevocationList, Time, TrustStore};

pub(crate) use checks::prove_card_security;

use crate::error::{Error, ErrorCode, Result};
use crate::evidence::{Content, Unverified};
use crate::lost::LostList;
use crate::report::{CheckName, ChipProof, Report};
use checks::Verification;

/// With what, and for which moment, documents are verified. Nothing is fetched from anywhere: what is
/// not handed in is not used.
///
/// By default a document is accepted only if
///
/// * its security objects were signed by a document signer that leads to an anchor of the trust store,
///   with a current revocation list at hand,
/// * every group that was read has its signed hash,
/// * the chip proved that it holds the private key that its issuer signed for, and
/// * no other check failed.
///
/// The two that some installations cannot meet can be given up, each by its name.
///
/// Renewal date and document number stand in group 11 (in the ICAO application in DG1): where that
/// group was not read, the report says that the two checks which need them were not performed, and the
/// document is not refused for it.
#[derive(Clone, Copy, Debug)]
pub struct Verifier<'a> {
    trust: &'a TrustStore,
    now: Time,
    revocation_lists: &'a [RevocationList],
    lost: Option<&'a LostList>,
    missing_list_accepted: bool,
    unproven_chip_accepted: bool,
    reader_trusted: bool,
}

impl<'a> Verifier<'a> {
    /// Verifies against the anchors of `trust`, at the moment `now`.
    ///
    /// ```
    /// use host_lib::{Time, TrustStore, Verifier};
    ///
    /// let trust = TrustStore::new(); // empty: nothing passes until an anchor is added
    /// let now = Time::try_from(std::time::SystemTime::now())?;
    /// let verifier = Verifier::new(&trust, now);
    /// # let _ = verifier;
    /// # Ok::<(), pki::Error>(())
    /// ```
    pub fn new(trust: &'a TrustStore, now: Time) -> Self {
        Self {
            trust,
            now,
            revocation_lists: &[],
            lost: None,
            missing_list_accepted: false,
            unproven_chip_accepted: false,
            reader_trusted: false,
        }
    }

    /// The revocation lists of the country signing CAs.
    #[must_use]
    pub fn revocation_lists(mut self, lists: &'a [RevocationList]) -> Self {
        self.revocation_lists = lists;
        self
    }

    /// The list of lost documents.
    #[must_use]
    pub fn lost_documents(mut self, list: &'a LostList) -> Self {
        self.lost = Some(list);
        self
    }

    /// Does without revocation lists: a document of a revoked signer is then accepted. The report says
    /// that the check was not performed.
    #[must_use]
    pub fn accept_missing_revocation_list(mut self) -> Self {
        self.missing_list_accepted = true;
        self
    }

    /// Accepts documents whose chip proved nothing: they may be copies. A proof that was attempted and
    /// failed is still an error.
    #[must_use]
    pub fn accept_unproven_chip(mut self) -> Self {
        self.unproven_chip_accepted = true;
        self
    }

    /// Takes the reader's word for the chip's proof, in what came as bytes ([`Unverified::from_bytes`]). For a server whose
    /// readers are its own and come over a connection that authenticates them: the proof of a chip convinces whoever took
    /// part in it, and nobody else.
    #[must_use]
    pub fn trust_reader(mut self) -> Self {
        self.reader_trusted = true;
        self
    }

    /// The date in Taiwan (UTC+8) at the moment of the verification.
    pub fn today(&self) -> Option<Date> {
        date_in_taiwan(self.now)
    }

    fn passive(&self) -> PassiveAuthentication<'a> {
        let passive = PassiveAuthentication::new(self.trust, self.now);
        if self.missing_list_accepted && self.revocation_lists.is_empty() {
            passive.without_revocation_lists()
        } else {
            passive.with_revocation_lists(self.revocation_lists)
        }
    }
}

/// Contents that passive authentication has verified, with the report of all checks.
///
/// Only verification makes one: signature, signer, revocation and hashes have passed. That the
/// *document* is acceptable (chip genuine, not overdue, not lost) is what
/// [`Verdict::accept`] adds.
pub struct Verified<T> {
    contents: T,
    report: Report,
}

impl<T> Verified<T> {
    /// Each check by name.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The contents alone.
    pub fn into_contents(self) -> T {
        self.contents
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.contents
    }
}

impl<T: fmt::Debug> fmt::Debug for Verified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Verified").field(&self.contents).finish()
    }
}

/// How a verification went.
#[derive(Debug)]
#[must_use = "a verdict that nobody looks at protects nobody"]
pub struct Verdict<T> {
    report: Report,
    contents: Result<Verified<T>>,
    unproven_chip_accepted: bool,
    reader_trusted: bool,
}

impl<T> Verdict<T> {
    /// Each check by name, with its result.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The contents of a document that can be accepted.
    ///
    /// # Errors
    /// [`Error::Refused`] with the most fundamental check that failed, or
    /// [`ErrorCode::ChipNotProven`]; [`Error::ChipMisbehaved`] if verified contents do not parse.
    pub fn accept(self) -> Result<Verified<T>> {
        self.report.require_no_failure()?;
        let contents = self.contents?;
        let proven = self.report.chip_is_genuine()
            || (self.reader_trusted && self.report.chip_was_seen_by_reader());
        if !self.unproven_chip_accepted && !proven {
            return Err(Error::Refused {
                check: CheckName::Chip(ChipProof::PaceCam),
                code: ErrorCode::ChipNotProven,
            });
        }
        Ok(contents)
    }

    /// The contents if they are the issuer's, even where the *document* must not be accepted: to say
    /// whose card is overdue, for instance. A copied chip has authentic contents too.
    pub fn authentic_contents(&self) -> Option<&Verified<T>> {
        self.contents.as_ref().ok()
    }
}

impl<T: Content> Unverified<T> {
    /// Verifies everything that was read, for one moment and one trust store.
    pub fn verify(&self, verifier: &Verifier<'_>) -> Verdict<T> {
        Verification::new(&self.evidence, verifier, T::APPLICATION).run()
    }
}

/// The calendar date at UTC+8.
fn date_in_taiwan(now: Time) -> Option<Date> {
    let days = (now.unix_seconds() + 8 * 3600) / 86_400;
    // Days since 0000-03-01, so that the leap day ends a year; 400 years have 146097 days.
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    Date::new(
        u16::try_from(year).ok()?,
        u8::try_from(month).ok()?,
        u8::try_from(day).ok()?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_that_of_taipei() {
        let at = |year, month, day, hour| Time::utc(year, month, day, hour, 59, 59).unwrap();
        let date = |year, month, day| Date::new(year, month, day).ok();
        assert_eq!(date_in_taiwan(at(2026, 11, 24, 15)), date(2026, 11, 24));
        assert_eq!(date_in_taiwan(at(2026, 11, 24, 16)), date(2026, 11, 25));
        assert_eq!(date_in_taiwan(at(2027, 12, 31, 20)), date(2028, 1, 1));
        assert_eq!(date_in_taiwan(at(2028, 2, 28, 20)), date(2028, 2, 29));
        assert_eq!(date_in_taiwan(at(2100, 2, 28, 20)), date(2100, 3, 1));
        assert_eq!(date_in_taiwan(at(1970, 1, 1, 0)), date(1970, 1, 1));
    }
}
