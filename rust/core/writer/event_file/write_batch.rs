//! From a file's buffer into its store: what the I/O threads do.

use std::io::{self, ErrorKind};
use std::sync::{Arc, TryLockError};
use std::time::Duration;

use super::EventFile;
use super::buffer::Buffer;
use crate::error::{Error, Result};
use crate::sync::atomic::Ordering::{Relaxed, SeqCst};
use crate::sync::{Instant, lock};
use crate::writer::limits::Backoff;
use crate::writer::limits::StoreId;
use crate::writer::store::{Reclaimed, Store};
use crate::writer::threads::{Next, WRITE_DELAY, Writable};

/// When another thread is writing this very file.
const BUSY: Duration = Duration::from_millis(10);

impl Writable for EventFile {
    fn write_out(self: Arc<Self>) -> Next {
        self.write_now()
    }

    fn store_id(&self) -> StoreId {
        self.state.health.store_id()
    }

    fn stalls(&self, since: Duration) {
        if since >= self.state.options().stall_timeout {
            self.report_stall(since);
        }
    }
}

impl EventFile {
    /// Writes the buffer as one batch. Only I/O threads call this, and the opening of the file.
    pub(super) fn write_now(&self) -> Next {
        let next = match self.store.try_lock() {
            Ok(mut store) => self.write_into(&mut store),
            Err(TryLockError::Poisoned(poisoned)) => self.write_into(&mut poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => return Next::In(BUSY),
        };
        // If the file was abandoned during the write, release it here.
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
            // Under the lock of the buffer, so that a call that abandons the file finds each event in one of the two.
            let (events, bytes) = buffer.hand_over(store);
            let start = store.start_session();
            self.state.budget.claim(start as u64);
            self.in_flight.set(events, bytes + start);
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
            self.rotate_file(store, start);
            // At once, since a new file may take what this one refused, and a call may wait to close; unless that has
            // been tried in vain.
            if left >= before {
                return self.failed(error);
            }
            before = left;
            log::warn!("{error}; a new file is begun");
            self.state.report(error);
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
            let is_idle = store.pending() == 0;
            while store.pending() > 0 {
                self.check_spool()?;
                let written = store.write()? as u64;
                self.state.add_written(written);
                self.state.budget.release(self.in_flight.wrote(written));
                self.reclaim(store)?;
            }
            // Where nothing was written nothing is lost, and the uploader may have removed the file of a log that has ended.
            if is_idle {
                break;
            }
            let Some(error) = store.lost() else { break };
            self.report(error);
            self.rotate_file(store, 0);
        }
        // Nothing is left, unless the file was abandoned while a new one was begun.
        let (_, left) = self.in_flight.take();
        self.state.budget.release(left);
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
        if progress.retry.is_failing() {
            log::info!("{} takes events again", store.path().display());
        }
        progress.written = written;
        if sync {
            progress.synced = written + 1;
        }
        progress.retry = Backoff::default();
        drop(progress);
        self.progressed.notify_all();
        Ok(())
    }

    /// Refuses to write while the spool of a remote log holds more than it may.
    fn check_spool(&self) -> Result<()> {
        if self.state.health.is_spool_full() {
            return Err(Error::store(
                "the spool takes no more",
                io::Error::new(
                    ErrorKind::StorageFull,
                    "max_spool bytes wait for the object store; see whether it can be reached, or raise max_spool",
                ),
            ));
        }
        Ok(())
    }

    /// Opens the file again if another part of the program has closed its descriptor.
    fn reclaim(&self, store: &mut Store) -> Result<()> {
        if let Some(Reclaimed { error, start }) = store.reclaim()? {
            self.report(error);
            if let Some(start) = start {
                self.rotate_file(store, start);
            }
        }
        Ok(())
    }

    /// Reports a problem with which logging goes on.
    fn report(&self, problem: Error) {
        log::warn!("{problem}");
        self.state.report(problem);
    }

    /// Has the batch written to a new file, from `start` on.
    fn rotate_file(&self, store: &mut Store, start: usize) {
        let more = store.rotate_file(start);
        self.state.budget.claim(more);
        self.in_flight.add(more);
    }

    pub(super) fn failed(&self, error: Error) -> Next {
        let doing = error.to_string();
        self.state.report(error);
        let mut progress = lock(&self.progress);
        progress.failures += 1;
        let pause = progress.retry.next();
        log::warn!("{doing}; the next attempt in {pause:?}");
        drop(progress);
        self.progressed.notify_all();
        Next::In(pause)
    }

    /// Drops what is not written, with a count, and releases the file.
    pub fn abandon(&self) {
        self.abandoned.store(true, SeqCst);
        let (jobs, cost) = self.sidecars.discard();
        let mut buffer = lock(&self.buffer);
        let (events, bytes) = self.in_flight.take();
        self.state
            .drop_at_close(jobs + events + buffer.events, &self.dir);
        self.state
            .budget
            .release(cost + bytes + buffer.bytes.len() as u64);
        *buffer = Buffer {
            appended: buffer.appended,
            ..Buffer::default()
        };
        drop(buffer);
        // A thread that stalls in a write holds the store; it will do this when it returns.
        if let Ok(mut store) = self.store.try_lock() {
            store.release();
        }
    }
}
