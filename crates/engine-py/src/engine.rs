//! The engine for Python: batches of command records in, batches of event records out, the GIL released meanwhile.

use commonbook_engine::engine::Engine as Core;
use commonbook_engine::events::Events;
use commonbook_engine::fault::Fault;
use commonbook_engine::record;
use commonbook_engine::snapshot;
use commonbook_engine::view::DepthLevel;
use pyo3::create_exception;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

create_exception!(commonbook._engine, EngineFault, PyRuntimeError, "A broken invariant: stop, never go on.");

fn raise(fault: Fault) -> PyErr {
    EngineFault::new_err(fault.0)
}

/// Counter and matching, as one deterministic state machine.
#[pyclass(module = "commonbook._engine")]
struct Engine {
    core: Core,
    events: Events,
    /// Set by the first fault: the state is undefined from there on.
    broken: Option<Fault>,
}

impl Engine {
    fn sound(&self) -> PyResult<&Core> {
        self.broken.map_or(Ok(&self.core), |fault| Err(raise(fault)))
    }
}

#[pymethods]
impl Engine {
    #[new]
    fn new() -> Self {
        Self { core: Core::new(), events: Events::default(), broken: None }
    }

    fn apply<'py>(&mut self, py: Python<'py>, commands: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        self.sound()?;
        let Self { core, events, .. } = self;
        events.bytes.clear();
        if let Err(fault) = py.detach(|| core.apply(commands, events)) {
            self.broken = Some(fault);
            return Err(raise(fault));
        }
        Ok(PyBytes::new(py, &self.events.bytes))
    }

    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let core = self.sound()?;
        let bytes = py.detach(|| snapshot::write(core)).map_err(raise)?;
        Ok(PyBytes::new(py, &bytes))
    }

    #[staticmethod]
    fn restore(py: Python<'_>, state: &[u8]) -> PyResult<Self> {
        let core = py.detach(|| snapshot::read(state)).map_err(raise)?;
        Ok(Self { core, events: Events::default(), broken: None })
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

    fn depth(&self, instrument: u32, levels: usize) -> PyResult<(Vec<DepthLevel>, Vec<DepthLevel>)> {
        Ok(self.sound()?.depth(instrument, levels))
    }

    #[pyo3(signature = (account=None))]
    fn balances<'py>(&self, py: Python<'py>, account: Option<u64>) -> PyResult<Bound<'py, PyBytes>> {
        let rows = self.sound()?.balances(account);
        Ok(PyBytes::new(py, record::as_bytes(&rows)))
    }

    #[pyo3(signature = (account=None))]
    fn open_orders<'py>(&self, py: Python<'py>, account: Option<u64>) -> PyResult<Bound<'py, PyBytes>> {
        let rows = self.sound()?.open_orders(account).map_err(raise)?;
        Ok(PyBytes::new(py, record::as_bytes(&rows)))
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
    module.add_function(wrap_pyfunction!(layouts, module)?)
}
