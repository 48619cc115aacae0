//! Bytes that wait in memory, what became of events, and problems the user has not been told of.
//!
//! One account serves all files of a session, so a limit in bytes holds for lanes and buffers together.

use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::PoisonError;
use std::time::Duration;

use super::options::{OnFull, Options};
use crate::error::Error;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use crate::sync::{Instant, Mutex, MutexGuard, thread};

/// How often a waiting caller looks whether there is room.
const LOOK_AGAIN: Duration = Duration::from_millis(1);
/// Distinct problems that are remembered, so that a store with ever new errors cannot fill memory.
const MAX_CAUSES: usize = 1000;

/// Counters and the memory limit of one session.
#[derive(Debug)]
pub struct Account {
    options: Options,
    pending: AtomicU64,
    events: AtomicU64,
    bytes: AtomicU64,
    dropped: AtomicU64,
    errors: AtomicU64,
    blocked_nanos: AtomicU64,
    /// Counts releases; a change means that the store lives.
    progress: AtomicU64,
    watch: Mutex<Watch>,
    problems: Mutex<Problems>,
    alert: AtomicBool,
    /// Number of the device that its files are on; zero if none has been made.
    device: AtomicU64,
    /// The store has kept a call waiting too long.
    slow: AtomicBool,
}

/// What a file is kept on: while it hangs, others go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoreId {
    Device(u64),
    /// Address of the only account that uses it, as far as is known.
    Unknown(usize),
}

/// Since when `progress` has had the value `seen`, as far as waiting callers know.
#[derive(Debug)]
struct Watch {
    seen: u64,
    since: Instant,
}

#[derive(Debug, Default)]
struct Problems {
    told: HashSet<String>,
    untold: Vec<Error>,
    last: Option<Error>,
}

/// A snapshot of the counters.
#[derive(Clone, Debug)]
pub struct Stats {
    /// Events taken over from callers.
    pub events: u64,
    /// Bytes handed to the operating system.
    pub bytes: u64,
    /// Bytes that wait in memory.
    pub pending_bytes: u64,
    /// Events that were given up.
    pub dropped: u64,
    /// Failures, retries included.
    pub errors: u64,
    /// The latest failure.
    pub last_error: Option<Error>,
    /// How long callers have waited for room.
    pub blocked: Duration,
}

/// What waiting for room came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// There is room now.
    Available,
    /// There is none yet; the store makes progress.
    Full,
    /// There is none, and no sense in waiting: give the event up.
    Stalled,
}

impl Account {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            pending: AtomicU64::new(0),
            events: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            blocked_nanos: AtomicU64::new(0),
            progress: AtomicU64::new(0),
            watch: Mutex::new(Watch {
                seen: 0,
                since: Instant::now(),
            }),
            problems: Mutex::default(),
            alert: AtomicBool::new(false),
            device: AtomicU64::new(0),
            slow: AtomicBool::new(false),
        }
    }

    /// The session's choices.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// True if `bytes` more may wait. One event larger than the limit is let in when nothing else waits.
    #[inline]
    #[must_use]
    pub fn fits(&self, bytes: u64) -> bool {
        let pending = self.pending.load(Relaxed);
        pending == 0 || pending.saturating_add(bytes) <= self.options.max_buffer
    }

    /// `bytes` more wait in memory.
    #[inline]
    pub(super) fn claim(&self, bytes: u64) {
        self.pending.fetch_add(bytes, Relaxed);
    }

    /// `bytes` wait no longer.
    pub(super) fn release(&self, bytes: u64) {
        self.pending.fetch_sub(bytes, Relaxed);
        self.progress.fetch_add(1, Relaxed);
    }

    /// `bytes` have been handed to the operating system.
    pub(super) fn wrote(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
        self.slow.store(false, Relaxed);
    }

    /// Files of this session are on this device.
    pub(super) fn uses(&self, device: u64) {
        self.device.store(device, Relaxed);
    }

    /// What the files of this session are kept on, as far as is known: a device, or nobody else's store.
    pub(super) fn store(&self) -> StoreId {
        match self.device.load(Relaxed) {
            0 => StoreId::Unknown(std::ptr::from_ref(self).addr()),
            device => StoreId::Device(device),
        }
    }

    /// True if it makes no sense now to wait for the store.
    pub(super) fn is_slow(&self) -> bool {
        self.slow.load(Relaxed)
    }

    /// The store in `dir` does not answer; the user is told once.
    pub(super) fn hangs(&self, dir: &Path, since: Duration) {
        self.slow.store(true, Relaxed);
        let seconds = since.as_secs_f64();
        log::warn!(
            "{} has not answered for {seconds:.1} seconds",
            dir.display()
        );
        self.tell_as(
            "hangs",
            Error::store(
                format!(
                    "the store of {} has not answered for {seconds:.0} seconds",
                    dir.display()
                ),
                io::Error::new(
                    ErrorKind::TimedOut,
                    "events wait in memory until it does; see whether it is mounted and reachable",
                ),
            ),
        );
    }

    /// Events were given up at the end of a file; the user is told.
    pub(super) fn gave_up_at_end(&self, events: u64, dir: &Path) {
        self.gave_up(events);
        if events > 0 {
            log::error!("{events} events of {} were given up", dir.display());
            self.tell(Error::store(
                format!(
                    "{events} events of the file in {} were given up when it was closed",
                    dir.display()
                ),
                io::Error::new(ErrorKind::TimedOut, "the store did not take them in time"),
            ));
        }
    }

    #[inline]
    pub(super) fn took(&self, events: u64) {
        self.events.fetch_add(events, Relaxed);
    }

    pub(super) fn gave_up(&self, events: u64) {
        self.dropped.fetch_add(events, Relaxed);
    }

    /// Gives events up for want of room; the user is told once.
    pub fn drop_for_want_of_room(&self, events: u64) {
        self.gave_up(events);
        let limit = self.options.max_buffer;
        self.tell(Error::store(
            format!(
                "events are being dropped: more than max_buffer={limit} bytes wait to be written \
                     and the store takes none"
            ),
            ErrorKind::WouldBlock.into(),
        ));
    }

    /// Waits for room for `bytes`, at most for `slice`.
    #[must_use]
    pub fn wait_for_room(&self, bytes: u64, slice: Duration) -> Room {
        let began = Instant::now();
        let room = loop {
            if self.fits(bytes) {
                break Room::Available;
            }
            if self.options.on_full == OnFull::Drop
                || self.stalled_for() >= self.options.stall_timeout
            {
                break Room::Stalled;
            }
            if began.elapsed() >= slice {
                break Room::Full;
            }
            thread::sleep(LOOK_AGAIN);
        };
        let waited = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.blocked_nanos.fetch_add(waited, Relaxed);
        room
    }

    /// How long callers have seen no progress.
    fn stalled_for(&self) -> Duration {
        let progress = self.progress.load(Relaxed);
        let mut watch = lock(&self.watch);
        if watch.seen != progress {
            *watch = Watch {
                seen: progress,
                since: Instant::now(),
            };
        }
        watch.since.elapsed()
    }

    /// Counts a failure, and keeps it for [`take_untold`](Self::take_untold) if it is the first of its kind.
    pub(super) fn report(&self, error: Error) {
        self.errors.fetch_add(1, Relaxed);
        self.tell(error);
    }

    /// Keeps an error to be told, unless one of the same words was.
    fn tell(&self, error: Error) {
        let cause = error.to_string();
        self.tell_as(&cause, error);
    }

    /// Keeps an error to be told, unless one of the same cause was.
    fn tell_as(&self, cause: &str, error: Error) {
        let mut problems = lock(&self.problems);
        if problems.told.len() < MAX_CAUSES && problems.told.insert(cause.to_owned()) {
            problems.untold.push(error.clone());
            self.alert.store(true, Relaxed);
        }
        problems.last = Some(error);
    }

    /// True if there is something to [`take_untold`](Self::take_untold).
    #[inline]
    #[must_use]
    pub fn alert(&self) -> bool {
        self.alert.load(Relaxed)
    }

    /// The failures that the user has not been told of yet, one per cause.
    #[must_use]
    pub fn take_untold(&self) -> Vec<Error> {
        let mut problems = lock(&self.problems);
        self.alert.store(false, Relaxed);
        std::mem::take(&mut problems.untold)
    }

    /// The counters now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            events: self.events.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            pending_bytes: self.pending.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            errors: self.errors.load(Relaxed),
            last_error: lock(&self.problems).last.clone(),
            blocked: Duration::from_nanos(self.blocked_nanos.load(Relaxed)),
        }
    }
}

/// Locks; a panic of another holder is no reason to stop logging.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
