//! `neweid agency renew`: the next certificate of a terminal that signed for it with its present key.

use std::path::Path;

use cvc::{AuthenticatedRequest, CvCertificate};
use issuer::operator_log::Action;
use issuer::{AgencyError, Grant, Validity};
use secure_channel::Curve;

use super::{Application, description, signature};
use crate::agency::object::{self, CvObject};
use crate::agency::{self, Office};
use crate::arguments::agency::AgencyRenew;
use crate::commands::issue::system_randomness;
use crate::document::Outcome;
use crate::exit::Exit;
use crate::failure::{AgencyFault, Failure};

pub(super) fn run(arguments: &AgencyRenew) -> Result<(Outcome, Exit), Failure> {
    let (path, delivery) = (&arguments.request, &arguments.delivery);
    let mut office = Office::open(&arguments.ministry)?;
    let renewal = match object::read_one(path)? {
        CvObject::Renewal(renewal) => renewal,
        CvObject::Request(_) => {
            return Err(AgencyFault::NotAuthenticated { path: path.clone() }.into());
        }
        _ => return Err(AgencyFault::OtherFile { path: path.clone() }.into()),
    };
    let present = check_signer(&office, path, &renewal)?;
    let application = Application::new(path, renewal.request().clone(), delivery)?;
    if application.mnemonic() != present.holder().mnemonic() {
        return Err(AgencyFault::NotAuthenticated { path: path.clone() }.into());
    }
    application.check_name(&office)?;
    // The same purpose: another one is decided anew.
    let asked = &application.request.body().extensions;
    description(asked, path, delivery)?;
    if asked.description() != present.body().extensions.description() {
        let path = path.clone();
        return Err(AgencyFault::Description { path }.into());
    }
    let grant = arguments.rights.over(Grant::of(&present));
    let validity = arguments
        .ministry
        .validity(office.today, Validity::TERMINAL_DAYS)?;
    let rng = &mut system_randomness();
    let certificate = office
        .pki
        .renew_narrowed(&present, &grant, &application.key, validity, rng);
    let certificate = certificate.map_err(agency::refused)?;
    application.deliver(&mut office, &certificate, Action::Renew)
}

/// The certificate of this PKI whose key signed the request, with the signature verified.
pub(super) fn check_signer(
    office: &Office,
    path: &Path,
    renewal: &AuthenticatedRequest,
) -> Result<CvCertificate, Failure> {
    let signer = renewal.signer();
    let present = office
        .pki
        .terminals()
        .find(|known| signer == known.holder());
    let Some(present) = present.cloned() else {
        let asked = renewal.request().body().holder;
        return Err(AgencyFault::Refused(AgencyError::NotIssuedHere(asked)).into());
    };
    let key = present.body().public_key.verifying_key(Some(Curve::P256));
    key.and_then(|key| renewal.verify(&key))
        .map_err(|error| signature(path, error))?;
    Ok(present)
}
