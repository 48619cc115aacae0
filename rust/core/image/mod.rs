//! From an array of any axis order and element type to the 8-bit rows a picture file holds.
//!
//! The steps, in the order the incumbents take them:
//!
//! 1. [`Layout::parse`] checks `dataformats` against the shape. It is the only step that can fail on an array, so
//!    it belongs into the caller's own call; the others may run later on another thread.
//! 2. [`assemble`] brings elements to bytes, axes to H, W, C and a batch to one sheet, in one pass.
//! 3. [`draw_boxes`] marks regions, with labels.
//! 4. [`resize`] applies `rescale`; [`resized`] says beforehand whether that is possible.
//!
//! A clip takes [`Clip::parse`] and [`assemble_frame`] instead, and [`indexed`] for the 256 colours of a GIF's frame.

mod axes;
mod boxes;
mod canvas;
mod clip;
mod grid;
mod label;
mod layout;
mod palette;
mod quantize;
mod resize;
mod scale;

pub(crate) use axes::tuple;
pub use boxes::{Boxes, draw_boxes};
pub use clip::{Clip, assemble_frame};
pub use grid::assemble;
pub use layout::Layout;
pub use palette::{Indexed, indexed};
pub use resize::{resize, resized};
pub use scale::{IntegerRange, integer_range};

/// A picture of 8-bit rows: H × W × C, row after row, without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels in a row, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
    /// 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. Alpha is not premultiplied.
    pub channels: u8,
    /// `height * width * channels` bytes.
    pub pixels: Vec<u8>,
}
