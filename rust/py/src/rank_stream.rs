//! Events of a stream of ranks, other than scalars.

use pyo3::prelude::*;
use tensorbolt::rank_stream;
use tensorbolt::writer::now;

use crate::outcome::Outcome;
use crate::writer::Writer;

#[pymethods]
impl Writer {
    /// Appends that the rank logs nothing more.
    fn add_rank_stop(&self, py: Python<'_>) -> PyResult<Py<Outcome>> {
        self.append_payload(py, &rank_stream::stop(now()))
    }

    /// Appends rules: patterns of tags, and how those tags are reduced.
    fn add_rank_rules(
        &self,
        py: Python<'_>,
        rules: Vec<(String, String)>,
    ) -> PyResult<Py<Outcome>> {
        self.append_payload(py, &rank_stream::rules(now(), &rules))
    }
}
