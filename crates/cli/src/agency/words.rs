//! Roles and rights in words.

use cvc::{Authorization, Right, Role, TerminalType};
use lds::eid::GroupNumber;

use crate::document::Text;
use crate::document::agency::{Allowance, RoleName};
use crate::language::Bilingual;

pub(crate) fn role(role: Role) -> RoleName {
    let (name, zh, en) = match role {
        Role::Cvca => (
            "cvca",
            "國家查驗憑證機構 (CVCA)",
            "Country Verifying CA (CVCA)",
        ),
        Role::DvDomestic => (
            "dv_domestic",
            "國內官方文件查驗機構 (DV)",
            "official domestic document verifier (DV)",
        ),
        Role::DvForeign => (
            "dv_foreign",
            "國外或非官方文件查驗機構 (DV)",
            "foreign or non-official document verifier (DV)",
        ),
        Role::Terminal => ("terminal", "終端機", "terminal"),
    };
    RoleName {
        name,
        label: Bilingual::new(zh, en).into(),
    }
}

pub(crate) fn terminal_type(terminal_type: TerminalType) -> Text {
    match terminal_type {
        TerminalType::InspectionSystem => Bilingual::new("查驗系統", "inspection system"),
        TerminalType::AuthenticationTerminal => {
            Bilingual::new("機關與服務", "authentication terminal")
        }
        TerminalType::SignatureTerminal => Bilingual::new("簽章終端機", "signature terminal"),
    }
    .into()
}

/// Everything that is allowed: groups to read, groups to replace, then the rest.
pub(crate) fn allowances(authorization: &Authorization) -> Vec<Allowance> {
    let (reads, others): (Vec<Right>, Vec<Right>) = authorization
        .chat()
        .rights()
        .partition(|right| matches!(right, Right::ReadGroup(_)));
    let updates = (1..=u8::MAX).filter(|n| authorization.allows_update(*n));
    let updates = updates.map(|n| of_group("update", n, "更新", "replace"));
    let mut allowed: Vec<Allowance> = reads.into_iter().map(right).collect();
    allowed.extend(updates);
    allowed.extend(others.into_iter().map(right));
    allowed
}

/// What every authentication terminal may ask, without a bit that says so.
pub(crate) fn validity() -> Allowance {
    Allowance {
        name: "validity",
        group: None,
        on_card: true,
        label: Bilingual::new(
            "查核證件是否有效（不需授權）",
            "ask whether the document is valid (needs no right)",
        )
        .into(),
    }
}

pub(crate) fn right(right: Right) -> Allowance {
    let (name, label) = match right {
        Right::ReadGroup(n) => return of_group("read", n, "讀取", "read"),
        Right::WriteGroup(n) => return of_group("write", n, "寫入", "write"),
        Right::AgeVerification => ("age", Bilingual::new("比對年齡", "compare an age")),
        Right::CommunityVerification => (
            "community",
            Bilingual::new("比對戶籍地區", "compare the municipality"),
        ),
        Right::RestrictedIdentification => (
            "pseudonym",
            Bilingual::new("取得所屬領域的假名代碼", "get the pseudonym of its sector"),
        ),
        Right::PrivilegedTerminal => (
            "privileged",
            Bilingual::new(
                "讀取卡片序號及晶片個別金鑰",
                "read the card's serial number and the chip's own key",
            ),
        ),
        Right::CanAllowed => (
            "can-allowed",
            Bilingual::new(
                "以存取碼代替加密區密碼",
                "open the card with the access code instead of PIN1",
            ),
        ),
        Right::PinManagement => (
            "pin-management",
            Bilingual::new("管理加密區密碼", "manage PIN1"),
        ),
        Right::InstallCertificate => (
            "install-certificate",
            Bilingual::new("安裝憑證", "install a certificate"),
        ),
        Right::InstallQualifiedCertificate => (
            "install-qualified-certificate",
            Bilingual::new("安裝合格憑證", "install a qualified certificate"),
        ),
        Right::PseudonymousSignature => (
            "pseudonymous-signature",
            Bilingual::new("假名簽章", "pseudonymous signatures"),
        ),
        Right::ReadIris => ("iris", Bilingual::new("讀取虹膜", "read the iris")),
        Right::ReadFingerprint => (
            "fingerprint",
            Bilingual::new("讀取指紋", "read fingerprints"),
        ),
        Right::GenerateQualifiedSignature => (
            "qualified-signature",
            Bilingual::new("產生合格簽章", "make qualified signatures"),
        ),
        Right::GenerateSignature => ("signature", Bilingual::new("產生簽章", "make signatures")),
    };
    Allowance {
        name,
        group: None,
        on_card: true,
        label: label.into(),
    }
}

fn of_group(name: &'static str, number: u8, zh: &str, en: &str) -> Allowance {
    let group = GroupNumber::new(number);
    let (in_chinese, in_english) = match group {
        Some(group) => (group.label_zh(), group.label_en()),
        None => ("本卡未使用", "not on this card"),
    };
    Allowance {
        name,
        group: Some(number),
        on_card: group.is_some(),
        label: Text {
            zh: format!("{zh}群組 {number}：{in_chinese}"),
            en: format!("{en} group {number}: {in_english}"),
        },
    }
}
