//! Threads of the writer in a model. They end with it, as they do with a process.

use std::io;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use super::clock::{self, End, Waiter};

/// As [`std::thread::Builder`], for threads that are never joined.
#[derive(Debug, Default)]
pub struct Builder {
    name: String,
}

impl Builder {
    /// A thread without a name.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives it a name.
    #[must_use]
    pub fn name(self, name: String) -> Self {
        Self { name }
    }

    /// Begins the thread.
    #[expect(clippy::missing_errors_doc, reason = "there are none")]
    pub fn spawn<T>(self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<()> {
        let thread = clock::enter(self.name.clone());
        let work = move || {
            if let Err(cause) = catch_unwind(AssertUnwindSafe(work))
                && !cause.is::<End>()
            {
                resume_unwind(cause);
            }
            drop(thread);
        };
        shuttle::thread::Builder::new()
            .name(self.name)
            .spawn(work)
            .map(drop)
    }
}

/// As [`std::thread::sleep`].
pub fn sleep(duration: Duration) {
    Waiter::new(Some(duration)).wait();
}

/// Few, so that threads meet; the same on every machine, so that a failure can be repeated.
#[expect(clippy::missing_errors_doc, reason = "there are none")]
pub fn available_parallelism() -> io::Result<NonZero<usize>> {
    Ok(NonZero::<usize>::MIN.saturating_add(1))
}

/// Number of the writer's threads whose names begin so.
#[must_use]
pub fn count(name: &str) -> usize {
    clock::count(name)
}
