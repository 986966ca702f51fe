//! Readers that carry short APDUs alone: those that say so, and one that finds out.

use applet_sim::{Chip, MemoryStore};
use iso7816::CommandApdu;
use neweid_tests::cards::{TestCard, environment, trust};
use neweid_tests::carriers::Between;
use neweid_tests::flows::table::FLOWS;
use neweid_tests::flows::walk::Walk;
use transport::{Capabilities, InProcess, Interface, TransportError};

/// Every flow works, and long files are read beyond the offsets that READ BINARY with even instruction
/// can name.
#[test]
fn every_flow_works_with_a_reader_of_short_apdus() {
    for flow in FLOWS {
        println!("{}", flow.name);
        let subject = TestCard::with_lines(flow.lines);
        let memory = subject.image().personalise(MemoryStore::default());
        let chip = Chip::open(memory.expect("a card"), environment(4)).expect("a chip");
        let short = Capabilities::short(Interface::Contact);
        let mut card = InProcess::with_capabilities(chip, short);
        (flow.run)(&mut card, &subject, trust());
    }
}

/// The first long APDU is one that nothing rests on; after it there is no other.
#[test]
fn a_reader_that_claims_more_than_it_can_is_found_out_before_anything_is_open() {
    let subject = TestCard::default_specimen();
    let mut card = subject.insert();
    for walk in Walk::ALL {
        let mut refused = 0;
        let mut reader = Between::new(&mut card, |number, command, card| {
            let apdu = CommandApdu::parse(command).expect("an APDU");
            if apdu.is_extended() {
                assert!(number < 5, "{walk:?}: a long APDU in exchange {number}");
                refused += 1;
                return Err(TransportError::CommandTooLong {
                    length: command.len(),
                    maximum: 261,
                });
            }
            card.transmit(command)
        });
        let report = walk.run(&mut reader, &subject.holder, trust());
        drop(reader);
        report.unwrap_or_else(|error| panic!("{walk:?}: {error}"));
        assert_eq!(refused, 1, "{walk:?}");
    }
}
