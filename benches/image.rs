//! Images: bringing arrays to 8-bit rows, and rows to PNG.
//!
//! Each case checks its answer once before it is timed. Throughput counts the bytes of the image, not of the array.

// A broken case must stop the benchmark.
#![allow(clippy::expect_used)]

mod data;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use data::{HEIGHT, WIDTH, photo, planes, unit};
use tensorbolt::codec::png::{Compression, encode};
use tensorbolt::image::{Image, Layout, assemble};
use tensorbolt::samples::Samples;

fn assemble_cases(c: &mut Criterion) {
    let photo = photo();
    let planes = planes(&photo);
    let chw = [3, HEIGHT, WIDTH];
    let cases: [(&str, Samples<'_>, &str, &[usize]); 5] = [
        ("hwc-u8", photo.clone().into(), "HWC", &[HEIGHT, WIDTH, 3]),
        ("chw-u8", planes.clone().into(), "CHW", &chw),
        ("hwc-f32", unit(&photo).into(), "HWC", &[HEIGHT, WIDTH, 3]),
        ("chw-f32", unit(&planes).into(), "CHW", &chw),
        (
            "chw-i64",
            planes
                .iter()
                .map(|&v| i64::from(v))
                .collect::<Vec<_>>()
                .into(),
            "CHW",
            &chw,
        ),
    ];
    let mut group = c.benchmark_group("assemble/427x640x3");
    group.throughput(Throughput::Bytes(photo.len() as u64));
    group.bench_function("copy", |b| b.iter(|| black_box(&photo).clone()));
    for (name, samples, dataformats, shape) in cases {
        let layout = Layout::parse(dataformats, shape).expect("the shapes above are images");
        assert_eq!(assemble(&samples, &layout).pixels, photo, "{name}");
        group.bench_function(name, |b| b.iter(|| assemble(black_box(&samples), &layout)));
    }
    group.finish();

    let batch = unit(&photo[..64 * 3 * 64 * 64]);
    let samples = Samples::from(batch.as_slice());
    let layout = Layout::parse("NCHW", &[64, 3, 64, 64]).expect("a batch of images");
    let grid = assemble(&samples, &layout);
    assert_eq!((grid.width, grid.height), (512, 512));
    // Row 1, column 2 of the tile in row 1, column 3 of the grid, green.
    assert_eq!(
        grid.pixels[((64 + 1) * 512 + 3 * 64 + 2) * 3 + 1],
        photo[((11 * 3 + 1) * 64 + 1) * 64 + 2]
    );
    let mut group = c.benchmark_group("assemble/64x3x64x64");
    group.throughput(Throughput::Bytes(grid.pixels.len() as u64));
    group.bench_function("nchw-f32", |b| {
        b.iter(|| assemble(black_box(&samples), &layout));
    });
    group.finish();
}

fn png_cases(c: &mut Criterion) {
    let image = Image {
        width: WIDTH as u32,
        height: HEIGHT as u32,
        channels: 3,
        pixels: photo(),
    };
    let mut group = c.benchmark_group("png/427x640x3");
    group
        .throughput(Throughput::Bytes(image.pixels.len() as u64))
        .sample_size(10);
    for (name, compression) in [
        ("fast", Compression::Fast),
        ("balanced", Compression::Balanced),
        ("high", Compression::High),
    ] {
        let file = encode(&image, compression).expect("an image");
        assert_eq!(decode(&file), image.pixels, "{name}");
        group.bench_function(name, |b| b.iter(|| encode(black_box(&image), compression)));
    }
    group.finish();
}

fn decode(file: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file))
        .read_info()
        .expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size in memory")];
    reader.next_frame(&mut pixels).expect("a frame");
    pixels
}

criterion_group!(benches, assemble_cases, png_cases);
criterion_main!(benches);
