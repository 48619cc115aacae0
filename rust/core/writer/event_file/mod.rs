//! One event file: what calls and lanes append to its buffer.
//!
//! ```text
//! open ──► EventFile: append, submit ──► buffer ──► write_batch (an I/O thread) ──► store
//!          flush waits for the buffer, the lanes and the sidecars; drain reads out events kept in memory
//! ```

mod buffer;
mod drain;
mod flush;
mod open;
mod sidecar;
mod slots;
mod write_batch;

pub use buffer::Flushed;
pub use drain::Drain;
pub use flush::Flush;
pub(in crate::writer) use open::Opening;
pub use sidecar::SidecarContext;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::limits::SessionState;
use super::runtime::Runtime;
use super::store::Store;
use super::threads::WRITE_DELAY;
use crate::error::{Error, Result};
use crate::record;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use crate::sync::{Condvar, Instant, Mutex, lock, run_guarded};
use buffer::{Buffer, InFlight, Progress};
use sidecar::Sidecars;

/// A buffer of this size is written without waiting for its time.
const WRITE_NOW: usize = 1 << 20;
/// An event file that is appended to.
///
/// Callers put whole records into the buffer; I/O threads take the buffer as one batch and write it. The two meet
/// only for the swap of the buffer. Locks are taken in the order store, buffer, progress.
#[derive(Debug)]
pub struct EventFile {
    state: Arc<SessionState>,
    runtime: Arc<Runtime>,
    buffer: Mutex<Buffer>,
    store: Mutex<Store>,
    /// Progress in the store, for threads that cannot wait for the store's lock.
    in_flight: InFlight,
    progress: Mutex<Progress>,
    progressed: Condvar,
    path: Mutex<PathBuf>,
    /// The run's directory.
    pub(super) dir: PathBuf,
    sidecars: Arc<Sidecars>,
    /// Position that [`Progress::synced`] has to reach for all flushes so far.
    sync_wanted: AtomicU64,
    /// Callers may add nothing more; lanes still may.
    closed: AtomicBool,
    /// True if the rest must not be written.
    abandoned: AtomicBool,
    /// Other processes append to it as well.
    shared: bool,
    /// Calls no longer wait for what they log, in a shared file or at the end of the process, until something has
    /// been written.
    behind: AtomicBool,
}

/// Outcome of [`EventFile::append`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Appended {
    /// The event will be written.
    Taken,
    /// Too much waits already; see [`SessionState::room_for`].
    Full,
}

impl EventFile {
    /// The file's path; the directory until there is a file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        lock(&self.path).clone()
    }

    /// State shared by the files of the session.
    #[must_use]
    pub fn session_state(&self) -> &Arc<SessionState> {
        &self.state
    }

    pub(super) fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// True once callers may add nothing more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    /// Appends one record whose payload is about `size` bytes long.
    #[inline]
    pub fn append(
        self: &Arc<Self>,
        size: usize,
        payload: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Appended> {
        self.append_records(1, size, |out| record::encode_with(out, payload))
    }

    /// Appends `events` whole records, about `size` bytes in all.
    #[inline]
    pub fn append_records(
        self: &Arc<Self>,
        events: u64,
        size: usize,
        records: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Appended> {
        if !self.state.budget.fits(size as u64) {
            return Ok(Appended::Full);
        }
        self.append_admitted(events, records)?;
        Ok(Appended::Taken)
    }

    /// Appends `events` whole records, whatever else waits: for a call that writes to several files, all or none, and
    /// has asked [`SessionState::fits`] for all of them at once.
    #[inline]
    pub fn append_admitted(
        self: &Arc<Self>,
        events: u64,
        records: impl FnOnce(&mut Vec<u8>),
    ) -> Result<()> {
        let mut buffer = lock(&self.buffer);
        // Asked under the lock that close() takes, so an event is refused or written, never in between.
        if self.is_closed() {
            return Err(self.refusal());
        }
        let pause = self.put(&mut buffer, events, records);
        drop(buffer);
        self.request_write(pause);
        self.wait_if_ending();
        Ok(())
    }

    /// Puts records into the buffer, whatever else waits. Returns in how long an I/O thread must write them.
    #[inline]
    fn put(
        &self,
        buffer: &mut Buffer,
        events: u64,
        records: impl FnOnce(&mut Vec<u8>),
    ) -> Option<Duration> {
        if self.abandoned.load(Relaxed) {
            if self.on_disk() {
                self.state.counters.add_dropped(events);
            }
            return None;
        }
        let before = buffer.bytes.len();
        records(&mut buffer.bytes);
        let added = (buffer.bytes.len() - before) as u64;
        buffer.events += events;
        buffer.appended += added;
        self.state.budget.claim(added);
        self.state.counters.add_taken(events);
        let full = buffer.bytes.len() >= WRITE_NOW && !buffer.urgent;
        if buffer.scheduled && !full {
            return None;
        }
        buffer.scheduled = true;
        buffer.urgent |= full;
        Some(if full { Duration::ZERO } else { WRITE_DELAY })
    }

    #[inline]
    fn request_write(self: &Arc<Self>, pause: Option<Duration>) {
        if let Some(pause) = pause {
            self.schedule(pause);
        }
    }

    #[cold]
    pub(super) fn refusal(&self) -> Error {
        let path = self.path();
        Error::closed(format!(
            "the writer of {} is closed; make a new one or call reopen() to go on",
            path.display()
        ))
    }

    /// Events that an I/O thread has not written yet.
    pub(super) fn waiting(&self) -> u64 {
        let buffer = lock(&self.buffer);
        buffer.events + self.in_flight.events()
    }

    pub(super) fn on_disk(&self) -> bool {
        self.state.options().write_to_disk
    }

    /// Hands slow work to the lane of `tag`; its result is the payload of one event.
    ///
    /// `cost` is the memory the job holds, in bytes.
    pub fn submit(
        self: &Arc<Self>,
        tag: &str,
        cost: u64,
        work: impl FnOnce() -> Result<Vec<u8>> + Send + 'static,
    ) -> Result<()> {
        // close() takes this lock, so work is refused or done, never in between.
        let mut buffer = lock(&self.buffer);
        if self.is_closed() {
            return Err(self.refusal());
        }
        if !self.on_disk() {
            return Ok(());
        }
        self.state.budget.claim(cost);
        let len = buffer.bytes.len();
        let slot = buffer.slots.reserve(len);
        let file = Arc::clone(self);
        let job = move || file.complete(slot, cost, run_guarded("an event", work));
        // Every tag of a file has one lane, so its events stay in the order of calls.
        let key = (self.dir.as_os_str(), tag);
        let queued = self.runtime.lanes().submit(key, Box::new(job));
        drop(buffer);
        queued.run_if_no_thread();
        self.wait_if_ending();
        Ok(())
    }

    /// Queues the writing of files next to this one; `cost` is the memory the work holds, in bytes.
    ///
    /// The work may be run several times: after an error of the store it is tried again. An error it returns in `Ok`
    /// is reported, and ends it.
    pub fn submit_sidecar(
        self: &Arc<Self>,
        cost: u64,
        work: impl FnMut(&SidecarContext<'_>) -> Result<Option<Error>> + Send + 'static,
    ) -> Result<()> {
        // close() takes this lock, so work is refused or done, never in between.
        let buffer = lock(&self.buffer);
        if self.is_closed() {
            return Err(self.refusal());
        }
        if !self.on_disk() {
            return Ok(());
        }
        let needs_thread = self.sidecars.submit(cost, work);
        drop(buffer);
        if needs_thread {
            self.sidecars.start();
        }
        self.wait_if_ending();
        Ok(())
    }

    /// Waits until files next to this one are written, at most a second, and not at all while the store is known to be
    /// slow. What is not written by then, or fails, goes on in the background.
    pub fn wait_for_sidecars(&self) {
        self.sidecars.wait_for_call();
    }

    /// A lane finished a job, whose event goes to its slot.
    fn complete(self: &Arc<Self>, slot: u64, cost: u64, outcome: Result<Vec<u8>>) {
        let mut buffer = lock(&self.buffer);
        let before = buffer.bytes.len();
        let pause = outcome
            .as_ref()
            .ok()
            .and_then(|payload| self.put(&mut buffer, 1, |out| record::encode(payload, out)));
        let Buffer { bytes, slots, .. } = &mut *buffer;
        slots.fill(slot, bytes, before);
        drop(buffer);
        self.request_write(pause);
        if let Err(error) = outcome {
            self.state.counters.add_dropped(1);
            self.state.report(error);
        }
        self.state.budget.release(cost);
    }

    pub(super) fn schedule(self: &Arc<Self>, pause: Duration) {
        let file: Arc<Self> = Arc::clone(self);
        self.runtime.io().schedule(file, Instant::now() + pause);
    }
}
