//! Images.

use super::event;
use crate::codec::png::{self, Compression};
use crate::error::Result;
use crate::image::{self, Boxes, Layout};
use crate::proto;
use crate::proto::event::At;
use crate::proto::summary::{Data, Summary};
use crate::samples::Samples;

/// An image as it came from the caller, and how to draw, resize and compress it.
#[derive(Clone, Debug)]
pub struct RawImage {
    /// Its elements in row-major order of the layout's shape.
    pub samples: Samples<'static>,
    /// Meaning of the axes.
    pub layout: Layout,
    /// Boxes to draw on it.
    pub boxes: Option<Boxes>,
    /// Factor of its size, after drawing.
    pub rescale: f64,
    /// Effort of the compression.
    pub compression: Compression,
}

/// The event of an image: drawn, resized and compressed.
///
/// # Errors
///
/// Errors of the PNG encoder, which an image with an accepted layout does not cause.
pub fn image(at: At, tag: &str, raw: RawImage) -> Result<Vec<u8>> {
    let mut image = image::assemble(&raw.samples, &raw.layout);
    drop(raw.samples);
    if let Some(boxes) = &raw.boxes {
        image::draw_boxes(&mut image, boxes);
    }
    let image = image::resize(image, raw.rescale);
    let data = Data::Image(proto::summary::Image {
        height: image.height as i32,
        width: image.width as i32,
        colorspace: i32::from(image.channels),
        encoded_image_string: png::encode(&image, raw.compression)?,
    });
    Ok(event(at, Summary::single(tag, data)))
}
