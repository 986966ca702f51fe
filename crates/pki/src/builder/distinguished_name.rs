//! Names as Doc 9303-12 has them.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc4519::{
    COMMON_NAME, COUNTRY_NAME, ORGANIZATION_NAME, ORGANIZATIONAL_UNIT_NAME, SERIAL_NUMBER,
};
use der::asn1::PrintableStringRef;
use der::{Any, Tag};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

use crate::Error;

/// A distinguished name: country, organisation, unit, common name (ICAO Doc 9303-12, 8th edition, §7.1.1.1), and the
/// serialNumber that tells apart who has the same name (RFC 5280 §4.1.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistinguishedName {
    country: String,
    organization: Option<String>,
    organizational_unit: Option<String>,
    common_name: Option<String>,
    serial_number: Option<String>,
}

impl DistinguishedName {
    /// The two mandatory attributes: an ISO 3166-1 alpha-2 country code in upper case, and a common name.
    ///
    /// # Errors
    /// [`Error::OutsideProfile`] if the code is not two upper-case letters or the name is empty or longer than 64
    /// characters (X.520).
    pub fn new(country: &str, common_name: &str) -> Result<Self, Error> {
        Ok(Self {
            common_name: Some(at_most_64(common_name)?),
            ..Self::of_country(country)?
        })
    }

    /// The country alone, for an authority that has an organisation and a unit, and no common name.
    ///
    /// # Errors
    /// [`Error::OutsideProfile`] if the code is not two upper-case letters.
    pub fn of_country(country: &str) -> Result<Self, Error> {
        let letters = country.chars().filter(char::is_ascii_uppercase).count();
        if letters != 2 || country.len() != 2 {
            return Err(Error::OutsideProfile("country code"));
        }
        Ok(Self {
            country: country.to_owned(),
            organization: None,
            organizational_unit: None,
            common_name: None,
            serial_number: None,
        })
    }

    /// Adds an organisation.
    ///
    /// # Errors
    /// [`Error::OutsideProfile`] if it is empty or longer than 64 characters.
    pub fn organization(mut self, organization: &str) -> Result<Self, Error> {
        self.organization = Some(at_most_64(organization)?);
        Ok(self)
    }

    /// Adds a unit of the organisation.
    ///
    /// # Errors
    /// [`Error::OutsideProfile`] if it is empty or longer than 64 characters.
    pub fn organizational_unit(mut self, unit: &str) -> Result<Self, Error> {
        self.organizational_unit = Some(at_most_64(unit)?);
        Ok(self)
    }

    /// Adds a serialNumber (X.520 §6.2.9): a PrintableString of at most 64 characters.
    ///
    /// # Errors
    /// [`Error::OutsideProfile`] if it is empty, longer, or of other characters.
    pub fn serial_number(mut self, serial_number: &str) -> Result<Self, Error> {
        if PrintableStringRef::new(serial_number).is_err() {
            return Err(Error::OutsideProfile("characters of a serialNumber"));
        }
        self.serial_number = Some(at_most_64(serial_number)?);
        Ok(self)
    }

    /// The name as certificates have it.
    ///
    /// # Errors
    /// None in practice: the attributes were checked when they were given.
    pub fn to_name(&self) -> Result<Name, Error> {
        let mut sequence = RdnSequence::default();
        let organization = self.organization.as_deref();
        let unit = self.organizational_unit.as_deref();
        for (oid, tag, text) in [
            (
                COUNTRY_NAME,
                Tag::PrintableString,
                Some(self.country.as_str()),
            ),
            (ORGANIZATION_NAME, Tag::Utf8String, organization),
            (ORGANIZATIONAL_UNIT_NAME, Tag::Utf8String, unit),
            (COMMON_NAME, Tag::Utf8String, self.common_name.as_deref()),
            (
                SERIAL_NUMBER,
                Tag::PrintableString,
                self.serial_number.as_deref(),
            ),
        ] {
            if let Some(text) = text {
                sequence.push(attribute(oid, tag, text)?);
            }
        }
        Ok(Name::hazmat_from_rdn_sequence(sequence))
    }
}

/// A name of a single attribute.
pub(super) fn attribute(
    oid: ObjectIdentifier,
    tag: Tag,
    text: &str,
) -> Result<RelativeDistinguishedName, Error> {
    let malformed = Error::malformed("distinguished name");
    let value = Any::new(tag, text.as_bytes()).map_err(&malformed)?;
    let mut rdn = RelativeDistinguishedName::default();
    rdn.insert(AttributeTypeAndValue { oid, value })
        .map_err(&malformed)?;
    Ok(rdn)
}

fn at_most_64(text: &str) -> Result<String, Error> {
    if (1..=64).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(Error::OutsideProfile("length of a name"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_code_is_two_upper_case_letters() {
        assert!(DistinguishedName::new("TW", "x").is_ok());
        for wrong in ["tw", "T", "TWN", "T1", "臺"] {
            assert_eq!(
                DistinguishedName::new(wrong, "x"),
                Err(Error::OutsideProfile("country code"))
            );
        }
    }

    #[test]
    fn a_name_has_at_most_64_characters_of_any_script() {
        assert!(DistinguishedName::new("TW", &"部".repeat(64)).is_ok());
        assert!(DistinguishedName::new("TW", &"部".repeat(65)).is_err());
        assert!(DistinguishedName::new("TW", "").is_err());
    }

    #[test]
    fn a_serial_number_is_a_printable_string() {
        let name = || DistinguishedName::new("TW", "王小明").unwrap();
        assert!(name().serial_number("1234567890123456").is_ok());
        for wrong in ["", "一二三", "1234_5", "1234@5"] {
            assert!(name().serial_number(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_authority_needs_no_common_name() {
        let name = DistinguishedName::of_country("TW")
            .and_then(|name| name.organization("行政院"))
            .and_then(|name| name.organizational_unit("內政部憑證管理中心"))
            .and_then(|name| name.to_name())
            .unwrap();
        assert_eq!(name.to_string(), "OU=內政部憑證管理中心,O=行政院,C=TW");
    }

    #[test]
    fn attributes_stand_in_the_order_of_the_directory() {
        let name = DistinguishedName::new("TW", "Test CSCA")
            .and_then(|name| name.organization("內政部"))
            .and_then(|name| name.organizational_unit("Test PKI"))
            .and_then(|name| name.to_name())
            .unwrap();
        assert_eq!(name.to_string(), "CN=Test CSCA,OU=Test PKI,O=內政部,C=TW");
    }
}
