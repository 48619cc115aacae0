//! Reads that an exception ends: Ctrl-C, or what a function of the caller raised.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyException;
use pyo3::prelude::*;

/// The exception that ends a read; the core does not know it.
#[derive(Default)]
pub struct Ended {
    flag: AtomicBool,
    raised: Mutex<Option<PyErr>>,
}

impl Ended {
    /// Ends the read that goes on, unless another exception did already.
    pub fn raise(&self, error: PyErr) {
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        raised.get_or_insert(error);
        self.flag.store(true, Relaxed);
    }

    /// Ends the read if an error is none of the file's, such as Ctrl-C.
    pub fn raise_if_foreign(&self, py: Python<'_>, error: &PyErr) {
        if !error.is_instance_of::<PyException>(py) {
            self.raise(error.clone_ref(py));
        }
    }

    /// The exception, if there was one. The next read goes on from then.
    pub fn take(&self) -> Option<PyErr> {
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        self.flag.store(false, Relaxed);
        raised.take()
    }

    /// True once a read is to end.
    pub fn flag(&self) -> &AtomicBool {
        &self.flag
    }

    /// Runs the handlers of signals, and reports how many bytes are done; false if no later look is of use.
    pub fn look(&self, report: Option<&Py<PyAny>>, done: u64) -> bool {
        Python::attach(|py| {
            let looked = py.check_signals().and_then(|()| match report {
                Some(report) => report.call1(py, (done,)).map(drop),
                None => Ok(()),
            });
            looked.unwrap_or_else(|error| self.raise(error));
            // Another thread never sees a signal, and would only wait for the interpreter.
            report.is_some() || is_main_thread(py).unwrap_or(true)
        })
    }
}

fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    threading.call_method0("get_ident")?.eq(main)
}
