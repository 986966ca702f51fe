//! What ended a run: a stable code, what happened and what to do, in both languages, and the exit code of its class.
//!
//! Codes of the card and the library are the library's own (docs/errors.md); those made here begin with `E-CLI-`.

mod agency;
mod ca;
mod card;
mod card_file;
mod class;
mod login;
mod reader;
mod signing;
mod update;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use applet_sim::{PersonaliseError, StoreError};
use host_lib::{Error, ErrorCode, Lang};
use issuer::ProfileError;

use crate::codes::CodeName;
use crate::exit::Exit;
use crate::help;
use crate::language::{Bilingual, Language};
pub(crate) use agency::AgencyFault;
pub(crate) use ca::CaFault;
pub(crate) use card::CardFault;
pub(crate) use card_file::CardFileFault;
use class::class;
pub(crate) use login::LoginFault;
pub(crate) use reader::ReaderFault;
pub(crate) use signing::SigningFault;
pub(crate) use update::UpdateFault;

/// Why the run cannot go on.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line was wrong; the text of each language says where.
    Usage { zh: String, en: String },
    /// The day of the check is none.
    Date,
    /// A code is needed and there is nobody to ask.
    NobodyToAsk { name: CodeName },
    /// A code was announced on standard input or in the environment and is not readable text.
    CodeUnreadable { name: CodeName },
    /// The two entries of a new PIN differ.
    NewPinsDiffer,
    /// A file could not be read or written.
    File { path: PathBuf, error: io::Error },
    /// A file that would be overwritten exists.
    Exists { path: PathBuf },
    /// The trust folder belongs to another test PKI.
    OtherPki { path: PathBuf },
    /// A file is not what it should be.
    NotUsable { path: PathBuf, why: Bilingual },
    /// A script of faults is not one, or cannot be played here.
    Script { path: PathBuf, why: String },
    /// A conformance statement is none.
    Statement { path: PathBuf, why: String },
    /// A portrait was to be written, and none was read.
    NoPortrait { path: PathBuf },
    /// A card file does not give a card.
    CardFile { path: PathBuf, fault: CardFileFault },
    /// A certificate or a revocation list cannot be used.
    Trust { path: PathBuf, error: pki::Error },
    /// A test anchor that nobody allowed.
    TestAnchor { path: PathBuf },
    /// The profile of a holder was refused.
    Profile { path: PathBuf, error: ProfileError },
    /// An image did not become a card.
    Personalising(PersonaliseError),
    /// A card that was just made does not start.
    Chip(StoreError),
    /// A card could not be issued.
    Issuing(issuer::Error),
    /// A reader, real or virtual, does not give a card.
    Reader(ReaderFault),
    /// A certificate of an agency could not be asked for, granted or read.
    Agency(AgencyFault),
    /// The list of lost cards or the operator log.
    Card(CardFault),
    /// The natural-person PKI.
    Ca(CaFault),
    /// The demonstration server and its client.
    Login(LoginFault),
    /// Nothing is signed, accepted or decrypted.
    Signing(SigningFault),
    /// A card in use is not updated.
    Update(UpdateFault),
    /// What the host library says.
    Host(Error),
    /// Standard output is gone.
    Output(io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Host(error)
    }
}

impl From<host_lib::TransportError> for Failure {
    fn from(error: host_lib::TransportError) -> Self {
        Self::Host(error.into())
    }
}

impl From<ReaderFault> for Failure {
    fn from(fault: ReaderFault) -> Self {
        Self::Reader(fault)
    }
}

impl From<AgencyFault> for Failure {
    fn from(fault: AgencyFault) -> Self {
        Self::Agency(fault)
    }
}

impl From<CardFault> for Failure {
    fn from(fault: CardFault) -> Self {
        Self::Card(fault)
    }
}

impl From<CaFault> for Failure {
    fn from(fault: CaFault) -> Self {
        Self::Ca(fault)
    }
}

impl From<LoginFault> for Failure {
    fn from(fault: LoginFault) -> Self {
        Self::Login(fault)
    }
}

impl From<::signing::Error> for Failure {
    fn from(error: ::signing::Error) -> Self {
        Self::Signing(SigningFault(error))
    }
}

impl From<UpdateFault> for Failure {
    fn from(fault: UpdateFault) -> Self {
        Self::Update(fault)
    }
}

impl From<host_lib::InputError> for Failure {
    fn from(error: host_lib::InputError) -> Self {
        Self::Host(error.into())
    }
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::ZhTw => Self::ZhTw,
            Language::En => Self::En,
        }
    }
}

impl Failure {
    /// A command line that clap refused.
    pub(crate) fn usage(error: &clap::Error) -> Self {
        let describe = |language| help::describe(error, language);
        Self::Usage {
            zh: describe(Language::ZhTw),
            en: describe(Language::En),
        }
    }

    pub(crate) fn file(path: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists {
                path: path.to_owned(),
            },
            _ => Self::File {
                path: path.to_owned(),
                error,
            },
        }
    }

    /// What the issuer says about a profile or a specimen.
    pub(crate) fn issuing(path: Option<&Path>, error: issuer::Error) -> Self {
        match (error, path) {
            (issuer::Error::Profile(error), Some(path)) => Self::Profile {
                path: path.to_owned(),
                error,
            },
            (issuer::Error::Io { path, source }, _) => Self::file(&path, source),
            (error, _) => Self::Issuing(error),
        }
    }

    /// The stable name.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Usage { .. } => "E-CLI-USAGE",
            Self::Date => "E-CLI-DATE",
            Self::NobodyToAsk { .. } => "E-CLI-NOBODY-TO-ASK",
            Self::CodeUnreadable { .. } => "E-CLI-CODE-UNREADABLE",
            Self::NewPinsDiffer => "E-CLI-NEW-PINS-DIFFER",
            Self::File { error, .. } if error.kind() == io::ErrorKind::NotFound => {
                "E-CLI-FILE-MISSING"
            }
            Self::File { .. } => "E-CLI-FILE",
            Self::Exists { .. } => "E-CLI-FILE-EXISTS",
            Self::OtherPki { .. } => "E-CLI-OTHER-PKI",
            Self::NotUsable { .. } => "E-CLI-FILE-NOT-USABLE",
            Self::Script { .. } => "E-CLI-FAULTS",
            Self::Statement { .. } => "E-CLI-STATEMENT",
            Self::NoPortrait { .. } => "E-CLI-NO-PORTRAIT",
            Self::CardFile { fault, .. } => fault.code(),
            Self::Trust { .. } => "E-CLI-TRUST",
            Self::TestAnchor { .. } => ErrorCode::TestAnchorRefused.as_str(),
            Self::Profile { .. } => "E-CLI-PROFILE",
            Self::Issuing(_) | Self::Personalising(_) | Self::Chip(_) => "E-CLI-ISSUING",
            Self::Reader(fault) => fault.code(),
            Self::Agency(fault) => fault.code(),
            Self::Card(fault) => fault.code(),
            Self::Ca(fault) => fault.code(),
            Self::Login(fault) => fault.code(),
            Self::Signing(fault) => fault.code(),
            Self::Update(fault) => fault.code(),
            Self::Host(error) => error.code().as_str(),
            Self::Output(_) => "E-CLI-OUTPUT",
        }
    }

    /// The class, as an exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. }
            | Self::Date
            | Self::NobodyToAsk { .. }
            | Self::CodeUnreadable { .. }
            | Self::NewPinsDiffer => Exit::Usage,
            Self::File { .. }
            | Self::Exists { .. }
            | Self::OtherPki { .. }
            | Self::NotUsable { .. }
            | Self::Script { .. }
            | Self::Statement { .. }
            | Self::CardFile { .. }
            | Self::Trust { .. } => Exit::File,
            Self::NoPortrait { .. } => Exit::Denied,
            Self::Profile { .. } => Exit::Profile,
            Self::TestAnchor { .. } => Exit::NotVerified,
            Self::Reader(fault) => fault.exit(),
            Self::Agency(fault) => fault.exit(),
            Self::Card(fault) => fault.exit(),
            Self::Ca(fault) => fault.exit(),
            Self::Login(fault) => fault.exit(),
            Self::Signing(fault) => fault.exit(),
            Self::Update(fault) => fault.exit(),
            Self::Host(error) => class(error.code()),
            Self::Issuing(_) | Self::Personalising(_) | Self::Chip(_) | Self::Output(_) => {
                Exit::Internal
            }
        }
    }

    /// What happened.
    pub(crate) fn what(&self, language: Language) -> String {
        let say = |zh: String, en: String| match language {
            Language::ZhTw => zh,
            Language::En => en,
        };
        match self {
            Self::Usage { zh, en } => say(zh.clone(), en.clone()),
            Self::Date => say(
                "查驗日期不正確。".to_owned(),
                "The day of the check is no day.".to_owned(),
            ),
            Self::NobodyToAsk { name } => say(
                format!("需要{}，但沒有可輸入的終端機。", name.label().zh),
                format!(
                    "{} is needed, and there is no terminal to ask at.",
                    name.label().en
                ),
            ),
            Self::CodeUnreadable { name } => say(
                format!("標準輸入或環境變數中沒有可讀的{}。", name.label().zh),
                format!(
                    "{}: nothing readable on standard input or in the environment.",
                    name.label().en
                ),
            ),
            Self::NewPinsDiffer => say(
                "兩次輸入的新密碼不同。".to_owned(),
                "The two entries of the new PIN differ.".to_owned(),
            ),
            Self::File { path, error } => say(
                format!("無法處理檔案 {}：{error}。", path.display()),
                format!("{}: {error}.", path.display()),
            ),
            Self::Exists { path } => say(
                format!("{} 已存在。", path.display()),
                format!("{} exists already.", path.display()),
            ),
            Self::OtherPki { path } => located(
                path,
                Bilingual::new(
                    "屬於另一個測試憑證機構；覆寫後，其卡片將無法查驗。",
                    "belongs to another test PKI, whose cards could no longer be verified.",
                ),
                language,
            ),
            Self::NotUsable { path, why } => located(path, *why, language),
            Self::Script { path, why } | Self::Statement { path, why } => say(
                format!("{}：{why}。", path.display()),
                format!("{}: {why}.", path.display()),
            ),
            Self::NoPortrait { path } => located(
                path,
                Bilingual::new(
                    "未讀到相片，故未寫入。",
                    "not written, because no portrait was read.",
                ),
                language,
            ),
            Self::CardFile { path, fault } => {
                let what = fault.what(language);
                say(
                    format!("{}：{what}", path.display()),
                    format!("{}: {what}", path.display()),
                )
            }
            Self::Trust { path, error } => say(
                format!("{}：憑證或廢止清冊無法使用：{error}。", path.display()),
                format!("{}: {error}.", path.display()),
            ),
            Self::TestAnchor { path } => {
                let what = ErrorCode::TestAnchorRefused.message(language.into());
                say(
                    format!("{}：{what}", path.display()),
                    format!("{}: {what}", path.display()),
                )
            }
            Self::Profile { path, error } => say(
                format!("{}：\n{}", path.display(), error.chinese()),
                format!("{}:\n{}", path.display(), error.english()),
            ),
            Self::Issuing(error) => not_issued(error, language),
            Self::Personalising(error) => not_issued(error, language),
            Self::Chip(error) => not_issued(error, language),
            Self::Reader(fault) => fault.what(language),
            Self::Agency(fault) => fault.what(language),
            Self::Card(fault) => fault.what(language),
            Self::Ca(fault) => fault.what(language),
            Self::Login(fault) => fault.what(language),
            Self::Signing(fault) => fault.what(language),
            Self::Update(fault) => fault.what(language),
            Self::Host(error) => error.message(language.into()),
            Self::Output(error) => say(
                format!("無法輸出結果：{error}。"),
                format!("The result could not be written: {error}."),
            ),
        }
    }

    /// What to do.
    pub(crate) fn remedy(&self, language: Language) -> String {
        let text = match self {
            Self::Usage { .. } => {
                Bilingual::new("請以 neweid --help 查看說明。", "See neweid --help.")
            }
            Self::Date => {
                Bilingual::new("請以 2026-11-24 的格式輸入。", "Write it as in 2026-11-24.")
            }
            Self::NobodyToAsk { name } | Self::CodeUnreadable { name } => {
                let (variable, flag) = (name.variable(), name.flag());
                return match language {
                    Language::ZhTw => {
                        format!("請設定環境變數 {variable}，或以 {flag} 自標準輸入提供一行。")
                    }
                    Language::En => {
                        format!("Set {variable}, or give {flag} and one line on standard input.")
                    }
                };
            }
            Self::NewPinsDiffer => Bilingual::new(
                "請再試一次；卡片未變更。",
                "Try again; the card is unchanged.",
            ),
            Self::File { error, .. } if error.kind() == io::ErrorKind::NotFound => Bilingual::new(
                "請確認路徑；新的樣本卡可用 neweid issue 製作。",
                "Check the path; neweid issue makes a new specimen card.",
            ),
            Self::File { .. } => Bilingual::new(
                "請確認檔案及其權限。",
                "Check the file and its permissions.",
            ),
            Self::Exists { .. } => Bilingual::new(
                "請改用其他名稱，或以 --force 覆寫。",
                "Choose another name, or overwrite with --force.",
            ),
            Self::OtherPki { .. } => Bilingual::new(
                "請以 --pki 指定另一個目錄，或以 --force 覆寫。",
                "Name another folder with --pki, or overwrite with --force.",
            ),
            Self::NotUsable { .. } => Bilingual::new("請改用其他檔案。", "Use another file."),
            Self::Statement { .. } => Bilingual::new(
                "請修正符合性聲明（見 docs/conformance.md）。",
                "Correct the conformance statement (docs/conformance.md).",
            ),
            Self::Script { .. } => Bilingual::new(
                "請修正故障腳本（見 docs/faults.md）；卡片未變更。",
                "Correct the script (docs/faults.md); the card is unchanged.",
            ),
            Self::NoPortrait { .. } => Bilingual::new(
                "請讀取含相片的群組（2 或 5），或確認持卡人是否免列印相片。",
                "Read a group that has one (2 or 5); the holder may have none.",
            ),
            Self::CardFile { fault, .. } => fault.remedy(),
            Self::Trust { .. } => Bilingual::new(
                "請自官方來源取得該檔案，或將其移出目錄。",
                "Get the file from its official source, or take it out of the folder.",
            ),
            Self::TestAnchor { .. } => {
                return ErrorCode::TestAnchorRefused
                    .advice(language.into())
                    .to_owned();
            }
            Self::Profile { .. } => Bilingual::new(
                "請修正資料檔（見 docs/profile.md）。",
                "Correct the profile (docs/profile.md).",
            ),
            Self::Issuing(_) | Self::Personalising(_) | Self::Chip(_) => {
                Bilingual::new("請回報此錯誤。", "Please report this.")
            }
            Self::Reader(fault) => fault.remedy(),
            Self::Agency(fault) => fault.remedy(),
            Self::Card(fault) => fault.remedy(),
            Self::Ca(fault) => fault.remedy(),
            Self::Login(fault) => fault.remedy(),
            Self::Signing(fault) => return fault.remedy(language).to_owned(),
            Self::Update(fault) => fault.remedy(),
            Self::Host(error) => return error.advice(language.into()).to_owned(),
            Self::Output(_) => Bilingual::new(
                "請確認輸出目的地後再試。",
                "Check where the output goes, then try again.",
            ),
        };
        text.say(language).to_owned()
    }

    /// Whether whoever read the output has stopped reading, as `head` does. There is nobody to tell then.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Tries left of the code that was wrong or is locked, where the card said so.
    pub(crate) fn tries_left(&self) -> Option<u8> {
        match self {
            Self::Host(error) => error.tries_left(),
            _ => None,
        }
    }
}

fn located(path: &Path, what: Bilingual, language: Language) -> String {
    match language {
        Language::ZhTw => format!("{}：{}", path.display(), what.zh),
        Language::En => format!("{}: {}", path.display(), what.en),
    }
}

fn not_issued(error: &dyn fmt::Display, language: Language) -> String {
    match language {
        Language::ZhTw => format!("無法製作卡片：{error}"),
        Language::En => format!("The card could not be issued: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_and_a_file_in_the_way_have_their_own_codes() {
        let missing = Failure::file(Path::new("x.card"), io::ErrorKind::NotFound.into());
        let in_the_way = Failure::file(Path::new("x.card"), io::ErrorKind::AlreadyExists.into());
        assert_eq!(
            (missing.code(), missing.exit()),
            ("E-CLI-FILE-MISSING", Exit::File)
        );
        assert_eq!(
            (in_the_way.code(), in_the_way.exit()),
            ("E-CLI-FILE-EXISTS", Exit::File)
        );
    }
}
