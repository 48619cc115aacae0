//! Sidecars: files next to an event file, such as those of an embedding.
//!
//! They are written by a thread that lives as long as there are any. It belongs to one event file, so a store that stalls
//! delays no other file, and no events of this one. What fails is tried again until it succeeds or the event file is
//! abandoned, as events are.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rayon::ThreadPool;

use super::buffer::Flushed;
use crate::error::{Error, Result};
use crate::sync::{Condvar, Instant, Mutex, lock, run_guarded, thread, wait_for};
use crate::writer::limits::Backoff;
use crate::writer::limits::SessionState;
use crate::writer::options::CALL_TIMEOUT;
use crate::writer::runtime::Runtime;

type Work = Box<dyn FnMut(&SidecarContext<'_>) -> Result<Option<Error>> + Send>;

/// Interface to the writer for the code that writes a sidecar.
#[derive(Debug)]
pub struct SidecarContext<'a> {
    sidecars: &'a Sidecars,
}

impl SidecarContext<'_> {
    /// Counts bytes that were handed to the operating system; a flush sees that the store makes progress.
    pub fn add_written(&self, bytes: u64) {
        self.sidecars.state.add_written(bytes);
        lock(&self.sidecars.queue).pieces += 1;
        self.sidecars.changed.notify_all();
    }

    /// Threads for large arrays.
    #[must_use]
    pub fn pool(&self) -> Option<&ThreadPool> {
        self.sidecars.runtime.pool()
    }

    /// Whether files are to be waited for until the device has them.
    #[must_use]
    pub fn fsync(&self) -> bool {
        self.sidecars.state.options().fsync
    }
}

/// The sidecars of one event file.
pub(super) struct Sidecars {
    state: Arc<SessionState>,
    runtime: Arc<Runtime>,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent facts, any of which may hold with any other"
)]
struct Queue {
    jobs: VecDeque<SidecarJob>,
    given: u64,
    finished: u64,
    failures: u64,
    /// Pieces of files written so far.
    pieces: u64,
    running: bool,
    /// True if sidecars that wait after a failure must be tried now.
    hurry: bool,
    /// A call waited in vain; nothing has been finished since.
    behind: bool,
    /// True if the rest must not be written.
    abandoned: bool,
}

struct SidecarJob {
    work: Work,
    /// Bytes of memory it holds.
    cost: u64,
}

/// The files a flush waits for, and how things stood when it last looked.
#[derive(Debug, Default)]
pub(super) struct SidecarTicket {
    given: u64,
    failures: u64,
    seen: u64,
    since: Option<Instant>,
}

impl std::fmt::Debug for Sidecars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sidecars").finish_non_exhaustive()
    }
}

impl Sidecars {
    pub(super) fn new(state: &Arc<SessionState>, runtime: &Arc<Runtime>) -> Arc<Self> {
        Arc::new(Self {
            state: Arc::clone(state),
            runtime: Arc::clone(runtime),
            queue: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// Queues the writing of files; `cost` is the memory the work holds, in bytes. True if no thread is there to do it:
    /// then the caller calls [`start`](Self::start), when it holds no lock.
    pub(super) fn submit(
        &self,
        cost: u64,
        work: impl FnMut(&SidecarContext<'_>) -> Result<Option<Error>> + Send + 'static,
    ) -> bool {
        self.state.budget.claim(cost);
        let mut queue = lock(&self.queue);
        queue.given += 1;
        queue.jobs.push_back(SidecarJob {
            work: Box::new(work),
            cost,
        });
        !std::mem::replace(&mut queue.running, true)
    }

    /// Starts the thread. If there is none to be had, the caller does the work, once.
    pub(super) fn start(self: &Arc<Self>) {
        let sidecars = Arc::clone(self);
        let thread = thread::Builder::new().name("tensorbolt-files".into());
        if thread.spawn(move || sidecars.run(true)).is_err() {
            self.run(false);
        }
    }

    /// Does what is queued.
    fn run(&self, retries: bool) {
        loop {
            let mut queue = lock(&self.queue);
            let Some(SidecarJob { mut work, cost }) = queue.jobs.pop_front() else {
                queue.running = false;
                return;
            };
            drop(queue);
            if !self.write(&mut work, retries) {
                self.state.counters.add_dropped(1);
            }
            drop(work);
            self.state.budget.release(cost);
            let mut queue = lock(&self.queue);
            queue.finished += 1;
            queue.behind = false;
            drop(queue);
            self.changed.notify_all();
        }
    }

    /// Runs the work until it succeeds; false if it never will, or is not wanted any more.
    fn write(&self, work: &mut Work, retries: bool) -> bool {
        let mut backoff = Backoff::default();
        while !lock(&self.queue).abandoned {
            let context = SidecarContext { sidecars: self };
            let error = match run_guarded("files", || work(&context)) {
                Ok(complaint) => {
                    if let Some(error) = complaint {
                        self.state.report(error);
                    }
                    return true;
                }
                Err(error) => error,
            };
            let again = retries && error.is_store();
            self.state.report(error);
            let mut queue = lock(&self.queue);
            queue.failures += 1;
            self.changed.notify_all();
            if !again {
                return false;
            }
            let deadline = Instant::now() + backoff.next();
            while !queue.hurry && !queue.abandoned && Instant::now() < deadline {
                let pause = deadline.saturating_duration_since(Instant::now());
                queue = wait_for(&self.changed, queue, pause);
            }
            queue.hurry = false;
        }
        false
    }

    /// Marks what has been given so far, and has what failed tried again at once.
    pub(super) fn ticket(&self) -> SidecarTicket {
        let mut queue = lock(&self.queue);
        queue.hurry = queue.running;
        self.changed.notify_all();
        SidecarTicket {
            given: queue.given,
            failures: queue.failures,
            seen: queue.pieces,
            since: None,
        }
    }

    /// Waits until everything before the ticket is finished.
    pub(super) fn wait(
        &self,
        ticket: &mut SidecarTicket,
        deadline: Instant,
        stall: Duration,
    ) -> Flushed {
        let mut queue = lock(&self.queue);
        loop {
            let now = Instant::now();
            if queue.finished >= ticket.given {
                return Flushed::Done;
            }
            if queue.failures > ticket.failures {
                return Flushed::Stalled;
            }
            if ticket.seen != queue.pieces {
                ticket.seen = queue.pieces;
                ticket.since = None;
            }
            let idle = now - *ticket.since.get_or_insert(now);
            if idle >= stall {
                return Flushed::Stalled;
            }
            if now >= deadline {
                return Flushed::Waiting;
            }
            let pause = (deadline - now).min(stall.saturating_sub(idle));
            queue = wait_for(&self.changed, queue, pause);
        }
    }

    /// Waits until what was queued is written, as long as a call may wait for the store: at most a second, and not at all
    /// while the store is known to be slow, or kept the call before this one waiting in vain.
    pub(super) fn wait_for_call(&self) {
        if self.state.health.is_slow() || lock(&self.queue).behind {
            return;
        }
        let timeout = self.state.options().stall_timeout.min(CALL_TIMEOUT);
        let mut ticket = self.ticket();
        let outcome = self.wait(&mut ticket, Instant::now() + timeout, timeout);
        let mut queue = lock(&self.queue);
        // No wait is in vain that a failure ended: it is reported, and the next attempt may succeed.
        queue.behind = !outcome.is_done()
            && queue.finished < ticket.given
            && queue.failures == ticket.failures;
    }

    /// Drops what waits; the thread drops what it is writing. Returns the number of jobs and their memory.
    pub(super) fn discard(&self) -> (u64, u64) {
        let mut queue = lock(&self.queue);
        queue.abandoned = true;
        let jobs = std::mem::take(&mut queue.jobs);
        queue.finished += jobs.len() as u64;
        self.changed.notify_all();
        (jobs.len() as u64, jobs.iter().map(|job| job.cost).sum())
    }
}
