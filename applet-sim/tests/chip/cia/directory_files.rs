//! The directory files: composed by the chip, and always true.

use applet_sim::{CardImage, CertRead, HolderSlot};
use iso7816::{
    FileId, StatusWord,
    tlv::{Tag, TlvReader},
};

use super::{
    CIA, DENIED, OK, PIN2, at_the_authority, authority, enter, every_right, image, p256,
    public_key_info, reader, rsa, slots, verify,
};
use crate::{card, reader::Reader};

const OD: u8 = 0x11;
const INFO: u8 = 0x12;
const AOD: u8 = 0x01;
const PRKD: u8 = 0x02;
const PUKD: u8 = 0x03;
const CD: u8 = 0x04;

fn objects(bytes: &[u8]) -> Vec<(Tag, Vec<u8>)> {
    let objects = TlvReader::new(bytes).strict();
    objects
        .map(|object| object.unwrap())
        .map(|object| (object.tag, object.value.to_vec()))
        .collect()
}

fn read(reader: &mut Reader, short_id: u8) -> Vec<u8> {
    match reader.read_file(short_id) {
        // Empty: there is no first byte.
        Err(StatusWord::WRONG_P1_P2) => Vec::new(),
        contents => contents.unwrap(),
    }
}

fn file(image: &CardImage, short_id: u8) -> Vec<u8> {
    let mut reader = reader(image);
    enter(&mut reader, &card::can());
    read(&mut reader, short_id)
}

/// The value at this path of positions.
fn at(bytes: &[u8], path: &[usize]) -> (Tag, Vec<u8>) {
    let (position, rest) = path.split_first().unwrap();
    let (tag, value) = objects(bytes).swap_remove(*position);
    if rest.is_empty() {
        (tag, value)
    } else {
        at(&value, rest)
    }
}

#[test]
fn ef_od_names_files_that_are_there() {
    let mut reader = reader(&image());
    enter(&mut reader, &card::can());
    let od = read(&mut reader, OD);
    let expected = [
        (0xA0, 0x4402),
        (0xA1, 0x4403),
        (0xA4, 0x4404),
        (0xA8, 0x4401),
    ];
    for ((tag, value), (kind, id)) in objects(&od).into_iter().zip(expected) {
        assert_eq!(tag, Tag(kind));
        let [high, low] = FileId(id).to_bytes();
        assert_eq!(value, [0x30, 0x04, 0x04, 0x02, high, low]);
        assert_eq!(reader.select_file(id), OK);
    }
    assert_eq!(objects(&od).len(), 4);
}

#[test]
fn ef_ciainfo_lists_every_algorithm_with_its_reference() {
    let info = file(&image(), INFO);
    let algorithms = objects(&at(&info, &[0]).1).pop().unwrap();
    assert_eq!(algorithms.0, Tag(0xA2));
    let references: Vec<Vec<u8>> = objects(&algorithms.1)
        .iter()
        .map(|(_, algorithm)| {
            let fields = objects(algorithm);
            assert_eq!(fields.len(), 6);
            assert_eq!(fields[0], fields[5], "one reference everywhere");
            fields[0].1.clone()
        })
        .collect();
    let expected = [
        0x11, 0x12, 0x13, 0x21, 0x22, 0x23, 0x31, 0x32, 0x33, 0x41, 0x42, 0x43, 0x44, 0x45,
    ];
    assert_eq!(references, expected.map(|reference| vec![reference]));
}

#[test]
fn ef_aod_describes_pin2_if_there_is_one() {
    let aod = file(&image(), AOD);
    let attributes = at(&aod, &[0, 2, 0]).1;
    assert_eq!(
        attributes,
        [
            0x03, 0x03, 0x05, 0x48, 0x60, // local, initialized, under secure messaging
            0x0A, 0x01, 0x01, // ASCII digits
            0x02, 0x01, 8, 0x02, 0x01, 12, 0x02, 0x01, 12, // lengths
            0x80, 0x02, 0x00, 0x81, // reference
        ]
    );
    let mut without = image();
    without.passwords.pin2 = None;
    assert!(file(&without, AOD).is_empty());
}

#[test]
fn ef_prkd_lists_the_keys_that_are_there_with_the_algorithms_that_they_have() {
    let mut image = image();
    let prkd = file(&image, PRKD);
    let keys = objects(&prkd);
    let kinds: Vec<Tag> = keys.iter().map(|(tag, _)| *tag).collect();
    assert_eq!(kinds, [Tag(0x30), Tag(0xA0), Tag(0x30)], "RSA, P-256, RSA");
    for ((_, key), (reference, algorithms)) in keys.iter().zip([
        (0x81, &[0x11, 0x12, 0x13, 0x21, 0x22, 0x23][..]),
        (0x82, &[0x31, 0x32, 0x33]),
        (0x83, &[0x41, 0x42, 0x43, 0x44, 0x45]),
    ]) {
        let class = objects(&at(key, &[1]).1);
        assert_eq!(class[0].1, [reference], "identifier");
        assert_eq!(class[3].1, [0x00, reference], "key reference");
        let named: Vec<u8> = objects(&class[4].1).iter().map(|(_, it)| it[0]).collect();
        assert_eq!(named, algorithms);
        let consent = objects(&at(key, &[0]).1).len() == 4;
        assert_eq!(consent, reference == 0x81, "PIN2 for each signature");
    }
    slots(&mut image)[1].key = Some(rsa(0));
    slots(&mut image)[1].certificate = None;
    *slots(&mut image)[2] = HolderSlot::default();
    let kinds: Vec<Tag> = objects(&file(&image, PRKD)).iter().map(|it| it.0).collect();
    assert_eq!(kinds, [Tag(0x30), Tag(0x30)]);
}

#[test]
fn ef_pukd_has_the_public_keys_themselves() {
    let pukd = file(&image(), PUKD);
    for (key, private) in objects(&pukd).iter().zip([rsa(0), p256(502), rsa(1)]) {
        let direct = at(&key.1, &[2, 0, 0]);
        assert_eq!(direct.0, Tag(0xA0));
        // What stands in SubjectPublicKeyInfo; a point there is not in an OCTET STRING.
        let mut public = at(&public_key_info(&private), &[0, 1]).1.split_off(1);
        if key.0 == Tag(0xA0) {
            public = iso7816::tlv::encode(Tag(0x04), &public);
        }
        assert_eq!(direct.1, public);
    }
    assert_eq!(objects(&pukd).len(), 3);
}

#[test]
fn ef_cd_lists_the_certificates_that_are_there() {
    let mut image = image();
    let paths = |image: &CardImage| -> Vec<Vec<u8>> {
        let cd = file(image, CD);
        let certificates = objects(&cd);
        let path = |it: &(Tag, Vec<u8>)| at(&it.1, &[2, 0, 0, 0]).1;
        certificates.iter().map(path).collect()
    };
    assert_eq!(paths(&image), [[0x43, 0x31], [0x43, 0x32], [0x43, 0x33]]);
    slots(&mut image)[1].certificate = None;
    assert_eq!(paths(&image), [[0x43, 0x31], [0x43, 0x33]]);
    // Whether PIN2 comes first stands with each of them.
    let private = |image: &CardImage| objects(&at(&file(image, CD), &[0, 0]).1).len() == 3;
    assert!(private(&image));
    image.options.cert_read = CertRead::AfterPace;
    assert!(!private(&image));
}

#[test]
fn they_are_for_whoever_may_use_the_application_and_not_for_the_puk() {
    let all = [OD, INFO, AOD, PRKD, PUKD, CD];
    let mut reader = reader(&image());
    for (password, expected) in [(card::can(), OK), (card::pin1(), OK), (card::puk(), DENIED)] {
        enter(&mut reader, &password);
        for short_id in all {
            assert_eq!(reader.read_short(short_id).status, expected);
        }
    }
    let office = authority(every_right());
    let mut reader = at_the_authority(&office, &card::can(), every_right());
    for short_id in all {
        assert_eq!(reader.read_short(short_id).status, OK);
    }
}

#[test]
fn certificates_are_read_after_pin2_or_where_the_issuer_says_so_after_pace() {
    let mut image = image();
    let contents: Vec<Vec<u8>> = slots(&mut image)
        .map(|slot| slot.certificate.clone().unwrap())
        .into();
    for cert_read in [CertRead::AfterPin2, CertRead::AfterPace] {
        image.options.cert_read = cert_read;
        let after_pace = cert_read == CertRead::AfterPace;
        let mut reader = reader(&image);
        for (password, zone) in [
            (card::can(), true),
            (card::pin1(), true),
            (card::puk(), false),
        ] {
            enter(&mut reader, &password);
            for (short_id, contents) in super::CERTIFICATES.into_iter().zip(&contents) {
                let expected = if after_pace && zone {
                    Ok(contents.clone())
                } else {
                    Err(DENIED)
                };
                assert_eq!(reader.read_file(short_id), expected);
            }
            assert_eq!(verify(&mut reader, PIN2), OK);
            for (short_id, contents) in super::CERTIFICATES.into_iter().zip(&contents) {
                let expected = if zone {
                    Ok(contents.clone())
                } else {
                    Err(DENIED)
                };
                assert_eq!(reader.read_file(short_id), expected);
            }
        }
    }
}

#[test]
fn no_file_has_a_private_key() {
    let image = image();
    let mut reader = reader(&image);
    enter(&mut reader, &card::pin1());
    assert_eq!(verify(&mut reader, PIN2), OK);
    let mut readable = 0;
    for high in [0x00, 0x01, 0x2F, 0x3F, 0x43, 0x44, 0x50, 0x51, 0xFF] {
        for low in 0..=0xFF {
            readable += usize::from(reader.select_file(high << 8 | low) == OK);
        }
    }
    assert_eq!(readable, 9);
    assert_eq!(reader.select_application(CIA), OK);
}
