//! Unit `LDS_L`: EF.ATR/INFO, where a card says how long its APDUs may be (TR-03105-3.2, 4.5; ISO/IEC 7816-4, 12.2.1;
//! Doc 9303-10, 3.11.1).

use iso7816::CommandApdu;
use iso7816::tlv::{Tag, Tlv, TlvReader};

use crate::{Bench, Case, OK, Stop, status};

const EF_ATR_INFO: u16 = 0x2F01;

const CARD_CAPABILITIES: Tag = Tag(0x47);
const EXTENDED_LENGTH_INFORMATION: Tag = Tag(0x7F66);
const INTEGER: Tag = Tag(0x02);

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "LDS_L_1",
            "EF.ATR/INFO is a list of data objects",
            |bench| {
                let file = read(bench)?;
                bench.step(1);
                objects(bench, &file).map(drop)
            },
        ),
        Case::new(
            "LDS_L_2",
            "EF.ATR/INFO has extended length information",
            |bench| {
                let file = read(bench)?;
                bench.step(1);
                one(bench, &file, EXTENDED_LENGTH_INFORMATION).map(drop)
            },
        ),
        Case::new(
            "LDS_L_3",
            "the extended length information are two positive integers",
            two_lengths,
        ),
        Case::new(
            "LDS_L_4",
            "the card capabilities tell of command chaining",
            command_chaining,
        ),
        Case::new(
            "LDS_L_5",
            "EF.ATR/INFO is selected in the master file, in plain",
            |bench| {
                bench.step(1);
                bench.select_master_file()?.expect_plain(OK)?;
                bench.step(2);
                bench.select_file(EF_ATR_INFO)?.expect_plain(OK).map(drop)
            },
        ),
    ]
}

/// The precondition that the file was read: to its end, for it is no single object.
fn read(bench: &mut Bench<'_>) -> Result<Vec<u8>, Stop> {
    bench.preparing("precondition");
    bench.select_master_file()?.expect(OK)?;
    bench.select_file(EF_ATR_INFO)?.expect(OK)?;
    let mut file = Vec::new();
    loop {
        let Ok(offset @ 0..0x8000) = u16::try_from(file.len()) else {
            return Err(bench.unexpected("the end of EF.ATR/INFO", "32768 bytes and more"));
        };
        let [p1, p2] = offset.to_be_bytes();
        let block = CommandApdu::new(0x00, 0xB0, p1, p2).with_ne(256);
        // Reading where the file has ended is a wrong offset.
        let block = bench
            .send(&block)?
            .expect(status(OK).or(0x6282).or(0x6B00))?;
        file.extend(&block);
        if block.len() < 256 {
            return Ok(file);
        }
    }
}

/// The objects of the file, each with a tag and a length that are what they should be, and so are those inside it. A zero before
/// a tag means nothing (ISO/IEC 7816-4, 6.3).
fn objects<'a>(bench: &Bench<'_>, file: &'a [u8]) -> Result<Vec<Tlv<'a>>, Stop> {
    let mut objects = Vec::new();
    let mut rest = file;
    loop {
        while let [0x00, behind @ ..] = rest {
            rest = behind;
        }
        if rest.is_empty() {
            break;
        }
        let mut reader = TlvReader::new(rest);
        let object = reader.next();
        let object = object
            .and_then(Result::ok)
            .filter(|object| is_whole(object, 0));
        let object = object.ok_or_else(|| bench.unexpected("a data object", "none"))?;
        rest = reader.remaining();
        objects.push(object);
    }
    bench.demand(!objects.is_empty(), "data objects in EF.ATR/INFO")?;
    Ok(objects)
}

/// Whether what is inside a constructed object are objects, at any depth that makes sense.
fn is_whole(object: &Tlv<'_>, depth: u8) -> bool {
    !object.tag.is_constructed()
        || depth < 32
            && object
                .children()
                .all(|child| child.is_ok_and(|child| is_whole(&child, depth + 1)))
}

/// The value of the one object with this tag.
fn one<'a>(bench: &Bench<'_>, file: &'a [u8], tag: Tag) -> Result<Tlv<'a>, Stop> {
    let mut found = objects(bench, file)?;
    found.retain(|object| object.tag == tag);
    match *found {
        [object] => Ok(object),
        _ => Err(bench.unexpected(format!("one data object {:X}", tag.0), found.len())),
    }
}

fn two_lengths(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let file = read(bench)?;
    bench.step(1);
    let lengths = one(bench, &file, EXTENDED_LENGTH_INFORMATION)?;
    let lengths: Result<Vec<_>, _> = lengths.children().collect();
    let lengths = lengths.map_err(|error| bench.unexpected("two integers", error))?;
    let positive = |length: &Tlv<'_>| {
        length.tag == INTEGER
            && matches!(length.value, [0x00..=0x7F, ..])
            && length.value.iter().any(|byte| *byte != 0)
    };
    bench.demand(
        lengths.len() == 2 && lengths.iter().all(positive),
        "two positive integers",
    )
}

/// Bit 8 of the third software function table (ISO/IEC 7816-4, 12.1.1.9).
fn command_chaining(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let file = read(bench)?;
    bench.step(1);
    let capabilities = one(bench, &file, CARD_CAPABILITIES)?;
    bench.demand(
        matches!(capabilities.value, [_, _, 0x80..=0xFF]),
        "three software function tables, bit 8 of the third set",
    )
}
