//! The layout of an image in an array: axes, and tiles of a batch.

use super::Image;
use super::axes::{Axes, Axis, IMAGE, tuple};
use crate::{Error, Result};

/// Images in a row of a batch's grid, as in the reference writers.
const GRID_COLUMNS: usize = 8;

/// PNG stores each side in 31 bits.
const MAX_SIDE_PIXELS: usize = i32::MAX as usize;

/// The axes of a C-order contiguous array, by meaning, and the size of the image it becomes.
///
/// A batch becomes a grid of at most eight columns, row after row, without padding. One channel becomes three equal
/// ones, as in the reference writers; two (grey, alpha), three (RGB) and four (RGBA) stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub(super) batch: Axis,
    pub(super) channel: Axis,
    pub(super) row: Axis,
    pub(super) column: Axis,
    tile_columns: usize,
    width: u32,
    height: u32,
}

impl Layout {
    /// Reads `dataformats` for an array of this shape.
    ///
    /// `dataformats` holds one letter for each axis, in any order and either case: H (rows) and W (columns), C
    /// (channels, 1 to 4; without it the image is grey) and N (images of a batch), such as `"CHW"`, `"HWC"`,
    /// `"HW"` or `"NCHW"`.
    ///
    /// Fails with a shape error if a letter is unknown, repeated or missing, if the number of letters differs from
    /// the rank, if an axis is empty, or if the image would have more than 2³¹ − 1 pixels a side or more bytes
    /// than fit into memory.
    pub fn parse(dataformats: &str, shape: &[usize]) -> Result<Self> {
        let axes = Axes::parse(dataformats, shape, &IMAGE)?;
        let images = axes.batch.len;
        let tiles = (images.div_ceil(GRID_COLUMNS), images.min(GRID_COLUMNS));
        Self::of(&axes, tiles, MAX_SIDE_PIXELS).ok_or_else(|| {
            Error::shape(format!(
                "the array of shape {} with dataformats {dataformats:?} makes an image that is too large; pass at \
                 most {MAX_SIDE_PIXELS} pixels a side, and no more than memory holds",
                tuple(shape),
            ))
        })
    }

    /// The grid of so many rows and columns of tiles; `None` if a side, the elements or the bytes are too many.
    pub(super) fn of(axes: &Axes, tiles: (usize, usize), longest_side: usize) -> Option<Self> {
        let layout = Self {
            batch: axes.batch,
            channel: axes.channel,
            row: axes.row,
            column: axes.column,
            tile_columns: 0,
            width: 0,
            height: 0,
        };
        layout.tiled(tiles, longest_side)
    }

    /// The same images on a grid of as many tiles a row as a column, ⌈√N⌉; `None` if that would be too large.
    #[must_use]
    pub fn square(self) -> Option<Self> {
        let root = self.batch.len.isqrt();
        let side = root + usize::from(root * root < self.batch.len);
        self.tiled((side, side), MAX_SIDE_PIXELS)
    }

    fn tiled(mut self, tiles: (usize, usize), longest_side: usize) -> Option<Self> {
        let side = |tiles: usize, axis: Axis| {
            tiles
                .checked_mul(axis.len)
                .filter(|&side| side <= longest_side)
        };
        let (tile_rows, tile_columns) = tiles;
        let (width, height) = (side(tile_columns, self.column)?, side(tile_rows, self.row)?);
        // Four bytes a pixel and the filter byte of each row are the most any later stage allocates at once.
        let bytes = width.checked_mul(4)?.checked_add(1)?.checked_mul(height)?;
        isize::try_from(bytes).ok()?;
        self.tile_columns = tile_columns;
        (self.width, self.height) = (width as u32, height as u32);
        Some(self)
    }

    /// Images of the batch.
    #[must_use]
    pub fn images(&self) -> usize {
        self.batch.len
    }

    /// Width and height of each image.
    #[must_use]
    pub fn tile(&self) -> [usize; 2] {
        [self.column.len, self.row.len]
    }

    /// Columns of the image, over all tiles: 1 to 2³¹ − 1.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows of the image, over all tiles: 1 to 2³¹ − 1.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Channels of the image: 2, 3 or 4.
    #[must_use]
    pub fn channels(&self) -> u8 {
        match self.channel.len {
            1 => 3,
            channels => channels as u8,
        }
    }

    /// Elements the array has.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.batch.len * self.channel.len * self.row.len * self.column.len
    }

    /// Bytes of the image [`assemble`](super::assemble) makes.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.width as usize * self.height as usize * usize::from(self.channels())
    }

    /// Tiles in a row of the grid.
    pub(super) fn tile_columns(&self) -> usize {
        self.tile_columns
    }

    /// The image around its pixels.
    pub(super) fn image(&self, pixels: Vec<u8>) -> Image {
        Image {
            width: self.width,
            height: self.height,
            channels: self.channels(),
            pixels,
        }
    }
}
