//! Event files below a directory.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use tensorbolt::reader::Found;

/// The event files below a directory, and the run of each. Paths are text: Python's class would take most of the time
/// of a poll.
#[pyfunction]
pub fn event_files(
    py: Python<'_>,
    top: PathBuf,
    threads: usize,
) -> PyResult<Vec<(String, OsString)>> {
    let found = py.detach(|| tensorbolt::reader::event_files(&top, threads));
    named(found, "event files", &top)
}

/// The streams of ranks below a directory, and the run of each.
#[pyfunction]
pub fn rank_streams(py: Python<'_>, top: PathBuf) -> PyResult<Vec<(String, OsString)>> {
    let found = py.detach(|| tensorbolt::ranks::streams_below(&top));
    named(found, "streams of ranks", &top)
}

fn named(
    found: io::Result<Vec<Found>>,
    what: &str,
    top: &Path,
) -> PyResult<Vec<(String, OsString)>> {
    let found = found.map_err(|error| {
        let message = format!("cannot list the {what} below {}: {error}", top.display());
        PyOSError::new_err((error.raw_os_error(), message))
    })?;
    Ok(found
        .into_iter()
        .map(|found| (found.run, found.path.into_os_string()))
        .collect())
}
