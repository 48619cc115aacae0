//! What is known of an event file: which of its bytes are in which object. It is made of the journal's entries only, so a
//! later process comes to the same.

use crate::journal::Entry;

/// The segment that can still be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Live {
    pub number: u64,
    pub start: u64,
    /// End of the bytes that are certainly in it.
    pub end: u64,
    /// End of the bytes that may be in it: an upload may have succeeded without an answer.
    pub may_end: u64,
}

/// A segment that may exist or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub number: u64,
    pub start: u64,
    pub end: u64,
}

/// Bytes and objects of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tracked {
    /// Number of the next segment.
    pub next: u64,
    pub live: Option<Live>,
    pub attempt: Option<Attempt>,
    /// End of the bytes that are in the store or were left out.
    pub end: u64,
    /// Bytes sent, without headers.
    pub sent: u64,
    /// Uploads that succeeded, each with a header.
    pub puts: u64,
}

impl Tracked {
    /// Goes on by an entry about this file.
    pub fn apply(&mut self, entry: &Entry) {
        match *entry {
            Entry::Begin {
                number, start, end, ..
            } => match &mut self.live {
                Some(live) if live.number == number => live.may_end = live.may_end.max(end),
                _ => self.attempt = Some(Attempt { number, start, end }),
            },
            Entry::Done {
                number, start, end, ..
            } => {
                self.attempt = None;
                self.live = Some(Live {
                    number,
                    start,
                    end,
                    may_end: end,
                });
                self.next = number + 1;
                self.end = end;
                self.sent += end.saturating_sub(start);
                self.puts += 1;
            }
            Entry::Skip { end, .. } => {
                self.live = None;
                self.attempt = None;
                self.end = end;
            }
            Entry::Sidecar { .. } => {}
        }
    }

    /// Bytes of the store's objects, as far as they are known.
    pub fn bytes_sent(&self, header: u64) -> u64 {
        self.sent + self.puts * header
    }
}
