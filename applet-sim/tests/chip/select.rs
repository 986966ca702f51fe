//! SELECT in every form of the profile.

use applet_sim::LifeCycle;
use iso7816::{CommandApdu, ResponseApdu, StatusWord};

use crate::{
    card,
    reader::{EID, GM, ICAO, Reader},
};

fn select(reader: &mut Reader, p1: u8, p2: u8, data: &[u8]) -> ResponseApdu {
    let command = CommandApdu::new(0x00, 0xA4, p1, p2).with_data(data);
    reader.send(&if p2 == 0x0C {
        command
    } else {
        command.with_ne(256)
    })
}

fn status(reader: &mut Reader, p1: u8, data: &[u8]) -> StatusWord {
    select(reader, p1, 0x0C, data).status
}

/// The label at the beginning of the current file, or the refusal.
fn current(reader: &mut Reader) -> Result<String, StatusWord> {
    let response = reader.send(&CommandApdu::new(0x00, 0xB0, 0x00, 0x00).with_ne(256));
    if !response.status.is_ok() {
        return Err(response.status);
    }
    let label = response.data.split(|byte| *byte == b':').next().unwrap();
    Ok(String::from_utf8(label.to_vec()).unwrap())
}

#[test]
fn the_master_file_is_selected_with_and_without_its_identifier() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(reader.raw(&[0x00, 0xA4, 0x00, 0x0C]).status, StatusWord::OK);
    assert_eq!(
        reader
            .raw(&[0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00])
            .status,
        StatusWord::OK
    );
    assert_eq!(
        reader.raw(&[0x00, 0xA4, 0x03, 0x0C]).status,
        StatusWord::OK,
        "the parent of the master file is itself"
    );
    assert_eq!(
        status(&mut reader, 0x02, &[0x3F, 0x00]),
        StatusWord::FILE_NOT_FOUND,
        "it is no child"
    );
}

#[test]
fn p1_02_looks_only_in_the_current_directory_and_p1_00_also_in_the_master_file() {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::mrz());
    assert_eq!(reader.select_application(ICAO), StatusWord::OK);
    assert_eq!(
        status(&mut reader, 0x02, &[0x2F, 0x00]),
        StatusWord::FILE_NOT_FOUND
    );
    assert_eq!(status(&mut reader, 0x02, &[0x01, 0x1D]), StatusWord::OK);
    assert_eq!(current(&mut reader).unwrap(), "ICAO EF.SOD");
    assert_eq!(status(&mut reader, 0x00, &[0x01, 0x1D]), StatusWord::OK);
    assert_eq!(
        current(&mut reader).unwrap(),
        "ICAO EF.SOD",
        "the current directory comes first"
    );
    assert_eq!(status(&mut reader, 0x00, &[0x2F, 0x00]), StatusWord::OK);
    assert_eq!(current(&mut reader).unwrap(), "EF.DIR");
    // That was a file of the master file, which is the current directory now.
    assert_eq!(status(&mut reader, 0x02, &[0x01, 0x1D]), StatusWord::OK);
    assert_eq!(current(&mut reader).unwrap(), "EF.CardSecurity");
}

#[test]
fn paths_lead_to_files_from_the_master_file_and_from_the_current_directory() {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::mrz());
    assert_eq!(reader.select_application(ICAO), StatusWord::OK);
    assert_eq!(status(&mut reader, 0x09, &[0x01, 0x01]), StatusWord::OK);
    assert_eq!(current(&mut reader).unwrap(), "ICAO DG1");
    assert_eq!(status(&mut reader, 0x08, &[0x01, 0x1C]), StatusWord::OK);
    assert_eq!(current(&mut reader).unwrap(), "EF.CardAccess");
    assert_eq!(
        status(&mut reader, 0x09, &[0x01, 0x01]),
        StatusWord::FILE_NOT_FOUND,
        "now the master file is current"
    );
    assert_eq!(
        status(&mut reader, 0x08, &[0x01, 0x1C, 0x01, 0x1C]),
        StatusWord::FILE_NOT_FOUND
    );
    assert_eq!(
        status(&mut reader, 0x08, &[0x01, 0x1C, 0x01]),
        StatusWord::WRONG_LENGTH
    );
    assert_eq!(status(&mut reader, 0x08, &[]), StatusWord::WRONG_LENGTH);
}

#[test]
fn the_parent_of_an_application_is_the_master_file() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(reader.select_application(EID), StatusWord::OK);
    assert_eq!(reader.select_file(0x2F00), StatusWord::FILE_NOT_FOUND);
    assert_eq!(status(&mut reader, 0x03, &[]), StatusWord::OK);
    assert_eq!(reader.select_file(0x2F00), StatusWord::OK);
    assert_eq!(
        status(&mut reader, 0x03, &[0x3F, 0x00]),
        StatusWord::WRONG_LENGTH
    );
}

#[test]
fn applications_are_selected_by_their_whole_name() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(status(&mut reader, 0x04, EID), StatusWord::OK);
    assert_eq!(
        status(&mut reader, 0x04, ICAO),
        StatusWord::SECURITY_STATUS_NOT_SATISFIED
    );
    for unknown in [&EID[..5], &ICAO[..5], &[0xA0, 0x00], &[0; 16]] {
        assert_eq!(
            status(&mut reader, 0x04, unknown),
            StatusWord::FILE_NOT_FOUND
        );
    }
    assert_eq!(status(&mut reader, 0x04, &[]), StatusWord::WRONG_LENGTH);
    assert_eq!(
        status(&mut reader, 0x04, &[0; 17]),
        StatusWord::WRONG_LENGTH
    );
    assert_eq!(
        status(&mut reader, 0x01, &[0xDF, 0x01]),
        StatusWord::FILE_NOT_FOUND,
        "no directory has an identifier"
    );
}

#[test]
fn unknown_parameters_and_wrong_lengths_are_refused_and_change_nothing() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(reader.select_file(0x011C), StatusWord::OK);
    for p1 in (0x05..=0x07).chain(0x0A..=0xFF) {
        assert_eq!(
            status(&mut reader, p1, &[0x2F, 0x00]),
            StatusWord::INCORRECT_P1_P2,
            "P1 {p1:02X}"
        );
    }
    for p2 in (0x00..=0xFF).filter(|p2| ![0x00, 0x04, 0x0C].contains(p2)) {
        assert_eq!(
            select(&mut reader, 0x02, p2, &[0x2F, 0x00]).status,
            StatusWord::INCORRECT_P1_P2,
            "P2 {p2:02X}"
        );
    }
    for p1 in [0x00, 0x01, 0x02] {
        assert_eq!(status(&mut reader, p1, &[0x2F]), StatusWord::WRONG_LENGTH);
        assert_eq!(
            status(&mut reader, p1, &[0x2F, 0x00, 0x00]),
            StatusWord::WRONG_LENGTH
        );
    }
    assert_eq!(
        status(&mut reader, 0x02, &[0x2F, 0x03]),
        StatusWord::FILE_NOT_FOUND
    );
    assert_eq!(
        status(&mut reader, 0x02, &[0x01, 0x1D]),
        StatusWord::SECURITY_STATUS_NOT_SATISFIED
    );
    assert_eq!(current(&mut reader).unwrap(), "EF.CardAccess");
}

#[test]
fn selecting_an_application_leaves_no_file_selected() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(current(&mut reader), Err(StatusWord::COMMAND_NOT_ALLOWED));
    assert_eq!(reader.select_file(0x011C), StatusWord::OK);
    assert_eq!(reader.select_application(EID), StatusWord::OK);
    assert_eq!(current(&mut reader), Err(StatusWord::COMMAND_NOT_ALLOWED));
}

#[test]
fn control_parameters_describe_files_and_directories() {
    let mut reader = Reader::new(&card::image());
    let fcp = select(&mut reader, 0x02, 0x04, &[0x01, 0x1C]);
    assert_eq!(
        fcp.data,
        [
            0x62, 0x11, // FCP
            0x80, 0x02, 0x00, 0xC8, // 200 bytes
            0x82, 0x01, 0x01, // transparent
            0x83, 0x02, 0x01, 0x1C, // identifier
            0x88, 0x01, 0xE0, // short identifier 1C
            0x8A, 0x01, 0x05, // operational
        ]
    );
    let fci = select(&mut reader, 0x02, 0x00, &[0x01, 0x1C]);
    assert_eq!(fci.data[0], 0x6F);
    assert_eq!(fci.data[1..], fcp.data[1..]);
    let mf = select(&mut reader, 0x00, 0x04, &[]);
    assert_eq!(
        mf.data,
        [
            0x62, 0x0A, 0x82, 0x01, 0x38, 0x83, 0x02, 0x3F, 0x00, 0x8A, 0x01, 0x05
        ]
    );
    let eid = select(&mut reader, 0x04, 0x04, EID);
    let mut expected = vec![0x62, 0x11, 0x82, 0x01, 0x38, 0x84, 0x09];
    expected.extend_from_slice(EID);
    expected.extend_from_slice(&[0x8A, 0x01, 0x05]);
    assert_eq!(eid.data, expected);
}

#[test]
fn without_le_and_with_p2_0c_there_is_no_answer_data() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(
        reader.plain(&CommandApdu::new(0x00, 0xA4, 0x04, 0x00).with_data(EID)),
        ResponseApdu::ok([])
    );
    let command = CommandApdu::new(0x00, 0xA4, 0x04, 0x0C)
        .with_data(EID)
        .with_ne(256);
    assert_eq!(reader.plain(&command), ResponseApdu::ok([]));
}

#[test]
fn the_life_cycle_shows_in_the_control_parameters() {
    let mut image = card::image();
    image.options.life_cycle = LifeCycle::Terminated;
    let mut reader = Reader::new(&image);
    assert_eq!(
        select(&mut reader, 0x00, 0x04, &[]).data.last(),
        Some(&0x0C)
    );
}

#[test]
fn the_selected_application_stays_selected_when_pace_begins_a_session() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(reader.select_application(EID), StatusWord::OK);
    reader.pace(GM, &card::can());
    assert!(reader.read_file(2).is_ok());
}
