//! The little of the file system that the writer uses, as a trait, so that tests can record it and let the n-th call
//! fail.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Writes and syncs one file.
pub trait Writing: Send {
    /// # Errors
    /// The disk's.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Make durable what has been written.
    ///
    /// # Errors
    /// The disk's. There is no retry: what a failed sync leaves on the disk is not known.
    fn sync(&mut self) -> io::Result<()>;
    /// Cut the file, or grow it with zeros.
    ///
    /// # Errors
    /// The disk's.
    fn set_length(&mut self, length: u64) -> io::Result<()>;
}

/// Makes, opens and names files.
pub trait Disk: Send + Sync {
    /// A new empty file; one that is there is emptied.
    ///
    /// # Errors
    /// The disk's.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Writing>>;
    /// An existing file, to write on.
    ///
    /// # Errors
    /// The disk's.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Writing>>;
    /// # Errors
    /// The disk's.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Make the names in a file's folder durable.
    ///
    /// # Errors
    /// The disk's.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// The real one.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Writing>> {
        Ok(Box::new(File::create(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Writing>> {
        Ok(Box::new(OpenOptions::new().write(true).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        sync_folder(path)
    }
}

impl Writing for File {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn set_length(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
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
