//! What was read, as bytes: from the reader to the server that decides.

use std::collections::BTreeMap;

use iso7816::tlv::{self, Tag, TlvReader};
use lds::SecurityInfos;

use super::{ActiveAuthenticationEvidence, ChipAuthenticationEvidence, Evidence, Unverified};
use crate::agency::MessageError;
use crate::error::Result;
use crate::groups::Group;
use crate::identity::Identity;
use crate::report::Skipped;
use crate::session::{CamEvidence, CardSecurity};

const READING: Tag = Tag(0xE3);
const CARD_ACCESS: Tag = Tag(0x80);
const CARD_SECURITY: Tag = Tag(0x81);
const SECURITY_OBJECT: Tag = Tag(0x82);
const CHIP_PROVEN: Tag = Tag(0x83);
const GROUP: Tag = Tag(0xA4);
const NUMBER: Tag = Tag(0x80);
const CONTENTS: Tag = Tag(0x81);

/// The longest message that is read, in bytes: two portraits and room to spare.
const MAX: usize = 4 * 1024 * 1024;

/// Between a reader and a server.
impl Unverified<Identity> {
    /// The groups byte for byte, EF.SOD, EF.CardSecurity and EF.CardAccess, and whether the chip proved itself to this reader.
    ///
    /// These are **personal data**: send them over an encrypted connection to whom the holder agreed to, and nowhere else.
    /// The code that opened the card is not among them.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let evidence = &self.evidence;
        let card_access = evidence.card_access.to_der();
        let card_access =
            card_access.map_err(|_| crate::Error::Internal("EF.CardAccess was not written"))?;
        let mut out = Vec::new();
        tlv::push_with(&mut out, READING, |out| {
            tlv::push(out, CARD_ACCESS, &card_access);
            if let CardSecurity::Read(contents) = &evidence.card_security {
                tlv::push(out, CARD_SECURITY, contents);
            }
            tlv::push(out, SECURITY_OBJECT, &evidence.security_object);
            tlv::push(out, CHIP_PROVEN, &[u8::from(is_proven(evidence))]);
            for (number, contents) in &evidence.groups {
                tlv::push_with(out, GROUP, |out| {
                    tlv::push(out, NUMBER, &[*number]);
                    tlv::push(out, CONTENTS, contents);
                });
            }
        });
        Ok(out)
    }

    /// Reads the message, without a card. [`verify`](Self::verify) then checks everything anew but one thing: that the chip
    /// holds its private key was seen by the reader alone, and the report says so. A server that counts its readers among
    /// itself accepts that by name ([`Verifier::trust_reader`](crate::Verifier::trust_reader)).
    ///
    /// # Errors
    /// [`MessageError`] with the field.
    pub fn from_bytes(bytes: &[u8]) -> core::result::Result<Self, MessageError> {
        let wrong = |field| MessageError {
            message: "reading",
            field,
        };
        let whole = || wrong("the message");
        if bytes.len() > MAX {
            return Err(whole());
        }
        let mut outer = TlvReader::new(bytes).strict();
        let object = outer.expect(READING).map_err(|_| whole())?;
        outer.finish().map_err(|_| whole())?;
        let mut fields = TlvReader::new(object.value).strict();
        let card_access = fields.expect(CARD_ACCESS).ok();
        let card_access = card_access
            .and_then(|object| SecurityInfos::parse(object.value).ok())
            .ok_or(wrong("EF.CardAccess"))?;
        let card_security = fields.optional(CARD_SECURITY);
        let card_security = card_security.map_err(|_| wrong("EF.CardSecurity"))?;
        let security_object = fields.expect(SECURITY_OBJECT);
        let security_object = security_object.map_err(|_| wrong("EF.SOD"))?.value.to_vec();
        let proven = match fields.expect(CHIP_PROVEN).map(|object| object.value) {
            Ok([proven @ 0..=1]) => *proven == 1,
            _ => return Err(wrong("proof of the chip")),
        };
        let mut groups = BTreeMap::new();
        while !fields.is_empty() {
            let (number, contents) = group(&mut fields).ok_or(wrong("data group"))?;
            if groups.insert(number, contents).is_some() {
                return Err(wrong("data group"));
            }
        }
        Ok(Self::new(Evidence {
            groups,
            security_object,
            card_security: match card_security {
                Some(object) => CardSecurity::Read(object.value.to_vec()),
                None => CardSecurity::Missing,
            },
            card_access,
            cam: CamEvidence::NotUsed,
            chip_authentication: if proven {
                ChipAuthenticationEvidence::SeenByReader
            } else {
                ChipAuthenticationEvidence::NotPerformed(Skipped::NotUsed)
            },
            active_authentication: ActiveAuthenticationEvidence::NotPerformed(Skipped::NotOnCard),
            opened: None,
        }))
    }
}

/// Whether the chip proved a key of EF.CardSecurity to this reader, and no proof failed.
fn is_proven(evidence: &Evidence) -> bool {
    let cam = match &evidence.cam {
        CamEvidence::NotUsed => None,
        CamEvidence::Holds(_) => Some(true),
        CamEvidence::Unchecked | CamEvidence::Fails => Some(false),
    };
    let chip_authentication = match &evidence.chip_authentication {
        ChipAuthenticationEvidence::NotPerformed(_) => None,
        ChipAuthenticationEvidence::Holds(_) | ChipAuthenticationEvidence::SeenByReader => {
            Some(true)
        }
        ChipAuthenticationEvidence::Fails => Some(false),
    };
    let proofs = [cam, chip_authentication];
    proofs.contains(&Some(true)) && !proofs.contains(&Some(false))
}

fn group(fields: &mut TlvReader<'_>) -> Option<(u8, Vec<u8>)> {
    let object = fields.expect(GROUP).ok()?;
    let mut inside = TlvReader::new(object.value).strict();
    let &[number] = inside.expect(NUMBER).ok()?.value else {
        return None;
    };
    let contents = inside.expect(CONTENTS).ok()?.value.to_vec();
    inside.finish().ok()?;
    Group::new(number)?;
    Some((number, contents))
}
