//! Event files below a directory.

use std::ffi::OsString;
use std::path::PathBuf;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

/// The event files below a directory, and the run of each. Paths are text: Python's class would take most of the time
/// of a poll.
#[pyfunction]
pub fn event_files(
    py: Python<'_>,
    top: PathBuf,
    threads: usize,
) -> PyResult<Vec<(String, OsString)>> {
    let found = py
        .detach(|| tensorbolt::reader::event_files(&top, threads))
        .map_err(|error| {
            let message = format!(
                "cannot list the event files below {}: {error}",
                top.display()
            );
            PyOSError::new_err((error.raw_os_error(), message))
        })?;
    Ok(found
        .into_iter()
        .map(|found| (found.run, found.path.into_os_string()))
        .collect())
}
