//! The thread of rank 0: reads the streams of all ranks while the job runs, and writes the curves into rank 0's event file.

use std::sync::Arc;
use std::time::Duration;

use forkguard::Guard;

use super::curves::{MOST, Precision, encode_point};
use super::emission::Emit;
use super::listing::Listing;
use super::place::Place;
use super::point::Point;
use super::reduction::{Limits, Reduction};
use super::report::Report;
use super::streams::Streams;
use super::written::Written;
use crate::error::{Error, Result};
use crate::sync::{Condvar, Instant, Mutex, lock, thread, wait_for};
use crate::writer::{Admission, Appended, Writer};

/// Time between two looks at the streams, and at the end, when `finish` waits.
const LOOK_EVERY: Duration = Duration::from_millis(200);
const LOOK_EVERY_AT_END: Duration = Duration::from_millis(20);
/// Time between two tries to read the points that are written already.
const TRY_EVERY: Duration = Duration::from_secs(1);
/// Steps that have waited for longer lack a rank whose stream may be a new one.
const LONG: Duration = Duration::from_secs(2);
/// Bytes of what is there at the beginning that are read before a look at the clock.
const SLICE_BYTES: usize = 4 << 20;
/// Time that a point may wait for room in memory before it is looked whether anyone waits for the end.
const ROOM_SLICE: Duration = Duration::from_millis(100);

/// Choices of a reducer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How long values wait for others.
    pub limits: Limits,
    /// Step at which rank 0 was resumed.
    pub resumed: Option<i64>,
    /// Form of the numbers.
    pub precision: Precision,
}

/// The thread, and what it has done so far.
#[derive(Debug)]
pub struct Reducer {
    shared: Arc<Shared>,
    /// A forked child does not have the thread.
    guard: Guard,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// When the thread is to end at the latest.
    deadline: Option<Instant>,
    /// The thread is to end at once, without what waits.
    is_dropped: bool,
    is_done: bool,
    report: Report,
}

impl Reducer {
    /// Starts the thread for the log at a place.
    ///
    /// # Errors
    ///
    /// `is_store` if the system gives no thread.
    pub fn start(mut place: Box<dyn Place>, writer: Arc<Writer>, options: Options) -> Result<Self> {
        let shared = Arc::<Shared>::default();
        let asked = Arc::downgrade(&shared);
        place.begin(Arc::new(move || {
            asked.upgrade().is_some_and(|shared| !shared.is_late())
        }));
        let mut work = Work {
            shared: Arc::clone(&shared),
            place,
            writer,
            options,
            began: Instant::now(),
            listing: Listing::default(),
            streams: Streams::default(),
            listed: None,
            is_closed: false,
        };
        let started = thread::Builder::new()
            .name("tensorbolt-ranks".into())
            .spawn(move || work.run());
        started.map_err(|error| {
            let what = "cannot start the thread that reduces what the ranks log";
            Error::store(what, error)
        })?;
        let guard = forkguard::new();
        Ok(Self { shared, guard })
    }

    /// Has the thread write what waits and end: once all ranks have said that they log no more, or after `timeout`.
    pub fn finish(&self, timeout: Duration) {
        if self.is_ours() {
            let mut state = lock(&self.shared.state);
            let now = Instant::now();
            state.deadline = Some(now + timeout.min(Duration::from_hours(24)));
            self.shared.changed.notify_all();
        }
    }

    /// Waits for the end of the thread, at most for `slice`; true once it has ended.
    #[must_use]
    pub fn wait(&self, slice: Duration) -> bool {
        if !self.is_ours() {
            return true;
        }
        let deadline = Instant::now() + slice;
        let mut state = lock(&self.shared.state);
        while !state.is_done {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = wait_for(&self.shared.changed, state, left);
        }
        true
    }

    /// Counts so far.
    #[must_use]
    pub fn report(&self) -> Report {
        if self.is_ours() {
            lock(&self.shared.state).report.clone()
        } else {
            Report::default()
        }
    }

    fn is_ours(&self) -> bool {
        !self.guard.clone().detected_fork()
    }
}

impl Shared {
    /// True once the ranks that have not stopped are waited for no longer.
    fn is_late(&self) -> bool {
        let state = lock(&self.state);
        state.is_dropped
            || state
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
    }
}

impl Drop for Reducer {
    fn drop(&mut self) {
        if self.is_ours() {
            lock(&self.shared.state).is_dropped = true;
            self.shared.changed.notify_all();
        }
    }
}

/// What the thread works with.
struct Work {
    shared: Arc<Shared>,
    place: Box<dyn Place>,
    writer: Arc<Writer>,
    options: Options,
    began: Instant,
    listing: Listing,
    streams: Streams,
    /// When streams were listed last, of a place that shows in a list alone what is new.
    listed: Option<Duration>,
    /// The event file takes no more.
    is_closed: bool,
}

impl Work {
    fn run(&mut self) {
        let done = crate::sync::run_guarded("the curves of the ranks", || {
            if let Some(written) = self.written() {
                self.reduce(written);
            }
            Ok(())
        });
        if let Err(error) = done {
            self.writer.session().state().report(error);
        }
        lock(&self.shared.state).is_done = true;
        self.shared.changed.notify_all();
    }

    /// The points that the log has. While they cannot be read none is written, since it could be there already.
    fn written(&mut self) -> Option<Written> {
        loop {
            match self.place.written() {
                Ok(Some(mut written)) => {
                    if let Some(step) = self.options.resumed {
                        written.rewind(step);
                    }
                    return Some(written);
                }
                Ok(None) => {}
                Err(error) => self.writer.session().state().report(error),
            }
            if self.is_ending() {
                return None;
            }
            self.pause(self.place.pause(false).unwrap_or(TRY_EVERY));
        }
    }

    fn reduce(&mut self, written: Written) {
        let mut reduction = Reduction::new(self.options.limits, written);
        if let Some(step) = self.options.resumed {
            reduction.hold(step);
        }
        self.list(&mut reduction);
        while self.catch_up(&mut reduction) {
            if self.is_ending() {
                break;
            }
        }
        reduction.release();
        let mut was_ending = false;
        loop {
            let is_ending = self.is_ending();
            if is_ending && !was_ending {
                // What was there when the end began counts.
                self.listed = None;
            }
            was_ending = is_ending;
            self.list_if_due(&mut reduction, is_ending);
            self.look(&mut reduction, Emit::Due);
            if is_ending && (reduction.is_over() || self.shared.is_late()) {
                break;
            }
            self.pause(if is_ending {
                LOOK_EVERY_AT_END
            } else {
                LOOK_EVERY
            });
            if self.is_closed {
                return;
            }
        }
        while self.catch_up(&mut reduction) {}
        self.look(&mut reduction, Emit::All);
    }

    fn catch_up(&mut self, reduction: &mut Reduction) -> bool {
        let now = self.began.elapsed();
        let (writer, precision) = (&self.writer, self.options.precision);
        let is_closed = &mut self.is_closed;
        self.streams
            .catch_up(reduction, SLICE_BYTES, now, &mut |point| {
                write(writer, precision, point, is_closed);
            })
    }

    fn look(&mut self, reduction: &mut Reduction, which: Emit) {
        let now = self.began.elapsed();
        self.streams.poll(reduction, now);
        let (writer, precision) = (&self.writer, self.options.precision);
        let is_closed = &mut self.is_closed;
        reduction.emit(which, now, &mut |point| {
            write(writer, precision, point, is_closed);
        });
        let state = self.writer.session().state();
        for error in self.streams.take_errors() {
            state.report(error);
        }
        for (what, effect) in reduction.take_notices() {
            let effect = std::io::Error::new(std::io::ErrorKind::TimedOut, effect);
            state.warn(Error::store(what, effect));
        }
        for remark in reduction.take_remarks() {
            state.remark(remark);
        }
        let mut report = reduction.report();
        report.damage = self.streams.damage().count() as u64;
        lock(&self.shared.state).report = report;
    }

    fn list_if_due(&mut self, reduction: &mut Reduction, is_ending: bool) {
        let now = self.began.elapsed();
        let is_due = match self.place.pause(is_ending) {
            Some(pause) => self
                .listed
                .is_none_or(|last| now.saturating_sub(last) >= pause),
            None => self
                .listing
                .is_due(now, reduction.waits(now, LONG), is_ending),
        };
        if is_due {
            self.list(reduction);
        }
    }

    fn list(&mut self, reduction: &mut Reduction) {
        let now = self.began.elapsed();
        let known = reduction.streams();
        match self.place.streams() {
            Ok(found) => self.streams.set(reduction, found),
            Err(error) => self.writer.session().state().report(error),
        }
        // After the request, which may take long.
        self.listed = Some(self.began.elapsed());
        let found_new = reduction.streams() > known;
        self.listing
            .done(now, reduction.waits(now, LONG), found_new);
    }

    fn is_ending(&self) -> bool {
        let state = lock(&self.shared.state);
        state.is_dropped || state.deadline.is_some()
    }

    /// Waits, unless the end is asked for meanwhile.
    fn pause(&self, most: Duration) {
        let state = lock(&self.shared.state);
        drop(wait_for(&self.shared.changed, state, most));
    }
}

/// Writes a point. It waits for room, as a caller would.
fn write(writer: &Writer, precision: Precision, point: &Point<'_>, is_closed: &mut bool) {
    let state = writer.session().state();
    let texts = point
        .texts
        .map_or(0, |texts| texts.title.len() + texts.description.len());
    let size = MOST * (point.tag.len() + texts + 96);
    loop {
        let file = match writer.file() {
            Ok(file) if !*is_closed => file,
            _ => {
                *is_closed = true;
                return;
            }
        };
        match file.append(size, |out| encode_point(out, point, precision)) {
            Ok(Appended::Taken) => return,
            Ok(Appended::Full) => match state.room_for(size as u64).wait(ROOM_SLICE) {
                Admission::Stalled => return state.drop_for_lack_of_room(1),
                Admission::Admitted | Admission::Full => {}
            },
            Err(_) => *is_closed = true,
        }
    }
}
