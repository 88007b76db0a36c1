//! Filling the next segment with zeros while this one is in use.
//!
//! ```text
//! this one    ████████████████░░░░░░░░░░░░░░░░   used
//! the next    0 0 0 0 0 0 0 0 0 0 0              filled: a third more than that, so that it is whole in time
//! ```
//! Whoever fills the disk at full speed makes every sync beside it wait. So it is done in small pieces, each synced, and
//! no further than the use of this one asks for; where that runs ahead, in larger ones.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use crate::disk::{Disk, Writing};

const CHUNK: u64 = 1024 * 1024;
const SMALLEST: u64 = 64 * 1024;
const LARGEST: u64 = 256 * 1024;
/// Where the sync thread waits for the file, no other sync is made to wait.
const IN_A_HURRY: u64 = 16 * 1024 * 1024;

type File = Box<dyn Writing>;

/// A segment that is being filled by a thread of its own; the thread ends when this is dropped.
pub struct Filling {
    pace: Arc<Pace>,
    thread: Option<JoinHandle<io::Result<File>>>,
}

#[derive(Default)]
struct Pace {
    /// Bytes of the segment in use.
    used: AtomicU64,
    hurry: AtomicBool,
    given_up: AtomicBool,
}

impl Filling {
    /// Fill a new file up to a length.
    ///
    /// Args: `used` as for `keep_up_with`.
    #[must_use]
    pub fn begin(disk: Arc<dyn Disk>, path: PathBuf, length: u64, used: u64) -> Self {
        let pace = Arc::new(Pace { used: AtomicU64::new(used), ..Pace::default() });
        let theirs = Arc::clone(&pace);
        let thread = thread::spawn(move || {
            let mut file = disk.create(&path)?;
            theirs.fill(&mut *file, length)?;
            Ok(file)
        });
        Self { pace, thread: Some(thread) }
    }

    /// So many bytes of the segment in use, which has the same length, are used; `u64::MAX` asks for full speed.
    pub fn keep_up_with(&self, used: u64) {
        self.pace.used.store(used, Ordering::Release);
        self.wake();
    }

    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Wait for the file.
    ///
    /// # Errors
    /// The disk's.
    pub fn finish(mut self) -> io::Result<File> {
        self.pace.hurry.store(true, Ordering::Release);
        self.wake();
        let broken_off = || io::Error::from(io::ErrorKind::Interrupted);
        self.thread.take().ok_or_else(broken_off)?.join().map_err(|_| broken_off())?
    }

    fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        self.pace.given_up.store(true, Ordering::Release);
        self.wake();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Pace {
    fn fill(&self, file: &mut dyn Writing, length: u64) -> io::Result<()> {
        let mut at = 0;
        while at < length {
            if self.given_up.load(Ordering::Acquire) {
                return Err(io::Error::from(io::ErrorKind::Interrupted));
            }
            let hurry = self.hurry.load(Ordering::Acquire);
            let goal = goal(self.used.load(Ordering::Acquire), length);
            if at >= goal && !hurry {
                thread::park();
                continue;
            }
            let piece = if hurry { IN_A_HURRY } else { (goal - at).clamp(SMALLEST, LARGEST) };
            let upto = (at + piece).min(length);
            fill(file, at, upto)?;
            at = upto;
        }
        Ok(())
    }
}

/// How far the next segment should be filled: a third further than the one in use is used.
fn goal(used: u64, length: u64) -> u64 {
    used.saturating_add(used / 3).saturating_add(SMALLEST).min(length)
}

/// Zeros, durable, from one offset up to another.
///
/// # Errors
/// The disk's.
pub fn fill(file: &mut dyn Writing, from: u64, upto: u64) -> io::Result<()> {
    let zeros = vec![0; upto.saturating_sub(from).min(CHUNK) as usize];
    let mut at = from;
    while at < upto {
        let length = (upto - at).min(CHUNK);
        file.write_at(at, &zeros[..length as usize])?;
        at += length;
    }
    file.sync()
}
