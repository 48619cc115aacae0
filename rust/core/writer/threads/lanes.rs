//! Encode lanes: slow work (images) on other threads, in order within a tag.
//!
//! A lane is a thread and a first-in, first-out queue. Work of one key always goes to the same lane, so what it does is in
//! the order of calls.

use std::collections::VecDeque;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::sync::Arc;

use crate::sync::{Condvar, Instant, Mutex, lock, thread, wait, wait_for};

/// Work for a lane. It must not panic; see [`run_guarded`](crate::sync::run_guarded).
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// All lanes of the process.
#[derive(Debug)]
pub(crate) struct Lanes {
    lanes: Vec<Arc<Lane>>,
}

/// Number of jobs given to each lane until some moment.
#[derive(Debug, Default)]
pub(crate) struct LaneTicket(Vec<u64>);

/// A job that was queued, and its lane, if that has no thread.
#[must_use]
pub(crate) struct Queued<'a>(Option<&'a Arc<Lane>>);

#[derive(Default)]
struct Lane {
    state: Mutex<LaneState>,
    given: Condvar,
    finished: Condvar,
}

#[derive(Default)]
struct LaneState {
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
    pub(crate) fn new(count: usize) -> Self {
        Self {
            lanes: (0..count.max(1)).map(|_| Arc::default()).collect(),
        }
    }

    /// Queues a job behind those of the same key. The caller then calls [`Queued::run_if_no_thread`], when it holds no
    /// lock that the job may need.
    pub(crate) fn submit(&self, key: impl Hash, job: Job) -> Queued<'_> {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        // Nothing that differs from one process to the next, so that a model's failure can be repeated.
        let index = (hasher.hash_one(key) % self.lanes.len() as u64) as usize;
        let lane = self
            .lanes
            .get(index)
            .filter(|lane| !lane.submit(index, job));
        Queued(lane)
    }

    /// Marks what has been given so far.
    pub(crate) fn ticket(&self) -> LaneTicket {
        let given = |lane: &Arc<Lane>| lock(&lane.state).given;
        LaneTicket(self.lanes.iter().map(given).collect())
    }

    /// Waits until everything before the ticket is finished; false if `deadline` came first.
    pub(crate) fn wait(&self, ticket: &LaneTicket, deadline: Instant) -> bool {
        let mut pairs = self.lanes.iter().zip(&ticket.0);
        pairs.all(|(lane, &given)| lane.wait(given, deadline))
    }
}

impl Queued<'_> {
    /// Where no thread could be started, the caller does the work, in order.
    pub(crate) fn run_if_no_thread(self) {
        if let Some(lane) = self.0 {
            while lane.run_one(false) {}
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
        while self.run_one(true) {}
    }

    /// Does the next job; false if there is none and none was waited for.
    fn run_one(&self, waits: bool) -> bool {
        let mut state = lock(&self.state);
        let job = loop {
            match state.jobs.pop_front() {
                Some(job) => break job,
                None if waits => state = wait(&self.given, state),
                None => return false,
            }
        };
        drop(state);
        job();
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
            state = wait_for(&self.finished, state, deadline - now);
        }
        true
    }
}
