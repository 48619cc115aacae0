//! Clips.

use rayon::ThreadPool;

use super::event;
use crate::codec::gif::{self, Animation};
use crate::error::Result;
use crate::image::{Clip, assemble_frame, integer_range};
use crate::proto;
use crate::proto::event::At;
use crate::proto::summary::{Data, Summary};
use crate::samples::Samples;

/// A clip as it came from the caller.
#[derive(Clone, Debug)]
pub struct Video {
    /// Its elements in row-major order of the clip's shape.
    pub samples: Samples<'static>,
    /// Which axis is which.
    pub clip: Clip,
    /// Hundredths of a second that each frame is shown; see [`gif::delay`].
    pub delay: u16,
}

/// A clip as an animated GIF, which TensorBoard shows among the pictures.
///
/// # Errors
///
/// None that a clip whose layout was accepted can cause; those of the GIF encoder are passed on.
pub fn video(at: At, tag: &str, video: &Video, pool: Option<&ThreadPool>) -> Result<Vec<u8>> {
    let clip = &video.clip;
    let range = integer_range(&video.samples);
    let animation = Animation {
        width: clip.width(),
        height: clip.height(),
        delay: video.delay,
    };
    let frame = |index| assemble_frame(&video.samples, clip, range, index);
    let data = Data::Image(proto::summary::Image {
        height: i32::from(clip.height()),
        width: i32::from(clip.width()),
        colorspace: i32::from(clip.channels()),
        encoded_image_string: gif::encode(animation, clip.frames(), frame, pool)?,
    });
    Ok(event(at, Summary::single(tag, data)))
}
