//! Records for files that Python writes itself.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use tensorbolt::proto::event::At;
use tensorbolt::{crc, event_file, record};

/// `payload` as one framed record.
#[pyfunction]
pub fn encode_record<'py>(py: Python<'py>, payload: &[u8]) -> Bound<'py, PyBytes> {
    let mut out = Vec::new();
    record::encode(payload, &mut out);
    PyBytes::new(py, &out)
}

/// Records that make readers drop what the run had from a step on: a version, and two starts of a session.
#[pyfunction]
pub fn purge_records(py: Python<'_>, step: i64, wall_time: f64) -> Bound<'_, PyBytes> {
    PyBytes::new(py, &event_file::purge(At { step, wall_time }))
}

/// The checksum of records.
#[pyfunction]
pub fn masked_crc32c(data: &[u8]) -> u32 {
    crc::masked(data)
}
