//! State shared by the files of one session: the memory limit, counters, problems, and the health of the store.
//!
//! One state serves all files of a session, so a limit in bytes holds for lanes and buffers together.

mod backoff;
mod budget;
mod health;
mod problems;
mod stats;

pub(crate) use backoff::Backoff;
pub use budget::{Admission, RoomWait};
pub(crate) use health::StoreId;
pub use stats::Stats;

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use super::options::Options;
use crate::error::Error;
use budget::Budget;
use health::Health;
use problems::Problems;
use stats::Counters;

/// The state of one session in one process.
#[derive(Debug)]
pub struct SessionState {
    options: Options,
    pub(crate) budget: Budget,
    pub(crate) counters: Counters,
    pub(crate) health: Health,
    problems: Problems,
}

impl SessionState {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            budget: Budget::new(&options),
            counters: Counters::default(),
            health: Health::default(),
            problems: Problems::default(),
            options,
        }
    }

    /// The session's choices.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// `bytes` have been handed to the operating system.
    pub(crate) fn add_written(&self, bytes: u64) {
        self.counters.add_written(bytes);
        self.health.set_slow(false);
    }

    /// Counts a failure, and keeps it for [`take_unreported`](Self::take_unreported) if it is the first of its kind.
    pub fn report(&self, error: Error) {
        self.counters.add_error();
        self.problems.record(error);
    }

    /// Keeps a warning for [`take_unreported`](Self::take_unreported): nothing failed here that would be counted.
    pub fn warn(&self, warning: Error) {
        self.problems.record(warning);
    }

    /// Keeps what a user would want to know for [`take_unreported`](Self::take_unreported), once: nothing failed.
    pub fn remark(&self, what: impl Into<String>) {
        self.problems.record(Error::remark(what));
    }

    /// Of a remote log: more bytes wait for the object store than `max_spool` allows, or no longer. While they do, its
    /// files take no more, as on a full disk.
    pub fn set_spool_full(&self, full: bool) {
        self.health.set_spool_full(full);
    }

    /// Has the next call that writes say that there is something to take, so that its caller looks after what only a thread
    /// of the program may do.
    pub fn call_for_attention(&self) {
        self.problems.attract();
    }

    /// The store in `dir` does not answer; that is reported once.
    pub(crate) fn report_stall(&self, dir: &Path, since: Duration) {
        self.health.set_slow(true);
        let seconds = since.as_secs_f64();
        log::warn!(
            "{} has not answered for {seconds:.1} seconds",
            dir.display()
        );
        self.problems.record_as(
            "stall",
            Error::store(
                format!(
                    "the store of {} has not answered for {seconds:.0} seconds",
                    dir.display()
                ),
                io::Error::new(
                    ErrorKind::TimedOut,
                    "events wait in memory until it does; see whether it is mounted and reachable",
                ),
            ),
        );
    }

    /// Drops events when their file is closed, which is reported.
    pub(crate) fn drop_at_close(&self, events: u64, dir: &Path) {
        self.counters.add_dropped(events);
        if events > 0 {
            log::error!("{events} events of {} were given up", dir.display());
            self.problems.record(Error::store(
                format!(
                    "{events} events of the file in {} were given up when it was closed",
                    dir.display()
                ),
                io::Error::new(ErrorKind::TimedOut, "the store did not take them in time"),
            ));
        }
    }

    /// Drops events for lack of room, which is reported once.
    pub fn drop_for_lack_of_room(&self, events: u64) {
        self.counters.add_dropped(events);
        let limit = self.options.max_buffer;
        self.problems.record(Error::store(
            format!(
                "events are being dropped: more than max_buffer={limit} bytes wait to be written \
                     and the store takes none"
            ),
            ErrorKind::WouldBlock.into(),
        ));
    }

    /// Drops events whose values could not be read from their device, which is reported once for each cause.
    pub fn drop_unread(&self, events: u64, cause: &str, why: &str) {
        self.counters.add_dropped(events);
        self.counters.add_error();
        self.problems.record_as(cause, Error::stopped(why));
    }

    /// True if `bytes` more may wait. One event larger than the limit is let in when nothing else waits.
    #[inline]
    #[must_use]
    pub fn fits(&self, bytes: u64) -> bool {
        self.budget.fits(bytes)
    }

    /// A call that waits for room for `bytes` from now on.
    #[must_use]
    pub fn room_for(&self, bytes: u64) -> RoomWait<'_> {
        self.budget.room_for(bytes)
    }

    /// True if there is something to [`take_unreported`](Self::take_unreported).
    #[inline]
    #[must_use]
    pub fn has_unreported(&self) -> bool {
        self.problems.has_unreported()
    }

    /// The failures that the user has not heard of yet, one for each cause.
    #[must_use]
    pub fn take_unreported(&self) -> Vec<Error> {
        self.problems.take_unreported()
    }

    /// The counters now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let (pending, blocked) = (self.budget.pending(), self.budget.blocked());
        self.counters
            .snapshot(pending, blocked, self.problems.last())
    }
}
