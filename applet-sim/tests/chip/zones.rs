//! What each session opens: every file against every way in.

use applet_sim::{CardImage, LifeCycle, Lockout, MemoryStore, PersonaliseError};
use iso7816::{CommandApdu, StatusWord};
use secure_channel::{Password, pace::PaceSuite};

use crate::{
    card,
    reader::{CAM, EID, GM, ICAO, Reader},
};

const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;

/// CHAT of an authentication terminal that asks for everything.
pub(crate) const AUTHENTICATION_TERMINAL: &[u8] = &[
    0x7F, 0x4C, 0x12, 0x06, 0x09, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, 0x02, 0x53, 0x05,
    0x3F, 0x7F, 0xFF, 0xFF, 0xFF,
];
/// CHAT of an inspection system.
pub(crate) const INSPECTION_SYSTEM: &[u8] = &[
    0x7F, 0x4C, 0x0E, 0x06, 0x09, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, 0x01, 0x53, 0x01,
    0x03,
];

const PUBLIC: [u8; 4] = [2, 11, 12, 13];
const PROTECTED: [u8; 7] = [3, 4, 5, 6, 7, 8, 9];
/// Short identifier of both EF.SODs and of EF.CardSecurity.
const SOD: u8 = 0x1D;

/// What a session opens, zone by zone.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Opens {
    card_security: bool,
    gdo: bool,
    public: bool,
    protected: bool,
    icao: bool,
}

/// Reads everything that the card could have and returns what it let us read, after checking that
/// each zone opens as one.
fn opens(reader: &mut Reader, image: &CardImage) -> Opens {
    assert_eq!(
        reader
            .send(&CommandApdu::new(0x00, 0xA4, 0x00, 0x0C))
            .status,
        StatusWord::OK
    );
    assert_eq!(
        reader.read_file(0x1C),
        Ok(image.master_file.card_access.clone()),
        "always readable"
    );
    let card_security = opened(reader.read_file(SOD), &image.master_file.card_security);
    assert_eq!(
        reader.read_file(0x1B),
        Err(DENIED),
        "EF.ChipSecurity is for privileged terminals"
    );
    let gdo = match reader.select_file(0x2F02) {
        StatusWord::OK => {
            let response = reader.send(&CommandApdu::new(0x00, 0xB0, 0x00, 0x00).with_ne(256));
            assert_eq!(response.data, image.master_file.gdo);
            true
        }
        status => {
            assert_eq!(status, DENIED);
            false
        }
    };

    assert_eq!(reader.select_application(EID), StatusWord::OK);
    let mut group = |number: u8| {
        let selected = reader.select_file(0x0100 | u16::from(number));
        let open = opened(reader.read_file(number), &image.eid.groups[&number]);
        assert_eq!(
            selected,
            if open { StatusWord::OK } else { DENIED },
            "SELECT and READ BINARY agree"
        );
        open
    };
    let public = all_alike(&PUBLIC.map(&mut group));
    let protected = all_alike(&PROTECTED.map(&mut group));
    assert_eq!(
        opened(reader.read_file(SOD), &image.eid.sod),
        public,
        "EF.SOD belongs to the public zone"
    );
    for absent in [1, 10, 14, 15, 16, 17, 22] {
        assert_eq!(
            reader.read_file(absent),
            Err(StatusWord::FILE_NOT_FOUND),
            "the profile has no group {absent}"
        );
    }

    let application = image.icao.as_ref().unwrap();
    let icao = match reader.select_application(ICAO) {
        StatusWord::OK => {
            assert_eq!(reader.read_file(0x1E), Ok(application.com.clone()));
            assert_eq!(reader.read_file(SOD), Ok(application.sod.clone()));
            assert_eq!(reader.read_file(1), Ok(application.dg1.clone()));
            assert_eq!(reader.read_file(2), Ok(application.dg2.clone()));
            assert_eq!(reader.read_file(14), Ok(application.dg14.clone()));
            assert_eq!(reader.read_file(15), Ok(application.dg15.clone().unwrap()));
            true
        }
        status => {
            assert_eq!(status, DENIED);
            false
        }
    };
    Opens {
        card_security,
        gdo,
        public,
        protected,
        icao,
    }
}

fn opened(outcome: Result<Vec<u8>, StatusWord>, expected: &[u8]) -> bool {
    match outcome {
        Ok(bytes) => {
            assert_eq!(bytes, expected);
            true
        }
        Err(status) => {
            assert_eq!(status, DENIED);
            false
        }
    }
}

fn all_alike(zone: &[bool]) -> bool {
    assert!(
        zone.iter().all(|open| *open == zone[0]),
        "a zone opens as one"
    );
    zone[0]
}

/// A fresh card and a session on it.
fn session(image: &CardImage, suite: PaceSuite, password: &Password, chat: &[u8]) -> Opens {
    let mut reader = Reader::new(image);
    reader.try_pace(suite, password, chat).unwrap();
    opens(&mut reader, image)
}

const NOTHING: Opens = Opens {
    card_security: false,
    gdo: false,
    public: false,
    protected: false,
    icao: false,
};
const CHANNEL_ONLY: Opens = Opens {
    card_security: true,
    ..NOTHING
};

#[test]
fn without_pace_nothing_personal_is_open() {
    let image = card::image();
    assert_eq!(opens(&mut Reader::new(&image), &image), NOTHING);
}

#[test]
fn the_can_opens_the_public_zone_alone() {
    let image = card::image();
    for suite in [GM, CAM] {
        assert_eq!(
            session(&image, suite, &card::can(), &[]),
            Opens {
                public: true,
                ..CHANNEL_ONLY
            }
        );
    }
}

#[test]
fn pin1_alone_does_not_open_the_protected_zone_whatever_the_chip_has_proven() {
    let image = card::image();
    for suite in [GM, CAM] {
        assert_eq!(
            session(&image, suite, &card::pin1(), &[]),
            Opens {
                public: true,
                gdo: true,
                ..CHANNEL_ONLY
            }
        );
    }
}

#[test]
fn the_mrz_opens_the_icao_application_alone() {
    let image = card::image();
    for suite in [GM, CAM] {
        assert_eq!(
            session(&image, suite, &card::mrz(), &[]),
            Opens {
                icao: true,
                ..CHANNEL_ONLY
            }
        );
    }
}

#[test]
fn the_can_opens_the_icao_application_where_the_issuer_says_so() {
    let mut image = card::image();
    image.options.icao_can = true;
    assert_eq!(
        session(&image, GM, &card::can(), &[]),
        Opens {
            public: true,
            icao: true,
            ..CHANNEL_ONLY
        }
    );
    assert!(
        !session(&image, GM, &card::pin1(), &[]).icao,
        "PIN1 does not"
    );
}

#[test]
fn what_the_can_selected_a_resumed_pin1_does_not_read() {
    let mut image = card::image();
    image.options.icao_can = true;
    image.passwords.pin1_tries = 1;
    let mut reader = Reader::new(&image);
    reader.pace(CAM, &card::can());
    assert_eq!(reader.select_application(ICAO), StatusWord::OK);
    for short_id in [0x1E, 0x1D, 1, 2, 14] {
        assert!(reader.read_short(short_id).status.is_ok(), "{short_id:02X}");
    }
    reader.pace(CAM, &card::pin1());
    for short_id in [0x1E, 0x1D, 1, 2, 14] {
        assert_eq!(
            reader.read_short(short_id).status,
            StatusWord::SECURITY_STATUS_NOT_SATISFIED,
            "{short_id:02X}"
        );
    }
}

#[test]
fn the_puk_opens_no_data() {
    let image = card::image();
    for suite in [GM, CAM] {
        assert_eq!(session(&image, suite, &card::puk(), &[]), CHANNEL_ONLY);
    }
}

#[test]
fn a_transport_pin_opens_no_data() {
    let mut image = card::image();
    image.passwords.pin1 = card::transport_pin();
    for suite in [GM, CAM] {
        assert_eq!(
            session(&image, suite, &card::transport_pin(), &[]),
            CHANNEL_ONLY
        );
    }
}

#[test]
fn a_terminal_session_opens_no_data_before_terminal_authentication() {
    let image = card::image();
    for suite in [GM, CAM] {
        for password in [card::can(), card::pin1()] {
            assert_eq!(
                session(&image, suite, &password, AUTHENTICATION_TERMINAL),
                CHANNEL_ONLY
            );
        }
        for password in [card::can(), card::mrz()] {
            assert_eq!(
                session(&image, suite, &password, INSPECTION_SYSTEM),
                CHANNEL_ONLY
            );
        }
    }
}

#[test]
fn pin1_after_the_can_opens_what_pin1_opens() {
    let mut image = card::image();
    image.passwords.pin1_tries = 1;
    let mut reader = Reader::new(&image);
    reader.pace(GM, &card::can());
    reader.pace(CAM, &card::pin1());
    let expected = Opens {
        public: true,
        gdo: true,
        ..CHANNEL_ONLY
    };
    assert_eq!(opens(&mut reader, &image), expected);
}

#[test]
fn a_terminated_card_gives_nothing_to_anyone() {
    let mut image = card::image();
    image.options.life_cycle = LifeCycle::Terminated;
    let mut reader = Reader::new(&image);
    for password in [card::can(), card::mrz(), card::pin1(), card::puk()] {
        for chat in [&[][..], AUTHENTICATION_TERMINAL] {
            assert_eq!(reader.set_at(GM, &password, chat), DENIED);
        }
    }
    assert_eq!(reader.select_application(EID), DENIED);
    assert_eq!(reader.select_application(ICAO), DENIED);
    assert_eq!(
        reader.read_file(0x1C),
        Ok(image.master_file.card_access),
        "EF.CardAccess tells nothing personal"
    );
}

#[test]
fn a_locked_card_gives_nothing_until_the_puk_unblocks_it() {
    let mut image = card::image();
    image.options.lockout = Lockout::Card;
    image.passwords.pin1_tries = 0;
    for password in [card::can(), card::mrz()] {
        assert_eq!(session(&image, GM, &password, &[]), CHANNEL_ONLY);
    }
    let mut reader = Reader::new(&image);
    reader.pace(GM, &card::puk());
    assert_eq!(opens(&mut reader, &image), CHANNEL_ONLY);
    assert_eq!(
        reader
            .send(&CommandApdu::new(0x00, 0x2C, 0x03, 0x03))
            .status,
        StatusWord::OK
    );
    reader.reset();
    reader.pace(GM, &card::can());
    assert_eq!(
        opens(&mut reader, &image),
        Opens {
            public: true,
            ..CHANNEL_ONLY
        }
    );
}

#[test]
fn without_lockout_of_the_card_an_exhausted_pin1_leaves_the_public_zone_open() {
    let mut image = card::image();
    image.passwords.pin1_tries = 0;
    assert_eq!(
        session(&image, GM, &card::can(), &[]),
        Opens {
            public: true,
            ..CHANNEL_ONLY
        }
    );
}

#[test]
fn an_application_that_is_not_there_is_not_found() {
    let mut image = card::image();
    image.icao = None;
    let mut reader = Reader::new(&image);
    assert_eq!(reader.select_application(ICAO), StatusWord::FILE_NOT_FOUND);
    reader.pace(GM, &card::mrz());
    assert_eq!(reader.select_application(ICAO), StatusWord::FILE_NOT_FOUND);
}

#[test]
fn a_group_that_is_not_there_is_missed_only_by_those_who_may_read_it() {
    let mut image = card::image();
    image.eid.groups.remove(&2);
    let mut reader = Reader::new(&image);
    reader.select_application(EID);
    assert_eq!(reader.read_file(2), Err(DENIED));
    reader.pace(GM, &card::can());
    assert_eq!(reader.read_file(2), Err(StatusWord::FILE_NOT_FOUND));
    assert_eq!(reader.select_file(0x0102), StatusWord::FILE_NOT_FOUND);
}

/// The bytes that only PIN1 may open, looked for in everything that a session with the CAN can make
/// the card say.
#[test]
fn no_protected_value_is_reachable_with_the_can_alone() {
    let image = card::image();
    let secret: Vec<&[u8]> = PROTECTED
        .iter()
        .map(|group| &image.eid.groups[group][..8])
        .collect();
    let mut reader = Reader::new(&image);
    reader.pace(CAM, &card::can());
    let mut look = |command: CommandApdu| {
        let response = reader.send(&command);
        for secret in &secret {
            assert!(
                !response.data.windows(8).any(|window| window == *secret),
                "{command:?}"
            );
        }
    };
    for application in [&[][..], EID, ICAO] {
        let p1 = if application.is_empty() { 0x00 } else { 0x04 };
        for p1_file in [0x00, 0x02, 0x08, 0x09] {
            for id in (0x0100..=0x011F).chain([0x2F00, 0x2F01, 0x2F02, 0x3F00]) {
                look(CommandApdu::new(0x00, 0xA4, p1, 0x0C).with_data(application));
                look(
                    CommandApdu::new(0x00, 0xA4, p1_file, 0x00)
                        .with_data(u16::to_be_bytes(id))
                        .with_ne(256),
                );
                look(CommandApdu::new(0x00, 0xB0, 0x00, 0x00).with_ne(256));
                look(CommandApdu::new(0x00, 0xB0, 0x80 | (id & 0x1F) as u8, 0x00).with_ne(256));
                let [p1, p2] = u16::to_be_bytes(id);
                look(
                    CommandApdu::new(0x00, 0xB1, p1, p2)
                        .with_data([0x54, 0x01, 0x00])
                        .with_ne(256),
                );
            }
        }
    }
}

#[test]
fn only_the_groups_of_the_profile_can_be_personalised() {
    for number in (0..=255).filter(|number| !PUBLIC.contains(number) && !PROTECTED.contains(number))
    {
        let mut image = card::image();
        image.eid.groups.insert(number, vec![0]);
        let refused = image.personalise(MemoryStore::default()).err();
        assert_eq!(refused, Some(PersonaliseError::UnknownGroup(number)));
    }
}
