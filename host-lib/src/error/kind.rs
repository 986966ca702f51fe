//! The particulars of an [`Error`](crate::Error).

use core::fmt;

use iso7816::StatusWord;

use cvc::CertificateHolderReference;

use super::{ErrorCode, Lang};
use crate::agency::GrantLevel;
use crate::certificates::KeySlot;
use crate::groups::Group;

/// A password of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PasswordKind {
    /// Card access number, 存取碼.
    Can,
    /// Machine-readable zone.
    Mrz,
    /// PIN1, 加密區密碼.
    Pin1,
    /// PIN unblocking key, 解鎖碼.
    Puk,
    /// PIN2, 憑證密碼.
    Pin2,
}

impl PasswordKind {
    /// Its name for people.
    pub fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Can, Lang::En) => "access code (CAN)",
            (Self::Can, Lang::ZhTw) => "存取碼",
            (Self::Mrz, Lang::En) => "machine-readable zone (MRZ)",
            (Self::Mrz, Lang::ZhTw) => "機器可讀區",
            (Self::Pin1, Lang::En) => "PIN1",
            (Self::Pin1, Lang::ZhTw) => "加密區密碼",
            (Self::Pin2, Lang::En) => "PIN2",
            (Self::Pin2, Lang::ZhTw) => "憑證密碼",
            (Self::Puk, Lang::En) => "PUK",
            (Self::Puk, Lang::ZhTw) => "解鎖碼",
        }
    }
}

/// Why a password cannot be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PasswordState {
    /// One try is left; the CAN must be given first, in the same session.
    Suspended,
    /// No try is left.
    Blocked,
    /// Switched off, or not yet switched on.
    Deactivated,
    /// The card does not have this password.
    Absent,
}

impl PasswordState {
    /// Tries left in this state, where the state says so.
    pub fn tries_left(self) -> Option<u8> {
        match self {
            Self::Suspended => Some(1),
            Self::Blocked => Some(0),
            Self::Deactivated | Self::Absent => None,
        }
    }
}

/// A file of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum File {
    /// EF.ATR/INFO.
    AtrInfo,
    /// EF.CardAccess.
    CardAccess,
    /// EF.CardSecurity.
    CardSecurity,
    /// EF.COM of the ICAO application.
    Com,
    /// EF.SOD of the application that is open.
    Sod,
    /// A data group of the eID application.
    Eid(Group),
    /// A data group of the ICAO application, by its number.
    Icao(u8),
    /// A directory file of the natural-person certificate, by its name in ISO/IEC 7816-15.
    Directory(&'static str),
    /// A certificate of the natural-person certificate.
    Certificate(KeySlot),
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtrInfo => f.write_str("EF.ATR/INFO"),
            Self::CardAccess => f.write_str("EF.CardAccess"),
            Self::CardSecurity => f.write_str("EF.CardSecurity"),
            Self::Com => f.write_str("EF.COM"),
            Self::Sod => f.write_str("EF.SOD"),
            Self::Eid(group) => write!(f, "eID {group}"),
            Self::Icao(number) => write!(f, "ICAO DG{number}"),
            Self::Directory(name) => f.write_str(name),
            Self::Certificate(slot) => write!(f, "certificate of the {}", slot.label(Lang::En)),
        }
    }
}

/// Why access was denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DenialReason {
    /// The file is of the protected zone, and the session was not opened with PIN1.
    NeedsPin1,
    /// The file is of the ICAO zone, and the session was not opened with the MRZ.
    NeedsMrz,
    /// The file is of the public or household zone, and the session was opened with the MRZ.
    NeedsCan,
    /// The file is read after PIN2 alone.
    NeedsPin2,
    /// The session's password opens no data (PUK, transport PIN).
    OpensNoData,
    /// The file is for agencies with the right "privileged terminal" alone.
    NeedsPrivilegedAgency,
    /// The file is of the protected zone, and no agency has authenticated itself that the ministry lets read it.
    NeedsAgency,
    /// The agency may not, by its certificates.
    NotGranted {
        /// Where the right was lost.
        level: GrantLevel,
        /// Whose certificate does not hold it.
        holder: CertificateHolderReference,
    },
    /// The agency may, but did not ask for it.
    NotAskedFor,
    /// The agency may and asked for it, and the holder withheld it.
    WithheldByHolder,
    /// The code was right and nothing known stands in the way, but the card refuses (another state, another rule).
    NotAuthorised(StatusWord),
}

impl DenialReason {
    pub(super) fn code(self) -> ErrorCode {
        match self {
            Self::NeedsPin1
            | Self::NeedsMrz
            | Self::NeedsCan
            | Self::NeedsPin2
            | Self::OpensNoData
            | Self::NeedsPrivilegedAgency
            | Self::NotAuthorised(_) => ErrorCode::AccessDenied,
            Self::NeedsAgency => ErrorCode::AgencyNeeded,
            Self::NotGranted { .. } => ErrorCode::NotGranted,
            Self::NotAskedFor | Self::WithheldByHolder => ErrorCode::NotAgreed,
        }
    }

    /// The reason for people.
    pub fn describe(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::NeedsPin1, Lang::En) => "needs PIN1".into(),
            (Self::NeedsPin1, Lang::ZhTw) => "須輸入加密區密碼 (PIN1)".into(),
            (Self::NeedsMrz, Lang::En) => "needs the MRZ".into(),
            (Self::NeedsMrz, Lang::ZhTw) => "須以機器可讀區 (MRZ) 開啟".into(),
            (Self::NeedsCan, Lang::En) => "needs the access code or PIN1".into(),
            (Self::NeedsCan, Lang::ZhTw) => "須以存取碼或加密區密碼 (PIN1) 開啟".into(),
            (Self::NeedsPin2, Lang::En) => "needs PIN2".into(),
            (Self::NeedsPin2, Lang::ZhTw) => "須輸入憑證密碼 (PIN2)".into(),
            (Self::OpensNoData, Lang::En) => "this password opens no data".into(),
            (Self::OpensNoData, Lang::ZhTw) => "此密碼無法讀取資料".into(),
            (Self::NeedsAgency, Lang::En) => {
                "an agency has to authenticate itself that the ministry lets read it".into()
            }
            (Self::NeedsAgency, Lang::ZhTw) => "須由內政部授權之機關經卡片驗證後讀取".into(),
            (Self::NeedsPrivilegedAgency, Lang::En) => {
                "for privileged agencies alone (police, household offices)".into()
            }
            (Self::NeedsPrivilegedAgency, Lang::ZhTw) => "僅供特權機關（警察、戶政等）讀取".into(),
            (Self::NotGranted { level, holder }, Lang::En) => {
                format!("{} does not grant it ({holder})", level.label(lang))
            }
            (Self::NotGranted { level, holder }, Lang::ZhTw) => {
                format!("{}未授權（{holder}）", level.label(lang))
            }
            (Self::NotAskedFor, Lang::En) => "the agency did not ask for it".into(),
            (Self::NotAskedFor, Lang::ZhTw) => "機關未要求此項目".into(),
            (Self::WithheldByHolder, Lang::En) => "the holder withheld it".into(),
            (Self::WithheldByHolder, Lang::ZhTw) => "持卡人不同意提供".into(),
            (Self::NotAuthorised(status), Lang::En) => {
                format!(
                    "not in the card's present state: it may be locked until the PUK unblocks PIN1 ({status})"
                )
            }
            (Self::NotAuthorised(status), Lang::ZhTw) => {
                format!("卡片目前的狀態不允許：可能已鎖卡，須以解鎖碼解鎖 ({status})")
            }
        }
    }
}

/// What the card lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsupported {
    /// No EF.CardAccess; such cards offer Basic Access Control at most, which is out of scope.
    Pace,
    /// No PACE suite that this library accepts.
    PaceSuite,
    /// No eID application.
    EidApplication,
    /// No ICAO application.
    IcaoApplication,
    /// No Terminal Authentication: no key for Chip Authentication version 2 in EF.CardSecurity.
    TerminalAuthentication,
    /// The card does not know what it is asked: it was given no such date or place.
    Question,
    /// No key for Restricted Identification, or with a protocol that is unknown.
    RestrictedIdentification,
    /// A file that was asked for is missing.
    FileMissing(File),
    /// No natural-person certificate.
    CertificateApplication,
    /// No key in this slot, or none that can do what was asked for.
    Key(KeySlot),
}

impl Unsupported {
    pub(super) fn code(self) -> ErrorCode {
        match self {
            Self::Pace => ErrorCode::CardWithoutPace,
            Self::PaceSuite => ErrorCode::NoCommonSuite,
            Self::EidApplication => ErrorCode::NoEidApplication,
            Self::IcaoApplication => ErrorCode::NoIcaoApplication,
            Self::TerminalAuthentication => ErrorCode::NoTerminalAuthentication,
            Self::Question | Self::RestrictedIdentification => ErrorCode::CardCannotAnswer,
            Self::CertificateApplication => ErrorCode::NoCertificates,
            Self::Key(_) | Self::FileMissing(File::Certificate(_)) => ErrorCode::KeyMissing,
            Self::FileMissing(File::Sod) => ErrorCode::SecurityObjectMissing,
            Self::FileMissing(_) => ErrorCode::GroupMissing,
        }
    }

    pub(super) fn detail(self) -> Option<String> {
        match self {
            Self::FileMissing(file) => Some(file.to_string()),
            Self::Key(slot) => Some(slot.label(Lang::En).into()),
            _ => None,
        }
    }
}

/// A step of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// SELECT of the master file or an application.
    Select,
    /// READ BINARY of a file.
    Read(File),
    /// MSE:Set AT for PACE.
    PaceSetup,
    /// GENERAL AUTHENTICATE of PACE, step 1 to 4.
    Pace(u8),
    /// Terminal Authentication.
    TerminalAuthentication,
    /// Chip Authentication.
    ChipAuthentication,
    /// Active Authentication.
    ActiveAuthentication,
    /// RESET RETRY COUNTER, ACTIVATE or DEACTIVATE for PIN1.
    ManagePin,
    /// GET RESPONSE, for the rest of an answer.
    GetResponse,
    /// VERIFY of auxiliary data.
    Question,
    /// Restricted Identification.
    RestrictedIdentification,
    /// UPDATE BINARY of a file.
    Update(File),
    /// VERIFY, CHANGE REFERENCE DATA or RESET RETRY COUNTER for PIN2.
    ManagePin2,
    /// MANAGE SECURITY ENVIRONMENT, PERFORM SECURITY OPERATION or INTERNAL AUTHENTICATE with a key of the natural-person certificate.
    UseKey(KeySlot),
    /// DEACTIVATE or ACTIVATE of the natural-person certificate.
    SwitchCertificates,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Select => f.write_str("SELECT"),
            Self::Read(file) => write!(f, "READ BINARY of {file}"),
            Self::PaceSetup => f.write_str("MSE:Set AT for PACE"),
            Self::Pace(step) => write!(f, "PACE step {step}"),
            Self::TerminalAuthentication => f.write_str("Terminal Authentication"),
            Self::ChipAuthentication => f.write_str("Chip Authentication"),
            Self::ActiveAuthentication => f.write_str("Active Authentication"),
            Self::ManagePin => f.write_str("PIN management"),
            Self::GetResponse => f.write_str("GET RESPONSE"),
            Self::Question => f.write_str("VERIFY of auxiliary data"),
            Self::RestrictedIdentification => f.write_str("Restricted Identification"),
            Self::Update(file) => write!(f, "UPDATE BINARY of {file}"),
            Self::ManagePin2 => f.write_str("PIN2 management"),
            Self::UseKey(slot) => write!(f, "use of the {}", slot.label(Lang::En)),
            Self::SwitchCertificates => f.write_str("switching the natural-person certificate"),
        }
    }
}

/// A refusal that has no special meaning at its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardFault {
    /// Where it happened.
    pub step: Step,
    /// What the card answered.
    pub status: StatusWord,
    /// Whether the answer was authenticated by the channel. A plain status can be forged by
    /// anyone between card and reader: show it, conclude nothing from it.
    pub authenticated: bool,
}

impl fmt::Display for CardFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = if self.authenticated { "" } else { ", in plain" };
        write!(f, "{}: {}{plain}", self.step, self.status)
    }
}

/// How the chip broke a protocol or a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// Data that do not parse.
    #[error("{0} is not well-formed")]
    Malformed(File),
    /// An answer that does not parse, or without the data that the step needs.
    #[error("the answer to {0} is not well-formed")]
    MalformedAnswer(Step),
    /// An answer that breaks off before its status word.
    #[error("an answer has no status word")]
    NoStatusWord,
    /// A file that ends before its announced length.
    #[error("{0} ends before its announced length")]
    Truncated(File),
    /// More data than the file may hold.
    #[error("{file} announces {announced} bytes, at most {limit} are accepted")]
    TooLarge {
        /// The file.
        file: File,
        /// What the card announced.
        announced: u64,
        /// What is accepted.
        limit: usize,
    },
    /// An answer longer than was asked for or than any answer may be.
    #[error("an answer is longer than it may be")]
    AnswerTooLong,
    /// Too many exchanges.
    #[error("the conversation takes more than {0} exchanges")]
    TooManyExchanges(u32),
    /// PACE rules broken.
    #[error("PACE step {0} breaks the protocol")]
    Pace(u8),
    /// EF.CardAccess differs from its signed copy.
    #[error("EF.CardAccess differs from {0}")]
    CardAccessDowngrade(File),
    /// A protected answer with a wrong authentication code, or otherwise forged.
    #[error("a protected answer fails its authentication")]
    ChannelForged,
    /// A plain answer where a protected one is due.
    #[error("the card answered in plain: {0}")]
    ChannelPlain(StatusWord),
    /// The card ended the channel.
    #[error("the channel has ended")]
    ChannelEnded,
    /// Chip Authentication or Active Authentication failed.
    #[error("{0} failed")]
    NotGenuine(Step),
}

impl Misbehaviour {
    pub(super) fn code(self) -> ErrorCode {
        match self {
            Self::Malformed(File::Sod | File::CardSecurity) => ErrorCode::SecurityObjectMalformed,
            Self::Malformed(_)
            | Self::MalformedAnswer(_)
            | Self::NoStatusWord
            | Self::Truncated(_) => ErrorCode::ChipMalformed,
            Self::TooLarge { .. } | Self::AnswerTooLong => ErrorCode::ChipTooLarge,
            Self::TooManyExchanges(_) => ErrorCode::ChipTooManyExchanges,
            Self::Pace(_) => ErrorCode::ChipBrokePace,
            Self::CardAccessDowngrade(_) => ErrorCode::CardAccessDowngrade,
            Self::ChannelForged => ErrorCode::ChannelForged,
            Self::ChannelPlain(_) => ErrorCode::ChannelPlain,
            Self::ChannelEnded => ErrorCode::ChannelEnded,
            Self::NotGenuine(_) => ErrorCode::ChipNotGenuine,
        }
    }
}

/// A rule of this library that its caller broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The session was opened with another password than the call needs.
    #[error("this needs a session opened with {}", .0.label(Lang::En))]
    WrongSession(PasswordKind),
    /// `resume_*` in a session that is not a CAN session.
    #[error("a suspended password is resumed in a session opened with the access code")]
    ResumeWithoutCan,
    /// `resume_*` with a password that is not suspended; no try was spent.
    #[error("the password is not suspended: open the card with it")]
    NotSuspended,
    /// No group was asked for.
    #[error("no data group was asked for")]
    NothingAskedFor,
    /// A password with which no agency opens a card.
    #[error("an agency opens a card with PIN1, or with the access code where it may")]
    TerminalPassword,
    /// A question that was not asked for before the terminal signed.
    #[error("the question was not part of the request (AccessRequest::ask)")]
    NotPartOfTheRequest,
    /// Questions beyond what a card takes.
    #[error("the questions are longer than a card takes")]
    QuestionTooLong,
    /// A file beyond what UPDATE BINARY reaches.
    #[error("the new {0} is longer than a card takes")]
    UpdateTooLong(File),
    /// A certificate of another key than the one in the slot.
    #[error("the certificate is not of the {}", .0.label(Lang::En))]
    CertificateOfAnotherKey(KeySlot),
    /// The answer to a request of another session.
    #[error("the signature is the answer to a request of another session")]
    AnotherSession,
    /// A signature key whose PIN2 was used up.
    #[error("PIN2 is good for one signature: it was made, enter PIN2 again")]
    Pin2UsedUp,
    /// A hash of another length than the algorithm's.
    #[error("the hash is not as long as the algorithm's")]
    HashLength,
    /// The session changed hands: the channel is gone and a new one must be opened.
    #[error("the session is over; open the card again")]
    SessionOver,
}

/// What was to be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InputKind {
    /// The card access number.
    Can,
    /// PIN1.
    Pin1,
    /// The five-digit PIN of the PIN letter.
    TransportPin,
    /// The PUK.
    Puk,
    /// PIN2.
    Pin2,
    /// The fields of the machine-readable zone.
    Mrz,
}

/// What is wrong with a text. It never shows the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputProblem {
    /// Wrong number of characters.
    Length {
        /// Characters needed.
        expected: usize,
        /// Characters found.
        found: usize,
    },
    /// Too few or too many characters.
    LengthBetween {
        /// Fewest characters.
        least: usize,
        /// Most characters.
        most: usize,
        /// Characters found.
        found: usize,
    },
    /// Not an ASCII digit (full-width digits are not either); position counted from 1.
    NotADigit {
        /// Which character.
        position: usize,
    },
    /// A character that the field does not allow; position counted from 1.
    NotAllowed {
        /// The field, in English.
        field: &'static str,
        /// Which character.
        position: usize,
    },
    /// A field is empty or too long.
    FieldLength {
        /// The field, in English.
        field: &'static str,
    },
    /// A date that does not exist.
    NotADate {
        /// The field, in English.
        field: &'static str,
    },
    /// A check digit does not match.
    CheckDigit {
        /// The field, in English.
        field: &'static str,
    },
    /// Neither TD1 (3 lines of 30), TD2 (2 of 36) nor TD3 (2 of 44).
    UnknownLayout,
}

/// A text that cannot be what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputError {
    /// What was to be parsed.
    pub kind: InputKind,
    /// What is wrong.
    pub problem: InputProblem,
}

impl InputError {
    pub(super) fn code(self) -> ErrorCode {
        match self.kind {
            InputKind::Can => ErrorCode::InputCan,
            InputKind::Pin1 => ErrorCode::InputPin,
            InputKind::TransportPin => ErrorCode::InputTransportPin,
            InputKind::Puk => ErrorCode::InputPuk,
            InputKind::Pin2 => ErrorCode::InputPin2,
            InputKind::Mrz => ErrorCode::InputMrz,
        }
    }

    /// What exactly is wrong, without showing the text.
    pub fn detail(&self, lang: Lang) -> String {
        match (self.problem, lang) {
            (InputProblem::Length { expected, found }, Lang::En) => {
                format!("{found} characters, not {expected}")
            }
            (InputProblem::Length { expected, found }, Lang::ZhTw) => {
                format!("輸入 {found} 個字元，應為 {expected} 個")
            }
            (InputProblem::LengthBetween { least, most, found }, Lang::En) => {
                format!("{found} characters, not {least} to {most}")
            }
            (InputProblem::LengthBetween { least, most, found }, Lang::ZhTw) => {
                format!("輸入 {found} 個字元，應為 {least} 至 {most} 個")
            }
            (InputProblem::NotADigit { position }, Lang::En) => {
                format!("character {position} is not a digit 0-9")
            }
            (InputProblem::NotADigit { position }, Lang::ZhTw) => {
                format!("第 {position} 個字元不是半形數字")
            }
            (InputProblem::NotAllowed { field, position }, Lang::En) => {
                format!("{field}: character {position} is not allowed")
            }
            (InputProblem::NotAllowed { field, position }, Lang::ZhTw) => {
                format!("{field}：第 {position} 個字元不合規定")
            }
            (InputProblem::FieldLength { field }, Lang::En) => format!("{field}: wrong length"),
            (InputProblem::FieldLength { field }, Lang::ZhTw) => format!("{field}：長度錯誤"),
            (InputProblem::NotADate { field }, Lang::En) => {
                format!("{field}: no such date (YYMMDD)")
            }
            (InputProblem::NotADate { field }, Lang::ZhTw) => {
                format!("{field}：日期不存在 (YYMMDD)")
            }
            (InputProblem::CheckDigit { field }, Lang::En) => {
                format!("{field}: the check digit does not match")
            }
            (InputProblem::CheckDigit { field }, Lang::ZhTw) => format!("{field}：檢查碼不符"),
            (InputProblem::UnknownLayout, Lang::En) => "neither TD1, TD2 nor TD3".into(),
            (InputProblem::UnknownLayout, Lang::ZhTw) => "不是 TD1、TD2 或 TD3 格式".into(),
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.detail(Lang::En))
    }
}

impl core::error::Error for InputError {}
