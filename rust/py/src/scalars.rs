//! Scalars: one at a time, a whole mapping, or a series of one tag.

use numpy::PyReadonlyArray1;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use tensorbolt::proto::event::At;
use tensorbolt::proto::rank::{self, Rank};
use tensorbolt::proto::scalar;
use tensorbolt::{encode, record};

use crate::arguments::{Plain, at, plain_step, plain_text, plain_wall_time};
use crate::fast_path::{plain_number, simple_number};
use crate::outcome::{Outcome, adapt_if_closed};
use crate::writer::Writer;

/// Bytes of a scalar's record without its tag: framing, time, step, keys and lengths at their longest.
pub const RECORD_OVERHEAD_BYTES: usize = 64;
/// Scalars in one event. More make files smaller and loading quicker up to some tens, then no longer.
const SCALARS_PER_EVENT: usize = 64;
/// Bytes of a scalar in a mapping, its tag included; a guess for the first allocation.
const ENTRY_OVERHEAD_BYTES: usize = 48;
/// Points of a series that are encoded at a time.
const POINTS_PER_BATCH: usize = 4096;
/// Mappings within mappings; a mapping that contains itself must not end the process.
pub const MAX_DEPTH: usize = 64;

#[pymethods]
impl Writer {
    /// Writes one scalar if every argument is of a plain type: `str`, see `plain_number`, `int` or `None`, `float` or
    /// `None`.
    fn try_scalar(
        &self,
        py: Python<'_>,
        tag: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        step: &Bound<'_, PyAny>,
        wall_time: &Bound<'_, PyAny>,
    ) -> PyResult<Py<Outcome>> {
        let (Some(tag), Some(value), Plain::Value(step), Plain::Value(wall_time)) = (
            plain_text(tag),
            plain_number(value)?,
            plain_step(step),
            plain_wall_time(wall_time),
        ) else {
            return Outcome::adapt(py);
        };
        adapt_if_closed(py, self.write_scalar(py, at(step, wall_time), tag, value))
    }

    /// Writes one scalar.
    fn add_scalar(
        &self,
        py: Python<'_>,
        tag: &str,
        value: f64,
        step: i64,
        wall_time: Option<f64>,
    ) -> PyResult<Py<Outcome>> {
        self.write_scalar(py, at(step, wall_time), tag, value)
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
    ) -> PyResult<Py<Outcome>> {
        let at = at(step, wall_time);
        if self.rank().is_some() {
            return self.write_scalar(py, at, tag, value);
        }
        let payload = encode::tensor_scalar(at, tag, value, double_precision);
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
    ) -> PyResult<Py<Outcome>> {
        let at = at(step, wall_time);
        let double = self.rank().is_some();
        let payload = encode::described_scalar(at, tag, value, double, title, description);
        self.append_payload(py, &payload)
    }

    /// Writes the scalars of a nested mapping, all or none, if every argument is of a plain type: mappings are `dict`,
    /// keys and `prefix` `str`, values as for `try_scalar`.
    fn try_scalar_mapping(
        &self,
        py: Python<'_>,
        values: &Bound<'_, PyAny>,
        prefix: &Bound<'_, PyAny>,
        step: &Bound<'_, PyAny>,
        wall_time: &Bound<'_, PyAny>,
    ) -> PyResult<Py<Outcome>> {
        let (Ok(values), Some(prefix), Plain::Value(step), Plain::Value(wall_time)) = (
            values.cast_exact::<PyDict>(),
            plain_text(prefix),
            plain_step(step),
            plain_wall_time(wall_time),
        ) else {
            return Outcome::adapt(py);
        };
        let mut scalars = Mapping::with_capacity(values.len(), self.rank());
        if !scalars.collect(values, prefix, None, 0)? {
            return Outcome::adapt(py);
        }
        adapt_if_closed(py, self.write_mapping(py, at(step, wall_time), &scalars))
    }

    /// Writes the scalars of a nested mapping, all or none. `adapt(value, tag)` makes a `float` or a `dict` of what
    /// is neither.
    fn add_scalar_mapping(
        &self,
        py: Python<'_>,
        values: &Bound<'_, PyDict>,
        prefix: &str,
        step: i64,
        wall_time: Option<f64>,
        adapt: &Bound<'_, PyAny>,
    ) -> PyResult<Py<Outcome>> {
        let mut scalars = Mapping::with_capacity(values.len(), self.rank());
        scalars.collect(values, prefix, Some(adapt), 0)?;
        self.write_mapping(py, at(step, wall_time), &scalars)
    }

    /// Writes the points of one tag.
    fn add_scalar_series(
        &self,
        py: Python<'_>,
        tag: &str,
        values: PyReadonlyArray1<'_, f64>,
        steps: PyReadonlyArray1<'_, i64>,
        wall_times: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<Py<Outcome>> {
        let (values, steps, times) = (
            values.as_slice()?,
            steps.as_slice()?,
            wall_times.as_slice()?,
        );
        let rank = self.rank();
        let mut alert = false;
        for ((values, steps), times) in values
            .chunks(POINTS_PER_BATCH)
            .zip(steps.chunks(POINTS_PER_BATCH))
            .zip(times.chunks(POINTS_PER_BATCH))
        {
            let records = py.detach(|| {
                let mut out =
                    Vec::with_capacity(values.len() * (RECORD_OVERHEAD_BYTES + tag.len()));
                for ((&value, &step), &wall_time) in values.iter().zip(steps).zip(times) {
                    let at = At { wall_time, step };
                    scalar_record(&mut out, at, tag, value, rank);
                }
                out
            });
            alert |= self.append(py, values.len() as u64, records.len(), |out| {
                out.extend_from_slice(&records);
            })?;
        }
        Outcome::written(py, alert)
    }
}

impl Writer {
    #[inline]
    fn write_scalar(&self, py: Python<'_>, at: At, tag: &str, value: f64) -> PyResult<Py<Outcome>> {
        let rank = self.rank();
        let alert = self.append(py, 1, RECORD_OVERHEAD_BYTES + tag.len(), |out| {
            scalar_record(out, at, tag, value, rank);
        })?;
        Outcome::written(py, alert)
    }

    fn write_mapping(&self, py: Python<'_>, at: At, scalars: &Mapping) -> PyResult<Py<Outcome>> {
        let events = scalars.events();
        let count = events.clone().count();
        let size = scalars.entries.len() + RECORD_OVERHEAD_BYTES * count;
        let alert = self.append(py, count as u64, size, |out| {
            for entries in events.clone() {
                record::encode_with(out, |out| match scalars.rank {
                    None => scalar::encode_summary(out, at, entries),
                    Some(rank) => rank::encode_summary(out, at, entries, rank),
                });
            }
        })?;
        Outcome::written(py, alert)
    }
}

/// Appends the record of one scalar, of a rank in double precision.
#[inline]
pub fn scalar_record(out: &mut Vec<u8>, at: At, tag: &str, value: f64, rank: Option<Rank>) {
    record::encode_with(out, |out| match rank {
        None => scalar::encode(out, at, tag, value as f32),
        Some(rank) => rank::encode(out, at, tag, value, rank),
    });
}

/// The scalars of a mapping, encoded as values of a summary.
struct Mapping {
    entries: Vec<u8>,
    /// The rank that logs them into its stream.
    rank: Option<Rank>,
    count: usize,
    /// Ends of all events but the last.
    ends: Vec<usize>,
}

impl Mapping {
    fn with_capacity(count: usize, rank: Option<Rank>) -> Self {
        Self {
            entries: Vec::with_capacity(count * ENTRY_OVERHEAD_BYTES),
            rank,
            count: 0,
            ends: Vec::new(),
        }
    }

    /// Encodes all numbers of a mapping, in its order. `adapt` makes a `float` or a `dict` of a value that is neither a
    /// plain number nor a `dict`; false if there is such a value and no `adapt`.
    fn collect(
        &mut self,
        values: &Bound<'_, PyDict>,
        prefix: &str,
        adapt: Option<&Bound<'_, PyAny>>,
        depth: usize,
    ) -> PyResult<bool> {
        if depth > MAX_DEPTH {
            return Err(PyValueError::new_err(format!(
                "values: mappings are nested more than {MAX_DEPTH} deep below {prefix:?}; pass a flatter one"
            )));
        }
        for (position, (key, value)) in values.iter().enumerate() {
            let Some(value) = simple_number(&value)? else {
                return self.collect_others(values, position, prefix, adapt, depth);
            };
            self.push([prefix, separator(prefix), key_text(&key, prefix)?], value);
        }
        Ok(true)
    }

    /// Goes on with [`collect`](Self::collect) at a position, whatever the values are.
    fn collect_others(
        &mut self,
        values: &Bound<'_, PyDict>,
        position: usize,
        prefix: &str,
        adapt: Option<&Bound<'_, PyAny>>,
        depth: usize,
    ) -> PyResult<bool> {
        // References first: reading a tensor and `adapt` run Python code, which could change the mapping under an
        // iterator.
        let items: Vec<_> = values.iter().skip(position).collect();
        for (key, value) in items {
            let key = key_text(&key, prefix)?;
            if let Some(value) = plain_number(&value)? {
                self.push([prefix, separator(prefix), key], value);
                continue;
            }
            let tag = [prefix, separator(prefix), key].concat();
            if let Ok(nested) = value.cast::<PyDict>() {
                if !self.collect(nested, &tag, adapt, depth + 1)? {
                    return Ok(false);
                }
                continue;
            }
            let Some(adapt) = adapt else {
                return Ok(false);
            };
            let adapted = adapt.call1((&value, &tag))?;
            match adapted.cast::<PyDict>() {
                Ok(nested) => {
                    self.collect(nested, &tag, Some(adapt), depth + 1)?;
                }
                Err(_) => self.push([&tag, "", ""], adapted.extract()?),
            }
        }
        Ok(true)
    }

    #[inline]
    fn push(&mut self, tag: [&str; 3], value: f64) {
        if self.count > 0 && self.count.is_multiple_of(SCALARS_PER_EVENT) {
            self.ends.push(self.entries.len());
        }
        self.count += 1;
        match self.rank {
            None => scalar::encode_value(&mut self.entries, tag, value as f32),
            Some(_) => rank::encode_value(&mut self.entries, tag, value),
        }
    }

    /// The values of each event.
    fn events(&self) -> impl Iterator<Item = &[u8]> + Clone {
        let last = (self.count > 0).then_some(self.entries.len());
        let ends = self.ends.iter().copied().chain(last);
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(ends)
            .filter_map(|(start, end)| self.entries.get(start..end))
    }
}

/// Separator of a prefix and a key.
fn separator(prefix: &str) -> &'static str {
    if prefix.is_empty() || prefix.ends_with('/') {
        ""
    } else {
        "/"
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
