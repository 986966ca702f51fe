//! `neweid agency show`: what a file says, in words.

use crate::agency::{self, object};
use crate::arguments::agency::AgencyShow;
use crate::document::Outcome;
use crate::document::agency::{AgencyPapers, SignatureState};
use crate::exit::Exit;
use crate::failure::Failure;

pub(super) fn run(arguments: &AgencyShow) -> Result<(Outcome, Exit), Failure> {
    let mut objects = Vec::new();
    for path in &arguments.files {
        objects.extend(agency::objects(path, &object::contents(path)?)?);
    }
    let mut signatures = objects.iter().map(|object| object.signature);
    let exit = match signatures.any(|state| state == SignatureState::Failed) {
        true => Exit::NotVerified,
        false => Exit::Success,
    };
    let written = Vec::new();
    Ok((
        Outcome::AgencyPapers(AgencyPapers { written, objects }),
        exit,
    ))
}
