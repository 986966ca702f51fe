//! One thing that an agency may be allowed, in words.

use core::fmt;

use cvc::{Authorization, Right};

use crate::error::Lang;
use crate::groups::Group;

/// One thing that the ministry can allow an agency and that its holder can agree to or withhold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// Read a group of the eID application.
    Read(Group),
    /// Replace a group on the card.
    Update(Group),
    /// Learn whether the holder has reached an age, and nothing else.
    VerifyAge,
    /// Learn whether the holder lives in an area, and nothing else.
    VerifyCommunity,
    /// Get a pseudonym that means nothing to other agencies.
    Pseudonym,
    /// Open the card with the access code in place of PIN1 (police, household offices).
    CanAllowed,
    /// Read the card's serial number and the chip's own key.
    PrivilegedTerminal,
    /// Manage PIN1 in the holder's stead.
    PinManagement,
    /// Put a certificate onto the card.
    InstallCertificate,
    /// Put a qualified certificate onto the card.
    InstallQualifiedCertificate,
}

impl Permission {
    const OTHERS: [Self; 8] = [
        Self::VerifyAge,
        Self::VerifyCommunity,
        Self::Pseudonym,
        Self::CanAllowed,
        Self::PrivilegedTerminal,
        Self::PinManagement,
        Self::InstallCertificate,
        Self::InstallQualifiedCertificate,
    ];

    /// Every permission that means something to this card: first reading, then the questions, then what changes the card.
    pub fn all() -> impl Iterator<Item = Self> {
        let read = Group::ALL.into_iter().map(Self::Read);
        let update = Group::ALL.into_iter().filter(|group| group.is_updatable());
        read.chain(Self::OTHERS).chain(update.map(Self::Update))
    }

    /// The right in the CHAT; `None` for [`Update`](Self::Update), which is an extension (docs/chip-profile.md).
    pub fn right(self) -> Option<Right> {
        Some(match self {
            Self::Read(group) => Right::ReadGroup(group.number()),
            Self::Update(_) => return None,
            Self::VerifyAge => Right::AgeVerification,
            Self::VerifyCommunity => Right::CommunityVerification,
            Self::Pseudonym => Right::RestrictedIdentification,
            Self::CanAllowed => Right::CanAllowed,
            Self::PrivilegedTerminal => Right::PrivilegedTerminal,
            Self::PinManagement => Right::PinManagement,
            Self::InstallCertificate => Right::InstallCertificate,
            Self::InstallQualifiedCertificate => Right::InstallQualifiedCertificate,
        })
    }

    /// Whether this is among what is allowed.
    pub fn is_in(self, authorization: &Authorization) -> bool {
        match self {
            Self::Update(group) => authorization.allows_update(group.number()),
            other => other
                .right()
                .is_some_and(|right| authorization.allows(right)),
        }
    }

    /// What is allowed, in words for the holder.
    pub fn label(self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Read(group), Lang::En) => format!("read {group}: {}", group.label_en()),
            (Self::Read(group), Lang::ZhTw) => format!("讀取{}（{group}）", group.label_zh()),
            (Self::Update(group), Lang::En) => format!("change {group}: {}", group.label_en()),
            (Self::Update(group), Lang::ZhTw) => format!("更新{}（{group}）", group.label_zh()),
            (Self::VerifyAge, Lang::En) => {
                "learn whether you have reached an age, not your date of birth".into()
            }
            (Self::VerifyAge, Lang::ZhTw) => "查驗是否已達特定年齡（不提供出生日期）".into(),
            (Self::VerifyCommunity, Lang::En) => {
                "learn whether you live in an area, not your address".into()
            }
            (Self::VerifyCommunity, Lang::ZhTw) => "查驗是否設籍於特定地區（不提供地址）".into(),
            (Self::Pseudonym, Lang::En) => {
                "recognise you again by a pseudonym that no other agency knows".into()
            }
            (Self::Pseudonym, Lang::ZhTw) => "取得僅供該機關使用的代號（其他機關無法比對）".into(),
            (Self::CanAllowed, Lang::En) => {
                "open the card with the access code, without PIN1".into()
            }
            (Self::CanAllowed, Lang::ZhTw) => "以存取碼代替加密區密碼開啟卡片".into(),
            (Self::PrivilegedTerminal, Lang::En) => {
                "read the card's serial number and this chip's own key".into()
            }
            (Self::PrivilegedTerminal, Lang::ZhTw) => "讀取卡片序號及晶片個別金鑰".into(),
            (Self::PinManagement, Lang::En) => {
                "change, unblock, switch off and on PIN1 for you".into()
            }
            (Self::PinManagement, Lang::ZhTw) => "代為變更、解鎖、停用或啟用加密區密碼".into(),
            (Self::InstallCertificate, Lang::En) => "put a certificate onto the card".into(),
            (Self::InstallCertificate, Lang::ZhTw) => "於卡片安裝憑證".into(),
            (Self::InstallQualifiedCertificate, Lang::En) => {
                "put a qualified certificate onto the card".into()
            }
            (Self::InstallQualifiedCertificate, Lang::ZhTw) => "於卡片安裝合格憑證".into(),
        }
    }
}

/// A short stable name for programs: `read:3`, `update:12`, `age`.
impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(group) => write!(f, "read:{}", group.number()),
            Self::Update(group) => write!(f, "update:{}", group.number()),
            Self::VerifyAge => f.write_str("age"),
            Self::VerifyCommunity => f.write_str("community"),
            Self::Pseudonym => f.write_str("pseudonym"),
            Self::CanAllowed => f.write_str("can-allowed"),
            Self::PrivilegedTerminal => f.write_str("privileged"),
            Self::PinManagement => f.write_str("pin-management"),
            Self::InstallCertificate => f.write_str("install-certificate"),
            Self::InstallQualifiedCertificate => f.write_str("install-qualified-certificate"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cvc::{Chat, Extensions, Role, TerminalType, group_update};
    use std::collections::BTreeSet;

    fn none() -> Chat {
        Chat::new(TerminalType::AuthenticationTerminal, Role::Terminal)
    }

    #[test]
    fn each_permission_is_one_bit_and_no_other() {
        for permission in Permission::all() {
            let authorization = match permission {
                Permission::Update(group) => {
                    let extensions = Extensions::new([group_update([group.number()])]).unwrap();
                    Authorization::new(none(), &extensions)
                }
                other => {
                    let chat = none().with(other.right().unwrap());
                    Authorization::new(chat, &Extensions::default())
                }
            };
            let found: Vec<_> = Permission::all()
                .filter(|other| other.is_in(&authorization))
                .collect();
            assert_eq!(found, [permission]);
        }
    }

    #[test]
    fn names_and_words_are_unique_in_both_languages() {
        let count = Permission::all().count();
        let names: BTreeSet<_> = Permission::all().map(|p| p.to_string()).collect();
        assert_eq!(names.len(), count);
        for lang in [Lang::En, Lang::ZhTw] {
            let words: BTreeSet<_> = Permission::all().map(|p| p.label(lang)).collect();
            assert_eq!(words.len(), count);
        }
    }
}
