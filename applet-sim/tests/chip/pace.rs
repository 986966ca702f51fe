//! PACE with each password, and what a session opens.

use iso7816::StatusWord;

use crate::{
    card,
    reader::{CAM, EID, GM, ICAO, Reader},
};

#[test]
fn the_can_opens_the_public_zone_over_an_encrypted_channel() {
    let mut reader = Reader::new(&card::image());
    assert!(reader.pace(GM, &card::can()).is_none());
    assert_eq!(reader.select_application(EID), StatusWord::OK);
    assert_eq!(
        reader.read_file(11),
        Ok(card::image().eid.groups[&11].clone())
    );
}

#[test]
fn pin1_with_chip_authentication_mapping_opens_the_protected_zone_and_without_it_does_not() {
    let image = card::image();
    let mut reader = Reader::new(&image);
    let proof = reader
        .pace(CAM, &card::pin1())
        .expect("the chip proves itself");
    proof
        .verify(&image.keys.generation.public_key().unwrap())
        .unwrap();
    assert_eq!(reader.select_application(EID), StatusWord::OK);
    assert_eq!(
        reader.read_file(card::LONG_GROUP),
        Ok(image.eid.groups[&card::LONG_GROUP].clone())
    );

    reader.reset();
    reader.pace(GM, &card::pin1());
    assert_eq!(reader.select_application(EID), StatusWord::OK);
    assert_eq!(
        reader.read_file(card::LONG_GROUP),
        Err(StatusWord::SECURITY_STATUS_NOT_SATISFIED)
    );
}

#[test]
fn the_mrz_opens_the_icao_application() {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::mrz());
    assert_eq!(reader.select_application(ICAO), StatusWord::OK);
    assert_eq!(reader.read_file(1), Ok(card::image().icao.unwrap().dg1));
}
