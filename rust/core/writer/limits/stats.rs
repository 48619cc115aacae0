//! Counters of the events of a session.

use std::time::Duration;

use crate::error::Error;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Numbers that only go up.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    events: AtomicU64,
    bytes: AtomicU64,
    dropped: AtomicU64,
    errors: AtomicU64,
}

/// The counters at one moment.
#[derive(Clone, Debug)]
pub struct Stats {
    /// Events taken over from callers.
    pub events: u64,
    /// Bytes handed to the operating system.
    pub bytes: u64,
    /// Bytes that wait in memory.
    pub pending_bytes: u64,
    /// Events that were dropped.
    pub dropped: u64,
    /// Failures, retries included.
    pub errors: u64,
    /// The latest failure.
    pub last_error: Option<Error>,
    /// Time that callers have waited for room.
    pub blocked: Duration,
}

impl Counters {
    /// Events were taken over from a caller.
    #[inline]
    pub(crate) fn add_taken(&self, events: u64) {
        self.events.fetch_add(events, Relaxed);
    }

    /// Bytes were handed to the operating system.
    pub(crate) fn add_written(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn add_dropped(&self, events: u64) {
        self.dropped.fetch_add(events, Relaxed);
    }

    pub(crate) fn add_error(&self) {
        self.errors.fetch_add(1, Relaxed);
    }

    /// The counters now, with what else is known of the session.
    pub(crate) fn snapshot(
        &self,
        pending_bytes: u64,
        blocked: Duration,
        last_error: Option<Error>,
    ) -> Stats {
        Stats {
            events: self.events.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            pending_bytes,
            dropped: self.dropped.load(Relaxed),
            errors: self.errors.load(Relaxed),
            last_error,
            blocked,
        }
    }
}
