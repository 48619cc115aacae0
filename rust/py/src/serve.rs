//! TensorBoard's data from native threads.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::IntoPy;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use tensorbolt_serve::{self as serve, Bound, Pattern, Place, Samples, Server, Settings};

/// Directory of the indexes, if nothing else is asked for; nothing where the user has none.
#[pyfunction]
pub fn usual_index() -> Option<std::path::PathBuf> {
    serve::usual_index()
}

/// Reads logs, and answers the calls of TensorBoard.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct DataProvider {
    settings: Settings,
    server: Mutex<Option<Server>>,
}

#[pymethods]
impl DataProvider {
    #[new]
    #[pyo3(signature = (
        logs, interval, samples, checksum, threads, memory=None, options=Vec::new(), environment=Vec::new(),
        groups=Vec::new(), index=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "named once, in Python")]
    fn new(
        py: Python<'_>,
        logs: Vec<(String, String)>,
        interval: Option<f64>,
        samples: Vec<(String, Option<usize>)>,
        checksum: bool,
        threads: usize,
        memory: Option<usize>,
        options: Vec<(String, String)>,
        environment: Vec<(String, String)>,
        groups: Vec<String>,
        index: Option<String>,
    ) -> PyResult<Self> {
        let place = |(name, at): (String, String)| Place::new(name, &at, &options, &environment);
        let places = logs.into_iter().map(place).collect::<Result<_, _>>();
        let groups = groups
            .iter()
            .map(|text| Pattern::new(text))
            .collect::<Result<_, _>>();
        let seconds = |interval: f64| {
            Duration::try_from_secs_f64(interval).map_err(|_| {
                PyValueError::new_err(format!("interval must be seconds, not {interval}"))
            })
        };
        Ok(Self {
            settings: Settings {
                places: places.into_py(py)?,
                interval: interval.map(seconds).transpose()?,
                samples: Samples::new(samples),
                checksum,
                memory,
                index: match index.as_deref() {
                    None => serve::usual_index(),
                    Some("off") => None,
                    Some(directory) => Some(directory.into()),
                },
                threads,
                groups: groups.into_py(py)?,
            },
            server: Mutex::default(),
        })
    }

    /// Begins to read and to answer; the port.
    fn start(&self, py: Python<'_>, host: &str, port: u16) -> PyResult<u16> {
        py.detach(|| {
            let mut server = self.server();
            if server.is_some() {
                return Err(PyRuntimeError::new_err("the server was started before"));
            }
            let made = Bound::new(host, port).and_then(|bound| bound.start(self.settings.clone()));
            let made = made.map_err(|error| match error.raw_os_error() {
                Some(number) => {
                    PyOSError::new_err((number, format!("cannot serve on {host}:{port}: {error}")))
                }
                None => PyOSError::new_err(format!("cannot serve on {host}:{port}: {error}")),
            })?;
            let port = made.address().port();
            *server = Some(made);
            Ok(port)
        })
    }

    /// Looks for what is new; false if that has not ended after so many seconds.
    fn look(&self, py: Python<'_>, seconds: f64) -> PyResult<bool> {
        let shared = self.shared()?;
        Ok(py.detach(|| {
            let wanted = shared.ask();
            shared.wait(wanted, most(seconds))
        }))
    }

    /// Waits until all that there was has been read; false if it was not after so many seconds.
    fn wait(&self, py: Python<'_>, seconds: f64) -> PyResult<bool> {
        let shared = self.shared()?;
        Ok(py.detach(|| shared.wait(1, most(seconds))))
    }

    /// Numbers about it: runs, files, remembered, series, points, bytes, events, damaged, looks, `first_seconds`.
    fn stats(&self, py: Python<'_>) -> PyResult<Vec<(&'static str, f64)>> {
        let shared = self.shared()?;
        Ok(py.detach(|| shared.numbers()))
    }

    /// Why a log or a file could not be read at the last look.
    fn failure(&self) -> PyResult<Option<String>> {
        Ok(self.shared()?.state().failure)
    }

    /// Ends it.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| drop(self.server().take()));
    }
}

impl DataProvider {
    fn server(&self) -> MutexGuard<'_, Option<Server>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shared(&self) -> PyResult<std::sync::Arc<serve::Shared>> {
        let server = self.server();
        let server = server.as_ref();
        server
            .map(|server| server.shared().clone())
            .ok_or_else(|| PyRuntimeError::new_err("the server was not started, or was stopped"))
    }
}

fn most(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// Runs the program that TensorBoard starts; the exit status.
#[pyfunction]
pub fn data_server(py: Python<'_>, arguments: Vec<String>) -> u8 {
    py.detach(|| serve::run(&arguments))
}
