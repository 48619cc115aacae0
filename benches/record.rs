//! Framing: records of several sizes, next to a plain copy of the bytes (the speed of memory).

#![expect(clippy::expect_used, reason = "a benchmark ends where something fails")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tensorbolt::record::{self, Decoder, Limits};
use tensorbolt::{crc, record::FOOTER_LEN, record::HEADER_LEN};

fn frame(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("record");
    for size in [40, 1 << 10, 1 << 16, 1 << 20] {
        let payload = vec![7; size];
        let mut out = Vec::with_capacity(size + HEADER_LEN + FOOTER_LEN);
        record::encode(&payload, &mut out);
        let mut decoder = Decoder::new(Limits::default());
        decoder.push(&out);
        let read = decoder.next_record().expect("a whole record");
        assert_eq!(read, Some(&payload[..]));

        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::new("encode", size), |bencher| {
            bencher.iter(|| {
                out.clear();
                record::encode(black_box(&payload), &mut out);
            });
        });
        group.bench_function(BenchmarkId::new("copy", size), |bencher| {
            bencher.iter(|| {
                out.clear();
                out.extend_from_slice(black_box(&payload));
            });
        });
    }
    group.finish();
}

fn checksum(criterion: &mut Criterion) {
    assert_eq!(crc::masked(b"123456789"), 0xc78a_b0e5);
    let mut group = criterion.benchmark_group("crc");
    for size in [40, 1 << 20] {
        let bytes = vec![7; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::new("tensorbolt", size), |bencher| {
            bencher.iter(|| crc::masked(black_box(&bytes)));
        });
        group.bench_function(BenchmarkId::new("sum", size), |bencher| {
            bencher.iter(|| {
                let bytes = black_box(&bytes).iter();
                bytes.fold(0_u8, |sum, &byte| sum.wrapping_add(byte))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, frame, checksum);
criterion_main!(benches);
