//! A test of an agency's own software in ten lines: a simulated card with one thing wrong, no reader.
//!
//! `cargo run -p host-lib --example ci_in_ten_lines`

use host_lib::{AccessCode, Card, Groups, Verifier};

fn main() -> Result<(), host_lib::Error> {
    let overdue = issuer::specimen::overdue();
    let trust = overdue.trust;
    let mut card = Card::open(overdue.card)?;
    let mut session = card.pace(AccessCode::can(overdue.codes.can())?)?;
    let read = session.read(Groups::public())?;
    let verifier =
        Verifier::new(&trust.anchors, trust.time).revocation_lists(&trust.revocation_lists);
    let refused = read.verify(&verifier).accept();
    assert!(refused.is_err_and(|error| error.code().as_str() == "E-DOCUMENT-OVERDUE"));
    Ok(())
}

#[test]
fn the_overdue_card_is_refused() {
    main().unwrap();
}
