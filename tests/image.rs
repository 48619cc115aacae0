//! Images as callers see them: every axis order and element type against a naive reference, and grids.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use half::{bf16, f16};
use proptest::prelude::*;
use tensorbolt::image::{Image, IntegerRange, Layout, assemble, integer_range};
use tensorbolt::samples::Samples;

/// All orders of the letters, for two, three and four axes.
fn formats() -> Vec<String> {
    fn orders(rest: &str, prefix: &str, all: &mut Vec<String>) {
        if rest.is_empty() {
            all.push(prefix.to_owned());
        }
        for letter in rest.chars() {
            orders(&rest.replace(letter, ""), &format!("{prefix}{letter}"), all);
        }
    }
    let mut all = Vec::new();
    for letters in ["HW", "CHW", "NHW", "NCHW"] {
        orders(letters, "", &mut all);
    }
    all
}

/// The expected image: one element at a time, positions by counting axes.
fn naive(bytes: &[u8], dataformats: &str, shape: &[usize]) -> Image {
    let len = |letter| dataformats.find(letter).map_or(1, |axis| shape[axis]);
    let [tiles, planes, h, w] = ['N', 'C', 'H', 'W'].map(len);
    let (columns, rows) = (tiles.min(8), tiles.div_ceil(8));
    let channels = if planes == 1 { 3 } else { planes };
    let (width, height) = (columns * w, rows * h);
    let mut pixels = vec![0; width * height * channels];
    for (position, byte) in bytes.iter().enumerate() {
        let at = |letter| {
            // Counts from the last axis to this one.
            let axis = dataformats.find(letter)?;
            let inner: usize = shape[axis + 1..].iter().product();
            Some((position / inner) % shape[axis])
        };
        let [tile, channel, y, x] = ['N', 'C', 'H', 'W'].map(|letter| at(letter).unwrap_or(0));
        let rest = ((tile / 8 * h + y) * width + (tile % 8 * w + x)) * channels;
        if planes == 1 {
            pixels[rest..rest + 3].fill(*byte);
        } else {
            pixels[rest + channel] = *byte;
        }
    }
    Image {
        width: width as u32,
        height: height as u32,
        channels: channels as u8,
        pixels,
    }
}

/// The same image in every element type, with the bytes it must become.
fn in_every_type(seeds: &[u8]) -> Vec<(Samples<'static>, Vec<u8>)> {
    macro_rules! of {
        ($convert:expr, $expect:expr) => {
            (
                Samples::from(seeds.iter().map(|&seed| $convert(seed)).collect::<Vec<_>>()),
                seeds.iter().map(|&seed| $expect(seed)).collect::<Vec<u8>>(),
            )
        };
    }
    let unit = |seed: u8| f32::from(seed) / 128.0 - 0.4;
    let cut = |scaled: f32| {
        if scaled.is_nan() {
            0
        } else {
            scaled.clamp(0.0, 255.0) as u8
        }
    };
    let mask = |seed: u8| if seed % 2 == 1 { 255 } else { 0 };
    // With 2 among the values, small types count as bytes.
    let bytes = seeds.iter().any(|&seed| seed / 2 > 1);
    let half_of = |seed: u8| if bytes { seed / 2 } else { (seed / 2) * 255 };
    vec![
        of!(|seed| seed, |seed| seed),
        of!(|seed| seed % 2 == 1, mask),
        of!(unit, |seed| cut(unit(seed) * 255.0)),
        of!(|seed| f64::from(unit(seed)), |seed| cut(unit(seed) * 255.0)),
        of!(|seed| f16::from_f32(unit(seed)), |seed| cut(f16::from_f32(
            unit(seed)
        )
        .to_f32()
            * 255.0)),
        of!(|seed| bf16::from_f32(unit(seed)), |seed| cut(
            bf16::from_f32(unit(seed)).to_f32() * 255.0
        )),
        of!(|seed: u8| u16::from(seed / 2), half_of),
        of!(|seed: u8| u32::from(seed / 2), half_of),
        of!(|seed: u8| u64::from(seed / 2), half_of),
        of!(|seed: u8| (seed / 2) as i8, half_of),
        of!(|seed: u8| i16::from(seed / 2), half_of),
        of!(|seed: u8| i32::from(seed / 2), half_of),
        of!(|seed: u8| i64::from(seed / 2), half_of),
        of!(
            |seed: u8| i64::from(seed % 2) - i64::from(seed / 128),
            |seed: u8| { if seed % 2 == 1 && seed < 128 { 255 } else { 0 } }
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_order_and_type_equals_the_reference(
        dataformats in proptest::sample::select(formats()),
        lens in proptest::array::uniform4(1_usize..=11),
        channels in 1_usize..=4,
        seed in any::<u64>(),
    ) {
        let shape: Vec<usize> = dataformats
            .chars()
            .zip(lens)
            .map(|(letter, len)| if letter == 'C' { channels } else { len })
            .collect();
        let mut state = seed;
        let seeds: Vec<u8> = (0..shape.iter().product())
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        let layout = Layout::parse(&dataformats.to_lowercase(), &shape).unwrap();
        for (samples, bytes) in in_every_type(&seeds) {
            let image = assemble(&samples, &layout);
            prop_assert_eq!(image.pixels.len(), layout.byte_len());
            prop_assert_eq!(&image, &naive(&bytes, &dataformats, &shape), "{}", samples.dtype());
        }
    }

    #[test]
    fn any_shape_is_accepted_or_refused_without_a_panic(
        dataformats in "[nchwNCHWx]{0,5}",
        shape in proptest::collection::vec(prop_oneof![0_usize..6, Just(usize::MAX), Just(1 << 31), Just(1 << 62)], 0..6),
    ) {
        if let Ok(layout) = Layout::parse(&dataformats, &shape) {
            prop_assert!(isize::try_from(layout.byte_len()).is_ok());
            prop_assert_eq!(Some(layout.elements()), shape.iter().try_fold(1, |a: usize, &b| a.checked_mul(b)));
        }
    }
}

#[test]
fn blocks_and_runs_join_without_a_seam() {
    // More pixels than one block, in every axis order.
    for dataformats in ["CHW", "HWC", "HCW", "WHC", "CWH", "WCH"] {
        let shape: Vec<_> = dataformats
            .chars()
            .map(|letter| match letter {
                'C' => 3,
                'H' => 5,
                _ => 5000,
            })
            .collect();
        let bytes: Vec<_> = (0..75_000_u32).map(|i| (i * 7 % 251) as u8).collect();
        let layout = Layout::parse(dataformats, &shape).unwrap();
        assert_eq!(
            assemble(&bytes.clone().into(), &layout),
            naive(&bytes, dataformats, &shape),
            "{dataformats}"
        );
    }
}

#[test]
fn parts_of_255_come_back() {
    let layout = Layout::parse("HW", &[16, 16]).unwrap();
    let expected: Vec<u8> = (0..=255).flat_map(|k| [k; 3]).collect();
    let single: Vec<f32> = (0..=255_u8).map(|k| f32::from(k) / 255.0).collect();
    let double: Vec<f64> = (0..=255_u8).map(|k| f64::from(k) / 255.0).collect();
    assert_eq!(assemble(&single.into(), &layout).pixels, expected);
    assert_eq!(assemble(&double.into(), &layout).pixels, expected);
}

#[test]
fn floats_are_clipped_and_cut() {
    let values = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        -0.1,
        1.5,
        2.0,
        0.5,
        0.999,
        f32::MAX,
        f32::MIN_POSITIVE,
    ];
    let layout = Layout::parse("HW", &[1, values.len()]).unwrap();
    let image = assemble(&Samples::from(&values[..]), &layout);
    let greys: Vec<_> = image.pixels.iter().step_by(3).copied().collect();
    assert_eq!(greys, [0, 255, 0, 0, 255, 255, 127, 254, 255, 0]);
    // A float64 that is 1 in float32, as in torch.
    let image = assemble(
        &vec![1.0 - 1e-12].into(),
        &Layout::parse("HW", &[1, 1]).unwrap(),
    );
    assert_eq!(image.pixels, [255; 3]);
}

#[test]
fn integers_are_what_their_largest_value_says() {
    let layout = Layout::parse("HW", &[1, 4]).unwrap();
    let check = |samples: Samples<'_>, range, greys: [u8; 4]| {
        assert_eq!(integer_range(&samples), range, "{}", samples.dtype());
        let image = assemble(&samples, &layout);
        assert_eq!(
            image.pixels.iter().step_by(3).copied().collect::<Vec<_>>(),
            greys,
            "{}",
            samples.dtype()
        );
    };
    check(
        vec![0_i64, 1, -5, 0].into(),
        Some(IntegerRange::Unit),
        [0, 255, 0, 0],
    );
    check(
        vec![0_i64, 255, -5, 300].into(),
        Some(IntegerRange::Byte),
        [0, 255, 0, 255],
    );
    check(
        vec![0_u64, 2, u64::MAX, 1].into(),
        Some(IntegerRange::Byte),
        [0, 2, 255, 1],
    );
    check(
        vec![0_i8, 127, -128, 1].into(),
        Some(IntegerRange::Byte),
        [0, 127, 0, 1],
    );
    check(
        vec![0_u16, 1, 0, 1].into(),
        Some(IntegerRange::Unit),
        [0, 255, 0, 255],
    );
    check(
        vec![0_u16, 1, 255, 128].into(),
        Some(IntegerRange::Byte),
        [0, 1, 255, 128],
    );
    check(
        vec![0_u16, 257, 65_535, 385].into(),
        Some(IntegerRange::Word),
        [0, 1, 255, 1],
    );
    check(vec![0_u8, 1, 0, 1].into(), None, [0, 1, 0, 1]);
    check(
        vec![false, true, true, false].into(),
        None,
        [0, 255, 255, 0],
    );
}

#[test]
fn batches_become_grids_of_eight_columns() {
    for n in 1..=20_usize {
        // Each image is all one value, never 0, so empty cells stand out.
        let values: Vec<u8> = (1..=n as u8).flat_map(|value| [value; 4 * 2 * 3]).collect();
        let layout = Layout::parse("NCHW", &[n, 4, 2, 3]).unwrap();
        let image = assemble(&values.into(), &layout);
        let (columns, rows) = (n.min(8), n.div_ceil(8));
        assert_eq!(
            (image.width as usize, image.height as usize),
            (columns * 3, rows * 2)
        );
        for (index, pixel) in image.pixels.chunks(4).enumerate() {
            let (y, x) = (index / (columns * 3), index % (columns * 3));
            let tile = y / 2 * 8 + x / 3;
            assert_eq!(pixel, [if tile < n { tile as u8 + 1 } else { 0 }; 4]);
        }
    }
}

#[test]
fn bad_formats_say_what_to_pass() {
    let cases: [(&str, &[usize], &[&str]); 14] = [
        (
            "CHX",
            &[3, 4, 5],
            &["dataformats \"CHX\"", "'X'", "such as \"CHW\""],
        ),
        ("CHH", &[3, 4, 5], &["'H' twice", "at most once"]),
        ("chC", &[3, 4, 5], &["twice"]),
        ("NCH", &[3, 4, 5], &["lacks W"]),
        ("CW", &[3, 4], &["lacks H"]),
        (
            "CHW",
            &[4, 5],
            &["\"CHW\" names 3 axes", "shape (4, 5) has 2", "\"HW\""],
        ),
        ("HW", &[4], &["shape (4,) has 1"]),
        ("", &[], &["names 0 axes", "shape ()"]),
        ("H", &[4], &["names 1 axes"]),
        ("NCHWX", &[1, 1, 1, 1, 1], &["names 5 axes"]),
        (
            "CHW",
            &[3, 0, 5],
            &["shape (3, 0, 5)", "nothing along its H axis"],
        ),
        ("CHW", &[5, 4, 3], &["5 channels", "(5, 4, 3)", "1 (grey)"]),
        (
            "HW",
            &[1 << 31, 1],
            &["too large", "2147483647 pixels a side"],
        ),
        ("HWN", &[2, 1 << 30, usize::MAX], &["too large"]),
    ];
    for (dataformats, shape, parts) in cases {
        let error = Layout::parse(dataformats, shape).unwrap_err();
        assert!(error.is_shape(), "{error}");
        for part in parts {
            assert!(
                error.to_string().contains(part),
                "{part:?} is not in: {error}"
            );
        }
    }
}
