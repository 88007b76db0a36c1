//! The engine for Python: batches of command records in, batches of event records out, the GIL released meanwhile.

use std::sync::mpsc::{Receiver, Sender};

use commonbook_engine::engine::Engine as Core;
use commonbook_engine::events::Events;
use commonbook_engine::fault::Fault;
use commonbook_engine::floor::Floor as Bare;
use commonbook_engine::record;
use commonbook_engine::snapshot;
use commonbook_engine::view::DepthLevel;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::create_exception;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::given::Given;

create_exception!(commonbook._engine, EngineFault, PyRuntimeError, "A broken invariant: stop, never go on.");

fn raise(fault: Fault) -> PyErr {
    EngineFault::new_err(fault.0)
}

/// Counter and matching, as one deterministic state machine.
#[pyclass(module = "commonbook._engine")]
pub struct Engine {
    core: Core,
    /// Set by the first fault: the state is undefined from there on.
    broken: Option<Fault>,
}

/// Room is made for so many events a command; more only means that the memory grows once.
const ROOM: usize = 4;

/// A replay applies so many commands at a time: their events stay in the processor's cache.
const REPLAYED: usize = 1_024;

impl Engine {
    fn sound(&self) -> PyResult<&Core> {
        self.broken.map_or(Ok(&self.core), |fault| Err(raise(fault)))
    }

    /// The state that a snapshot holds.
    pub fn read(state: &[u8]) -> PyResult<Self> {
        Ok(Self { core: snapshot::read(state).map_err(raise)?, broken: None })
    }

    pub const fn last_sequence(&self) -> u64 {
        self.core.sequence
    }

    /// Apply what comes in, batches of whole records, until nothing more does. Nobody sees the events. The batches'
    /// memory is given back, empty.
    pub fn replay(&mut self, py: Python<'_>, batches: Receiver<Vec<u8>>, give_back: Sender<Vec<u8>>) -> PyResult<()> {
        self.sound()?;
        let mut events = Events::with_room(REPLAYED.saturating_mul(ROOM));
        let core = &mut self.core;
        let replayed = py.detach(move || {
            for mut batch in batches {
                for part in batch.chunks(REPLAYED.saturating_mul(record::COMMAND_SIZE)) {
                    events.records.clear();
                    core.apply(part, &mut events)?;
                }
                batch.clear();
                give_back.send(batch).unwrap_or_default(); // whoever reads has come to the end
            }
            Ok(())
        });
        if let Err(fault) = replayed {
            self.broken = Some(fault);
            return Err(raise(fault));
        }
        Ok(())
    }
}

#[pymethods]
impl Engine {
    #[new]
    fn new() -> PyResult<Self> {
        Ok(Self { core: Core::new().map_err(raise)?, broken: None })
    }

    /// Neither the commands nor the events are copied between Python and the engine.
    fn apply<'py>(&mut self, py: Python<'py>, commands: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<u64>>> {
        self.sound()?;
        let given = Given::read(commands)?;
        let commands = given.bytes()?;
        let count = commands.len().checked_div(record::COMMAND_SIZE).unwrap_or(0);
        let mut events = Events::with_room(count.saturating_mul(ROOM));
        if let Err(fault) = py.detach(|| self.core.apply(commands, &mut events)) {
            self.broken = Some(fault);
            return Err(raise(fault));
        }
        Ok(events.records.into_flattened().into_pyarray(py))
    }

    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let core = self.sound()?;
        let bytes = py.detach(|| snapshot::write(core)).map_err(raise)?;
        Ok(PyBytes::new(py, &bytes))
    }

    #[staticmethod]
    fn restore(py: Python<'_>, state: &[u8]) -> PyResult<Self> {
        py.detach(|| Self::read(state))
    }

    fn state_hash(&self, py: Python<'_>) -> PyResult<String> {
        let core = self.sound()?;
        py.detach(|| snapshot::state_hash(core)).map_err(raise)
    }

    const fn sequence(&self) -> u64 {
        self.core.sequence
    }

    const fn time_ns(&self) -> i64 {
        self.core.time_ns
    }

    /// As `records.TradingStatus`.
    fn venue_status(&self) -> PyResult<u8> {
        Ok(self.sound()?.config.venue_status.number())
    }

    /// What the venue is set up with, as COMMAND records.
    fn setup<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let commands = self.sound()?.config.setup();
        Ok(PyBytes::new(py, record::as_bytes(&commands)))
    }

    fn depth(&self, instrument: u32, levels: usize) -> PyResult<(Vec<DepthLevel>, Vec<DepthLevel>)> {
        Ok(self.sound()?.depth(instrument, levels))
    }

    #[pyo3(signature = (account=None))]
    fn balances<'py>(&self, py: Python<'py>, account: Option<u64>) -> PyResult<Bound<'py, PyBytes>> {
        let rows = self.sound()?.balances(account).map_err(raise)?;
        Ok(PyBytes::new(py, record::as_bytes(&rows)))
    }

    /// (asset, available, held, supply), all accounts together.
    fn audit(&self, py: Python<'_>) -> PyResult<Vec<(u32, i128, i128, i128)>> {
        let core = self.sound()?;
        let totals = py.detach(|| core.audit()).map_err(raise)?;
        Ok(totals.iter().map(|(asset, total)| (*asset, total.available, total.held, total.supply)).collect())
    }

    #[pyo3(signature = (account=None))]
    fn open_orders<'py>(&self, py: Python<'py>, account: Option<u64>) -> PyResult<Bound<'py, PyBytes>> {
        let rows = self.sound()?.open_orders(account).map_err(raise)?;
        Ok(PyBytes::new(py, record::as_bytes(&rows)))
    }
}

/// The bare book under the engine's speed; for benches only.
#[pyclass(module = "commonbook._engine")]
struct Floor {
    core: Bare,
}

#[pymethods]
impl Floor {
    #[new]
    fn new() -> Self {
        Self { core: Bare::default() }
    }

    /// Play commands; returns the fills and the lots filled so far.
    fn apply(&mut self, py: Python<'_>, commands: PyReadonlyArray1<'_, u8>) -> PyResult<(u64, u64)> {
        let commands = commands.as_slice()?;
        py.detach(|| self.core.apply(commands)).map_err(raise)?;
        Ok((self.core.fills, self.core.lots))
    }
}

/// Name, size and field offsets of every record, for the test that compares them with NumPy's.
#[pyfunction]
fn layouts(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let table = PyDict::new(py);
    for (name, size, fields) in record::layouts() {
        table.set_item(name, (size, fields))?;
    }
    Ok(table)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("EngineFault", module.py().get_type::<EngineFault>())?;
    module.add_class::<Engine>()?;
    module.add_class::<Floor>()?;
    module.add_function(wrap_pyfunction!(layouts, module)?)
}
