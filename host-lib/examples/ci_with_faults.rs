//! Tests of an agency's own software for what goes wrong at a counter: cards that are pulled out too early, and readers that
//! cannot do everything. No reader is needed, and every run is the same run.
//!
//! `cargo run -p host-lib --example ci_with_faults`; docs/faults.md has every fault there is.

use host_lib::faults::{Faulty, Script, Tear};
use host_lib::{AccessCode, Card, CardTransport, Error, ErrorCode, Groups, Pin, Verifier};
use issuer::specimen::{self, IssuedSpecimen, SpecimenTrust};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The agency's own code: reads the public zone and gives the name, verified.
fn name(reader: &mut dyn CardTransport, can: &str, trust: &SpecimenTrust) -> Result<String, Error> {
    let mut card = Card::open(reader)?;
    let mut session = card.pace(AccessCode::can(can)?)?;
    let read = session.read(Groups::public())?;
    let identity = read.verify(&verifier(trust)).accept()?;
    Ok(identity.name().map(ToString::to_string).unwrap_or_default())
}

/// The agency's own code: the holder changes PIN1.
fn change_pin(
    reader: &mut dyn CardTransport,
    [old, new]: [&str; 2],
    trust: &SpecimenTrust,
) -> Result<(), Error> {
    let mut card = Card::open(reader)?;
    let mut session = card.pace(Pin::parse(old)?)?;
    let mut proven = session.prove_chip(&verifier(trust))?;
    proven.change_pin(&Pin::parse(new)?)
}

fn verifier(trust: &SpecimenTrust) -> Verifier<'_> {
    Verifier::new(&trust.anchors, trust.time).revocation_lists(&trust.revocation_lists)
}

/// A card that is pulled out while it is read is named, and is read when it is put back.
fn pulled_out_while_it_is_read() -> Outcome {
    let IssuedSpecimen {
        card, codes, trust, ..
    } = specimen::valid();
    let script = "at 12 remove-after".parse()?;
    let mut reader = Faulty::new(card, &script)?;

    let pulled_out = name(&mut reader, codes.can(), &trust);
    assert!(pulled_out.is_err_and(|error| error.code() == ErrorCode::CardRemoved));

    reader.reset()?; // It is put back.
    assert_eq!(name(&mut reader, codes.can(), &trust)?, "王小明");
    Ok(())
}

/// A card that loses its power while PIN1 is changed, in the middle of any write. PIN1 is then the old one or the new one, and
/// has all its tries as soon as it was entered.
fn torn_while_pin1_is_changed() -> Outcome {
    let pins = ["135790", "975310"];
    for operation in 1.. {
        let IssuedSpecimen {
            mut card, trust, ..
        } = specimen::valid();
        let script = Script::new().tear_at(operation, Tear::After(3));
        card.device_mut().follow(&script)?;

        match change_pin(&mut card, pins, &trust) {
            Ok(()) => {
                println!(
                    "PIN1 change torn at each of {} storage operations",
                    operation - 1
                );
                assert!(operation > 4, "trying PIN1 and changing it are writes");
                break;
            }
            Err(error) => assert_eq!(error.code(), ErrorCode::CardRemoved),
        }

        card.reset()?; // It is put back.
        let mut card = Card::open(card)?;
        let tries = card.pin_status()?.tries_left().unwrap_or(3);
        assert!(tries >= 2, "no try is lost but the one that was being made");
        let [old, new] = [Pin::parse(pins[0])?, Pin::parse(pins[1])?];
        assert!(card.pace(old).is_ok() || card.pace(new).is_ok());
        assert_eq!(
            card.pin_status()?.tries_left(),
            None,
            "all of them are left"
        );
    }
    Ok(())
}

/// A reader without extended length reads the same.
fn read_without_extended_length() -> Outcome {
    let IssuedSpecimen {
        card, codes, trust, ..
    } = specimen::valid();
    let mut reader = Faulty::new(card, &Script::new().without_extended_length())?;
    assert_eq!(name(&mut reader, codes.can(), &trust)?, "王小明");
    Ok(())
}

fn main() -> Outcome {
    pulled_out_while_it_is_read()?;
    torn_while_pin1_is_changed()?;
    read_without_extended_length()
}

#[test]
fn faults_lose_nothing() {
    main().unwrap();
}
