//! A run that goes on in a directory which has a log of it already.

use std::sync::Arc;

use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What the files of one directory do to go on with the log that is there: their names sort behind all others, and one
/// start of a session has readers replace what was logged before.
#[derive(Debug)]
pub struct Resume {
    /// Step from which on points are replaced; `None` is the first step other than 0 that is logged.
    step: Option<i64>,
    /// A name behind which those of the files must sort as well, for a directory that cannot be listed here.
    after: Option<String>,
    /// The start of the session is written, or must not be.
    started: AtomicBool,
}

impl Resume {
    /// Goes on at `step`; `None` is the first step other than 0 that is logged. Names sort behind `after` and behind those
    /// in the directory.
    #[must_use]
    pub fn new(step: Option<i64>, after: Option<String>) -> Arc<Self> {
        Arc::new(Self {
            step,
            after,
            started: AtomicBool::new(false),
        })
    }

    /// The same for a copy of a writer in a forked child or elsewhere: names are in order, but nothing is replaced, since the
    /// first writer goes on.
    #[must_use]
    pub fn of_copy(&self) -> Arc<Self> {
        Arc::new(Self {
            step: self.step,
            after: self.after.clone(),
            started: AtomicBool::new(true),
        })
    }

    pub(super) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The step of the start of the session, for the first caller alone, if it is known.
    pub(super) fn take_step(&self) -> Option<i64> {
        self.step.filter(|_| self.take())
    }

    /// True while the start of the session waits for a step.
    pub(super) fn waits(&self) -> bool {
        self.step.is_none() && !self.started.load(Relaxed)
    }

    /// True for the first caller, who has to write the start of the session.
    pub(super) fn take(&self) -> bool {
        !self.started.swap(true, Relaxed)
    }
}
