//! VERIFY and COMPARE of auxiliary data: yes or no, to whom, and about what.

use applet_sim::{CardImage, LifeCycle, Lockout, ReferenceData};
use cvc::{Chat, Right, Role, TerminalType};
use iso7816::{CommandApdu, StatusWord, tlv};
use secure_channel::auxiliary_data::{AuxiliaryData, Builder, Date, Kind};
use transport::CardDevice;

use crate::{
    agency::{everything, only},
    card,
    reader::{CAM, EID, Reader},
    terminal_authentication::{Office, office, pace},
};

const OK: StatusWord = StatusWord::OK;
const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
const NOT_FOUND: StatusWord = StatusWord::REFERENCE_NOT_FOUND;
const NO: StatusWord = StatusWord(0x6300);
const DIFFERS: StatusWord = StatusWord(0x6340);

fn date(digits: &str) -> Date {
    Date::parse(digits).unwrap()
}

/// Auxiliary data to which the test card answers yes, whatever the kind.
fn agreeing() -> AuxiliaryData {
    let asked = AuxiliaryData::builder().date_of_birth(date("20080512"));
    let asked = asked.date_of_expiry(date("20260301"));
    asked.municipality_id("新北市".as_bytes()).build().unwrap()
}

/// A card with this reference data, opened with PIN1 by a terminal that may everything and asks this.
fn asked_of(data: ReferenceData, asked: Builder) -> Reader {
    let mut office = office(everything(Role::Terminal));
    office.image.eid.reference_data = data;
    let mut reader = Reader::new(&office.image);
    let asked = asked.build().unwrap();
    office.open_asking(
        &mut reader,
        &card::pin1(),
        everything(Role::Terminal),
        asked,
    );
    reader
}

/// What VERIFY and COMPARE say, which is the same.
fn answer(reader: &mut Reader, kind: Kind) -> bool {
    match [kind.verify(), kind.compare()].map(|command| reader.send(&command)) {
        [verified, compared] if verified.status == OK && compared.status == OK => {
            assert!(verified.data.is_empty() && compared.data.is_empty());
            true
        }
        [verified, compared] => {
            assert_eq!(
                (verified.status, compared.status),
                (NO, DIFFERS),
                "{kind:?}"
            );
            assert!(verified.data.is_empty() && compared.data.is_empty());
            false
        }
    }
}

#[test]
fn the_birthday_itself_is_old_enough_and_the_day_before_is_not() {
    for (born, asked, expected) in [
        // The eighteenth birthday is 12 May 2026: a service asks for who was born 18 years before today.
        ("20080512", "20080511", false),
        ("20080512", "20080512", true),
        ("20080512", "20080513", true),
        // Born on 29 February: not yet 18 on 28 February 2026, but on 1 March.
        ("20080229", "20080228", false),
        ("20080229", "20080229", true),
        ("20080229", "20080301", true),
        // Turns of month, year and century.
        ("20080131", "20080201", true),
        ("20080201", "20080131", false),
        ("20071231", "20080101", true),
        ("20080101", "20071231", false),
        ("19991231", "20000101", true),
        ("20000101", "19991231", false),
    ] {
        let data = ReferenceData {
            date_of_birth: Some(date(born)),
            ..ReferenceData::default()
        };
        let asked_date = AuxiliaryData::builder().date_of_birth(date(asked));
        let mut reader = asked_of(data, asked_date);
        assert_eq!(
            answer(&mut reader, Kind::DateOfBirth),
            expected,
            "born {born}, asked for {asked}"
        );
    }
}

#[test]
fn a_card_is_valid_on_its_last_day_and_not_on_the_next() {
    for (today, expected) in [
        ("20351230", true),
        ("20351231", true),
        ("20360101", false),
        ("20260301", true),
    ] {
        let asked = AuxiliaryData::builder().date_of_expiry(date(today));
        let mut reader = asked_of(card::reference_data(), asked);
        assert_eq!(
            answer(&mut reader, Kind::DateOfExpiry),
            expected,
            "on {today}"
        );
    }
}

#[test]
fn a_place_is_asked_for_by_its_beginning() {
    for (asked, expected) in [
        ("新北市", true),
        ("新北市板橋區", true),
        ("新北市板橋區樣本里", true),
        ("新北市板橋區樣本里1鄰", false),
        ("臺北市", false),
        ("板橋區", false),
        ("新北市淡水區", false),
        ("新", true),
    ] {
        let beginning = AuxiliaryData::builder().municipality_id(asked.as_bytes());
        let mut reader = asked_of(card::reference_data(), beginning);
        assert_eq!(
            answer(&mut reader, Kind::MunicipalityId),
            expected,
            "{asked}"
        );
    }
}

/// The three answers to a terminal whose certificate has some rights, of which the holder confirmed some.
fn answers(
    office: &Office,
    password: &secure_channel::Password,
    confirmed: Chat,
) -> [StatusWord; 3] {
    let mut reader = Reader::new(&office.image);
    office.open_asking(&mut reader, password, confirmed, agreeing());
    ask(&mut reader)
}

fn ask(reader: &mut Reader) -> [StatusWord; 3] {
    Kind::ALL.map(|kind| {
        let [verified, compared] =
            [kind.verify(), kind.compare()].map(|command| reader.send(&command).status);
        assert_eq!(verified, compared, "{kind:?}");
        verified
    })
}

#[test]
fn each_question_needs_its_right_and_validity_none() {
    let (age, place) = (Right::AgeVerification, Right::CommunityVerification);
    let all = everything(Role::Terminal);
    for (certified, confirmed, expected) in [
        (only(&[age]), all, [OK, OK, DENIED]),
        (only(&[place]), all, [DENIED, OK, OK]),
        (all, only(&[age]), [OK, OK, DENIED]),
        (all, only(&[place]), [DENIED, OK, OK]),
        (only(&[]), all, [DENIED, OK, DENIED]),
        (all, only(&[]), [DENIED, OK, DENIED]),
        (all, all, [OK; 3]),
        (all.without(age), all, [DENIED, OK, OK]),
        (all.without(place), all, [OK, OK, DENIED]),
    ] {
        let office = office(certified);
        let given = answers(&office, &card::pin1(), confirmed);
        assert_eq!(given, expected, "{certified:?} {confirmed:?}");
    }
}

#[test]
fn the_can_serves_a_terminal_that_may_use_it_and_no_other() {
    let with_can = everything(Role::Terminal);
    for (certified, expected) in [
        (with_can, [OK; 3]),
        (with_can.without(Right::CanAllowed), [DENIED; 3]),
    ] {
        assert_eq!(
            answers(&office(certified), &card::can(), with_can),
            expected
        );
    }
}

#[test]
fn a_signature_terminal_asks_nothing() {
    let chat = Chat::all(TerminalType::SignatureTerminal, Role::Terminal);
    assert_eq!(answers(&office(chat), &card::pin1(), chat), [DENIED; 3]);
}

#[test]
fn nothing_is_answered_before_chip_authentication() {
    let office = office(everything(Role::Terminal));
    let mut reader = Reader::new(&office.image);
    assert_eq!(ask(&mut reader), [DENIED; 3], "in plain");
    let (id_picc, _) = pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(ask(&mut reader), [DENIED; 3], "after PACE");
    assert_eq!(office.chain(&mut reader), OK);
    assert_eq!(ask(&mut reader), [DENIED; 3], "after the certificates");
    let committed = office
        .authenticate_asking(&mut reader, &id_picc, agreeing(), |signature| signature)
        .unwrap();
    assert_eq!(
        ask(&mut reader),
        [DENIED; 3],
        "after Terminal Authentication"
    );
    office.prove_chip(&mut reader, committed).unwrap();
    assert_eq!(ask(&mut reader), [OK; 3]);
    assert_eq!(reader.select_application(EID), OK);
    assert_eq!(ask(&mut reader), [OK; 3], "in the eID application too");
    reader.reset();
    assert_eq!(ask(&mut reader), [DENIED; 3], "after a reset");
}

#[test]
fn a_local_session_is_told_nothing_even_of_a_chip_that_has_proven_itself() {
    let office = office(everything(Role::Terminal));
    for password in [card::can(), card::pin1(), card::mrz(), card::puk()] {
        let mut reader = Reader::new(&office.image);
        reader.pace(CAM, &password);
        assert_eq!(ask(&mut reader), [DENIED; 3], "{:?}", password.id());
    }
}

#[test]
fn a_locked_card_is_silent_and_a_terminated_one_too() {
    let with_can = everything(Role::Terminal);
    let opened = |change: fn(&mut CardImage)| {
        let mut office = office(with_can);
        change(&mut office.image);
        answers(&office, &card::can(), with_can)
    };
    assert_eq!(opened(|image| image.passwords.pin1_tries = 0), [OK; 3]);
    let locked = opened(|image| {
        image.passwords.pin1_tries = 0;
        image.options.lockout = Lockout::Card;
    });
    assert_eq!(locked, [DENIED; 3]);
    let mut image = card::image();
    image.options.life_cycle = LifeCycle::Terminated;
    assert_eq!(ask(&mut Reader::new(&image)), [DENIED; 3]);
}

#[test]
fn what_the_terminal_did_not_sign_or_the_card_does_not_know_is_not_found() {
    let nothing = || AuxiliaryData::builder();
    let birth = nothing().date_of_birth(date("20080512"));
    for (data, asked, expected) in [
        (card::reference_data(), nothing(), [NOT_FOUND; 3]),
        (card::reference_data(), birth, [OK, NOT_FOUND, NOT_FOUND]),
        (
            ReferenceData::default(),
            nothing()
                .date_of_birth(date("20080512"))
                .date_of_expiry(date("20260301"))
                .municipality_id(b"x"),
            [NOT_FOUND; 3],
        ),
    ] {
        assert_eq!(ask(&mut asked_of(data, asked)), expected);
    }
}

#[test]
fn what_the_terminal_signed_must_be_a_date_and_a_place() {
    let raw = |kind: Kind, value: &[u8]| {
        let asked = AuxiliaryData::builder().value(&kind.oid(), value);
        let mut reader = asked_of(card::reference_data(), asked);
        reader.send(&kind.verify()).status
    };
    for value in [
        &b"2008051"[..],
        b"200805120",
        b"20081301",
        b"20080500",
        b"2008051 ",
        b"",
    ] {
        for kind in [Kind::DateOfBirth, Kind::DateOfExpiry] {
            assert_eq!(
                raw(kind, value),
                StatusWord::INCORRECT_DATA,
                "{kind:?} {value:?}"
            );
        }
    }
    assert_eq!(
        raw(Kind::MunicipalityId, b""),
        StatusWord::INCORRECT_DATA,
        "the beginning of every place"
    );
}

#[test]
fn a_terminal_has_one_value_of_each_kind_a_session() {
    let office = office(everything(Role::Terminal));
    let mut reader = Reader::new(&office.image);
    let chat = everything(Role::Terminal);
    let (id_picc, _) = pace(&mut reader, &card::pin1(), chat);
    assert_eq!(office.chain(&mut reader), OK);
    let asked = AuxiliaryData::builder()
        .date_of_birth(date("20080512"))
        .date_of_birth(date("20080511"));
    let committed = office
        .authenticate_asking(&mut reader, &id_picc, asked.build().unwrap(), |it| it)
        .unwrap();
    office.prove_chip(&mut reader, committed).unwrap();
    assert!(
        !answer(&mut reader, Kind::DateOfBirth),
        "the last one counts"
    );
    let again = office.authenticate_asking(&mut reader, &id_picc, agreeing(), |it| it);
    assert_eq!(again.err(), Some(StatusWord::CONDITIONS_NOT_SATISFIED));
    assert!(
        !answer(&mut reader, Kind::DateOfBirth),
        "nothing has changed"
    );
}

#[test]
fn malformed_questions_are_refused_by_their_form_before_the_rule() {
    let birth = tlv::encode(tlv::Tag(0x06), &Kind::DateOfBirth.oid());
    let content_of_a_group = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x04, 0x05];
    let verify = |p1, p2, data: &[u8]| CommandApdu::new(0x80, 0x20, p1, p2).with_data(data);
    let compare = |p1, p2, data: &[u8]| CommandApdu::new(0x00, 0x33, p1, p2).with_data(data);
    let mut reader = Reader::new(&card::image());
    reader.pace(CAM, &card::pin1());
    for (command, expected) in [
        (verify(0x80, 0x01, &birth), StatusWord::INCORRECT_P1_P2),
        (verify(0x00, 0x81, &birth), StatusWord::INCORRECT_P1_P2),
        (compare(0x80, 0x00, &birth), StatusWord::INCORRECT_P1_P2),
        (verify(0x80, 0x00, &[]), StatusWord::WRONG_LENGTH),
        (compare(0x00, 0x00, &[]), StatusWord::WRONG_LENGTH),
        (verify(0x80, 0x00, &birth[..5]), StatusWord::INCORRECT_DATA),
        (
            verify(0x80, 0x00, &[&birth[..], &birth].concat()),
            StatusWord::INCORRECT_DATA,
        ),
        (compare(0x00, 0x00, &birth[2..]), StatusWord::INCORRECT_DATA),
        (
            verify(
                0x80,
                0x00,
                &tlv::encode(tlv::Tag(0x06), &content_of_a_group),
            ),
            NOT_FOUND,
        ),
        (verify(0x80, 0x00, &birth), DENIED),
        (compare(0x00, 0x00, &birth), DENIED),
    ] {
        assert_eq!(reader.send(&command).status, expected, "{command:?}");
    }
}

#[test]
fn verify_alone_has_the_proprietary_class_and_no_chaining() {
    let class_error = StatusWord::CLA_NOT_SUPPORTED;
    let mut reader = Reader::new(&card::image());
    for cla in 0x80..=0xFF {
        for ins in 0x00..=0xFF {
            let expected = match (cla, ins) {
                // Well-formed up to P1-P2, in plain, and without a channel.
                (0x80, 0x20) => StatusWord::INCORRECT_P1_P2,
                (0x8C, 0x20) => StatusWord::SM_OBJECTS_INCORRECT,
                _ => class_error,
            };
            let status = reader.raw(&[cla, ins, 0x00, 0x00]).status;
            assert_eq!(status, expected, "{cla:02X} {ins:02X}");
        }
    }
    // The interindustry class has another VERIFY, that of PIN2.
    let interindustry = Kind::DateOfBirth.verify().to_bytes();
    let status = reader.raw(&[&[0x00], &interindustry[1..]].concat()).status;
    assert_eq!(status, StatusWord::INCORRECT_P1_P2);
}

#[test]
fn a_question_in_plain_ends_the_session() {
    let mut reader = asked_of(
        card::reference_data(),
        AuxiliaryData::builder().date_of_birth(date("20080512")),
    );
    let command = Kind::DateOfBirth.verify();
    let protected = reader.protected(&command);
    assert_eq!(protected.cla(), 0x8C);
    let response = reader.plain(&protected);
    let channel = reader.channel.as_mut().unwrap();
    assert_eq!(channel.unwrap(&response).unwrap().status, OK);
    assert_eq!(reader.plain(&command).status, DENIED);
    let late = reader.protected(&command);
    assert_eq!(reader.plain(&late).status, StatusWord::SM_OBJECTS_INCORRECT);
}

#[test]
fn the_class_byte_is_authenticated_with_the_question() {
    let mut reader = asked_of(
        card::reference_data(),
        AuxiliaryData::builder().date_of_birth(date("20080512")),
    );
    let mut protected = reader.protected(&Kind::DateOfBirth.compare()).to_bytes();
    // COMPARE turned into VERIFY on the way.
    protected[..4].copy_from_slice(&[0x8C, 0x20, 0x80, 0x00]);
    assert_eq!(
        reader.raw(&protected).status,
        StatusWord::SM_OBJECTS_INCORRECT
    );
}

#[test]
fn the_reference_data_survive_a_loss_of_power() {
    let office = office(everything(Role::Terminal));
    let mut reader = Reader::new(&office.image);
    reader.chip.power_off();
    let mut reader = Reader::with_memory(reader.chip.into_memory()).unwrap();
    let chat = everything(Role::Terminal);
    office.open_asking(&mut reader, &card::pin1(), chat, agreeing());
    assert_eq!(ask(&mut reader), [OK; 3]);
}
