//! `neweid agency request`: an agency's new key, and what it sends to the ministry.

use std::path::{Path, PathBuf};

use cvc::{
    CertificateDescription, CertificateHolderReference, CertificateRequest, CvCertificate,
    Extension, Extensions, PublicKey, RequestBody, SignatureAlgorithm, SigningKey, TermsOfUsage,
};
use issuer::{expose_signing_key_pem, signing_key_from_pem};
use secure_channel::{Curve, EcPrivateKey, Hash};
use zeroize::Zeroizing;

use super::{read_description, written};
use crate::agency::object::{self, CvObject};
use crate::agency::{self, DESCRIPTION, KEY, REQUEST};
use crate::arguments::agency::AgencyRequest;
use crate::commands::issue::system_randomness;
use crate::document::Outcome;
use crate::exit::Exit;
use crate::failure::{AgencyFault, Failure};
use crate::files::{self, Existing};

pub(super) fn run(arguments: &AgencyRequest) -> Result<(Outcome, Exit), Failure> {
    match &arguments.present {
        Some(present) => renewal(arguments, present),
        None => first(arguments),
    }
}

/// What an agency writes.
struct Papers {
    folder: PathBuf,
    holder: CertificateHolderReference,
    key: SigningKey,
    request: Vec<u8>,
    description: Option<CertificateDescription>,
}

fn first(arguments: &AgencyRequest) -> Result<(Outcome, Exit), Failure> {
    let mnemonic = arguments.mnemonic.as_deref().unwrap_or_default();
    let holder = named(mnemonic, arguments.sequence.unwrap_or(1))?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut description = CertificateDescription::new(
        arguments.issuer_name.as_deref().unwrap_or("內政部"),
        &text(&arguments.agency_name),
        TermsOfUsage::Plain(text(&arguments.purpose)),
    );
    description.subject_url = arguments.agency_url.clone();
    // What a terminal could not show to a holder is refused here already.
    CertificateDescription::parse(&description.to_bytes()).map_err(|error| usage(&error))?;
    let extension = description.extension(Hash::Sha256);
    let extension = extension.map_err(|error| usage(&error))?;
    let (key, request) = request(holder, Some(extension))?;
    Papers {
        folder: arguments.folder.clone().unwrap_or_default(),
        holder,
        key,
        request: request.to_bytes(),
        description: Some(description),
    }
    .write()
}

fn renewal(arguments: &AgencyRequest, path: &Path) -> Result<(Outcome, Exit), Failure> {
    let present = present_certificate(path)?;
    let beside = agency::folder_of(path);
    let present_key = present_key(&agency::file(beside, present.holder(), KEY), &present)?;
    let name = present.holder();
    let next = name
        .sequence_number()
        .parse::<u32>()
        .map_err(|_| other(path))?
        + 1;
    let holder = named(&name.mnemonic(), next)?;
    let extensions = &present.body().extensions;
    let description = match extensions.get(&cvc::oid::ID_DESCRIPTION) {
        Some(_) => {
            let path = agency::file(beside, name, DESCRIPTION);
            let description = read_description(&path)?;
            if !description.is_that_of(extensions, Hash::Sha256) {
                return Err(AgencyFault::Description { path }.into());
            }
            Some(description)
        }
        None => None,
    };
    let extension = extensions.get(&cvc::oid::ID_DESCRIPTION).cloned();
    let (key, request) = request(holder, extension)?;
    let request = request
        .authenticated(name, &present_key, &mut system_randomness())
        .map_err(internal)?;
    Papers {
        folder: arguments
            .folder
            .clone()
            .unwrap_or_else(|| beside.to_owned()),
        holder,
        key,
        request: request.to_bytes(),
        description,
    }
    .write()
}

impl Papers {
    /// The key first: without it the request is worth nothing.
    fn write(&self) -> Result<(Outcome, Exit), Failure> {
        let path = |ending| agency::file(&self.folder, self.holder, ending);
        let (key, request, description) = (path(KEY), path(REQUEST), path(DESCRIPTION));
        for path in [&key, &request, &description] {
            files::must_be_free(path, Existing::Keep)?;
        }
        files::make_folder_if_named(&self.folder)?;
        let pem = expose_signing_key_pem(&self.key).map_err(Failure::Issuing)?;
        files::write(&key, pem.as_bytes(), Existing::Keep)?;
        files::write_public(&request, &self.request)?;
        let mut objects = agency::objects(&request, &self.request)?;
        let mut paths = vec![key.as_path(), request.as_path()];
        if let Some(contents) = self
            .description
            .as_ref()
            .map(CertificateDescription::to_bytes)
        {
            files::write_public(&description, &contents)?;
            objects.extend(agency::objects(&description, &contents)?);
            paths.push(&description);
        }
        Ok(written(&paths, objects))
    }
}

fn request(
    holder: CertificateHolderReference,
    extension: Option<Extension>,
) -> Result<(SigningKey, CertificateRequest), Failure> {
    let mut rng = system_randomness();
    let key = EcPrivateKey::generate(Curve::P256, &mut rng);
    let key = key.map_err(|error| Failure::Issuing(error.into()))?;
    let key = SigningKey::new(SignatureAlgorithm::EcdsaSha256, key).map_err(internal)?;
    let body = RequestBody {
        authority: None,
        public_key: PublicKey::explicit(key.verifying_key()),
        holder,
        extensions: Extensions::new(extension).map_err(internal)?,
    };
    let request = body.signed(&key, &mut rng).map_err(internal)?;
    Ok((key, request))
}

/// The name of a mnemonic's n-th key.
fn named(mnemonic: &str, number: u32) -> Result<CertificateHolderReference, Failure> {
    let known = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if mnemonic.is_empty() || mnemonic.len() > 9 || !mnemonic.bytes().all(known) {
        return Err(Failure::Usage {
            zh: format!("--name「{mnemonic}」不正確：須為一至九個 A 至 Z 或 0 至 9"),
            en: format!("--name {mnemonic:?}: up to nine of A to Z and 0 to 9 are needed"),
        });
    }
    let name = format!("TW{mnemonic}{number:05}").parse();
    name.map_err(|error: cvc::Error| usage(&error))
}

fn present_certificate(path: &Path) -> Result<CvCertificate, Failure> {
    match object::read_one(path)? {
        CvObject::Certificate(certificate) => Ok(certificate),
        _ => Err(other(path)),
    }
}

/// The private key of the present certificate.
fn present_key(path: &Path, present: &CvCertificate) -> Result<SigningKey, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
    let key = signing_key_from_pem(&Zeroizing::new(text));
    let key = key
        .ok()
        .filter(|key| present.body().public_key == PublicKey::inheriting(key.verifying_key()));
    key.ok_or_else(|| AgencyFault::Key { path: path.into() }.into())
}

fn other(path: &Path) -> Failure {
    AgencyFault::OtherFile { path: path.into() }.into()
}

fn usage(error: &cvc::Error) -> Failure {
    Failure::Usage {
        zh: format!("申請的內容不正確：{error}"),
        en: format!("what is asked for is not well-formed: {error}"),
    }
}

fn internal(error: cvc::Error) -> Failure {
    Failure::Issuing(error.into())
}
