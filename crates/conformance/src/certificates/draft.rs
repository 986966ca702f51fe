//! A certificate before it is signed, field by field, so that each can be left out or spoilt.

use cvc::PublicKey;
use iso7816::tlv::{self, Tag, TlvReader};

use super::Certificate;
use super::day::digits;
use super::extensions::eid_access;
use super::row::{Change, Holder, KeyDefect, Row, Sealing};
use super::short::ShortKey;
use crate::bench::chat;
use crate::{Authorities, Stop};

const BODY: Tag = Tag(0x7F4E);
const PROFILE: Tag = Tag(0x5F29);
const AUTHORITY: Tag = Tag(0x42);
const PUBLIC_KEY: Tag = Tag(0x7F49);
const OBJECT_IDENTIFIER: Tag = Tag(0x06);
const PUBLIC_POINT: Tag = Tag(0x86);
const HOLDER: Tag = Tag(0x5F20);
pub(super) const AUTHORIZATION: Tag = Tag(0x7F4C);
pub(super) const EFFECTIVE: Tag = Tag(0x5F25);
pub(super) const EXPIRATION: Tag = Tag(0x5F24);
const EXTENSIONS: Tag = Tag(0x65);
const SIGNATURE: Tag = Tag(0x5F37);

/// A certificate that is about to be signed.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    name: String,
    /// The certified key pair.
    key: &'static str,
    /// The key pair that signs.
    signer: &'static str,
    /// The fields of the body, in their order.
    fields: Vec<(Tag, Vec<u8>)>,
    sealing: Option<Sealing>,
}

impl Draft {
    /// The certificate of this row.
    pub(super) fn new(authorities: &Authorities, row: &Row) -> Result<Self, Stop> {
        let mut draft = Self {
            name: row.name.into(),
            key: row.holder.key,
            signer: row.issuer.key,
            fields: Vec::new(),
            sealing: None,
        };
        let authorization = inside(&chat(row.terminal_type, row.bits));
        let public_key = draft.public_key(authorities, matches!(row.change, Some(Change::Link)))?;
        draft.fields = vec![
            (PROFILE, vec![0x00]),
            (AUTHORITY, authorities.name_of(row.issuer)),
            (PUBLIC_KEY, public_key),
            (HOLDER, authorities.name_of(row.holder)),
            (AUTHORIZATION, authorization),
            (EFFECTIVE, digits(row.effective.date(authorities))),
            (EXPIRATION, digits(row.expiration.date(authorities))),
        ];
        match row.change {
            Some(change) => draft.changed(authorities, row, change),
            None => Ok(draft),
        }
    }

    fn changed(self, authorities: &Authorities, row: &Row, change: Change) -> Result<Self, Stop> {
        Ok(match change {
            Change::Link => {
                let root = &authorities.root(row.terminal_type).certificate;
                let extensions = root.body().extensions.to_value();
                if extensions.is_empty() {
                    self
                } else {
                    self.with(EXTENSIONS, extensions)
                }
            }
            Change::Sectors(sectors) => {
                let hash = self.hash(authorities)?;
                let value = authorities.sector_extension(&self.name, hash, sectors)?;
                self.with(EXTENSIONS, value)
            }
            Change::PsSector => {
                let hash = self.hash(authorities)?;
                let value = authorities.ps_sector_extension(&self.name, hash)?;
                self.with(EXTENSIONS, value)
            }
            Change::EidAccess(bits) => self.with_eid_access(bits),
            Change::Without(tag) => self.without(tag),
            Change::Value(tag, value) => self.with(tag, value.to_vec()),
            Change::NoSuchDay(tag) => {
                let day = digits(authorities.effective());
                let month = day.get(..4).unwrap_or_default();
                self.with(tag, [month, &[3, 2]].concat())
            }
            Change::AuthorizationOf(other) => {
                self.with(AUTHORIZATION, inside(&chat(other, row.bits)))
            }
            Change::Key(defect) => {
                let value = spoilt(&self.value(PUBLIC_KEY), defect);
                self.with(PUBLIC_KEY, value)
            }
            Change::Sealing(sealing) => Self {
                sealing: Some(sealing),
                ..self
            },
        })
    }

    /// Under another name: one letter of a template.
    pub(super) fn named(self, name: &str) -> Self {
        Self {
            name: name.into(),
            ..self
        }
    }

    /// With another relative authorization.
    pub(super) fn with_bits(self, row: &Row, bits: &[u8]) -> Self {
        self.with(AUTHORIZATION, inside(&chat(row.terminal_type, bits)))
    }

    /// With the extension id-eIDAccess.
    pub(super) fn with_eid_access(self, bits: [u8; 6]) -> Self {
        self.with(EXTENSIONS, eid_access(bits))
    }

    /// With this value in a field: in its place if there is one, else at the end.
    fn with(mut self, tag: Tag, value: Vec<u8>) -> Self {
        match self.fields.iter_mut().find(|(found, _)| *found == tag) {
            Some((_, old)) => *old = value,
            None => self.fields.push((tag, value)),
        }
        self
    }

    fn without(mut self, tag: Tag) -> Self {
        self.fields.retain(|(found, _)| *found != tag);
        self
    }

    fn value(&self, tag: Tag) -> Vec<u8> {
        let field = self.fields.iter().find(|(found, _)| *found == tag);
        field.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// What DO 7F49 holds for the certified key pair.
    fn public_key(&self, authorities: &Authorities, explicit: bool) -> Result<Vec<u8>, Stop> {
        if let Some(key) = ShortKey::find(authorities, self.key) {
            return Ok(key.object(authorities.suite(self.key).0));
        }
        let key = authorities.key(self.key)?;
        let object = if explicit {
            PublicKey::explicit(key.verifying_key())
        } else {
            PublicKey::inheriting(key.verifying_key())
        };
        Ok(inside(&object.to_bytes()))
    }

    /// The hash function of the signature.
    fn hash(&self, authorities: &Authorities) -> Result<secure_channel::Hash, Stop> {
        let algorithm = match authorities.root_of(self.signer) {
            Some(root) => root.key.verifying_key().algorithm(),
            None => authorities.suite(self.signer).0,
        };
        algorithm.hash().map_err(|error| self.failed(error))
    }

    /// Signs it.
    pub(super) fn signed(&self, authorities: &Authorities) -> Result<Certificate, Stop> {
        let mut value = Vec::new();
        for (tag, field) in &self.fields {
            tlv::push(&mut value, *tag, field);
        }
        let tag = match self.sealing {
            Some(Sealing::BodyTag(tag)) => tag,
            _ => BODY,
        };
        let mut body = tlv::encode(tag, &value);
        let mut signature = self.signature(authorities, &body)?;
        let mut tag = SIGNATURE;
        let half = signature.len() / 2;
        let (r, s) = signature.split_at_mut(half);
        match self.sealing {
            Some(Sealing::ZeroR) => r.fill(0),
            Some(Sealing::ZeroS) => s.fill(0),
            Some(Sealing::LastByte) => {
                if let Some(last) = s.last_mut() {
                    *last = last.wrapping_add(1);
                }
            }
            Some(Sealing::ByteShort) => {
                signature.pop();
            }
            Some(Sealing::BodyLength) => shorten(&mut body, value.len()),
            Some(Sealing::SignatureTag(other)) => tag = other,
            Some(Sealing::SignatureLength | Sealing::BodyTag(_)) | None => {}
        }
        let length = signature.len();
        let mut signature = tlv::encode(tag, &signature);
        if matches!(self.sealing, Some(Sealing::SignatureLength)) {
            shorten(&mut signature, length);
        }
        Ok(Certificate {
            authority: self.value(AUTHORITY),
            holder: self.value(HOLDER),
            body,
            signature,
            key: self.key,
        })
    }

    fn signature(&self, authorities: &Authorities, body: &[u8]) -> Result<Vec<u8>, Stop> {
        if let Some(key) = ShortKey::find(authorities, self.signer) {
            let signature = key.sign(self.hash(authorities)?, body);
            return signature.map_err(|error| self.failed(error));
        }
        let mut rng = authorities.rng(&format!("{}, signed", self.name));
        let signature = authorities.key(self.signer)?.sign(body, &mut rng);
        signature.map_err(|error| self.failed(error))
    }

    fn failed(&self, error: impl core::fmt::Display) -> Stop {
        Stop::Bench {
            at: self.name.clone(),
            reason: error.to_string(),
        }
    }
}

impl Authorities {
    fn name_of(&self, holder: Holder) -> Vec<u8> {
        match (holder.name, self.root_of(holder.key)) {
            (Some(name), _) => name.into(),
            (None, Some(root)) => root.certificate.holder().as_bytes().to_vec(),
            (None, None) => Vec::new(),
        }
    }
}

/// Takes one from the length of a data object whose value has this length and ends the object.
fn shorten(object: &mut [u8], length: usize) {
    let last = object.len() - length;
    if let Some(byte) = last.checked_sub(1).and_then(|place| object.get_mut(place)) {
        *byte = byte.wrapping_sub(1);
    }
}

/// The value of a data object.
fn inside(object: &[u8]) -> Vec<u8> {
    let first = TlvReader::new(object).flatten().next();
    first
        .map(|object| object.value.to_vec())
        .unwrap_or_default()
}

/// The value of DO 7F49 with this defect.
fn spoilt(value: &[u8], defect: KeyDefect) -> Vec<u8> {
    let mut spoilt = Vec::new();
    for object in TlvReader::new(value).flatten() {
        let oid = object.tag == OBJECT_IDENTIFIER;
        match defect {
            KeyDefect::WithoutOid if oid => {}
            KeyDefect::WithoutPoint if object.tag == PUBLIC_POINT => {}
            KeyDefect::OtherOid(other) if oid => tlv::push(&mut spoilt, object.tag, other),
            KeyDefect::OtherProtocol(other) if oid => {
                let algorithm = object.value.get(other.len()..).unwrap_or_default();
                tlv::push(&mut spoilt, object.tag, &[other, algorithm].concat());
            }
            _ => spoilt.extend_from_slice(object.raw),
        }
    }
    if matches!(defect, KeyDefect::UnknownObject) {
        tlv::push(&mut spoilt, Tag(0x77), &[0x00]);
    }
    spoilt
}
