//! Bytes that may wait in memory, in lanes and buffers together.

use std::time::Duration;

use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::sync::{Instant, Mutex, lock, thread};
use crate::writer::options::{OnFull, Options};

/// Interval at which a waiting call checks for room. A condition variable would cost every release a lock, also while
/// no call waits.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// No count of releases: what the first call that waits has seen before, so that it waits its whole time.
const NEVER_SEEN: u64 = u64::MAX;

/// The memory limit of one session.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: u64,
    on_full: OnFull,
    stall_timeout: Duration,
    pending: AtomicU64,
    blocked_nanos: AtomicU64,
    /// Counts releases. A change means that the store makes progress.
    releases: AtomicU64,
    watch: Mutex<Watch>,
}

/// Since when `releases` has had the value `seen`, as far as waiting calls know.
#[derive(Debug)]
struct Watch {
    seen: u64,
    since: Instant,
}

/// Result of waiting for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// There is room now.
    Admitted,
    /// There is none yet; the store makes progress.
    Full,
    /// There is none, and waiting does not help: drop the event.
    Stalled,
}

impl Budget {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            limit: options.max_buffer,
            on_full: options.on_full,
            stall_timeout: options.stall_timeout,
            pending: AtomicU64::new(0),
            blocked_nanos: AtomicU64::new(0),
            releases: AtomicU64::new(0),
            watch: Mutex::new(Watch {
                seen: NEVER_SEEN,
                since: Instant::now(),
            }),
        }
    }

    /// True if `bytes` more may wait. One event larger than the limit is let in when nothing else waits.
    #[inline]
    pub(crate) fn fits(&self, bytes: u64) -> bool {
        let pending = self.pending.load(Relaxed);
        pending == 0 || pending.saturating_add(bytes) <= self.limit
    }

    /// `bytes` more wait in memory.
    #[inline]
    pub(crate) fn claim(&self, bytes: u64) {
        self.pending.fetch_add(bytes, Relaxed);
    }

    /// `bytes` wait no longer.
    pub(crate) fn release(&self, bytes: u64) {
        self.pending.fetch_sub(bytes, Relaxed);
        self.releases.fetch_add(1, Relaxed);
    }

    /// Bytes that wait.
    pub(crate) fn pending(&self) -> u64 {
        self.pending.load(Relaxed)
    }

    /// Time that calls have waited for room.
    pub(crate) fn blocked(&self) -> Duration {
        Duration::from_nanos(self.blocked_nanos.load(Relaxed))
    }

    /// A call that waits for room for `bytes` from now on.
    pub(crate) fn room_for(&self, bytes: u64) -> RoomWait<'_> {
        RoomWait {
            budget: self,
            bytes,
            counted: Instant::now(),
        }
    }

    /// Time for which calls have seen no progress.
    fn stalled_for(&self) -> Duration {
        let releases = self.releases.load(Relaxed);
        let mut watch = lock(&self.watch);
        if watch.seen != releases {
            *watch = Watch {
                seen: releases,
                since: Instant::now(),
            };
        }
        watch.since.elapsed()
    }
}

/// A call that waits for room, in slices between which it does other things.
#[derive(Debug)]
pub struct RoomWait<'a> {
    budget: &'a Budget,
    bytes: u64,
    /// The time until then is counted, with what the call did between slices.
    counted: Instant,
}

impl RoomWait<'_> {
    /// Waits at most for `slice`.
    pub fn wait(&mut self, slice: Duration) -> Admission {
        let began = Instant::now();
        let admission = loop {
            if self.budget.fits(self.bytes) {
                break Admission::Admitted;
            }
            if self.budget.on_full == OnFull::Drop
                || self.budget.stalled_for() >= self.budget.stall_timeout
            {
                break Admission::Stalled;
            }
            if began.elapsed() >= slice {
                break Admission::Full;
            }
            thread::sleep(POLL_INTERVAL);
        };
        let now = Instant::now();
        let waited = now.saturating_duration_since(self.counted).as_nanos();
        self.counted = now;
        let waited = u64::try_from(waited).unwrap_or(u64::MAX);
        self.budget.blocked_nanos.fetch_add(waited, Relaxed);
        admission
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A budget of one byte, and a byte that waits.
    fn full(stall_timeout: Duration) -> Budget {
        let budget = Budget::new(&Options {
            max_buffer: 1,
            stall_timeout,
            ..Options::default()
        });
        budget.claim(1);
        budget
    }

    #[test]
    fn the_first_call_waits_its_whole_time_however_old_the_writer_is() {
        let timeout = Duration::from_millis(30);
        let budget = full(timeout);
        thread::sleep(timeout);
        assert_eq!(budget.room_for(1).wait(10 * timeout), Admission::Stalled);
        assert!(budget.blocked() >= timeout);
    }

    #[test]
    fn the_time_between_two_slices_counts() {
        let pause = Duration::from_millis(20);
        let budget = full(Duration::from_hours(1));
        let mut room = budget.room_for(1);
        assert_eq!(room.wait(Duration::ZERO), Admission::Full);
        thread::sleep(pause);
        assert_eq!(room.wait(Duration::ZERO), Admission::Full);
        assert!(budget.blocked() >= pause);
    }
}
