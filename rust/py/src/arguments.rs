//! Arguments that many methods share.

use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyString};
use tensorbolt::proto::event::At;
use tensorbolt::writer::now;

/// The plain value of an argument that may be `None`, or `Other` if only Python can say what it is.
pub enum Plain<T> {
    Value(T),
    Other,
}

/// A step of type `int`; `None` is 0, which is the same on the wire.
#[inline]
pub fn plain_step(step: &Bound<'_, PyAny>) -> Plain<i64> {
    if step.is_none() {
        return Plain::Value(0);
    }
    match step.cast_exact::<PyInt>().map(|step| step.extract()) {
        Ok(Ok(step)) => Plain::Value(step),
        _ => Plain::Other,
    }
}

/// A finite time of type `float`, or `None`.
#[inline]
pub fn plain_wall_time(wall_time: &Bound<'_, PyAny>) -> Plain<Option<f64>> {
    if wall_time.is_none() {
        return Plain::Value(None);
    }
    match wall_time.cast_exact::<PyFloat>() {
        Ok(time) if time.value().is_finite() => Plain::Value(Some(time.value())),
        _ => Plain::Other,
    }
}

/// A text of type `str` that is valid Unicode.
#[inline]
pub fn plain_text<'a>(text: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    text.cast_exact::<PyString>().ok()?.to_str().ok()
}

/// Step and wall time that are checked already; `None` is now.
#[inline]
pub fn at(step: i64, wall_time: Option<f64>) -> At {
    At {
        wall_time: wall_time.unwrap_or_else(now),
        step,
    }
}
