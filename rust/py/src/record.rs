//! Records for files that Python writes itself.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use tensorbolt::{crc, record};

/// `payload` as one framed record.
#[pyfunction]
pub fn encode_record<'py>(py: Python<'py>, payload: &[u8]) -> Bound<'py, PyBytes> {
    let mut out = Vec::new();
    record::encode(payload, &mut out);
    PyBytes::new(py, &out)
}

/// The checksum of records.
#[pyfunction]
pub fn masked_crc32c(data: &[u8]) -> u32 {
    crc::masked(data)
}
