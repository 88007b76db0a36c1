//! The journal for Python. Waiting and reading release the GIL.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;

use commonbook_engine::snapshot::is_known;
use commonbook_journal::disk::RealDisk;
use commonbook_journal::fault::{Fault, Outcome};
use commonbook_journal::reader::Reader;
use commonbook_journal::scan::{End, Scan};
use commonbook_journal::segment::{self, Segment};
use commonbook_journal::snapshot;
use commonbook_journal::tail::Cut;
use commonbook_journal::writer::{Journal as Writer, Locked};
use pyo3::create_exception;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::engine::Engine;
use crate::given::Given;

create_exception!(commonbook._engine, JournalFailed, PyOSError, "Writing or syncing failed; the process must end.");

pub fn raise(py: Python<'_>, fault: &Fault) -> PyErr {
    let text = fault.to_string();
    let ours = |name: &str| match py.import("commonbook.errors").and_then(|errors| errors.getattr(name)) {
        Ok(class) => match class.call1((text.clone(),)) {
            Ok(error) => PyErr::from_value(error),
            Err(error) => error,
        },
        Err(error) => error,
    };
    match fault {
        Fault::Damaged { .. } | Fault::Foreign { .. } => ours("JournalDamaged"),
        Fault::InUse { .. } => ours("DataFolderInUse"),
        Fault::Io { .. } | Fault::Failed(_) => JournalFailed::new_err(text),
        Fault::Misuse(_) => PyValueError::new_err(text),
    }
}

/// The writer of a data folder's journal.
#[pyclass(module = "commonbook._engine")]
struct Journal {
    writer: Option<Writer>,
}

impl Journal {
    fn writer(&self) -> PyResult<&Writer> {
        self.writer.as_ref().ok_or_else(|| PyValueError::new_err("the journal is closed"))
    }
}

#[pymethods]
impl Journal {
    #[staticmethod]
    fn open(py: Python<'_>, data_dir: PathBuf, segment_bytes: u64) -> PyResult<Self> {
        let opened = py.detach(|| Writer::open(&data_dir, Arc::new(RealDisk), Cut::of(segment_bytes)));
        Ok(Self { writer: Some(opened.map_err(|fault| raise(py, &fault))?) })
    }

    /// Judged on one thread, replayed on another.
    #[staticmethod]
    fn open_and_replay(
        py: Python<'_>,
        data_dir: PathBuf,
        segment_bytes: u64,
        begin: &Bound<'_, PyAny>,
    ) -> PyResult<(Self, Py<Engine>)> {
        let locked = py.detach(|| Locked::take(&data_dir)).map_err(|fault| raise(py, &fault))?;
        let engine = begin.call0()?.extract::<Py<Engine>>()?;
        let after = engine.borrow(py).last_sequence();
        let (sender, batches) = sync_channel(BATCHES_AHEAD);
        let (give_back, used) = channel();
        let opening = thread::spawn(move || open_sending(locked, segment_bytes, after, &sender, &used));
        let replayed = engine.borrow_mut(py).replay(py, batches, give_back);
        let opened = py.detach(|| opening.join());
        replayed?;
        let opened = opened.unwrap_or_else(|_| Err(Fault::Failed("reading the journal broke off".to_owned())));
        Ok((Self { writer: Some(opened.map_err(|fault| raise(py, &fault))?) }, engine))
    }

    fn append(&mut self, py: Python<'_>, commands: &Bound<'_, PyAny>) -> PyResult<()> {
        let given = Given::read(commands)?;
        let commands = given.bytes()?;
        let writer = self.writer.as_mut().ok_or_else(|| PyValueError::new_err("the journal is closed"))?;
        py.detach(|| writer.append(commands)).map_err(|fault| raise(py, &fault))
    }

    fn last_sequence(&self) -> PyResult<u64> {
        Ok(self.writer()?.last_sequence())
    }

    fn durable(&self) -> PyResult<u64> {
        Ok(self.writer()?.durable())
    }

    fn wait_durable(slf: &Bound<'_, Self>, py: Python<'_>, sequence: u64) -> PyResult<()> {
        // The borrow ends here, so that another thread may append while this one waits.
        let waiter = slf.borrow().writer()?.waiter();
        py.detach(|| waiter.wait_durable(sequence)).map_err(|fault| raise(py, &fault))
    }

    fn close(&mut self, py: Python<'_>) {
        let writer = self.writer.take();
        py.detach(|| drop(writer));
    }
}

/// Batches that the judging may be ahead of the replaying, and their least size where there are so many records.
const BATCHES_AHEAD: usize = 4;
const BATCH_BYTES: usize = 512 * 1024;

/// Open the journal and send the records behind a sequence, small frames together. The memory of a batch comes back by
/// `used`, so that no batch but the first few waits for new memory.
fn open_sending(
    locked: Locked,
    segment_bytes: u64,
    after: u64,
    sender: &SyncSender<Vec<u8>>,
    used: &Receiver<Vec<u8>>,
) -> Outcome<Writer> {
    let mut batch = Vec::new();
    let send = |batch: &mut Vec<u8>| {
        let stopped = |_| Fault::Failed("the replay broke off".to_owned());
        sender.send(std::mem::replace(batch, used.try_recv().unwrap_or_default())).map_err(stopped)
    };
    let opened = locked.open(Arc::new(RealDisk), Cut::of(segment_bytes), |frame| {
        if frame.last_sequence() > after {
            frame.records_after(after, &mut batch);
            if batch.len() >= BATCH_BYTES {
                send(&mut batch)?;
            }
        }
        Ok(())
    })?;
    send(&mut batch)?;
    Ok(opened)
}

/// The records of the frames after a sequence, up to the last whole one.
#[pyclass(module = "commonbook._engine")]
struct JournalReader {
    reader: Reader,
}

#[pymethods]
impl JournalReader {
    #[new]
    fn new(data_dir: PathBuf, after_sequence: u64) -> Self {
        Self { reader: Reader::new(data_dir, after_sequence) }
    }

    const fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let payload = py.detach(|| self.reader.next_payload()).map_err(|fault| raise(py, &fault))?;
        Ok(payload.map(|bytes| PyBytes::new(py, &bytes)))
    }
}

/// Write the engine's state after a sequence beside the journal; keeps the newest few.
#[pyfunction]
fn write_snapshot(py: Python<'_>, data_dir: PathBuf, sequence: u64, state: &[u8], keep: usize) -> PyResult<()> {
    py.detach(|| snapshot::write(&data_dir, sequence, state, keep)).map_err(|fault| raise(py, &fault))
}

/// The newest whole snapshot at or before a sequence that this release reads, with its sequence.
#[pyfunction]
fn load_snapshot<'py>(
    py: Python<'py>,
    data_dir: PathBuf,
    at_most: u64,
) -> PyResult<Option<(u64, Bound<'py, PyBytes>)>> {
    let found = py.detach(|| snapshot::load(&data_dir, at_most, is_known)).map_err(|fault| raise(py, &fault))?;
    Ok(found.map(|(sequence, state)| (sequence, PyBytes::new(py, &state))))
}

/// An engine from the newest whole snapshot at or before a sequence that this release reads, with its sequence.
#[pyfunction]
fn load_engine(py: Python<'_>, data_dir: PathBuf, at_most: u64) -> PyResult<Option<(u64, Engine)>> {
    let found = py.detach(|| snapshot::load_as(&data_dir, at_most, is_known, Engine::read));
    let Some((sequence, engine)) = found.map_err(|fault| raise(py, &fault))? else { return Ok(None) };
    Ok(Some((sequence, engine?)))
}

/// The whole snapshots whose states this release does not read: sequence and format.
#[pyfunction]
fn foreign_snapshots(py: Python<'_>, data_dir: PathBuf) -> PyResult<Vec<(u64, String)>> {
    py.detach(|| snapshot::of_other_formats(&data_dir, is_known)).map_err(|fault| raise(py, &fault))
}

/// The sequences of the snapshots that are there.
#[pyfunction]
fn list_snapshots(py: Python<'_>, data_dir: PathBuf) -> PyResult<Vec<u64>> {
    let found = snapshot::list(&data_dir).map_err(|fault| raise(py, &fault))?;
    Ok(found.into_iter().map(|(sequence, _)| sequence).collect())
}

/// The journal judged segment by segment, with nothing changed and no lock taken.
#[pyclass(module = "commonbook._engine")]
struct JournalScan {
    scan: Scan,
    segments: Vec<Segment>,
    next: usize,
}

/// What `JournalScan` says of one segment: name, bytes on the disk, bytes as written, frames, first and last sequence,
/// epochs from and to.
type Judged = (String, u64, u64, u64, u64, u64, u64, u64);

#[pymethods]
impl JournalScan {
    #[new]
    #[pyo3(signature = (data_dir, after=None))]
    fn new(py: Python<'_>, data_dir: PathBuf, after: Option<(u64, String, u64)>) -> PyResult<Self> {
        let place = match after {
            Some((last_sequence, hash, epoch)) => Some(End { last_sequence, last_hash: hash_of(&hash)?, epoch }),
            None => None,
        };
        let begin = || {
            let beginning = segment::beginning(&data_dir)?;
            let place = place.filter(|place| place.last_sequence > beginning.last_sequence).unwrap_or(beginning);
            let mut segments = segment::segments(&data_dir)?;
            segments.retain(|one| one.first_sequence > place.last_sequence);
            Ok((Scan::new(place), segments))
        };
        let (scan, segments) = py.detach(begin).map_err(|fault| raise(py, &fault))?;
        Ok(Self { scan, segments, next: 0 })
    }

    const fn __len__(&self) -> usize {
        self.segments.len()
    }

    const fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<Judged>> {
        let Some(segment) = self.segments.get(self.next) else { return Ok(None) };
        self.next += 1;
        let scan = &mut self.scan;
        let judge = || {
            let stored = std::fs::metadata(&segment.path).map_or(0, |about| about.len());
            let bytes = segment.read()?;
            let (mut frames, mut epochs) = (0, (0, 0));
            scan.segment(&segment.name(), segment.first_sequence, &bytes, |frame| {
                epochs = (if frames == 0 { frame.epoch } else { epochs.0 }, frame.epoch);
                frames += 1;
                Ok(())
            })?;
            let last = scan.found.end.last_sequence;
            Ok((segment.name(), stored, scan.found.offset, frames, segment.first_sequence, last, epochs.0, epochs.1))
        };
        py.detach(judge).map(Some).map_err(|fault| raise(py, &fault))
    }

    /// The chain's last hash so far, in hexadecimal.
    fn last_hash(&self) -> String {
        self.scan.found.end.last_hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Where the scan is: last sequence, last hash, epoch. Another scan may begin behind the end of a segment.
    fn place(&self) -> (u64, String, u64) {
        (self.scan.found.end.last_sequence, self.last_hash(), self.scan.found.end.epoch)
    }

    /// The torn tail, if one was found: segment, offset, what is wrong.
    fn torn(&self) -> Option<(String, u64, &'static str)> {
        self.scan.found.torn.as_ref().map(|torn| (torn.segment.clone(), torn.keep, torn.what))
    }
}

fn hash_of(text: &str) -> PyResult<[u8; 32]> {
    let bad = || PyValueError::new_err(format!("{text:?} is not a hash of 64 hexadecimal digits"));
    let bytes =
        (0..text.len()).step_by(2).map(|at| text.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok()));
    bytes.collect::<Option<Vec<u8>>>().and_then(|all| all.try_into().ok()).ok_or_else(bad)
}

/// The first sequence a journal still holds.
#[pyfunction]
fn journal_begins(py: Python<'_>, data_dir: PathBuf) -> PyResult<u64> {
    let end = py.detach(|| segment::beginning(&data_dir)).map_err(|fault| raise(py, &fault))?;
    Ok(end.last_sequence + 1)
}

/// Pack every segment but the newest; gives the names of those it packed.
#[pyfunction]
fn pack_segments(py: Python<'_>, data_dir: PathBuf, level: i32) -> PyResult<Vec<String>> {
    py.detach(|| segment::pack_closed(&data_dir, level)).map_err(|fault| raise(py, &fault))
}

/// Give up the segments that hold nothing behind a sequence; gives their names.
#[pyfunction]
fn give_up_segments(py: Python<'_>, data_dir: PathBuf, upto: u64) -> PyResult<Vec<String>> {
    py.detach(|| segment::give_up(&data_dir, upto)).map_err(|fault| raise(py, &fault))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("JournalFailed", module.py().get_type::<JournalFailed>())?;
    module.add_class::<Journal>()?;
    module.add_class::<JournalReader>()?;
    module.add_class::<JournalScan>()?;
    module.add_function(wrap_pyfunction!(journal_begins, module)?)?;
    module.add_function(wrap_pyfunction!(pack_segments, module)?)?;
    module.add_function(wrap_pyfunction!(give_up_segments, module)?)?;
    module.add_function(wrap_pyfunction!(write_snapshot, module)?)?;
    module.add_function(wrap_pyfunction!(load_snapshot, module)?)?;
    module.add_function(wrap_pyfunction!(load_engine, module)?)?;
    module.add_function(wrap_pyfunction!(foreign_snapshots, module)?)?;
    module.add_function(wrap_pyfunction!(list_snapshots, module)?)
}
