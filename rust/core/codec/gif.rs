//! Animated GIF files that loop without end.

use gif::{Encoder, EncodingError, Frame, Repeat};
use rayon::ThreadPool;

use crate::image::{Image, indexed};
use crate::parallel::each;
use crate::{Error, Result};

/// Browsers show a frame of one hundredth for a tenth of a second.
const MIN_DELAY_HUNDREDTHS: f64 = 2.0;

/// Frames that are in memory at a time, so that a long video does not take several times its size.
const FRAMES_AT_ONCE: usize = 32;

/// Properties shared by all frames of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Animation {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Hundredths of a second that each frame is shown; see [`delay`].
    pub delay: u16,
}

/// Hundredths of a second between frames, cut to a whole number as the reference writers do, and at least 2.
///
/// Fails with an argument error unless `fps` is finite and positive, and one frame lasts no longer than the 655 seconds
/// that GIF knows.
pub fn delay(fps: f64) -> Result<u16> {
    let hundredths = (100.0 / fps).floor().max(MIN_DELAY_HUNDREDTHS);
    if fps > 0.0 && fps.is_finite() && hundredths <= f64::from(u16::MAX) {
        return Ok(hundredths as u16);
    }
    Err(Error::argument(format!(
        "fps must be a positive, finite number of frames per second, at least 0.00153, not {fps}; pass for example 4"
    )))
}

/// The bytes of a GIF file of so many frames, each of which `frame` makes: of three channels, and of the size of the
/// animation. Frames are made and encoded by the threads of `pool`; those that equal the one before prolong it.
///
/// Fails with a shape error if there is no frame, or one of another size.
pub fn encode(
    animation: Animation,
    frames: usize,
    frame: impl Fn(usize) -> Image + Sync,
    pool: Option<&ThreadPool>,
) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    write(&mut file, animation, frames, frame, pool).map_err(|error| {
        Error::shape(format!(
            "{frames} frames make no GIF of {} × {} pixels: {error}",
            animation.width, animation.height,
        ))
    })?;
    Ok(file)
}

fn write(
    file: &mut Vec<u8>,
    animation: Animation,
    frames: usize,
    frame: impl Fn(usize) -> Image + Sync,
    pool: Option<&ThreadPool>,
) -> std::result::Result<(), EncodingError> {
    let mut encoder = Encoder::new(file, animation.width, animation.height, &[])?;
    encoder.set_repeat(Repeat::Infinite)?;
    let mut last: Option<Image> = None;
    let mut held: Option<Frame<'static>> = None;
    for first in (0..frames).step_by(FRAMES_AT_ONCE) {
        let count = FRAMES_AT_ONCE.min(frames - first);
        let images = each(pool, count, |index| frame(first + index));
        let stills = each(pool, count, |index| {
            let before = match index {
                0 => last.as_ref(),
                _ => images.get(index - 1),
            };
            let image = images.get(index)?;
            (before != Some(image)).then(|| still(animation, image))
        });
        for changed in stills {
            let changed = changed.transpose()?;
            held = match (held, changed) {
                (Some(mut held), None) => {
                    if let Some(longer) = held.delay.checked_add(animation.delay) {
                        held.delay = longer;
                    } else {
                        encoder.write_lzw_pre_encoded_frame(&held)?;
                        held.delay = animation.delay;
                    }
                    Some(held)
                }
                (Some(held), changed) => {
                    encoder.write_lzw_pre_encoded_frame(&held)?;
                    changed
                }
                (None, changed) => changed,
            };
        }
        last = images.into_iter().last();
    }
    match held {
        Some(held) => encoder.write_lzw_pre_encoded_frame(&held)?,
        None => return Err(EncodingError::FrameBufferTooSmallForDimensions),
    }
    encoder.into_inner()?;
    Ok(())
}

/// One frame, compressed.
fn still(
    animation: Animation,
    image: &Image,
) -> std::result::Result<Frame<'static>, EncodingError> {
    let Animation {
        width,
        height,
        delay,
    } = animation;
    let pixels = usize::from(width) * usize::from(height);
    if image.channels != 3 || image.pixels.len() != pixels * 3 {
        return Err(EncodingError::FrameBufferTooSmallForDimensions);
    }
    let indexed = indexed(image);
    let mut frame =
        Frame::from_palette_pixels(width, height, indexed.indices, indexed.palette, None);
    frame.delay = delay;
    frame.make_lzw_pre_encoded();
    Ok(frame)
}
