//! Scalars that share a chart: each key has a run, and a file, of its own.

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyList};
use tensorbolt::proto::event::At;

use crate::arguments::{Plain, plain_step, plain_wall_time};
use crate::plain::plain_number;
use crate::writer::Writer;

/// A number, the file that it goes to, and its directory.
type Curve<'py> = (f64, Bound<'py, Writer>, Bound<'py, PyAny>);

/// Writes the numbers of a chart if every argument is of a plain type and every file is open.
///
/// `folders` leads from key to directory, `files` from directory to an object whose `_events` is the writer. `history`
/// leads from directory to a list, which gets `[wall_time, step, value]` while it holds fewer than `most`.
///
/// Returns how many numbers were written, which is none or all unless a file is closed meanwhile, and whether there are
/// problems to tell.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "they are the call's arguments")]
pub fn add_curves<'py>(
    py: Python<'py>,
    tag: &str,
    values: &Bound<'py, PyDict>,
    step: &Bound<'py, PyAny>,
    wall_time: &Bound<'py, PyAny>,
    folders: &Bound<'py, PyDict>,
    files: &Bound<'py, PyDict>,
    history: &Bound<'py, PyDict>,
    most: usize,
) -> PyResult<(usize, bool)> {
    let (Plain::Value(at_step), Plain::Value(wall_time)) =
        (plain_step(step), plain_wall_time(wall_time))
    else {
        return Ok((0, false));
    };
    let Some(curves) = curves(values, folders, files, (history, most))? else {
        return Ok((0, false));
    };
    let at = At {
        wall_time,
        step: at_step,
    };
    let mut alert = false;
    for (written, (value, writer, folder)) in curves.iter().enumerate() {
        match writer.get().append_scalar(py, at, tag, *value) {
            Ok(problems) => alert |= problems,
            Err(error) if error.is_instance_of::<PyOSError>(py) => return Ok((written, alert)),
            Err(error) => return Err(error),
        }
        let point = [
            PyFloat::new(py, wall_time).into_any(),
            step.clone(),
            PyFloat::new(py, *value).into_any(),
        ];
        let point = PyList::new(py, point)?;
        match history.get_item(folder)? {
            Some(points) => points.cast::<PyList>()?.append(point)?,
            None => history.set_item(folder, PyList::new(py, [point])?)?,
        }
    }
    Ok((curves.len(), alert))
}

/// What is to be written where; `None` if that takes more than looking it up.
fn curves<'py>(
    values: &Bound<'py, PyDict>,
    folders: &Bound<'py, PyDict>,
    files: &Bound<'py, PyDict>,
    (history, most): (&Bound<'py, PyDict>, usize),
) -> PyResult<Option<Vec<Curve<'py>>>> {
    let py = values.py();
    // References first: reading a tensor may run Python code, which could change the mapping under an iterator.
    let items: Vec<_> = values.iter().collect();
    let mut curves = Vec::with_capacity(items.len());
    for (key, value) in items {
        let Some(folder) = folders.get_item(&key)? else {
            return Ok(None);
        };
        let (Some(file), Some(value)) = (files.get_item(&folder)?, plain_number(&value)?) else {
            return Ok(None);
        };
        if let Some(points) = history.get_item(&folder)?
            && points.len()? + 1 >= most
        {
            return Ok(None);
        }
        let events = file.getattr(pyo3::intern!(py, "_events"))?;
        match events.cast_into_exact::<Writer>() {
            Ok(writer) if !writer.get().file(py)?.is_closed() => {
                curves.push((value, writer, folder));
            }
            _ => return Ok(None),
        }
    }
    Ok(Some(curves))
}
