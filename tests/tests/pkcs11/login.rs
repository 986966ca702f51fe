//! PIN2: right, wrong, blocked, changed, for one use.

use std::sync::Arc;

use applet_sim::{ApplicationState, CertRead, KeyKind};
use cryptoki_sys as ck;
use neweid_pkcs11::{Given, Log, Module, Parameters, Refusal};
use neweid_tests::cards::natural_person::{PIN2, card};
use neweid_tests::cards::{TestCard, trust};

use crate::reading::{Desk, configuration, find, logged_in, pin_flags, private_key, with};

const WRONG: &[u8] = b"11111111";

#[test]
fn a_wrong_pin2_shows_in_the_flags_until_it_is_locked() {
    let module = with(&card(KeyKind::P256, CertRead::AfterPin2));
    let session = module.open_session(0, false).unwrap();
    let login = |pin: &[u8]| module.login(session, ck::CKU_USER, pin);
    assert_eq!(pin_flags(&module), 0);
    assert_eq!(login(WRONG), Err(Refusal::PIN_INCORRECT));
    assert_eq!(pin_flags(&module), ck::CKF_USER_PIN_COUNT_LOW);
    // What no card can have for PIN2 is not sent, and costs nothing.
    for impossible in [
        &b""[..],
        b"1234567",
        b"1234567890123",
        b"1234567a",
        &[0xFF; 8],
    ] {
        assert_eq!(login(impossible), Err(Refusal::PIN_INCORRECT));
    }
    assert_eq!(pin_flags(&module), ck::CKF_USER_PIN_COUNT_LOW);
    assert_eq!(login(WRONG), Err(Refusal::PIN_INCORRECT));
    let last = ck::CKF_USER_PIN_COUNT_LOW | ck::CKF_USER_PIN_FINAL_TRY;
    assert_eq!(pin_flags(&module), last);
    // Without contacts the last try is for a session of PIN1, which a module has not.
    assert_eq!(login(PIN2.as_bytes()), Err(Refusal::PIN_LOCKED));
    assert_eq!(pin_flags(&module), last, "nothing was compared");
}

#[test]
fn the_right_pin2_gives_all_tries_back() {
    let module = with(&card(KeyKind::P256, CertRead::AfterPin2));
    let session = module.open_session(0, false).unwrap();
    let wrong = module.login(session, ck::CKU_USER, WRONG);
    assert_eq!(wrong, Err(Refusal::PIN_INCORRECT));
    module
        .login(session, ck::CKU_USER, PIN2.as_bytes())
        .unwrap();
    assert_eq!(pin_flags(&module), 0);
}

#[test]
fn a_login_is_for_all_sessions_and_ends_with_the_last() {
    let module = with(&card(KeyKind::P256, CertRead::AfterPin2));
    let one = module.open_session(0, false).unwrap();
    let two = module.open_session(0, true).unwrap();
    let state = |session| module.session_info(session).unwrap().1;
    assert_eq!(state(one), ck::CKS_RO_PUBLIC_SESSION);
    module.login(one, ck::CKU_USER, PIN2.as_bytes()).unwrap();
    assert_eq!(state(one), ck::CKS_RO_USER_FUNCTIONS);
    assert_eq!(state(two), ck::CKS_RW_USER_FUNCTIONS);
    let again = module.login(two, ck::CKU_USER, PIN2.as_bytes());
    assert_eq!(again, Err(Refusal::USER_ALREADY_LOGGED_IN));
    module.logout(two).unwrap();
    assert_eq!(state(one), ck::CKS_RO_PUBLIC_SESSION);
    assert_eq!(module.logout(two), Err(Refusal::USER_NOT_LOGGED_IN));

    module.login(one, ck::CKU_USER, PIN2.as_bytes()).unwrap();
    module.close_session(one).unwrap();
    assert_eq!(state(two), ck::CKS_RW_USER_FUNCTIONS);
    module.close_session(two).unwrap();
    let three = module.open_session(0, true).unwrap();
    assert_eq!(state(three), ck::CKS_RW_PUBLIC_SESSION);
    assert_eq!(
        module.close_session(one),
        Err(Refusal::SESSION_HANDLE_INVALID)
    );
    let officer = module.login(three, ck::CKU_SO, PIN2.as_bytes());
    assert_eq!(officer, Err(Refusal::USER_TYPE_INVALID));
}

#[test]
fn pin2_is_changed_with_the_old_one() {
    let module = with(&card(KeyKind::P256, CertRead::AfterPin2));
    let reading = module.open_session(0, false).unwrap();
    let session = module.open_session(0, true).unwrap();
    let change = |session, old: &[u8], new: &[u8]| module.set_pin(session, old, new);
    let new = b"123456789012";
    assert_eq!(
        change(reading, PIN2.as_bytes(), new),
        Err(Refusal::SESSION_READ_ONLY)
    );
    assert_eq!(
        change(session, PIN2.as_bytes(), b"1234567"),
        Err(Refusal::PIN_LEN_RANGE)
    );
    assert_eq!(
        change(session, PIN2.as_bytes(), b"1234567x"),
        Err(Refusal::PIN_INVALID)
    );
    assert_eq!(pin_flags(&module), 0);
    assert_eq!(change(session, WRONG, new), Err(Refusal::PIN_INCORRECT));
    assert_eq!(pin_flags(&module), ck::CKF_USER_PIN_COUNT_LOW);
    change(session, PIN2.as_bytes(), new).unwrap();
    let old = module.login(session, ck::CKU_USER, PIN2.as_bytes());
    assert_eq!(old, Err(Refusal::PIN_INCORRECT));
    module.login(session, ck::CKU_USER, new).unwrap();
    // Changed while logged in: the login goes on, with the new one.
    change(session, new, PIN2.as_bytes()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(400));
    let key = private_key(&module, session, 0x82);
    module
        .sign_init(session, ck::CKM_ECDSA_SHA256, Parameters::None, key)
        .unwrap();
    assert!(module.sign(session, b"data", Some(64)).is_ok());
}

#[test]
fn each_signature_with_the_key_for_signatures_wants_its_own_pin2() {
    let (module, session) = logged_in(&card(KeyKind::P256, CertRead::AfterPin2));
    let key = private_key(&module, session, 0x81);
    let begin = || {
        module
            .sign_init(session, ck::CKM_ECDSA_SHA256, Parameters::None, key)
            .unwrap();
    };
    let consent = |pin: &[u8]| module.login(session, ck::CKU_CONTEXT_SPECIFIC, pin);
    let sign = || module.sign(session, b"I agree.", Some(64));
    assert_eq!(
        consent(PIN2.as_bytes()),
        Err(Refusal::OPERATION_NOT_INITIALIZED)
    );
    begin();
    assert_eq!(sign(), Err(Refusal::USER_NOT_LOGGED_IN));
    assert_eq!(sign(), Err(Refusal::OPERATION_NOT_INITIALIZED));
    for _ in 0..2 {
        begin();
        assert_eq!(consent(WRONG), Err(Refusal::PIN_INCORRECT));
        consent(PIN2.as_bytes()).unwrap();
        assert!(matches!(sign(), Ok(Given::Bytes(_))));
    }
    // A wrong one after the right one takes the consent back.
    begin();
    consent(PIN2.as_bytes()).unwrap();
    assert_eq!(consent(WRONG), Err(Refusal::PIN_INCORRECT));
    assert_eq!(sign(), Err(Refusal::USER_NOT_LOGGED_IN));

    // The key for logging in wants none.
    let key = private_key(&module, session, 0x82);
    module
        .sign_init(session, ck::CKM_ECDSA_SHA256, Parameters::None, key)
        .unwrap();
    assert_eq!(
        consent(PIN2.as_bytes()),
        Err(Refusal::OPERATION_NOT_INITIALIZED)
    );
    assert!(matches!(sign(), Ok(Given::Bytes(_))));
}

#[test]
fn a_function_that_is_switched_off_has_no_objects_and_takes_no_pin2() {
    let off = card(KeyKind::P256, CertRead::AfterPin2).changed(|image| {
        image.cia.as_mut().unwrap().state = ApplicationState::Deactivated;
    });
    let module = with(&off);
    let flags = module.token_info(0).unwrap().flags;
    assert_eq!(flags & ck::CKF_USER_PIN_INITIALIZED, 0);
    assert!(module.mechanisms(0).unwrap().is_empty());
    let session = module.open_session(0, true).unwrap();
    assert_eq!(find(&module, session, &[]), Ok(Vec::new()));
    let login = module.login(session, ck::CKU_USER, PIN2.as_bytes());
    assert_eq!(login, Err(Refusal::USER_PIN_NOT_INITIALIZED));
    let change = module.set_pin(session, PIN2.as_bytes(), b"123456789012");
    assert_eq!(change, Err(Refusal::USER_PIN_NOT_INITIALIZED));
}

#[test]
fn a_card_without_the_function_and_one_that_is_not_trusted_are_not_recognised() {
    let without = TestCard::default_specimen().changed(|image| image.cia = None);
    let module = with(&without);
    assert_eq!(
        module.token_info(0).unwrap_err(),
        Refusal::TOKEN_NOT_RECOGNIZED
    );
    assert_eq!(
        module.open_session(0, false),
        Err(Refusal::TOKEN_NOT_RECOGNIZED)
    );
    assert!(module.slot_info(0).unwrap().1, "a card is there");

    let desk = Arc::new(Desk::default());
    desk.put("reader", Some(&card(KeyKind::P256, CertRead::AfterPin2)));
    let nobody = neweid_pkcs11::Configuration::of(
        host_lib::Can::parse("123456").unwrap(),
        host_lib::TrustStore::with_test_anchors(),
        Vec::new(),
        trust().now,
    );
    let module = Module::new(nobody, desk, Log::default()).unwrap();
    assert_eq!(
        module.open_session(0, false),
        Err(Refusal::TOKEN_NOT_RECOGNIZED)
    );
}

#[test]
fn a_wrong_access_code_is_not_tried_twice_on_one_card() {
    let desk = Arc::new(Desk::default());
    let good = card(KeyKind::P256, CertRead::AfterPin2);
    desk.put("reader", Some(&good));
    let log = tempfile::NamedTempFile::new().unwrap();
    let open = || Log::open(Some(log.path()));
    let module = Module::new(configuration("999999"), desk.clone(), open()).unwrap();
    let tries = || {
        let text = std::fs::read_to_string(log.path()).unwrap();
        assert!(!text.contains("999999"));
        text.matches("E-PACE-WRONG-CAN").count()
    };
    for _ in 0..3 {
        assert_eq!(
            module.open_session(0, false),
            Err(Refusal::TOKEN_NOT_RECOGNIZED)
        );
    }
    assert_eq!(tries(), 1);
    desk.put("reader", Some(&good));
    assert!(module.open_session(0, false).is_err());
    assert_eq!(tries(), 2);
}
