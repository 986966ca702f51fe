//! UPDATE BINARY (ISO/IEC 7816-4 §11.3.5), with the offset in P1-P2 or in a data object. It writes to
//! [shadows](crate::update); the write that completes EF.SOD, or a certificate, puts them in place.

use alloc::vec::Vec;
use core::mem;

use iso7816::{CommandApdu, ins, tlv::TlvReader};
use zeroize::Zeroizing;

use super::{
    Answer,
    binary::{self, DISCRETIONARY_DATA, Source},
};
use crate::{
    access::{self, AccessGrant, Denied, Update},
    chip::Chip,
    cia::certificate,
    error::Error,
    memory::NonVolatileMemory,
    objects::FileRef,
    update::{Hashes, Progress, Shadows},
};

/// A well-formed UPDATE BINARY.
pub(crate) struct UpdateBinary {
    target: Source,
    offset: usize,
    data: Zeroizing<Vec<u8>>,
}

impl TryFrom<&CommandApdu> for UpdateBinary {
    type Error = Error;

    fn try_from(apdu: &CommandApdu) -> Result<Self, Error> {
        let odd = apdu.ins() == ins::UPDATE_BINARY_ODD;
        let (target, offset, data) = if odd {
            odd_form(apdu)?
        } else {
            let (target, offset) = binary::even_form(apdu)?;
            (target, offset, apdu.data())
        };
        if data.is_empty() {
            return Err(if odd {
                Error::IncorrectData
            } else {
                Error::WrongLength
            });
        }
        Ok(Self {
            target,
            offset,
            data: Zeroizing::new(data.to_vec()),
        })
    }
}

/// P1-P2, then DO 54 and DO 53.
fn odd_form(apdu: &CommandApdu) -> Result<(Source, usize, &[u8]), Error> {
    let target = binary::odd_source(apdu)?;
    let mut objects = TlvReader::new(apdu.data()).strict();
    let offset = binary::offset(&mut objects)?;
    let data = objects.expect(DISCRETIONARY_DATA);
    let data = data.map_err(|_| Error::IncorrectData)?.value;
    objects.finish().map_err(|_| Error::IncorrectData)?;
    Ok((target, offset, data))
}

impl<M: NonVolatileMemory> Chip<M> {
    /// Writes to the shadow of a file. Whether the file may be written is decided before anything about
    /// it is told.
    pub(super) fn update_binary(&mut self, update: UpdateBinary) -> Result<Answer, Error> {
        let file = self.source(&update.target)?;
        self.check_active(file.directory)?;
        let grant = access::grant(Update(file), &self.security_status()?)?;
        if !self.persistent.has_file(&grant) {
            return Err(Error::FileNotFound);
        }
        self.volatile.make_current(file);
        let session = self.volatile.session.as_mut().ok_or(Denied)?;
        let progress = session.shadows.write(file, update.offset, &update.data)?;
        if progress == Progress::Complete {
            // Whatever comes of it, the next update begins anew.
            if file == FileRef::EID_SOD {
                let shadows = mem::take(&mut session.shadows);
                self.commit(&shadows, &grant)?;
            } else if file.slot().is_some() {
                let certificate = session.shadows.take(file);
                self.commit_certificate(&certificate, &grant)?;
            }
        }
        Ok(Answer::done())
    }

    /// Puts a certificate in place if it is for the key in its slot. Who issued it the chip cannot know, but another
    /// holder's certificate, or that of an old key, it can.
    fn commit_certificate(
        &mut self,
        certificate: &[u8],
        grant: &AccessGrant<Update>,
    ) -> Result<(), Error> {
        let key = self.persistent.key_to_certify(grant)?;
        let key = key.map(|key| key.subject_public_key_info());
        let certified = certificate::subject_public_key_info(certificate);
        if key.is_none() || certified != key.as_deref() {
            return Err(Error::IncorrectData);
        }
        Ok(self.persistent.set_certificate(grant, certificate)?)
    }

    /// Puts all shadows in place if afterwards EF.SOD has the hash of each group on the card and of no
    /// other. Whether it is signed, and by whom, the chip cannot know: it has no anchors.
    fn commit(&mut self, shadows: &Shadows, sod: &AccessGrant<Update>) -> Result<(), Error> {
        let hashes = Hashes::of(shadows)?;
        for number in Hashes::NUMBERS {
            let group = FileRef::group(number);
            let actual = match shadows.contents(group) {
                Some(contents) => Some(hashes.hash(contents)),
                None => self
                    .persistent
                    .hash_file(sod, group, |contents| hashes.hash(contents))?,
            };
            if actual.as_deref() != hashes.expected(number) {
                return Err(Error::IncorrectData);
            }
        }
        let status = self.security_status()?;
        let mut files = Vec::new();
        for file in shadows.files() {
            let (file, contents) = file?;
            files.push((access::grant(Update(file), &status)?, contents));
        }
        Ok(self.persistent.replace_files(files)?)
    }
}
