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

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use hex_literal::hex;

    use super::*;

    const SALT: Salt = Salt([0xAB; 16]);

    fn dg3() -> Dg3 {
        Dg3 {
            salt: SALT,
            spouse_name: Some(Name::new("李").unwrap()),
            spouse_romanized_name: None,
        }
    }

    fn dg11() -> Dg11 {
        Dg11 {
            salt: SALT,
            name: Name::new("王小明").unwrap(),
            foreign_name: None,
            romanized_name: Some(RomanizedName::new("Wang, Xiao-Ming").unwrap()),
            national_id: NationalId::new("A123456789").unwrap(),
            birth_date: "199005  ".parse().unwrap(),
            marriage_status: Some(MarriageStatus::Married),
            document_number: DocumentNumber::new("AB1234567").unwrap(),
            renewal_date: Some(Date::new(2036, 11, 24).unwrap()),
            manufacture_date: None,
            certification_info: None,
        }
    }

    /// A group with these contents behind its salt.
    fn group(number: u8, fields: &[u8]) -> Vec<u8> {
        let sequence = [&hex!("0410")[..], &SALT.0, fields].concat();
        [
            &[
                0x60 + number,
                sequence.len() as u8 + 2,
                0x30,
                sequence.len() as u8,
            ],
            &*sequence,
        ]
        .concat()
    }

    #[test]
    fn a_group_looks_as_the_profile_shows_it() {
        let file =
            hex!("63 1F 30 1D 0410 ABABABABABABABABABABABABABABABAB A005 0C03 E69D8E A102 0C00");
        assert_eq!(dg3().encode(), file);
        assert_eq!(Dg3::decode(&file).unwrap(), dg3());
    }

    #[test]
    fn dates_are_numeric_strings_with_spaces_and_an_absent_one_is_empty() {
        let file = dg11().encode();
        let contains = |bytes: &[u8]| file.windows(bytes.len()).any(|window| window == bytes);
        assert!(contains(b"\xA4\x0A\x12\x08199005  "));
        assert!(contains(b"\xA7\x0A\x12\x0820361124"));
        assert!(contains(b"\xA8\x02\x12\x00"));
        assert_eq!(Dg11::decode(&file).unwrap(), dg11());
    }

    #[test]
    fn an_empty_field_is_present_and_a_missing_one_is_named() {
        let error = Dg3::decode(&group(3, &hex!("A005 0C03 E69D8E"))).unwrap_err();
        let (group_number, field) = (GroupNumber::Dg3, FieldName::SpouseRomanizedName);
        assert_eq!(
            error,
            Error::MissingField {
                group: group_number,
                field
            }
        );
        assert_eq!(
            error.to_string(),
            "eID DG3: the field spouseNameRoman is missing"
        );
        // the second field stands, the first one does not
        assert_eq!(
            Dg3::decode(&group(3, &hex!("A102 0C00"))),
            Err(Error::MissingField {
                group: group_number,
                field: FieldName::SpouseName
            })
        );
        assert!(Dg3::decode(&group(3, &hex!("A002 0C00 A102 0C00"))).is_ok());
    }

    #[test]
    fn what_no_reader_would_show_is_refused() {
        for tail in [&hex!("A202 0C00")[..], &hex!("0500"), &hex!("A002 0C00")] {
            let fields = [&hex!("A002 0C00 A102 0C00")[..], tail].concat();
            assert_eq!(
                Dg3::decode(&group(3, &fields)),
                Err(Error::UnexpectedField {
                    group: GroupNumber::Dg3
                })
            );
        }
        // and so is what stands beside a value in its field, inside the frame or behind it
        assert!(Dg3::decode(&group(3, &hex!("A004 0C00 0C00 A102 0C00"))).is_err());
        let file = dg3().encode();
        assert!(Dg3::decode(&[&*file, &[0]].concat()).is_err());
    }

    #[test]
    fn a_field_of_another_type_is_refused_by_name() {
        let field_error = |number: GroupNumber, fields: &[u8]| match Group::decode(
            number,
            &group(number.number(), fields),
        ) {
            Err(Error::Field { field, reason, .. }) => (field, reason),
            other => panic!("{other:?}"),
        };
        let kind = |number, fields| field_error(number, fields).0;
        assert_eq!(
            kind(GroupNumber::Dg3, &hex!("A002 1300 A102 0C00")),
            FieldName::SpouseName
        );
        assert_eq!(
            kind(GroupNumber::Dg2, &hex!("A002 0C00")),
            FieldName::Portrait300
        );
        assert_eq!(
            field_error(GroupNumber::Dg3, &hex!("A003 0C01 FF A102 0C00")),
            (FieldName::SpouseName, ValueError::Utf8)
        );
        assert_eq!(
            kind(GroupNumber::Dg4, &hex!("A003 0C01 58")),
            FieldName::Sex
        );
        assert_eq!(
            kind(GroupNumber::Dg9, &hex!("A003 0C01 31")),
            FieldName::CardNumberDigits
        );
        assert_eq!(
            field_error(GroupNumber::Dg6, &hex!("A002 0C00 A102 0C00 A202 0C00")),
            (FieldName::FatherLabel, ValueError::Empty)
        );
        assert_eq!(
            field_error(GroupNumber::Dg5, &hex!("A003 0401 00")),
            (
                FieldName::Portrait600,
                ValueError::Image("neither JPEG nor JPEG 2000")
            )
        );
    }

    #[test]
    fn a_renewal_date_is_whole_or_absent() {
        let mut file = dg11().encode();
        let place = file
            .windows(8)
            .position(|window| window == b"20361124")
            .unwrap();
        file[place + 6..place + 8].fill(b' ');
        assert!(matches!(
            Dg11::decode(&file),
            Err(Error::Field {
                field: FieldName::RenewalDate,
                reason: ValueError::Date(_),
                ..
            })
        ));
    }

    #[test]
    fn the_frame_is_der_with_a_salt_of_16_bytes() {
        for bad in [
            &hex!("63 15 30 13 040F ABABABABABABABABABABABABABABAB A0020C00")[..],
            &hex!("63 02 30 00"),
            &hex!("63 02 31 00"),
            &hex!("43 00"),
            &hex!("63 00"),
            &hex!("64 1F 30 1D 0410 ABABABABABABABABABABABABABABABAB A005 0C03 E69D8E A102 0C00"),
            &hex!(
                "63 8120 30 1D 0410 ABABABABABABABABABABABABABABABAB A005 0C03 E69D8E A102 0C00 00"
            ),
            &hex!("63 811F 30 1D 0410 ABABABABABABABABABABABABABABABAB A005 0C03 E69D8E A102 0C00"),
        ] {
            assert!(Dg3::decode(bad).is_err(), "{bad:02X?}");
        }
        let long = alloc::vec![0x63; codec::MAX_GROUP_LEN + 1];
        assert!(matches!(Dg3::decode(&long), Err(Error::TooLarge { .. })));
    }

    #[test]
    fn the_household_area_is_village_and_neighbourhood_in_a_row() {
        let area = |village: &str, neighbourhood: &str| {
            let neighbourhood =
                (!neighbourhood.is_empty()).then(|| Text::new(neighbourhood).unwrap());
            HouseholdArea::new(Address::new(village).unwrap(), neighbourhood).unwrap()
        };
        let whole = Dg13 {
            salt: SALT,
            area: Some(area("臺北市中正區黎明里", "1鄰")),
        };
        let values: Vec<_> = whole.values();
        assert_eq!(
            values[2],
            FieldValue::Text(Cow::Borrowed("臺北市中正區黎明里1鄰"))
        );
        assert_eq!(Dg13::decode(&whole.encode()).unwrap(), whole);
        let empty = Dg13 {
            salt: SALT,
            area: None,
        };
        assert!(empty.values().iter().all(FieldValue::is_empty));
        assert_eq!(Dg13::decode(&empty.encode()).unwrap(), empty);
        // "里" and "鄰" alone, then something else than both together
        for bad in [
            &hex!("A005 0C03 E9878C A105 0C03 E984B0 A205 0C03 E9878C")[..],
            &hex!("A005 0C03 E9878C A105 0C03 E984B0 A202 0C00"),
            &hex!("A002 0C00 A105 0C03 E984B0 A205 0C03 E984B0"),
        ] {
            assert!(matches!(
                Dg13::decode(&group(13, bad)),
                Err(Error::Field {
                    field: FieldName::HouseholdArea,
                    ..
                })
            ));
        }
        assert!(
            Dg13::decode(&group(
                13,
                &hex!("A005 0C03 E9878C A105 0C03 E984B0 A208 0C06 E9878CE984B0")
            ))
            .is_ok()
        );
    }

    #[test]
    fn every_group_writes_the_fields_that_its_number_lists() {
        let father = Dg6 {
            salt: SALT,
            label: Text::new("養父").unwrap(),
            name: None,
            romanized_name: None,
        };
        for (group, fields) in [
            (Group::from(dg3()), 2),
            (dg11().into(), 10),
            (father.into(), 3),
        ] {
            assert_eq!(group.fields().len(), fields);
            assert_eq!(group.number().fields().len(), fields);
        }
        let all: Vec<_> = GroupNumber::ALL
            .iter()
            .flat_map(|group| group.fields())
            .collect();
        assert_eq!(all.len(), 29);
        for (index, field) in all.iter().enumerate() {
            assert!(
                !all[..index].contains(field),
                "{field} stands in one group only"
            );
        }
    }

    #[test]
    fn debug_output_says_nothing_about_the_holder() {
        let shown = alloc::format!("{:?}", dg11());
        for secret in [
            "王",
            "Wang",
            "A123456789",
            "1990",
            "AB1234567",
            "171",
            "AB, AB",
        ] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
