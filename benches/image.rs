//! Pictures: bringing arrays to 8-bit rows, and rows to PNG.
//!
//! Each case checks its answer once before it is timed. Throughput counts the bytes of the picture, not of the array.

// A broken case must stop the benchmark.
#![allow(clippy::expect_used)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tensorbolt::codec::png::{Compression, encode};
use tensorbolt::image::{Image, Layout, assemble};
use tensorbolt::samples::Samples;

const WIDTH: usize = 640;
const HEIGHT: usize = 427;

/// Smooth shapes with edges and a little noise: files of about a photo's size. Rows of RGB.
fn photo() -> Vec<u8> {
    let mut noise = 1_u32;
    let mut pixels = Vec::with_capacity(WIDTH * HEIGHT * 3);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let (fx, fy) = (x as f32 / 60.0, y as f32 / 45.0);
            let edge = if (fx.sin() + (fy * 1.3).cos()) > 0.4 {
                70.0
            } else {
                0.0
            };
            for channel in 0..3_u8 {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let grain = (noise >> 28) as f32;
                let wave = 90.0 + 60.0 * (fx * fy / 9.0 + f32::from(channel)).sin();
                pixels.push((wave + edge + grain) as u8);
            }
        }
    }
    pixels
}

/// The same pixels, a plane for each channel.
fn planes(pixels: &[u8]) -> Vec<u8> {
    (0..3)
        .flat_map(|channel| pixels.iter().skip(channel).step_by(3).copied())
        .collect()
}

fn unit(bytes: &[u8]) -> Vec<f32> {
    bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect()
}

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
    for (name, samples, dataformats, shape) in cases {
        let layout = Layout::parse(dataformats, shape).expect("the shapes above are pictures");
        assert_eq!(assemble(&samples, &layout).pixels, photo, "{name}");
        group.bench_function(name, |b| b.iter(|| assemble(black_box(&samples), &layout)));
    }
    group.finish();

    let batch = unit(&photo[..64 * 3 * 64 * 64]);
    let samples = Samples::from(batch.as_slice());
    let layout = Layout::parse("NCHW", &[64, 3, 64, 64]).expect("a batch of pictures");
    let sheet = assemble(&samples, &layout);
    assert_eq!((sheet.width, sheet.height), (512, 512));
    // Row 1, column 2 of the tile in row 1, column 3 of the sheet, green.
    assert_eq!(
        sheet.pixels[((64 + 1) * 512 + 3 * 64 + 2) * 3 + 1],
        photo[((11 * 3 + 1) * 64 + 1) * 64 + 2]
    );
    let mut group = c.benchmark_group("assemble/64x3x64x64");
    group.throughput(Throughput::Bytes(sheet.pixels.len() as u64));
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
        let file = encode(&image, compression).expect("a picture");
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
