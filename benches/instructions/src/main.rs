//! Counts the instructions of the hot paths with callgrind: `make instructions`.
//!
//! A count needs no quiet machine. What a function of [`hot`] counts is all that it calls; its data are made, and what
//! is made once per process has been made, before it is called. One thread, but for the I/O thread of the file.

#![expect(clippy::expect_used, reason = "a count ends where something fails")]

#[path = "../../data/mod.rs"]
mod data;
mod hot;

use std::sync::Arc;
use std::time::Duration;

use data::{HEIGHT, WIDTH, chord, normal, photo, planes, unit, waves};
use half::bf16;
use tensorbolt::audio::Channels;
use tensorbolt::image::Layout;
use tensorbolt::samples::Samples;
use tensorbolt::writer::{FileLocation, OnOpenError, Options, Session, Writer};

fn main() {
    scalars();
    histograms();
    images();
    rest();
    // Last: what the I/O thread frees would be reused, and cleared, by whatever comes after.
    appends();
}

fn scalars() {
    let mut out = Vec::with_capacity(1 << 22);
    hot::scalar_records_1000(&mut out);
    out.clear();
    let tags: Vec<String> = (0..1000).map(|tag| format!("layer{tag}/norm")).collect();
    hot::tags_1000_in_one_event(&mut out, &tags);
    out.clear();
    hot::records_1000_of_1_kib(&mut out, &[7; 1024]);
}

fn appends() {
    let dir = tempfile::tempdir().expect("a directory");
    let location = FileLocation::new(dir.path());
    let session = Arc::new(Session::new(Options::default()));
    let writer = Writer::open(session, location, None, OnOpenError::Fail).expect("a file");
    let file = writer.file().expect("an open file");
    hot::scalar_appends_1000(&file);
    assert!(file.flush().wait(Duration::from_mins(5)).is_done());
    assert_eq!(file.session_state().stats().events, 1000);
}

fn histograms() {
    let values = normal(1_000_000);
    let halves: Vec<bf16> = values.iter().map(|&value| bf16::from_f32(value)).collect();
    let doubles: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
    // The edges and their tables.
    hot::count(&Samples::from(&values[..1]));
    hot::count(&Samples::from(&doubles[..1]));
    let made = [
        hot::histogram_1k_float32(&Samples::from(&values[..1000])),
        hot::histogram_1m_float32(&Samples::from(&values[..])),
        hot::histogram_1m_float64(&Samples::from(&doubles[..])),
        hot::histogram_1m_bfloat16(&Samples::from(&halves[..])),
    ];
    assert_eq!(made.map(|one| one.num), [1e3, 1e6, 1e6, 1e6]);
}

fn images() {
    let pixels = photo();
    let samples = Samples::from(unit(&planes(&pixels)));
    let layout = Layout::parse("CHW", &[3, HEIGHT, WIDTH]).expect("an image");
    let image = hot::image_rows_from_float32(&samples, &layout);
    assert_eq!(image.pixels, pixels);
    assert!(!hot::png_fast(&image).is_empty());
    assert!(!hot::png_balanced(&image).is_empty());
    assert!(!hot::gif_4_frames(&waves(4, 64)).is_empty());
}

fn rest() {
    let chord = chord(88_200);
    let mono = Channels::parse(&[88_200]).expect("mono");
    let audio = hot::audio_2_seconds(&Samples::from(&chord[..]), mono);
    assert_eq!(audio.samples.len(), chord.len());

    let labels: Vec<f64> = (0..10_000).map(|row| f64::from(row % 3 == 0)).collect();
    let scores: Vec<f64> = (0..10_000).map(|row| f64::from(row) / 1e4).collect();
    assert!(!hot::pr_curve_10k(&labels, &scores).is_empty());

    hot::tsv_1000_lines_of_128(&Samples::from(normal(128_000)));
}
