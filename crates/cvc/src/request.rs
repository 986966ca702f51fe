//! Certificate requests.

use alloc::vec::Vec;

use iso7816::tlv::{TlvReader, encode, push};
use rand_core::CryptoRng;

use crate::certificate::{
    MAX_CERTIFICATE, check_signature, read_extensions, read_profile, read_signature, write_profile,
};
use crate::object::{
    AUTHENTICATION, AUTHORITY_REFERENCE, CERTIFICATE_BODY, CV_CERTIFICATE, HOLDER_REFERENCE,
    PUBLIC_KEY, SIGNATURE, finish, next, only, optional,
};
use crate::{
    CertificateHolderReference, CertificationAuthorityReference, Error, Extensions, Field,
    PublicKey, SigningKey, VerifyingKey,
};

/// What an applicant asks for (TR-03110-3 C.2): its key, and the name that the key shall have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestBody {
    /// The key by which the applicant expects the certificate to be signed: DO 42.
    pub authority: Option<CertificationAuthorityReference>,
    /// The key, with its domain parameters: DO 7F49.
    pub public_key: PublicKey,
    /// The name of the key: DO 5F20.
    pub holder: CertificateHolderReference,
    /// DO 65: what the applicant would like to be in the certificate.
    pub extensions: Extensions,
}

impl RequestBody {
    fn read(mut reader: TlvReader<'_>) -> Result<Self, Error> {
        let reader = &mut reader;
        read_profile(reader)?;
        let field = Field::CertificationAuthorityReference;
        let authority = optional(reader, AUTHORITY_REFERENCE, field)?
            .map(|object| CertificationAuthorityReference::parse(object.value))
            .transpose()?;
        let public_key = next(reader, PUBLIC_KEY, Field::PublicKey)?;
        let holder = next(reader, HOLDER_REFERENCE, Field::CertificateHolderReference)?;
        let extensions = read_extensions(reader)?;
        finish(reader.clone(), Field::CertificateBody)?;
        Ok(Self {
            authority,
            public_key: PublicKey::read(public_key.children())?,
            holder: CertificateHolderReference::parse(holder.value)?,
            extensions,
        })
    }

    /// The DO 7F4E: what is signed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut value = write_profile();
        if let Some(authority) = &self.authority {
            push(&mut value, AUTHORITY_REFERENCE, authority.as_bytes());
        }
        value.extend(self.public_key.to_bytes());
        push(&mut value, HOLDER_REFERENCE, self.holder.as_bytes());
        self.extensions.write(&mut value);
        encode(CERTIFICATE_BODY, &value)
    }

    /// Signs with the key of the request.
    ///
    /// # Errors
    /// [`Error::NotSigned`]; none in practice.
    pub fn signed(
        self,
        key: &SigningKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<CertificateRequest, Error> {
        self.signed_by(|message| key.sign(message, rng))
    }

    /// Signs by whoever has the key of the request: `sign` gets the DO 7F4E and answers with a signature in plain format.
    ///
    /// # Errors
    /// Those of `sign`, and [`Error::Malformed`] or [`Error::TooLong`] for what cannot be a signature.
    pub fn signed_by<E: From<Error>>(
        self,
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<CertificateRequest, E> {
        let encoded = self.to_bytes();
        let signature = sign(&encoded)?;
        check_signature(Field::Signature, &signature)?;
        Ok(CertificateRequest {
            body: self,
            encoded,
            signature,
        })
    }
}

/// A certificate request with its inner signature, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest {
    body: RequestBody,
    encoded: Vec<u8>,
    signature: Vec<u8>,
}

impl CertificateRequest {
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

    fn read(mut reader: TlvReader<'_>) -> Result<Self, Error> {
        let body = next(&mut reader, CERTIFICATE_BODY, Field::CertificateBody)?;
        let signature = read_signature(&mut reader, Field::Signature)?;
        finish(reader, Field::CvCertificate)?;
        Ok(Self {
            body: RequestBody::read(body.children())?,
            encoded: body.raw.to_vec(),
            signature,
        })
    }

    /// What it asks for.
    #[must_use]
    pub const fn body(&self) -> &RequestBody {
        &self.body
    }

    /// Verifies the inner signature: the applicant has the private key. Who the applicant is, it does not say.
    ///
    /// # Errors
    /// [`Error::Signature`], [`Error::DomainParametersMissing`], or what [`PublicKey::verifying_key`] refuses.
    pub fn verify(&self) -> Result<VerifyingKey, Error> {
        let key = self.body.public_key.verifying_key(None)?;
        key.verify(&self.encoded, &self.signature)?;
        Ok(key)
    }

    /// Adds the outer signature of a key that the receiver knows: the applicant's one before, or that of another who
    /// vouches for it.
    ///
    /// # Errors
    /// [`Error::NotSigned`]; none in practice.
    pub fn authenticated(
        self,
        signer: CertificateHolderReference,
        key: &SigningKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<AuthenticatedRequest, Error> {
        self.authenticated_by(signer, |message| key.sign(message, rng))
    }

    /// The same by whoever has that key.
    ///
    /// # Errors
    /// Those of `sign`, and [`Error::Malformed`] or [`Error::TooLong`] for what cannot be a signature.
    pub fn authenticated_by<E: From<Error>>(
        self,
        signer: CertificateHolderReference,
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<AuthenticatedRequest, E> {
        let mut request = AuthenticatedRequest {
            request: self,
            signer: signer.into(),
            signature: Vec::new(),
        };
        let signature = sign(&request.signed_bytes())?;
        check_signature(Field::OuterSignature, &signature)?;
        request.signature = signature;
        Ok(request)
    }

    /// The DO 7F21.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut value = self.encoded.clone();
        push(&mut value, SIGNATURE, &self.signature);
        encode(CV_CERTIFICATE, &value)
    }
}

/// A request inside the outer signature of a key that the receiver knows (C.2.6): needed for every certificate after the
/// first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatedRequest {
    request: CertificateRequest,
    signer: CertificationAuthorityReference,
    signature: Vec<u8>,
}

impl AuthenticatedRequest {
    /// Reads a DO 67.
    ///
    /// # Errors
    /// [`Error::Tlv`], [`Error::Malformed`] or [`Error::TooLong`].
    pub fn parse(object: &[u8]) -> Result<Self, Error> {
        let limit = MAX_CERTIFICATE + 1024;
        let mut reader = only(object, AUTHENTICATION, Field::Authentication, limit)?;
        let request = next(&mut reader, CV_CERTIFICATE, Field::CvCertificate)?;
        let field = Field::CertificationAuthorityReference;
        let signer = next(&mut reader, AUTHORITY_REFERENCE, field)?;
        let signature = read_signature(&mut reader, Field::OuterSignature)?;
        finish(reader, Field::Authentication)?;
        Ok(Self {
            request: CertificateRequest::parse(request.raw)?,
            signer: CertificationAuthorityReference::parse(signer.value)?,
            signature,
        })
    }

    /// The name of the key that verifies the outer signature.
    #[must_use]
    pub const fn signer(&self) -> CertificationAuthorityReference {
        self.signer
    }

    /// The request, whose own signature has to be verified too.
    #[must_use]
    pub const fn request(&self) -> &CertificateRequest {
        &self.request
    }

    /// Verifies both signatures: the outer one by this key, the inner one by the request's.
    ///
    /// # Errors
    /// [`Error::Signature`] with the field of the one that fails, or as [`CertificateRequest::verify`].
    pub fn verify(&self, signer: &VerifyingKey) -> Result<VerifyingKey, Error> {
        signer
            .verify(&self.signed_bytes(), &self.signature)
            .map_err(|_| Error::Signature {
                field: Field::OuterSignature,
            })?;
        self.request.verify()
    }

    fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = self.request.to_bytes();
        push(&mut bytes, AUTHORITY_REFERENCE, self.signer.as_bytes());
        bytes
    }

    /// The DO 67.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut value = self.signed_bytes();
        push(&mut value, SIGNATURE, &self.signature);
        encode(AUTHENTICATION, &value)
    }
}
