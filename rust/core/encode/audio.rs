//! Audio.

use super::event;
use crate::audio::Audio;
use crate::codec::wav;
use crate::error::{Error, Result};
use crate::proto;
use crate::proto::event::At;
use crate::proto::summary::{Data, DataClass, Summary, SummaryMetadata};

/// An `AudioPluginData` whose encoding is WAV: without it TensorBoard's default loader serves bytes that no browser
/// plays.
const PLUGIN_DATA: [u8; 2] = [0x10, 0x0b];

/// The sample rate as a WAV file holds it: whole and at least 1.
///
/// Fails with an argument error if the rate is not positive and finite, or too large for the file.
pub fn file_rate(sample_rate: f64) -> Result<u32> {
    // Two channels of two bytes each must fit into the header's 32 bits.
    let most = f64::from(u32::MAX / 4);
    if sample_rate > 0.0 && sample_rate <= most {
        return Ok(sample_rate.round().max(1.0) as u32);
    }
    Err(Error::argument(format!(
        "sample_rate must be a positive number of at most {most}, not {sample_rate}; pass the number of frames per \
         second, such as 44100"
    )))
}

/// Audio as a WAV file.
///
/// # Errors
///
/// `is_argument` for a rate that [`file_rate`] refuses.
pub fn audio(at: At, tag: &str, samples: &Audio, sample_rate: f64) -> Result<Vec<u8>> {
    let data = Data::Audio(proto::summary::Audio {
        sample_rate: sample_rate as f32,
        num_channels: i64::from(samples.channels),
        length_frames: (samples.samples.len() / usize::from(samples.channels.max(1))) as i64,
        encoded_audio_string: wav::encode(samples, file_rate(sample_rate)?)?,
        content_type: "audio/wav".into(),
    });
    let metadata = SummaryMetadata {
        data_class: DataClass::BlobSequence.into(),
        ..SummaryMetadata::with_content("audio", PLUGIN_DATA.to_vec())
    };
    Ok(event(at, Summary::described(tag, data, metadata)))
}
