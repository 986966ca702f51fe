//! MANAGE SECURITY ENVIRONMENT: key and algorithm for what follows.

use applet_sim::HolderSlot;
use iso7816::{CommandApdu, StatusWord};

use super::{
    AUTHENTICATION, CIA, CONDITIONS, DECIPHERMENT, DENIED, INCORRECT, NO_REFERENCE, OK, PIN2,
    SIGNATURE, at_the_authority, authenticate, authority, enter, every_right, image, p256, reader,
    rsa, set, sign, slots, status, verify, with_pin2,
};
use crate::{
    card,
    reader::{EID, GM, Reader},
};

const ALGORITHMS: [u8; 14] = [
    0x11, 0x12, 0x13, 0x21, 0x22, 0x23, 0x31, 0x32, 0x33, 0x41, 0x42, 0x43, 0x44, 0x45,
];

#[test]
fn each_slot_takes_the_algorithms_of_its_key_and_its_use_and_no_others() {
    let mut image = image();
    for [signature, authentication] in [[rsa(0), p256(502)], [p256(502), rsa(0)]] {
        let is_rsa = |key: &applet_sim::HolderKey| key.kind() == applet_sim::KeyKind::Rsa2048;
        let kinds = [is_rsa(&signature), is_rsa(&authentication), true];
        for (slot, key) in slots(&mut image)
            .into_iter()
            .zip([signature, authentication])
        {
            slot.key = Some(key);
            slot.certificate = None;
        }
        let mut reader = reader(&image);
        enter(&mut reader, &card::can());
        for (template, key, is_rsa) in [
            (0xB6, SIGNATURE, kinds[0]),
            (0xA4, AUTHENTICATION, kinds[1]),
            (0xB8, DECIPHERMENT, kinds[2]),
        ] {
            for algorithm in (0..=0xFF).filter(|it| it % 16 < 6) {
                let fits = match (key, is_rsa) {
                    (DECIPHERMENT, _) => (0x41..=0x45).contains(&algorithm),
                    (_, true) => matches!(algorithm, 0x11..=0x13 | 0x21..=0x23),
                    (_, false) => matches!(algorithm, 0x31..=0x33),
                };
                assert!(!fits || ALGORITHMS.contains(&algorithm));
                let expected = if fits { OK } else { INCORRECT };
                let found = status(&mut reader, &set(template, algorithm, key));
                assert_eq!(found, expected, "{template:02X} {algorithm:02X}");
            }
        }
    }
}

#[test]
fn a_use_has_its_own_key_and_no_other() {
    let mut reader = with_pin2(&image());
    for (template, algorithm) in [(0xB6, 0x11), (0xA4, 0x31), (0xB8, 0x41)] {
        let own = match template {
            0xB6 => SIGNATURE,
            0xA4 => AUTHENTICATION,
            _ => DECIPHERMENT,
        };
        for key in [0x00, 0x01, 0x80, 0x81, 0x82, 0x83, 0x84, 0xFF] {
            let expected = if key == own { OK } else { NO_REFERENCE };
            let found = status(&mut reader, &set(template, algorithm, key));
            assert_eq!(found, expected, "{template:02X} {key:02X}");
        }
    }
}

#[test]
fn an_empty_slot_has_no_key() {
    let mut image = image();
    for slot in slots(&mut image) {
        *slot = HolderSlot::default();
    }
    let mut reader = with_pin2(&image);
    for (template, algorithm, key) in [
        (0xB6, 0x11, SIGNATURE),
        (0xA4, 0x31, AUTHENTICATION),
        (0xB8, 0x41, DECIPHERMENT),
    ] {
        let found = status(&mut reader, &set(template, algorithm, key));
        assert_eq!(found, NO_REFERENCE);
    }
}

#[test]
fn malformed_ones_are_refused_and_forget_what_was_set() {
    let mut reader = with_pin2(&image());
    for data in [
        &[][..],
        &[0x80, 0x01, 0x11],
        &[0x84, 0x01, 0x81],
        &[0x80, 0x01, 0x11, 0x80, 0x01, 0x11, 0x84, 0x01, 0x81],
        &[0x80, 0x01, 0x11, 0x84, 0x01, 0x81, 0x83, 0x01, 0x81],
        &[0x80, 0x02, 0x11, 0x11, 0x84, 0x01, 0x81],
        &[0x80, 0x01, 0x11, 0x84, 0x02, 0x81, 0x81],
        &[0x80, 0x01, 0x11, 0x84, 0x00],
    ] {
        let command = CommandApdu::new(0x00, 0x22, 0x41, 0xB6).with_data(data);
        assert_eq!(status(&mut reader, &command), INCORRECT, "{data:02X?}");
    }
    assert_eq!(status(&mut reader, &set(0xB6, 0x11, SIGNATURE)), OK);
    assert_eq!(status(&mut reader, &set(0xB6, 0x31, SIGNATURE)), INCORRECT);
    assert_eq!(status(&mut reader, &sign(&[7; 32])), CONDITIONS);
    let other = CommandApdu::new(0x00, 0x22, 0x41, 0xAA).with_data([0x80, 0x01, 0x11]);
    assert_eq!(status(&mut reader, &other), StatusWord::INCORRECT_P1_P2);
}

#[test]
fn it_needs_no_pin2_and_is_for_the_holders_own_reader() {
    let mut reader = reader(&image());
    let all = [
        set(0xB6, 0x11, SIGNATURE),
        set(0xA4, 0x31, AUTHENTICATION),
        set(0xB8, 0x41, DECIPHERMENT),
    ];
    for (password, expected) in [(card::can(), OK), (card::pin1(), OK), (card::puk(), DENIED)] {
        enter(&mut reader, &password);
        for command in &all {
            assert_eq!(status(&mut reader, command), expected, "{password:?}");
        }
    }
    let office = authority(every_right());
    let mut reader = at_the_authority(&office, &card::pin1(), every_right());
    assert_eq!(verify(&mut reader, PIN2), OK);
    for command in &all {
        assert_eq!(status(&mut reader, command), DENIED);
    }
}

#[test]
fn leaving_the_application_forgets_it_and_the_uses_do_not_mix() {
    let mut reader = with_pin2(&image());
    assert_eq!(status(&mut reader, &set(0xB6, 0x11, SIGNATURE)), OK);
    assert_eq!(status(&mut reader, &authenticate(&[7; 32])), CONDITIONS);
    assert_eq!(reader.send(&sign(&[7; 32])).status, OK);
    for other in [EID, CIA] {
        assert_eq!(status(&mut reader, &set(0xB6, 0x11, SIGNATURE)), OK);
        assert_eq!(reader.select_application(other), OK);
        assert_eq!(reader.select_application(CIA), OK);
        assert_eq!(verify(&mut reader, PIN2), OK);
        assert_eq!(status(&mut reader, &sign(&[7; 32])), CONDITIONS);
    }
}

#[test]
fn elsewhere_a_mechanism_of_one_byte_is_none() {
    let mut reader = Reader::new(&image());
    reader.pace(GM, &card::pin1());
    assert_eq!(reader.select_application(EID), OK);
    let found = status(&mut reader, &set(0xA4, 0x31, AUTHENTICATION));
    assert_eq!(found, INCORRECT);
}
