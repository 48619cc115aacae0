//! The outcome of a call: the one result of every method that writes.

use once_cell::race::OnceBox;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

/// Numbers of values of an array that were NaN, infinite, and outside all buckets.
pub type Skipped = (u64, u64, u64);

/// Outcome of a call. `DONE`, `ALERT` and `ADAPT` are single objects, so `is` distinguishes them.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct Outcome {
    /// True if there are problems to report.
    #[pyo3(get)]
    alert: bool,
    /// Name of what the user should know about the values, if anything.
    #[pyo3(get)]
    remark: Option<&'static str>,
    /// For each array of a call in which a histogram leaves values out; empty if none does.
    #[pyo3(get)]
    skipped: Vec<Skipped>,
}

struct Known {
    done: Py<Outcome>,
    alert: Py<Outcome>,
    adapt: Py<Outcome>,
}

fn known(py: Python<'_>) -> PyResult<&'static Known> {
    static OUTCOMES: OnceBox<Known> = OnceBox::new();
    OUTCOMES.get_or_try_init(|| {
        let new = |alert| Py::new(py, Outcome::new(alert, None, Vec::new()));
        Ok(Box::new(Known {
            done: new(false)?,
            alert: new(true)?,
            adapt: new(false)?,
        }))
    })
}

impl Outcome {
    fn new(alert: bool, remark: Option<&'static str>, skipped: Vec<Skipped>) -> Self {
        Self {
            alert,
            remark,
            skipped,
        }
    }

    /// All is written; `alert` if there are problems to report.
    #[inline]
    pub fn written(py: Python<'_>, alert: bool) -> PyResult<Py<Self>> {
        let known = known(py)?;
        let outcome = if alert { &known.alert } else { &known.done };
        Ok(outcome.clone_ref(py))
    }

    /// Nothing is written: an argument is not of a plain type, or the file is closed.
    #[cold]
    pub fn adapt(py: Python<'_>) -> PyResult<Py<Self>> {
        Ok(known(py)?.adapt.clone_ref(py))
    }

    /// All is written, and the user should know something about the values.
    pub fn remarked(
        py: Python<'_>,
        alert: bool,
        remark: Option<&'static str>,
    ) -> PyResult<Py<Self>> {
        match remark {
            None => Self::written(py, alert),
            remark => Py::new(py, Self::new(alert, remark, Vec::new())),
        }
    }

    /// Histograms are written, from which values may have been left out.
    pub fn histograms(py: Python<'_>, alert: bool, skipped: Vec<Skipped>) -> PyResult<Py<Self>> {
        if skipped.iter().all(|skipped| *skipped == (0, 0, 0)) {
            return Self::written(py, alert);
        }
        Py::new(py, Self::new(alert, None, skipped))
    }
}

/// The outcome of a fast path. A file that another thread has closed a moment ago is for the long way, which opens the
/// next one.
pub fn adapt_if_closed(py: Python<'_>, outcome: PyResult<Py<Outcome>>) -> PyResult<Py<Outcome>> {
    match outcome {
        Err(error) if error.is_instance_of::<PyOSError>(py) => Outcome::adapt(py),
        outcome => outcome,
    }
}

/// Gives the module `DONE` (written), `ALERT` (written, and there are problems to report) and `ADAPT` (not written: an
/// argument is not of a plain type, or the file is closed).
pub fn export(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let known = known(py)?;
    module.add("DONE", known.done.clone_ref(py))?;
    module.add("ALERT", known.alert.clone_ref(py))?;
    module.add("ADAPT", known.adapt.clone_ref(py))
}
