//! Auxiliary data of Terminal Authentication: what the terminal wants the chip to compare, so that the
//! chip can answer yes or no instead of giving a date or a place (TR-03110-3 A.7.5, B.6).
//!
//! The terminal commits to it by its signature; after Chip Authentication it names a kind in VERIFY or
//! COMPARE, and the chip compares its own data with what was signed.

use alloc::vec::Vec;
use core::fmt;

use iso7816::{
    CommandApdu,
    tlv::{self, Tag, Tlv, TlvReader},
};

use subtle::ConstantTimeEq;

use crate::{Error, dynamic_authentication_data as data};

pub(crate) const AUTHENTICATION: Tag = Tag(0x67);
const DISCRETIONARY_TEMPLATE: Tag = Tag(0x73);
const OBJECT_IDENTIFIER: Tag = Tag(0x06);
const DISCRETIONARY_DATA: Tag = Tag(0x53);

/// Longest auxiliary data in bytes that we take.
const MAX_SIZE: usize = 1024;

/// Most templates in it that we take.
const MAX_TEMPLATES: usize = 16;

const MALFORMED: Error = Error::Malformed("auxiliary data");

/// What can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `id-DateOfBirth`, age verification: was the holder born on that date or before?
    DateOfBirth,
    /// `id-DateOfExpiry`, document validity: does the document expire on that date or later?
    DateOfExpiry,
    /// `id-MunicipalityID`: does the holder's municipality begin so?
    MunicipalityId,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::DateOfBirth, Self::DateOfExpiry, Self::MunicipalityId];

    /// The value of the object identifier, below `id-AuxiliaryData`, 0.4.0.127.0.7.3.1.4.
    #[must_use]
    pub const fn oid(self) -> [u8; 9] {
        let kind = match self {
            Self::DateOfBirth => 1,
            Self::DateOfExpiry => 2,
            Self::MunicipalityId => 3,
        };
        [0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x04, kind]
    }

    /// The kind with this object identifier value.
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.oid() == oid)
    }

    /// VERIFY with this kind (TR-03110-3 B.14.10). Its class is proprietary.
    #[must_use]
    pub fn verify(self) -> CommandApdu {
        CommandApdu::new(0x80, 0x20, 0x80, 0x00)
            .with_data(tlv::encode(OBJECT_IDENTIFIER, &self.oid()))
    }

    /// COMPARE with this kind (TR-03110-3 B.14.9).
    #[must_use]
    pub fn compare(self) -> CommandApdu {
        CommandApdu::new(0x00, 0x33, 0x00, 0x00)
            .with_data(tlv::encode(OBJECT_IDENTIFIER, &self.oid()))
    }

    /// Reads the data field of VERIFY or COMPARE.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::ReferenceNotFound`] for another object identifier.
    pub fn from_command_data(command_data: &[u8]) -> Result<Self, Error> {
        let ([oid], []) = data::objects(
            TlvReader::new(command_data).strict(),
            [OBJECT_IDENTIFIER],
            [],
        )
        .ok_or(Error::Malformed("no object identifier of auxiliary data"))?;
        Self::from_oid(oid).ok_or(Error::ReferenceNotFound("no such auxiliary data"))
    }
}

/// A date of the common calendar, as eight digits `YYYYMMDD` (TR-03110-4 §2.2.3, type `Date`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date([u8; 8]);

impl Date {
    /// Reads eight digits.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] unless there are eight digits with a month from 1 to 12 and a day from 1
    /// to 31.
    pub fn parse(digits: &str) -> Result<Self, Error> {
        Self::from_bytes(digits.as_bytes())
            .ok_or(Error::InvalidInput("a date has the form YYYYMMDD"))
    }

    /// Reads eight digits in ASCII; `None` as [`parse`](Self::parse) fails.
    #[must_use]
    pub fn from_bytes(digits: &[u8]) -> Option<Self> {
        let digits: [u8; 8] = digits.try_into().ok()?;
        let number = |tens: u8, ones: u8| 10 * (tens - b'0') + (ones - b'0');
        let [_, _, _, _, month_tens, month, day_tens, day] = digits;
        (digits.iter().all(u8::is_ascii_digit)
            && (1..=12).contains(&number(month_tens, month))
            && (1..=31).contains(&number(day_tens, day)))
        .then_some(Self(digits))
    }

    /// The eight digits in ASCII.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // On the chip such a date is somebody's birthday.
        f.write_str("Date(..)")
    }
}

/// Auxiliary data as sent, DO 67, or none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AuxiliaryData {
    encoded: Vec<u8>,
    templates: Vec<(Vec<u8>, Vec<u8>)>,
}

/// What becomes of an object in DO 67 that is no template as the standard has it.
#[derive(Clone, Copy)]
enum Others {
    Refused,
    Ignored,
}

/// Object identifier and value of a discretionary data template.
fn template(object: &Tlv<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    if object.tag != DISCRETIONARY_TEMPLATE {
        return None;
    }
    let ([oid, value], []) = data::objects(
        TlvReader::new(object.value).strict(),
        [OBJECT_IDENTIFIER, DISCRETIONARY_DATA],
        [],
    )?;
    Some((oid.to_vec(), value.to_vec()))
}

impl AuxiliaryData {
    /// No auxiliary data.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            encoded: Vec::new(),
            templates: Vec::new(),
        }
    }

    /// Begins auxiliary data.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Reads DO 67 with its templates, at most 16 in 1024 bytes. What the values mean is not looked at:
    /// that happens when one is used, and unknown ones are ignored.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(bytes, Others::Refused).ok_or(MALFORMED)
    }

    /// Reads DO 67 as the chip does, for whom it is first of all something signed: interpreted only once
    /// the terminal is authenticated, and there as far as it is understood (TR-03110-3 A.7.5). An object
    /// that is no template, or a template of another form, is signed like the rest and names nothing.
    ///
    /// # Errors
    /// [`Error::Malformed`] for no DO 67 with data objects in it, or more than [`parse`](Self::parse) takes.
    pub fn received(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(bytes, Others::Ignored).ok_or(MALFORMED)
    }

    fn read(bytes: &[u8], others: Others) -> Option<Self> {
        if bytes.len() > MAX_SIZE {
            return None;
        }
        let ([content], []) = data::objects(TlvReader::new(bytes).strict(), [AUTHENTICATION], [])?;
        let mut templates = Vec::new();
        for object in TlvReader::new(content).strict() {
            match (template(&object.ok()?), others) {
                (Some(_), _) if templates.len() == MAX_TEMPLATES => return None,
                (Some(template), _) => templates.push(template),
                (None, Others::Ignored) => {}
                (None, Others::Refused) => return None,
            }
        }
        let enough = !templates.is_empty() || matches!(others, Others::Ignored);
        enough.then(|| Self {
            encoded: bytes.to_vec(),
            templates,
        })
    }

    /// The data as sent and signed; empty if there is none.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.encoded
    }

    /// The value under an object identifier; the last one if there are several.
    #[must_use]
    pub fn value(&self, oid: &[u8]) -> Option<&[u8]> {
        self.templates
            .iter()
            .rev()
            .find_map(|(found, value)| (found == oid).then_some(value.as_slice()))
    }

    /// Age verification on the chip: whether the holder was born on the terminal's date or before.
    /// `stored` is the holder's date of birth.
    ///
    /// # Errors
    /// [`Error::ReferenceNotFound`] if the terminal did not commit to a date, [`Error::Malformed`] if to
    /// something else.
    pub fn is_born_by(&self, stored: Date) -> Result<bool, Error> {
        Ok(stored <= self.date(Kind::DateOfBirth)?)
    }

    /// Document validity on the chip: whether the document expires on the terminal's date or later.
    /// `stored` is the date of expiry.
    ///
    /// # Errors
    /// As for [`AuxiliaryData::is_born_by`].
    pub fn is_valid_with(&self, stored: Date) -> Result<bool, Error> {
        Ok(stored >= self.date(Kind::DateOfExpiry)?)
    }

    /// Municipality verification on the chip: whether `stored` begins with the terminal's bytes.
    ///
    /// # Errors
    /// As for [`AuxiliaryData::is_born_by`]; the empty beginning, which every place has, is
    /// [`Error::Malformed`].
    pub fn is_in_municipality(&self, stored: &[u8]) -> Result<bool, Error> {
        let wanted = self.required(Kind::MunicipalityId)?;
        if wanted.is_empty() {
            return Err(Error::Malformed("the municipality is empty"));
        }
        // In constant time, so that a terminal does not learn how much of it was right.
        let beginning = stored.get(..wanted.len());
        Ok(beginning.is_some_and(|beginning| bool::from(beginning.ct_eq(wanted))))
    }

    fn date(&self, kind: Kind) -> Result<Date, Error> {
        Date::from_bytes(self.required(kind)?).ok_or(Error::Malformed("auxiliary data: the date"))
    }

    fn required(&self, kind: Kind) -> Result<&[u8], Error> {
        self.value(&kind.oid()).ok_or(Error::ReferenceNotFound(
            "the terminal did not commit to it",
        ))
    }
}

impl fmt::Debug for AuxiliaryData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuxiliaryData({} templates)", self.templates.len())
    }
}

/// Puts auxiliary data together.
#[derive(Clone, Default)]
pub struct Builder(Vec<u8>);

impl Builder {
    /// Asks whether the holder was born on this date or before.
    #[must_use]
    pub fn date_of_birth(self, latest: Date) -> Self {
        self.value(&Kind::DateOfBirth.oid(), &latest.0)
    }

    /// Asks whether the document is valid on this date, today's.
    #[must_use]
    pub fn date_of_expiry(self, today: Date) -> Self {
        self.value(&Kind::DateOfExpiry.oid(), &today.0)
    }

    /// Asks whether the holder's municipality begins with these bytes.
    #[must_use]
    pub fn municipality_id(self, beginning: &[u8]) -> Self {
        self.value(&Kind::MunicipalityId.oid(), beginning)
    }

    /// Adds a value under an object identifier of the caller's.
    #[must_use]
    pub fn value(mut self, oid: &[u8], value: &[u8]) -> Self {
        tlv::push_with(&mut self.0, DISCRETIONARY_TEMPLATE, |template| {
            tlv::push(template, OBJECT_IDENTIFIER, oid);
            tlv::push(template, DISCRETIONARY_DATA, value);
        });
        self
    }

    /// The data; [`AuxiliaryData::none`] if nothing was added.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for more than 16 values or 1024 bytes.
    pub fn build(self) -> Result<AuxiliaryData, Error> {
        if self.0.is_empty() {
            return Ok(AuxiliaryData::none());
        }
        AuxiliaryData::parse(&tlv::encode(AUTHENTICATION, &self.0))
            .map_err(|_| Error::InvalidInput("too much auxiliary data"))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Builder(..)")
    }
}
