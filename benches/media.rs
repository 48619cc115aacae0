//! Audio, videos, curves, meshes, texts and the projector's numbers, each next to a copy of its input (the speed of
//! memory). Each case checks its answer before it is timed. Throughput counts the bytes that go in.

#![expect(clippy::expect_used, reason = "a benchmark ends where something fails")]

mod data;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use data::{chord, normal, waves};
use tensorbolt::audio::{Channels, to_16_bit};
use tensorbolt::codec::gif::{self, Animation};
use tensorbolt::codec::wav;
use tensorbolt::encode;
use tensorbolt::image::{VideoLayout, assemble_frame, integer_range};
use tensorbolt::mesh::{Mesh, Rows};
use tensorbolt::pr_curve::{Predictions, ROWS, pr_curve};
use tensorbolt::projector::tsv;
use tensorbolt::proto::event::At;
use tensorbolt::samples::Samples;

const AT: At = At {
    wall_time: 1_700_000_000.5,
    step: 7,
};
const FRAMES: usize = 30;
const SIDE: usize = 64;

/// A group with the speed of memory in it.
fn group<'a, T: Copy>(
    criterion: &'a mut Criterion,
    name: &str,
    input: &[T],
) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(size_of_val(input) as u64));
    let mut copy = Vec::with_capacity(input.len());
    group.bench_function("copy", |bencher| {
        bencher.iter(|| {
            copy.clear();
            copy.extend_from_slice(black_box(input));
        });
    });
    group
}

fn audio(criterion: &mut Criterion) {
    let values = chord(88_200);
    let samples = Samples::from(&values[..]);
    let mono = Channels::parse(&[values.len()]).expect("mono");
    let made = to_16_bit(&samples, mono);
    let wanted: Vec<i16> = values.iter().map(|v| (v * 32_768.0) as i16).collect();
    let far = |(made, wanted): (&i16, &i16)| made.abs_diff(*wanted) > 1;
    assert!(!made.samples.iter().zip(&wanted).any(far));

    let mut group = group(criterion, "audio/88200 float32", &values);
    group.bench_function("samples", |bencher| {
        bencher.iter(|| to_16_bit(black_box(&samples), mono));
    });
    group.bench_function("wav", |bencher| {
        bencher.iter(|| wav::encode(black_box(&made), 44_100));
    });
    group.finish();
}

fn video(criterion: &mut Criterion) {
    let pixels = waves(FRAMES, SIDE);
    let samples = Samples::from(&pixels[..]);
    let layout = VideoLayout::parse("NTHWC", &[1, FRAMES, SIDE, SIDE, 3]).expect("a video");
    let range = integer_range(&samples);
    let animation = Animation {
        width: SIDE as u16,
        height: SIDE as u16,
        delay: 25,
    };
    let make = || {
        let frame = |index| assemble_frame(black_box(&samples), &layout, range, index);
        gif::encode(animation, FRAMES, frame, None).expect("a video")
    };
    let file = make();
    let mut decoder = ::gif::DecodeOptions::new()
        .read_info(&file[..])
        .expect("a GIF");
    for _ in 0..FRAMES {
        assert!(
            decoder
                .read_next_frame()
                .expect("a readable frame")
                .is_some()
        );
    }

    let mut group = group(criterion, "video/30x64x64", &pixels);
    group.sample_size(20);
    group.bench_function("gif", |bencher| bencher.iter(make));
    group.finish();
}

fn curves(criterion: &mut Criterion) {
    const COUNT: i32 = 10_000;
    let labels: Vec<f64> = (0..COUNT).map(|row| f64::from(row % 3 == 0)).collect();
    let scores: Vec<f64> = (0..COUNT).map(|row| f64::from(row) / 1e4).collect();
    let curve = || {
        let scores = Predictions::Double(black_box(&scores));
        pr_curve(&labels, scores, None, 127).expect("equally long")
    };
    let made = curve();
    assert_eq!(made.len(), ROWS * 127);
    assert_eq!(made[0], labels.iter().sum::<f64>());

    let mut group = group(criterion, "pr_curve/10000 float64", &scores);
    group.bench_function("tensorbolt", |bencher| bencher.iter(curve));
    group.finish();
}

fn meshes(criterion: &mut Criterion) {
    const POINTS: usize = 10_000;
    let values = normal(POINTS * 3);
    let rows = |samples| Rows {
        shape: vec![1, POINTS, 3],
        samples,
    };
    let vertices = rows(Samples::from(&values[..]));
    let faces: Vec<i32> = (0..POINTS * 3).map(|at| (at % POINTS) as i32).collect();
    let faces = rows(Samples::from(faces));
    let colors: Vec<u8> = (0..POINTS * 3).map(|at| at as u8).collect();
    let colors = rows(Samples::from(colors));
    let mesh = || {
        let mesh = Mesh::new(black_box(&vertices), Some(&faces), Some(&colors));
        mesh.expect("parts that fit")
    };
    assert_eq!(mesh().parts[0].values, values);

    let mut group = group(criterion, "mesh/10000", &values);
    group.bench_function("check", |bencher| bencher.iter(mesh));
    group.bench_function("event", |bencher| {
        bencher.iter(|| encode::mesh(AT, "mesh", mesh(), "", encode::PartTags::Named));
    });
    group.finish();
}

fn embeddings(criterion: &mut Criterion) {
    let values = normal(1000 * 128);
    let samples = Samples::from(&values[..]);
    let text = || {
        let mut text = Vec::new();
        let mut put = |piece: &[u8]| {
            text.extend_from_slice(piece);
            Ok(())
        };
        tsv(black_box(&samples), 128, None, &mut put).expect("into memory");
        text
    };
    let made = String::from_utf8(text()).expect("digits");
    let read = made.split_whitespace().map(str::parse::<f32>);
    assert_eq!(
        read.collect::<Result<Vec<_>, _>>().expect("numbers"),
        values
    );

    let mut group = group(criterion, "tsv/1000x128 float32", &values);
    group.bench_function("tensorbolt", |bencher| bencher.iter(text));
    group.finish();
}

fn texts(criterion: &mut Criterion) {
    let text = "Loss went **down** after warm-up; see the table. ".repeat(20);
    let made = encode::text(AT, "notes", &text);
    assert!(made.windows(text.len()).any(|part| part == text.as_bytes()));

    let mut group = group(criterion, "text/980 bytes", text.as_bytes());
    group.bench_function("event", |bencher| {
        bencher.iter(|| encode::text(AT, "notes", black_box(&text)));
    });
    group.finish();
}

criterion_group!(benches, audio, video, curves, meshes, embeddings, texts);
criterion_main!(benches);
