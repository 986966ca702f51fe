//! The public keys of the slots.

use iso7816::tlv::{self, Tag};
use iso7816::{CommandApdu, StatusWord, ins};
use pki::{Curve, PublicKey};
use transport::CardTransport;

use super::slot::KeySlot;
use crate::error::{Error, Misbehaviour, Result, Step, Unsupported};
use crate::session::{Session, fault};

const PUBLIC_KEY: Tag = Tag(0x7F49);
const MODULUS: Tag = Tag(0x81);
const PUBLIC_EXPONENT: Tag = Tag(0x82);
const POINT: Tag = Tag(0x86);

/// P1 of GENERATE ASYMMETRIC KEY PAIR: a new key, or the one that is there.
const GENERATE: u8 = 0x80;
const READ: u8 = 0x81;

/// Reads the public key of this slot.
pub(super) fn public_key<T: CardTransport>(
    session: &mut Session<'_, T>,
    slot: KeySlot,
) -> Result<PublicKey> {
    ask(session, slot, READ, &[])
}

/// Has the card make a key of this algorithm, a data object.
pub(super) fn generate<T: CardTransport>(
    session: &mut Session<'_, T>,
    slot: KeySlot,
    algorithm: &[u8],
) -> Result<PublicKey> {
    ask(session, slot, GENERATE, algorithm)
}

fn ask<T: CardTransport>(
    session: &mut Session<'_, T>,
    slot: KeySlot,
    p1: u8,
    algorithm: &[u8],
) -> Result<PublicKey> {
    let template = match slot {
        KeySlot::Signature => Tag(0xB6),
        KeySlot::Authentication => Tag(0xA4),
        KeySlot::KeyDecipherment => Tag(0xB8),
    };
    let key = tlv::encode(Tag(0x84), &[slot.reference()]);
    let command = CommandApdu::new(0x00, ins::GENERATE_ASYMMETRIC_KEY_PAIR_ODD, p1, 0x00)
        .with_data(tlv::encode(template, &[&key, algorithm].concat()))
        .with_ne(512);
    let step = Step::UseKey(slot);
    let answer = session.card.link.send(&command, step)?;
    match answer.status {
        StatusWord::OK => {
            parse(&answer.data).ok_or_else(|| Misbehaviour::MalformedAnswer(step).into())
        }
        StatusWord::REFERENCE_NOT_FOUND => Err(Error::Unsupported(Unsupported::Key(slot))),
        status => Err(fault(step, status)),
    }
}

/// The key in the template with which the card answers.
fn parse(answer: &[u8]) -> Option<PublicKey> {
    let template = tlv::find(answer, PUBLIC_KEY).ok()??;
    let find = |tag| tlv::find(template, tag).ok().flatten();
    match (find(MODULUS), find(PUBLIC_EXPONENT), find(POINT)) {
        (Some(modulus), Some(exponent), None) => {
            PublicKey::from_rsa_numbers(modulus, exponent).ok()
        }
        (None, None, Some(point)) => PublicKey::from_point(Curve::P256, point).ok(),
        _ => None,
    }
}
