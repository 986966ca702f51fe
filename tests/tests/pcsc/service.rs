//! A service that ends in the middle, comes back, or comes back without the reader. These tests stop the
//! daemon, so they are the last.

use std::fs;
use std::io::Read;
use std::os::unix::net::UnixListener;
use std::thread;
use std::time::Duration;

use host_lib::{AccessCode, Card, ErrorCode, Group};
use libtest_mimic::Trial;
use neweid_tests::cards::{TestCard, trust};
use neweid_tests::flows::walk::Walk;
use transport::pcsc::{PcscCard, PcscOptions, PcscService};
use transport::{Cancel, CardTransport, Interface, TransportError};

use crate::daemon::{self, Readers};
use crate::slot::{NOTICE, Slot};
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        service:
        a_service_that_ends_in_mid_session_is_named_and_the_card_walks_again_after_its_restart,
        a_service_that_is_restarted_unnoticed_is_named_and_the_card_walks_again,
        a_reader_that_is_gone_after_a_restart_is_named,
        without_a_service_everything_says_so,
        a_service_that_starts_late_is_waited_for,
        a_connection_to_the_service_outlives_the_service,
        a_service_that_ends_over_a_question_is_gone_and_one_that_refuses_is_not,
    )
}

/// Opens a session, does something to the service, and reads on; the error of the reading, and the
/// transport.
fn interrupted(subject: &TestCard, interruption: impl FnOnce()) -> (ErrorCode, PcscCard) {
    let mut card = Card::open(Slot::FIRST.open(PcscOptions::new())).expect("a card");
    let can = AccessCode::can(&subject.holder.access_code()).expect("six digits");
    let mut session = card.pace(can).expect("a session");
    session.read(Group::Dg11).expect("a group");
    interruption();
    let error = session.read(Group::Dg12).expect_err("an interruption");
    drop(session);
    (error.code(), card.into_transport())
}

fn walks_again(card: &mut PcscCard, subject: &TestCard) {
    // The card itself reconnects to the driver on its own, with back-off.
    let seen = daemon::service().wait_for_card(
        |reader| reader.name == Slot::FIRST.reader(),
        NOTICE,
        &Cancel::new(),
    );
    seen.expect("the service").expect("the card is back");
    card.reset().expect("the card is back");
    Walk::Agency
        .run(card, &subject.holder, trust())
        .expect("the next walk");
}

fn a_service_that_ends_in_mid_session_is_named_and_the_card_walks_again_after_its_restart() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let (code, mut card) = interrupted(&subject, daemon::kill);
    assert_eq!(code, ErrorCode::ServiceUnavailable);
    assert_eq!(card.reset(), Err(TransportError::ServiceUnavailable));
    daemon::restart(Readers::Virtual);
    walks_again(&mut card, &subject);
    drop((card, inserted));
}

fn a_service_that_is_restarted_unnoticed_is_named_and_the_card_walks_again() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let (code, mut card) = interrupted(&subject, || daemon::restart(Readers::Virtual));
    assert_eq!(code, ErrorCode::ServiceUnavailable);
    walks_again(&mut card, &subject);
    drop((card, inserted));
}

fn a_reader_that_is_gone_after_a_restart_is_named() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let (code, mut card) = interrupted(&subject, || daemon::restart(Readers::None));
    assert_eq!(code, ErrorCode::ServiceUnavailable);
    assert_eq!(card.reset(), Err(TransportError::ReaderUnavailable));
    assert_eq!(
        PcscService::connect().expect("a service").readers(),
        Ok(vec![])
    );
    daemon::restart(Readers::Virtual);
    walks_again(&mut card, &subject);
    drop((card, inserted));
}

fn without_a_service_everything_says_so() {
    daemon::kill();
    let none = TransportError::ServiceUnavailable;
    assert_eq!(PcscService::connect().expect_err("no service"), none);
    let refused = PcscCard::open(&Slot::FIRST.reader(), PcscOptions::new());
    assert_eq!(refused.expect_err("no service"), none);
}

fn a_service_that_starts_late_is_waited_for() {
    let service = daemon::service();
    daemon::kill();
    let brief = Duration::from_millis(300);
    let refused = service.wait_for_card(|_| true, brief, &Cancel::new());
    assert_eq!(refused, Err(TransportError::ServiceUnavailable));
    let waiting =
        thread::spawn(move || service.wait_for_card(|_| true, 3 * NOTICE, &Cancel::new()));
    thread::sleep(brief);
    daemon::restart(Readers::Virtual);
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let found = waiting.join().expect("no panic");
    assert!(found.expect("the service").is_some());
    drop(inserted);
}

fn a_connection_to_the_service_outlives_the_service() {
    let service = daemon::service();
    Slot::FIRST.wait_until_empty(&service);
    // A service that is restarted counts from the beginning what its readers have seen.
    let seen = || {
        let readers = service.readers().expect("readers");
        let seen = readers
            .into_iter()
            .map(|reader| (reader.name, reader.presence));
        seen.collect::<Vec<_>>()
    };
    let before = seen();
    daemon::restart(Readers::Virtual);
    assert_eq!(seen(), before);
}

/// Where pcsclite looks for the service.
const SOCKET: &str = "/run/pcscd/pcscd.comm";

/// Bytes of the first question, which version the service speaks: a head of 8 and a body of 12, sent one after the other. One that is
/// cut off between the two has another error.
const QUESTION: usize = 20;

/// A service that cuts so many connections, each over a question that it has not read to its end, and is gone
/// before it cuts the last one.
fn cuts(connections: usize) -> thread::JoinHandle<()> {
    // What the daemon that was killed left behind.
    let _ = fs::remove_file(SOCKET);
    let listener = UnixListener::bind(SOCKET).expect("the socket of the service");
    thread::spawn(move || {
        let accept = || {
            let (mut client, _) = listener.accept().expect("a client");
            client
                .read_exact(&mut [0; QUESTION - 1])
                .expect("a question, but for its end");
            client
        };
        for _ in 1..connections {
            drop(accept());
        }
        let last = accept();
        drop(listener);
        drop(last);
    })
}

fn a_service_that_ends_over_a_question_is_gone_and_one_that_refuses_is_not() {
    daemon::kill();
    for (connections, expected) in [
        (1, TransportError::ServiceUnavailable),
        (2, TransportError::ServiceUnavailable),
        (3, TransportError::NotPermitted),
    ] {
        let service = cuts(connections);
        let error = PcscService::connect().expect_err("no service");
        assert_eq!(error, expected, "{connections} connections");
        service.join().expect("no panic");
        let service = cuts(connections);
        let error = PcscCard::open(&Slot::FIRST.reader(), PcscOptions::new());
        assert_eq!(error.expect_err("no service"), expected);
        service.join().expect("no panic");
    }
}
