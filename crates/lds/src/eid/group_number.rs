//! Which groups there are, where they lie, who may see them, and what their fields are called.

use core::fmt;

use iso7816::{FileId, ShortFileId};

use FieldName as F;

/// Who may read a group. docs/chip-profile.md, "Sessions and what they open".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zone {
    /// 公開區: after the access code.
    Public,
    /// 戶籍地區: after the access code.
    Household,
    /// 加密區: after PIN1, with the agency's authorisation.
    Protected,
}

impl Zone {
    /// Name in Chinese.
    pub const fn label_zh(self) -> &'static str {
        match self {
            Self::Public => "公開區",
            Self::Household => "戶籍地區",
            Self::Protected => "加密區",
        }
    }

    /// Name in English.
    pub const fn label_en(self) -> &'static str {
        match self {
            Self::Public => "public zone",
            Self::Household => "household zone",
            Self::Protected => "protected zone",
        }
    }
}

/// A data group of the eID application. 1 and 10 are not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum GroupNumber {
    /// Portrait, 300 dpi.
    Dg2 = 2,
    /// Spouse.
    Dg3 = 3,
    /// Sex.
    Dg4 = 4,
    /// Portrait, 600 dpi.
    Dg5 = 5,
    /// Father.
    Dg6 = 6,
    /// Mother.
    Dg7 = 7,
    /// Place of birth.
    Dg8 = 8,
    /// Last six digits of the card number.
    Dg9 = 9,
    /// Holder and document.
    Dg11 = 11,
    /// Military service and household address.
    Dg12 = 12,
    /// Household area.
    Dg13 = 13,
}

impl GroupNumber {
    /// Every group, in ascending order.
    pub const ALL: [Self; 11] = [
        Self::Dg2,
        Self::Dg3,
        Self::Dg4,
        Self::Dg5,
        Self::Dg6,
        Self::Dg7,
        Self::Dg8,
        Self::Dg9,
        Self::Dg11,
        Self::Dg12,
        Self::Dg13,
    ];

    /// The group with this number.
    ///
    /// ```
    /// use lds::eid::{GroupNumber, Zone};
    /// let group = GroupNumber::new(11).expect("a group of the profile");
    /// assert_eq!((group.tag(), group.file_id().0, group.zone()), (0x6B, 0x010B, Zone::Public));
    /// assert_eq!(GroupNumber::new(10), None);
    /// ```
    pub fn new(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.number() == number)
    }

    /// Its number, which is also its short file identifier.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Its outermost tag, 60 + n.
    pub const fn tag(self) -> u8 {
        0x60 + self.number()
    }

    /// File identifier 01nn.
    pub const fn file_id(self) -> FileId {
        FileId(0x0100 + self.number() as u16)
    }

    /// Short file identifier.
    pub const fn short_file_id(self) -> ShortFileId {
        ShortFileId::new(self.number())
    }

    /// Who may read it.
    pub const fn zone(self) -> Zone {
        match self {
            Self::Dg2 | Self::Dg11 | Self::Dg12 => Zone::Public,
            Self::Dg13 => Zone::Household,
            _ => Zone::Protected,
        }
    }

    /// Whether an authorised terminal may change it on an issued card.
    pub const fn is_updatable(self) -> bool {
        matches!(
            self,
            Self::Dg3 | Self::Dg6 | Self::Dg7 | Self::Dg11 | Self::Dg12 | Self::Dg13
        )
    }

    /// Its fields, in the order of their tags.
    pub const fn fields(self) -> &'static [FieldName] {
        match self {
            Self::Dg2 => &[F::Portrait300],
            Self::Dg3 => &[F::SpouseName, F::SpouseRomanizedName],
            Self::Dg4 => &[F::Sex],
            Self::Dg5 => &[F::Portrait600],
            Self::Dg6 => &[F::FatherLabel, F::FatherName, F::FatherRomanizedName],
            Self::Dg7 => &[F::MotherLabel, F::MotherName, F::MotherRomanizedName],
            Self::Dg8 => &[F::BirthPlaceCode, F::BirthPlace],
            Self::Dg9 => &[F::CardNumberDigits],
            Self::Dg11 => &[
                F::Name,
                F::ForeignName,
                F::RomanizedName,
                F::NationalId,
                F::BirthDate,
                F::MarriageStatus,
                F::DocumentNumber,
                F::RenewalDate,
                F::ManufactureDate,
                F::CertificationInfo,
            ],
            Self::Dg12 => &[F::MilitaryService, F::HouseholdAddress],
            Self::Dg13 => &[
                F::HouseholdVillage,
                F::HouseholdNeighbourhood,
                F::HouseholdArea,
            ],
        }
    }

    /// What the group is about, in Chinese.
    pub const fn label_zh(self) -> &'static str {
        match self {
            Self::Dg2 => "相片（300 dpi）",
            Self::Dg3 => "配偶",
            Self::Dg4 => "性別",
            Self::Dg5 => "相片（600 dpi）",
            Self::Dg6 => "父",
            Self::Dg7 => "母",
            Self::Dg8 => "出生地",
            Self::Dg9 => "卡片序號末六碼",
            Self::Dg11 => "基本資料",
            Self::Dg12 => "役別及戶籍地址",
            Self::Dg13 => "戶籍地區",
        }
    }

    /// What the group is about, in English.
    pub const fn label_en(self) -> &'static str {
        match self {
            Self::Dg2 => "portrait (300 dpi)",
            Self::Dg3 => "spouse",
            Self::Dg4 => "sex",
            Self::Dg5 => "portrait (600 dpi)",
            Self::Dg6 => "father",
            Self::Dg7 => "mother",
            Self::Dg8 => "place of birth",
            Self::Dg9 => "last six digits of the card number",
            Self::Dg11 => "holder and document",
            Self::Dg12 => "military service and household address",
            Self::Dg13 => "household area",
        }
    }
}

impl fmt::Display for GroupNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DG{}", self.number())
    }
}

/// A field of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldName {
    /// 相片, 300 dpi.
    Portrait300,
    /// 配偶姓名.
    SpouseName,
    /// 配偶姓名羅馬拼音.
    SpouseRomanizedName,
    /// 性別.
    Sex,
    /// 相片, 600 dpi.
    Portrait600,
    /// 父欄位名: what the card prints before the name, 父 or another word.
    FatherLabel,
    /// 父姓名.
    FatherName,
    /// 父姓名羅馬拼音.
    FatherRomanizedName,
    /// 母欄位名.
    MotherLabel,
    /// 母姓名.
    MotherName,
    /// 母姓名羅馬拼音.
    MotherRomanizedName,
    /// 出生地代碼.
    BirthPlaceCode,
    /// 出生地.
    BirthPlace,
    /// 卡片序號末六碼, the access code.
    CardNumberDigits,
    /// 中文姓名.
    Name,
    /// 外文姓名.
    ForeignName,
    /// 姓名羅馬拼音.
    RomanizedName,
    /// 統一編號.
    NationalId,
    /// 出生日期.
    BirthDate,
    /// 結婚狀態.
    MarriageStatus,
    /// 證件號碼.
    DocumentNumber,
    /// 應換領日期.
    RenewalDate,
    /// 製證日期.
    ManufactureDate,
    /// 驗證資訊.
    CertificationInfo,
    /// 役別.
    MilitaryService,
    /// 戶籍地址.
    HouseholdAddress,
    /// 戶籍地區 to the village (村里).
    HouseholdVillage,
    /// 戶籍地區, the neighbourhood (鄰).
    HouseholdNeighbourhood,
    /// 戶籍地區, both together.
    HouseholdArea,
}

impl FieldName {
    /// The name that the ministry's client interface of 2020 gave the field; stable, for JSON and scripts.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Portrait300 => "pic300dpi",
            Self::SpouseName => "spouseName",
            Self::SpouseRomanizedName => "spouseNameRoman",
            Self::Sex => "sex",
            Self::Portrait600 => "pic600dpi",
            Self::FatherLabel => "dadNameField",
            Self::FatherName => "dadName",
            Self::FatherRomanizedName => "dadNameRoman",
            Self::MotherLabel => "momNameField",
            Self::MotherName => "momName",
            Self::MotherRomanizedName => "momNameRoman",
            Self::BirthPlaceCode => "birthPlaceCode",
            Self::BirthPlace => "birthPlace",
            Self::CardNumberDigits => "can",
            Self::Name => "name",
            Self::ForeignName => "nameForeign",
            Self::RomanizedName => "nameRoman",
            Self::NationalId => "rocID",
            Self::BirthDate => "birthday",
            Self::MarriageStatus => "marriageStatus",
            Self::DocumentNumber => "cardNum",
            Self::RenewalDate => "renewalDate",
            Self::ManufactureDate => "manufactureDate",
            Self::CertificationInfo => "certificationInfo",
            Self::MilitaryService => "militaryService",
            Self::HouseholdAddress => "residenceAddress",
            Self::HouseholdVillage => "residenceAddress1",
            Self::HouseholdNeighbourhood => "residenceAddress2",
            Self::HouseholdArea => "residenceAddress3",
        }
    }

    /// Label in Chinese.
    pub const fn label_zh(self) -> &'static str {
        match self {
            Self::Portrait300 => "相片（300 dpi）",
            Self::SpouseName => "配偶姓名",
            Self::SpouseRomanizedName => "配偶姓名羅馬拼音",
            Self::Sex => "性別",
            Self::Portrait600 => "相片（600 dpi）",
            Self::FatherLabel => "父欄位名",
            Self::FatherName => "父姓名",
            Self::FatherRomanizedName => "父姓名羅馬拼音",
            Self::MotherLabel => "母欄位名",
            Self::MotherName => "母姓名",
            Self::MotherRomanizedName => "母姓名羅馬拼音",
            Self::BirthPlaceCode => "出生地代碼",
            Self::BirthPlace => "出生地",
            Self::CardNumberDigits => "卡片序號末六碼",
            Self::Name => "中文姓名",
            Self::ForeignName => "外文姓名",
            Self::RomanizedName => "姓名羅馬拼音",
            Self::NationalId => "統一編號",
            Self::BirthDate => "出生日期",
            Self::MarriageStatus => "結婚狀態",
            Self::DocumentNumber => "證件號碼",
            Self::RenewalDate => "應換領日期",
            Self::ManufactureDate => "製證日期",
            Self::CertificationInfo => "驗證資訊",
            Self::MilitaryService => "役別",
            Self::HouseholdAddress => "戶籍地址",
            Self::HouseholdVillage => "戶籍地區（至村里）",
            Self::HouseholdNeighbourhood => "戶籍地區（鄰）",
            Self::HouseholdArea => "戶籍地區（村里鄰）",
        }
    }

    /// Label in English.
    pub const fn label_en(self) -> &'static str {
        match self {
            Self::Portrait300 => "Portrait (300 dpi)",
            Self::SpouseName => "Spouse's name",
            Self::SpouseRomanizedName => "Spouse's name, romanised",
            Self::Sex => "Sex",
            Self::Portrait600 => "Portrait (600 dpi)",
            Self::FatherLabel => "Label of the father's field",
            Self::FatherName => "Father's name",
            Self::FatherRomanizedName => "Father's name, romanised",
            Self::MotherLabel => "Label of the mother's field",
            Self::MotherName => "Mother's name",
            Self::MotherRomanizedName => "Mother's name, romanised",
            Self::BirthPlaceCode => "Place of birth, code",
            Self::BirthPlace => "Place of birth",
            Self::CardNumberDigits => "Last six digits of the card number",
            Self::Name => "Chinese name",
            Self::ForeignName => "Foreign name",
            Self::RomanizedName => "Name, romanised",
            Self::NationalId => "National identification number",
            Self::BirthDate => "Date of birth",
            Self::MarriageStatus => "Married",
            Self::DocumentNumber => "Document number",
            Self::RenewalDate => "Renewal due",
            Self::ManufactureDate => "Date of manufacture",
            Self::CertificationInfo => "Verification information",
            Self::MilitaryService => "Military service",
            Self::HouseholdAddress => "Household address",
            Self::HouseholdVillage => "Household area, to the village",
            Self::HouseholdNeighbourhood => "Household area, neighbourhood",
            Self::HouseholdArea => "Household area, village and neighbourhood",
        }
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// The table of docs/chip-profile.md, "Files".
    #[test]
    fn zones_and_updatable_groups_are_those_of_the_profile() {
        let in_zone = |zone| -> Vec<u8> {
            let groups = GroupNumber::ALL.into_iter();
            groups
                .filter(|group| group.zone() == zone)
                .map(GroupNumber::number)
                .collect()
        };
        assert_eq!(in_zone(Zone::Public), [2, 11, 12]);
        assert_eq!(in_zone(Zone::Household), [13]);
        assert_eq!(in_zone(Zone::Protected), [3, 4, 5, 6, 7, 8, 9]);
        let updatable: Vec<u8> = GroupNumber::ALL
            .into_iter()
            .filter(|group| group.is_updatable())
            .map(GroupNumber::number)
            .collect();
        assert_eq!(updatable, [3, 6, 7, 11, 12, 13]);
    }

    #[test]
    fn file_identifiers_and_tags_follow_from_the_number() {
        for group in GroupNumber::ALL {
            let number = group.number();
            assert_eq!(GroupNumber::new(number), Some(group));
            assert_eq!(group.tag(), 0x60 + number);
            assert_eq!(group.file_id().to_bytes(), [0x01, number]);
            assert_eq!(group.short_file_id().value(), number);
        }
        for unused in [0, 1, 10, 14, 0xFF] {
            assert_eq!(GroupNumber::new(unused), None);
        }
    }

    #[test]
    fn no_two_fields_share_a_key() {
        let keys: Vec<_> = GroupNumber::ALL
            .iter()
            .flat_map(|group| group.fields())
            .map(|field| field.key())
            .collect();
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key), "{key}");
        }
    }
}
