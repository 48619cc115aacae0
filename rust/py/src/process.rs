//! The end of the process.

use std::time::Duration;

use pyo3::prelude::*;
use tensorbolt::writer::{self, Runtime};

/// Writes what waits in any file, for at most `patience` seconds; from then on events are written at once. Returns how
/// many events are not written yet.
#[pyfunction]
pub fn end(py: Python<'_>, patience: f64) -> u64 {
    let patience = Duration::try_from_secs_f64(patience).unwrap_or_default();
    py.detach(|| Runtime::current().end(patience))
}

/// Descriptors that a forked child must have point elsewhere before anything else.
#[pyfunction]
pub fn shared_descriptors() -> Vec<i32> {
    writer::shared_descriptors()
}

/// Seconds since the epoch.
#[pyfunction]
pub fn now() -> f64 {
    writer::now()
}
