//! The groups as types.

use alloc::{borrow::Cow, string::String, vec, vec::Vec};

use super::{
    FieldName, FieldValue, GroupNumber, HouseholdArea, MarriageStatus, Salt,
    codec::{self, FieldReader},
};
use crate::{
    Address, CardNumberDigits, Date, DocumentNumber, Error, Image, Name, NationalId, PartialDate,
    RomanizedName, Sex, Text, ValueError,
};

mod sealed {
    pub trait Sealed {}
}

/// What all groups have in common: a number, a salt, fields, an encoding.
pub trait DataGroup: sealed::Sealed + Sized {
    /// The number of this group.
    const NUMBER: GroupNumber;

    /// The salt.
    fn salt(&self) -> &Salt;

    /// The values of [`GroupNumber::fields`], in the same order.
    fn values(&self) -> Vec<FieldValue<'_>>;

    /// Reads the contents of the file.
    ///
    /// # Errors
    /// Broken DER, another group, a missing, unexpected or wrong field.
    fn decode(bytes: &[u8]) -> Result<Self, Error>;

    /// The contents of the file.
    fn encode(&self) -> Vec<u8> {
        codec::encode(Self::NUMBER, self.salt(), self.values())
    }

    /// Every field with its name.
    fn fields(&self) -> impl Iterator<Item = (FieldName, FieldValue<'_>)> {
        Self::NUMBER.fields().iter().copied().zip(self.values())
    }
}

fn text(text: &str) -> FieldValue<'_> {
    FieldValue::Text(Cow::Borrowed(text))
}

fn optional<'a, T>(value: &'a Option<T>, as_str: impl FnOnce(&'a T) -> &'a str) -> FieldValue<'a> {
    text(value.as_ref().map_or("", as_str))
}

fn optional_date(date: Option<Date>) -> FieldValue<'static> {
    date.map_or(FieldValue::NoDate, |date| FieldValue::Date(date.into()))
}

fn optional_image(image: &Option<Image>) -> FieldValue<'_> {
    image
        .as_ref()
        .map_or(FieldValue::NoImage, FieldValue::Image)
}

/// A date that the issuer sets, and that is therefore either whole or absent.
fn whole(date: Option<PartialDate>) -> Result<Option<Date>, ValueError> {
    date.map(|date| {
        date.complete()
            .ok_or(ValueError::Date("the date is not complete"))
    })
    .transpose()
}

macro_rules! data_group {
    ($name:ident) => {
        impl sealed::Sealed for $name {}

        impl From<$name> for Group {
            fn from(group: $name) -> Self {
                Self::$name(group)
            }
        }
    };
}

/// Portrait, 300 dpi. Public. Empty where the holder is exempt from the photograph (免列印相片).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg2 {
    /// The salt.
    pub salt: Salt,
    /// 相片.
    pub portrait: Option<Image>,
}

data_group!(Dg2);

impl DataGroup for Dg2 {
    const NUMBER: GroupNumber = GroupNumber::Dg2;

    fn salt(&self) -> &Salt {
        &self.salt
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        vec![optional_image(&self.portrait)]
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, salt) = FieldReader::new(Self::NUMBER, bytes)?;
        let group = Self {
            salt,
            portrait: reader.optional_image()?,
        };
        reader.finish().map(|()| group)
    }
}

/// Spouse. Protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg3 {
    /// The salt.
    pub salt: Salt,
    /// 配偶姓名.
    pub spouse_name: Option<Name>,
    /// 配偶姓名羅馬拼音.
    pub spouse_romanized_name: Option<RomanizedName>,
}

data_group!(Dg3);

impl DataGroup for Dg3 {
    const NUMBER: GroupNumber = GroupNumber::Dg3;

    fn salt(&self) -> &Salt {
        &self.salt
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        vec![
            optional(&self.spouse_name, Name::as_str),
            optional(&self.spouse_romanized_name, RomanizedName::as_str),
        ]
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, salt) = FieldReader::new(Self::NUMBER, bytes)?;
        let group = Self {
            salt,
            spouse_name: reader.optional_text(Name::new)?,
            spouse_romanized_name: reader.optional_text(RomanizedName::new)?,
        };
        reader.finish().map(|()| group)
    }
}

/// Sex. Protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg4 {
    /// The salt.
    pub salt: Salt,
    /// 性別.
    pub sex: Sex,
}

data_group!(Dg4);

impl DataGroup for Dg4 {
    const NUMBER: GroupNumber = GroupNumber::Dg4;

    fn salt(&self) -> &Salt {
        &self.salt
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        vec![text(self.sex.as_str())]
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, salt) = FieldReader::new(Self::NUMBER, bytes)?;
        let group = Self {
            salt,
            sex: reader.text(Sex::from_text)?,
        };
        reader.finish().map(|()| group)
    }
}

/// Portrait, 600 dpi. Protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg5 {
    /// The salt.
    pub salt: Salt,
    /// 相片.
    pub portrait: Option<Image>,
}

data_group!(Dg5);

impl DataGroup for Dg5 {
    const NUMBER: GroupNumber = GroupNumber::Dg5;

    fn salt(&self) -> &Salt {
        &self.salt
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        vec![optional_image(&self.portrait)]
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, salt) = FieldReader::new(Self::NUMBER, bytes)?;
        let group = Self {
            salt,
            portrait: reader.optional_image()?,
        };
        reader.finish().map(|()| group)
    }
}

/// Father, or whoever the label says. Protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg6 {
    /// The salt.
    pub salt: Salt,
    /// 父欄位名: the label that the card shows before the name. It is data: not every family has a 父.
    pub label: Text,
    /// The name; empty if it is not known.
    pub name: Option<Name>,
    /// The romanised name.
    pub romanized_name: Option<RomanizedName>,
}

data_group!(Dg6);

impl DataGroup for Dg6 {
    const NUMBER: GroupNumber = GroupNumber::Dg6;

    fn salt(&self) -> &Salt {
        &self.salt
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        vec![
            text(self.label.as_str()),
            optional(&self.name, Name::as_str),
            optional(&self.romanized_name, RomanizedName::as_str),
        ]
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, salt) = FieldReader::new(Self::NUMBER, bytes)?;
        let group = Self {
            salt,
            label: reader.text(Text::new)?,
            name: reader.optional_text(Name::new)?,
            romanized_name: reader.optional_text(RomanizedName::new)?,
        };
        reader.finish().map(|()| group)
    }
}

/// Mother, or whoever the label says. Protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg7 {
    /// The salt.
    pub salt: Salt,
    /// 母欄位名: the label that the card shows before the name.
    pub label: Text,
    /// The name; empty if it is not known.
    pub name: Option<Name>,
    /// The romanised name.
    pub romanized_name: Option<RomanizedName>,
}

data_group!(Dg7);

impl DataGroup for Dg7 {
    const NUMBER: GroupNumber = GroupNumber::Dg7;

    fn salt(&self) -> &Salt {
        &self.salt
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        vec![
            text(self.label.as_str()),
            optional(&self.name, Name::as_str),
            optional(&self.romanized_name, RomanizedName::as_str),
        ]
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, salt) = FieldReader::new(Self::NUMBER, bytes)?;
        let group = Self {
            salt,
            label: reader.text(Text::new)?,
            name: reader.optional_text(Name::new)?,
            romanized_name: reader.optional_text(RomanizedName::new)?,
        };
        reader.finish().map(|()| group)
    }
}

/// Place of birth. Protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg8 {
    /// The salt.
    pub salt: Salt,
    /// 出生地代碼.
    pub code: Option<Text>,
    /// 出生地.
    pub name: Option<Text>,
}

data_group!(Dg8);

impl DataGroup for Dg8 {
    const NUMBER: GroupNumber = GroupNumber::Dg8;

    fn salt(&self) -> &Salt {
        &self.salt
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        vec![
            optional(&self.code, Text::as_str),
            optional(&self.name, Text::as_str),
        ]
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, salt) = FieldReader::new(Self::NUMBER, bytes)?;
        let group = Self {
            salt,
            code: reader.optional_text(Text::new)?,
            name: reader.optional_text(Text::new)?,
        };
        reader.finish().map(|()| group)
    }
}

/// The last six digits of the card number. Protected: they are the access code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg9 {
    /// The salt.
    pub salt: Salt,
    /// 卡片序號末六碼.
    pub digits: CardNumberDigits,
}

data_group!(Dg9);

impl DataGroup for Dg9 {
    const NUMBER: GroupNumber = GroupNumber::Dg9;

    fn salt(&self) -> &Salt {
        &self.salt
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        vec![text(self.digits.as_str())]
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, salt) = FieldReader::new(Self::NUMBER, bytes)?;
        let group = Self {
            salt,
            digits: reader.text(CardNumberDigits::new)?,
        };
        reader.finish().map(|()| group)
    }
}

/// Holder and document. Public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg11 {
    /// The salt.
    pub salt: Salt,
    /// 中文姓名.
    pub name: Name,
    /// 外文姓名.
    pub foreign_name: Option<RomanizedName>,
    /// 姓名羅馬拼音.
    pub romanized_name: Option<RomanizedName>,
    /// 統一編號.
    pub national_id: NationalId,
    /// 出生日期.
    pub birth_date: PartialDate,
    /// 結婚狀態.
    pub marriage_status: Option<MarriageStatus>,
    /// 證件號碼.
    pub document_number: DocumentNumber,
    /// 應換領日期.
    pub renewal_date: Option<Date>,
    /// 製證日期.
    pub manufacture_date: Option<Date>,
    /// 驗證資訊.
    pub certification_info: Option<Text>,
}

data_group!(Dg11);

impl DataGroup for Dg11 {
    const NUMBER: GroupNumber = GroupNumber::Dg11;

    fn salt(&self) -> &Salt {
        &self.salt
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        vec![
            text(self.name.as_str()),
            optional(&self.foreign_name, RomanizedName::as_str),
            optional(&self.romanized_name, RomanizedName::as_str),
            text(self.national_id.as_str()),
            FieldValue::Date(self.birth_date),
            text(self.marriage_status.map_or("", MarriageStatus::as_str)),
            text(self.document_number.as_str()),
            optional_date(self.renewal_date),
            optional_date(self.manufacture_date),
            optional(&self.certification_info, Text::as_str),
        ]
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, salt) = FieldReader::new(Self::NUMBER, bytes)?;
        let group = Self {
            salt,
            name: reader.text(Name::new)?,
            foreign_name: reader.optional_text(RomanizedName::new)?,
            romanized_name: reader.optional_text(RomanizedName::new)?,
            national_id: reader.text(NationalId::new)?,
            birth_date: reader.date()?,
            marriage_status: reader.optional_text(MarriageStatus::from_text)?,
            document_number: reader.text(DocumentNumber::new)?,
            renewal_date: {
                let date = reader.optional_date()?;
                reader.check(whole(date))?
            },
            manufacture_date: {
                let date = reader.optional_date()?;
                reader.check(whole(date))?
            },
            certification_info: reader.optional_text(Text::new)?,
        };
        reader.finish().map(|()| group)
    }
}

/// Military service and household address. Public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg12 {
    /// The salt.
    pub salt: Salt,
    /// 役別.
    pub military_service: Option<Text>,
    /// 戶籍地址.
    pub household_address: Option<Address>,
}

data_group!(Dg12);

impl DataGroup for Dg12 {
    const NUMBER: GroupNumber = GroupNumber::Dg12;

    fn salt(&self) -> &Salt {
        &self.salt
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        vec![
            optional(&self.military_service, Text::as_str),
            optional(&self.household_address, Address::as_str),
        ]
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, salt) = FieldReader::new(Self::NUMBER, bytes)?;
        let group = Self {
            salt,
            military_service: reader.optional_text(Text::new)?,
            household_address: reader.optional_text(Address::new)?,
        };
        reader.finish().map(|()| group)
    }
}

/// Household area. Household zone. Without a household registration all three fields are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg13 {
    /// The salt.
    pub salt: Salt,
    /// 戶籍地區.
    pub area: Option<HouseholdArea>,
}

data_group!(Dg13);

impl DataGroup for Dg13 {
    const NUMBER: GroupNumber = GroupNumber::Dg13;

    fn salt(&self) -> &Salt {
        &self.salt
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        let Some(area) = &self.area else {
            return vec![text(""), text(""), text("")];
        };
        vec![
            text(area.village().as_str()),
            text(area.neighbourhood().map_or("", Text::as_str)),
            FieldValue::Text(Cow::Owned(area.full())),
        ]
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, salt) = FieldReader::new(Self::NUMBER, bytes)?;
        let village = reader.optional_text(Address::new)?;
        let neighbourhood = reader.optional_text(Text::new)?;
        let full = reader.text(|text| Ok(String::from(text)))?;
        let area = match (village, neighbourhood) {
            (Some(village), neighbourhood) => HouseholdArea::new(village, neighbourhood).map(Some),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(ValueError::Unknown("a neighbourhood without its village")),
        };
        let area = reader.check(area)?;
        if area.as_ref().map(HouseholdArea::full).unwrap_or_default() != full {
            return reader.check(Err(ValueError::Unknown(
                "is not the village and the neighbourhood in a row",
            )));
        }
        reader.finish().map(|()| Self { salt, area })
    }
}

/// Any group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is the type of the same name")]
pub enum Group {
    Dg2(Dg2),
    Dg3(Dg3),
    Dg4(Dg4),
    Dg5(Dg5),
    Dg6(Dg6),
    Dg7(Dg7),
    Dg8(Dg8),
    Dg9(Dg9),
    Dg11(Dg11),
    Dg12(Dg12),
    Dg13(Dg13),
}

/// Runs the same expression on whichever group it is.
macro_rules! each {
    ($self:expr, $group:ident => $do:expr) => {
        match $self {
            Group::Dg2($group) => $do,
            Group::Dg3($group) => $do,
            Group::Dg4($group) => $do,
            Group::Dg5($group) => $do,
            Group::Dg6($group) => $do,
            Group::Dg7($group) => $do,
            Group::Dg8($group) => $do,
            Group::Dg9($group) => $do,
            Group::Dg11($group) => $do,
            Group::Dg12($group) => $do,
            Group::Dg13($group) => $do,
        }
    };
}

impl Group {
    /// Reads the contents of a file that should be this group.
    ///
    /// # Errors
    /// As [`DataGroup::decode`].
    pub fn decode(number: GroupNumber, bytes: &[u8]) -> Result<Self, Error> {
        match number {
            GroupNumber::Dg2 => Dg2::decode(bytes).map(Self::Dg2),
            GroupNumber::Dg3 => Dg3::decode(bytes).map(Self::Dg3),
            GroupNumber::Dg4 => Dg4::decode(bytes).map(Self::Dg4),
            GroupNumber::Dg5 => Dg5::decode(bytes).map(Self::Dg5),
            GroupNumber::Dg6 => Dg6::decode(bytes).map(Self::Dg6),
            GroupNumber::Dg7 => Dg7::decode(bytes).map(Self::Dg7),
            GroupNumber::Dg8 => Dg8::decode(bytes).map(Self::Dg8),
            GroupNumber::Dg9 => Dg9::decode(bytes).map(Self::Dg9),
            GroupNumber::Dg11 => Dg11::decode(bytes).map(Self::Dg11),
            GroupNumber::Dg12 => Dg12::decode(bytes).map(Self::Dg12),
            GroupNumber::Dg13 => Dg13::decode(bytes).map(Self::Dg13),
        }
    }

    /// The contents of the file.
    pub fn encode(&self) -> Vec<u8> {
        each!(self, group => group.encode())
    }

    /// Which group it is.
    pub fn number(&self) -> GroupNumber {
        fn number<G: DataGroup>(_: &G) -> GroupNumber {
            G::NUMBER
        }
        each!(self, group => number(group))
    }

    /// The salt.
    pub fn salt(&self) -> &Salt {
        each!(self, group => group.salt())
    }

    /// Every field with its name.
    pub fn fields(&self) -> Vec<(FieldName, FieldValue<'_>)> {
        each!(self, group => group.fields().collect())
    }
}
