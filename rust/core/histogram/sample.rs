//! Counting of each element type: by a key of 32 or 64 bits, or by its code.

#![expect(
    clippy::inline_always,
    reason = "only inlined code is compiled for the vector instructions dispatched to"
)]

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use super::float::Float;
use crate::samples::Element;

/// An element type that can be counted.
pub(super) trait Sample: Element {
    /// The narrowest float type that distinguishes values as float64 does.
    type Key: Float;

    /// Number of different values, if they are few enough to have a counter each; else 0.
    const CODES: usize = 0;

    /// A number below `CODES` for each value.
    fn code(self) -> usize {
        0
    }

    /// The value that has this code, `None` if there is none.
    fn from_code(_: u16) -> Option<Self> {
        None
    }

    /// Writes a block as float64. All slices have the same length.
    #[inline(always)]
    fn doubles(block: &[Self], doubles: &mut [f64]) {
        for (double, &value) in doubles.iter_mut().zip(block) {
            *double = value.to_f64();
        }
    }

    /// The value as a key.
    fn key(self) -> Self::Key;

    /// The block as keys, which may be one of its other forms or is written to `room`.
    fn keys<'a>(
        block: &'a [Self],
        doubles: &'a [f64],
        room: &'a mut [Self::Key],
    ) -> &'a [Self::Key];
}

/// Types whose values are exact as float32 and few.
macro_rules! narrow {
    ($($type:ty, $codes:literal, |$value:ident| $code:expr, |$from:ident| $back:expr $(, $doubles:item)?;)*) => {$(
        impl Sample for $type {
            type Key = f32;

            const CODES: usize = $codes;

            #[inline(always)]
            fn code(self) -> usize {
                let $value = self;
                usize::from($code)
            }

            fn from_code($from: u16) -> Option<Self> {
                Some($back)
            }

            $(#[inline(always)] $doubles)?

            fn key(self) -> f32 {
                Element::to_f64(self) as f32
            }

            #[inline(always)]
            fn keys<'a>(_: &'a [Self], doubles: &'a [f64], room: &'a mut [f32]) -> &'a [f32] {
                for (key, &double) in room.iter_mut().zip(doubles) {
                    *key = double as f32;
                }
                room
            }
        }
    )*};
}

narrow! {
    bool, 2, |v| v, |code| code == 1;
    u8, 256, |v| v, |code| code as u8;
    i8, 256, |v| v as u8, |code| code as i8;
    u16, 65536, |v| v, |code| code;
    i16, 65536, |v| v as u16, |code| code as i16;
    f16, 65536, |v| v.to_bits(), |code| f16::from_bits(code), fn doubles(block: &[Self], doubles: &mut [f64]) {
        // A whole block at once, because only that uses the conversion instructions without asking for them each time.
        block.convert_to_f64_slice(doubles);
    };
    bf16, 65536, |v| v.to_bits(), |code| bf16::from_bits(code), fn doubles(block: &[Self], doubles: &mut [f64]) {
        for (double, value) in doubles.iter_mut().zip(block) {
            *double = f32::from_bits(u32::from(value.to_bits()) << 16).into();
        }
    };
}

/// Types with too many values for a counter each.
macro_rules! wide {
    ($($type:ty, $key:ty, |$block:ident, $doubles:ident| $keys:expr;)*) => {$(
        impl Sample for $type {
            type Key = $key;

            fn key(self) -> $key {
                Element::to_f64(self) as $key
            }

            #[inline(always)]
            fn keys<'a>($block: &'a [Self], $doubles: &'a [f64], _: &'a mut [$key]) -> &'a [$key] {
                $keys
            }
        }
    )*};
}

wide! {
    f32, f32, |block, _doubles| block;
    f64, f64, |block, _doubles| block;
    i32, f64, |_block, doubles| doubles;
    u32, f64, |_block, doubles| doubles;
    i64, f64, |_block, doubles| doubles;
    u64, f64, |_block, doubles| doubles;
}
