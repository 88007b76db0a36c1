//! The journal for Python. Waiting and reading release the GIL.

use std::path::PathBuf;

use commonbook_journal::disk::RealDisk;
use commonbook_journal::fault::Fault;
use commonbook_journal::reader::Reader;
use commonbook_journal::snapshot;
use commonbook_journal::writer::Journal as Writer;
use pyo3::create_exception;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

create_exception!(commonbook._engine, JournalFailed, PyOSError, "Writing or syncing failed; the process must end.");

fn raise(py: Python<'_>, fault: &Fault) -> PyErr {
    let text = fault.to_string();
    let ours = |name: &str| match py.import("commonbook.errors").and_then(|errors| errors.getattr(name)) {
        Ok(class) => match class.call1((text.clone(),)) {
            Ok(error) => PyErr::from_value(error),
            Err(error) => error,
        },
        Err(error) => error,
    };
    match fault {
        Fault::Damaged { .. } => ours("JournalDamaged"),
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
        let opened = py.detach(|| Writer::open(&data_dir, Box::new(RealDisk), segment_bytes));
        Ok(Self { writer: Some(opened.map_err(|fault| raise(py, &fault))?) })
    }

    fn append(&mut self, py: Python<'_>, commands: &[u8]) -> PyResult<()> {
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

/// The frames after a sequence, as command bytes, up to the last whole one.
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

/// The newest whole snapshot at or before a sequence, with its sequence.
#[pyfunction]
fn load_snapshot<'py>(
    py: Python<'py>,
    data_dir: PathBuf,
    at_most: u64,
) -> PyResult<Option<(u64, Bound<'py, PyBytes>)>> {
    let found = py.detach(|| snapshot::load(&data_dir, at_most)).map_err(|fault| raise(py, &fault))?;
    Ok(found.map(|(sequence, state)| (sequence, PyBytes::new(py, &state))))
}

/// The sequences of the snapshots that are there.
#[pyfunction]
fn list_snapshots(py: Python<'_>, data_dir: PathBuf) -> PyResult<Vec<u64>> {
    let found = snapshot::list(&data_dir).map_err(|fault| raise(py, &fault))?;
    Ok(found.into_iter().map(|(sequence, _)| sequence).collect())
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("JournalFailed", module.py().get_type::<JournalFailed>())?;
    module.add_class::<Journal>()?;
    module.add_class::<JournalReader>()?;
    module.add_function(wrap_pyfunction!(write_snapshot, module)?)?;
    module.add_function(wrap_pyfunction!(load_snapshot, module)?)?;
    module.add_function(wrap_pyfunction!(list_snapshots, module)?)
}
