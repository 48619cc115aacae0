//! Large arrays of types with few values: a counter per value is the whole data, so everything else follows from it.

use rayon::ThreadPool;

use super::bins::{Bins, bin};
use super::edges::Edges;
use super::float::Float;
use super::index::Index;
use super::moments::Moments;
use super::sample::Sample;
use crate::parallel::each;

/// Values that a counter of 32 bits can count.
const MAX_VALUES_PER_COUNTER: usize = 1 << 31;
/// Codes per job of the pool. Fixed, so that a result does not depend on the number of threads.
const CODES_PER_JOB: usize = 1 << 13;
/// Values that one thread counts before another one has started.
pub(super) const VALUES_BEFORE_THREADS: usize = 1 << 21;
/// Codes examined at a time: most of 65,536 do not occur.
const CODES_PER_GROUP: usize = 16;

/// Counts and moments of `values`.
pub(super) fn run<T: Sample>(
    values: &[T],
    edges: &Edges,
    index: Option<&Index<T::Key>>,
    pool: Option<&ThreadPool>,
) -> (Bins, Moments) {
    // Two codes are summed up as quickly as memory delivers them.
    let pool = pool.filter(|_| T::CODES > 2 && values.len() > VALUES_BEFORE_THREADS);
    let threads = pool.map_or(1, ThreadPool::current_num_threads);
    let part = values.len().div_ceil(threads).min(MAX_VALUES_PER_COUNTER);
    let counted: Vec<&[T]> = values.chunks(part).collect();
    let tallies = each(pool, counted.len(), |part| tally(counted[part]));
    let parts = each(pool, T::CODES.div_ceil(CODES_PER_JOB), |part| {
        add_up::<T>(part * CODES_PER_JOB, &tallies, edges, index)
    });
    let mut bins = Bins::new(edges);
    let mut moments = Moments::default();
    for (part_bins, part_moments) in &parts {
        bins.merge(part_bins);
        moments.merge(part_moments);
    }
    (bins, moments)
}

/// Counts and moments of what has one of the codes from `first` on.
fn add_up<T: Sample>(
    first: usize,
    tallies: &[Vec<u32>],
    edges: &Edges,
    index: Option<&Index<T::Key>>,
) -> (Bins, Moments) {
    let mut bins = Bins::new(edges);
    let mut moments = Moments::default();
    let end = T::CODES.min(first + CODES_PER_JOB);
    for first in (first..end).step_by(CODES_PER_GROUP) {
        let group = first..end.min(first + CODES_PER_GROUP);
        let any = |tally: &Vec<u32>| {
            tally[group.clone()]
                .iter()
                .fold(0, |any, count| any | count)
        };
        if tallies.iter().map(any).all(|any| any == 0) {
            continue;
        }
        for code in group {
            let weight: u64 = tallies.iter().map(|tally| u64::from(tally[code])).sum();
            if weight == 0 {
                continue;
            }
            let Some(value) = T::from_code(code as u16).map(T::to_f64) else {
                continue;
            };
            moments.add(value, weight);
            let bin = match index {
                // The key is exactly this value.
                Some(index) => index.bin(T::Key::at_least(value)),
                None => bin(edges.as_slice(), value),
            };
            bins.add(bin, weight);
        }
    }
    (bins, moments)
}

/// Number of times that each code occurs.
fn tally<T: Sample>(values: &[T]) -> Vec<u32> {
    // Adding to the counter that was added to just before has to wait for it, so several are used in turns. Where there
    // are many codes equal neighbours are rare, and more counters would leave the cache.
    match T::CODES {
        2 => tally_ones(values),
        ..=256 => tally_in_lanes::<T, 4>(values),
        _ => tally_in_lanes::<T, 2>(values),
    }
}

/// The same for codes 0 and 1: how often is a sum, which vector instructions make.
fn tally_ones<T: Sample>(values: &[T]) -> Vec<u32> {
    // As many as a sum of 8 bits holds.
    let sums = values
        .chunks(255)
        .map(|chunk| chunk.iter().map(|value| value.code() as u8).sum::<u8>());
    let ones = sums.map(u32::from).sum();
    vec![values.len() as u32 - ones, ones]
}

/// The same, with a number of counters for each code.
fn tally_in_lanes<T: Sample, const LANES: usize>(values: &[T]) -> Vec<u32> {
    let mut counters = vec![[0; LANES]; T::CODES];
    let mut add = |value: T, lane: usize| {
        if let Some(lanes) = counters.get_mut(value.code()) {
            lanes[lane] += 1;
        }
    };
    let (groups, rest) = values.as_chunks::<LANES>();
    for group in groups {
        for (lane, &value) in group.iter().enumerate() {
            add(value, lane);
        }
    }
    for &value in rest {
        add(value, 0);
    }
    counters.iter().map(|lanes| lanes.iter().sum()).collect()
}
