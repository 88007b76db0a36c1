//! Records as Python hands them over, read where they lie.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// `bytes`, or a contiguous NumPy array of bytes, which must not change while it is read.
pub enum Given<'a, 'py> {
    Bytes(&'a [u8]),
    Array(PyReadonlyArray1<'py, u8>),
}

impl<'a, 'py> Given<'a, 'py> {
    /// # Errors
    /// `TypeError`: it is something else.
    pub fn read(object: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        match object.cast::<PyBytes>() {
            Ok(bytes) => Ok(Self::Bytes(bytes.as_bytes())),
            Err(_) => Ok(Self::Array(object.extract()?)),
        }
    }

    /// # Errors
    /// `ValueError`: the array is not contiguous.
    pub fn bytes(&self) -> PyResult<&[u8]> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Array(array) => Ok(array.as_slice()?),
        }
    }
}
