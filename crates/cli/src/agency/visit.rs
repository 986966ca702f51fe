//! An agency before a card: its certificates, its key, and the holder's answer to what it asks for.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use dialoguer::MultiSelect;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use host_lib::{
    AccessRequest, Consent, DenialReason, Error, File, Group, Groups, Lang, Permission, Question,
    SoftwareKey, TerminalCertificates,
};
use issuer::signing_key_from_pem;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{CHAIN, DESCRIPTION, KEY};
use crate::document::Text;
use crate::document::agency::{Access, Denied, Item};
use crate::failure::{AgencyFault, Failure};
use crate::files;
use crate::language::Language;

/// An agency that visits a card: what it brings along.
pub(crate) struct Visitor {
    pub(crate) certificates: TerminalCertificates,
    pub(crate) key: SoftwareKey,
}

impl Visitor {
    /// Reads what `neweid agency` wrote: from a folder the newest chain, or this very one.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let chain = if path.is_dir() {
            newest_chain(path)?
        } else {
            path.to_owned()
        };
        let read = |path: &Path| fs::read(path).map_err(|error| Failure::file(path, error));
        let certificates = TerminalCertificates::parse(&read(&chain)?).map_err(Error::from)?;
        certificates
            .check_valid_on(super::today()?)
            .map_err(Error::from)?;
        let beside = |ending| super::file(super::folder_of(&chain), certificates.holder(), ending);
        let description = beside(DESCRIPTION);
        let key_file = beside(KEY);
        let pem = fs::read_to_string(&key_file).map(Zeroizing::new);
        let pem = pem.map_err(|error| Failure::file(&key_file, error))?;
        let key = signing_key_from_pem(&pem).map_err(|_| AgencyFault::Key { path: key_file })?;
        let certificates = match fs::read(&description) {
            Ok(contents) => certificates
                .with_description(&contents)
                .map_err(Error::from)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => certificates,
            Err(error) => return Err(Failure::file(&description, error)),
        };
        Ok(Self {
            certificates,
            key: SoftwareKey::new(key),
        })
    }

    /// What it asks for: its groups, as far as the command names some, and how to open the card.
    pub(crate) fn request(&self, groups: Groups, with_can: bool) -> Result<AccessRequest, Failure> {
        if !groups.is_empty() {
            return self.request_exactly(groups.iter().map(Permission::Read), with_can);
        }
        let request = self.request_exactly([], with_can)?;
        let can: Vec<_> = request.permissions().collect();
        let reading = Groups::all().iter().map(Permission::Read).chain(can);
        Ok(AccessRequest::new(self.certificates.clone()).only(reading))
    }

    /// These and no others, and how to open the card. A right that its certificates lack is named before the card is opened.
    pub(crate) fn request_exactly(
        &self,
        permissions: impl IntoIterator<Item = Permission>,
        with_can: bool,
    ) -> Result<AccessRequest, Failure> {
        let can = with_can.then_some(Permission::CanAllowed);
        let asked: Vec<Permission> = permissions.into_iter().chain(can).collect();
        for permission in &asked {
            if let Some((level, holder)) = self.certificates.lost_at(*permission) {
                let file = match permission {
                    Permission::Read(group) | Permission::Update(group) => File::Eid(*group),
                    _ => File::Sod,
                };
                let reason = DenialReason::NotGranted { level, holder };
                return Err(Error::AccessDenied { file, reason }.into());
            }
        }
        Ok(AccessRequest::new(self.certificates.clone()).only(asked))
    }
}

/// The chain whose terminal has the highest sequence number. Those of two terminals in one folder are not to be guessed among.
fn newest_chain(folder: &Path) -> Result<PathBuf, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| Failure::file(folder, error))?;
    let mut chains: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.strip_suffix(CHAIN)?.to_owned();
            Some((name, path))
        })
        .collect();
    chains.sort();
    let name = |(name, _): &(String, PathBuf)| {
        let end = name.len().saturating_sub(5);
        name.get(..end).unwrap_or_default().to_owned()
    };
    let one = chains.windows(2).all(|pair| match pair {
        [first, second] => name(first) == name(second),
        _ => true,
    });
    match chains.pop() {
        Some((_, path)) if one => Ok(path),
        Some(_) => Err(AgencyFault::SeveralChains {
            path: folder.into(),
        }
        .into()),
        None => Err(AgencyFault::NoChain {
            path: folder.into(),
        }
        .into()),
    }
}

/// Whether there is a terminal at which the holder can tick.
pub(crate) fn somebody_ticks() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// The holder's answer: what the command line says, or what he chooses on the terminal from what is asked.
pub(crate) fn consent(
    request: AccessRequest,
    chosen: bool,
    language: Language,
) -> Result<Consent, Failure> {
    if chosen {
        return Ok(request.agree_to_everything());
    }
    let asked: Vec<Permission> = request.permissions().collect();
    // A question about the card alone needs nobody's permission.
    let about_the_card = |question: &Question| question.permission().is_none();
    let something_anyway = request.questions().iter().any(about_the_card);
    if asked.is_empty() && !something_anyway {
        return Err(AgencyFault::NothingToGive.into());
    }
    if !somebody_ticks() {
        return Err(AgencyFault::NobodyConsents.into());
    }
    let lang = Lang::from(language);
    let prompt = match language {
        Language::ZhTw => "同意提供（空白鍵勾選或取消，Enter 確定，Esc 取消）",
        Language::En => "You give (space to tick or untick, enter to agree, escape to stop)",
    };
    let labels: Vec<String> = asked.iter().map(|item| item.label(lang)).collect();
    let mut err = anstream::AutoStream::auto(std::io::stderr());
    writeln!(err, "{}", request.describe(lang)).map_err(Failure::Output)?;
    if asked.is_empty() {
        return Ok(request.agree_to_everything());
    }
    let colourful = err.current_choice() != anstream::ColorChoice::Never;
    let theme: &dyn Theme = if colourful {
        &ColorfulTheme::default()
    } else {
        &SimpleTheme
    };
    let chosen = MultiSelect::with_theme(theme)
        .with_prompt(prompt)
        .items_checked(labels.iter().map(|label| (label, true)))
        .interact_opt();
    let chosen = match chosen {
        Ok(Some(chosen)) => chosen,
        Ok(None) => return Err(Error::Cancelled.into()),
        Err(dialoguer::Error::IO(error)) => return Err(Failure::Output(error)),
    };
    let given: Vec<Permission> = chosen
        .into_iter()
        .filter_map(|at| asked.get(at).copied())
        .collect();
    // How the card is opened is nothing by itself.
    let nothing = given.iter().all(|given| *given == Permission::CanAllowed);
    if nothing && !something_anyway {
        return Err(AgencyFault::NothingGiven.into());
    }
    Ok(request.agree(given))
}

/// Who asked, and what was given, as the documents have it.
pub(crate) fn access(consent: &Consent) -> Access {
    let certificates = consent.request().certificates();
    let description = certificates.description();
    let purpose = description.and_then(|description| match &description.terms_of_usage {
        cvc::TermsOfUsage::Plain(text) => Some(text.clone()),
        _ => None,
    });
    Access {
        terminal: certificates.holder().to_string(),
        name: description.map(|description| description.subject_name.clone()),
        purpose,
        given: consent.given().map(item).collect(),
        withheld: consent.withheld().map(item).collect(),
        denied: Vec::new(),
    }
}

/// That the card refused a group to an agency.
pub(crate) fn denied(group: Group, error: &Error) -> Denied {
    Denied {
        item: item(Permission::Read(group)),
        code: error.code().as_str(),
        reason: Text {
            zh: error.message(Lang::ZhTw),
            en: error.message(Lang::En),
        },
    }
}

fn item(permission: Permission) -> Item {
    Item {
        name: permission.to_string(),
        label: Text {
            zh: permission.label(Lang::ZhTw),
            en: permission.label(Lang::En),
        },
    }
}

/// One line of the holder's own log.
#[derive(Serialize)]
struct Line<'a> {
    /// Seconds since 1970 in UTC.
    time: u64,
    terminal: &'a str,
    name: Option<&'a str>,
    purpose: Option<&'a str>,
    given: Vec<&'a str>,
    withheld: Vec<&'a str>,
    /// What the card was to be asked, such as `born_by:2008-11-25`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    questions: Vec<String>,
}

/// Appends to the holder's log that this was given. It comes before the card is opened: what cannot be written down is not read.
pub(crate) fn note(path: Option<&Path>, consent: &Consent, time: u64) -> Result<(), Failure> {
    let Some(path) = path else {
        return Ok(());
    };
    let access = access(consent);
    let names =
        |items: &'_ [Item]| -> Vec<String> { items.iter().map(|item| item.name.clone()).collect() };
    let (given, withheld) = (names(&access.given), names(&access.withheld));
    let line = Line {
        time,
        terminal: &access.terminal,
        name: access.name.as_deref(),
        purpose: access.purpose.as_deref(),
        given: given.iter().map(String::as_str).collect(),
        withheld: withheld.iter().map(String::as_str).collect(),
        questions: consent.request().questions().iter().map(noted).collect(),
    };
    let mut line =
        serde_json::to_string(&line).map_err(|error| Failure::file(path, error.into()))?;
    line.push('\n');
    files::append(path, line.as_bytes())
}

fn noted(question: &Question) -> String {
    let (name, value) = named(question);
    format!("{name}:{value}")
}

/// The stable name of a question, and what is asked about.
pub(crate) fn named(question: &Question) -> (&'static str, String) {
    match question {
        Question::BornBy(day) => ("born_by", day.to_string()),
        Question::ValidOn(day) => ("valid_on", day.to_string()),
        Question::LivesIn(area) => ("lives_in", area.clone()),
        // The library may learn to ask more; this program asks nothing else.
        _ => ("other", String::new()),
    }
}
