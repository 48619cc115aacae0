//! `Writer`: the life of one event file. What can be written into it stands in the files of each area.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use tensorbolt::proto::rank::Rank;
use tensorbolt::record::{Decoder, Limits};
use tensorbolt::sampler::Sink;
use tensorbolt::writer::{
    self, Admission, Appended, EventFile, FileLocation, Flush, Flushed, OnOpenError, SessionState,
    StreamLocation,
};

use crate::array::check_memory;
use crate::error::{IntoPy, to_py};
use crate::outcome::Outcome;
use crate::resume::Resume;
use crate::session::Session;

/// Interval at which a waiting call looks for signals, so that Ctrl-C works.
pub const SIGNAL_CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// A writer of one event file.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct Writer {
    pub inner: Arc<writer::Writer>,
}

#[pymethods]
impl Writer {
    #[new]
    #[pyo3(signature = (session, logdir, suffix, purge_step, retry_open, root, resume=None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "Python passes each by its position"
    )]
    fn new(
        py: Python<'_>,
        session: &Session,
        logdir: PathBuf,
        suffix: String,
        purge_step: Option<i64>,
        retry_open: bool,
        root: Option<PathBuf>,
        resume: Option<&Resume>,
    ) -> PyResult<Self> {
        let session = Arc::clone(&session.inner);
        let mut location = FileLocation::new(logdir);
        location.suffix = suffix;
        location.root = root;
        location.resume = resume.map(|resume| Arc::clone(&resume.inner));
        let inner = py
            .detach(|| {
                writer::Writer::open(session, location, purge_step, on_open_error(retry_open))
            })
            .into_py(py)?;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Opens the files of several directories side by side: a writer, or the exception that opening it alone would raise, for
    /// each.
    #[staticmethod]
    fn open_all<'py>(
        py: Python<'py>,
        session: &Session,
        logdirs: Vec<PathBuf>,
        suffix: &str,
        retry_open: bool,
        root: Option<PathBuf>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let locations = logdirs.into_iter().map(|logdir| {
            let mut location = FileLocation::new(logdir);
            suffix.clone_into(&mut location.suffix);
            location.root.clone_from(&root);
            location
        });
        let (session, locations) = (Arc::clone(&session.inner), locations.collect());
        let on_error = on_open_error(retry_open);
        let opened = py.detach(|| writer::Writer::open_all(&session, locations, on_error));
        let to_python = |opened| match opened {
            Ok(inner) => {
                let writer = Self {
                    inner: Arc::new(inner),
                };
                Ok(Bound::new(py, writer)?.into_any())
            }
            Err(error) => Ok(to_py(py, &error).into_value(py).into_bound(py).into_any()),
        };
        opened.into_iter().map(to_python).collect()
    }

    /// Appends to an event file that is there, together with other processes; events without a step count up.
    #[staticmethod]
    fn join(py: Python<'_>, session: &Session, path: PathBuf, retry_open: bool) -> PyResult<Self> {
        let session = Arc::clone(&session.inner);
        let inner = py
            .detach(|| writer::Writer::join(session, path, on_open_error(retry_open)))
            .into_py(py)?;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Appends to the stream of `directory` that the ranks of this node share, or begins one; `local` is a directory of
    /// this machine through which they find each other, `None` gives this process a stream of its own. What the rank logged
    /// before from the step `resumed` on is replaced.
    #[staticmethod]
    #[expect(
        clippy::too_many_arguments,
        reason = "Python passes each by its position"
    )]
    fn stream(
        py: Python<'_>,
        session: &Session,
        directory: PathBuf,
        local: Option<PathBuf>,
        rank: u32,
        world_size: u32,
        resumed: Option<i64>,
        retry_open: bool,
    ) -> PyResult<Self> {
        let session = Arc::clone(&session.inner);
        let rank = Rank { rank, world_size };
        let location = StreamLocation::new(directory, local, rank);
        let inner = py
            .detach(|| {
                writer::Writer::stream(session, location, resumed, on_open_error(retry_open))
            })
            .into_py(py)?;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Keeps events in memory, for `take`; sidecars go to `logdir`.
    #[staticmethod]
    fn in_memory(py: Python<'_>, session: &Session, logdir: PathBuf) -> PyResult<Self> {
        let session = Arc::clone(&session.inner);
        let inner = writer::Writer::in_memory(session, logdir).into_py(py)?;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Waits for what was logged in memory before, and hands it over as serialised events.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let drain = self.file(py)?.drain();
        let records = loop {
            if let Some(records) = py.detach(|| drain.wait(SIGNAL_CHECK_INTERVAL)) {
                break records;
            }
            py.check_signals()?;
        };
        let mut decoder = Decoder::new(Limits {
            max_payload: usize::MAX,
        });
        decoder.push(&records);
        let mut events = Vec::new();
        while let Some(event) = decoder.next_record().into_py(py)? {
            events.push(PyBytes::new(py, event));
        }
        Ok(events)
    }

    /// Path of the event file; the directory until there is a file.
    #[getter]
    fn path(&self, py: Python<'_>) -> PyResult<PathBuf> {
        Ok(self.file(py)?.path())
    }

    #[getter]
    fn closed(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.file(py)?.is_closed())
    }

    /// Waits until all that was logged before is handed to the operating system; false if the store fails.
    fn flush(&self, py: Python<'_>) -> PyResult<bool> {
        let file = self.file(py)?;
        if file.is_closed() {
            return Ok(true);
        }
        wait_for(py, file.flush())
    }

    /// Flushes and releases the file; false if events were dropped.
    fn close(&self, py: Python<'_>) -> PyResult<bool> {
        let file = self.file(py)?;
        if file.is_closed() {
            return Ok(true);
        }
        let done = wait_for(py, file.close());
        file.abandon();
        done
    }

    /// Appends whole records, which hold so many events.
    fn append_records(&self, py: Python<'_>, records: &[u8], events: u64) -> PyResult<Py<Outcome>> {
        let alert = self.append(py, events, records.len(), |out| {
            out.extend_from_slice(records);
        })?;
        Outcome::written(py, alert)
    }

    /// Begins a new file in the same directory.
    fn reopen(&self, py: Python<'_>) -> PyResult<()> {
        self.close(py)?;
        py.detach(|| self.inner.reopen()).into_py(py)
    }
}

impl Writer {
    /// Where native threads log to, at whatever file it has then.
    pub fn sink(&self) -> Arc<dyn Sink> {
        self.inner.clone()
    }

    /// The run's directory, wherever the process has gone since.
    pub fn root(&self) -> PathBuf {
        self.inner.root().clone()
    }

    #[inline]
    pub fn file(&self, py: Python<'_>) -> PyResult<impl std::ops::Deref<Target = Arc<EventFile>>> {
        self.inner.file().into_py(py)
    }

    /// Appends `events` whole records of about `size` bytes, waiting for room if need be. True if there are problems
    /// to report.
    #[inline]
    pub fn append(
        &self,
        py: Python<'_>,
        events: u64,
        size: usize,
        mut records: impl FnMut(&mut Vec<u8>),
    ) -> PyResult<bool> {
        let file = self.file(py)?;
        while file
            .append_records(events, size, &mut records)
            .into_py(py)?
            == Appended::Full
        {
            if !wait_for_room(py, file.session_state(), size as u64)? {
                file.session_state().drop_for_lack_of_room(events);
                break;
            }
        }
        if file.is_shared() {
            py.detach(|| file.write_through());
        }
        Ok(file.session_state().has_unreported())
    }

    /// The rank that logs, of a stream of ranks.
    #[inline]
    pub fn rank(&self) -> Option<Rank> {
        self.inner.rank()
    }

    /// Appends an encoded event, which in a stream of ranks says whose it is.
    pub fn append_payload(&self, py: Python<'_>, payload: &[u8]) -> PyResult<Py<Outcome>> {
        let rank = self.rank();
        let alert = self.append(py, 1, payload.len(), |out| {
            tensorbolt::record::encode_with(out, |out| {
                out.extend_from_slice(payload);
                if let Some(rank) = rank {
                    rank.stamp(out);
                }
            });
        })?;
        Outcome::written(py, alert)
    }
}

fn on_open_error(retry_open: bool) -> OnOpenError {
    if retry_open {
        OnOpenError::Retry
    } else {
        OnOpenError::Fail
    }
}

/// Waits for room for a copy; false if the event must be dropped.
pub fn wait_for_room(py: Python<'_>, state: &SessionState, bytes: u64) -> PyResult<bool> {
    check_memory(bytes as usize)?;
    let mut room = state.room_for(bytes);
    loop {
        match py.detach(|| room.wait(SIGNAL_CHECK_INTERVAL)) {
            Admission::Admitted => return Ok(true),
            Admission::Stalled => return Ok(false),
            Admission::Full => py.check_signals()?,
        }
    }
}

fn wait_for(py: Python<'_>, mut flush: Flush) -> PyResult<bool> {
    loop {
        match py.detach(|| flush.wait(SIGNAL_CHECK_INTERVAL)) {
            Flushed::Done => return Ok(true),
            Flushed::Stalled => return Ok(false),
            Flushed::Waiting => py.check_signals()?,
        }
    }
}
