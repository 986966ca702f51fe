//! Whom a certificate names, as the register of the authority has it.

use core::fmt;

use pki::builder::DistinguishedName;
use rand_core::CryptoRng;

use super::CertificationError;
use crate::error::Error;
use crate::profile::Holder;

/// The country of every name.
pub(super) const COUNTRY: &str = "TW";

/// The sixteen characters by which the authority tells apart who has the same name (`serialNumber` of X.520 §6.2.9). They
/// follow from nothing about the person, stay with them from certificate to certificate, and are nobody else's.
///
/// ```
/// use issuer::SubjectSerialNumber;
///
/// assert!(SubjectSerialNumber::parse("0000000123456789").is_some());
/// assert!(SubjectSerialNumber::parse("A123456789").is_none());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SubjectSerialNumber(String);

impl SubjectSerialNumber {
    /// Sixteen digits or capital letters.
    pub fn parse(text: &str) -> Option<Self> {
        let known = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        let valid = text.len() == 16 && text.bytes().all(known);
        valid.then(|| Self(text.to_owned()))
    }

    /// Sixteen random digits.
    pub fn random(rng: &mut dyn CryptoRng) -> Self {
        // 2^64 is so much more than 10^16 that no digit is noticeably likelier than another.
        let number = rng.next_u64() % 10_000_000_000_000_000;
        Self(format!("{number:016}"))
    }

    /// All sixteen.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SubjectSerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectSerialNumber(..)")
    }
}

/// A natural person, as far as a certificate says who that is.
///
/// ```
/// use issuer::{Profile, Subject, SubjectSerialNumber};
///
/// let profile = Profile::default_specimen();
/// let number = SubjectSerialNumber::parse("0000000123456789").ok_or("sixteen characters")?;
/// let subject = Subject::of(profile.holder(), number)?;
/// assert_eq!((subject.name(), subject.tail_of_national_id()), ("王小明", "6789"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Subject {
    name: String,
    serial_number: SubjectSerialNumber,
    tail: String,
}

impl Subject {
    /// The holder of a card.
    ///
    /// # Errors
    /// None in practice: a holder's name and number fit.
    pub fn of(holder: &Holder, serial_number: SubjectSerialNumber) -> Result<Self, Error> {
        let number = holder.national_id.as_str();
        let tail = number.get(number.len().saturating_sub(4)..);
        Self::new(
            holder.name.as_str(),
            serial_number,
            tail.unwrap_or_default(),
        )
    }

    /// A name of 1 to 64 characters (X.520), and the last four characters of the national identification number.
    ///
    /// # Errors
    /// [`CertificationError::Subject`].
    pub fn new(name: &str, serial_number: SubjectSerialNumber, tail: &str) -> Result<Self, Error> {
        let digits = tail.len() == 4 && tail.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            let reason = "the last four characters of a national identification number are digits";
            return Err(CertificationError::Subject(reason).into());
        }
        if name.trim().is_empty() || name.chars().count() > 64 {
            return Err(CertificationError::Subject("a name has 1 to 64 characters").into());
        }
        if name.chars().any(char::is_control) {
            return Err(CertificationError::Subject("a name has no control characters").into());
        }
        Ok(Self {
            name: name.to_owned(),
            serial_number,
            tail: tail.to_owned(),
        })
    }

    /// 姓名.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tells apart who has the same name.
    pub const fn serial_number(&self) -> &SubjectSerialNumber {
        &self.serial_number
    }

    /// The last four characters of the 統一編號.
    pub fn tail_of_national_id(&self) -> &str {
        &self.tail
    }

    /// C=TW, CN=name, serialNumber=the sixteen characters.
    pub(super) fn distinguished_name(&self) -> Result<DistinguishedName, pki::Error> {
        DistinguishedName::new(COUNTRY, &self.name)?.serial_number(self.serial_number.as_str())
    }
}

/// Certificates are public, and yet a log is no place for who has one.
impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject(..)")
    }
}
