//! Extremes, sums and sums of squares in float64.

#![expect(
    clippy::inline_always,
    reason = "only inlined code is compiled for the vector instructions dispatched to"
)]

use pulp::{Arch, Simd, WithSimd};

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

    /// Adds a block of at most a few thousand values.
    pub(super) fn add_block(&mut self, arch: Arch, block: &[f64]) {
        let [sum, sum_squares, lowest, highest] = arch.dispatch(Block(block));
        if sum_squares.is_finite() {
            self.add_finite(lowest, sum, sum_squares, block.len() as u64);
            self.highest = self.highest.max(highest);
        } else {
            // Rare: something in this block is not finite, or too large to be squared.
            for &value in block {
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

/// Sum, sum of squares, smallest and largest of a block, in that order.
///
/// Every vector lane sums on its own, so a sum of 1024 values has the rounding error of a few dozen additions.
struct Block<'a>(&'a [f64]);

impl WithSimd for Block<'_> {
    type Output = [f64; 4];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [f64; 4] {
        let (vectors, rest) = S::as_simd_f64s(self.0);
        let (groups, vectors) = pulp::as_arrays::<VECTORS, _>(vectors);
        let zero = simd.splat_f64s(0.0);
        let mut sum = [zero; VECTORS];
        let mut squares = [zero; VECTORS];
        let mut lowest = [simd.splat_f64s(f64::INFINITY); VECTORS];
        let mut highest = [simd.splat_f64s(f64::NEG_INFINITY); VECTORS];
        let mut add = |lane: usize, values: S::f64s| {
            sum[lane] = simd.add_f64s(sum[lane], values);
            squares[lane] = simd.mul_add_e_f64s(values, values, squares[lane]);
            lowest[lane] = simd.min_f64s(values, lowest[lane]);
            highest[lane] = simd.max_f64s(values, highest[lane]);
        };
        for group in groups {
            for (lane, &values) in group.iter().enumerate() {
                add(lane, values);
            }
        }
        for &values in vectors {
            add(0, values);
        }
        let join = |lanes: [S::f64s; VECTORS], op: &dyn Fn(S::f64s, S::f64s) -> S::f64s| {
            let [a, b, c, d] = lanes;
            op(op(a, b), op(c, d))
        };
        let add = |a, b| simd.add_f64s(a, b);
        let mut result = [
            simd.reduce_sum_f64s(join(sum, &add)),
            simd.reduce_sum_f64s(join(squares, &add)),
            simd.reduce_min_f64s(join(lowest, &|a, b| simd.min_f64s(a, b))),
            simd.reduce_max_f64s(join(highest, &|a, b| simd.max_f64s(a, b))),
        ];
        for &value in rest {
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
    use super::*;

    #[test]
    fn a_block_is_summed_whatever_its_length() {
        for len in [0, 1, 7, 31, 32, 33, 1000] {
            let block: Vec<f64> = (0..len).map(|i| f64::from(i) - 3.0).collect();
            let mut moments = Moments::default();
            moments.add_block(Arch::new(), &block);
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
        let mut moments = Moments::default();
        moments.add_block(
            Arch::new(),
            &[1.0, f64::NAN, -2.0, f64::INFINITY, f64::NEG_INFINITY],
        );
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
