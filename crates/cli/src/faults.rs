//! Faults on purpose, from a script (docs/faults.md).

use std::fs;
use std::path::{Path, PathBuf};

use applet_sim::{Chip, FileStore};
use transport::faults::{Faulty, Script, ScriptError, Unplayable};

use crate::card_file::{self, Transport};
use crate::failure::Failure;

/// A script, and the file that it stands in.
pub(crate) struct Faults {
    script: Script,
    path: PathBuf,
}

impl Faults {
    /// The script in this file, if one was named.
    pub(crate) fn read(path: Option<&Path>) -> Result<Option<Self>, Failure> {
        let Some(path) = path else {
            return Ok(None);
        };
        let text = fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
        let script = text.parse().map_err(|error: ScriptError| Failure::Script {
            path: path.to_owned(),
            why: error.to_string(),
        })?;
        Ok(Some(Self {
            script,
            path: path.to_owned(),
        }))
    }

    /// The chip makes them all.
    pub(crate) fn by_the_chip(&self, chip: &mut Chip<FileStore>) -> Result<(), Failure> {
        chip.follow(&self.script)
            .map_err(|error| self.unplayable(&error))
    }

    /// The reader makes them all.
    pub(crate) fn by_the_reader(&self, card: Transport) -> Result<Transport, Failure> {
        let faulty = Faulty::waiting(card, &self.script, std::thread::sleep);
        let faulty = faulty.map_err(|error| self.unplayable(&error))?;
        Ok(Box::new(faulty))
    }

    /// A card in a reader of its own: the chip makes them where it can make them all, the reader otherwise.
    pub(crate) fn by_either(&self, mut chip: Chip<FileStore>) -> Result<Transport, Failure> {
        match chip.follow(&self.script) {
            Ok(()) => Ok(card_file::on_a_reader(chip)),
            Err(error) => self
                .by_the_reader(card_file::on_a_reader(chip))
                .map_err(|_| self.unplayable(&error)),
        }
    }

    fn unplayable(&self, error: &Unplayable) -> Failure {
        Failure::Script {
            path: self.path.clone(),
            why: error.to_string(),
        }
    }
}
