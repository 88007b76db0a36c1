//! The short way of orders between JSON and records.

use std::collections::HashMap;

use commonbook_codec::answer::Refusals;
use commonbook_codec::decimal::Step;
use commonbook_codec::orders::{Attributed, Instrument, Operation, Reader, Sender, Taken};
use numpy::{IntoPyArray, PyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::given::Given;

const OPERATIONS: [(&str, Operation); 3] =
    [("order", Operation::Place), ("cancel-order", Operation::Cancel), ("amend-order", Operation::Amend)];

fn operation(name: &str) -> PyResult<Operation> {
    let known = OPERATIONS.iter().find(|(known, _)| *known == name).map(|(_, operation)| *operation);
    known.ok_or_else(|| PyValueError::new_err(format!("no operation {name:?}")))
}

/// Reads bodies and writes answers.
#[pyclass(module = "commonbook._engine")]
struct OrderCodec {
    reader: Reader,
    refusals: Refusals,
}

#[pymethods]
impl OrderCodec {
    #[new]
    fn new(
        sides: HashMap<String, u8>,
        order_types: HashMap<String, u8>,
        self_trades: HashMap<String, u8>,
        client_id_longest: usize,
        tag_longest: usize,
        rows_most: usize,
    ) -> Self {
        let reader = Reader {
            sides,
            order_types,
            self_trades,
            instruments: HashMap::new(),
            client_id_longest,
            tag_longest,
            rows_most,
        };
        Self { reader, refusals: Refusals::new() }
    }

    fn list(&mut self, name: String, id: u32, tick_scale: u32, tick: i64, lot_scale: u32, lot: i64) {
        let instrument = Instrument {
            id,
            tick: Step { scale: tick_scale, mantissa: tick },
            lot: Step { scale: lot_scale, mantissa: lot },
        };
        self.reader.instruments.insert(name, instrument);
    }

    fn tell(&mut self, operation_name: &str, reason: u8, code: String, json_text: String) -> PyResult<()> {
        self.refusals.insert((operation(operation_name)?, reason), (code, json_text));
        Ok(())
    }

    fn read(
        &self,
        operation_name: &str,
        body: &[u8],
        is_single: bool,
        account: u64,
        channel: u8,
        credential: u64,
    ) -> PyResult<Option<TakenOrders>> {
        let sender = Sender { account, channel, credential };
        Ok(self.reader.read(operation(operation_name)?, body, is_single, sender).map(|taken| TakenOrders { taken }))
    }

    fn answer<'py>(
        &self,
        py: Python<'py>,
        orders: &TakenOrders,
        first: u64,
        events: &Bound<'py, PyAny>,
        now_ms: u64,
    ) -> PyResult<(Bound<'py, PyBytes>, usize)> {
        let given = Given::read(events)?;
        let written = orders.taken.answer(first, given.bytes()?, now_ms, &self.refusals);
        let (json, failed) = written.ok_or_else(|| PyValueError::new_err("events that are none of these orders'"))?;
        Ok((PyBytes::new(py, &json), failed))
    }
}

/// A body that has been taken.
#[pyclass(module = "commonbook._engine")]
struct TakenOrders {
    taken: Taken,
}

#[pymethods]
impl TakenOrders {
    #[getter]
    fn tags(&self) -> Vec<String> {
        self.taken.tags.iter().map(|tag| String::from_utf8_lossy(tag.bytes()).into_owned()).collect()
    }

    #[getter]
    fn instruments(&self) -> Vec<u32> {
        self.taken.instruments.clone()
    }

    fn records<'py>(&self, py: Python<'py>, attributed: Vec<(u32, u8)>) -> PyResult<Bound<'py, PyArray1<u8>>> {
        let attributed: Vec<Attributed> = attributed
            .iter()
            .map(|(broker, attribution)| Attributed { broker: *broker, attribution: *attribution })
            .collect();
        let records = self.taken.records(&attributed);
        let records = records.ok_or_else(|| PyValueError::new_err("a tag without an attribution"))?;
        Ok(records.into_pyarray(py))
    }
}

/// Where the parts of an order message over WebSocket stand: its operation, its id, and the array of its rows; None
/// when there is anything else in it.
#[pyfunction]
fn order_message(message: &[u8]) -> Option<(String, String, usize, usize)> {
    commonbook_codec::message::parts(message)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<OrderCodec>()?;
    module.add_class::<TakenOrders>()?;
    module.add_function(wrap_pyfunction!(order_message, module)?)
}
