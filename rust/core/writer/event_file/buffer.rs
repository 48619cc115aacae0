//! The buffer of one event file, and its progress towards the file.

use super::slots::Slots;
use crate::record;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::writer::limits::Backoff;
use crate::writer::store::Store;

/// Whole records that wait.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    pub(super) bytes: Vec<u8>,
    pub(super) events: u64,
    /// Bytes ever appended; the position that a flush waits for.
    pub(super) appended: u64,
    /// An I/O thread will write it, at its time or at once.
    pub(super) scheduled: bool,
    /// All of it is to be written at once: it is large, or waited for.
    pub(super) urgent: bool,
    pub(super) slots: Slots,
}

/// Progress of a file: positions in the count of appended bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    pub(super) written: u64,
    /// One more than the position up to which the device has it, so that zero is a file whose header it may not have.
    pub(super) synced: u64,
    pub(super) failures: u64,
    pub(super) retry: Backoff,
}

impl Buffer {
    /// Has `store` take over what need not wait for an event on a lane. Returns the number of events and bytes.
    pub(super) fn hand_over(&mut self, store: &mut Store) -> (u64, usize) {
        let all = std::mem::take(&mut self.urgent);
        let len = self.bytes.len();
        let ready = if all { len } else { self.slots.ready(len) };
        self.slots.took(ready, all);
        let rest = self.bytes.split_off(ready);
        let events = if rest.is_empty() {
            self.events
        } else {
            record::count(&self.bytes)
        };
        self.events -= events;
        store.take(&mut self.bytes);
        self.bytes.extend_from_slice(&rest);
        (events, ready)
    }
}

/// The batch that a file's store holds: its events, and its bytes that are not written yet.
///
/// The store itself is locked for as long as a write takes, which may be forever. What is lost with it can be counted
/// all the same. A thread that takes a number out owns it, so nothing is counted or released twice.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    events: AtomicU64,
    bytes: AtomicU64,
}

impl InFlight {
    pub(super) fn set(&self, events: u64, bytes: usize) {
        self.events.store(events, Relaxed);
        self.bytes.store(bytes as u64, Relaxed);
    }

    /// `bytes` more are to be written.
    pub(super) fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
    }

    /// `bytes` have been written; returns how many of them no thread has taken out.
    pub(super) fn wrote(&self, bytes: u64) -> u64 {
        let left = |held: u64| Some(held.saturating_sub(bytes));
        let held = self.bytes.fetch_update(Relaxed, Relaxed, left);
        held.unwrap_or_default().min(bytes)
    }

    pub(super) fn events(&self) -> u64 {
        self.events.load(Relaxed)
    }

    /// Of the batch, only so many are left.
    pub(super) fn at_most(&self, events: u64) {
        self.events.fetch_min(events, Relaxed);
    }

    /// Events and bytes, none from now on.
    pub(super) fn take(&self) -> (u64, u64) {
        (self.events.swap(0, Relaxed), self.bytes.swap(0, Relaxed))
    }
}

/// Progress of a [`Flush`](super::Flush).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flushed {
    /// The operating system has everything, or the device if `fsync` was chosen.
    Done,
    /// Not yet.
    Waiting,
    /// The store fails or stands still; it goes on being tried, waiting makes no sense.
    Stalled,
}

impl Flushed {
    /// True if nothing is left to wait for.
    #[must_use]
    pub fn is_done(self) -> bool {
        self == Self::Done
    }
}
