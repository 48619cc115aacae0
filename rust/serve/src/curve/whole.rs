//! All points of a curve, in double precision, for what is computed of several curves.

use std::borrow::Cow;

use crate::steps::Steps;

/// Points in the order of their steps, 17 bytes each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Whole {
    steps: Steps,
    times: Vec<f64>,
    values: Vec<f64>,
}

/// Which steps stay where memory does not suffice for all: the same ones of all runs, so that a mean is one of values at
/// the same step. Each number above 0 halves them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sieve(pub u32);

impl Sieve {
    /// True for a step that stays.
    pub fn keeps(self, step: i64) -> bool {
        // Steps may all be odd, or multiples of a number; their mixed bits are not.
        let mixed = step.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        self.0 == 0 || mixed.leading_zeros() >= self.0
    }
}

impl Whole {
    /// Of columns.
    pub fn new(steps: &[i64], times: &[f64], values: &[f64]) -> Self {
        Self {
            steps: steps.iter().copied().collect(),
            times: times.to_vec(),
            values: values.to_vec(),
        }
    }

    /// Of columns of a curve that has all points.
    pub fn of_curve(steps: &Steps, times: &[f64], values: &[f32]) -> Self {
        Self {
            steps: steps.clone(),
            times: times.to_vec(),
            values: values.iter().copied().map(f64::from).collect(),
        }
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.steps.bytes()
            + 8 * (self.times.capacity() + self.values.capacity())
    }

    /// True if float32 has all values.
    pub fn is_single(&self) -> bool {
        let is_single =
            |&value: &f64| value.is_nan() || f64::from(value as f32).to_bits() == value.to_bits();
        self.values.iter().all(is_single)
    }

    /// Step, time and value of each.
    pub fn iter(&self) -> impl Iterator<Item = (i64, f64, f64)> {
        let rest = self.times.iter().zip(&self.values);
        self.steps
            .iter()
            .zip(rest)
            .map(|(step, (&time, &value))| (step, time, value))
    }

    /// Appends points whose steps are higher.
    pub fn extend(&mut self, other: &Self, sieve: Sieve) {
        for (step, time, value) in other.iter() {
            if sieve.keeps(step) {
                self.steps.push(step);
                self.times.push(time);
                self.values.push(value);
            }
        }
    }

    /// Drops the points from a step on.
    pub fn cut(&mut self, floor: i64) {
        if self.steps.last().is_none_or(|last| last < floor) {
            return;
        }
        let kept = self.steps.iter().take_while(|&step| step < floor).count();
        self.steps = self.steps.iter().take(kept).collect();
        self.times.truncate(kept);
        self.values.truncate(kept);
    }

    /// Drops the points that a sieve does not keep.
    pub fn thin(&mut self, sieve: Sieve) {
        let mut kept = Self::default();
        kept.extend(self, sieve);
        kept.shrink();
        *self = kept;
    }

    /// Gives back room that is not used.
    pub fn shrink(&mut self) {
        self.steps.shrink();
        self.times.shrink_to_fit();
        self.values.shrink_to_fit();
    }
}

/// What a curve has of a member of a group: the curve alone, or all points next to it.
pub type All<'c> = Cow<'c, Whole>;

#[cfg(test)]
mod tests {
    use super::{Sieve, Whole};

    #[test]
    fn a_finer_sieve_keeps_a_part_of_what_a_coarser_one_keeps() {
        for stride in [1, 2, 50, 64, 1000] {
            let steps = || (0..4000).map(|at| at * stride + stride - 1);
            let mut before = steps().collect::<Vec<i64>>();
            for number in 0..5 {
                let kept: Vec<i64> = steps().filter(|&step| Sieve(number).keeps(step)).collect();
                assert!(kept.iter().all(|step| before.contains(step)));
                let about = 4000 >> number;
                assert!(
                    (about * 7 / 10..=about * 13 / 10).contains(&kept.len()),
                    "{stride} {number}: {}",
                    kept.len()
                );
                before = kept;
            }
        }
    }

    #[test]
    fn points_are_cut_and_thinned_together() {
        let steps: Vec<i64> = (0..100).collect();
        let values: Vec<f64> = (0..100).map(|at| f64::from(at) / 3.0).collect();
        let mut whole = Whole::new(&steps, &values, &values);
        assert!(!whole.is_single());
        whole.cut(50);
        whole.thin(Sieve(1));
        assert!(whole.len() < 40 && whole.len() > 10);
        let is_own =
            |(step, time, value): (i64, f64, f64)| time == value && value * 3.0 == step as f64;
        assert!(whole.iter().all(is_own));
    }
}
