//! Values that a thread asks for at an interval, and logs as scalars.
//!
//! The thread does not know what the values are: [`Sampler::start`] takes a function that makes a source, and calls it on the
//! thread, since a driver may take its time. Samples lie on a grid: with an interval of ten seconds, at 0, 10, 20 … seconds
//! after the start. The step of a sample is its place on the grid in whole seconds, so samples of two processes have
//! the same steps even if a thread is late.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::proto::event::At;
use crate::proto::{rank, scalar};
use crate::sync::{Condvar, Instant, Mutex, lock, thread, wait_for};
use crate::writer::{Appended, FlushedAtExit, LastFlush, Runtime, Writer, now};

/// Time that the end of the process, and a change of mind, give to a sample in progress.
const END_PATIENCE: Duration = Duration::from_secs(1);
/// Bytes of a scalar besides its tag, at their longest.
const VALUE_BYTES: usize = 48;

/// Values of one sample, each with its tag.
pub type Values = Vec<(String, f64)>;

/// Where samples go.
pub trait Sink: Send + Sync {
    /// Logs values at one step. It never waits; what cannot be taken is dropped and counted.
    fn log(&self, at: At, values: &[(String, f64)]);
}

/// The thread that asks for values. It ends when this is dropped.
pub struct Sampler {
    shared: Arc<Shared>,
    runtime: Arc<Runtime>,
}

struct Shared {
    began: Instant,
    /// Time on the grid when it began.
    before: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    interval: Duration,
    /// The source is there, or cannot be made.
    opened: bool,
    stopped: bool,
    ended: bool,
    notices: Vec<String>,
}

impl Sampler {
    /// Begins a thread that takes a sample at once, and then one at each multiple of `interval`.
    ///
    /// `open` makes the source, with sentences for the user about what it lacks. `before` is the time on the grid that an
    /// earlier sampler has come to.
    pub fn start<S>(
        sink: Arc<dyn Sink>,
        interval: Duration,
        before: Duration,
        open: impl FnOnce() -> (S, Vec<String>) + Send + 'static,
    ) -> Self
    where
        S: FnMut(&mut Values) + 'static,
    {
        let shared = Arc::new(Shared {
            began: Instant::now(),
            before,
            state: Mutex::new(State {
                interval,
                opened: false,
                stopped: false,
                ended: false,
                notices: Vec::new(),
            }),
            changed: Condvar::new(),
        });
        let runtime = Runtime::current();
        let weak = Arc::downgrade(&shared);
        runtime.register(weak);
        let theirs = Arc::clone(&shared);
        let started = thread::Builder::new()
            .name("tensorbolt-sampler".into())
            .spawn(move || {
                let work = AssertUnwindSafe(|| run(&theirs, &*sink, open));
                let notice = catch_unwind(work)
                    .err()
                    .map(|_| "the thread failed in a way it never should; please report it".into());
                theirs.end(notice);
            });
        if let Err(error) = started {
            shared.end(Some(format!("no thread can be started: {error}")));
        }
        Self { shared, runtime }
    }

    /// False in a process that was forked from the one it was started in: there is no thread here.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.runtime.is_ours()
    }

    /// Changes the interval; the next sample is at the next multiple of it.
    pub fn set_interval(&self, interval: Duration) {
        if self.is_ours() {
            lock(&self.shared.state).interval = interval;
            self.shared.changed.notify_all();
        }
    }

    /// What the user should know and was not given yet. Waits for the source to be made, at most for `patience`.
    #[must_use]
    pub fn take_notices(&self, patience: Duration) -> Vec<String> {
        self.wait(patience, |state| state.opened)
    }

    /// Ends the thread, and waits for a sample in progress, at most for a second. Returns what
    /// [`take_notices`](Self::take_notices) does.
    #[must_use]
    pub fn stop(&self) -> Vec<String> {
        if self.is_ours() {
            self.shared.stop();
        }
        self.wait(END_PATIENCE, |state| state.ended)
    }

    fn wait(&self, patience: Duration, enough: fn(&State) -> bool) -> Vec<String> {
        if !self.is_ours() {
            return Vec::new();
        }
        self.shared.wait(patience, enough);
        std::mem::take(&mut lock(&self.shared.state).notices)
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        // In a forked child its locks may be held without end.
        if self.is_ours() {
            self.shared.stop();
        }
    }
}

impl fmt::Debug for Sampler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sampler").finish_non_exhaustive()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// A sample must not be in progress while the process ends: the driver that it asks is taken down meanwhile.
impl FlushedAtExit for Shared {
    fn begin_last_flush(self: Arc<Self>) -> LastFlush {
        self.stop();
        Box::new(move |patience| {
            self.wait(patience.min(END_PATIENCE), |state| state.ended);
            0
        })
    }
}

impl Shared {
    fn elapsed(&self) -> Duration {
        self.before + self.began.elapsed()
    }

    fn stop(&self) {
        lock(&self.state).stopped = true;
        self.changed.notify_all();
    }

    fn is_stopped(&self) -> bool {
        lock(&self.state).stopped
    }

    fn opened(&self, notices: Vec<String>) {
        let mut state = lock(&self.state);
        state.opened = true;
        state.notices.extend(notices);
        drop(state);
        self.changed.notify_all();
    }

    fn end(&self, notice: Option<String>) {
        self.opened(notice.into_iter().collect());
        lock(&self.state).ended = true;
        self.changed.notify_all();
    }

    fn wait(&self, patience: Duration, enough: fn(&State) -> bool) {
        let began = Instant::now();
        let mut state = lock(&self.state);
        loop {
            let pause = patience.saturating_sub(began.elapsed());
            if enough(&state) || pause.is_zero() {
                return;
            }
            state = wait_for(&self.changed, state, pause);
        }
    }

    /// Waits for the next sample, and returns its place on the grid; `None` once it is stopped. Samples whose time has passed
    /// while the thread did something else are left out.
    fn next_tick(&self) -> Option<Duration> {
        let last = self.elapsed();
        let mut state = lock(&self.state);
        loop {
            if state.stopped {
                return None;
            }
            let interval = state.interval;
            let next = last_multiple(interval, last).saturating_add(interval);
            let elapsed = self.elapsed();
            let pause = next.saturating_sub(elapsed);
            if pause.is_zero() {
                return Some(last_multiple(interval, elapsed));
            }
            state = wait_for(&self.changed, state, pause);
        }
    }
}

/// The last multiple of `interval` up to `time`.
fn last_multiple(interval: Duration, time: Duration) -> Duration {
    let rest = time.as_nanos() % interval.as_nanos().max(1);
    time.saturating_sub(Duration::from_nanos_u128(rest))
}

fn run<S: FnMut(&mut Values)>(
    shared: &Shared,
    sink: &dyn Sink,
    open: impl FnOnce() -> (S, Vec<String>),
) {
    let (mut sample, notices) = open();
    shared.opened(notices);
    let mut values = Vec::new();
    let mut tick = Some(shared.before);
    while let Some(time) = tick {
        values.clear();
        sample(&mut values);
        // The source may have taken long, and the file may be closed by now.
        if shared.is_stopped() {
            return;
        }
        let step = time.as_secs().cast_signed();
        sink.log(
            At {
                wall_time: now(),
                step,
            },
            &values,
        );
        tick = shared.next_tick();
    }
}

impl Sink for Writer {
    fn log(&self, at: At, values: &[(String, f64)]) {
        if values.is_empty() {
            return;
        }
        let size = |(tag, _): &(String, f64)| tag.len() + VALUE_BYTES;
        let mut summary = Vec::with_capacity(values.iter().map(size).sum());
        let rank = self.rank();
        for (tag, value) in values {
            let tag = [tag.as_str(), "", ""];
            match rank {
                Some(_) => rank::encode_value(&mut summary, tag, *value),
                None => scalar::encode_value(&mut summary, tag, *value as f32),
            }
        }
        // A file that cannot be opened is reported where it was tried; one that is closed takes no samples.
        let Ok(file) = self.file() else { return };
        let append = file.append(summary.len() + VALUE_BYTES, |out| match rank {
            Some(rank) => rank::encode_summary(out, at, &summary, rank),
            None => scalar::encode_summary(out, at, &summary),
        });
        if let Ok(Appended::Full) = append {
            file.session_state().drop_for_lack_of_room(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_are_those_from_the_start_on() {
        let milliseconds = Duration::from_millis;
        for (interval, time, expected) in [
            (10_000, 0, 0),
            (10_000, 9_999, 0),
            (10_000, 10_000, 10_000),
            (10_000, 37_900, 30_000),
            (300, 1_000, 900),
        ] {
            let found = last_multiple(milliseconds(interval), milliseconds(time));
            assert_eq!(found, milliseconds(expected));
        }
        assert_eq!(
            last_multiple(Duration::MAX, milliseconds(5)),
            Duration::ZERO
        );
        assert_eq!(
            last_multiple(Duration::ZERO, milliseconds(5)),
            milliseconds(5)
        );
    }
}
