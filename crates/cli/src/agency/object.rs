//! What lies in a file: certificates one after the other, a request, a description.

use std::fs;
use std::path::Path;

use cvc::{
    AuthenticatedRequest, CertificateDescription, CertificateRequest, CvCertificate, Error,
    Extensions, Role, TerminalType, VerifyingKey,
};
use iso7816::tlv::{Tag, TlvReader};
use secure_channel::Hash;

use super::words;
use crate::document::agency::{Description, Kind, Object, SignatureState};
use crate::failure::{AgencyFault, Failure};

const CV_CERTIFICATE: Tag = Tag(0x7F21);
const AUTHENTICATION: Tag = Tag(0x67);
const SEQUENCE: Tag = Tag(0x30);

/// The longest file that is read, in bytes: a description, or more certificates than a chain ever has.
const LONGEST: u64 = CertificateDescription::MAX as u64;

/// One object of a file.
pub(crate) enum CvObject {
    Certificate(CvCertificate),
    Request(CertificateRequest),
    Renewal(AuthenticatedRequest),
    Description(CertificateDescription),
}

/// The contents of a file that is not longer than any of ours.
pub(crate) fn contents(path: &Path) -> Result<Vec<u8>, Failure> {
    let io = |error| Failure::file(path, error);
    if fs::metadata(path).map_err(io)?.len() > LONGEST {
        return Err(AgencyFault::OtherFile { path: path.into() }.into());
    }
    fs::read(path).map_err(io)
}

/// Every object of a file.
pub(crate) fn read_all(path: &Path, contents: &[u8]) -> Result<Vec<CvObject>, Failure> {
    let other = || Failure::from(AgencyFault::OtherFile { path: path.into() });
    let damaged = |error| {
        Failure::from(AgencyFault::Damaged {
            path: path.into(),
            error,
        })
    };
    let mut objects = Vec::new();
    for object in TlvReader::new(contents).strict() {
        let object = object.map_err(|_| other())?;
        objects.push(match object.tag {
            CV_CERTIFICATE => certificate_or_request(object.raw).map_err(damaged)?,
            AUTHENTICATION => {
                CvObject::Renewal(AuthenticatedRequest::parse(object.raw).map_err(damaged)?)
            }
            SEQUENCE => {
                CvObject::Description(CertificateDescription::parse(object.raw).map_err(damaged)?)
            }
            _ => return Err(other()),
        });
    }
    if objects.is_empty() {
        return Err(other());
    }
    Ok(objects)
}

/// The one object of a file.
pub(crate) fn read_one(path: &Path) -> Result<CvObject, Failure> {
    let mut objects = read_all(path, &contents(path)?)?;
    match (objects.pop(), objects.is_empty()) {
        (Some(object), true) => Ok(object),
        _ => Err(AgencyFault::OtherFile { path: path.into() }.into()),
    }
}

/// Both are a DO 7F21; a request has no dates and no rights.
fn certificate_or_request(object: &[u8]) -> Result<CvObject, Error> {
    match CvCertificate::parse(object) {
        Ok(certificate) => Ok(CvObject::Certificate(certificate)),
        Err(error) => match CertificateRequest::parse(object) {
            Ok(request) => Ok(CvObject::Request(request)),
            Err(_) => Err(error),
        },
    }
}

impl CvObject {
    /// The object in words.
    pub(crate) fn describe(&self, path: &Path) -> Object {
        let mut shown = Object::new(path, self.kind(), &fingerprint(&self.to_bytes()));
        match self {
            Self::Certificate(certificate) => describe_certificate(certificate, &mut shown),
            Self::Request(request) => describe_request(request, &mut shown),
            Self::Renewal(renewal) => {
                describe_request(renewal.request(), &mut shown);
                shown.signer = Some(renewal.signer().to_string());
            }
            Self::Description(description) => shown.description = Some(description.into()),
        }
        shown
    }

    const fn kind(&self) -> Kind {
        match self {
            Self::Certificate(_) => Kind::Certificate,
            Self::Request(_) => Kind::Request,
            Self::Renewal(_) => Kind::RenewalRequest,
            Self::Description(_) => Kind::Description,
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Certificate(certificate) => certificate.to_bytes(),
            Self::Request(request) => request.to_bytes(),
            Self::Renewal(renewal) => renewal.to_bytes(),
            Self::Description(description) => description.to_bytes(),
        }
    }
}

fn describe_certificate(certificate: &CvCertificate, shown: &mut Object) {
    let body = certificate.body();
    let role = certificate.role();
    shown.holder = Some(body.holder.to_string());
    shown.authority = Some(body.authority.to_string());
    if role == Role::Cvca && body.authority != body.holder {
        shown.kind = Kind::LinkCertificate;
    }
    shown.role = Some(words::role(role));
    shown.terminal_type = Some(words::terminal_type(body.chat.terminal_type()));
    let mut allows = words::allowances(&body.authorization());
    if role == Role::Terminal && body.chat.terminal_type() == TerminalType::AuthenticationTerminal {
        allows.insert(0, words::validity());
    }
    shown.allows = Some(allows);
    shown.valid_from = Some(body.effective.to_string());
    shown.valid_until = Some(body.expiration.to_string());
    shown.description_hash = description_hash(&body.extensions);
    // All other certificates are verified by a key that is not in them.
    if body.authority == body.holder {
        let own = body.public_key.verifying_key(None);
        shown.signature = of(own.and_then(|key| certificate.verify_signature(&key)));
    }
}

fn describe_request(request: &CertificateRequest, shown: &mut Object) {
    let body = request.body();
    shown.holder = Some(body.holder.to_string());
    shown.authority = body.authority.map(|authority| authority.to_string());
    shown.description_hash = description_hash(&body.extensions);
    shown.signature = of(request.verify().map(drop::<VerifyingKey>));
}

const fn of(verified: Result<(), Error>) -> SignatureState {
    match verified {
        Ok(()) => SignatureState::Passed,
        Err(_) => SignatureState::Failed,
    }
}

fn description_hash(extensions: &Extensions) -> Option<String> {
    extensions.description().map(|hash| hex(hash.as_bytes()))
}

/// SHA-256, in hexadecimal: what two people compare on the telephone.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    hex(&Hash::Sha256.digest(&[bytes]))
}

/// Bytes as fingerprints are written.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl From<&CertificateDescription> for Description {
    fn from(description: &CertificateDescription) -> Self {
        Self {
            issuer_name: description.issuer_name.clone(),
            issuer_url: description.issuer_url.clone(),
            agency_name: description.subject_name.clone(),
            agency_url: description.subject_url.clone(),
            purpose: match &description.terms_of_usage {
                cvc::TermsOfUsage::Plain(text) | cvc::TermsOfUsage::Html(text) => text.clone(),
                _ => String::new(),
            },
        }
    }
}
