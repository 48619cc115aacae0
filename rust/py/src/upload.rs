//! `Upload`: the spool of a remote log and its upload; and the spools that earlier processes left.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tensorbolt::Error;
use tensorbolt::writer::Session as Core;
use tensorbolt_upload::{self as upload, Control, Report, Settings};

use crate::credentials::Credentials;
use crate::error::IntoPy;
use crate::session::Session;
use crate::writer::SIGNAL_CHECK_INTERVAL;

type Pairs = Vec<(String, String)>;

/// Passes on what the uploader says to the sessions whose log it uploads.
#[derive(Default)]
struct ToSessions {
    /// No lock: a thread of the parent could have it at a fork.
    sessions: ArcSwap<Vec<Weak<Core>>>,
    is_full: AtomicBool,
}

impl ToSessions {
    fn add(&self, session: &Arc<Core>) {
        self.sessions.rcu(|all| {
            let living = all.iter().filter(|one| one.strong_count() > 0);
            let one = Arc::downgrade(session);
            living.cloned().chain([one]).collect::<Vec<_>>()
        });
        session.state().set_spool_full(self.is_full.load(Relaxed));
    }

    fn living(&self) -> Vec<Arc<Core>> {
        let all = self.sessions.load();
        all.iter().filter_map(Weak::upgrade).collect()
    }
}

impl Report for ToSessions {
    fn problem(&self, error: Error) {
        // One of them says it to the user.
        if let Some(session) = self.living().first() {
            session.state().report(error);
        }
    }

    fn full(&self, full: bool) {
        self.is_full.store(full, Relaxed);
        for session in self.living() {
            session.state().set_spool_full(full);
        }
    }

    fn wants_credentials(&self) {
        for session in self.living() {
            session.state().call_for_attention();
        }
    }
}

/// The spool of a remote log, and its upload.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct Upload {
    inner: upload::Upload,
    session: Arc<Core>,
    report: Arc<ToSessions>,
    credentials: Option<Py<Credentials>>,
}

#[pymethods]
impl Upload {
    #[new]
    #[expect(
        clippy::too_many_arguments,
        reason = "Python passes each by its position"
    )]
    fn new(
        py: Python<'_>,
        session: &Session,
        root: PathBuf,
        url: String,
        options: Pairs,
        environment: Pairs,
        credentials: Option<Py<Credentials>>,
        suffix: String,
        max_interval: f64,
        max_spool: u64,
        retry_open: bool,
    ) -> PyResult<Self> {
        let session = &session.inner;
        if let Some(credentials) = &credentials {
            credentials.get().renew(py, session)?;
        }
        let settings = Settings {
            url,
            options,
            environment,
            credentials: credentials.as_ref().map(|known| known.get().inner.clone()),
            suffix,
            max_interval: seconds(max_interval),
            max_spool,
            retry_open,
        };
        let report = Arc::new(ToSessions::default());
        report.add(session);
        let begun = {
            let report = report.clone();
            py.detach(|| upload::Upload::begin(&root, settings, report))
        };
        Ok(Self {
            inner: begun.into_py(py)?,
            session: Arc::clone(session),
            report,
            credentials,
        })
    }

    /// Files of another session are in the spool as well.
    fn join(&self, session: &Session) {
        self.report.add(&session.inner);
    }

    /// Asks the program for credentials, if they are wanted. What it raises is a failure in the background.
    fn renew(&self, py: Python<'_>) -> PyResult<()> {
        if let Some(credentials) = &self.credentials
            && credentials.get().renew(py, &self.session)?
        {
            py.detach(|| self.inner.wake());
        }
        Ok(())
    }

    /// Where the writer of the log writes.
    #[getter]
    fn directory(&self) -> PathBuf {
        self.inner.directory().to_path_buf()
    }

    /// The log's address, without credentials.
    #[getter]
    fn url(&self) -> String {
        self.inner.url()
    }

    /// What keeps the store from taking more at the moment.
    #[getter]
    fn trouble(&self) -> Option<String> {
        self.inner.trouble()
    }

    /// The address of the first object of an event file.
    fn address(&self, file: PathBuf) -> String {
        self.inner.address(&file)
    }

    /// Has the uploader look into the spool at once.
    fn wake(&self, py: Python<'_>) {
        py.detach(|| self.inner.wake());
    }

    /// Waits until all that stands in the spool now is in the store. False if nothing went there for `stall` seconds, or
    /// if it took longer than `at_most` seconds.
    fn wait(&self, py: Python<'_>, stall: f64, at_most: Option<f64>) -> PyResult<bool> {
        let target = py.detach(|| self.inner.target());
        self.patiently(py, stall, at_most, |slice| {
            self.inner.wait_for(&target, slice)
        })
    }

    /// Nothing more is written: uploads all, then removes the spool. Does not wait.
    fn finish(&self, py: Python<'_>) {
        py.detach(|| self.inner.finish());
    }

    /// Waits until `finish` is done, as `wait` does.
    fn wait_finished(&self, py: Python<'_>, stall: f64, at_most: Option<f64>) -> PyResult<bool> {
        self.patiently(py, stall, at_most, |slice| self.inner.wait_finished(slice))
    }

    /// The figures of this process's part.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stats = py.detach(|| self.inner.stats());
        let dict = PyDict::new(py);
        dict.set_item("uploaded_bytes", stats.uploaded_bytes)?;
        dict.set_item("upload_requests", stats.upload_requests)?;
        dict.set_item("upload_lag_seconds", stats.lag.as_secs_f64())?;
        dict.set_item("spooled_bytes", stats.spooled_bytes)?;
        Ok(dict)
    }
}

impl Upload {
    /// The streams of the job whose ranks log to the address.
    pub fn job(&self) -> tensorbolt::Result<upload::Job> {
        self.inner.job()
    }

    fn patiently(
        &self,
        py: Python<'_>,
        stall: f64,
        at_most: Option<f64>,
        wait: impl Fn(Duration) -> bool + Sync,
    ) -> PyResult<bool> {
        let (stall, at_most) = (seconds(stall), at_most.map_or(Duration::MAX, seconds));
        let began = Instant::now();
        let (mut sent, mut since) = (self.inner.stats().uploaded_bytes, began);
        self.renew(py)?;
        loop {
            let left = at_most.saturating_sub(began.elapsed());
            let slice = left.min(SIGNAL_CHECK_INTERVAL);
            if py.detach(|| wait(slice)) {
                return Ok(true);
            }
            py.check_signals()?;
            self.renew(py)?;
            let now = self.inner.stats().uploaded_bytes;
            if now != sent {
                (sent, since) = (now, Instant::now());
            }
            if since.elapsed() >= stall || began.elapsed() >= at_most {
                return Ok(false);
            }
        }
    }
}

/// A spool that no process uploads.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct LeftOver {
    inner: upload::LeftOver,
}

#[pymethods]
impl LeftOver {
    /// Where its log belongs, without credentials.
    #[getter]
    fn url(&self) -> &str {
        &self.inner.url
    }

    /// Bytes that wait for the store.
    #[getter]
    fn bytes(&self) -> u64 {
        self.inner.bytes
    }

    /// The spool.
    #[getter]
    fn directory(&self) -> PathBuf {
        self.inner.directory.clone()
    }
}

/// The spools below `root` that no process uploads, in the order in which they were made.
#[pyfunction]
pub fn left_over(py: Python<'_>, root: PathBuf) -> Vec<LeftOver> {
    py.detach(|| upload::left_over(&root))
        .into_iter()
        .map(|inner| LeftOver { inner })
        .collect()
}

/// Waits until this process has uploaded the spools of earlier ones that it took over, for `at_most` seconds. Returns those
/// that it has not.
#[pyfunction]
pub fn wait_adopted(py: Python<'_>, at_most: f64) -> PyResult<Vec<LeftOver>> {
    let (began, at_most) = (Instant::now(), seconds(at_most));
    loop {
        let slice = at_most.saturating_sub(began.elapsed());
        let left = py.detach(|| upload::wait_adopted(slice.min(SIGNAL_CHECK_INTERVAL)));
        py.check_signals()?;
        if left.is_empty() || began.elapsed() >= at_most {
            return Ok(left.into_iter().map(|inner| LeftOver { inner }).collect());
        }
    }
}

/// Uploads a spool and removes it. Calls `progress` with the bytes that are left, ten times a second; what it raises ends
/// the upload. Returns bytes sent, requests, whether all is in the store, and the damage as exceptions.
#[pyfunction]
pub fn push<'py>(
    py: Python<'py>,
    left: &LeftOver,
    options: Pairs,
    environment: Pairs,
    progress: Py<PyAny>,
) -> PyResult<(u64, u64, bool, Vec<Bound<'py, PyAny>>)> {
    let mut raised = None;
    let pushed = py.detach(|| {
        upload::push(&left.inner, &options, &environment, &mut |bytes| {
            let reported = Python::attach(|py| {
                py.check_signals()?;
                progress.call1(py, (bytes,)).map(|_| ())
            });
            match reported {
                Ok(()) => Control::Continue,
                Err(error) => {
                    raised = Some(error);
                    Control::Stop
                }
            }
        })
    });
    if let Some(error) = raised {
        return Err(error);
    }
    let pushed = pushed.into_py(py)?;
    let problems = pushed
        .problems
        .iter()
        .map(|problem| {
            crate::error::to_py(py, problem)
                .into_value(py)
                .into_bound(py)
                .into_any()
        })
        .collect();
    Ok((pushed.bytes, pushed.requests, pushed.complete, problems))
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or(Duration::MAX)
}
