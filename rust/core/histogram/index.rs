//! The table that turns a number into its bucket with one look-up and no branch.

#![expect(
    clippy::inline_always,
    reason = "only inlined code is compiled for the vector instructions dispatched to"
)]

use super::bins::Bins;
use super::float::{Float, SLOT_BITS};
use super::slots::Slots;

/// A counter for every slot number that there can be.
const COUNTERS: usize = 1 << SLOT_BITS;
/// Slots that are looked at together; a divisor of [`COUNTERS`].
const GROUP: usize = 8;
/// Numbers that may be counted before counters are settled: of 16 bits, that a small array need not clear more memory, and
/// a large one finds them in the first-level cache.
pub(super) const MAX_COUNTED: usize = 1 << 16;
/// The slot of cells that hold more than one start: their numbers are looked up one by one.
const CROWDED: usize = 0;

/// Two counters per slot, used in turns: adding to the counter that was added to just before has to wait for it. They are
/// neighbours: a processor takes places of memory a page apart for the same one for a moment.
pub(super) struct Counters([[u16; 2]; COUNTERS]);

impl Counters {
    pub(super) fn new() -> Self {
        Self([[0; 2]; COUNTERS])
    }

    /// How many numbers of crowded cells were counted, which are to be looked up one by one.
    pub(super) fn crowded(&self) -> u64 {
        let [even, odd] = self.0[CROWDED];
        u64::from(even) + u64::from(odd)
    }
}

/// For the numbers of type `F`, where each is counted.
///
/// The table has an entry per cell, see [`Float`]. Slot `s` is the run `s - 1` of [`Slots`]. An entry is such that
///
/// ```text
/// slot = (bits + entry[bits >> SHIFT]) >> SLOT_SHIFT
/// ```
///
/// with wrapping addition: it takes the cell's first number away and adds the slot's number to the upper part, and to the
/// lower one what is missing at the next start to carry into the upper part. So the comparison with the start is the
/// carry of an addition that is needed anyway.
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
                let entry = |slot: usize| ((slot as u64) << F::SLOT_SHIFT).wrapping_sub(first);
                let inside = slots.starts[begun..]
                    .iter()
                    .take_while(|&&start| start >> F::SHIFT == cell)
                    .count();
                match inside {
                    0 => entry(begun),
                    1 => {
                        let missing = (1 << F::SLOT_SHIFT) - (slots.starts[begun] - first);
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

    /// Counts a block of numbers; at most [`MAX_COUNTED`] between [`Counters::new`] and [`Index::settle`].
    ///
    /// Those of crowded cells are left to [`Index::count_crowded`].
    #[inline(always)]
    pub(super) fn count(&self, block: &[F], counters: &mut Counters) {
        // One of each quarter at a time: neighbours would be made one vector, and their look-ups a gather, which takes two to
        // three times as long. Four counters for a slot, and indices of a whole block first are slower too.
        let quarter = block.len() / 4;
        let (first, others) = block.split_at(quarter);
        let (second, others) = others.split_at(quarter);
        let (third, others) = others.split_at(quarter);
        let (fourth, rest) = others.split_at(quarter);
        let counters = &mut counters.0;
        for (((&a, &b), &c), &d) in first.iter().zip(second).zip(third).zip(fourth) {
            counters[a.slot(&self.entries)][0] += 1;
            counters[b.slot(&self.entries)][1] += 1;
            counters[c.slot(&self.entries)][0] += 1;
            counters[d.slot(&self.entries)][1] += 1;
        }
        for &key in rest {
            counters[key.slot(&self.entries)][0] += 1;
        }
    }

    /// Counts those numbers of a block that lie in crowded cells.
    #[cold]
    pub(super) fn count_crowded(&self, block: impl Iterator<Item = F>, bins: &mut Bins) {
        for key in block {
            if key.slot(&self.entries) == CROWDED {
                bins.add(self.slots.bin(key.bits()), 1);
            }
        }
    }

    /// Moves what was counted to where it belongs.
    pub(super) fn settle(&self, counters: &Counters, bins: &mut Bins) {
        // For small arrays this loop is most of the work, and most slots are empty.
        let (groups, _) = counters.0.as_chunks::<GROUP>();
        for (number, group) in groups.iter().enumerate() {
            let counted = group.iter().flatten().fold(0, |any, count| any | count);
            if counted > 0 {
                self.settle_group(number * GROUP, group, bins);
            }
        }
    }

    /// The same for the slots from `first` on.
    #[inline(never)]
    fn settle_group(&self, first: usize, group: &[[u16; 2]; GROUP], bins: &mut Bins) {
        for (slot, &[even, odd]) in (first..).zip(group) {
            // Numbers in the slot of crowded cells are counted already.
            if even | odd > 0
                && slot != CROWDED
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
