//! From an array of any element type to 16-bit samples.
//!
//! One rule for all: an element has a level from -1 to 1, and its sample is the level times 32768, rounded to the
//! nearest whole number (halves to the even one) and clipped to -32768 to 32767. So samples of 16 bits, and floats
//! that were made of such by a division by 32768, come back bit for bit.
//!
//! * Floats are levels; NaN is 0.
//! * Signed integers are divided by half the range of their type: `int16` stays.
//! * Unsigned integers the same, after half the range is taken off: `uint8` is silent at 128.
//! * `bool` is 0 or 1.

use half::{bf16, f16};
use pulp::Arch;

use crate::image::tuple;
use crate::samples::{Element, Samples, with_elements};
use crate::{Error, Result};

/// Elements that are examined together.
const BLOCK_ELEMENTS: usize = 4096;

/// The layout of samples in a C-order array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    count: u16,
    frames: usize,
    woven: bool,
}

/// Samples; those of one frame follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audio {
    /// `frames * channels` samples.
    pub samples: Vec<i16>,
    /// 1 or 2.
    pub channels: u16,
    /// Something that the caller should hear of.
    pub remark: Option<Remark>,
}

/// Something that callers rarely mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Some floats were outside -1 to 1.
    Clipped,
    /// Integers of 32 or 64 bits, but none of them needs more than 16: scaled by the range of their type they are
    /// nearly silent.
    Quiet,
}

impl Channels {
    /// Reads the shape of an array.
    ///
    /// Axes of length 1 do not count. One that is left is time. Of two, one must have length 2, left and right; if
    /// both have, it is the last.
    ///
    /// Fails with a shape error at any other shape, without an element, or with more samples than a WAV file holds.
    pub fn parse(shape: &[usize]) -> Result<Self> {
        let long: Vec<usize> = shape.iter().copied().filter(|&len| len != 1).collect();
        let parsed = match *long.as_slice() {
            _ if shape.is_empty() => None,
            [] => Some((1, 1, true)),
            [frames] => Some((1, frames, true)),
            [frames, 2] => Some((2, frames, true)),
            [2, frames] => Some((2, frames, false)),
            _ => None,
        };
        let most = (u32::MAX / 4 - 64) as usize;
        match parsed {
            Some((count, frames, woven)) if (1..=most).contains(&frames) => Ok(Self {
                count,
                frames,
                woven,
            }),
            _ => Err(Error::shape(format!(
                "snd_tensor must hold at least one sample and at most {most} frames, in the shape (L,), (1, L) or \
                 (L, 1) for mono, (L, 2) or (2, L) for stereo, but its shape is {}",
                tuple(shape),
            ))),
        }
    }

    /// Elements the array has.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.frames * usize::from(self.count)
    }

    /// 1 mono, 2 stereo.
    #[must_use]
    pub fn count(&self) -> u16 {
        self.count
    }
}

/// Makes the 16-bit samples of an array whose elements are in C order.
#[must_use]
pub fn to_16_bit(samples: &Samples<'_>, channels: Channels) -> Audio {
    with_elements!(samples, |values| Audio {
        samples: convert(values, channels),
        channels: channels.count,
        remark: Level::remark(values),
    })
}

fn convert<T: Level>(values: &[T], channels: Channels) -> Vec<i16> {
    let mut samples = vec![0; values.len()];
    Arch::new().dispatch(
        #[inline(always)]
        || {
            if channels.woven {
                for (sample, value) in samples.iter_mut().zip(values) {
                    *sample = value.sample();
                }
                return;
            }
            let (left, right) = values.split_at(channels.frames.min(values.len()));
            for (frame, (left, right)) in samples.chunks_exact_mut(2).zip(left.iter().zip(right)) {
                frame.copy_from_slice(&[left.sample(), right.sample()]);
            }
        },
    );
    samples
}

/// An element that is a level from -1 to 1.
trait Level: Element {
    fn sample(self) -> i16;

    fn remark(values: &[Self]) -> Option<Remark>;
}

/// The sample of a level.
///
/// Adding 1.5 times two to the number of mantissa bits rounds to the nearest whole number, halves to the even one, and
/// leaves that number in the lowest bits. Single precision is as good as double here: multiplying by a power of two is
/// exact, and what is added is far larger than a sample. Conversions to integers and calls of `clamp` become no vector
/// code; comparisons do.
macro_rules! from_level {
    ($name:ident, $float:ty, $mantissa:literal) => {
        #[inline(always)]
        fn $name(level: $float) -> i16 {
            const FULL_SCALE: $float = 32_768.0;
            const ROUND: $float = 1.5 * (1_u64 << $mantissa) as $float;
            let scaled = level * FULL_SCALE;
            let low = if scaled > -FULL_SCALE {
                scaled
            } else {
                -FULL_SCALE
            };
            let clipped = if low < FULL_SCALE - 1.0 {
                low
            } else {
                FULL_SCALE - 1.0
            };
            let number = if level.is_nan() { 0.0 } else { clipped };
            (number + ROUND).to_bits() as i16
        }
    };
}

from_level!(from_f32, f32, 23);
from_level!(from_f64, f64, 52);

macro_rules! levels {
    ($($type:ty: |$value:ident| $sample:expr, $remark:expr;)*) => {$(
        impl Level for $type {
            #[inline(always)]
            fn sample(self) -> i16 {
                let $value = self;
                $sample
            }

            fn remark(values: &[Self]) -> Option<Remark> {
                $remark(values)
            }
        }
    )*};
}

const HALF_8: f64 = 128.0;
const HALF_16: f64 = 32_768.0;
const HALF_32: f64 = 2_147_483_648.0;
const HALF_64: f64 = 9_223_372_036_854_775_808.0;

levels! {
    f16: |v| from_f32(v.to_f32()), clipped;
    bf16: |v| from_f32(f32::from_bits(u32::from(v.to_bits()) << 16)), clipped;
    f32: |v| from_f32(v), clipped;
    f64: |v| from_f64(v), clipped;
    bool: |v| from_f64(v.to_f64()), nothing;
    i8: |v| from_f64(v.to_f64() / HALF_8), nothing;
    i16: |v| v, nothing;
    i32: |v| from_f64(v.to_f64() / HALF_32), quiet;
    i64: |v| from_f64(v.to_f64() / HALF_64), quiet;
    u8: |v| from_f64((v.to_f64() - HALF_8) / HALF_8), nothing;
    u16: |v| from_f64((v.to_f64() - HALF_16) / HALF_16), nothing;
    u32: |v| from_f64((v.to_f64() - HALF_32) / HALF_32), quiet;
    u64: |v| from_f64((v.to_f64() - HALF_64) / HALF_64), quiet;
}

fn nothing<T>(_: &[T]) -> Option<Remark> {
    None
}

fn clipped<T: Element>(values: &[T]) -> Option<Remark> {
    // Without a way out in the middle of a block, several elements are looked at at once.
    let any = Arch::new().dispatch(
        #[inline(always)]
        || {
            values.chunks(BLOCK_ELEMENTS).any(
                #[inline(always)]
                |block| {
                    let outside = block.iter().map(|value| value.to_f64().abs() > 1.0);
                    outside.fold(false, |any, outside| any | outside)
                },
            )
        },
    );
    any.then_some(Remark::Clipped)
}

fn quiet<T: Element>(values: &[T]) -> Option<Remark> {
    let numbers = || values.iter().map(|value| value.to_f64());
    let quiet = numbers().all(|number| (-32_768.0..65_536.0).contains(&number))
        && numbers().any(|number| number != 0.0);
    quiet.then_some(Remark::Quiet)
}
