//! Cards in files, and state images of released versions.

use std::{fs, path::PathBuf};

use applet_sim::{
    CardImage, Chip, EidApplication, Environment, FORMAT_VERSION, FileStore, FileStoreError,
    MemoryStore, StoreError,
};
use iso7816::StatusWord;
use secure_channel::Password;
use transport::{CardDevice, InProcess, Interface};

use crate::{
    card,
    reader::{CAM, EID, GM, Reader},
};

fn card_file() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("card.neweid");
    card::image()
        .personalise(FileStore::create_with_capacity(&path, 256 * 1024).unwrap())
        .unwrap();
    (directory, path)
}

fn open(path: &PathBuf) -> Result<Chip<FileStore>, StoreError> {
    Chip::open(FileStore::open(path).unwrap(), Environment::system())
}

/// The reader of these tests runs on memory; a file is copied into it and back.
fn in_memory(path: &PathBuf) -> Reader {
    Reader::with_memory(MemoryStore::from_bytes(fs::read(path).unwrap())).unwrap()
}

#[test]
fn a_card_in_a_file_keeps_its_state_between_programs() {
    let (_directory, path) = card_file();
    let select = terminal_command();
    let mut chip = open(&path).unwrap();
    chip.power_on(Interface::Contactless);
    assert_eq!(chip.process(&select), [0x90, 0x00]);
    drop(chip);
    // A wrong PIN1, on the file itself.
    let status = wrong_pin1_on(open(&path).unwrap());
    assert_eq!(status, StatusWord::wrong_secret(2));
    assert_eq!(
        in_memory(&path).set_at(GM, &card::pin1(), &[]),
        StatusWord::wrong_secret(2)
    );
}

/// MSE:Set AT for PACE with PIN1.
fn terminal_command() -> Vec<u8> {
    secure_channel::pace::terminal::set_authentication_template(
        GM.protocol,
        card::pin1().id(),
        None,
        &[],
    )
    .to_bytes()
}

fn wrong_pin1_on(chip: Chip<FileStore>) -> StatusWord {
    use iso7816::ResponseApdu;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
    use transport::CardTransport;
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let mut card = InProcess::new(chip, Interface::Contact);
    let mut send = |bytes: &[u8]| ResponseApdu::parse(&card.transmit(bytes).unwrap()).unwrap();
    send(&terminal_command());
    let (waiting, command) = secure_channel::pace::terminal::start(GM, &card::wrong(&card::pin1()));
    let (waiting, command) = waiting
        .map_nonce(&send(&command.to_bytes()), &mut rng)
        .unwrap();
    let (waiting, command) = waiting.agree(&send(&command.to_bytes()), &mut rng).unwrap();
    let (_, command) = waiting.authenticate(&send(&command.to_bytes())).unwrap();
    send(&command.to_bytes()).status
}

#[test]
fn a_card_runs_in_one_program_at_a_time() {
    let (_directory, path) = card_file();
    let chip = open(&path).unwrap();
    assert!(matches!(
        FileStore::open(&path),
        Err(FileStoreError::InUse { .. })
    ));
    drop(chip);
    assert!(open(&path).is_ok());
}

#[test]
fn a_second_card_is_not_written_over_the_first() {
    let (_directory, path) = card_file();
    let before = fs::read(&path).unwrap();
    assert!(matches!(
        FileStore::create(&path),
        Err(FileStoreError::Exists { .. })
    ));
    let again = card::image().personalise(FileStore::open(&path).unwrap());
    assert!(matches!(
        again.err().unwrap().to_string().as_str(),
        "the memory already holds a card"
    ));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_card_a_newer_or_a_damaged_one_is_refused_and_left_alone() {
    let (_directory, path) = card_file();
    let intact = fs::read(&path).unwrap();
    let changed = |position: usize, byte: u8| {
        let mut bytes = intact.clone();
        bytes[position] = byte;
        bytes
    };
    let newer = StoreError::NewerFormat {
        found: FORMAT_VERSION + 1,
        supported: FORMAT_VERSION,
    };
    assert!(newer.to_string().contains("use a newer version"));
    for (bytes, expected) in [
        (
            b"something else entirely, but long enough to look at".to_vec(),
            StoreError::NotACard,
        ),
        (vec![], StoreError::NotACard),
        (vec![0; 4096], StoreError::Blank),
        (changed(25, 2), newer),
        (changed(31, 7), StoreError::Corrupt { offset: 0 }),
        (changed(45, 0xAA), StoreError::Corrupt { offset: 40 }),
        (
            changed(1000, intact[1000] ^ 1),
            StoreError::Corrupt { offset: 60 },
        ),
        (
            intact[..intact.len() / 2].to_vec(),
            StoreError::Corrupt { offset: 0 },
        ),
    ] {
        fs::write(&path, &bytes).unwrap();
        assert_eq!(open(&path).err(), Some(expected));
        assert_eq!(fs::read(&path).unwrap(), bytes, "nothing was changed");
    }
    fs::write(&path, &intact).unwrap();
    assert!(open(&path).is_ok());
}

/// The card whose state image of format 1 is kept in `tests/images/format-1.bin`.
fn image_of_format_1() -> CardImage {
    let mut image = card::image();
    image.eid = EidApplication {
        groups: [
            (2, card::contents("eID DG2", 50)),
            (3, card::contents("eID DG3", 50)),
        ]
        .into(),
        sod: card::contents("eID EF.SOD", 60),
        ..EidApplication::default()
    };
    image.master_file.card_security = card::contents("EF.CardSecurity", 100);
    image.master_file.chip_security = None;
    image.icao.as_mut().unwrap().dg2 = card::contents("ICAO DG2", 80);
    image.icao.as_mut().unwrap().sod = card::contents("ICAO EF.SOD", 60);
    image.passwords.pin2 = Some(b"13572468".to_vec().into());
    image.options.icao_can = true;
    image
}

/// Where the state image of a format version is.
fn state_image(version: u16) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/images/format-{version}.bin"))
}

#[test]
fn every_released_format_is_read() {
    let bytes = fs::read(state_image(1)).unwrap();
    let mut reader = Reader::with_memory(MemoryStore::from_bytes(bytes)).unwrap();
    assert_eq!(
        reader.set_at(GM, &card::pin1(), &[]),
        StatusWord::wrong_secret(2),
        "one wrong attempt was made"
    );
    let image = image_of_format_1();
    let proof = reader
        .pace(CAM, &Password::pin("112233").unwrap())
        .expect("PIN1 was changed");
    proof
        .verify(&image.keys.generation.public_key().unwrap())
        .unwrap();
    assert_eq!(reader.select_application(EID), StatusWord::OK);
    assert_eq!(reader.read_file(2), Ok(image.eid.groups[&2].clone()));
    // It was made before terminals authenticated themselves, and obeys the rules of now.
    assert_eq!(
        reader.read_file(3),
        Err(StatusWord::SECURITY_STATUS_NOT_SATISFIED)
    );
    reader.reset();
    assert_eq!(reader.set_at(GM, &card::pin1(), &[]), StatusWord::OK);
}

/// Writes the state image of the current format. Run it once when a format is released, and never
/// again.
#[test]
#[ignore = "writes the fixture"]
fn write_the_state_image() {
    let memory = image_of_format_1()
        .personalise(MemoryStore::new(6 * 1024))
        .unwrap();
    let mut reader = Reader::with_memory(memory).unwrap();
    reader.pace(GM, &card::pin1());
    let change = iso7816::CommandApdu::new(0x00, 0x2C, 0x02, 0x03).with_data(*b"112233");
    assert_eq!(reader.send(&change).status, StatusWord::OK);
    reader.reset();
    assert!(reader.try_pace(GM, &card::pin1(), &[]).is_err());
    let path = state_image(FORMAT_VERSION);
    assert!(!path.exists(), "a released image is never written again");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, reader.chip.memory().durable_bytes()).unwrap();
}
