//! From a file's buffer into its store: what the I/O threads do.

use std::sync::{Arc, TryLockError};
use std::time::Duration;

use super::account::lock;
use super::file::{Buffer, EventFile};
use super::io::WRITE_DELAY;
use super::store::{Place, Reclaimed, Store, Target};
use crate::error::{Error, Result};
use crate::sync::Instant;
use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::{Relaxed, SeqCst};

/// First pause after a failure; each further one is twice as long.
pub(super) const FIRST_RETRY: Duration = Duration::from_millis(100);
/// Longest pause after a failure.
pub(super) const LAST_RETRY: Duration = Duration::from_secs(2);
/// When another thread is writing this very file.
const BUSY: Duration = Duration::from_millis(10);

/// When the I/O thread should come back to a file.
pub(super) enum Next {
    Idle,
    In(Duration),
}

impl EventFile {
    /// Writes the buffer as one batch. Only I/O threads call this, and the opening of the file.
    pub(super) fn write_out(self: &Arc<Self>) -> Next {
        let next = match self.store.try_lock() {
            Ok(mut store) => self.write_into(&mut store),
            Err(TryLockError::Poisoned(poisoned)) => self.write_into(&mut poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => return Next::In(BUSY),
        };
        // Whoever abandons the file while it is being written leaves letting go of it to us.
        if self.abandoned.load(SeqCst) {
            self.abandon();
            return Next::Idle;
        }
        next
    }

    pub(super) fn write_into(&self, store: &mut Store) -> Next {
        if self.abandoned.load(SeqCst) {
            return Next::Idle;
        }
        if store.pending() == 0 {
            let mut buffer = lock(&self.buffer);
            // Under the lock of the buffer, so that whoever gives the file up finds each event in one of the two.
            let (events, bytes) = buffer.hand_over(store);
            self.in_flight.set(events, bytes);
            log::trace!(
                "{events} events of {bytes} bytes for {}",
                store.path().display()
            );
        }
        let mut before = u64::MAX;
        while let Err(error) = self.write_batch(store) {
            if let Some(problem) = store.without_locks(&error) {
                self.report(problem);
                continue;
            }
            let left = store.records_left();
            let Some(start) = store.give_up_file(&error) else {
                self.in_flight.at_most(left);
                return self.failed(error);
            };
            self.begin_again(store, start);
            // At once, since a new file may take what this one refused, and somebody may wait to close; unless that has
            // been tried in vain.
            if left >= before {
                return self.failed(error);
            }
            before = left;
            log::warn!("{error}; a new file is begun");
            self.account.report(error);
        }
        let mut buffer = lock(&self.buffer);
        if buffer.bytes.is_empty() {
            buffer.scheduled = false;
            Next::Idle
        } else if buffer.urgent {
            Next::In(Duration::ZERO)
        } else {
            let pause = buffer.slots.pause(Instant::now()).unwrap_or(WRITE_DELAY);
            Next::In(pause.min(WRITE_DELAY))
        }
    }

    fn write_batch(&self, store: &mut Store) -> Result<()> {
        loop {
            self.reclaim(store)?;
            while store.pending() > 0 {
                let written = store.write()? as u64;
                self.account.wrote(written);
                self.account.release(self.in_flight.wrote(written));
                self.reclaim(store)?;
            }
            let Some(error) = store.lost() else { break };
            self.report(error);
            self.begin_again(store, 0);
        }
        // Nothing is left, unless somebody gave the file up while it was begun again.
        let (_, left) = self.in_flight.take();
        self.account.release(left);
        // All that was appended before the batch was taken is written; what came after waits in the buffer.
        let (appended, waiting) = {
            let buffer = lock(&self.buffer);
            (buffer.appended, buffer.bytes.len() as u64)
        };
        let written = appended - waiting;
        let sync = self.sync_wanted.load(Relaxed) > lock(&self.progress).synced;
        if sync && let Some(problem) = store.sync()? {
            self.report(problem);
        }
        if *lock(&self.path) != store.path() {
            *lock(&self.path) = store.path().into();
        }
        self.behind.store(false, Relaxed);
        let mut progress = lock(&self.progress);
        if !progress.retry.is_zero() {
            log::info!("{} takes events again", store.path().display());
        }
        progress.written = written;
        if sync {
            progress.synced = written + 1;
        }
        progress.retry = Duration::ZERO;
        drop(progress);
        self.progressed.notify_all();
        Ok(())
    }

    /// Sees to it that the file's descriptor is the file's own.
    fn reclaim(&self, store: &mut Store) -> Result<()> {
        if let Some(Reclaimed { error, start }) = store.reclaim()? {
            self.report(error);
            if let Some(start) = start {
                self.begin_again(store, start);
            }
        }
        Ok(())
    }

    /// A problem with which logging goes on.
    fn report(&self, problem: Error) {
        log::warn!("{problem}");
        self.account.report(problem);
    }

    /// Has the batch written to a new file, from `start` on.
    fn begin_again(&self, store: &mut Store, start: usize) {
        let more = store.begin_again(start);
        self.account.claim(more);
        self.in_flight.add(more);
    }

    pub(super) fn failed(&self, error: Error) -> Next {
        let doing = error.to_string();
        self.account.report(error);
        let mut progress = lock(&self.progress);
        progress.failures += 1;
        progress.retry = (progress.retry * 2).clamp(FIRST_RETRY, LAST_RETRY);
        let pause = progress.retry;
        log::warn!("{doing}; the next attempt in {pause:?}");
        drop(progress);
        self.progressed.notify_all();
        Next::In(pause)
    }

    /// Gives up what is not written, with a count, and lets go of the file.
    pub fn abandon(&self) {
        self.abandoned.store(true, SeqCst);
        let (jobs, cost) = self.beside.discard();
        let mut buffer = lock(&self.buffer);
        let (events, bytes) = self.in_flight.take();
        self.account
            .gave_up_at_end(jobs + events + buffer.events, &self.dir);
        self.account
            .release(cost + bytes + buffer.bytes.len() as u64);
        *buffer = Buffer {
            appended: buffer.appended,
            ..Buffer::default()
        };
        drop(buffer);
        // A thread that hangs in a write holds the store; it will do this when it returns.
        if let Ok(mut store) = self.store.try_lock() {
            let dir = store.path().to_path_buf();
            *store = Store::new(Target::New(Place::new(dir)), Vec::new(), false);
        }
    }
}

/// The batch that a file's store holds: its events, and its bytes that are not written yet.
///
/// The store itself is locked for as long as a write takes, which may be for ever; what is lost with it can be counted
/// all the same. Whoever takes a number out owns it, so nothing is counted or released twice.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    events: AtomicU64,
    bytes: AtomicU64,
}

impl InFlight {
    pub(super) fn set(&self, events: u64, bytes: usize) {
        self.events.store(events, Relaxed);
        self.bytes.store(bytes as u64, Relaxed);
    }

    /// `bytes` more are to be written.
    fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
    }

    /// `bytes` have been written; returns how many of them nobody has taken.
    fn wrote(&self, bytes: u64) -> u64 {
        let left = |held: u64| Some(held.saturating_sub(bytes));
        let held = self.bytes.fetch_update(Relaxed, Relaxed, left);
        held.unwrap_or_default().min(bytes)
    }

    pub(super) fn events(&self) -> u64 {
        self.events.load(Relaxed)
    }

    /// Of the batch, only so many are left.
    fn at_most(&self, events: u64) {
        self.events.fetch_min(events, Relaxed);
    }

    /// Events and bytes, none from now on.
    pub(super) fn take(&self) -> (u64, u64) {
        (self.events.swap(0, Relaxed), self.bytes.swap(0, Relaxed))
    }
}
