//! PNG files of 8-bit images.

use png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter};

use crate::image::Image;
use crate::{Error, Result};

/// Effort of the compression: more time makes a smaller file with the same pixels.
///
/// Compared with Pillow's default on a photo of 427 × 640 pixels, 491 kB; see `docs/performance.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// A twentieth of the time, 1.15 times the bytes.
    #[default]
    Fast,
    /// Half the time, 0.99 times the bytes.
    Balanced,
    /// Two to three times the time, 0.98 times the bytes.
    High,
}

impl Compression {
    /// Reads `"fast"`, `"balanced"` or `"high"`; anything else is an argument error.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "fast" => Ok(Self::Fast),
            "balanced" => Ok(Self::Balanced),
            "high" => Ok(Self::High),
            _ => Err(Error::argument(format!(
                "image_compression is {name:?}; pass \"fast\", \"balanced\" or \"high\""
            ))),
        }
    }
}

/// The bytes of a PNG file with this image.
///
/// Channels become the colour type: 1 greyscale, 2 greyscale with alpha, 3 RGB, 4 RGBA.
///
/// Fails with a shape error if the channels are not 1 to 4, a side is 0 or above 2³¹ − 1, or the number of bytes does
/// not fit the sides; no image of [`assemble`](crate::image::assemble) does.
pub fn encode(image: &Image, compression: Compression) -> Result<Vec<u8>> {
    match compression {
        Compression::Fast => write(image, DeflateCompression::FdeflateUltraFast, Filter::Paeth),
        Compression::Balanced => write(image, DeflateCompression::Level(6), Filter::Adaptive),
        // Photos and drawings want opposite filters; which of them an image is shows only afterwards.
        Compression::High => {
            let photo = write(image, DeflateCompression::Level(9), Filter::MinEntropy)?;
            let drawing = write(image, DeflateCompression::Level(9), Filter::NoFilter)?;
            Ok(if drawing.len() < photo.len() {
                drawing
            } else {
                photo
            })
        }
    }
}

fn write(image: &Image, deflate: DeflateCompression, filter: Filter) -> Result<Vec<u8>> {
    let color = match image.channels {
        1 => ColorType::Grayscale,
        2 => ColorType::GrayscaleAlpha,
        3 => ColorType::Rgb,
        4 => ColorType::Rgba,
        channels => {
            return Err(Error::shape(format!(
                "the image has {channels} channels; pass 1 to 4"
            )));
        }
    };
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, image.width, image.height);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(deflate);
    encoder.set_filter(filter);
    encode_with(encoder, &image.pixels).map_err(|error| {
        Error::shape(format!(
            "{} bytes are no image of {} × {} pixels with {} channels: {error}; pass height × width × channels bytes",
            image.pixels.len(),
            image.width,
            image.height,
            image.channels,
        ))
    })?;
    Ok(file)
}

fn encode_with(
    encoder: Encoder<'_, &mut Vec<u8>>,
    pixels: &[u8],
) -> std::result::Result<(), EncodingError> {
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()
}
