//! The prepared specimens: holders who stress the data, and cards with which something is wrong.

use host_lib::ErrorCode;
use issuer::specimen::{self, IssuedSpecimen, SpecimenHolder, holders};

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

/// The cards with which something is wrong, for agencies' own tests, and one with which nothing is.
const CARDS: [Specimen; 10] = [
    card(
        "valid",
        Bilingual::new(
            "一切正常（內容固定）",
            "nothing is wrong; the same bytes every time",
        ),
        specimen::valid,
        None,
    ),
    card(
        "overdue",
        Bilingual::new("已逾應換領日期", "its renewal date has passed"),
        specimen::overdue,
        Some(ErrorCode::DocumentOverdue),
    ),
    card(
        "revoked",
        Bilingual::new("文件簽署憑證已被廢止", "its document signer is revoked"),
        specimen::revoked,
        Some(ErrorCode::DocumentSignerRevoked),
    ),
    card(
        "wrong-signer",
        Bilingual::new(
            "由同名的其他簽署機構簽發",
            "signed under another CA of the same name",
        ),
        specimen::wrong_signer,
        Some(ErrorCode::UntrustedSigner),
    ),
    card(
        "pin-suspended",
        Bilingual::new(
            "PIN1 僅剩一次，須先輸入存取碼",
            "PIN1 has one try left, after the access code",
        ),
        specimen::pin_suspended,
        Some(ErrorCode::PinSuspended),
    ),
    card(
        "pin-blocked",
        Bilingual::new("PIN1 已鎖住", "PIN1 is blocked"),
        specimen::pin_blocked,
        Some(ErrorCode::PinBlocked),
    ),
    card(
        "deactivated",
        Bilingual::new("持卡人已自行鎖卡", "its holder has locked it"),
        specimen::deactivated,
        Some(ErrorCode::PinDeactivated),
    ),
    card(
        "lost",
        Bilingual::new("已掛失", "reported lost"),
        specimen::lost,
        Some(ErrorCode::CardReportedLost),
    ),
    card(
        "cloned",
        Bilingual::new(
            "真卡的檔案複製到另一晶片",
            "the files of a genuine card in another chip",
        ),
        specimen::cloned,
        Some(ErrorCode::ChipNotGenuine),
    ),
    card(
        "tampered",
        Bilingual::new("簽署後遭竄改", "changed after it was signed"),
        specimen::tampered,
        Some(ErrorCode::DataAltered),
    ),
];

const fn card(
    name: &'static str,
    purpose: Bilingual,
    make: fn() -> IssuedSpecimen,
    yields: Option<ErrorCode>,
) -> Specimen {
    Specimen {
        name,
        purpose,
        kind: Kind::Card(make, yields),
    }
}

/// A prepared specimen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Specimen {
    pub(crate) name: &'static str,
    purpose: Bilingual,
    pub(crate) kind: Kind,
}

/// How a specimen is made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// From a holder's profile, by the test PKI that is at hand.
    Holder(&'static SpecimenHolder),
    /// From fixed seeds, by a PKI of its own, with the error that the host library reports for it.
    Card(fn() -> IssuedSpecimen, Option<ErrorCode>),
    /// The first of those, for the conformance tests: it accepts terminals whose keys everybody knows, and those alone.
    Conformance,
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = Specimen> {
    let holders = holders().iter().map(|holder| Specimen {
        name: holder.case,
        purpose: purpose_of(holder),
        kind: Kind::Holder(holder),
    });
    holders.chain(CARDS).chain([Specimen {
        name: "conformance",
        purpose: Bilingual::new(
            "供 neweid conformance：信任人人皆知的憑證機構",
            "for neweid conformance: it trusts authorities that everybody knows",
        ),
        kind: Kind::Conformance,
    }])
}

/// A case that the issuer has and this table does not is listed by its name.
fn purpose_of(holder: &SpecimenHolder) -> Bilingual {
    let known = HOLDERS.iter().find(|(case, _)| *case == holder.case);
    known.map_or(Bilingual::new(holder.case, holder.case), |(_, purpose)| {
        *purpose
    })
}

/// The specimen with this name; `_` and `-` are the same.
pub(crate) fn find(name: &str) -> Result<Specimen, Failure> {
    let wanted = name.replace('_', "-");
    let found = all().find(|specimen| specimen.name == wanted);
    found.ok_or_else(|| Failure::Usage {
        zh: format!("沒有名為「{name}」的樣本卡；請以 neweid issue --list-specimens 列出。"),
        en: format!("There is no specimen {name}; neweid issue --list-specimens lists them."),
    })
}

impl From<Specimen> for document::Specimen {
    fn from(specimen: Specimen) -> Self {
        let yields = match specimen.kind {
            Kind::Card(_, yields) => yields.map(ErrorCode::as_str),
            Kind::Holder(_) | Kind::Conformance => None,
        };
        Self {
            name: specimen.name,
            purpose: specimen.purpose.into(),
            yields,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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

    #[test]
    fn no_two_specimens_share_a_name() {
        let names: BTreeSet<_> = all().map(|specimen| specimen.name).collect();
        assert_eq!(names.len(), all().count());
    }
}
