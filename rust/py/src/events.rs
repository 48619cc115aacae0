//! Events that come ready made, and text.

use pyo3::prelude::*;
use tensorbolt::encode;
use tensorbolt::proto::event::check_event;
use tensorbolt::proto::scalar;
use tensorbolt::proto::summary::check_summary;

use crate::arguments::{Plain, at, plain_step, plain_text, plain_wall_time};
use crate::error::IntoPy;
use crate::outcome::{Outcome, adapt_if_closed};
use crate::writer::Writer;

#[pymethods]
impl Writer {
    /// Appends a serialised `Event`, unless readers would stop reading the file there.
    fn add_event(&self, py: Python<'_>, event: &[u8]) -> PyResult<Py<Outcome>> {
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
    ) -> PyResult<Py<Outcome>> {
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
    ) -> PyResult<Py<Outcome>> {
        self.append_payload(py, &encode::text(at(step, wall_time), tag, text))
    }

    /// Appends a Markdown text if every argument is of a plain type: two `str`, `int` or `None`, `float` or `None`.
    fn try_text(
        &self,
        py: Python<'_>,
        tag: &Bound<'_, PyAny>,
        text: &Bound<'_, PyAny>,
        step: &Bound<'_, PyAny>,
        wall_time: &Bound<'_, PyAny>,
    ) -> PyResult<Py<Outcome>> {
        let (Some(tag), Some(text), Plain::Value(step), Plain::Value(wall_time)) = (
            plain_text(tag),
            plain_text(text),
            plain_step(step),
            plain_wall_time(wall_time),
        ) else {
            return Outcome::adapt(py);
        };
        let payload = encode::text(at(step, wall_time), tag, text);
        adapt_if_closed(py, self.append_payload(py, &payload))
    }
}
