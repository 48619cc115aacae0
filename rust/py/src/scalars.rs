//! Scalars: one at a time, a whole mapping, or a series of one tag.

use numpy::PyReadonlyArray1;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use tensorbolt::proto::event::At;
use tensorbolt::proto::scalar;
use tensorbolt::{encode, record};

use crate::arguments::{Plain, at, plain_step, plain_wall_time};
use crate::plain::plain_number;
use crate::writer::Writer;

/// Bytes of a scalar's record beside its tag: framing, time, step, keys and lengths at their longest.
const RECORD_ROOM: usize = 64;
/// Scalars in one event. More make files smaller and loading quicker up to some tens, then no longer.
const PER_EVENT: usize = 64;
/// Points of a series that are encoded at a time.
const POINTS: usize = 4096;
/// Mappings within mappings; a mapping that contains itself must not end the process.
const MAX_DEPTH: usize = 64;

// What `add_scalar` returns.
/// Written.
const DONE: u8 = 0;
/// Written, and there are problems to tell.
const ALERT: u8 = 1;
/// Not written: an argument is not of a plain type.
const ADAPT: u8 = 2;

#[pymethods]
impl Writer {
    /// Writes one scalar if every argument is of a plain type: `str`, see `plain_number`, `int` or `None`, `float` or
    /// `None`.
    fn add_scalar(
        &self,
        py: Python<'_>,
        tag: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        step: &Bound<'_, PyAny>,
        wall_time: &Bound<'_, PyAny>,
    ) -> PyResult<u8> {
        let (Some(value), Plain::Value(step), Plain::Value(wall_time)) = (
            plain_number(value)?,
            plain_step(step),
            plain_wall_time(wall_time),
        ) else {
            return Ok(ADAPT);
        };
        let Ok(Ok(tag)) = tag.cast_exact::<PyString>().map(|tag| tag.to_str()) else {
            return Ok(ADAPT);
        };
        let at = At { wall_time, step };
        let alert = self.append_scalar(py, at, tag, value)?;
        Ok(if alert { ALERT } else { DONE })
    }

    /// Writes one scalar as a tensor.
    fn add_tensor_scalar(
        &self,
        py: Python<'_>,
        tag: &str,
        value: f64,
        step: i64,
        wall_time: Option<f64>,
        double_precision: bool,
    ) -> PyResult<bool> {
        let payload = encode::tensor_scalar(at(step, wall_time), tag, value, double_precision);
        self.append_payload(py, &payload)
    }

    /// Writes one scalar with a title and a description.
    #[expect(clippy::too_many_arguments, reason = "they are the message's fields")]
    fn add_described_scalar(
        &self,
        py: Python<'_>,
        tag: &str,
        value: f64,
        step: i64,
        wall_time: Option<f64>,
        title: &str,
        description: &str,
    ) -> PyResult<bool> {
        let at = at(step, wall_time);
        let payload = encode::described_scalar(at, tag, value, title, description);
        self.append_payload(py, &payload)
    }

    /// Writes the scalars of a nested mapping, all or none. `adapt(value, tag)` makes a `float` or a `dict` of what
    /// is neither.
    fn add_scalars(
        &self,
        py: Python<'_>,
        values: &Bound<'_, PyDict>,
        prefix: &str,
        step: i64,
        wall_time: Option<f64>,
        adapt: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        let mut scalars = Scalars::default();
        scalars.collect(values, prefix, adapt, 0)?;
        let at = at(step, wall_time);
        let mut alert = false;
        for event in scalars.ends.chunks(PER_EVENT) {
            let tags: usize = event.iter().map(|scalar| scalar.tag.len()).sum();
            let size = RECORD_ROOM * event.len() + tags;
            let entries = event.iter().filter_map(|scalar| {
                let tag = scalars.tags.get(scalar.tag.clone())?;
                Some((tag, scalar.value))
            });
            alert |= self.append(py, 1, size, |out| {
                record::encode_with(out, |out| scalar::encode_many(out, at, entries.clone()));
            })?;
        }
        Ok(alert)
    }

    /// Writes the points of one tag.
    fn add_scalar_series(
        &self,
        py: Python<'_>,
        tag: &str,
        values: PyReadonlyArray1<'_, f64>,
        steps: PyReadonlyArray1<'_, i64>,
        wall_times: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<bool> {
        let (values, steps, times) = (
            values.as_slice()?,
            steps.as_slice()?,
            wall_times.as_slice()?,
        );
        let mut alert = false;
        for ((values, steps), times) in values
            .chunks(POINTS)
            .zip(steps.chunks(POINTS))
            .zip(times.chunks(POINTS))
        {
            let records = py.detach(|| {
                let mut out = Vec::with_capacity(values.len() * (RECORD_ROOM + tag.len()));
                for ((&value, &step), &wall_time) in values.iter().zip(steps).zip(times) {
                    let at = At { wall_time, step };
                    record::encode_with(&mut out, |out| scalar::encode(out, at, tag, value as f32));
                }
                out
            });
            alert |= self.append(py, values.len() as u64, records.len(), |out| {
                out.extend_from_slice(&records);
            })?;
        }
        Ok(alert)
    }
}

impl Writer {
    /// Writes one scalar; true if there are problems to tell.
    #[inline]
    pub fn append_scalar(&self, py: Python<'_>, at: At, tag: &str, value: f64) -> PyResult<bool> {
        self.append(py, 1, RECORD_ROOM + tag.len(), |out| {
            record::encode_with(out, |out| scalar::encode(out, at, tag, value as f32));
        })
    }
}

/// The scalars of a mapping, their tags one after the other in one string.
#[derive(Default)]
struct Scalars {
    tags: String,
    ends: Vec<Scalar>,
}

struct Scalar {
    tag: std::ops::Range<usize>,
    value: f32,
}

impl Scalars {
    fn collect(
        &mut self,
        values: &Bound<'_, PyDict>,
        prefix: &str,
        adapt: &Bound<'_, PyAny>,
        depth: usize,
    ) -> PyResult<()> {
        if depth > MAX_DEPTH {
            return Err(PyValueError::new_err(format!(
                "values: mappings are nested more than {MAX_DEPTH} deep below {prefix:?}; pass a flatter one"
            )));
        }
        // References first: `adapt` runs Python code, which could change the mapping under an iterator.
        let items: Vec<_> = values.iter().collect();
        for (key, value) in items {
            let key = key_text(&key, prefix)?;
            if let Some(value) = plain_number(&value)? {
                self.push(prefix, key, value);
                continue;
            }
            let tag = join(prefix, key);
            if let Ok(nested) = value.cast::<PyDict>() {
                self.collect(nested, &tag, adapt, depth + 1)?;
                continue;
            }
            let adapted = adapt.call1((&value, &tag))?;
            match adapted.cast::<PyDict>() {
                Ok(nested) => self.collect(nested, &tag, adapt, depth + 1)?,
                Err(_) => self.push("", &tag, adapted.extract()?),
            }
        }
        Ok(())
    }

    fn push(&mut self, prefix: &str, key: &str, value: f64) {
        let start = self.tags.len();
        self.tags.push_str(prefix);
        if !prefix.is_empty() && !prefix.ends_with('/') {
            self.tags.push('/');
        }
        self.tags.push_str(key);
        self.ends.push(Scalar {
            tag: start..self.tags.len(),
            value: value as f32,
        });
    }
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() || prefix.ends_with('/') {
        format!("{prefix}{key}")
    } else {
        format!("{prefix}/{key}")
    }
}

fn key_text<'a>(key: &'a Bound<'_, PyAny>, prefix: &str) -> PyResult<&'a str> {
    let Ok(key) = key.cast::<PyString>() else {
        let class = key.get_type();
        return Err(PyTypeError::new_err(format!(
            "values: keys must be str, not {} ({key}) below {prefix:?}",
            class.name()?
        )));
    };
    key.to_str().map_err(|_| {
        PyValueError::new_err(format!(
            "values: the key {key:?} is not valid Unicode text; replace its surrogates"
        ))
    })
}
