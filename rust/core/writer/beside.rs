//! Files beside an event file: written by a thread that lives as long as there are any.
//!
//! The thread belongs to one event file, so a store that hangs holds up nobody else, and neither the events of its own
//! file. What fails is tried again until it succeeds or the event file is given up, as events are.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use rayon::ThreadPool;

use super::account::lock;
use super::file::EventFile;
use super::flush::Flushed;
use super::options::CALL_PATIENCE;
use super::write_out::{FIRST_RETRY, LAST_RETRY};
use crate::error::{Error, Result};
use crate::sync::atomic::Ordering::SeqCst;
use crate::sync::{Condvar, Instant, Mutex, thread};

type Work = Box<dyn FnMut(&Desk<'_>) -> Result<Option<Error>> + Send>;

/// What work beside an event file may use.
#[derive(Debug)]
pub struct Desk<'a> {
    file: &'a EventFile,
}

impl Desk<'_> {
    /// Counts bytes that were handed to the operating system; a flush sees that the store makes progress.
    pub fn wrote(&self, bytes: u64) {
        self.file.account.wrote(bytes);
        lock(&self.file.beside.state).pieces += 1;
        self.file.beside.changed.notify_all();
    }

    /// Threads for large arrays.
    #[must_use]
    pub fn pool(&self) -> Option<&ThreadPool> {
        self.file.runtime.pool()
    }

    /// Whether files are to be waited for until the device has them.
    #[must_use]
    pub fn fsync(&self) -> bool {
        self.file.account.options().fsync
    }
}

/// The queue of one event file.
#[derive(Default)]
pub(super) struct Beside {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    given: u64,
    finished: u64,
    failures: u64,
    /// Pieces of files written so far.
    pieces: u64,
    running: bool,
    /// What waits after a failure is to be tried now.
    hurry: bool,
    /// A call waited in vain; nothing has been finished since.
    behind: bool,
}

struct Job {
    work: Work,
    /// Bytes of memory it holds.
    cost: u64,
}

/// The files a flush waits for, and how things stood when it last looked.
#[derive(Debug, Default)]
pub(super) struct Ticket {
    given: u64,
    failures: u64,
    seen: u64,
    since: Option<Instant>,
}

impl std::fmt::Debug for Beside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Beside").finish_non_exhaustive()
    }
}

impl EventFile {
    /// Queues the writing of files beside this one; `cost` is the memory the work holds, in bytes.
    ///
    /// The work may be run several times: after an error of the store it is tried again. An error it returns in `Ok`
    /// is told, and ends it.
    pub fn submit_beside(
        self: &Arc<Self>,
        cost: u64,
        work: impl FnMut(&Desk<'_>) -> Result<Option<Error>> + Send + 'static,
    ) -> Result<()> {
        // close() takes this lock, so work is refused or done, never in between.
        let buffer = lock(&self.buffer);
        if self.is_closed() {
            return Err(self.refusal());
        }
        if !self.on_disk() {
            return Ok(());
        }
        self.account.claim(cost);
        let mut state = lock(&self.beside.state);
        state.given += 1;
        state.jobs.push_back(Job {
            work: Box::new(work),
            cost,
        });
        let idle = !std::mem::replace(&mut state.running, true);
        drop(state);
        drop(buffer);
        if idle {
            let file = Arc::clone(self);
            let thread = thread::Builder::new().name("tensorbolt-files".into());
            if thread.spawn(move || file.work_beside(true)).is_err() {
                // No thread to be had: the caller does the work, once.
                self.work_beside(false);
            }
        }
        self.wait_if_ending();
        Ok(())
    }

    /// Waits until what was queued is written, as long as a call may wait for the store: at most a second, and not at all
    /// while the store is known to be slow, or kept the call before this one waiting in vain. What is not written by
    /// then, or fails, goes on in the background.
    pub fn wait_beside(&self) {
        if self.account.is_slow() || lock(&self.beside.state).behind {
            return;
        }
        let patience = self.account.options().stall_timeout.min(CALL_PATIENCE);
        let mut ticket = self.beside.ticket();
        let deadline = Instant::now() + patience;
        let outcome = self.beside.wait(&mut ticket, deadline, patience);
        let mut state = lock(&self.beside.state);
        // No wait is in vain that a failure ended: it is told, and the next attempt may succeed.
        state.behind = !outcome.is_done()
            && state.finished < ticket.given
            && state.failures == ticket.failures;
    }

    /// Does what is queued.
    fn work_beside(&self, patient: bool) {
        loop {
            let mut state = lock(&self.beside.state);
            let Some(Job { mut work, cost }) = state.jobs.pop_front() else {
                state.running = false;
                return;
            };
            drop(state);
            if !self.tried(&mut work, patient) {
                self.account.gave_up(1);
            }
            drop(work);
            self.account.release(cost);
            let mut state = lock(&self.beside.state);
            state.finished += 1;
            state.behind = false;
            drop(state);
            self.beside.changed.notify_all();
        }
    }

    /// Runs the work until it succeeds; false if it never will, or is not wanted any more.
    fn tried(&self, work: &mut Work, patient: bool) -> bool {
        let mut pause = FIRST_RETRY;
        while !self.abandoned.load(SeqCst) {
            let desk = Desk { file: self };
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&desk))).unwrap_or_else(|_| {
                Err(Error::argument(
                    "files could not be made: the encoder failed in a way it never should; please report it",
                ))
            });
            let error = match outcome {
                Ok(complaint) => {
                    if let Some(error) = complaint {
                        self.account.report(error);
                    }
                    return true;
                }
                Err(error) => error,
            };
            let again = patient && error.is_store();
            self.account.report(error);
            let mut state = lock(&self.beside.state);
            state.failures += 1;
            self.beside.changed.notify_all();
            if !again {
                return false;
            }
            let deadline = Instant::now() + pause;
            while !state.hurry && !self.abandoned.load(SeqCst) && Instant::now() < deadline {
                state = self
                    .beside
                    .changed
                    .wait_timeout(state, deadline.saturating_duration_since(Instant::now()))
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
            state.hurry = false;
            pause = (pause * 2).min(LAST_RETRY);
        }
        false
    }
}

impl Beside {
    /// Marks what has been given so far, and has what failed tried again at once.
    pub(super) fn ticket(&self) -> Ticket {
        let mut state = lock(&self.state);
        state.hurry = state.running;
        self.changed.notify_all();
        Ticket {
            given: state.given,
            failures: state.failures,
            seen: state.pieces,
            since: None,
        }
    }

    /// Waits until everything before the ticket is finished.
    pub(super) fn wait(&self, ticket: &mut Ticket, deadline: Instant, stall: Duration) -> Flushed {
        let mut state = lock(&self.state);
        loop {
            let now = Instant::now();
            if state.finished >= ticket.given {
                return Flushed::Done;
            }
            if state.failures > ticket.failures {
                return Flushed::Stalled;
            }
            if ticket.seen != state.pieces {
                ticket.seen = state.pieces;
                ticket.since = None;
            }
            let idle = now - *ticket.since.get_or_insert(now);
            if idle >= stall {
                return Flushed::Stalled;
            }
            if now >= deadline {
                return Flushed::Waiting;
            }
            state = self
                .changed
                .wait_timeout(state, (deadline - now).min(stall.saturating_sub(idle)))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Gives up what waits; the thread gives up what it is at. Returns the number of jobs and their memory.
    pub(super) fn discard(&self) -> (u64, u64) {
        let mut state = lock(&self.state);
        let jobs = std::mem::take(&mut state.jobs);
        state.finished += jobs.len() as u64;
        self.changed.notify_all();
        (jobs.len() as u64, jobs.iter().map(|job| job.cost).sum())
    }
}
