//! Handles that callers hold: a session of files with one memory limit, and a writer of one file.
//!
//! Both outlive a fork: at the first call in a child they replace what belongs to the parent.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::clock::now;
use super::event_file::{EventFile, Opening};
use super::limits::SessionState;
use super::location::{FileLocation, StreamLocation};
use super::options::{OnOpenError, Options};
use super::resume::Resume;
use super::runtime::Runtime;
use super::store::Target;
use crate::error::Result;
use crate::event_file;
use crate::proto::event::At;
use crate::proto::rank::Rank;
use crate::rank_stream;

/// Files that share their options, their memory limit and their counters.
#[derive(Debug)]
pub struct Session {
    options: Options,
    /// Where relative paths begin: the program's directory at the start, for it may change that.
    base: PathBuf,
    process: ArcSwap<PerProcess>,
}

/// State of one process; a forked child makes its own.
#[derive(Debug)]
struct PerProcess {
    runtime: Arc<Runtime>,
    state: Arc<SessionState>,
}

impl Session {
    /// A session without files.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let process = ArcSwap::from_pointee(PerProcess::new(&options));
        Self {
            options,
            base: std::env::current_dir().unwrap_or_default(),
            process,
        }
    }

    /// State shared by its files in this process.
    #[must_use]
    pub fn state(&self) -> Arc<SessionState> {
        Arc::clone(&self.process().state)
    }

    fn process(&self) -> Guard<Arc<PerProcess>> {
        let process = self.process.load();
        if process.runtime.is_ours() {
            return process;
        }
        let fresh = Arc::new(PerProcess::new(&self.options));
        // The first thread of the child that comes here wins.
        self.process.compare_and_swap(&process, fresh);
        self.process.load()
    }
}

impl PerProcess {
    fn new(options: &Options) -> Self {
        Self {
            runtime: Runtime::current(),
            state: Arc::new(SessionState::new(options.clone())),
        }
    }
}

/// A writer of one event file.
#[derive(Debug)]
pub struct Writer {
    session: Arc<Session>,
    target: Target,
    /// Of a stream of ranks: the rank that logs.
    rank: Option<Rank>,
    root: PathBuf,
    file: ArcSwap<EventFile>,
}

impl Writer {
    /// Makes the directory and the file. `purge` has readers drop what the run had logged from that step on.
    ///
    /// # Errors
    ///
    /// `is_store` if the directory or the file cannot be made, with [`OnOpenError::Fail`].
    pub fn open(
        session: Arc<Session>,
        location: FileLocation,
        purge: Option<i64>,
        on_error: OnOpenError,
    ) -> Result<Self> {
        Begun::new(session, Target::New(location), purge, on_error).finish()
    }

    /// Makes several directories and files side by side, each as [`open`](Self::open) does, and waits for all of them.
    #[must_use]
    pub fn open_all(
        session: &Arc<Session>,
        locations: Vec<FileLocation>,
        on_error: OnOpenError,
    ) -> Vec<Result<Self>> {
        let files: Vec<Begun> = locations
            .into_iter()
            .map(|location| Begun::new(Arc::clone(session), Target::New(location), None, on_error))
            .collect();
        files.into_iter().map(Begun::finish).collect()
    }

    /// Appends to an event file that is there, together with other processes. Events without a step count up, each
    /// kind and tag for itself, over all processes that append; forked children and [`reopen`](Self::reopen) go on in the same
    /// file.
    ///
    /// # Errors
    ///
    /// `is_store` if there is no such file, with [`OnOpenError::Fail`].
    pub fn join(session: Arc<Session>, path: PathBuf, on_error: OnOpenError) -> Result<Self> {
        Begun::new(session, Target::Shared(path), None, on_error).finish()
    }

    /// Appends to the stream that the ranks of this node share, or begins one. `resumed` is the step from which on the rank
    /// replaces what it logged before. What is logged must say which rank it is from, see [`crate::proto::rank`].
    ///
    /// # Errors
    ///
    /// `is_store` if the folder or the stream cannot be made, with [`OnOpenError::Fail`].
    pub fn stream(
        session: Arc<Session>,
        location: StreamLocation,
        resumed: Option<i64>,
        on_error: OnOpenError,
    ) -> Result<Self> {
        Begun::new(session, Target::Stream(location), resumed, on_error).finish()
    }

    /// Keeps events in memory, until [`EventFile::drain`] reads them out. There is no first event. Other files go to
    /// `dir`.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn in_memory(session: Arc<Session>, dir: PathBuf) -> Result<Self> {
        Begun::new(session, Target::Memory(dir), None, OnOpenError::Fail).finish()
    }

    /// The file to log to; after a fork, the child's own.
    #[inline]
    pub fn file(&self) -> Result<Guard<Arc<EventFile>>> {
        let file = self.file.load();
        if file.runtime().is_ours() || file.is_closed() {
            return Ok(file);
        }
        let target = self.target.of_child();
        let fresh = begin(&self.session, &target, None, OnOpenError::Retry).finish()?;
        let previous = self.file.compare_and_swap(&file, Arc::clone(&fresh));
        if !Arc::ptr_eq(&previous, &file) {
            fresh.abandon();
        }
        Ok(self.file.load())
    }

    /// Ends a closed file and begins a new one in the same directory.
    pub fn reopen(&self) -> Result<()> {
        let fresh = begin(&self.session, &self.target, None, OnOpenError::Retry).finish()?;
        self.file.store(fresh);
        Ok(())
    }

    /// The run's directory in full, wherever the process has gone since.
    #[must_use]
    pub fn root(&self) -> &PathBuf {
        &self.root
    }

    /// Of a stream of ranks: the rank that logs.
    #[inline]
    #[must_use]
    pub fn rank(&self) -> Option<Rank> {
        self.rank
    }

    /// The session it belongs to.
    #[must_use]
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }
}

/// A writer whose file is being made.
struct Begun {
    session: Arc<Session>,
    target: Target,
    opening: Opening,
}

impl Begun {
    fn new(
        session: Arc<Session>,
        mut target: Target,
        purge: Option<i64>,
        on_error: OnOpenError,
    ) -> Self {
        match &mut target {
            Target::New(location) => location.base.clone_from(&session.base),
            Target::Stream(location) => location.base.clone_from(&session.base),
            Target::Shared(_) | Target::Memory(_) => {}
        }
        let opening = begin(&session, &target, purge, on_error);
        Self {
            session,
            target,
            opening,
        }
    }

    /// Waits for the file.
    fn finish(self) -> Result<Writer> {
        let rank = match &self.target {
            Target::Stream(location) => Some(location.rank),
            _ => None,
        };
        let file = self.opening.finish()?;
        let dir = self.session.base.join(&file.dir);
        let root = std::path::absolute(&dir).unwrap_or(dir);
        Ok(Writer {
            root,
            session: self.session,
            target: self.target,
            rank,
            file: ArcSwap::new(file),
        })
    }
}

fn begin(session: &Session, target: &Target, purge: Option<i64>, on_error: OnOpenError) -> Opening {
    let now = now();
    let mut header = match target {
        Target::New(_) => event_file::header(now),
        Target::Stream(location) => rank_stream::start(now, location.rank, purge),
        Target::Shared(_) | Target::Memory(_) => Vec::new(),
    };
    let purge = purge.or_else(|| target.resume().and_then(Resume::take_step));
    if let Some(step) = purge.filter(|_| !matches!(target, Target::Stream(_))) {
        header.extend(event_file::purge(At {
            wall_time: now,
            step,
        }));
    }
    let process = session.process();
    EventFile::begin(
        Arc::clone(&process.state),
        Arc::clone(&process.runtime),
        target.clone(),
        header,
        on_error,
    )
}
