//! From counts over all buckets to the buckets that are stored.

use std::borrow::Cow;

use super::moments::Moments;

/// Counts that are looked at together: most of those of a small array are zero.
const GROUP: usize = 8;

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
    let (first, last) = (first_counted(&counts)?, last_counted(&counts)?);
    let counts = &counts[first..=last];
    // Zeroed memory costs less than to convert the counts of all the buckets of a small array that are empty.
    let mut stored = vec![0.0; 1 + counts.len()];
    let (groups, rest) = counts.as_chunks::<GROUP>();
    let (stored_groups, stored_rest) = stored[1..].as_chunks_mut::<GROUP>();
    for (stored, counts) in stored_groups.iter_mut().zip(groups) {
        if any(counts) {
            *stored = counts.map(|count| count as f64);
        }
    }
    for (stored, &count) in stored_rest.iter_mut().zip(rest) {
        *stored = count as f64;
    }
    Some((edges[first..=last + 1].to_vec(), stored))
}

fn any(counts: &[u64; GROUP]) -> bool {
    counts.iter().fold(0, |any, count| any | count) > 0
}

/// Place of the first count that is not zero.
fn first_counted(counts: &[u64]) -> Option<usize> {
    let (groups, _) = counts.as_chunks();
    let empty = GROUP * groups.iter().take_while(|group| !any(group)).count();
    let inside = counts[empty..].iter().position(|&count| count > 0)?;
    Some(empty + inside)
}

/// Place of the last count that is not zero.
fn last_counted(counts: &[u64]) -> Option<usize> {
    let (_, groups) = counts.as_rchunks();
    let empty = GROUP * groups.iter().rev().take_while(|group| !any(group)).count();
    counts[..counts.len() - empty]
        .iter()
        .rposition(|&count| count > 0)
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
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

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

    #[test]
    fn counts_are_found_wherever_they_are() {
        for len in 1..30 {
            let edges: Vec<f64> = (0..=len).map(f64::from).collect();
            for first in 0..len as usize {
                for last in first..len as usize {
                    let mut counts = vec![0; len as usize];
                    (counts[first], counts[last]) = (3, 5);
                    let (limits, stored) = limits_and_counts(&edges, &counts, None).unwrap();
                    assert_eq!(limits, edges[first..=last + 1]);
                    let expected = counts[first..=last].iter().map(|&count| count as f64);
                    assert_eq!(stored[0], 0.0);
                    assert!(expected.eq(stored[1..].iter().copied()));
                }
            }
        }
    }
}
