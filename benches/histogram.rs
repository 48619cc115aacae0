//! Histograms over the default edges, next to a plain sum (the speed of memory) and a plain search.

#![expect(clippy::expect_used, reason = "a benchmark ends where something fails")]
#![allow(missing_docs, reason = "criterion's macros make a public function")]

mod data;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use data::normal;
use half::bf16;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tensorbolt::histogram::{Edges, histogram};
use tensorbolt::samples::{Element, Samples};

const SIZES: [usize; 4] = [1_000, 100_000, 1_000_000, 10_000_000];

fn search<T: Element>(values: &[T], edges: &[f64]) -> Vec<u64> {
    let mut counts = vec![0; edges.len() - 1];
    for value in values {
        let bucket = edges.partition_point(|&edge| edge <= value.to_f64());
        if let Some(count) = counts.get_mut(bucket.wrapping_sub(1)) {
            *count += 1;
        }
    }
    counts
}

fn element<T: Element>(
    criterion: &mut Criterion,
    pool: &ThreadPool,
    name: &str,
    convert: impl Fn(f32) -> T,
) where
    for<'a> Samples<'a>: From<&'a [T]>,
{
    let edges = Edges::default_edges();
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    for len in SIZES {
        let values: Vec<T> = normal(len).into_iter().map(&convert).collect();
        let samples = Samples::from(&values[..]);
        let made = histogram(&samples, edges, None, Some(pool)).expect("there are values");
        let counts = search(&values, edges.as_slice());
        let first = counts.iter().position(|&count| count > 0).unwrap_or(0);
        assert!(
            counts
                .iter()
                .skip(first)
                .zip(&made.counts[1..])
                .all(|(&count, &stored)| count as f64 == stored)
        );
        assert_eq!(
            made.counts.iter().sum::<f64>(),
            counts.iter().sum::<u64>() as f64
        );
        group.throughput(Throughput::Elements(len as u64));
        group.bench_function(BenchmarkId::new("tensorbolt", len), |bencher| {
            bencher.iter(|| histogram(black_box(&samples), edges, None, None));
        });
        if len > 100_000 {
            group.bench_function(BenchmarkId::new("tensorbolt/2 threads", len), |bencher| {
                bencher.iter(|| histogram(black_box(&samples), edges, None, Some(pool)));
            });
        }
        group.bench_function(BenchmarkId::new("sum", len), |bencher| {
            // Sixteen sums, so that memory and not the latency of an addition is the limit.
            bencher.iter(|| {
                let mut sums = [0.0; 16];
                for chunk in black_box(&values).chunks_exact(16) {
                    for (sum, value) in sums.iter_mut().zip(chunk) {
                        *sum += value.to_f64();
                    }
                }
                sums
            });
        });
        if len == 1_000_000 {
            group.bench_function(BenchmarkId::new("searchsorted", len), |bencher| {
                bencher.iter(|| search(black_box(&values), edges.as_slice()));
            });
        }
    }
    group.finish();
}

fn all(criterion: &mut Criterion) {
    let pool = ThreadPoolBuilder::new().num_threads(2).build();
    let Ok(pool) = pool else { return };
    element(criterion, &pool, "float32", |v| v);
    element(criterion, &pool, "bfloat16", bf16::from_f32);
    element(criterion, &pool, "float64", f64::from);
    element(criterion, &pool, "int64", |v| (v * 1000.0) as i64);
    element(criterion, &pool, "uint8", |v| (v * 64.0 + 128.0) as u8);
}

criterion_group!(benches, all);
criterion_main!(benches);
