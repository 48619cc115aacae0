//! The order of a file: places in its buffer that wait for events on their way through a lane.
//!
//! A call that hands work to a lane reserves the place at which the buffer ends, so the event is later found where it was
//! logged. What was logged after it waits for it, at most for [`HOLD`]. An event that takes longer has lost its place: it
//! comes first in what is written next.

use std::collections::VecDeque;
use std::time::Duration;

use crate::sync::Instant;

/// Time that an event may wait for slower ones that were logged before it. Bytes are promised within 250 ms.
const HOLD: Duration = Duration::from_millis(150);

/// The reserved places of one buffer.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// In the order of calls.
    open: VecDeque<Slot>,
    reserved: u64,
    /// Bytes of events at the start of the buffer that came after their place was gone.
    late: usize,
}

#[derive(Debug)]
struct Slot {
    number: u64,
    /// Offset in the buffer.
    at: usize,
    since: Instant,
}

impl Slots {
    /// Reserves the end of a buffer of `len` bytes. Returns the number of the place.
    pub(super) fn reserve(&mut self, len: usize) -> u64 {
        self.reserved += 1;
        self.open.push_back(Slot {
            number: self.reserved,
            at: len,
            since: Instant::now(),
        });
        self.reserved
    }

    /// Moves what was appended after the first `before` bytes to a place that is then no longer reserved. Nothing is
    /// appended if the event failed.
    pub(super) fn fill(&mut self, number: u64, bytes: &mut [u8], before: usize) {
        let added = bytes.len() - before;
        let found = self.open.binary_search_by_key(&number, |slot| slot.number);
        // Events of one tag come from one lane, in order, so those whose place is gone stay in order here.
        let (at, later) = match found {
            Ok(index) => {
                let slot = self.open.remove(index);
                (slot.map_or(before, |slot| slot.at), index)
            }
            Err(_) => (self.late, 0),
        };
        if found.is_err() {
            self.late += added;
        }
        if let Some(tail) = bytes.get_mut(at..) {
            tail.rotate_right(added);
        }
        for slot in self.open.range_mut(later..) {
            slot.at += added;
        }
    }

    /// Number of the `len` bytes of the buffer that need not wait any longer.
    pub(super) fn ready(&mut self, len: usize) -> usize {
        let now = Instant::now();
        while self.pause(now).is_some_and(|pause| pause.is_zero()) {
            self.open.pop_front();
        }
        self.open.front().map_or(len, |slot| slot.at)
    }

    /// The first `len` bytes of the buffer have been taken; all of them if nothing is to wait.
    pub(super) fn took(&mut self, len: usize, all: bool) {
        if all {
            self.open.clear();
        }
        self.late = self.late.saturating_sub(len);
        for slot in &mut self.open {
            slot.at -= len;
        }
    }

    /// Longest time that the bytes behind the first place wait; `None` if no place is reserved.
    pub(super) fn pause(&self, now: Instant) -> Option<Duration> {
        let slot = self.open.front()?;
        Some((slot.since + HOLD).saturating_duration_since(now))
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    /// A buffer, and what is done with it.
    #[derive(Default)]
    struct Buffer {
        bytes: Vec<u8>,
        slots: Slots,
    }

    impl Buffer {
        fn log(&mut self, text: &str) {
            self.bytes.extend(text.bytes());
        }

        fn reserve(&mut self) -> u64 {
            self.slots.reserve(self.bytes.len())
        }

        fn fill(&mut self, number: u64, text: &str) {
            let before = self.bytes.len();
            self.log(text);
            self.slots.fill(number, &mut self.bytes, before);
        }

        fn take(&mut self, all: bool) -> String {
            let len = if all {
                self.bytes.len()
            } else {
                self.slots.ready(self.bytes.len())
            };
            self.slots.took(len, all);
            let rest = self.bytes.split_off(len);
            let taken = std::mem::replace(&mut self.bytes, rest);
            String::from_utf8(taken).unwrap_or_default()
        }
    }

    #[test]
    fn events_are_in_the_order_of_calls() {
        let mut buffer = Buffer::default();
        buffer.log("a");
        let (slow, slower) = (buffer.reserve(), buffer.reserve());
        buffer.log("b");
        let last = buffer.reserve();
        assert_eq!(buffer.take(false), "a");
        buffer.fill(last, "4");
        buffer.fill(slow, "11");
        assert_eq!(buffer.take(false), "11");
        buffer.log("c");
        buffer.fill(slower, "222");
        assert_eq!(buffer.take(false), "222b4c");
        assert_eq!(buffer.take(false), "");
    }

    #[test]
    fn what_comes_too_late_comes_first_and_in_order() {
        let mut buffer = Buffer::default();
        let (one, two) = (buffer.reserve(), buffer.reserve());
        buffer.log("a");
        assert_eq!(buffer.take(true), "a");
        buffer.log("b");
        let three = buffer.reserve();
        buffer.log("c");
        buffer.fill(one, "1");
        buffer.fill(two, "2");
        buffer.fill(three, "3");
        assert_eq!(buffer.take(false), "12b3c");
        let (four, five) = (buffer.reserve(), buffer.reserve());
        buffer.log("d");
        assert_eq!(buffer.take(true), "d");
        buffer.fill(four, "4");
        // A place is at the start, behind what was late.
        let six = buffer.reserve();
        buffer.fill(five, "5");
        buffer.fill(six, "6");
        assert_eq!(buffer.take(false), "456");
    }

    #[test]
    fn an_event_that_fails_leaves_its_place() {
        let mut buffer = Buffer::default();
        let (fails, other) = (buffer.reserve(), buffer.reserve());
        buffer.log("a");
        buffer.fill(fails, "");
        assert_eq!(buffer.take(false), "");
        buffer.fill(other, "1");
        assert_eq!(buffer.take(false), "1a");
    }

    #[test]
    fn nothing_waits_for_ever() {
        let mut buffer = Buffer::default();
        let slow = buffer.reserve();
        buffer.log("a");
        let slower = buffer.reserve();
        buffer.log("b");
        assert!(
            buffer
                .slots
                .pause(Instant::now())
                .is_some_and(|pause| pause <= HOLD)
        );
        std::thread::sleep(HOLD);
        assert_eq!(buffer.take(false), "ab");
        assert_eq!(buffer.slots.pause(Instant::now()), None);
        buffer.log("c");
        buffer.fill(slow, "1");
        buffer.fill(slower, "2");
        assert_eq!(buffer.take(false), "12c");
    }
}
