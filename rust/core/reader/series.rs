//! The points of one tag in one form, column by column.

use super::starts::Starts;

/// Place of the message of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// First byte in its file.
    pub offset: u64,
    /// Bytes.
    pub length: u32,
    /// True if the value is a single number, which is kept as well.
    pub is_number: bool,
}

/// Place of a number that is kept in memory alone.
const NO_PLACE: Place = Place {
    offset: 0,
    length: 0,
    is_number: true,
};

/// A point from which on what came before it does not count any more, as far as its step is not lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Points before it.
    pub at: usize,
    pub step: i64,
}

/// Points of one tag in one form, in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Series {
    pub steps: Vec<i64>,
    pub times: Vec<f64>,
    /// Empty if the points are no numbers.
    pub values: Vec<f64>,
    /// Empty if all points are numbers.
    pub places: Vec<Place>,
    pub marks: Vec<Mark>,
    /// Bytes of the messages of all values.
    pub bytes: u64,
    /// Starts that there were at the last point.
    starts: u64,
    /// The first and the last step, also of points that are not kept.
    first: Option<i64>,
    last: Option<i64>,
}

/// One point, before it is put into a series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub step: i64,
    pub time: f64,
    pub value: Option<f64>,
    pub place: Option<Place>,
    pub bytes: u64,
}

impl Series {
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Takes a point; outside of `steps` nothing of it is kept but that steps go back to it.
    #[inline]
    pub(super) fn push(&mut self, point: Point, starts: &Starts, steps: (i64, i64)) {
        if self.starts != starts.count() {
            self.mark(starts.lowest_since(self.starts));
            self.starts = starts.count();
        }
        let back = self.last.is_some_and(|last| point.step < last);
        self.first = self.first.or(Some(point.step));
        self.last = Some(point.step);
        if !(steps.0..=steps.1).contains(&point.step) {
            if back {
                self.mark(Some(point.step));
            }
            return;
        }
        self.bytes += point.bytes;
        self.steps.push(point.step);
        self.times.push(point.time);
        match (point.value, point.place) {
            (Some(value), None) if self.places.is_empty() => self.values.push(value),
            (value, place) => self.push_both(value, place.unwrap_or_default()),
        }
    }

    #[cold]
    fn push_both(&mut self, value: Option<f64>, mut place: Place) {
        let before = self.steps.len() - 1;
        if self.places.is_empty() {
            self.places.resize(before, NO_PLACE);
        }
        place.is_number = value.is_some();
        self.places.push(place);
        if value.is_some() || !self.values.is_empty() {
            self.values.resize(before, f64::NAN);
            self.values.push(value.unwrap_or(f64::NAN));
        }
    }

    fn mark(&mut self, step: Option<i64>) {
        if let Some(step) = step {
            self.mark_at(self.steps.len(), step);
        }
    }

    fn mark_at(&mut self, at: usize, step: i64) {
        match self.marks.last_mut() {
            Some(last) if last.at == at => last.step = last.step.min(step),
            _ => self.marks.push(Mark { at, step }),
        }
    }

    /// The points of a later stretch follow, before which there were these starts.
    pub(super) fn append(&mut self, other: &Self, starts: &Starts) {
        let before = self.steps.len();
        let Some(first) = other.first else { return };
        self.mark(starts.lowest_since(self.starts));
        if self.last.is_some_and(|last| first < last) {
            self.mark(Some(first));
        }
        for mark in &other.marks {
            self.mark_at(before + mark.at, mark.step);
        }
        self.steps.extend_from_slice(&other.steps);
        self.times.extend_from_slice(&other.times);
        self.extend_values(other, before);
        self.bytes += other.bytes;
        self.starts = starts.count() + other.starts;
        self.first = self.first.or(other.first);
        self.last = other.last;
    }

    fn extend_values(&mut self, other: &Self, before: usize) {
        let all = before + other.len();
        if !self.places.is_empty() || !other.places.is_empty() {
            self.places.resize(before, NO_PLACE);
            self.places.extend_from_slice(&other.places);
            self.places.resize(all, NO_PLACE);
        }
        if !self.values.is_empty() || !other.values.is_empty() {
            self.values.resize(before, f64::NAN);
            self.values.extend_from_slice(&other.values);
            self.values.resize(all, f64::NAN);
        }
    }

    /// The lowest step of the starts after the last point.
    pub(super) fn purged_after(&self, starts: &Starts) -> Option<i64> {
        starts.lowest_since(self.starts)
    }

    /// True if a point is a single number.
    #[inline]
    pub(super) fn is_number(&self, at: usize) -> bool {
        match self.places.get(at) {
            Some(place) => place.is_number,
            None => !self.values.is_empty(),
        }
    }
}
