//! An agency's counter: open the card with the access code, read the public zone, verify, show.
//!
//! `cargo run -p host-lib --example agency_counter` shows it with one simulated card of each kind: the
//! one that is in order, and those that must not be accepted. [`counter`] itself does not know what is
//! behind the transport: hand it a PC/SC reader and it is the real counter.

use host_lib::{
    AccessCode, Card, CardTransport, Error, Group, Groups, Identity, Lang, LostList, Verdict,
    Verifier,
};
use issuer::specimen::{self, IssuedSpecimen};

/// What the clerk does with one card. The access code comes from the card's front, typed or scanned.
fn counter(
    reader: &mut dyn CardTransport,
    access_code: &str,
    verifier: &Verifier<'_>,
) -> Result<Verdict<Identity>, Error> {
    let mut card = Card::open(reader)?;
    let mut session = card.pace(AccessCode::can(access_code)?)?;
    // Name, number, dates and address. Not the portrait: what is not needed is not read.
    let read = session.read(Groups::public().without(Group::Dg2))?;
    Ok(read.verify(verifier))
}

/// What the clerk sees.
fn show(verdict: Verdict<Identity>, lang: Lang) {
    for check in verdict.report().checks() {
        println!("    {}", check.describe(lang));
    }
    match verdict.accept() {
        Ok(identity) => {
            let text = |value: Option<&str>| value.unwrap_or("—").to_owned();
            println!(
                "  姓名      {}",
                text(identity.name().map(|name| name.as_str()))
            );
            println!(
                "  統一編號  {}",
                text(identity.national_id().map(|id| id.as_str()))
            );
            if let Some(birth) = identity.birth_date() {
                println!("  出生日期  {} ({birth})", birth.roc());
            }
            let address = identity.household_address();
            println!(
                "  戶籍地址  {}",
                text(address.map(|address| address.as_str()))
            );
            println!("  => accepted / 受理");
        }
        Err(error) => refuse(&error, lang),
    }
}

fn refuse(error: &Error, lang: Lang) {
    println!("  => {}: {}", error.code(), error.message(lang));
    println!("     {}", error.advice(lang));
}

type Make = fn() -> IssuedSpecimen;

fn main() -> Result<(), Error> {
    let cards: [(&str, Make); 7] = [
        ("in order", specimen::valid),
        ("overdue", specimen::overdue),
        ("signer revoked", specimen::revoked),
        ("signed by a stranger", specimen::wrong_signer),
        ("reported lost", specimen::lost),
        ("a copy in another chip", specimen::cloned),
        ("changed after signing", specimen::tampered),
    ];
    // An agency loads these from files that it gets out of band; nothing is fetched.
    let trust = specimen::trust();
    let lost = LostList::new(
        trust.lost_cards.clone(),
        &trust.lost_card_anchors,
        trust.time,
    )?;
    let verifier = Verifier::new(&trust.anchors, trust.time)
        .revocation_lists(&trust.revocation_lists)
        .lost_documents(&lost);
    for (what, specimen) in cards {
        let IssuedSpecimen {
            mut card, codes, ..
        } = specimen();
        println!("A card that is {what}:");
        match counter(&mut card, codes.can(), &verifier) {
            Ok(verdict) => show(verdict, Lang::ZhTw),
            Err(error) => refuse(&error, Lang::ZhTw),
        }
        println!();
    }
    Ok(())
}

#[test]
fn every_card_is_shown() {
    main().unwrap();
}
