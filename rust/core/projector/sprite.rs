//! The grid of images: a square number of equal tiles, point after point, row by row.

use crate::codec::png::{self, Compression};
use crate::error::{Error, Result};
use crate::image::{self, Layout};
use crate::samples::Samples;

/// Name of the file with the image of an embedding's points, in its directory.
pub const FILE: &str = "sprite.png";

/// Largest side of a texture in browsers.
const MAX_SIDE_PIXELS: u32 = 8192;

/// An image for each point.
#[derive(Clone, Debug)]
pub struct Sprite {
    samples: Samples<'static>,
    layout: Layout,
    compression: Compression,
}

impl Sprite {
    /// Checks the images of an array and lays them out; the projector finds them only in as many rows as columns.
    ///
    /// Fails with a shape error if there is not one for each of `points`, or if the grid would be larger than
    /// browsers show.
    pub fn layout(dataformats: &str, shape: &[usize], points: usize) -> Result<Layout> {
        let layout = Layout::parse(dataformats, shape)
            .map_err(|error| Error::shape(format!("label_img: {error}")))?;
        if layout.images() != points {
            return Err(Error::shape(format!(
                "label_img must have one image for each row of mat, but has {} for {points}",
                layout.images()
            )));
        }
        let [width, height] = layout.tile();
        let fits = |layout: &Layout| layout.width().max(layout.height()) <= MAX_SIDE_PIXELS;
        layout.square().filter(fits).ok_or_else(|| {
            Error::shape(format!(
                "label_img: {points} images of {width}×{height} pixels make a grid of more than {MAX_SIDE_PIXELS} \
                 pixels a side, which no browser shows; pass smaller images or fewer rows"
            ))
        })
    }

    /// Images in row-major order of the shape that [`Sprite::layout`] was given.
    #[must_use]
    pub fn new(samples: Samples<'static>, layout: Layout, compression: Compression) -> Self {
        Self {
            samples,
            layout,
            compression,
        }
    }

    /// Width and height of an image.
    #[must_use]
    pub fn tile(&self) -> [usize; 2] {
        self.layout.tile()
    }

    /// The PNG file. Tiles without an image are black, or transparent where there is alpha.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let grid = image::assemble(&self.samples, &self.layout);
        png::encode(&grid, self.compression)
    }
}
