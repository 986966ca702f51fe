//! The power cut at every storage operation of every command that writes in the application.

use applet_sim::{ApplicationState, CardImage, CertRead, MemoryStore, Tear};
use cvc::Chat;
use iso7816::{CommandApdu, StatusWord, tlv};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::{Curve, EcPrivateKey};
use transport::{CardDevice, Interface};

use super::{
    ACTIVATE, ACTIVATE_PIN1, AUTHENTICATION, CERTIFICATES, CIA, DEACTIVATE, DEACTIVATE_PIN1, OK,
    PIN2, TERMINATE, WRONG_PIN2, authority, certificate, change, cia, enter, every_right, generate,
    image, p256, pin2_state, public_key_info, reader, reopened, reset_retry_counter, slots, verify,
    verify_command,
};
use crate::{
    card,
    passwords::state,
    reader::{GM, Reader},
};

const NEW_PIN2: &[u8] = b"99887766";

/// What can be learnt about the application from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Observed {
    pin1: StatusWord,
    selected: StatusWord,
    tries: StatusWord,
    /// The certificates, and the public keys.
    contents: Vec<(StatusWord, Vec<u8>)>,
    /// Which of the values of these tests PIN2 has.
    value: Option<&'static [u8]>,
}

fn observe(memory: &MemoryStore) -> Observed {
    let mut reader = reopened(memory);
    let pin1 = state(&mut reader, &card::pin1());
    reader.reset();
    reader.pace(GM, &card::can());
    let selected = reader.select_application(CIA);
    let tries = pin2_state(&mut reader);
    let mut commands = Vec::from(
        CERTIFICATES
            .map(|short_id| CommandApdu::new(0x00, 0xB0, 0x80 | short_id, 0x00).with_ne(65_536)),
    );
    commands.extend(
        [(0xB6, 0x81), (0xA4, 0x82), (0xB8, 0x83)]
            .map(|(template, key)| generate(0x81, template, key, None)),
    );
    let contents = commands
        .iter()
        .map(|command| reader.send(command))
        .map(|response| (response.status, response.data))
        .collect();
    // Whatever state it is in: give all tries back first.
    enter(&mut reader, &card::puk());
    reader.send(&reset_retry_counter(0x03, &[]));
    enter(&mut reader, &card::can());
    let value = [PIN2, NEW_PIN2]
        .into_iter()
        .find(|digits| verify(&mut reader, digits) == OK);
    Observed {
        pin1,
        selected,
        tries,
        contents,
        value,
    }
}

/// Brings a card to where the command under test can be sent, and returns it.
type Prepare<'a> = &'a dyn Fn(&mut Reader) -> CommandApdu;

/// What is left of a card after this command was sent to it, how many operations it took, and whether it was
/// answered.
fn run(
    start: &MemoryStore,
    prepare: Prepare<'_>,
    cut: Option<(u64, Tear)>,
) -> (MemoryStore, u64, bool) {
    let mut reader = reopened(start);
    let command = prepare(&mut reader);
    let command = reader.protected(&command);
    let before = reader.chip.memory().operations();
    if let Some((after, tear)) = cut {
        reader.chip.memory_mut().cut_power_after(after, tear);
    }
    let answered = !reader.chip.process(&command.to_bytes()).is_empty();
    let mut memory = reader.chip.into_memory();
    let operations = memory.operations() - before;
    memory.restore_power();
    (memory, operations, answered)
}

/// Cuts at every operation: afterwards the card is the old one, the new one, or the one on which `failed` was sent
/// instead.
fn cut_everywhere(start: &MemoryStore, prepare: Prepare<'_>, failed: Option<Prepare<'_>>) {
    let (complete, operations, answered) = run(start, prepare, None);
    assert!(answered && operations > 0);
    let mut allowed = vec![observe(start), observe(&complete)];
    allowed.extend(failed.map(|failed| observe(&run(start, failed, None).0)));
    let mut seen = vec![false; allowed.len()];
    for after in 0..operations {
        for tear in Tear::ALL {
            let (memory, _, answered) = run(start, prepare, Some((after, tear)));
            assert!(!answered, "{after} {tear:?}");
            let found = observe(&memory);
            let state = allowed.iter().position(|state| *state == found);
            let state = state.unwrap_or_else(|| panic!("{after} {tear:?}: {found:?}"));
            seen[state] = true;
        }
    }
    assert!(seen[0], "the old one comes up");
    assert!(seen.iter().filter(|it| **it).count() >= 2, "and another");
}

fn memory(image: &CardImage) -> MemoryStore {
    image.personalise(MemoryStore::new(64 * 1024)).unwrap()
}

/// Small keys, so that the card is copied and observed quickly.
fn small() -> CardImage {
    let mut image = image();
    image.options.cert_read = CertRead::AfterPace;
    for (slot, seed) in slots(&mut image).into_iter().zip([600, 601]) {
        let key = p256(seed);
        slot.certificate = Some(certificate(&public_key_info(&key), 300));
        slot.key = Some(key);
    }
    cia(&mut image).decipherment = applet_sim::HolderSlot::default();
    image
}

fn in_session(
    password: fn() -> secure_channel::Password,
    pin2: bool,
    command: CommandApdu,
) -> impl Fn(&mut Reader) -> CommandApdu {
    move |reader| {
        enter(reader, &password());
        if pin2 {
            assert_eq!(verify(reader, PIN2), OK);
        }
        command.clone()
    }
}

#[test]
fn a_wrong_pin2_costs_one_try_even_if_power_is_lost() {
    for tries in [3, 2, 1] {
        let mut image = small();
        image.passwords.pin2_tries = tries;
        let wrong = in_session(card::can, false, verify_command(WRONG_PIN2));
        cut_everywhere(&memory(&image), &wrong, None);
    }
}

#[test]
fn a_right_pin2_restores_all_tries_or_has_cost_one() {
    for tries in [2, 1] {
        let mut image = small();
        image.passwords.pin2_tries = tries;
        let right = in_session(card::can, false, verify_command(PIN2));
        let wrong = in_session(card::can, false, verify_command(WRONG_PIN2));
        cut_everywhere(&memory(&image), &right, Some(&wrong));
    }
}

#[test]
fn the_try_is_paid_for_before_pin2_is_compared() {
    let start = memory(&small());
    let right = in_session(card::can, false, verify_command(PIN2));
    // Four operations take the try away; what would give it back is interrupted.
    let (memory, ..) = run(&start, &right, Some((4, Tear::Nothing)));
    assert_eq!(observe(&memory).tries, StatusWord::wrong_secret(2));
}

#[test]
fn pin2_is_changed_or_not() {
    let start = memory(&small());
    cut_everywhere(&start, &in_session(card::can, true, change(NEW_PIN2)), None);
}

#[test]
fn pin2_is_unblocked_or_not() {
    let mut image = small();
    image.passwords.pin2_tries = 0;
    let start = memory(&image);
    for command in [
        reset_retry_counter(0x03, &[]),
        reset_retry_counter(0x02, NEW_PIN2),
    ] {
        cut_everywhere(&start, &in_session(card::puk, false, command), None);
    }
}

#[test]
fn the_application_is_switched_or_not() {
    let mut image = small();
    let start = memory(&image);
    cut_everywhere(&start, &in_session(card::can, true, DEACTIVATE), None);
    cia(&mut image).state = ApplicationState::Deactivated;
    let start = memory(&image);
    cut_everywhere(&start, &in_session(card::can, true, ACTIVATE), None);
}

#[test]
fn pin1_and_the_application_are_locked_together_or_neither() {
    let mut image = small();
    let start = memory(&image);
    let lock = in_session(card::pin1, false, DEACTIVATE_PIN1);
    cut_everywhere(&start, &lock, None);
    let locked = observe(&run(&start, &lock, None).0);
    assert_eq!(locked.pin1, StatusWord::DEACTIVATED);
    assert_eq!(locked.selected, StatusWord::DEACTIVATED);
    image.passwords.pin1_active = false;
    let start = memory(&image);
    let unlock = in_session(card::puk, false, ACTIVATE_PIN1);
    cut_everywhere(&start, &unlock, None);
    assert_eq!(observe(&run(&start, &unlock, None).0).selected, OK);
}

/// A card after an authority's certificates have moved its date, so that they write nothing more; and how the authority
/// gets to this command on it.
fn by_the_authority(
    command: impl Fn(&mut Reader) -> CommandApdu,
) -> (MemoryStore, impl Fn(&mut Reader) -> CommandApdu) {
    let rights: Chat = every_right();
    let mut office = authority(rights);
    let trust_points = office.image.eid.trust_points.take();
    office.image = small();
    office.image.eid.trust_points = trust_points;
    let mut reader = reader(&office.image);
    office.open(&mut reader, &card::can(), rights);
    reader.chip.power_off();
    let start = reader.chip.into_memory();
    let prepare = move |reader: &mut Reader| {
        reader.channel = None;
        reader.chip.power_on(Interface::Contact);
        office.open(reader, &card::can(), rights);
        assert_eq!(reader.select_application(CIA), OK);
        assert_eq!(verify(reader, PIN2), OK);
        command(reader)
    };
    (start, prepare)
}

#[test]
fn a_new_key_comes_and_the_old_certificate_goes_together() {
    let (start, prepare) = by_the_authority(|_| generate(0x80, 0xA4, AUTHENTICATION, Some(0x31)));
    cut_everywhere(&start, &prepare, None);
}

#[test]
fn a_certificate_is_the_old_one_or_the_new_one() {
    let new = certificate(&public_key_info(&p256(601)), 333);
    let (start, prepare) = by_the_authority(move |reader| {
        let (first, last) = new.split_at(200);
        let d7 = |offset: u8, data: &[u8]| {
            let mut objects = vec![0x54, 0x01, offset];
            tlv::push(&mut objects, tlv::Tag(0x53), data);
            CommandApdu::new(0x00, 0xD7, 0x00, 0x0C).with_data(objects)
        };
        let before = reader.chip.memory().operations();
        assert_eq!(reader.send(&d7(0, first)).status, OK);
        assert_eq!(
            reader.chip.memory().operations(),
            before,
            "a shadow stores nothing"
        );
        d7(200, last)
    });
    cut_everywhere(&start, &prepare, None);
}

#[test]
fn everything_is_wiped_or_nothing() {
    let (start, prepare) = by_the_authority(|_| TERMINATE);
    cut_everywhere(&start, &prepare, None);
    let terminated = observe(&run(&start, &prepare, None).0);
    assert_eq!(terminated.selected, StatusWord::TERMINATED);
    assert_eq!(terminated.value, None);
}

#[test]
fn nothing_is_left_of_them_in_the_memory() {
    let (start, prepare) = by_the_authority(|_| TERMINATE);
    let old = slots(&mut small()).map(|slot| slot.certificate.clone());
    // The keys of the card, as they were drawn.
    let scalars = [600, 601].map(|seed| {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        EcPrivateKey::generate(Curve::P256, &mut rng).unwrap()
    });
    let secrets: Vec<&[u8]> = old
        .iter()
        .flatten()
        .map(Vec::as_slice)
        .chain([PIN2, scalars[0].expose_secret(), scalars[1].expose_secret()])
        .collect();
    let holds = |memory: &MemoryStore| {
        let holds = |secret: &[u8]| {
            let mut windows = memory.durable_bytes().windows(secret.len());
            windows.any(|bytes| bytes == secret)
        };
        secrets.iter().any(|secret| holds(secret))
    };
    assert!(holds(&start));
    let (complete, operations, _) = run(&start, &prepare, None);
    assert!(!holds(&complete));
    let kept = |secret: &&[u8]| {
        start
            .durable_bytes()
            .windows(secret.len())
            .any(|it| it == *secret)
    };
    assert!(secrets.iter().all(kept), "each of them was there");
    for after in 0..operations {
        let (memory, ..) = run(&start, &prepare, Some((after, Tear::Everything)));
        // Switching it on finishes what was begun.
        let mut reader = reopened(&memory);
        reader.pace(GM, &card::can());
        let terminated = reader.select_application(CIA) == StatusWord::TERMINATED;
        assert_eq!(holds(reader.chip.memory()), !terminated, "{after}");
    }
}
