//! One answer from another thread, waited for no longer than a call may take.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::account::lock;
use crate::sync::{Condvar, Instant, Mutex};

/// Where the answer is put, and where it is waited for. It is either taken or given back, never in between.
#[derive(Debug)]
pub(super) struct Answer<T> {
    state: Mutex<State<T>>,
    given: Condvar,
}

#[derive(Debug)]
enum State<T> {
    Awaited,
    Given(T),
    /// Nobody waits any more.
    Late,
}

impl<T> Answer<T> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State::Awaited),
            given: Condvar::new(),
        })
    }

    /// Hands over the answer; nobody waits for one that comes back.
    pub(super) fn give(&self, answer: T) -> Result<(), T> {
        let mut state = lock(&self.state);
        if matches!(*state, State::Late) {
            return Err(answer);
        }
        *state = State::Given(answer);
        drop(state);
        self.given.notify_one();
        Ok(())
    }

    /// Waits once, at most for `patience`.
    pub(super) fn wait(&self, patience: Duration) -> Option<T> {
        let began = Instant::now();
        let mut state = lock(&self.state);
        loop {
            let pause = patience.saturating_sub(began.elapsed());
            if !matches!(*state, State::Awaited) || pause.is_zero() {
                break;
            }
            state = self
                .given
                .wait_timeout(state, pause)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        match std::mem::replace(&mut *state, State::Late) {
            State::Given(answer) => Some(answer),
            State::Awaited | State::Late => None,
        }
    }
}
