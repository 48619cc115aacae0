//! What the handle of an upload and its task on the uploader's thread have in common.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tensorbolt::Error;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Takes the problems of an upload, which come up between calls.
pub trait Report: Send + Sync {
    /// An upload fails; said once until one succeeds again.
    fn problem(&self, error: Error);
    /// The spool holds more than it may, or no longer does.
    fn full(&self, full: bool);
    /// The program should be asked for credentials; said again and again until it is.
    fn wants_credentials(&self) {}
}

/// Figures of an upload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes sent to the store, headers and repetitions included.
    pub uploaded_bytes: u64,
    /// Requests of any kind.
    pub upload_requests: u64,
    /// Age of the oldest byte that is not in the store.
    pub lag: Duration,
    /// Bytes of the spool that are not in the store.
    pub spooled_bytes: u64,
}

/// What stood in a spool at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Size of each event file.
    pub(crate) events: HashMap<String, u64>,
    /// Time of the last change of each other file.
    pub(crate) sidecars: HashMap<String, u64>,
}

/// Progress of an upload.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// What is in the store.
    pub reached: Target,
    /// What callers wait for.
    pub wanted: Target,
    /// Nothing more is written.
    pub closing: bool,
    /// The task has ended.
    pub ended: bool,
    pub stats: Stats,
    /// When the oldest byte that is not in the store came.
    pub since: Option<Instant>,
    /// What keeps the store from taking more.
    pub trouble: Option<String>,
}

/// The state with its notifications.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// The task looks at once.
    pub wake: Notify,
}

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and tells those who wait.
    pub fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits for a change.
    pub fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        timeout: Duration,
    ) -> MutexGuard<'a, State> {
        self.changed
            .wait_timeout(state, timeout)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    /// Waits until the task has ended, at most until `deadline`. True if it has.
    pub fn wait_ended(&self, deadline: std::time::Instant) -> bool {
        let mut state = self.lock();
        while !state.ended {
            let left = deadline.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.wait(state, left);
        }
        true
    }

    pub fn stats(&self) -> Stats {
        let state = self.lock();
        let lag = state.since.map(|since| since.elapsed()).unwrap_or_default();
        Stats {
            lag,
            ..state.stats.clone()
        }
    }
}

impl State {
    /// Has everything up to the target uploaded at once.
    pub fn want(&mut self, target: &Target) {
        for (name, &size) in &target.events {
            let wanted = self.wanted.events.entry(name.clone()).or_default();
            *wanted = size.max(*wanted);
        }
        for (name, &changed) in &target.sidecars {
            let wanted = self.wanted.sidecars.entry(name.clone()).or_default();
            *wanted = changed.max(*wanted);
        }
    }

    /// True if all of the target is in the store; files that are `gone` do not count.
    pub fn has(&self, target: &Target, gone: impl Fn(&str) -> bool) -> bool {
        let at = |reached: &HashMap<String, u64>, name: &str, wanted: u64| {
            reached.get(name).copied().unwrap_or_default() >= wanted || gone(name)
        };
        target
            .events
            .iter()
            .all(|(name, &size)| at(&self.reached.events, name, size))
            && target
                .sidecars
                .iter()
                .all(|(name, &changed)| at(&self.reached.sidecars, name, changed))
    }
}
