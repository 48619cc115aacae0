//! A look at a read from outside: how far it is, and whether it is to end early.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Watches one read. The thread that made it must be the one that calls for the read: it alone looks.
pub struct Watch<'w> {
    stop: &'w AtomicBool,
    look: &'w (dyn Fn(u64) + Sync),
    every: Duration,
    caller: ThreadId,
    begin: Instant,
    /// Nanoseconds from `begin` to the next look.
    next: AtomicU64,
    done: AtomicU64,
}

impl<'w> Watch<'w> {
    /// A watch that calls `look` with the bytes that are done, about as often as `every` says. Once `stop` is true, which any
    /// thread may have set, the read ends with an error, and nothing of it is kept.
    #[must_use]
    pub fn new(stop: &'w AtomicBool, every: Duration, look: &'w (dyn Fn(u64) + Sync)) -> Self {
        Self {
            stop,
            look,
            every,
            caller: thread::current().id(),
            begin: Instant::now(),
            next: AtomicU64::new(nanoseconds(every)),
            done: AtomicU64::new(0),
        }
    }

    /// One that never looks and never ends a read.
    #[must_use]
    pub fn none() -> Watch<'static> {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Watch::new(&NEVER, Duration::MAX, &|_| ())
    }

    /// Time between two looks.
    pub(super) fn every(&self) -> Duration {
        self.every
    }

    /// Counts bytes that are done, and looks if it is time to; false if the read is to end.
    pub fn advance(&self, bytes: u64) -> bool {
        self.done.fetch_add(bytes, Relaxed);
        self.look();
        !self.is_stopped()
    }

    /// Looks, if it is time to and this thread called for the read.
    pub(super) fn look(&self) {
        let next = self.next.load(Relaxed);
        if next == u64::MAX || self.is_stopped() || thread::current().id() != self.caller {
            return;
        }
        if nanoseconds(self.begin.elapsed()) >= next {
            (self.look)(self.done.load(Relaxed));
            let next = self.begin.elapsed().saturating_add(self.every);
            self.next.store(nanoseconds(next), Relaxed);
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Relaxed)
    }

    /// An error if the read is to end.
    ///
    /// # Errors
    ///
    /// `is_stopped` if it is.
    pub fn check(&self) -> Result<()> {
        if self.is_stopped() {
            return Err(Error::stopped("the read was ended by its caller"));
        }
        Ok(())
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
