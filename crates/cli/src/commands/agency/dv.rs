//! `neweid agency dv`: document verifiers, and their next keys.

use issuer::operator_log::Action;
use issuer::{DocumentVerifierKind, Validity};

use super::written;
use crate::agency::{self, Office};
use crate::arguments::agency::AgencyDv;
use crate::commands::issue::system_randomness;
use crate::document::Outcome;
use crate::exit::Exit;
use crate::failure::Failure;

pub(super) fn run(arguments: &AgencyDv) -> Result<(Outcome, Exit), Failure> {
    let mut office = Office::open(&arguments.ministry)?;
    let (today, rng) = (office.today, &mut system_randomness());
    let made = if arguments.renew {
        office
            .pki
            .renew_document_verifier(&arguments.name, today, rng)
    } else {
        let validity = arguments
            .ministry
            .validity(today, Validity::DOCUMENT_VERIFIER_DAYS)?;
        let kind = DocumentVerifierKind::OfficialDomestic;
        let grant = arguments.rights.grant();
        office
            .pki
            .document_verifier(&arguments.name, kind, &grant, validity, rng)
    };
    let holder = made.map_err(agency::refused)?;
    let begun = office
        .operator
        .begin(Action::DocumentVerifier, &holder.to_string(), rng)?;
    office.save()?;
    office.operator.done(begun, rng)?;
    let path = agency::file(&office.folder, holder, agency::CERTIFICATE);
    let dv = office.pki.find_document_verifier(&arguments.name);
    let dv = dv.map_err(agency::refused)?.certificate().to_bytes();
    Ok(written(&[&path], agency::objects(&path, &dv)?))
}
