//! The journal on a disk in memory, for the simulation.

use std::sync::{Mutex, MutexGuard, PoisonError};

use commonbook_journal::memory::{Ending, MemoryJournal as Journal};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::given::Given;
use crate::journal::raise;

/// The real writer and the real judgement of a start, on a disk that can fail and lose its power.
#[pyclass(module = "commonbook._engine")]
struct MemoryJournal {
    journal: Mutex<Journal>,
}

impl MemoryJournal {
    fn inner(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl MemoryJournal {
    #[new]
    fn new(seed: u64, segment_bytes: u64, step_bytes: u64) -> Self {
        Self { journal: Mutex::new(Journal::new(seed, segment_bytes, step_bytes)) }
    }

    fn append(&self, py: Python<'_>, commands: &Bound<'_, PyAny>) -> PyResult<()> {
        self.inner().append(Given::read(commands)?.bytes()?).map_err(|fault| raise(py, &fault))
    }

    fn last_sequence(&self) -> u64 {
        self.inner().last_sequence()
    }

    fn durable(&self) -> u64 {
        self.inner().durable()
    }

    fn wait_durable(&self, py: Python<'_>, sequence: u64) -> PyResult<()> {
        self.inner().wait_durable(sequence).map_err(|fault| raise(py, &fault))
    }

    fn fail_at(&self, call: u64) {
        self.inner().fail_at(call);
    }

    fn crash(&self, power_cut: bool) {
        self.inner().crash(if power_cut { Ending::PowerCut } else { Ending::Killed });
    }

    fn start<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let frames = self.inner().start().map_err(|fault| raise(py, &fault))?;
        Ok(frames.iter().map(|records| PyBytes::new(py, records)).collect())
    }

    fn frames<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let frames = self.inner().frames().map_err(|fault| raise(py, &fault))?;
        Ok(frames.iter().map(|records| PyBytes::new(py, records)).collect())
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<MemoryJournal>()
}
