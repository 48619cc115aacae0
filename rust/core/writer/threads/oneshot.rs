//! One value from another thread, waited for with a deadline.
//!
//! Not a channel of the standard library: a value that is sent between the deadline and the end of the receiver would be
//! lost there, while it is given back here.

use std::sync::Arc;
use std::time::Duration;

use crate::sync::{Condvar, Instant, Mutex, lock, wait_for};

/// Where the value is sent, and where it is waited for. It is either received or given back, never in between.
#[derive(Debug)]
pub(crate) struct Oneshot<T> {
    state: Mutex<OneshotState<T>>,
    sent: Condvar,
}

#[derive(Debug)]
enum OneshotState<T> {
    Waiting,
    Sent(T),
    /// The receiver waits no longer.
    Abandoned,
}

impl<T> Oneshot<T> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(OneshotState::Waiting),
            sent: Condvar::new(),
        })
    }

    /// Hands over the value, or gives it back if the receiver waits no longer.
    pub(crate) fn send(&self, value: T) -> Result<(), T> {
        let mut state = lock(&self.state);
        if matches!(*state, OneshotState::Abandoned) {
            return Err(value);
        }
        *state = OneshotState::Sent(value);
        drop(state);
        self.sent.notify_one();
        Ok(())
    }

    /// Waits once, at most for `timeout`.
    pub(crate) fn wait(&self, timeout: Duration) -> Option<T> {
        let began = Instant::now();
        let mut state = lock(&self.state);
        loop {
            let pause = timeout.saturating_sub(began.elapsed());
            if !matches!(*state, OneshotState::Waiting) || pause.is_zero() {
                break;
            }
            state = wait_for(&self.sent, state, pause);
        }
        match std::mem::replace(&mut *state, OneshotState::Abandoned) {
            OneshotState::Sent(value) => Some(value),
            OneshotState::Waiting | OneshotState::Abandoned => None,
        }
    }
}
