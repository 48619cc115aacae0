//! Starts of sessions: "what the run had logged from this step on does not count any more".

/// The starts of a file, in order, so that a tag can ask for the lowest step since its last value.
///
/// Only starts that can be such a lowest one are kept, so any number of them takes little room and time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Starts {
    count: u64,
    /// Number and step of a start, both ascending.
    lowest: Vec<(u64, i64)>,
}

impl Starts {
    /// Number of starts.
    #[inline]
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// One more.
    pub(super) fn push(&mut self, step: i64) {
        self.push_numbered(self.count, step);
        self.count += 1;
    }

    fn push_numbered(&mut self, number: u64, step: i64) {
        while self.lowest.last().is_some_and(|&(_, last)| last >= step) {
            self.lowest.pop();
        }
        self.lowest.push((number, step));
    }

    /// The lowest step of those that came after the first `count`.
    pub(super) fn lowest_since(&self, count: u64) -> Option<i64> {
        let first = self.lowest.partition_point(|&(number, _)| number < count);
        self.lowest.get(first).map(|&(_, step)| step)
    }

    /// Appends the starts of the next stretch.
    pub(super) fn append(&mut self, other: &Self) {
        for &(number, step) in &other.lowest {
            self.push_numbered(self.count + number, step);
        }
        self.count += other.count;
    }
}
