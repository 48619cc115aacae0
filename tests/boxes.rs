//! Boxes, labels and sizes of images.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;
use tensorbolt::image::{Boxes, Image, draw_boxes, resize, resized};

fn blank(width: u32, height: u32, channels: u8) -> Image {
    Image {
        width,
        height,
        channels,
        pixels: vec![0; width as usize * height as usize * usize::from(channels)],
    }
}

proptest! {
    #[test]
    fn any_box_is_drawn_without_a_panic(
        corners in proptest::array::uniform4(prop_oneof![-30.0..60.0, any::<f64>().prop_filter("finite", |v| v.is_finite())]),
        label in ".{0,12}",
        channels in 1_u8..=4,
    ) {
        let mut image = blank(23, 17, channels);
        draw_boxes(&mut image, &Boxes::new(vec![corners], Some(vec![label])).unwrap());
        prop_assert_eq!(image.pixels.len(), 23 * 17 * usize::from(channels));
    }
}

/// Rows of an image, `#` where the pixel is pure red.
fn reds(image: &Image) -> Vec<String> {
    let red = |pixel: &[u8]| if pixel == [255, 0, 0] { '#' } else { '.' };
    let row = |row: &[u8]| row.chunks(3).map(red).collect();
    image
        .pixels
        .chunks(image.width as usize * 3)
        .map(row)
        .collect()
}

#[test]
fn a_box_lies_where_pillow_puts_it() {
    let expected = [
        "............",
        "............",
        "...########.",
        "...########.",
        "...##....##.",
        "...##....##.",
        "...##....##.",
        "...##....##.",
        "...##....##.",
        "...########.",
        "...########.",
        "............",
    ];
    for corners in [[3.0, 3.0, 10.0, 9.0], [3.6, 3.6, 10.6, 9.4]] {
        let mut image = blank(12, 12, 3);
        draw_boxes(&mut image, &Boxes::new(vec![corners], None).unwrap());
        assert_eq!(reds(&image), expected, "{corners:?}");
    }
}

#[test]
fn a_point_is_a_pixel_and_what_is_outside_is_left_out() {
    let mut image = blank(4, 3, 3);
    draw_boxes(
        &mut image,
        &Boxes::new(vec![[1.0; 4], [-1e300, -9.0, -5.0, 1e300]], None).unwrap(),
    );
    assert_eq!(reds(&image), ["....", ".#..", "...."]);
}

#[test]
fn a_label_stands_at_the_lower_left_inside() {
    let mut image = blank(60, 40, 3);
    image.pixels.fill(200);
    let boxes = Boxes::new(vec![[5.0, 5.0, 55.0, 35.0]], Some(vec!["Hi".to_owned()])).unwrap();
    draw_boxes(&mut image, &boxes);
    // Two characters of 6 × 10 pixels, a margin of 1: columns 5 to 17, rows 23 to 35, red and black only.
    let mut black = 0;
    for y in 23..=35 {
        for x in 5..=17 {
            let at = (y * 60 + x) * 3;
            black += usize::from(image.pixels[at] == 0);
            assert!([[255, 0, 0], [0, 0, 0]].contains(&[
                image.pixels[at],
                image.pixels[at + 1],
                image.pixels[at + 2]
            ]));
        }
    }
    assert!((10..60).contains(&black), "{black}");
    assert_eq!(image.pixels[(30 * 60 + 18) * 3..][..3], [200; 3]);
    assert_eq!(image.pixels[(22 * 60 + 10) * 3..][..3], [200; 3]);
}

#[test]
fn a_long_label_is_cut_at_the_image() {
    let draw = |label: String, left: f64| {
        let mut image = blank(40, 20, 3);
        draw_boxes(
            &mut image,
            &Boxes::new(vec![[left, 2.0, 30.0, 18.0]], Some(vec![label])).unwrap(),
        );
        image
    };
    let text = |count: usize| "abcdefghij".repeat(count);
    assert_eq!(draw(text(2), 3.0), draw(text(100_000), 3.0));
    // Far to the left, the same ten letters come round again.
    assert_eq!(draw(text(30), -600.0), draw(text(1000), -6000.0));
}

#[test]
fn boxes_are_checked_in_the_call() {
    let error = Boxes::new(vec![[0.0; 4], [0.0, f64::NAN, 1.0, 1.0]], None).unwrap_err();
    assert!(
        error.is_argument() && error.to_string().contains("box 1"),
        "{error}"
    );
    let error = Boxes::new(vec![[0.0; 4]], Some(vec![])).unwrap_err();
    assert!(
        error.to_string().contains("0 entries for 1 boxes"),
        "{error}"
    );
}

#[test]
fn sizes_are_cut_to_whole_pixels() {
    assert_eq!(resized(640, 427, 0.5).unwrap(), (320, 213));
    assert_eq!(resized(1, 1, 16_384.0).unwrap(), (16_384, 16_384));
    for (rescale, part) in [
        (0.0, "rescale is 0"),
        (f64::NAN, "rescale is NaN"),
        (f64::INFINITY, "finite"),
        (-1.0, "above 0"),
        (0.001, "leaves 0 × 0"),
        (1e300, "pass a smaller one"),
    ] {
        let error = resized(640, 427, rescale).unwrap_err();
        assert!(
            error.is_argument() && error.to_string().contains(part),
            "{error}"
        );
    }
}

#[test]
fn resizing_keeps_flat_colours_and_hides_transparent_ones() {
    for channels in 1..=4 {
        let mut image = blank(13, 7, channels);
        image.pixels.fill(77);
        let large = resize(image.clone(), 2.5);
        assert_eq!(
            (large.width, large.height, large.channels),
            (32, 17, channels)
        );
        assert!(large.pixels.iter().all(|&byte| byte.abs_diff(77) <= 1));
        assert_eq!(resize(image.clone(), 1.0), image);
        assert_eq!(resize(image.clone(), f64::NAN), image);
    }
    // Half opaque black, half transparent white: no white shines through at the seam.
    let pixels = (0..64)
        .flat_map(|i| {
            if i % 8 < 4 {
                [0, 0, 0, 255]
            } else {
                [255, 255, 255, 0]
            }
        })
        .collect();
    let small = resize(
        Image {
            width: 8,
            height: 8,
            channels: 4,
            pixels,
        },
        0.4,
    );
    assert!(
        small
            .pixels
            .chunks(4)
            .all(|pixel| pixel[3] == 0 || pixel[0] <= 1),
        "{:?}",
        small.pixels
    );
}
