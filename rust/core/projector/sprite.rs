//! The sheet of pictures: a square number of equal tiles, point after point, row by row.

use crate::codec::png::{self, Compression};
use crate::error::{Error, Result};
use crate::image::{self, Layout};
use crate::samples::Samples;

/// Name of the file with the image of an embedding's points, in its directory.
pub const FILE: &str = "sprite.png";

/// What browsers take for a texture.
const LONGEST_SIDE: u32 = 8192;

/// A picture for each point.
#[derive(Clone, Debug)]
pub struct Sprite {
    samples: Samples<'static>,
    layout: Layout,
    compression: Compression,
}

impl Sprite {
    /// Checks the pictures of an array and lays them out; the projector finds them only in as many rows as columns.
    ///
    /// Fails with a shape error if there is not one for each of `points`, or if the sheet would be larger than
    /// browsers show.
    pub fn layout(dataformats: &str, shape: &[usize], points: usize) -> Result<Layout> {
        let layout = Layout::parse(dataformats, shape)
            .map_err(|error| Error::shape(format!("label_img: {error}")))?;
        if layout.pictures() != points {
            return Err(Error::shape(format!(
                "label_img must have one picture for each row of mat, but has {} for {points}",
                layout.pictures()
            )));
        }
        let [width, height] = layout.tile();
        let fits = |layout: &Layout| layout.width().max(layout.height()) <= LONGEST_SIDE;
        layout.square().filter(fits).ok_or_else(|| {
            Error::shape(format!(
                "label_img: {points} pictures of {width}×{height} pixels make a sheet of more than {LONGEST_SIDE} \
                 pixels a side, which no browser shows; pass smaller pictures or fewer rows"
            ))
        })
    }

    /// Pictures in row-major order of the shape that [`Sprite::layout`] was given.
    #[must_use]
    pub fn new(samples: Samples<'static>, layout: Layout, compression: Compression) -> Self {
        Self {
            samples,
            layout,
            compression,
        }
    }

    /// Width and height of a picture.
    #[must_use]
    pub fn tile(&self) -> [usize; 2] {
        self.layout.tile()
    }

    /// The PNG file. Tiles without a picture are black, or transparent where there is alpha.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let sheet = image::assemble(&self.samples, &self.layout);
        png::encode(&sheet, self.compression)
    }
}
