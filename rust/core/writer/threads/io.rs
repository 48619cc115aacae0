//! The threads that write: one for all files of the process, and one more for each store that stalls.
//!
//! Files wait here with the time at which they want to be written. A store can stall for minutes (a network mount), so
//! while a thread writes, another waits: if the write takes longer than [`STALL_AFTER`], it goes on with the next file.
//! Further files of the store that stalls are parked until it answers, however many there are.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::sync::{Condvar, Instant, Mutex, lock, thread, wait_for};
use crate::writer::limits::StoreId;

/// Time from the first byte of a buffer to its write; half of what is promised, the rest is for the scheduler.
pub(crate) const WRITE_DELAY: Duration = Duration::from_millis(50);
/// A store that takes longer than this for one batch counts as stalled.
const STALL_AFTER: Duration = Duration::from_secs(1);
/// Threads in all, however many stores stall; each takes one.
const MAX_THREADS: usize = 32;
/// For so long after the last event the waiting thread looks by itself, so that no caller has to wake it: waking it costs
/// the caller its processor now and then.
const POLL_WINDOW: Duration = Duration::from_secs(2);
/// A thread that is not needed ends after this time.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// A file that the threads write.
pub(crate) trait Writable: Debug + Send + Sync {
    /// Writes what waits.
    fn write_out(self: Arc<Self>) -> Next;
    /// The store it is on, as far as is known.
    fn store_id(&self) -> StoreId;
    /// The store has not answered for `since`, at least [`STALL_AFTER`].
    fn stalls(&self, since: Duration);
}

/// When the threads should come back to a file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    Idle,
    In(Duration),
}

/// The queue of files that want to be written.
#[derive(Debug, Default)]
pub(crate) struct Io {
    state: Mutex<IoState>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct IoState {
    due: BinaryHeap<Reverse<Due>>,
    /// Counts entries, so that equal times keep their order.
    entries: u64,
    threads: usize,
    /// When a waiting thread will look again, whatever happens, as far as is known.
    next_wakeup: Option<Instant>,
    /// When a file was last scheduled.
    active: Option<Instant>,
    writing: Vec<Writing>,
    /// Files whose time has come while their store stalls.
    parked: Vec<Arc<dyn Writable>>,
}

/// A write in progress.
#[derive(Debug)]
struct Writing {
    began: Instant,
    file: Arc<dyn Writable>,
    store: StoreId,
}

#[derive(Debug)]
struct Due {
    at: Instant,
    entry: u64,
    file: Arc<dyn Writable>,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.entry).cmp(&(other.at, other.entry))
    }
}

impl IoState {
    /// Time until every write in progress counts as stalled; zero if none is in progress.
    fn until_stalled(&self, now: Instant) -> Duration {
        let latest = self.writing.iter().map(|writing| writing.began).max();
        latest.map_or(Duration::ZERO, |began| {
            (began + STALL_AFTER).saturating_duration_since(now)
        })
    }

    /// Parks files as long as the next one is of a store that stalls.
    fn park_stalled(&mut self, now: Instant) {
        while let Some(due) = self.due.peek_mut() {
            let store = due.0.file.store_id();
            if due.0.at > now || self.writing.iter().all(|writing| writing.store != store) {
                break;
            }
            let Reverse(due) = PeekMut::pop(due);
            if !self.parked.iter().any(|file| Arc::ptr_eq(file, &due.file)) {
                self.parked.push(due.file);
            }
        }
    }

    /// Reports a stall to files of which a write takes long.
    fn notify_stalled(&self, now: Instant) {
        for Writing { began, file, .. } in &self.writing {
            let since = now - *began;
            if since >= STALL_AFTER {
                file.stalls(since);
            }
        }
    }

    fn push(&mut self, file: Arc<dyn Writable>, at: Instant) {
        self.entries += 1;
        self.due.push(Reverse(Due {
            at,
            entry: self.entries,
            file,
        }));
    }
}

impl Io {
    /// Has `file` written at `at`.
    pub(crate) fn schedule(self: &Arc<Self>, file: Arc<dyn Writable>, at: Instant) {
        let mut state = lock(&self.state);
        state.push(file, at);
        state.active = Some(Instant::now());
        self.ensure_waiting_thread(&mut state);
        let too_late = state.next_wakeup.is_none_or(|wakeup| at < wakeup);
        drop(state);
        if too_late {
            self.wake.notify_one();
        }
    }

    /// Starts a thread if none waits while the others write.
    fn ensure_waiting_thread(self: &Arc<Self>, state: &mut IoState) {
        if state.threads == state.writing.len() && state.threads < MAX_THREADS {
            state.threads += usize::from(self.start_thread());
        }
    }

    fn start_thread(self: &Arc<Self>) -> bool {
        let io = Arc::clone(self);
        log::debug!("one more thread that writes");
        // If no thread can be started, events wait in memory, and the next call tries again.
        thread::Builder::new()
            .name("tensorbolt-io".into())
            .spawn(move || run(&io))
            .is_ok()
    }

    /// Waits for the next file whose time has come; `None` ends the thread.
    fn next(self: &Arc<Self>) -> Option<(Arc<dyn Writable>, Instant)> {
        let idle_since = Instant::now();
        let mut state = lock(&self.state);
        loop {
            let now = Instant::now();
            if !state.writing.is_empty() && state.until_stalled(now).is_zero() {
                state.park_stalled(now);
                state.notify_stalled(now);
            }
            let pause = match state.due.peek() {
                Some(Reverse(due)) => {
                    (due.at.saturating_duration_since(now)).max(state.until_stalled(now))
                }
                None if state
                    .active
                    .is_some_and(|active| now - active < POLL_WINDOW) =>
                {
                    WRITE_DELAY
                }
                None => IDLE_TIMEOUT,
            };
            if pause.is_zero() {
                let Reverse(due) = state.due.pop()?;
                state.writing.push(Writing {
                    began: now,
                    file: Arc::clone(&due.file),
                    store: due.file.store_id(),
                });
                self.ensure_waiting_thread(&mut state);
                // This thread is about to write; wake another so that it recomputes its deadline.
                state.next_wakeup = None;
                if !state.due.is_empty() {
                    self.wake.notify_one();
                }
                return Some((due.file, now));
            }
            let spare = state.threads > state.writing.len() + 1;
            if spare && idle_since.elapsed() >= IDLE_TIMEOUT {
                state.threads -= 1;
                drop(state);
                // The notification may have been meant for another thread, whose wake-up may be too late.
                self.wake.notify_one();
                return None;
            }
            let pause = pause.min(IDLE_TIMEOUT);
            let wakeup = now + pause;
            let earlier = state
                .next_wakeup
                .filter(|&other| now < other && other < wakeup);
            state.next_wakeup = Some(earlier.unwrap_or(wakeup));
            state = wait_for(&self.wake, state, pause);
        }
    }

    fn done(&self, file: Arc<dyn Writable>, began: Instant, next: Next) {
        let mut state = lock(&self.state);
        let this = |writing: &Writing| writing.began == began && Arc::ptr_eq(&writing.file, &file);
        if let Some(index) = state.writing.iter().position(this) {
            state.writing.swap_remove(index);
        }
        // Some may have to be parked again, but those of this store must not.
        for file in std::mem::take(&mut state.parked) {
            state.push(file, Instant::now());
        }
        if let Next::In(pause) = next {
            state.push(file, Instant::now() + pause);
        }
        drop(state);
        // The thread that waits may have waited for this write to end.
        self.wake.notify_one();
    }
}

fn run(io: &Arc<Io>) {
    while let Some((file, began)) = io.next() {
        // This thread must not end because of a mistake in one file.
        let write = AssertUnwindSafe(|| Arc::clone(&file).write_out());
        let next = catch_unwind(write).unwrap_or(Next::In(STALL_AFTER));
        io.done(file, began, next);
    }
}
