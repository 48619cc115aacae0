//! Followers of event files.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tensorbolt::follow::{Follower as CoreFollower, Update};

use crate::error::IntoPy;

/// Tag, step, wall time and value; without a tag, the step from which on nothing counts any more.
type Point = (Option<String>, i64, f64, f64);

/// One event file, and how far it was read.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct Follower(Mutex<CoreFollower>);

impl Follower {
    fn with<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut CoreFollower) -> T + Send) -> T {
        py.detach(|| work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

#[pymethods]
impl Follower {
    #[new]
    fn new(path: PathBuf) -> Self {
        Self(Mutex::new(CoreFollower::new(&path)))
    }

    /// Reads what has come, or some megabytes of it; whether there is more.
    fn poll(&self, py: Python<'_>) -> PyResult<(Vec<Point>, bool)> {
        let poll = self.with(py, CoreFollower::poll).into_py(py)?;
        let points = poll.updates.into_iter().map(|update| match update {
            Update::Scalar {
                tag,
                step,
                wall_time,
                value,
            } => (Some(tag), step, wall_time, value),
            Update::Purge(step) => (None, step, f64::NAN, f64::NAN),
        });
        Ok((points.collect(), poll.more))
    }

    /// From tag to plugin, number of values, and bytes.
    fn series<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let series = self.with(py, |follower| follower.seen().series.clone());
        let series_by_tag = PyDict::new(py);
        for (tag, series) in series {
            series_by_tag.set_item(tag, (series.plugin, series.count, series.bytes))?;
        }
        Ok(series_by_tag)
    }

    /// Bytes read so far.
    #[getter]
    fn position(&self, py: Python<'_>) -> u64 {
        self.with(py, |follower| follower.position())
    }

    /// Damaged places so far.
    #[getter]
    fn damage(&self, py: Python<'_>) -> u64 {
        self.with(py, |follower| follower.seen().damage)
    }

    /// Events so far whose time is not a number.
    #[getter]
    fn nan_times(&self, py: Python<'_>) -> u64 {
        self.with(py, |follower| follower.seen().nan_times)
    }
}
