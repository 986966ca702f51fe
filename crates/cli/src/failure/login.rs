//! What goes wrong between the demonstration server and its client.

use crate::document::Text;
use crate::exit::Exit;
use crate::language::{Bilingual, Language};

/// Why nobody is logged in.
#[derive(Debug)]
pub(crate) enum LoginFault {
    /// Not an address of this machine.
    NotLocal { place: String },
    /// There is no server, or none can wait there.
    NoServer { place: String, why: String },
    /// The server refuses.
    Refused(Text),
    /// Too many challenges wait for their answers.
    Busy,
    /// The certificate does not say by which number its holder is known.
    Nameless,
}

impl LoginFault {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::NotLocal { .. } => "E-CLI-LOGIN-NOT-LOCAL",
            Self::NoServer { .. } => "E-CLI-LOGIN-NO-SERVER",
            Self::Refused(_) => "E-CLI-LOGIN-REFUSED",
            Self::Busy => "E-CLI-LOGIN-BUSY",
            Self::Nameless => "E-CLI-LOGIN-NAMELESS",
        }
    }

    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::NotLocal { .. } => Exit::Usage,
            Self::NoServer { .. } | Self::Busy => Exit::Internal,
            Self::Refused(_) | Self::Nameless => Exit::NotVerified,
        }
    }

    pub(super) fn what(&self, language: Language) -> String {
        let say = |zh: String, en: String| match language {
            Language::ZhTw => zh,
            Language::En => en,
        };
        match self {
            Self::NotLocal { place } => say(
                format!("{place} 不是本機的位址；示範的連線未加密，不得離開本機。"),
                format!(
                    "{place} is no address of this machine; the demonstration is not encrypted and must not leave it."
                ),
            ),
            Self::NoServer { place, why } => {
                say(format!("{place}：{why}。"), format!("{place}: {why}."))
            }
            Self::Refused(reason) => say(
                format!("伺服器拒絕：{}", reason.zh),
                format!("The server refuses: {}", reason.en),
            ),
            Self::Busy => say(
                "等待回應的登入過多。".to_owned(),
                "Too many logins wait for their answers.".to_owned(),
            ),
            Self::Nameless => say(
                "憑證未記載持有人識別碼。".to_owned(),
                "The certificate has no number for its holder.".to_owned(),
            ),
        }
    }

    pub(super) const fn remedy(&self) -> Bilingual {
        match self {
            Self::NotLocal { .. } => {
                Bilingual::new("請使用 127.0.0.1 或 [::1]。", "Use 127.0.0.1 or [::1].")
            }
            Self::NoServer { .. } => Bilingual::new(
                "請先執行 neweid login-demo serve，或改用其他埠。",
                "Run neweid login-demo serve first, or choose another port.",
            ),
            Self::Refused(_) | Self::Busy => Bilingual::new("請重新登入。", "Log in again."),
            Self::Nameless => Bilingual::new("請改用其他憑證。", "Use another certificate."),
        }
    }
}
