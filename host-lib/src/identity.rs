//! The eID application's contents, typed.

use core::fmt;
use std::collections::BTreeMap;

use lds::eid::{
    self, Dg2, Dg3, Dg4, Dg5, Dg6, Dg7, Dg8, Dg9, Dg11, Dg12, Dg13, FieldName, FieldValue,
    MarriageStatus,
};
use lds::{
    Address, CardNumberDigits, Date, DocumentNumber, Image, Name, NationalId, PartialDate,
    RomanizedName, Sex, Text,
};

use crate::error::{File, Misbehaviour, Result};
use crate::groups::{Group, Groups};

/// What the eID application says about its holder, as far as it was asked for.
///
/// Each group is there or not, as it was read or not: [`holder`](Self::holder),
/// [`spouse`](Self::spouse) and so on. The short forms ([`name`](Self::name),
/// [`portrait`](Self::portrait)) give `None` both for a group that was not read and for a field
/// that is empty on the card; where the difference matters, ask for the group.
///
/// Dates are Gregorian and know their ROC form: `identity.birth_date()?.roc()`.
///
/// Whether any of it is true is not this type's affair but that of the one around it:
/// [`Verified<Identity>`](crate::Verified) or [`Unverified<Identity>`](crate::Unverified). Debug
/// output names groups, never fields.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Identity {
    groups: BTreeMap<Group, eid::Group>,
}

macro_rules! group_accessors {
    ($($(#[$doc:meta])* $name:ident: $group:ident;)+) => {
        $($(#[$doc])*
        pub fn $name(&self) -> Option<&$group> {
            match self.groups.get(&Group::$group) {
                Some(eid::Group::$group(group)) => Some(group),
                _ => None,
            }
        })+
    };
}

impl Identity {
    /// Reads the groups' contents.
    pub(crate) fn parse(raw: &BTreeMap<u8, Vec<u8>>) -> Result<Self> {
        let mut groups = BTreeMap::new();
        for (number, contents) in raw {
            let Some(number) = Group::new(*number) else {
                continue;
            };
            let group = eid::Group::decode(number, contents)
                .map_err(|_| Misbehaviour::Malformed(File::Eid(number)))?;
            groups.insert(number, group);
        }
        Ok(Self { groups })
    }

    /// The groups that are here.
    pub fn groups(&self) -> Groups {
        self.groups.keys().copied().collect()
    }

    /// One group, if it is here.
    pub fn group(&self, group: Group) -> Option<&eid::Group> {
        self.groups.get(&group)
    }

    /// Every field that is here, in the order of the groups, with its name in both languages.
    pub fn fields(&self) -> impl Iterator<Item = (Group, FieldName, FieldValue<'_>)> {
        self.groups.iter().flat_map(|(number, group)| {
            group
                .fields()
                .into_iter()
                .map(|(name, value)| (*number, name, value))
        })
    }

    group_accessors! {
        /// Group 2: portrait, 300 dpi.
        small_portrait: Dg2;
        /// Group 3: spouse, 配偶.
        spouse: Dg3;
        /// Group 4: sex, 性別.
        sex_group: Dg4;
        /// Group 5: portrait, 600 dpi.
        large_portrait: Dg5;
        /// Group 6: father, with the label of the field.
        father: Dg6;
        /// Group 7: mother, with the label of the field.
        mother: Dg7;
        /// Group 8: place of birth, 出生地.
        birth_place: Dg8;
        /// Group 9: last six digits of the card number.
        card_number: Dg9;
        /// Group 11: holder and document.
        holder: Dg11;
        /// Group 12: military service and household address.
        residence: Dg12;
        /// Group 13: household area.
        household: Dg13;
    }

    /// 中文姓名.
    pub fn name(&self) -> Option<&Name> {
        self.holder().map(|holder| &holder.name)
    }

    /// 姓名羅馬拼音.
    pub fn romanized_name(&self) -> Option<&RomanizedName> {
        self.holder()?.romanized_name.as_ref()
    }

    /// 外文姓名.
    pub fn foreign_name(&self) -> Option<&RomanizedName> {
        self.holder()?.foreign_name.as_ref()
    }

    /// 統一編號.
    pub fn national_id(&self) -> Option<&NationalId> {
        self.holder().map(|holder| &holder.national_id)
    }

    /// 出生日期. Parts of it may be unknown.
    pub fn birth_date(&self) -> Option<PartialDate> {
        self.holder().map(|holder| holder.birth_date)
    }

    /// 結婚狀態.
    pub fn marriage_status(&self) -> Option<MarriageStatus> {
        self.holder()?.marriage_status
    }

    /// 證件號碼.
    pub fn document_number(&self) -> Option<&DocumentNumber> {
        self.holder().map(|holder| &holder.document_number)
    }

    /// 應換領日期.
    pub fn renewal_date(&self) -> Option<Date> {
        self.holder()?.renewal_date
    }

    /// 製證日期.
    pub fn manufacture_date(&self) -> Option<Date> {
        self.holder()?.manufacture_date
    }

    /// 驗證資訊.
    pub fn certification_info(&self) -> Option<&Text> {
        self.holder()?.certification_info.as_ref()
    }

    /// 役別.
    pub fn military_service(&self) -> Option<&Text> {
        self.residence()?.military_service.as_ref()
    }

    /// 戶籍地址.
    pub fn household_address(&self) -> Option<&Address> {
        self.residence()?.household_address.as_ref()
    }

    /// 性別, from group 4.
    pub fn sex(&self) -> Option<Sex> {
        self.sex_group().map(|group| group.sex)
    }

    /// The last six digits of the card number, from group 9.
    pub fn card_number_digits(&self) -> Option<&CardNumberDigits> {
        self.card_number().map(|group| &group.digits)
    }

    /// The portrait, the larger one where both were read. The format is told by the image itself.
    pub fn portrait(&self) -> Option<&Image> {
        self.large_portrait()
            .and_then(|group| group.portrait.as_ref())
            .or_else(|| self.small_portrait()?.portrait.as_ref())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.groups())
    }
}
