//! The only Python binding: record batches in, record batches out.
//!
//! Each class lives in a module of its own; this file only registers them.

use pyo3::prelude::*;

mod engine;
mod given;
mod handover;
mod journal;
mod memory;
mod orders;

#[pymodule]
fn _engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    #[cfg(feature = "planted-bugs")]
    module.add_function(wrap_pyfunction!(plant, module)?)?;
    engine::register(module)?;
    handover::register(module)?;
    journal::register(module)?;
    memory::register(module)?;
    orders::register(module)
}

/// Test builds only: plant the bug with this number, 0 for none; those of the journal count from 101.
#[cfg(feature = "planted-bugs")]
#[pyfunction]
fn plant(number: u8) {
    commonbook_engine::planted::plant(number);
    commonbook_journal::planted::plant(number.saturating_sub(100));
}
