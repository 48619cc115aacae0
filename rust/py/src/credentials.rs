//! `Credentials`: those that a function of the program gives, for the uploads of all writers with this function.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use pyo3::exceptions::PyException;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use tensorbolt::Error;
use tensorbolt::writer::Session as Core;
use tensorbolt_upload as upload;

/// Credentials that a function of the program gives. It is called by threads that call a writer, never by another.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct Credentials {
    pub inner: Arc<upload::Credentials>,
    ask: Py<PyAny>,
    /// It failed, which has been reported, and has given none since.
    failed: AtomicBool,
}

#[pymethods]
impl Credentials {
    /// `ask()` returns keys and values for the store's client, and the seconds for which they are good, or `None`.
    #[new]
    fn new(ask: Py<PyAny>) -> Self {
        Self {
            inner: Arc::default(),
            ask,
            failed: AtomicBool::new(false),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.ask)
    }
}

impl Credentials {
    /// Calls the function if it is time, unless another thread does. True if it has given some. The first exception since
    /// the last success is reported to the session; what is no `Exception`, such as Ctrl-C, passes.
    pub fn renew(&self, py: Python<'_>, session: &Core) -> PyResult<bool> {
        if !self.inner.turn() {
            return Ok(false);
        }
        let asked = self.ask.call0(py);
        match asked.and_then(|given| given.extract::<(Vec<(String, String)>, Option<f64>)>(py)) {
            Ok((options, life)) => {
                let life = life.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                self.inner.hand_over(options, life);
                self.failed.store(false, Relaxed);
                Ok(true)
            }
            Err(error) if error.is_instance_of::<PyException>(py) => {
                if !self.failed.swap(true, Relaxed) {
                    let text = format!(
                        "{error}; it is asked again every minute, and the data waits in the spool"
                    );
                    session.state().report(Error::store(
                        "asking the credential_provider of storage_options",
                        io::Error::new(io::ErrorKind::PermissionDenied, text),
                    ));
                }
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
