//! The report: each check by name, with its result.

use core::fmt;

use crate::error::{Error, ErrorCode, Lang};

/// A file that its issuer signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SignedObject {
    /// EF.SOD of the application that was read.
    Sod,
    /// EF.CardSecurity of the master file.
    CardSecurity,
}

impl SignedObject {
    /// Its name in the standards.
    pub fn label(self) -> &'static str {
        match self {
            Self::Sod => "EF.SOD",
            Self::CardSecurity => "EF.CardSecurity",
        }
    }
}

/// How a chip proves that it is the one that was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ChipProof {
    /// PACE with Chip Authentication Mapping, key in EF.CardSecurity (ICAO Doc 9303-11, 4.4).
    PaceCam,
    /// Chip Authentication version 1, key in DG14 (ICAO Doc 9303-11, 6.2).
    ChipAuthentication,
    /// Active Authentication, key in DG15 (ICAO Doc 9303-11, 6.1).
    ActiveAuthentication,
}

impl ChipProof {
    /// Its name in the standards.
    pub fn label(self) -> &'static str {
        match self {
            Self::PaceCam => "PACE-CAM",
            Self::ChipAuthentication => "Chip Authentication",
            Self::ActiveAuthentication => "Active Authentication",
        }
    }
}

/// Fields in two places that must say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Agreement {
    /// The access code that opened the card and group 9.
    AccessCode,
    /// The MRZ that opened the card and the MRZ in DG1.
    Mrz,
}

/// A check of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CheckName {
    /// What the card offered in EF.CardAccess is what its issuer signed.
    CardAccess,
    /// The signature over a signed object.
    Signature(SignedObject),
    /// A country signing CA of the trust store issued the signer's certificate.
    CountrySigningCa(SignedObject),
    /// The signer's certificate is that of a document signer.
    DocumentSigner(SignedObject),
    /// Each certificate of the chain is valid on the day of the check.
    Validity(SignedObject),
    /// The signer is on no revocation list, and there is a current one.
    Revocation(SignedObject),
    /// The signer signs documents of this type.
    DocumentType(SignedObject),
    /// What is signed is what the file should hold.
    Content(SignedObject),
    /// A group has the hash that was signed. Number of the data group.
    GroupHash(u8),
    /// The chip holds the private key that its issuer signed for.
    Chip(ChipProof),
    /// 應換領日期 has not passed.
    RenewalDate,
    /// The document is not on the list of lost documents.
    LostList,
    /// Fields in two places agree.
    Agreement(Agreement),
}

impl CheckName {
    /// A short name for people.
    pub fn label(self, lang: Lang) -> String {
        match (self, lang) {
            (Self::CardAccess, Lang::En) => "EF.CardAccess matches its signed copy".into(),
            (Self::CardAccess, Lang::ZhTw) => "EF.CardAccess 與簽署內容相符".into(),
            (Self::Signature(object), Lang::En) => format!("signature of {}", object.label()),
            (Self::Signature(object), Lang::ZhTw) => format!("{} 簽章", object.label()),
            (Self::CountrySigningCa(object), Lang::En) => {
                format!("signer of {} is issued by a trusted CA", object.label())
            }
            (Self::CountrySigningCa(object), Lang::ZhTw) => {
                format!("{} 簽署者由受信任的國家簽署憑證機構簽發", object.label())
            }
            (Self::DocumentSigner(object), Lang::En) => {
                format!("signer of {} may sign documents", object.label())
            }
            (Self::DocumentSigner(object), Lang::ZhTw) => {
                format!("{} 簽署者有權簽署文件", object.label())
            }
            (Self::Validity(object), Lang::En) => {
                format!("certificates of {} are valid today", object.label())
            }
            (Self::Validity(object), Lang::ZhTw) => {
                format!("{} 憑證於查驗日有效", object.label())
            }
            (Self::Revocation(object), Lang::En) => {
                format!("signer of {} is not revoked", object.label())
            }
            (Self::Revocation(object), Lang::ZhTw) => format!("{} 簽署者未被廢止", object.label()),
            (Self::DocumentType(object), Lang::En) => {
                format!("signer of {} signs this type of document", object.label())
            }
            (Self::DocumentType(object), Lang::ZhTw) => {
                format!("{} 簽署者可簽署此類證件", object.label())
            }
            (Self::Content(object), Lang::En) => format!("contents of {}", object.label()),
            (Self::Content(object), Lang::ZhTw) => format!("{} 內容", object.label()),
            (Self::GroupHash(number), Lang::En) => format!("DG{number} is what was signed"),
            (Self::GroupHash(number), Lang::ZhTw) => format!("DG{number} 與簽署內容相符"),
            (Self::Chip(proof), Lang::En) => format!("chip is genuine ({})", proof.label()),
            (Self::Chip(proof), Lang::ZhTw) => format!("晶片為真（{}）", proof.label()),
            (Self::RenewalDate, Lang::En) => "document is not overdue (應換領日期)".into(),
            (Self::RenewalDate, Lang::ZhTw) => "未逾應換領日期".into(),
            (Self::LostList, Lang::En) => "document is not reported lost".into(),
            (Self::LostList, Lang::ZhTw) => "未列入掛失名單".into(),
            (Self::Agreement(Agreement::AccessCode), Lang::En) => {
                "access code is the one stored in the card".into()
            }
            (Self::Agreement(Agreement::AccessCode), Lang::ZhTw) => "存取碼與卡內儲存者一致".into(),
            (Self::Agreement(Agreement::Mrz), Lang::En) => {
                "MRZ is the one stored in the card".into()
            }
            (Self::Agreement(Agreement::Mrz), Lang::ZhTw) => "機器可讀區與卡內儲存者一致".into(),
        }
    }

    /// A stable name for programs, such as `signature:EF.SOD` or `hash:DG11`.
    pub fn id(self) -> String {
        match self {
            Self::CardAccess => "card-access".into(),
            Self::Signature(object) => format!("signature:{}", object.label()),
            Self::CountrySigningCa(object) => format!("country-signing-ca:{}", object.label()),
            Self::DocumentSigner(object) => format!("document-signer:{}", object.label()),
            Self::Validity(object) => format!("validity:{}", object.label()),
            Self::Revocation(object) => format!("revocation:{}", object.label()),
            Self::DocumentType(object) => format!("document-type:{}", object.label()),
            Self::Content(object) => format!("content:{}", object.label()),
            Self::GroupHash(number) => format!("hash:DG{number}"),
            Self::Chip(ChipProof::PaceCam) => "chip:pace-cam".into(),
            Self::Chip(ChipProof::ChipAuthentication) => "chip:chip-authentication".into(),
            Self::Chip(ChipProof::ActiveAuthentication) => "chip:active-authentication".into(),
            Self::RenewalDate => "renewal-date".into(),
            Self::LostList => "lost-list".into(),
            Self::Agreement(Agreement::AccessCode) => "agreement:access-code".into(),
            Self::Agreement(Agreement::Mrz) => "agreement:mrz".into(),
        }
    }
}

/// Why a check was not performed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Skipped {
    /// The card does not have what the check needs.
    NotOnCard,
    /// The card has it in a variant that this library does not know.
    NotSupported,
    /// Another proof of the chip was performed instead.
    NotNeeded,
    /// The session was opened without it.
    NotUsed,
    /// The group that the check needs was not asked for.
    NotRead,
    /// The caller handed in no list to look into.
    NoListGiven,
    /// A check that this one rests on did not pass.
    EarlierCheckFailed,
    /// The signed copy does not say what to compare with.
    NothingToCompare,
    /// The reader performed it and says that it passed; here it cannot be repeated.
    SeenByReader,
}

impl Skipped {
    /// The reason for people.
    pub fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::NotOnCard, Lang::En) => "the card does not have it",
            (Self::NotOnCard, Lang::ZhTw) => "卡片無此項目",
            (Self::NotSupported, Lang::En) => "the card's variant is not supported",
            (Self::NotSupported, Lang::ZhTw) => "不支援此卡片的演算法",
            (Self::NotNeeded, Lang::En) => "another proof was performed instead",
            (Self::NotNeeded, Lang::ZhTw) => "已以其他方式驗證",
            (Self::NotUsed, Lang::En) => "the session was opened without it",
            (Self::NotUsed, Lang::ZhTw) => "此連線未使用",
            (Self::NotRead, Lang::En) => "the group was not asked for",
            (Self::NotRead, Lang::ZhTw) => "未要求讀取該群組",
            (Self::NoListGiven, Lang::En) => "no list was given",
            (Self::NoListGiven, Lang::ZhTw) => "未提供清冊",
            (Self::EarlierCheckFailed, Lang::En) => "an earlier check did not pass",
            (Self::EarlierCheckFailed, Lang::ZhTw) => "前項檢查未通過",
            (Self::NothingToCompare, Lang::En) => "the signed copy has nothing to compare with",
            (Self::NothingToCompare, Lang::ZhTw) => "簽署內容無可比對項目",
            (Self::SeenByReader, Lang::En) => "seen by the reader, cannot be repeated here",
            (Self::SeenByReader, Lang::ZhTw) => "已由讀卡端查驗，此處無法重複",
        }
    }
}

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Performed and passed.
    Passed,
    /// Performed and failed.
    Failed(ErrorCode),
    /// Not performed: neither good nor bad news.
    NotPerformed(Skipped),
}

/// One line of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Check {
    /// What was checked.
    pub name: CheckName,
    /// With which result.
    pub outcome: Outcome,
}

impl Check {
    /// The line for people.
    pub fn describe(&self, lang: Lang) -> String {
        let label = self.name.label(lang);
        match (self.outcome, lang) {
            (Outcome::Passed, Lang::En) => format!("{label}: passed"),
            (Outcome::Passed, Lang::ZhTw) => format!("{label}：通過"),
            (Outcome::Failed(code), Lang::En) => format!("{label}: FAILED, {code}"),
            (Outcome::Failed(code), Lang::ZhTw) => format!("{label}：未通過，{code}"),
            (Outcome::NotPerformed(why), Lang::En) => {
                format!("{label}: not performed, {}", why.label(lang))
            }
            (Outcome::NotPerformed(why), Lang::ZhTw) => {
                format!("{label}：未執行，{}", why.label(lang))
            }
        }
    }
}

/// Each check by name, in the order in which one rests on the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    checks: Vec<Check>,
}

impl Report {
    pub(crate) fn push(&mut self, name: CheckName, outcome: Outcome) {
        self.checks.push(Check { name, outcome });
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.checks.extend(other.checks);
    }

    /// All lines.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The result of one check, if the report has it.
    pub fn outcome(&self, name: CheckName) -> Option<Outcome> {
        self.checks
            .iter()
            .find(|check| check.name == name)
            .map(|check| check.outcome)
    }

    /// The checks that failed, the most fundamental first.
    pub fn failures(&self) -> impl Iterator<Item = (CheckName, ErrorCode)> {
        self.checks.iter().filter_map(|check| match check.outcome {
            Outcome::Failed(code) => Some((check.name, code)),
            _ => None,
        })
    }

    /// Whether one proof of the chip passed and none failed.
    pub fn chip_is_genuine(&self) -> bool {
        let mut proofs = self
            .checks
            .iter()
            .filter(|check| matches!(check.name, CheckName::Chip(_)))
            .map(|check| check.outcome)
            .filter(|outcome| !matches!(outcome, Outcome::NotPerformed(_)))
            .peekable();
        proofs.peek().is_some() && proofs.all(|outcome| outcome == Outcome::Passed)
    }

    /// Whether the reader says that the chip is genuine; failures are for others to look at.
    pub(crate) fn chip_was_seen_by_reader(&self) -> bool {
        let seen = Outcome::NotPerformed(Skipped::SeenByReader);
        let mut checks = self.checks.iter();
        checks.any(|check| matches!(check.name, CheckName::Chip(_)) && check.outcome == seen)
    }

    /// The first failure as an error.
    ///
    /// # Errors
    /// [`Error::Refused`] if a check failed.
    pub fn require_no_failure(&self) -> Result<(), Error> {
        match self.failures().next() {
            Some((check, code)) => Err(Error::Refused { check, code }),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            writeln!(f, "{}", check.describe(Lang::En))?;
        }
        Ok(())
    }
}
