//! EF.ATR/INFO (2F01): what the card can do, for readers that do not see the historical bytes. ISO/IEC 7816-4
//! (2020) section 12.2.1 and 12.7, Doc 9303-10 section 3.11.1.

use alloc::vec::Vec;

use iso7816::tlv::{self, Tag, TlvReader};

use crate::Error;

const STRUCTURE: &str = "EF.ATR/INFO";
const CARD_SERVICE_DATA: Tag = Tag(0x43);
const CARD_CAPABILITIES: Tag = Tag(0x47);
const EXTENDED_LENGTH_INFORMATION: Tag = Tag(0x7F66);
const INTEGER: Tag = Tag(0x02);

/// EF.ATR/INFO. Data objects that are not named here are skipped in reading.
///
/// ```
/// use lds::{EfAtrInfo, ExtendedLengthInformation};
///
/// let info = EfAtrInfo {
///     card_service_data: None,
///     card_capabilities: Some(EfAtrInfo::CAPABILITIES),
///     extended_length: Some(ExtendedLengthInformation { max_command: 4096, max_response: 8192 }),
/// };
/// assert_eq!(EfAtrInfo::parse(&info.to_bytes())?, info);
/// assert!(info.command_chaining() && info.supports_extended_length());
/// # Ok::<(), lds::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EfAtrInfo {
    /// Card service data byte (DO 43): how applications are selected and where EF.DIR and EF.ATR/INFO are.
    pub card_service_data: Option<u8>,
    /// Card capabilities (DO 47): the three software function tables.
    pub card_capabilities: Option<[u8; 3]>,
    /// Buffer sizes (DO 7F66).
    pub extended_length: Option<ExtendedLengthInformation>,
}

/// Longest APDUs of the card, in bytes. Stating them binds both sides: TR-03110-3 annex B.11.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendedLengthInformation {
    /// Longest command APDU, header and length fields included.
    pub max_command: u32,
    /// Longest response APDU, status word included.
    pub max_response: u32,
}

impl EfAtrInfo {
    /// File identifier.
    pub const FILE_ID: u16 = 0x2F01;
    /// Short file identifier.
    pub const SHORT_FILE_ID: u8 = 0x01;

    /// The card of this profile: DF selection by full name, path and file identifier, short file identifiers; data
    /// unit of one byte; command chaining, extended length fields, extended length information here, no logical
    /// channels. ISO/IEC 7816-4 tables 117 to 119 (software function tables).
    pub const CAPABILITIES: [u8; 3] = [0xB4, 0x01, 0xE0];

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
                    info.card_service_data = Some(*byte);
                }
                CARD_CAPABILITIES => {
                    // One or two function tables are allowed; what is not stated is not there.
                    let mut tables = [0; 3];
                    if object.value.is_empty() || object.value.len() > tables.len() {
                        return Err(Error::malformed(
                            STRUCTURE,
                            "the card capabilities are one to three bytes",
                        ));
                    }
                    tables
                        .iter_mut()
                        .zip(object.value)
                        .for_each(|(table, byte)| *table = *byte);
                    info.card_capabilities = Some(tables);
                }
                EXTENDED_LENGTH_INFORMATION => {
                    info.extended_length = Some(ExtendedLengthInformation::parse(object.value)?);
                }
                _ => {}
            }
        }
        Ok(info)
    }

    /// The contents of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut file = Vec::new();
        if let Some(byte) = self.card_service_data {
            tlv::push(&mut file, CARD_SERVICE_DATA, &[byte]);
        }
        if let Some(tables) = self.card_capabilities {
            tlv::push(&mut file, CARD_CAPABILITIES, &tables);
        }
        if let Some(lengths) = self.extended_length {
            let mut body = Vec::new();
            tlv::push(&mut body, INTEGER, &unsigned(lengths.max_command));
            tlv::push(&mut body, INTEGER, &unsigned(lengths.max_response));
            tlv::push(&mut file, EXTENDED_LENGTH_INFORMATION, &body);
        }
        file
    }

    /// Whether the card takes command chaining (third table, bit 8).
    pub fn command_chaining(&self) -> bool {
        self.card_capabilities
            .is_some_and(|[_, _, third]| third & 0x80 != 0)
    }

    /// Whether the card takes extended length fields (third table, bit 7).
    pub fn supports_extended_length(&self) -> bool {
        self.card_capabilities
            .is_some_and(|[_, _, third]| third & 0x40 != 0)
    }
}

impl ExtendedLengthInformation {
    fn parse(value: &[u8]) -> Result<Self, Error> {
        let mut numbers = TlvReader::new(value);
        let mut number = || -> Result<u32, Error> {
            let object = numbers
                .next()
                .ok_or(Error::malformed(
                    STRUCTURE,
                    "DO 7F66 does not hold two numbers",
                ))?
                .map_err(Error::tlv(STRUCTURE))?;
            if object.tag != INTEGER || object.value.is_empty() || object.value.len() > 4 {
                return Err(Error::malformed(
                    STRUCTURE,
                    "a length in DO 7F66 is no number of 1 to 4 bytes",
                ));
            }
            Ok(object
                .value
                .iter()
                .fold(0, |number, byte| number << 8 | u32::from(*byte)))
        };
        let lengths = Self {
            max_command: number()?,
            max_response: number()?,
        };
        // Cards in the field write FFFF without the sign byte, so the first byte is read as unsigned. A buffer that
        // cannot hold a header is nonsense, and would make a reader divide its file into nothing.
        if lengths.max_command < 5 || lengths.max_response < 3 {
            return Err(Error::malformed(
                STRUCTURE,
                "a buffer size is too small for any APDU",
            ));
        }
        Ok(lengths)
    }
}

/// The form that ISO/IEC 7816-4 shows and readers expect: two bytes, or as many as are needed.
fn unsigned(number: u32) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let skip = bytes.iter().take_while(|byte| **byte == 0).count().min(2);
    bytes.get(skip..).unwrap_or_default().to_vec()
}
