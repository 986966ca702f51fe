//! Readers that come and go, cards that are pulled and exchanged.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use applet_sim::{CertRead, KeyKind};
use cryptoki_sys as ck;
use neweid_pkcs11::{Log, Module, Parameters, Place, Readers, Refusal};
use neweid_tests::cards::natural_person::{PIN2, card};

use transport::{Cancel, CardTransport, TransportError};

use crate::reading::{Desk, configuration, find, module, pin_flags, private_key};

#[test]
fn slots_are_the_readers_and_keep_their_numbers() {
    let desk = Arc::new(Desk::default());
    desk.put("b", None);
    let module = module(&desk);
    assert_eq!(module.slots(false), Ok(vec![0]));
    assert_eq!(module.slots(true), Ok(vec![]));
    assert_eq!(
        module.token_info(0).unwrap_err(),
        Refusal::TOKEN_NOT_PRESENT
    );
    assert_eq!(
        module.open_session(0, false),
        Err(Refusal::TOKEN_NOT_PRESENT)
    );
    assert_eq!(module.slot_info(7), Err(Refusal::SLOT_ID_INVALID));

    // A reader that comes first in the alphabet comes last here.
    desk.put("a", Some(&card(KeyKind::P256, CertRead::AfterPin2)));
    assert_eq!(module.slots(false), Ok(vec![0, 1]));
    assert_eq!(module.slots(true), Ok(vec![1]));
    assert_eq!(module.slot_info(1), Ok(("a".into(), true)));
    let serial = module.token_info(1).unwrap().serial_number;
    assert_eq!(serial.len(), 16);

    desk.put("b", Some(&card(KeyKind::Rsa2048, CertRead::AfterPin2)));
    assert_ne!(module.token_info(0).unwrap().serial_number, serial);
}

#[test]
fn what_comes_and_goes_is_told_once() {
    let desk = Arc::new(Desk::default());
    let specimen = card(KeyKind::P256, CertRead::AfterPin2);
    desk.put("one", Some(&specimen));
    let module = module(&desk);
    // What was there from the beginning is no event.
    assert_eq!(module.wait_for_slot_event(false), Err(Refusal::NO_EVENT));
    desk.put("one", None);
    assert_eq!(module.wait_for_slot_event(false), Ok(0));
    assert_eq!(module.wait_for_slot_event(false), Err(Refusal::NO_EVENT));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| module.wait_for_slot_event(true));
        std::thread::sleep(Duration::from_millis(50));
        assert!(!waiting.is_finished());
        desk.put("two", Some(&specimen));
        assert_eq!(waiting.join().unwrap(), Ok(1));
        // The end of the module ends the wait.
        let waiting = scope.spawn(|| module.wait_for_slot_event(true));
        std::thread::sleep(Duration::from_millis(50));
        module.stop();
        let ended = waiting.join().unwrap();
        assert_eq!(ended, Err(Refusal::CRYPTOKI_NOT_INITIALIZED));
    });
}

#[test]
fn a_card_that_is_exchanged_takes_sessions_and_login_along() {
    let desk = Arc::new(Desk::default());
    let specimen = card(KeyKind::P256, CertRead::AfterPin2);
    desk.put("reader", Some(&specimen));
    let module = module(&desk);
    for next in [None, Some(&specimen)] {
        desk.put("reader", Some(&specimen));
        let session = module.open_session(0, false).unwrap();
        module
            .login(session, ck::CKU_USER, PIN2.as_bytes())
            .unwrap();
        let key = private_key(&module, session, 0x82);
        let begin = || module.sign_init(session, ck::CKM_ECDSA_SHA256, Parameters::None, key);
        begin().unwrap();
        // Pulled in the middle, or pulled and put back between two looks.
        desk.put("reader", None);
        desk.put("reader", next);
        let gone = Err(Refusal::SESSION_HANDLE_INVALID);
        assert_eq!(module.sign(session, b"data", Some(64)).map(drop), gone);
        assert_eq!(module.session_info(session).map(drop), gone);
        assert_eq!(begin(), gone);
    }
    // Nobody is logged in to the card that is there now.
    let session = module.open_session(0, false).unwrap();
    assert_eq!(
        module.session_info(session).unwrap().1,
        ck::CKS_RO_PUBLIC_SESSION
    );
    let private = [(ck::CKA_CLASS, ck::CKO_PRIVATE_KEY.to_ne_bytes().to_vec())];
    assert_eq!(find(&module, session, &private), Ok(vec![]));
}

#[test]
fn the_card_is_let_go_between_two_uses_and_the_login_goes_on() {
    let desk = Arc::new(Desk::default());
    desk.put("reader", Some(&card(KeyKind::P256, CertRead::AfterPin2)));
    // Two applications with one card.
    let modules = [module(&desk), module(&desk)];
    let sessions = [0, 1].map(|at: usize| {
        let session = modules[at].open_session(0, false).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        session
    });
    for at in [0, 1] {
        let login = modules[at].login(sessions[at], ck::CKU_USER, PIN2.as_bytes());
        login.unwrap();
        std::thread::sleep(Duration::from_millis(300));
    }
    for _ in 0..2 {
        for at in [0, 1] {
            let (module, session) = (&modules[at], sessions[at]);
            let key = private_key(module, session, 0x82);
            module
                .sign_init(session, ck::CKM_ECDSA_SHA256, Parameters::None, key)
                .unwrap();
            assert!(module.sign(session, b"data", Some(64)).is_ok());
            std::thread::sleep(Duration::from_millis(300));
        }
    }
    // One changes PIN2: the other's login is over after one try, and no second is spent.
    let (module, session) = (&modules[0], sessions[0]);
    let writing = module.open_session(0, true).unwrap();
    module
        .set_pin(writing, PIN2.as_bytes(), b"123456789012")
        .unwrap();
    module.close_session(session).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let (module, session) = (&modules[1], sessions[1]);
    let key = private_key(module, session, 0x82);
    let over = Err(Refusal::USER_NOT_LOGGED_IN);
    // Three threads that ask at the same time, before any of them knows.
    std::thread::scope(|scope| {
        let threads = [(); 3].map(|()| {
            let session = module.open_session(0, false).unwrap();
            module
                .sign_init(session, ck::CKM_ECDSA_SHA256, Parameters::None, key)
                .unwrap();
            scope.spawn(move || module.sign(session, b"data", Some(64)).map(drop))
        });
        for thread in threads {
            assert_eq!(thread.join().unwrap(), over);
        }
    });
    let begin = || module.sign_init(session, ck::CKM_ECDSA_SHA256, Parameters::None, key);
    assert_eq!(begin(), over);
    let flags = module.token_info(0).unwrap().flags;
    assert_eq!(
        flags & ck::CKF_USER_PIN_COUNT_LOW,
        ck::CKF_USER_PIN_COUNT_LOW
    );
    assert_eq!(flags & ck::CKF_USER_PIN_FINAL_TRY, 0);
}

/// Readers whose cards are opened when the test says so.
struct Gated {
    desk: Arc<Desk>,
    open: Mutex<bool>,
    opened: Condvar,
}

impl Readers for Gated {
    fn look(&self) -> Result<Vec<Place>, TransportError> {
        self.desk.look()
    }

    fn wait(&self, known: &[Place], cancel: &Cancel) -> Result<(), TransportError> {
        self.desk.wait(known, cancel)
    }

    fn open(&self, name: &str, cancel: &Cancel) -> Result<Box<dyn CardTransport>, TransportError> {
        let open = self.open.lock().unwrap();
        drop(self.opened.wait_while(open, |open| !*open).unwrap());
        self.desk.open(name, cancel)
    }
}

/// Two who enter PIN2 for a card while it is exchanged for another; `seen` if the module is told of it before they come to the card.
fn exchanged_while_two_wait(
    seen: bool,
    enter: impl Fn(&Module, ck::CK_SESSION_HANDLE) -> Result<(), Refusal> + Sync,
) {
    let desk = Arc::new(Desk::default());
    desk.put("reader", Some(&card(KeyKind::P256, CertRead::AfterPin2)));
    let gated = Arc::new(Gated {
        desk: desk.clone(),
        open: Mutex::new(true),
        opened: Condvar::new(),
    });
    let module = Module::new(configuration("123456"), gated.clone(), Log::default()).unwrap();
    let sessions = [(); 2].map(|()| module.open_session(0, true).unwrap());
    // The card is let go, and the next who wants it waits.
    std::thread::sleep(Duration::from_millis(400));
    *gated.open.lock().unwrap() = false;
    std::thread::scope(|scope| {
        let (module, enter) = (&module, &enter);
        let entered = sessions.map(|session| {
            let entered = scope.spawn(move || enter(module, session));
            std::thread::sleep(Duration::from_millis(100));
            entered
        });
        desk.put("reader", Some(&card(KeyKind::Rsa2048, CertRead::AfterPin2)));
        if seen {
            module.slots(true).unwrap();
        }
        *gated.open.lock().unwrap() = true;
        gated.opened.notify_all();
        let answers = entered.map(|entered| entered.join().unwrap());
        assert_eq!(answers, [Err(Refusal::DEVICE_REMOVED); 2]);
    });
    assert_eq!(pin_flags(&module), 0, "a try of the other card was spent");
    // The other card is used as any.
    let session = module.open_session(0, true).unwrap();
    let login = module.login(session, ck::CKU_USER, PIN2.as_bytes());
    assert_eq!(login, Ok(()));
}

const WRONG: &[u8] = b"11111111";

#[test]
fn a_login_that_waited_while_the_card_was_exchanged_is_not_for_the_next_one() {
    for seen in [true, false] {
        exchanged_while_two_wait(seen, |module, session| {
            module.login(session, ck::CKU_USER, WRONG)
        });
    }
}

#[test]
fn a_change_of_pin2_that_waited_while_the_card_was_exchanged_is_not_for_the_next_one() {
    for seen in [true, false] {
        exchanged_while_two_wait(seen, |module, session| {
            module.set_pin(session, WRONG, b"123456789012")
        });
    }
}
