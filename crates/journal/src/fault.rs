//! What can be wrong with a journal.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

#[derive(Debug, Error)]
pub enum Fault {
    #[error("journal {}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    /// A bad record with a valid one behind it: cutting here would lose acknowledged orders.
    #[error(
        "journal segment {segment} is damaged at offset {offset} ({what}) and valid records follow; not served, not cut: restore this segment from a copy"
    )]
    Damaged { segment: String, offset: u64, what: &'static str },
    /// Its frames are not ours to judge, and so not ours to cut.
    #[error(
        "journal segment {segment} has a format that this release does not know; not served, not cut: serve it with the release that wrote it"
    )]
    Foreign { segment: String },
    #[error("the data folder {} is in use by another process", path.display())]
    InUse { path: PathBuf },
    /// Sticky: after the first failure nothing more is accepted.
    #[error("the journal has failed: {0}")]
    Failed(String),
    #[error("{0}")]
    Misuse(&'static str),
}

impl Fault {
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }
}

pub type Outcome<T> = Result<T, Fault>;
