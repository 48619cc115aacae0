//! What concerns the whole process: its end, and forks.

use std::time::Duration;

use pyo3::prelude::*;
use tensorbolt::writer::{self, Runtime};

/// Writes what waits in any file, for at most `patience` seconds; from then on events are written at once.
#[pyfunction]
pub fn end(py: Python<'_>, patience: f64) -> bool {
    let patience = Duration::try_from_secs_f64(patience).unwrap_or_default();
    py.detach(|| Runtime::current().end(patience))
}

/// Gives a forked child threads of its own.
#[pyfunction]
pub fn after_fork_in_child() {
    Runtime::after_fork_in_child();
}

/// Seconds since the epoch.
#[pyfunction]
pub fn now() -> f64 {
    writer::now()
}
