//! Counters of values: one for each bucket, and some for skipped values.

use super::edges::Edges;

/// Values that no bucket counts, so that a caller can be warned.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Skipped {
    /// Values that are not a number.
    pub nan: u64,
    /// Values that are infinite, of either sign.
    pub infinite: u64,
    /// Finite values below the first edge or above the last.
    pub out_of_range: u64,
}

/// One counter per bucket, and behind them one for each reason to skip a value.
#[derive(Clone, Debug)]
pub(super) struct Bins(Vec<u64>);

/// Counters of skipped values, which follow those of the buckets.
const REASONS: usize = 3;

impl Bins {
    pub(super) fn new(edges: &Edges) -> Self {
        Self(vec![0; edges.buckets() + REASONS])
    }

    /// Counts `weight` values at a position that [`bin`] has found.
    #[inline]
    pub(super) fn add(&mut self, bin: usize, weight: u64) {
        if let Some(counter) = self.0.get_mut(bin) {
            *counter += weight;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (counter, more) in self.0.iter_mut().zip(&other.0) {
            *counter += more;
        }
    }

    pub(super) fn buckets(&self) -> &[u64] {
        &self.0[..self.0.len() - REASONS]
    }

    pub(super) fn skipped(&self) -> Skipped {
        match self.0[self.0.len() - REASONS..] {
            [out_of_range, infinite, nan] => Skipped {
                nan,
                infinite,
                out_of_range,
            },
            _ => Skipped::default(),
        }
    }
}

/// The position among [`Bins`] that counts `value`, by binary search.
///
/// This is the definition that the tables are built from: a bucket holds its left edge, the last one its right edge
/// too; between equal edges the rightmost bucket wins.
pub(super) fn bin(edges: &[f64], value: f64) -> usize {
    let buckets = edges.len() - 1;
    if value.is_nan() {
        return buckets + 2;
    }
    if value.is_infinite() {
        return buckets + 1;
    }
    match edges.partition_point(|&edge| edge <= value) {
        0 => buckets,
        // Beyond the last edge, or on it.
        reached if reached > buckets && value > edges[buckets] => buckets,
        reached => (reached - 1).min(buckets - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::bin;

    #[test]
    fn buckets_hold_their_left_edge_and_the_last_one_both() {
        let edges = [0.0, 1.0, 1.0, 2.0];
        let cases = [
            (-0.0, 0),
            (0.5, 0),
            (1.0, 2),
            (2.0, 2),
            (2.5, 3),
            (-0.5, 3),
            (f64::NEG_INFINITY, 4),
            (f64::NAN, 5),
        ];
        for (value, expected) in cases {
            assert_eq!(bin(&edges, value), expected, "{value}");
        }
    }

    #[test]
    fn the_last_bucket_holds_its_edge_even_without_width() {
        assert_eq!(bin(&[0.0, 1.0, 1.0], 1.0), 1);
        assert_eq!(bin(&[1.0, 1.0], 1.0), 0);
    }
}
