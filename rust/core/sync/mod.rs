//! Locks, threads and the clock of the writer: the standard library's, and in a model ours on top of shuttle's.
//!
//! The writer takes them from here, so that `make model` can run its own code, not a copy of it, with its threads in
//! any order. Every other build has the standard library's under the same names.

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
