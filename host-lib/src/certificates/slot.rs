//! The places for keys, and what is in them.

use iso7816::tlv;
use lds::cryptographic_information::{CertificateObject, KeyAlgorithm, PrivateKeyObject};
use pki::{Certificate, DigestAlgorithm, SignatureAlgorithm};
use signing::{KeyTransportAlgorithm, OaepDigest};

use transport::CardTransport;

use crate::error::{DenialReason, Error, File, Lang, Misbehaviour, Result, Unsupported};
use crate::files::ReadOutcome;
use crate::session::Session;

/// A place for a key and its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeySlot {
    /// For signatures by which the holder commits himself (non-repudiation). PIN2 for each.
    Signature,
    /// For logging in. PIN2 once a session.
    Authentication,
    /// For what was encrypted for the holder. PIN2 once a session.
    KeyDecipherment,
}

impl KeySlot {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Signature, Self::Authentication, Self::KeyDecipherment];

    /// How commands name the key.
    pub(crate) const fn reference(self) -> u8 {
        match self {
            Self::Signature => 0x81,
            Self::Authentication => 0x82,
            Self::KeyDecipherment => 0x83,
        }
    }

    pub(crate) fn from_reference(reference: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|slot| slot.reference() == reference)
    }

    /// Its name for people.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Signature, Lang::En) => "signature key",
            (Self::Signature, Lang::ZhTw) => "簽章金鑰",
            (Self::Authentication, Lang::En) => "authentication key",
            (Self::Authentication, Lang::ZhTw) => "身分驗證金鑰",
            (Self::KeyDecipherment, Lang::En) => "decipherment key",
            (Self::KeyDecipherment, Lang::ZhTw) => "加解密金鑰",
        }
    }
}

/// A key that is on the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotContents {
    /// Where.
    pub slot: KeySlot,
    /// What kind of key.
    pub algorithm: KeyAlgorithm,
    /// Whether its certificate is there.
    pub has_certificate: bool,
}

/// The certificate that has its identifier in common with the key of this slot.
pub(super) fn location<'a>(
    keys: &[PrivateKeyObject],
    certificates: &'a [CertificateObject],
    slot: KeySlot,
) -> Option<&'a CertificateObject> {
    let key = keys
        .iter()
        .find(|key| key.reference == Some(slot.reference()))?;
    certificates
        .iter()
        .find(|certificate| certificate.id == key.id)
}

/// The certificate of a slot, as it is on the card.
pub(super) fn certificate<T: CardTransport>(
    session: &mut Session<'_, T>,
    keys: &[PrivateKeyObject],
    certificates: &[CertificateObject],
    slot: KeySlot,
) -> Result<Certificate> {
    let missing = || Error::Unsupported(Unsupported::Key(slot));
    let location = location(keys, certificates, slot).ok_or_else(missing)?;
    let file = File::Certificate(slot);
    let link = &mut session.card.link;
    link.begin();
    match link.read_to_end(file, location.path)? {
        ReadOutcome::Contents(der) => {
            Certificate::from_der(&der).map_err(|_| Misbehaviour::Malformed(file).into())
        }
        ReadOutcome::Missing => Err(missing()),
        ReadOutcome::Denied(status) => Err(Error::AccessDenied {
            file,
            reason: DenialReason::NotAuthorised(status),
        }),
    }
}

/// Contents of MANAGE SECURITY ENVIRONMENT: algorithm and key (ISO/IEC 7816-4: DO 80, DO 84).
pub(super) fn template(algorithm: u8, slot: KeySlot) -> Vec<u8> {
    let algorithm = tlv::encode(tlv::Tag(0x80), &[algorithm]);
    let key = tlv::encode(tlv::Tag(0x84), &[slot.reference()]);
    [algorithm, key].concat()
}

/// How the card calls an algorithm of signatures (docs/chip-profile.md), if it has it.
pub(super) fn signature_reference(algorithm: SignatureAlgorithm) -> Option<u8> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    Some(match algorithm {
        SignatureAlgorithm::RsaPkcs1(Sha256) => 0x11,
        SignatureAlgorithm::RsaPkcs1(Sha384) => 0x12,
        SignatureAlgorithm::RsaPkcs1(Sha512) => 0x13,
        // The card's salt is as long as the hash.
        SignatureAlgorithm::RsaPss {
            digest: Sha256,
            salt_len: 32,
        } => 0x21,
        SignatureAlgorithm::RsaPss {
            digest: Sha384,
            salt_len: 48,
        } => 0x22,
        SignatureAlgorithm::RsaPss {
            digest: Sha512,
            salt_len: 64,
        } => 0x23,
        SignatureAlgorithm::RsaPss { .. } => return None,
        SignatureAlgorithm::Ecdsa(Sha256) => 0x31,
        SignatureAlgorithm::Ecdsa(Sha384) => 0x32,
        SignatureAlgorithm::Ecdsa(Sha512) => 0x33,
    })
}

/// How the card calls an algorithm of decipherment.
pub(super) const fn transport_reference(algorithm: KeyTransportAlgorithm) -> u8 {
    match algorithm {
        KeyTransportAlgorithm::RsaesPkcs1 => 0x41,
        KeyTransportAlgorithm::RsaesOaep(OaepDigest::Sha1) => 0x42,
        KeyTransportAlgorithm::RsaesOaep(OaepDigest::Sha256) => 0x43,
        KeyTransportAlgorithm::RsaesOaep(OaepDigest::Sha384) => 0x44,
        KeyTransportAlgorithm::RsaesOaep(OaepDigest::Sha512) => 0x45,
    }
}
