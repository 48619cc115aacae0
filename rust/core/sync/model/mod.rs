//! Replacements of the standard library for models of the writer.
//!
//! shuttle runs all threads of a model as coroutines of one thread, and decides at every lock, atomic and notification
//! who goes on. It knows no time: its waits never time out, though the writer's threads live by time. So there is a
//! clock here, a thread of the model like any other: whenever it is its turn, time passes to the moment at which the
//! next wait ends. Turns for the clock at any moment are a machine so busy that seconds pass between two steps; turns
//! only when all others wait are one on which nothing takes time, and a thread that was not woken is found waiting.
//!
//! Some parts stay as they are: files are real, a write is one action; `arc_swap` and `once_cell` are without locks,
//! each of their operations is one action; every memory ordering counts as `SeqCst`. Forks are left to the tests of
//! Python.

mod clock;
mod condvar;
mod global;
mod mutex;
pub mod thread;

pub use clock::{CLOCK, Instant, run};
pub use condvar::Condvar;
pub use global::Global;
pub use mutex::{Mutex, MutexGuard};
pub use shuttle::sync::atomic;
