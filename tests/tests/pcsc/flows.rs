//! The flows that run over any carrier, through pcscd.

use libtest_mimic::Trial;
use neweid_tests::cards::{TestCard, trust};
use neweid_tests::flows::table::{FLOWS, Flow};
use transport::pcsc::{PcscOptions, Protocol};
use transport::{CardTransport, Interface};

use crate::slot::Slot;
use crate::trial;

/// How the card is reached.
#[derive(Debug, Clone, Copy)]
struct Way {
    name: &'static str,
    interface: Interface,
    protocol: Protocol,
    short: bool,
}

const WAYS: [Way; 3] = [
    Way {
        name: "contactless",
        interface: Interface::Contactless,
        protocol: Protocol::T1,
        short: false,
    },
    Way {
        name: "contact_t_0",
        interface: Interface::Contact,
        protocol: Protocol::T0,
        short: false,
    },
    Way {
        name: "contact_t_1_short",
        interface: Interface::Contact,
        protocol: Protocol::T1,
        short: true,
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    FLOWS
        .iter()
        .flat_map(|flow| {
            WAYS.iter().map(move |way| {
                let name = format!("flows::{}::{}", way.name, flow.name);
                trial(name, || run(flow, *way))
            })
        })
        .collect()
}

fn run(flow: &Flow, way: Way) {
    let subject = TestCard::with_lines(flow.lines);
    let inserted = Slot::FIRST.insert_image(subject.image(), way.interface);
    let mut options = PcscOptions::new().protocol(way.protocol);
    if way.short {
        options = options.short_apdus();
    }
    let mut card = Slot::FIRST.open(options);
    assert_eq!(card.protocol(), way.protocol);
    let capabilities = card.capabilities();
    assert_eq!(capabilities.interface, way.interface);
    let is_long = way.protocol == Protocol::T1 && !way.short;
    assert_eq!(capabilities.extended_length, is_long);
    (flow.run)(&mut card, &subject, trust());
    drop(card);
    drop(inserted);
}
