//! A reader that carries short APDUs alone: every flow works with it, and long files are read beyond the
//! offsets that READ BINARY with even instruction can name.

use applet_sim::{Chip, MemoryStore};
use neweid_tests::cards::{TestCard, environment, trust};
use neweid_tests::flows::table::FLOWS;
use transport::{Capabilities, InProcess, Interface};

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
