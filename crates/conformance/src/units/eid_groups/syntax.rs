//! The ASN.1 types of the data groups (TR-03110-4, 2.2.3.1) in DER. Tags are explicit: the type stands whole inside
//! `[APPLICATION n]`.

use iso7816::tlv::{Tag, Tlv, TlvReader};
use lds::{Date, Image, ImageFormat};

const NUMERIC_STRING: Tag = Tag(0x12);
const PRINTABLE_STRING: Tag = Tag(0x13);
const IA5_STRING: Tag = Tag(0x16);
const UTF8_STRING: Tag = Tag(0x0C);
const OCTET_STRING: Tag = Tag(0x04);
const OBJECT_IDENTIFIER: Tag = Tag(0x06);
const SEQUENCE: Tag = Tag(0x30);
const SET: Tag = Tag(0x31);

/// What does not follow the type.
type Flaw = String;

/// Whether the encoding of a value follows a type.
type Check = fn(&[u8]) -> Result<(), Flaw>;

/// Whether a data group follows its type.
pub(super) fn check(group: u8, file: &[u8]) -> Result<(), Flaw> {
    // [APPLICATION n], constructed.
    let contents = only(file, Tag(0x60 | u32::from(group)))?;
    match group {
        1 => letters(contents, &[2]),
        2 => match first(contents)?.tag {
            SEQUENCE => place(only(contents, SEQUENCE)?),
            _ => country(contents),
        },
        3 | 8 | 15 => date(contents),
        4..=7 | 13 => utf8(contents),
        9 => general_place(contents),
        10 => country(contents),
        11 => sex(contents),
        12 => optional_data(contents),
        14 => written_signature(contents),
        17 => match first(contents)?.tag {
            SET => set_of(contents, general_place),
            _ => general_place(contents),
        },
        18 => only(contents, OCTET_STRING).map(drop),
        19 | 20 => text(contents),
        21 => phone_number(contents),
        22 => {
            let address = only(contents, IA5_STRING)?;
            holds(address.is_ascii(), "IA5String")
        }
        _ => Err(format!("no type for data group {group}")),
    }
}

fn holds(holds: bool, what: &str) -> Result<(), Flaw> {
    if holds {
        Ok(())
    } else {
        Err(format!("no {what}"))
    }
}

/// The first of the objects.
fn first(bytes: &[u8]) -> Result<Tlv<'_>, Flaw> {
    let object = TlvReader::new(bytes).strict().read();
    let object = object.map_err(|error| error.to_string())?;
    object.ok_or_else(|| "nothing".into())
}

/// The value of exactly one object with this tag.
fn only(bytes: &[u8], tag: Tag) -> Result<&[u8], Flaw> {
    let mut reader = TlvReader::new(bytes).strict();
    let object = reader.expect(tag).map_err(|error| error.to_string())?;
    reader.finish().map_err(|error| error.to_string())?;
    Ok(object.value)
}

fn utf8(bytes: &[u8]) -> Result<(), Flaw> {
    let value = only(bytes, UTF8_STRING)?;
    core::str::from_utf8(value)
        .map(drop)
        .map_err(|error| error.to_string())
}

/// `PrintableString` (X.680, 41.4).
fn printable(bytes: &[u8]) -> Result<&[u8], Flaw> {
    let value = only(bytes, PRINTABLE_STRING)?;
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte);
    holds(value.iter().all(allowed), "PrintableString")?;
    Ok(value)
}

/// `ICAOString`, of one of these lengths.
fn letters(bytes: &[u8], lengths: &[usize]) -> Result<(), Flaw> {
    let value = printable(bytes)?;
    let allowed = |byte: &u8| byte.is_ascii_uppercase() || *byte == b' ';
    holds(value.iter().all(allowed), "ICAOString")?;
    holds(
        lengths.contains(&value.len()),
        &format!("ICAOString of {lengths:?} characters"),
    )
}

fn country(bytes: &[u8]) -> Result<(), Flaw> {
    letters(bytes, &[1, 3])
}

fn sex(bytes: &[u8]) -> Result<(), Flaw> {
    let value = printable(bytes)?;
    holds(matches!(value, b"M" | b"F" | b" "), "ICAOSex")
}

/// `Date`: year, month and day; what is not known stands as spaces, and then so does all behind it.
fn date(bytes: &[u8]) -> Result<(), Flaw> {
    let value = only(bytes, NUMERIC_STRING)?;
    let value = core::str::from_utf8(value).unwrap_or_default();
    holds(value.len() == 8, "NumericString of 8 characters")?;
    let known = value.trim_end_matches(' ');
    holds(
        known.bytes().all(|byte| byte.is_ascii_digit()) && matches!(known.len(), 0 | 4 | 6 | 8),
        "YYYYMMDD",
    )?;
    let number = |from: usize, to: usize, unknown: u16| {
        known
            .get(from..to)
            .map_or(Ok(unknown), str::parse::<u16>)
            .unwrap_or_default()
    };
    let (year, month, day) = (number(0, 4, 2000), number(4, 6, 1), number(6, 8, 1));
    let day = Date::new(
        year,
        u8::try_from(month).unwrap_or_default(),
        u8::try_from(day).unwrap_or_default(),
    );
    day.map(drop).map_err(|error| error.to_string())
}

/// The members of `Place`: the number of the explicit tag, whether it must be there, and what is inside.
const PLACE: [(u8, bool, Check); 5] = [
    (10, false, utf8),
    (11, true, utf8),
    (12, false, utf8),
    (13, true, country),
    (14, false, |zip| printable(zip).map(drop)),
];

/// What is inside a `Place`.
fn place(members: &[u8]) -> Result<(), Flaw> {
    let mut reader = TlvReader::new(members).strict();
    for (number, required, check) in PLACE {
        let tag = Tag::context_constructed(number);
        let member = if required {
            reader.expect(tag).map(Some)
        } else {
            reader.optional(tag)
        };
        if let Some(member) = member.map_err(|error| error.to_string())? {
            check(member.value)?;
        }
    }
    reader.finish().map_err(|error| error.to_string())
}

fn general_place(bytes: &[u8]) -> Result<(), Flaw> {
    let free_text = Tag::context_constructed(1);
    let no_place = Tag::context_constructed(2);
    match first(bytes)?.tag {
        tag if tag == free_text || tag == no_place => utf8(only(bytes, tag)?),
        _ => place(only(bytes, SEQUENCE)?),
    }
}

/// `Text`. What is compressed is not decompressed: for the syntax it is an octet string.
fn text(bytes: &[u8]) -> Result<(), Flaw> {
    let compressed = Tag::context_constructed(2);
    match first(bytes)?.tag {
        tag if tag == compressed => only(only(bytes, tag)?, OCTET_STRING).map(drop),
        _ => utf8(only(bytes, Tag::context_constructed(1))?),
    }
}

/// `SET OF`, sorted as X.690, 11.6 demands.
fn set_of(bytes: &[u8], check: Check) -> Result<(), Flaw> {
    let members = only(bytes, SET)?;
    let mut before: &[u8] = &[];
    for member in TlvReader::new(members).strict() {
        let member = member.map_err(|error| error.to_string())?.raw;
        holds(before <= member, "SET OF in the order of DER")?;
        check(member)?;
        before = member;
    }
    Ok(())
}

/// `SET OF OptionalData`; what the object identifier defines can be anything.
fn optional_data(bytes: &[u8]) -> Result<(), Flaw> {
    set_of(bytes, |member| {
        let mut reader = TlvReader::new(only(member, SEQUENCE)?).strict();
        let kind = reader.expect(OBJECT_IDENTIFIER);
        let kind = kind.map_err(|error| error.to_string())?.value;
        let whole = kind.last().is_some_and(|byte| byte & 0x80 == 0);
        holds(whole, "OBJECT IDENTIFIER")?;
        reader.read().map_err(|error| error.to_string())?;
        reader.finish().map_err(|error| error.to_string())
    })
}

fn written_signature(bytes: &[u8]) -> Result<(), Flaw> {
    let image = Image::new(only(bytes, OCTET_STRING)?);
    let image = image.map_err(|error| error.to_string())?;
    holds(image.format() != ImageFormat::Jpeg, "JPEG 2000")
}

/// A telephone URI with a global number (RFC 3966).
fn phone_number(bytes: &[u8]) -> Result<(), Flaw> {
    let value = printable(bytes)?;
    let number = value.strip_prefix(b"tel:+").unwrap_or_default();
    let allowed = |byte: &u8| byte.is_ascii_digit() || b"-.()".contains(byte);
    let stands = number.iter().all(allowed) && number.iter().any(u8::is_ascii_digit);
    holds(stands, "telephone URI with a global number")
}

#[cfg(test)]
mod tests {
    use iso7816::tlv::encode;

    use super::*;

    fn object(tag: u32, value: &[u8]) -> Vec<u8> {
        encode(Tag(tag), value)
    }

    fn group(number: u8, contents: &[u8]) -> Vec<u8> {
        object(0x60 | u32::from(number), contents)
    }

    fn house() -> Vec<u8> {
        let members = [
            object(0xAA, &object(0x0C, "HEIDESTRASSE 17".as_bytes())),
            object(0xAB, &object(0x0C, "KÖLN".as_bytes())),
            object(0xAD, &object(0x13, b"D")),
            object(0xAE, &object(0x13, b"51147")),
        ];
        object(0x30, &members.concat())
    }

    #[test]
    fn what_follows_its_type_is_accepted() {
        let free_text = object(0xA1, &object(0x0C, b"BERLIN"));
        let no_place = object(0xA2, &object(0x0C, b"unknown"));
        let data = object(0x30, &[0x06, 0x01, 0x2A, 0x05, 0x00]);
        let picture = {
            let mut bytes = vec![0xFF, 0x4F, 0xFF, 0x51, 0x00, 0x29, 0x00, 0x00];
            for number in [35_u32, 45, 0, 0, 35, 45, 0, 0] {
                bytes.extend(number.to_be_bytes());
            }
            bytes.extend([0, 1, 7, 1, 1]);
            object(0x04, &bytes)
        };
        for (number, contents) in [
            (1, object(0x13, b"ID")),
            (2, object(0x13, b"D")),
            (2, house()),
            (3, object(0x12, b"20311101")),
            (4, object(0x0C, "ERIKA".as_bytes())),
            (5, object(0x0C, "MUSTERMANN".as_bytes())),
            (6, object(0x0C, b"")),
            (7, object(0x0C, b"Dr.")),
            (8, object(0x12, b"19640812")),
            (8, object(0x12, b"1964    ")),
            (8, object(0x12, b"        ")),
            (9, free_text.clone()),
            (10, object(0x13, b"TWN")),
            (11, object(0x13, b"F")),
            (12, object(0x31, &data)),
            (12, object(0x31, &[])),
            (13, object(0x0C, "GABLER".as_bytes())),
            (14, picture),
            (15, object(0x12, b"20240229")),
            (17, house()),
            (17, object(0x31, &[house(), no_place].concat())),
            (18, object(0x04, &[0x02, 0x76])),
            (19, object(0xA1, &object(0x0C, b"none"))),
            (20, object(0xA2, &object(0x04, &[0x03, 0x00]))),
            (21, object(0x13, b"tel:+49-228-9582-0")),
            (22, object(0x16, b"erika@example.org")),
        ] {
            assert_eq!(check(number, &group(number, &contents)), Ok(()), "{number}");
        }
        // As a German identity card has it.
        assert_eq!(check(1, &[0x61, 0x04, 0x13, 0x02, 0x49, 0x44]), Ok(()));
    }

    #[test]
    fn what_does_not_follow_its_type_is_refused() {
        let salted = object(0x30, &object(0x04, &[7; 16]));
        for (number, contents) in [
            (1, object(0x13, b"IDX")),
            (1, object(0x0C, b"ID")),
            (1, object(0x13, b"id")),
            (1, object(0x13, b"I<")),
            (1, [object(0x13, b"ID"), object(0x13, b"ID")].concat()),
            (1, vec![0x13, 0x81, 0x02, 0x49, 0x44]),
            (1, Vec::new()),
            (2, object(0x13, b"DE")),
            (3, object(0x12, b"2031110")),
            (3, object(0x12, b"20311301")),
            (3, object(0x12, b"20230229")),
            (3, object(0x13, b"20311101")),
            (8, object(0x12, b"19640 12")),
            (8, object(0x12, b"196408  1")),
            (8, object(0x12, b"196    1")),
            (4, object(0x0C, &[0xFF])),
            (9, object(0x0C, b"BERLIN")),
            (9, object(0xA3, &object(0x0C, b"BERLIN"))),
            (10, object(0x13, b"")),
            (11, object(0x13, b"X")),
            (12, object(0x30, &[])),
            (12, object(0x31, &object(0x30, &[0x05, 0x00]))),
            (
                12,
                object(
                    0x31,
                    &object(0x30, &[0x06, 0x01, 0x2A, 0x05, 0x00, 0x05, 0x00]),
                ),
            ),
            (14, object(0x04, b"no picture")),
            (
                17,
                object(0x31, &[object(0xA2, &object(0x0C, b"")), house()].concat()),
            ),
            (17, object(0x30, &object(0xAB, &object(0x0C, b"BONN")))),
            (18, object(0x0C, b"0276")),
            (19, object(0x0C, b"none")),
            (21, object(0x13, b"tel:110")),
            (21, object(0x13, b"+49228")),
            (22, object(0x16, &[0xC3, 0xB6])),
        ] {
            let refused = check(number, &group(number, &contents));
            assert!(refused.is_err(), "{number}: {contents:02X?}");
        }
        // The groups of the simulated card: a salt and the fields.
        for number in [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13] {
            assert!(check(number, &group(number, &salted)).is_err(), "{number}");
        }
        let behind = [group(1, &object(0x13, b"ID")), vec![0x00]].concat();
        assert!(check(1, &behind).is_err());
        assert!(check(2, &group(10, &object(0x13, b"D"))).is_err());
    }
}
