//! `neweid update`: a household office replaces groups on a card in use (免換證), all or nothing.

use host_lib::{CardUpdate, Consent, Group, Groups, Identity, Permission};
use issuer::operator_log::Action;
use issuer::{CardNumber, Issuer, LostCardError, Profile};

use crate::Manner;
use crate::agency::visit::Visitor;
use crate::arguments::asking::Update;
use crate::commands::ask::terminal_codes;
use crate::commands::issue::system_randomness;
use crate::document::Outcome;
use crate::document::asking::Updated;
use crate::exit::Exit;
use crate::failure::{CardFault, Failure, UpdateFault};
use crate::register::{self, Operator};
use crate::session::{self, Opener};
use crate::trust::Grounds;
use crate::walk::{Plan, Stopwatch, Walk};

pub(crate) fn run(arguments: &Update, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let groups = Plan::groups(&arguments.groups)?;
    if let Some(fixed) = groups.iter().find(|group| !group.is_updatable()) {
        return Err(UpdateFault::NeverChanges(fixed).into());
    }
    let path = &arguments.profile;
    let profile = Profile::from_file(path);
    let profile = profile.map_err(|error| Failure::issuing(Some(path), error))?;
    let grounds = Grounds::read(&arguments.trust)?;
    let pki = register::keys(&arguments.folder)?;
    let rng = &mut system_randomness();
    let mut visitor = Visitor::open(&arguments.terminal.path)?;
    let consent = consent(&visitor, groups, arguments.terminal.with_can)?;

    let mut codes = terminal_codes(&arguments.terminal, manner);
    session::ask_ahead(
        &arguments.card,
        &[Opener::of_agency(&consent).code()],
        &mut codes,
    )?;
    let (mut card, place) = arguments.card.open(manner)?;
    let watch = Stopwatch::start(&codes);
    let session = session::as_terminal(&mut card, &mut codes, consent)?;
    let mut session = session.authenticate(&mut visitor.key)?;
    let read = session.read(Group::Dg11)?;
    let holder = read.verify(&grounds.verifier()).accept()?;
    let number = card_number(&holder, &profile, arguments)?;
    let present = grounds.authenticate(read.security_object())?;
    let list: Vec<Group> = groups.iter().collect();
    let update = Issuer::new(&pki).update(&profile, &number, &list, &present, rng);
    let update = update.map_err(refused)?;
    // What this office would refuse afterwards it does not write.
    grounds.authenticate(update.sod())?;
    let contents = update
        .groups()
        .map(|(group, contents)| (group, contents.to_vec()));
    let contents = CardUpdate::new(contents, update.sod().to_vec());

    let verifier = grounds.verifier();
    let mut proven = session.prove_chip(&verifier)?;
    let mut operator = Operator::open(&arguments.folder, rng)?;
    let begun = operator.begin(Action::Update, &operator.reference(&number), rng)?;
    proven.update(&contents)?;
    operator.done(begun, rng)?;

    let mut walk = Walk::default();
    walk.read_for_agency(&mut session, &grounds)?;
    drop(session);
    walk.traffic = watch.traffic(&card, &codes);
    let exit = walk.exit();
    let updated = Updated {
        updated: list.iter().map(|group| group.number()).collect(),
        reading: walk.into_reading(place, None),
    };
    Ok((Outcome::Updated(updated), exit))
}

/// To replace these groups, to read DG11, which says whose card it is, and to read back what may be read of the rest.
fn consent(visitor: &Visitor, groups: Groups, with_can: bool) -> Result<Consent, Failure> {
    let readable = groups.iter().map(Permission::Read);
    let readable = readable.filter(|permission| visitor.certificates.allows(*permission));
    let needed = groups.iter().map(Permission::Update);
    let needed = needed.chain([Permission::Read(Group::Dg11)]);
    let request = visitor.request_exactly(needed.chain(readable), with_can)?;
    Ok(request.agree_to_everything())
}

/// The number of a card that was issued here, to the person of the profile.
fn card_number(
    holder: &Identity,
    profile: &Profile,
    arguments: &Update,
) -> Result<CardNumber, Failure> {
    if holder.national_id() != Some(&profile.holder().national_id) {
        return Err(UpdateFault::AnotherPerson.into());
    }
    let number = holder.document_number();
    let number = number.and_then(|number| CardNumber::parse(number.as_str()));
    let register = register::cards(&arguments.folder);
    let number = number.filter(|number| register.knows(number));
    number.ok_or_else(|| CardFault::Refused(LostCardError::UnknownCard).into())
}

fn refused(error: issuer::Error) -> Failure {
    match error {
        issuer::Error::NeverChanges(group) => UpdateFault::NeverChanges(group).into(),
        issuer::Error::NotOnTheCard(group) => UpdateFault::NotOnTheCard(group).into(),
        error => Failure::issuing(None, error),
    }
}
