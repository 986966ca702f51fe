//! Certificates.

use alloc::vec::Vec;

use iso7816::tlv::{TlvReader, encode, push};
use rand_core::CryptoRng;

use crate::object::{
    AUTHORITY_REFERENCE, AUTHORIZATION_TEMPLATE, CERTIFICATE_BODY, CV_CERTIFICATE, EFFECTIVE_DATE,
    EXPIRATION_DATE, EXTENSIONS, HOLDER_REFERENCE, PROFILE_IDENTIFIER, PUBLIC_KEY, SIGNATURE,
    finish, next, only, optional,
};
use crate::{
    Authorization, CertificateHolderReference, CertificationAuthorityReference, Chat, Date, Error,
    Extensions, Field, PublicKey, Role, SigningKey, VerifyingKey,
};

/// Longest certificate or request that is read, in bytes.
pub(crate) const MAX_CERTIFICATE: usize = 2048;
/// Longest signature: RSA with 4096 bits.
const MAX_SIGNATURE: usize = 512;
/// Version 1 of the profile (C.1.1).
const PROFILE: [u8; 1] = [0];

/// What a certificate says: the DO 7F4E (TR-03110-3 C.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateBody {
    /// Who signs: DO 42.
    pub authority: CertificationAuthorityReference,
    /// The holder's key: DO 7F49.
    pub public_key: PublicKey,
    /// Its name: DO 5F20.
    pub holder: CertificateHolderReference,
    /// Terminal type, role and rights: DO 7F4C.
    pub chat: Chat,
    /// The day of issue and first day: DO 5F25.
    pub effective: Date,
    /// The last day: DO 5F24.
    pub expiration: Date,
    /// DO 65, if there are any.
    pub extensions: Extensions,
}

impl CertificateBody {
    fn read(mut reader: TlvReader<'_>) -> Result<Self, Error> {
        let reader = &mut reader;
        read_profile(reader)?;
        let authority = next(
            reader,
            AUTHORITY_REFERENCE,
            Field::CertificationAuthorityReference,
        )?;
        let authority = CertificationAuthorityReference::parse(authority.value)?;
        let public_key = next(reader, PUBLIC_KEY, Field::PublicKey)?;
        let public_key = PublicKey::read(public_key.children())?;
        let holder = next(reader, HOLDER_REFERENCE, Field::CertificateHolderReference)?;
        let holder = CertificateHolderReference::parse(holder.value)?;
        let chat = Field::CertificateHolderAuthorizationTemplate;
        let chat = Chat::parse(next(reader, AUTHORIZATION_TEMPLATE, chat)?.raw)?;
        let effective = Field::CertificateEffectiveDate;
        let effective = Date::parse(effective, next(reader, EFFECTIVE_DATE, effective)?.value)?;
        let expiration = Field::CertificateExpirationDate;
        let expiration = Date::parse(expiration, next(reader, EXPIRATION_DATE, expiration)?.value)?;
        let extensions = read_extensions(reader)?;
        finish(reader.clone(), Field::CertificateBody)?;
        let body = Self {
            authority,
            public_key,
            holder,
            chat,
            effective,
            expiration,
            extensions,
        };
        body.check_dates()?;
        Ok(body)
    }

    fn check_dates(&self) -> Result<(), Error> {
        if self.expiration < self.effective {
            return Err(Error::malformed(
                Field::CertificateExpirationDate,
                "it lies before the effective date",
            ));
        }
        Ok(())
    }

    /// The DO 7F4E: what is signed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut value = write_profile();
        push(&mut value, AUTHORITY_REFERENCE, self.authority.as_bytes());
        value.extend(self.public_key.to_bytes());
        push(&mut value, HOLDER_REFERENCE, self.holder.as_bytes());
        value.extend(self.chat.to_bytes());
        push(&mut value, EFFECTIVE_DATE, &self.effective.to_bytes());
        push(&mut value, EXPIRATION_DATE, &self.expiration.to_bytes());
        self.extensions.write(&mut value);
        encode(CERTIFICATE_BODY, &value)
    }

    /// The relative authorization: CHAT and authorization extensions.
    #[must_use]
    pub fn authorization(&self) -> Authorization {
        Authorization::new(self.chat, &self.extensions)
    }

    /// Signs with a key in software.
    ///
    /// # Errors
    /// [`Error::Malformed`] if the certificate would expire before it begins, [`Error::TooLong`].
    pub fn signed(self, key: &SigningKey, rng: &mut dyn CryptoRng) -> Result<CvCertificate, Error> {
        self.signed_by(|message| key.sign(message, rng))
    }

    /// Signs by whoever has the key: `sign` gets the DO 7F4E and answers with a signature in plain format. It is not
    /// verified here, and its errors are handed on.
    ///
    /// # Errors
    /// As [`CertificateBody::signed`], and those of `sign`.
    pub fn signed_by<E: From<Error>>(
        self,
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<CvCertificate, E> {
        self.check_dates()?;
        let encoded = self.to_bytes();
        let signature = sign(&encoded)?;
        check_signature(Field::Signature, &signature)?;
        let certificate = CvCertificate {
            body: self,
            encoded,
            signature,
        };
        let limit = MAX_CERTIFICATE;
        if certificate.to_bytes().len() > limit {
            let field = Field::CvCertificate;
            return Err(Error::TooLong { field, limit }.into());
        }
        Ok(certificate)
    }
}

/// A card-verifiable certificate (TR-03110-3 C.1): read, and not yet verified by anyone.
/// [`Chain::import`](crate::Chain::import) is what gives it a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CvCertificate {
    body: CertificateBody,
    /// The DO 7F4E as it came.
    encoded: Vec<u8>,
    signature: Vec<u8>,
}

impl CvCertificate {
    /// Reads a DO 7F21.
    ///
    /// # Errors
    /// [`Error::Tlv`], [`Error::Malformed`] or [`Error::TooLong`].
    pub fn parse(object: &[u8]) -> Result<Self, Error> {
        let reader = only(
            object,
            CV_CERTIFICATE,
            Field::CvCertificate,
            MAX_CERTIFICATE,
        )?;
        Self::read(reader)
    }

    /// Reads the value of a DO 7F21, which is the data of PSO:VERIFY CERTIFICATE (B.14.5).
    ///
    /// # Errors
    /// As [`CvCertificate::parse`].
    pub fn parse_value(value: &[u8]) -> Result<Self, Error> {
        let limit = MAX_CERTIFICATE;
        if value.len() > limit {
            let field = Field::CvCertificate;
            return Err(Error::TooLong { field, limit });
        }
        Self::read(TlvReader::new(value).strict())
    }

    fn read(mut reader: TlvReader<'_>) -> Result<Self, Error> {
        let body = next(&mut reader, CERTIFICATE_BODY, Field::CertificateBody)?;
        let signature = read_signature(&mut reader, Field::Signature)?;
        finish(reader, Field::CvCertificate)?;
        Ok(Self {
            body: CertificateBody::read(body.children())?,
            encoded: body.raw.to_vec(),
            signature,
        })
    }

    /// What it says.
    #[must_use]
    pub const fn body(&self) -> &CertificateBody {
        &self.body
    }

    /// Who signed.
    #[must_use]
    pub const fn authority(&self) -> CertificationAuthorityReference {
        self.body.authority
    }

    /// The name of the holder's key.
    #[must_use]
    pub const fn holder(&self) -> CertificateHolderReference {
        self.body.holder
    }

    /// The holder's role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.body.chat.role()
    }

    /// The signature, as it came.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Verifies the signature alone, by this key.
    ///
    /// # Errors
    /// [`Error::Signature`].
    pub fn verify_signature(&self, authority: &VerifyingKey) -> Result<(), Error> {
        authority.verify(&self.encoded, &self.signature)
    }

    /// The value of the DO 7F21: the data of PSO:VERIFY CERTIFICATE.
    #[must_use]
    pub fn to_value(&self) -> Vec<u8> {
        let mut value = self.encoded.clone();
        push(&mut value, SIGNATURE, &self.signature);
        value
    }

    /// The DO 7F21.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(CV_CERTIFICATE, &self.to_value())
    }
}

pub(crate) fn read_profile(reader: &mut TlvReader<'_>) -> Result<(), Error> {
    let field = Field::CertificateProfileIdentifier;
    if next(reader, PROFILE_IDENTIFIER, field)?.value != PROFILE {
        return Err(Error::malformed(field, "not version 1 of the profile"));
    }
    Ok(())
}

pub(crate) fn write_profile() -> Vec<u8> {
    encode(PROFILE_IDENTIFIER, &PROFILE)
}

pub(crate) fn read_extensions(reader: &mut TlvReader<'_>) -> Result<Extensions, Error> {
    let extensions = optional(reader, EXTENSIONS, Field::CertificateExtensions)?;
    extensions.map_or(Ok(Extensions::default()), |object| {
        Extensions::read(object.children())
    })
}

pub(crate) fn read_signature(reader: &mut TlvReader<'_>, field: Field) -> Result<Vec<u8>, Error> {
    let signature = next(reader, SIGNATURE, field)?.value;
    check_signature(field, signature)?;
    Ok(signature.to_vec())
}

pub(crate) fn check_signature(field: Field, signature: &[u8]) -> Result<(), Error> {
    match signature.len() {
        0 => Err(Error::malformed(field, "it is empty")),
        1..=MAX_SIGNATURE => Ok(()),
        _ => Err(Error::TooLong {
            field,
            limit: MAX_SIGNATURE,
        }),
    }
}
