//! Encode lanes: slow work (pictures) beside the callers, in order within a tag.
//!
//! A lane is a thread and a first-in, first-out queue. Every tag of a file has one lane for ever, so its events keep
//! call order. Events of other tags wait for a picture only as long as the [order of the file](super::slots) may take.

use std::collections::VecDeque;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};

use super::account::lock;
use super::file::EventFile;
use crate::error::{Error, Result};
use crate::sync::{Condvar, Instant, Mutex, thread};

/// Work whose result is the payload of one event of `file`.
pub(super) struct Job {
    pub(super) file: Arc<EventFile>,
    pub(super) work: Box<dyn FnOnce() -> Result<Vec<u8>> + Send>,
    /// Bytes of memory the work holds.
    pub(super) cost: u64,
    /// The place of the event in the file's buffer.
    pub(super) slot: u64,
}

/// All lanes of the process.
#[derive(Debug)]
pub(super) struct Lanes {
    lanes: Vec<Arc<Lane>>,
}

/// How many jobs each lane had been given at some moment.
#[derive(Debug, Default)]
pub(super) struct Ticket(Vec<u64>);

/// A job that was queued, and its lane, if that has no thread.
#[must_use]
pub(super) struct Queued<'a>(Option<&'a Arc<Lane>>);

#[derive(Default)]
struct Lane {
    state: Mutex<State>,
    given: Condvar,
    finished: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    given: u64,
    finished: u64,
    started: bool,
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane").finish_non_exhaustive()
    }
}

impl Lanes {
    pub(super) fn new(count: usize) -> Self {
        Self {
            lanes: (0..count.max(1)).map(|_| Arc::default()).collect(),
        }
    }

    /// Queues a job behind those of the same tag. The caller [sees to it](Queued::see_to_it) when it holds no lock that
    /// the job may need.
    pub(super) fn submit(&self, tag: &str, job: Job) -> Queued<'_> {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        // Nothing that differs from one process to the next, so that a model's failure can be repeated.
        let hash = hasher.hash_one((job.file.dir.as_os_str(), tag));
        let index = (hash % self.lanes.len() as u64) as usize;
        let lane = self
            .lanes
            .get(index)
            .filter(|lane| !lane.submit(index, job));
        Queued(lane)
    }

    /// Marks what has been given so far.
    pub(super) fn ticket(&self) -> Ticket {
        let given = |lane: &Arc<Lane>| lock(&lane.state).given;
        Ticket(self.lanes.iter().map(given).collect())
    }

    /// Waits until everything before the ticket is finished; false if `deadline` came first.
    pub(super) fn wait(&self, ticket: &Ticket, deadline: Instant) -> bool {
        let mut pairs = self.lanes.iter().zip(&ticket.0);
        pairs.all(|(lane, &given)| lane.wait(given, deadline))
    }
}

impl Queued<'_> {
    /// Where no thread is to be had, the caller does the work, in order.
    pub(super) fn see_to_it(self) {
        if let Some(lane) = self.0 {
            while lane.step(false) {}
        }
    }
}

impl Lane {
    /// Queues a job; true if there is a thread that will do it.
    fn submit(self: &Arc<Self>, index: usize, job: Job) -> bool {
        let mut state = lock(&self.state);
        state.given += 1;
        state.jobs.push_back(job);
        if state.started {
            self.given.notify_one();
            return true;
        }
        let lane = Arc::clone(self);
        state.started = thread::Builder::new()
            .name(format!("tensorbolt-lane-{index}"))
            .spawn(move || lane.run())
            .is_ok();
        state.started
    }

    fn run(&self) {
        while self.step(true) {}
    }

    /// Does the next job; false if there is none and none was waited for.
    fn step(&self, wait: bool) -> bool {
        let mut state = lock(&self.state);
        let job = loop {
            match state.jobs.pop_front() {
                Some(job) => break job,
                None if wait => {
                    state = self
                        .given
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                None => return false,
            }
        };
        drop(state);
        let Job {
            file,
            work,
            cost,
            slot,
        } = job;
        let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
            Err(Error::argument(
                "an event could not be encoded: the encoder failed in a way it never should; please report it",
            ))
        });
        file.complete(slot, cost, outcome);
        lock(&self.state).finished += 1;
        self.finished.notify_all();
        true
    }

    fn wait(&self, given: u64, deadline: Instant) -> bool {
        let mut state = lock(&self.state);
        while state.finished < given {
            let now = Instant::now();
            if now >= deadline {
                return false;
            }
            state = self
                .finished
                .wait_timeout(state, deadline - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }
}
