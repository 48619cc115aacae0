//! Making an event file, on a thread of its own: a store that stalls must not keep a call longer than it may wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::EventFile;
use super::buffer::{Buffer, InFlight};
use super::sidecar::Sidecars;
use crate::error::Result;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use crate::sync::{Condvar, Instant, Mutex, lock, thread};
use crate::writer::limits::SessionState;
use crate::writer::options::{CALL_TIMEOUT, OnOpenError};
use crate::writer::runtime::Runtime;
use crate::writer::store::{Store, Target};
use crate::writer::threads::Next;
use crate::writer::threads::Oneshot;

/// A file that is being made. Several can be made side by side before the first one is waited for.
#[must_use = "the caller has to wait for it"]
pub(in crate::writer) struct Opening {
    file: Arc<EventFile>,
    outcome: Outcome,
}

enum Outcome {
    Known(Result<()>),
    /// A thread is at it.
    Awaited {
        answer: Arc<Oneshot<Result<()>>>,
        began: Instant,
        timeout: Duration,
    },
}

impl Opening {
    /// Waits for the file. A store that stalls is reported, and waited for in the background.
    pub(in crate::writer) fn finish(self) -> Result<Arc<EventFile>> {
        let Self { file, outcome } = self;
        let made = match outcome {
            Outcome::Known(made) => made,
            Outcome::Awaited {
                answer,
                began,
                timeout,
            } => {
                let left = timeout.saturating_sub(began.elapsed());
                answer.wait(left).unwrap_or_else(|| {
                    file.report_stall(began.elapsed());
                    Ok(())
                })
            }
        };
        if let Err(error) = made {
            file.state.budget.release(file.in_flight.take().1);
            return Err(error);
        }
        file.register_for_exit();
        Ok(file)
    }
}

impl EventFile {
    /// Begins to make the file, with `header` as its first bytes.
    pub(in crate::writer) fn begin(
        state: Arc<SessionState>,
        runtime: Arc<Runtime>,
        target: Target,
        header: Vec<u8>,
        on_error: OnOpenError,
    ) -> Opening {
        let on_disk = state.options().write_to_disk;
        state.budget.claim(header.len() as u64);
        let shared = matches!(target, Target::Shared(_));
        let in_memory = matches!(target, Target::Memory(_));
        let dir = match &target {
            Target::New(location) => &location.dir,
            Target::Shared(path) => path.parent().unwrap_or(path),
            Target::Stream(location) => &location.dir,
            Target::Memory(dir) => dir,
        }
        .to_path_buf();
        let store = Store::new(target, header, on_error == OnOpenError::Retry);
        let in_flight = InFlight::default();
        in_flight.set(0, store.pending());
        let file = Arc::new(Self {
            in_flight,
            path: Mutex::new(store.path().into()),
            dir,
            sidecars: Sidecars::new(&state, &runtime),
            state,
            runtime,
            // The thread that opens the file writes its header.
            buffer: Mutex::new(Buffer {
                scheduled: true,
                ..Buffer::default()
            }),
            store: Mutex::new(store),
            progress: Mutex::default(),
            progressed: Condvar::new(),
            sync_wanted: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            abandoned: AtomicBool::new(!on_disk),
            shared,
            behind: AtomicBool::new(false),
        });
        let outcome = match (on_disk, in_memory) {
            (false, _) => {
                file.state.budget.release(file.in_flight.take().1);
                Outcome::Known(Ok(()))
            }
            (true, true) => Outcome::Known(file.open_now(on_error)),
            (true, false) => file.open_on_a_thread(on_error),
        };
        Opening { file, outcome }
    }

    /// Has a thread make the file with its header.
    fn open_on_a_thread(self: &Arc<Self>, on_error: OnOpenError) -> Outcome {
        let retries = on_error == OnOpenError::Retry;
        if retries && self.state.health.is_slow() {
            self.schedule(Duration::ZERO);
            return Outcome::Known(Ok(()));
        }
        let began = Instant::now();
        let stall = self.state.options().stall_timeout;
        let timeout = if retries {
            stall.min(CALL_TIMEOUT)
        } else {
            stall
        };
        let answer = Oneshot::new();
        let (file, outcome) = (Arc::clone(self), Arc::clone(&answer));
        let opener = thread::Builder::new().name("tensorbolt-open".into());
        let started = opener.spawn(move || {
            let made = catch_unwind(AssertUnwindSafe(|| file.open_now(on_error)));
            let made = made.unwrap_or_else(|_| {
                // It must never come to that; an I/O thread tries again.
                file.reschedule(Next::In(Duration::ZERO));
                Ok(())
            });
            // A call that no longer waits hears of it as of any failure in the background.
            if let Err(Err(error)) = outcome.send(made) {
                let next = file.failed(error);
                file.reschedule(next);
            }
        });
        if started.is_err() {
            // No thread could be started.
            return Outcome::Known(self.open_now(on_error));
        }
        Outcome::Awaited {
            answer,
            began,
            timeout,
        }
    }

    /// Makes the file on this thread.
    fn open_now(self: &Arc<Self>, on_error: OnOpenError) -> Result<()> {
        let mut store = lock(&self.store);
        if self.abandoned.load(SeqCst) {
            // It was closed before its file was made.
            return Ok(());
        }
        let opened = store.open();
        if opened.is_ok() {
            *lock(&self.path) = store.path().into();
            self.state.health.set_device(store.device());
            log::info!("writes to {}", store.path().display());
        }
        drop(store);
        match opened {
            // Time mends no argument.
            Err(error) if on_error == OnOpenError::Fail || error.is_argument() => Err(error),
            // A failure meets the thread that writes, with all that belongs to it.
            _ => {
                let next = self.write_now();
                self.reschedule(next);
                Ok(())
            }
        }
    }

    /// Runs work that needs the store, for as long as a call may wait; `None` if it took longer. It is not run while the
    /// store is known to be slow.
    pub fn run_with_deadline<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if self.state.health.is_slow() {
            return None;
        }
        let began = Instant::now();
        let answer = Oneshot::new();
        let done = Arc::clone(&answer);
        let thread = thread::Builder::new().name("tensorbolt-ask".into());
        let run = move || done.send(catch_unwind(AssertUnwindSafe(work)).ok());
        thread.spawn(run).ok()?;
        let answer = answer.wait(self.state.options().stall_timeout.min(CALL_TIMEOUT));
        if answer.is_none() {
            self.report_stall(began.elapsed());
        }
        answer.flatten()
    }

    fn reschedule(self: &Arc<Self>, next: Next) {
        if let Next::In(pause) = next {
            lock(&self.buffer).scheduled = true;
            self.schedule(pause);
        }
    }

    /// The store does not answer.
    pub(super) fn report_stall(&self, since: Duration) {
        self.state.report_stall(&self.dir, since);
    }
}
