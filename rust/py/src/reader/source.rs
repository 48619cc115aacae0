//! Python file objects as sources of bytes.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use tensorbolt::reader::{Origin, Source};

use super::ended::Ended;
use super::remote::RemoteFile;

/// A file object that is open for reading bytes, and can seek. The thread that asked for reading alone uses it.
pub struct FileObject {
    file: Py<PyAny>,
    ended: Arc<Ended>,
}

impl FileObject {
    fn read(&self, py: Python<'_>, offset: u64, count: usize) -> PyResult<PyBackedBytes> {
        let file = self.file.bind(py);
        file.call_method1("seek", (offset,))?;
        file.call_method1("read", (count,))?
            .extract()
            .map_err(Into::into)
    }

    fn seek_end(&self, py: Python<'_>) -> PyResult<u64> {
        let file = self.file.bind(py);
        file.call_method1("seek", (0, 2))?.extract()
    }

    fn failed(&self, py: Python<'_>, error: PyErr) -> io::Error {
        self.ended.raise_if_foreign(py, &error);
        io::Error::other(error)
    }
}

impl Source for FileObject {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let bytes = self
                .read(py, offset, out.len())
                .map_err(|error| self.failed(py, error))?;
            let some = out.get_mut(..bytes.len());
            let some =
                some.ok_or_else(|| io::Error::other("read() gave more bytes than were asked for"))?;
            some.copy_from_slice(&bytes);
            Ok(bytes.len())
        })
    }

    fn length(&self) -> io::Result<u64> {
        Python::attach(|py| self.seek_end(py).map_err(|error| self.failed(py, error)))
    }
}

/// The source of a path, an object of a store or an open file.
pub fn origin_of(py: Python<'_>, place: Py<PyAny>, ended: &Arc<Ended>) -> Origin {
    if let Ok(remote) = place.bind(py).cast::<RemoteFile>() {
        return Origin::Other(Arc::new(remote.get().ranges(ended)));
    }
    match place.extract::<PathBuf>(py) {
        Ok(path) => Origin::Path(path),
        Err(_) => Origin::Other(Arc::new(FileObject {
            file: place,
            ended: ended.clone(),
        })),
    }
}
