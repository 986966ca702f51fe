//! CMS EnvelopedData (RFC 5652 §6) and AuthEnvelopedData (RFC 5083): opened with the key of a recipient.

mod content;
mod key_transport;

use der::Tag;
use spki::AlgorithmIdentifierOwned;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::asn1::{self, Elements, constructed, primitive};
use crate::key::KeyTransportAlgorithm;
use crate::signed_data::{SignerIdentifier, check_length, content_info, expect_version, field};
use crate::{DecryptionKey, Error, Oid};
use content::ContentEncryption;

const WHAT: &str = "EnvelopedData";
const RECIPIENT: &str = "KeyTransRecipientInfo";

/// The most recipients of a message.
const MAX_RECIPIENTS: usize = 256;

/// What stands in for the key of the content when a cryptogram does not decrypt to one.
///
/// Whoever may send messages and learns whether they decrypt could otherwise, cryptogram by cryptogram, have others decrypted (Bleichenbacher;
/// RFC 3218 §2.3). So a wrong key is not reported: a stand-in is used, made of these bytes and of the cryptogram, and the same whenever the
/// same message comes again. Draw the bytes once, and keep them as long as the key is used.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RejectionSecret([u8; 32]);

impl RejectionSecret {
    /// From random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    fn stand_in(&self, cryptogram: &[u8]) -> Zeroizing<Vec<u8>> {
        use sha2::{Digest, Sha256};
        let digest = Sha256::new()
            .chain_update(self.0)
            .chain_update(cryptogram)
            .chain_update(self.0);
        Zeroizing::new(digest.finalize().to_vec())
    }
}

/// An encrypted message that was read.
///
/// ```
/// # mod key { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/key.rs")); }
/// # use key::SoftwareKey;
/// use signing::{EnvelopedData, Error, RejectionSecret};
/// # let message = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/signing/enveloped.der"));
/// # let random = [7; 32];
///
/// let mut key = SoftwareKey::decipherment(); // a card's, behind the same trait
/// let secret = RejectionSecret::new(random);
/// let opened = EnvelopedData::parse(message)?.decrypt(&mut key, &secret)?;
/// assert_eq!(*opened.content, b"for your eyes only");
/// assert!(!opened.authenticated);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EnvelopedData {
    recipients: Vec<Recipient>,
    content_type: Oid,
    encryption: ContentEncryption,
    encrypted: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Recipient {
    identifier: SignerIdentifier,
    algorithm: Result<KeyTransportAlgorithm, Error>,
    encrypted_key: Vec<u8>,
}

/// What was in a message.
#[derive(Clone)]
#[non_exhaustive]
pub struct Opened {
    /// The type of the content.
    pub content_type: Oid,
    /// The content. It is wiped when it is dropped.
    pub content: Zeroizing<Vec<u8>>,
    /// Whether the content is known to be what the sender encrypted (AES-GCM). With AES-CBC anybody on the way may have changed it. In neither case is it
    /// known who the sender is.
    pub authenticated: bool,
}

impl core::fmt::Debug for Opened {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Opened")
            .field("content_type", &self.content_type)
            .field("authenticated", &self.authenticated)
            .finish_non_exhaustive()
    }
}

impl EnvelopedData {
    /// Reads a ContentInfo of type EnvelopedData or AuthEnvelopedData, in DER or with the indefinite lengths of BER, which most programs write.
    ///
    /// # Errors
    /// Those of the encoding, [`Error::CmsVersion`], or [`Error::ContentEncryption`].
    pub fn parse(encoded: &[u8]) -> Result<Self, Error> {
        check_length(encoded)?;
        let der = pki::to_definite(encoded)?;
        match content_info(&der, &Oid::ENVELOPED_DATA) {
            Err(Error::MessageType { found, .. }) if found == Oid::AUTH_ENVELOPED_DATA => {
                Self::read_authenticated(content_info(&der, &Oid::AUTH_ENVELOPED_DATA)?)
            }
            fields => Self::read(fields?),
        }
    }

    fn read(mut fields: Elements<'_>) -> Result<Self, Error> {
        let version = fields.decode::<u8>()?;
        // 0 to 4 by what else is in the message (RFC 5652 §6.1), of which nothing matters to a recipient.
        if version > 4 || version == 1 {
            return Err(Error::CmsVersion {
                expected: 0,
                found: version,
            });
        }
        fields.optional(constructed(0))?; // originatorInfo
        let recipients = recipients(fields.contents(Tag::Set)?)?;
        let (content_type, algorithm, encrypted) = encrypted_content(&mut fields)?;
        fields.optional(constructed(1))?; // unprotectedAttrs
        fields.finish()?;
        Ok(Self {
            recipients,
            content_type,
            encryption: ContentEncryption::cbc(&algorithm, &encrypted)?,
            encrypted,
        })
    }

    /// AuthEnvelopedData (RFC 5083 §2.1).
    fn read_authenticated(mut fields: Elements<'_>) -> Result<Self, Error> {
        expect_version(0, fields.decode::<u8>()?)?;
        fields.optional(constructed(0))?; // originatorInfo
        let recipients = recipients(fields.contents(Tag::Set)?)?;
        let (content_type, algorithm, encrypted) = encrypted_content(&mut fields)?;
        let attributes = fields.optional(constructed(1))?;
        let mac = fields.octets()?.to_vec();
        fields.optional(constructed(2))?; // unauthAttrs
        fields.finish()?;
        // What is authenticated is the SET OF, not the [1] that stands in the message (RFC 5083 §2.2).
        let attributes = attributes.map(|contents| asn1::element(0x31, &[contents]));
        Ok(Self {
            recipients,
            content_type,
            encryption: ContentEncryption::gcm(&algorithm, attributes.unwrap_or_default(), mac)?,
            encrypted,
        })
    }

    /// Decrypts the message with the key of one of its recipients.
    ///
    /// # Errors
    /// [`Error::NoRecipient`], [`Error::KeyTransport`], [`Error::Key`] if the key could not be used, and [`Error::Decryption`] for everything that
    /// depends on what is encrypted.
    pub fn decrypt(
        &self,
        key: &mut dyn DecryptionKey,
        secret: &RejectionSecret,
    ) -> Result<Opened, Error> {
        let certificate = key.certificate();
        let mut recipients = self.recipients.iter();
        let recipient = recipients
            .find(|recipient| recipient.identifier.names(certificate))
            .ok_or(Error::NoRecipient)?;
        let cryptogram = &recipient.encrypted_key;
        let algorithm = recipient.algorithm.clone()?;
        let decrypted = key.decrypt(algorithm, cryptogram).map_err(Error::Key)?;
        let decrypted = decrypted.unwrap_or_default();
        let content_key = select(
            &decrypted,
            &secret.stand_in(cryptogram),
            self.encryption.key_length(),
        );
        Ok(Opened {
            content_type: self.content_type.clone(),
            content: self.encryption.decrypt(&content_key, &self.encrypted)?,
            authenticated: self.encryption.is_authenticated(),
        })
    }
}

/// `candidate` if it is `length` bytes long, else as many of `stand_in`; without a branch that tells which.
fn select(candidate: &[u8], stand_in: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let right: Choice = (candidate.len() as u64).ct_eq(&(length as u64));
    let candidate = candidate.iter().copied().chain(core::iter::repeat(0));
    let chosen = stand_in
        .iter()
        .zip(candidate)
        .take(length)
        .map(|(stand_in, candidate)| u8::conditional_select(stand_in, &candidate, right));
    Zeroizing::new(chosen.collect())
}

fn recipients(set: &[u8]) -> Result<Vec<Recipient>, Error> {
    let mut elements = Elements::inside(WHAT, set)?;
    let mut recipients = Vec::new();
    let mut count = 0;
    while !elements.is_empty() {
        count += 1;
        if count > MAX_RECIPIENTS {
            return Err(Error::TooLong {
                what: "recipients",
                length: count,
                limit: MAX_RECIPIENTS,
            });
        }
        // Recipients of the other kinds, which have tags of their own, agree on keys or share passwords.
        match elements.optional(Tag::Sequence)? {
            Some(contents) => recipients.push(Recipient::read(contents)?),
            None => drop(elements.raw()?),
        }
    }
    Ok(recipients)
}

impl Recipient {
    /// Reads the fields of a KeyTransRecipientInfo (RFC 5652 §6.2.1).
    fn read(contents: &[u8]) -> Result<Self, Error> {
        let mut fields = Elements::inside(RECIPIENT, contents)?;
        let version = fields.decode::<u8>()?;
        let identifier = SignerIdentifier::read(&mut fields)?;
        expect_version(identifier.version(0, 2), version)?;
        let algorithm: AlgorithmIdentifierOwned = fields.decode()?;
        let encrypted_key = fields.octets()?.to_vec();
        fields.finish()?;
        Ok(Self {
            identifier,
            // One that is not supported may be somebody else's.
            algorithm: key_transport::read(&algorithm),
            encrypted_key,
        })
    }
}

/// EncryptedContentInfo (RFC 5652 §6.1).
fn encrypted_content(
    fields: &mut Elements<'_>,
) -> Result<(Oid, AlgorithmIdentifierOwned, Vec<u8>), Error> {
    let mut info = fields.sequence()?;
    let content_type = info.oid()?;
    let algorithm = info.decode()?;
    let encrypted = match info.optional(primitive(0))? {
        Some(octets) => octets.to_vec(),
        // In pieces, as BER has it.
        None => {
            let pieces = info.optional(constructed(0))?;
            let pieces = pieces.ok_or_else(|| field(WHAT, "encryptedContent"))?;
            let mut pieces = Elements::inside(WHAT, pieces)?;
            let mut joined = Vec::new();
            while !pieces.is_empty() {
                joined.extend(pieces.octets()?);
            }
            joined
        }
    };
    info.finish()?;
    Ok((content_type, algorithm, encrypted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_another_length_is_never_used() {
        let stand_in = [9; 32];
        assert_eq!(*select(&[1; 16], &stand_in, 16), [1; 16]);
        assert_eq!(*select(&[1; 32], &stand_in, 32), [1; 32]);
        for wrong in [0, 15, 17, 32, 256] {
            assert_eq!(*select(&vec![1; wrong], &stand_in, 16), [9; 16], "{wrong}");
        }
    }

    #[test]
    fn a_stand_in_follows_from_secret_and_cryptogram() {
        let secret = RejectionSecret::new([1; 32]);
        assert_eq!(secret.stand_in(b"a"), secret.stand_in(b"a"));
        assert_ne!(secret.stand_in(b"a"), secret.stand_in(b"b"));
        let other = RejectionSecret::new([2; 32]);
        assert_ne!(secret.stand_in(b"a"), other.stand_in(b"a"));
    }
}
