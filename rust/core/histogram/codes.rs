//! Large arrays of types with few values: a counter per value is the whole data, so everything else follows from it.

use rayon::ThreadPool;
use rayon::prelude::*;

use super::bins::{Bins, bin};
use super::edges::Edges;
use super::float::Float;
use super::index::Index;
use super::moments::Moments;
use super::sample::Sample;

/// Counters per code, used in turns: adding to the counter that was added to just before has to wait for it.
const LANES: usize = 4;
/// Values that counters of 32 bits can take.
const MOST: usize = 1 << 31;

/// Counts and moments of `values`.
pub(super) fn run<T: Sample>(
    values: &[T],
    edges: &Edges,
    index: Option<&Index<T::Key>>,
    pool: Option<&ThreadPool>,
) -> (Bins, Moments) {
    let tallies: Vec<Vec<[u32; LANES]>> = if let Some(pool) = pool {
        let part = values.len().div_ceil(pool.current_num_threads()).min(MOST);
        pool.install(|| values.par_chunks(part).map(tally).collect())
    } else {
        values.chunks(MOST).map(tally).collect()
    };
    let mut bins = Bins::new(edges);
    let mut moments = Moments::default();
    for code in 0..T::CODES {
        let lanes = tallies.iter().filter_map(|tally| tally.get(code)).flatten();
        let weight = lanes.map(|&count| u64::from(count)).sum();
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
    (bins, moments)
}

/// How often each code occurs.
fn tally<T: Sample>(values: &[T]) -> Vec<[u32; LANES]> {
    let mut tally = vec![[0; LANES]; T::CODES];
    let mut add = |value: T, lane: usize| {
        if let Some(counters) = tally.get_mut(value.code()) {
            counters[lane] += 1;
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
    tally
}
