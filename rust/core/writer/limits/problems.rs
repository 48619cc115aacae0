//! Failures that the user has not heard of yet.

use std::collections::HashSet;

use crate::error::Error;
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};
use crate::sync::{Mutex, lock};

/// Distinct causes that are remembered, so that a store with ever new errors cannot fill memory.
const MAX_CAUSES: usize = 1000;

/// The failures of one session, each cause once.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    known: Mutex<Known>,
    unreported: AtomicBool,
}

#[derive(Debug, Default)]
struct Known {
    causes: HashSet<String>,
    unreported: Vec<Error>,
    last: Option<Error>,
}

impl Problems {
    /// Keeps an error to be reported, unless one of the same words was.
    pub(crate) fn record(&self, error: Error) {
        let cause = error.to_string();
        self.record_as(&cause, error);
    }

    /// Keeps an error to be reported, unless one of the same cause was.
    pub(crate) fn record_as(&self, cause: &str, error: Error) {
        let mut known = lock(&self.known);
        if known.causes.len() < MAX_CAUSES && known.causes.insert(cause.to_owned()) {
            known.unreported.push(error.clone());
            self.unreported.store(true, Relaxed);
        }
        if !error.is_remark() {
            known.last = Some(error);
        }
    }

    /// Has the next call come for what there is to take, though there may be nothing.
    pub(crate) fn attract(&self) {
        self.unreported.store(true, Relaxed);
    }

    /// True if there is something to take.
    #[inline]
    pub(crate) fn has_unreported(&self) -> bool {
        self.unreported.load(Relaxed)
    }

    /// The failures since the last call, one for each cause.
    pub(crate) fn take_unreported(&self) -> Vec<Error> {
        let mut known = lock(&self.known);
        self.unreported.store(false, Relaxed);
        std::mem::take(&mut known.unreported)
    }

    /// The latest failure.
    pub(crate) fn last(&self) -> Option<Error> {
        lock(&self.known).last.clone()
    }
}
