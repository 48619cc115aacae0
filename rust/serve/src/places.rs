//! The points of a series whose values are long: they stay in their files, and are read when they are asked for.

use tensorbolt::reader::Form;

/// One point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Datum {
    /// Global step.
    pub step: i64,
    /// Seconds since the epoch.
    pub time: f64,
    /// First byte of its message in its file.
    pub offset: u64,
    /// Bytes of the message.
    pub length: u32,
    /// Blobs in it.
    pub blobs: u32,
    /// Number of the file among those of the run.
    pub file: u32,
    /// Form of its message; nothing for bytes that are no message.
    pub form: Option<Form>,
}

/// Stands for a number of blobs that was not counted yet.
pub const NOT_COUNTED: u32 = u32::MAX;

/// Points in the order of their steps; of very many, those at equal distances, and the last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    kept: Vec<Datum>,
    /// Of so many points one is kept; 0 stands for 1.
    stride: u64,
    /// Points since the last that is kept for good.
    since: u64,
    /// True if the last one is kept only until the next one comes.
    is_last_spare: bool,
}

impl Places {
    /// The points.
    pub fn all(&self) -> &[Datum] {
        &self.kept
    }

    /// Step of the last one.
    pub fn last_step(&self) -> Option<i64> {
        self.kept.last().map(|last| last.step)
    }

    /// The latest time.
    pub fn max_time(&self) -> Option<f64> {
        self.kept.iter().map(|one| one.time).reduce(f64::max)
    }

    /// The most blobs that a point has.
    pub fn most_blobs(&self) -> u32 {
        self.kept.iter().map(|one| one.blobs).max().unwrap_or(0)
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.kept.capacity() * size_of::<Datum>()
    }

    /// Drops the points from a step on.
    pub fn cut(&mut self, floor: i64) {
        while self.kept.last().is_some_and(|last| last.step >= floor) {
            self.kept.pop();
            (self.is_last_spare, self.since) = (false, 0);
        }
    }

    /// Appends a point whose step is higher, and keeps at most about `most` in all.
    pub fn push(&mut self, datum: Datum, most: usize) {
        if self.is_last_spare {
            self.kept.pop();
        }
        let stride = self.stride.max(1);
        self.since = if self.kept.is_empty() {
            0
        } else {
            self.since + 1
        };
        self.is_last_spare = !self.since.is_multiple_of(stride);
        if !self.is_last_spare {
            self.since = 0;
        }
        self.kept.push(datum);
        if self.kept.len() > most.max(2) {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let mut spare = self.kept.pop_if(|_| self.is_last_spare);
        if self.kept.len().is_multiple_of(2) {
            let dropped = self.kept.last().copied();
            spare = spare.or(dropped);
            self.since += self.stride.max(1);
        }
        let mut is_odd = false;
        self.kept.retain(|_| {
            is_odd = !is_odd;
            is_odd
        });
        self.stride = self.stride.max(1) * 2;
        self.is_last_spare = spare.is_some();
        self.kept.extend(spare);
    }

    /// What the index keeps of them: the points, and how the next one is chosen.
    pub fn parts(&self) -> (&[Datum], u64, u64, bool) {
        (&self.kept, self.stride, self.since, self.is_last_spare)
    }

    /// Of such parts.
    pub fn of(kept: Vec<Datum>, stride: u64, since: u64, is_last_spare: bool) -> Self {
        Self {
            kept,
            stride,
            since,
            is_last_spare,
        }
    }

    /// The points, for what is learnt of them later.
    pub fn kept_mut(&mut self) -> &mut [Datum] {
        &mut self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::{Datum, Places};

    fn datum(step: i64) -> Datum {
        Datum {
            step,
            time: step as f64,
            offset: 0,
            length: 0,
            blobs: 0,
            file: 0,
            form: None,
        }
    }

    #[test]
    fn points_are_kept_at_equal_distances_and_the_last_one_always() {
        for count in 1..300 {
            let mut places = Places::default();
            for step in 0..count {
                places.push(datum(step), 10);
                assert_eq!(places.last_step(), Some(step));
                assert!(places.all().len() <= 10);
            }
            let steps: Vec<_> = places.all().iter().map(|one| one.step).collect();
            assert_eq!(steps[0], 0);
            let gaps: Vec<_> = steps.windows(2).map(|pair| pair[1] - pair[0]).collect();
            if let Some((last, gaps)) = gaps.split_last() {
                assert!(gaps.iter().all(|gap| gap == &gaps[0]), "{steps:?}");
                assert!(gaps.iter().all(|gap| gap >= last), "{steps:?}");
            }
            assert!(count < 10 || steps.len() >= 5, "{steps:?}");
        }
    }

    #[test]
    fn a_restart_drops_what_it_replaces() {
        let mut places = Places::default();
        (0..8).for_each(|step| places.push(datum(step), 100));
        places.cut(5);
        places.push(datum(5), 100);
        assert_eq!((places.all().len(), places.last_step()), (6, Some(5)));
    }
}
