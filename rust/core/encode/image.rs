//! Pictures.

use super::event;
use crate::codec::png::{self, Compression};
use crate::error::Result;
use crate::image::{self, Boxes, Layout};
use crate::proto;
use crate::proto::event::At;
use crate::proto::summary::{Data, Summary};
use crate::samples::Samples;

/// A picture as it came from the caller, and what is to be done with it.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its elements in row-major order of the layout's shape.
    pub samples: Samples<'static>,
    /// Which axis is which.
    pub layout: Layout,
    /// Boxes to draw on it.
    pub boxes: Option<Boxes>,
    /// Factor of its size, after drawing.
    pub rescale: f64,
    /// How hard to compress it.
    pub compression: Compression,
}

/// A picture, drawn, resized and compressed.
///
/// # Errors
///
/// None that a picture whose layout was accepted can cause; those of the PNG encoder are passed on.
pub fn image(at: At, tag: &str, picture: Picture) -> Result<Vec<u8>> {
    let mut image = image::assemble(&picture.samples, &picture.layout);
    drop(picture.samples);
    if let Some(boxes) = &picture.boxes {
        image::draw_boxes(&mut image, boxes);
    }
    let image = image::resize(image, picture.rescale);
    let data = Data::Image(proto::summary::Image {
        height: image.height as i32,
        width: image.width as i32,
        colorspace: i32::from(image.channels),
        encoded_image_string: png::encode(&image, picture.compression)?,
    });
    Ok(event(at, Summary::single(tag, data)))
}
