//! Videos: frames of any axis order and element type, grids, and GIF files read back by the `gif` crate's own decoder.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use tensorbolt::codec::gif::{Animation, delay, encode};
use tensorbolt::image::{Image, VideoLayout, assemble_frame, indexed};
use tensorbolt::samples::Samples;

fn rgb_image(width: u32, height: u32, pixels: Vec<u8>) -> Image {
    Image {
        width,
        height,
        channels: 3,
        pixels,
    }
}

fn noise(len: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// Delay and RGB pixels of each frame.
fn decoded(file: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(file).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        let rgb = frame.buffer.as_chunks::<4>().0.iter();
        frames.push((frame.delay, rgb.flat_map(|p| [p[0], p[1], p[2]]).collect()));
    }
    assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
    frames
}

const SMALL: Animation = Animation {
    width: 4,
    height: 3,
    delay: 25,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn few_colours_are_exact(width in 1_u16..40, height in 1_u16..40, colours in 1_usize..=256, frames in 1_usize..40, seed in any::<u32>()) {
        let size = usize::from(width) * usize::from(height);
        let palette = noise(colours * 3, seed);
        let frame = |index: usize| {
            let choice = noise(size, seed ^ index as u32);
            let pixels = choice.iter().flat_map(|&c| { let c = usize::from(c) % colours; palette[c * 3..c * 3 + 3].to_vec() });
            rgb_image(width.into(), height.into(), pixels.collect())
        };
        let animation = Animation { width, height, delay: 3 };
        let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let file = encode(animation, frames, frame, None).unwrap();
        prop_assert_eq!(&file, &encode(animation, frames, frame, Some(&pool)).unwrap());
        let shown: Vec<Vec<u8>> = decoded(&file).into_iter().flat_map(|(delay, pixels)| vec![pixels; usize::from(delay / 3)]).collect();
        let expected: Vec<Vec<u8>> = (0..frames).map(|index| frame(index).pixels).collect();
        prop_assert!(shown == expected);
    }
}

#[test]
fn exactly_256_colours_are_exact_and_257_are_not_refused() {
    for (colours, exact) in [(256_u32, true), (257, false)] {
        let pixels: Vec<u8> = (0..colours)
            .flat_map(|c| [(c % 256) as u8, (c / 256) as u8, 7])
            .collect();
        let image = rgb_image(colours, 1, pixels.clone());
        let found = indexed(&image);
        let shown: Vec<u8> = found
            .indices
            .iter()
            .flat_map(|&i| found.palette[usize::from(i) * 3..][..3].to_vec())
            .collect();
        assert_eq!(shown == pixels, exact);
        let largest = shown.iter().zip(&pixels).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(largest.unwrap() <= 1, "{largest:?}");
    }
}

#[test]
fn a_ramp_of_greys_is_not_its_own_palette() {
    let ramp = rgb_image(256, 1, (0..=255).flat_map(|grey: u8| [grey; 3]).collect());
    let found = indexed(&ramp);
    assert_eq!(found.palette[..3], [255; 3]);
    assert_eq!((found.indices[0], found.indices[255]), (255, 0));
}

#[test]
fn noise_is_closer_than_that_of_tensorboardx() {
    for side in [64, 200] {
        let image = rgb_image(side, side, noise((side * side * 3) as usize, 1));
        let found = indexed(&image);
        let differences: Vec<u64> = found
            .indices
            .iter()
            .flat_map(|&i| &found.palette[usize::from(i) * 3..][..3])
            .zip(&image.pixels)
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .collect();
        let mean = differences.iter().sum::<u64>() as f64 / differences.len() as f64;
        assert!(mean < 13.0, "{mean}");
        assert!(*differences.iter().max().unwrap() <= 63);
    }
}

#[test]
fn equal_frames_are_shown_longer() {
    let frame = |index: usize| rgb_image(4, 3, vec![if index < 40 { 1 } else { 2 }; 36]);
    let file = encode(SMALL, 45, frame, None).unwrap();
    assert_eq!(decoded(&file), [(1000, vec![1; 36]), (125, vec![2; 36])]);
}

#[test]
fn a_very_long_pause_becomes_several_frames() {
    let long = Animation {
        delay: 40_000,
        ..SMALL
    };
    let file = encode(long, 3, |_| rgb_image(4, 3, vec![5; 36]), None).unwrap();
    assert_eq!(decoded(&file), vec![(40_000, vec![5; 36]); 3]);
}

#[test]
fn frames_of_another_size_and_no_frames_are_refused() {
    let wrong = |_| rgb_image(4, 3, vec![0; 30]);
    assert!(encode(SMALL, 1, wrong, None).unwrap_err().is_shape());
    assert!(encode(SMALL, 0, wrong, None).unwrap_err().is_shape());
}

#[test]
fn delays() {
    for (fps, hundredths) in [
        (4.0, 25),
        (2.5, 40),
        (24.0, 4),
        (30.0, 3),
        (60.0, 2),
        (1e9, 2),
        (0.01, 10_000),
    ] {
        assert_eq!(delay(fps).unwrap(), hundredths, "{fps}");
    }
    for fps in [
        0.0,
        -0.0,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e-9,
    ] {
        let error = delay(fps).unwrap_err();
        assert!(
            error.is_argument() && error.to_string().contains("fps"),
            "{fps}"
        );
    }
}

#[test]
fn grids_are_those_of_the_reference_writers() {
    for (videos, rows, columns) in [
        (1, 1, 1),
        (2, 1, 2),
        (3, 1, 4),
        (4, 2, 2),
        (5, 2, 4),
        (8, 2, 4),
        (9, 2, 8),
        (15, 2, 8),
        (16, 4, 4),
        (17, 4, 8),
        (32, 4, 8),
        (33, 4, 16),
        (64, 8, 8),
    ] {
        let layout = VideoLayout::parse("NTCHW", &[videos, 1, 1, 1, 1]).unwrap();
        assert_eq!(
            (layout.height(), layout.width()),
            (rows, columns),
            "{videos}"
        );
    }
}

/// Number of videos, frames, channels, rows and columns.
const SIZES: [usize; 5] = [3, 2, 3, 2, 5];

/// A byte for each position along the same axes.
fn byte_at(position: [usize; 5]) -> u8 {
    let weighted = position.iter().zip([100, 50, 20, 7, 1]);
    weighted.map(|(at, weight)| at * weight).sum::<usize>() as u8
}

#[test]
fn every_order_of_axes_is_the_same_clip() {
    let [videos, frames, channels, rows, columns] = SIZES;
    let mut expected = Vec::new();
    for frame in 0..frames {
        for row in 0..rows {
            for video in 0..4 {
                for column in 0..columns {
                    for channel in 0..channels {
                        let byte = byte_at([video, frame, channel, row, column]);
                        expected.push(if video < videos { byte } else { 0 });
                    }
                }
            }
        }
    }
    for format in ["NTCHW", "nthwc", "TNHWC", "CTHWN", "WHCTN", "HNWTC"] {
        let places = ['N', 'T', 'C', 'H', 'W'].map(|l| format.to_uppercase().find(l).unwrap());
        let mut shape = [0; 5];
        for (place, size) in places.into_iter().zip(SIZES) {
            shape[place] = size;
        }
        let bytes: Vec<u8> = (0..shape.iter().product())
            .map(|index: usize| {
                byte_at(places.map(|place| {
                    index / shape[place + 1..].iter().product::<usize>() % shape[place]
                }))
            })
            .collect();
        let layout = VideoLayout::parse(format, &shape).unwrap();
        let samples = Samples::from(bytes);
        let shown: Vec<u8> = (0..layout.frames())
            .flat_map(|frame| assemble_frame(&samples, &layout, None, frame).pixels)
            .collect();
        assert!(shown == expected, "{format}");
    }
}

#[test]
fn transparency_shows_white() {
    let layout = VideoLayout::parse("THWC", &[1, 1, 3, 4]).unwrap();
    let samples = Samples::from(vec![9_u8, 9, 9, 0, 10, 20, 30, 255, 0, 100, 255, 128]);
    let frame = assemble_frame(&samples, &layout, None, 0);
    assert_eq!(frame.pixels, [255, 255, 255, 10, 20, 30, 127, 177, 255]);
    let grey = VideoLayout::parse("CHW", &[2, 1, 1]).unwrap();
    let frame = assemble_frame(&Samples::from(vec![0_u8, 51]), &grey, None, 0);
    assert_eq!((frame.pixels, grey.channels()), (vec![204; 3], 2));
}

#[test]
fn clips_that_cannot_be_are_refused() {
    for (format, shape) in [
        ("NTCHW", &[1, 1, 1, 1][..]),
        ("NTCHX", &[1, 1, 1, 1, 1]),
        ("NTCHH", &[1, 1, 1, 1, 1]),
        ("NTCW", &[1, 1, 1, 1]),
        ("NTCHW", &[1, 0, 1, 1, 1]),
        ("NTCHW", &[1, 1, 5, 1, 1]),
        ("HW", &[65_536, 1]),
        ("THW", &[usize::MAX, 2, 2]),
        ("NHW", &[usize::MAX, 2, 2]),
    ] {
        assert!(
            VideoLayout::parse(format, shape).unwrap_err().is_shape(),
            "{format}"
        );
    }
}
