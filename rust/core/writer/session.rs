//! Handles that callers hold: a session of files with one memory limit, and a writer of one file.
//!
//! Both outlive a fork: at the first call in a child they replace what belongs to the parent.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::{ArcSwap, Guard};

use super::account::Account;
use super::file::EventFile;
use super::options::Options;
use super::runtime::Runtime;
use super::store::{Place, Target};
use crate::error::Result;
use crate::event_file;
use crate::proto::event::At;

/// Files that share their options, their memory limit and their counters.
#[derive(Debug)]
pub struct Session {
    options: Options,
    /// Where relative paths begin: the program's directory at the start, for it may change that.
    base: PathBuf,
    shared: ArcSwap<Shared>,
}

#[derive(Debug)]
struct Shared {
    runtime: Arc<Runtime>,
    account: Arc<Account>,
}

impl Session {
    /// A session without files.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let shared = ArcSwap::from_pointee(Shared::new(&options));
        Self {
            options,
            base: std::env::current_dir().unwrap_or_default(),
            shared,
        }
    }

    /// The counters, in this process.
    #[must_use]
    pub fn account(&self) -> Arc<Account> {
        Arc::clone(&self.shared().account)
    }

    fn shared(&self) -> Guard<Arc<Shared>> {
        let shared = self.shared.load();
        if shared.runtime.is_ours() {
            return shared;
        }
        let fresh = Arc::new(Shared::new(&self.options));
        // The first thread of the child that comes here wins.
        self.shared.compare_and_swap(&shared, fresh);
        self.shared.load()
    }
}

impl Shared {
    fn new(options: &Options) -> Self {
        Self {
            runtime: Runtime::current(),
            account: Arc::new(Account::new(options.clone())),
        }
    }
}

/// A writer of one event file.
#[derive(Debug)]
pub struct Writer {
    session: Arc<Session>,
    target: Target,
    root: PathBuf,
    file: ArcSwap<EventFile>,
}

impl Writer {
    /// Makes the directory and the file. With `purge`, readers are told to drop what the run had logged from that
    /// step on.
    ///
    /// # Errors
    ///
    /// `is_store` if the directory or the file cannot be made; with `patient` that is reported and tried again in
    /// the background instead.
    pub fn open(
        session: Arc<Session>,
        place: Place,
        purge: Option<i64>,
        patient: bool,
    ) -> Result<Self> {
        Self::begin(session, Target::New(place), purge, patient)
    }

    /// Appends to an event file that is there, together with other processes. Events without a step count up, each
    /// kind and tag for itself, over all who append; forked children and [`reopen`](Self::reopen) go on in the same
    /// file.
    ///
    /// # Errors
    ///
    /// `is_store` if there is no such file; with `patient` that is reported and tried again instead.
    pub fn join(session: Arc<Session>, path: PathBuf, patient: bool) -> Result<Self> {
        Self::begin(session, Target::Shared(path), None, patient)
    }

    /// Keeps events in memory, until [`EventFile::take`] asks for them. There is no first event. Files beside go to
    /// `dir`.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn in_memory(session: Arc<Session>, dir: PathBuf) -> Result<Self> {
        Self::begin(session, Target::Memory(dir), None, false)
    }

    fn begin(
        session: Arc<Session>,
        mut target: Target,
        purge: Option<i64>,
        patient: bool,
    ) -> Result<Self> {
        if let Target::New(place) = &mut target {
            place.base.clone_from(&session.base);
        }
        let file = open(&session, &target, purge, patient)?;
        let dir = session.base.join(&file.dir);
        let root = std::path::absolute(&dir).unwrap_or(dir);
        Ok(Self {
            root,
            session,
            target,
            file: ArcSwap::new(file),
        })
    }

    /// The file to log to; after a fork, the child's own.
    #[inline]
    pub fn file(&self) -> Result<Guard<Arc<EventFile>>> {
        let file = self.file.load();
        if file.runtime().is_ours() || file.is_closed() {
            return Ok(file);
        }
        let fresh = open(&self.session, &self.target, None, true)?;
        let previous = self.file.compare_and_swap(&file, Arc::clone(&fresh));
        if !Arc::ptr_eq(&previous, &file) {
            fresh.abandon();
        }
        Ok(self.file.load())
    }

    /// Ends a closed file and begins a new one in the same directory.
    pub fn reopen(&self) -> Result<()> {
        let fresh = open(&self.session, &self.target, None, true)?;
        self.file.store(fresh);
        Ok(())
    }

    /// The run's directory in full, wherever the process has gone since.
    #[must_use]
    pub fn root(&self) -> &PathBuf {
        &self.root
    }

    /// The session it belongs to.
    #[must_use]
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }
}

fn open(
    session: &Session,
    target: &Target,
    purge: Option<i64>,
    patient: bool,
) -> Result<Arc<EventFile>> {
    let now = now();
    let mut header = match target {
        Target::New(_) => event_file::header(now),
        Target::Shared(_) | Target::Memory(_) => Vec::new(),
    };
    if let Some(step) = purge {
        header.extend(event_file::purge(At {
            wall_time: now,
            step,
        }));
    }
    let shared = session.shared();
    EventFile::open(
        Arc::clone(&shared.account),
        Arc::clone(&shared.runtime),
        target.clone(),
        header,
        patient,
    )
}

/// Seconds since the epoch.
#[inline]
#[must_use]
pub fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |elapsed| elapsed.as_secs_f64())
}
