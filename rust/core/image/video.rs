//! Videos: an array with an axis of time, and the image of each frame.

use super::assemble::assemble_from;
use super::axes::{Axes, Axis, VIDEO, tuple};
use super::{Image, IntegerRange, Layout};
use crate::samples::Samples;
use crate::{Error, Result};

/// GIF stores each side in 16 bits.
const MAX_SIDE_PIXELS: usize = u16::MAX as usize;

/// The axes of a C-order contiguous array of frames, by meaning, and the size of the frames.
///
/// A batch of videos becomes a grid, row after row, without padding, as in the reference writers. The number of cells
/// is a power of two; there are one, two or four times as many columns as rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoLayout {
    grid: Layout,
    time: Axis,
}

impl VideoLayout {
    /// Reads `dataformats` for an array of this shape.
    ///
    /// As [`Layout::parse`], with the letter T (frames) and at most 65,535 pixels a side.
    pub fn parse(dataformats: &str, shape: &[usize]) -> Result<Self> {
        let axes = Axes::parse(dataformats, shape, &VIDEO)?;
        let grid = Layout::of(&axes, tiles(axes.batch.len), MAX_SIDE_PIXELS);
        let elements = shape
            .iter()
            .try_fold(1, |product: usize, &len| product.checked_mul(len));
        match (grid, elements) {
            (Some(grid), Some(_)) => Ok(Self {
                grid,
                time: axes.time,
            }),
            _ => Err(Error::shape(format!(
                "the array of shape {} with dataformats {dataformats:?} makes a video that is too large for a GIF; pass \
                 at most {MAX_SIDE_PIXELS} pixels a side",
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
        self.grid.elements() * self.time.len
    }

    /// Columns of a frame, over all tiles: 1 to 65,535.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.grid.width() as u16
    }

    /// Rows of a frame, over all tiles: 1 to 65,535.
    #[must_use]
    pub fn height(&self) -> u16 {
        self.grid.height() as u16
    }

    /// Channels of the array: 1 to 4.
    #[must_use]
    pub fn channels(&self) -> u8 {
        self.grid.channel.len as u8
    }
}

/// Makes the image of one frame. `range` is the result of [`integer_range`](super::integer_range) for the whole video.
///
/// Frames have the three channels of RGB: GIF knows no half transparency, so what is transparent shows white, as a
/// page does. Cells of a grid without a video are black, or white where there is alpha.
///
/// # Panics
///
/// If the number of elements is not [`VideoLayout::elements`], or there is no such frame.
#[must_use]
pub fn assemble_frame(
    samples: &Samples<'_>,
    layout: &VideoLayout,
    range: Option<IntegerRange>,
    frame: usize,
) -> Image {
    assert_eq!(
        samples.len(),
        layout.elements(),
        "elements of another shape"
    );
    let image = assemble_from(samples, &layout.grid, range, frame * layout.time.stride);
    on_white(image)
}

/// The same image without transparency, and with three channels.
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

/// Rows and columns of the grid for a number of videos.
fn tiles(videos: usize) -> (usize, usize) {
    let rows = 1 << (videos.ilog2() / 2);
    // Only an array without memory can have more videos than half of the numbers; a GIF of them is too large anyway.
    let cells = videos.checked_next_power_of_two().unwrap_or(usize::MAX);
    (rows, cells / rows)
}
