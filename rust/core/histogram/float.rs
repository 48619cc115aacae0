//! Bit patterns of float32 and float64, for the cell tables.

use once_cell::race::OnceBox;
use std::fmt::Debug;

use super::edges::Edges;
use super::index::Index;

/// Bits of a slot number. The upper ones of a word, so that the shift that brings them down leaves nothing to mask.
pub(super) const SLOT_BITS: u32 = 11;

/// A floating-point type whose bit patterns are looked up in a table of cells.
///
/// A cell is all numbers that share their sign, exponent and 4 leading mantissa bits: 13 bits of a float32, 16 of a
/// float64. Within a cell, numbers differ by a factor of at most 17/16, so of edges that lie 1.1 apart at most one
/// falls into it.
pub(super) trait Float: Copy + Debug + Default + Send + Sync + 'static {
    /// One entry per cell; an array type, so that no index needs a check.
    type Entries: Debug + Send + Sync;

    /// Bits below the cell number.
    const SHIFT: u32;
    /// Bits below the slot number, which has [`SLOT_BITS`].
    const SLOT_SHIFT: u32 = Self::WIDTH - SLOT_BITS;
    /// Number of cells.
    const CELLS: u64 = 1 << (Self::WIDTH - Self::SHIFT);
    /// Bits of the type.
    const WIDTH: u32;
    /// Bit pattern of positive infinity, and of the sign alone.
    const INFINITY: u64;
    const SIGN: u64 = 1 << (Self::WIDTH - 1);

    /// The table for this type, kept with the edges.
    fn index(edges: &Edges) -> &OnceBox<Option<Index<Self>>>;

    /// Entries in the order of the cells; `None` unless there is one for each.
    fn entries(entries: &[u64]) -> Option<Box<Self::Entries>>;

    /// The slot of this number, see [`Index`].
    fn slot(self, entries: &Self::Entries) -> usize;

    fn bits(self) -> u64;
    fn from_bits(bits: u64) -> Self;
    fn to_f64(self) -> f64;

    /// The smallest number of this type that is not below `edge`.
    fn at_least(edge: f64) -> Self;
    /// The smallest number of this type above `edge`.
    fn above(edge: f64) -> Self;
}

macro_rules! float {
    ($float:ty, $word:ty, $shift:literal, $index:ident) => {
        impl Float for $float {
            type Entries = [$word; 1 << (<$word>::BITS - $shift)];

            const SHIFT: u32 = $shift;
            const WIDTH: u32 = <$word>::BITS;
            const INFINITY: u64 = <$float>::INFINITY.to_bits() as u64;

            fn index(edges: &Edges) -> &OnceBox<Option<Index<Self>>> {
                edges.$index()
            }

            fn entries(entries: &[u64]) -> Option<Box<Self::Entries>> {
                let words: Box<[$word]> = entries.iter().map(|&entry| entry as $word).collect();
                words.try_into().ok()
            }

            #[inline(always)]
            fn slot(self, entries: &Self::Entries) -> usize {
                let bits = self.to_bits();
                let entry = entries[(bits >> $shift) as usize];
                (bits.wrapping_add(entry) >> Self::SLOT_SHIFT) as usize
            }

            fn bits(self) -> u64 {
                self.to_bits().into()
            }

            fn from_bits(bits: u64) -> Self {
                <$float>::from_bits(bits as $word)
            }

            fn to_f64(self) -> f64 {
                self.into()
            }

            fn at_least(edge: f64) -> Self {
                let nearest = edge as $float;
                if f64::from(nearest) < edge {
                    nearest.next_up()
                } else {
                    nearest
                }
            }

            fn above(edge: f64) -> Self {
                let least = Self::at_least(edge);
                if f64::from(least) > edge {
                    least
                } else {
                    least.next_up()
                }
            }
        }
    };
}

float!(f32, u32, 19, narrow);
float!(f64, u64, 48, wide);

#[cfg(test)]
mod tests {
    use super::Float;

    #[test]
    fn edges_between_two_float32_round_up() {
        assert_eq!(<f32 as Float>::at_least(1.0), 1.0);
        assert_eq!(<f32 as Float>::at_least(1.0 + 1e-12), 1.0_f32.next_up());
        assert_eq!(<f32 as Float>::at_least(-1.0 - 1e-12), -1.0);
        assert_eq!(<f32 as Float>::above(1.0), 1.0_f32.next_up());
        assert_eq!(<f32 as Float>::above(1.0 + 1e-12), 1.0_f32.next_up());
        assert_eq!(<f32 as Float>::at_least(1e300), f32::INFINITY);
        assert_eq!(<f32 as Float>::at_least(-1e300), f32::MIN);
        assert_eq!(<f32 as Float>::at_least(1e-300), f32::from_bits(1));
    }
}
