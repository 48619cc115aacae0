//! The cost of a scalar for the caller: encoding, framing, and the append to a real file's buffer; next to a copy of
//! the same bytes (the speed of memory).

#![expect(clippy::expect_used, reason = "a benchmark ends where something fails")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use prost::Message;
use tensorbolt::proto::event::{At, Event};
use tensorbolt::proto::scalar;
use tensorbolt::proto::summary::{Data, Summary};
use tensorbolt::record;
use tensorbolt::writer::{Appended, FileLocation, OnOpenError, Options, Session, Writer};

const AT: At = At {
    wall_time: 1_700_000_000.5,
    step: 7,
};
const TAG: &str = "loss/train";
/// Records before the buffer is emptied, so that memory does not grow with time.
const BATCH: u64 = 10_000;

fn by_structs() -> Vec<u8> {
    let summary = Summary::single(TAG, Data::SimpleValue(0.25));
    Event::summary(AT, summary).encode_to_vec()
}

fn encode(criterion: &mut Criterion) {
    let mut by_hand = Vec::new();
    scalar::encode(&mut by_hand, AT, TAG, 0.25);
    assert_eq!(by_hand, by_structs());

    let mut group = criterion.benchmark_group("scalar");
    group.throughput(Throughput::Elements(BATCH));
    let mut bytes = Vec::new();
    for _ in 0..BATCH {
        record::encode(&by_hand, &mut bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    group.bench_function("record", |bencher| {
        bencher.iter(|| {
            out.clear();
            for step in 0..BATCH {
                let at = At {
                    step: step as i64,
                    ..black_box(AT)
                };
                record::encode_with(&mut out, |out| scalar::encode(out, at, TAG, 0.25));
            }
            out.len()
        });
    });
    group.bench_function("copy", |bencher| {
        bencher.iter(|| {
            out.clear();
            out.extend_from_slice(black_box(&bytes));
        });
    });
    group.bench_function("structs", |bencher| {
        bencher.iter(|| {
            out.clear();
            for _ in 0..BATCH {
                record::encode(&black_box(by_structs()), &mut out);
            }
            out.len()
        });
    });
    group.finish();
}

fn append(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a directory");
    let location = FileLocation::new(dir.path());
    let session = Arc::new(Session::new(Options::default()));
    let writer = Writer::open(session, location, None, OnOpenError::Fail).expect("a file");
    let file = Arc::clone(&writer.file().expect("an open file"));
    let mut group = criterion.benchmark_group("scalar");
    group.throughput(Throughput::Elements(1));
    let mut logged = 0;
    group.bench_function("append", |bencher| {
        bencher.iter(|| {
            logged += 1;
            while file
                .append(64, |out| scalar::encode(out, black_box(AT), TAG, 0.25))
                .expect("an open file")
                == Appended::Full
            {
                std::thread::sleep(Duration::from_millis(1));
            }
        });
    });
    group.finish();
    assert!(file.flush().wait(Duration::from_mins(1)).is_done());
    assert_eq!(file.session_state().stats().events, logged);
}

criterion_group!(benches, encode, append);
criterion_main!(benches);
