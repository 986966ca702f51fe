//! The certificate description: who asks, in words for the holder of the card.

use alloc::{string::String, vec::Vec};

use iso7816::tlv::{Tag, TlvReader, encode, push};
use secure_channel::Hash;

use crate::object::{OBJECT_IDENTIFIER, finish, next, only, optional};
use crate::oid::{ID_HTML_FORMAT, ID_PDF_FORMAT, ID_PLAIN_FORMAT, Oid};
use crate::{Error, Extension, ExtensionHash, Field};

const SEQUENCE: Tag = Tag(0x30);
const SET: Tag = Tag(0x31);
const OCTET_STRING: Tag = Tag(0x04);
const UTF8_STRING: Tag = Tag(0x0C);
const PRINTABLE_STRING: Tag = Tag(0x13);
const IA5_STRING: Tag = Tag(0x16);

const ISSUER_NAME: Tag = Tag::context_constructed(1);
const ISSUER_URL: Tag = Tag::context_constructed(2);
const SUBJECT_NAME: Tag = Tag::context_constructed(3);
const SUBJECT_URL: Tag = Tag::context_constructed(4);
const TERMS_OF_USAGE: Tag = Tag::context_constructed(5);
const REDIRECT_URL: Tag = Tag::context_constructed(6);
const COMM_CERTIFICATES: Tag = Tag::context_constructed(7);

/// What the agency will do with the data, in the issuer's words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TermsOfUsage {
    /// id-plainFormat.
    Plain(String),
    /// id-htmlFormat, ASCII. Not for showing as it is: a stranger wrote it.
    Html(String),
    /// id-pdfFormat.
    Pdf(Vec<u8>),
}

impl TermsOfUsage {
    const fn oid(&self) -> Oid {
        match self {
            Self::Plain(_) => ID_PLAIN_FORMAT,
            Self::Html(_) => ID_HTML_FORMAT,
            Self::Pdf(_) => ID_PDF_FORMAT,
        }
    }
}

/// `CertificateDescription` (TR-03110-4 §2.2.6). A terminal shows it before PACE, and its certificate holds the hash.
///
/// ```
/// use cvc::{CertificateDescription, Extensions, TermsOfUsage};
/// use secure_channel::Hash;
///
/// let description = CertificateDescription::new(
///     "內政部",
///     "勞動部勞工保險局",
///     TermsOfUsage::Plain("遺屬年金之申請".into()),
/// );
/// let extensions = Extensions::new([description.extension(Hash::Sha256)?])?;
/// let shown = CertificateDescription::parse(&description.to_bytes())?;
/// assert!(shown.is_that_of(&extensions, Hash::Sha256));
/// # Ok::<(), cvc::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateDescription {
    /// Who issued the certificate.
    pub issuer_name: String,
    /// Where to read about the issuer.
    pub issuer_url: Option<String>,
    /// Whose certificate it is.
    pub subject_name: String,
    /// Where to read about the subject.
    pub subject_url: Option<String>,
    /// What it is for.
    pub terms_of_usage: TermsOfUsage,
    /// Where to go afterwards.
    pub redirect_url: Option<String>,
    /// Hashes of the X.509 certificates under which the service may be reached, in the order they came.
    pub comm_certificates: Vec<ExtensionHash>,
}

impl CertificateDescription {
    /// The longest that is read, in bytes.
    pub const MAX: usize = 64 * 1024;
    /// The most hashes of certificates that are read.
    pub const MAX_COMM_CERTIFICATES: usize = 64;

    /// A description without addresses.
    #[must_use]
    pub fn new(issuer_name: &str, subject_name: &str, terms_of_usage: TermsOfUsage) -> Self {
        Self {
            issuer_name: issuer_name.into(),
            issuer_url: None,
            subject_name: subject_name.into(),
            subject_url: None,
            terms_of_usage,
            redirect_url: None,
            comm_certificates: Vec::new(),
        }
    }

    /// Reads the SEQUENCE. Address fields with characters beyond PrintableString's are accepted as long as they are
    /// visible ASCII: real addresses have them, and every issuer writes them so.
    ///
    /// # Errors
    /// [`Error::Tlv`], [`Error::Malformed`] or [`Error::TooLong`] with the field.
    pub fn parse(der: &[u8]) -> Result<Self, Error> {
        let field = Field::CertificateDescription;
        let mut reader = only(der, SEQUENCE, field, Self::MAX)?;
        let reader = &mut reader;
        let oid = next(reader, OBJECT_IDENTIFIER, Field::DescriptionType)?;
        let oid = Oid::parse(Field::DescriptionType, oid.value)?;
        let issuer_name = name(reader, ISSUER_NAME, Field::IssuerName)?;
        let issuer_url = url(reader, ISSUER_URL, Field::IssuerUrl)?;
        let subject_name = name(reader, SUBJECT_NAME, Field::SubjectName)?;
        let subject_url = url(reader, SUBJECT_URL, Field::SubjectUrl)?;
        let terms_of_usage = terms(reader, oid)?;
        let redirect_url = url(reader, REDIRECT_URL, Field::RedirectUrl)?;
        let comm_certificates = hashes(reader)?;
        finish(reader.clone(), field)?;
        Ok(Self {
            issuer_name,
            issuer_url,
            subject_name,
            subject_url,
            terms_of_usage,
            redirect_url,
            comm_certificates,
        })
    }

    /// The SEQUENCE in DER, apart from the order of the hashes, which stays as it is.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut value = encode(OBJECT_IDENTIFIER, self.terms_of_usage.oid().as_bytes());
        let mut explicit = |tag, inner: Tag, bytes: &[u8]| {
            push(&mut value, tag, &encode(inner, bytes));
        };
        let mut text = |tag, inner, text: Option<&String>| {
            if let Some(text) = text {
                explicit(tag, inner, text.as_bytes());
            }
        };
        text(ISSUER_NAME, UTF8_STRING, Some(&self.issuer_name));
        text(ISSUER_URL, PRINTABLE_STRING, self.issuer_url.as_ref());
        text(SUBJECT_NAME, UTF8_STRING, Some(&self.subject_name));
        text(SUBJECT_URL, PRINTABLE_STRING, self.subject_url.as_ref());
        match &self.terms_of_usage {
            TermsOfUsage::Plain(text) => explicit(TERMS_OF_USAGE, UTF8_STRING, text.as_bytes()),
            TermsOfUsage::Html(text) => explicit(TERMS_OF_USAGE, IA5_STRING, text.as_bytes()),
            TermsOfUsage::Pdf(bytes) => explicit(TERMS_OF_USAGE, OCTET_STRING, bytes),
        }
        if let Some(redirect) = &self.redirect_url {
            explicit(REDIRECT_URL, PRINTABLE_STRING, redirect.as_bytes());
        }
        if !self.comm_certificates.is_empty() {
            let mut set = Vec::new();
            for hash in &self.comm_certificates {
                push(&mut set, OCTET_STRING, hash.as_bytes());
            }
            explicit(COMM_CERTIFICATES, SET, &set);
        }
        encode(SEQUENCE, &value)
    }

    /// The extension for the certificate, with the hash by which the certificate will be signed.
    ///
    /// # Errors
    /// None: every hash has a length that an extension can have.
    pub fn extension(&self, hash: Hash) -> Result<Extension, Error> {
        let digest = hash.digest(&[&self.to_bytes()]);
        ExtensionHash::new(Field::DescriptionHash, &digest).map(Extension::Description)
    }

    /// Whether these extensions hold the hash of this description. `hash` is the one of the algorithm that signed the
    /// certificate.
    #[must_use]
    pub fn is_that_of(&self, extensions: &crate::Extensions, hash: Hash) -> bool {
        let digest = hash.digest(&[&self.to_bytes()]);
        let known = extensions.description();
        known.is_some_and(|known| known.as_bytes() == digest)
    }
}

/// The one object inside an explicit tag.
fn inner<'a>(object: iso7816::tlv::Tlv<'a>, tag: Tag, field: Field) -> Result<&'a [u8], Error> {
    let mut reader = object.children();
    let value = next(&mut reader, tag, field)?.value;
    finish(reader, field)?;
    Ok(value)
}

fn utf8(field: Field, bytes: &[u8]) -> Result<String, Error> {
    let text = core::str::from_utf8(bytes);
    text.map(String::from)
        .map_err(|_| Error::malformed(field, "not UTF-8"))
}

fn ascii(field: Field, bytes: &[u8], allowed: fn(&u8) -> bool) -> Result<String, Error> {
    if !bytes.iter().all(allowed) {
        return Err(Error::malformed(field, "a character is not allowed"));
    }
    utf8(field, bytes)
}

fn name(reader: &mut TlvReader<'_>, tag: Tag, field: Field) -> Result<String, Error> {
    let object = next(reader, tag, field)?;
    utf8(field, inner(object, UTF8_STRING, field)?)
}

fn url(reader: &mut TlvReader<'_>, tag: Tag, field: Field) -> Result<Option<String>, Error> {
    let object = optional(reader, tag, field)?;
    object
        .map(|object| {
            let bytes = inner(object, PRINTABLE_STRING, field)?;
            ascii(field, bytes, |byte| matches!(byte, 0x20..=0x7E))
        })
        .transpose()
}

fn terms(reader: &mut TlvReader<'_>, oid: Oid) -> Result<TermsOfUsage, Error> {
    let field = Field::TermsOfUsage;
    let object = next(reader, TERMS_OF_USAGE, field)?;
    match oid {
        ID_PLAIN_FORMAT => {
            let text = utf8(field, inner(object, UTF8_STRING, field)?)?;
            Ok(TermsOfUsage::Plain(text))
        }
        ID_HTML_FORMAT => {
            let text = ascii(field, inner(object, IA5_STRING, field)?, u8::is_ascii)?;
            Ok(TermsOfUsage::Html(text))
        }
        ID_PDF_FORMAT => {
            let bytes = inner(object, OCTET_STRING, field)?;
            Ok(TermsOfUsage::Pdf(bytes.to_vec()))
        }
        _ => Err(Error::malformed(
            Field::DescriptionType,
            "neither plain text, HTML nor PDF",
        )),
    }
}

fn hashes(reader: &mut TlvReader<'_>) -> Result<Vec<ExtensionHash>, Error> {
    let field = Field::CommCertificates;
    let Some(object) = optional(reader, COMM_CERTIFICATES, field)? else {
        return Ok(Vec::new());
    };
    let mut outer = object.children();
    let mut set = next(&mut outer, SET, field)?.children();
    finish(outer, field)?;
    let mut hashes = Vec::new();
    while !set.is_empty() {
        if hashes.len() == CertificateDescription::MAX_COMM_CERTIFICATES {
            return Err(Error::TooLong {
                field,
                limit: CertificateDescription::MAX_COMM_CERTIFICATES,
            });
        }
        let hash = next(&mut set, OCTET_STRING, field)?;
        hashes.push(ExtensionHash::new(field, hash.value)?);
    }
    if hashes.is_empty() {
        return Err(Error::malformed(field, "there is no hash"));
    }
    Ok(hashes)
}
