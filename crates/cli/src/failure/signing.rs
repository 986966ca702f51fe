//! What goes wrong about signing, signatures, messages and logins.

use signing::Error;

use super::class::class;
use crate::exit::Exit;
use crate::language::{Bilingual, Language};

/// Why something is not signed, not accepted, or not decrypted.
#[derive(Debug)]
pub(crate) struct SigningFault(pub(crate) Error);

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The message is not one, or of a form that is not supported.
    Form,
    /// It was changed, or its signer never signed it.
    Invalid,
    /// The key is for something else.
    Usage,
    /// Nobody vouches for the signer.
    Untrusted,
    /// The message is for somebody else.
    NotForThisCard,
    /// It does not decrypt.
    Undecryptable,
    /// The login is for somewhere else, too late, or was used before.
    Login,
    /// The key or a store could not be used.
    Unusable,
}

impl SigningFault {
    /// What the host library said about the card, if that was it.
    fn host(&self) -> Option<&host_lib::Error> {
        match &self.0 {
            Error::Key(failure) => failure.source().downcast_ref(),
            _ => None,
        }
    }

    fn kind(&self) -> Kind {
        use Error as E;
        match &self.0 {
            E::ContentType { .. }
            | E::ReservedContentType(_)
            | E::SignedContentType
            | E::SignedAlgorithms
            | E::SigningCertificate
            | E::ContentDigest
            | E::Signature
            | E::Unsigned
            | E::SigningTime
            | E::ForeignKey => Kind::Invalid,
            E::KeyUsage(_) => Kind::Usage,
            E::Expired { .. } | E::NotYetValid { .. } | E::Path(_) => Kind::Untrusted,
            E::NoRecipient => Kind::NotForThisCard,
            E::Decryption => Kind::Undecryptable,
            E::Origin
            | E::ChallengeNotYetValid { .. }
            | E::ChallengeExpired { .. }
            | E::NotOpen
            | E::ChallengeChanged => Kind::Login,
            E::Key(_) | E::Store(_) => Kind::Unusable,
            _ => Kind::Form,
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        if let Some(error) = self.host() {
            return error.code().as_str();
        }
        match self.kind() {
            Kind::Form => "E-CLI-MESSAGE-FORM",
            Kind::Invalid => "E-CLI-SIGNATURE-INVALID",
            Kind::Usage => "E-CLI-KEY-USAGE",
            Kind::Untrusted => "E-CLI-SIGNER-NOT-TRUSTED",
            Kind::NotForThisCard => "E-CLI-NOT-A-RECIPIENT",
            Kind::Undecryptable => "E-CLI-NOT-DECRYPTED",
            Kind::Login => "E-CLI-LOGIN-REFUSED",
            Kind::Unusable => "E-CLI-KEY-UNUSABLE",
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        if let Some(error) = self.host() {
            return class(error.code());
        }
        match self.kind() {
            Kind::NotForThisCard => Exit::Denied,
            Kind::Unusable => Exit::Internal,
            _ => Exit::NotVerified,
        }
    }

    pub(crate) fn what(&self, language: Language) -> String {
        if let Some(error) = self.host() {
            return error.message(language.into());
        }
        let what = match self.kind() {
            Kind::Form => Bilingual::new("訊息格式不符", "The message cannot be used"),
            Kind::Invalid => Bilingual::new("簽章無效", "The signature is not valid"),
            Kind::Usage => Bilingual::new("金鑰用途不符", "The key is for something else"),
            Kind::Untrusted => {
                Bilingual::new("簽署者的憑證不受信任", "Nobody vouches for the signer")
            }
            Kind::NotForThisCard => {
                Bilingual::new("訊息的收件人不是此卡片", "The message is not for this card")
            }
            Kind::Undecryptable => Bilingual::new("無法解密", "Not decrypted"),
            Kind::Login => Bilingual::new("登入遭拒", "The login is refused"),
            Kind::Unusable => Bilingual::new("無法使用金鑰", "The key cannot be used"),
        };
        match language {
            Language::ZhTw => format!("{}：{}。", what.zh, self.0),
            Language::En => format!("{}: {}.", what.en, self.0),
        }
    }

    pub(crate) fn remedy(&self, language: Language) -> &'static str {
        if let Some(error) = self.host() {
            return error.advice(language.into());
        }
        let remedy = match self.kind() {
            Kind::Form => Bilingual::new(
                "請向寄件人索取 CMS 格式的檔案，並確認未經轉檔。",
                "Ask the sender for the file as it was made; another program may have changed its form.",
            ),
            Kind::Invalid => Bilingual::new(
                "請勿採信；請確認文件與簽章是同一份。",
                "Do not rely on it; make sure that document and signature belong together.",
            ),
            Kind::Usage => Bilingual::new(
                "請勿採信；請簽署者改用正確的金鑰。",
                "Do not rely on it; ask the signer to use the right key.",
            ),
            Kind::Untrusted => Bilingual::new(
                "請勿採信；請確認 --trust 目錄內有正確的憑證與最新的廢止清冊。",
                "Do not rely on it; make sure that --trust has the right certificates and fresh revocation lists.",
            ),
            Kind::NotForThisCard => Bilingual::new(
                "請寄件人以此卡片的加密憑證 (key-decipherment) 重新加密；換發憑證前的訊息須以舊卡片解密。",
                "Ask the sender to encrypt it with this card's certificate for key-decipherment; what was encrypted for an earlier card needs that one.",
            ),
            Kind::Undecryptable => Bilingual::new(
                "訊息已損毀或遭變更；請寄件人重新寄送。",
                "The message is damaged or was changed; ask the sender for it again.",
            ),
            Kind::Login => Bilingual::new("請重新登入。", "Log in again."),
            Kind::Unusable => Bilingual::new("請再試一次。", "Try again."),
        };
        remedy.say(language)
    }
}
