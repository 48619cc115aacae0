//! GIF: a video of few colours comes back from a decoder as it went into the encoder, each frame for its time; one of
//! many comes back with its size and times.

#![no_main]

use arbitrary::Arbitrary;
use gif::{ColorOutput, DecodeOptions, Repeat};
use libfuzzer_sys::fuzz_target;
use tensorbolt::codec::gif::{Animation, delay, encode};
use tensorbolt::image::Image;

/// A GIF's frame has no more colours.
const COLOURS: usize = 256;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    width: u8,
    height: u8,
    fps: f64,
    /// Each repeated until its frame is full; frames that equal each other prolong the first.
    frames: Vec<&'a [u8]>,
}

fuzz_target!(|input: Input| {
    let Ok(delay) = delay(input.fps) else {
        assert!(!(input.fps >= 0.01 && input.fps.is_finite()));
        return;
    };
    let (width, height) = (u16::from(input.width % 40), u16::from(input.height % 40));
    let pixels = usize::from(width) * usize::from(height);
    let frames: Vec<Vec<u8>> = input
        .frames
        .iter()
        .take(8)
        .map(|ink| fill(ink, pixels * 3))
        .collect();
    let animation = Animation {
        width,
        height,
        delay,
    };
    let image = |index: usize| Image {
        width: width.into(),
        height: height.into(),
        channels: 3,
        pixels: frames[index].clone(),
    };
    let Ok(file) = encode(animation, frames.len(), image, None) else {
        assert!(frames.is_empty() || pixels == 0);
        return;
    };
    if pixels == 0 {
        return;
    }

    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let mut decoder = options.read_info(&file[..]).expect("a GIF");
    assert_eq!((decoder.width(), decoder.height()), (width, height));
    assert_eq!(decoder.repeat(), Repeat::Infinite);
    let mut left = frames.iter();
    while let Some(frame) = decoder.read_next_frame().expect("a frame") {
        assert_eq!((frame.width, frame.height), (width, height));
        assert_eq!(frame.delay % delay, 0);
        for _ in 0..frame.delay / delay {
            let expected = left.next().expect("no frame lasts too long");
            assert_eq!(frame.buffer.len(), pixels * 4);
            if colours(expected) > COLOURS {
                continue;
            }
            let shown = frame.buffer.as_chunks::<4>().0.iter();
            for (shown, expected) in shown.zip(expected.as_chunks::<3>().0) {
                assert_eq!((&shown[..3], shown[3]), (&expected[..], 255));
            }
        }
    }
    assert_eq!(left.next(), None, "no frame is missing");
});

fn fill(ink: &[u8], bytes: usize) -> Vec<u8> {
    let ink = if ink.is_empty() { &[0] } else { ink };
    ink.iter().copied().cycle().take(bytes).collect()
}

fn colours(pixels: &[u8]) -> usize {
    let mut all = pixels.as_chunks::<3>().0.to_vec();
    all.sort_unstable();
    all.dedup();
    all.len()
}
