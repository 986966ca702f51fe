//! Historical bytes: what a card says of itself in its answer to reset or
//! answer to select (ISO/IEC 7816-4:2020, 12.1.1 and 12.2.2).
//!
//! ```
//! use iso7816::historical::{self, CardCapabilities, CardServiceData, HistoricalBytes};
//!
//! let services = CardServiceData(
//!     CardServiceData::SELECT_BY_FULL_DF_NAME
//!         | CardServiceData::OBJECTS_IN_EF_DIR
//!         | CardServiceData::READ_BINARY,
//! );
//! let capabilities = CardCapabilities {
//!     selection: CardCapabilities::BY_FULL_DF_NAME | CardCapabilities::BY_PATH,
//!     data_coding: CardCapabilities::DATA_UNIT_BYTE,
//!     commands: CardCapabilities::COMMAND_CHAINING | CardCapabilities::EXTENDED_LENGTH,
//! };
//! let bytes = historical::encode(services, capabilities);
//! assert_eq!(bytes, [0x80, 0x31, 0xA8, 0x73, 0xA0, 0x01, 0xC0]);
//!
//! let read = HistoricalBytes::parse(&bytes)?;
//! assert_eq!(read.card_service_data(), Some(services));
//! assert_eq!(read.card_capabilities(), Some(capabilities));
//! # Ok::<(), iso7816::historical::HistoricalBytesError>(())
//! ```

use alloc::vec::Vec;

/// Why historical bytes with category 80 or 00 cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoricalBytesError {
    /// There are none.
    #[error("no historical bytes")]
    Empty,
    /// A COMPACT-TLV data object reaches beyond the end.
    #[error(
        "data object at offset {offset} of the historical bytes has {length} bytes, only {available} are there"
    )]
    Truncated {
        /// Where the data object begins.
        offset: usize,
        /// The length of its value.
        length: usize,
        /// The bytes there.
        available: usize,
    },
}

/// A COMPACT-TLV data object: a tag of four bits, a length of four bits, the
/// value. Tag 5 here is `45`, or `5x` with the length, in the standard's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactTlv<'a> {
    /// The tag, 0 to 15.
    pub tag: u8,
    /// The value, at most 15 bytes.
    pub value: &'a [u8],
}

/// Historical bytes, taken apart as far as their category indicator allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoricalBytes<'a> {
    /// The first byte. 80 and 00 announce COMPACT-TLV data objects; 10 a
    /// reference to EF.DIR; 81 to 8F are reserved and the others proprietary.
    pub category: u8,
    /// The data objects of categories 80 and 00.
    pub objects: Vec<CompactTlv<'a>>,
}

impl<'a> HistoricalBytes<'a> {
    /// Takes historical bytes apart.
    ///
    /// # Errors
    ///
    /// [`HistoricalBytesError`] if there are none, or the lengths of data
    /// objects contradict the number of bytes.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, HistoricalBytesError> {
        let (&category, mut rest) = bytes.split_first().ok_or(HistoricalBytesError::Empty)?;
        rest = match category {
            0x80 => rest,
            // Category 00 ends with three status bytes outside any object.
            0x00 => rest
                .split_last_chunk::<3>()
                .map_or(&[][..], |(rest, _)| rest),
            _ => &[],
        };
        let mut objects = Vec::new();
        let mut offset = 1;
        while let Some((&header, after)) = rest.split_first() {
            let length = usize::from(header & 0x0F);
            let (value, next) =
                after
                    .split_at_checked(length)
                    .ok_or(HistoricalBytesError::Truncated {
                        offset,
                        length,
                        available: after.len(),
                    })?;
            objects.push(CompactTlv {
                tag: header >> 4,
                value,
            });
            offset += 1 + length;
            rest = next;
        }
        Ok(Self { category, objects })
    }

    fn find(&self, tag: u8) -> Option<&'a [u8]> {
        let object = self.objects.iter().find(|object| object.tag == tag)?;
        Some(object.value)
    }

    /// The card service data, data object `31`.
    #[must_use]
    pub fn card_service_data(&self) -> Option<CardServiceData> {
        match self.find(3)? {
            [byte] => Some(CardServiceData(*byte)),
            _ => None,
        }
    }

    /// The card capabilities, data object `71`, `72` or `73`; tables that are
    /// not there count as zero.
    #[must_use]
    pub fn card_capabilities(&self) -> Option<CardCapabilities> {
        let (selection, data_coding, commands) = match *self.find(7)? {
            [selection] => (selection, 0, 0),
            [selection, data_coding] => (selection, data_coding, 0),
            [selection, data_coding, commands] => (selection, data_coding, commands),
            _ => return None,
        };
        Some(CardCapabilities {
            selection,
            data_coding,
            commands,
        })
    }
}

/// Historical bytes of category 80 that announce these services and
/// capabilities: `80 31 xx 73 xx xx xx`.
#[must_use]
pub fn encode(services: CardServiceData, capabilities: CardCapabilities) -> Vec<u8> {
    let mut bytes = Vec::from([0x80, 0x31, services.0, 0x73]);
    bytes.extend_from_slice(&capabilities.to_bytes());
    bytes
}

/// The card service data byte (ISO/IEC 7816-4:2020, 12.1.1.7): how to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CardServiceData(pub u8);

impl CardServiceData {
    /// Applications are selected by their full DF name.
    pub const SELECT_BY_FULL_DF_NAME: u8 = 0x80;
    /// Applications are selected by the beginning of their DF name.
    pub const SELECT_BY_PARTIAL_DF_NAME: u8 = 0x40;
    /// EF.DIR holds BER-TLV data objects.
    pub const OBJECTS_IN_EF_DIR: u8 = 0x20;
    /// EF.ATR/INFO holds BER-TLV data objects.
    pub const OBJECTS_IN_EF_ATR_INFO: u8 = 0x10;
    /// EF.DIR and EF.ATR/INFO are read with READ BINARY. (Without this bit:
    /// with READ RECORD, or with GET DATA if bit `04` is set.)
    pub const READ_BINARY: u8 = 0x08;
    /// The card has no master file.
    pub const NO_MF: u8 = 0x01;

    /// Whether all of these bits are set.
    #[must_use]
    pub const fn has(self, bits: u8) -> bool {
        self.0 & bits == bits
    }
}

/// The card capabilities (ISO/IEC 7816-4:2020, 12.1.1.9): three software
/// function tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CardCapabilities {
    /// First table: how files are selected.
    pub selection: u8,
    /// Second table: how data are coded and written.
    pub data_coding: u8,
    /// Third table: chaining, length fields, logical channels.
    pub commands: u8,
}

impl CardCapabilities {
    /// First table: DF selection by full DF name.
    pub const BY_FULL_DF_NAME: u8 = 0x80;
    /// First table: DF selection by partial DF name.
    pub const BY_PARTIAL_DF_NAME: u8 = 0x40;
    /// First table: DF selection by path.
    pub const BY_PATH: u8 = 0x20;
    /// First table: DF selection by file identifier.
    pub const BY_FILE_ID: u8 = 0x10;
    /// First table: implicit DF selection.
    pub const IMPLICIT: u8 = 0x08;
    /// First table: short EF identifiers.
    pub const SHORT_FILE_ID: u8 = 0x04;

    /// Second table: the data unit is one byte (two quartets).
    pub const DATA_UNIT_BYTE: u8 = 0x01;
    /// Second table: the behaviour of write functions is proprietary.
    pub const WRITE_PROPRIETARY: u8 = 0x20;

    /// Third table: command chaining.
    pub const COMMAND_CHAINING: u8 = 0x80;
    /// Third table: extended Lc and Le fields.
    pub const EXTENDED_LENGTH: u8 = 0x40;
    /// Third table: extended length information in EF.ATR/INFO.
    pub const EXTENDED_LENGTH_INFORMATION: u8 = 0x20;

    /// The three tables as they are sent.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 3] {
        [self.selection, self.data_coding, self.commands]
    }

    /// Whether the card takes command chains.
    #[must_use]
    pub const fn command_chaining(self) -> bool {
        self.commands & Self::COMMAND_CHAINING != 0
    }

    /// Whether the card takes extended length fields.
    #[must_use]
    pub const fn extended_length(self) -> bool {
        self.commands & Self::EXTENDED_LENGTH != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;
    use proptest::prelude::*;

    #[test]
    fn objects_are_read_up_to_the_end() {
        let bytes = hex!("80 31B8 73B421E0 5241 42 829000");
        let read = HistoricalBytes::parse(&bytes).unwrap();
        assert_eq!(read.category, 0x80);
        assert_eq!(read.card_service_data(), Some(CardServiceData(0xB8)));
        let capabilities = read.card_capabilities().unwrap();
        assert_eq!(capabilities.to_bytes(), hex!("B421E0"));
        assert!(capabilities.extended_length() && capabilities.command_chaining());
        assert_eq!(
            read.objects[2..],
            [
                CompactTlv {
                    tag: 5,
                    value: b"AB"
                },
                CompactTlv {
                    tag: 8,
                    value: &[0x90, 0x00]
                }
            ]
        );
    }

    #[test]
    fn category_00_ends_with_three_status_bytes() {
        let read = HistoricalBytes::parse(&hex!("00 3180 079000"))
            .unwrap()
            .objects
            .len();
        assert_eq!(read, 1);
        assert_eq!(HistoricalBytes::parse(&[0x00, 0x31]).unwrap().objects, []);
    }

    #[test]
    fn other_categories_hold_no_objects() {
        for category in [0x10, 0x4E, 0x81, 0xC1] {
            let bytes = [category, 0x7F, 0x01];
            assert_eq!(HistoricalBytes::parse(&bytes).unwrap().objects, []);
        }
    }

    #[test]
    fn bits_stand_where_the_standards_tables_have_them() {
        use CardCapabilities as Capabilities;
        use CardServiceData as Services;
        let services = [
            Services::SELECT_BY_FULL_DF_NAME,
            Services::SELECT_BY_PARTIAL_DF_NAME,
            Services::OBJECTS_IN_EF_DIR,
            Services::OBJECTS_IN_EF_ATR_INFO,
            Services::READ_BINARY,
            Services::NO_MF,
        ];
        assert_eq!(services, hex!("804020100801"));
        let selection = [
            Capabilities::BY_FULL_DF_NAME,
            Capabilities::BY_PARTIAL_DF_NAME,
            Capabilities::BY_PATH,
            Capabilities::BY_FILE_ID,
            Capabilities::IMPLICIT,
            Capabilities::SHORT_FILE_ID,
        ];
        assert_eq!(selection, hex!("804020100804"));
        let data_coding = [
            Capabilities::DATA_UNIT_BYTE,
            Capabilities::WRITE_PROPRIETARY,
        ];
        assert_eq!(data_coding, hex!("0120"));
        let commands = [
            Capabilities::COMMAND_CHAINING,
            Capabilities::EXTENDED_LENGTH,
            Capabilities::EXTENDED_LENGTH_INFORMATION,
        ];
        assert_eq!(commands, hex!("804020"));
        assert!(Services(0xB8).has(0x88) && !Services(0xB8).has(0x41));
        let chaining = HistoricalBytes::parse(&hex!("80 73000080")).unwrap();
        let chaining = chaining.card_capabilities().unwrap();
        assert!(chaining.command_chaining() && !chaining.extended_length());
        let extended = HistoricalBytes::parse(&hex!("80 73000040")).unwrap();
        let extended = extended.card_capabilities().unwrap();
        assert!(!extended.command_chaining() && extended.extended_length());
        assert_eq!(encode(Services(0xB8), extended), hex!("80 31B8 73000040"));
    }

    #[test]
    fn missing_capability_tables_count_as_zero() {
        let table = |bytes: &[u8]| {
            let read = HistoricalBytes::parse(bytes).unwrap().card_capabilities();
            read.map(CardCapabilities::to_bytes)
        };
        assert_eq!(table(&hex!("80 71B4")), Some(hex!("B40000")));
        assert_eq!(table(&hex!("80 72B421")), Some(hex!("B42100")));
    }

    #[test]
    fn an_object_beyond_the_end_is_refused() {
        assert_eq!(
            HistoricalBytes::parse(&[]),
            Err(HistoricalBytesError::Empty)
        );
        assert_eq!(
            HistoricalBytes::parse(&hex!("80 31B8 73B4")),
            Err(HistoricalBytesError::Truncated {
                offset: 3,
                length: 3,
                available: 1
            })
        );
        let odd = hex!("80 30 7400000000");
        let odd = HistoricalBytes::parse(&odd).unwrap();
        assert_eq!(odd.card_service_data(), None);
        assert_eq!(odd.card_capabilities(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_apart_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
            if let Ok(read) = HistoricalBytes::parse(&bytes) {
                prop_assert!(read.objects.len() < bytes.len());
            }
        }
    }
}
