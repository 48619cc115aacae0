//! Audio: levels of every element type, shapes, and WAV files read back by `hound`'s own decoder.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use half::{bf16, f16};
use proptest::prelude::*;
use prost::Message;
use tensorbolt::audio::{Audio, Channels, Remark, to_16_bit};
use tensorbolt::codec::wav;
use tensorbolt::encode;
use tensorbolt::proto::event::{At, Event, What};
use tensorbolt::proto::summary::Data;
use tensorbolt::samples::Samples;

fn mono(samples: impl Into<Samples<'static>>) -> Audio {
    let samples = samples.into();
    let channels = Channels::parse(&[samples.len()]).unwrap();
    to_16_bit(&samples, channels)
}

fn levels(samples: impl Into<Samples<'static>>) -> Vec<i16> {
    mono(samples).samples
}

#[test]
fn floats_are_rounded_to_the_nearest_sample_and_clipped() {
    let floats = vec![
        0.0,
        -0.0,
        0.5,
        -0.5,
        1.0,
        -1.0,
        1.5,
        -7.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.5 / 32_768.0,
        1.5 / 32_768.0,
        -0.1,
    ];
    let expected = [
        0, 0, 16_384, -16_384, 32_767, -32_768, 32_767, -32_768, 0, 32_767, -32_768, 0, 2, -3277,
    ];
    assert_eq!(levels(floats), expected);
}

#[test]
fn small_floats_keep_their_sign() {
    assert_eq!(
        levels(vec![f16::ONE, f16::NEG_ONE, f16::from_f32(0.25)]),
        [32_767, -32_768, 8192]
    );
    assert_eq!(
        levels(vec![bf16::ONE, bf16::NEG_ONE, bf16::from_f32(0.25)]),
        [32_767, -32_768, 8192]
    );
    assert_eq!(levels(vec![1_f32, -0.25]), [32_767, -8192]);
}

#[test]
fn integers_are_shares_of_their_range() {
    assert_eq!(levels(vec![0_u8, 128, 255]), [-32_768, 0, 127 * 256]);
    assert_eq!(levels(vec![i8::MIN, 0, i8::MAX]), [-32_768, 0, 127 * 256]);
    assert_eq!(levels(vec![0_u16, 32_768, u16::MAX]), [-32_768, 0, 32_767]);
    assert_eq!(levels(vec![i32::MIN, 1 << 30]), [-32_768, 16_384]);
    assert_eq!(levels(vec![0_u32, 1 << 31, u32::MAX]), [-32_768, 0, 32_767]);
    assert_eq!(levels(vec![i64::MIN, 1 << 62]), [-32_768, 16_384]);
    assert_eq!(levels(vec![0_u64, 1 << 63, u64::MAX]), [-32_768, 0, 32_767]);
    assert_eq!(levels(vec![false, true]), [0, 32_767]);
}

#[test]
fn sixteen_bits_come_back_bit_for_bit() {
    let all: Vec<i16> = (i16::MIN..=i16::MAX).collect();
    assert_eq!(levels(all.clone()), all);
    let floats: Vec<f32> = all.iter().map(|&v| f32::from(v) / 32_768.0).collect();
    assert_eq!(levels(floats), all);
}

#[test]
fn remarks() {
    assert_eq!(mono(vec![1_f32, -1.0, f32::NAN]).remark, None);
    assert_eq!(mono(vec![1.0001_f32]).remark, Some(Remark::Clipped));
    assert_eq!(mono(vec![f64::INFINITY]).remark, Some(Remark::Clipped));
    assert_eq!(
        mono(vec![0_i64, -32_768, 32_767]).remark,
        Some(Remark::Quiet)
    );
    assert_eq!(mono(vec![0_i64, 0]).remark, None);
    assert_eq!(mono(vec![1_i32, 1 << 20]).remark, None);
    assert_eq!(mono(vec![1_i16]).remark, None);
}

#[test]
fn shapes() {
    for (shape, count, elements) in [
        (&[1][..], 1, 1),
        (&[7], 1, 7),
        (&[1, 7], 1, 7),
        (&[7, 1], 1, 7),
        (&[1, 1], 1, 1),
        (&[1, 2], 1, 2),
        (&[2, 1], 1, 2),
        (&[7, 2], 2, 14),
        (&[2, 7], 2, 14),
        (&[2, 2], 2, 4),
        (&[1, 2, 7], 2, 14),
        (&[1, 1, 7], 1, 7),
    ] {
        let channels = Channels::parse(shape).unwrap();
        assert_eq!(
            (channels.count(), channels.elements()),
            (count, elements),
            "{shape:?}"
        );
    }
    for shape in [
        &[][..],
        &[0],
        &[1, 0],
        &[0, 2],
        &[2, 0],
        &[3, 3],
        &[2, 2, 2],
        &[usize::MAX],
        &[1 << 30],
    ] {
        let error = Channels::parse(shape).unwrap_err();
        assert!(
            error.is_shape() && error.to_string().contains("snd_tensor"),
            "{shape:?}"
        );
    }
}

#[test]
fn stereo_is_woven() {
    let woven = to_16_bit(
        &vec![1_i16, 2, 3, 4, 5, 6].into(),
        Channels::parse(&[3, 2]).unwrap(),
    );
    let planes = to_16_bit(
        &vec![1_i16, 3, 5, 2, 4, 6].into(),
        Channels::parse(&[2, 3]).unwrap(),
    );
    assert_eq!(woven, planes);
    assert_eq!(woven.samples, [1, 2, 3, 4, 5, 6]);
    // Where both axes could be the channels, the last one is.
    let square = to_16_bit(
        &vec![1_i16, 2, 3, 4].into(),
        Channels::parse(&[2, 2]).unwrap(),
    );
    assert_eq!(square.samples, [1, 2, 3, 4]);
}

proptest! {
    #[test]
    fn files_hold_the_samples(samples in proptest::collection::vec(any::<i16>(), 1..200), stereo in any::<bool>(), rate in 1_u32..400_000) {
        let channels = if stereo { 2 } else { 1 };
        let samples = samples.repeat(usize::from(channels));
        let audio = Audio { samples, channels, remark: None };
        let file = wav::encode(&audio, rate).unwrap();
        prop_assert_eq!(file.len(), 44 + 2 * audio.samples.len());
        prop_assert_eq!(&file[36..40], b"data");
        let mut reader = hound::WavReader::new(&file[..]).unwrap();
        let spec = reader.spec();
        prop_assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (channels, rate, 16));
        let back: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        prop_assert_eq!(back, audio.samples);
    }
}

#[test]
fn rates_that_a_file_cannot_hold_are_refused() {
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 2e9] {
        assert!(encode::file_rate(rate).unwrap_err().is_argument(), "{rate}");
    }
    assert!(wav::encode(&mono(vec![1_i16]), 0).is_err());
    assert!(wav::encode(&mono(vec![1_i16]), u32::MAX).is_err());
    for (rate, whole) in [
        (0.3, 1),
        (8000.4, 8000),
        (22_050.6, 22_051),
        (1e9, 1_000_000_000),
    ] {
        assert_eq!(encode::file_rate(rate).unwrap(), whole);
    }
}

#[test]
fn the_message() {
    let at = At {
        wall_time: 1.0,
        step: 2,
    };
    let payload = encode::audio(at, "a", &mono(vec![1_i16, 2, 3]), 0.5).unwrap();
    let event = Event::decode(&payload[..]).unwrap();
    let Some(What::Summary(summary)) = event.what else {
        panic!("no summary")
    };
    let value = &summary.value[0];
    let plugin = value.metadata.clone().unwrap();
    assert_eq!(plugin.plugin_data.unwrap().content, [0x10, 0x0b]);
    let Some(Data::Audio(audio)) = &value.data else {
        panic!("no audio")
    };
    // The message keeps the rate that the header of the file has to round.
    assert_eq!(audio.sample_rate, 0.5);
    assert_eq!((audio.num_channels, audio.length_frames), (1, 3));
    assert_eq!(audio.content_type, "audio/wav");
}
