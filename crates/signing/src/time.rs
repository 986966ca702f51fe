//! Moments as messages carry them.

use core::time::Duration;

use der::DateTime;
use der::asn1::GeneralizedTime;
use pki::Time;

use crate::asn1::{self, Elements};
use crate::{Error, signed_data::field};

fn digits(moment: DateTime) -> String {
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        moment.year(),
        moment.month(),
        moment.day(),
        moment.hour(),
        moment.minutes(),
        moment.seconds()
    )
}

fn date_time(time: Time) -> Result<DateTime, Error> {
    DateTime::from_unix_duration(Duration::from_secs(time.unix_seconds()))
        .map_err(Error::malformed("time"))
}

/// RFC 5652 §11.3: UTCTime through the year 2049, GeneralizedTime from 2050.
pub(crate) fn x509_time(time: Time) -> Result<Vec<u8>, Error> {
    let moment = date_time(time)?;
    let text = digits(moment);
    Ok(match text.get(2..) {
        Some(short) if moment.year() < 2050 => asn1::element(0x17, &[short.as_bytes()]),
        _ => asn1::element(0x18, &[text.as_bytes()]),
    })
}

/// GeneralizedTime, whatever the year: of a structure of our own.
pub(crate) fn generalized_time(time: Time) -> Result<Vec<u8>, Error> {
    Ok(asn1::element(0x18, &[digits(date_time(time)?).as_bytes()]))
}

/// The next of `fields`, a GeneralizedTime in DER.
pub(crate) fn read_generalized_time(fields: &mut Elements<'_>) -> Result<Time, Error> {
    let moment = fields.decode::<GeneralizedTime>()?.to_date_time();
    Time::from_unix_seconds(moment.unix_duration().as_secs())
        .map_err(|_| field("GeneralizedTime", "year"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_changes_in_2050() {
        let moment = |year| Time::utc(year, 1, 2, 3, 4, 5).unwrap();
        assert_eq!(
            x509_time(moment(2049)).unwrap(),
            b"\x17\x0d490102030405Z".to_vec()
        );
        assert_eq!(
            x509_time(moment(2050)).unwrap(),
            b"\x18\x0f20500102030405Z".to_vec()
        );
        let der = generalized_time(moment(2026)).unwrap();
        let mut fields = Elements::inside("test", &der).unwrap();
        assert_eq!(read_generalized_time(&mut fields).unwrap(), moment(2026));
    }
}
