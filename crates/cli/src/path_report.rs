//! The checks of a certification path, as the documents show them.

use pki::{PathField, PathReport, Reason, Role};

use crate::document::{Check, CheckOutcome, Text};
use crate::language::Bilingual;

/// The checks from the trust anchor down to the signer.
pub(crate) fn checks(report: &PathReport) -> Vec<Check> {
    let check = |check: &pki::Check<pki::PathCheck>| {
        let pki::PathCheck { role, field } = check.name;
        let (outcome, reason) = match &check.outcome {
            pki::Outcome::Passed => (CheckOutcome::Passed, None),
            pki::Outcome::Failed(error) => {
                let en = error.to_string();
                (CheckOutcome::Failed, Some(Text { zh: en.clone(), en }))
            }
            pki::Outcome::NotPerformed(reason) => (CheckOutcome::NotPerformed, Some(say(*reason))),
        };
        let field_label = label(field);
        let role_label = whose(role);
        Check {
            name: format!("{role}, {field}"),
            label: Text {
                zh: format!("{}：{}", role_label.zh, field_label.zh),
                en: format!("{}: {}", role_label.en, field_label.en),
            },
            outcome,
            code: (outcome == CheckOutcome::Failed).then_some("E-CLI-SIGNER-NOT-TRUSTED"),
            reason,
        }
    };
    report.checks().checks().iter().map(check).collect()
}

fn whose(role: Role) -> Bilingual {
    match role {
        Role::EndEntity => Bilingual::new("簽署者", "signer"),
        Role::TrustAnchor => Bilingual::new("信任錨", "trust anchor"),
        _ => Bilingual::new("憑證機構", "certification authority"),
    }
}

fn label(field: PathField) -> Bilingual {
    match field {
        PathField::Path => Bilingual::new("至信任錨的憑證路徑", "path to a trust anchor"),
        PathField::Validity => Bilingual::new("有效期", "validity"),
        PathField::CriticalExtensions => Bilingual::new("關鍵擴充欄位", "critical extensions"),
        PathField::Names => Bilingual::new("名稱限制", "name constraints"),
        PathField::BasicConstraints => Bilingual::new("為憑證機構", "is an authority"),
        PathField::PathLength => Bilingual::new("路徑長度", "path length"),
        PathField::KeyUsage => Bilingual::new("金鑰用途", "key usage"),
        PathField::ExtendedKeyUsage => Bilingual::new("延伸金鑰用途", "extended key usage"),
        PathField::Policies => Bilingual::new("憑證政策", "certificate policies"),
        PathField::AcceptablePolicies => Bilingual::new("可接受的憑證政策", "acceptable policies"),
        PathField::Revocation => Bilingual::new("未經廢止", "not revoked"),
        PathField::ListsAreCurrent => {
            Bilingual::new("廢止清冊為最新", "revocation lists are current")
        }
        _ => Bilingual::new("其他", "other"),
    }
}

fn say(reason: Reason) -> Text {
    let zh = match reason {
        Reason::EarlierFailure => "先前的檢查未通過",
        Reason::NotAsked => "未要求",
        Reason::NotSaid => "憑證未記載",
        Reason::Waived => "未要求為最新",
        _ => "未讀取",
    };
    Text {
        zh: zh.to_owned(),
        en: reason.to_string(),
    }
}
