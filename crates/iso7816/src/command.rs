//! Command APDUs in all their length cases.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroize;

use crate::{ApduError, ApduField, Class};

/// The most data bytes that an extended Lc field can announce.
pub(crate) const MAX_DATA: usize = 0xFFFF;
/// The largest Ne, coded as an extended Le field of `0000`.
pub(crate) const MAX_NE: u32 = 0x1_0000;

/// A command APDU (ISO/IEC 7816-4:2020, 5.2; 7816-3:2006, 12.1.3).
///
/// Nc is the length of [`data`](Self::data); Ne, the number of response bytes
/// expected at most, is [`ne`](Self::ne). Which of the length cases 1, 2S, 3S,
/// 4S, 2E, 3E and 4E applies follows from the two.
///
/// `Debug` prints header and lengths, never the data, and the data is wiped
/// when the command is dropped: commands carry PINs. (The bytes that
/// [`to_bytes`](Self::to_bytes) returns belong to the caller.)
///
/// ```
/// use iso7816::{CommandApdu, ins};
///
/// let read = CommandApdu::new(0x00, ins::READ_BINARY, 0x9C, 0x00).with_ne(256);
/// assert_eq!(read.to_bytes(), [0x00, 0xB0, 0x9C, 0x00, 0x00]);
/// assert_eq!(read.to_bytes_extended(), [0x00, 0xB0, 0x9C, 0x00, 0x00, 0x01, 0x00]);
/// assert_eq!(CommandApdu::parse(&read.to_bytes())?, read);
/// # Ok::<(), iso7816::ApduError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CommandApdu {
    cla: u8,
    ins: u8,
    p1: u8,
    p2: u8,
    data: Vec<u8>,
    ne: Option<u32>,
    extended: bool,
}

impl CommandApdu {
    /// A command without data that expects no response data (case 1).
    #[must_use]
    pub const fn new(cla: u8, ins: u8, p1: u8, p2: u8) -> Self {
        Self {
            cla,
            ins,
            p1,
            p2,
            data: Vec::new(),
            ne: None,
            extended: false,
        }
    }

    /// The same command with this data field, of at most 65 535 bytes. An
    /// empty one means no data field.
    ///
    /// # Panics
    ///
    /// If the data is longer. Where its length is not known beforehand use
    /// [`try_with_data`](Self::try_with_data).
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "documented: a caller's mistake, never an input's"
    )]
    pub fn with_data(self, data: impl Into<Vec<u8>>) -> Self {
        self.try_with_data(data)
            .expect("a data field of at most 65535 bytes")
    }

    /// The same command with this data field.
    ///
    /// # Errors
    ///
    /// [`ApduError::DataTooLong`] beyond 65 535 bytes.
    pub fn try_with_data(mut self, data: impl Into<Vec<u8>>) -> Result<Self, ApduError> {
        let mut data = data.into();
        if data.len() > MAX_DATA {
            let length = data.len();
            data.zeroize();
            return Err(ApduError::DataTooLong {
                length,
                maximum: MAX_DATA,
            });
        }
        self.data.zeroize();
        self.data = data;
        self.extended = !self.fits_short();
        Ok(self)
    }

    /// The same command expecting at most `ne` response bytes.
    ///
    /// 256 is coded as a short Le field of `00`, 65 536 as an extended one of
    /// `0000`; both ask for all there is. Zero means no Le field, and more
    /// than 65 536 cannot be asked for, so it counts as 65 536.
    #[must_use]
    pub fn with_ne(mut self, ne: u32) -> Self {
        self.ne = match ne {
            0 => None,
            ne => Some(ne.min(MAX_NE)),
        };
        self.extended = !self.fits_short();
        self
    }

    /// CLA as a plain byte.
    #[must_use]
    pub const fn cla(&self) -> u8 {
        self.cla
    }

    /// CLA with its meaning.
    #[must_use]
    pub const fn class(&self) -> Class {
        Class(self.cla)
    }

    /// INS.
    #[must_use]
    pub const fn ins(&self) -> u8 {
        self.ins
    }

    /// P1.
    #[must_use]
    pub const fn p1(&self) -> u8 {
        self.p1
    }

    /// P2.
    #[must_use]
    pub const fn p2(&self) -> u8 {
        self.p2
    }

    /// P1 and P2 as one big-endian number.
    #[must_use]
    pub const fn p1_p2(&self) -> u16 {
        u16::from_be_bytes([self.p1, self.p2])
    }

    /// CLA, INS, P1 and P2 as they are sent.
    #[must_use]
    pub const fn header(&self) -> [u8; 4] {
        [self.cla, self.ins, self.p1, self.p2]
    }

    /// The data field, empty if there is none.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Ne, the greatest number of response bytes expected, 1 to 65 536.
    /// `None` without an Le field.
    #[must_use]
    pub const fn ne(&self) -> Option<u32> {
        self.ne
    }

    /// Whether the command was received with extended length fields, or needs
    /// them. Without data and Le (case 1) there is no extended form.
    #[must_use]
    pub const fn is_extended(&self) -> bool {
        self.extended
    }

    /// Whether short length fields are enough: at most 255 data bytes, Ne at
    /// most 256.
    #[must_use]
    pub fn fits_short(&self) -> bool {
        self.data.len() <= 0xFF && self.ne.is_none_or(|ne| ne <= 0x100)
    }

    /// Parses a whole command APDU, strictly: every byte must belong to a
    /// field of one of the seven cases.
    ///
    /// # Errors
    ///
    /// [`ApduError`] with the field and offset at which the lengths contradict
    /// each other.
    pub fn parse(bytes: &[u8]) -> Result<Self, ApduError> {
        let Some((&[cla, ins, p1, p2], body)) = bytes.split_first_chunk::<4>() else {
            return Err(ApduError::Truncated {
                field: ApduField::Header,
                offset: 0,
                needed: 4,
                available: bytes.len(),
            });
        };
        let mut command = Self::new(cla, ins, p1, p2);
        match *body {
            [] => {}
            [le] => command.ne = Some(short_ne(le)),
            [0, ref rest @ ..] => {
                command.extended = true;
                command.parse_extended(rest)?;
            }
            [lc, ref rest @ ..] => command.parse_short(lc, rest)?,
        }
        Ok(command)
    }

    /// Cases 3S and 4S: `rest` follows an Lc field of one byte.
    fn parse_short(&mut self, lc: u8, rest: &[u8]) -> Result<(), ApduError> {
        let (data, le) = split_data(rest, usize::from(lc), 5)?;
        self.ne = match *le {
            [] => None,
            [le] => Some(short_ne(le)),
            _ => return Err(trailing(5 + data.len() + 1, le.len() - 1)),
        };
        self.data = data.to_vec();
        Ok(())
    }

    /// Cases 2E, 3E and 4E: `rest` follows the byte 00 at offset 4.
    fn parse_extended(&mut self, rest: &[u8]) -> Result<(), ApduError> {
        let Some((&length, rest)) = rest.split_first_chunk::<2>() else {
            return Err(ApduError::Truncated {
                field: ApduField::Lc,
                offset: 4,
                needed: 3,
                available: 1 + rest.len(),
            });
        };
        if rest.is_empty() {
            self.ne = Some(extended_ne(length));
            return Ok(());
        }
        let lc = u16::from_be_bytes(length);
        if lc == 0 {
            return Err(ApduError::ZeroLc { offset: 4 });
        }
        let (data, le) = split_data(rest, usize::from(lc), 7)?;
        let offset = 7 + data.len();
        self.ne = match *le {
            [] => None,
            [_] => {
                return Err(ApduError::Truncated {
                    field: ApduField::Le,
                    offset,
                    needed: 2,
                    available: 1,
                });
            }
            [high, low] => Some(extended_ne([high, low])),
            _ => return Err(trailing(offset + 2, le.len() - 2)),
        };
        self.data = data.to_vec();
        Ok(())
    }

    /// The command as it is sent, with short length fields if
    /// [they are enough](Self::fits_short), else with extended ones.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match u8::try_from(self.data.len()) {
            Ok(lc) if self.fits_short() => {
                let mut bytes = Vec::with_capacity(4 + 1 + self.data.len() + 1);
                bytes.extend_from_slice(&self.header());
                if lc > 0 {
                    bytes.push(lc);
                    bytes.extend_from_slice(&self.data);
                }
                if let Some(ne) = self.ne {
                    // Ne 256 is coded as 00: exactly the low byte.
                    bytes.push(ne.to_be_bytes()[3]);
                }
                bytes
            }
            _ => self.to_bytes_extended(),
        }
    }

    /// The command with extended length fields, whether it needs them or not.
    /// (Case 1 has none.)
    #[must_use]
    pub fn to_bytes_extended(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 + 3 + self.data.len() + 2);
        bytes.extend_from_slice(&self.header());
        if !self.data.is_empty() {
            // At most MAX_DATA by construction, so the low three bytes are
            // exactly 00 and the two bytes of Lc.
            let [.., zero, high, low] = self.data.len().to_be_bytes();
            bytes.extend_from_slice(&[zero, high, low]);
            bytes.extend_from_slice(&self.data);
        }
        if let Some(ne) = self.ne {
            if self.data.is_empty() {
                bytes.push(0);
            }
            // Ne 65536 is coded as 0000: exactly the low two bytes.
            let [.., high, low] = ne.to_be_bytes();
            bytes.extend_from_slice(&[high, low]);
        }
        bytes
    }
}

fn short_ne(le: u8) -> u32 {
    if le == 0 { 0x100 } else { u32::from(le) }
}

fn extended_ne(le: [u8; 2]) -> u32 {
    match u16::from_be_bytes(le) {
        0 => MAX_NE,
        ne => u32::from(ne),
    }
}

fn split_data(rest: &[u8], lc: usize, offset: usize) -> Result<(&[u8], &[u8]), ApduError> {
    rest.split_at_checked(lc).ok_or(ApduError::Truncated {
        field: ApduField::Data,
        offset,
        needed: lc,
        available: rest.len(),
    })
}

fn trailing(offset: usize, extra: usize) -> ApduError {
    ApduError::Trailing {
        after: ApduField::Le,
        offset,
        extra,
    }
}

impl TryFrom<&[u8]> for CommandApdu {
    type Error = ApduError;

    fn try_from(bytes: &[u8]) -> Result<Self, ApduError> {
        Self::parse(bytes)
    }
}

impl Drop for CommandApdu {
    fn drop(&mut self) {
        self.data.zeroize();
    }
}

impl fmt::Debug for CommandApdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CommandApdu({:02X} {:02X} {:02X} {:02X}, {} data bytes, ",
            self.cla,
            self.ins,
            self.p1,
            self.p2,
            self.data.len()
        )?;
        match self.ne {
            Some(ne) => write!(f, "Ne {ne})"),
            None => f.write_str("no Le)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;
    use proptest::prelude::*;
    use std::{format, vec};

    fn case(bytes: &[u8], nc: usize, ne: Option<u32>, extended: bool) {
        let command = CommandApdu::parse(bytes).unwrap();
        assert_eq!(command.header(), bytes[..4]);
        assert_eq!(command.data().len(), nc);
        assert_eq!(command.ne(), ne);
        assert_eq!(command.is_extended(), extended);
        let again = if extended {
            command.to_bytes_extended()
        } else {
            command.to_bytes()
        };
        assert_eq!(again, bytes);
    }

    #[test]
    fn each_of_the_seven_cases_is_understood() {
        case(&hex!("00A4000C"), 0, None, false);
        case(&hex!("00B0000008"), 0, Some(8), false);
        case(&hex!("00B0000000"), 0, Some(256), false);
        case(&hex!("00A4020C02011C"), 2, None, false);
        case(&hex!("00A4020002011C00"), 2, Some(256), false);
        case(&hex!("00B00000000100"), 0, Some(256), true);
        case(&hex!("00B00000000000"), 0, Some(65536), true);
        case(&hex!("00A4020C000002011C"), 2, None, true);
        case(&hex!("00A40200000002011C0000"), 2, Some(65536), true);
        case(&hex!("00A40200000002011C00FF"), 2, Some(255), true);
    }

    #[test]
    fn the_longest_data_field_is_65535_bytes() {
        let command = CommandApdu::new(0, 0xD6, 0, 0).with_data(vec![0x5A; 65535]);
        let bytes = command.to_bytes();
        assert_eq!(bytes[..7], hex!("00D6000000FFFF"));
        assert_eq!(CommandApdu::parse(&bytes), Ok(command));
        assert_eq!(
            CommandApdu::new(0, 0xD6, 0, 0).try_with_data(vec![0; 65536]),
            Err(ApduError::DataTooLong {
                length: 65536,
                maximum: 65535
            })
        );
    }

    #[test]
    fn short_fields_reach_to_255_data_bytes_and_ne_256() {
        let longest = CommandApdu::new(0, 0xC2, 0, 0)
            .with_data(vec![1; 255])
            .with_ne(256);
        assert!(longest.fits_short() && !longest.is_extended());
        assert_eq!(longest.to_bytes().len(), 4 + 1 + 255 + 1);
        let more_data = CommandApdu::new(0, 0xC2, 0, 0).with_data(vec![1; 256]);
        assert!(!more_data.fits_short() && more_data.is_extended());
        assert_eq!(more_data.to_bytes()[4..7], hex!("000100"));
        let more_answer = CommandApdu::new(0, 0xC2, 0, 0).with_ne(257);
        assert!(!more_answer.fits_short() && more_answer.is_extended());
        assert_eq!(more_answer.to_bytes(), hex!("00C20000000101"));
    }

    #[test]
    fn ne_zero_means_no_le_field_and_ne_is_capped() {
        assert_eq!(CommandApdu::new(0, 0xB0, 0, 0).with_ne(0).ne(), None);
        let most = CommandApdu::new(0, 0xB0, 0, 0).with_ne(u32::MAX);
        assert_eq!(most.ne(), Some(65536));
        assert_eq!(most.with_ne(0).to_bytes(), hex!("00B00000"));
    }

    #[test]
    fn malformed_lengths_name_the_field_and_the_offset() {
        let error = |bytes: &[u8]| CommandApdu::parse(bytes).unwrap_err();
        let truncated = |field, offset, needed, available| ApduError::Truncated {
            field,
            offset,
            needed,
            available,
        };
        let trailing = |offset, extra| ApduError::Trailing {
            after: ApduField::Le,
            offset,
            extra,
        };
        for length in 0..4 {
            assert_eq!(
                error(&hex!("00A40000")[..length]),
                truncated(ApduField::Header, 0, 4, length)
            );
        }
        // 00 and one byte more: neither Lc nor Le.
        assert_eq!(
            error(&hex!("00A400000001")),
            truncated(ApduField::Lc, 4, 3, 2)
        );
        // Short Lc larger than what follows.
        assert_eq!(
            error(&hex!("00A4000005AABB")),
            truncated(ApduField::Data, 5, 5, 2)
        );
        // Bytes after a short Le.
        assert_eq!(error(&hex!("00A4000001AA0000")), trailing(7, 1));
        // Extended Lc of zero.
        assert_eq!(
            error(&hex!("00A40000000000AA")),
            ApduError::ZeroLc { offset: 4 }
        );
        // Extended Lc larger than what follows.
        assert_eq!(
            error(&hex!("00A40000000003AABB")),
            truncated(ApduField::Data, 7, 3, 2)
        );
        // Half an extended Le.
        assert_eq!(
            error(&hex!("00A40000000001AA00")),
            truncated(ApduField::Le, 8, 2, 1)
        );
        // Bytes after an extended Le.
        assert_eq!(error(&hex!("00A40000000001AA0000FF")), trailing(10, 1));
        assert_eq!(
            format!("{}", error(&hex!("00A40000000003AABB"))),
            "data field at offset 7 needs 3 bytes, only 2 are there"
        );
    }

    #[test]
    fn debug_output_never_shows_data() {
        let command = CommandApdu::new(0, 0x20, 0, 0x81).with_data(*b"12345678");
        let text = format!("{command:?}");
        assert_eq!(text, "CommandApdu(00 20 00 81, 8 data bytes, no Le)");
    }

    #[test]
    fn one_data_byte_is_a_data_field() {
        let command = CommandApdu::new(0, 0x20, 0, 0x81).with_data([7]);
        assert_eq!(command.to_bytes(), hex!("002000810107"));
        assert_eq!(command.p1_p2(), 0x0081);
    }

    fn any_command() -> impl Strategy<Value = CommandApdu> {
        let length = prop_oneof![
            4 => 0usize..=300,
            1 => Just(65535usize),
            1 => 300usize..5000
        ];
        let data = length.prop_flat_map(|length| prop::collection::vec(any::<u8>(), length));
        let ne = prop_oneof![Just(0u32), 1u32..=300, 1u32..=65536, Just(256), Just(65536)];
        (any::<[u8; 4]>(), data, ne).prop_map(|([cla, ins, p1, p2], data, ne)| {
            CommandApdu::new(cla, ins, p1, p2)
                .with_data(data)
                .with_ne(ne)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn what_is_encoded_parses_to_the_same_command(command in any_command()) {
            prop_assert_eq!(&CommandApdu::parse(&command.to_bytes()).unwrap(), &command);
            let extended = CommandApdu::parse(&command.to_bytes_extended()).unwrap();
            prop_assert_eq!(extended.header(), command.header());
            prop_assert_eq!(extended.data(), command.data());
            prop_assert_eq!(extended.ne(), command.ne());
        }

        #[test]
        fn what_parses_has_exactly_one_encoding(
            header in any::<[u8; 4]>(),
            body in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..20),
                prop::collection::vec(0u8..12, 0..20),
            ],
        ) {
            let bytes = [&header[..], &body[..]].concat();
            if let Ok(command) = CommandApdu::parse(&bytes) {
                let again = if command.is_extended() {
                    command.to_bytes_extended()
                } else {
                    command.to_bytes()
                };
                prop_assert_eq!(again, bytes);
            }
        }
    }
}
