//! Files that are written: for their owner alone, and never over another one unless somebody said so.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// What to do about a file that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// Leave it and fail.
    Keep,
    /// Overwrite it.
    Replace,
}

impl Existing {
    /// As `--force` says.
    pub(crate) const fn by_force(force: bool) -> Self {
        if force { Self::Replace } else { Self::Keep }
    }
}

/// Creates a file that its owner alone may read.
pub(crate) fn create(path: &Path, existing: Existing) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    match existing {
        Existing::Keep => options.create_new(true),
        Existing::Replace => options.create(true).truncate(true),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(path)
        .map_err(|error| Failure::file(path, error))
}

/// Writes a whole file.
pub(crate) fn write(path: &Path, contents: &[u8], existing: Existing) -> Result<(), Failure> {
    create(path, existing)?
        .write_all(contents)
        .map_err(|error| Failure::file(path, error))
}

/// Appends to a file that its owner alone may read, and makes it if it is not there.
pub(crate) fn append(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path);
    file.and_then(|mut file| file.write_all(contents))
        .map_err(|error| Failure::file(path, error))
}

/// Writes a whole file that has no secret in it, for everybody to read as the user's mask has it.
pub(crate) fn publish(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    fs::write(path, contents).map_err(|error| Failure::file(path, error))
}

/// Fails if there is anything under this name that must be kept.
pub(crate) fn must_be_free(path: &Path, existing: Existing) -> Result<(), Failure> {
    match (existing, fs::symlink_metadata(path)) {
        (Existing::Keep, Ok(_)) => Err(Failure::Exists {
            path: path.to_owned(),
        }),
        (Existing::Keep, Err(error)) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::file(path, error))
        }
        _ => Ok(()),
    }
}

/// Writes a whole file that has no secret in it, and none over another.
pub(crate) fn write_public(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(contents))
        .map_err(|error| Failure::file(path, error))
}

/// Makes a folder, unless the name means where the program was started.
pub(crate) fn make_folder_if_named(path: &Path) -> Result<(), Failure> {
    match path.as_os_str().is_empty() {
        true => Ok(()),
        false => make_folder(path),
    }
}

/// Makes a folder that its owner alone may enter, and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|error| Failure::file(path, error))
}

/// Replaces a file at once: whoever reads it sees the old contents or the new.
pub(crate) fn replace(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let beside = beside(path);
    write(&beside, contents, Existing::Keep)?;
    fs::rename(&beside, path).map_err(|error| Failure::file(path, error))
}

/// A name beside this one, for what is written before it takes the other's place.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    name.into()
}
