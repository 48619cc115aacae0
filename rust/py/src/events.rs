//! Events that come ready made, and text.

use pyo3::prelude::*;
use tensorbolt::encode;
use tensorbolt::proto::event::check_event;
use tensorbolt::proto::scalar;
use tensorbolt::proto::summary::check_summary;

use crate::arguments::at;
use crate::error::IntoPy;
use crate::writer::Writer;

#[pymethods]
impl Writer {
    /// Appends a serialised `Event`, unless readers would give up the file there.
    fn add_event(&self, py: Python<'_>, event: &[u8]) -> PyResult<bool> {
        py.detach(|| check_event(event)).into_py(py)?;
        self.append_payload(py, event)
    }

    /// Appends a serialised `Summary` as an event.
    fn add_summary(
        &self,
        py: Python<'_>,
        summary: &[u8],
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<bool> {
        py.detach(|| check_summary(summary)).into_py(py)?;
        let mut payload = Vec::with_capacity(summary.len() + 32);
        scalar::encode_summary(&mut payload, at(step, wall_time), summary);
        self.append_payload(py, &payload)
    }

    /// Appends a Markdown text.
    fn add_text(
        &self,
        py: Python<'_>,
        tag: &str,
        text: &str,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<bool> {
        self.append_payload(py, &encode::text(at(step, wall_time), tag, text))
    }
}
