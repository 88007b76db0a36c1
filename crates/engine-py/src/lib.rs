//! The only Python binding: record batches in, record batches out.
//!
//! Each class lives in a module of its own; this file only registers them.

use pyo3::prelude::*;

mod engine;
mod journal;

#[pymodule]
fn _engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    engine::register(module)?;
    journal::register(module)
}
