//! Extremes, sums and sums of squares in float64.

#![expect(
    clippy::inline_always,
    reason = "only inlined code is compiled for the vector instructions dispatched to"
)]

use pulp::Simd;

/// A running sum that carries its rounding error along (Neumaier's variant of Kahan summation).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    sum: f64,
    error: f64,
}

impl Sum {
    pub(super) fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        self.error += if self.sum.abs() >= term.abs() {
            (self.sum - sum) + term
        } else {
            (term - sum) + self.sum
        };
        self.sum = sum;
    }

    fn merge(&mut self, other: Self) {
        self.add(other.sum);
        self.error += other.error;
    }

    /// The sum; infinite or NaN if it left the range of float64 on the way.
    pub(super) fn value(self) -> f64 {
        if self.sum.is_finite() {
            self.sum + self.error
        } else {
            self.sum
        }
    }
}

/// Statistics of the finite values seen so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    pub(super) num: u64,
    pub(super) sum: Sum,
    pub(super) sum_squares: Sum,
    lowest: f64,
    highest: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            num: 0,
            sum: Sum::default(),
            sum_squares: Sum::default(),
            lowest: f64::INFINITY,
            highest: f64::NEG_INFINITY,
        }
    }
}

impl Moments {
    /// The smallest value, 0 if there is none.
    pub(super) fn min(&self) -> f64 {
        if self.num > 0 { self.lowest } else { 0.0 }
    }

    /// The largest value, 0 if there is none.
    pub(super) fn max(&self) -> f64 {
        if self.num > 0 { self.highest } else { 0.0 }
    }

    /// Adds `weight` times the same value.
    pub(super) fn add(&mut self, value: f64, weight: u64) {
        if value.is_finite() {
            self.add_finite(
                value,
                value * weight as f64,
                value * value * weight as f64,
                weight,
            );
            self.highest = self.highest.max(value);
        }
    }

    /// Adds a block of at most a few thousand values, of which the lanes were added up.
    pub(super) fn add_block(&mut self, lanes: [f64; 4], block: impl ExactSizeIterator<Item = f64>) {
        let [sum, sum_squares, lowest, highest] = lanes;
        if sum_squares.is_finite() {
            self.add_finite(lowest, sum, sum_squares, block.len() as u64);
            self.highest = self.highest.max(highest);
        } else {
            // Rare: something in this block is not finite, or too large to be squared.
            for value in block {
                self.add(value, 1);
            }
        }
    }

    fn add_finite(&mut self, lowest: f64, sum: f64, sum_squares: f64, num: u64) {
        self.num += num;
        self.sum.add(sum);
        self.sum_squares.add(sum_squares);
        self.lowest = self.lowest.min(lowest);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.num += other.num;
        self.sum.merge(other.sum);
        self.sum_squares.merge(other.sum_squares);
        self.lowest = self.lowest.min(other.lowest);
        self.highest = self.highest.max(other.highest);
    }
}

/// Vectors that are in flight at once, to hide the latency of the additions.
const VECTORS: usize = 4;

/// Sum, sum of squares, smallest and largest of the vector lanes of a block.
///
/// Every lane sums on its own, so a sum of 1024 values has the rounding error of a few dozen additions.
pub(super) struct Lanes<S: Simd> {
    simd: S,
    sum: [S::f64s; VECTORS],
    squares: [S::f64s; VECTORS],
    lowest: [S::f64s; VECTORS],
    highest: [S::f64s; VECTORS],
}

impl<S: Simd> Lanes<S> {
    #[inline(always)]
    pub(super) fn new(simd: S) -> Self {
        Self {
            simd,
            sum: [simd.splat_f64s(0.0); VECTORS],
            squares: [simd.splat_f64s(0.0); VECTORS],
            lowest: [simd.splat_f64s(f64::INFINITY); VECTORS],
            highest: [simd.splat_f64s(f64::NEG_INFINITY); VECTORS],
        }
    }

    /// Adds a part of the block, and returns how many of its last values are left: fewer than a vector has lanes. Only of
    /// the last part anything may be left.
    #[inline(always)]
    pub(super) fn add(&mut self, part: &[f64]) -> usize {
        let (vectors, rest) = S::as_simd_f64s(part);
        let (groups, vectors) = pulp::as_arrays::<VECTORS, _>(vectors);
        for group in groups {
            for (lane, &values) in group.iter().enumerate() {
                self.add_vector(lane, values);
            }
        }
        for &values in vectors {
            self.add_vector(0, values);
        }
        rest.len()
    }

    #[inline(always)]
    fn add_vector(&mut self, lane: usize, values: S::f64s) {
        let simd = self.simd;
        self.sum[lane] = simd.add_f64s(self.sum[lane], values);
        self.squares[lane] = simd.mul_add_e_f64s(values, values, self.squares[lane]);
        self.lowest[lane] = simd.min_f64s(values, self.lowest[lane]);
        self.highest[lane] = simd.max_f64s(values, self.highest[lane]);
    }

    /// Sum, sum of squares, smallest and largest of the whole block, of which `rest` was left.
    #[inline(always)]
    pub(super) fn total(self, rest: impl Iterator<Item = f64>) -> [f64; 4] {
        let simd = self.simd;
        let join = |lanes: [S::f64s; VECTORS], op: &dyn Fn(S::f64s, S::f64s) -> S::f64s| {
            let [a, b, c, d] = lanes;
            op(op(a, b), op(c, d))
        };
        let add = |a, b| simd.add_f64s(a, b);
        let mut result = [
            simd.reduce_sum_f64s(join(self.sum, &add)),
            simd.reduce_sum_f64s(join(self.squares, &add)),
            simd.reduce_min_f64s(join(self.lowest, &|a, b| simd.min_f64s(a, b))),
            simd.reduce_max_f64s(join(self.highest, &|a, b| simd.max_f64s(a, b))),
        ];
        for value in rest {
            result[0] += value;
            result[1] += value * value;
            result[2] = result[2].min(value);
            result[3] = result[3].max(value);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;

    struct Whole<'a>(&'a [f64]);

    impl WithSimd for Whole<'_> {
        type Output = [f64; 4];

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> [f64; 4] {
            let mut lanes = Lanes::new(simd);
            let left = lanes.add(self.0);
            lanes.total(self.0[self.0.len() - left..].iter().copied())
        }
    }

    fn of(block: &[f64]) -> Moments {
        let mut moments = Moments::default();
        let lanes = Arch::new().dispatch(Whole(block));
        moments.add_block(lanes, block.iter().copied());
        moments
    }

    #[test]
    fn a_block_is_summed_whatever_its_length() {
        for len in [0, 1, 7, 31, 32, 33, 1000] {
            let block: Vec<f64> = (0..len).map(|i| f64::from(i) - 3.0).collect();
            let moments = of(&block);
            assert_eq!(moments.num, u64::from(len as u32));
            assert_eq!(moments.sum.value(), block.iter().sum::<f64>());
            assert_eq!(
                moments.sum_squares.value(),
                block.iter().map(|v| v * v).sum::<f64>()
            );
            assert_eq!(moments.min(), if len > 0 { -3.0 } else { 0.0 });
            assert_eq!(
                moments.max(),
                if len > 0 { f64::from(len) - 4.0 } else { 0.0 }
            );
        }
    }

    #[test]
    fn what_is_not_finite_is_left_out() {
        let moments = of(&[1.0, f64::NAN, -2.0, f64::INFINITY, f64::NEG_INFINITY]);
        assert_eq!(moments.num, 2);
        assert_eq!((moments.min(), moments.max()), (-2.0, 1.0));
        assert_eq!(
            (moments.sum.value(), moments.sum_squares.value()),
            (-1.0, 5.0)
        );
    }

    #[test]
    fn small_terms_survive_large_ones() {
        let mut sum = Sum::default();
        for term in [1e100, 1.0, -1e100] {
            sum.add(term);
        }
        assert_eq!(sum.value(), 1.0);
    }
}
