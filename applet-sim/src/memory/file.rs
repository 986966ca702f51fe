//! A medium in a file: one card, one file.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    string::ToString,
};

use super::{DEFAULT_CAPACITY, MemoryError, NonVolatileMemory};

/// A card's memory in a file of fixed size.
///
/// The file is created with mode 0600 and never over an existing one, every flush reaches the disk
/// (`fdatasync`), and an exclusive lock is held while the value lives, so that two programs cannot
/// run the same card at once. What is in the file, its magic and its format version are the
/// [store](crate::StoreError)'s business, which looks at them before it changes anything.
///
/// The file holds the secrets of a simulated card in the clear, and copying an older file back
/// restores its tries. Nothing in software can prevent either; see SECURITY.md.
#[derive(Debug)]
pub struct FileStore {
    file: File,
    path: PathBuf,
    capacity: usize,
}

/// Why a card file could not be opened or created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileStoreError {
    /// Another program, or this one, runs the card already.
    #[error("the card file {path} is in use by another program")]
    InUse {
        /// The card file.
        path: PathBuf,
    },
    /// There is already something under this name. It was left as it is.
    #[error("{path} exists already and is not overwritten")]
    Exists {
        /// The card file.
        path: PathBuf,
    },
    /// There is no such card file.
    #[error("there is no card file {path}")]
    NotFound {
        /// The card file.
        path: PathBuf,
    },
    /// Any other failure of the operating system.
    #[error("the card file {path}: {source}")]
    Io {
        /// The card file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FileStore {
    /// Creates a blank medium of [`DEFAULT_CAPACITY`] bytes, ready for
    /// [`CardImage::personalise`](crate::CardImage::personalise).
    ///
    /// # Errors
    /// [`FileStoreError::Exists`] if there is anything under that name, a dangling link included.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, FileStoreError> {
        Self::create_with_capacity(path, DEFAULT_CAPACITY)
    }

    /// As [`create`](Self::create), with a size in bytes.
    ///
    /// # Errors
    /// As for [`create`](Self::create).
    pub fn create_with_capacity(
        path: impl AsRef<Path>,
        capacity: usize,
    ) -> Result<Self, FileStoreError> {
        let path = path.as_ref();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options
            .open(path)
            .map_err(|error| Self::error(path, error))?;
        Self::lock(&file, path)?;
        let prepare = || {
            file.set_len(capacity as u64)?;
            file.sync_all()?;
            sync_directory(path)
        };
        prepare().map_err(|error| Self::error(path, error))?;
        Ok(Self {
            file,
            path: path.to_path_buf(),
            capacity,
        })
    }

    /// Opens an existing card file.
    ///
    /// # Errors
    /// [`FileStoreError::InUse`] if another program holds it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FileStoreError> {
        let path = path.as_ref();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| Self::error(path, error))?;
        Self::lock(&file, path)?;
        let length = file
            .metadata()
            .map_err(|error| Self::error(path, error))?
            .len();
        // A length that does not even fit the address space is no card; the store refuses it by its
        // superblock.
        let capacity = usize::try_from(length).unwrap_or(usize::MAX);
        Ok(Self {
            file,
            path: path.to_path_buf(),
            capacity,
        })
    }

    /// Where the card is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn lock(file: &File, path: &Path) -> Result<(), FileStoreError> {
        match file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(FileStoreError::InUse {
                path: path.to_path_buf(),
            }),
            Err(TryLockError::Error(source)) => Err(Self::error(path, source)),
        }
    }

    fn error(path: &Path, source: io::Error) -> FileStoreError {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::AlreadyExists => FileStoreError::Exists { path },
            io::ErrorKind::NotFound => FileStoreError::NotFound { path },
            _ => FileStoreError::Io { path, source },
        }
    }

    /// The file, positioned at `offset`, if `length` bytes from there are inside the card.
    fn at(&self, offset: usize, length: usize) -> Result<&File, MemoryError> {
        match offset.checked_add(length) {
            Some(end) if end <= self.capacity => {
                (&self.file)
                    .seek(SeekFrom::Start(offset as u64))
                    .map_err(device)?;
                Ok(&self.file)
            }
            _ => Err(MemoryError::OutOfRange { offset, length }),
        }
    }
}

impl NonVolatileMemory for FileStore {
    fn capacity(&self) -> usize {
        self.capacity
    }

    fn read(&self, offset: usize, buffer: &mut [u8]) -> Result<(), MemoryError> {
        self.at(offset, buffer.len())?
            .read_exact(buffer)
            .map_err(device)
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), MemoryError> {
        self.at(offset, bytes.len())?
            .write_all(bytes)
            .map_err(device)
    }

    fn flush(&mut self) -> Result<(), MemoryError> {
        self.file.sync_data().map_err(device)
    }
}

fn device(error: io::Error) -> MemoryError {
    MemoryError::Device(error.to_string())
}

/// A new name is durable only once its directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_card_file_is_readable_by_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("card");
        let store = FileStore::create(&path).unwrap();
        assert_eq!(store.capacity(), DEFAULT_CAPACITY);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }

    #[test]
    fn an_existing_file_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("card");
        std::fs::write(&path, "holiday").unwrap();
        assert!(matches!(
            FileStore::create(&path),
            Err(FileStoreError::Exists { .. })
        ));
        assert_eq!(std::fs::read(&path).unwrap(), b"holiday");
    }

    #[test]
    fn a_card_runs_in_one_place_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("card");
        let first = FileStore::create(&path).unwrap();
        assert!(matches!(
            FileStore::open(&path),
            Err(FileStoreError::InUse { .. })
        ));
        drop(first);
        assert!(FileStore::open(&path).is_ok());
    }

    #[test]
    fn a_missing_file_is_named_in_the_error() {
        let directory = tempfile::tempdir().unwrap();
        let error = FileStore::open(directory.path().join("nowhere")).unwrap_err();
        assert!(matches!(error, FileStoreError::NotFound { .. }));
        assert!(error.to_string().contains("nowhere"));
    }

    #[test]
    fn what_was_written_is_there_after_reopening() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("card");
        let mut store = FileStore::create_with_capacity(&path, 100).unwrap();
        store.write(90, b"0123456789").unwrap();
        store.flush().unwrap();
        assert!(matches!(
            store.write(91, b"0123456789"),
            Err(MemoryError::OutOfRange { .. })
        ));
        drop(store);
        let mut bytes = [0; 12];
        FileStore::open(&path)
            .unwrap()
            .read(88, &mut bytes)
            .unwrap();
        assert_eq!(&bytes, b"\0\x000123456789");
    }
}
