//! The little of the file system that the writer uses, as a trait, so that tests can let the n-th call fail.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Appends and syncs one file.
pub trait Appending: Send + Sync {
    /// # Errors
    /// The disk's.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// A second handle of the same file, for the sync thread.
    ///
    /// # Errors
    /// The disk's.
    fn syncer(&self) -> io::Result<Box<dyn Syncing>>;
}

/// Makes durable what has been appended before.
pub trait Syncing: Send {
    /// # Errors
    /// The disk's. There is no retry: what a failed sync leaves on the disk is not known.
    fn sync(&mut self) -> io::Result<()>;
}

/// Makes and opens files.
pub trait Disk: Send + Sync {
    /// A new empty file, its directory entry durable.
    ///
    /// # Errors
    /// The disk's.
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn Appending>>;
    /// An existing file, to append at its end.
    ///
    /// # Errors
    /// The disk's.
    fn open_end(&mut self, path: &Path) -> io::Result<Box<dyn Appending>>;
}

/// The real one.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn Appending>> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        file.sync_all()?;
        sync_folder(path)?;
        Ok(Box::new(file))
    }

    fn open_end(&mut self, path: &Path) -> io::Result<Box<dyn Appending>> {
        Ok(Box::new(OpenOptions::new().append(true).open(path)?))
    }
}

impl Appending for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn syncer(&self) -> io::Result<Box<dyn Syncing>> {
        Ok(Box::new(self.try_clone()?))
    }
}

impl Syncing for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Make the names in a file's folder durable.
///
/// # Errors
/// The disk's.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
