//! Appending: callers queue batches, one thread writes and syncs what is queued as one frame, and only that counts.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::disk::Disk;
use crate::fault::{Fault, Outcome};
use crate::frame::{Frame, KEPT_BYTES, PAYLOAD_MAX, RECORD_SIZE};
use crate::scan::{Found, cut, scan};
use crate::segment::{FOLDER, segments, spare_path};
use crate::tail::{Cut, Tail};

/// A predecessor that was killed may still be dying.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);

/// What the sync thread and the writer share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Appended and not yet taken by the thread; at most one frame's worth.
    queued: Vec<u8>,
    appended: u64,
    durable: u64,
    failed: Option<String>,
    closing: bool,
}

/// The one writer of a data folder.
pub struct Journal {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    _lock: File,
}

impl Journal {
    /// Lock the folder, validate the journal, cut a torn tail, make the rest durable, begin a new epoch.
    ///
    /// # Errors
    /// `InUse`, `Damaged`, or the disk's.
    pub fn open(data_dir: &Path, disk: Arc<dyn Disk>, how: Cut) -> Outcome<Self> {
        Locked::take(data_dir)?.open(disk, how, |_| Ok(()))
    }

    fn new(data_dir: &Path, lock: File, disk: Arc<dyn Disk>, how: Cut, found: &Found) -> Self {
        let last = found.end.last_sequence;
        let shared = Arc::new(Shared::default());
        *lock_state(&shared) = State { appended: last, durable: last, ..State::default() };
        let tail = Tail::new(data_dir, disk, how, found);
        let theirs = Arc::clone(&shared);
        let thread = Some(thread::spawn(move || sync_forever(&theirs, tail)));
        Self { shared, thread, _lock: lock }
    }

    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        lock_state(&self.shared).appended
    }

    /// The newest sequence that would survive losing the machine's power now.
    #[must_use]
    pub fn durable(&self) -> u64 {
        lock_state(&self.shared).durable
    }

    /// Queue a batch behind the last one and return. Durable it is only when `wait_durable` says so; any number of
    /// batches may be on their way. Waits while the queue is full.
    ///
    /// # Errors
    /// `Failed` for ever after the first failure.
    pub fn append(&mut self, payload: &[u8]) -> Outcome<()> {
        if payload.is_empty() || !payload.len().is_multiple_of(RECORD_SIZE) || payload.len() > PAYLOAD_MAX {
            return Err(Fault::Misuse("a batch is a whole number of records, at least one, at most 64 MiB"));
        }
        let mut state = lock_state(&self.shared);
        let first = state.appended + 1;
        if payload.first_chunk::<8>().map(|word| u64::from_le_bytes(*word)) != Some(first) {
            return Err(Fault::Misuse("the batch does not continue the journal's sequence"));
        }
        while state.failed.is_none() && state.queued.len() + payload.len() > PAYLOAD_MAX {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(why) = &state.failed {
            return Err(Fault::Failed(why.clone()));
        }
        state.queued.extend_from_slice(payload);
        state.appended += (payload.len() / RECORD_SIZE) as u64;
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Wait until a sequence is durable.
    ///
    /// # Errors
    /// `Failed`: it never will be, and the process must end.
    pub fn wait_durable(&self, sequence: u64) -> Outcome<()> {
        wait_durable(&self.shared, sequence)
    }

    /// A waiter that does not need the journal itself, so that others may append meanwhile.
    #[must_use]
    pub fn waiter(&self) -> Waiter {
        Waiter { shared: Arc::clone(&self.shared) }
    }
}

/// A data folder that nobody else may write to.
#[derive(Debug)]
pub struct Locked {
    data_dir: PathBuf,
    lock: File,
}

impl Locked {
    /// # Errors
    /// `InUse`, or the disk's.
    pub fn take(data_dir: &Path) -> Outcome<Self> {
        let folder = data_dir.join(FOLDER);
        fs::create_dir_all(&folder).map_err(Fault::io(&folder))?;
        Ok(Self { data_dir: data_dir.to_owned(), lock: lock(data_dir)? })
    }

    /// Open the journal of the folder, handing each of its good frames to `visit` as it is judged, and make them durable.
    ///
    /// # Errors
    /// `Damaged`, what `visit` answers, or the disk's. What was handed over before is then to be thrown away.
    pub fn open(self, disk: Arc<dyn Disk>, how: Cut, visit: impl FnMut(&Frame<'_>) -> Outcome<()>) -> Outcome<Journal> {
        let found = recover(&self.data_dir, visit)?;
        settle(&self.data_dir, disk.as_ref())?;
        Ok(Journal::new(&self.data_dir, self.lock, disk, how, &found))
    }
}

/// Judge what is there, handing each good frame to `visit`, and cut what is torn.
///
/// # Errors
/// `Damaged`, what `visit` answers, or the disk's.
pub fn recover(data_dir: &Path, visit: impl FnMut(&Frame<'_>) -> Outcome<()>) -> Outcome<Found> {
    let found = scan(data_dir, visit)?;
    let spare = spare_path(data_dir);
    if spare.exists() {
        fs::remove_file(&spare).map_err(Fault::io(&spare))?;
    }
    match &found.torn {
        None => Ok(found),
        Some(torn) => {
            cut(data_dir, torn)?;
            scan(data_dir, |_| Ok(())) // the newest segment may be another one now
        }
    }
}

/// Make durable what a killed predecessor had written and not synced: it may be in the system's memory alone, and from
/// here on it counts (J-1). Everything before the newest segment was durable before that was begun (J-12).
fn settle(data_dir: &Path, disk: &dyn Disk) -> Outcome<()> {
    let Some(newest) = segments(data_dir)?.pop().filter(|newest| !newest.is_packed()) else { return Ok(()) };
    let mut file = disk.open(&newest.path).map_err(Fault::io(&newest.path))?;
    file.sync().map_err(Fault::io(&newest.path))?;
    disk.sync_folder(&newest.path).map_err(Fault::io(&newest.path))
}

impl Drop for Journal {
    fn drop(&mut self) {
        lock_state(&self.shared).closing = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic of the sync thread has already been seen as a journal that never becomes durable.
            drop(thread.join());
        }
    }
}

/// See `Journal::waiter`.
#[derive(Clone)]
pub struct Waiter {
    shared: Arc<Shared>,
}

impl Waiter {
    /// # Errors
    /// `Failed`: the sequence never will be durable.
    pub fn wait_durable(&self, sequence: u64) -> Outcome<()> {
        wait_durable(&self.shared, sequence)
    }
}

fn wait_durable(shared: &Shared, sequence: u64) -> Outcome<()> {
    let mut state = lock_state(shared);
    loop {
        if state.durable >= sequence {
            return Ok(());
        }
        if let Some(why) = &state.failed {
            return Err(Fault::Failed(why.clone()));
        }
        if sequence > state.appended {
            return Err(Fault::Misuse("waiting for a sequence that was never appended"));
        }
        state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

/// The sync thread: whatever is queued when it comes round becomes one frame. Ends at the first failure.
fn sync_forever(shared: &Shared, mut tail: Tail) {
    let mut payload = Vec::new();
    let mut state = lock_state(shared);
    loop {
        if !state.queued.is_empty() {
            payload.clear();
            if payload.capacity() > KEPT_BYTES {
                payload = Vec::new();
            }
            std::mem::swap(&mut state.queued, &mut payload);
            drop(state);
            shared.changed.notify_all(); // the queue has room
            let committed = tail.commit(&payload);
            state = lock_state(shared);
            match committed {
                Ok(last) => state.durable = last,
                Err(fault) => {
                    state.failed = Some(fault.to_string());
                    shared.changed.notify_all();
                    return;
                }
            }
            shared.changed.notify_all();
        } else if state.closing {
            drop(state);
            if let Err(fault) = tail.close() {
                lock_state(shared).failed.get_or_insert_with(|| fault.to_string());
            }
            return;
        } else {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn lock_state(shared: &Shared) -> MutexGuard<'_, State> {
    shared.state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock(data_dir: &Path) -> Outcome<File> {
    let path: PathBuf = data_dir.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(Fault::io(&path))?;
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(Duration::from_millis(20)),
            Err(TryLockError::WouldBlock) => return Err(Fault::InUse { path: data_dir.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(Fault::Io { path, error }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::disk::{RealDisk, Writing};

    /// The real disk, which notes the files and folders that were opened and synced, and fails its syncs when it is told.
    #[derive(Clone, Default)]
    struct Noting {
        synced: Arc<Mutex<Vec<String>>>,
        fails: bool,
    }

    struct NotedFile {
        file: Box<dyn Writing>,
        name: String,
        disk: Noting,
    }

    impl Noting {
        fn note(&self, name: &str) -> io::Result<()> {
            self.synced.lock().unwrap().push(name.to_owned());
            if self.fails { Err(io::Error::other("chosen to fail")) } else { Ok(()) }
        }
    }

    impl Disk for Noting {
        fn create(&self, path: &Path) -> io::Result<Box<dyn Writing>> {
            RealDisk.create(path)
        }

        fn open(&self, path: &Path) -> io::Result<Box<dyn Writing>> {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            Ok(Box::new(NotedFile { file: RealDisk.open(path)?, name, disk: self.clone() }))
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            RealDisk.rename(from, to)
        }

        fn sync_folder(&self, path: &Path) -> io::Result<()> {
            self.note("folder")?;
            RealDisk.sync_folder(path)
        }
    }

    impl Writing for NotedFile {
        fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
            self.file.write_at(offset, bytes)
        }

        fn sync(&mut self) -> io::Result<()> {
            self.disk.note(&self.name)?;
            self.file.sync()
        }

        fn set_length(&mut self, length: u64) -> io::Result<()> {
            self.file.set_length(length)
        }
    }

    fn record(sequence: u64) -> Vec<u8> {
        let mut record = vec![0; RECORD_SIZE];
        record[..8].copy_from_slice(&sequence.to_le_bytes());
        record
    }

    #[test]
    fn j1_a_start_makes_durable_what_it_has_read_before_any_of_it_counts() {
        let folder = std::env::temp_dir().join(format!("commonbook-settle-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let how = Cut { segment_bytes: 1024 * 1024, step_bytes: 1024 * 1024, background: false };
        let mut journal = Journal::open(&folder, Arc::new(RealDisk), how).unwrap();
        journal.append(&record(1)).unwrap();
        journal.wait_durable(1).unwrap();
        drop(journal);
        let disk = Noting::default();
        let again = Journal::open(&folder, Arc::new(disk.clone()), how).unwrap();
        assert_eq!(again.durable(), 1);
        assert_eq!(*disk.synced.lock().unwrap(), ["00000000000000000001.cbj", "folder"]);
        drop(again);
        let failing = Noting { fails: true, ..Noting::default() };
        assert!(matches!(Journal::open(&folder, Arc::new(failing), how), Err(Fault::Io { .. })));
        fs::remove_dir_all(&folder).unwrap();
    }
}
