//! Writing files that a card takes as a whole or not at all (UPDATE BINARY, docs/chip-profile.md).

use iso7816::{CommandApdu, ShortFileId, ins};
use transport::CardTransport;

use crate::error::{File, Misuse, Result, Step};
use crate::session::{Session, fault};

/// The last offset that UPDATE BINARY with even instruction can name.
const LAST_OFFSET: usize = 0x7FFF;

/// The most bytes of data in one UPDATE BINARY: the card's buffers hold more, and nothing is gained by it.
const MOST: usize = 4096;

impl<T: CardTransport> Session<'_, T> {
    /// Writes the new contents of a file of the current application, from the first byte to the last.
    pub(crate) fn write(&mut self, file: File, short: ShortFileId, contents: &[u8]) -> Result<()> {
        let step = Step::Update(file);
        let link = &mut self.card.link;
        let block = link.blocks.longest_command().min(MOST);
        for (number, part) in contents.chunks(block).enumerate() {
            let offset = number * block;
            let [p1, p2] = match (number, u16::try_from(offset.min(LAST_OFFSET))) {
                (0, _) => [short.to_p1(), 0],
                (_, Ok(at)) if offset <= LAST_OFFSET => at.to_be_bytes(),
                _ => return Err(Misuse::UpdateTooLong(file).into()),
            };
            let command = CommandApdu::new(0x00, ins::UPDATE_BINARY, p1, p2).with_data(part);
            let status = link.send(&command, step)?.status;
            if !status.is_ok() {
                return Err(fault(step, status));
            }
        }
        Ok(())
    }
}
