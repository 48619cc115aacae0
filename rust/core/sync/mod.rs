//! Locks, threads and the clock of the writer: the standard library's, and in a model ours on top of shuttle's.
//!
//! The writer takes them from here, so that `make model` can run its own code, not a copy of it, with its threads in
//! any order. Every other build has the standard library's under the same names.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::time::Duration;

use crate::error::{Error, Result};

#[cfg(not(shuttle))]
pub(crate) use once_cell::race::OnceBox as Global;
#[cfg(not(shuttle))]
pub(crate) use std::{
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread,
    time::Instant,
};

#[cfg(shuttle)]
pub mod model;
#[cfg(shuttle)]
pub(crate) use model::{Condvar, Global, Instant, Mutex, MutexGuard, atomic, thread};

/// Locks; a panic of another holder is no reason to stop logging.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a notification.
pub(crate) fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition
        .wait(guard)
        .unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a notification, at most for `timeout`.
pub(crate) fn wait_for<'a, T>(
    condition: &Condvar,
    guard: MutexGuard<'a, T>,
    timeout: Duration,
) -> MutexGuard<'a, T> {
    condition
        .wait_timeout(guard, timeout)
        .unwrap_or_else(PoisonError::into_inner)
        .0
}

/// Runs work whose panic must not end the thread; it becomes the error that `what` could not be made.
pub(crate) fn run_guarded<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Error::argument(format!(
            "{what} could not be encoded: the encoder failed in a way it never should; please report it"
        )))
    })
}
