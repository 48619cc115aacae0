//! The pass over the values, on one thread or several.

#![expect(
    clippy::inline_always,
    reason = "only inlined code is compiled for the vector instructions dispatched to"
)]

use once_cell::race::OnceBox;

use pulp::{Arch, Simd, WithSimd};
use rayon::ThreadPool;

use super::bins::{Bins, bin};
use super::codes;
use super::edges::Edges;
use super::float::Float;
use super::index::{Counters, Index, MAX_COUNTED};
use super::moments::{Lanes, Moments};
use super::prefetch::prefetch;
use super::sample::Sample;
use crate::parallel::each;

/// Values per job of the pool: enough to make setting up and adding up counters a small part, few enough that threads
/// finish together. Below 2^32, so that counters of 32 bits are enough.
const VALUES_PER_JOB: usize = 1 << 17;
/// Values per block, of which there is one sum.
const VALUES_PER_BLOCK: usize = 1024;
/// Values per part of a block, which is summed and counted while that part of the next block is fetched: long enough to
/// sum quickly, short enough for as many fetches as can be under way at once. Vectors of any width divide it.
const VALUES_PER_PART: usize = 256;
/// A table is worth building, for edges that may be used only once, above this many values per cell.
const CELLS_PER_VALUE: usize = 4;
/// Counting codes is worth walking over all codes above this many values per code.
const VALUES_PER_CODE: usize = 8;

/// Counts and moments of `values`.
pub(super) fn run<T: Sample>(
    values: &[T],
    edges: &Edges,
    pool: Option<&ThreadPool>,
) -> (Bins, Moments) {
    let pool = pool.filter(|pool| values.len() > VALUES_PER_JOB && pool.current_num_threads() > 1);
    let Some(sections) = sections(values) else {
        let index = index::<T::Key>(edges, values.len());
        return codes::run(values, edges, index, pool);
    };
    let mut bins = Bins::new(edges);
    let mut moments = Moments::default();
    if pool.is_some() {
        let parts = each(pool, sections, |number| section(values, number, edges));
        for (part_bins, part_moments) in &parts {
            bins.merge(part_bins);
            moments.merge(part_moments);
        }
    } else {
        let index = index::<T::Key>(edges, values.len());
        for section in values.chunks(VALUES_PER_JOB) {
            moments.merge(&reduce(section, edges, index, &mut bins));
        }
    }
    (bins, moments)
}

/// Number of sections, each of which can be counted by itself; `None` where the whole is counted by codes.
pub(super) fn sections<T: Sample>(values: &[T]) -> Option<usize> {
    let by_codes = T::CODES > 0 && values.len() >= T::CODES * VALUES_PER_CODE;
    (!by_codes).then(|| values.len().div_ceil(VALUES_PER_JOB))
}

/// Counts and moments of one section.
pub(super) fn section<T: Sample>(values: &[T], number: usize, edges: &Edges) -> (Bins, Moments) {
    let index = index::<T::Key>(edges, values.len());
    let section = values.chunks(VALUES_PER_JOB).nth(number);
    let mut bins = Bins::new(edges);
    let moments = reduce(section.unwrap_or_default(), edges, index, &mut bins);
    (bins, moments)
}

/// The table of these edges, if there can be one and it pays off for so many values.
fn index<F: Float>(edges: &Edges, values: usize) -> Option<&Index<F>> {
    let index: &OnceBox<_> = F::index(edges);
    if edges.is_default() || values >= F::CELLS as usize / CELLS_PER_VALUE {
        index.get_or_init(|| Box::new(Index::new(edges.as_slice())))
    } else {
        index.get()?
    }
    .as_ref()
}

/// Counts one section into `bins` and returns its moments.
fn reduce<T: Sample>(
    values: &[T],
    edges: &Edges,
    index: Option<&Index<T::Key>>,
    bins: &mut Bins,
) -> Moments {
    let mut moments = Moments::default();
    for batch in values.chunks(MAX_COUNTED) {
        let mut counters = index.map(|index| (index, Counters::new()));
        count_batch(batch, edges, &mut counters, bins, &mut moments);
        if let Some((index, counters)) = &counters {
            index.settle(counters, bins);
        }
    }
    moments
}

/// Counts values into `counters`, or into `bins` where there are none or they do not know the place.
fn count_batch<T: Sample>(
    values: &[T],
    edges: &Edges,
    counters: &mut Option<(&Index<T::Key>, Counters)>,
    bins: &mut Bins,
    moments: &mut Moments,
) {
    let arch = Arch::new();
    let mut doubles = [0.0; VALUES_PER_PART];
    let mut room = [T::Key::default(); VALUES_PER_PART];
    let mut blocks = values.chunks(VALUES_PER_BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let crowded = |counters: &Option<(_, Counters)>| {
            counters.as_ref().map(|(_, counters)| counters.crowded())
        };
        let before = crowded(counters);
        let lanes = arch.dispatch(Pass {
            block,
            ahead: blocks.peek().copied().unwrap_or_default(),
            doubles: &mut doubles,
            room: &mut room,
            counters: counters
                .as_mut()
                .map(|(index, counters)| (*index, counters)),
        });
        moments.add_block(lanes, block.iter().map(|value| value.to_f64()));
        match &*counters {
            Some((index, _)) if before < crowded(counters) => {
                index.count_crowded(block.iter().map(|value| value.key()), bins);
            }
            Some(_) => {}
            None => {
                for value in block {
                    bins.add(bin(edges.as_slice(), value.to_f64()), 1);
                }
            }
        }
    }
}

/// Reads, sums and counts a block.
struct Pass<'a, T: Sample> {
    block: &'a [T],
    /// The next block. A processor does not read ahead by itself across a page of 4 KiB, and waits there.
    ahead: &'a [T],
    doubles: &'a mut [f64; VALUES_PER_PART],
    room: &'a mut [T::Key; VALUES_PER_PART],
    counters: Option<(&'a Index<T::Key>, &'a mut Counters)>,
}

impl<T: Sample> WithSimd for Pass<'_, T> {
    /// What [`Lanes::total`] returns.
    type Output = [f64; 4];

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> [f64; 4] {
        let mut lanes = Lanes::new(simd);
        let mut left = 0;
        let mut ahead = self.ahead.chunks(VALUES_PER_PART);
        for part in self.block.chunks(VALUES_PER_PART) {
            prefetch(ahead.next().unwrap_or_default());
            let doubles = &mut self.doubles[..part.len()];
            T::doubles(part, doubles);
            left = lanes.add(doubles);
            if let Some((index, counters)) = &mut self.counters {
                let room = &mut self.room[..part.len()];
                index.count(T::keys(part, doubles, room), counters);
            }
        }
        let rest = &self.block[self.block.len() - left..];
        lanes.total(rest.iter().map(|value| value.to_f64()))
    }
}
