//! A whole PACE, and what its end says about the tries that are left.

use cvc::{Chat, Role, TerminalType};
use iso7816::{StatusWord, tlv};
use neweid_tests::cards::authorities::Rights;
use neweid_tests::fuzzing::marked_card::{generation_key, password, wrong_password};
use secure_channel::pace::PaceSuite;
use secure_channel::pace::terminal::{self as pace, Established};
use secure_channel::{Password, PasswordId, SecureMessaging};

use super::super::facts::{Agency, Session, Tries, Wrong};
use super::super::step::Announced;
use super::Player;

impl Player {
    fn password(&self, by: PasswordId, right: bool) -> Password {
        match (by, right) {
            (_, false) => wrong_password(by),
            (PasswordId::Pin, true) => {
                Password::from_encoded(by, &self.facts.pin1).expect("the chip took it")
            }
            _ => password(by),
        }
    }

    /// A whole PACE.
    pub(super) fn pace(
        &mut self,
        suite: PaceSuite,
        by: PasswordId,
        right: bool,
        inside: bool,
        terminal: Option<&Announced>,
    ) -> Result<(), Wrong> {
        let password = self.password(by, right);
        let is_right = right || password.expose_secret() == self.password(by, true).expose_secret();
        let outer = self.facts.session.as_ref();
        let outer = outer.filter(|_| inside && self.channel.is_some());
        let resumed =
            outer.is_some_and(|outer| outer.agency.is_none() && outer.by == Some(PasswordId::Can));
        let (confirmed, announced) = announced(terminal);
        let Some(outcome) = self.run_pace(suite, &password, &announced, !inside)? else {
            return Ok(());
        };
        let status = outcome.as_ref().err().copied().unwrap_or(StatusWord::OK);
        self.judge_password(by, is_right, resumed, status)?;
        if let Ok(established) = outcome {
            if let Some(proof) = established.chip_authentication {
                let proof = proof.verify(&generation_key());
                proof.map_err(|error| error.to_string())?;
            }
            self.run.sessions += 1;
            self.facts.begin_session(Session {
                by: Some(by),
                agency: confirmed.map(|confirmed| Agency {
                    confirmed,
                    id_picc: established.id_picc.as_bytes().to_vec(),
                    imported: None,
                    selected: None,
                    challenge: None,
                    signed: None,
                    proven: false,
                }),
            });
            self.id_picc = [established.id_picc, self.id_picc[0].clone()];
            self.channel = Some(SecureMessaging::new(established.session_keys));
        }
        Ok(())
    }

    /// `None` if the password was not compared: the chip ended the run before.
    fn run_pace(
        &mut self,
        suite: PaceSuite,
        password: &Password,
        announced: &[u8],
        plain: bool,
    ) -> Result<Option<Result<Established, StatusWord>>, Wrong> {
        let id = password.id();
        let select = pace::set_authentication_template(suite.protocol, id, None, announced);
        let selected = self.send(&select, plain)?;
        if selected.is_none_or(|selected| selected.status.is_error()) {
            return Ok(None);
        }
        let (waiting, command) = pace::start(suite, password);
        let Some(answer) = self.send(&command, plain)? else {
            return Ok(None);
        };
        let Ok((waiting, command)) = waiting.map_nonce(&answer, &mut self.rng) else {
            return Ok(None);
        };
        let Some(answer) = self.send(&command, plain)? else {
            return Ok(None);
        };
        let Ok((waiting, command)) = waiting.agree(&answer, &mut self.rng) else {
            return Ok(None);
        };
        let Some(answer) = self.send(&command, plain)? else {
            return Ok(None);
        };
        let Ok((waiting, command)) = waiting.authenticate(&answer) else {
            return Ok(None);
        };
        let Some(answer) = self.send(&command, plain)? else {
            return Ok(None);
        };
        match waiting.finish(&answer) {
            Ok(established) => Ok(Some(Ok(established))),
            Err(error) if answer.status.is_ok() => Err(format!("from an honest chip: {error}")),
            Err(_) => Ok(Some(Err(answer.status))),
        }
    }

    /// Holds the end of PACE against the tries that were left, and counts.
    fn judge_password(
        &mut self,
        by: PasswordId,
        right: bool,
        resumed: bool,
        status: StatusWord,
    ) -> Result<(), Wrong> {
        self.run.wrong_passwords += u32::from(!right);
        let deactivated = by == PasswordId::Pin && self.facts.deactivated;
        let tries = match by {
            PasswordId::Pin => Some(&mut self.facts.pin),
            PasswordId::Puk => Some(&mut self.facts.puk),
            PasswordId::Can | PasswordId::Mrz => None,
        };
        let expected = match (tries, right) {
            (_, _) if deactivated => StatusWord::REFERENCE_DATA_NOT_USABLE,
            (None, true) => StatusWord::OK,
            (None, false) => StatusWord::AUTHENTICATION_FAILED,
            (Some(Tries { left: 0, .. }), _) => StatusWord::AUTHENTICATION_METHOD_BLOCKED,
            (Some(Tries { left: 1, .. }), _) if !resumed => StatusWord::CONDITIONS_NOT_SATISFIED,
            (Some(tries), true) => {
                tries.left = tries.all;
                StatusWord::OK
            }
            (Some(tries), false) => {
                tries.left -= 1;
                StatusWord::wrong_secret(tries.left)
            }
        };
        if status == expected {
            Ok(())
        } else {
            Err(format!("PACE ends with {status} instead of {expected}"))
        }
    }
}

/// What the holder confirmed, and DO 7F4C and 65 that say so.
fn announced(terminal: Option<&Announced>) -> (Option<Rights>, Vec<u8>) {
    let all = |kind| Chat::all(kind, Role::Terminal).to_bytes();
    match terminal {
        None => (None, Vec::new()),
        Some(Announced::Inspection) => {
            (Some(Rights::default()), all(TerminalType::InspectionSystem))
        }
        Some(Announced::Signature) => (
            Some(Rights::default()),
            all(TerminalType::SignatureTerminal),
        ),
        Some(Announced::Authentication(rights)) => {
            let mut objects = rights.chat(Role::Terminal).to_bytes();
            let extensions = rights.extensions();
            if !extensions.is_empty() {
                tlv::push(&mut objects, tlv::Tag(0x65), &extensions.to_value());
            }
            (Some(rights.clone()), objects)
        }
    }
}
