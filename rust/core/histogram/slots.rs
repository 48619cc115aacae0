//! Edges in the order of bit patterns.

use super::bins::bin;
use super::float::Float;

/// Runs of bit patterns that are counted at the same place.
///
/// Patterns are ordered as unsigned integers: 0, the positive numbers, infinity, NaN, -0, the negative numbers by
/// growing magnitude, -infinity, NaN. In this order every bucket, and every reason to skip a value, is one run or two,
/// so signs, zeros, infinities and NaN need no code where values are counted.
#[derive(Debug)]
pub(super) struct Slots {
    /// First pattern of each run, ascending; the first is 0.
    pub(super) starts: Vec<u64>,
    /// Position that counts each run, among [`Bins`](super::bins::Bins).
    pub(super) bins: Vec<usize>,
}

impl Slots {
    pub(super) fn new<F: Float>(edges: &[f64]) -> Self {
        let last = edges.last().copied().unwrap_or_default();
        let mut starts: Vec<u64> = edges
            .iter()
            .map(|&edge| F::at_least(edge))
            // The last bucket holds its right edge, so what follows it starts a run and it does not.
            .chain([F::above(last)])
            .flat_map(boundaries)
            .chain([0, F::INFINITY, F::INFINITY + 1])
            .chain([F::SIGN, F::SIGN + F::INFINITY, F::SIGN + F::INFINITY + 1])
            .collect();
        starts.sort_unstable();
        starts.dedup();
        // Neighbours that are counted at the same place are one run, for instance on either side of the last edge.
        let mut slots = Self {
            starts: Vec::with_capacity(starts.len()),
            bins: Vec::with_capacity(starts.len()),
        };
        for start in starts {
            let bin = bin(edges, F::from_bits(start).to_f64());
            if slots.bins.last() != Some(&bin) {
                slots.starts.push(start);
                slots.bins.push(bin);
            }
        }
        slots
    }

    /// The position that counts the number with these bits.
    pub(super) fn bin(&self, bits: u64) -> usize {
        let after = self.starts.partition_point(|&start| start <= bits);
        self.bins[after - 1]
    }
}

/// The bit patterns at which the answer to "at least `limit`?" changes.
fn boundaries<F: Float>(limit: F) -> impl Iterator<Item = u64> {
    let value = limit.to_f64();
    let (first, second) = if value > 0.0 {
        (limit.bits(), None)
    } else if value < 0.0 {
        // Of the negative numbers those of larger magnitude, which follow, are below.
        (limit.bits() + 1, None)
    } else {
        // Both zeros are at least zero.
        (0, Some(F::SIGN + 1))
    };
    std::iter::once(first).chain(second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::Edges;

    #[test]
    fn every_run_is_counted_at_one_place() {
        for edges in [
            Edges::default_edges().as_slice(),
            &[-1.0, 0.0, 0.0, 1e-300, 5.0],
            &[0.0, 0.0],
        ] {
            let slots = Slots::new::<f32>(edges);
            for (i, &start) in slots.starts.iter().enumerate() {
                let end = slots.starts.get(i + 1).copied().unwrap_or(1 << 32) - 1;
                for bits in [start, start.midpoint(end), end] {
                    let value = <f32 as Float>::from_bits(bits);
                    assert_eq!(bin(edges, value.into()), slots.bins[i], "{value:e}");
                    assert_eq!(slots.bin(bits), slots.bins[i]);
                }
            }
        }
    }
}
