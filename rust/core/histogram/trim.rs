//! From counts over all buckets to the buckets that are stored.

use std::borrow::Cow;

use super::moments::Moments;

/// The stored limits and counts; `None` if nothing was counted.
///
/// Stored are the buckets from the first to the last that is not empty, those between included, and an empty bucket
/// before them that ends where they begin.
pub(super) fn limits_and_counts(
    edges: &[f64],
    counts: &[u64],
    max_bins: Option<usize>,
) -> Option<(Vec<f64>, Vec<f64>)> {
    let (edges, counts) = group(edges, counts, max_bins);
    let first = counts.iter().position(|&count| count > 0)?;
    let last = counts.iter().rposition(|&count| count > 0)?;
    let stored = counts[first..=last].iter().map(|&count| count as f64);
    Some((
        edges[first..=last + 1].to_vec(),
        std::iter::once(0.0).chain(stored).collect(),
    ))
}

/// Limits and counts if no value fell into a bucket: one bucket with all finite values, or an empty one at 0.
pub(super) fn without_buckets(moments: &Moments) -> (Vec<f64>, Vec<f64>) {
    if moments.num > 0 {
        (
            vec![moments.min(), moments.max()],
            vec![0.0, moments.num as f64],
        )
    } else {
        (vec![0.0], vec![0.0])
    }
}

/// Joins neighbouring buckets if there are more than `max_bins`; the last group may have fewer than the others.
fn group<'a>(
    edges: &'a [f64],
    counts: &'a [u64],
    max_bins: Option<usize>,
) -> (Cow<'a, [f64]>, Cow<'a, [u64]>) {
    let stride = max_bins
        .and_then(|max_bins| counts.len().checked_div(max_bins))
        .unwrap_or(1);
    if stride <= 1 {
        return (edges.into(), counts.into());
    }
    let (inner, end) = edges.split_at(counts.len());
    let edges: Vec<f64> = inner.iter().step_by(stride).chain(end).copied().collect();
    let counts: Vec<u64> = counts
        .chunks(stride)
        .map(|group| group.iter().sum())
        .collect();
    (edges.into(), counts.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(buckets: usize, max_bins: usize) -> (Vec<f64>, Vec<u64>) {
        let edges: Vec<f64> = (0..=buckets).map(|i| i as f64).collect();
        let counts = vec![1; buckets];
        let (edges, counts) = group(&edges, &counts, Some(max_bins));
        (edges.into_owned(), counts.into_owned())
    }

    #[test]
    fn groups_may_be_more_than_asked_for() {
        assert_eq!(
            groups(10, 3),
            (vec![0.0, 3.0, 6.0, 9.0, 10.0], vec![3, 3, 3, 1])
        );
        assert_eq!(groups(10, 7).1.len(), 10);
        assert_eq!(groups(1548, 50).1.len(), 52);
        assert_eq!(groups(10, 10).1.len(), 10);
        assert_eq!(groups(10, 1), (vec![0.0, 10.0], vec![10]));
    }

    #[test]
    fn empty_buckets_inside_stay() {
        let stored = limits_and_counts(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], &[0, 2, 0, 1, 0], None);
        assert_eq!(
            stored,
            Some((vec![1.0, 2.0, 3.0, 4.0], vec![0.0, 2.0, 0.0, 1.0]))
        );
        assert_eq!(limits_and_counts(&[0.0, 1.0], &[0], None), None);
    }
}
