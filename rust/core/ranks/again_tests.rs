//! A job that begins again waits for all of its ranks, also for those that had said their end.

use std::time::Duration;

use super::{Emit, Limits, Reduction, Written};
use crate::reader::RankRecord;

/// Steps that were given out, each with the number of ranks.
type Points = Vec<(i64, usize)>;

struct Job {
    reduction: Reduction,
    offset: u64,
    points: Points,
}

impl Job {
    fn take(&mut self, stream: usize, rank: u32, record: RankRecord<'_>) {
        self.offset += 1;
        let now = Duration::from_millis(self.offset);
        self.reduction
            .take(stream, self.offset, rank, 0.0, record, now);
        let points = &mut self.points;
        self.reduction.emit(Emit::Due, now, &mut |point| {
            points.push((point.step, point.ranks.len()));
        });
    }

    fn start(&mut self, stream: usize, rank: u32, world_size: u32, resumed: Option<i64>) {
        let world_size = Some(world_size);
        let start = RankRecord::Start {
            world_size,
            resumed,
        };
        self.take(stream, rank, start);
    }

    fn value(&mut self, stream: usize, rank: u32, step: i64) {
        let value = RankRecord::Value {
            tag: b"x",
            step,
            value: f64::from(rank),
            metadata: &[],
        };
        self.take(stream, rank, value);
    }
}

/// Three ranks of three nodes; rank 1 ends in good order after step 0. The job goes on at `resumed`, with a number of ranks.
fn job(resumed: i64, size: u32, is_stop_read_last: bool) -> Points {
    let mut job = Job {
        reduction: Reduction::new(Limits::default(), Written::default()),
        offset: 0,
        points: Vec::new(),
    };
    for stream in 0..6 {
        job.reduction
            .add_stream(stream, &format!("{stream}.host.1.stream"));
    }
    for rank in 0..3 {
        job.start(rank as usize, rank, 3, Some(0));
    }
    for rank in 0..3 {
        job.value(rank as usize, rank, 0);
    }
    if !is_stop_read_last {
        job.take(1, 1, RankRecord::Stop);
    }
    for rank in (0..size).filter(|rank| *rank != 1) {
        job.start(3 + rank as usize, rank, size, Some(resumed));
    }
    if is_stop_read_last {
        job.take(1, 1, RankRecord::Stop);
    }
    for rank in (0..size).filter(|rank| *rank != 1) {
        job.value(3 + rank as usize, rank, resumed);
    }
    // Its node is the last one.
    job.start(4, 1, size, Some(resumed));
    job.value(4, 1, resumed);
    assert!(!job.reduction.is_over());
    for rank in 0..size {
        job.take(3 + rank as usize, rank, RankRecord::Stop);
    }
    assert!(job.reduction.is_over());
    job.points
}

#[test]
fn a_rank_that_had_said_its_end_is_waited_for() {
    for is_stop_read_last in [false, true] {
        for size in [2, 3] {
            let found = job(1, size, is_stop_read_last);
            assert_eq!(found, [(0, 3), (1, size as usize)]);
        }
    }
}
