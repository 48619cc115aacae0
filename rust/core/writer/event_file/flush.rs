//! Barriers: waiting until what was logged has been written.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::EventFile;
use super::buffer::Flushed;
use super::sidecar::SidecarTicket;
use crate::sync::atomic::Ordering::Relaxed;
use crate::sync::{Instant, lock, wait_for};
use crate::writer::options::CALL_TIMEOUT;
use crate::writer::runtime::{FlushedAtExit, LastFlush};
use crate::writer::threads::LaneTicket;

/// Time that a call made while the process ends may wait for its own event.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);

impl EventFile {
    /// Begins a barrier: all that was logged before is on its way.
    pub fn flush(self: &Arc<Self>) -> Flush {
        Flush {
            lanes: self.runtime.lanes().ticket(),
            sidecars: self.sidecars.ticket(),
            file: Arc::clone(self),
            target: None,
        }
    }

    /// In a file that several processes append to, waits until what was just logged is written, so that steps are in
    /// the order of calls, and a worker that is ended like a pool's loses nothing. Images that are
    /// being encoded are not waited for, nor a store that is too slow.
    pub fn write_through(self: &Arc<Self>) {
        if !self.shared || self.behind.load(Relaxed) {
            return;
        }
        let mut flush = Flush {
            lanes: LaneTicket::default(),
            sidecars: SidecarTicket::default(),
            file: Arc::clone(self),
            target: None,
        };
        if !flush.wait(CALL_TIMEOUT).is_done() {
            self.behind.store(true, Relaxed);
        }
    }

    /// During shutdown the I/O threads may already be gone: waits until what was just added is written.
    ///
    /// That an I/O thread is to write soon is no reason not to wait: it may be too late.
    #[inline]
    pub(super) fn wait_if_ending(self: &Arc<Self>) {
        if self.runtime.is_ending()
            && !self.behind.load(Relaxed)
            && !self.flush().wait(EXIT_TIMEOUT).is_done()
        {
            self.behind.store(true, Relaxed);
        }
    }

    /// Refuses further events and begins the last flush. [`abandon`](Self::abandon) then releases the file.
    pub fn close(self: &Arc<Self>) -> Flush {
        let buffer = lock(&self.buffer);
        self.closed.store(true, Relaxed);
        drop(buffer);
        self.flush()
    }

    /// Has the file flushed when the process ends.
    pub(super) fn register_for_exit(self: &Arc<Self>) {
        let file: Weak<Self> = Arc::downgrade(self);
        self.runtime.register(file);
    }

    /// Whether other processes append to the file as well.
    #[inline]
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// Fixes the position that a flush waits for, and has an I/O thread write at once.
    fn begin_target(self: &Arc<Self>, fsync: bool) -> FlushTarget {
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
        FlushTarget {
            position,
            failures: progress.failures,
            seen: progress.written,
            since: Instant::now(),
        }
    }
}

impl FlushedAtExit for EventFile {
    fn begin_last_flush(self: Arc<Self>) -> LastFlush {
        let mut flush = self.flush();
        Box::new(move |timeout| {
            if flush.wait(timeout).is_done() {
                0
            } else {
                self.waiting()
            }
        })
    }
}

/// A barrier on its way: everything logged before it was begun.
#[derive(Debug)]
#[must_use]
pub struct Flush {
    file: Arc<EventFile>,
    lanes: LaneTicket,
    sidecars: SidecarTicket,
    target: Option<FlushTarget>,
}

#[derive(Clone, Copy, Debug)]
struct FlushTarget {
    position: u64,
    failures: u64,
    /// Where the file stood and since when, to notice that it stands still.
    seen: u64,
    since: Instant,
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
        let fsync = file.state.options().fsync;
        let target = self.target.get_or_insert_with(|| file.begin_target(fsync));
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
            } else if now - target.since >= file.state.options().stall_timeout {
                file.report_stall(now - target.since);
                return Flushed::Stalled;
            }
            if now >= deadline {
                return Flushed::Waiting;
            }
            progress = wait_for(&file.progressed, progress, deadline - now);
        }
        drop(progress);
        let stall = file.state.options().stall_timeout;
        file.sidecars.wait(&mut self.sidecars, deadline, stall)
    }
}
