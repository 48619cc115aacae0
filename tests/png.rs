//! PNG files read back by the `png` crate's own decoder.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;
use tensorbolt::codec::png::{Compression, encode};
use tensorbolt::image::Image;

const PRESETS: [Compression; 3] = [Compression::Fast, Compression::Balanced, Compression::High];

fn assert_round_trip(image: &Image) {
    for preset in PRESETS {
        let file = encode(image, preset).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (image.width, image.height));
        let color = [
            png::ColorType::Grayscale,
            png::ColorType::GrayscaleAlpha,
            png::ColorType::Rgb,
            png::ColorType::Rgba,
        ][usize::from(image.channels) - 1];
        assert_eq!(
            (info.color_type, info.bit_depth),
            (color, png::BitDepth::Eight)
        );
        assert!(pixels == image.pixels, "{preset:?} changed pixels");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pixels_survive(width in 1_u32..40, height in 1_u32..40, channels in 1_u8..=4, step in 0_u8..40, noise in any::<bool>()) {
        let len = width as usize * height as usize * usize::from(channels);
        let mut state = 1_u32;
        let pixels = (0..len).map(|i| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if noise { (state >> 24) as u8 } else { (i as u8).wrapping_mul(step) }
        }).collect();
        assert_round_trip(&Image { width, height, channels, pixels });
    }
}

#[test]
fn extreme_shapes_and_flat_colours() {
    for (width, height) in [(1, 1), (60_000, 1), (1, 60_000), (300, 300)] {
        for channels in 1..=4 {
            let len = width as usize * height as usize * usize::from(channels);
            for value in [0, 255, 7] {
                assert_round_trip(&Image {
                    width,
                    height,
                    channels,
                    pixels: vec![value; len],
                });
            }
        }
    }
}

#[test]
fn more_time_makes_smaller_files() {
    let wave = |x: u32, y: u32| (f64::from(x) / 9.0).sin() * (f64::from(y) / 7.0).cos();
    let mut state = 1_u32;
    let pixels = (0..200 * 200)
        .flat_map(|i| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grey = (128.0 + 90.0 * wave(i % 200, i / 200)) as u8 + (state >> 30) as u8;
            [grey, grey / 2, grey]
        })
        .collect();
    let image = Image {
        width: 200,
        height: 200,
        channels: 3,
        pixels,
    };
    let sizes = PRESETS.map(|preset| encode(&image, preset).unwrap().len());
    assert!(sizes[0] > sizes[1] && sizes[1] >= sizes[2], "{sizes:?}");
}

#[test]
fn impossible_images_are_refused() {
    for (width, height, channels, len) in [
        (2, 2, 3, 11),
        (0, 2, 3, 0),
        (2, 0, 3, 0),
        (2, 2, 5, 20),
        (2, 2, 0, 0),
    ] {
        let image = Image {
            width,
            height,
            channels,
            pixels: vec![0; len],
        };
        let error = encode(&image, Compression::Fast).unwrap_err();
        assert!(
            error.is_shape() && error.to_string().contains("pass"),
            "{error}"
        );
    }
}

#[test]
fn presets_have_names() {
    for (name, preset) in ["fast", "balanced", "high"].into_iter().zip(PRESETS) {
        assert_eq!(Compression::parse(name).unwrap(), preset);
    }
    assert_eq!(Compression::default(), Compression::Fast);
    let error = Compression::parse("Fast").unwrap_err();
    assert!(error.is_argument(), "{error}");
    assert!(
        error.to_string().contains("image_compression is \"Fast\""),
        "{error}"
    );
}
