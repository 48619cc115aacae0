//! The pass over the values, on one thread or several.

use once_cell::race::OnceBox;

use pulp::Arch;
use rayon::ThreadPool;

use super::bins::{Bins, bin};
use super::codes;
use super::edges::Edges;
use super::float::Float;
use super::index::{Counters, Index};
use super::moments::Moments;
use super::sample::Sample;
use crate::parallel::each;

/// Values per job of the pool: enough to make setting up and adding up counters a small part, few enough that threads
/// finish together. Below 2^32, so that counters of 32 bits are enough.
const VALUES_PER_JOB: usize = 1 << 17;
/// Values per block: as float64 they take a quarter of a first-level cache.
const VALUES_PER_BLOCK: usize = 1024;
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
    let index = index::<T::Key>(edges, values.len());
    if T::CODES > 0 && values.len() >= T::CODES * VALUES_PER_CODE {
        return codes::run(values, edges, index, pool);
    }
    let mut bins = Bins::new(edges);
    let mut moments = Moments::default();
    if pool.is_some() {
        let sections: Vec<&[T]> = values.chunks(VALUES_PER_JOB).collect();
        let parts = each(pool, sections.len(), |part| {
            let mut bins = Bins::new(edges);
            let moments = reduce(sections[part], edges, index, &mut bins);
            (bins, moments)
        });
        for (part_bins, part_moments) in &parts {
            bins.merge(part_bins);
            moments.merge(part_moments);
        }
    } else {
        for section in values.chunks(VALUES_PER_JOB) {
            moments.merge(&reduce(section, edges, index, &mut bins));
        }
    }
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
    let arch = Arch::new();
    let mut moments = Moments::default();
    let mut doubles = [0.0; VALUES_PER_BLOCK];
    let mut room = [T::Key::default(); VALUES_PER_BLOCK];
    let mut counters = index.map(|index| (index, Counters::new()));
    for block in values.chunks(VALUES_PER_BLOCK) {
        let doubles = &mut doubles[..block.len()];
        let room = &mut room[..block.len()];
        arch.dispatch(
            #[inline(always)]
            || T::doubles(block, doubles),
        );
        moments.add_block(arch, doubles);
        if let Some((index, counters)) = &mut counters {
            index.count(T::keys(block, doubles, room), counters, bins);
        } else {
            for &double in doubles.iter() {
                bins.add(bin(edges.as_slice(), double), 1);
            }
        }
    }
    if let Some((index, counters)) = &counters {
        index.settle(counters, bins);
    }
    moments
}
