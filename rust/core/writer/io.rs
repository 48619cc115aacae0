//! The threads that write: one at work for all files of the process, and one more for each store that hangs.
//!
//! Files wait here with the time at which they want to be written. A store can hang for minutes (a network mount), so
//! while a thread writes, another stands by: if the write takes longer than [`STUCK`], it goes on with the next file.
//! Further files of the store that hangs are put aside until it answers, however many there are.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::account::{StoreId, lock};
use super::file::EventFile;
use super::write_out::Next;
use crate::sync::{Condvar, Instant, Mutex, thread};

/// How long after its first byte a buffer is written; half of what is promised, the rest is for the scheduler.
pub(super) const WRITE_DELAY: Duration = Duration::from_millis(50);
/// A thread that writes one batch for longer than this is taken to hang.
const STUCK: Duration = Duration::from_secs(1);
/// Threads in all, however many stores hang; each takes one.
const MAX_THREADS: usize = 32;
/// For so long after the last event the waiting thread looks by itself, so that no caller has to wake it: waking it costs
/// the caller its processor now and then.
const ATTENTIVE: Duration = Duration::from_secs(2);
/// A thread that nobody needs ends after this time.
const LINGER: Duration = Duration::from_secs(5);

/// The queue of files that want to be written.
#[derive(Debug, Default)]
pub(super) struct Io {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    due: BinaryHeap<Reverse<Due>>,
    /// Counts entries, so that equal times keep their order.
    entries: u64,
    threads: usize,
    /// When a waiting thread will look again, whatever happens, as far as is known.
    looks_at: Option<Instant>,
    /// When a file was last scheduled.
    active: Option<Instant>,
    writing: Vec<Writing>,
    /// Files whose time has come while their store hangs.
    aside: Vec<Arc<EventFile>>,
}

/// A write in progress.
#[derive(Debug)]
struct Writing {
    began: Instant,
    file: Arc<EventFile>,
    store: StoreId,
}

#[derive(Debug)]
struct Due {
    at: Instant,
    entry: u64,
    file: Arc<EventFile>,
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

impl State {
    /// How long until every write in progress counts as hanging; zero if none is in progress.
    fn patience(&self, now: Instant) -> Duration {
        let latest = self.writing.iter().map(|writing| writing.began).max();
        latest.map_or(Duration::ZERO, |began| {
            (began + STUCK).saturating_duration_since(now)
        })
    }

    /// Puts files aside as long as the next one is of a store that hangs.
    fn skip_hanging(&mut self, now: Instant) {
        while let Some(due) = self.due.peek_mut() {
            let store = due.0.file.account.store();
            if due.0.at > now || self.writing.iter().all(|writing| writing.store != store) {
                break;
            }
            let Reverse(due) = PeekMut::pop(due);
            if !self.aside.iter().any(|file| Arc::ptr_eq(file, &due.file)) {
                self.aside.push(due.file);
            }
        }
    }

    /// Has the user told of writes that take longer than he wants to wait.
    fn tell_hanging(&self, now: Instant) {
        for Writing { began, file, .. } in &self.writing {
            let since = now - *began;
            if since >= file.account.options().stall_timeout.max(STUCK) {
                file.hangs(since);
            }
        }
    }

    fn push(&mut self, file: &Arc<EventFile>, at: Instant) {
        self.entries += 1;
        self.due.push(Reverse(Due {
            at,
            entry: self.entries,
            file: Arc::clone(file),
        }));
    }
}

impl Io {
    /// Has `file` written at `at`.
    pub(super) fn schedule(self: &Arc<Self>, file: &Arc<EventFile>, at: Instant) {
        let mut state = lock(&self.state);
        state.push(file, at);
        state.active = Some(Instant::now());
        self.stand_by(&mut state);
        let too_late = state.looks_at.is_none_or(|looks_at| at < looks_at);
        drop(state);
        if too_late {
            self.wake.notify_one();
        }
    }

    /// Sees to it that a thread waits while the others write.
    fn stand_by(self: &Arc<Self>, state: &mut State) {
        if state.threads == state.writing.len() && state.threads < MAX_THREADS {
            state.threads += usize::from(self.start_thread());
        }
    }

    fn start_thread(self: &Arc<Self>) -> bool {
        let io = Arc::clone(self);
        log::debug!("one more thread that writes");
        // No thread to be had: events wait in memory, and the next call tries again.
        thread::Builder::new()
            .name("tensorbolt-io".into())
            .spawn(move || run(&io))
            .is_ok()
    }

    /// Waits for the next file whose time has come; `None` ends the thread.
    fn next(self: &Arc<Self>) -> Option<(Arc<EventFile>, Instant)> {
        let idle_since = Instant::now();
        let mut state = lock(&self.state);
        loop {
            let now = Instant::now();
            if !state.writing.is_empty() && state.patience(now).is_zero() {
                state.skip_hanging(now);
                state.tell_hanging(now);
            }
            let pause = match state.due.peek() {
                Some(Reverse(due)) => {
                    (due.at.saturating_duration_since(now)).max(state.patience(now))
                }
                None if state.active.is_some_and(|active| now - active < ATTENTIVE) => WRITE_DELAY,
                None => LINGER,
            };
            if pause.is_zero() {
                let Reverse(due) = state.due.pop()?;
                state.writing.push(Writing {
                    began: now,
                    file: Arc::clone(&due.file),
                    store: due.file.account.store(),
                });
                self.stand_by(&mut state);
                // This thread looks no more for a while; another one may have planned to look too late.
                state.looks_at = None;
                if !state.due.is_empty() {
                    self.wake.notify_one();
                }
                return Some((due.file, now));
            }
            let spare = state.threads > state.writing.len() + 1;
            if spare && idle_since.elapsed() >= LINGER {
                state.threads -= 1;
                drop(state);
                // What woke this thread may have been meant for another, which may plan to look too late.
                self.wake.notify_one();
                return None;
            }
            let pause = pause.min(LINGER);
            let looks_at = now + pause;
            let earlier = state
                .looks_at
                .filter(|&other| now < other && other < looks_at);
            state.looks_at = Some(earlier.unwrap_or(looks_at));
            state = self
                .wake
                .wait_timeout(state, pause)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn done(&self, file: &Arc<EventFile>, began: Instant, next: &Next) {
        let mut state = lock(&self.state);
        let this = |writing: &Writing| writing.began == began && Arc::ptr_eq(&writing.file, file);
        if let Some(index) = state.writing.iter().position(this) {
            state.writing.swap_remove(index);
        }
        // Some may have to be put aside again, but those of this store must not.
        for file in std::mem::take(&mut state.aside) {
            state.push(&file, Instant::now());
        }
        if let Next::In(pause) = next {
            state.push(file, Instant::now() + *pause);
        }
        drop(state);
        // Whoever stands by may have waited for this write to end.
        self.wake.notify_one();
    }
}

fn run(io: &Arc<Io>) {
    while let Some((file, began)) = io.next() {
        // This thread must not die of a mistake in one file.
        let write = AssertUnwindSafe(|| file.write_out());
        let next = catch_unwind(write).unwrap_or(Next::In(STUCK));
        io.done(&file, began, &next);
    }
}
