//! WAV: samples come back from a reader as they went into the encoder.

#![no_main]

use arbitrary::Arbitrary;
use hound::{SampleFormat, WavReader};
use libfuzzer_sys::fuzz_target;
use tensorbolt::audio::Audio;
use tensorbolt::codec::wav::encode;

#[derive(Arbitrary, Debug)]
struct Input {
    samples: Vec<i16>,
    stereo: bool,
    sample_rate: u32,
}

fuzz_target!(|input: Input| {
    let channels = 1 + u16::from(input.stereo);
    let mut samples = input.samples;
    samples.truncate(samples.len() / usize::from(channels) * usize::from(channels));
    let audio = Audio {
        samples,
        channels,
        remark: None,
    };
    let rate = input.sample_rate;
    let good = rate > 0 && rate.checked_mul(2 * u32::from(channels)).is_some();
    let file = match encode(&audio, rate) {
        Ok(file) => file,
        Err(error) => {
            assert!(error.is_argument() && !good, "{error}");
            return;
        }
    };
    assert!(good, "a rate that no file can hold was written");
    assert_eq!(
        file.len(),
        44 + audio.samples.len() * 2,
        "the classic header"
    );

    let reader = WavReader::new(&file[..]).expect("a WAV");
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.sample_rate), (channels, rate));
    assert_eq!(
        (spec.bits_per_sample, spec.sample_format),
        (16, SampleFormat::Int)
    );
    let samples: Vec<i16> = reader
        .into_samples()
        .map(|sample| sample.expect("a sample"))
        .collect();
    assert_eq!(samples, audio.samples);
});
