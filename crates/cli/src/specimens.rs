//! The prepared specimens: holders who stress the data, and cards with which something is wrong.

use issuer::specimen::{SpecimenHolder, holders};

use crate::document;
use crate::failure::Failure;
use crate::language::Bilingual;

/// What each holder of the issuer's specimens is for, by the case's name.
const HOLDERS: &[(&str, Bilingual)] = &[
    (
        "wang-xiaoming",
        Bilingual::new("預設樣本", "the default specimen"),
    ),
    (
        "long-romanized-name",
        Bilingual::new(
            "原住民族長姓名羅馬拼音",
            "a long romanised name of an indigenous holder",
        ),
    ),
    (
        "rare-ideographs",
        Bilingual::new(
            "罕用字（Unicode 第二、三輔助平面）",
            "rare ideographs outside the Basic Multilingual Plane",
        ),
    ),
    (
        "unmarried",
        Bilingual::new("未婚，無配偶", "an unmarried holder"),
    ),
    (
        "parents-labels",
        Bilingual::new(
            "父母欄位名非「父」「母」",
            "parents with other labels than 父 and 母",
        ),
    ),
    (
        "resident-number",
        Bilingual::new("外來人口統一證號", "a resident's number"),
    ),
    (
        "unknown-birth-date",
        Bilingual::new("出生日期部分不詳", "a partly unknown date of birth"),
    ),
    (
        "no-portrait",
        Bilingual::new("免列印相片", "a holder without printed portrait"),
    ),
    (
        "under-fourteen",
        Bilingual::new("未滿十四歲", "a holder under fourteen"),
    ),
    (
        "no-certificate",
        Bilingual::new("無自然人憑證", "a card without natural-person certificate"),
    ),
];

/// A prepared specimen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Specimen {
    pub(crate) name: &'static str,
    pub(crate) purpose: Bilingual,
    pub(crate) holder: &'static SpecimenHolder,
}

/// All of them, the default one first.
pub(crate) fn all() -> impl Iterator<Item = Specimen> {
    holders().iter().map(|holder| {
        let purpose = HOLDERS.iter().find(|(case, _)| *case == holder.case);
        let unknown = Bilingual::new(holder.case, holder.case);
        Specimen {
            name: holder.case,
            purpose: purpose.map_or(unknown, |(_, purpose)| *purpose),
            holder,
        }
    })
}

/// The specimen with this name.
pub(crate) fn find(name: &str) -> Result<Specimen, Failure> {
    let found = all().find(|specimen| specimen.name == name);
    found.ok_or_else(|| Failure::Usage {
        zh: format!("沒有名為「{name}」的樣本卡；請以 neweid issue --list-specimens 列出。"),
        en: format!("There is no specimen {name}; neweid issue --list-specimens lists them."),
    })
}

impl From<Specimen> for document::Specimen {
    fn from(specimen: Specimen) -> Self {
        Self {
            name: specimen.name,
            purpose: specimen.purpose.into(),
            yields: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_holder_of_the_issuer_has_a_purpose_in_both_languages() {
        for holder in holders() {
            assert!(
                HOLDERS.iter().any(|(case, _)| *case == holder.case),
                "{}",
                holder.case
            );
        }
    }
}
