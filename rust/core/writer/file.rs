//! One event file: its append buffer, and the barrier that says what has been written.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::account::{Account, lock};
use super::beside::Beside;
use super::flush::Flush;
use super::io::WRITE_DELAY;
use super::lanes::Job;
use super::runtime::Runtime;
use super::slots::Slots;
use super::store::{Store, Target};
use super::write_out::InFlight;
use crate::error::{Error, Result};
use crate::record;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use crate::sync::{Condvar, Instant, Mutex};

/// A buffer of this size is written without waiting for its time.
const WRITE_NOW: usize = 1 << 20;
/// How long a call made while the process ends may wait for its own event.
const EXIT_PATIENCE: Duration = Duration::from_secs(2);

/// An event file that is appended to.
///
/// Callers put whole records into the buffer; I/O threads take the buffer as one batch and write it. The two meet
/// only for the swap of the buffer. Locks are taken in the order store, buffer, progress.
#[derive(Debug)]
pub struct EventFile {
    pub(super) account: Arc<Account>,
    pub(super) runtime: Arc<Runtime>,
    pub(super) buffer: Mutex<Buffer>,
    pub(super) store: Mutex<Store>,
    /// What the store holds of it, for those who cannot wait for its lock.
    pub(super) in_flight: InFlight,
    pub(super) progress: Mutex<Progress>,
    pub(super) progressed: Condvar,
    pub(super) path: Mutex<PathBuf>,
    /// The run's directory.
    pub(super) dir: PathBuf,
    pub(super) beside: Beside,
    /// What [`Progress::synced`] has to come to for all flushes so far.
    pub(super) sync_wanted: AtomicU64,
    /// Callers may add nothing more; lanes still may.
    pub(super) closed: AtomicBool,
    /// What is left is not to be written.
    pub(super) abandoned: AtomicBool,
    /// Other processes append to it as well.
    pub(super) shared: bool,
    /// Calls no longer wait for what they log, in a shared file or at the end of the process, until something has
    /// been written.
    pub(super) behind: AtomicBool,
}

#[derive(Debug, Default)]
pub(super) struct Buffer {
    pub(super) bytes: Vec<u8>,
    pub(super) events: u64,
    /// Bytes ever appended; the position that a flush waits for.
    pub(super) appended: u64,
    /// An I/O thread will come, at its time or at once.
    pub(super) scheduled: bool,
    /// All of it is to be written at once: it is large, or waited for.
    pub(super) urgent: bool,
    pub(super) slots: Slots,
}

/// Positions in the count of appended bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    pub(super) written: u64,
    /// One more than the position up to which the device has it, so that zero is a file whose header it may not have.
    pub(super) synced: u64,
    pub(super) failures: u64,
    pub(super) retry: Duration,
}

/// What became of an event handed to [`EventFile::append`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Appended {
    /// It will be written.
    Taken,
    /// Too much waits already; see [`Account::wait_for_room`].
    Full,
}

impl Buffer {
    /// Has `store` take over what need not wait for an event on a lane. Returns the number of events and bytes.
    pub(super) fn hand_over(&mut self, store: &mut Store) -> (u64, usize) {
        let all = std::mem::take(&mut self.urgent);
        let len = self.bytes.len();
        let ready = if all { len } else { self.slots.ready(len) };
        self.slots.took(ready, all);
        let rest = self.bytes.split_off(ready);
        let events = if rest.is_empty() {
            self.events
        } else {
            record::count(&self.bytes)
        };
        self.events -= events;
        store.take(&mut self.bytes);
        self.bytes.extend_from_slice(&rest);
        (events, ready)
    }
}

impl EventFile {
    /// Creates the file with `header` as its first bytes. What fails or takes long is left to the background if
    /// `patient`.
    pub(super) fn open(
        account: Arc<Account>,
        runtime: Arc<Runtime>,
        target: Target,
        header: Vec<u8>,
        patient: bool,
    ) -> Result<Arc<Self>> {
        let on_disk = account.options().write_to_disk;
        account.claim(header.len() as u64);
        let shared = matches!(target, Target::Shared(_));
        let in_memory = matches!(target, Target::Memory(_));
        let dir = match &target {
            Target::New(place) => &place.dir,
            Target::Shared(path) => path.parent().unwrap_or(path),
            Target::Memory(dir) => dir,
        }
        .to_path_buf();
        let store = Store::new(target, header, patient);
        let in_flight = InFlight::default();
        in_flight.set(0, store.pending());
        let file = Arc::new(Self {
            in_flight,
            path: Mutex::new(store.path().into()),
            dir,
            account,
            runtime,
            // Whoever opens the file sees to it that its head is written.
            buffer: Mutex::new(Buffer {
                scheduled: true,
                ..Buffer::default()
            }),
            store: Mutex::new(store),
            progress: Mutex::default(),
            progressed: Condvar::new(),
            beside: Beside::default(),
            sync_wanted: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            abandoned: AtomicBool::new(!on_disk),
            shared,
            behind: AtomicBool::new(false),
        });
        let begun = match (on_disk, in_memory) {
            (false, _) => {
                file.account.release(file.in_flight.take().1);
                Ok(())
            }
            (true, true) => file.make(patient),
            (true, false) => file.begin(patient),
        };
        if let Err(error) = begun {
            file.account.release(file.in_flight.take().1);
            return Err(error);
        }
        file.runtime.register(&file);
        Ok(file)
    }

    /// The file's path; the directory until there is a file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        lock(&self.path).clone()
    }

    /// The session's counters.
    #[must_use]
    pub fn account(&self) -> &Arc<Account> {
        &self.account
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
        if !self.account.fits(size as u64) {
            return Ok(Appended::Full);
        }
        self.append_admitted(events, records)?;
        Ok(Appended::Taken)
    }

    /// Appends `events` whole records, whatever else waits: for a call that writes to several files, all or none, and
    /// has asked [`Account::fits`] for all of them at once.
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
        let call = self.put(&mut buffer, events, records);
        drop(buffer);
        self.call(call);
        self.wait_if_ending();
        Ok(())
    }

    /// Puts records into the buffer, whatever else waits. Returns in how long an I/O thread must come.
    #[inline]
    fn put(
        &self,
        buffer: &mut Buffer,
        events: u64,
        records: impl FnOnce(&mut Vec<u8>),
    ) -> Option<Duration> {
        if self.abandoned.load(Relaxed) {
            if self.on_disk() {
                self.account.gave_up(events);
            }
            return None;
        }
        let before = buffer.bytes.len();
        records(&mut buffer.bytes);
        let added = (buffer.bytes.len() - before) as u64;
        buffer.events += events;
        buffer.appended += added;
        self.account.claim(added);
        self.account.took(events);
        let full = buffer.bytes.len() >= WRITE_NOW && !buffer.urgent;
        if buffer.scheduled && !full {
            return None;
        }
        buffer.scheduled = true;
        buffer.urgent |= full;
        Some(if full { Duration::ZERO } else { WRITE_DELAY })
    }

    #[inline]
    fn call(self: &Arc<Self>, pause: Option<Duration>) {
        if let Some(pause) = pause {
            self.schedule(pause);
        }
    }

    /// At the end of the process nobody may come by again: waits until what was just added is written.
    ///
    /// That an I/O thread is on its way already is no reason not to wait: it may come too late.
    #[inline]
    pub(super) fn wait_if_ending(self: &Arc<Self>) {
        if self.runtime.is_ending()
            && !self.behind.load(Relaxed)
            && !self.flush().wait(EXIT_PATIENCE).is_done()
        {
            self.behind.store(true, Relaxed);
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
        self.account.options().write_to_disk
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
        self.account.claim(cost);
        let len = buffer.bytes.len();
        let job = Job {
            file: Arc::clone(self),
            work: Box::new(work),
            cost,
            slot: buffer.slots.reserve(len),
        };
        let queued = self.runtime.lanes().submit(tag, job);
        drop(buffer);
        queued.see_to_it();
        self.wait_if_ending();
        Ok(())
    }

    /// A lane finished a job, whose event goes to its slot.
    pub(super) fn complete(self: &Arc<Self>, slot: u64, cost: u64, outcome: Result<Vec<u8>>) {
        let mut buffer = lock(&self.buffer);
        let before = buffer.bytes.len();
        let call = outcome
            .as_ref()
            .ok()
            .and_then(|payload| self.put(&mut buffer, 1, |out| record::encode(payload, out)));
        let Buffer { bytes, slots, .. } = &mut *buffer;
        slots.fill(slot, bytes, before);
        drop(buffer);
        self.call(call);
        if let Err(error) = outcome {
            self.account.gave_up(1);
            self.account.report(error);
        }
        self.account.release(cost);
    }

    pub(super) fn schedule(self: &Arc<Self>, pause: Duration) {
        self.runtime.io().schedule(self, Instant::now() + pause);
    }

    /// Refuses further events and begins the last flush. [`abandon`](Self::abandon) then lets go of the file.
    pub fn close(self: &Arc<Self>) -> Flush {
        let buffer = lock(&self.buffer);
        self.closed.store(true, Relaxed);
        drop(buffer);
        self.flush()
    }
}
