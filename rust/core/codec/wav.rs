//! WAV files of 16-bit samples, with the classic header of 44 bytes.

use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::audio::Audio;
use crate::{Error, Result};

/// The bytes of a WAV file.
///
/// Fails with an argument error if the rate is 0, or the bytes of a second do not fit 32 bits.
pub fn encode(audio: &Audio, sample_rate: u32) -> Result<Vec<u8>> {
    let bytes_per_second = u64::from(sample_rate) * u64::from(audio.channels) * 2;
    if sample_rate == 0 || u32::try_from(bytes_per_second).is_err() {
        return Err(Error::argument(format!(
            "sample_rate {sample_rate} does not fit a WAV file; pass the number of frames per second"
        )));
    }
    let spec = WavSpec {
        channels: audio.channels,
        sample_rate,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut file = Cursor::new(Vec::with_capacity(audio.samples.len() * 2 + 44));
    write(&mut file, spec, &audio.samples)
        .map_err(|error| Error::shape(format!("the samples make no WAV file: {error}")))?;
    Ok(file.into_inner())
}

fn write(file: &mut Cursor<Vec<u8>>, spec: WavSpec, samples: &[i16]) -> hound::Result<()> {
    let mut writer = WavWriter::new(file, spec)?;
    let mut block = writer.get_i16_writer(u32::try_from(samples.len()).unwrap_or(u32::MAX));
    for &sample in samples {
        block.write_sample(sample);
    }
    block.flush()?;
    writer.finalize()
}
