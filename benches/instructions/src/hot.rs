//! The counted functions. None of them may be inlined or merged with another, or the profile would not name it.

use std::hint::black_box;
use std::sync::Arc;

use tensorbolt::audio::{Audio, Channels, to_16_bit};
use tensorbolt::codec::gif::{self, Animation};
use tensorbolt::codec::png::{self, Compression};
use tensorbolt::histogram::{Edges, Histogram, histogram};
use tensorbolt::image::{Image, Layout, assemble};
use tensorbolt::pr_curve::{Predictions, pr_curve};
use tensorbolt::projector::tsv;
use tensorbolt::proto::event::At;
use tensorbolt::proto::scalar;
use tensorbolt::record;
use tensorbolt::samples::Samples;
use tensorbolt::writer::{Appended, EventFile};

const AT: At = At {
    wall_time: 1_700_000_000.5,
    step: 7,
};
const TAG: &str = "loss/train";

#[inline(never)]
pub fn scalar_records_1000(out: &mut Vec<u8>) {
    for step in 0..1000 {
        let at = At {
            step,
            ..black_box(AT)
        };
        record::encode_with(out, |out| scalar::encode(out, at, TAG, 0.25));
    }
}

#[inline(never)]
pub fn tags_1000_in_one_event(out: &mut Vec<u8>, tags: &[String]) {
    let mut summary = Vec::with_capacity(48 * tags.len());
    for tag in tags {
        scalar::encode_value(&mut summary, ["", "", tag], black_box(0.25));
    }
    scalar::encode_summary(out, black_box(AT), &summary);
}

#[inline(never)]
pub fn records_1000_of_1_kib(out: &mut Vec<u8>, payload: &[u8]) {
    for _ in 0..1000 {
        record::encode(black_box(payload), out);
    }
}

#[inline(never)]
pub fn scalar_appends_1000(file: &Arc<EventFile>) {
    for step in 0..1000 {
        let at = At {
            step,
            ..black_box(AT)
        };
        let appended = file.append(64, |out| scalar::encode(out, at, TAG, 0.25));
        assert_eq!(appended.expect("an open file"), Appended::Taken);
    }
}

#[inline]
pub fn count(samples: &Samples<'_>) -> Histogram {
    histogram(samples, Edges::default_edges(), None, None).expect("values")
}

/// Functions of the same instructions would be made one, and counted as one.
#[inline]
fn apart(number: u8) {
    black_box(number);
}

#[inline(never)]
pub fn histogram_1k_float32(samples: &Samples<'_>) -> Histogram {
    apart(1);
    count(samples)
}

#[inline(never)]
pub fn histogram_1m_float32(samples: &Samples<'_>) -> Histogram {
    apart(32);
    count(samples)
}

#[inline(never)]
pub fn histogram_1m_float64(samples: &Samples<'_>) -> Histogram {
    apart(64);
    count(samples)
}

#[inline(never)]
pub fn histogram_1m_bfloat16(samples: &Samples<'_>) -> Histogram {
    apart(16);
    count(samples)
}

#[inline(never)]
pub fn image_rows_from_float32(samples: &Samples<'_>, layout: &Layout) -> Image {
    assemble(black_box(samples), layout)
}

#[inline(never)]
pub fn png_fast(image: &Image) -> Vec<u8> {
    png::encode(black_box(image), Compression::Fast).expect("an image")
}

#[inline(never)]
pub fn png_balanced(image: &Image) -> Vec<u8> {
    png::encode(black_box(image), Compression::Balanced).expect("an image")
}

#[inline(never)]
pub fn gif_4_frames(pixels: &[u8]) -> Vec<u8> {
    let animation = Animation {
        width: 64,
        height: 64,
        delay: 25,
    };
    let frame = |index: usize| Image {
        width: 64,
        height: 64,
        channels: 3,
        pixels: pixels[index * 64 * 64 * 3..][..64 * 64 * 3].to_vec(),
    };
    gif::encode(animation, 4, frame, None).expect("a video")
}

#[inline(never)]
pub fn audio_2_seconds(samples: &Samples<'_>, channels: Channels) -> Audio {
    to_16_bit(black_box(samples), channels)
}

#[inline(never)]
pub fn pr_curve_10k(labels: &[f64], scores: &[f64]) -> Vec<f64> {
    pr_curve(labels, Predictions::Double(scores), None, 127).expect("equally long")
}

#[inline(never)]
pub fn tsv_1000_lines_of_128(samples: &Samples<'_>) {
    let mut put = |text: &[u8]| {
        black_box(text);
        Ok(())
    };
    tsv(black_box(samples), 128, None, &mut put).expect("nothing is written");
}
