//! Logs in object stores.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use tensorbolt::reader::{Segment, Source};
use tensorbolt_upload::{self as upload, GoOn, Object};

use super::ended::Ended;
use crate::error::IntoPy;

type Pairs = Vec<(String, String)>;

/// The event files below an address.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct RemoteLog(upload::RemoteLog);

#[pymethods]
impl RemoteLog {
    #[new]
    fn new(py: Python<'_>, url: &str, options: Pairs, environment: Pairs) -> PyResult<Self> {
        let opened = py.detach(|| upload::RemoteLog::open(url, options, environment));
        opened.into_py(py).map(Self)
    }

    /// The address, without credentials.
    #[getter]
    fn url(&self) -> String {
        self.0.url()
    }

    /// All files, also those that a merged one holds.
    fn all_files(&self, py: Python<'_>) -> PyResult<Vec<RemoteFile>> {
        let files = patiently(py, |go_on| self.0.all_files(go_on))?.into_py(py)?;
        Ok(files.into_iter().map(RemoteFile).collect())
    }

    /// Run and address of all files. After so many seconds it is an error.
    fn names(&self, py: Python<'_>, at_most: f64) -> PyResult<Vec<(String, String)>> {
        let until = Duration::try_from_secs_f64(at_most).unwrap_or(Duration::MAX);
        let began = Instant::now();
        let listed = patiently(py, |go_on| {
            self.0.all_files(&|| began.elapsed() < until && go_on())
        });
        let name = |file: &Arc<Object>| (file.run().to_owned(), file.name().to_owned());
        Ok(listed?.into_py(py)?.iter().map(name).collect())
    }

    /// The files that there are now, in the order of runs and names.
    fn files(&self, py: Python<'_>) -> PyResult<Vec<RemoteFile>> {
        let files = patiently(py, |go_on| self.0.files(go_on))?.into_py(py)?;
        Ok(files.into_iter().map(RemoteFile).collect())
    }

    /// Puts a local file under a name below the address; an error if there is another object of that name.
    fn put_new(&self, py: Python<'_>, name: &str, file: PathBuf) -> PyResult<()> {
        Ok(patiently(py, |go_on| self.0.put_new(name, &file, go_on))??)
    }

    /// Removes an object of this name below the address.
    fn remove(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        Ok(patiently(py, |go_on| self.0.remove(name, go_on))??)
    }

    /// The streams of ranks that there are now, in the order of runs and names.
    fn streams(&self, py: Python<'_>) -> PyResult<Vec<RemoteFile>> {
        let files = patiently(py, |go_on| self.0.streams(go_on))?.into_py(py)?;
        Ok(files.into_iter().map(RemoteFile).collect())
    }
}

/// An event file in a store.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct RemoteFile(Arc<Object>);

#[pymethods]
impl RemoteFile {
    /// Its address.
    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    /// Name of its run.
    #[getter]
    fn run(&self) -> &str {
        self.0.run()
    }

    /// Its bytes when it was listed.
    #[getter]
    fn listed(&self) -> u64 {
        self.0.size()
    }

    /// Reads what is between a place and the end, and keeps it; the place of the first record in it.
    fn hold_end(&self, py: Python<'_>, start: u64) -> PyResult<u64> {
        Ok(patiently(py, |go_on| self.0.hold_end(start, go_on))??)
    }

    /// Some bytes from a place on; none at the end alone.
    fn read<'py>(
        &self,
        py: Python<'py>,
        offset: u64,
        most: usize,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let mut bytes = vec![0; most];
        let count = patiently(py, |go_on| self.0.read_while(offset, &mut bytes, go_on))??;
        Ok(PyBytes::new(py, bytes.get(..count).unwrap_or_default()))
    }

    /// Puts a local file next to it.
    fn put_beside(&self, py: Python<'_>, name: &str, file: PathBuf) -> PyResult<()> {
        Ok(patiently(py, |go_on| {
            self.0.put_beside(name, &file, go_on)
        })??)
    }

    /// Puts a local file next to it; an error if there is another object of that name.
    fn put_new_beside(&self, py: Python<'_>, name: &str, file: PathBuf) -> PyResult<()> {
        Ok(patiently(py, |go_on| {
            self.0.put_new_beside(name, &file, go_on)
        })??)
    }

    /// Takes note of what it is now.
    fn note(&self, py: Python<'_>) -> PyResult<()> {
        Ok(patiently(py, |go_on| self.0.note(go_on))??)
    }

    /// Whether it is what was noted.
    fn is_as_noted(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(patiently(py, |go_on| self.0.is_as_noted(go_on))??)
    }

    /// Puts a local file in its place, if it is what was noted; whether it was.
    fn replace(&self, py: Python<'_>, file: PathBuf) -> PyResult<bool> {
        Ok(patiently(py, |go_on| self.0.replace(&file, go_on))??)
    }

    /// Removes it, if it is there.
    fn remove(&self, py: Python<'_>) -> PyResult<()> {
        Ok(patiently(py, |go_on| self.0.remove(go_on))??)
    }
}

/// Stem, first and last number, whether it was merged, and suffix of the name of a segment.
#[pyfunction]
pub fn segment_of(name: &str) -> Option<(String, u64, u64, bool, String)> {
    let found = Segment::parse(name)?;
    Some((
        found.stem,
        found.first,
        found.last,
        found.is_merged,
        found.suffix,
    ))
}

/// Name of the object that holds all segments from that of this name to the last.
#[pyfunction]
pub fn merged_name(name: &str, last: u64) -> Option<String> {
    Some(Segment::parse(name)?.merged_name(last))
}

impl RemoteFile {
    /// Its bytes; Ctrl-C ends a read of them, and is kept in `ended`.
    pub fn ranges(&self, ended: &Arc<Ended>) -> Ranges {
        Ranges {
            object: self.0.clone(),
            ended: ended.clone(),
            at: 0,
        }
    }

    /// Its name, where a path is wanted.
    pub fn path(&self) -> PathBuf {
        self.0.name().into()
    }
}

/// The bytes of an object.
pub struct Ranges {
    object: Arc<Object>,
    ended: Arc<Ended>,
    /// Where a reader that reads front to back is.
    at: u64,
}

impl Source for Ranges {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        self.object
            .read_while(offset, out, &|| is_wanted(&self.ended))
    }

    fn length(&self) -> io::Result<u64> {
        self.object.length()
    }
}

impl Read for Ranges {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.read_at(self.at, out)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Runs the handlers of signals; false if one of them raised.
fn is_wanted(ended: &Ended) -> bool {
    Python::attach(|py| match py.check_signals() {
        Ok(()) => true,
        Err(error) => {
            ended.raise(error);
            false
        }
    })
}

/// Does work that waits for a store. Ctrl-C ends it.
fn patiently<T: Send>(py: Python<'_>, work: impl FnOnce(GoOn<'_>) -> T + Send) -> PyResult<T> {
    let ended = Ended::default();
    let done = py.detach(|| work(&|| is_wanted(&ended)));
    ended.take().map_or(Ok(done), Err)
}
