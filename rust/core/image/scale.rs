//! Conversion of elements to bytes.
//!
//! * `uint8` stays.
//! * `bool` becomes 0 or 255.
//! * Floats are taken as 0 to 1: rounded to float32, multiplied by 255 in float32, clipped to 0 to 255 and cut to
//!   whole numbers, NaN as 0. That is torch's arithmetic bit for bit, and k / 255 comes back as k.
//! * Other integers mean one of three things, distinguished by their largest value: see [`IntegerRange`].

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use pulp::Arch;

use crate::samples::{Element, Samples, with_elements};

/// Interpretation of the values of an integer image (any integer type but `uint8`).
///
/// Both reference writers multiply all of them by 255, so an image of 0 to 255 in `int64` comes out white or scrambled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegerRange {
    /// No value is above 1: a mask, scaled by 255 as in the reference writers.
    Unit,
    /// Some value is above 1: bytes in a wider type, clipped to 0 to 255. Worth a warning, since it deviates.
    Byte,
    /// `uint16` with a value above 255: a 16-bit image, divided by 257 and rounded. Worth a warning too.
    Word,
}

/// The range that [`assemble`](super::assemble) assumes for integers; None for `uint8`, `bool` and floats.
///
/// Stops reading at the value that settles the question, usually within the first pixels.
#[must_use]
pub fn integer_range(samples: &Samples<'_>) -> Option<IntegerRange> {
    with_elements!(samples, |values| Pixel::range(values))
}

/// An element that can become a byte of an image.
pub(super) trait Pixel: Element {
    /// The range assumed for these values, if their type leaves it open.
    fn range(_values: &[Self]) -> Option<IntegerRange> {
        None
    }

    /// Writes a byte for each element; both slices have the same length. `range` is what [`Self::range`] said of
    /// the whole image.
    fn to_bytes(values: &[Self], range: Option<IntegerRange>, bytes: &mut [u8]);
}

/// One loop over both slices, compiled for the widest vectors this machine has.
macro_rules! each {
    ($values:expr, $bytes:expr, |$value:ident| $byte:expr) => {
        Arch::new().dispatch(|| {
            for (byte, &$value) in $bytes.iter_mut().zip($values) {
                *byte = $byte;
            }
        })
    };
}

impl Pixel for u8 {
    fn to_bytes(values: &[Self], _: Option<IntegerRange>, bytes: &mut [u8]) {
        bytes.copy_from_slice(values);
    }
}

impl Pixel for bool {
    fn to_bytes(values: &[Self], _: Option<IntegerRange>, bytes: &mut [u8]) {
        each!(values, bytes, |value| u8::from(value) * 255);
    }
}

impl Pixel for f32 {
    fn to_bytes(values: &[Self], _: Option<IntegerRange>, bytes: &mut [u8]) {
        each!(values, bytes, |value| unit_to_byte(value));
    }
}

impl Pixel for f64 {
    fn to_bytes(values: &[Self], _: Option<IntegerRange>, bytes: &mut [u8]) {
        each!(values, bytes, |value| unit_to_byte(value as f32));
    }
}

/// The same as `(value * 255.0) as u8`, which compilers do not turn into vector code: five times as fast.
#[inline(always)]
fn unit_to_byte(value: f32) -> u8 {
    /// Its bits end in the whole number that is added, as long as that is below 2²³.
    const WHOLE: f32 = 8_388_608.0;

    let scaled = value * 255.0;
    // Comparisons instead of `clamp` bring NaN to 0.
    let positive = if scaled > 0.0 { scaled } else { 0.0 };
    let clipped = if positive < 255.0 { positive } else { 255.0 };
    (clipped.floor() + WHOLE).to_bits() as u8
}

/// 16-bit floats by way of float32, in blocks that stay in the first-level cache.
macro_rules! half_pixels {
    ($($type:ty),*) => {$(
        impl Pixel for $type {
            fn to_bytes(values: &[Self], range: Option<IntegerRange>, bytes: &mut [u8]) {
                let mut wide = [0_f32; 512];
                for (values, bytes) in values.chunks(512).zip(bytes.chunks_mut(512)) {
                    let wide = &mut wide[..values.len()];
                    values.convert_to_f32_slice(wide);
                    f32::to_bytes(wide, range, bytes);
                }
            }
        }
    )*};
}

half_pixels!(f16, bf16);

impl Pixel for u16 {
    fn range(values: &[Self]) -> Option<IntegerRange> {
        if any_above(values, 255) {
            return Some(IntegerRange::Word);
        }
        Some(unit_or_byte(values, 1))
    }

    fn to_bytes(values: &[Self], range: Option<IntegerRange>, bytes: &mut [u8]) {
        match range {
            Some(IntegerRange::Word) => each!(values, bytes, |value| ((u32::from(value) + 128)
                / 257) as u8),
            Some(IntegerRange::Byte) => each!(values, bytes, |value| value.min(255) as u8),
            _ => each!(values, bytes, |value| u8::from(value > 0) * 255),
        }
    }
}

macro_rules! integer_pixels {
    ($($type:ty: $top:literal),* $(,)?) => {$(
        impl Pixel for $type {
            fn range(values: &[Self]) -> Option<IntegerRange> {
                Some(unit_or_byte(values, 1))
            }

            fn to_bytes(values: &[Self], range: Option<IntegerRange>, bytes: &mut [u8]) {
                match range {
                    Some(IntegerRange::Byte) => each!(values, bytes, |value| value.clamp(0, $top) as u8),
                    _ => each!(values, bytes, |value| u8::from(value > 0) * 255),
                }
            }
        }
    )*};
}

// With the largest value that still is a byte.
integer_pixels!(i8: 127, i16: 255, i32: 255, i64: 255, u32: 255, u64: 255);

fn unit_or_byte<T: Element>(values: &[T], one: T) -> IntegerRange {
    if any_above(values, one) {
        IntegerRange::Byte
    } else {
        IntegerRange::Unit
    }
}

/// True if a value is above the bound; counts whole blocks without branching inside, so it becomes vector code.
fn any_above<T: Element>(values: &[T], bound: T) -> bool {
    let above = |block: &[T]| block.iter().filter(|value| **value > bound).count();
    values
        .chunks(4096)
        .any(|block| Arch::new().dispatch(|| above(block)) > 0)
}
