//! The table that turns a number into its bucket with one look-up and no branch.

use super::bins::Bins;
use super::float::Float;
use super::slots::Slots;

/// Counters, so that a masked slot number needs no check.
const COUNTERS: usize = 2048;
/// Slots that are looked at together; a divisor of [`COUNTERS`].
const GROUP: usize = 8;
/// The slot of cells that hold more than one start: their numbers are looked up one by one.
const CROWDED: usize = 0;

/// Two counters per slot, used in turns: adding to the counter that was added to just before has to wait for it.
pub(super) struct Counters([[u32; 2]; COUNTERS]);

impl Counters {
    pub(super) fn new() -> Self {
        Self([[0; 2]; COUNTERS])
    }

    fn get(&self, slot: usize) -> u64 {
        self.0[slot % COUNTERS]
            .iter()
            .map(|&count| u64::from(count))
            .sum()
    }
}

/// For the numbers of type `F`, where each is counted.
///
/// The table has an entry per cell, see [`Float`]. Slot `s` is the run `s - 1` of [`Slots`]. An entry is such that
///
/// ```text
/// slot = (bits + entry[bits >> SHIFT]) >> SHIFT
/// ```
///
/// with wrapping addition: its upper part is the slot of the cell's first number, less the cell's own number, and its
/// lower part is what is missing at the next start to carry into the upper part. So the comparison with the start is
/// the carry of an addition that is needed anyway.
#[derive(Debug)]
pub(super) struct Index<F: Float> {
    entries: Box<F::Entries>,
    slots: Slots,
}

impl<F: Float> Index<F> {
    /// `None` if there are more slots than counters.
    pub(super) fn new(edges: &[f64]) -> Option<Self> {
        let slots = Slots::new::<F>(edges);
        if slots.starts.len() >= COUNTERS {
            return None;
        }
        let mut begun = 0;
        let entries: Vec<u64> = (0..F::CELLS)
            .map(|cell| {
                let first = cell << F::SHIFT;
                while slots.starts.get(begun).is_some_and(|&start| start <= first) {
                    begun += 1;
                }
                let entry = |slot: usize| (slot as u64).wrapping_sub(cell) << F::SHIFT;
                let inside = slots.starts[begun..]
                    .iter()
                    .take_while(|&&start| start >> F::SHIFT == cell)
                    .count();
                match inside {
                    0 => entry(begun),
                    1 => {
                        let missing = (1 << F::SHIFT) - (slots.starts[begun] - first);
                        entry(begun).wrapping_add(missing)
                    }
                    _ => entry(CROWDED),
                }
            })
            .collect();
        Some(Self {
            entries: F::entries(&entries)?,
            slots,
        })
    }

    // Not compiled for wider vectors: the compiler makes gathers of the look-ups, which take two to three times as long.
    // Four counters for a slot, the upper 16 bits as slots, and indices of a whole block first are slower too.
    /// Counts a block of numbers; fewer than 2^32 between [`Counters::new`] and [`Index::settle`].
    #[inline]
    pub(super) fn count(&self, block: &[F], counters: &mut Counters, bins: &mut Bins) {
        let crowded = counters.get(CROWDED);
        let (eights, rest) = block.as_chunks::<8>();
        for eight in eights {
            for (i, &key) in eight.iter().enumerate() {
                counters.0[key.slot(&self.entries) % COUNTERS][i % 2] += 1;
            }
        }
        for &key in rest {
            counters.0[key.slot(&self.entries) % COUNTERS][0] += 1;
        }
        if counters.get(CROWDED) > crowded {
            for &key in block {
                if key.slot(&self.entries) == CROWDED {
                    bins.add(self.slots.bin(key.bits()), 1);
                }
            }
        }
    }

    /// Moves what was counted to where it belongs.
    pub(super) fn settle(&self, counters: &Counters, bins: &mut Bins) {
        // For small arrays this loop is most of the work, and most slots are empty.
        let (groups, _) = counters.0.as_chunks::<GROUP>();
        for (group, counts) in groups.iter().enumerate() {
            if counts
                .as_flattened()
                .iter()
                .fold(0, |any, count| any | count)
                > 0
            {
                self.settle_group(group * GROUP, counts, bins);
            }
        }
    }

    /// The same for the slots from `first` on.
    #[inline(never)]
    fn settle_group(&self, first: usize, counts: &[[u32; 2]; GROUP], bins: &mut Bins) {
        // Numbers in the slot of crowded cells are counted already.
        let counts = (first..).zip(counts).filter(|&(slot, _)| slot != CROWDED);
        for (slot, &[even, odd]) in counts {
            if even | odd > 0
                && let Some(&bin) = self.slots.bins.get(slot - 1)
            {
                bins.add(bin, u64::from(even) + u64::from(odd));
            }
        }
    }

    /// The position that counts one number.
    #[inline]
    pub(super) fn bin(&self, key: F) -> usize {
        match key.slot(&self.entries) {
            CROWDED => self.slots.bin(key.bits()),
            slot => self.slots.bins[slot - 1],
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a failed expect is a failed test")]

    use super::*;
    use crate::histogram::Edges;

    #[test]
    fn default_edges_crowd_no_cell() {
        let edges = Edges::default_edges().as_slice();
        let narrow = Index::<f32>::new(edges).expect("few slots");
        assert!(
            (0..1 << 13).all(|cell| f32::from_bits(cell << 19).slot(&narrow.entries) != CROWDED)
        );
        let wide = Index::<f64>::new(edges).expect("few slots");
        assert!((0..1 << 16).all(|cell| f64::from_bits(cell << 48).slot(&wide.entries) != CROWDED));
    }

    #[test]
    fn numbers_around_every_start_are_found() {
        for edges in [
            Edges::default_edges().as_slice(),
            &[0.0, 1.0, 1.01, 1.02, 1.5],
        ] {
            let index = Index::<f32>::new(edges).expect("few slots");
            for &start in &index.slots.starts {
                for bits in [start.saturating_sub(1), start, start + 1] {
                    let key = f32::from_bits(bits as u32);
                    assert_eq!(
                        index.bin(key),
                        super::super::bins::bin(edges, key.into()),
                        "{key:e}"
                    );
                }
            }
        }
    }

    #[test]
    fn too_many_edges_have_no_table() {
        let edges: Vec<f64> = (0..3000).map(f64::from).collect();
        assert!(Index::<f32>::new(&edges).is_none());
    }
}
