//! Appending: the caller writes frames, one thread syncs them, and only what is synced counts.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::disk::{Appending, Disk, Syncing};
use crate::fault::{Fault, Outcome};
use crate::frame::{self, RECORD_SIZE, SEGMENT_HEAD, SegmentHead};
use crate::scan::{End, FOLDER, cut, scan, segment_path};

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
    appended: u64,
    durable: u64,
    syncer: Option<Box<dyn Syncing>>,
    failed: Option<String>,
    closing: bool,
}

/// The one writer of a data folder.
pub struct Journal {
    data_dir: PathBuf,
    disk: Box<dyn Disk>,
    segment_bytes: u64,
    epoch: u64,
    end: End,
    segment: Option<Box<dyn Appending>>,
    segment_length: u64,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    _lock: File,
}

impl Journal {
    /// Lock the folder, validate the journal, cut a torn tail, begin a new epoch.
    ///
    /// # Errors
    /// `InUse`, `Damaged`, or the disk's.
    pub fn open(data_dir: &Path, disk: Box<dyn Disk>, segment_bytes: u64) -> Outcome<Self> {
        let folder = data_dir.join(FOLDER);
        fs::create_dir_all(&folder).map_err(Fault::io(&folder))?;
        let lock = lock(data_dir)?;
        let (end, torn) = scan(data_dir, |_| Ok(()))?;
        if let Some(torn) = torn {
            cut(data_dir, &torn)?;
        }
        let shared = Arc::new(Shared::default());
        lock_state(&shared).appended = end.last_sequence;
        lock_state(&shared).durable = end.last_sequence;
        let mut journal = Self {
            data_dir: data_dir.to_owned(),
            disk,
            segment_bytes,
            epoch: end.epoch + 1,
            end,
            segment: None,
            segment_length: 0,
            shared: Arc::clone(&shared),
            thread: None,
            _lock: lock,
        };
        journal.continue_last_segment()?;
        journal.thread = Some(thread::spawn(move || sync_forever(&shared)));
        Ok(journal)
    }

    #[must_use]
    pub const fn last_sequence(&self) -> u64 {
        self.end.last_sequence
    }

    /// The newest sequence that would survive losing the machine's power now.
    #[must_use]
    pub fn durable(&self) -> u64 {
        lock_state(&self.shared).durable
    }

    /// Write a batch behind the last one and wake the sync thread. Durable it is only when `wait_durable` says so.
    ///
    /// # Errors
    /// `Failed` for ever after the first failure.
    pub fn append(&mut self, payload: &[u8]) -> Outcome<()> {
        if payload.is_empty() || !payload.len().is_multiple_of(RECORD_SIZE) || payload.len() > frame::PAYLOAD_MAX {
            return Err(Fault::Misuse("a batch is a whole number of records, at least one, at most 64 MiB"));
        }
        let first = self.end.last_sequence + 1;
        if payload.first_chunk::<8>().map(|word| u64::from_le_bytes(*word)) != Some(first) {
            return Err(Fault::Misuse("the batch does not continue the journal's sequence"));
        }
        self.check_failed()?;
        let written = self.write(first, payload);
        if let Err(fault) = &written {
            self.fail(&fault.to_string());
        }
        written
    }

    fn write(&mut self, first: u64, payload: &[u8]) -> Outcome<()> {
        let (bytes, hash) = frame::encode(self.epoch, first, &self.end.last_hash, payload);
        if self.segment.is_none() || self.segment_length + bytes.len() as u64 > self.segment_bytes {
            self.begin_segment(first)?;
        }
        let segment = self.segment.as_mut().ok_or(Fault::Misuse("no segment is open"))?;
        segment.append(&bytes).map_err(Fault::io(&self.data_dir))?;
        self.segment_length += bytes.len() as u64;
        let last = first + (payload.len() / RECORD_SIZE) as u64 - 1;
        self.end = End { last_sequence: last, last_hash: hash, epoch: self.epoch };
        lock_state(&self.shared).appended = last;
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

    /// The segment the journal ended in goes on, unless it is full.
    fn continue_last_segment(&mut self) -> Outcome<()> {
        let Some((_, path)) = crate::scan::segments(&self.data_dir)?.pop() else { return Ok(()) };
        let length = fs::metadata(&path).map_err(Fault::io(&path))?.len();
        if length < self.segment_bytes {
            let segment = self.disk.open_end(&path).map_err(Fault::io(&path))?;
            self.adopt(segment, length)?;
        }
        Ok(())
    }

    /// Close the segment in use, durable, and begin the next.
    fn begin_segment(&mut self, first_sequence: u64) -> Outcome<()> {
        if self.segment.is_some() {
            self.wait_durable(self.end.last_sequence)?;
        }
        let path = segment_path(&self.data_dir, first_sequence);
        let mut segment = self.disk.create(&path).map_err(Fault::io(&path))?;
        let head = SegmentHead { epoch: self.epoch, first_sequence, before: self.end.last_hash };
        segment.append(&head.encode()).map_err(Fault::io(&path))?;
        self.adopt(segment, SEGMENT_HEAD as u64)
    }

    fn adopt(&mut self, segment: Box<dyn Appending>, length: u64) -> Outcome<()> {
        lock_state(&self.shared).syncer = Some(segment.syncer().map_err(Fault::io(&self.data_dir))?);
        self.segment = Some(segment);
        self.segment_length = length;
        Ok(())
    }

    fn check_failed(&self) -> Outcome<()> {
        lock_state(&self.shared).failed.clone().map_or(Ok(()), |why| Err(Fault::Failed(why)))
    }

    fn fail(&self, why: &str) {
        lock_state(&self.shared).failed.get_or_insert_with(|| why.to_owned());
        self.shared.changed.notify_all();
    }
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

/// The sync thread: whatever has been appended when a sync begins is durable when it ends.
fn sync_forever(shared: &Shared) {
    let mut state = lock_state(shared);
    loop {
        if state.appended > state.durable && state.failed.is_none() {
            let upto = state.appended;
            let syncer = state.syncer.take();
            drop(state);
            let (result, syncer) = match syncer {
                Some(mut syncer) => (syncer.sync(), Some(syncer)),
                None => (Err(std::io::Error::other("no file to sync")), None),
            };
            state = lock_state(shared);
            if state.syncer.is_none() {
                state.syncer = syncer;
            }
            match result {
                Ok(()) => state.durable = upto,
                Err(error) => {
                    state.failed.get_or_insert_with(|| format!("sync failed: {error}"));
                }
            }
            shared.changed.notify_all();
        } else if state.closing {
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
    let path = data_dir.join("lock");
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
