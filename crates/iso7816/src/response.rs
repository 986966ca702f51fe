//! Response APDUs.

use alloc::vec::Vec;
use core::fmt;

use crate::{ApduError, ApduField, StatusWord};

/// The most data bytes a response can carry: the largest Ne.
const MAX_DATA: usize = 0x1_0000;

/// A response APDU (ISO/IEC 7816-4:2020, 5.2): data, then the status word.
///
/// `Debug` prints the length of the data, never the data.
///
/// ```
/// use iso7816::{ResponseApdu, StatusWord};
///
/// let response = ResponseApdu::parse(&[0x3F, 0x00, 0x62, 0x82])?;
/// assert_eq!(response.data, [0x3F, 0x00]);
/// assert_eq!(response.status, StatusWord::END_OF_FILE_REACHED);
/// # Ok::<(), iso7816::ApduError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseApdu {
    /// The data field, empty if there is none.
    pub data: Vec<u8>,
    /// SW1 and SW2.
    pub status: StatusWord,
}

impl ResponseApdu {
    /// A response of these parts.
    #[must_use]
    pub fn new(data: impl Into<Vec<u8>>, status: StatusWord) -> Self {
        Self {
            data: data.into(),
            status,
        }
    }

    /// Data with status 9000.
    #[must_use]
    pub fn ok(data: impl Into<Vec<u8>>) -> Self {
        Self::new(data, StatusWord::OK)
    }

    /// Parses a whole response APDU.
    ///
    /// # Errors
    ///
    /// [`ApduError::Truncated`] without a status word,
    /// [`ApduError::DataTooLong`] beyond 65 536 data bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ApduError> {
        let Some((data, &status)) = bytes.split_last_chunk::<2>() else {
            return Err(ApduError::Truncated {
                field: ApduField::StatusWord,
                offset: 0,
                needed: 2,
                available: bytes.len(),
            });
        };
        if data.len() > MAX_DATA {
            return Err(ApduError::DataTooLong {
                length: data.len(),
                maximum: MAX_DATA,
            });
        }
        Ok(Self::new(data, StatusWord(u16::from_be_bytes(status))))
    }

    /// The response as it is sent.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.data.len() + 2);
        bytes.extend_from_slice(&self.data);
        bytes.extend_from_slice(&self.status.to_bytes());
        bytes
    }
}

impl From<StatusWord> for ResponseApdu {
    /// A response without data.
    fn from(status: StatusWord) -> Self {
        Self {
            data: Vec::new(),
            status,
        }
    }
}

impl TryFrom<&[u8]> for ResponseApdu {
    type Error = ApduError;

    fn try_from(bytes: &[u8]) -> Result<Self, ApduError> {
        Self::parse(bytes)
    }
}

impl fmt::Debug for ResponseApdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ResponseApdu({} data bytes, {:?})",
            self.data.len(),
            self.status
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{format, vec};

    #[test]
    fn a_response_without_a_whole_status_word_is_refused() {
        for bytes in [&[][..], &[0x90]] {
            assert_eq!(
                ResponseApdu::parse(bytes),
                Err(ApduError::Truncated {
                    field: ApduField::StatusWord,
                    offset: 0,
                    needed: 2,
                    available: bytes.len()
                })
            );
        }
        assert_eq!(ResponseApdu::parse(&[0x90, 0]), Ok(StatusWord::OK.into()));
    }

    #[test]
    fn a_response_carries_65536_data_bytes_and_no_more() {
        let longest = ResponseApdu::ok(vec![7; 65536]);
        assert_eq!(ResponseApdu::parse(&longest.to_bytes()), Ok(longest));
        assert_eq!(
            ResponseApdu::parse(&vec![0x90; 65539]),
            Err(ApduError::DataTooLong {
                length: 65537,
                maximum: 65536
            })
        );
    }

    #[test]
    fn debug_output_never_shows_data() {
        let response = ResponseApdu::ok(*b"secret");
        let text = format!("{response:?}");
        assert_eq!(text, "ResponseApdu(6 data bytes, StatusWord(9000))");
    }
}
