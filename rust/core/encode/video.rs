//! Videos.

use rayon::ThreadPool;

use super::event;
use crate::codec::gif::{self, Animation};
use crate::error::Result;
use crate::image::{VideoLayout, assemble_frame, integer_range};
use crate::proto;
use crate::proto::event::At;
use crate::proto::summary::{Data, Summary};
use crate::samples::Samples;

/// A video as it came from the caller.
#[derive(Clone, Debug)]
pub struct Video {
    /// Its elements in row-major order of the layout's shape.
    pub samples: Samples<'static>,
    /// Meaning of the axes.
    pub layout: VideoLayout,
    /// Hundredths of a second that each frame is shown; see [`gif::delay`].
    pub delay: u16,
}

/// The event of a video: an animated GIF, which TensorBoard shows among the images.
///
/// # Errors
///
/// Errors of the GIF encoder, which a video with an accepted layout does not cause.
pub fn video(at: At, tag: &str, video: &Video, pool: Option<&ThreadPool>) -> Result<Vec<u8>> {
    let layout = &video.layout;
    let range = integer_range(&video.samples);
    let animation = Animation {
        width: layout.width(),
        height: layout.height(),
        delay: video.delay,
    };
    let frame = |index| assemble_frame(&video.samples, layout, range, index);
    let data = Data::Image(proto::summary::Image {
        height: i32::from(layout.height()),
        width: i32::from(layout.width()),
        colorspace: i32::from(layout.channels()),
        encoded_image_string: gif::encode(animation, layout.frames(), frame, pool)?,
    });
    Ok(event(at, Summary::single(tag, data)))
}
