//! `neweid agency`: keys, requests and certificates of agencies' terminals.

mod dv;
mod grant;
mod renew;
mod request;
mod show;

use std::path::{Path, PathBuf};

use cvc::{CertificateDescription, CvCertificate, Extension, Extensions, VerifyingKey};
use issuer::operator_log::Action;
use secure_channel::Hash;
use secure_channel::restricted_identification::SectorPublicKey;

use crate::agency::{self, Office, object};
use crate::arguments::agency::{AgencyAction, Delivery};
use crate::commands::issue::system_randomness;
use crate::document::Outcome;
use crate::document::agency::{AgencyPapers, Object};
use crate::exit::Exit;
use crate::failure::{AgencyFault, Failure};
use crate::files::{self, Existing};

impl AgencyAction {
    /// The name of the subcommand, as the JSON documents have it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Request(_) => "agency request",
            Self::Grant(_) => "agency grant",
            Self::Renew(_) => "agency renew",
            Self::Dv(_) => "agency dv",
            Self::Show(_) => "agency show",
        }
    }
}

pub(crate) fn run(action: &AgencyAction) -> Result<(Outcome, Exit), Failure> {
    match action {
        AgencyAction::Request(arguments) => request::run(arguments),
        AgencyAction::Grant(arguments) => grant::run(arguments),
        AgencyAction::Renew(arguments) => renew::run(arguments),
        AgencyAction::Dv(arguments) => dv::run(arguments),
        AgencyAction::Show(arguments) => show::run(arguments),
    }
}

/// The outcome of a subcommand that wrote these files.
fn written(paths: &[&Path], objects: Vec<Object>) -> (Outcome, Exit) {
    let written = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let papers = AgencyPapers { written, objects };
    (Outcome::AgencyPapers(papers), Exit::Success)
}

/// A request that was read and verified, with where its results go.
struct Application {
    request: cvc::CertificateRequest,
    key: VerifyingKey,
    folder: PathBuf,
}

impl Application {
    /// With its own signature verified.
    fn new(
        path: &Path,
        request: cvc::CertificateRequest,
        delivery: &Delivery,
    ) -> Result<Self, Failure> {
        let key = request.verify().map_err(|error| signature(path, error))?;
        let folder = delivery.folder.clone();
        Ok(Self {
            request,
            key,
            folder: folder.unwrap_or_else(|| agency::folder_of(path).to_owned()),
        })
    }

    fn mnemonic(&self) -> String {
        self.request.body().holder.mnemonic()
    }

    /// That the next certificate under its mnemonic will have the name that was asked for, and that there is room for it.
    fn check_name(&self, office: &Office) -> Result<(), Failure> {
        let asked = self.request.body().holder;
        let next = office.pki.next_name(&self.mnemonic());
        let next = next.map_err(agency::refused)?;
        if asked != next {
            return Err(AgencyFault::OtherName { asked, next }.into());
        }
        for path in self.results() {
            files::must_be_free(&path, Existing::Keep)?;
        }
        Ok(())
    }

    fn results(&self) -> [PathBuf; 2] {
        let holder = self.request.body().holder;
        [agency::CERTIFICATE, agency::CHAIN]
            .map(|ending| agency::file(&self.folder, holder, ending))
    }

    /// Keeps the new certificate, and hands it out with the chain that a terminal sends to the oldest cards; a newer card
    /// names a later trust-point, and the terminal leaves out the link certificates before it.
    fn deliver(
        &self,
        office: &mut Office,
        certificate: &CvCertificate,
        action: Action,
    ) -> Result<(Outcome, Exit), Failure> {
        let chain = office.pki.chain_from_old_cvca(certificate);
        let chain = chain.map_err(agency::refused)?;
        let chain: Vec<u8> = chain.iter().flat_map(CvCertificate::to_bytes).collect();
        let rng = &mut system_randomness();
        let object = certificate.holder().to_string();
        let begun = office.operator.begin(action, &object, rng)?;
        office.save()?;
        files::make_folder_if_named(&self.folder)?;
        let [own, all] = self.results();
        files::write_public(&own, &certificate.to_bytes())?;
        files::write_public(&all, &chain)?;
        office.operator.done(begun, rng)?;
        let objects = agency::objects(&own, &certificate.to_bytes())?;
        Ok(written(&[&own, &all], objects))
    }
}

impl Application {
    /// Hands out the sector's public key beside the certificate that has its hash.
    fn with_sector(
        &self,
        (mut outcome, exit): (Outcome, Exit),
        sector: &SectorPublicKey,
    ) -> Result<(Outcome, Exit), Failure> {
        let path = self.folder.join(format!("{}.sector", self.mnemonic()));
        files::replace(&path, &sector.to_data_object())?;
        if let Outcome::AgencyPapers(papers) = &mut outcome {
            papers.written.push(path.display().to_string());
        }
        Ok((outcome, exit))
    }
}

fn signature(path: &Path, error: cvc::Error) -> Failure {
    AgencyFault::Signature {
        path: path.to_owned(),
        error,
    }
    .into()
}

/// The description's extension, where there is one; then the description itself has to be at hand, because the ministry
/// signs for what it says.
fn description(
    extensions: &Extensions,
    request: &Path,
    delivery: &Delivery,
) -> Result<Option<Extension>, Failure> {
    if extensions.description().is_none() {
        return Ok(None);
    }
    let path = delivery.description.clone();
    let path = path.unwrap_or_else(|| request.with_extension("description"));
    let found = read_description(&path)?;
    if !found.is_that_of(extensions, Hash::Sha256) {
        return Err(AgencyFault::Description { path }.into());
    }
    Ok(extensions.get(&cvc::oid::ID_DESCRIPTION).cloned())
}

fn read_description(path: &Path) -> Result<CertificateDescription, Failure> {
    match object::read_one(path)? {
        object::CvObject::Description(description) => Ok(description),
        _ => Err(AgencyFault::OtherFile { path: path.into() }.into()),
    }
}
