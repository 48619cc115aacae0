//! Making an event file, in a thread of its own: a store that hangs must not keep a call for longer than it is told to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::account::lock;
use super::answer::Answer;
use super::file::EventFile;
use super::options::CALL_PATIENCE;
use super::write_out::Next;
use crate::error::Result;
use crate::sync::{Instant, thread};

impl EventFile {
    /// Makes the file with its head. A failure is the caller's unless he is `patient`; a store that hangs is told, and
    /// waited for in the background.
    pub(super) fn begin(self: &Arc<Self>, patient: bool) -> Result<()> {
        if patient && self.account.is_slow() {
            self.schedule(Duration::ZERO);
            return Ok(());
        }
        let began = Instant::now();
        let stall = self.account.options().stall_timeout;
        let deadline = if patient {
            stall.min(CALL_PATIENCE)
        } else {
            stall
        };
        let answer = Answer::new();
        let (file, outcome) = (Arc::clone(self), Arc::clone(&answer));
        let opener = thread::Builder::new().name("tensorbolt-open".into());
        let started = opener.spawn(move || {
            let made = catch_unwind(AssertUnwindSafe(|| file.make(patient)));
            let made = made.unwrap_or_else(|_| {
                // It must never come to that; an I/O thread tries again.
                file.come_back(&Next::In(Duration::ZERO));
                Ok(())
            });
            // Whoever waited in vain is told as of any failure in the background.
            if let Err(Err(error)) = outcome.give(made) {
                let next = file.failed(error);
                file.come_back(&next);
            }
        });
        if started.is_err() {
            // No thread to be had.
            return self.make(patient);
        }
        answer.wait(deadline).unwrap_or_else(|| {
            self.hangs(began.elapsed());
            Ok(())
        })
    }

    /// Makes the file here and now.
    pub(super) fn make(self: &Arc<Self>, patient: bool) -> Result<()> {
        let mut store = lock(&self.store);
        let opened = store.open();
        if opened.is_ok() {
            *lock(&self.path) = store.path().into();
            self.account.uses(store.device());
            log::info!("writes to {}", store.path().display());
        }
        drop(store);
        match opened {
            // Time mends no argument.
            Err(error) if !patient || error.is_argument() => Err(error),
            // A failure meets those who write again, with all that belongs to it.
            _ => {
                let next = self.write_out();
                self.come_back(&next);
                Ok(())
            }
        }
    }

    /// Asks the store something, for as long as a call may wait; `None` without an answer. It is not asked while it is
    /// known to be slow.
    pub fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if self.account.is_slow() {
            return None;
        }
        let began = Instant::now();
        let answer = Answer::new();
        let done = Arc::clone(&answer);
        let asker = thread::Builder::new().name("tensorbolt-ask".into());
        let ask = move || done.give(catch_unwind(AssertUnwindSafe(question)).ok());
        asker.spawn(ask).ok()?;
        let answer = answer.wait(self.account.options().stall_timeout.min(CALL_PATIENCE));
        if answer.is_none() {
            self.hangs(began.elapsed());
        }
        answer.flatten()
    }

    fn come_back(self: &Arc<Self>, next: &Next) {
        if let Next::In(pause) = next {
            lock(&self.buffer).scheduled = true;
            self.schedule(*pause);
        }
    }

    /// The store does not answer.
    pub(super) fn hangs(&self, since: Duration) {
        self.account.hangs(&self.dir, since);
    }
}
