//! Records that are changed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use tensorbolt::edit;

use crate::error::IntoPy;

/// Where the steps of a run go back.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct Restarts(Mutex<edit::Restarts>);

#[pymethods]
impl Restarts {
    #[new]
    fn new() -> Self {
        Self(Mutex::default())
    }

    /// Takes the next records; the bytes of the whole ones, and how many bytes the one after them needs.
    fn observe(&self, py: Python<'_>, records: &[u8]) -> PyResult<(usize, usize)> {
        let observe = || {
            let mut restarts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            restarts.observe(records)
        };
        py.detach(observe).into_py(py)
    }
}

/// Changes the records of one run.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct RunEditor {
    core: Mutex<edit::RunEditor>,
    /// The exception that `new_name` raised; the core does not know it.
    raised: Arc<Mutex<Option<PyErr>>>,
}

#[pymethods]
impl RunEditor {
    #[new]
    fn new(
        new_name: Option<Py<PyAny>>,
        steps: (Option<i128>, Option<i128>),
        shift_step: i128,
        keep_every: u64,
        kept: HashMap<Vec<u8>, Vec<i64>>,
        purge: Option<&Restarts>,
        is_nothing: bool,
    ) -> Self {
        let raised = Arc::new(Mutex::new(None));
        let sets = kept
            .into_iter()
            .map(|(tag, steps)| (tag, steps.into_iter().collect::<HashSet<_>>()));
        let purge = purge.map(|restarts| {
            std::mem::take(&mut *restarts.0.lock().unwrap_or_else(PoisonError::into_inner))
        });
        let edits = edit::Edits {
            new_name: new_name.map(|new_name| asked(new_name, raised.clone())),
            from_step: steps.0,
            to_step: steps.1,
            shift_step,
            keep_every,
            kept: sets.collect(),
            purge,
            is_nothing,
        };
        let core = Mutex::new(edit::RunEditor::new(edits));
        Self { core, raised }
    }

    /// Takes the next records: the bytes of the whole ones, how many bytes the one after them needs, and the records as
    /// they are to be, or none if all stay as they are.
    fn edit<'py>(
        &self,
        py: Python<'py>,
        records: &[u8],
        skips_headers: bool,
    ) -> PyResult<(usize, usize, Option<Bound<'py, PyBytes>>)> {
        let mut out = Vec::with_capacity(records.len());
        let edited = py.detach(|| {
            let mut editor = self.core.lock().unwrap_or_else(PoisonError::into_inner);
            editor.edit(records, skips_headers, &mut out)
        });
        let raised = self
            .raised
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(error) = raised {
            return Err(error);
        }
        let (taken, needed, differs) = edited.into_py(py)?;
        Ok((taken, needed, differs.then(|| PyBytes::new(py, &out))))
    }

    /// Events, events left out, values, values left out, values renamed.
    fn counts(&self, py: Python<'_>) -> (u64, u64, u64, u64, u64) {
        let counts = py.detach(|| {
            let editor = self.core.lock().unwrap_or_else(PoisonError::into_inner);
            editor.counts()
        });
        (
            counts.events,
            counts.events_left_out,
            counts.values,
            counts.values_left_out,
            counts.values_renamed,
        )
    }
}

/// The time of an event in seconds since the epoch, 0 if it has none.
#[pyfunction]
pub fn wall_time(py: Python<'_>, payload: &[u8]) -> PyResult<f64> {
    edit::wall_time(payload).into_py(py)
}

/// A function of Python as one of the core.
fn asked(new_name: Py<PyAny>, raised: Arc<Mutex<Option<PyErr>>>) -> edit::NewName {
    Box::new(move |tag| {
        let answer = Python::attach(|py| {
            let answer = new_name.call1(py, (PyBytes::new(py, tag),))?;
            answer.extract::<Option<Vec<u8>>>(py)
        });
        answer.map_err(|error| {
            *raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            tensorbolt::Error::argument("the new name of a tag could not be found out")
        })
    })
}
