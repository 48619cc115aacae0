//! From an array of any axis order and element type to the 8-bit rows of an image file.
//!
//! The stages, in the order of the reference writers:
//!
//! 1. [`Layout::parse`] checks `dataformats` against the shape. It is the only stage that can fail on an array, so
//!    the caller runs it in its own call; the others may run later on another thread.
//! 2. [`assemble`] brings elements to bytes, axes to H, W, C and a batch to one grid, in one pass.
//! 3. [`draw_boxes`] marks regions, with labels.
//! 4. [`resize`] applies `rescale`; [`resized`] says beforehand whether that is possible.
//!
//! A video takes [`VideoLayout::parse`] and [`assemble_frame`] instead, and [`indexed`] for the 256 colours of a GIF's
//! frame.

mod assemble;
mod axes;
mod boxes;
mod canvas;
mod label;
mod layout;
mod palette;
mod quantize;
mod resize;
mod scale;
mod video;

pub use assemble::assemble;
pub(crate) use axes::tuple;
pub use boxes::{Boxes, draw_boxes};
pub use layout::Layout;
pub use palette::{Indexed, indexed};
pub use resize::{resize, resized};
pub use scale::{IntegerRange, integer_range};
pub use video::{VideoLayout, assemble_frame};

/// An image of 8-bit rows: H × W × C, row after row, without gaps.
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
