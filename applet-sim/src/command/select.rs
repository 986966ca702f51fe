//! SELECT (ISO/IEC 7816-4 §11.2.2).

use alloc::vec::Vec;
use iso7816::{
    CommandApdu, FileId, StatusWord,
    tlv::{self, Tag},
};

use super::Answer;
use crate::{
    access::{self, Enter, Read},
    chip::Chip,
    error::Error,
    image::ApplicationState,
    memory::NonVolatileMemory,
    objects::{Directory, FileRef},
};

/// A well-formed SELECT.
pub(crate) struct Select {
    target: Target,
    information: Information,
}

/// What P1 and the data field name.
enum Target {
    MasterFile,
    /// P1 00: an elementary file near the current directory.
    Near(FileId),
    /// P1 01: a directory below the current one, by an identifier. Ours have names only.
    ChildDirectory,
    /// P1 02: an elementary file in the current directory.
    Child(FileId),
    /// P1 03.
    Parent,
    /// P1 04.
    Name(Vec<u8>),
    /// P1 08: a path from the master file.
    FromMasterFile(Vec<FileId>),
    /// P1 09: a path from the current directory.
    FromCurrent(Vec<FileId>),
}

/// What P2 asks for.
#[derive(Clone, Copy)]
enum Information {
    None,
    /// FCP, template 62.
    Parameters,
    /// FCI, template 6F.
    Whole,
}

impl TryFrom<&CommandApdu> for Select {
    type Error = Error;

    fn try_from(apdu: &CommandApdu) -> Result<Self, Error> {
        let information = match apdu.p2() {
            0x00 => Information::Whole,
            0x04 => Information::Parameters,
            0x0C => Information::None,
            _ => return Err(Error::IncorrectParameters),
        };
        let data = apdu.data();
        let id = || {
            <[u8; 2]>::try_from(data)
                .map(FileId::from)
                .map_err(|_| Error::WrongLength)
        };
        let path = || {
            let (ids, rest) = data.as_chunks::<2>();
            if ids.is_empty() || !rest.is_empty() {
                return Err(Error::WrongLength);
            }
            Ok(ids.iter().map(|id| FileId::from(*id)).collect())
        };
        let target = match apdu.p1() {
            0x00 if data.is_empty() => Target::MasterFile,
            0x00 => match id()? {
                FileId::MF => Target::MasterFile,
                id => Target::Near(id),
            },
            0x01 => id().map(|_| Target::ChildDirectory)?,
            0x02 => Target::Child(id()?),
            0x03 if data.is_empty() => Target::Parent,
            0x03 => return Err(Error::WrongLength),
            0x04 if (1..=16).contains(&data.len()) => Target::Name(data.to_vec()),
            0x04 => return Err(Error::WrongLength),
            0x08 => Target::FromMasterFile(path()?),
            0x09 => Target::FromCurrent(path()?),
            _ => return Err(Error::IncorrectParameters),
        };
        // Without Le there is no room for an answer.
        let information = if apdu.ne().is_some() {
            information
        } else {
            Information::None
        };
        Ok(Self {
            target,
            information,
        })
    }
}

impl<M: NonVolatileMemory> Chip<M> {
    /// Makes a directory or file the current one. A refused SELECT leaves the selection as it was.
    pub(super) fn select(&mut self, select: Select) -> Result<Answer, Error> {
        let current = self.volatile.selection.directory;
        let below = |directory, path: &[FileId]| match path {
            [id] => Self::find(directory, *id),
            _ => None,
        };
        let file = match select.target {
            Target::MasterFile | Target::Parent => {
                return self.enter(Directory::MasterFile, select.information);
            }
            Target::Name(name) => {
                let named = Directory::APPLICATIONS
                    .into_iter()
                    .find(|d| d.name() == name);
                return self.enter(named.ok_or(Error::FileNotFound)?, select.information);
            }
            Target::ChildDirectory => None,
            Target::Child(id) => Self::find(current, id),
            Target::Near(id) => {
                Self::find(current, id).or_else(|| Self::find(Directory::MasterFile, id))
            }
            Target::FromMasterFile(path) => below(Directory::MasterFile, &path),
            Target::FromCurrent(path) => below(current, &path),
        };
        let file = file.ok_or(Error::FileNotFound)?;
        self.check_active(file.directory)?;
        let grant = access::grant(Read(file), &self.security_status()?)?;
        let size = self
            .persistent
            .file_length(&grant)?
            .ok_or(Error::FileNotFound)?;
        self.volatile.make_current(file);

        let mut parameters = Vec::new();
        push(
            &mut parameters,
            0x80,
            &u16::try_from(size).unwrap_or(u16::MAX).to_be_bytes(),
        );
        push(&mut parameters, 0x82, &[TRANSPARENT_FILE]);
        push(&mut parameters, 0x83, &file.id.to_bytes());
        if let Some(short_id) = file.short_id() {
            push(&mut parameters, 0x88, &[short_id.value() << 3]);
        }
        let state = self.persistent.life_cycle()?.status_byte();
        Ok(select.information.about(parameters, state))
    }

    fn enter(&mut self, directory: Directory, information: Information) -> Result<Answer, Error> {
        let application = self.persistent.application_state()?;
        let is_there = match directory {
            Directory::MasterFile | Directory::Eid => true,
            Directory::Icao => self.persistent.has_icao_application(),
            Directory::Cia => application.is_some(),
        };
        if !is_there {
            return Err(Error::FileNotFound);
        }
        let Enter(directory) = access::grant(Enter(directory), &self.security_status()?)?.action();
        self.volatile.enter(directory);

        let mut parameters = Vec::new();
        push(&mut parameters, 0x82, &[DIRECTORY]);
        match directory {
            Directory::MasterFile => push(&mut parameters, 0x83, &FileId::MF.to_bytes()),
            Directory::Eid | Directory::Icao | Directory::Cia => {
                push(&mut parameters, 0x84, directory.name());
            }
        }
        let Some(application) = application.filter(|_| directory == Directory::Cia) else {
            let state = self.persistent.life_cycle()?.status_byte();
            return Ok(information.about(parameters, state));
        };
        Ok(Answer {
            status: match application {
                ApplicationState::Activated => StatusWord::OK,
                ApplicationState::Deactivated => StatusWord::DEACTIVATED,
                ApplicationState::Terminated => StatusWord::TERMINATED,
            },
            ..information.about(parameters, application.status_byte())
        })
    }

    /// A file that has a place in this directory.
    fn find(directory: Directory, id: FileId) -> Option<FileRef> {
        access::files_of(directory).find(|file| file.id == id)
    }
}

impl Information {
    /// Wraps the control parameters in the template that P2 asked for, the life cycle status added.
    fn about(self, mut parameters: Vec<u8>, state: u8) -> Answer {
        push(&mut parameters, 0x8A, &[state]);
        match self {
            Self::None => Answer::done(),
            Self::Parameters => Answer::data(tlv::encode(Tag(0x62), &parameters)),
            Self::Whole => Answer::data(tlv::encode(Tag(0x6F), &parameters)),
        }
    }
}

/// File descriptor byte of a transparent working file (ISO/IEC 7816-4 §7.4.5).
const TRANSPARENT_FILE: u8 = 0x01;
/// File descriptor byte of a directory.
const DIRECTORY: u8 = 0x38;

fn push(parameters: &mut Vec<u8>, tag: u32, value: &[u8]) {
    tlv::push(parameters, Tag(tag), value);
}
