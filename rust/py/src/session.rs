//! `Session`: options, memory limit and counters that the files of one `SummaryWriter` share.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tensorbolt::writer::{self, OnFull, Options};

use crate::error::{IntoPy, to_py};

/// Files that share their options, memory limit and counters.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct Session {
    pub inner: Arc<writer::Session>,
}

#[pymethods]
impl Session {
    #[new]
    fn new(
        py: Python<'_>,
        max_buffer: u64,
        on_full: &str,
        stall_timeout: f64,
        fsync: bool,
        write_to_disk: bool,
    ) -> PyResult<Self> {
        let options = Options {
            max_buffer,
            on_full: OnFull::parse(on_full).into_py(py)?,
            stall_timeout: Duration::try_from_secs_f64(stall_timeout).unwrap_or(Duration::MAX),
            fsync,
            write_to_disk,
        };
        let inner = Arc::new(writer::Session::new(options));
        Ok(Self { inner })
    }

    /// The counters now.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stats = self.inner.state().stats();
        let dict = PyDict::new(py);
        dict.set_item("events", stats.events)?;
        dict.set_item("bytes", stats.bytes)?;
        dict.set_item("pending_bytes", stats.pending_bytes)?;
        dict.set_item("dropped", stats.dropped)?;
        dict.set_item("errors", stats.errors)?;
        dict.set_item(
            "last_error",
            stats.last_error.map(|error| error.to_string()),
        )?;
        dict.set_item("blocked_seconds", stats.blocked.as_secs_f64())?;
        Ok(dict)
    }

    /// Counts events whose values could not be read from their device; `why` is reported once for each `cause`.
    fn drop_unread(&self, events: u64, cause: &str, why: &str) {
        self.inner.state().drop_unread(events, cause, why);
    }

    /// The failures that were not reported yet, as exceptions, one per cause.
    fn take_problems<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyAny>> {
        let problems = self.inner.state().take_unreported();
        problems
            .iter()
            .map(|problem| to_py(py, problem).into_value(py).into_bound(py).into_any())
            .collect()
    }
}
