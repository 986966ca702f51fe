//! The passwords' counters and states, with exact status words.

use std::time::Duration;

use applet_sim::{CardImage, Lockout, NonVolatileMemory};
use iso7816::StatusWord;
use secure_channel::Password;

use crate::{
    card::{self, EF_GDO, wrong},
    pin_management::reset_retry_counter,
    reader::{CAM, EID, GM, Reader},
    zones::AUTHENTICATION_TERMINAL,
};

const OK: StatusWord = StatusWord::OK;
const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;

pub(crate) fn tries(left: u8) -> StatusWord {
    StatusWord::wrong_secret(left)
}

/// How a run of PACE without a channel ended.
pub(crate) fn attempt<M: NonVolatileMemory>(
    reader: &mut Reader<M>,
    password: &Password,
) -> StatusWord {
    reader.reset();
    reader
        .try_pace(GM, password, &[])
        .map_or_else(|status| status, |_| OK)
}

/// What MSE:Set AT says about a password.
pub(crate) fn state<M: NonVolatileMemory>(
    reader: &mut Reader<M>,
    password: &Password,
) -> StatusWord {
    reader.reset();
    reader.set_at(GM, password, &[])
}

pub(crate) fn with(change: impl FnOnce(&mut CardImage)) -> Reader {
    let mut image = card::image();
    change(&mut image);
    Reader::new(&image)
}

#[test]
fn a_wrong_pin1_costs_one_try_and_the_right_one_restores_them_all() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(state(&mut reader, &card::pin1()), OK);
    assert_eq!(attempt(&mut reader, &wrong(&card::pin1())), tries(2));
    assert_eq!(state(&mut reader, &card::pin1()), tries(2));
    assert_eq!(attempt(&mut reader, &card::pin1()), OK);
    assert_eq!(state(&mut reader, &card::pin1()), OK);
}

#[test]
fn with_one_try_left_pin1_is_suspended_and_costs_nothing_right_or_wrong() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(attempt(&mut reader, &wrong(&card::pin1())), tries(2));
    assert_eq!(attempt(&mut reader, &wrong(&card::pin1())), tries(1));
    for pin in [wrong(&card::pin1()), card::pin1()] {
        assert_eq!(state(&mut reader, &pin), tries(1));
        assert_eq!(
            attempt(&mut reader, &pin),
            StatusWord::CONDITIONS_NOT_SATISFIED
        );
    }
    assert_eq!(state(&mut reader, &card::pin1()), tries(1));
}

#[test]
fn the_can_resumes_a_suspended_pin1_in_the_same_session() {
    let mut reader = with(|image| image.passwords.pin1_tries = 1);
    reader.pace(GM, &card::can());
    assert_eq!(
        reader.set_at(CAM, &card::pin1(), &[]),
        tries(1),
        "inside the session too"
    );
    reader.pace(CAM, &card::pin1());
    assert_eq!(
        reader.select_file(EF_GDO),
        OK,
        "the session is one of PIN1 now"
    );
    assert_eq!(state(&mut reader, &card::pin1()), OK);
}

#[test]
fn resumption_ends_with_the_session() {
    let mut reader = with(|image| image.passwords.pin1_tries = 1);
    reader.pace(GM, &card::can());
    assert_eq!(
        attempt(&mut reader, &card::pin1()),
        StatusWord::CONDITIONS_NOT_SATISFIED,
        "after a reset"
    );
    reader.reset();
    reader.pace(GM, &card::can());
    reader.channel = None;
    let outcome = reader.try_pace(GM, &card::pin1(), &[]).err();
    assert_eq!(
        outcome,
        Some(StatusWord::CONDITIONS_NOT_SATISFIED),
        "after a plain command"
    );
}

#[test]
fn only_the_can_resumes_and_only_in_a_local_session() {
    let mut reader = with(|image| image.passwords.pin1_tries = 1);
    reader.pace(GM, &card::mrz());
    assert_eq!(
        reader.try_pace(GM, &card::pin1(), &[]).err(),
        Some(StatusWord::CONDITIONS_NOT_SATISFIED)
    );
    reader.reset();
    reader
        .try_pace(GM, &card::can(), AUTHENTICATION_TERMINAL)
        .unwrap();
    assert_eq!(
        reader.try_pace(GM, &card::pin1(), &[]).err(),
        Some(StatusWord::CONDITIONS_NOT_SATISFIED)
    );
    assert_eq!(state(&mut reader, &card::pin1()), tries(1));
}

#[test]
fn a_wrong_pin1_after_resumption_blocks_it_and_the_first_channel_stays() {
    let mut reader = with(|image| image.passwords.pin1_tries = 1);
    reader.pace(GM, &card::can());
    assert_eq!(
        reader.try_pace(GM, &wrong(&card::pin1()), &[]).err(),
        Some(tries(0))
    );
    assert_eq!(reader.select_application(EID), OK);
    assert!(
        reader.read_file(2).is_ok(),
        "the session of the CAN goes on"
    );
    assert_eq!(reader.read_file(3), Err(DENIED));
    assert_eq!(reader.set_at(GM, &card::pin1(), &[]), tries(0));
}

#[test]
fn a_blocked_pin1_accepts_nothing() {
    let mut reader = with(|image| image.passwords.pin1_tries = 0);
    assert_eq!(state(&mut reader, &card::pin1()), tries(0));
    for pin in [card::pin1(), wrong(&card::pin1())] {
        assert_eq!(
            attempt(&mut reader, &pin),
            StatusWord::AUTHENTICATION_METHOD_BLOCKED
        );
    }
    reader.reset();
    reader.pace(GM, &card::can());
    assert_eq!(
        reader.try_pace(GM, &card::pin1(), &[]).err(),
        Some(StatusWord::CONDITIONS_NOT_SATISFIED)
    );
}

#[test]
fn inside_a_session_pace_runs_again_only_for_a_suspended_password_after_the_can() {
    for (first, second) in [
        (card::can(), card::can()),
        (card::can(), card::pin1()),
        (card::can(), card::mrz()),
        (card::can(), card::puk()),
        (card::pin1(), card::can()),
        (card::puk(), card::pin1()),
    ] {
        let mut reader = Reader::new(&card::image());
        reader.pace(GM, &first);
        let outcome = reader.try_pace(GM, &second, &[]).err();
        assert_eq!(
            outcome,
            Some(StatusWord::CONDITIONS_NOT_SATISFIED),
            "{second:?} after {first:?}"
        );
        assert_eq!(reader.read_short(0x1D).status, OK, "the channel goes on");
    }
}

#[test]
fn the_puk_has_ten_tries_is_suspended_at_one_and_blocked_at_none() {
    let mut reader = Reader::new(&card::image());
    for left in (1..=9).rev() {
        assert_eq!(attempt(&mut reader, &wrong(&card::puk())), tries(left));
        assert_eq!(state(&mut reader, &card::puk()), tries(left));
    }
    assert_eq!(
        attempt(&mut reader, &card::puk()),
        StatusWord::CONDITIONS_NOT_SATISFIED
    );
    reader.reset();
    reader.pace(GM, &card::can());
    assert_eq!(
        reader.try_pace(GM, &wrong(&card::puk()), &[]).err(),
        Some(tries(0))
    );
    assert_eq!(
        attempt(&mut reader, &card::puk()),
        StatusWord::AUTHENTICATION_METHOD_BLOCKED
    );
}

#[test]
fn the_can_resumes_a_suspended_puk() {
    let mut reader = with(|image| image.passwords.puk_tries = 1);
    reader.pace(GM, &card::can());
    reader.pace(GM, &card::puk());
    assert_eq!(reader.send(&reset_retry_counter(0x03, &[])).status, OK);
    assert_eq!(state(&mut reader, &card::puk()), OK);
}

#[test]
fn a_wrong_can_or_mrz_never_blocks_but_slows_down_each_on_its_own() {
    for (slow, other) in [(card::can(), card::mrz()), (card::mrz(), card::can())] {
        let mut reader = Reader::new(&card::image());
        for expected in [0, 0, 0, 1, 2, 4, 8, 10, 10] {
            reader.delays.lock().unwrap().clear();
            assert_eq!(state(&mut reader, &slow), OK);
            assert_eq!(
                attempt(&mut reader, &wrong(&slow)),
                StatusWord::AUTHENTICATION_FAILED
            );
            let waited: Duration = reader.delays.lock().unwrap().iter().sum();
            assert_eq!(waited, Duration::from_secs(expected));
        }
        reader.delays.lock().unwrap().clear();
        assert_eq!(attempt(&mut reader, &other), OK);
        assert!(
            reader.delays.lock().unwrap().is_empty(),
            "{other:?} has its own delay"
        );
        assert_eq!(attempt(&mut reader, &slow), OK);
        assert_eq!(
            *reader.delays.lock().unwrap(),
            [Duration::from_secs(10)],
            "the right one waits once more"
        );
        reader.delays.lock().unwrap().clear();
        assert_eq!(attempt(&mut reader, &slow), OK);
        assert!(
            reader.delays.lock().unwrap().is_empty(),
            "success clears it"
        );
    }
}

#[test]
fn the_delay_survives_a_loss_of_power() {
    let mut reader = Reader::new(&card::image());
    for _ in 0..4 {
        attempt(&mut reader, &wrong(&card::can()));
    }
    let mut reader = Reader::with_memory(reader.chip.into_memory()).unwrap();
    attempt(&mut reader, &card::can());
    assert_eq!(*reader.delays.lock().unwrap(), [Duration::from_secs(2)]);
}

#[test]
fn the_delay_comes_before_the_nonce_each_time_it_is_asked_for() {
    let mut reader = Reader::new(&card::image());
    for _ in 0..3 {
        attempt(&mut reader, &wrong(&card::can()));
    }
    for times in 1..=2 {
        reader.set_at(GM, &card::can(), &[]);
        assert_eq!(
            reader.delays.lock().unwrap().len(),
            times - 1,
            "not for MSE:Set AT"
        );
        reader.raw(&[0x10, 0x86, 0x00, 0x00, 0x02, 0x7C, 0x00, 0x00]);
        assert_eq!(reader.delays.lock().unwrap().len(), times);
    }
}

#[test]
fn exhausting_pin1_locks_the_card_where_the_issuer_says_so() {
    for lockout in [Lockout::Password, Lockout::Card] {
        let mut reader = with(|image| image.options.lockout = lockout);
        for left in [2, 1] {
            assert_eq!(attempt(&mut reader, &wrong(&card::pin1())), tries(left));
        }
        reader.reset();
        reader.pace(GM, &card::can());
        assert_eq!(reader.select_application(EID), OK);
        assert!(reader.read_file(2).is_ok(), "still open with one try left");
        assert_eq!(
            reader.try_pace(GM, &wrong(&card::pin1()), &[]).err(),
            Some(tries(0))
        );
        let after = reader.read_file(2);
        match lockout {
            Lockout::Password => assert!(after.is_ok()),
            Lockout::Card => assert_eq!(after, Err(DENIED), "at once, in the same session"),
        }
    }
}

#[test]
fn a_card_without_an_mrz_password_does_not_know_it() {
    let mut reader = with(|image| image.passwords.mrz = None);
    assert_eq!(
        state(&mut reader, &card::mrz()),
        StatusWord::REFERENCE_NOT_FOUND
    );
}

#[test]
fn impossible_passwords_and_states_cannot_be_personalised() {
    let refused = |change: &dyn Fn(&mut CardImage)| {
        let mut image = card::image();
        change(&mut image);
        image
            .personalise(applet_sim::MemoryStore::default())
            .unwrap_err()
            .to_string()
    };
    assert!(
        refused(&|image| image.passwords.can = Password::can("12345").unwrap()).contains("CAN")
    );
    assert!(refused(&|image| image.passwords.can = card::pin1()).contains("CAN"));
    assert!(
        refused(&|image| image.passwords.pin1 = Password::pin("1234").unwrap()).contains("PIN1")
    );
    assert!(
        refused(&|image| image.passwords.pin1 = Password::pin("12345a").unwrap()).contains("PIN1")
    );
    assert!(
        refused(&|image| image.passwords.puk = Password::puk("1234567").unwrap()).contains("PUK")
    );
    assert!(refused(&|image| image.passwords.pin1_tries = 4).contains("PIN1"));
    assert!(refused(&|image| image.passwords.puk_tries = 11).contains("PUK"));
    assert!(
        refused(&|image| image.passwords.pin2 = Some(b"1234567".to_vec().into())).contains("PIN2")
    );
}

#[test]
fn an_image_shows_no_secret_and_no_personal_data() {
    let mut image = card::image();
    image.passwords.pin2 = Some(b"13572468".to_vec().into());
    let shown = format!("{image:?}");
    assert!(shown.contains("pin1_tries: 3"));
    let pin2 = format!("{:?}", b"13572468");
    for secret in [
        card::CAN,
        card::PIN1,
        card::PUK,
        pin2.trim_matches(['[', ']']),
        "eID DG",
        "101, 73, 68",
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
