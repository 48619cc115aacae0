//! Examinations of event files.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use tensorbolt::inspect::{FileExamination, Finding, Neighbour, StepOrderCheck as CoreCheck};

use crate::error::IntoPy;
use crate::reader::{Ended, RemoteFile};

/// The last step of each tag, over the files of a run.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct StepOrderCheck(Mutex<CoreCheck>);

#[pymethods]
impl StepOrderCheck {
    #[new]
    fn new() -> Self {
        Self(Mutex::default())
    }
}

/// One file that is being read.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct Examination {
    file: Mutex<FileExamination>,
    steps: Py<StepOrderCheck>,
    ended: Arc<Ended>,
}

#[pymethods]
impl Examination {
    #[new]
    fn new(
        py: Python<'_>,
        place: &Bound<'_, PyAny>,
        output: Option<PathBuf>,
        steps: Py<StepOrderCheck>,
    ) -> PyResult<Self> {
        let ended = Arc::default();
        let file = if let Ok(remote) = place.cast::<RemoteFile>() {
            let remote = remote.get();
            FileExamination::stream(&remote.path(), Box::new(remote.ranges(&ended)))
        } else {
            let path: PathBuf = place.extract()?;
            py.detach(|| FileExamination::open(&path, output.as_deref()))
                .into_py(py)?
        };
        let file = Mutex::new(file);
        Ok(Self { file, steps, ended })
    }

    /// Goes on for some megabytes; whether the file is done.
    fn advance(&self, py: Python<'_>) -> PyResult<bool> {
        let steps = self.steps.get();
        let done = py.detach(|| {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            let mut steps = steps.0.lock().unwrap_or_else(PoisonError::into_inner);
            file.advance(&mut steps)
        });
        self.ended.take().map_or_else(|| done.into_py(py), Err)
    }

    /// Bytes read so far.
    #[getter]
    fn bytes(&self, py: Python<'_>) -> u64 {
        py.detach(|| {
            let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.summary().bytes
        })
    }

    /// The summary so far.
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let summary = py.detach(|| {
            let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.summary().clone()
        });
        let dict = PyDict::new(py);
        dict.set_item("bytes", summary.bytes)?;
        dict.set_item("records", summary.records)?;
        dict.set_item("unreadable", summary.unreadable)?;
        dict.set_item("skipped", summary.skipped)?;
        dict.set_item("header_restored", summary.header_restored)?;
        dict.set_item("first_time", summary.first_time)?;
        dict.set_item("steps", summary.steps)?;
        dict.set_item("damage", summary.damage)?;
        dict.set_item("notes", summary.notes)?;
        let findings = summary.findings.iter().map(|found| finding(py, found));
        let findings: Vec<_> = findings.collect::<PyResult<_>>()?;
        dict.set_item("findings", PyList::new(py, findings)?)?;
        Ok(dict)
    }
}

fn finding<'py>(py: Python<'py>, found: &Finding) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("kind", found.kind.name())?;
    dict.set_item("damage", found.kind.is_damage())?;
    dict.set_item("offset", found.offset)?;
    dict.set_item("length", found.length)?;
    dict.set_item("message", &found.message)?;
    dict.set_item("before", neighbour(py, found.before.as_ref())?)?;
    dict.set_item("after", neighbour(py, found.after.as_ref())?)?;
    Ok(dict)
}

fn neighbour<'py>(
    py: Python<'py>,
    event: Option<&Neighbour>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let Some(event) = event else { return Ok(None) };
    let dict = PyDict::new(py);
    dict.set_item("offset", event.offset)?;
    dict.set_item("step", event.step)?;
    dict.set_item("tags", &event.tags)?;
    Ok(Some(dict))
}
