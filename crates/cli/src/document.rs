//! The JSON documents: what `--json` prints. docs/json-schema.md explains them and docs/neweid.schema.json holds them; text
//! for people is made from the same values (see [`crate::show`]).

pub(crate) mod agency;
pub(crate) mod asking;
pub(crate) mod ca;
pub(crate) mod certificates;
pub(crate) mod conformance;
pub(crate) mod inventory;
mod machine;
mod register;

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::arguments::ZoneName;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::{Bilingual, Language};
pub(crate) use machine::{
    Advice, Check as MachineCheck, Examined, Page, ReaderEntry, ReaderState, Script, Served,
    Verdict,
};

pub(crate) use register::{LogChecked, LostCards, LostCardsDone, UnfinishedAction};

/// Name and version of the format. Fields may be added under the same version; none changes its meaning or goes away.
const SCHEMA: &str = "neweid/1";

/// One run, as JSON.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    command: Option<&'static str>,
    exit_code: u8,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Body<'a> {
    Result(&'a Outcome),
    Error(ErrorDocument),
}

/// What a subcommand has to say.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Outcome {
    Issued(Issued),
    Specimens { specimens: Vec<Specimen> },
    Reading(Reading),
    Asked(asking::Asked),
    Updated(asking::Updated),
    Tries(Tries),
    Changed(Changed),
    AgencyPapers(agency::AgencyPapers),
    Inventory(inventory::Listed),
    Conformance(conformance::Conformance),
    ConformanceList(conformance::CaseList),
    WrittenAuthorities(conformance::WrittenAuthorities),
    LostCards(LostCards),
    CitizenCa(ca::CitizenCa),
    Certificates(certificates::Certificates),
    Requested(certificates::Requested),
    Installed(certificates::Installed),
    Signed(certificates::Signed),
    CheckedSignature(certificates::CheckedSignature),
    Decrypted(certificates::Decrypted),
    LoggedIn(certificates::LoggedIn),
    ServedLogins(certificates::ServedLogins),
    LogChecked(LogChecked),
    Readers { readers: Vec<ReaderEntry> },
    Examined(Examined),
    Served { served: Vec<Served> },
    Script(Script),
    Pages { pages: Vec<Page> },
}

/// Where the card is that was worked on.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct CardPlace {
    /// The card file; null for a card in memory or in a reader.
    card: Option<String>,
    /// The name of the reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    reader: Option<String>,
}

impl CardPlace {
    /// A card that nobody else can reach.
    pub(crate) fn memory() -> Self {
        Self::default()
    }

    pub(crate) fn file(path: &Path) -> Self {
        Self {
            card: Some(path.display().to_string()),
            reader: None,
        }
    }

    pub(crate) fn reader(name: String) -> Self {
        Self {
            card: None,
            reader: Some(name),
        }
    }

    pub(crate) fn reader_name(&self) -> Option<&str> {
        self.reader.as_deref()
    }
}

/// A text in both languages.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Text {
    #[serde(rename = "zh-TW")]
    pub(crate) zh: String,
    pub(crate) en: String,
}

impl Text {
    pub(crate) fn say(&self, language: Language) -> &str {
        match language {
            Language::ZhTw => &self.zh,
            Language::En => &self.en,
        }
    }

    pub(crate) fn aside(&self, language: Language) -> &str {
        match language {
            Language::ZhTw => &self.en,
            Language::En => &self.zh,
        }
    }
}

impl From<Bilingual> for Text {
    fn from(text: Bilingual) -> Self {
        Self {
            zh: text.zh.to_owned(),
            en: text.en.to_owned(),
        }
    }
}

/// `issue`.
#[derive(Debug, Serialize)]
pub(crate) struct Issued {
    pub(crate) card: String,
    pub(crate) pki: String,
    /// The name of the specimen, unless a profile was given.
    pub(crate) specimen: Option<&'static str>,
    /// What opens the card. It is a simulated card: its codes are no secret from whoever issues it.
    pub(crate) codes: Vec<IssuedCode>,
}

#[derive(Debug, Serialize)]
pub(crate) struct IssuedCode {
    pub(crate) name: &'static str,
    pub(crate) label: Text,
    pub(crate) value: String,
}

/// One line of `issue --list-specimens`.
#[derive(Debug, Serialize)]
pub(crate) struct Specimen {
    pub(crate) name: &'static str,
    pub(crate) purpose: Text,
    /// The error that the host library reports for it, if any.
    pub(crate) yields: Option<&'static str>,
}

/// `read`, `verify` and `demo`.
#[derive(Debug, Serialize)]
pub(crate) struct Reading {
    #[serde(flatten)]
    pub(crate) place: CardPlace,
    /// The codes of the specimen (`demo` only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) codes: Option<Vec<IssuedCode>>,
    pub(crate) sessions: Vec<Opened>,
    /// `verify` has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) portrait_file: Option<String>,
    pub(crate) traffic: Traffic,
    /// Whether everything that was read can be accepted.
    pub(crate) verified: bool,
}

/// What one code opened.
#[derive(Debug, Serialize)]
pub(crate) struct Opened {
    pub(crate) password: PasswordName,
    pub(crate) application: Application,
    /// The suite of the key agreement, in the standards' words.
    pub(crate) suite: String,
    /// For whom it was opened; the holder's own session has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agency: Option<agency::Access>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) groups: Option<Vec<Group>>,
    pub(crate) checks: Vec<Check>,
    /// Why this must not be accepted; null where it may.
    pub(crate) refusal: Option<Refusal>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) reason: Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PasswordName {
    Can,
    Mrz,
    Pin,
    Puk,
    Pin2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Application {
    Eid,
    Icao,
}

/// One data group.
#[derive(Debug, Serialize)]
pub(crate) struct Group {
    pub(crate) number: u8,
    pub(crate) zone: ZoneName,
    /// Whether it passed passive authentication.
    pub(crate) verified: bool,
    pub(crate) fields: Vec<Field>,
}

/// One field of a group.
#[derive(Debug, Serialize)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: Text,
    #[serde(flatten)]
    pub(crate) value: FieldValue,
}

/// The value of a field.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum FieldValue {
    /// Text; empty where the field is there and empty.
    Text { value: String },
    /// ISO 8601 with `XX` for what is not known, empty where there is none; and as people in Taiwan read it.
    Date { value: String, roc: String },
    /// A code with its meaning.
    Code { value: String, meaning: Text },
    /// A picture.
    Image {
        format: Option<&'static str>,
        bytes: usize,
    },
}

/// One check of the report.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) label: Text,
    pub(crate) outcome: CheckOutcome,
    /// The error code of a check that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'static str>,
    /// Why a check failed or was not performed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckOutcome {
    Passed,
    Failed,
    NotPerformed,
}

/// What went over the wire.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Traffic {
    pub(crate) commands: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    pub(crate) milliseconds: u64,
}

/// `pin status`.
#[derive(Debug, Serialize)]
pub(crate) struct Tries {
    #[serde(flatten)]
    pub(crate) place: CardPlace,
    pub(crate) passwords: Vec<PasswordTries>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PasswordTries {
    pub(crate) name: PasswordName,
    pub(crate) state: PasswordState,
    pub(crate) tries_left: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PasswordState {
    Usable,
    Suspended,
    Blocked,
    Deactivated,
}

/// `pin change`, `pin unblock`, and what `cert` does to the card.
#[derive(Debug, Serialize)]
pub(crate) struct Changed {
    #[serde(flatten)]
    pub(crate) place: CardPlace,
    pub(crate) done: Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Done {
    PinChanged,
    PinUnblocked,
    CertificatesDisabled,
    CertificatesEnabled,
    Pin2Changed,
    Pin2Unblocked,
    Pin2Replaced,
}

#[derive(Serialize)]
struct ErrorDocument {
    code: String,
    what: Text,
    remedy: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    tries_left: Option<u8>,
}

impl From<&Failure> for ErrorDocument {
    fn from(failure: &Failure) -> Self {
        let text = |say: &dyn Fn(Language) -> String| Text {
            zh: say(Language::ZhTw),
            en: say(Language::En),
        };
        Self {
            code: failure.code().to_owned(),
            what: text(&|language| failure.what(language)),
            remedy: text(&|language| failure.remedy(language)),
            tries_left: failure.tries_left(),
        }
    }
}

/// Prints the outcome of a subcommand.
pub(crate) fn print(command: &'static str, outcome: &Outcome, exit: Exit) -> Result<(), Failure> {
    write(&Document {
        schema: SCHEMA,
        command: Some(command),
        exit_code: exit.code(),
        body: Body::Result(outcome),
    })
}

/// Prints why there is none.
pub(crate) fn print_failure(
    command: Option<&'static str>,
    failure: &Failure,
) -> Result<(), Failure> {
    let body = Body::Error(failure.into());
    write(&Document {
        schema: SCHEMA,
        command,
        exit_code: failure.exit().code(),
        body,
    })
}

fn write(document: &Document<'_>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, document)
        .map_err(|error| Failure::Output(error.into()))?;
    writeln!(out)
        .and_then(|()| out.flush())
        .map_err(Failure::Output)
}
