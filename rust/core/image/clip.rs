//! Clips: an array with an axis of time, and the picture of each moment.

use super::axes::{Axes, Axis, CLIP, tuple};
use super::grid::assemble_from;
use super::{Image, IntegerRange, Layout};
use crate::samples::Samples;
use crate::{Error, Result};

/// GIF stores each side in 16 bits.
const LONGEST_SIDE: usize = u16::MAX as usize;

/// The axes of a C-order contiguous array of frames, by meaning, and the size of the frames.
///
/// A batch of clips becomes a sheet, row after row, without padding: the incumbents' grid, whose cells are a power of
/// two and which is as high as wide, twice or four times as wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clip {
    sheet: Layout,
    time: Axis,
}

impl Clip {
    /// Reads `dataformats` for an array of this shape.
    ///
    /// As [`Layout::parse`], with the letter T (frames) and at most 65,535 pixels a side.
    pub fn parse(dataformats: &str, shape: &[usize]) -> Result<Self> {
        let axes = Axes::parse(dataformats, shape, &CLIP)?;
        let sheet = Layout::of(&axes, tiles(axes.batch.len), LONGEST_SIDE);
        let elements = shape
            .iter()
            .try_fold(1, |product: usize, &len| product.checked_mul(len));
        match (sheet, elements) {
            (Some(sheet), Some(_)) => Ok(Self {
                sheet,
                time: axes.time,
            }),
            _ => Err(Error::shape(format!(
                "the array of shape {} with dataformats {dataformats:?} makes a clip that is too large for a GIF; pass \
                 at most {LONGEST_SIDE} pixels a side",
                tuple(shape),
            ))),
        }
    }

    /// Frames, at least 1.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.time.len
    }

    /// Elements the array has.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.sheet.elements() * self.time.len
    }

    /// Columns of a frame, over all tiles: 1 to 65,535.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.sheet.width() as u16
    }

    /// Rows of a frame, over all tiles: 1 to 65,535.
    #[must_use]
    pub fn height(&self) -> u16 {
        self.sheet.height() as u16
    }

    /// Channels of the array: 1 to 4.
    #[must_use]
    pub fn channels(&self) -> u8 {
        self.sheet.channel.len as u8
    }
}

/// Makes the picture of one frame. `range` is what [`integer_range`](super::integer_range) says of the whole clip.
///
/// Frames have the three channels of RGB: GIF knows no half transparency, so what is transparent shows white, as a
/// page does. Cells of a sheet without a clip are black, or white where there is alpha.
///
/// # Panics
///
/// If the number of elements is not [`Clip::elements`], or there is no such frame.
#[must_use]
pub fn assemble_frame(
    samples: &Samples<'_>,
    clip: &Clip,
    range: Option<IntegerRange>,
    frame: usize,
) -> Image {
    assert_eq!(samples.len(), clip.elements(), "elements of another shape");
    let image = assemble_from(samples, &clip.sheet, range, frame * clip.time.stride);
    on_white(image)
}

/// The same picture without transparency, and with three channels.
fn on_white(image: Image) -> Image {
    let pixels = match image.channels {
        2 => {
            let pixels = image.pixels.as_chunks::<2>().0.iter();
            pixels
                .flat_map(|&[grey, alpha]| [blended(grey, alpha); 3])
                .collect()
        }
        4 => {
            let pixels = image.pixels.as_chunks::<4>().0.iter();
            pixels
                .flat_map(|&[red, green, blue, alpha]| {
                    [red, green, blue].map(|level| blended(level, alpha))
                })
                .collect()
        }
        _ => image.pixels,
    };
    Image {
        channels: 3,
        pixels,
        ..image
    }
}

fn blended(level: u8, alpha: u8) -> u8 {
    let (level, alpha) = (u32::from(level), u32::from(alpha));
    ((level * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// Rows and columns of the sheet for a number of clips.
fn tiles(clips: usize) -> (usize, usize) {
    let rows = 1 << (clips.ilog2() / 2);
    // More clips than half of all numbers cannot be, but for axes without memory; those are too large for a GIF anyway.
    let cells = clips.checked_next_power_of_two().unwrap_or(usize::MAX);
    (rows, cells / rows)
}
