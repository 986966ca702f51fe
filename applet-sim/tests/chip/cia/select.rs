//! Who may enter the application, and what SELECT says.

use applet_sim::{ApplicationState, PersonaliseError};
use iso7816::{CommandApdu, StatusWord};

use super::{
    CIA, DENIED, INCORRECT, NOT_FOUND, OK, PIN2, at_the_authority, authority, certificate, cia,
    every_right, image, p256, pin2_state, public_key_info, reader, slots, verify,
};
use crate::{
    agency::only,
    card,
    reader::{EID, GM, Reader, memory},
    zones::{AUTHENTICATION_TERMINAL, INSPECTION_SYSTEM},
};

const FCP: CommandApdu = CommandApdu::new(0x00, 0xA4, 0x04, 0x04);

#[test]
fn sessions_of_can_pin1_and_puk_enter_it_and_no_others() {
    let mut image = image();
    image.passwords.mrz = Some(card::mrz());
    for (password, chat, status) in [
        (None, &[][..], DENIED),
        (Some(card::can()), &[], OK),
        (Some(card::pin1()), &[], OK),
        (Some(card::puk()), &[], OK),
        (Some(card::mrz()), &[], DENIED),
        (Some(card::can()), AUTHENTICATION_TERMINAL, DENIED),
        (Some(card::pin1()), AUTHENTICATION_TERMINAL, DENIED),
        (Some(card::can()), INSPECTION_SYSTEM, DENIED),
    ] {
        let mut reader = reader(&image);
        if let Some(password) = &password {
            reader.try_pace(GM, password, chat).unwrap();
        }
        assert_eq!(reader.select_application(CIA), status, "{password:?}");
    }
}

#[test]
fn a_terminal_enters_it_with_its_rights_and_not_before() {
    let office = authority(only(&[cvc::Right::InstallCertificate]));
    let mut reader = reader(&office.image);
    office.open(
        &mut reader,
        &card::pin1(),
        only(&[cvc::Right::InstallCertificate]),
    );
    assert_eq!(reader.select_application(CIA), OK);
}

#[test]
fn a_card_without_it_does_not_find_it_whatever_the_session() {
    let mut image = image();
    image.cia = None;
    let mut reader = reader(&image);
    assert_eq!(reader.select_application(CIA), NOT_FOUND);
    reader.pace(GM, &card::can());
    assert_eq!(reader.select_application(CIA), NOT_FOUND);
}

#[test]
fn select_tells_name_and_state() {
    for (state, status, byte) in [
        (ApplicationState::Activated, OK, 0x05),
        (ApplicationState::Deactivated, StatusWord::DEACTIVATED, 0x04),
        (ApplicationState::Terminated, StatusWord::TERMINATED, 0x0C),
    ] {
        let mut image = image();
        cia(&mut image).state = state;
        let mut reader = reader(&image);
        reader.pace(GM, &card::can());
        let response = reader.send(&FCP.with_data(CIA).with_ne(256));
        assert_eq!(response.status, status);
        let expected = [
            &[0x62, 20, 0x82, 0x01, 0x38, 0x84, 0x0C],
            CIA,
            &[0x8A, 0x01, byte],
        ]
        .concat();
        assert_eq!(response.data, expected);
    }
}

#[test]
fn before_pace_cards_with_it_are_all_alike() {
    for state in [
        ApplicationState::Activated,
        ApplicationState::Deactivated,
        ApplicationState::Terminated,
    ] {
        let mut image = image();
        cia(&mut image).state = state;
        image.passwords.pin2 = None;
        let mut reader = reader(&image);
        assert_eq!(reader.select_application(CIA), DENIED);
    }
}

#[test]
fn its_files_have_the_identifiers_of_the_profile() {
    let mut reader = reader(&image());
    reader.pace(GM, &card::can());
    assert_eq!(reader.select_application(CIA), OK);
    assert_eq!(verify(&mut reader, PIN2), OK);
    for (id, short_id) in [
        (0x5031, 0x11),
        (0x5032, 0x12),
        (0x4401, 0x01),
        (0x4402, 0x02),
        (0x4403, 0x03),
        (0x4404, 0x04),
        (0x4331, 0x0B),
        (0x4332, 0x0C),
        (0x4333, 0x0D),
    ] {
        assert_eq!(reader.select_file(id), OK, "{id:04X}");
        let read = CommandApdu::new(0x00, 0xB0, 0x00, 0x00).with_ne(256);
        let current = reader.send(&read);
        assert_eq!(current, reader.read_short(short_id), "{id:04X}");
    }
    assert_eq!(reader.select_file(0x4334), NOT_FOUND);
}

#[test]
fn an_empty_slot_has_no_certificate() {
    let mut image = image();
    for slot in slots(&mut image) {
        slot.certificate = None;
    }
    let mut reader = reader(&image);
    reader.pace(GM, &card::can());
    assert_eq!(reader.select_application(CIA), OK);
    assert_eq!(verify(&mut reader, PIN2), OK);
    for short_id in super::CERTIFICATES {
        assert_eq!(reader.read_short(short_id).status, NOT_FOUND);
    }
}

#[test]
fn leaving_or_reselecting_it_forgets_pin2() {
    let mut reader = reader(&image());
    reader.pace(GM, &card::can());
    for again in [CIA, EID, &[]] {
        assert_eq!(reader.select_application(CIA), OK);
        assert_eq!(verify(&mut reader, PIN2), OK);
        assert_eq!(pin2_state(&mut reader), OK);
        if again.is_empty() {
            // A file of the master file, which then is the current directory.
            let near = CommandApdu::new(0x00, 0xA4, 0x00, 0x0C).with_data([0x01, 0x1C]);
            assert_eq!(reader.send(&near).status, OK);
        } else {
            assert_eq!(reader.select_application(again), OK);
        }
        if again != CIA {
            assert_eq!(reader.select_application(CIA), OK);
        }
        assert_eq!(pin2_state(&mut reader), StatusWord::wrong_secret(3));
    }
    // A refused SELECT leaves everything as it was.
    assert_eq!(verify(&mut reader, PIN2), OK);
    assert_eq!(reader.select_file(0x9999), NOT_FOUND);
    assert_eq!(pin2_state(&mut reader), OK);
}

#[test]
fn the_identity_is_read_whatever_state_the_application_is_in() {
    for state in [ApplicationState::Deactivated, ApplicationState::Terminated] {
        let mut image = image();
        cia(&mut image).state = state;
        let mut reader = reader(&image);
        reader.pace(GM, &card::can());
        assert_eq!(reader.select_application(EID), OK);
        assert_eq!(reader.read_file(2).unwrap(), image.eid.groups[&2]);
    }
}

#[test]
fn an_image_that_does_not_fit_is_refused() {
    let refused = |change: &dyn Fn(&mut applet_sim::CardImage)| {
        let mut image = image();
        change(&mut image);
        let memory = applet_sim::MemoryStore::new(256 * 1024);
        image.personalise(memory).map(drop).err()
    };
    let slot = |name| Some(PersonaliseError::Slot(name));
    assert_eq!(
        refused(&|image| slots(image)[2].key = Some(p256(1))),
        slot("key for decipherment")
    );
    assert_eq!(
        refused(&|image| slots(image)[0].key = None),
        slot("slot for signatures")
    );
    let key = public_key_info(&p256(1));
    for (length, expected) in [(4096, None), (4097, slot("slot for authentication"))] {
        let long = certificate(&key, length);
        let found = refused(&|image| slots(image)[1].certificate = Some(long.clone()));
        assert_eq!(found, expected);
    }
    assert_eq!(
        refused(&|image| image.passwords.pin2_tries = 4),
        Some(PersonaliseError::Tries("PIN2"))
    );
    assert_eq!(
        refused(&|image| image.passwords.pin2 = Some(b"1234567".to_vec().into())),
        Some(PersonaliseError::Password("PIN2"))
    );
}

#[test]
fn what_is_plain_is_refused_for_want_of_a_session() {
    let mut reader = Reader::with_memory(memory(&image())).unwrap();
    for (bytes, status) in [
        (&b"\x00\x20\x00\x81\x0813572468"[..], DENIED),
        (b"\x00\x20\x00\x81", DENIED),
        (b"\x00\x24\x01\x81\x0813572468", DENIED),
        (b"\x00\x2C\x03\x81", DENIED),
        (b"\x00\x22\x41\xB6\x06\x80\x01\x11\x84\x01\x81", DENIED),
        (b"\x00\x22\x41\xB8\x06\x80\x01\x41\x84\x01\x83", DENIED),
        // Elsewhere an algorithm has an object identifier.
        (b"\x00\x22\x41\xA4\x06\x80\x01\x31\x84\x01\x82", INCORRECT),
        (b"\x00\x2A\x9E\x9A\x01\x00\x00", DENIED),
        (b"\x00\x2A\x80\x86\x01\x00\x00", DENIED),
        (b"\x00\x47\x80\x00\x05\xB6\x03\x84\x01\x81\x00", DENIED),
        (b"\x00\x47\x81\x00\x05\xB6\x03\x84\x01\x81\x00", DENIED),
        (b"\x00\x04\x00\x00", DENIED),
        (b"\x00\x44\x00\x00", DENIED),
        (b"\x00\xE6\x00\x00", DENIED),
    ] {
        assert_eq!(reader.raw(bytes).status, status, "{bytes:02X?}");
    }
}

#[test]
fn its_commands_find_nothing_in_another_directory() {
    use super::{ACTIVATE, DEACTIVATE, NO_REFERENCE, generate, set, status, verify_command};
    let mut reader = reader(&image());
    reader.pace(GM, &card::pin1());
    assert_eq!(reader.select_application(EID), OK);
    for command in [
        verify_command(PIN2),
        set(0xB6, 0x11, 0x81),
        set(0xB8, 0x41, 0x83),
        generate(0x81, 0xB6, 0x81, None),
        DEACTIVATE,
        ACTIVATE,
    ] {
        assert_eq!(status(&mut reader, &command), NO_REFERENCE, "{command:?}");
    }
    let office = authority(every_right());
    let mut reader = at_the_authority(&office, &card::pin1(), every_right());
    assert_eq!(reader.select_application(EID), OK);
    assert_eq!(status(&mut reader, &super::TERMINATE), NO_REFERENCE);
}
