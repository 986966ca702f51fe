//! Tests of an agency's own software for what goes wrong at a counter: cards that are pulled out too early,
//! and readers that cannot do everything. No reader is needed, and every run is the same.
//!
//! `cargo run -p host-lib --example ci_with_faults`; docs/faults.md has all the faults there are.

use applet_sim::Tear;
use host_lib::transport::faults::{Fault, Faulty, Script};
use host_lib::{AccessCode, Card, CardTransport, Error, ErrorCode, Groups, Pin, Verifier};
use issuer::specimen::{self, IssuedSpecimen, SpecimenTrust};

/// The agency's own code: reads the public zone and verifies it.
fn read(reader: &mut dyn CardTransport, can: &str, trust: &SpecimenTrust) -> Result<String, Error> {
    let verifier =
        Verifier::new(&trust.anchors, trust.time).revocation_lists(&trust.revocation_lists);
    let mut card = Card::open(reader)?;
    let mut session = card.pace(AccessCode::can(can)?)?;
    let read = session.read(Groups::public())?;
    let identity = read.verify(&verifier).accept()?;
    Ok(identity.name().map(ToString::to_string).unwrap_or_default())
}

/// The agency's own code: the holder changes PIN1.
fn change_pin(
    reader: &mut dyn CardTransport,
    [old, new]: [&str; 2],
    trust: &SpecimenTrust,
) -> Result<(), Error> {
    let verifier =
        Verifier::new(&trust.anchors, trust.time).revocation_lists(&trust.revocation_lists);
    let mut card = Card::open(reader)?;
    let mut session = card.pace(Pin::parse(old)?)?;
    session.prove_chip(&verifier)?.change_pin(&Pin::parse(new)?)
}

/// The card is pulled out in the middle of reading. The software says so, and reads it when it is put back.
fn a_card_that_is_pulled_out_is_read_when_it_is_back() -> Result<(), Box<dyn std::error::Error>> {
    let IssuedSpecimen { card, codes, trust, .. } = specimen::valid();
    let mut reader = Faulty::new(card, &"at 12 remove-after".parse()?)?;

    let pulled = read(&mut reader, codes.can(), &trust);
    assert_eq!(pulled.unwrap_err().code(), ErrorCode::CardRemoved);

    reader.reset()?; // It is put back.
    assert_eq!(read(&mut reader, codes.can(), &trust)?, "王小明");
    Ok(())
}

/// The card loses its power at any moment of a PIN change, in the middle of a write. PIN1 is then the old
/// one or the new one, and no try is lost.
fn a_card_torn_at_a_pin_change_loses_no_try() -> Result<(), Box<dyn std::error::Error>> {
    let pins = ["135790", "975310"];
    for operation in 1.. {
        let IssuedSpecimen { mut card, trust, .. } = specimen::valid();
        let script = Script::new().tear_at(operation, Tear::After(3));
        card.device_mut().follow(&script)?;

        let torn = match change_pin(&mut card, pins, &trust) {
            Ok(()) => break, // Nothing was left to tear.
            Err(error) => error,
        };
        assert_eq!(torn.code(), ErrorCode::CardRemoved);

        card.reset()?; // It is put back.
        let works = pins.map(|pin| {
            let mut card = Card::open(&mut card).expect("a card that opens");
            card.pace(Pin::parse(pin).expect("six digits")).is_ok()
        });
        assert!(works[0] || works[1], "operation {operation}");
    }
    Ok(())
}

/// A reader without extended length takes longer, and reads the same.
fn a_reader_without_extended_length_reads_the_same() -> Result<(), Box<dyn std::error::Error>> {
    let IssuedSpecimen { card, codes, trust, .. } = specimen::valid();
    let script = Script::new().without_extended_length();
    let mut reader = Faulty::new(card, &script)?;
    assert_eq!(read(&mut reader, codes.can(), &trust)?, "王小明");
    Ok(())
}

/// Somebody on the way answers in the card's name. The software accepts nothing of it.
fn a_forged_success_is_not_accepted() -> Result<(), Box<dyn std::error::Error>> {
    let IssuedSpecimen { card, codes, trust, .. } = specimen::valid();
    let success = iso7816::StatusWord::OK;
    let script = Script::new().from(12, Fault::Unprotected(success));
    let mut reader = Faulty::new(card, &script)?;
    let forged = read(&mut reader, codes.can(), &trust);
    assert_eq!(forged.unwrap_err().code(), ErrorCode::ChannelPlain);
    Ok(())
}
