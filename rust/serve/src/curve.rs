//! The points of a scalar series: all of them, or of each interval the first, the last, the lowest and the highest.
//!
//! A series that has more points than are wanted is cut into intervals of equally many. When there are too many
//! intervals, pairs of them become one; nothing is lost by that, for the lowest of two is the lower of their lowest. So a
//! peak of one step among millions is always there, and no choice is made by chance.

use whole::{All, Sieve, Whole};

use crate::steps::Steps;
use crate::thinning::{MOST_OF_INTERVAL, extremes, spread};

pub mod whole;

/// Scalar points in the order of their steps, 13 bytes each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    steps: Steps,
    times: Vec<f64>,
    values: Vec<f32>,
    /// Nothing as long as all points are kept.
    intervals: Option<Intervals>,
    /// True if the curve is one of several that others are computed of.
    is_member: bool,
    /// All points of a member; nothing if the ones above are all, and are exact.
    whole: Option<Box<Whole>>,
}

/// Intervals of a curve that was thinned out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Intervals {
    /// Points of which each interval was made, but for the last.
    width: usize,
    /// Points of the last interval so far.
    filled: usize,
    /// Kept points of each.
    kept: Vec<u8>,
}

/// The end of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    /// Step of the last point.
    pub step: i64,
    /// Its time.
    pub time: f64,
    /// Its number.
    pub value: f32,
    /// The latest time of all points.
    pub max_time: f64,
}

/// Columns of points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// Global step of each.
    pub steps: Vec<i64>,
    /// Seconds since the epoch.
    pub times: Vec<f64>,
    /// The number.
    pub values: Vec<f32>,
}

impl Points {
    fn push_from(&mut self, from: &Points, at: usize) {
        if let (Some(&step), Some(&time), Some(&value)) =
            (from.steps.get(at), from.times.get(at), from.values.get(at))
        {
            self.steps.push(step);
            self.times.push(time);
            self.values.push(value);
        }
    }
}

impl Curve {
    /// Number of points that are kept.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Step of the last one.
    pub fn last_step(&self) -> Option<i64> {
        self.steps.last()
    }

    /// The latest time.
    pub fn max_time(&self) -> Option<f64> {
        self.times.iter().copied().reduce(f64::max)
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        let intervals = self.intervals.as_ref().map_or(0, |all| all.kept.capacity());
        size_of::<Self>()
            + self.steps.bytes()
            + 8 * self.times.capacity()
            + 4 * self.values.capacity()
            + intervals
            + self.whole.as_ref().map_or(0, |whole| whole.bytes())
    }

    /// Points of the longer one of what is kept to be drawn, and of what is kept to be computed with.
    pub fn longest(&self) -> usize {
        let whole = self.whole.as_ref().map_or(0, |whole| whole.len());
        self.len().max(whole)
    }

    /// All points that are kept.
    pub fn points(&self) -> Points {
        Points {
            steps: self.steps.iter().collect(),
            times: self.times.clone(),
            values: self.values.clone(),
        }
    }

    /// At most `most` of them: the last one, then the first, then the lowest and the highest of equal intervals.
    pub fn sample(&self, most: usize) -> Points {
        match most {
            0 => Points::default(),
            // Asked for of all series at once.
            1 => Points {
                steps: self.steps.last().into_iter().collect(),
                times: self.times.last().copied().into_iter().collect(),
                values: self.values.last().copied().into_iter().collect(),
            },
            _ if self.len() <= most => self.points(),
            _ => {
                let all = self.points();
                let mut sample = Points::default();
                for at in spread(&all.values, most) {
                    sample.push_from(&all, at);
                }
                sample
            }
        }
    }

    /// All points of a member of a group.
    pub fn all(&self) -> All<'_> {
        match &self.whole {
            Some(whole) => All::Borrowed(whole),
            None => All::Owned(self.as_whole()),
        }
    }

    /// Keeps all points of a member of a group, if the curve alone would not have them, exactly. `extend` has to follow, with
    /// the same points.
    pub fn keep_all(&mut self, all: &Whole, most: usize, sieve: Sieve) {
        self.is_member = true;
        let count = self.len() + all.len();
        let is_enough = self.intervals.is_none() && count <= room(most) && all.is_single();
        if self.whole.is_some() || !is_enough {
            self.whole_mut().extend(all, sieve);
        }
    }

    fn as_whole(&self) -> Whole {
        Whole::of_curve(&self.steps, &self.times, &self.values)
    }

    fn whole_mut(&mut self) -> &mut Whole {
        let before = self.whole.take();
        let whole = before.unwrap_or_else(|| Box::new(self.as_whole()));
        self.whole.insert(whole)
    }

    /// Appends the points of another file, whose steps are higher.
    pub fn add(&mut self, other: &Self, most: usize) {
        if other.is_member {
            if other.whole.is_some() {
                self.whole_mut();
            }
            self.keep_all(&other.all(), most, Sieve::default());
        }
        self.extend(&other.points(), most);
    }

    /// The last one, and the latest time.
    pub fn end(&self) -> Option<End> {
        Some(End {
            step: self.steps.last()?,
            time: *self.times.last()?,
            value: *self.values.last()?,
            max_time: self.max_time()?,
        })
    }

    /// Drops the points from a step on.
    pub fn cut(&mut self, floor: i64) {
        if let Some(whole) = &mut self.whole {
            whole.cut(floor);
        }
        if self.last_step().is_none_or(|last| last < floor) {
            return;
        }
        let kept = self.steps.iter().take_while(|&step| step < floor).count();
        self.steps = self.steps.iter().take(kept).collect();
        self.times.truncate(kept);
        self.values.truncate(kept);
        if let Some(intervals) = &mut self.intervals {
            intervals.cut(kept);
        }
    }

    /// Appends points whose steps are higher, and keeps about `most` in all.
    pub fn extend(&mut self, points: &Points, most: usize) {
        let mut from = 0;
        if self.intervals.is_none() {
            let room = room(most).saturating_sub(self.len());
            from = room.min(points.values.len());
            self.append(points, 0..from);
            if from == points.values.len() {
                return;
            }
            self.divide(most);
        }
        while from < points.values.len() {
            from = self.extend_interval(points, from);
            self.unite(most);
        }
    }

    /// Keeps about `most` points, as if so few had been wanted from the beginning.
    pub fn thin(&mut self, most: usize, sieve: Sieve) {
        if self.is_member && self.longest() > most {
            self.whole_mut().thin(sieve);
        }
        if self.len() <= most {
            return;
        }
        let all = self.points();
        let width = self.intervals.as_ref().map_or(1, |all| all.width);
        let per_point = width.div_ceil(MOST_OF_INTERVAL);
        self.clear(None);
        self.extend(&all, most);
        if let Some(intervals) = &mut self.intervals {
            // Its points stand for others already.
            intervals.width *= per_point;
            intervals.filled *= per_point;
        }
        self.shrink();
    }

    /// Gives back room that is not used.
    pub fn shrink(&mut self) {
        self.steps.shrink();
        self.times.shrink_to_fit();
        self.values.shrink_to_fit();
        if let Some(whole) = &mut self.whole {
            whole.shrink();
        }
    }

    /// Drops what is drawn.
    fn clear(&mut self, intervals: Option<Intervals>) {
        *self = Self {
            intervals,
            is_member: self.is_member,
            whole: self.whole.take(),
            ..Self::default()
        };
    }

    fn append(&mut self, points: &Points, part: std::ops::Range<usize>) {
        for &step in points.steps.get(part.clone()).unwrap_or_default() {
            self.steps.push(step);
        }
        let times = points.times.get(part.clone()).unwrap_or_default();
        self.times.extend_from_slice(times);
        let values = points.values.get(part).unwrap_or_default();
        self.values.extend_from_slice(values);
    }

    /// Makes intervals of points that are all kept.
    fn divide(&mut self, most: usize) {
        let all = self.points();
        let wanted = (most / MOST_OF_INTERVAL).max(2);
        let width = all.values.len().div_ceil(wanted).max(MOST_OF_INTERVAL);
        self.clear(Some(Intervals {
            width,
            filled: width,
            kept: Vec::new(),
        }));
        let mut from = 0;
        while from < all.values.len() {
            from = self.extend_interval(&all, from);
        }
    }

    /// Puts points into the last interval, or into a new one; returns how many of all were taken.
    fn extend_interval(&mut self, points: &Points, from: usize) -> usize {
        let Some(intervals) = &mut self.intervals else {
            return points.values.len();
        };
        if intervals.filled >= intervals.width {
            intervals.kept.push(0);
            intervals.filled = 0;
        }
        let room = intervals.width - intervals.filled;
        let end = points.values.len().min(from + room);
        intervals.filled += end - from;
        let before = intervals.kept.pop().unwrap_or_default();
        // The few that stand for the interval so far, and those that stand for what is added.
        let mut both = self.take_last(before.into());
        let slice = points.values.get(from..end).unwrap_or_default();
        for at in extremes(slice) {
            both.push_from(points, from + at);
        }
        self.keep(&both);
        end
    }

    /// Takes the last points off.
    fn take_last(&mut self, count: usize) -> Points {
        let start = self.len().saturating_sub(count);
        if count == 0 {
            return Points::default();
        }
        let all: Vec<i64> = self.steps.iter().collect();
        let (before, last) = all.split_at(start.min(all.len()));
        self.steps = before.iter().copied().collect();
        Points {
            steps: last.to_vec(),
            times: self.times.split_off(start),
            values: self.values.split_off(start),
        }
    }

    /// Adds an interval that these points stand for.
    fn keep(&mut self, points: &Points) {
        let mut count = 0;
        let mut kept = Points::default();
        for at in extremes(&points.values) {
            kept.push_from(points, at);
            count += 1;
        }
        self.append(&kept, 0..count);
        if let Some(intervals) = &mut self.intervals {
            intervals.kept.push(count as u8);
        }
    }

    /// Makes one interval of each two, if there are too many.
    fn unite(&mut self, most: usize) {
        let Some(intervals) = &self.intervals else {
            return;
        };
        if intervals.kept.len() <= (most / MOST_OF_INTERVAL).max(2) {
            return;
        }
        let kept = intervals.kept.clone();
        let (width, filled) = (intervals.width, intervals.filled);
        let is_odd = kept.len() % 2 == 1;
        let all = self.points();
        self.clear(Some(Intervals {
            width: width * 2,
            filled: if is_odd { filled } else { width + filled },
            kept: Vec::with_capacity(kept.len() / 2 + 1),
        }));
        let mut from = 0;
        for pair in kept.chunks(2) {
            let count: usize = pair.iter().map(|&count| usize::from(count)).sum();
            let mut both = Points::default();
            (from..from + count).for_each(|at| both.push_from(&all, at));
            self.keep(&both);
            from += count;
        }
    }
}

/// Points up to which all are kept.
fn room(most: usize) -> usize {
    most.max(MOST_OF_INTERVAL * 2)
}

impl Intervals {
    /// Leaves the intervals of the first `count` kept points.
    fn cut(&mut self, count: usize) {
        let mut left = count;
        for kept in &mut self.kept {
            *kept = left.min((*kept).into()) as u8;
            left -= usize::from(*kept);
        }
        let before = self.kept.len();
        self.kept.retain(|&kept| kept > 0);
        if self.kept.len() < before {
            // The next points begin an interval.
            self.filled = self.width;
        }
    }
}

mod record;
#[cfg(test)]
mod tests;
