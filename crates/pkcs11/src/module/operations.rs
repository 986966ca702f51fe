//! Signing and decrypting.

use core::mem;

use cryptoki_sys as ck;
use host_lib::KeySlot;
use zeroize::Zeroizing;

use super::{Module, lock};
use crate::card::Use;
use crate::error::{Refusal, Result};
use crate::mechanism::{self, CRYPTOGRAM, Parameters, SignOperation};
use crate::object::always_authenticate;
use crate::session::{Consent, Decrypting, Session, Signing};

/// An answer of variable length, by the convention of two calls: first its length, then with room for it.
#[derive(Debug, PartialEq, Eq)]
pub enum Given {
    /// The answer.
    Bytes(Zeroizing<Vec<u8>>),
    /// How many bytes it will have at most. Nothing was done yet.
    Length(usize),
    /// It does not fit into the caller's room and needs so many bytes. The operation goes on.
    TooSmall(usize),
}

impl Module {
    /// Begins a signature.
    ///
    /// # Errors
    /// [`Refusal::OPERATION_ACTIVE`], [`Refusal::USER_NOT_LOGGED_IN`], and what does not go with the key or the mechanism.
    pub fn sign_init(
        &self,
        handle: ck::CK_SESSION_HANDLE,
        mechanism: ck::CK_MECHANISM_TYPE,
        parameters: Parameters,
        key: ck::CK_OBJECT_HANDLE,
    ) -> Result<()> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        if operations.sign.is_some() {
            return Err(Refusal::OPERATION_ACTIVE);
        }
        operations.sign = Some(session.slot.with_entry(key, |object, entry| {
            require_private(&session, object.is_private_key)?;
            Ok(Signing {
                key: entry.slot,
                operation: SignOperation::new(mechanism, parameters, entry)?,
                consent: match always_authenticate(entry) {
                    true => Consent::Needed,
                    false => Consent::NotNeeded,
                },
                in_pieces: false,
            })
        })?);
        Ok(())
    }

    /// Signs data in one piece. `room`: bytes that the caller has for the signature; `None` if it only asks how many there will be.
    ///
    /// # Errors
    /// [`Refusal::OPERATION_NOT_INITIALIZED`], [`Refusal::DATA_LEN_RANGE`], [`Refusal::DATA_INVALID`],
    /// [`Refusal::USER_NOT_LOGGED_IN`] without the PIN2 that this use wants. The operation is over then.
    pub fn sign(
        &self,
        handle: ck::CK_SESSION_HANDLE,
        data: &[u8],
        room: Option<usize>,
    ) -> Result<Given> {
        self.finish_signature(handle, Some(data), room)
    }

    /// Data in pieces.
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    pub fn sign_update(&self, handle: ck::CK_SESSION_HANDLE, data: &[u8]) -> Result<()> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        let signing = operations.sign.as_mut();
        let signing = signing.ok_or(Refusal::OPERATION_NOT_INITIALIZED)?;
        signing.in_pieces = true;
        let updated = signing.operation.update(data);
        if updated.is_err() {
            operations.sign = None;
        }
        updated
    }

    /// Signs what came in pieces.
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    pub fn sign_final(&self, handle: ck::CK_SESSION_HANDLE, room: Option<usize>) -> Result<Given> {
        self.finish_signature(handle, None, room)
    }

    fn finish_signature(
        &self,
        handle: ck::CK_SESSION_HANDLE,
        data: Option<&[u8]>,
        room: Option<usize>,
    ) -> Result<Given> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        let begun = operations.sign.as_ref();
        let begun = begun.ok_or(Refusal::OPERATION_NOT_INITIALIZED)?;
        if data.is_some() && begun.in_pieces {
            operations.sign = None;
            return Err(Refusal::OPERATION_ACTIVE);
        }
        let length = begun.operation.signature_len();
        match room {
            None => return Ok(Given::Length(length)),
            Some(room) if room < length => return Ok(Given::TooSmall(length)),
            Some(_) => {}
        }
        // From here on the operation is over, whatever comes of it.
        let signing = operations.sign.take();
        let signing = signing.ok_or(Refusal::OPERATION_NOT_INITIALIZED)?;
        let mut operation = signing.operation;
        if let Some(data) = data {
            operation.update(data)?;
        }
        let (algorithm, hash) = operation.finish()?;
        let slot = &session.slot;
        if !slot.is_logged_in() {
            return Err(Refusal::USER_NOT_LOGGED_IN);
        }
        let signature = match (signing.consent, signing.key) {
            (Consent::Given(pin2), KeySlot::Signature) => {
                slot.card.sign(session.card, pin2, algorithm, hash)
            }
            (Consent::NotNeeded, KeySlot::Authentication) => slot
                .card
                .use_key(session.card, Use::Authenticate(algorithm, hash)),
            // The login goes on: what lacks is the PIN2 for this use.
            (Consent::Needed, _) => return Err(Refusal::USER_NOT_LOGGED_IN),
            _ => Err(Refusal::KEY_FUNCTION_NOT_PERMITTED),
        };
        let signature = slot.learn(session.card, signature)?;
        match signature.len() == length {
            true => Ok(Given::Bytes(signature)),
            false => Err(Refusal::DEVICE_ERROR),
        }
    }

    /// Begins a decryption.
    ///
    /// # Errors
    /// As [`sign_init`](Self::sign_init).
    pub fn decrypt_init(
        &self,
        handle: ck::CK_SESSION_HANDLE,
        mechanism: ck::CK_MECHANISM_TYPE,
        parameters: Parameters,
        key: ck::CK_OBJECT_HANDLE,
    ) -> Result<()> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        if operations.decrypt.is_some() {
            return Err(Refusal::OPERATION_ACTIVE);
        }
        operations.decrypt = Some(session.slot.with_entry(key, |object, entry| {
            require_private(&session, object.is_private_key)?;
            Ok(Decrypting {
                algorithm: mechanism::deciphering(mechanism, parameters, entry)?,
                cryptogram: None,
                plain: None,
            })
        })?);
        Ok(())
    }

    /// Decrypts a cryptogram in one piece; `room` as in [`sign`](Self::sign).
    ///
    /// # Errors
    /// [`Refusal::OPERATION_NOT_INITIALIZED`], [`Refusal::ENCRYPTED_DATA_LEN_RANGE`], [`Refusal::ENCRYPTED_DATA_INVALID`].
    pub fn decrypt(
        &self,
        handle: ck::CK_SESSION_HANDLE,
        cryptogram: &[u8],
        room: Option<usize>,
    ) -> Result<Given> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        let begun = operations.decrypt.as_mut();
        let begun = begun.ok_or(Refusal::OPERATION_NOT_INITIALIZED)?;
        if begun.cryptogram.is_some() {
            operations.decrypt = None;
            return Err(Refusal::OPERATION_ACTIVE);
        }
        finish_decryption(&session, &mut operations.decrypt, Some(cryptogram), room)
    }

    /// A cryptogram in pieces. Nothing comes out before its end.
    ///
    /// # Errors
    /// As [`decrypt`](Self::decrypt).
    pub fn decrypt_update(&self, handle: ck::CK_SESSION_HANDLE, piece: &[u8]) -> Result<()> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        let begun = operations.decrypt.as_mut();
        let begun = begun.ok_or(Refusal::OPERATION_NOT_INITIALIZED)?;
        let whole = begun.cryptogram.get_or_insert_default();
        if whole.len() + piece.len() > CRYPTOGRAM {
            operations.decrypt = None;
            return Err(Refusal::ENCRYPTED_DATA_LEN_RANGE);
        }
        whole.extend_from_slice(piece);
        Ok(())
    }

    /// Decrypts what came in pieces.
    ///
    /// # Errors
    /// As [`decrypt`](Self::decrypt).
    pub fn decrypt_final(
        &self,
        handle: ck::CK_SESSION_HANDLE,
        room: Option<usize>,
    ) -> Result<Given> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        finish_decryption(&session, &mut operations.decrypt, None, room)
    }
}

fn finish_decryption(
    session: &Session,
    place: &mut Option<Decrypting>,
    cryptogram: Option<&[u8]>,
    room: Option<usize>,
) -> Result<Given> {
    let begun = place.as_mut().ok_or(Refusal::OPERATION_NOT_INITIALIZED)?;
    let Some(room) = room else {
        let known = begun.plain.as_ref().map(|plain| plain.len());
        return Ok(Given::Length(known.unwrap_or(CRYPTOGRAM)));
    };
    let plain = match begun.plain.take() {
        Some(plain) => plain,
        None => {
            let algorithm = begun.algorithm;
            let pieces = mem::take(&mut begun.cryptogram).unwrap_or_default();
            *place = None;
            let cryptogram = cryptogram.unwrap_or(&pieces);
            if cryptogram.len() != CRYPTOGRAM {
                return Err(Refusal::ENCRYPTED_DATA_LEN_RANGE);
            }
            if !session.slot.is_logged_in() {
                return Err(Refusal::USER_NOT_LOGGED_IN);
            }
            let deciphered = Use::Decipher(algorithm, cryptogram.to_vec());
            let plain = session.slot.card.use_key(session.card, deciphered);
            let plain = session.slot.learn(session.card, plain)?;
            *place = Some(Decrypting {
                algorithm,
                cryptogram: None,
                plain: None,
            });
            plain
        }
    };
    if plain.len() > room {
        // The card is not asked twice.
        let length = plain.len();
        if let Some(begun) = place {
            begun.plain = Some(plain);
        }
        return Ok(Given::TooSmall(length));
    }
    *place = None;
    Ok(Given::Bytes(plain))
}

/// Keys are used by the holder alone, and only the private half does anything here.
fn require_private(session: &Session, is_private_key: bool) -> Result<()> {
    if !is_private_key {
        return Err(Refusal::KEY_FUNCTION_NOT_PERMITTED);
    }
    match session.slot.is_logged_in() {
        true => Ok(()),
        false => Err(Refusal::USER_NOT_LOGGED_IN),
    }
}
