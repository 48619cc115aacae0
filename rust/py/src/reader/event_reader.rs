//! The events of a file, one by one.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use tensorbolt::reader::{
    EventReader as CoreEventReader, EventRecord, Gap, Input, Item, Kind, Metadata, ValueData,
    ValueRecord,
};

use super::choices::on_damage_of;
use super::ended::Ended;
use super::position::{Mark, of_mark};
use super::rows::value;
use super::source::origin_of;
use crate::error::{IntoPy, reading_error};

/// Reads the events of a file, and remembers how far it came.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct EventReader(Mutex<CoreEventReader>, Arc<Ended>);

impl EventReader {
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut CoreEventReader) -> T + Send,
    ) -> PyResult<T> {
        py.detach(|| {
            let done = work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
            self.1.take().map_or(Ok(done), Err)
        })
    }
}

#[pymethods]
impl EventReader {
    #[new]
    fn new(
        py: Python<'_>,
        name: String,
        place: Py<PyAny>,
        start: u64,
        mark: Option<Mark>,
        checksum: bool,
        on_damage: &str,
    ) -> PyResult<Self> {
        let ended = Arc::default();
        let input = Input {
            run: String::new(),
            name,
            origin: origin_of(py, place, &ended),
        };
        let reader = CoreEventReader::new(input, start, checksum, on_damage_of(on_damage)?);
        let reader = match mark {
            Some(mark) => reader.resumed(of_mark(mark)),
            None => reader,
        };
        Ok(Self(Mutex::new(reader), ended))
    }

    /// The next items, whether the file has no more for now, and whether it is read from its start again.
    fn read<'py>(
        &self,
        py: Python<'py>,
        most_events: usize,
        most_bytes: u64,
    ) -> PyResult<(Bound<'py, PyList>, bool, bool)> {
        let part = self.with(py, |reader| reader.read(most_events, most_bytes))?;
        let part = part.map_err(|error| reading_error(py, &error))?;
        let items = part.items.into_iter().map(|item| match item {
            Item::Event(event) => of_event(py, event),
            Item::Gap(gap) => of_gap(py, &gap),
        });
        let items = PyList::new(py, items.collect::<PyResult<Vec<_>>>()?)?;
        Ok((items, part.is_last, part.is_restart))
    }

    /// Bytes of the file.
    fn bytes<'py>(
        &self,
        py: Python<'py>,
        offset: u64,
        length: usize,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self
            .with(py, |reader| reader.bytes(offset, length))?
            .into_py(py)?;
        Ok(PyBytes::new(py, &bytes))
    }
}

/// Offset, length, payload, time, step, number of the field and its place, values.
fn of_event(py: Python<'_>, event: EventRecord) -> PyResult<Bound<'_, PyTuple>> {
    let values = event.values.into_iter().map(|value| of_value(py, value));
    let values = PyList::new(py, values.collect::<PyResult<Vec<_>>>()?)?;
    (
        event.offset,
        event.length,
        event.payload.map(|payload| PyBytes::new(py, &payload)),
        event.time,
        event.step,
        event.field,
        ends(event.content),
        values,
    )
        .into_pyobject(py)
}

/// Tag, form, number, place of the message and of its form, metadata.
fn of_value(py: Python<'_>, value: ValueRecord) -> PyResult<Bound<'_, PyTuple>> {
    let metadata = value.metadata.map(|metadata| {
        let Metadata {
            plugin,
            content,
            display_name,
            description,
            ..
        } = metadata;
        (
            plugin,
            PyBytes::new(py, &content),
            display_name,
            description,
        )
    });
    (
        value.tag,
        value.form,
        value.number,
        ends(value.message),
        ends(value.data),
        metadata,
    )
        .into_pyobject(py)
}

/// Offset, length, reason, and whether it is damage.
fn of_gap<'py>(py: Python<'py>, gap: &Gap) -> PyResult<Bound<'py, PyTuple>> {
    (
        gap.offset,
        gap.length,
        gap.cause.to_string(),
        gap.cause.is_damage(),
    )
        .into_pyobject(py)
}

fn ends(range: Range<usize>) -> (usize, usize) {
    (range.start, range.end)
}

/// The form and the parts of a message of `Summary.Value`; `None` for one that is malformed.
#[pyfunction]
pub fn value_of<'py>(py: Python<'py>, message: &[u8]) -> PyResult<Option<Bound<'py, PyTuple>>> {
    value(py, ValueData::of(message))
}

/// Name of the kind that tensors of a plugin have.
#[pyfunction]
pub fn kind_of_plugin(plugin: &str) -> &'static str {
    Kind::of_plugin(plugin).name()
}
