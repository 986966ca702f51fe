//! What travels between the reader and whoever holds the terminal's key.

use core::fmt;

use cvc::{Authorization, CertificateHolderReference, Chat, Extensions};
use iso7816::tlv::{self, Tag, TlvReader};
use secure_channel::auxiliary_data::AuxiliaryData;
use secure_channel::terminal_authentication::{
    Challenge, SignedData, TerminalAuthenticationProtocol,
};
use secure_channel::{CompressedPublicKey, Curve};

use super::key::TerminalKeyError;
use super::permission::Permission;

const REQUEST: Tag = Tag(0xE1);
const RESPONSE: Tag = Tag(0xE2);
const HANDLE: Tag = Tag(0x80);
const HOLDER: Tag = Tag(0x81);
const PROTOCOL: Tag = Tag(0x82);
const ID_PICC: Tag = Tag(0x83);
const CHALLENGE: Tag = Tag(0x84);
const EPHEMERAL_KEY: Tag = Tag(0x85);
const AUXILIARY_DATA: Tag = Tag(0x86);
const CHAT: Tag = Tag(0x87);
const EXTENSIONS: Tag = Tag(0x88);
const SIGNATURE: Tag = Tag(0x89);

/// The longest message that is read, in bytes.
const MAX: usize = 4096;

/// Names a session that waits for a signature: 16 random bytes. It opens nothing by itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handle([u8; Self::SIZE]);

impl Handle {
    /// Length in bytes.
    pub const SIZE: usize = 16;

    pub(super) const fn new(bytes: [u8; Self::SIZE]) -> Self {
        Self(bytes)
    }

    /// The handle as sent.
    pub const fn as_bytes(&self) -> &[u8; Self::SIZE] {
        &self.0
    }
}

/// As 32 hexadecimal digits.
impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({self})")
    }
}

/// A message between reader and server that cannot be read. The text names the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}: {field} is missing, too long or malformed")]
pub struct MessageError {
    /// Which message.
    pub message: &'static str,
    /// Which field of it.
    pub field: &'static str,
}

/// Step one of two: what the agency's server is asked to sign.
///
/// It holds no personal data, and nothing of it is secret. It says what the signature will be used for: in which session
/// of which card (the card's and the reader's one-time keys, the card's challenge), and what the holder has agreed to. The
/// last is the reader's word; the card knows it too and gives no more.
///
/// Whoever signs should look at [`holder`](Self::holder) first: it names the key.
#[derive(Clone, PartialEq, Eq)]
pub struct SignatureRequest {
    handle: Handle,
    holder: CertificateHolderReference,
    protocol: TerminalAuthenticationProtocol,
    id_picc: CompressedPublicKey,
    challenge: Challenge,
    ephemeral_key: CompressedPublicKey,
    auxiliary_data: AuxiliaryData,
    chat: Chat,
    extensions: Extensions,
    signed_data: SignedData,
}

/// The parts of a [`SignatureRequest`].
pub(super) struct Parts {
    pub(super) handle: Handle,
    pub(super) holder: CertificateHolderReference,
    pub(super) protocol: TerminalAuthenticationProtocol,
    pub(super) id_picc: CompressedPublicKey,
    pub(super) challenge: Challenge,
    pub(super) ephemeral_key: CompressedPublicKey,
    pub(super) auxiliary_data: AuxiliaryData,
    pub(super) chat: Chat,
    pub(super) extensions: Extensions,
}

impl SignatureRequest {
    pub(super) fn new(parts: Parts) -> Self {
        let signed_data = SignedData::new(
            &parts.id_picc,
            &parts.challenge,
            &parts.ephemeral_key,
            &parts.auxiliary_data,
        );
        Self {
            handle: parts.handle,
            holder: parts.holder,
            protocol: parts.protocol,
            id_picc: parts.id_picc,
            challenge: parts.challenge,
            ephemeral_key: parts.ephemeral_key,
            auxiliary_data: parts.auxiliary_data,
            chat: parts.chat,
            extensions: parts.extensions,
            signed_data,
        }
    }

    /// The session that waits.
    pub fn handle(&self) -> Handle {
        self.handle
    }

    /// Whose key is to sign.
    pub fn holder(&self) -> CertificateHolderReference {
        self.holder
    }

    /// With which hash: ECDSA with SHA-256 on the cards of the profile.
    pub fn protocol(&self) -> TerminalAuthenticationProtocol {
        self.protocol
    }

    /// The card's challenge.
    pub fn challenge(&self) -> &[u8] {
        self.challenge.as_bytes()
    }

    /// What the holder has agreed to, as the reader says.
    pub fn given(&self) -> impl Iterator<Item = Permission> {
        let authorization = Authorization::new(self.chat, &self.extensions);
        Permission::all().filter(move |permission| permission.is_in(&authorization))
    }

    /// The values that the card shall compare.
    pub fn auxiliary_data(&self) -> &AuxiliaryData {
        &self.auxiliary_data
    }

    /// What is to be signed, not yet hashed (TR-03110-2, 3.3.1): it is made of the fields here, not taken over.
    pub fn message(&self) -> &[u8] {
        self.signed_data.as_bytes()
    }

    /// The hash of [`message`](Self::message), for a security module that signs hashes.
    pub fn digest(&self) -> Vec<u8> {
        self.signed_data.digest(self.protocol)
    }

    /// Turns an ECDSA signature in DER, as security modules and OpenSSL give it, into plain format on P-256, the curve of the
    /// profile.
    ///
    /// # Errors
    /// [`TerminalKeyError`] if it is no such signature.
    pub fn plain_signature(&self, der: &[u8]) -> Result<Vec<u8>, TerminalKeyError> {
        plain(der, Curve::P256.field_size())
            .ok_or_else(|| TerminalKeyError::new("no ECDSA signature on P-256 in DER"))
    }

    /// The answer, with a signature in plain format.
    pub fn answer(&self, signature: Vec<u8>) -> SignatureResponse {
        SignatureResponse {
            handle: self.handle,
            signature,
        }
    }

    /// The message for the server.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        tlv::push_with(&mut out, REQUEST, |out| {
            tlv::push(out, HANDLE, self.handle.as_bytes());
            tlv::push(out, HOLDER, self.holder.as_bytes());
            tlv::push(out, PROTOCOL, &self.protocol.oid());
            tlv::push(out, ID_PICC, self.id_picc.as_bytes());
            tlv::push(out, CHALLENGE, self.challenge.as_bytes());
            tlv::push(out, EPHEMERAL_KEY, self.ephemeral_key.as_bytes());
            tlv::push(out, AUXILIARY_DATA, self.auxiliary_data.as_bytes());
            tlv::push(out, CHAT, &self.chat.to_value());
            tlv::push(out, EXTENSIONS, &self.extensions.to_value());
        });
        out
    }

    /// Reads the message, at the server.
    ///
    /// # Errors
    /// [`MessageError`] with the field.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let mut fields = Fields::new("signature request", REQUEST, bytes)?;
        let handle = fields.handle()?;
        let holder = fields.with(HOLDER, "name of the key", |value| {
            CertificateHolderReference::parse(value).ok()
        })?;
        let protocol = fields.with(
            PROTOCOL,
            "protocol",
            TerminalAuthenticationProtocol::from_oid,
        )?;
        // Of a fixed length each, or the parts of what is signed could be shifted against each other.
        let compressed = |value: &[u8]| {
            matches!(value.len(), 32 | 48).then(|| CompressedPublicKey::from_bytes(value))
        };
        let id_picc = fields.with(ID_PICC, "key of the card", compressed)?;
        let challenge = fields.with(CHALLENGE, "challenge", |value| {
            value.try_into().ok().map(Challenge::from_bytes)
        })?;
        let ephemeral_key = fields.with(EPHEMERAL_KEY, "key of the reader", compressed)?;
        let auxiliary_data =
            fields.with(AUXILIARY_DATA, "auxiliary data", |value| match value {
                [] => Some(AuxiliaryData::none()),
                value => AuxiliaryData::parse(value).ok(),
            })?;
        let chat = fields.with(CHAT, "authorisation", |value| Chat::parse_value(value).ok())?;
        let extensions = fields.with(EXTENSIONS, "extensions", |value| match value {
            [] => Some(Extensions::default()),
            value => Extensions::parse_value(value).ok(),
        })?;
        fields.finish()?;
        Ok(Self::new(Parts {
            handle,
            holder,
            protocol,
            id_picc,
            challenge,
            ephemeral_key,
            auxiliary_data,
            chat,
            extensions,
        }))
    }
}

impl fmt::Debug for SignatureRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureRequest")
            .field("handle", &self.handle)
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}

/// The server's answer to a [`SignatureRequest`].
#[derive(Clone, PartialEq, Eq)]
pub struct SignatureResponse {
    handle: Handle,
    signature: Vec<u8>,
}

impl SignatureResponse {
    /// The session that it is for.
    pub fn handle(&self) -> Handle {
        self.handle
    }

    /// The signature in plain format.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The message for the reader.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        tlv::push_with(&mut out, RESPONSE, |out| {
            tlv::push(out, HANDLE, self.handle.as_bytes());
            tlv::push(out, SIGNATURE, &self.signature);
        });
        out
    }

    /// Reads the message, at the reader.
    ///
    /// # Errors
    /// [`MessageError`] with the field.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let mut fields = Fields::new("signature response", RESPONSE, bytes)?;
        let handle = fields.handle()?;
        let signature = fields.with(SIGNATURE, "signature", |value| {
            (!value.is_empty()).then(|| value.to_vec())
        })?;
        fields.finish()?;
        Ok(Self { handle, signature })
    }
}

impl fmt::Debug for SignatureResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureResponse")
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}

/// Reads a message field by field, in the one order that there is.
struct Fields<'a> {
    message: &'static str,
    reader: TlvReader<'a>,
}

impl<'a> Fields<'a> {
    fn new(message: &'static str, tag: Tag, bytes: &'a [u8]) -> Result<Self, MessageError> {
        let whole = MessageError {
            message,
            field: "the message",
        };
        if bytes.len() > MAX {
            return Err(whole);
        }
        let mut outer = TlvReader::new(bytes).strict();
        let object = outer.expect(tag).map_err(|_| whole)?;
        outer.finish().map_err(|_| whole)?;
        Ok(Self {
            message,
            reader: TlvReader::new(object.value).strict(),
        })
    }

    fn with<T>(
        &mut self,
        tag: Tag,
        field: &'static str,
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<T, MessageError> {
        let object = self.reader.expect(tag).ok();
        object
            .and_then(|object| read(object.value))
            .ok_or(MessageError {
                message: self.message,
                field,
            })
    }

    fn handle(&mut self) -> Result<Handle, MessageError> {
        self.with(HANDLE, "handle", |value| value.try_into().ok().map(Handle))
    }

    fn finish(self) -> Result<(), MessageError> {
        self.reader.finish().map_err(|_| MessageError {
            message: self.message,
            field: "what follows the last field",
        })
    }
}

/// `SEQUENCE { r INTEGER, s INTEGER }` as `r ‖ s`.
fn plain(der: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut outer = TlvReader::new(der).strict();
    let sequence = outer.expect(Tag(0x30)).ok()?;
    outer.finish().ok()?;
    let mut numbers = TlvReader::new(sequence.value).strict();
    let mut out = Vec::with_capacity(2 * size);
    for _ in 0..2 {
        let number = numbers.expect(Tag(0x02)).ok()?.value;
        let digits = match number {
            [0, 0x80..=0xFF, ..] => number.get(1..)?,
            [0x01..=0x7F, ..] => number,
            _ => return None,
        };
        let zeros = size.checked_sub(digits.len())?;
        out.resize(out.len() + zeros, 0);
        out.extend_from_slice(digits);
    }
    numbers.finish().ok()?;
    Some(out)
}
