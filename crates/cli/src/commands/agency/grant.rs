//! `neweid agency grant`: a request becomes a certificate with the rights that the ministry decides.

use std::path::Path;

use cvc::{AuthenticatedRequest, Extension, Right};
use issuer::operator_log::Action;
use issuer::{Sectors, Validity};
use secure_channel::restricted_identification::SectorPublicKey;

use super::{Application, description, renew};
use crate::agency::object::{self, CvObject};
use crate::agency::{self, Office};
use crate::arguments::agency::AgencyGrant;
use crate::commands::issue::system_randomness;
use crate::document::Outcome;
use crate::exit::Exit;
use crate::failure::{AgencyFault, Failure};
use crate::register;

pub(super) fn run(arguments: &AgencyGrant) -> Result<(Outcome, Exit), Failure> {
    let (path, delivery) = (&arguments.request, &arguments.delivery);
    let mut office = Office::open(&arguments.ministry)?;
    let request = match object::read_one(path)? {
        CvObject::Request(request) => request,
        // Signed by the present key, but for other rights: decided anew, and then the outer signature must hold too.
        CvObject::Renewal(renewal) => {
            renew::check_signer(&office, path, &renewal)?;
            AuthenticatedRequest::request(&renewal).clone()
        }
        _ => return Err(AgencyFault::OtherFile { path: path.clone() }.into()),
    };
    let application = Application::new(path, request, delivery)?;
    application.check_name(&office)?;
    let asked = &application.request.body().extensions;
    let extension: Option<Extension> = description(asked, path, delivery)?;
    let mut grant = arguments.rights.grant();
    grant.extensions.extend(extension);
    let sector = match grant.rights.contains(&Right::RestrictedIdentification) {
        true => Some(sector(&arguments.ministry.folder, &application)?),
        false => None,
    };
    if let Some(key) = &sector {
        let extension = Sectors::extension(key).map_err(agency::refused)?;
        grant.extensions.push(extension);
    }
    let today = office.today;
    let certificate = office.pki.terminal(
        &arguments.dv,
        &application.mnemonic(),
        &grant,
        &application.key,
        arguments
            .ministry
            .validity(today, Validity::TERMINAL_DAYS)?,
        &mut system_randomness(),
    );
    let certificate = certificate.map_err(agency::refused)?;
    let delivered = application.deliver(&mut office, &certificate, Action::Grant)?;
    match sector {
        Some(sector) => application.with_sector(delivered, &sector),
        None => Ok(delivered),
    }
}

/// The sector in which the agency's pseudonyms live: one for all terminals of its mnemonic. Its list of revoked pseudonyms is
/// published at once, so that nobody asks for a pseudonym without one.
fn sector(folder: &Path, application: &Application) -> Result<SectorPublicKey, Failure> {
    let rng = &mut system_randomness();
    let sectors = register::sectors(folder, rng)?;
    let sector = sectors.enter(&application.mnemonic(), rng);
    let sector = sector.map_err(register::refused)?;
    let list = register::lost_cards(folder, &register::keys(folder)?, rng)?;
    register::publish_sectors(folder, &list, rng)?;
    Ok(sector)
}
