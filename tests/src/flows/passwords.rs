//! Passwords, wrong and right, until nothing is left of them.

use core::time::Duration;

use host_lib::{AccessCode, Card, Error, ErrorCode, Group, PasswordStatus, Pin, Puk, TransportPin};
use iso7816::{CommandApdu, StatusWord};
use secure_channel::Password;
use transport::CardTransport;

use super::walk::Walk;
use crate::cards::{Holder, Trust};
use crate::terminal::{CAM, EID, GM, Terminal};

const OK: StatusWord = StatusWord::OK;
const SUSPENDED: StatusWord = StatusWord::CONDITIONS_NOT_SATISFIED;
const BLOCKED: StatusWord = StatusWord::AUTHENTICATION_METHOD_BLOCKED;
const DEACTIVATED: StatusWord = StatusWord::DEACTIVATED;
const NOT_USABLE: StatusWord = StatusWord::REFERENCE_DATA_NOT_USABLE;
const WRONG_CAN_OR_MRZ: StatusWord = StatusWord::AUTHENTICATION_FAILED;
const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;

/// 63Cx: so many tries are left.
fn tries(left: u8) -> StatusWord {
    StatusWord::wrong_secret(left)
}

/// The right passwords of a card, and wrong ones of the same form.
struct Passwords {
    can: Password,
    pin1: Password,
    puk: Password,
}

impl Passwords {
    fn of(holder: &Holder) -> Self {
        Self {
            can: Password::can(&holder.access_code()).expect("six digits"),
            pin1: Password::pin(&holder.pin1()).expect("digits"),
            puk: Password::puk(&holder.puk()).expect("eight digits"),
        }
    }

    fn mrz(holder: &Holder) -> Password {
        let [number, birth, expiry] = holder.mrz_key();
        Password::mrz(&number, &birth, &expiry).expect("a zone")
    }
}

/// Digits of the same number that are not these.
pub fn other_digits(digits: &str) -> String {
    let (rest, last) = digits.split_at(digits.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

fn wrong(password: &Password) -> Password {
    let encoded = password.expose_secret();
    let last = if encoded.last() == Some(&b'0') {
        b'1'
    } else {
        b'0'
    };
    let encoded = [&encoded[..encoded.len() - 1], &[last]].concat();
    Password::from_encoded(password.id(), &encoded).expect("the same form")
}

/// One attempt after a reset, and what MSE:Set AT says about the password afterwards.
fn attempt(terminal: &mut Terminal<'_>, password: &Password) -> (StatusWord, StatusWord) {
    terminal.reset();
    let answer = terminal.try_password(password);
    terminal.reset();
    (answer, terminal.set_template(CAM, password, &[]))
}

/// One attempt inside a session of the access code, and the state afterwards.
fn resumed(
    terminal: &mut Terminal<'_>,
    can: &Password,
    password: &Password,
) -> (StatusWord, StatusWord) {
    terminal.reset();
    assert_eq!(terminal.try_password(can), OK, "the access code");
    let answer = terminal.try_password(password);
    if answer != OK {
        // The first channel is still there and still opens the public zone.
        assert_eq!(terminal.select_application(EID), OK);
        assert_eq!(terminal.read_short(11).status, OK);
    }
    terminal.reset();
    (answer, terminal.set_template(CAM, password, &[]))
}

/// PIN1: three tries, the last of them only after the access code; then it is blocked until the PUK
/// unblocks it, with its value and all its tries.
pub fn pin1_is_counted_suspended_resumed_blocked_and_unblocked(
    card: &mut dyn CardTransport,
    holder: &Holder,
) {
    let Passwords { can, pin1, puk } = Passwords::of(holder);
    let wrong_pin1 = wrong(&pin1);
    let mut card = Terminal::new(card);
    assert_eq!(card.set_template(CAM, &pin1, &[]), OK);

    // A wrong one costs a try, the right one restores them all.
    assert_eq!(attempt(&mut card, &wrong_pin1), (tries(2), tries(2)));
    assert_eq!(attempt(&mut card, &pin1), (OK, OK));

    // With one try left it is suspended: neither right nor wrong ones are compared, or cost anything.
    assert_eq!(attempt(&mut card, &wrong_pin1), (tries(2), tries(2)));
    assert_eq!(attempt(&mut card, &wrong_pin1), (tries(1), tries(1)));
    for _ in 0..3 {
        assert_eq!(attempt(&mut card, &pin1), (SUSPENDED, tries(1)));
        assert_eq!(attempt(&mut card, &wrong_pin1), (SUSPENDED, tries(1)));
    }

    // The PUK does not resume it, nor does an access code in a session that is over.
    card.reset();
    assert_eq!(card.try_password(&puk), OK);
    assert_eq!(
        card.try_password(&pin1),
        SUSPENDED,
        "in a session of the PUK"
    );
    card.reset();
    assert_eq!(card.try_password(&can), OK);
    card.forget_channel();
    assert_eq!(
        card.select_master_file(),
        OK,
        "in plain: the session is over"
    );
    assert_eq!(card.try_password(&pin1), SUSPENDED);

    // The access code in the same session resumes it: the right one restores all tries.
    assert_eq!(resumed(&mut card, &can, &pin1), (OK, OK));

    // And a wrong one takes the last.
    assert_eq!(attempt(&mut card, &wrong_pin1), (tries(2), tries(2)));
    assert_eq!(attempt(&mut card, &wrong_pin1), (tries(1), tries(1)));
    assert_eq!(resumed(&mut card, &can, &wrong_pin1), (tries(0), tries(0)));
    assert_eq!(attempt(&mut card, &pin1), (BLOCKED, tries(0)));
    assert_eq!(attempt(&mut card, &wrong_pin1), (BLOCKED, tries(0)));
    card.reset();
    assert_eq!(card.try_password(&can), OK);
    assert_eq!(
        card.try_password(&pin1),
        SUSPENDED,
        "what is blocked is not resumed"
    );

    // Only a PUK session unblocks.
    let unblock = CommandApdu::new(0x00, 0x2C, 0x03, 0x03);
    card.reset();
    assert_eq!(card.status(&unblock), DENIED, "in plain");
    assert_eq!(card.try_password(&can), OK);
    assert_eq!(card.status(&unblock), DENIED, "with the access code");
    card.reset();
    assert_eq!(card.try_password(&puk), OK);
    assert_eq!(card.status(&unblock), OK);
    assert_eq!(
        attempt(&mut card, &wrong_pin1),
        (tries(2), tries(2)),
        "all tries again"
    );
    assert_eq!(
        attempt(&mut card, &pin1),
        (OK, OK),
        "the value is the old one"
    );
}

/// The PUK: ten tries, the last of them only after the access code; then nothing brings it back.
///
/// Leaves the card without a PUK.
pub fn the_puk_is_counted_suspended_resumed_and_blocked_for_ever(
    card: &mut dyn CardTransport,
    holder: &Holder,
) {
    let Passwords { can, pin1, puk } = Passwords::of(holder);
    let wrong_puk = wrong(&puk);
    let mut card = Terminal::new(card);
    assert_eq!(card.set_template(CAM, &puk, &[]), OK);
    for left in [9, 8] {
        assert_eq!(attempt(&mut card, &wrong_puk), (tries(left), tries(left)));
    }
    assert_eq!(
        attempt(&mut card, &puk),
        (OK, OK),
        "the right one restores them all"
    );
    for left in (1..=9).rev() {
        assert_eq!(attempt(&mut card, &wrong_puk), (tries(left), tries(left)));
    }
    assert_eq!(attempt(&mut card, &puk), (SUSPENDED, tries(1)));
    assert_eq!(resumed(&mut card, &can, &puk), (OK, OK));
    for left in (1..=9).rev() {
        assert_eq!(attempt(&mut card, &wrong_puk), (tries(left), tries(left)));
    }
    assert_eq!(resumed(&mut card, &can, &wrong_puk), (tries(0), tries(0)));
    assert_eq!(attempt(&mut card, &puk), (BLOCKED, tries(0)));
    // Neither the access code nor PIN1 brings it back, and both still work.
    assert_eq!(attempt(&mut card, &pin1), (OK, OK));
    assert_eq!(attempt(&mut card, &can), (OK, OK));
    assert_eq!(attempt(&mut card, &puk), (BLOCKED, tries(0)));
}

/// Access code and MRZ: never blocked, but slower and slower, each on its own; the right one clears it.
///
/// `delays` gives what the chip was made to wait since the last time it was asked.
pub fn access_code_and_mrz_never_block_but_are_slowed_down(
    card: &mut dyn CardTransport,
    holder: &Holder,
    delays: &mut dyn FnMut() -> Vec<Duration>,
) {
    let can = Passwords::of(holder).can;
    let mrz = Passwords::mrz(holder);
    let mut card = Terminal::new(card);
    for (password, other) in [(&can, &mrz), (&mrz, &can)] {
        let wrong = wrong(password);
        delays();
        for seconds in [0, 0, 0, 1, 2, 4, 8, 10, 10, 10] {
            assert_eq!(attempt(&mut card, &wrong), (WRONG_CAN_OR_MRZ, OK));
            assert_eq!(delays(), waiting(seconds), "after wrong ones in a row");
        }
        assert_eq!(attempt(&mut card, other), (OK, OK));
        assert_eq!(delays(), [], "the other one is not slowed down");
        assert_eq!(attempt(&mut card, password), (OK, OK));
        assert_eq!(delays(), waiting(10), "the right one waits a last time");
        assert_eq!(attempt(&mut card, password), (OK, OK));
        assert_eq!(attempt(&mut card, &wrong), (WRONG_CAN_OR_MRZ, OK));
        assert_eq!(delays(), [], "and then it is forgotten");
        assert_eq!(attempt(&mut card, password), (OK, OK));
    }
}

fn waiting(seconds: u64) -> Vec<Duration> {
    let wait = Duration::from_secs(seconds);
    if wait.is_zero() { vec![] } else { vec![wait] }
}

/// A delay comes before the nonce, so that taking the card away does not save the waiting; asking for
/// the state of a password costs none.
pub fn the_delay_comes_before_the_nonce(
    card: &mut dyn CardTransport,
    holder: &Holder,
    delays: &mut dyn FnMut() -> Vec<Duration>,
) {
    let can = Passwords::of(holder).can;
    let mut card = Terminal::new(card);
    for _ in 0..4 {
        attempt(&mut card, &wrong(&can));
    }
    delays();
    for _ in 0..3 {
        card.reset();
        assert_eq!(card.set_template(GM, &can, &[]), OK);
        assert_eq!(delays(), []);
        let nonce = CommandApdu::new(0x10, 0x86, 0x00, 0x00).with_data([0x7C, 0x00]);
        assert_eq!(card.status(&nonce.with_ne(256)), OK);
        assert_eq!(delays(), waiting(2));
    }
    attempt(&mut card, &can);
}

/// PIN1 exhausted, through the host library: each state has its error, each error the tries left, and
/// no password is sent that the card says it cannot use.
pub fn the_host_names_each_state_of_pin1(card: &mut dyn CardTransport, holder: &Holder) {
    let right = || Pin::parse(&holder.pin1()).expect("six digits");
    let wrong = || Pin::parse(&other_digits(&holder.pin1())).expect("six digits");
    let can = || AccessCode::can(&holder.access_code()).expect("six digits");
    let mut card = Card::open(card).expect("a card");
    let is = |status: PasswordStatus, found: host_lib::Result<PasswordStatus>| {
        assert_eq!(found.expect("a status"), status);
    };

    is(PasswordStatus::Untouched, card.pin_status());
    refuses(card.pace(wrong()), ErrorCode::WrongPin1, Some(2));
    is(PasswordStatus::TriesLeft(2), card.pin_status());
    refuses(card.pace(wrong()), ErrorCode::WrongPin1, Some(1));
    is(PasswordStatus::Suspended, card.pin_status());
    refuses(card.pace(right()), ErrorCode::PinSuspended, Some(1));

    let mut session = card.pace(can()).expect("the access code");
    session.resume_pin(right()).expect("resumed");
    assert_eq!(session.opened_with(), host_lib::PasswordKind::Pin1);
    drop(session);
    is(PasswordStatus::Untouched, card.pin_status());

    refuses(card.pace(wrong()), ErrorCode::WrongPin1, Some(2));
    refuses(card.pace(wrong()), ErrorCode::WrongPin1, Some(1));
    let mut session = card.pace(can()).expect("the access code");
    refuses(session.resume_pin(wrong()), ErrorCode::WrongPin1, Some(0));
    session
        .read(Group::Dg11)
        .expect("the session of the access code stays");
    refuses(session.resume_pin(right()), ErrorCode::PinBlocked, Some(0));
    drop(session);
    is(PasswordStatus::Blocked, card.pin_status());
    refuses(card.pace(right()), ErrorCode::PinBlocked, Some(0));

    let puk = AccessCode::puk(&holder.puk()).expect("eight digits");
    let mut session = card.pace(puk).expect("the PUK");
    session.unblock_pin().expect("unblocked");
    drop(session);
    is(PasswordStatus::Untouched, card.pin_status());
    let mut session = card.pace(right()).expect("PIN1 is what it was");
    session.read(Group::Dg11).expect("the public zone");
}

fn refuses<T>(result: host_lib::Result<T>, code: ErrorCode, tries_left: Option<u8>) {
    match result {
        Ok(_) => panic!("no {code}"),
        Err(error) => assert_eq!(
            (error.code(), error.tries_left()),
            (code, tries_left),
            "{error}"
        ),
    }
}

/// The PUK exhausted, through the host library. Leaves the card without a PUK.
pub fn the_host_names_each_state_of_the_puk(card: &mut dyn CardTransport, holder: &Holder) {
    let right = || Puk::parse(&holder.puk()).expect("eight digits");
    let wrong = || Puk::parse(&other_digits(&holder.puk())).expect("eight digits");
    let can = || AccessCode::can(&holder.access_code()).expect("six digits");
    let mut card = Card::open(card).expect("a card");
    for left in (1..=9).rev() {
        refuses(card.pace(wrong()), ErrorCode::WrongPuk, Some(left));
    }
    assert_eq!(
        card.puk_status().expect("a status"),
        PasswordStatus::Suspended
    );
    refuses(card.pace(right()), ErrorCode::PukSuspended, Some(1));
    let mut session = card.pace(can()).expect("the access code");
    session.resume_puk(right()).expect("resumed");
    session.unblock_pin().expect("a session of the PUK");
    drop(session);
    for left in (1..=9).rev() {
        refuses(card.pace(wrong()), ErrorCode::WrongPuk, Some(left));
    }
    let mut session = card.pace(can()).expect("the access code");
    refuses(session.resume_puk(wrong()), ErrorCode::WrongPuk, Some(0));
    drop(session);
    assert_eq!(
        card.puk_status().expect("a status"),
        PasswordStatus::Blocked
    );
    refuses(card.pace(right()), ErrorCode::PukBlocked, Some(0));
}

/// A wrong access code or MRZ has its own error and no number of tries.
pub fn the_host_names_a_wrong_access_code_and_a_wrong_mrz(
    card: &mut dyn CardTransport,
    holder: &Holder,
) {
    let mut card = Card::open(card).expect("a card");
    let wrong = AccessCode::can(&other_digits(&holder.access_code())).expect("six digits");
    refuses(card.pace(wrong), ErrorCode::WrongCan, None);
    let [number, birth, expiry] = holder.mrz_key();
    let wrong = AccessCode::mrz(&other_digits(&number), &birth, &expiry).expect("a zone");
    refuses(card.pace(wrong), ErrorCode::WrongMrz, None);
    for walk in [Walk::AccessCode, Walk::Mrz] {
        card.pace(walk.code(holder))
            .expect("the right code, for which the card still waits");
    }
}

/// The holder changes PIN1 in a session of the old one, and then back again.
pub fn a_changed_pin1_replaces_the_old_one(
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) {
    let pin = |digits: &str| Pin::parse(digits).expect("six digits");
    let (old, new) = (holder.pin1(), other_digits(&holder.pin1()));
    let mut card = Card::open(card).expect("a card");

    // Not with the access code.
    let mut session = card
        .pace(Walk::AccessCode.code(holder))
        .expect("the access code");
    let mut proven = session
        .prove_chip(&trust.verifier())
        .expect("a genuine chip");
    refuses(proven.change_pin(&pin(&new)), ErrorCode::ApiMisuse, None);
    drop(proven);
    drop(session);

    for (from, to) in [(&old, &new), (&new, &old)] {
        let mut session = card.pace(pin(from)).expect("the PIN1 of today");
        let mut proven = session
            .prove_chip(&trust.verifier())
            .expect("a genuine chip");
        proven.change_pin(&pin(to)).expect("changed");
        drop(proven);
        drop(session);
        refuses(card.pace(pin(from)), ErrorCode::WrongPin1, Some(2));
        drop(card.pace(pin(to)).expect("the new one"));
        assert_eq!(
            card.pin_status().expect("a status"),
            PasswordStatus::Untouched
        );
    }
}

/// On the wire: only a session of PIN1 changes it, only to six digits, and only PIN1.
pub fn only_a_session_of_pin1_changes_it_and_only_to_six_digits(
    card: &mut dyn CardTransport,
    holder: &Holder,
) {
    let Passwords { can, pin1, puk } = Passwords::of(holder);
    let change = |pin: &[u8]| CommandApdu::new(0x00, 0x2C, 0x02, 0x03).with_data(pin);
    let mut card = Terminal::new(card);
    assert_eq!(card.status(&change(b"112233")), DENIED, "in plain");
    for password in [&can, &puk] {
        card.reset();
        assert_eq!(card.try_password(password), OK);
        assert_eq!(card.status(&change(b"112233")), DENIED);
    }
    card.reset();
    assert_eq!(card.try_password(&pin1), OK);
    for bad in [&b"11223"[..], b"1122334", b"11223a", b"", b"\xB1\xB22233"] {
        assert_eq!(
            card.status(&change(bad)),
            StatusWord::INCORRECT_DATA,
            "{bad:?}"
        );
    }
    let puk_change = CommandApdu::new(0x00, 0x2C, 0x02, 0x04).with_data(*b"12345678");
    assert_eq!(card.status(&puk_change), DENIED);
    assert_eq!(attempt(&mut card, &pin1), (OK, OK), "still the old one");
}

/// A card that is delivered with a transport PIN: it opens no data, and serves once to choose PIN1.
///
/// Leaves the card with the chosen PIN1.
pub fn a_transport_pin_opens_no_data_and_is_replaced_once(
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) {
    let transport = || TransportPin::parse(&holder.pin1()).expect("five digits");
    let chosen = || Pin::parse("975310").expect("six digits");
    let mut card = Card::open(card).expect("a card");
    let mut session = card.pace(transport()).expect("the transport PIN");
    for group in [Group::Dg11, Group::Dg4] {
        let refused = session.read(group).expect_err("no data");
        assert_eq!(refused.code(), ErrorCode::AccessDenied);
    }
    let mut proven = session
        .prove_chip(&trust.verifier())
        .expect("a genuine chip");
    proven.change_pin(&chosen()).expect("chosen");
    drop(proven);
    drop(session);
    refuses(card.pace(transport()), ErrorCode::WrongPin1, Some(2));
    let mut session = card.pace(chosen()).expect("PIN1");
    let unverified = session.read(Group::Dg11).expect("the public zone");
    unverified
        .verify(&trust.verifier())
        .accept()
        .expect("genuine");
}

/// The holder locks the card (鎖卡) with PIN1 and unlocks it with the PUK.
pub fn a_locked_card_refuses_pin1_until_the_puk_unlocks_it(
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) {
    let pin1 = || Walk::Agency.code(holder);
    {
        let mut host = Card::open(&mut *card).expect("a card");
        let mut session = host
            .pace(Walk::AccessCode.code(holder))
            .expect("the access code");
        refuses(session.lock_card(), ErrorCode::ApiMisuse, None);
        drop(session);
        let mut session = host.pace(pin1()).expect("PIN1");
        session.lock_card().expect("locked");
        let refused = session
            .read(Group::Dg4)
            .expect_err("the session means nothing now");
        assert_eq!(refused.code(), ErrorCode::AccessDenied);
        drop(session);
        let status = host.pin_status().expect("a status");
        assert_eq!(status, PasswordStatus::Deactivated);
        refuses(host.pace(pin1()), ErrorCode::PinDeactivated, None);
    }
    let Passwords {
        can, pin1: right, ..
    } = Passwords::of(holder);
    {
        let mut terminal = Terminal::new(&mut *card);
        assert_eq!(attempt(&mut terminal, &right), (NOT_USABLE, DEACTIVATED));
        assert_eq!(
            attempt(&mut terminal, &wrong(&right)),
            (NOT_USABLE, DEACTIVATED)
        );
        assert_eq!(
            attempt(&mut terminal, &can),
            (OK, OK),
            "the rest of the card is not touched"
        );
    }
    let mut host = Card::open(card).expect("a card");
    let puk = AccessCode::puk(&holder.puk()).expect("eight digits");
    let mut session = host.pace(puk).expect("the PUK");
    session.unlock_card().expect("unlocked");
    drop(session);
    assert_eq!(
        host.pin_status().expect("a status"),
        PasswordStatus::Untouched,
        "no try was lost"
    );
    drop(host.pace(pin1()).expect("PIN1"));
    let mut session = host
        .pace(Walk::AccessCode.code(holder))
        .expect("the access code");
    let public = session.read(Group::Dg11).expect("the public zone");
    public.verify(&trust.verifier()).accept().expect("genuine");
}

/// Where the issuer says so, an exhausted PIN1 locks the whole card (自動鎖卡) until the PUK unblocks it;
/// elsewhere the public zone stays open. Leaves the card unblocked.
pub fn an_exhausted_pin1_locks_the_whole_card(
    card: &mut dyn CardTransport,
    holder: &Holder,
    locks_card: bool,
) {
    let wrong = || Pin::parse(&other_digits(&holder.pin1())).expect("six digits");
    let mut card = Card::open(card).expect("a card");
    let readable = |card: &mut Card<_>, walk: Walk| {
        let mut session = card
            .pace(walk.code(holder))
            .expect("PACE itself always works");
        let outcome = match walk {
            Walk::AccessCode => session.read(Group::Dg11).map(drop),
            _ => session
                .read_travel_document(host_lib::TravelGroups::mrz())
                .map(drop),
        };
        match outcome {
            Ok(()) => true,
            Err(Error::AccessDenied { .. }) => false,
            Err(other) => panic!("{walk:?}: {other}"),
        }
    };
    for walk in [Walk::AccessCode, Walk::Mrz] {
        assert!(readable(&mut card, walk), "{walk:?}, before");
    }
    refuses(card.pace(wrong()), ErrorCode::WrongPin1, Some(2));
    refuses(card.pace(wrong()), ErrorCode::WrongPin1, Some(1));
    for walk in [Walk::AccessCode, Walk::Mrz] {
        assert!(readable(&mut card, walk), "{walk:?}, suspended");
    }
    let mut session = card
        .pace(Walk::AccessCode.code(holder))
        .expect("the access code");
    refuses(session.resume_pin(wrong()), ErrorCode::WrongPin1, Some(0));
    let in_this_session = session.read(Group::Dg11).is_ok();
    assert_eq!(in_this_session, !locks_card, "at once");
    drop(session);
    for walk in [Walk::AccessCode, Walk::Mrz] {
        assert_eq!(
            readable(&mut card, walk),
            !locks_card,
            "{walk:?}, exhausted"
        );
    }
    let puk = AccessCode::puk(&holder.puk()).expect("eight digits");
    let mut session = card.pace(puk).expect("the PUK works on a locked card");
    session.unblock_pin().expect("unblocked");
    drop(session);
    for walk in [Walk::AccessCode, Walk::Mrz] {
        assert!(readable(&mut card, walk), "{walk:?}, unblocked");
    }
    drop(
        card.pace(Walk::Agency.code(holder))
            .expect("PIN1 is what it was"),
    );
}
