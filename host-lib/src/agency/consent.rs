//! What the agency asks for, and what the holder gives.

use std::collections::BTreeSet;

use cvc::{Authorization, Extensions, group_update};
use iso7816::tlv;
use secure_channel::auxiliary_data::AuxiliaryData;

use super::certificates::{TerminalCertificates, nothing};
use super::permission::Permission;
use super::question::{self, Question};
use crate::error::{Lang, Result};
use crate::groups::{Group, Groups};

/// What an agency asks for, before the holder has answered. Show it; [`agree`](Self::agree) is the answer.
///
/// ```
/// use host_lib::{AccessRequest, Group, Groups, Lang, Permission, TerminalCertificates};
///
/// let agency = issuer::specimen::agency("BANK", &issuer::Grant::read([3, 6, 7]));
/// let certificates = TerminalCertificates::parse(&agency.certificates)?;
/// let request = AccessRequest::new(certificates);
/// let asked: Vec<_> = request.permissions().map(|item| item.label(Lang::ZhTw)).collect();
/// assert_eq!(asked, ["讀取配偶（DG3）", "讀取父（DG6）", "讀取母（DG7）"]);
///
/// // The holder keeps the spouse to himself.
/// let consent = request.agree([Permission::Read(Group::Dg6), Permission::Read(Group::Dg7)]);
/// assert_eq!(consent.groups(), Groups::only(Group::Dg6).and(Group::Dg7));
/// # Ok::<(), host_lib::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AccessRequest {
    certificates: TerminalCertificates,
    asked: BTreeSet<Permission>,
    /// One of each kind.
    questions: Vec<Question>,
}

impl AccessRequest {
    /// Everything that the certificates allow.
    pub fn new(certificates: TerminalCertificates) -> Self {
        let asked = Permission::all().filter(|permission| certificates.allows(*permission));
        Self {
            asked: asked.collect(),
            certificates,
            questions: Vec::new(),
        }
    }

    /// Of the groups no others than these: an agency asks for what it needs today.
    #[must_use]
    pub fn only_groups(mut self, groups: impl Into<Groups>) -> Self {
        let groups = groups.into();
        self.asked.retain(|permission| match permission {
            Permission::Read(group) => groups.contains(*group),
            _ => true,
        });
        self
    }

    /// Nothing but these, as far as the certificates allow them.
    #[must_use]
    pub fn only(mut self, permissions: impl IntoIterator<Item = Permission>) -> Self {
        let permissions: BTreeSet<_> = permissions.into_iter().collect();
        self.asked.retain(|asked| permissions.contains(asked));
        self
    }

    /// And a question for the card. A second one of the same kind takes the place of the first: a card answers one of each in a
    /// session. [`ProvenAgencySession::answer`](crate::ProvenAgencySession::answer) asks it.
    #[must_use]
    pub fn ask(mut self, question: Question) -> Self {
        self.questions
            .retain(|known| known.kind() != question.kind());
        self.questions.push(question);
        self
    }

    /// Whether this very question is part of the request.
    pub fn asks(&self, question: &Question) -> bool {
        self.questions.contains(question)
    }

    /// The questions for the card.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// What is asked for, in the order in which to show it.
    pub fn permissions(&self) -> impl Iterator<Item = Permission> {
        Permission::all().filter(|permission| self.asked.contains(permission))
    }

    /// Who asks.
    pub fn certificates(&self) -> &TerminalCertificates {
        &self.certificates
    }

    /// Who asks, why, and for what, as text for the holder.
    ///
    /// The words about the agency come from its description, whose hash the ministry has signed; control characters in them
    /// are left out.
    pub fn describe(&self, lang: Lang) -> String {
        let mut out = String::new();
        let mut line = |text: &str| {
            out.push_str(text);
            out.push('\n');
        };
        let holder = self.certificates.holder();
        let (from, until) = self.certificates.validity();
        match self.certificates.description() {
            Some(description) => {
                let name = printable(&description.subject_name);
                match lang {
                    Lang::En => line(&format!("{name} ({holder}) asks to:")),
                    Lang::ZhTw => line(&format!("{name}（{holder}）要求：")),
                }
                if let cvc::TermsOfUsage::Plain(terms) = &description.terms_of_usage {
                    let terms = printable(terms);
                    match lang {
                        Lang::En => line(&format!("  purpose: {terms}")),
                        Lang::ZhTw => line(&format!("  目的：{terms}")),
                    }
                }
            }
            None => match lang {
                Lang::En => line(&format!("{holder} asks to:")),
                Lang::ZhTw => line(&format!("{holder} 要求：")),
            },
        }
        for permission in self.permissions() {
            line(&format!("  - {}", permission.label(lang)));
        }
        for question in &self.questions {
            line(&format!("  ? {}", printable(&question.label(lang))));
        }
        match lang {
            Lang::En => line(&format!(
                "Authorised by the ministry from {from} until {until}."
            )),
            Lang::ZhTw => line(&format!("內政部授權期間：{from} 至 {until}。")),
        }
        out
    }

    /// The holder agrees to these, as far as they were asked for.
    #[must_use]
    pub fn agree(self, permissions: impl IntoIterator<Item = Permission>) -> Consent {
        let given = permissions
            .into_iter()
            .filter(|permission| self.asked.contains(permission))
            .collect();
        Consent {
            request: self,
            given,
        }
    }

    /// The holder agrees to everything.
    #[must_use]
    pub fn agree_to_everything(self) -> Consent {
        let given = self.asked.clone();
        Consent {
            request: self,
            given,
        }
    }
}

/// What the holder has agreed to. It goes to the card with the password, and the card gives no more, whatever the
/// agency's certificate says (the CHAT of PACE, TR-03110-3, 2.7.1).
#[derive(Clone, Debug)]
pub struct Consent {
    request: AccessRequest,
    given: BTreeSet<Permission>,
}

impl Consent {
    /// What was asked for.
    pub fn request(&self) -> &AccessRequest {
        &self.request
    }

    /// What is given.
    pub fn given(&self) -> impl Iterator<Item = Permission> {
        Permission::all().filter(|permission| self.given.contains(permission))
    }

    /// What was asked for and is not given.
    pub fn withheld(&self) -> impl Iterator<Item = Permission> {
        let asked = self.request.permissions();
        asked.filter(|permission| !self.given.contains(permission))
    }

    /// Whether this is given.
    pub fn gives(&self, permission: Permission) -> bool {
        self.given.contains(&permission)
    }

    /// The groups that may be read.
    pub fn groups(&self) -> Groups {
        let read = self.given.iter().filter_map(|permission| match permission {
            Permission::Read(group) => Some(*group),
            _ => None,
        });
        read.collect()
    }

    /// The authorisation that the card is told.
    pub fn authorization(&self) -> Authorization {
        let (chat, extensions) = self.encode();
        Authorization::new(chat, &extensions)
    }

    pub(super) fn certificates(&self) -> &TerminalCertificates {
        &self.request.certificates
    }

    /// The values of the questions that the holder agreed to.
    pub(super) fn auxiliary_data(&self) -> Result<AuxiliaryData> {
        let agreed = |question: &&Question| {
            let permission = question.permission();
            permission.is_none_or(|permission| self.gives(permission))
        };
        question::encode(self.request.questions.iter().filter(agreed))
    }

    /// CHAT and authorisation extensions.
    pub(super) fn encode(&self) -> (cvc::Chat, Extensions) {
        let (chat, none) = nothing();
        let rights = self
            .given
            .iter()
            .filter_map(|permission| permission.right());
        let chat = rights.fold(chat, cvc::Chat::with);
        let updates: Vec<_> = self.given.iter().filter_map(updated).collect();
        let extensions = if updates.is_empty() {
            none
        } else {
            let updates = updates.into_iter().map(Group::number);
            Extensions::new([group_update(updates)]).unwrap_or(none)
        };
        (chat, extensions)
    }

    /// DO 7F4C, and 65 where it is needed, for MSE:Set AT (TR-03110-3 B.14.1).
    pub(crate) fn data_objects(&self) -> Vec<u8> {
        let (chat, extensions) = self.encode();
        let mut objects = chat.to_bytes();
        if !extensions.is_empty() {
            tlv::push(&mut objects, CERTIFICATE_EXTENSIONS, &extensions.to_value());
        }
        objects
    }
}

const CERTIFICATE_EXTENSIONS: tlv::Tag = tlv::Tag(0x65);

fn updated(permission: &Permission) -> Option<Group> {
    match permission {
        Permission::Update(group) => Some(*group),
        _ => None,
    }
}

/// Text of a stranger, for a terminal: no escape sequences, no tricks with the direction of writing.
fn printable(text: &str) -> String {
    let tricks = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .filter(|c| !c.is_control() && !tricks(*c))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_cannot_move_the_cursor_or_turn_the_writing_round() {
        assert_eq!(printable("勞\u{1b}[2J保\u{202e}局\n\r"), "勞[2J保局");
    }
}
