//! EF.ATR/INFO (2F01): what the card can do, for readers that do not see the
//! historical bytes. ISO/IEC 7816-4:2020, 12.2.1; Doc 9303-10 section 3.11.1.

use alloc::vec::Vec;

use iso7816::{
    FileId, ShortFileId,
    historical::{CardCapabilities, CardServiceData},
    tlv::{self, Tag, Tlv, TlvReader},
};

use crate::Error;

const STRUCTURE: &str = "EF.ATR/INFO";
const CARD_SERVICE_DATA: Tag = Tag(0x43);
const CARD_CAPABILITIES: Tag = Tag(0x47);
const EXTENDED_LENGTH_INFORMATION: Tag = Tag(0x7F66);
const INTEGER: Tag = Tag(0x02);

/// EF.ATR/INFO. Data objects that are not named here are skipped in reading.
///
/// ```
/// use iso7816::historical::CardCapabilities;
/// use lds::{EfAtrInfo, ExtendedLengthInformation};
///
/// let info = EfAtrInfo {
///     card_service_data: None,
///     card_capabilities: Some(CardCapabilities {
///         selection: CardCapabilities::BY_FULL_DF_NAME | CardCapabilities::SHORT_FILE_ID,
///         data_coding: CardCapabilities::DATA_UNIT_BYTE,
///         commands: CardCapabilities::EXTENDED_LENGTH
///             | CardCapabilities::EXTENDED_LENGTH_INFORMATION,
///     }),
///     extended_length: Some(ExtendedLengthInformation { max_command: 4096, max_response: 8192 }),
/// };
/// assert_eq!(EfAtrInfo::parse(&info.to_bytes())?, info);
/// # Ok::<(), lds::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EfAtrInfo {
    /// How to begin (DO 43).
    pub card_service_data: Option<CardServiceData>,
    /// The three software function tables (DO 47).
    pub card_capabilities: Option<CardCapabilities>,
    /// Buffer sizes (DO 7F66).
    pub extended_length: Option<ExtendedLengthInformation>,
}

/// Longest APDUs of the card, in bytes. A terminal may use extended length for
/// any command only within them: TR-03110-3 annex B.11.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendedLengthInformation {
    /// Longest command APDU, header and length fields included.
    pub max_command: u32,
    /// Longest response APDU, status word included.
    pub max_response: u32,
}

impl EfAtrInfo {
    /// File identifier.
    pub const FILE_ID: FileId = FileId::EF_ATR_INFO;
    /// Short file identifier.
    pub const SHORT_FILE_ID: ShortFileId = ShortFileId::new(0x01);

    /// Reads the file.
    ///
    /// # Errors
    /// Broken TLV, or one of the three objects in another shape than the standard gives it.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut info = Self::default();
        for object in TlvReader::new(bytes) {
            let object = object.map_err(Error::tlv(STRUCTURE))?;
            match object.tag {
                CARD_SERVICE_DATA => {
                    let [byte] = object.value else {
                        return Err(Error::malformed(
                            STRUCTURE,
                            "the card service data are not one byte",
                        ));
                    };
                    info.card_service_data = Some(CardServiceData(*byte));
                }
                CARD_CAPABILITIES => info.card_capabilities = Some(capabilities(object.value)?),
                EXTENDED_LENGTH_INFORMATION => {
                    info.extended_length = Some(ExtendedLengthInformation::parse(&object)?);
                }
                _ => {}
            }
        }
        Ok(info)
    }

    /// The contents of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut file = Vec::new();
        if let Some(services) = self.card_service_data {
            tlv::push(&mut file, CARD_SERVICE_DATA, &[services.0]);
        }
        if let Some(capabilities) = self.card_capabilities {
            tlv::push(&mut file, CARD_CAPABILITIES, &capabilities.to_bytes());
        }
        if let Some(lengths) = self.extended_length {
            tlv::push_with(&mut file, EXTENDED_LENGTH_INFORMATION, |file| {
                tlv::push(file, INTEGER, &unsigned(lengths.max_command));
                tlv::push(file, INTEGER, &unsigned(lengths.max_response));
            });
        }
        file
    }
}

/// One or two tables are allowed; what is not stated is not there.
fn capabilities(value: &[u8]) -> Result<CardCapabilities, Error> {
    let (selection, data_coding, commands) = match *value {
        [selection] => (selection, 0, 0),
        [selection, data_coding] => (selection, data_coding, 0),
        [selection, data_coding, commands] => (selection, data_coding, commands),
        _ => {
            return Err(Error::malformed(
                STRUCTURE,
                "the card capabilities are one to three bytes",
            ));
        }
    };
    Ok(CardCapabilities {
        selection,
        data_coding,
        commands,
    })
}

impl ExtendedLengthInformation {
    fn parse(object: &Tlv<'_>) -> Result<Self, Error> {
        let mut numbers = object.children();
        let mut number = || -> Result<u32, Error> {
            let object = numbers.expect(INTEGER).map_err(Error::tlv(STRUCTURE))?;
            // Cards in the field write FFFF without the sign byte of an INTEGER, so the bytes are
            // read as an unsigned number.
            match object.value.len() {
                1..=4 => Ok(object
                    .value
                    .iter()
                    .fold(0, |number, byte| number << 8 | u32::from(*byte))),
                _ => Err(Error::malformed(
                    STRUCTURE,
                    "a length in DO 7F66 has one to four bytes",
                )),
            }
        };
        let lengths = Self {
            max_command: number()?,
            max_response: number()?,
        };
        // A buffer that cannot hold a header is nonsense, and would make a reader divide its file
        // into nothing.
        if lengths.max_command < 5 || lengths.max_response < 3 {
            return Err(Error::malformed(
                STRUCTURE,
                "a buffer size is too small for any APDU",
            ));
        }
        Ok(lengths)
    }
}

/// Two bytes, the form that Doc 9303-10 shows and readers expect, or as many as are needed.
fn unsigned(number: u32) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let skip = bytes.iter().take_while(|byte| **byte == 0).count().min(2);
    bytes.get(skip..).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    #[test]
    fn buffer_sizes_are_written_in_two_bytes_and_read_in_any() {
        let lengths = |max_command, max_response| {
            Some(ExtendedLengthInformation {
                max_command,
                max_response,
            })
        };
        let info = |extended_length| EfAtrInfo {
            extended_length,
            ..EfAtrInfo::default()
        };
        assert_eq!(
            info(lengths(0xF0, 0x8000)).to_bytes(),
            hex!("7F66 08 0202 00F0 0202 8000")
        );
        assert_eq!(
            info(lengths(0x10000, 5)).to_bytes(),
            hex!("7F66 09 0203 010000 0202 0005")
        );
        for file in [
            &hex!("7F66 08 0202 FFFF 0202 FFFF")[..],
            &hex!("7F66 0A 0203 00FFFF 0203 00FFFF"),
        ] {
            assert_eq!(
                EfAtrInfo::parse(file).unwrap(),
                info(lengths(0xFFFF, 0xFFFF))
            );
        }
    }

    #[test]
    fn sizes_that_hold_no_apdu_are_refused() {
        for bad in [
            &hex!("7F66 06 0201 00 0201 00")[..],
            &hex!("7F66 06 0201 04 0201 FF"),
            &hex!("7F66 06 0201 FF 0201 02"),
            &hex!("7F66 04 0202 00FF"),
            &hex!("7F66 09 0200 0205 0100000000"),
            &hex!("43 00"),
            &hex!("47 04 00000000"),
            &hex!("47"),
        ] {
            assert!(EfAtrInfo::parse(bad).is_err(), "{bad:02X?}");
        }
    }

    #[test]
    fn other_objects_are_skipped_and_missing_tables_are_empty() {
        let info = EfAtrInfo::parse(&hex!("46 02 0102 43 01 B8 47 01 B4")).unwrap();
        assert_eq!(info.card_service_data, Some(CardServiceData(0xB8)));
        assert_eq!(
            info.card_capabilities.map(CardCapabilities::to_bytes),
            Some([0xB4, 0, 0])
        );
    }
}
