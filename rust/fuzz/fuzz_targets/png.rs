//! PNG: an image comes back from a decoder as it went into the encoder, whatever its size, channels and compression.

#![no_main]

use std::io::Cursor;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use png::{BitDepth, ColorType, Decoder};
use tensorbolt::codec::png::{Compression, encode};
use tensorbolt::image::Image;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    width: u8,
    height: u8,
    channels: u8,
    compression: u8,
    /// Repeated until the image is full.
    pixels: &'a [u8],
    /// Bytes that are missing at the end.
    missing: u8,
}

fuzz_target!(|input: Input| {
    let (width, height) = (u32::from(input.width % 80), u32::from(input.height % 80));
    let channels = input.channels % 6;
    let full = (width * height) as usize * usize::from(channels);
    let compression = match input.compression % 3 {
        0 => Compression::Fast,
        1 => Compression::Balanced,
        _ => Compression::High,
    };
    let ink = if input.pixels.is_empty() {
        &[0]
    } else {
        input.pixels
    };
    let given = full.saturating_sub(usize::from(input.missing));
    let image = Image {
        width,
        height,
        channels,
        pixels: ink.iter().copied().cycle().take(given).collect(),
    };
    let good = width > 0 && height > 0 && (1..=4).contains(&channels) && given == full;
    let file = match encode(&image, compression) {
        Ok(file) => file,
        Err(error) => {
            assert!(error.is_shape() && !good, "{error}");
            return;
        }
    };
    assert!(good, "an invalid image was encoded");

    let mut reader = Decoder::new(Cursor::new(file)).read_info().expect("a PNG");
    let size = reader.output_buffer_size().expect("it fits memory");
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).expect("its pixels");
    let color = match channels {
        1 => ColorType::Grayscale,
        2 => ColorType::GrayscaleAlpha,
        3 => ColorType::Rgb,
        _ => ColorType::Rgba,
    };
    assert_eq!((info.width, info.height), (width, height));
    assert_eq!((info.color_type, info.bit_depth), (color, BitDepth::Eight));
    assert_eq!(pixels, image.pixels);
    reader.finish().expect("nothing is missing at its end");
});
