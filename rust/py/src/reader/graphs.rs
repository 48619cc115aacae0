//! Graphs of a log that have no tag, and values as they are.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::log::{Log, to_place};
use crate::error::IntoPy;

/// File, offset and length of a value.
type Place = (usize, u64, u32);

#[pymethods]
impl Log {
    /// Place, field, step and time of each graph and profile that an event has without a tag.
    fn graphs(&self, py: Python<'_>) -> PyResult<Vec<(Place, u32, i64, f64)>> {
        let graphs = self.with(py, |log| log.graphs())?.into_iter();
        Ok(graphs
            .map(|(place, field, step, time)| {
                let place = (place.file, place.offset, place.length);
                (place, field, step, time)
            })
            .collect())
    }

    /// The bytes at these places.
    fn messages<'py>(&self, py: Python<'py>, places: Vec<Place>) -> PyResult<Bound<'py, PyList>> {
        let places: Vec<_> = places.into_iter().map(to_place).collect();
        let messages = self.with(py, |log| log.messages(&places))?.into_py(py)?;
        PyList::new(py, messages.iter().map(|message| PyBytes::new(py, message)))
    }
}
