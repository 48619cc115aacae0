//! Barriers: waiting until what was logged has been written.

use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;

use super::account::lock;
use super::beside;
use super::file::EventFile;
use super::lanes::Ticket;
use super::options::CALL_PATIENCE;
use crate::sync::Instant;
use crate::sync::atomic::Ordering::Relaxed;

impl EventFile {
    /// Begins a barrier: all that was logged before is on its way.
    pub fn flush(self: &Arc<Self>) -> Flush {
        Flush {
            lanes: self.runtime.lanes().ticket(),
            beside: self.beside.ticket(),
            file: Arc::clone(self),
            target: None,
        }
    }

    /// In a file that several processes append to, waits until what was just logged is written, so that steps are in
    /// the order of calls, and a worker that is ended like a pool's loses nothing. Pictures on their way are not
    /// waited for, nor a store that is too slow.
    pub fn write_through(self: &Arc<Self>) {
        if !self.shared || self.behind.load(Relaxed) {
            return;
        }
        let mut flush = Flush {
            lanes: Ticket::default(),
            beside: beside::Ticket::default(),
            file: Arc::clone(self),
            target: None,
        };
        if !flush.wait(CALL_PATIENCE).is_done() {
            self.behind.store(true, Relaxed);
        }
    }

    /// Whether other processes append to the file as well.
    #[inline]
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// What a flush begun now must see written; asks an I/O thread to come at once.
    fn aim(self: &Arc<Self>, fsync: bool) -> Target {
        let mut buffer = lock(&self.buffer);
        let position = buffer.appended;
        buffer.scheduled = true;
        buffer.urgent = true;
        if fsync {
            // Under the lock of the buffer, so that the thread that takes it synchronises what it writes.
            self.sync_wanted.fetch_max(position + 1, Relaxed);
        }
        drop(buffer);
        let progress = *lock(&self.progress);
        self.schedule(Duration::ZERO);
        Target {
            position,
            failures: progress.failures,
            seen: progress.written,
            since: Instant::now(),
        }
    }
}

/// A barrier on its way: everything logged before it was begun.
#[derive(Debug)]
#[must_use]
pub struct Flush {
    file: Arc<EventFile>,
    lanes: Ticket,
    beside: beside::Ticket,
    target: Option<Target>,
}

#[derive(Clone, Copy, Debug)]
struct Target {
    position: u64,
    failures: u64,
    /// Where the file stood and since when, to notice that it stands still.
    seen: u64,
    since: Instant,
}

/// How far a [`Flush`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flushed {
    /// The operating system has everything, or the device if `fsync` was chosen.
    Done,
    /// Not yet.
    Waiting,
    /// The store fails or stands still; it goes on being tried, waiting makes no sense.
    Stalled,
}

impl Flushed {
    /// True if nothing is left to wait for.
    #[must_use]
    pub fn is_done(self) -> bool {
        self == Self::Done
    }
}

impl Flush {
    /// Waits at most for `slice`.
    pub fn wait(&mut self, slice: Duration) -> Flushed {
        let deadline = Instant::now() + slice;
        let file = Arc::clone(&self.file);
        if file.abandoned.load(Relaxed) {
            return Flushed::Done;
        }
        if !file.runtime.lanes().wait(&self.lanes, deadline) {
            return Flushed::Waiting;
        }
        let fsync = file.account.options().fsync;
        let target = self.target.get_or_insert_with(|| file.aim(fsync));
        let mut progress = lock(&file.progress);
        loop {
            let reached = if fsync {
                progress.synced > target.position
            } else {
                progress.written >= target.position
            };
            if reached {
                break;
            }
            if progress.failures > target.failures {
                return Flushed::Stalled;
            }
            let now = Instant::now();
            if progress.written != target.seen {
                target.seen = progress.written;
                target.since = now;
            } else if now - target.since >= file.account.options().stall_timeout {
                file.hangs(now - target.since);
                return Flushed::Stalled;
            }
            if now >= deadline {
                return Flushed::Waiting;
            }
            progress = file
                .progressed
                .wait_timeout(progress, deadline - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        drop(progress);
        let stall = file.account.options().stall_timeout;
        file.beside.wait(&mut self.beside, deadline, stall)
    }
}
