//! What the host library read and checked, as the documents show it.

use host_lib::{
    Error, Group as GroupNumber, Identity, Lang, Outcome as CheckResult, PasswordStatus, Report,
    TravelDocument, Zone,
};
use lds::eid::{FieldName, FieldValue as CardField, MarriageStatus};
use lds::{Image, ImageFormat, Sex};

use crate::arguments::ZoneName;
use crate::document::{
    Check, CheckOutcome, Field, FieldValue, Group, PasswordState, Refusal, Text,
};
use crate::language::Bilingual;

impl From<Zone> for ZoneName {
    fn from(zone: Zone) -> Self {
        match zone {
            Zone::Public => Self::Public,
            Zone::Household => Self::Household,
            Zone::Protected => Self::Protected,
        }
    }
}

/// The groups of the eID application, by zone as a person reads them, then by number.
pub(crate) fn identity_groups(identity: &Identity, verified: bool) -> Vec<Group> {
    let mut groups: Vec<Group> = identity
        .groups()
        .iter()
        .filter_map(|number| {
            let fields = identity
                .group(number)?
                .fields()
                .into_iter()
                .map(|(name, value)| field(name, &value))
                .collect();
            Some(Group {
                number: number.number(),
                zone: GroupNumber::zone(number).into(),
                verified,
                fields,
            })
        })
        .collect();
    groups.sort_by_key(|group| (group.zone, group.number));
    groups
}

/// The groups of the ICAO application.
pub(crate) fn travel_groups(document: &TravelDocument, verified: bool) -> Vec<Group> {
    let group = |number, fields| Group {
        number,
        zone: ZoneName::Icao,
        verified,
        fields,
    };
    let mut groups = Vec::new();
    if let Some(mrz) = document.mrz() {
        let value = mrz.lines().collect::<Vec<_>>().join(" ");
        let label = Bilingual::new("機器可讀區", "Machine-readable zone").into();
        groups.push(group(
            1,
            vec![Field {
                name: "mrz",
                label,
                value: FieldValue::Text { value },
            }],
        ));
    }
    if document.face().is_some() {
        let label = Bilingual::new("相片", "Portrait").into();
        let value = image(document.portrait());
        groups.push(group(
            2,
            vec![Field {
                name: "face",
                label,
                value,
            }],
        ));
    }
    groups
}

fn field(name: FieldName, value: &CardField<'_>) -> Field {
    let label = Text {
        zh: name.label_zh().to_owned(),
        en: name.label_en().to_owned(),
    };
    let value = match value {
        CardField::Text(text) => coded(name, text).unwrap_or_else(|| FieldValue::Text {
            value: text.to_string(),
        }),
        CardField::Date(date) => FieldValue::Date {
            value: date.to_string(),
            roc: date.roc().to_string(),
        },
        CardField::NoDate => FieldValue::Date {
            value: String::new(),
            roc: String::new(),
        },
        CardField::Image(picture) => image(Some(picture)),
        CardField::NoImage => image(None),
        // A kind of field that a later card has is shown as empty text, never guessed at.
        _ => FieldValue::Text {
            value: String::new(),
        },
    };
    Field {
        name: name.key(),
        label,
        value,
    }
}

/// The fields whose text is a code with a meaning.
fn coded(name: FieldName, text: &str) -> Option<FieldValue> {
    let (zh, en) = match name {
        FieldName::Sex => Sex::from_text(text)
            .ok()
            .map(|sex| (sex.label_zh(), sex.label_en()))?,
        FieldName::MarriageStatus => MarriageStatus::from_text(text)
            .ok()
            .map(|status| (status.as_str(), status.label_en()))?,
        _ => return None,
    };
    let meaning = Text {
        zh: zh.to_owned(),
        en: en.to_owned(),
    };
    Some(FieldValue::Code {
        value: text.to_owned(),
        meaning,
    })
}

fn image(image: Option<&Image>) -> FieldValue {
    let Some(image) = image else {
        return FieldValue::Image {
            format: None,
            bytes: 0,
        };
    };
    let format = match image.format() {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Jp2 | ImageFormat::Jpeg2000Codestream => "JPEG 2000",
    };
    FieldValue::Image {
        format: Some(format),
        bytes: image.as_bytes().len(),
    }
}

/// The checks in the order in which one rests on the other.
pub(crate) fn checks(report: &Report) -> Vec<Check> {
    let in_both = |say: &dyn Fn(Lang) -> String| Text {
        zh: say(Lang::ZhTw),
        en: say(Lang::En),
    };
    report
        .checks()
        .iter()
        .map(|check| {
            let (outcome, code, reason) = match check.outcome {
                CheckResult::Passed => (CheckOutcome::Passed, None, None),
                CheckResult::Failed(code) => {
                    let reason = in_both(&|lang| code.message(lang).to_owned());
                    (CheckOutcome::Failed, Some(code.as_str()), Some(reason))
                }
                CheckResult::NotPerformed(why) => (
                    CheckOutcome::NotPerformed,
                    None,
                    Some(in_both(&|lang| why.label(lang).to_owned())),
                ),
            };
            let label = in_both(&|lang| check.name.label(lang));
            Check {
                name: check.name.id(),
                label,
                outcome,
                code,
                reason,
            }
        })
        .collect()
}

/// Why a document is not accepted.
pub(crate) fn refusal(error: &Error) -> Refusal {
    let reason = Text {
        zh: error.message(Lang::ZhTw),
        en: error.message(Lang::En),
    };
    Refusal {
        code: error.code().as_str(),
        reason,
    }
}

/// The state of a password, and the tries left. The card names no number as long as nobody was wrong; `all` is the one that
/// docs/chip-profile.md gives it.
pub(crate) fn password_state(
    status: PasswordStatus,
    all: u8,
) -> Option<(PasswordState, Option<u8>)> {
    Some(match status {
        PasswordStatus::Untouched => (PasswordState::Usable, Some(all)),
        PasswordStatus::TriesLeft(tries) => (PasswordState::Usable, Some(tries)),
        PasswordStatus::Suspended => (PasswordState::Suspended, Some(1)),
        PasswordStatus::Blocked => (PasswordState::Blocked, Some(0)),
        PasswordStatus::Deactivated => (PasswordState::Deactivated, None),
        _ => return None,
    })
}
