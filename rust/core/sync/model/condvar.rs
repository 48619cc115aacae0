//! A condition variable whose waits end in time.

use std::sync::{Arc, LockResult, PoisonError};
use std::time::Duration;

use shuttle::rand::{Rng, thread_rng};

use super::clock::{self, Waiter};
use super::mutex::MutexGuard;

/// As [`std::sync::Condvar`]. A notification wakes any of the waiting threads; no thread wakes without one.
#[derive(Debug, Default)]
pub struct Condvar {
    /// No thread is ever kept waiting for this lock: shuttle switches to no other thread while it is held.
    waiters: std::sync::Mutex<Vec<Arc<Waiter>>>,
}

impl Condvar {
    /// No thread waits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`std::sync::Condvar::wait`].
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.wait_until(guard, None)
    }

    /// As [`std::sync::Condvar::wait_timeout`], without the result: no caller asks whether the time is over.
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, ())> {
        match self.wait_until(guard, Some(timeout)) {
            Ok(guard) => Ok((guard, ())),
            Err(poisoned) => Err(PoisonError::new((poisoned.into_inner(), ()))),
        }
    }

    fn wait_until<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Option<Duration>,
    ) -> LockResult<MutexGuard<'a, T>> {
        // A thread that notifies without the lock may run between the caller's last check and this.
        clock::step();
        let mutex = guard.mutex;
        let waiter = Waiter::new(timeout);
        self.waiting().push(Arc::clone(&waiter));
        drop(guard);
        waiter.wait();
        mutex.lock()
    }

    /// As [`std::sync::Condvar::notify_one`].
    pub fn notify_one(&self) {
        clock::step();
        let chosen = {
            let mut waiting = self.waiting();
            let index = match waiting.len() {
                0 => return,
                1 => 0,
                count => thread_rng().gen_range(0..count),
            };
            waiting.swap_remove(index)
        };
        chosen.wake();
    }

    /// As [`std::sync::Condvar::notify_all`].
    pub fn notify_all(&self) {
        clock::step();
        let all = std::mem::take(&mut *self.waiting());
        for waiter in all {
            waiter.wake();
        }
    }

    /// Threads that still wait; a wait may be over for another reason.
    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Waiter>>> {
        let mut waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
        waiters.retain(|waiter| waiter.waits());
        waiters
    }
}
