//! Files: selecting, reading, and the two that say how to talk to the card.

use iso7816::CommandApdu;
use iso7816::tlv::{self, Tag};
use lds::{SecurityInfos, oid};
use pki::SignedData;

use super::Bench;
use crate::{Answer, OK, Stop};

/// DF name of the eID application (TR-03110-4).
pub(crate) const EID: &[u8] = &[0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02];
/// DF name of the ePassport application (Doc 9303-10).
pub(crate) const EPASSPORT: &[u8] = &[0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];

pub(crate) const CHIP_SECURITY: u8 = 0x1B;
const CARD_ACCESS: u8 = 0x1C;
const CARD_SECURITY: u8 = 0x1D;

impl Bench<'_> {
    /// SELECT by DF name.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn select_application(&mut self, name: &[u8]) -> Result<Answer, Stop> {
        self.send(&CommandApdu::new(0x00, 0xA4, 0x04, 0x0C).with_data(name))
    }

    /// SELECT of the master file.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn select_master_file(&mut self) -> Result<Answer, Stop> {
        self.send(&CommandApdu::new(0x00, 0xA4, 0x00, 0x0C))
    }

    /// SELECT of an elementary file of the current directory.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn select_file(&mut self, identifier: u16) -> Result<Answer, Stop> {
        self.send(&CommandApdu::new(0x00, 0xA4, 0x02, 0x0C).with_data(identifier.to_be_bytes()))
    }

    /// READ BINARY of the first byte, by short file identifier.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn read_first_byte(&mut self, short: u8) -> Result<Answer, Stop> {
        self.send(&CommandApdu::new(0x00, 0xB0, 0x80 | short, 0x00).with_ne(1))
    }

    /// A whole file of the current directory, by short file identifier.
    ///
    /// # Errors
    /// [`Stop`] if it cannot be read to its end.
    pub fn read_file(&mut self, short: u8) -> Result<Vec<u8>, Stop> {
        let first = CommandApdu::new(0x00, 0xB0, 0x80 | short, 0x00).with_ne(4);
        let head = self.send(&first)?.expect(iso_end())?;
        let size = object_size(&head).ok_or_else(|| self.unexpected("a BER-TLV object", "none"))?;
        let mut contents = head;
        while contents.len() < size {
            let left = u32::try_from(size - contents.len())
                .unwrap_or(u32::MAX)
                .min(223);
            let block = self.read_block(contents.len(), left)?;
            if block.is_empty() {
                return Err(self.unexpected("the file's next bytes", "none"));
            }
            contents.extend(block);
        }
        contents.truncate(size);
        Ok(contents)
    }

    /// READ BINARY of the current file from an offset on; from 32768 on the offset stands in a data object.
    fn read_block(&mut self, offset: usize, length: u32) -> Result<Vec<u8>, Stop> {
        let offset = u32::try_from(offset).map_err(|error| self.cannot(error))?;
        if let Ok(near @ 0..0x8000) = u16::try_from(offset) {
            let [p1, p2] = near.to_be_bytes();
            let block = CommandApdu::new(0x00, 0xB0, p1, p2).with_ne(length);
            return self.send(&block)?.expect(iso_end());
        }
        let offset = tlv::encode(Tag(0x54), &offset.to_be_bytes());
        // Tag and length of the answer count, too.
        let block = CommandApdu::new(0x00, 0xB1, 0x00, 0x00)
            .with_data(offset)
            .with_ne(length + 3);
        let block = self.send(&block)?.expect(iso_end())?;
        match tlv::find(&block, Tag(0x53)) {
            Ok(Some(block)) => Ok(block.to_vec()),
            _ => Err(self.unexpected("DO 53", "none")),
        }
    }

    /// EF.CardAccess, read once.
    ///
    /// # Errors
    /// [`Stop`] if it cannot be read.
    pub fn card_access(&mut self) -> Result<SecurityInfos, Stop> {
        if let Some(infos) = &self.card_access {
            return Ok(infos.clone());
        }
        let channel = self.take_channel();
        let file = self.read_file(CARD_ACCESS);
        self.channel = channel;
        let infos = SecurityInfos::parse(&file?)
            .map_err(|error| self.unexpected("SecurityInfos in EF.CardAccess", error))?;
        self.card_access = Some(infos.clone());
        Ok(infos)
    }

    /// EF.CardSecurity, read once in the session that there is. Its signature is verified with the certificate in it, and nobody
    /// vouches for that one.
    ///
    /// # Errors
    /// [`Stop`] if it cannot be read.
    pub fn card_security(&mut self) -> Result<SecurityInfos, Stop> {
        if let Some(infos) = &self.card_security {
            return Ok(infos.clone());
        }
        let infos = self.signed_infos(CARD_SECURITY, "EF.CardSecurity")?;
        self.card_security = Some(infos.clone());
        Ok(infos)
    }

    /// EF.ChipSecurity, read in the session that there is; for its signature, see [`card_security`](Self::card_security).
    ///
    /// # Errors
    /// [`Stop`] if it cannot be read.
    pub fn chip_security(&mut self) -> Result<SecurityInfos, Stop> {
        self.signed_infos(CHIP_SECURITY, "EF.ChipSecurity")
    }

    fn signed_infos(&mut self, short: u8, name: &str) -> Result<SecurityInfos, Stop> {
        let file = self.read_file(short)?;
        let unreadable = |error: &dyn core::fmt::Display| {
            self.unexpected(format!("signed SecurityInfos in {name}"), error)
        };
        let signed = SignedData::parse(&file).map_err(|error| unreadable(&error))?;
        let content = signed.verify(oid::ID_SECURITY_OBJECT);
        let content = content.map_err(|error| unreadable(&error))?.content;
        SecurityInfos::parse(content).map_err(|error| unreadable(&error))
    }
}

/// 9000, or the file ended.
fn iso_end() -> crate::Expected {
    crate::status(OK).or(0x6282)
}

/// The size of the object that begins so, with its tag and length.
fn object_size(head: &[u8]) -> Option<usize> {
    let (tag, rest) = head.split_first()?;
    let (longer, rest) = if tag & 0x1F == 0x1F {
        (1, rest.get(1..)?)
    } else {
        (0, rest)
    };
    let (&first, rest) = rest.split_first()?;
    let count = usize::from(first & 0x7F);
    let (length, count) = if first < 0x80 {
        (usize::from(first), 0)
    } else {
        let bytes = rest.get(..count)?;
        (
            bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
            count,
        )
    };
    Some(1 + longer + 1 + count + length)
}
